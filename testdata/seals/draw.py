#!/usr/bin/python3
"""Draws the demo seal pictures (印模) of the lab office.

Needs Debian's python3-pil and fonts-noto-cjk. Usage: draw.py DIR [FONT]

Every name on the seals is invented. A picture is a palette PNG of one colour, pure red, whose alpha has 33 steps:
that keeps the edge smooth and the file small.
"""
import math
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

PIXELS_PER_MM = 500 / 42  # about 302 dpi
OVERSAMPLING = 8
STEPS = 32
FONT = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"
SIMPLIFIED_CHINESE = 2  # its index in the collection


class Seal:
    """An ink mask drawn in millimetres from the middle, y downwards, at eight times the final size."""

    def __init__(self, side_mm, font):
        self.side_mm = side_mm
        self.font_path = font
        self.pixels = round(side_mm * PIXELS_PER_MM)
        self.scale = self.pixels * OVERSAMPLING / side_mm
        side = self.pixels * OVERSAMPLING
        self.ink = Image.new("L", (side, side), 0)
        self.draw = ImageDraw.Draw(self.ink)

    def _at(self, x, y):
        half = self.side_mm / 2
        return ((x + half) * self.scale, (y + half) * self.scale)

    def ring(self, radius, width):
        self._disc(radius, 255)
        self._disc(radius - width, 0)

    def _disc(self, radius, ink):
        self.draw.ellipse([self._at(-radius, -radius), self._at(radius, radius)], fill=ink)

    def frame(self, half, width):
        for side, ink in ((half, 255), (half - width, 0)):
            self.draw.rectangle([self._at(-side, -side), self._at(side, side)], fill=ink)

    def star(self, radius):
        inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
        points = []
        for i in range(10):
            r = radius if i % 2 == 0 else inner
            a = math.radians(-90 + 36 * i)
            points.append(self._at(r * math.cos(a), r * math.sin(a)))
        self.draw.polygon(points, fill=255)

    def glyph(self, character, x, y, width, height, turn=0.0):
        """One character that fills a box around (x, y), turned clockwise by degrees."""
        w, h = width * self.scale, height * self.scale
        font = ImageFont.truetype(self.font_path, round(h), index=SIMPLIFIED_CHINESE)
        left, top, right, bottom = font.getbbox(character)
        drawn = Image.new("L", (right - left, bottom - top), 0)
        ImageDraw.Draw(drawn).text((-left, -top), character, fill=255, font=font)
        drawn = drawn.resize((round(w), round(h)), Image.LANCZOS).rotate(-turn, Image.BICUBIC, expand=True)
        cx, cy = self._at(x, y)
        layer = Image.new("L", self.ink.size, 0)
        layer.paste(drawn, (round(cx - drawn.width / 2), round(cy - drawn.height / 2)))
        self.ink = ImageChops.lighter(self.ink, layer)
        self.draw = ImageDraw.Draw(self.ink)

    def arc(self, text, radius, span, width, height):
        """Text around the top from left to right; `radius` is that of the characters' middles, `span` in degrees."""
        for i, character in enumerate(text):
            turn = -span / 2 + span * i / (len(text) - 1)
            a = math.radians(turn - 90)
            self.glyph(character, radius * math.cos(a), radius * math.sin(a), width, height, turn)

    def line(self, text, y, width, height, gap):
        start = -(len(text) - 1) * (width + gap) / 2
        for i, character in enumerate(text):
            self.glyph(character, start + i * (width + gap), y, width, height)

    def save(self, path):
        ink = self.ink.resize((self.pixels, self.pixels), Image.BOX)
        picture = ink.point([round(v * STEPS / 255) for v in range(256)]).convert("P")
        picture.putpalette([255, 0, 0] * (STEPS + 1))
        alpha = bytes(round(i * 255 / STEPS) for i in range(STEPS + 1))
        dpi = PIXELS_PER_MM * 25.4
        picture.save(path, optimize=True, transparency=alpha, dpi=(dpi, dpi))


def organization(font):
    seal = Seal(42, font)
    seal.ring(20.9, 1.2)
    seal.star(7)
    seal.arc("示例市数据局", 15.6, 212, 4.6, 6.2)
    return seal


def finance(font):
    seal = Seal(38, font)
    seal.ring(18.9, 1.0)
    seal.arc("示例市数据局", 14.0, 190, 4.4, 5.8)
    seal.line("财务专用章", 8.4, 3.4, 4.6, 0.8)
    return seal


def person(font):
    seal = Seal(20, font)
    seal.frame(9.9, 1.0)
    for character, x, y in (("示", 4, -4), ("例", 4, 4), ("用", -4, -4), ("户", -4, 4)):
        seal.glyph(character, x, y, 6.8, 6.8)
    return seal


def main():
    folder = Path(sys.argv[1])
    font = sys.argv[2] if len(sys.argv) > 2 else FONT
    for make in (organization, finance, person):
        make(font).save(folder / f"{make.__name__}.png")


main()

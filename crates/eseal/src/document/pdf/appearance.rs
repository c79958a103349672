//! What a stamp looks like: the picture as PDF image streams, compressed once and copied into every file.
//!
//! ISO 32000-1, 8.9.5 (images), 8.10 (forms), 11.6.5.3 (soft masks), 12.5.5 (appearance streams).

use std::io::{Read, Write};
use std::sync::OnceLock;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::error::PdfError;
use super::number::write_number;

/// How the picture meets what lies under it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Blend {
    /// The picture covers the page; only its own transparency lets the page through.
    #[default]
    Normal,
    /// Colours are multiplied, so black text stays black under a red seal, and a white background vanishes.
    Multiply,
}

/// Whether the carrier may show transparency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transparency {
    Allowed,
    /// PDF/A-1 (ISO 19005-1, 6.4): no soft mask, no blend mode; the picture is laid on white.
    Forbidden,
}

/// A picture made ready for PDF files (外观): compressed once, used by any number of stamps.
///
/// Colours and transparency are kept as they are; where the picture is fully transparent its colour is replaced by the
/// mean colour of what is visible, so that readers which smooth an enlarged picture draw no dark fringe.
#[derive(Debug)]
pub struct Appearance {
    width: u32,
    height: u32,
    colour: Colour,
    /// The soft mask, 8 bits a pixel, Flate; absent when every pixel is opaque.
    mask: Option<Vec<u8>>,
    /// The colours laid on white, made when the first PDF/A-1 file asks.
    on_white: OnceLock<Vec<u8>>,
    blend: Blend,
}

#[derive(Debug)]
enum Colour {
    /// RGB, 8 bits each, Flate.
    Rgb(Vec<u8>),
    /// A JPEG as it came, with 1 or 3 components.
    Jpeg { bytes: Vec<u8>, grey: bool },
}

impl Appearance {
    /// The longest side in pixels (our limit): at 600 dpi this is 346 mm, more than any seal.
    pub const MAX_SIDE: u32 = 8_192;
    /// The most pixels (our limit): what a picture of [`Self::MAX_SIDE`] squared has, 256 MiB once decoded.
    pub const MAX_PIXELS: u64 = 64 << 20;

    /// From decoded pixels: rows from the top, red, green, blue, alpha, 8 bits each, colours not multiplied by alpha.
    ///
    /// # Errors
    /// [`PdfError::PictureSize`] when a side is zero or over the limit, or the pixels are not exactly `width × height`.
    pub fn rgba(width: u32, height: u32, pixels: &[u8]) -> Result<Self, PdfError> {
        check_size(width, height)?;
        if pixels.len() as u64 != u64::from(width) * u64::from(height) * 4 {
            return Err(PdfError::PictureSize { width, height });
        }
        let (pixels, _) = pixels.as_chunks::<4>();
        let opaque = pixels.iter().all(|pixel| pixel[3] == 255);
        let hidden = if opaque { [0; 3] } else { mean_visible_colour(pixels) };
        let colour = deflate(
            pixels.iter().flat_map(|&[red, green, blue, alpha]| if alpha == 0 { hidden } else { [red, green, blue] }),
        );
        let mask = (!opaque).then(|| deflate(pixels.iter().map(|pixel| pixel[3])));
        Ok(Self { width, height, colour: Colour::Rgb(colour), mask, on_white: OnceLock::new(), blend: Blend::Normal })
    }

    /// From a JPEG file, whose bytes go into the PDF unchanged.
    ///
    /// `Ok(None)` when a PDF reader could not be trusted to show these bytes as a picture viewer does (four components,
    /// 12 bits, arithmetic or lossless coding): decode it and use [`Self::rgba`].
    ///
    /// # Errors
    /// [`PdfError::PictureSize`] when a side is zero or over the limit.
    pub fn jpeg(bytes: &[u8]) -> Result<Option<Self>, PdfError> {
        let Some(frame) = jpeg_frame(bytes) else { return Ok(None) };
        if frame.precision != 8 || !matches!(frame.components, 1 | 3) {
            return Ok(None);
        }
        check_size(frame.width, frame.height)?;
        Ok(Some(Self {
            width: frame.width,
            height: frame.height,
            colour: Colour::Jpeg { bytes: bytes.to_vec(), grey: frame.components == 1 },
            mask: None,
            on_white: OnceLock::new(),
            blend: Blend::Normal,
        }))
    }

    /// The same picture with another blend mode.
    #[must_use]
    pub fn blended(mut self, blend: Blend) -> Self {
        self.blend = blend;
        self
    }

    /// Width and height in pixels.
    #[must_use]
    pub const fn pixels(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Whether some pixel lets the page through.
    #[must_use]
    pub const fn is_transparent(&self) -> bool {
        self.mask.is_some()
    }

    /// The soft mask's stream, when the carrier may have one and the picture needs one.
    pub(super) fn mask_object(&self, transparency: Transparency) -> Option<Vec<u8>> {
        let mask = self.mask.as_ref().filter(|_| transparency == Transparency::Allowed)?;
        Some(self.image("/ColorSpace /DeviceGray /Filter /FlateDecode", mask))
    }

    /// The image's stream; `mask` is the reference to the object of [`Self::mask_object`], for example `12 0 R`.
    pub(super) fn image_object(&self, mask: Option<&str>, transparency: Transparency) -> Vec<u8> {
        let mask = mask.map(|reference| format!(" /SMask {reference}")).unwrap_or_default();
        match &self.colour {
            Colour::Jpeg { bytes, grey } => {
                let space = if *grey { "/DeviceGray" } else { "/DeviceRGB" };
                self.image(&format!("/ColorSpace {space} /Filter /DCTDecode{mask}"), bytes)
            }
            Colour::Rgb(bytes) => {
                let bytes = match (&self.mask, transparency) {
                    (Some(alpha), Transparency::Forbidden) => self.on_white.get_or_init(|| lay_on_white(bytes, alpha)),
                    _ => bytes,
                };
                self.image(&format!("/ColorSpace /DeviceRGB /Filter /FlateDecode{mask}"), bytes)
            }
        }
    }

    fn image(&self, keys: &str, data: &[u8]) -> Vec<u8> {
        let head = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} /BitsPerComponent 8 {keys}",
            self.width, self.height
        );
        stream_object(head.as_bytes(), data)
    }

    /// The form that draws the image `image` (a reference) at `at` = x, y, width, height of a box of the given size.
    pub(super) fn form_object(
        &self,
        image: &str,
        size: (f64, f64),
        at: [f64; 4],
        matrix: [f64; 6],
        transparency: Transparency,
    ) -> Vec<u8> {
        let multiply = self.blend == Blend::Multiply && transparency == Transparency::Allowed;
        let mut head = String::from("/Type /XObject /Subtype /Form /BBox [0 0 ");
        write_number(&mut head, size.0);
        head.push(' ');
        write_number(&mut head, size.1);
        head.push_str("] /Matrix [");
        for (index, number) in matrix.into_iter().enumerate() {
            if index > 0 {
                head.push(' ');
            }
            write_number(&mut head, number);
        }
        head.push_str("] /Resources << /XObject << /Im0 ");
        head.push_str(image);
        head.push_str(" >>");
        if multiply {
            head.push_str(" /ExtGState << /GS0 << /Type /ExtGState /BM /Multiply >> >>");
        }
        head.push_str(" >>");
        // A group of its own keeps the soft mask off the page's blending space. Not with a blend mode: that has to
        // meet the page itself, and some readers treat every group as isolated.
        if self.mask.is_some() && transparency == Transparency::Allowed && !multiply {
            head.push_str(" /Group << /Type /Group /S /Transparency /CS /DeviceRGB >>");
        }
        let mut content = String::from("q ");
        if multiply {
            content.push_str("/GS0 gs ");
        }
        for number in [at[2], 0.0, 0.0, at[3], at[0], at[1]] {
            write_number(&mut content, number);
            content.push(' ');
        }
        content.push_str("cm /Im0 Do Q\n");
        stream_object(head.as_bytes(), content.as_bytes())
    }
}

/// `<< keys /Length n >> stream … endstream`.
pub(super) fn stream_object(keys: &[u8], data: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(keys.len() + data.len() + 64);
    body.extend_from_slice(b"<< ");
    body.extend_from_slice(keys);
    body.extend_from_slice(format!(" /Length {} >>\nstream\n", data.len()).as_bytes());
    body.extend_from_slice(data);
    body.extend_from_slice(b"\nendstream");
    body
}

fn check_size(width: u32, height: u32) -> Result<(), PdfError> {
    let sides = 1..=Appearance::MAX_SIDE;
    let pixels = u64::from(width) * u64::from(height);
    if sides.contains(&width) && sides.contains(&height) && pixels <= Appearance::MAX_PIXELS {
        Ok(())
    } else {
        Err(PdfError::PictureSize { width, height })
    }
}

/// The mean colour, weighted by alpha; white for a picture that shows nothing.
fn mean_visible_colour(pixels: &[[u8; 4]]) -> [u8; 3] {
    let mut sums = [0_u64; 3];
    let mut weight = 0_u64;
    for pixel in pixels {
        let alpha = u64::from(pixel[3]);
        weight += alpha;
        for (sum, channel) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*channel) * alpha;
        }
    }
    if weight == 0 {
        return [255; 3];
    }
    sums.map(|sum| u8::try_from(sum / weight).unwrap_or(u8::MAX))
}

fn deflate(bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    let bytes: Vec<u8> = bytes.collect();
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 16), Compression::default());
    encoder.write_all(&bytes).expect("writing into a vector does not fail");
    encoder.finish().expect("writing into a vector does not fail")
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    ZlibDecoder::new(bytes).read_to_end(&mut decoded).expect("we deflated these bytes ourselves");
    decoded
}

fn lay_on_white(colour: &[u8], mask: &[u8]) -> Vec<u8> {
    let (colour, mask) = (inflate(colour), inflate(mask));
    let (pixels, _) = colour.as_chunks::<3>();
    deflate(pixels.iter().zip(mask).flat_map(|(pixel, alpha)| {
        let alpha = u32::from(alpha);
        pixel.map(|channel| {
            let mixed = (u32::from(channel) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
    }))
}

struct JpegFrame {
    width: u32,
    height: u32,
    precision: u8,
    components: u8,
}

/// The frame header of a JPEG with Huffman coding, baseline to progressive (ITU-T T.81, B.2.2).
fn jpeg_frame(bytes: &[u8]) -> Option<JpegFrame> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let (&lead, after) = rest.split_first()?;
        if lead != 0xFF {
            return None;
        }
        let (&marker, after) = after.split_first()?;
        match marker {
            // Fill bytes before a marker.
            0xFF => rest = &rest[1..],
            0xC0..=0xC2 => {
                let [_, _, precision, h1, h0, w1, w0, components, ..] = *after else { return None };
                return Some(JpegFrame {
                    width: u32::from(u16::from_be_bytes([w1, w0])),
                    height: u32::from(u16::from_be_bytes([h1, h0])),
                    precision,
                    components,
                });
            }
            // Lossless, hierarchical and arithmetic frames, the start of the scan, the end of the image.
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xD9 | 0xDA => return None,
            // Markers without a segment.
            0x01 | 0xD0..=0xD8 => rest = after,
            _ => {
                let [l1, l0, ..] = *after else { return None };
                rest = after.get(usize::from(u16::from_be_bytes([l1, l0])).max(2)..)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn stream_data(object: &[u8]) -> Vec<u8> {
        let start = object.windows(7).position(|window| window == b"stream\n").unwrap() + 7;
        inflate(&object[start..object.len() - "\nendstream".len()])
    }

    const RED_AND_NOTHING: [u8; 8] = [250, 10, 20, 255, 0, 0, 0, 0];

    #[test]
    fn transparency_goes_into_a_soft_mask_and_hidden_pixels_take_the_visible_colour() {
        let picture = Appearance::rgba(2, 1, &RED_AND_NOTHING).unwrap();
        assert!(picture.is_transparent());
        let mask = picture.mask_object(Transparency::Allowed).unwrap();
        assert!(text(&mask).starts_with(
            "<< /Type /XObject /Subtype /Image /Width 2 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
        ));
        assert_eq!(stream_data(&mask), [255, 0]);
        let image = picture.image_object(Some("9 0 R"), Transparency::Allowed);
        assert!(text(&image).contains("/SMask 9 0 R"));
        assert_eq!(stream_data(&image), [250, 10, 20, 250, 10, 20]);
    }

    #[test]
    fn half_transparent_colours_are_kept_as_they_are() {
        let picture = Appearance::rgba(1, 1, &[200, 100, 0, 128]).unwrap();
        assert_eq!(stream_data(&picture.image_object(None, Transparency::Allowed)), [200, 100, 0]);
    }

    #[test]
    fn pdf_a_1_gets_the_picture_on_white_without_mask_group_or_blend_mode() {
        let picture = Appearance::rgba(2, 1, &RED_AND_NOTHING).unwrap().blended(Blend::Multiply);
        assert!(picture.mask_object(Transparency::Forbidden).is_none());
        assert_eq!(stream_data(&picture.image_object(None, Transparency::Forbidden)), [250, 10, 20, 255, 255, 255]);
        let form = picture.form_object(
            "5 0 R",
            (10.0, 10.0),
            [0.0, 0.0, 10.0, 10.0],
            [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
            Transparency::Forbidden,
        );
        assert!(!text(&form).contains("Multiply") && !text(&form).contains("Group"));
    }

    #[test]
    fn an_opaque_picture_has_no_mask() {
        let picture = Appearance::rgba(1, 1, &[1, 2, 3, 255]).unwrap();
        assert!(!picture.is_transparent() && picture.mask_object(Transparency::Allowed).is_none());
    }

    #[test]
    fn multiply_is_painted_onto_the_page_itself() {
        let picture = Appearance::rgba(2, 1, &RED_AND_NOTHING).unwrap().blended(Blend::Multiply);
        let form = text(&picture.form_object(
            "5 0 R",
            (10.0, 5.0),
            [0.0, 0.0, 10.0, 5.0],
            [0.0, 1.0, -1.0, 0.0, 5.0, 0.0],
            Transparency::Allowed,
        ));
        assert!(form.contains("/BM /Multiply") && !form.contains("/Group"));
        assert!(form.contains("/BBox [0 0 10 5] /Matrix [0 1 -1 0 5 0]"));
        assert!(form.contains("q /GS0 gs 10 0 0 5 0 0 cm /Im0 Do Q"));
    }

    #[test]
    fn a_wrong_number_of_pixels_and_impossible_sides_are_refused() {
        for (width, height, length) in [(2, 1, 7), (0, 1, 0), (1, 0, 0), (8_193, 1, 8_193 * 4)] {
            let result = Appearance::rgba(width, height, &vec![0; length]);
            assert!(matches!(result, Err(PdfError::PictureSize { .. })), "{width}x{height}");
        }
    }

    fn jpeg(marker: u8, precision: u8, components: u8) -> Vec<u8> {
        let mut bytes =
            vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xFF, marker, 0, 11, precision, 0, 3, 0, 2, components];
        bytes.extend([0; 8]);
        bytes
    }

    #[test]
    fn a_jpeg_of_one_or_three_components_passes_through_unchanged() {
        let bytes = jpeg(0xC0, 8, 3);
        let picture = Appearance::jpeg(&bytes).unwrap().unwrap();
        assert_eq!(picture.pixels(), (2, 3));
        let image = picture.image_object(None, Transparency::Allowed);
        assert!(text(&image).contains("/ColorSpace /DeviceRGB /Filter /DCTDecode"));
        assert!(image.windows(bytes.len()).any(|window| window == bytes));
        let grey = Appearance::jpeg(&jpeg(0xC2, 8, 1)).unwrap().unwrap();
        assert!(text(&grey.image_object(None, Transparency::Allowed)).contains("/DeviceGray"));
    }

    #[test]
    fn a_jpeg_that_readers_may_show_otherwise_is_left_to_the_decoder() {
        for bytes in
            [jpeg(0xC0, 8, 4), jpeg(0xC1, 12, 3), jpeg(0xC9, 8, 3), b"\xFF\xD8\xFF".to_vec(), b"\x89PNG".to_vec()]
        {
            assert!(Appearance::jpeg(&bytes).unwrap().is_none());
        }
        let zero_long_segment = [0xFF, 0xD8, 0xFF, 0xE1, 0, 0, 0xFF, 0xC0];
        assert!(Appearance::jpeg(&zero_long_segment).unwrap().is_none());
    }
}

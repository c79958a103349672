//! Whether two pictures show the same.

use crate::seal::Raster;

/// How a shown picture relates to the seal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Pixel for pixel.
    Same,
    /// The same as seen from afar: other resolution, or compressed with losses.
    Similar,
    /// Something else.
    Different,
}

/// A difference per channel that losses of JPEG and rounding of colours explain.
const PIXEL_TOLERANCE: u64 = 3;
/// Side of the grid on which pictures of different sizes are compared.
const GRID: usize = 32;
/// The mean difference per channel and cell up to which two pictures are similar.
const MEAN_TOLERANCE: u64 = 10;
/// The largest difference that a single cell may have: a changed star or line of text shows as more.
const CELL_TOLERANCE: u64 = 72;

/// Compares the seal's picture with one that a page shows: four bytes a pixel, rows from the top.
pub(super) fn compare(seal: &Raster, width: u32, height: u32, rgba: &[u8]) -> Likeness {
    if seal.width == width && seal.height == height && seal.rgba.len() == rgba.len() {
        let same = seal.rgba == rgba || pixels(&seal.rgba).zip(pixels(rgba)).all(|(one, other)| alike(one, other));
        if same {
            return Likeness::Same;
        }
    }
    let (Some(one), Some(other)) = (grid(seal.width, seal.height, &seal.rgba), grid(width, height, rgba)) else {
        return Likeness::Different;
    };
    let differences = || one.iter().zip(&other).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = differences().sum();
    let count = (GRID * GRID * 3) as u64;
    let largest = differences().max().unwrap_or(0);
    if sum <= MEAN_TOLERANCE * count && largest <= CELL_TOLERANCE { Likeness::Similar } else { Likeness::Different }
}

fn pixels(rgba: &[u8]) -> impl Iterator<Item = &[u8]> {
    rgba.chunks_exact(4)
}

/// Two pixels look the same on white paper: the colour of what cannot be seen does not count, nor that a writer who
/// may not use transparency (PDF/A-1) laid the picture on white.
fn alike(one: &[u8], other: &[u8]) -> bool {
    one == other || (0..3).all(|channel| on_white(one, channel).abs_diff(on_white(other, channel)) <= PIXEL_TOLERANCE)
}

/// A channel of a pixel on white paper.
fn on_white(pixel: &[u8], channel: usize) -> u64 {
    let alpha = u64::from(pixel[3]);
    (u64::from(pixel[channel]) * alpha + 255 * (255 - alpha)) / 255
}

/// The mean colour on white of each cell of a square grid; `None` for a picture without pixels.
fn grid(width: u32, height: u32, rgba: &[u8]) -> Option<Vec<u64>> {
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    if width == 0 || height == 0 || rgba.len() != width.checked_mul(height)?.checked_mul(4)? {
        return None;
    }
    let span = |cell: usize, side: usize| {
        let from = cell * side / GRID;
        from..((cell + 1) * side / GRID).max(from + 1).min(side)
    };
    let mut cells = Vec::with_capacity(GRID * GRID * 3);
    for row in 0..GRID {
        for column in 0..GRID {
            let mut sums = [0_u64; 3];
            let mut count = 0;
            for y in span(row, height) {
                let line = &rgba[y * width * 4..(y + 1) * width * 4];
                for x in span(column, width) {
                    let pixel = &line[x * 4..x * 4 + 4];
                    for (channel, sum) in sums.iter_mut().enumerate() {
                        *sum += on_white(pixel, channel);
                    }
                    count += 1;
                }
            }
            cells.extend(sums.map(|sum| sum / count));
        }
    }
    Some(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(seal: &Raster, shown: &Raster) -> Likeness {
        super::compare(seal, shown.width, shown.height, &shown.rgba)
    }

    fn disc(side: u32, red: u8, alpha: u8) -> Raster {
        let mut rgba = Vec::new();
        let middle = f64::from(side) / 2.0;
        for y in 0..side {
            for x in 0..side {
                let distance = (f64::from(x) - middle).hypot(f64::from(y) - middle);
                let inside = distance < middle && distance > middle * 0.8;
                rgba.extend(if inside { [red, 0, 0, alpha] } else { [0, 0, 0, 0] });
            }
        }
        Raster { width: side, height: side, rgba }
    }

    #[test]
    fn the_colour_of_what_cannot_be_seen_does_not_count() {
        let one = disc(64, 255, 255);
        let mut other = one.clone();
        for pixel in other.rgba.chunks_exact_mut(4).filter(|pixel| pixel[3] == 0) {
            pixel[..3].fill(255);
        }
        assert_eq!(compare(&one, &other), Likeness::Same);
        other.rgba.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
        assert_eq!(compare(&one, &other), Likeness::Same);
    }

    #[test]
    fn another_resolution_is_similar_and_another_picture_is_not() {
        let seal = disc(200, 255, 255);
        assert_eq!(compare(&seal, &disc(320, 255, 255)), Likeness::Similar);
        let mut starred = disc(200, 255, 255);
        for y in 80..120 {
            for x in 80..120 {
                starred.rgba[(y * 200 + x) * 4..][..4].copy_from_slice(&[255, 0, 0, 255]);
            }
        }
        assert_eq!(compare(&seal, &starred), Likeness::Different);
        assert_eq!(compare(&seal, &Raster { width: 0, height: 0, rgba: Vec::new() }), Likeness::Different);
        assert_eq!(compare(&seal, &Raster { width: 9, height: 9, rgba: vec![0; 5] }), Likeness::Different);
    }

    #[test]
    fn pictures_smaller_than_the_grid_are_compared_too() {
        assert_eq!(compare(&disc(8, 255, 255), &disc(9, 0, 255)), Likeness::Different);
    }
}

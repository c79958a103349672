use std::fmt;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use image::ImageFormat;
use image::ImageReader;
use image::Limits;

/// Why a seal picture was refused or cannot be drawn.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More bytes than [`Picture::MAX_BYTES`].
    #[error("the picture has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// More pixels than [`Picture::MAX_SIDE`] or [`Picture::MAX_PIXELS`] allow.
    #[error("the picture has {width} × {height} pixels, which is over the limit")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Neither PNG, JPEG, GIF nor BMP.
    #[error("the picture is in no format that is known here")]
    UnknownFormat,
    /// A vector picture (OFD, SVG): kept in seals, not drawn here.
    #[error("the picture is drawn in {format}, which is not supported")]
    VectorUnsupported {
        /// Its format.
        format: PictureFormat,
    },
    /// The bytes cannot be decoded.
    #[error("the picture is broken: its {format} data cannot be decoded")]
    Broken {
        /// The format it begins as.
        format: PictureFormat,
    },
    /// A printed width or height outside 1 to [`Size::MAX_MM`] millimetres.
    #[error("the printed size {width} × {height} mm is not between 1 and {limit} mm")]
    BadSize {
        /// Millimetres across.
        width: i64,
        /// Millimetres down.
        height: i64,
        /// The limit.
        limit: u16,
    },
}

impl PictureError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "picture-too-large",
        "picture-too-many-pixels",
        "picture-unknown-format",
        "picture-vector-unsupported",
        "picture-broken",
        "picture-bad-size",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "picture-too-large",
            Self::TooManyPixels { .. } => "picture-too-many-pixels",
            Self::UnknownFormat => "picture-unknown-format",
            Self::VectorUnsupported { .. } => "picture-vector-unsupported",
            Self::Broken { .. } => "picture-broken",
            Self::BadSize { .. } => "picture-bad-size",
        }
    }
}

/// What a picture's bytes are, told by how they begin.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// Graphics Interchange Format; its first frame counts.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// Scalable Vector Graphics.
    Svg,
    /// A page of an OFD package.
    Ofd,
    /// Something else.
    Unknown,
}

impl PictureFormat {
    /// Looks at the first bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            [b'B', b'M', ..] => Self::Bmp,
            [b'P', b'K', 3, 4, ..] => Self::Ofd,
            _ if is_svg(bytes) => Self::Svg,
            _ => Self::Unknown,
        }
    }

    /// Whether `SES_ESPictureInfo.type` names this format; letter case does not matter.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Self::Png => &["PNG"],
            Self::Jpeg => &["JPG", "JPEG"],
            Self::Gif => &["GIF"],
            Self::Bmp => &["BMP"],
            Self::Svg => &["SVG"],
            Self::Ofd => &["OFD"],
            Self::Unknown => &[],
        };
        names.iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
    }

    /// The word that GB/T 38540-2020 writes into `SES_ESPictureInfo.type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPG",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Svg => "SVG",
            Self::Ofd => "OFD",
            Self::Unknown => "?",
        }
    }

    const fn raster(self) -> Option<ImageFormat> {
        match self {
            Self::Png => Some(ImageFormat::Png),
            Self::Jpeg => Some(ImageFormat::Jpeg),
            Self::Gif => Some(ImageFormat::Gif),
            Self::Bmp => Some(ImageFormat::Bmp),
            Self::Svg | Self::Ofd | Self::Unknown => None,
        }
    }
}

impl fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// SVG is text: a tag `<svg` within the first kilobyte, after nothing but markup.
fn is_svg(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    start.first() == Some(&b'<') && memchr::memmem::find(&start[..start.len().min(1024)], b"<svg").is_some()
}

/// A printed size in whole millimetres, the unit of `SES_ESPictureInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u16,
    height: u16,
}

impl Size {
    /// The largest width or height: one metre (our limit, not the standard's).
    pub const MAX_MM: u16 = 1000;

    /// A size of width × height millimetres.
    ///
    /// # Errors
    /// [`PictureError::BadSize`] outside 1 to [`Size::MAX_MM`].
    pub fn mm(width: u16, height: u16) -> Result<Self, PictureError> {
        Self::checked(width.into(), height.into())
    }

    pub(super) fn checked(width: i64, height: i64) -> Result<Self, PictureError> {
        let side = |value: i64| u16::try_from(value).ok().filter(|side| (1..=Self::MAX_MM).contains(side));
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Self { width, height }),
            _ => Err(PictureError::BadSize { width, height, limit: Self::MAX_MM }),
        }
    }

    /// Millimetres across.
    #[must_use]
    pub const fn width_mm(self) -> u16 {
        self.width
    }

    /// Millimetres down.
    #[must_use]
    pub const fn height_mm(self) -> u16 {
        self.height
    }
}

/// Pixels of a decoded picture: rows from the top, four bytes a pixel (red, green, blue, alpha not multiplied in).
#[derive(Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width × height × 4` bytes.
    pub rgba: Vec<u8>,
}

impl fmt::Debug for Raster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raster({} × {})", self.width, self.height)
    }
}

/// A seal picture (印章图片): the image that a stamp shows, and its printed size.
///
/// DER `SES_ESPictureInfo`, GB/T 38540-2020, 6.1. Keeps the bytes it was made or parsed from. Limits are ours, not the
/// standard's: they hold what a hostile picture may cost.
#[derive(Clone)]
pub struct Picture {
    source: Arc<[u8]>,
    range: Range<usize>,
    named: String,
    format: PictureFormat,
    size: Option<Size>,
}

impl Picture {
    /// The most bytes a picture may have.
    pub const MAX_BYTES: usize = 16 << 20;
    /// The most pixels along one side.
    pub const MAX_SIDE: u32 = 8192;
    /// The most pixels in all.
    pub const MAX_PIXELS: u64 = 64 << 20;

    /// Takes a picture whose format its first bytes tell, for a new seal. It is decoded once, so that a broken picture
    /// is found here and not on every document.
    ///
    /// # Errors
    /// [`PictureError`].
    pub fn from_bytes(bytes: Vec<u8>, size: Size) -> Result<Self, PictureError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(PictureError::TooLarge { bytes: bytes.len(), limit: Self::MAX_BYTES });
        }
        let format = PictureFormat::of(&bytes);
        let range = 0..bytes.len();
        let named = format.name().to_owned();
        let picture = Self { source: bytes.into(), range, named, format, size: Some(size) };
        picture.decode()?;
        Ok(picture)
    }

    /// Takes a PNG.
    ///
    /// # Errors
    /// [`PictureError::UnknownFormat`] when it is none; else as [`Picture::from_bytes`].
    pub fn png(bytes: Vec<u8>, size: Size) -> Result<Self, PictureError> {
        if PictureFormat::of(&bytes) != PictureFormat::Png {
            return Err(PictureError::UnknownFormat);
        }
        Self::from_bytes(bytes, size)
    }

    /// A picture inside received bytes; nothing is decoded.
    pub(super) fn received(source: Arc<[u8]>, range: Range<usize>, named: String, size: Option<Size>) -> Self {
        let format = PictureFormat::of(&source[range.clone()]);
        Self { source, range, named, format, size }
    }

    /// The image file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.source[self.range.clone()]
    }

    /// What the bytes are.
    #[must_use]
    pub const fn format(&self) -> PictureFormat {
        self.format
    }

    /// What `SES_ESPictureInfo.type` says.
    #[must_use]
    pub fn named(&self) -> &str {
        &self.named
    }

    /// The printed size; `None` when the seal gives none that makes sense.
    #[must_use]
    pub const fn size(&self) -> Option<Size> {
        self.size
    }

    /// Decodes PNG, JPEG, GIF (first frame) or BMP.
    ///
    /// # Errors
    /// [`PictureError`]; a vector picture gives [`PictureError::VectorUnsupported`].
    pub fn decode(&self) -> Result<Raster, PictureError> {
        decode_picture(self.format, self.bytes())
    }
}

/// Decodes an image file of a known format within the limits of [`Picture`]; the first frame of a GIF.
///
/// # Errors
/// [`PictureError`].
pub(crate) fn decode_picture(format: PictureFormat, bytes: &[u8]) -> Result<Raster, PictureError> {
    if bytes.len() > Picture::MAX_BYTES {
        return Err(PictureError::TooLarge { bytes: bytes.len(), limit: Picture::MAX_BYTES });
    }
    let Some(raster) = format.raster() else {
        return Err(match format {
            PictureFormat::Unknown => PictureError::UnknownFormat,
            format => PictureError::VectorUnsupported { format },
        });
    };
    let broken = |_| PictureError::Broken { format };
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), raster).into_dimensions().map_err(broken)?;
    let pixels = u64::from(width) * u64::from(height);
    if width > Picture::MAX_SIDE || height > Picture::MAX_SIDE || pixels > Picture::MAX_PIXELS {
        return Err(PictureError::TooManyPixels { width, height });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), raster);
    reader.limits(limits(pixels));
    let image = reader.decode().map_err(broken)?.into_rgba8();
    let (width, height) = image.dimensions();
    Ok(Raster { width, height, rgba: image.into_raw() })
}

/// Memory for a picture of so many pixels: at most 16 bytes a pixel (16-bit RGBA twice over) and room for tables.
fn limits(pixels: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(Picture::MAX_SIDE);
    limits.max_image_height = Some(Picture::MAX_SIDE);
    limits.max_alloc = Some(pixels.saturating_mul(16).saturating_add(16 << 20));
    limits
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.named == other.named && self.bytes() == other.bytes()
    }
}

impl Eq for Picture {}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes, {:?})", self.format, self.range.len(), self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of the given format, one half red and the other see-through.
    fn sample(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbaImage::from_fn(width, height, |x, _| {
            if x * 2 < width { image::Rgba([255, 0, 0, 255]) } else { image::Rgba([0, 0, 0, 0]) }
        });
        let mut bytes = Cursor::new(Vec::new());
        if format == ImageFormat::Jpeg {
            image::DynamicImage::from(picture).into_rgb8().write_to(&mut bytes, format).unwrap();
        } else {
            picture.write_to(&mut bytes, format).unwrap();
        }
        bytes.into_inner()
    }

    fn size() -> Size {
        Size::mm(40, 40).unwrap()
    }

    #[test]
    fn the_four_raster_formats_decode_to_the_same_red_half() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp] {
            let picture = Picture::from_bytes(sample(format, 32, 16), size()).unwrap();
            let raster = picture.decode().unwrap();
            assert_eq!((raster.width, raster.height, raster.rgba.len()), (32, 16, 32 * 16 * 4), "{format:?}");
            assert!(raster.rgba[0] > 240 && raster.rgba[1] < 16 && raster.rgba[3] == 255, "{format:?}");
        }
    }

    #[test]
    fn the_type_name_is_compared_without_letter_case() {
        assert!(PictureFormat::Png.is_named("png") && PictureFormat::Jpeg.is_named("JPEG"));
        assert!(!PictureFormat::Png.is_named("GIF") && !PictureFormat::Unknown.is_named(""));
    }

    #[test]
    fn vector_pictures_are_told_apart_and_not_decoded() {
        let vectors: [(&[u8], PictureFormat); 3] = [
            (b"PK\x03\x04rest", PictureFormat::Ofd),
            (b"<?xml version='1.0'?><svg/>", PictureFormat::Svg),
            (b"\xEF\xBB\xBF <svg>", PictureFormat::Svg),
        ];
        for (bytes, format) in vectors {
            assert_eq!(
                Picture::from_bytes(bytes.to_vec(), size()),
                Err(PictureError::VectorUnsupported { format }),
                "{format}"
            );
        }
        assert_eq!(Picture::from_bytes(b"<html>".to_vec(), size()), Err(PictureError::UnknownFormat));
    }

    #[test]
    fn a_picture_cut_at_any_length_is_refused() {
        for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp] {
            let bytes = sample(format, 8, 8);
            for length in 0..bytes.len() - 20 {
                let cut = Picture::from_bytes(bytes[..length].to_vec(), size());
                assert!(cut.is_err(), "{format:?} cut to {length} of {}", bytes.len());
            }
        }
    }

    #[test]
    fn a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded() {
        let mut bytes = sample(ImageFormat::Bmp, 8, 8);
        bytes[18..22].copy_from_slice(&20_000_i32.to_le_bytes());
        assert!(matches!(
            Picture::from_bytes(bytes, size()),
            Err(PictureError::TooManyPixels { width: 20_000, .. } | PictureError::Broken { .. })
        ));
        let bytes = sample(ImageFormat::Png, 8193, 1);
        assert_eq!(Picture::from_bytes(bytes, size()), Err(PictureError::TooManyPixels { width: 8193, height: 1 }));
    }

    #[test]
    fn more_bytes_than_the_limit_are_refused() {
        let error = Picture::from_bytes(vec![0; Picture::MAX_BYTES + 1], size()).unwrap_err();
        assert_eq!(error.code(), "picture-too-large");
    }

    #[test]
    fn a_size_without_extent_is_refused() {
        for (width, height) in [(0, 40), (40, 0), (1001, 40)] {
            assert_eq!(Size::mm(width, height).unwrap_err().code(), "picture-bad-size");
        }
    }

    #[test]
    fn every_code_is_listed() {
        let format = PictureFormat::Svg;
        let errors = [
            PictureError::TooLarge { bytes: 0, limit: 0 },
            PictureError::TooManyPixels { width: 0, height: 0 },
            PictureError::UnknownFormat,
            PictureError::VectorUnsupported { format },
            PictureError::Broken { format },
            PictureError::BadSize { width: 0, height: 0, limit: 0 },
        ];
        assert_eq!(errors.iter().map(PictureError::code).collect::<Vec<_>>(), PictureError::CODES);
    }
}

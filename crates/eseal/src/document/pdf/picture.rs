//! The picture that a signature shows, where that can be told for certain.
//!
//! Only one kind of appearance is understood: a form that draws exactly one image and nothing else, as our own writer
//! makes them and many others do. Whatever else an appearance holds (text, paths, further forms) makes the question
//! unanswerable here, with a reason.

use std::sync::{Arc, PoisonError};

use crate::lang::vocabulary;

use super::error::PdfError;
use super::filter;
use super::filter::Filter;
use super::object::{Dictionary, IndirectObject, Object, ObjectId, Value};
use super::pages::rectangle;
use super::reader::Pdf;
use super::resolver::View;
use super::signatures::Widget;
use super::syntax::Parser;

/// The one picture that an appearance draws.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShownImage {
    /// The image object; several widgets may share it.
    pub image: ObjectId,
    /// What it holds, not decoded yet.
    pub encoded: Arc<EncodedImage>,
    /// The part of the image inside the appearance's box: left, bottom, right, top as fractions of its sides.
    pub part: [f64; 4],
}

impl ShownImage {
    /// Whether the whole image is shown, not a slice of it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        const SLACK: f64 = 0.005;
        let [left, bottom, right, top] = self.part;
        left < SLACK && bottom < SLACK && right > 1.0 - SLACK && top > 1.0 - SLACK
    }
}

/// An image as it lies in the file: everything that decides its pixels. Equal ones show the same, so whoever sees the
/// same seal on many documents need not decode it again.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct EncodedImage(Encoded);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Encoded {
    Jpeg(Vec<u8>),
    Samples { width: usize, height: usize, colours: usize, colour: Channel, mask: Option<Channel> },
}

/// The samples of one image dictionary, still behind their filters.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Channel {
    filters: Vec<Filter>,
    data: Vec<u8>,
}

/// What an image holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Pixels {
    /// Rows from the top; red, green, blue, alpha, not multiplied.
    Rgba {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Four bytes a pixel.
        rgba: Vec<u8>,
    },
    /// A whole JPEG file, opaque.
    Jpeg(Vec<u8>),
}

vocabulary! {
    /// Why the picture cannot be told.
    #[non_exhaustive]
    pub enum PictureUnclear: code {
        /// The widget has no normal appearance of its own.
        NoAppearance = "picture-no-appearance", "没有外观", "there is no appearance";
        /// The appearance cannot be read.
        Unreadable = "picture-unreadable", "外观无法读取", "the appearance cannot be read";
        /// The appearance draws something besides one image, or nothing.
        NotOneImage = "picture-not-one-image", "外观不是单一图片", "the appearance is not just one image";
        /// The image is turned, mirrored or skewed.
        Turned = "picture-turned", "图片被旋转或变形", "the image is turned or skewed";
        /// The image is of a kind not understood here.
        UnknownKind = "picture-unknown-kind", "不支持的图片格式", "the image is of an unknown kind";
        /// The image is larger than the limit.
        TooLarge = "picture-too-large", "图片过大", "the image is too large";
    }
}

/// The most operators in an appearance that draws one image.
const MOST_OPERATORS: usize = 64;
/// The longest side and the most pixels of a seal picture (`Appearance` has the same).
const MOST_SIDE: i64 = 8_192;
const MOST_PIXELS: i64 = 64 << 20;

/// The one picture that a widget shows.
///
/// # Errors
/// The reason why it cannot be told.
pub fn shown_picture(pdf: &Pdf<'_>, widget: &Widget) -> Result<ShownImage, PictureUnclear> {
    pdf.readable().map_err(unreadable)?;
    let view = pdf.latest();
    let id = widget.appearance.ok_or(PictureUnclear::NoAppearance)?;
    let form = view.object(id).map_err(unreadable)?.ok_or(PictureUnclear::NoAppearance)?;
    let stream = form.value.as_stream().ok_or(PictureUnclear::NoAppearance)?;
    let dictionary = &stream.dictionary;
    if !dictionary.is_name(b"Subtype", b"Form") || dictionary.has_duplicates() || dictionary.get(b"OC").is_some() {
        return Err(PictureUnclear::NotOneImage);
    }
    let drawn = drawing(view, &form)?;
    let resources = view.get(dictionary, b"Resources").map_err(unreadable)?;
    let resources = resources.as_dictionary().ok_or(PictureUnclear::NotOneImage)?;
    for state in &drawn.states {
        check_state(view, resources, state)?;
    }
    let objects = view.get(resources, b"XObject").map_err(unreadable)?;
    let image = objects.as_dictionary().filter(|objects| !objects.has_duplicates());
    let image = image.and_then(|objects| objects.get(&drawn.name)).and_then(Value::as_reference);
    let image = image.ok_or(PictureUnclear::NotOneImage)?;
    let part = visible_part(view, dictionary, drawn.matrix)?;
    Ok(ShownImage { image, encoded: encoded(pdf, image)?, part })
}

fn unreadable(error: PdfError) -> PictureUnclear {
    match error {
        PdfError::OverLimit { .. } => PictureUnclear::TooLarge,
        PdfError::FilterUnsupported { .. } => PictureUnclear::UnknownKind,
        _ => PictureUnclear::Unreadable,
    }
}

/// One image drawn under one matrix.
struct Drawing {
    name: Vec<u8>,
    matrix: [f64; 6],
    states: Vec<Vec<u8>>,
}

/// Reads content that consists of `q`, `Q`, `gs`, `cm` and one `Do`.
fn drawing(view: View<'_, '_>, form: &IndirectObject<'_>) -> Result<Drawing, PictureUnclear> {
    let content = match form.value.as_stream() {
        Some(stream) if stream.dictionary.get(b"Filter").is_none() => {
            form.stream_data().map(<[u8]>::to_vec).unwrap_or_default()
        }
        _ => view.decode(form).map_err(unreadable)?,
    };
    let mut parser = Parser::new(&content, 0, &view.pdf.limits);
    let mut operands: Vec<Value> = Vec::new();
    let mut matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let mut saved = Vec::new();
    let mut drawn: Option<Drawing> = None;
    let mut states = Vec::new();
    for _ in 0..MOST_OPERATORS {
        parser.skip_space();
        if parser.peek().is_none() {
            return drawn.ok_or(PictureUnclear::NotOneImage);
        }
        if !parser.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            operands.push(parser.value().map_err(|_| PictureUnclear::NotOneImage)?);
            continue;
        }
        let numbers: Option<Vec<f64>> = operands.iter().map(Value::as_number).collect();
        let operator = parser.take_operator();
        match (operator, operands.as_slice()) {
            (b"q", []) => saved.push(matrix),
            (b"Q", []) => matrix = saved.pop().ok_or(PictureUnclear::NotOneImage)?,
            (b"cm", _) => match numbers.as_deref() {
                Some(&[a, b, c, d, e, f]) => matrix = multiply([a, b, c, d, e, f], matrix),
                _ => return Err(PictureUnclear::NotOneImage),
            },
            (b"gs", [name]) if drawn.is_none() => {
                states.push(name.as_name().ok_or(PictureUnclear::NotOneImage)?.to_vec());
            }
            (b"Do", [name]) if drawn.is_none() => {
                let name = name.as_name().ok_or(PictureUnclear::NotOneImage)?.to_vec();
                drawn = Some(Drawing { name, matrix, states: states.clone() });
            }
            _ => return Err(PictureUnclear::NotOneImage),
        }
        operands.clear();
    }
    Err(PictureUnclear::NotOneImage)
}

/// The matrix that applies `first`, then `then` (ISO 32000-1, 8.3.4).
fn multiply(first: [f64; 6], then: [f64; 6]) -> [f64; 6] {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = then;
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

/// A graphics state may only choose how the picture meets the page.
fn check_state(view: View<'_, '_>, resources: &Dictionary, name: &[u8]) -> Result<(), PictureUnclear> {
    let states = view.get(resources, b"ExtGState").map_err(unreadable)?;
    let state = states.as_dictionary().map(|states| view.get(states, name)).transpose().map_err(unreadable)?;
    let state = state.as_ref().and_then(|state| state.as_dictionary()).ok_or(PictureUnclear::NotOneImage)?;
    let fine = state.iter().all(|(key, value)| match key {
        b"Type" => true,
        b"BM" => matches!(value.as_name(), Some(b"Normal" | b"Compatible" | b"Multiply")),
        _ => false,
    });
    if fine { Ok(()) } else { Err(PictureUnclear::NotOneImage) }
}

/// Which part of the unit square that the image fills lies inside `/BBox`.
fn visible_part(view: View<'_, '_>, form: &Dictionary, matrix: [f64; 6]) -> Result<[f64; 4], PictureUnclear> {
    let [width, b, c, height, left, bottom] = matrix;
    if b.abs() > f64::EPSILON || c.abs() > f64::EPSILON || width <= 0.0 || height <= 0.0 {
        return Err(PictureUnclear::Turned);
    }
    let [a, b, c, d] = rectangle(view, form, b"BBox").map_err(unreadable)?.ok_or(PictureUnclear::NotOneImage)?;
    let part = |at: f64, start: f64, size: f64| ((at - start) / size).clamp(0.0, 1.0);
    let shown = [
        part(a.min(c), left, width),
        part(b.min(d), bottom, height),
        part(a.max(c), left, width),
        part(b.max(d), bottom, height),
    ];
    if shown[2] > shown[0] && shown[3] > shown[1] { Ok(shown) } else { Err(PictureUnclear::NotOneImage) }
}

/// An image as it lies in the file; the last one is kept, as the slices of one seal share it.
fn encoded(pdf: &Pdf<'_>, id: ObjectId) -> Result<Arc<EncodedImage>, PictureUnclear> {
    let known = pdf.last_picture.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, encoded)) = known.filter(|(known, _)| *known == id) {
        return Ok(encoded);
    }
    let encoded = Arc::new(EncodedImage(read(pdf.latest(), id)?));
    *pdf.last_picture.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, Arc::clone(&encoded)));
    Ok(encoded)
}

fn read(view: View<'_, '_>, id: ObjectId) -> Result<Encoded, PictureUnclear> {
    const UNKNOWN: PictureUnclear = PictureUnclear::UnknownKind;
    let object = view.object(id).map_err(unreadable)?.ok_or(PictureUnclear::NotOneImage)?;
    let image = image_dictionary(&object)?;
    if image.get(b"Filter").and_then(Value::as_name) == Some(b"DCTDecode") {
        let plain = image.get(b"SMask").is_none() && image.get(b"DecodeParms").is_none();
        let data = object.stream_data().filter(|_| plain).ok_or(UNKNOWN)?;
        return Ok(Encoded::Jpeg(data.to_vec()));
    }
    let (width, height) = size(image)?;
    let colours = match color_space(view, image)?.as_slice() {
        b"DeviceRGB" => 3,
        b"DeviceGray" => 1,
        _ => return Err(UNKNOWN),
    };
    let colour = channel(view, &object)?;
    let mask = match image.get(b"SMask") {
        None => None,
        Some(mask) => {
            let mask = mask.as_reference().ok_or(UNKNOWN)?;
            let object = view.object(mask).map_err(unreadable)?.ok_or(UNKNOWN)?;
            let mask = image_dictionary(&object)?;
            let same = size(mask)? == (width, height) && color_space(view, mask)? == b"DeviceGray";
            if !same || mask.get(b"Matte").is_some() || mask.get(b"SMask").is_some() {
                return Err(UNKNOWN);
            }
            Some(channel(view, &object)?)
        }
    };
    Ok(Encoded::Samples { width, height, colours, colour, mask })
}

impl EncodedImage {
    /// Decodes the image; the work counts against the limits of the file it was found in.
    ///
    /// # Errors
    /// The reason why it cannot be told.
    pub fn pixels(&self, pdf: &Pdf<'_>) -> Result<Pixels, PictureUnclear> {
        let (width, height, colours, colour, mask) = match &self.0 {
            Encoded::Jpeg(file) => return Ok(Pixels::Jpeg(file.clone())),
            Encoded::Samples { width, height, colours, colour, mask } => (*width, *height, *colours, colour, mask),
        };
        let samples = colour.samples(pdf, colours * width * height)?;
        let mask = mask.as_ref().map(|mask| mask.samples(pdf, width * height)).transpose()?;
        let mut rgba = vec![255; width * height * 4];
        let (pixels, _) = rgba.as_chunks_mut::<4>();
        if colours == 3 {
            let (samples, _) = samples.as_chunks::<3>();
            for (pixel, [red, green, blue]) in pixels.iter_mut().zip(samples) {
                *pixel = [*red, *green, *blue, 255];
            }
        } else {
            for (pixel, grey) in pixels.iter_mut().zip(&samples) {
                *pixel = [*grey, *grey, *grey, 255];
            }
        }
        for (pixel, alpha) in pixels.iter_mut().zip(mask.iter().flatten()) {
            pixel[3] = *alpha;
        }
        Ok(Pixels::Rgba { width: width as u32, height: height as u32, rgba })
    }

    /// How many bytes it has in the file.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.0 {
            Encoded::Jpeg(file) => file.len(),
            Encoded::Samples { colour, mask, .. } => {
                colour.data.len() + mask.as_ref().map_or(0, |mask| mask.data.len())
            }
        }
    }
}

/// The dictionary of an image without keys that change what its samples mean.
fn image_dictionary<'o>(object: &'o IndirectObject<'_>) -> Result<&'o Dictionary, PictureUnclear> {
    const STRANGE: [&[u8]; 6] = [b"ImageMask", b"Mask", b"Decode", b"OC", b"Alternates", b"SMaskInData"];
    let Object::Stream(stream) = &object.value.object else { return Err(PictureUnclear::NotOneImage) };
    let image = &stream.dictionary;
    if !image.is_name(b"Subtype", b"Image") || image.has_duplicates() {
        return Err(PictureUnclear::NotOneImage);
    }
    let eight_bits = image.get(b"BitsPerComponent").and_then(Value::as_integer) == Some(8);
    if !eight_bits || STRANGE.iter().any(|key| image.get(key).is_some()) {
        return Err(PictureUnclear::UnknownKind);
    }
    Ok(image)
}

fn size(image: &Dictionary) -> Result<(usize, usize), PictureUnclear> {
    let side = |key: &[u8]| image.get(key).and_then(Value::as_integer).filter(|side| *side > 0);
    let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else {
        return Err(PictureUnclear::UnknownKind);
    };
    if width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS {
        return Err(PictureUnclear::TooLarge);
    }
    Ok((width as usize, height as usize))
}

fn color_space(view: View<'_, '_>, image: &Dictionary) -> Result<Vec<u8>, PictureUnclear> {
    let space = view.get(image, b"ColorSpace").map_err(unreadable)?;
    Ok(space.value().and_then(Value::as_name).ok_or(PictureUnclear::UnknownKind)?.to_vec())
}

fn channel(view: View<'_, '_>, object: &IndirectObject<'_>) -> Result<Channel, PictureUnclear> {
    let (Some(stream), Some(data)) = (object.value.as_stream(), object.stream_data()) else {
        return Err(PictureUnclear::NotOneImage);
    };
    Ok(Channel { filters: view.filters(stream).map_err(unreadable)?, data: data.to_vec() })
}

impl Channel {
    /// The decoded samples, exactly as many as there must be. They need no other bound: their number is one.
    fn samples(&self, pdf: &Pdf<'_>, count: usize) -> Result<Vec<u8>, PictureUnclear> {
        // A predictor adds a byte to each row.
        let bound = count + MOST_SIDE as usize;
        let decoded = filter::decode(&self.data, &self.filters, &pdf.limits, bound).map_err(unreadable)?;
        pdf.spend_decoded(decoded.len()).map_err(unreadable)?;
        if decoded.len() == count { Ok(decoded) } else { Err(PictureUnclear::Unreadable) }
    }
}

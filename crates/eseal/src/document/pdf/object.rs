//! The object model: values that remember where they were read.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The name of an indirect object: its number and generation (ISO 32000-1, 7.3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Object number, from 1.
    pub number: u32,
    /// Generation, 0 except where a freed number was used again.
    pub generation: u16,
}

impl ObjectId {
    /// An object of generation 0, as almost all are.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self { number, generation: 0 }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.generation)
    }
}

/// One of the basic object types (ISO 32000-1, 7.3).
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `null`, also what a missing key means.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number written without a point.
    Integer(i64),
    /// A number written with a point; always finite.
    Real(f64),
    /// A literal or hexadecimal string, decoded.
    String(Vec<u8>),
    /// A name without its slash, `#xx` decoded.
    Name(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream; only ever the value of an indirect object.
    Stream(Box<Stream>),
    /// A reference `n g R`.
    Reference(ObjectId),
}

/// An object together with the bytes it was read from.
///
/// Equality compares the objects and ignores where they stood.
#[derive(Clone, Debug)]
pub struct Value {
    /// The object.
    pub object: Object,
    /// Its bytes in the [`Source`] of the indirect object that holds it.
    pub span: Range<usize>,
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

impl Value {
    /// Whether this is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.object, Object::Null)
    }

    /// The integer, if it is one.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        match self.object {
            Object::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The number, whole or real.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "coordinates are far below 2^53")]
    pub const fn as_number(&self) -> Option<f64> {
        match self.object {
            Object::Integer(value) => Some(value as f64),
            Object::Real(value) => Some(value),
            _ => None,
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub const fn as_boolean(&self) -> Option<bool> {
        match self.object {
            Object::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// The name without its slash, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&[u8]> {
        match &self.object {
            Object::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The decoded bytes, if it is a string.
    #[must_use]
    pub fn as_string(&self) -> Option<&[u8]> {
        match &self.object {
            Object::String(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match &self.object {
            Object::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The dictionary, also that of a stream.
    #[must_use]
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match &self.object {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The stream, if it is one.
    #[must_use]
    pub fn as_stream(&self) -> Option<&Stream> {
        match &self.object {
            Object::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// The object it refers to, if it is a reference.
    #[must_use]
    pub const fn as_reference(&self) -> Option<ObjectId> {
        match self.object {
            Object::Reference(id) => Some(id),
            _ => None,
        }
    }
}

/// A dictionary, its entries in file order.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    pub(crate) entries: Vec<(Vec<u8>, Value)>,
    pub(crate) duplicates: bool,
}

impl Dictionary {
    /// The value of a key (without slash); `None` also for `null`, which means the same (ISO 32000-1, 7.3.7).
    ///
    /// Where a key stands twice, the first counts; see [`has_duplicates`](Self::has_duplicates).
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Whether a key stands more than once: readers then disagree about the value.
    #[must_use]
    pub const fn has_duplicates(&self) -> bool {
        self.duplicates
    }

    /// Keys and values in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), value))
    }

    /// How many entries were written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the key holds this name.
    #[must_use]
    pub fn is_name(&self, key: &[u8], name: &[u8]) -> bool {
        self.get(key).and_then(Value::as_name) == Some(name)
    }
}

/// Two dictionaries are equal when they have the same keys with the same values, in any order.
impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        if self.duplicates || other.duplicates {
            return self.entries == other.entries;
        }
        let mut mine: Vec<_> = self.entries.iter().filter(|(_, value)| !value.is_null()).collect();
        let mut theirs: Vec<_> = other.entries.iter().filter(|(_, value)| !value.is_null()).collect();
        mine.sort_by(|a, b| a.0.cmp(&b.0));
        theirs.sort_by(|a, b| a.0.cmp(&b.0));
        mine == theirs
    }
}

/// A stream: a dictionary and the span of its encoded bytes in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The stream dictionary.
    pub dictionary: Dictionary,
    /// The encoded bytes, as `/Length` says.
    pub data: Range<usize>,
}

/// The bytes that the spans of an object count in.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// The file itself.
    File(&'a [u8]),
    /// The decoded content of an object stream (ISO 32000-1, 7.5.7).
    ObjectStream {
        /// The number of the stream that holds the object.
        container: u32,
        /// Its decoded bytes.
        data: Arc<[u8]>,
    },
}

impl Source<'_> {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::File(bytes) => bytes,
            Self::ObjectStream { data, .. } => data,
        }
    }
}

/// An indirect object as it stands in the file.
#[derive(Clone, Debug)]
pub struct IndirectObject<'a> {
    /// Number and generation, as the object itself says.
    pub id: ObjectId,
    /// What it is.
    pub value: Value,
    /// The bytes that all spans inside count in.
    pub source: Source<'a>,
    /// From the object's number to the end of `endobj`; for a member of an object stream the span of its value.
    pub span: Range<usize>,
}

impl IndirectObject<'_> {
    /// The received spelling of a value that stands inside this object.
    #[must_use]
    pub fn raw(&self, value: &Value) -> &[u8] {
        self.source.bytes().get(value.span.clone()).unwrap_or_default()
    }

    /// The dictionary, also that of a stream.
    #[must_use]
    pub fn dictionary(&self) -> Option<&Dictionary> {
        self.value.as_dictionary()
    }

    /// Whether it is a member of an object stream.
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        matches!(self.source, Source::ObjectStream { .. })
    }

    /// The encoded bytes, if it is a stream.
    #[must_use]
    pub fn stream_data(&self) -> Option<&[u8]> {
        self.source.bytes().get(self.value.as_stream()?.data.clone())
    }
}

/// A text string (ISO 32000-1, 7.9.2.2): UTF-16BE or UTF-8 with its mark, else PDFDocEncoding.
#[must_use]
pub(crate) fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest.chunks(2).map(|c| u16::from_be_bytes([c[0], *c.get(1).unwrap_or(&0)])).collect();
            String::from_utf16_lossy(&units)
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&byte| pdf_doc(byte)).collect(),
    }
}

/// One byte of PDFDocEncoding (ISO 32000-1, Annex D.3).
fn pdf_doc(byte: u8) -> char {
    const LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const HIGH: [char; 31] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł',
        'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
    ];
    match byte {
        0x18..=0x1F => LOW[usize::from(byte - 0x18)],
        0x80..=0x9E => HIGH[usize::from(byte - 0x80)],
        0xA0 => '€',
        0x7F | 0x9F | 0xAD => char::REPLACEMENT_CHARACTER,
        _ => char::from(byte),
    }
}

/// A name for people: UTF-8 where it is that, else Latin-1.
#[must_use]
pub(crate) fn name_text(name: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(name) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(name.iter().map(|&byte| char::from(byte)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(object: Object) -> Value {
        Value { object, span: 0..0 }
    }

    #[test]
    fn dictionaries_are_equal_in_any_order_and_null_counts_as_missing() {
        let one = Dictionary {
            entries: vec![(b"A".to_vec(), value(Object::Integer(1))), (b"B".to_vec(), value(Object::Null))],
            duplicates: false,
        };
        let other = Dictionary { entries: vec![(b"A".to_vec(), value(Object::Integer(1)))], duplicates: false };
        assert_eq!(one, other);
        assert!(one.get(b"B").is_none());
        let twice = Dictionary {
            entries: vec![(b"A".to_vec(), value(Object::Integer(1))), (b"A".to_vec(), value(Object::Integer(1)))],
            duplicates: true,
        };
        assert_ne!(twice, other);
    }

    #[test]
    fn text_strings_are_read_in_all_three_encodings() {
        assert_eq!(text(b"\xFE\xFF\x53\x70\x7A\xE0"), "印章");
        assert_eq!(text("\u{feff}印章".as_bytes()), "印章");
        assert_eq!(text(b"caf\xE9 \x85"), "café –");
        assert_eq!(text(b"\xFE\xFF\x53"), "\u{5300}");
    }
}

//! Reading received DER by position, so that every part can be cut out again as it was received.

use std::ops::Range;

use ::der::Decode;
use ::der::Header;
use ::der::SliceReader;
use ::der::Tag;
use const_oid::ObjectIdentifier;

use crate::time::Instant;

use super::Deviation;
use super::DeviationKind;
use super::SealError;

/// The most elements a list may have: certificates of a seal, extensions. Real seals have one or two.
const MAX_CHILDREN: usize = 4096;
/// The longest text field in bytes. Real names have up to some 60 bytes; a document property may be a small text.
const MAX_TEXT: usize = 16 << 10;

/// One element of received DER and where it lies.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    source: &'a [u8],
    tag: Tag,
    start: usize,
    content: usize,
    end: usize,
}

impl<'a> Element<'a> {
    /// The element that fills the whole input.
    pub(super) fn whole(source: &'a [u8]) -> Option<Self> {
        let element = Self::at(source, 0, source.len())?;
        (element.end == source.len()).then_some(element)
    }

    /// The element that begins at `start` and ends at or before `limit`.
    fn at(source: &'a [u8], start: usize, limit: usize) -> Option<Self> {
        let rest = source.get(start..limit)?;
        let header = Header::decode(&mut SliceReader::new(rest).ok()?).ok()?;
        let content = start.checked_add(usize::try_from(::der::Encode::encoded_len(&header).ok()?).ok()?)?;
        let end = content.checked_add(usize::try_from(header.length()).ok()?)?;
        (end <= limit).then_some(Self { source, tag: header.tag(), start, content, end })
    }

    pub(super) const fn tag(&self) -> Tag {
        self.tag
    }

    pub(super) fn is(&self, tag: Tag) -> bool {
        self.tag == tag
    }

    /// Whether this is the constructed context tag `[0]`.
    pub(super) fn is_zero_tag(&self) -> bool {
        matches!(self.tag, Tag::ContextSpecific { constructed: true, number } if number == ::der::TagNumber(0))
    }

    /// Where the element begins.
    pub(super) const fn start(&self) -> usize {
        self.start
    }

    /// Tag, length and content.
    pub(super) const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) const fn content_range(&self) -> Range<usize> {
        self.content..self.end
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.source[self.range()]
    }

    pub(super) fn content(&self) -> &'a [u8] {
        &self.source[self.content_range()]
    }

    /// The elements inside, which must fill the content. `None` when they do not, or when there are too many.
    pub(super) fn children(&self) -> Option<Vec<Self>> {
        let mut found = Vec::new();
        let mut position = self.content;
        while position < self.end {
            let element = Self::at(self.source, position, self.end)?;
            position = element.end;
            if found.len() == MAX_CHILDREN {
                return None;
            }
            found.push(element);
        }
        Some(found)
    }
}

/// Reads the fields of one structure and remembers what is unusual about them.
pub(super) struct Reading {
    structure: &'static str,
    deviations: Vec<Deviation>,
}

impl Reading {
    /// Begins the reading of `SESeal` or `SES_Signature`.
    pub(super) const fn of(structure: &'static str) -> Self {
        Self { structure, deviations: Vec::new() }
    }

    /// What was unusual.
    pub(super) fn into_deviations(self) -> Vec<Deviation> {
        self.deviations
    }

    pub(super) fn note(&mut self, kind: DeviationKind, field: &'static str) {
        let deviation = Deviation::new(kind, field);
        if !self.deviations.contains(&deviation) {
            self.deviations.push(deviation);
        }
    }

    /// The error for a field that is not what it must be.
    pub(super) const fn malformed(&self, field: &'static str, offset: usize) -> SealError {
        SealError::Malformed { structure: self.structure, field, offset }
    }

    pub(super) fn sequence<'a>(&self, from: &Element<'a>, field: &'static str) -> Result<Vec<Element<'a>>, SealError> {
        if !from.is(Tag::Sequence) {
            return Err(self.malformed(field, from.start()));
        }
        from.children().ok_or_else(|| self.malformed(field, from.start()))
    }

    /// An INTEGER that fits 64 bits.
    pub(super) fn integer(&self, from: &Element<'_>, field: &'static str) -> Result<i64, SealError> {
        if !from.is(Tag::Integer) {
            return Err(self.malformed(field, from.start()));
        }
        i64::from_der(from.bytes()).map_err(|_| self.malformed(field, from.start()))
    }

    /// A text: `wanted` is the string type of the standard, the others are tolerated.
    pub(super) fn text(&mut self, from: &Element<'_>, wanted: Tag, field: &'static str) -> Result<String, SealError> {
        match from.tag() {
            tag if tag == wanted => {}
            Tag::Ia5String | Tag::Utf8String | Tag::PrintableString | Tag::VisibleString => {
                self.note(DeviationKind::StringType, field);
            }
            _ => return Err(self.malformed(field, from.start())),
        }
        let content = from.content();
        if content.len() > MAX_TEXT {
            return Err(self.malformed(field, from.start()));
        }
        if wanted == Tag::Ia5String && !content.is_ascii() {
            self.note(DeviationKind::NotAscii, field);
        }
        if let Ok(text) = std::str::from_utf8(content) {
            Ok(text.to_owned())
        } else {
            self.note(DeviationKind::NotUtf8, field);
            Ok(String::from_utf8_lossy(content).into_owned())
        }
    }

    pub(super) fn oid(&self, from: &Element<'_>, field: &'static str) -> Result<ObjectIdentifier, SealError> {
        if !from.is(Tag::ObjectIdentifier) {
            return Err(self.malformed(field, from.start()));
        }
        ObjectIdentifier::from_bytes(from.content()).map_err(|_| self.malformed(field, from.start()))
    }

    /// The content of an OCTET STRING.
    pub(super) fn octets(&self, from: &Element<'_>, field: &'static str) -> Result<Range<usize>, SealError> {
        if from.is(Tag::OctetString) { Ok(from.content_range()) } else { Err(self.malformed(field, from.start())) }
    }

    /// The bytes of a BIT STRING without unused bits; an OCTET STRING in its place is tolerated.
    pub(super) fn bits(&mut self, from: &Element<'_>, field: &'static str) -> Result<Range<usize>, SealError> {
        match from.tag() {
            Tag::BitString if from.content().first() == Some(&0) => {
                Ok(from.content_range().start + 1..from.range().end)
            }
            Tag::OctetString => {
                self.note(DeviationKind::OctetsForBits, field);
                Ok(from.content_range())
            }
            _ => Err(self.malformed(field, from.start())),
        }
    }

    /// A date; `wanted` is the time type of the standard, the other one is tolerated.
    pub(super) fn date(&mut self, from: &Element<'_>, wanted: Tag, field: &'static str) -> Result<Instant, SealError> {
        let (instant, fraction) =
            instant_of(from.tag(), from.content()).ok_or_else(|| self.malformed(field, from.start()))?;
        if !from.is(wanted) {
            self.note(DeviationKind::TimeType, field);
        }
        if fraction {
            self.note(DeviationKind::TimeFraction, field);
        }
        Ok(instant)
    }
}

/// Reads UTCTime `YYMMDDhhmmssZ` or GeneralizedTime `YYYYMMDDhhmmss[.f…]Z`; the second value tells of a fraction.
pub(super) fn instant_of(tag: Tag, content: &[u8]) -> Option<(Instant, bool)> {
    let (digits, year) = match tag {
        Tag::UtcTime => {
            let year = number(content.get(..2)?)?;
            (content.get(2..)?, if year < 50 { 2000 + year } else { 1900 + year })
        }
        Tag::GeneralizedTime => (content.get(4..)?, number(content.get(..4)?)?),
        _ => return None,
    };
    let part = |index: usize| -> Option<i8> { i8::try_from(number(digits.get(index * 2..index * 2 + 2)?)?).ok() };
    let instant = Instant::utc(year, part(0)?, part(1)?, part(2)?, part(3)?, part(4)?).ok()?;
    match digits.get(10..)? {
        b"Z" => Some((instant, false)),
        [b'.', fraction @ .., b'Z']
            if tag == Tag::GeneralizedTime
                && (1..=9).contains(&fraction.len())
                && fraction.iter().all(u8::is_ascii_digit) =>
        {
            Some((instant, true))
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0_i16, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_tells_where_it_lies() {
        let bytes = [0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00];
        let outer = Element::whole(&bytes).unwrap();
        let inner = outer.children().unwrap();
        assert_eq!(inner.iter().map(Element::range).collect::<Vec<_>>(), [2..5, 5..7]);
        assert_eq!(inner[0].content(), [7]);
    }

    #[test]
    fn an_element_that_reaches_beyond_its_parent_is_refused() {
        assert!(Element::whole(&[0x30, 0x02, 0x02, 0x01]).unwrap().children().is_none());
        assert!(Element::whole(&[0x30, 0x02, 0x02, 0x01, 0x07]).is_none());
        assert!(Element::whole(&[0x30, 0x80, 0x00, 0x00]).is_none());
        assert!(Element::whole(&[]).is_none());
    }

    #[test]
    fn both_time_types_are_read_and_times_without_a_zone_are_not() {
        let at = Instant::utc(2020, 4, 22, 2, 18, 7).unwrap();
        assert_eq!(instant_of(Tag::UtcTime, b"200422021807Z"), Some((at, false)));
        assert_eq!(instant_of(Tag::GeneralizedTime, b"20200422021807Z"), Some((at, false)));
        assert_eq!(instant_of(Tag::GeneralizedTime, b"20200422021807.25Z"), Some((at, true)));
        let wrong: [(Tag, &[u8]); 7] = [
            (Tag::GeneralizedTime, b"20200422021807"),
            (Tag::GeneralizedTime, b"20200422021807+0800"),
            (Tag::GeneralizedTime, b"20200422021807.Z"),
            (Tag::GeneralizedTime, b"20200230021807Z"),
            (Tag::UtcTime, b"2004220218Z"),
            (Tag::UtcTime, b"\xff\xff0422021807Z"),
            (Tag::Utf8String, b"20200422021807Z"),
        ];
        for (tag, text) in wrong {
            assert_eq!(instant_of(tag, text), None, "{text:?}");
        }
    }
}

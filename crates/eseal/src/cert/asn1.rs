//! Reading and writing the few ASN.1 shapes of X.509, over the received bytes.
//!
//! Lengths are strict, nothing may follow the end, and what lies inside an element is only opened where a caller knows
//! its shape, so that the odd values of real certificates do no harm.

use const_oid::ObjectIdentifier;

use crate::der::Walk;
use crate::time::Instant;

use super::CertError;

pub(super) use crate::der::Element;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const TELETEX_STRING: u8 = 0x14;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const VISIBLE_STRING: u8 = 0x1a;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The constructed context-specific tag `[n]`.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// Elements one after another; every fault is reported as [`CertError::Malformed`] with the part's name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    walk: Walk<'a>,
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { walk: Walk::new(bytes), what }
    }

    /// Opens the one element of this tag that must fill the input.
    pub(super) fn open(bytes: &'a [u8], tag: u8, what: &'static str) -> Result<Self, CertError> {
        let mut outer = Self::new(bytes, what);
        let inner = outer.enter(tag)?;
        outer.end()?;
        Ok(inner)
    }

    pub(super) const fn fault(&self) -> CertError {
        CertError::Malformed { what: self.what }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.walk.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.walk.rest().first().copied()
    }

    /// The bytes not yet read.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.walk.rest()
    }

    pub(super) fn next(&mut self) -> Result<Element<'a>, CertError> {
        self.walk.next().ok_or(self.fault())
    }

    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>, CertError> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(self.fault()) }
    }

    /// The next element if it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<Option<Element<'a>>, CertError> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    pub(super) fn enter(&mut self, tag: u8) -> Result<Self, CertError> {
        let element = self.expect(tag)?;
        Ok(Self::new(element.content, self.what))
    }

    pub(super) fn end(&self) -> Result<(), CertError> {
        if self.walk.is_empty() { Ok(()) } else { Err(self.fault()) }
    }

    pub(super) fn oid(&mut self) -> Result<ObjectIdentifier, CertError> {
        let element = self.expect(OBJECT_IDENTIFIER)?;
        ObjectIdentifier::from_bytes(element.content).map_err(|_| self.fault())
    }

    /// A BOOLEAN that may be absent, or given although it is the default: common in real certificates.
    pub(super) fn boolean_or_false(&mut self) -> Result<bool, CertError> {
        match self.take(BOOLEAN)?.map(|element| element.content) {
            None | Some([0x00]) => Ok(false),
            Some([0xff]) => Ok(true),
            Some(_) => Err(self.fault()),
        }
    }

    /// The content of an INTEGER with a minimal encoding; its sign is the reader's matter.
    pub(super) fn integer(&mut self) -> Result<&'a [u8], CertError> {
        let content = self.expect(INTEGER)?.content;
        if is_minimal(content) { Ok(content) } else { Err(self.fault()) }
    }

    /// A small INTEGER, zero or more.
    pub(super) fn small(&mut self) -> Result<u32, CertError> {
        small_number(self.integer()?).ok_or(self.fault())
    }

    /// A BIT STRING of whole bytes.
    pub(super) fn bits(&mut self) -> Result<&'a [u8], CertError> {
        match self.expect(BIT_STRING)?.content {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(self.fault()),
        }
    }

    /// UTCTime or GeneralizedTime with seconds and `Z`; RFC 5280, 4.1.2.5.
    pub(super) fn time(&mut self) -> Result<Instant, CertError> {
        let element = self.next()?;
        let (year, rest) = match (element.tag, element.content.len()) {
            (UTC_TIME, 13) => {
                let year = digits(&element.content[..2]).ok_or_else(|| self.fault())?;
                (if year < 50 { 2000 + year } else { 1900 + year }, &element.content[2..])
            }
            (GENERALIZED_TIME, 15) => {
                (digits(&element.content[..4]).ok_or_else(|| self.fault())?, &element.content[4..])
            }
            _ => return Err(self.fault()),
        };
        if rest[10] != b'Z' {
            return Err(self.fault());
        }
        let mut fields = [0_i8; 5];
        for (field, pair) in fields.iter_mut().zip(rest[..10].chunks(2)) {
            *field = digits(pair).and_then(|value| i8::try_from(value).ok()).ok_or_else(|| self.fault())?;
        }
        let [month, day, hour, minute, second] = fields;
        Instant::utc(year, month, day, hour, minute, second).map_err(|_| self.fault())
    }
}

/// Whether this is the content of an INTEGER in as few bytes as it can have.
fn is_minimal(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xff, next, ..] => next & 0x80 == 0,
        _ => true,
    }
}

/// The number in the content of a small INTEGER, zero or more, whatever its tag was.
pub(super) fn small_number(content: &[u8]) -> Option<u32> {
    let fits = is_minimal(content) && content.len() <= 4 && content[0] & 0x80 == 0;
    fits.then(|| content.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

fn digits(bytes: &[u8]) -> Option<i16> {
    bytes.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::by_hand::*;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let written = element(OCTET_STRING, &[&vec![7; length]]);
            let mut reader = Reader::new(&written, "x");
            assert_eq!(reader.expect(OCTET_STRING).unwrap().content.len(), length);
            reader.end().unwrap();
        }
        for value in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, u32::MAX] {
            let written = small(value);
            let read = Reader::new(&written, "x").integer().unwrap();
            assert_eq!(read.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)), u64::from(value));
            assert_eq!(read[0] & 0x80, 0, "{value}");
        }
    }

    #[test]
    fn times_are_read_by_their_form() {
        for (text, tag) in [("2049-12-31T23:59:59Z", UTC_TIME), ("2050-01-01T00:00:00Z", GENERALIZED_TIME)] {
            let at = Instant::parse(text).unwrap();
            let written = time(at);
            assert_eq!(written[0], tag);
            assert_eq!(Reader::new(&written, "x").time().unwrap(), at);
        }
        assert_eq!(Reader::new(b"\x17\x0d500101000000Z", "x").time().unwrap().civil().year, 1950);
    }

    #[test]
    fn times_without_seconds_or_with_an_offset_are_refused() {
        for text in ["2611240647Z", "261124064712+0800", "261324064712Z", "26112406471 Z", "261124064712z"] {
            let bytes = element(UTC_TIME, &[text.as_bytes()]);
            assert!(Reader::new(&bytes, "x").time().is_err(), "{text}");
        }
    }
}

/// Elements as tests want them: in any order, with any content, right or wrong.
#[cfg(test)]
pub(in crate::cert) mod by_hand {
    use super::*;

    /// One element of these parts.
    pub(in crate::cert) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut bytes = Vec::with_capacity(length + 6);
        bytes.push(tag);
        if let Some(short) = u8::try_from(length).ok().filter(|length| *length < 0x80) {
            bytes.push(short);
        } else {
            let long = length.to_be_bytes();
            let skip = long.iter().take_while(|byte| **byte == 0).count();
            bytes.push(0x80 | u8::try_from(long.len() - skip).expect("a length has at most eight bytes"));
            bytes.extend_from_slice(&long[skip..]);
        }
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    pub(in crate::cert) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        element(SEQUENCE, parts)
    }

    /// SET OF: the encoded members in ascending order; X.690, 11.6.
    pub(in crate::cert) fn set_of(mut members: Vec<Vec<u8>>) -> Vec<u8> {
        members.sort();
        element(SET, &members.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    pub(in crate::cert) fn oid(oid: &ObjectIdentifier) -> Vec<u8> {
        element(OBJECT_IDENTIFIER, &[oid.as_bytes()])
    }

    pub(in crate::cert) fn small(value: u32) -> Vec<u8> {
        unsigned(&value.to_be_bytes())
    }

    /// An INTEGER of big-endian bytes, positive or zero.
    pub(in crate::cert) fn unsigned(bytes: &[u8]) -> Vec<u8> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[zeros..];
        // A zero byte in front where the top bit would make the number negative, and for zero itself.
        let positive = bytes.first().is_some_and(|byte| byte & 0x80 == 0);
        element(INTEGER, &[if positive { &[] } else { &[0] }, bytes])
    }

    pub(in crate::cert) fn bits(bytes: &[u8]) -> Vec<u8> {
        element(BIT_STRING, &[&[0], bytes])
    }

    /// UTCTime through 2049, GeneralizedTime from 2050 on; RFC 5280, 4.1.2.5.
    pub(in crate::cert) fn time(at: Instant) -> Vec<u8> {
        let generalized = generalized_time(at);
        match at.civil().year {
            // Without the first two digits of the year.
            1950..2050 => element(UTC_TIME, &[&generalized[4..]]),
            _ => generalized,
        }
    }

    pub(in crate::cert) fn generalized_time(at: Instant) -> Vec<u8> {
        let civil = at.civil();
        let year = u16::try_from(civil.year).expect("instants lie between the years 1 and 9999");
        let mut text = [0_u8; 15];
        text[14] = b'Z';
        let [high, low] = [year / 100, year % 100].map(|pair| i8::try_from(pair).expect("two digits"));
        let pairs = [high, low, civil.month, civil.day, civil.hour, civil.minute, civil.second];
        // Digits by hand: a list has a million times.
        for (place, pair) in text.chunks_exact_mut(2).zip(pairs) {
            let pair = u8::try_from(pair).expect("a part of a time is not negative");
            place.copy_from_slice(&[b'0' + pair / 10, b'0' + pair % 10]);
        }
        element(GENERALIZED_TIME, &[&text])
    }
}

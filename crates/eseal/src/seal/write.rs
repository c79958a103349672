//! Writing DER whose parts are encoded already: what is embedded stays as it is, byte for byte.

use ::der::Encode;
use ::der::Header;
use ::der::Length;
use ::der::Tag;
use ::der::TagNumber;
use const_oid::ObjectIdentifier;

use crate::time::Instant;

/// One element: tag, length, and the pieces as its content.
pub(super) fn element(tag: Tag, pieces: &[&[u8]]) -> Vec<u8> {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    let length = Length::try_from(length).expect("everything written here is far below 256 MiB");
    let header = Header::new(tag, length);
    let mut out = header.to_der().expect("a header of a known tag and length encodes");
    out.reserve_exact(pieces.iter().map(|piece| piece.len()).sum());
    for piece in pieces {
        out.extend_from_slice(piece);
    }
    out
}

pub(super) fn sequence(pieces: &[&[u8]]) -> Vec<u8> {
    element(Tag::Sequence, pieces)
}

pub(super) fn octets(content: &[u8]) -> Vec<u8> {
    element(Tag::OctetString, &[content])
}

/// A BIT STRING without unused bits.
pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    element(Tag::BitString, &[&[0], content])
}

/// `[number]` around an element.
pub(super) fn explicit(number: u32, inner: &[u8]) -> Vec<u8> {
    element(Tag::ContextSpecific { constructed: true, number: TagNumber(number) }, &[inner])
}

pub(super) fn ia5(text: &str) -> Vec<u8> {
    element(Tag::Ia5String, &[text.as_bytes()])
}

pub(super) fn utf8(text: &str) -> Vec<u8> {
    element(Tag::Utf8String, &[text.as_bytes()])
}

pub(super) fn integer(value: i64) -> Vec<u8> {
    value.to_der().expect("a 64-bit integer encodes")
}

pub(super) fn oid(value: &ObjectIdentifier) -> Vec<u8> {
    value.to_der().expect("an identifier that was parsed encodes")
}

/// GeneralizedTime `YYYYMMDDhhmmssZ`.
pub(super) fn generalized_time(at: Instant) -> Vec<u8> {
    let at = at.civil();
    let text = format!("{:04}{:02}{:02}{:02}{:02}{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second);
    element(Tag::GeneralizedTime, &[text.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_written_with_minimal_lengths() {
        assert_eq!(octets(&[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(octets(&[0; 200])[..3], [4, 0x81, 200]);
        assert_eq!(bits(&[1, 2]), [3, 3, 0, 1, 2]);
        assert_eq!(integer(200), [2, 2, 0, 200]);
        assert_eq!(explicit(0, &integer(1)), [0xa0, 3, 2, 1, 1]);
        assert_eq!(sequence(&[&integer(1), &integer(2)]), [0x30, 6, 2, 1, 1, 2, 1, 2]);
    }

    #[test]
    fn a_time_has_seconds_and_a_z() {
        let at = Instant::utc(2026, 11, 24, 6, 47, 12).unwrap();
        assert_eq!(generalized_time(at)[2..], *b"20261124064712Z");
        assert_eq!(generalized_time(Instant::utc(1, 1, 1, 0, 0, 0).unwrap())[2..], *b"00010101000000Z");
    }
}

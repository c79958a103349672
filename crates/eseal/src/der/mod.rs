//! Room `der`: strict DER in and out.
//!
//! Uses no other room. Decoding refuses indefinite and non-minimal lengths and bytes after the end; only messages are read
//! without lengths, by rewriting them first ([`with_lengths`]).
//! [`Raw`] keeps a received element byte for byte, so that a signature is checked over what was received.

mod ber;
mod walk;

use der::Decode;
use der::Encode;

pub(crate) use ber::with_lengths;
pub(crate) use walk::Element;
pub(crate) use walk::Walk;

/// The largest DER input that is looked at: 16 MiB, room for a seal with the largest picture.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// An element as it was received: tag, length and content.
///
/// Lengths are decoded strictly (definite, minimal), so encoding it again gives the received bytes;
/// nothing inside is decoded or changed.
pub(crate) type Raw = der::asn1::Any;

/// Decodes one element that must fill the input.
///
/// # Errors
/// The decoder's error; [`der::ErrorKind::Overlength`] for an input over [`MAX_BYTES`].
pub(crate) fn decode<'a, T: Decode<'a, Error = der::Error>>(bytes: &'a [u8]) -> Result<T, der::Error> {
    if bytes.len() > MAX_BYTES {
        return Err(der::ErrorKind::Overlength.into());
    }
    T::from_der(bytes)
}

/// Encodes a value whose parts are all in memory.
pub(crate) fn encode<T: Encode>(value: &T) -> Result<Vec<u8>, der::Error> {
    value.to_der()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_gives_back_the_received_bytes_even_of_a_default_that_der_would_leave_out() {
        // BasicConstraints with an explicit FALSE: not DER, but common in real certificates.
        let received = [0x30, 0x03, 0x01, 0x01, 0x00];
        assert_eq!(encode(&decode::<Raw>(&received).unwrap()).unwrap(), received);
    }

    #[test]
    fn a_length_that_is_not_minimal_is_refused() {
        assert!(decode::<Raw>(&[0x04, 0x81, 0x01, 0x00]).is_err());
        assert!(decode::<Raw>(&[0x30, 0x80, 0x00, 0x00]).is_err());
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert!(decode::<Raw>(&[0x05, 0x00, 0x00]).is_err());
    }
}

use ::der::Tag;
use ::der::asn1::AnyRef;
use std::fmt;

use crate::sm;

use super::CertError;
use super::hex;
use super::write;

/// A serial number (序列号) of a certificate, unique within its issuer; RFC 5280, 4.1.2.2.
///
/// Prints as lower-case hexadecimal, two digits a byte, without the zero byte that only keeps it positive. What is read
/// from a file may be longer than the rule allows, or negative: it is kept as it was received, to be compared.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(Box<[u8]>);

impl SerialNumber {
    /// The longest serial number that may be issued, in bytes.
    pub const MAX_BYTES: usize = 20;

    /// The longest one that is read, in bytes.
    const MAX_READ: usize = 64;

    /// Sixteen random bytes, positive.
    ///
    /// # Errors
    /// [`CertError::Sm`] when the operating system gives no randomness.
    pub fn random() -> Result<Self, CertError> {
        let mut bytes = [0; 16];
        sm::random(&mut bytes)?;
        bytes[0] &= 0x7f;
        // A leading byte of zero would not be minimal, and a number of zero is not allowed.
        bytes[0] |= 0x40;
        Ok(Self(bytes.into()))
    }

    /// From the bytes of a positive number, most significant first.
    ///
    /// # Errors
    /// [`CertError::SerialNumber`] for zero or more than 20 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertError> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[zeros..];
        let sign = usize::from(bytes.first().is_some_and(|byte| byte & 0x80 != 0));
        if bytes.is_empty() || bytes.len() + sign > Self::MAX_BYTES {
            return Err(CertError::SerialNumber);
        }
        Ok(Self([&[0][..sign], bytes].concat().into()))
    }

    /// From hexadecimal digits, as [`Display`](fmt::Display) writes them; colons between them are allowed.
    ///
    /// # Errors
    /// [`CertError::SerialNumber`].
    pub fn from_hex(text: &str) -> Result<Self, CertError> {
        let digits: Option<Vec<_>> =
            text.chars().filter(|character| *character != ':').map(|digit| digit.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() <= 2 * Self::MAX_BYTES + 2).ok_or(CertError::SerialNumber)?;
        let bytes: Vec<_> = digits
            .rchunks(2)
            .rev()
            .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).expect("two digits"))
            .collect();
        Self::from_bytes(&bytes)
    }

    pub(super) fn received(content: &[u8]) -> Result<Self, CertError> {
        Self::check_received(content).map(|content| Self(content.into()))
    }

    /// The content of an INTEGER that may stand in a certificate or list as its serial number.
    pub(super) const fn check_received(content: &[u8]) -> Result<&[u8], CertError> {
        if content.is_empty() || content.len() > Self::MAX_READ {
            return Err(CertError::Malformed { what: "serialNumber" });
        }
        Ok(content)
    }

    /// The content of the DER INTEGER.
    pub(super) const fn content(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_der(&self) -> Vec<u8> {
        write::encode(&AnyRef::new(Tag::Integer, &self.0).expect("at most 64 bytes"))
    }

    /// The bytes without the zero byte that only keeps the number positive.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &*self.0 {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        }
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.as_bytes()))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_serial_number_is_positive_minimal_and_sixteen_bytes_long() {
        let serial = SerialNumber::random().unwrap();
        assert_eq!(serial.to_der()[..2], [0x02, 16]);
        assert!((0x40..0x80).contains(&serial.content()[0]));
        assert_ne!(serial, SerialNumber::random().unwrap());
        assert_eq!(SerialNumber::from_hex(&serial.to_string()).unwrap(), serial);
    }

    #[test]
    fn a_top_bit_gets_a_zero_byte_that_is_not_shown() {
        let serial = SerialNumber::from_hex("EE").unwrap();
        assert_eq!(serial.to_der(), [0x02, 2, 0, 0xee]);
        assert_eq!(serial.to_string(), "ee");
        assert_eq!(SerialNumber::from_hex("00:ee").unwrap(), serial);
        assert_eq!(SerialNumber::from_hex("abc").unwrap().to_string(), "0abc");
    }

    #[test]
    fn zero_text_and_long_numbers_are_no_serial_numbers() {
        for text in ["", "0", "0000", "xy", "-1", &"7f".repeat(21), &"ff".repeat(20)] {
            assert_eq!(SerialNumber::from_hex(text), Err(CertError::SerialNumber), "{text}");
        }
        assert!(SerialNumber::from_bytes(&[0x7f; 20]).is_ok());
    }
}

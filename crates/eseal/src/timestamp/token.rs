use std::fmt;

use ::der::Tagged;
use ::der::asn1::Int;
use const_oid::ObjectIdentifier;

use crate::cert::Certificate;
use crate::cms::SignedMessage;
use crate::der;
use crate::der::Raw;
use crate::oid;
use crate::time::Instant;

use super::Imprint;
use super::TimestampError;
use super::asn1::TstInfo;
use super::request::unsigned;

/// A time-stamp token (时间戳令牌): a signed message that says that something was there at a time.
///
/// RFC 3161, 2.4.2: `SignedData` with `TSTInfo` inside and exactly one signer. Keeps the bytes it was read from. Reading
/// checks no signature: [`judge`](Self::judge) does.
#[derive(Clone)]
pub struct TimestampToken {
    pub(super) message: SignedMessage,
    pub(super) policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Int,
    at: Instant,
    accuracy: Option<u32>,
    pub(super) nonce: Option<Int>,
}

const MALFORMED: TimestampError = TimestampError::Malformed { what: "TSTInfo" };

impl TimestampToken {
    /// The largest token that is read: 1 MiB, room for any chain of certificates.
    pub const MAX_BYTES: usize = 1 << 20;
    /// The longest serial number, in bytes: 160 bits by RFC 3161, 2.4.2, and a sign.
    const MAX_SERIAL: usize = 21;

    /// Reads a token in DER and nothing after it.
    ///
    /// # Errors
    /// [`TimestampError::TooLarge`], [`TimestampError::Message`] for what is no signed message,
    /// [`TimestampError::NotTimestamp`] for another one, [`TimestampError::Malformed`],
    /// [`TimestampError::CriticalExtension`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(TimestampError::TooLarge { limit: Self::MAX_BYTES });
        }
        let message = SignedMessage::from_der(bytes)?;
        if message.content_type() != oid::TST_INFO.to_string() {
            return Err(TimestampError::NotTimestamp { oid: message.content_type() });
        }
        if message.signers().len() != 1 {
            return Err(TimestampError::Malformed { what: "SignerInfo" });
        }
        let info: TstInfo = der::decode(message.content().ok_or(MALFORMED)?).map_err(|_| MALFORMED)?;
        let accuracy = info.accuracy.as_ref();
        let limits = |part: Option<u16>| part.is_none_or(|part| (1..=999).contains(&part));
        if info.version != 1
            || info.serial.as_bytes().len() > Self::MAX_SERIAL
            || accuracy.is_some_and(|accuracy| !limits(accuracy.millis) || !limits(accuracy.micros))
        {
            return Err(MALFORMED);
        }
        if let Some(unknown) = info.extensions.iter().flatten().find(|extension| extension.critical) {
            return Err(TimestampError::CriticalExtension { oid: unknown.kind.to_string() });
        }
        // Parts of a second make it one second less accurate.
        let accuracy = accuracy.map(|accuracy| {
            let parts = u32::from(accuracy.millis.is_some() || accuracy.micros.is_some());
            accuracy.seconds.unwrap_or(0).saturating_add(parts)
        });
        Ok(Self {
            imprint: Imprint::read(&info.imprint)?,
            at: time(&info.at).ok_or(MALFORMED)?,
            policy: info.policy,
            serial: info.serial,
            nonce: info.nonce,
            accuracy,
            message,
        })
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// What was stamped.
    #[must_use]
    pub const fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// When, by the authority's word (`genTime`); parts of a second are cut off.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// How many seconds the time may be off, if the token says so; rounded up.
    #[must_use]
    pub const fn accuracy(&self) -> Option<u32> {
        self.accuracy
    }

    /// The policy it was made under, in dots.
    #[must_use]
    pub fn policy(&self) -> String {
        self.policy.to_string()
    }

    /// The serial number that the authority gave it: a positive number's bytes, most significant first.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        unsigned(&self.serial)
    }

    /// The nonce of the request, if it had one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(unsigned)
    }

    /// The certificates inside; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.message.certificates()
    }
}

impl fmt::Debug for TimestampToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimestampToken({} at {})", self.policy, self.at)
    }
}

/// GeneralizedTime in UTC, with or without parts of a second, which RFC 3161, 2.4.2 allows here.
fn time(raw: &Raw) -> Option<Instant> {
    if raw.tag() != ::der::Tag::GeneralizedTime {
        return None;
    }
    let (whole, rest) = raw.value().split_at_checked(14)?;
    let parts = rest.strip_suffix(b"Z")?;
    let is_digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let fraction =
        parts.is_empty() || parts.strip_prefix(b".").is_some_and(|parts| !parts.is_empty() && is_digits(parts));
    if !is_digits(whole) || !fraction {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        whole[range].iter().fold(0_i16, |sum, digit| sum * 10 + i16::from(digit - b'0'))
    };
    let field = |at: usize| i8::try_from(number(at..at + 2)).ok();
    Instant::utc(number(0..4), field(4)?, field(6)?, field(8)?, field(10)?, field(12)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_have_parts_of_a_second_but_no_offset() {
        let read = |text: &str| time(&Raw::new(::der::Tag::GeneralizedTime, text.as_bytes()).unwrap());
        let whole = Instant::utc(2026, 11, 23, 14, 20, 36).unwrap();
        for text in ["20261123142036Z", "20261123142036.5Z", "20261123142036.123456789Z"] {
            assert_eq!(read(text), Some(whole), "{text}");
        }
        for text in [
            "20261123142036",
            "202611231420Z",
            "20261123142036.Z",
            "20261123142036,5Z",
            "20261123142036+0800",
            "20261123142036.5",
            "20261323142036Z",
            "2026112314203 Z",
            "",
            "Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(time(&Raw::new(::der::Tag::UtcTime, b"261123142036Z".as_slice()).unwrap()), None);
    }
}

//! What the structures of this room are written with.

use std::time::Duration;

use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::sm::Sm3Digest;
use crate::time::Instant;

/// A time as ASN.1 tells it. Times before 1970 are written as 1970; no office worked before.
pub(super) fn generalized(at: Instant) -> GeneralizedTime {
    let since = Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
    GeneralizedTime::from_unix_duration(since).expect("an Instant ends with the year 9999")
}

pub(super) fn instant(at: GeneralizedTime) -> Instant {
    Instant::from_unix(i64::try_from(at.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

pub(super) fn digest(digest: &Sm3Digest) -> OctetString {
    OctetString::new(*digest.as_bytes()).expect("32 bytes")
}

/// The digest in an octet string; `None` if it is none.
pub(super) fn digest_in(string: &OctetString) -> Option<Sm3Digest> {
    Some(Sm3Digest::from_bytes(string.as_bytes().try_into().ok()?))
}

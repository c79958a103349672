//! What both structures of this room are written with.

use std::time::Duration;

use ::der::asn1::GeneralizedTime;

use crate::time::Instant;

/// The version of both structures.
pub(super) const VERSION: u32 = 1;

/// A time as ASN.1 tells it. Times before 1970 are written as 1970; nobody logs in before.
pub(super) fn generalized(at: Instant) -> GeneralizedTime {
    let since = Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
    GeneralizedTime::from_unix_duration(since).expect("an Instant ends with the year 9999")
}

pub(super) fn instant(at: GeneralizedTime) -> Instant {
    let seconds = at.to_unix_duration().as_secs();
    Instant::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

//! Instants as ASN.1 tells them, for the structures of every room above.

use std::time::Duration;

use ::der::asn1::GeneralizedTime;

use super::Instant;

/// GeneralizedTime in whole seconds. What lies before 1970 is written as 1970.
pub(crate) fn generalized(at: Instant) -> GeneralizedTime {
    let since = Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
    GeneralizedTime::from_unix_duration(since).expect("an instant ends with the year 9999")
}

/// The instant that a GeneralizedTime names.
pub(crate) fn instant(at: GeneralizedTime) -> Instant {
    Instant::from_unix(i64::try_from(at.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

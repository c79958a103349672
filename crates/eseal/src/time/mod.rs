//! Room `time`: instants and periods, always UTC.
//!
//! Uses no other room. Never reads a clock: the caller says what time it is.

mod asn1;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub(crate) use asn1::generalized;
pub(crate) use asn1::instant;

/// An instant (时刻), in whole seconds of UTC.
///
/// The calendar goes from year 1 to 9999; whatever lies outside cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// The calendar fields of an [`Instant`], UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 1 to 9999.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: i8,
    /// Day of the month, 1 to 31.
    pub day: i8,
    /// Hour, 0 to 23.
    pub hour: i8,
    /// Minute, 0 to 59.
    pub minute: i8,
    /// Second, 0 to 59.
    pub second: i8,
}

/// Why a time was refused.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text is not RFC 3339 with an offset.
    #[error("not an RFC 3339 time with an offset: {text}")]
    Malformed {
        /// The text, cut to 64 characters.
        text: String,
    },
    /// The fields name no instant of the years 1 to 9999.
    #[error("no such time in the calendar")]
    OutOfRange,
    /// A period ends before it begins.
    #[error("the period ends ({to}) before it begins ({from})")]
    EndsBeforeStart {
        /// Where it begins.
        from: Instant,
        /// Where it ends.
        to: Instant,
    },
}

impl TimeError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &["time-malformed", "time-out-of-range", "time-ends-before-start"];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "time-malformed",
            Self::OutOfRange => "time-out-of-range",
            Self::EndsBeforeStart { .. } => "time-ends-before-start",
        }
    }
}

/// The last second of the year 9999, the end of every calendar used here.
const LAST: i64 = 253_402_300_799;
/// The first second of the year 1.
const FIRST: i64 = -62_135_596_800;

impl Instant {
    /// The last instant that ASN.1 times can tell: 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self(LAST);

    /// From seconds since 1970-01-01T00:00:00Z; clamped to the years 1 to 9999.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        if seconds > LAST {
            Self(LAST)
        } else if seconds < FIRST {
            Self(FIRST)
        } else {
            Self(seconds)
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// From calendar fields in UTC.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] when the fields name no instant (a 30th of February, an hour 24, a leap second).
    pub fn utc(year: i16, month: i8, day: i8, hour: i8, minute: i8, second: i8) -> Result<Self, TimeError> {
        let civil = DateTime::new(year, month, day, hour, minute, second, 0).map_err(|_| TimeError::OutOfRange)?;
        let seconds = TimeZone::UTC.to_timestamp(civil).map_err(|_| TimeError::OutOfRange)?.as_second();
        if (FIRST..=LAST).contains(&seconds) { Ok(Self(seconds)) } else { Err(TimeError::OutOfRange) }
    }

    /// Reads RFC 3339 with an offset, for example `2026-11-24T14:00:00+08:00`; parts of a second are cut off.
    ///
    /// # Errors
    /// [`TimeError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let malformed = || TimeError::Malformed { text: text.chars().take(64).collect() };
        // jiff reads wider forms than RFC 3339 (a zone in brackets, no seconds): hold it to the shape first.
        let shape = text.as_bytes();
        if shape.len() < 20 || shape.len() > 35 || !shape[..4].iter().all(u8::is_ascii_digit) {
            return Err(malformed());
        }
        let stamp: Timestamp = text.parse().map_err(|_| malformed())?;
        let seconds = stamp.as_second() - i64::from(stamp.subsec_nanosecond() < 0);
        if (FIRST..=LAST).contains(&seconds) { Ok(Self(seconds)) } else { Err(malformed()) }
    }

    /// The calendar fields, UTC.
    #[must_use]
    pub fn civil(self) -> Civil {
        let stamp = Timestamp::from_second(self.0).expect("an Instant lies in the years 1 to 9999");
        let at = TimeZone::UTC.to_datetime(stamp);
        Civil {
            year: at.year(),
            month: at.month(),
            day: at.day(),
            hour: at.hour(),
            minute: at.minute(),
            second: at.second(),
        }
    }

    /// RFC 3339 in UTC: `2026-11-24T06:47:12Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_string()
    }

    /// Later (or earlier) by seconds; clamped to the calendar.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// Later (or earlier) by days of 86,400 seconds; clamped to the calendar.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }

    /// The same date and time some years later; the 29th of February becomes the 28th. Clamped to the calendar.
    #[must_use]
    pub fn plus_years(self, years: i64) -> Self {
        let at = self.civil();
        let year = i64::from(at.year).saturating_add(years).clamp(1, 9999);
        let year = i16::try_from(year).expect("clamped to 1 to 9999");
        Self::utc(year, at.month, at.day, at.hour, at.minute, at.second)
            .or_else(|_| Self::utc(year, at.month, 28, at.hour, at.minute, at.second))
            .expect("the 28th is in every month")
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        write!(f, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second)
    }
}

/// A period (有效期) that holds both of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    from: Instant,
    to: Instant,
}

impl Period {
    /// From one instant to another, both inside.
    ///
    /// # Errors
    /// [`TimeError::EndsBeforeStart`].
    pub const fn new(from: Instant, to: Instant) -> Result<Self, TimeError> {
        if to.0 < from.0 {
            return Err(TimeError::EndsBeforeStart { from, to });
        }
        Ok(Self { from, to })
    }

    /// A number of days from an instant on.
    #[must_use]
    pub const fn days(from: Instant, days: u32) -> Self {
        Self { from, to: from.plus_days(days as i64) }
    }

    /// A number of years from an instant on.
    #[must_use]
    pub fn years(from: Instant, years: u16) -> Self {
        Self { from, to: from.plus_years(i64::from(years)) }
    }

    /// Where it begins.
    #[must_use]
    pub const fn from(self) -> Instant {
        self.from
    }

    /// Where it ends; still inside.
    #[must_use]
    pub const fn to(self) -> Instant {
        self.to
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub const fn contains(self, at: Instant) -> bool {
        self.from.0 <= at.0 && at.0 <= self.to.0
    }

    /// Whether the other period lies wholly inside.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.from.0 <= other.from.0 && other.to.0 <= self.to.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_prints_and_reads_back() {
        let at = Instant::utc(2026, 11, 24, 6, 47, 12).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-24T06:47:12Z");
        assert_eq!(Instant::parse("2026-11-24T14:47:12+08:00").unwrap(), at);
        assert_eq!(Instant::parse("2026-11-24T06:47:12.999Z").unwrap(), at);
        assert_eq!(Instant::from_unix(0).to_rfc3339(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn text_that_is_no_rfc_3339_time_is_refused() {
        for text in [
            "",
            "now",
            "2026-11-24",
            "2026-11-24T06:47:12",
            "2026-02-30T00:00:00Z",
            "2026-11-24T25:00:00Z",
            "2026-11-24T06:47:12+08:00[Asia/Shanghai]",
            "+002026-11-24T06:47:12Z",
        ] {
            assert!(matches!(Instant::parse(text), Err(TimeError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn a_leap_day_plus_a_year_is_the_28th() {
        let leap = Instant::utc(2028, 2, 29, 0, 0, 0).unwrap();
        assert_eq!(leap.plus_years(1).to_rfc3339(), "2029-02-28T00:00:00Z");
        assert_eq!(leap.plus_years(4).to_rfc3339(), "2032-02-29T00:00:00Z");
        assert_eq!(Instant::MAX.plus_days(1), Instant::MAX);
    }

    #[test]
    fn a_period_holds_both_ends_and_no_more() {
        let from = Instant::from_unix(100);
        let period = Period::new(from, Instant::from_unix(200)).unwrap();
        assert!(period.contains(from) && period.contains(Instant::from_unix(200)));
        assert!(!period.contains(Instant::from_unix(99)) && !period.contains(Instant::from_unix(201)));
        assert!(Period::new(Instant::from_unix(200), from).is_err());
    }

    #[test]
    fn every_code_is_listed() {
        let at = Instant::from_unix(0);
        for error in [
            TimeError::Malformed { text: String::new() },
            TimeError::OutOfRange,
            TimeError::EndsBeforeStart { from: at, to: at },
        ] {
            assert!(TimeError::CODES.contains(&error.code()));
        }
    }
}

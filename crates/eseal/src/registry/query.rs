use crate::audit::Act;
use crate::audit::Entry;
use crate::time::Instant;

use super::CertificateRecord;
use super::SealRecord;
use super::Standing;

/// The most records of one page, so that a page stays a fraction of a second and a few megabytes.
pub const MAX_PAGE: usize = 1_000;

/// The most digests of audit entries in one answer: two megabytes.
pub const MAX_DIGESTS: usize = 65_536;

/// A place in a list: after which record the next page begins. It stays right while records are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    end: Option<Instant>,
    position: u64,
}

impl Cursor {
    /// Before the first record.
    pub const START: Self = Self { end: None, position: 0 };

    /// After the record at this position; positions are the store's and begin with 1.
    #[must_use]
    pub const fn after(position: u64) -> Self {
        Self { end: None, position }
    }

    /// After the record whose validity ends then, at this position: in a list that is in the order of ends.
    #[must_use]
    pub const fn after_end(end: Instant, position: u64) -> Self {
        Self { end: Some(end), position }
    }

    /// The position after which the page begins.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.position
    }

    /// The end of validity of the record after which the page begins, in a list that is in the order of ends.
    #[must_use]
    pub const fn end(self) -> Option<Instant> {
        self.end
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The records.
    pub records: Vec<T>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of at most `limit` records from up to one more, so that the end is known.
    #[must_use]
    pub fn cut(found: impl Iterator<Item = (Cursor, T)>, limit: usize) -> Self {
        let limit = limit.clamp(1, MAX_PAGE);
        let (mut records, mut last, mut next) = (Vec::new(), Cursor::START, None);
        for (place, record) in found {
            if records.len() == limit {
                next = Some(last);
                break;
            }
            last = place;
            records.push(record);
        }
        Self { records, next }
    }
}

/// Which certificates a page holds. The default is all of them.
#[derive(Clone, Debug)]
pub struct CertificateQuery {
    /// Only those that stand so at that time.
    pub standing: Option<(Standing, Instant)>,
    /// Only those whose validity ends at this time or later.
    pub ends_from: Option<Instant>,
    /// Only those whose validity ends at this time or earlier.
    pub ends_by: Option<Instant>,
    /// Only those of this profile.
    pub profile: Option<String>,
    /// Only those whose subject contains this text, letter by letter.
    pub subject: Option<String>,
    /// Only those whose region or organization begins with this code; letter by letter.
    pub org: Option<String>,
    /// Only the one that fills this order.
    pub order: Option<String>,
    /// Where the page begins.
    pub after: Cursor,
    /// The most records; 1 to [`MAX_PAGE`].
    pub limit: usize,
}

impl Default for CertificateQuery {
    fn default() -> Self {
        Self {
            standing: None,
            ends_from: None,
            ends_by: None,
            profile: None,
            subject: None,
            org: None,
            order: None,
            after: Cursor::START,
            limit: MAX_PAGE,
        }
    }
}

impl CertificateQuery {
    /// Whether a record is one of those asked for.
    #[must_use]
    pub fn selects(&self, record: &CertificateRecord) -> bool {
        self.standing.is_none_or(|(standing, at)| record.standing(at) == standing)
            && self.ends_from.is_none_or(|from| record.validity.to() >= from)
            && self.ends_by.is_none_or(|end| record.validity.to() <= end)
            && self.profile.as_ref().is_none_or(|profile| record.profile == *profile)
            && self.subject.as_ref().is_none_or(|text| record.subject.contains(text.as_str()))
            && self.org.as_ref().is_none_or(|prefix| {
                let begins =
                    |code: &Option<String>| code.as_ref().is_some_and(|code| code.starts_with(prefix.as_str()));
                begins(&record.region) || begins(&record.organization)
            })
            && self.order.as_ref().is_none_or(|order| record.order.as_ref() == Some(order))
    }

    /// Whether the list comes in the order in which validities end, then of issue, and not in the order of issue alone.
    ///
    /// So it is when the query bounds the end on either side, be it by the standing, or asks for an organization; then
    /// a page is found without looking at all certificates, however many there are.
    #[must_use]
    pub const fn by_end(&self) -> bool {
        let standing_bounds = match self.standing {
            Some((standing, _)) => !matches!(standing, Standing::Revoked),
            None => false,
        };
        self.ends_from.is_some() || self.ends_by.is_some() || self.org.is_some() || standing_bounds
    }
}

/// Which audit entries a page holds. The default is all of them.
#[derive(Clone, Debug)]
pub struct EntryQuery {
    /// Only those of acts at this time or later, by the clock of whoever acted.
    pub since: Option<Instant>,
    /// Only those that speak of this record, as entries call it.
    pub subject: Option<String>,
    /// Only those of this act.
    pub act: Option<Act>,
    /// Where the page begins; the position of an entry is its number.
    pub after: Cursor,
    /// The most entries; 1 to [`MAX_PAGE`].
    pub limit: usize,
}

impl Default for EntryQuery {
    fn default() -> Self {
        Self { since: None, subject: None, act: None, after: Cursor::START, limit: MAX_PAGE }
    }
}

impl EntryQuery {
    /// Whether an entry is one of those asked for.
    #[must_use]
    pub fn selects(&self, entry: &Entry) -> bool {
        self.since.is_none_or(|since| entry.at >= since)
            && self.subject.as_ref().is_none_or(|subject| entry.subject == *subject)
            && self.act.is_none_or(|act| entry.act == act)
    }
}

/// Which seals a page holds. The default is all of them.
#[derive(Clone, Debug)]
pub struct SealQuery {
    /// Only those of this organization.
    pub organization: Option<String>,
    /// Where the page begins.
    pub after: Cursor,
    /// The most records; 1 to [`MAX_PAGE`].
    pub limit: usize,
}

impl Default for SealQuery {
    fn default() -> Self {
        Self { organization: None, after: Cursor::START, limit: MAX_PAGE }
    }
}

impl SealQuery {
    /// Whether a record is one of those asked for.
    #[must_use]
    pub fn selects(&self, record: &SealRecord) -> bool {
        self.organization.is_none() || self.organization == record.organization
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_another_follows() {
        let cut = |count: u64, limit| Page::cut((1..=count).map(|at| (Cursor::after(at * 10), at)), limit);
        assert_eq!(cut(0, 2), Page { records: vec![], next: None });
        assert_eq!(cut(2, 2), Page { records: vec![1, 2], next: None });
        assert_eq!(cut(3, 2), Page { records: vec![1, 2], next: Some(Cursor::after(20)) });
        assert_eq!(cut(3, 0).records, vec![1]);
        assert_eq!(cut(2_000, usize::MAX).records.len(), MAX_PAGE);
    }
}

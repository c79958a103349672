use crate::time::Instant;

use super::CertificateRecord;
use super::SealRecord;
use super::Standing;

/// The most records of one page, so that a page stays a fraction of a second and a few megabytes.
pub const MAX_PAGE: usize = 1_000;

/// A place in a list: after which record the next page begins. It stays right while records are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// After the record at this position; positions are the store's and begin with 1.
    #[must_use]
    pub const fn after(position: u64) -> Self {
        Self(position)
    }

    /// The position after which the page begins.
    #[must_use]
    pub const fn position(self) -> u64 {
        self.0
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
    pub fn cut(found: impl Iterator<Item = (u64, T)>, limit: usize) -> Self {
        let limit = limit.clamp(1, MAX_PAGE);
        let (mut records, mut last, mut next) = (Vec::new(), 0, None);
        for (position, record) in found {
            if records.len() == limit {
                next = Some(Cursor::after(last));
                break;
            }
            last = position;
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
    /// Only those whose validity ends at this time or earlier.
    pub ends_by: Option<Instant>,
    /// Only those of this profile.
    pub profile: Option<String>,
    /// Only those whose subject contains this text, letter by letter.
    pub subject: Option<String>,
    /// Where the page begins.
    pub after: Cursor,
    /// The most records; 1 to [`MAX_PAGE`].
    pub limit: usize,
}

impl Default for CertificateQuery {
    fn default() -> Self {
        Self { standing: None, ends_by: None, profile: None, subject: None, after: Cursor::START, limit: MAX_PAGE }
    }
}

impl CertificateQuery {
    /// Whether a record is one of those asked for.
    #[must_use]
    pub fn selects(&self, record: &CertificateRecord) -> bool {
        self.standing.is_none_or(|(standing, at)| record.standing(at) == standing)
            && self.ends_by.is_none_or(|end| record.validity.to() <= end)
            && self.profile.as_ref().is_none_or(|profile| record.profile == *profile)
            && self.subject.as_ref().is_none_or(|text| record.subject.contains(text.as_str()))
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
        let cut = |count: u64, limit| Page::cut((1..=count).map(|at| (at * 10, at)), limit);
        assert_eq!(cut(0, 2), Page { records: vec![], next: None });
        assert_eq!(cut(2, 2), Page { records: vec![1, 2], next: None });
        assert_eq!(cut(3, 2), Page { records: vec![1, 2], next: Some(Cursor::after(20)) });
        assert_eq!(cut(3, 0).records, vec![1]);
        assert_eq!(cut(2_000, usize::MAX).records.len(), MAX_PAGE);
    }
}

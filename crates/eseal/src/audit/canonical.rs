use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::time::Instant;

/// Hashes fields so that no two lists of fields give the same bytes.
///
/// Texts and byte strings go in behind their length (8 bytes, big-endian), numbers as 8 bytes big-endian, an absent
/// field as one byte 0 and a present one behind a byte 1. The first field is the domain: what is hashed, and in which
/// edition, so that a record can never pass for an entry.
pub struct Canonical(Sm3);

impl Canonical {
    /// Begins with the name and edition of what is hashed, for example `eseal-audit-entry/1`.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        Self(Sm3::new()).text(domain)
    }

    /// Adds a byte string.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a text, as UTF-8.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a number without sign.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.update(&number.to_be_bytes());
        self
    }

    /// Adds a number with sign, in two's complement.
    #[must_use]
    pub fn signed(mut self, number: i64) -> Self {
        self.0.update(&number.to_be_bytes());
        self
    }

    /// Adds an instant, as seconds since 1970.
    #[must_use]
    pub fn instant(self, at: Instant) -> Self {
        self.signed(at.unix())
    }

    /// Adds a field that may be absent.
    #[must_use]
    pub fn optional<T>(mut self, field: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        self.0.update(&[u8::from(field.is_some())]);
        match field {
            Some(field) => add(self, field),
            None => self,
        }
    }

    /// The digest of all fields.
    #[must_use]
    pub fn finish(self) -> Sm3Digest {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_letter_from_one_field_to_the_next_changes_the_digest() {
        let digest = |one: &str, two: &str| Canonical::new("t/1").text(one).text(two).finish();
        assert_ne!(digest("ab", "c"), digest("a", "bc"));
        assert_ne!(digest("", "abc"), digest("abc", ""));
    }

    #[test]
    fn an_absent_field_differs_from_an_empty_one() {
        let digest = |field: Option<&str>| Canonical::new("t/1").optional(field, Canonical::text).finish();
        assert_ne!(digest(None), digest(Some("")));
    }

    #[test]
    fn the_bytes_hashed_are_the_documented_ones() {
        let mut expected = Sm3::new();
        expected.update(&[0, 0, 0, 0, 0, 0, 0, 3]).update(b"t/1");
        expected.update(&[0, 0, 0, 0, 0, 0, 0, 5]).update(&[0xFF; 8]);
        expected.update(&[1, 0, 0, 0, 0, 0, 0, 0, 1]).update(b"x");
        let digest = Canonical::new("t/1").number(5).signed(-1).optional(Some("x"), Canonical::text).finish();
        assert_eq!(digest, expected.finish());
    }
}

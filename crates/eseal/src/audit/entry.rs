use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Act;
use super::AuditError;
use super::Canonical;

/// The most bytes of an actor's name: a distinguished name and a host fit.
const MAX_ACTOR: usize = 512;
/// The most bytes of a subject: its kind and its number in the registry.
const MAX_SUBJECT: usize = 256;

/// When something is done and by whom: what the caller of an act has to say for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When, by the caller's clock.
    pub at: Instant,
    /// Who (操作者): a person, a program; not empty, at most 512 bytes.
    pub actor: String,
}

impl Note {
    /// A note of this moment and this actor.
    #[must_use]
    pub fn new(at: Instant, actor: impl Into<String>) -> Self {
        Self { at, actor: actor.into() }
    }
}

/// How long a chain is and what its last entry hashes to. Kept elsewhere, it shows later that the end was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of entries, which is also the sequence number of the last.
    pub length: u64,
    /// The digest of the last entry; zeros when there is none.
    pub digest: Sm3Digest,
}

impl Checkpoint {
    /// Before the first entry.
    pub const START: Self = Self { length: 0, digest: Sm3Digest::from_bytes([0; 32]) };
}

/// One entry of the log (审计记录).
///
/// A plain record: whoever reads it from a store cannot trust it before [`verify_chain`](super::verify_chain).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the chain; the first is 1.
    pub sequence: u64,
    /// When it was done, by the clock of whoever did it.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub act: Act,
    /// To what: a kind and its name in the registry, `certificate:0a1b…`.
    pub subject: String,
    /// The digest of the record as it was after the act.
    pub record: Sm3Digest,
    /// The digest of the entry before; zeros for the first.
    pub previous: Sm3Digest,
    /// The digest of everything above.
    pub digest: Sm3Digest,
}

impl Entry {
    /// The entry that follows `last`.
    ///
    /// # Errors
    /// [`AuditError::NoActor`], [`AuditError::TooLong`].
    pub fn after(
        last: &Checkpoint,
        note: &Note,
        act: Act,
        subject: String,
        record: Sm3Digest,
    ) -> Result<Self, AuditError> {
        if note.actor.trim().is_empty() {
            return Err(AuditError::NoActor);
        }
        for (field, text, limit) in [("actor", &note.actor, MAX_ACTOR), ("subject", &subject, MAX_SUBJECT)] {
            if text.len() > limit {
                return Err(AuditError::TooLong { field, length: text.len(), limit });
            }
        }
        let mut entry = Self {
            sequence: last.length + 1,
            at: note.at,
            actor: note.actor.clone(),
            act,
            subject,
            record,
            previous: last.digest,
            digest: last.digest,
        };
        entry.digest = entry.computed_digest();
        Ok(entry)
    }

    /// The digest that the fields give, whatever [`Entry::digest`] says.
    #[must_use]
    pub fn computed_digest(&self) -> Sm3Digest {
        Canonical::new("eseal-audit-entry/1")
            .bytes(self.previous.as_bytes())
            .number(self.sequence)
            .instant(self.at)
            .text(&self.actor)
            .text(self.act.word())
            .text(&self.subject)
            .bytes(self.record.as_bytes())
            .finish()
    }

    /// The chain up to and with this entry.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        Checkpoint { length: self.sequence, digest: self.digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sm::sm3;

    fn make(actor: &str, subject: &str) -> Result<Entry, AuditError> {
        let note = Note::new(Instant::from_unix(1_000), actor);
        Entry::after(&Checkpoint::START, &note, Act::SealMade, subject.into(), sm3(b"record"))
    }

    #[test]
    fn the_first_entry_follows_zeros() {
        let entry = make("someone", "seal:1").unwrap();
        assert_eq!(entry.sequence, 1);
        assert_eq!(entry.previous.as_bytes(), &[0; 32]);
        assert_eq!(entry.digest, entry.computed_digest());
    }

    #[test]
    fn every_field_is_part_of_the_digest() {
        let entry = make("someone", "seal:1").unwrap();
        let changes: [fn(&mut Entry); 7] = [
            |entry| entry.sequence += 1,
            |entry| entry.at = entry.at.plus_seconds(1),
            |entry| entry.actor.push(' '),
            |entry| entry.act = Act::CertificateIssued,
            |entry| entry.subject.push('0'),
            |entry| entry.record = sm3(b"other"),
            |entry| entry.previous = sm3(b"other"),
        ];
        for change in changes {
            let mut edited = entry.clone();
            change(&mut edited);
            assert_ne!(edited.computed_digest(), entry.digest, "{edited:?}");
        }
    }

    #[test]
    fn an_entry_without_an_actor_or_with_a_long_text_is_refused() {
        assert_eq!(make("", "seal:1"), Err(AuditError::NoActor));
        assert_eq!(make("  ", "seal:1"), Err(AuditError::NoActor));
        let long = "x".repeat(513);
        assert_eq!(make(&long, "s"), Err(AuditError::TooLong { field: "actor", length: 513, limit: 512 }));
        assert_eq!(make("a", &long), Err(AuditError::TooLong { field: "subject", length: 513, limit: 256 }));
    }
}

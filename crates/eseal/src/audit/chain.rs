use crate::lang::Lang;

use super::Checkpoint;
use super::Entry;

/// What is wrong with the first bad entry of a chain.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ChainFault {
    /// Entries are missing, given twice or out of order: this one stands where number `expected` should.
    #[error("audit entry {found} stands where entry {expected} should")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The entry does not name the digest of the one before it.
    #[error("audit entry {sequence} does not follow from the entry before it")]
    Unlinked {
        /// The number of the entry.
        sequence: u64,
    },
    /// The fields of the entry do not give its own digest.
    #[error("audit entry {sequence} was changed after it was written")]
    Edited {
        /// The number of the entry.
        sequence: u64,
    },
}

impl ChainFault {
    /// Every code of this enum.
    pub const CODES: &[&str] = &["audit-gap", "audit-unlinked", "audit-edited"];

    /// The stable word for this fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "audit-gap",
            Self::Unlinked { .. } => "audit-unlinked",
            Self::Edited { .. } => "audit-edited",
        }
    }

    /// The number of the first bad entry: for a gap, of the entry that should have been there.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        match self {
            Self::Gap { expected, .. } => *expected,
            Self::Unlinked { sequence } | Self::Edited { sequence } => *sequence,
        }
    }

    /// The kind of fault in words, for people.
    #[must_use]
    pub const fn label(&self, lang: Lang) -> &'static str {
        match self {
            Self::Gap { .. } => lang.pick("记录缺失或重复", "missing or repeated entry"),
            Self::Unlinked { .. } => lang.pick("与前一条记录不相连", "not linked to the entry before"),
            Self::Edited { .. } => lang.pick("记录被改动", "changed entry"),
        }
    }
}

/// Checks a chain entry by entry, so that it need not be in memory.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    last: Checkpoint,
}

impl ChainVerifier {
    /// Begins before the first entry.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: Checkpoint::START }
    }

    /// Begins after a part of the chain that was checked earlier.
    #[must_use]
    pub const fn after(checked: Checkpoint) -> Self {
        Self { last: checked }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`ChainFault`] when this is not the entry that follows.
    pub fn take(&mut self, entry: &Entry) -> Result<(), ChainFault> {
        let expected = self.last.length + 1;
        if entry.sequence != expected {
            return Err(ChainFault::Gap { expected, found: entry.sequence });
        }
        if entry.previous != self.last.digest {
            return Err(ChainFault::Unlinked { sequence: expected });
        }
        if entry.digest != entry.computed_digest() {
            return Err(ChainFault::Edited { sequence: expected });
        }
        self.last = entry.checkpoint();
        Ok(())
    }

    /// How far the chain has held.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        self.last
    }
}

impl Default for ChainVerifier {
    fn default() -> Self {
        Self::new()
    }
}

/// Checks a whole chain from its first entry, and says where it ends.
///
/// An entry edited together with its digest shows as [`ChainFault::Unlinked`] at the entry after it; the last entry
/// edited so, or entries cut off at the end, show only against a [`Checkpoint`] that was kept elsewhere.
///
/// ```
/// use eseal::audit::{Act, Checkpoint, Entry, Note, verify_chain};
/// use eseal::sm::sm3;
/// use eseal::time::Instant;
///
/// let note = Note::new(Instant::from_unix(1_795_000_000), "registrar");
/// let first = Entry::after(&Checkpoint::START, &note, Act::SealMade, "seal:1".into(), sm3(b"record"))?;
/// let mut second = Entry::after(&first.checkpoint(), &note, Act::SealMade, "seal:2".into(), sm3(b"record"))?;
/// assert_eq!(verify_chain([&first, &second]), Ok(second.checkpoint()));
///
/// second.actor = "nobody".into();
/// assert_eq!(verify_chain([&first, &second]).map_err(|fault| fault.sequence()), Err(2));
/// # Ok::<(), eseal::audit::AuditError>(())
/// ```
///
/// # Errors
/// [`ChainFault`] naming the first bad entry.
pub fn verify_chain<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Result<Checkpoint, ChainFault> {
    let mut verifier = ChainVerifier::new();
    for entry in entries {
        verifier.take(entry)?;
    }
    Ok(verifier.checkpoint())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Act;
    use crate::audit::Note;
    use crate::sm::sm3;
    use crate::time::Instant;

    fn chain(length: u64) -> Vec<Entry> {
        let mut last = Checkpoint::START;
        (1..=length)
            .map(|number| {
                let note = Note::new(Instant::from_unix(1_000), "someone");
                let record = sm3(&number.to_be_bytes());
                let entry = Entry::after(&last, &note, Act::SealMade, format!("seal:{number}"), record).unwrap();
                last = entry.checkpoint();
                entry
            })
            .collect()
    }

    #[test]
    fn a_whole_chain_holds_and_says_its_end() {
        assert_eq!(verify_chain(&[]), Ok(Checkpoint::START));
        let chain = chain(5);
        assert_eq!(verify_chain(&chain), Ok(chain[4].checkpoint()));
    }

    #[test]
    fn an_edited_entry_is_named() {
        for at in 0..5 {
            let mut chain = chain(5);
            chain[at].subject = "seal:other".into();
            assert_eq!(verify_chain(&chain), Err(ChainFault::Edited { sequence: at as u64 + 1 }));
        }
    }

    #[test]
    fn an_entry_edited_together_with_its_digest_shows_at_the_next_one() {
        let mut chain = chain(5);
        chain[2].actor = "nobody".into();
        chain[2].digest = chain[2].computed_digest();
        assert_eq!(verify_chain(&chain), Err(ChainFault::Unlinked { sequence: 4 }));
    }

    #[test]
    fn a_dropped_repeated_or_swapped_entry_is_a_gap() {
        let mut dropped = chain(5);
        dropped.remove(2);
        assert_eq!(verify_chain(&dropped), Err(ChainFault::Gap { expected: 3, found: 4 }));
        let mut first_dropped = chain(5);
        first_dropped.remove(0);
        assert_eq!(verify_chain(&first_dropped), Err(ChainFault::Gap { expected: 1, found: 2 }));
        let mut repeated = chain(5);
        repeated.insert(2, repeated[1].clone());
        assert_eq!(verify_chain(&repeated), Err(ChainFault::Gap { expected: 3, found: 2 }));
        let mut swapped = chain(5);
        swapped.swap(1, 2);
        assert_eq!(verify_chain(&swapped), Err(ChainFault::Gap { expected: 2, found: 3 }));
    }

    #[test]
    fn a_cut_end_shows_against_a_checkpoint_kept_elsewhere() {
        let mut chain = chain(5);
        let kept = chain[4].checkpoint();
        chain.pop();
        let found = verify_chain(&chain).unwrap();
        assert_ne!(found, kept);
        assert_eq!(found.length, 4);
    }

    #[test]
    fn a_chain_can_be_checked_from_where_it_was_checked_last() {
        let chain = chain(5);
        let mut verifier = ChainVerifier::after(chain[2].checkpoint());
        assert_eq!(verifier.take(&chain[3]), Ok(()));
        assert_eq!(verifier.take(&chain[4]), Ok(()));
        assert_eq!(verifier.checkpoint(), chain[4].checkpoint());
    }

    #[test]
    fn every_fault_has_its_code_and_its_entry() {
        let faults = [
            ChainFault::Gap { expected: 3, found: 4 },
            ChainFault::Unlinked { sequence: 3 },
            ChainFault::Edited { sequence: 3 },
        ];
        assert_eq!(faults.map(|fault| fault.code()).as_slice(), ChainFault::CODES);
        assert!(faults.iter().all(|fault| fault.sequence() == 3 && fault.label(Lang::En) != fault.label(Lang::ZhCn)));
    }
}

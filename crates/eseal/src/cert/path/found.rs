//! What follows from lists and OCSP answers together for a time; the rules in short:
//!
//! - a list counts that was valid then, and one made later counts too, since it repeats what was revoked before;
//! - revoked for good by then: revoked, whichever list says so, even one that has run out;
//! - on hold by then: on hold, unless a newer list from before then no longer says so;
//! - revoked later: valid then;
//! - an OCSP answer counts like a list, with clocks five minutes apart; "unknown" never counts as good;
//! - a delta list counts upon the full list that it is about; alone it can only say who was revoked;
//! - lists for some reasons only count as silent when together they are about all;
//! - a list from after the certificate's end proves nothing by silence, since entries may be dropped by then.

use crate::time::Instant;

use super::super::Certificate;
use super::super::Reason;
use super::super::Revoked;
use super::super::scope::Reasons;
use super::Ground;
use super::word::Source;
use super::word::Word;

/// Everything said about one certificate, and the first reason why a source could not be used.
#[derive(Default)]
pub(super) struct Said {
    pub(super) words: Vec<Word>,
    pub(super) trouble: Option<Ground>,
}

impl Said {
    pub(super) fn trouble(&mut self, ground: Ground) {
        self.trouble.get_or_insert(ground);
    }
}

/// What follows from the words.
pub(super) enum Found {
    Revoked(Revoked),
    OnHold(Revoked),
    Later(Revoked),
    Good,
    /// The newest word had run out by then.
    Stale(Instant, Source),
    /// Only words from after the certificate's end.
    TooLate,
    /// Words in force that together do not speak of every reason.
    SomeReasons,
    Nothing,
}

/// What words whose signature holds say about a certificate at a time.
pub(super) fn judge(certificate: &Certificate, words: &[Word], at: Instant) -> Found {
    let of_holds = words.iter().filter(|word| word.reasons.has_hold());
    let newest = of_holds.map(|word| word.this_update).filter(|from| *from <= at).max();
    let (mut revoked, mut held, mut later) = (None, None, None);
    for Word { this_update, until, entry, .. } in words {
        let Some(entry) = entry.as_ref().filter(|entry| entry.reason != Some(Reason::RemoveFromCrl)) else { continue };
        if entry.effective() > at {
            later.get_or_insert(entry);
        } else if !entry.is_hold() {
            revoked.get_or_insert(entry);
        // Only the newest word from before `at` tells whether the hold still was; later ones repeat it.
        } else if *this_update > at || (newest.is_none_or(|newest| *this_update >= newest) && *until >= at) {
            held.get_or_insert(entry);
        }
    }
    match (revoked, held, later) {
        (Some(entry), _, _) => return Found::Revoked(entry.clone()),
        (None, Some(entry), _) => return Found::OnHold(entry.clone()),
        (None, None, Some(entry)) => return Found::Later(entry.clone()),
        (None, None, None) => {}
    }
    let end = certificate.validity().to();
    // A hold that a newer word has ended is no silence.
    let silent = words.iter().filter(|word| word.entry.as_ref().is_none_or(|entry| !entry.is_hold()));
    let speaks = |word: &&Word| match word.this_update <= at {
        true => word.until >= at,
        false => word.this_update <= end,
    };
    let reasons = silent.filter(speaks).fold(Reasons::NONE, |all, word| all.and(word.reasons));
    if reasons.is_all() {
        return Found::Good;
    }
    if reasons != Reasons::NONE {
        return Found::SomeReasons;
    }
    let mut speaking = words.iter().filter(|word| word.reasons != Reasons::NONE).peekable();
    if speaking.peek().is_none() {
        return Found::Nothing;
    }
    match speaking.filter(|word| word.this_update <= at).max_by_key(|word| word.until) {
        Some(word) => Found::Stale(word.until, word.source),
        None => Found::TooLate,
    }
}

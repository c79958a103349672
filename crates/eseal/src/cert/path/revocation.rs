//! Whether a certificate was revoked at a time, by the lists and OCSP answers at hand; the rules in short:
//!
//! - a list counts that was valid then, and one made later counts too, since it repeats what was revoked before;
//! - revoked for good by then: revoked, whichever list says so, even one that has run out;
//! - on hold by then: on hold, unless a newer list from before then no longer says so;
//! - revoked later: valid then;
//! - an OCSP answer counts like a list, with clocks five minutes apart; "unknown" never counts as good;
//! - a list from after the certificate's end proves nothing by silence, since entries may be dropped by then.

use crate::time::Instant;

use super::super::Certificate;
use super::super::Reason;
use super::super::Revoked;
use super::Answer;
use super::Cause;
use super::Ground;
use super::RevocationPolicy;
use super::search::Budget;
use super::search::Search;
use super::word::Source;
use super::word::Word;

impl Search<'_> {
    /// The worst answer for every certificate of a path but its anchor.
    pub(super) fn revocation(&mut self, path: &[Certificate]) -> Answer {
        if self.validator.policy == RevocationPolicy::None {
            return Answer::NotAsked;
        }
        let mut worst = Answer::Pass;
        for pair in path.windows(2) {
            let answer = match self.status(&pair[0], &pair[1]) {
                Ok(answer) => answer,
                Err(Budget) => Answer::Unknown(Ground::about(Cause::ChainBudget, &pair[0])),
            };
            worst = worst.worse(answer);
        }
        worst
    }

    fn status(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<Answer, Budget> {
        let mut trouble = None;
        let mut words = self.list_words(certificate, issuer, &mut trouble)?;
        words.extend(self.answer_words(certificate, issuer, &mut trouble)?);
        let about = |cause| Ground::about(cause, certificate);
        Ok(match judge(certificate, &words, self.at) {
            Found::Revoked(entry) => Answer::Fail(ground(Cause::Revoked, certificate, &entry)),
            Found::OnHold(entry) => Answer::Fail(ground(Cause::OnHold, certificate, &entry)),
            Found::Later(entry) => Answer::Note(ground(Cause::RevokedLater, certificate, &entry)),
            Found::Good => Answer::Pass,
            Found::Stale(until, Source::List) => self.lacking(about(Cause::CrlStale).with("next_update", until)),
            Found::Stale(until, Source::Answer) => self.lacking(about(Cause::OcspStale).with("next_update", until)),
            Found::TooLate => self.lacking(about(Cause::CrlTooLate)),
            Found::Nothing => self.lacking(trouble.unwrap_or_else(|| about(Cause::RevocationUnknown))),
        })
    }

    /// What the lists at hand say about a certificate, whose issuer signed them.
    pub(super) fn list_words(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        trouble: &mut Option<Ground>,
    ) -> Result<Vec<Word>, Budget> {
        let mut words = Vec::new();
        let validator = self.validator;
        let lists = validator.lists.get(certificate.issuer()).map(Vec::as_slice).unwrap_or_default();
        for list in lists.iter().filter(|list| list.covers(certificate)) {
            let delta = list.is_delta().then_some("deltaCRLIndicator");
            if let Some(extension) = list.obstacle().or(delta) {
                trouble.get_or_insert(Ground::about(Cause::CrlUnsupported, certificate).with("extension", extension));
            } else if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
                trouble.get_or_insert(Ground::about(Cause::CrlIssuerUsage, issuer));
            } else if self.list_holds(list, issuer)? {
                words.push(Word::of_list(list, certificate));
            } else {
                trouble.get_or_insert(Ground::about(Cause::CrlBadSignature, certificate));
            }
        }
        Ok(words)
    }

    /// What it means that nothing can be said.
    pub(super) fn lacking(&self, ground: Ground) -> Answer {
        match self.validator.policy {
            RevocationPolicy::Required => Answer::Unknown(ground),
            RevocationPolicy::IfAvailable => Answer::Note(ground),
            RevocationPolicy::None => Answer::NotAsked,
        }
    }
}

fn ground(cause: Cause, certificate: &Certificate, entry: &Revoked) -> Ground {
    let reason = entry.reason.unwrap_or(Reason::Unspecified).word();
    Ground::about(cause, certificate).with("at", entry.effective()).with("reason", reason)
}

/// What the sources together say.
pub(super) enum Found {
    Revoked(Revoked),
    OnHold(Revoked),
    Later(Revoked),
    Good,
    /// The newest word had run out by then.
    Stale(Instant, Source),
    TooLate,
    Nothing,
}

/// What words whose signature holds say about a certificate at a time.
pub(super) fn judge(certificate: &Certificate, words: &[Word], at: Instant) -> Found {
    let newest = words.iter().filter(|word| word.this_update <= at).map(|word| word.this_update).max();
    let (mut revoked, mut held, mut later) = (None, None, None);
    for word in words {
        let Some(entry) = word.entry.clone() else { continue };
        if entry.reason == Some(Reason::RemoveFromCrl) {
            continue;
        }
        if entry.effective() > at {
            later.get_or_insert(entry);
        } else if !entry.is_hold() {
            revoked.get_or_insert(entry);
        } else {
            // Only the newest word from before `at` tells whether the hold still was; later ones repeat it.
            let speaks = word.this_update > at || (Some(word.this_update) == newest && word.until >= at);
            if speaks {
                held.get_or_insert(entry);
            }
        }
    }
    if let Some(entry) = revoked {
        return Found::Revoked(entry);
    }
    if let Some(entry) = held {
        return Found::OnHold(entry);
    }
    if let Some(entry) = later {
        return Found::Later(entry);
    }
    let good = words.iter().any(|word| match word.this_update <= at {
        true => word.until >= at,
        false => word.this_update <= certificate.validity().to(),
    });
    if good {
        return Found::Good;
    }
    match words.iter().filter(|word| word.this_update <= at).max_by_key(|word| word.until) {
        Some(word) => Found::Stale(word.until, word.source),
        None if words.is_empty() => Found::Nothing,
        None => Found::TooLate,
    }
}

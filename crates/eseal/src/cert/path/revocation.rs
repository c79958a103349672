//! Whether a certificate was revoked at a time, by the lists at hand; certificates.md's rules in short:
//!
//! - a list counts that was valid then, and one made later counts too, since it repeats what was revoked before;
//! - revoked for good by then: revoked, whichever list says so, even one that has run out;
//! - on hold by then: on hold, unless a newer list from before then no longer says so;
//! - revoked later: valid then;
//! - a list from after the certificate's end proves nothing by silence, since entries may be dropped by then.

use crate::time::Instant;

use super::super::Certificate;
use super::super::Reason;
use super::super::RevocationList;
use super::super::Revoked;
use super::Answer;
use super::Cause;
use super::Ground;
use super::RevocationPolicy;
use super::search::Budget;
use super::search::Search;

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
        let mut usable = Vec::new();
        let mut trouble = None;
        let lists = self.validator.lists.get(certificate.issuer()).map(Vec::as_slice).unwrap_or_default();
        for list in lists.iter().filter(|list| list.covers(certificate)) {
            let delta = list.is_delta().then_some("deltaCRLIndicator");
            if let Some(extension) = list.obstacle().or(delta) {
                trouble.get_or_insert(Ground::about(Cause::CrlUnsupported, certificate).with("extension", extension));
            } else if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
                trouble.get_or_insert(Ground::about(Cause::CrlIssuerUsage, issuer));
            } else if self.list_holds(list, issuer)? {
                usable.push(list);
            } else {
                trouble.get_or_insert(Ground::about(Cause::CrlBadSignature, certificate));
            }
        }
        let found = judge(certificate, &usable, self.at);
        Ok(match found {
            Found::Revoked(entry) => Answer::Fail(ground(Cause::Revoked, certificate, &entry)),
            Found::OnHold(entry) => Answer::Fail(ground(Cause::OnHold, certificate, &entry)),
            Found::Later(entry) => Answer::Note(ground(Cause::RevokedLater, certificate, &entry)),
            Found::Good => Answer::Pass,
            Found::Stale(until) => self.lacking(Ground::about(Cause::CrlStale, certificate).with("next_update", until)),
            Found::TooLate => self.lacking(Ground::about(Cause::CrlTooLate, certificate)),
            Found::Nothing => {
                self.lacking(trouble.unwrap_or_else(|| Ground::about(Cause::RevocationUnknown, certificate)))
            }
        })
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

enum Found {
    Revoked(Revoked),
    OnHold(Revoked),
    Later(Revoked),
    Good,
    Stale(Instant),
    TooLate,
    Nothing,
}

/// What lists whose signature holds say about a certificate at a time.
fn judge(certificate: &Certificate, lists: &[&RevocationList], at: Instant) -> Found {
    // A list that does not say when the next one comes speaks for its own moment only.
    let until = |list: &RevocationList| list.next_update().unwrap_or(list.this_update());
    let newest = lists.iter().filter(|list| list.this_update() <= at).map(|list| list.this_update()).max();
    let (mut revoked, mut held, mut later) = (None, None, None);
    for list in lists {
        let Some(entry) = list.find(certificate.serial()) else { continue };
        if entry.reason == Some(Reason::RemoveFromCrl) {
            continue;
        }
        if entry.effective() > at {
            later.get_or_insert(entry);
        } else if !entry.is_hold() {
            revoked.get_or_insert(entry);
        } else {
            // Only the newest list from before `at` tells whether the hold still was; later lists repeat it.
            let speaks = list.this_update() > at || (Some(list.this_update()) == newest && until(list) >= at);
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
    let good = lists.iter().any(|list| match list.this_update() <= at {
        true => until(list) >= at,
        false => list.this_update() <= certificate.validity().to(),
    });
    if good {
        return Found::Good;
    }
    match lists.iter().filter(|list| list.this_update() <= at).map(|list| until(list)).max() {
        Some(until) => Found::Stale(until),
        None if lists.is_empty() => Found::Nothing,
        None => Found::TooLate,
    }
}

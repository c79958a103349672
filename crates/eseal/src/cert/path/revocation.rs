//! Whether a certificate was revoked at a time, by everything at hand that its issuer has said.

use super::super::Certificate;
use super::super::Reason;
use super::super::Revoked;
use super::Answer;
use super::Cause;
use super::Ground;
use super::RevocationPolicy;
use super::found::Found;
use super::found::Said;
use super::found::judge;
use super::search::Budget;
use super::search::Search;
use super::word::Source;

impl Search<'_> {
    /// The worst answer for every certificate of a path but its anchor.
    pub(super) fn revocation(&mut self, path: &[Certificate]) -> Answer {
        if self.validator.policy == RevocationPolicy::None {
            return Answer::NotAsked;
        }
        let mut worst = Answer::Pass;
        for pair in path.windows(2) {
            worst = worst.worse(self.status(&pair[0], &pair[1]));
        }
        worst
    }

    fn status(&mut self, certificate: &Certificate, issuer: &Certificate) -> Answer {
        let mut said = Said::default();
        let lists = self.list_words(certificate, issuer, &mut said);
        let heard = lists.and_then(|()| self.answer_words(certificate, issuer, &mut said));
        let found = judge(certificate, &said.words, self.at);
        // What the budget left unheard cannot undo a revocation, but might be one.
        if let (Err(Budget), false) = (heard, matches!(found, Found::Revoked(_))) {
            return Answer::Unknown(Ground::about(Cause::ChainBudget, certificate));
        }
        let lacks = |cause| Ground::about(cause, certificate);
        match found {
            Found::Revoked(entry) => Answer::Fail(ground(Cause::Revoked, certificate, &entry)),
            Found::OnHold(entry) => Answer::Fail(ground(Cause::OnHold, certificate, &entry)),
            Found::Later(entry) => Answer::Note(ground(Cause::RevokedLater, certificate, &entry)),
            Found::Good => Answer::Pass,
            Found::Stale(until, Source::List) => self.lacking(lacks(Cause::CrlStale).with("next_update", until)),
            Found::Stale(until, Source::Answer) => self.lacking(lacks(Cause::OcspStale).with("next_update", until)),
            Found::TooLate => self.lacking(lacks(Cause::CrlTooLate)),
            Found::SomeReasons => self.lacking(lacks(Cause::CrlSomeReasons)),
            Found::Nothing => self.lacking(said.trouble.unwrap_or_else(|| lacks(Cause::RevocationUnknown))),
        }
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

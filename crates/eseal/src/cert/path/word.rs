//! What one source says about one certificate: a revocation list, or an answer of an OCSP responder.

use crate::time::Instant;

use super::super::Certificate;
use super::super::Reason;
use super::super::RevocationList;
use super::super::Revoked;
use super::super::ocsp::OcspState;
use super::super::ocsp::SingleAnswer;
use super::super::scope::Reasons;

/// A word about one certificate, its signature already found to hold.
pub(super) struct Word {
    /// Since when the source knows it.
    pub(super) this_update: Instant,
    /// The last moment that it speaks for.
    pub(super) until: Instant,
    /// The revocation it tells of.
    pub(super) entry: Option<Revoked>,
    /// The reasons for which its silence says that there was no revocation.
    pub(super) reasons: Reasons,
    pub(super) source: Source,
}

/// Where a word comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    List,
    Answer,
}

impl Word {
    /// A list that does not say when the next one comes speaks for its own moment only.
    pub(super) fn of_list(list: &RevocationList, certificate: &Certificate, reasons: Reasons) -> Self {
        let until = list.next_update().unwrap_or(list.this_update());
        let entry = list.find(certificate.serial());
        Self { this_update: list.this_update(), until, entry, reasons, source: Source::List }
    }

    /// A delta list read upon the full list that it is about; RFC 5280, 5.2.4.
    pub(super) fn of_delta(delta: &RevocationList, base: &RevocationList, certificate: &Certificate) -> Self {
        let mut word = Self::of_list(delta, certificate, base.reasons());
        match &word.entry {
            Some(entry) if entry.reason == Some(Reason::RemoveFromCrl) => word.entry = None,
            Some(_) => {}
            None => word.entry = base.find(certificate.serial()),
        }
        word
    }

    /// `None` when the responder does not know the certificate.
    pub(super) fn of_answer(answer: &SingleAnswer) -> Option<Self> {
        let entry = match answer.state {
            OcspState::Unknown => return None,
            OcspState::Good => None,
            OcspState::Revoked { at, reason, invalidity } => {
                Some(Revoked { serial: answer.id.serial().clone(), at, reason, invalidity_date: invalidity })
            }
        };
        let until = answer.next_update.unwrap_or(answer.this_update).plus_seconds(SingleAnswer::SKEW);
        Some(Self { this_update: answer.this_update, until, entry, reasons: Reasons::ALL, source: Source::Answer })
    }
}

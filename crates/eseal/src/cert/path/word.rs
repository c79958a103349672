//! What one source says about one certificate: a revocation list, or an answer of an OCSP responder.

use crate::time::Instant;

use super::super::Certificate;
use super::super::RevocationList;
use super::super::Revoked;
use super::super::ocsp::OcspState;
use super::super::ocsp::SingleAnswer;

/// A word about one certificate, its signature already found to hold.
pub(super) struct Word {
    /// Since when the source knows it.
    pub(super) this_update: Instant,
    /// The last moment that it speaks for.
    pub(super) until: Instant,
    /// The revocation it tells of.
    pub(super) entry: Option<Revoked>,
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
    pub(super) fn of_list(list: &RevocationList, certificate: &Certificate) -> Self {
        let until = list.next_update().unwrap_or(list.this_update());
        let entry = list.find(certificate.serial());
        Self { this_update: list.this_update(), until, entry, source: Source::List }
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
        Some(Self { this_update: answer.this_update, until, entry, source: Source::Answer })
    }
}

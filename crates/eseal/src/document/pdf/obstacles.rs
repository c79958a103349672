//! What forbids adding anything to a file although it can be read.
//!
//! Files that a strict reader cannot follow (encrypted, repaired cross-references, bytes before the header) do not get
//! here: reading them is already an error, with a code of its own.

use super::faults::Fault;

/// Why a file must not be updated.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A message authentication code covers the whole file (ISO/TS 32004): any update breaks it.
    #[error("the file is protected by a message authentication code")]
    MessageAuthentication,
    /// A certification or a locked signature allows no changes (ISO 32000-1, 12.8.2.2, P = 1).
    #[error("an earlier signature allows no changes")]
    CertifiedNoChanges,
    /// A certification allows existing fields to be signed, but no new ones (P = 2 or 3).
    #[error("the document is certified: only an existing empty signature field can be signed")]
    CertifiedNewField,
    /// An earlier signature locks the field (ISO 32000-1, 12.8.2.4).
    #[error("an earlier signature locks the field {name}")]
    FieldLocked {
        /// Its full name.
        name: String,
    },
    /// Only the first signature of a document can certify it.
    #[error("only the first signature can certify a document")]
    CertifyNotFirst,
    /// What an earlier signature covers was changed already; a seal on top would hide that.
    #[error("what an earlier signature covers was changed")]
    SignedPartChanged,
    /// The page is written inside its parent's `/Kids`: it cannot be changed alone.
    #[error("page {page} is not an object of its own")]
    DirectPage {
        /// Counted from 1.
        page: usize,
    },
    /// The file breaks a rule in a way that makes readers disagree about it.
    #[error("the file is faulty: {}", .fault.code())]
    Faulty {
        /// The rule.
        fault: Fault,
    },
}

impl Obstacle {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "pdf-message-authentication",
        "pdf-certified-no-changes",
        "pdf-certified-new-field",
        "pdf-field-locked",
        "pdf-certify-not-first",
        "pdf-signed-part-changed",
        "pdf-direct-page",
        "pdf-faulty",
    ];

    /// The stable word for this obstacle.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MessageAuthentication => "pdf-message-authentication",
            Self::CertifiedNoChanges => "pdf-certified-no-changes",
            Self::CertifiedNewField => "pdf-certified-new-field",
            Self::FieldLocked { .. } => "pdf-field-locked",
            Self::CertifyNotFirst => "pdf-certify-not-first",
            Self::SignedPartChanged => "pdf-signed-part-changed",
            Self::DirectPage { .. } => "pdf-direct-page",
            Self::Faulty { .. } => "pdf-faulty",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::faults::FaultKind;
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let all = [
            Obstacle::MessageAuthentication,
            Obstacle::CertifiedNoChanges,
            Obstacle::CertifiedNewField,
            Obstacle::FieldLocked { name: String::new() },
            Obstacle::CertifyNotFirst,
            Obstacle::SignedPartChanged,
            Obstacle::DirectPage { page: 1 },
            Obstacle::Faulty { fault: Fault::at(FaultKind::DuplicateKey, 0) },
        ];
        let codes: Vec<_> = all.iter().map(Obstacle::code).collect();
        assert_eq!(codes, Obstacle::CODES);
    }
}

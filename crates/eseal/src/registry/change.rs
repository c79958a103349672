use crate::audit::Act;
use crate::cert::SerialNumber;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::AnswerRecord;
use super::CertificateRecord;
use super::DossierRecord;
use super::Revocation;
use super::RevocationListRecord;
use super::SealRecord;
use super::TimestampRecord;

/// What can be written into a registry. Each kind leaves one kind of audit entry.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A certificate was issued.
    CertificateIssued(CertificateRecord),
    /// A certificate was put on hold.
    CertificateHeld {
        /// Which.
        serial: SerialNumber,
        /// From when on.
        at: Instant,
    },
    /// A certificate was released from hold.
    CertificateReleased {
        /// Which.
        serial: SerialNumber,
        /// From when on.
        at: Instant,
    },
    /// A certificate was revoked for good.
    CertificateRevoked {
        /// Which.
        serial: SerialNumber,
        /// From when on, and why.
        revocation: Revocation,
    },
    /// A revocation list was issued.
    RevocationListIssued(RevocationListRecord),
    /// What is handed out for an order was kept; its certificate is there or comes earlier in the same write.
    AnswerKept(AnswerRecord),
    /// A time stamp was issued.
    TimestampIssued(TimestampRecord),
    /// A seal was made.
    SealMade {
        /// What the registry knows of it.
        record: SealRecord,
        /// The seal, DER.
        bytes: Vec<u8>,
    },
    /// A dossier was kept, or rewritten.
    DossierKept {
        /// What was done: one of [`DossierKind::acts`](super::DossierKind::acts).
        act: Act,
        /// The dossier as it is from now on.
        record: DossierRecord,
        /// The [digest](DossierRecord::digest) of the one that it replaces; `None` when there must be none.
        before: Option<Sm3Digest>,
    },
}

impl Change {
    /// The act that its audit entry names.
    #[must_use]
    pub const fn act(&self) -> Act {
        match self {
            Self::CertificateIssued(_) => Act::CertificateIssued,
            Self::CertificateHeld { .. } => Act::CertificateHeld,
            Self::CertificateReleased { .. } => Act::CertificateReleased,
            Self::CertificateRevoked { .. } => Act::CertificateRevoked,
            Self::RevocationListIssued(_) => Act::RevocationListIssued,
            Self::AnswerKept(_) => Act::AnswerKept,
            Self::TimestampIssued(_) => Act::TimestampIssued,
            Self::SealMade { .. } => Act::SealMade,
            Self::DossierKept { act, .. } => *act,
        }
    }
}

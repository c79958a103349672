use crate::audit::AuditError;
use crate::cert::Reason;
use crate::time::Instant;

use super::DossierKind;

/// Why the registry did not do what was asked.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A certificate of this serial number is there already.
    #[error("serial number {serial} is taken")]
    SerialTaken {
        /// The number, lower-case hexadecimal.
        serial: String,
    },
    /// There is no certificate of this serial number.
    #[error("no certificate has the serial number {serial}")]
    UnknownCertificate {
        /// The number, lower-case hexadecimal.
        serial: String,
    },
    /// The certificate was revoked before, and that is final.
    #[error("certificate {serial} was revoked at {at}")]
    AlreadyRevoked {
        /// Its serial number.
        serial: String,
        /// From when on.
        at: Instant,
    },
    /// The certificate is on hold already.
    #[error("certificate {serial} has been on hold since {at}")]
    AlreadyHeld {
        /// Its serial number.
        serial: String,
        /// From when on.
        at: Instant,
    },
    /// The certificate is not on hold, so it cannot be released.
    #[error("certificate {serial} is not on hold")]
    NotHeld {
        /// Its serial number.
        serial: String,
    },
    /// Holding and releasing are acts of their own; they cannot be the reason of a revocation.
    #[error("the reason does not revoke for good: {reason:?}")]
    NotFinal {
        /// The reason given.
        reason: Reason,
    },
    /// The key cannot have become untrustworthy after the revocation.
    #[error("the invalidity date of certificate {serial} is later than its revocation")]
    InvalidityAfterRevocation {
        /// Its serial number.
        serial: String,
    },
    /// A revocation list of this number, or of a greater one, is there already.
    #[error("revocation list number {number} is taken, the next is {next}")]
    NumberTaken {
        /// The number given.
        number: u64,
        /// The number that would do.
        next: u64,
    },
    /// A seal of this number is there already.
    #[error("seal number {id} is taken")]
    SealTaken {
        /// The number.
        id: String,
    },
    /// A seal's record and its bytes do not belong together.
    #[error("the record of seal {id} does not belong to its bytes")]
    SealMismatch {
        /// The number.
        id: String,
    },
    /// A certificate was issued for this order already.
    #[error("order {order} was filled already")]
    OrderTaken {
        /// The order.
        order: String,
    },
    /// No certificate was issued for this order.
    #[error("no certificate was issued for order {order}")]
    UnknownOrder {
        /// The order.
        order: String,
    },
    /// What was handed out for this order is kept already.
    #[error("the answer to order {order} is kept already")]
    AnswerTaken {
        /// The order.
        order: String,
    },
    /// The two certificates of a pair must name each other.
    #[error("certificate {serial} and the other of its pair do not name each other")]
    PairMismatch {
        /// The serial number of the one that names the other.
        serial: String,
    },
    /// A delta list goes on from a list that is not there, is a delta list itself or has another scope.
    #[error("there is no full revocation list number {number} to go on from")]
    UnknownList {
        /// The number of the base.
        number: u64,
    },
    /// A time stamp of this serial number, or of a greater one, is there already.
    #[error("time stamp serial number {serial} is taken, the next is {next}")]
    TimestampTaken {
        /// The number given.
        serial: u64,
        /// The number that would do.
        next: u64,
    },
    /// The dossier is not the one that was to be replaced: someone else acted meanwhile.
    #[error("the dossier {}:{key} is not as it was", kind.word())]
    DossierChanged {
        /// What it is about.
        kind: DossierKind,
        /// Its name.
        key: String,
    },
    /// A field is empty, too long, or not of its form.
    #[error("the field {field} is not of its form")]
    BadField {
        /// Which.
        field: &'static str,
    },
    /// A write must change something.
    #[error("nothing to write")]
    NoChanges,
    /// One write changes more than one transaction should.
    #[error("{count} changes in one write, the most is {limit}")]
    TooManyChanges {
        /// How many.
        count: usize,
        /// The most.
        limit: usize,
    },
    /// What is stored cannot have been written by this program.
    #[error("the registry is damaged: {what}")]
    Damaged {
        /// Which table or field.
        what: &'static str,
    },
    /// The same, where the damage leaves to be told of which record it is.
    #[error("the registry is damaged: {what} of {subject}")]
    DamagedRecord {
        /// Which table or field.
        what: &'static str,
        /// The record, as audit entries call it.
        subject: String,
    },
    /// The audit entry could not be made.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store behind the registry failed.
    #[error("the registry's store failed")]
    Store {
        /// The store's own stable word.
        code: &'static str,
        /// What the store says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl RegistryError {
    /// Every code of this enum; those of [`AuditError`] and of the store come beside them.
    pub const CODES: &[&str] = &[
        "registry-serial-taken",
        "registry-unknown-certificate",
        "registry-already-revoked",
        "registry-already-held",
        "registry-not-held",
        "registry-not-final",
        "registry-invalidity-after-revocation",
        "registry-number-taken",
        "registry-seal-taken",
        "registry-seal-mismatch",
        "registry-order-taken",
        "registry-unknown-order",
        "registry-answer-taken",
        "registry-pair-mismatch",
        "registry-unknown-list",
        "registry-timestamp-taken",
        "registry-dossier-changed",
        "registry-bad-field",
        "registry-no-changes",
        "registry-too-many-changes",
        "registry-damaged",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SerialTaken { .. } => "registry-serial-taken",
            Self::UnknownCertificate { .. } => "registry-unknown-certificate",
            Self::AlreadyRevoked { .. } => "registry-already-revoked",
            Self::AlreadyHeld { .. } => "registry-already-held",
            Self::NotHeld { .. } => "registry-not-held",
            Self::NotFinal { .. } => "registry-not-final",
            Self::InvalidityAfterRevocation { .. } => "registry-invalidity-after-revocation",
            Self::NumberTaken { .. } => "registry-number-taken",
            Self::SealTaken { .. } => "registry-seal-taken",
            Self::SealMismatch { .. } => "registry-seal-mismatch",
            Self::OrderTaken { .. } => "registry-order-taken",
            Self::UnknownOrder { .. } => "registry-unknown-order",
            Self::AnswerTaken { .. } => "registry-answer-taken",
            Self::PairMismatch { .. } => "registry-pair-mismatch",
            Self::UnknownList { .. } => "registry-unknown-list",
            Self::TimestampTaken { .. } => "registry-timestamp-taken",
            Self::DossierChanged { .. } => "registry-dossier-changed",
            Self::BadField { .. } => "registry-bad-field",
            Self::NoChanges => "registry-no-changes",
            Self::TooManyChanges { .. } => "registry-too-many-changes",
            Self::Damaged { .. } | Self::DamagedRecord { .. } => "registry-damaged",
            Self::Audit(error) => error.code(),
            Self::Store { code, .. } => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let (serial, id, at) = (String::new(), String::new(), Instant::from_unix(0));
        let errors = [
            RegistryError::SerialTaken { serial: serial.clone() },
            RegistryError::UnknownCertificate { serial: serial.clone() },
            RegistryError::AlreadyRevoked { serial: serial.clone(), at },
            RegistryError::AlreadyHeld { serial: serial.clone(), at },
            RegistryError::NotHeld { serial: serial.clone() },
            RegistryError::NotFinal { reason: Reason::CertificateHold },
            RegistryError::InvalidityAfterRevocation { serial: serial.clone() },
            RegistryError::NumberTaken { number: 1, next: 2 },
            RegistryError::SealTaken { id: id.clone() },
            RegistryError::SealMismatch { id: id.clone() },
            RegistryError::OrderTaken { order: id.clone() },
            RegistryError::UnknownOrder { order: id.clone() },
            RegistryError::AnswerTaken { order: id.clone() },
            RegistryError::PairMismatch { serial },
            RegistryError::UnknownList { number: 1 },
            RegistryError::TimestampTaken { serial: 1, next: 2 },
            RegistryError::DossierChanged { kind: DossierKind::Token, key: id },
            RegistryError::BadField { field: "order" },
            RegistryError::NoChanges,
            RegistryError::TooManyChanges { count: 2, limit: 1 },
            RegistryError::Damaged { what: "entries" },
        ];
        assert_eq!(errors.map(|error| error.code()).as_slice(), RegistryError::CODES);
        assert_eq!(RegistryError::Audit(AuditError::NoActor).code(), "audit-no-actor");
        assert_eq!(RegistryError::Store { code: "store-busy", source: "busy".into() }.code(), "store-busy");
    }
}

/// Why an entry could not be made.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// A text of the entry is longer than entries hold.
    #[error("the {field} of an audit entry is {length} bytes long, the most is {limit}")]
    TooLong {
        /// Which field.
        field: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The most bytes it may have.
        limit: usize,
    },
    /// An entry must say who acted.
    #[error("an audit entry must name its actor")]
    NoActor,
    /// The log has no entry of this number.
    #[error("there is no entry {entry} among the first {size}")]
    NoSuchEntry {
        /// The number asked for.
        entry: u64,
        /// How many entries there are, or were asked about.
        size: u64,
    },
    /// A proof does not show what it is to show.
    #[error("the proof does not hold")]
    ProofFails,
}

impl AuditError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &["audit-too-long", "audit-no-actor", "audit-no-such-entry", "audit-proof-fails"];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "audit-too-long",
            Self::NoActor => "audit-no-actor",
            Self::NoSuchEntry { .. } => "audit-no-such-entry",
            Self::ProofFails => "audit-proof-fails",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let errors = [
            AuditError::TooLong { field: "actor", length: 2, limit: 1 },
            AuditError::NoActor,
            AuditError::NoSuchEntry { entry: 2, size: 1 },
            AuditError::ProofFails,
        ];
        assert_eq!(errors.map(|error| error.code()).as_slice(), AuditError::CODES);
    }
}

use crate::audit::Canonical;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::RegistryError;

/// What the registry knows of one time stamp that was issued (时间戳登记项); the token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampRecord {
    /// Its serial number; each time stamp of a registry has a greater one than the one before.
    pub serial: u64,
    /// The time that it states.
    pub at: Instant,
    /// The hash that was stamped (messageImprint); 1 to 64 bytes.
    pub imprint: Vec<u8>,
    /// SM3 of the token's DER.
    pub sm3: Sm3Digest,
}

/// The most bytes of a hash: SHA-512.
const MAX_IMPRINT: usize = 64;

impl TimestampRecord {
    /// The name under which audit entries speak of a time stamp.
    #[must_use]
    pub fn audit_subject(serial: u64) -> String {
        format!("timestamp:{serial}")
    }

    /// Whether every field is one that can be kept.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        if !(1..=MAX_IMPRINT).contains(&self.imprint.len()) {
            return Err(RegistryError::BadField { field: "imprint" });
        }
        // Stores count with 63 bits.
        if i64::try_from(self.serial).is_err() {
            return Err(RegistryError::BadField { field: "serial" });
        }
        Ok(())
    }

    /// The digest over every field, which its audit entry carries.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        Canonical::new("eseal-timestamp-record/1")
            .number(self.serial)
            .instant(self.at)
            .bytes(&self.imprint)
            .bytes(self.sm3.as_bytes())
            .finish()
    }
}

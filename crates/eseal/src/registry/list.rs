use crate::audit::Canonical;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::KeyId;

/// What the registry knows of one revocation list that was issued (证书撤销列表登记项); the list itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationListRecord {
    /// The key that signed it.
    pub issuer_key: KeyId,
    /// Its number (cRLNumber); each list of an issuer has a greater one than the list before.
    pub number: u64,
    /// When it was issued.
    pub this_update: Instant,
    /// When the next one is due.
    pub next_update: Instant,
    /// How many certificates it names.
    pub entries: u64,
    /// SM3 of its DER.
    pub sm3: Sm3Digest,
}

impl RevocationListRecord {
    /// The name under which audit entries speak of a revocation list.
    #[must_use]
    pub fn audit_subject(issuer_key: &KeyId, number: u64) -> String {
        format!("revocation-list:{issuer_key}/{number}")
    }

    /// The digest over every field, which its audit entry carries.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        Canonical::new("eseal-revocation-list-record/1")
            .bytes(self.issuer_key.as_bytes())
            .number(self.number)
            .instant(self.this_update)
            .instant(self.next_update)
            .number(self.entries)
            .bytes(self.sm3.as_bytes())
            .finish()
    }
}

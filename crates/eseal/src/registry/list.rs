use crate::audit::Canonical;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::KeyId;
use super::RegistryError;

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
    /// For a delta list (增量列表): the number of the full list that it goes on from (BaseCRLNumber).
    pub base: Option<u64>,
    /// For the list of one distribution point (分布点): its URI; 1 to 1024 bytes.
    pub point: Option<String>,
}

/// The most bytes of a distribution point's URI, as browsers and servers agree on.
const MAX_POINT: usize = 1_024;

impl RevocationListRecord {
    /// The name under which audit entries speak of a revocation list.
    #[must_use]
    pub fn audit_subject(issuer_key: &KeyId, number: u64) -> String {
        format!("revocation-list:{issuer_key}/{number}")
    }

    /// Whether every field is one that can be kept.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        let good = |point: &String| (1..=MAX_POINT).contains(&point.len()) && !point.chars().any(char::is_control);
        if self.point.as_ref().is_some_and(|point| !good(point)) {
            return Err(RegistryError::BadField { field: "point" });
        }
        Ok(())
    }

    /// The digest over every field, which its audit entry carries.
    ///
    /// Edition 1 for full lists of all certificates, so that what older programs wrote stays true.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        let later = self.base.is_some() || self.point.is_some();
        let edition = if later { "eseal-revocation-list-record/2" } else { "eseal-revocation-list-record/1" };
        let mut canonical = Canonical::new(edition)
            .bytes(self.issuer_key.as_bytes())
            .number(self.number)
            .instant(self.this_update)
            .instant(self.next_update)
            .number(self.entries)
            .bytes(self.sm3.as_bytes());
        if later {
            canonical =
                canonical.optional(self.base, Canonical::number).optional(self.point.as_deref(), Canonical::text);
        }
        canonical.finish()
    }
}

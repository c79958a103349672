use crate::audit::Canonical;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::RegistryError;

/// What was handed out for an order (签发应答), kept so that an interrupted issue hands out the very same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRecord {
    /// The order, as its certificate bears it.
    pub order: String,
    /// What was handed out, DER; at most [`AnswerRecord::MAX_BYTES`].
    pub der: Vec<u8>,
}

impl AnswerRecord {
    /// The most bytes of an answer: two certificates, an enveloped key and a long chain with RSA links fit.
    pub const MAX_BYTES: usize = 256 * 1_024;

    /// The name under which audit entries speak of an answer.
    #[must_use]
    pub fn audit_subject(order: &str) -> String {
        format!("answer:{order}")
    }

    /// Whether it is one that can be kept.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        if self.der.is_empty() || self.der.len() > Self::MAX_BYTES {
            return Err(RegistryError::BadField { field: "answer" });
        }
        Ok(())
    }

    /// The digest over every field, which its audit entry carries.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        Canonical::new("eseal-answer-record/1").text(&self.order).bytes(sm3(&self.der).as_bytes()).finish()
    }
}

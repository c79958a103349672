use crate::audit::Act;
use crate::audit::Canonical;
use crate::lang::vocabulary;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::RegistryError;

vocabulary! {
    /// What a dossier (案卷) is about. A closed vocabulary: its words begin the subjects of audit entries and never change.
    #[non_exhaustive]
    #[derive(PartialOrd, Ord)]
    pub enum DossierKind: word {
        /// An application for a certificate, from its filing to its answer.
        Application = "application", "证书申请", "application";
        /// A soft token, as far as the office has to know it: its sealings, what was granted to it.
        Token = "token", "软证书介质", "token";
        /// An encryption key that the office keeps for its holder, enveloped.
        Escrow = "escrow", "托管密钥", "escrowed key";
        /// An officer and the duties that were laid upon them.
        Officer = "officer", "经办人", "officer";
        /// The revocation passphrase of a holder, as a verifier.
        Passphrase = "passphrase", "挂失口令", "revocation passphrase";
    }
}

impl DossierKind {
    /// The kind that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The acts that may change a dossier of this kind.
    #[must_use]
    pub const fn acts(self) -> &'static [Act] {
        match self {
            Self::Application => {
                &[Act::ApplicationFiled, Act::ApplicationApproved, Act::ApplicationRefused, Act::ApplicationAnswered]
            }
            Self::Token => &[Act::UnlockGranted, Act::UnlockRefused, Act::TokenUnlocked],
            Self::Escrow => &[Act::KeyEscrowed, Act::KeyRecovered],
            Self::Officer => &[Act::OfficerAppointed, Act::OfficerDismissed],
            Self::Passphrase => &[Act::PassphraseSet, Act::PassphraseRefused],
        }
    }
}

/// What an office knows of one thing that has a history (案卷): an application, a token, a key, an officer.
///
/// The registry keeps its bytes and does not read them; what they mean is for room `authority`. A dossier is rewritten
/// with each act, and never taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DossierRecord {
    /// What it is about.
    pub kind: DossierKind,
    /// Its name among those of its kind; 1 to [`DossierRecord::MAX_KEY`] printable ASCII characters, no space.
    pub key: String,
    /// What is known, DER; at most [`DossierRecord::MAX_BYTES`].
    pub der: Vec<u8>,
}

impl DossierRecord {
    /// The most characters of a name: a digest or a serial number in hexadecimal fits.
    pub const MAX_KEY: usize = 128;
    /// The most bytes of one dossier: a history of hundreds of acts, or a certificate and an envelope.
    pub const MAX_BYTES: usize = 64 * 1_024;

    /// A dossier with this content.
    #[must_use]
    pub fn new(kind: DossierKind, key: impl Into<String>, der: Vec<u8>) -> Self {
        Self { kind, key: key.into(), der }
    }

    /// The name under which audit entries speak of it: `application:2026000123`.
    #[must_use]
    pub fn audit_subject(&self) -> String {
        format!("{}:{}", self.kind.word(), self.key)
    }

    /// Whether every field is one that can be kept.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        let printable = self.key.bytes().all(|byte| byte.is_ascii_graphic());
        if !printable || !(1..=Self::MAX_KEY).contains(&self.key.len()) {
            return Err(RegistryError::BadField { field: "key" });
        }
        if self.der.is_empty() || self.der.len() > Self::MAX_BYTES {
            return Err(RegistryError::BadField { field: "dossier" });
        }
        Ok(())
    }

    /// The digest over every field, which the audit entry of its last change carries; also what the next change names
    /// as what it replaces.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        Canonical::new("eseal-dossier-record/1")
            .text(self.kind.word())
            .text(&self.key)
            .bytes(sm3(&self.der).as_bytes())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_word_and_shares_no_act_with_another() {
        for kind in DossierKind::ALL {
            assert_eq!(DossierKind::from_word(kind.word()), Some(*kind));
            for other in DossierKind::ALL.iter().filter(|other| *other != kind) {
                assert!(kind.acts().iter().all(|act| !other.acts().contains(act)), "{kind:?} {other:?}");
            }
        }
        assert_eq!(DossierKind::from_word("Officer"), None);
    }

    #[test]
    fn every_field_is_part_of_the_digest() {
        let record = DossierRecord::new(DossierKind::Token, "00ff", b"content".to_vec());
        let others = [
            DossierRecord { kind: DossierKind::Escrow, ..record.clone() },
            DossierRecord { key: "00fe".into(), ..record.clone() },
            DossierRecord { der: b"Content".to_vec(), ..record.clone() },
        ];
        assert!(others.iter().all(|other| other.digest() != record.digest()));
        assert_eq!(record.audit_subject(), "token:00ff");
    }
}

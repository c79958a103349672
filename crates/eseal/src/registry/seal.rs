use crate::audit::Canonical;
use crate::lang::Lang;
use crate::seal::Seal;
use crate::seal::SealKind;
use crate::sm::Sm3Digest;
use crate::time::Instant;
use crate::time::Period;

use super::RegistryError;

/// How a seal stands (印章状态).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealState {
    /// Made, and nothing against its use.
    Active,
}

impl SealState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Active];

    /// The stable word for this state.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
        }
    }

    /// The state that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    /// The state in words, for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Active => lang.pick("正常", "active"),
        }
    }
}

/// What the registry knows of one seal (印章登记项); the seal itself lies beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRecord {
    /// Its number (印章标识 `esID`), which no other seal of the registry has.
    pub id: String,
    /// Its name (印章名称).
    pub name: String,
    /// Its kind (印章类型), an open number.
    pub kind: SealKind,
    /// Whose seal it is, if told.
    pub organization: Option<String>,
    /// The subject of the maker's certificate, as text.
    pub maker: String,
    /// When it was made, by its own word.
    pub created: Instant,
    /// Its validity.
    pub validity: Period,
    /// How it stands.
    pub state: SealState,
    /// SM3 of the seal's bytes.
    pub sm3: Sm3Digest,
}

impl SealRecord {
    /// The record of a seal just made by the owner of a certificate with subject `maker`.
    #[must_use]
    pub fn new(seal: &Seal, maker: &str, organization: Option<String>) -> Self {
        Self {
            id: seal.id().to_owned(),
            name: seal.name().to_owned(),
            kind: seal.kind(),
            organization,
            maker: maker.to_owned(),
            created: seal.created(),
            validity: seal.validity(),
            state: SealState::Active,
            sm3: seal.sm3(),
        }
    }

    /// Whether every field is one that can be kept: stores keep no NUL in texts.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        let mut texts = [&self.id, &self.name, &self.maker].into_iter().chain(&self.organization);
        if texts.any(|text| text.contains('\0')) {
            return Err(RegistryError::BadField { field: "seal" });
        }
        Ok(())
    }

    /// The name under which audit entries speak of a seal.
    #[must_use]
    pub fn audit_subject(id: &str) -> String {
        format!("seal:{id}")
    }

    /// The digest over every field, which the audit entry of its last change carries.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        Canonical::new("eseal-seal-record/1")
            .text(&self.id)
            .text(&self.name)
            .signed(self.kind.number())
            .optional(self.organization.as_deref(), Canonical::text)
            .text(&self.maker)
            .instant(self.created)
            .instant(self.validity.from())
            .instant(self.validity.to())
            .text(self.state.word())
            .bytes(self.sm3.as_bytes())
            .finish()
    }
}

use crate::Lang;
use crate::cert::Certificate;
use crate::der;
use crate::key::public_key_from_spki;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::KdfCost;
use super::KeyId;
use super::KeyUse;
use super::Level;
use super::TokenError;
use super::container::Container;
use super::kdf::Stretch;
use super::slot::Slot;

/// What a token tells of itself without its PIN. Not authenticated, unless it comes from a session.
#[derive(Clone, Debug)]
pub struct TokenInfo {
    /// The container's version.
    pub version: u32,
    /// The token's serial number, 16 bytes in hexadecimal.
    pub serial: String,
    /// How often it was sealed anew; grows with every unlock.
    pub epoch: u64,
    /// The name for people.
    pub label: String,
    /// When it was made.
    pub created: Instant,
    /// What protects it besides the PIN.
    pub level: Level,
    /// Fewest characters of a PIN.
    pub min_pin_length: u32,
    /// Wrong PINs in a row until it locks.
    pub max_tries: u32,
    /// Tries left now; 0 when it is locked.
    pub tries_left: u32,
    /// Whether this copy is locked.
    pub locked: bool,
    /// Whether its policy allows keys to be exported.
    pub export_allowed: bool,
    /// What a guess costs; `None` when it is locked, or derived in a way that this program does not do.
    pub kdf: Option<KdfCost>,
    /// What the data key can be opened with.
    pub slots: Vec<SlotKind>,
    /// Who may permit an unlock.
    pub unlocker: Option<UnlockerInfo>,
    /// Its keys and their certificates.
    pub objects: Vec<ObjectInfo>,
}

/// Who may permit an unlock (解锁授权方).
#[derive(Clone, Debug)]
pub struct UnlockerInfo {
    /// SM3 of its certificate.
    pub certificate: Sm3Digest,
    /// Its name.
    pub name: String,
}

/// A key of a token, with its certificates.
#[derive(Clone, Debug)]
pub struct ObjectInfo {
    /// Its number.
    pub id: KeyId,
    /// What it is for.
    pub key_use: KeyUse,
    /// Its public half.
    pub public_key: PublicKey,
    /// Its certificates, oldest first.
    pub certificates: Vec<Certificate>,
}

/// What a slot is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// The PIN.
    Pin,
    /// The unlocker's permission.
    Unlock,
    /// The recovery code.
    Recovery,
    /// A store of the system: TPM, key chain, a server; not supported by this program.
    Provider,
}

impl SlotKind {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Unlock => "unlock",
            Self::Recovery => "recovery",
            Self::Provider => "provider",
        }
    }

    /// The name to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Pin => lang.pick("口令", "PIN"),
            Self::Unlock => lang.pick("解锁授权", "unlock permit"),
            Self::Recovery => lang.pick("恢复码", "recovery code"),
            Self::Provider => lang.pick("外部密钥库", "external key store"),
        }
    }
}

/// Who besides the holder could open a token, and with what (托管说明).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Escrow {
    /// Nobody.
    None,
    /// The authority that holds the unlock key, with a copy of the file.
    AuthorityAndFile,
    /// The authority that holds the unlock key, with a copy of the file and the device's secret.
    AuthorityFileAndDevice,
}

impl Escrow {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AuthorityAndFile => "authority-and-file",
            Self::AuthorityFileAndDevice => "authority-file-and-device",
        }
    }

    /// The note to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::None => lang.pick("无托管", "nobody else can open it"),
            Self::AuthorityAndFile => lang.pick("CA + 文件副本即可打开", "CA + file"),
            Self::AuthorityFileAndDevice => lang.pick("CA + 文件副本 + 本机密钥方可打开", "CA + file + device secret"),
        }
    }
}

impl TokenInfo {
    /// Reads the information from the bytes of a token, PEM or DER, that lies on no medium.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], [`TokenError::TooLarge`], [`TokenError::UnsupportedVersion`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        Self::of(&Container::parse(bytes)?)
    }

    /// Who besides the holder could open it.
    #[must_use]
    pub fn escrow(&self) -> Escrow {
        match (self.slots.contains(&SlotKind::Unlock), self.level) {
            (false, _) => Escrow::None,
            (true, Level::Device) => Escrow::AuthorityFileAndDevice,
            (true, Level::File | Level::Server) => Escrow::AuthorityAndFile,
        }
    }

    pub(super) fn of(container: &Container) -> Result<Self, TokenError> {
        let header = &container.header;
        let mut objects = Vec::with_capacity(header.objects.len());
        for object in &header.objects {
            let spki = der::encode(&object.public_key).map_err(|_| TokenError::Malformed)?;
            let mut certificates = Vec::with_capacity(object.certificates.len());
            for raw in &object.certificates {
                let bytes = der::encode(raw).map_err(|_| TokenError::Malformed)?;
                certificates.push(Certificate::from_der(&bytes).map_err(|_| TokenError::Malformed)?);
            }
            objects.push(ObjectInfo {
                id: KeyId(object.id.as_bytes().try_into().map_err(|_| TokenError::Malformed)?),
                key_use: object.key_use,
                public_key: public_key_from_spki(&spki).map_err(|_| TokenError::Malformed)?.0,
                certificates,
            });
        }
        let unlocker = match &header.unlocker {
            None => None,
            Some(unlocker) => Some(UnlockerInfo {
                certificate: Sm3Digest::from_bytes(
                    unlocker.cert_digest.as_bytes().try_into().map_err(|_| TokenError::Malformed)?,
                ),
                name: unlocker.name.clone(),
            }),
        };
        let kind = |slot: &Slot| match slot {
            Slot::Pin(_) => SlotKind::Pin,
            Slot::Unlock(_) => SlotKind::Unlock,
            Slot::Recovery(_) => SlotKind::Recovery,
            Slot::Provider(_) => SlotKind::Provider,
        };
        let created = i64::try_from(header.created.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Ok(Self {
            version: Container::VERSION,
            serial: KeyId(container.serial()).to_string(),
            epoch: header.epoch,
            label: header.label.clone(),
            created: Instant::from_unix(created),
            level: header.policy.level,
            min_pin_length: header.policy.min_pin_length,
            max_tries: header.policy.max_tries,
            tries_left: container.tries_left(),
            locked: container.tries_left() == 0,
            export_allowed: header.policy.export_allowed,
            kdf: container.pin_slot().and_then(|slot| Stretch::from_algorithm(&slot.kdf).ok()).map(|kdf| kdf.cost()),
            slots: container.slots.iter().map(kind).collect(),
            unlocker,
            objects,
        })
    }
}

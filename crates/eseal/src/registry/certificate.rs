use std::fmt;

use crate::audit::Canonical;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::key::PublicKey;
use crate::lang::Lang;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::RegistryError;

/// A key's name: the leftmost 20 bytes of SM3 over the point 04‖x‖y, as issued subject key identifiers have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 20]);

impl KeyId {
    /// The name of this key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let digest = sm3(&key.to_sec1());
        Self(*digest.as_bytes().first_chunk().expect("20 is less than 32"))
    }

    /// From stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Since when a certificate is revoked or on hold, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// From when on.
    pub at: Instant,
    /// Why; on hold it is [`Reason::CertificateHold`].
    pub reason: Reason,
    /// Since when the key may have been in wrong hands (invalidityDate), if that is known.
    pub invalidity: Option<Instant>,
}

/// What was done with a certificate last. Time does not change it; see [`CertificateRecord::standing`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Issued, or released from hold.
    Active,
    /// On hold (冻结).
    Held {
        /// From when on.
        at: Instant,
    },
    /// Revoked for good (撤销).
    Revoked(Revocation),
}

/// How a certificate stands at a time (证书状态).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Neither revoked nor on hold, and inside its validity or before it.
    Active,
    /// On hold.
    Held,
    /// Revoked.
    Revoked,
    /// Past its validity, and not revoked.
    Expired,
}

impl Standing {
    /// Every standing.
    pub const ALL: &[Self] = &[Self::Active, Self::Held, Self::Revoked, Self::Expired];

    /// The stable word for this standing.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Held => "held",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The standing that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|standing| standing.word() == word)
    }

    /// The standing in words, for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Active => lang.pick("有效", "active"),
            Self::Held => lang.pick("冻结", "on hold"),
            Self::Revoked => lang.pick("已撤销", "revoked"),
            Self::Expired => lang.pick("已过期", "expired"),
        }
    }
}

/// What the registry knows of one certificate (证书登记项).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Its serial number, which no other certificate of the registry has.
    pub serial: SerialNumber,
    /// Its subject, as text.
    pub subject: String,
    /// Its issuer, as text.
    pub issuer: String,
    /// The key that signed it.
    pub issuer_key: KeyId,
    /// The key that it certifies.
    pub subject_key: KeyId,
    /// The name of the profile it was issued by.
    pub profile: String,
    /// Its validity.
    pub validity: Period,
    /// What was done with it last.
    pub status: CertificateStatus,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

impl CertificateRecord {
    /// The record of a certificate just issued by the owner of `issuer_key`.
    ///
    /// # Errors
    /// [`CertError`] when its public key is not an SM2 key.
    pub fn new(certificate: &Certificate, issuer_key: &PublicKey, profile: &str) -> Result<Self, CertError> {
        Ok(Self {
            serial: certificate.serial().clone(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            issuer_key: KeyId::of(issuer_key),
            subject_key: KeyId::of(certificate.public_key()?),
            profile: profile.to_owned(),
            validity: certificate.validity(),
            status: CertificateStatus::Active,
            der: certificate.as_der().to_vec(),
        })
    }

    /// How it stands at a time.
    #[must_use]
    pub fn standing(&self, at: Instant) -> Standing {
        match self.status {
            CertificateStatus::Revoked(_) => Standing::Revoked,
            _ if self.validity.to() < at => Standing::Expired,
            CertificateStatus::Held { .. } => Standing::Held,
            CertificateStatus::Active => Standing::Active,
        }
    }

    /// What a revocation list says of it, if it has to be named there.
    #[must_use]
    pub fn revocation(&self) -> Option<Revocation> {
        match self.status {
            CertificateStatus::Active => None,
            CertificateStatus::Held { at } => {
                Some(Revocation { at, reason: Reason::CertificateHold, invalidity: None })
            }
            CertificateStatus::Revoked(revocation) => Some(revocation),
        }
    }

    /// The status after being put on hold.
    pub(super) fn held(&self, at: Instant) -> Result<CertificateStatus, RegistryError> {
        match self.status {
            CertificateStatus::Active => Ok(CertificateStatus::Held { at }),
            CertificateStatus::Held { at } => Err(RegistryError::AlreadyHeld { serial: self.serial.to_string(), at }),
            CertificateStatus::Revoked(Revocation { at, .. }) => Err(self.already_revoked(at)),
        }
    }

    /// The status after being released from hold.
    pub(super) fn released(&self) -> Result<CertificateStatus, RegistryError> {
        match self.status {
            CertificateStatus::Held { .. } => Ok(CertificateStatus::Active),
            CertificateStatus::Active => Err(RegistryError::NotHeld { serial: self.serial.to_string() }),
            CertificateStatus::Revoked(Revocation { at, .. }) => Err(self.already_revoked(at)),
        }
    }

    /// The status after being revoked for good.
    pub(super) fn revoked(&self, revocation: Revocation) -> Result<CertificateStatus, RegistryError> {
        if matches!(revocation.reason, Reason::CertificateHold | Reason::RemoveFromCrl) {
            return Err(RegistryError::NotFinal { reason: revocation.reason });
        }
        if revocation.invalidity.is_some_and(|since| since > revocation.at) {
            return Err(RegistryError::InvalidityAfterRevocation { serial: self.serial.to_string() });
        }
        match self.status {
            CertificateStatus::Revoked(Revocation { at, .. }) => Err(self.already_revoked(at)),
            _ => Ok(CertificateStatus::Revoked(revocation)),
        }
    }

    fn already_revoked(&self, at: Instant) -> RegistryError {
        RegistryError::AlreadyRevoked { serial: self.serial.to_string(), at }
    }

    /// The name under which audit entries speak of a certificate.
    #[must_use]
    pub fn audit_subject(serial: &SerialNumber) -> String {
        format!("certificate:{serial}")
    }

    /// The digest over every field, which the audit entry of its last change carries.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        let canonical = Canonical::new("eseal-certificate-record/1")
            .text(&self.serial.to_string())
            .text(&self.subject)
            .text(&self.issuer)
            .bytes(self.issuer_key.as_bytes())
            .bytes(self.subject_key.as_bytes())
            .text(&self.profile)
            .instant(self.validity.from())
            .instant(self.validity.to())
            .bytes(&self.der);
        match self.status {
            CertificateStatus::Active => canonical.text("active"),
            CertificateStatus::Held { at } => canonical.text("held").instant(at),
            CertificateStatus::Revoked(Revocation { at, reason, invalidity }) => canonical
                .text("revoked")
                .instant(at)
                .number(u64::from(reason.number()))
                .optional(invalidity, Canonical::instant),
        }
        .finish()
    }
}

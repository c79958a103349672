use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::pem::LineEnding;

use crate::cert::Certificate;
use crate::cert::KeyUsage;
use crate::cert::Name;
use crate::cert::SerialNumber;
use crate::der;
use crate::der::Raw;
use crate::key::PublicKey;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::registry::CertificateRecord;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;

use super::Approval;
use super::AuthorityError;
use super::Duty;
use super::approvals;
use super::approvals::SKEW;
use super::asn1;
use super::escrow;
use super::settle::certificate;

/// Why an escrowed key is not given back.
#[non_exhaustive]
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryFault {
    /// The bytes are no recovery order.
    #[error("not a recovery order")]
    Malformed,
    /// The order was given too long ago, or lies in the future.
    #[error("the recovery order is of {at}")]
    OutOfTime {
        /// When it was given, by its own word.
        at: Instant,
    },
    /// The encryption key of this certificate was never put into escrow.
    #[error("the encryption key of certificate {serial} is not in escrow")]
    NotEscrowed {
        /// The serial number of the certificate.
        serial: String,
    },
    /// The key would go to somebody else.
    #[error("the key is that of {subject}, and the new certificate is not")]
    OtherHolder {
        /// Whose key it is.
        subject: String,
    },
    /// The certificate that the key is to go to is on hold, revoked or expired.
    #[error("the new certificate {serial} is {}", standing.word())]
    NotActive {
        /// Its serial number.
        serial: String,
        /// How it stands.
        standing: Standing,
    },
    /// The key that the order names is not that of the new certificate, or that certificate is no signing certificate.
    #[error("the order does not name the key of certificate {serial}")]
    KeyDiffers {
        /// The serial number of the certificate.
        serial: String,
    },
    /// The key was put into escrow with another escrow key than the one at hand.
    #[error("the key of certificate {serial} is in escrow with another key")]
    OtherEscrowKey {
        /// The serial number of the certificate.
        serial: String,
    },
}

impl RecoveryFault {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "recovery-malformed",
        "recovery-out-of-time",
        "recovery-not-escrowed",
        "recovery-other-holder",
        "recovery-not-active",
        "recovery-key-differs",
        "recovery-other-escrow-key",
    ];

    /// The stable word for this fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "recovery-malformed",
            Self::OutOfTime { .. } => "recovery-out-of-time",
            Self::NotEscrowed { .. } => "recovery-not-escrowed",
            Self::OtherHolder { .. } => "recovery-other-holder",
            Self::NotActive { .. } => "recovery-not-active",
            Self::KeyDiffers { .. } => "recovery-key-differs",
            Self::OtherEscrowKey { .. } => "recovery-other-escrow-key",
        }
    }
}

/// `RecoveryOrder` of our own: no standard has one.
#[derive(Sequence)]
struct Body {
    version: u8,
    /// The serial number of the encryption certificate whose key it is.
    encryption: Raw,
    /// Its subject, so that officers see whose key they approve about.
    subject: Raw,
    /// The serial number of the holder's new signing certificate.
    signing: Raw,
    /// The key in that certificate.
    to: Raw,
    reason: String,
    at: GeneralizedTime,
}

/// How many officers approve a recovery: two, so that nobody reads another's messages alone.
const OFFICERS: usize = 2;

const VERSION: u8 = 1;
const PEM_LABEL: &str = "KEY RECOVERY ORDER";
/// The longest reason, in bytes of UTF-8: a sentence or two, and the number of a file.
const MAX_REASON: usize = 512;

/// That an encryption key be given back to its holder (密钥恢复单), enveloped to the key of the holder's new signing
/// certificate. Two officers approve it, by its [digest](Self::digest), before anything happens.
///
/// It holds no secret, and proves nothing by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryOrder {
    der: Vec<u8>,
    encryption: SerialNumber,
    subject: Name,
    signing: SerialNumber,
    to: PublicKey,
    reason: String,
    at: Instant,
}

impl RecoveryOrder {
    /// The largest order that is read, in bytes: 16 KiB, room for the longest name.
    pub const MAX_BYTES: usize = 16 << 10;

    /// How long an order counts, in seconds: seven days, like the approvals of it.
    pub const LONGEST: i64 = 7 * 24 * 60 * 60;

    /// Lays out an order for the key of an old pair, to the holder of a new signing certificate. Either certificate of a
    /// pair may be named. `reason` has 1 to 512 bytes.
    ///
    /// # Errors
    /// [`AuthorityError::Recovery`] when that could not be carried out, see [`RecoveryFault`], or there is no reason;
    /// [`AuthorityError::Registry`], among them `registry-unknown-certificate`.
    pub fn draft(
        registry: &dyn Registry,
        old: &SerialNumber,
        new: &SerialNumber,
        reason: &str,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        let old = half(registry, old, enciphers)?;
        let new = half(registry, new, signs)?;
        let encryption = certificate(&old)?;
        let signing = certificate(&new)?;
        let raw = |bytes: &[u8]| der::decode::<Raw>(bytes).expect("one element");
        let body = Body {
            version: VERSION,
            encryption: raw(&encryption.serial().to_der()),
            subject: raw(encryption.subject().as_der()),
            signing: raw(&signing.serial().to_der()),
            to: raw(&public_key_to_spki(signing.public_key()?)),
            reason: reason.to_owned(),
            at: asn1::generalized(now),
        };
        let order = Self::from_bytes(&der::encode(&body).map_err(|_| RecoveryFault::Malformed)?)?;
        order.resolve(registry, now)?;
        Ok(order)
    }

    /// Reads an order, DER or PEM.
    ///
    /// # Errors
    /// [`RecoveryFault::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecoveryFault> {
        if bytes.len() / 3 * 2 > Self::MAX_BYTES {
            return Err(RecoveryFault::Malformed);
        }
        let der = match bytes.first() {
            Some(0x30) => bytes.to_vec(),
            _ => match ::der::pem::decode_vec(bytes) {
                Ok((PEM_LABEL, document)) => document,
                _ => return Err(RecoveryFault::Malformed),
            },
        };
        Self::read(&der).filter(|_| der.len() <= Self::MAX_BYTES).ok_or(RecoveryFault::Malformed)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let body: Body = der::decode(der).ok()?;
        let whole = |raw: &Raw| der::encode(raw).ok();
        let serial = |raw: &Raw| {
            let serial = SerialNumber::from_bytes(raw.value()).ok()?;
            (Some(serial.to_der()) == whole(raw)).then_some(serial)
        };
        if body.version != VERSION || !(1..=MAX_REASON).contains(&body.reason.trim().len()) {
            return None;
        }
        Some(Self {
            der: der.to_vec(),
            encryption: serial(&body.encryption)?,
            subject: Name::from_der(&whole(&body.subject)?).ok()?,
            signing: serial(&body.signing)?,
            to: public_key_from_spki(&whole(&body.to)?).ok()?.0,
            reason: body.reason,
            at: asn1::instant(body.at),
        })
    }

    /// The order, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The order, PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        ::der::pem::encode_string(PEM_LABEL, LineEnding::LF, &self.der).expect("the label is a PEM label")
    }

    /// SM3 of the order: what officers approve.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        sm3(&self.der)
    }

    /// The serial number of the encryption certificate whose key it is.
    #[must_use]
    pub const fn encryption(&self) -> &SerialNumber {
        &self.encryption
    }

    /// Whose key it is, by the order's own word.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The serial number of the new signing certificate.
    #[must_use]
    pub const fn signing(&self) -> &SerialNumber {
        &self.signing
    }

    /// The key that the recovered one is enveloped to.
    #[must_use]
    pub const fn to(&self) -> &PublicKey {
        &self.to
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it was given.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// Whether the order could be carried out with these approvals now; gives the names of the officers. Writes nothing, and
    /// asks nobody's key.
    ///
    /// # Errors
    /// As [`Escrow::recover`](super::Escrow::recover), but for what only the escrow key can tell.
    pub fn check(
        &self,
        registry: &dyn Registry,
        approvals: &[Approval],
        now: Instant,
    ) -> Result<Vec<String>, AuthorityError> {
        let resolved = self.resolve(registry, now)?;
        self.check_approvals(&resolved, registry, approvals, now)
    }

    pub(super) fn check_approvals(
        &self,
        resolved: &Resolved,
        registry: &dyn Registry,
        approvals: &[Approval],
        now: Instant,
    ) -> Result<Vec<String>, AuthorityError> {
        let concerned = [resolved.encryption.subject()];
        let (duty, object) = (Duty::Recovery, self.digest());
        approvals::check_concerning(&concerned, approvals, duty, &object, OFFICERS, registry, now)
    }

    /// Holds the order against what the registry knows.
    pub(super) fn resolve(&self, registry: &dyn Registry, now: Instant) -> Result<Resolved, AuthorityError> {
        if self.at > now.plus_seconds(SKEW) || now > self.at.plus_seconds(Self::LONGEST) {
            return Err(RecoveryFault::OutOfTime { at: self.at }.into());
        }
        let encryption = certificate(&record(registry, &self.encryption)?)?;
        let known = record(registry, &self.signing)?;
        let signing = certificate(&known)?;
        if !self.subject.matches(encryption.subject()) || !signing.subject().matches(encryption.subject()) {
            return Err(RecoveryFault::OtherHolder { subject: encryption.subject().to_string() }.into());
        }
        let standing = known.standing(now);
        if standing != Standing::Active {
            return Err(RecoveryFault::NotActive { serial: self.signing.to_string(), standing }.into());
        }
        if *signing.public_key()? != self.to || !signs(&signing) || signing.is_ca() {
            return Err(RecoveryFault::KeyDiffers { serial: self.signing.to_string() }.into());
        }
        let kept = escrow::find(registry, encryption.public_key()?)?;
        let kept = kept.ok_or_else(|| RecoveryFault::NotEscrowed { serial: self.encryption.to_string() })?;
        let issuer = issuer_of(registry, &known)?;
        Ok(Resolved { encryption, signing, issuer, kept })
    }
}

impl fmt::Debug for RecoveryOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryOrder({} to {})", self.encryption, self.signing)
    }
}

/// What an order speaks of, as the registry has it.
pub(super) struct Resolved {
    pub(super) encryption: Certificate,
    pub(super) signing: Certificate,
    pub(super) issuer: Option<Certificate>,
    pub(super) kept: escrow::Kept,
}

fn record(registry: &dyn Registry, serial: &SerialNumber) -> Result<CertificateRecord, AuthorityError> {
    let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
    Ok(registry.certificate(serial)?.ok_or_else(unknown)?)
}

/// The certificate of this serial number, or the other of its pair, whichever fits.
fn half(
    registry: &dyn Registry,
    serial: &SerialNumber,
    fits: impl Fn(&Certificate) -> bool,
) -> Result<CertificateRecord, AuthorityError> {
    let named = record(registry, serial)?;
    match &named.partner {
        Some(partner) if !fits(&certificate(&named)?) => record(registry, partner),
        _ => Ok(named),
    }
}

/// The certificate that signed this one, if the registry has it.
fn issuer_of(registry: &dyn Registry, known: &CertificateRecord) -> Result<Option<Certificate>, AuthorityError> {
    let records = registry.by_subject_key(&known.issuer_key)?;
    records.iter().rev().find(|record| record.subject == known.issuer).map(certificate).transpose()
}

/// Whether the key usage is for signatures, as far as it says.
fn signs(certificate: &Certificate) -> bool {
    certificate.key_usage().is_none_or(KeyUsage::can_sign)
}

/// Whether the key usage is for encryption, as far as it says.
fn enciphers(certificate: &Certificate) -> bool {
    certificate.key_usage().is_none_or(KeyUsage::can_encipher)
}

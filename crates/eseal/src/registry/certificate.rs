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

    /// From 40 hexadecimal digits, as [`Display`](fmt::Display) writes them.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 20];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
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
    /// Issued, and nothing since.
    Active,
    /// Released from hold (解冻); as good as [`Active`](Self::Active), but a delta list has to say it.
    Released {
        /// From when on.
        at: Instant,
    },
    /// On hold (冻结).
    Held {
        /// From when on.
        at: Instant,
    },
    /// Revoked for good (撤销).
    Revoked(Revocation),
}

impl CertificateStatus {
    /// Since when it is so; of a certificate with which nothing was done since its issue, `None`.
    #[must_use]
    pub const fn since(&self) -> Option<Instant> {
        match self {
            Self::Active => None,
            Self::Released { at } | Self::Held { at } | Self::Revoked(Revocation { at, .. }) => Some(*at),
        }
    }
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
    /// The code of the holder's organization (机构代码): a USCC, or the office's own; 1 to 64 bytes.
    pub organization: Option<String>,
    /// Where the holder belongs (行政区划代码): 1 to 12 digits as in GB/T 2260.
    pub region: Option<String>,
    /// The other half of a pair (双证书); the two name each other and are issued in one write.
    pub partner: Option<SerialNumber>,
    /// The certificate that this one came to replace, by renewal or with a new key.
    pub replaces: Option<SerialNumber>,
    /// What was ordered: no other certificate has the same, so the same order is not filled twice. Of a pair the
    /// signing certificate bears it. 1 to 128 bytes.
    pub order: Option<String>,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// The most bytes of an organization's code; a USCC has 18.
const MAX_ORGANIZATION: usize = 64;
/// The most digits of a region: province, city, county, street, village.
const MAX_REGION: usize = 12;
/// The most bytes of an order's name; with its kind before it, it is an audit subject.
const MAX_ORDER: usize = 128;

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
            organization: None,
            region: None,
            partner: None,
            replaces: None,
            order: None,
            der: certificate.as_der().to_vec(),
        })
    }

    /// Says whose certificate it is. Without a region, a unified social credit code (统一社会信用代码) tells it: its
    /// digits 3 to 8, GB 32100-2015, 4.
    #[must_use]
    pub fn with_organization(mut self, organization: Option<String>, region: Option<String>) -> Self {
        self.region = region.or_else(|| organization.as_deref().and_then(region_of).map(str::to_owned));
        self.organization = organization;
        self
    }

    /// Whether every field is one that can be kept.
    pub(super) fn check_fields(&self) -> Result<(), RegistryError> {
        let text = |text: &str, most| (1..=most).contains(&text.len()) && !text.chars().any(char::is_control);
        let region = |text: &str| text.len() <= MAX_REGION && text.bytes().all(|byte| byte.is_ascii_digit());
        let bad = |field| Err(RegistryError::BadField { field });
        // PostgreSQL keeps no NUL in texts, and what one store keeps every store has to.
        if [&self.subject, &self.issuer, &self.profile].into_iter().any(|text| text.contains('\0')) {
            return bad("subject");
        }
        if self.organization.as_deref().is_some_and(|code| !text(code, MAX_ORGANIZATION)) {
            return bad("organization");
        }
        if self.region.as_deref().is_some_and(|code| code.is_empty() || !region(code)) {
            return bad("region");
        }
        if self.order.as_deref().is_some_and(|order| !text(order, MAX_ORDER)) {
            return bad("order");
        }
        Ok(())
    }

    /// How it stands at a time.
    #[must_use]
    pub fn standing(&self, at: Instant) -> Standing {
        match self.status {
            CertificateStatus::Revoked(_) => Standing::Revoked,
            _ if self.validity.to() < at => Standing::Expired,
            CertificateStatus::Held { .. } => Standing::Held,
            CertificateStatus::Active | CertificateStatus::Released { .. } => Standing::Active,
        }
    }

    /// What a revocation list says of it, if it has to be named there.
    #[must_use]
    pub fn revocation(&self) -> Option<Revocation> {
        match self.status {
            CertificateStatus::Active | CertificateStatus::Released { .. } => None,
            CertificateStatus::Held { at } => {
                Some(Revocation { at, reason: Reason::CertificateHold, invalidity: None })
            }
            CertificateStatus::Revoked(revocation) => Some(revocation),
        }
    }

    /// The status after being put on hold.
    pub(super) fn held(&self, at: Instant) -> Result<CertificateStatus, RegistryError> {
        match self.status {
            CertificateStatus::Active | CertificateStatus::Released { .. } => Ok(CertificateStatus::Held { at }),
            CertificateStatus::Held { at } => Err(RegistryError::AlreadyHeld { serial: self.serial.to_string(), at }),
            CertificateStatus::Revoked(Revocation { at, .. }) => Err(self.already_revoked(at)),
        }
    }

    /// The status after being released from hold.
    pub(super) fn released(&self, at: Instant) -> Result<CertificateStatus, RegistryError> {
        match self.status {
            CertificateStatus::Held { .. } => Ok(CertificateStatus::Released { at }),
            CertificateStatus::Active | CertificateStatus::Released { .. } => {
                Err(RegistryError::NotHeld { serial: self.serial.to_string() })
            }
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
    ///
    /// Edition 1 as long as none of the fields is set that came later, so that what older programs wrote stays true.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        let later = [&self.organization, &self.region, &self.order].into_iter().any(Option::is_some)
            || self.partner.is_some()
            || self.replaces.is_some();
        let mut canonical =
            Canonical::new(if later { "eseal-certificate-record/2" } else { "eseal-certificate-record/1" })
                .text(&self.serial.to_string())
                .text(&self.subject)
                .text(&self.issuer)
                .bytes(self.issuer_key.as_bytes())
                .bytes(self.subject_key.as_bytes())
                .text(&self.profile)
                .instant(self.validity.from())
                .instant(self.validity.to())
                .bytes(&self.der);
        if later {
            canonical = canonical
                .optional(self.organization.as_deref(), Canonical::text)
                .optional(self.region.as_deref(), Canonical::text)
                .optional(self.partner.as_ref(), |canonical, serial| canonical.text(&serial.to_string()))
                .optional(self.replaces.as_ref(), |canonical, serial| canonical.text(&serial.to_string()))
                .optional(self.order.as_deref(), Canonical::text);
        }
        match self.status {
            CertificateStatus::Active => canonical.text("active"),
            CertificateStatus::Released { at } => canonical.text("released").instant(at),
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

/// The region inside a unified social credit code, if it has the form of one.
fn region_of(code: &str) -> Option<&str> {
    let region =
        code.get(2..8).filter(|_| code.len() == 18 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    region.bytes().all(|byte| byte.is_ascii_digit()).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::suite;

    #[test]
    fn a_social_credit_code_tells_the_region_unless_one_is_given() {
        let region = |organization: &str, region: Option<&str>| {
            let record = suite::certificate(1).with_organization(Some(organization.into()), region.map(str::to_owned));
            record.region
        };
        assert_eq!(region("91520100MA6DQ4TK0X", None).as_deref(), Some("520100"));
        assert_eq!(region("91520100MA6DQ4TK0X", Some("5203")).as_deref(), Some("5203"));
        for code in ["", "520100", "91A20100MA6DQ4TK0X", "91520100MA6DQ4TK0", "贵州省某某单位"] {
            assert_eq!(region(code, None), None, "{code}");
        }
    }

    #[test]
    fn every_later_field_is_part_of_the_digest() {
        let edits: [fn(&mut CertificateRecord); 5] = [
            |record| record.organization = Some("1".into()),
            |record| record.region = Some("1".into()),
            |record| record.partner = Some(suite::serial(1)),
            |record| record.replaces = Some(suite::serial(1)),
            |record| record.order = Some("1".into()),
        ];
        let mut digests: Vec<_> = vec![suite::certificate(1).digest()];
        for edit in edits {
            let mut record = suite::certificate(1);
            edit(&mut record);
            digests.push(record.digest());
        }
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[index + 1..].contains(digest), "{index}");
        }
    }

    #[test]
    fn a_record_without_later_fields_hashes_as_it_always_did() {
        // The bytes of edition 1, written out, so that a registry of an earlier version stays true.
        let record = suite::certificate(1);
        let expected = Canonical::new("eseal-certificate-record/1")
            .text(&record.serial.to_string())
            .text(&record.subject)
            .text(&record.issuer)
            .bytes(record.issuer_key.as_bytes())
            .bytes(record.subject_key.as_bytes())
            .text(&record.profile)
            .instant(record.validity.from())
            .instant(record.validity.to())
            .bytes(&record.der)
            .text("active")
            .finish();
        assert_eq!(record.digest(), expected);
    }
}

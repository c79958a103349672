use std::fmt;

use const_oid::ObjectIdentifier;

use crate::lang::Lang;
use crate::oid;

use super::CertError;
use super::KeyPurpose;
use super::KeyUsage;
use super::asn1;
use super::extension::extension;

/// What a certificate is issued for (证书模板): decides its extensions.
///
/// The rules are data; each follows GB/T 20518-2018 and RFC 5280 as far as they demand something (clauses not checked).
#[derive(Clone, Copy)]
pub struct Profile(&'static Rules);

struct Rules {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    /// basicConstraints is there and critical for CAs only; the limit of CAs beneath.
    ca: Option<Option<u32>>,
    /// Always critical.
    key_usage: &'static [KeyPurpose],
    /// The only extended purpose, and whether it is critical.
    extended: Option<(ObjectIdentifier, bool)>,
    /// A responder whose own revocation nobody asks about.
    no_check: bool,
    /// Days of validity when the caller names none.
    days: u32,
}

const SIGN: &[KeyPurpose] = &[KeyPurpose::DigitalSignature, KeyPurpose::NonRepudiation];
const CERTIFY: &[KeyPurpose] = &[KeyPurpose::CertificateSign, KeyPurpose::RevocationListSign];
const YEAR: u32 = 365;

static ROOT: Rules = Rules {
    name: "root",
    zh: "根证书",
    en: "root CA",
    ca: Some(None),
    key_usage: CERTIFY,
    extended: None,
    no_check: false,
    days: 30 * YEAR,
};
static SUB_CA: Rules =
    Rules { name: "sub-ca", zh: "下级 CA 证书", en: "subordinate CA", ca: Some(Some(0)), days: 15 * YEAR, ..ROOT };
static PERSON: Rules = Rules {
    name: "person",
    zh: "个人签名证书",
    en: "person's signing",
    ca: None,
    key_usage: SIGN,
    extended: None,
    no_check: false,
    days: 2 * YEAR,
};
static ORGANIZATION: Rules =
    Rules { name: "organization", zh: "机构签章证书", en: "organization's signing", ..PERSON };
static SEAL_MAKER: Rules =
    Rules { name: "seal-maker", zh: "制章者证书", en: "seal maker", days: 5 * YEAR, ..PERSON };
static TSA: Rules = Rules {
    name: "tsa",
    zh: "时间戳服务证书",
    en: "time-stamp authority",
    extended: Some((oid::EKU_TIMESTAMPING, true)),
    days: 5 * YEAR,
    ..PERSON
};
static OCSP: Rules = Rules {
    name: "ocsp",
    zh: "OCSP 响应者证书",
    en: "OCSP responder",
    key_usage: &[KeyPurpose::DigitalSignature],
    extended: Some((oid::EKU_OCSP_SIGNING, false)),
    no_check: true,
    days: YEAR,
    ..PERSON
};

impl Profile {
    /// Every profile.
    pub const ALL: &[Self] = &[
        Self::root(),
        Self::sub_ca(),
        Self::person(),
        Self::organization(),
        Self::seal_maker(),
        Self::tsa(),
        Self::ocsp(),
    ];

    /// A root: signed by itself, may issue CAs.
    #[must_use]
    pub const fn root() -> Self {
        Self(&ROOT)
    }

    /// A CA that issues to people and organizations, and has no CA beneath it.
    #[must_use]
    pub const fn sub_ca() -> Self {
        Self(&SUB_CA)
    }

    /// A person's signing certificate (签名证书).
    #[must_use]
    pub const fn person() -> Self {
        Self(&PERSON)
    }

    /// An organization's signing certificate, to stamp with (签章).
    #[must_use]
    pub const fn organization() -> Self {
        Self(&ORGANIZATION)
    }

    /// A seal maker's certificate (制章者).
    #[must_use]
    pub const fn seal_maker() -> Self {
        Self(&SEAL_MAKER)
    }

    /// A time-stamp authority's certificate (时间戳服务).
    #[must_use]
    pub const fn tsa() -> Self {
        Self(&TSA)
    }

    /// The certificate of an OCSP responder.
    #[must_use]
    pub const fn ocsp() -> Self {
        Self(&OCSP)
    }

    /// Finds a profile by its [`name`](Self::name).
    ///
    /// # Errors
    /// [`CertError::UnknownProfile`].
    pub fn parse(name: &str) -> Result<Self, CertError> {
        let found = Self::ALL.iter().find(|profile| profile.name() == name).copied();
        found.ok_or_else(|| CertError::UnknownProfile { name: name.chars().take(64).collect() })
    }

    /// The stable word: `root`, `sub-ca`, `person`, `organization`, `seal-maker`, `tsa`, `ocsp`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.0.name
    }

    /// The name for people.
    #[must_use]
    pub const fn label(&self, lang: Lang) -> &'static str {
        lang.pick(self.0.zh, self.0.en)
    }

    /// Whether the certificate may issue others.
    #[must_use]
    pub const fn is_ca(&self) -> bool {
        self.0.ca.is_some()
    }

    /// What the key may be used for.
    #[must_use]
    pub const fn key_usage(&self) -> KeyUsage {
        KeyUsage::of(self.0.key_usage)
    }

    /// How many days a certificate is valid when nobody says otherwise.
    #[must_use]
    pub const fn default_days(&self) -> u32 {
        self.0.days
    }

    /// The encoded extensions that come from the profile alone.
    pub(super) fn extensions(&self) -> Vec<Vec<u8>> {
        let mut list = Vec::new();
        if let Some(path_length) = self.0.ca {
            let length = path_length.map(asn1::small).unwrap_or_default();
            let value = asn1::sequence(&[&[asn1::BOOLEAN, 1, 0xff], &length]);
            list.push(extension(&oid::BASIC_CONSTRAINTS, true, &value));
        }
        list.push(extension(&oid::KEY_USAGE, true, &self.key_usage().to_der()));
        if let Some((kind, critical)) = &self.0.extended {
            list.push(extension(&oid::EXTENDED_KEY_USAGE, *critical, &asn1::sequence(&[&asn1::oid(kind)])));
        }
        if self.0.no_check {
            list.push(extension(&oid::OCSP_NOCHECK, false, &[asn1::NULL, 0]));
        }
        list
    }
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Profile {}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Profile({})", self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name_and_by_no_other() {
        for profile in Profile::ALL {
            assert_eq!(Profile::parse(profile.name()).unwrap(), *profile);
            assert_ne!(profile.label(Lang::ZhCn), profile.label(Lang::En));
        }
        assert!(matches!(Profile::parse("organisation"), Err(CertError::UnknownProfile { .. })));
    }

    #[test]
    fn only_a_ca_signs_certificates_and_only_others_sign_documents() {
        for profile in Profile::ALL {
            let usage = profile.key_usage();
            assert_eq!(usage.cert_sign() && usage.crl_sign(), profile.is_ca());
            assert_eq!(usage.can_sign(), !profile.is_ca());
            assert!(!usage.can_encipher());
        }
    }
}

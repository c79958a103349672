mod file;
mod set;

use std::fmt;
use std::sync::Arc;
use std::sync::LazyLock;

use ::der::asn1::Null;
use const_oid::ObjectIdentifier;

use crate::lang::Lang;
use crate::lang::vocabulary;
use crate::oid;

use super::CertError;
use super::KeyPurpose;
use super::KeyUsage;
use super::Services;
use super::extension::extension;
use super::services::policies_extension;
use super::write;

pub use set::ProfileSet;

vocabulary! {
    /// What the holder of a certificate does (角色): the columns of the table of extensions in GB/T 20518-2018, annex C
    /// (clause not checked). Every profile follows the rules of one role.
    pub enum Role: word {
        /// Signed by itself, may issue CAs.
        Root = "root", "根证书", "root CA";
        /// Issues to people and organizations.
        SubCa = "sub-ca", "下级 CA 证书", "subordinate CA";
        /// A person who signs.
        Person = "person", "个人签名证书", "person's signing";
        /// An organization that stamps.
        Organization = "organization", "机构签章证书", "organization's signing";
        /// Makes electronic seals.
        SealMaker = "seal-maker", "制章者证书", "seal maker";
        /// Issues time stamps.
        Tsa = "tsa", "时间戳服务证书", "time-stamp authority";
        /// Answers for a CA whether certificates are revoked.
        Ocsp = "ocsp", "OCSP 响应者证书", "OCSP responder";
        /// Receives encrypted data: the other half of a pair.
        Encryption = "encryption", "加密证书", "encryption";
        /// Permits that tokens be unlocked: opens the shares in them, and signs grants.
        Unlocker = "unlocker", "解锁授权证书", "unlocking authority";
    }
}

/// What a certificate is issued for (证书模板): decides its extensions.
///
/// The rules are data; each follows GB/T 20518-2018 and RFC 5280 as far as they demand something (clauses not checked).
/// Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile(Arc<Rules>);

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) name: String,
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) role: Role,
    /// How many CAs may come beneath; for CAs only.
    pub(super) path_length: Option<u32>,
    /// Always critical.
    pub(super) key_usage: KeyUsage,
    pub(super) extended: Vec<ObjectIdentifier>,
    pub(super) extended_critical: bool,
    /// A responder whose own revocation nobody asks about.
    pub(super) no_check: bool,
    /// Days of validity when the caller names none.
    pub(super) days: u32,
    /// The policies by which it is issued; those of the CA's services when there are none.
    pub(super) policies: Vec<ObjectIdentifier>,
    /// Whether a person's identity numbers stand in the certificate for everyone to read.
    pub(super) publish_personal_ids: bool,
}

const SIGN: &[KeyPurpose] = &[KeyPurpose::DigitalSignature, KeyPurpose::NonRepudiation];
const CERTIFY: &[KeyPurpose] = &[KeyPurpose::CertificateSign, KeyPurpose::RevocationListSign];
/// One key for both: the share that it opens is of use only in the grant that it signs.
const UNLOCK: &[KeyPurpose] = &[KeyPurpose::DigitalSignature, KeyPurpose::KeyEncipherment];
const ENCIPHER: &[KeyPurpose] = &[KeyPurpose::KeyEncipherment, KeyPurpose::DataEncipherment, KeyPurpose::KeyAgreement];
const YEAR: u32 = 365;

/// The standard profiles, in the order of [`Role::ALL`].
static STANDARD: LazyLock<Vec<Profile>> =
    LazyLock::new(|| Role::ALL.iter().map(|role| Profile(Arc::new(Rules::standard(*role)))).collect());

impl Rules {
    fn standard(role: Role) -> Self {
        let (purposes, days) = match role {
            Role::Root => (CERTIFY, 30 * YEAR),
            Role::SubCa => (CERTIFY, 15 * YEAR),
            Role::Person | Role::Organization => (SIGN, 2 * YEAR),
            Role::SealMaker | Role::Tsa => (SIGN, 5 * YEAR),
            Role::Ocsp => (&[KeyPurpose::DigitalSignature][..], YEAR),
            Role::Encryption => (ENCIPHER, 2 * YEAR),
            Role::Unlocker => (UNLOCK, 5 * YEAR),
        };
        Self {
            name: role.word().to_owned(),
            zh: role.label(Lang::ZhCn).to_owned(),
            en: role.label(Lang::En).to_owned(),
            role,
            path_length: (role == Role::SubCa).then_some(0),
            key_usage: KeyUsage::of(purposes),
            extended: match role {
                Role::Tsa => vec![oid::EKU_TIMESTAMPING],
                Role::Ocsp => vec![oid::EKU_OCSP_SIGNING],
                _ => Vec::new(),
            },
            extended_critical: role == Role::Tsa,
            no_check: role == Role::Ocsp,
            days,
            policies: Vec::new(),
            publish_personal_ids: false,
        }
    }
}

impl Profile {
    /// The standard profiles: one for each [`Role`], in that order.
    #[must_use]
    pub fn standard() -> &'static [Self] {
        &STANDARD
    }

    fn of(role: Role) -> Self {
        STANDARD[role as usize].clone()
    }

    /// A root: signed by itself, may issue CAs.
    #[must_use]
    pub fn root() -> Self {
        Self::of(Role::Root)
    }

    /// A CA that issues to people and organizations, and has no CA beneath it.
    #[must_use]
    pub fn sub_ca() -> Self {
        Self::of(Role::SubCa)
    }

    /// A person's signing certificate (签名证书).
    #[must_use]
    pub fn person() -> Self {
        Self::of(Role::Person)
    }

    /// An organization's signing certificate, to stamp with (签章).
    #[must_use]
    pub fn organization() -> Self {
        Self::of(Role::Organization)
    }

    /// A seal maker's certificate (制章者).
    #[must_use]
    pub fn seal_maker() -> Self {
        Self::of(Role::SealMaker)
    }

    /// A time-stamp authority's certificate (时间戳服务).
    #[must_use]
    pub fn tsa() -> Self {
        Self::of(Role::Tsa)
    }

    /// The certificate of an OCSP responder.
    #[must_use]
    pub fn ocsp() -> Self {
        Self::of(Role::Ocsp)
    }

    /// An encryption certificate (加密证书), the other half of a pair.
    #[must_use]
    pub fn encryption() -> Self {
        Self::of(Role::Encryption)
    }

    /// Permits that tokens be unlocked: one key to open the shares in them and to sign grants.
    #[must_use]
    pub fn unlocker() -> Self {
        Self::of(Role::Unlocker)
    }

    /// Finds a standard profile by its [`name`](Self::name).
    ///
    /// # Errors
    /// [`CertError::UnknownProfile`].
    pub fn parse(name: &str) -> Result<Self, CertError> {
        let found = Self::standard().iter().find(|profile| profile.name() == name).cloned();
        found.ok_or_else(|| CertError::UnknownProfile { name: name.chars().take(64).collect() })
    }

    /// The stable word: that of the [`Role`] for a standard profile.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The name for people.
    #[must_use]
    pub fn label(&self, lang: Lang) -> String {
        match lang {
            Lang::ZhCn => self.0.zh.clone(),
            Lang::En => self.0.en.clone(),
        }
    }

    /// Whose rules the profile follows.
    #[must_use]
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Whether the certificate may issue others.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        matches!(self.0.role, Role::Root | Role::SubCa)
    }

    /// What the key may be used for.
    #[must_use]
    pub fn key_usage(&self) -> KeyUsage {
        self.0.key_usage
    }

    /// The identifiers of its extended purposes, in dots.
    #[must_use]
    pub fn extended_key_usage(&self) -> Vec<String> {
        self.0.extended.iter().map(ToString::to_string).collect()
    }

    /// How many CAs may come beneath one of this profile, if it is limited.
    #[must_use]
    pub fn path_len(&self) -> Option<u32> {
        self.0.path_length
    }

    /// How many days a certificate is valid when nobody says otherwise.
    #[must_use]
    pub fn default_days(&self) -> u32 {
        self.0.days
    }

    /// Whether certificates may say by numbers who the holder is: all but those of CAs, OCSP responders and
    /// unlocking authorities.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        !self.is_ca() && !matches!(self.0.role, Role::Ocsp | Role::Unlocker)
    }

    /// Whether a person's identity numbers stand in the certificate. Off by default: a certificate goes along with
    /// everything that is signed, and its numbers with it.
    #[must_use]
    pub fn publishes_personal_ids(&self) -> bool {
        self.0.publish_personal_ids
    }

    /// The policies by which certificates of this profile are issued, in dots; empty where those of the CA's
    /// [`Services`](super::Services) count.
    #[must_use]
    pub fn policies(&self) -> Vec<String> {
        self.0.policies.iter().map(ToString::to_string).collect()
    }

    /// The encoded certificatePolicies for a CA of these services.
    pub(super) fn policies_extension(&self, services: &Services) -> Option<Vec<u8>> {
        if self.0.policies.is_empty() { services.policies_extension() } else { policies_extension(&self.0.policies) }
    }

    /// The profile of the encryption certificate beside this signing certificate (双证): valid as long, with the same
    /// identity extensions. Only people and organizations have pairs.
    #[must_use]
    pub fn partner(&self) -> Option<Self> {
        let pairs = matches!(self.0.role, Role::Person | Role::Organization);
        pairs.then(|| {
            Self(Arc::new(Rules {
                days: self.0.days,
                policies: self.0.policies.clone(),
                publish_personal_ids: self.0.publish_personal_ids,
                ..Rules::standard(Role::Encryption)
            }))
        })
    }

    /// The encoded extensions that come from the profile alone.
    pub(super) fn extensions(&self) -> Vec<Vec<u8>> {
        let mut list = Vec::new();
        if self.is_ca() {
            let value = write::BasicConstraints { ca: true, path_length: self.0.path_length };
            list.push(extension(&oid::BASIC_CONSTRAINTS, true, &write::encode(&value)));
        }
        list.push(extension(&oid::KEY_USAGE, true, &self.key_usage().to_der()));
        if !self.0.extended.is_empty() {
            let value = write::encode(&self.0.extended);
            list.push(extension(&oid::EXTENDED_KEY_USAGE, self.0.extended_critical, &value));
        }
        if self.0.no_check {
            list.push(extension(&oid::OCSP_NOCHECK, false, &write::encode(&Null)));
        }
        list
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Profile({})", self.0.name)
    }
}

#[cfg(test)]
pub(super) mod tests_support {
    use super::*;

    /// A profile as no file may make it.
    pub(in super::super) fn with_key_usage(profile: &Profile, purposes: &[KeyPurpose]) -> Profile {
        Profile(Arc::new(Rules { key_usage: KeyUsage::of(purposes), ..Rules::clone(&profile.0) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name_and_by_no_other() {
        for (profile, role) in Profile::standard().iter().zip(Role::ALL) {
            assert_eq!(Profile::parse(profile.name()).unwrap(), *profile);
            assert_eq!(profile.role(), *role);
            assert_ne!(profile.label(Lang::ZhCn), profile.label(Lang::En));
        }
        assert!(matches!(Profile::parse("organisation"), Err(CertError::UnknownProfile { .. })));
    }

    #[test]
    fn a_key_has_one_use_only_certifying_signing_or_enciphering() {
        for profile in Profile::standard() {
            let usage = profile.key_usage();
            assert_eq!(usage.cert_sign() && usage.crl_sign(), profile.is_ca());
            // Whoever unlocks opens shares and signs grants with one key.
            let both = profile.role() == Role::Unlocker;
            assert_eq!(usage.can_encipher(), profile.role() == Role::Encryption || both);
            assert_eq!(usage.can_sign(), !profile.is_ca() && !usage.can_encipher() || both);
        }
    }

    #[test]
    fn people_and_organizations_have_pairs_valid_as_long_and_others_have_none() {
        for profile in Profile::standard() {
            let pairs = matches!(profile.role(), Role::Person | Role::Organization);
            assert_eq!(profile.partner().is_some(), pairs, "{profile:?}");
            if let Some(partner) = profile.partner() {
                assert_eq!((partner.name(), partner.default_days()), ("encryption", profile.default_days()));
                assert!(partner.key_usage().can_encipher());
            }
        }
    }
}

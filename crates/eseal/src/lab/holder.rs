use std::fmt;

use crate::cert::Certificate;
use crate::cert::Name;
use crate::cert::Profile;
use crate::key::Decrypter;
use crate::key::KeyError;
use crate::key::PublicKey;
use crate::key::SignDigest;
use crate::key::Signature;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::sm::SecretKey;
use crate::time::Instant;
use crate::token::KdfCost;
use crate::token::KeyUse;
use crate::token::MemoryMedium;
use crate::token::NewToken;
use crate::token::Pin;
use crate::token::Recovery;
use crate::token::Session;
use crate::token::Token;
use crate::token::TokenDecrypter;

use super::LabError;

/// Where the keys of the office lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custody {
    /// In memory only: fast, for tests and benches.
    Memory,
    /// In soft tokens, which [`Office::files`](super::Office::files) gives out, at this cost.
    Tokens(KdfCost),
}

/// Who is who in the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Who {
    /// The root, the only anchor (根 CA).
    Root,
    /// The authority that issues to everyone (签发 CA).
    Issuing,
    /// The seal maker (制章者).
    Maker,
    /// The time-stamp authority (时间戳服务); nothing asks it yet.
    Tsa,
    /// The one that permits tokens to be unlocked (解锁机构).
    Unlocker,
    /// The key to which encryption keys are archived (密钥托管).
    Escrow,
    /// A person: 示例用户.
    Person,
    /// An organization's unit: 示例市数据局.
    Organization,
    /// The same organization's finance office.
    Finance,
    /// Someone who left, and whose certificate was revoked a month ago.
    Departed,
    /// Someone with a certificate of the office that no seal lists.
    Outsider,
    /// An authority that nobody here trusts.
    ForeignRoot,
    /// A seal maker whom that authority certified.
    ForeignMaker,
    /// Somebody who certified himself under the name of the seal maker.
    SelfMadeMaker,
    /// Somebody who certified himself under the name of the organization.
    SelfMadeOrganization,
}

impl Who {
    /// Everyone.
    pub const ALL: &[Self] = &[
        Self::Root,
        Self::Issuing,
        Self::Maker,
        Self::Tsa,
        Self::Unlocker,
        Self::Escrow,
        Self::Person,
        Self::Organization,
        Self::Finance,
        Self::Departed,
        Self::Outsider,
        Self::ForeignRoot,
        Self::ForeignMaker,
        Self::SelfMadeMaker,
        Self::SelfMadeOrganization,
    ];

    /// The distinguished name.
    pub(super) const fn subject(self) -> &'static str {
        match self {
            Self::Root => "CN=示例市根证书,O=示例市密码管理中心,C=CN",
            Self::Issuing => "CN=示例市政务签发证书,O=示例市密码管理中心,C=CN",
            Self::Maker | Self::SelfMadeMaker => "CN=示例市电子印章制作系统,O=示例市印章中心,C=CN",
            Self::Tsa => "CN=示例市时间戳服务,O=示例市密码管理中心,C=CN",
            Self::Unlocker => "CN=示例市解锁服务,O=示例市密码管理中心,C=CN",
            Self::Escrow => "CN=示例市密钥托管,O=示例市密码管理中心,C=CN",
            Self::Person => "CN=示例用户,O=示例市数据局,C=CN",
            Self::Organization | Self::SelfMadeOrganization => "CN=示例市数据局,O=示例市数据局,C=CN",
            Self::Finance => "CN=示例市数据局财务科,O=示例市数据局,C=CN",
            Self::Departed => "CN=示例离任用户,O=示例市数据局,C=CN",
            Self::Outsider => "CN=示例访客,O=示例市文化局,C=CN",
            Self::ForeignRoot => "CN=外地根证书,O=外地,C=CN",
            Self::ForeignMaker => "CN=外地电子印章制作系统,O=外地,C=CN",
        }
    }

    pub(super) fn profile(self) -> Profile {
        match self {
            Self::Root | Self::ForeignRoot => Profile::root(),
            Self::Issuing => Profile::sub_ca(),
            Self::Maker | Self::ForeignMaker | Self::SelfMadeMaker => Profile::seal_maker(),
            Self::Tsa => Profile::tsa(),
            Self::Unlocker => Profile::unlocker(),
            Self::Escrow => Profile::encryption(),
            Self::Person | Self::Departed | Self::Outsider => Profile::person(),
            Self::Organization | Self::Finance | Self::SelfMadeOrganization => Profile::organization(),
        }
    }

    /// The stable word, also the name of files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Issuing => "issuing",
            Self::Maker => "maker",
            Self::Tsa => "tsa",
            Self::Unlocker => "unlocker",
            Self::Escrow => "escrow",
            Self::Person => "person",
            Self::Organization => "organization",
            Self::Finance => "finance",
            Self::Departed => "departed",
            Self::Outsider => "outsider",
            Self::ForeignRoot => "foreign-root",
            Self::ForeignMaker => "foreign-maker",
            Self::SelfMadeMaker => "self-made-maker",
            Self::SelfMadeOrganization => "self-made-organization",
        }
    }

    /// Whether it belongs to the office's home, whose tokens share one PIN.
    pub(super) const fn is_authority(self) -> bool {
        matches!(self, Self::Root | Self::Issuing | Self::Maker | Self::Tsa | Self::Unlocker | Self::Escrow)
    }

    /// Whether it stands outside the office: its keys are never given out.
    pub(super) const fn is_stranger(self) -> bool {
        matches!(self, Self::ForeignRoot | Self::ForeignMaker | Self::SelfMadeMaker | Self::SelfMadeOrganization)
    }

    /// The PIN of its token. Public, like everything here.
    pub(super) const fn pin(self) -> &'static str {
        match self {
            Self::Person => "demo-person-5093",
            Self::Organization => "demo-unit-8316",
            Self::Finance => "demo-finance-2748",
            Self::Departed => "demo-departed-6150",
            Self::Outsider => "demo-outsider-9427",
            _ => "demo-office-7462",
        }
    }
}

/// Someone with a key and a certificate.
pub struct Holder {
    /// Who.
    pub who: Who,
    /// The certificate.
    pub certificate: Certificate,
    signer: Box<dyn Signer + Send + Sync>,
    /// The token file and its PIN, if the key lies in one.
    pub(super) token: Option<Vec<u8>>,
}

impl Holder {
    /// Signs with the holder's key.
    #[must_use]
    pub fn signer(&self) -> &(dyn Signer + Send + Sync) {
        &*self.signer
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Holder({:?})", self.who)
    }
}

/// A key that opens what was encrypted to it, and does not sign.
struct OpensOnly(TokenDecrypter);

impl Signer for OpensOnly {
    fn public_key(&self) -> &PublicKey {
        Decrypter::public_key(&self.0)
    }

    fn sign_digest(&self, _: &SignDigest) -> Result<Signature, KeyError> {
        Err(KeyError::SignerRefused { reason: "an encryption key" })
    }
}

/// Someone with a key, before the certificate.
pub(super) struct Applicant {
    pub(super) who: Who,
    pub(super) subject: Name,
    pub(super) signer: Box<dyn Signer + Send + Sync>,
    token: Option<(Session, MemoryMedium)>,
}

impl Applicant {
    pub(super) fn new(who: Who, custody: Custody, at: Instant) -> Result<Self, LabError> {
        let subject = Name::parse(who.subject())?;
        match custody {
            Custody::Tokens(kdf) if !who.is_stranger() => {
                let pin = Pin::new(who.pin())?;
                let common = subject.common_name().unwrap_or_default();
                let new = NewToken { kdf, recovery: Recovery::None, ..NewToken::file(common, &pin) };
                let medium = MemoryMedium::new();
                let (mut session, _) = Token::create_open(medium.clone(), new, at)?;
                let signer: Box<dyn Signer + Send + Sync> = if who == Who::Escrow {
                    let key = session.generate_key(KeyUse::Encrypt)?;
                    Box::new(OpensOnly(session.decrypter(key)?))
                } else {
                    let key = session.generate_key(KeyUse::Sign)?;
                    Box::new(session.signer(key)?)
                };
                Ok(Self { who, subject, signer, token: Some((session, medium)) })
            }
            _ => {
                let signer = Box::new(SoftSigner::new(SecretKey::generate()?));
                Ok(Self { who, subject, signer, token: None })
            }
        }
    }

    pub(super) fn with(self, certificate: Certificate) -> Result<Holder, LabError> {
        let token = match self.token {
            Some((mut session, medium)) => {
                session.install(std::slice::from_ref(&certificate))?;
                Some(medium.bytes().ok_or_else(|| LabError::lost("a token in memory"))?)
            }
            None => None,
        };
        Ok(Holder { who: self.who, certificate, signer: self.signer, token })
    }
}

use std::fmt;

use crate::cert::Certificate;
use crate::key::Signer;
use crate::oid;
use crate::sm::UserId;
use crate::time::Instant;
use crate::time::Period;

use super::Picture;
use super::PictureError;
use super::Seal;
use super::SealError;
use super::SealKind;
use super::SealVersion;
use super::write;

/// A seal's number (印章标识, `esID`): 1 to 64 printable ASCII characters.
///
/// Government seals have 14 digits: a region of GB/T 2260 and 8 digits of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SealId(String);

impl SealId {
    /// The most characters (our limit, not the standard's).
    pub const MAX: usize = 64;

    /// Takes a number.
    ///
    /// # Errors
    /// [`SealError::BadId`]: the field is an IA5String, and nobody could tell two invisible characters apart.
    pub fn new(id: &str) -> Result<Self, SealError> {
        if is_printable(id, Self::MAX) { Ok(Self(id.to_owned())) } else { Err(SealError::BadId { limit: Self::MAX }) }
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SealId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_printable(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text
}

/// What a new seal is to be.
#[derive(Clone, Debug)]
pub struct SealDraft {
    /// Its number.
    pub id: SealId,
    /// Its name: as registered, if it is registered.
    pub name: String,
    /// Its type.
    pub kind: SealKind,
    /// Its picture and printed size.
    pub picture: Picture,
    /// Who may use it.
    pub signers: Vec<Certificate>,
    /// When it may be used.
    pub validity: Period,
    /// The vendor (厂商标识); `ESEAL` when none is given.
    pub vendor: Option<String>,
    /// The format: V4 for everyone, V5 for readers of GM/T 0031-2025.
    pub version: SealVersion,
}

/// Makes seals (制章者): a certificate for signing and its key.
///
/// # Example
/// ```
/// # use eseal::cert::{Issuer, Name, Profile, SerialNumber};
/// # use eseal::key::{SecretKey, Signer, SoftSigner};
/// use eseal::seal::{Picture, SealDraft, SealId, SealKind, SealMaker, SealVersion, Size};
/// use eseal::time::{Instant, Period};
///
/// # let png = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lab/pictures/person.png"))?;
/// let now = Instant::parse("2026-11-24T14:00:00+08:00")?;
/// # let keys = [1, 2, 3].map(|byte| SoftSigner::new(SecretKey::from_bytes(&[byte; 32]).unwrap()));
/// # let period = Period::years(now, 2);
/// # let root = Issuer::self_signed(&Name::parse("CN=示例根")?, &keys[0], SerialNumber::random()?, period)?;
/// # let issuer = Issuer::new(root, &keys[0])?;
/// # let issue = |name: &str, key: &SoftSigner, profile: Profile| {
/// #     issuer.issue_for(&Name::parse(name)?, key.public_key(), &profile, SerialNumber::random()?, period)
/// # };
/// # let maker_certificate = issue("CN=示例制章者", &keys[1], Profile::seal_maker())?;
/// # let signer_certificate = issue("CN=示例用户", &keys[2], Profile::person())?;
/// # let maker_key = &keys[1];
/// let maker = SealMaker::new(maker_certificate, maker_key)?;
/// let draft = SealDraft {
///     id: SealId::new("33010600000001")?,
///     name: "示例用户名章".into(),
///     kind: SealKind::PERSON,
///     picture: Picture::png(png, Size::mm(20, 20)?)?,
///     signers: vec![signer_certificate],
///     validity: Period::years(now, 1),
///     vendor: None,
///     version: SealVersion::V4,
/// };
/// let seal = maker.make(&draft, now)?;
/// assert!(seal.check_signature().is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SealMaker<'s> {
    certificate: Certificate,
    signer: &'s dyn Signer,
}

impl<'s> SealMaker<'s> {
    /// The longest name of a seal, in bytes (our limit; real names have up to some 60).
    pub const MAX_NAME: usize = 255;
    /// The longest vendor.
    pub const MAX_VENDOR: usize = 64;

    /// Takes the maker's certificate and the key that belongs to it.
    ///
    /// # Errors
    /// [`SealError::MakerCannotSign`] when its key usage is not for signing, [`SealError::MakerKeyMismatch`],
    /// [`SealError::Certificate`] when its key is not SM2.
    pub fn new(certificate: Certificate, signer: &'s dyn Signer) -> Result<Self, SealError> {
        let key = certificate.public_key().map_err(SealError::Certificate)?;
        if key != signer.public_key() {
            return Err(SealError::MakerKeyMismatch);
        }
        if !can_sign(&certificate) {
            return Err(SealError::MakerCannotSign);
        }
        Ok(Self { certificate, signer })
    }

    /// The maker's own certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Makes and signs a seal; `now` becomes its date of making.
    ///
    /// # Errors
    /// [`SealError`] with what is wrong about the draft; [`SealError::MakerNotValid`] when the maker's certificate is
    /// not valid now (GM/T 0031-2025 asks for that of every seal); [`SealError::Key`] when the signer fails.
    pub fn make(&self, draft: &SealDraft, now: Instant) -> Result<Seal, SealError> {
        self.look_over(draft, now)?;
        let info = seal_info(draft, now);
        let key = self.signer.public_key();
        let signature = self.signer.sign_digest(&key.digest(UserId::DEFAULT, &info))?;
        let der = write::sequence(&[
            &info,
            &write::octets(self.certificate.as_der()),
            &write::oid(&oid::SM2_WITH_SM3),
            &write::bits(&signature.to_der()),
        ]);
        let seal = Seal::from_bytes(&der)?;
        seal.check_signature()?;
        Ok(seal)
    }

    fn look_over(&self, draft: &SealDraft, now: Instant) -> Result<(), SealError> {
        if draft.version == SealVersion::V1 {
            return Err(SealError::VersionNotWritten { version: draft.version });
        }
        if draft.name.trim().is_empty() || draft.name.len() > Self::MAX_NAME {
            return Err(SealError::BadName { limit: Self::MAX_NAME });
        }
        if draft.vendor.as_deref().is_some_and(|vendor| !is_printable(vendor, Self::MAX_VENDOR)) {
            return Err(SealError::BadVendor { limit: Self::MAX_VENDOR });
        }
        let size = draft.picture.bytes().len();
        if size > Picture::MAX_BYTES {
            return Err(PictureError::TooLarge { bytes: size, limit: Picture::MAX_BYTES }.into());
        }
        if draft.picture.size().is_none() {
            return Err(PictureError::BadSize { width: 0, height: 0, limit: super::Size::MAX_MM }.into());
        }
        let validity = self.certificate.validity();
        if !validity.contains(now) {
            return Err(SealError::MakerNotValid { validity, at: now });
        }
        if draft.validity.to() < now {
            return Err(SealError::AlreadyOver { to: draft.validity.to(), at: now });
        }
        look_over_signers(&draft.signers)
    }
}

fn look_over_signers(signers: &[Certificate]) -> Result<(), SealError> {
    if signers.is_empty() {
        return Err(SealError::NoSigners);
    }
    for (index, signer) in signers.iter().enumerate() {
        signer.public_key().map_err(SealError::Certificate)?;
        let subject = || signer.subject().to_string();
        if !can_sign(signer) {
            return Err(SealError::SignerCannotSign { subject: subject() });
        }
        if signers[..index].iter().any(|earlier| earlier.as_der() == signer.as_der()) {
            return Err(SealError::SignerTwice { subject: subject() });
        }
    }
    Ok(())
}

/// Key usage digitalSignature or nonRepudiation, which a maker or signer must have.
fn can_sign(certificate: &Certificate) -> bool {
    certificate.key_usage().is_some_and(|usage| usage.can_sign())
}

/// `SES_SealInfo` without extensions.
fn seal_info(draft: &SealDraft, now: Instant) -> Vec<u8> {
    let header = write::sequence(&[
        &write::ia5("ES"),
        &write::integer(draft.version.number().into()),
        &write::ia5(draft.vendor.as_deref().unwrap_or("ESEAL")),
    ]);
    let signers: Vec<Vec<u8>> = draft.signers.iter().map(|signer| write::octets(signer.as_der())).collect();
    let signers: Vec<&[u8]> = signers.iter().map(Vec::as_slice).collect();
    let property = write::sequence(&[
        &write::integer(draft.kind.number()),
        &write::utf8(&draft.name),
        &write::integer(1),
        &write::sequence(&signers),
        &write::generalized_time(now),
        &write::generalized_time(draft.validity.from()),
        &write::generalized_time(draft.validity.to()),
    ]);
    let size = draft.picture.size().expect("looked over before");
    let picture = write::sequence(&[
        &write::ia5(draft.picture.format().name()),
        &write::octets(draft.picture.bytes()),
        &write::integer(size.width_mm().into()),
        &write::integer(size.height_mm().into()),
    ]);
    write::sequence(&[&header, &write::ia5(draft.id.as_str()), &property, &picture])
}

impl fmt::Debug for SealMaker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealMaker({})", self.certificate.subject())
    }
}

use std::borrow::Cow;
use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use crate::cert::CertError;
use crate::cert::Certificate;
use crate::sm::SignatureForm;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::Deviation;
use super::Extension;
use super::MAX_BYTES;
use super::Picture;
use super::SealError;
use super::SealKind;
use super::SealVersion;
use super::Shape;
use super::SignerList;
use super::check;
use super::parts::SealParts;
use super::v1;
use super::v4;
use super::walk::Reading;
use super::what_is;
use super::write;

/// An electronic seal (电子印章): whose it is, how it looks, who may use it, all signed by its maker.
///
/// DER `SESeal` of GM/T 0031-2014, 6.1 (V1), GB/T 38540-2020, 6.1 (V4) or GM/T 0031-2025 (V5, clause not checked).
/// Keeps the bytes it was parsed from; cloning is cheap. That it was parsed says nothing about its worth: see
/// [`Seal::check_signature`] and the room `verify`.
#[derive(Clone)]
pub struct Seal(Arc<Inner>);

struct Inner {
    der: Arc<[u8]>,
    parts: SealParts,
    maker: Result<Certificate, CertError>,
    deviations: Vec<Deviation>,
}

impl Seal {
    /// Reads a seal of any version, told by its shape.
    ///
    /// # Errors
    /// [`SealError::NotASeal`], [`SealError::TooLarge`], [`SealError::Malformed`]. Forms that real files have against
    /// their standard are read and listed in [`Seal::deviations`].
    pub fn from_bytes(der: &[u8]) -> Result<Self, SealError> {
        if der.len() > MAX_BYTES {
            return Err(SealError::TooLarge { bytes: der.len(), limit: MAX_BYTES });
        }
        let Shape::Seal(version) = what_is(der) else { return Err(SealError::NotASeal) };
        let der: Arc<[u8]> = der.into();
        let mut reading = Reading::of("SESeal");
        let parts = match version {
            SealVersion::V1 => v1::seal(&der, &mut reading)?,
            SealVersion::V4 | SealVersion::V5 => v4::seal(&der, version, &mut reading)?,
        };
        let maker = Certificate::from_der(&der[parts.maker.clone()]);
        Ok(Self(Arc::new(Inner { der, parts, maker, deviations: reading.into_deviations() })))
    }

    /// The seal as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// SM3 of the seal as received.
    #[must_use]
    pub fn sm3(&self) -> Sm3Digest {
        sm3(self.as_der())
    }

    /// The version, told by the shape.
    #[must_use]
    pub fn version(&self) -> SealVersion {
        self.0.parts.version
    }

    /// What `header.version` says.
    #[must_use]
    pub fn header_version(&self) -> i64 {
        self.0.parts.info.header_version
    }

    /// What `header.ID` says; "ES" in every seal that is one.
    #[must_use]
    pub fn header_id(&self) -> &str {
        &self.0.parts.info.header_id
    }

    /// The vendor (厂商标识, `header.Vid`).
    #[must_use]
    pub fn vendor(&self) -> &str {
        &self.0.parts.info.vendor
    }

    /// The seal's number (印章标识, `esID`).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.parts.info.id
    }

    /// The seal's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.parts.info.property.name
    }

    /// The seal's type (印章类型).
    #[must_use]
    pub fn kind(&self) -> SealKind {
        SealKind::new(self.0.parts.info.property.kind)
    }

    /// When the seal was made, as its maker says.
    #[must_use]
    pub fn created(&self) -> Instant {
        self.0.parts.info.property.created
    }

    /// When the seal may be used.
    #[must_use]
    pub fn validity(&self) -> Period {
        self.0.parts.info.property.validity
    }

    /// The picture.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.0.parts.info.picture
    }

    /// Who may use the seal.
    #[must_use]
    pub fn signers(&self) -> &SignerList {
        &self.0.parts.info.property.signers
    }

    /// Demands that a certificate may use the seal.
    ///
    /// # Errors
    /// [`SealError::SignerNotListed`].
    pub fn require_signer(&self, certificate: &Certificate) -> Result<(), SealError> {
        if self.signers().lists(certificate) { Ok(()) } else { Err(SealError::SignerNotListed) }
    }

    /// The maker's certificate (制章者证书).
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn maker(&self) -> Result<&Certificate, &CertError> {
        self.0.maker.as_ref()
    }

    /// The bytes that stand for the maker's certificate.
    #[must_use]
    pub fn maker_der(&self) -> &[u8] {
        &self.0.der[self.0.parts.maker.clone()]
    }

    /// The identifier of the signature algorithm, dotted.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.0.parts.algorithm.to_string()
    }

    /// What the maker signed: `SES_SealInfo`; in V1 a new SEQUENCE of that, the certificate and the algorithm.
    #[must_use]
    pub fn signed_bytes(&self) -> Cow<'_, [u8]> {
        match self.pieces().as_slice() {
            [only] => Cow::Borrowed(only),
            several => Cow::Owned(write::sequence(several)),
        }
    }

    fn pieces(&self) -> Vec<&[u8]> {
        self.0.parts.signed.iter().map(|range| &self.0.der[range.clone()]).collect()
    }

    /// The signature value as received: DER, or 64 bytes r ‖ s.
    #[must_use]
    pub fn signature_value(&self) -> &[u8] {
        &self.0.der[self.0.parts.value.clone()]
    }

    /// Checks the maker's signature over the received bytes, with the certificate in the seal; whether that one
    /// deserves trust is another question.
    ///
    /// # Errors
    /// [`SealError::SignatureMismatch`], [`SealError::SignatureMalformed`], [`SealError::Algorithm`],
    /// [`SealError::Certificate`].
    pub fn check_signature(&self) -> Result<SignatureForm, SealError> {
        let message = self.signed_bytes();
        check::check(&self.0.parts.algorithm, self.maker(), &[&message], self.signature_value(), None)
    }

    /// V5: the time stamp over the signature value, as received; supposed to be a time-stamp token.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        self.0.parts.timestamp.clone().map(|range| &self.0.der[range])
    }

    /// Private extensions of the seal.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.0.parts.info.extensions
    }

    /// What the seal has against its standard.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.0.deviations
    }
}

impl PartialEq for Seal {
    fn eq(&self, other: &Self) -> bool {
        self.as_der() == other.as_der()
    }
}

impl Eq for Seal {}

impl Hash for Seal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_der().hash(state);
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal(V{}, {}, {})", self.version(), self.id(), self.name())
    }
}

use std::fmt;
use std::sync::Arc;

use crate::cert::CertError;
use crate::cert::Certificate;
use crate::der::Walk;
use crate::sm::SignatureForm;

use super::ClaimedTime;
use super::Deviation;
use super::DeviationKind;
use super::Extension;
use super::MAX_BYTES;
use super::Seal;
use super::SealError;
use super::SealVersion;
use super::Shape;
use super::check;
use super::parts::SignatureParts;
use super::v1;
use super::v4;
use super::walk::Reading;
use super::what_is;
use super::write;

/// A seal signature (电子签章数据): a whole seal, the hash of a document, a time, and the signer's signature over them.
///
/// DER `SES_Signature` of GM/T 0031-2014, 6.2 (V1), GB/T 38540-2020, 7.1 (V4) or GM/T 0031-2025 (V5, clause not
/// checked). Keeps the bytes it was parsed from; cloning is cheap.
#[derive(Clone)]
pub struct SealSignature(Arc<Inner>);

struct Inner {
    der: Arc<[u8]>,
    seal: Seal,
    parts: SignatureParts,
    signer: Result<Certificate, CertError>,
    deviations: Vec<Deviation>,
}

impl SealSignature {
    /// Reads a seal signature of any version, told by its shape, and the seal inside.
    ///
    /// # Errors
    /// [`SealError::NotASealSignature`], [`SealError::TooLarge`], [`SealError::Malformed`]. Forms that real files have
    /// against their standard are read and listed in [`SealSignature::deviations`].
    pub fn from_bytes(der: &[u8]) -> Result<Self, SealError> {
        if der.len() > MAX_BYTES {
            return Err(SealError::TooLarge { bytes: der.len(), limit: MAX_BYTES });
        }
        let Shape::SealSignature(version) = what_is(der) else { return Err(SealError::NotASealSignature) };
        let der: Arc<[u8]> = der.into();
        let mut reading = Reading::of("SES_Signature");
        let parts = match version {
            SealVersion::V1 => v1::signature(&der, &mut reading)?,
            SealVersion::V4 | SealVersion::V5 => v4::signature(&der, &mut reading)?,
        };
        let seal = Seal::from_bytes(&der[parts.seal.clone()])?;
        if (seal.version() == SealVersion::V1) != (version == SealVersion::V1) {
            return Err(reading.malformed("toSign.eseal", parts.seal.start));
        }
        if parts.version != seal.header_version() {
            reading.note(DeviationKind::SignatureVersion, "toSign.version");
        }
        let signer = Certificate::from_der(&der[parts.signer.clone()]);
        Ok(Self(Arc::new(Inner { der, seal, parts, signer, deviations: reading.into_deviations() })))
    }

    /// The seal signature as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// The version: that of the seal inside.
    #[must_use]
    pub fn version(&self) -> SealVersion {
        self.0.seal.version()
    }

    /// What `TBS_Sign.version` says.
    #[must_use]
    pub fn stated_version(&self) -> i64 {
        self.0.parts.version
    }

    /// The seal inside.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// The signing time, as the signer states it (`timeInfo`).
    #[must_use]
    pub fn claimed_time(&self) -> &ClaimedTime {
        &self.0.parts.time
    }

    /// The hash of the document (原文杂凑值, `dataHash`); 32 bytes if it is SM3.
    #[must_use]
    pub fn data_hash(&self) -> &[u8] {
        &self.0.der[self.0.parts.data_hash.clone()]
    }

    /// What the signer says about the document (原文属性, `propertyInfo`), the protected range among it.
    #[must_use]
    pub fn property_info(&self) -> &str {
        &self.0.parts.property_info
    }

    /// The signer's certificate (签章者证书).
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn signer(&self) -> Result<&Certificate, &CertError> {
        self.0.signer.as_ref()
    }

    /// The bytes that stand for the signer's certificate.
    #[must_use]
    pub fn signer_der(&self) -> &[u8] {
        &self.0.der[self.0.parts.signer.clone()]
    }

    /// The identifier of the signature algorithm, dotted.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.0.parts.algorithm.to_string()
    }

    /// What the signer signed: `TBS_Sign` as received.
    #[must_use]
    pub fn signed_bytes(&self) -> &[u8] {
        &self.0.der[self.0.parts.signed.clone()]
    }

    /// The signature value as received: DER, or 64 bytes r ‖ s.
    #[must_use]
    pub fn signature_value(&self) -> &[u8] {
        &self.0.der[self.0.parts.value.clone()]
    }

    /// Checks the signer's signature over the received bytes, with the certificate inside; whether that one may use
    /// the seal and deserves trust are other questions.
    ///
    /// # Errors
    /// [`SealError::SignatureMismatch`], [`SealError::SignatureMalformed`], [`SealError::Algorithm`],
    /// [`SealError::Certificate`].
    pub fn check_signature(&self) -> Result<SignatureForm, SealError> {
        check::check(
            &self.0.parts.algorithm,
            self.signer(),
            &[self.signed_bytes()],
            self.signature_value(),
            Some(self.data_hash()),
        )
    }

    /// The time stamp over the signature value, as received; supposed to be a time-stamp token.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        self.0.parts.timestamp.clone().map(|range| &self.0.der[range])
    }

    /// The same seal signature with this time stamp over its signature value, in the place of one that was there.
    ///
    /// GB/T 38540-2020, 7.1: `timeStamp`, a BIT STRING with a time-stamp token in DER. Whether the token holds is not asked
    /// here; nothing that the signer signed changes.
    ///
    /// # Errors
    /// [`SealError::VersionNotWritten`] for V1, which has no place for one; [`SealError::TooLarge`].
    pub fn with_timestamp(&self, token: &[u8]) -> Result<Self, SealError> {
        if self.version() == SealVersion::V1 {
            return Err(SealError::VersionNotWritten { version: self.version() });
        }
        let outer = Walk::only(self.as_der(), 0x30).ok_or(SealError::NotASealSignature)?;
        let fields = outer.inside().all(5).ok_or(SealError::NotASealSignature)?;
        let mut parts: Vec<&[u8]> = fields.iter().take(4).map(|field| field.whole).collect();
        let stamp = write::explicit(0, &write::bits(token));
        parts.push(&stamp);
        Self::from_bytes(&write::sequence(&parts))
    }

    /// Private extensions of the seal signature; those of the seal are in [`Seal::extensions`].
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.0.parts.extensions
    }

    /// What the seal signature has against its standard; the seal's own are in [`Seal::deviations`].
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.0.deviations
    }
}

impl fmt::Debug for SealSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealSignature({:?}, {:?})", self.seal(), self.claimed_time())
    }
}

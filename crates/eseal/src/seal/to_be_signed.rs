use std::fmt;

use crate::cert::Certificate;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SignDigest;
use crate::sm::Signature;
use crate::sm::Sm3Digest;
use crate::sm::UserId;
use crate::time::Instant;

use super::Seal;
use super::SealError;
use super::SealSignature;
use super::SealVersion;
use super::write;

/// The part of a seal signature that the signer signs (签章信息, `TBS_Sign`), laid out and waiting for its signature.
///
/// GB/T 38540-2020, 7.1 and GM/T 0031-2025 (clause not checked): the version is the seal's. Whether the certificate may
/// use the seal and is itself valid is asked where stamping is done, not here.
#[derive(Clone)]
pub struct ToBeSigned {
    tbs: Vec<u8>,
    signer: Certificate,
    key: PublicKey,
    digest: SignDigest,
}

impl ToBeSigned {
    /// The longest document property (our limit, not the standard's).
    pub const MAX_PROPERTY_INFO: usize = 1024;

    /// Lays out what is to be signed: with this seal, by the holder of this certificate, at this time, for a document
    /// of this hash; `property_info` names the range of the document that was hashed.
    ///
    /// # Errors
    /// [`SealError::VersionNotWritten`] for a V1 seal, [`SealError::Certificate`] for a key that is not SM2,
    /// [`SealError::BadPropertyInfo`].
    pub fn new(
        seal: &Seal,
        signer: &Certificate,
        time: Instant,
        data_hash: &Sm3Digest,
        property_info: &str,
    ) -> Result<Self, SealError> {
        if seal.version() == SealVersion::V1 {
            return Err(SealError::VersionNotWritten { version: seal.version() });
        }
        if property_info.len() > Self::MAX_PROPERTY_INFO || !property_info.is_ascii() {
            return Err(SealError::BadPropertyInfo { limit: Self::MAX_PROPERTY_INFO });
        }
        let key = signer.public_key().map_err(SealError::Certificate)?.clone();
        let tbs = write::sequence(&[
            &write::integer(seal.version().number().into()),
            seal.as_der(),
            &write::generalized_time(time),
            &write::bits(data_hash.as_bytes()),
            &write::ia5(property_info),
        ]);
        let digest = key.digest(UserId::DEFAULT, &tbs);
        Ok(Self { tbs, signer: signer.clone(), key, digest })
    }

    /// The most bytes that a seal signature with this seal and certificate can have, for a document property of at
    /// most so many characters: known before the document is hashed, so that a hole can be reserved for it.
    #[must_use]
    pub fn reserve(seal: &Seal, signer: &Certificate, property_info: usize) -> usize {
        // Beside the three variable parts: time 17, hash 35, version 3, algorithm 10, signature value up to 75,
        // and headers of at most 5 bytes for the two SEQUENCEs, the certificate and the property.
        const REST: usize = 17 + 35 + 3 + 10 + 3 + Signature::MAX_DER + 4 * 5;
        seal.as_der().len() + signer.as_der().len() + property_info + REST
    }

    /// What the signer's key has to sign.
    #[must_use]
    pub const fn digest(&self) -> SignDigest {
        self.digest
    }

    /// `TBS_Sign`, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.tbs
    }

    /// Closes the seal signature.
    ///
    /// # Errors
    /// [`SealError::SignatureMismatch`] when the signature does not hold: one that does not is never written.
    pub fn close(&self, signature: &Signature) -> Result<SealSignature, SealError> {
        if self.key.verify(&self.digest, signature).is_err() {
            return Err(SealError::SignatureMismatch { cause: None });
        }
        SealSignature::from_bytes(&self.lay_out(signature))
    }

    fn lay_out(&self, signature: &Signature) -> Vec<u8> {
        write::sequence(&[
            &self.tbs,
            &write::octets(self.signer.as_der()),
            &write::oid(&oid::SM2_WITH_SM3),
            &write::bits(&signature.to_der()),
        ])
    }
}

impl fmt::Debug for ToBeSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToBeSigned({} bytes)", self.tbs.len())
    }
}

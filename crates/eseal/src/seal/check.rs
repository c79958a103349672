//! Checking a signature value over received pieces, for seals and seal signatures alike.

use const_oid::ObjectIdentifier;

use crate::cert::CertError;
use crate::cert::Certificate;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SignDigest;
use crate::sm::Signature;
use crate::sm::SignatureForm;
use crate::sm::Sm3;
use crate::sm::UserId;

use super::SealError;
use super::SignatureCause;

/// Checks `value` over the pieces, one after another, with the key of the certificate.
///
/// `data_hash` is what one vendor signs instead of the message; it only serves to name the cause of a failure.
pub(super) fn check(
    algorithm: &ObjectIdentifier,
    certificate: Result<&Certificate, &CertError>,
    pieces: &[&[u8]],
    value: &[u8],
    data_hash: Option<&[u8]>,
) -> Result<SignatureForm, SealError> {
    if !is_supported(algorithm) {
        return Err(SealError::Algorithm { oid: algorithm.to_string() });
    }
    let certificate = certificate.map_err(|error| SealError::Certificate(error.clone()))?;
    let key = certificate.public_key().map_err(SealError::Certificate)?;
    let (signature, form) = Signature::from_der_or_raw(value).map_err(|_| SealError::SignatureMalformed)?;
    if key.verify(&digest(key, UserId::DEFAULT, pieces), &signature).is_ok() {
        return Ok(form);
    }
    Err(SealError::SignatureMismatch { cause: cause(key, pieces, &signature, data_hash) })
}

/// SM2 with SM3, or SM2 signature without naming the hash: there is no other one.
pub(super) fn is_supported(algorithm: &ObjectIdentifier) -> bool {
    *algorithm == oid::SM2_WITH_SM3 || *algorithm == oid::SM2_SIGN
}

fn digest(key: &PublicKey, id: UserId<'_>, pieces: &[&[u8]]) -> SignDigest {
    let mut hasher = key.hasher(id);
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish()
}

/// Tries the mistakes that real products make. Finding one does not make the signature any better.
fn cause(key: &PublicKey, pieces: &[&[u8]], signature: &Signature, data_hash: Option<&[u8]>) -> Option<SignatureCause> {
    let holds = |digest: &SignDigest| key.verify(digest, signature).is_ok();
    if let Some(hash) = data_hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok())
        && holds(&SignDigest::from_bytes(hash))
    {
        return Some(SignatureCause::DataHashOnly);
    }
    if holds(&digest(key, UserId::EMPTY, pieces)) {
        return Some(SignatureCause::EmptyId);
    }
    let mut plain = Sm3::new();
    for piece in pieces {
        plain.update(piece);
    }
    holds(&SignDigest::from_bytes(*plain.finish().as_bytes())).then_some(SignatureCause::NoZ)
}

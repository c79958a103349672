//! What weakens security, named so that nobody takes it by accident.

use super::CertError;
use super::CertificateRequest;
use super::SignatureFault;

/// Reads a request as [`CertificateRequest::from_bytes`] does, and accepts also one that was signed with the empty SM2
/// identity, as OpenSSL 3 does when nobody names one.
///
/// Such a request does prove possession of the key, but it does not conform to GB/T 35276-2017, 10, and accepting it
/// hides that the sender's tools are set up wrongly: their next signature will not verify anywhere.
///
/// # Errors
/// Those of [`CertificateRequest::from_bytes`], without [`CertError::RequestEmptyId`].
pub fn request_with_empty_id(bytes: &[u8]) -> Result<CertificateRequest, CertError> {
    match CertificateRequest::read(bytes)? {
        (request, None | Some(Some(SignatureFault::EmptyId))) => Ok(request),
        (_, Some(fault)) => Err(CertError::RequestSignature { fault }),
    }
}

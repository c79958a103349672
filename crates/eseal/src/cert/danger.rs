//! What weakens security, named so that nobody takes it by accident.

use super::request::RequestPolicy;

/// Reads also a request that was signed with the empty SM2 identity, as OpenSSL 3 does when nobody names one; for
/// [`CertificateRequest::from_bytes_with`](super::CertificateRequest::from_bytes_with).
///
/// Such a request does prove possession of the key, but it does not conform to GB/T 35276-2017, 10, and accepting it
/// hides that the sender's tools are set up wrongly: their next signature will not verify anywhere.
#[must_use]
pub const fn accept_empty_id_request() -> RequestPolicy {
    RequestPolicy { empty_id: true }
}

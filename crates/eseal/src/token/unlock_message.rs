//! What the messages of an unlocking are made with: the request, the grant, the receipt.

use ::der::asn1::OctetString;

use crate::cert::Certificate;
use crate::cms::SignedMessage;
use crate::cms::Statement;
use crate::cms::StatementFault;

use super::TokenError;
use super::UnlockRequest;

pub(super) const VERSION: u32 = 1;
/// The longest reason or note, in bytes of UTF-8: a sentence or two.
pub(super) const MAX_REASON: usize = 512;
/// The longest encrypted share: twice a real one.
pub(super) const MAX_SHARE: usize = 512;

/// The beginning of a text, as much as fits.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(MAX_REASON / 4).collect()
}

pub(super) fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("short strings")
}

pub(super) fn array<const N: usize>(string: &OctetString) -> Result<[u8; N], TokenError> {
    string.as_bytes().try_into().map_err(|_| TokenError::UnlockMalformed)
}

/// A statement of this kind, its signer's certificate, and what it says.
pub(super) fn statement(kind: Statement, bytes: &[u8]) -> Result<(SignedMessage, Certificate, Vec<u8>), TokenError> {
    match kind.read(bytes, UnlockRequest::MAX_BYTES) {
        Ok(read) => Ok((read.message, read.signer, read.content)),
        Err(StatementFault::Signature) => Err(TokenError::UnlockSignature),
        Err(StatementFault::Malformed | StatementFault::OtherKind) => Err(TokenError::UnlockMalformed),
    }
}

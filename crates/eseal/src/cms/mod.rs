//! Room `cms`: messages that are signed, enveloped or encrypted, as GB/T 35275 and RFC 5652 have them, read and written.
//!
//! Uses `cert` and what that uses. What is signed is checked over the received bytes: attributes are never sorted or
//! encoded again. Judges one signature at a time and names why it does not hold; whether its certificate may be trusted is
//! for `verify`. Algorithms other than SM2, SM3 and SM4 are reported as unsupported, never skipped. Where a message leaves
//! its standard and is read all the same, that is told as a [`CmsDeviation`].

mod asn1;
mod check;
mod deviation;
mod draft;
mod encrypted;
mod enveloped;
mod enveloped_key;
mod error;
mod judge;
mod kind;
mod message;
mod read;
mod recipient;
mod rekey;
mod signed_enveloped;
mod signer;
mod stamped;
mod statement;
#[cfg(test)]
mod tests;

pub use check::CmsCheck;
pub use check::CmsOutcome;
pub use check::Content;
pub use check::Variant;
pub use deviation::CmsDeviation;
pub use draft::ContentHasher;
pub use draft::MessageDraft;
pub use draft::PendingMessage;
pub use encrypted::EncryptedMessage;
pub use enveloped::EnvelopedMessage;
pub use enveloped_key::EnvelopeLayout;
pub use enveloped_key::OpenedKey;
pub use enveloped_key::open_enveloped_key;
pub use enveloped_key::read_enveloped_key;
pub use error::CmsError;
pub use judge::DetachedCheck;
pub use kind::Dialect;
pub use kind::MessageKind;
pub use message::SignedMessage;
pub use recipient::Recipient;
pub use rekey::RekeyRequest;
pub use signed_enveloped::Opened;
pub use signed_enveloped::SignedAndEnvelopedMessage;
pub use signer::CertificateIdentifier;
pub use signer::MessageSigner;
pub(crate) use statement::Statement;
pub(crate) use statement::StatementFault;

pub use crate::sm::SignatureForm;

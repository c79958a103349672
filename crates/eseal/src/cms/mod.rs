//! Room `cms`: signed messages, as GB/T 35275 and RFC 5652 have them, read and written.
//!
//! Uses `cert` and what that uses. What is signed is checked over the received bytes: attributes are never sorted or
//! encoded again. Judges one signature at a time and names why it does not hold; whether its certificate may be trusted is
//! for `verify`. Algorithms other than SM2 with SM3 are reported as unsupported, never skipped.

mod asn1;
mod check;
mod deviation;
mod draft;
mod error;
mod judge;
mod kind;
mod message;
mod read;
mod signer;
#[cfg(test)]
mod test_people;
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
pub use error::CmsError;
pub use judge::DetachedCheck;
pub use kind::Dialect;
pub use kind::MessageKind;
pub use message::SignedMessage;
pub use signer::MessageSigner;
pub use signer::SignerIdentifier;

pub use crate::sm::SignatureForm;

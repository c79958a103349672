//! Room `inspect`: what any file that this program knows is made of, without judging it.
//!
//! Uses `document`, `seal`, `cms`, `token`, `auth` and what those use. What a file is, its shape decides, not its name. Checks no
//! signature, asks for no PIN and shows no secret: of a private key it says only that it is one. Every listing is bounded.

mod auth;
mod certificate;
mod error;
mod key;
mod keyfile;
mod message;
mod node;
mod pdf;
mod picture;
mod seal;
mod shape;
#[cfg(test)]
mod tests;
mod token;
mod tree;

pub use error::InspectError;
pub use key::Key;
pub use node::Node;
pub use node::Value;

/// The most parts of one kind that are listed: pages, fields, entries of a revocation list.
const MAX_LISTED: usize = 1_000;

/// Lists what a file is made of. The root's [`Key`] says what it is.
///
/// PDF, seals and seal signatures, certificates, requests, revocation lists, signed messages, tokens, key files and
/// pictures are known, each as the standards write it, most also as PEM; other ASN.1 is listed element by element. A part
/// that has the shape of something known and cannot be read as it gets a [`Key::Unreadable`] with the code, and its
/// elements.
///
/// ```
/// use eseal::inspect::{Key, inspect};
///
/// let node = inspect(&[0x30, 0x03, 0x02, 0x01, 0x07])?;
/// assert_eq!(node.key, Key::Der);
/// assert_eq!(node.children[0].children[0].key.word(), "integer");
/// # Ok::<(), eseal::inspect::InspectError>(())
/// ```
///
/// # Errors
/// [`InspectError::Empty`], [`InspectError::TooLarge`]; [`InspectError::Unknown`] when it is none of these;
/// [`InspectError::Pdf`] when it is a PDF that cannot be followed at all.
pub fn inspect(bytes: &[u8]) -> Result<Node, InspectError> {
    shape::file(bytes)
}

//! Room `key`: secret and public keys, their file formats, the envelope in which an encryption key travels, and the seams
//! behind which a signer and a decrypter sit.
//!
//! Uses `sm` and what that uses. Never hands out secret bytes except as a key file that the caller asked for.

mod base32;
mod decrypter;
mod envelope;
mod error;
mod escrow;
mod file;
mod format;
mod password;
mod signer;
mod skf;

pub use decrypter::Decrypter;
pub use envelope::EnvelopedKey;
pub use error::KeyError;
pub use escrow::EscrowedKey;
pub use file::KeyDerivation;
pub use file::KeyEntry;
pub use file::KeyFile;
pub use file::KeyFileCipher;
pub use file::KeyFileEncoding;
pub use file::KeyFileFormat;
pub use file::KeyFileHash;
pub use file::KeyFileInfo;
pub use file::KeyFileLimits;
pub use file::KeyFileScheme;
pub use file::KeyFileTarget;
pub use file::KeyProtection;
pub use format::KeyDialect;
pub use format::public_key_from_spki;
pub use format::public_key_to_spki;
pub use format::secret_key_from_bytes;
pub use format::secret_key_to_pkcs8;
pub use password::Password;
pub use signer::Signer;
pub use signer::SoftSigner;

pub(crate) use base32::from_base32;
pub(crate) use base32::to_base32;
pub(crate) use envelope::secret_key_in;
pub(crate) use envelope::secret_key_of;

pub use crate::sm::PublicKey;
pub use crate::sm::SecretKey;
pub use crate::sm::SignDigest;
pub use crate::sm::Signature;

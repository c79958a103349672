//! Room `sm`: SM2, SM3 and SM4 with typed inputs.
//!
//! Uses `der`. The arithmetic is RustCrypto's; what is ours are types that leave no room for its traps: a digest that
//! cannot be mistaken for a message, a signature that is written as DER, a secret that prints `[redacted]`.
//! Never reads files, knows no certificates.

mod cipher;
mod error;
mod hash;
mod secret;
mod sign;
#[cfg(test)]
mod tests;

pub use cipher::Sm4Key;
pub use error::SmError;
pub use hash::Sm3;
pub use hash::Sm3Digest;
pub use hash::sm3;
pub use secret::SecretKey;
pub use sign::PublicKey;
pub use sign::SignDigest;
pub use sign::SignHasher;
pub use sign::Signature;
pub use sign::SignatureForm;
pub use sign::UserId;
pub use sign::sm2_cipher_parts;

pub(crate) use cipher::sm4_cbc_decrypt;
pub(crate) use cipher::sm4_cbc_encrypt;
pub(crate) use cipher::sm4_ctr;
pub(crate) use cipher::sm4_ecb_decrypt;
pub(crate) use cipher::sm4_ecb_encrypt;
pub(crate) use hash::ct_eq;
pub(crate) use hash::hkdf_sm3;
pub(crate) use hash::hmac_sm3;
pub(crate) use hash::pbkdf2_sm3;

pub(crate) use sign::sm2_cipher;

/// Fills a buffer with randomness of the operating system.
///
/// # Errors
/// [`SmError::NoRandomness`] when the system has none to give.
pub fn random(buffer: &mut [u8]) -> Result<(), SmError> {
    getrandom::fill(buffer).map_err(|_| SmError::NoRandomness)
}

use std::fmt;

use sm2::dsa::signature::hazmat::PrehashSigner;
use sm2::dsa::signature::hazmat::RandomizedPrehashSigner;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::der;

use super::PublicKey;
use super::SignDigest;
use super::Signature;
use super::SmError;
use super::sign::Sm2Cipher;

/// n − 1 of sm2p256v1: the first scalar that is no private key, since 1 + d would have no inverse.
const ORDER_MINUS_ONE: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x72, 0x03, 0xDF,
    0x6B, 0x21, 0xC6, 0x05, 0x2B, 0x53, 0xBB, 0xF4, 0x09, 0x39, 0xD5, 0x41, 0x22,
];

/// An SM2 private key *d*, 1 to n − 2; GB/T 32918.1-2016, 6.1.
///
/// Wipes itself, prints `[redacted]`, cannot be cloned.
pub struct SecretKey {
    key: sm2::SecretKey,
    public: PublicKey,
}

impl SecretKey {
    /// Makes a new key from the randomness of the operating system.
    ///
    /// # Errors
    /// [`SmError::NoRandomness`].
    pub fn generate() -> Result<Self, SmError> {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            super::random(bytes.as_mut())?;
            // A random value misses the range about once in 2^32 times.
            if let Ok(key) = Self::from_bytes(bytes.as_ref()) {
                return Ok(key);
            }
        }
    }

    /// Takes *d* as big-endian bytes: at most 32, or longer with leading zeros.
    ///
    /// # Errors
    /// [`SmError::BadSecretKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SmError> {
        let cut = bytes.len().saturating_sub(32);
        let (zeros, rest) = bytes.split_at(cut);
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(SmError::BadSecretKey);
        }
        let mut scalar = Zeroizing::new([0; 32]);
        scalar[32 - rest.len()..].copy_from_slice(rest);
        if *scalar == ORDER_MINUS_ONE {
            return Err(SmError::BadSecretKey);
        }
        let key = sm2::SecretKey::from_slice(scalar.as_ref()).map_err(|_| SmError::BadSecretKey)?;
        let public = PublicKey::from_key(key.public_key()).map_err(|_| SmError::BadSecretKey)?;
        Ok(Self { key, public })
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a digest. The one-time number comes from the key, the digest and fresh randomness (RFC 6979, 3.6), so a
    /// weak random source does not give the key away.
    ///
    /// # Errors
    /// [`SmError::NoRandomness`], [`SmError::SigningFailed`].
    pub fn sign(&self, digest: &SignDigest) -> Result<Signature, SmError> {
        let mut fresh = Zeroizing::new([0; 32]);
        super::random(fresh.as_mut())?;
        let key = self.signing_key()?;
        let signature =
            key.sign_prehash_with_rng(&mut Once(&fresh), digest.as_bytes()).map_err(|_| SmError::SigningFailed)?;
        Ok(Signature(signature))
    }

    /// Signs a digest so that the same input gives the same bytes (RFC 6979): for files that must be reproducible.
    ///
    /// # Errors
    /// [`SmError::SigningFailed`].
    pub fn sign_deterministic(&self, digest: &SignDigest) -> Result<Signature, SmError> {
        let signature = self.signing_key()?.sign_prehash(digest.as_bytes()).map_err(|_| SmError::SigningFailed)?;
        Ok(Signature(signature))
    }

    fn signing_key(&self) -> Result<sm2::dsa::SigningKey, SmError> {
        sm2::dsa::SigningKey::new("", &self.key).map_err(|_| SmError::SigningFailed)
    }

    /// Opens DER `SM2Cipher`.
    ///
    /// The comparison of C3 beneath is not constant in time: do not answer strangers with it.
    ///
    /// # Errors
    /// [`SmError::CannotDecrypt`], whatever the cause.
    pub fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, SmError> {
        let parsed: Sm2Cipher = der::decode(cipher).map_err(|_| SmError::CannotDecrypt)?;
        let bytes = parsed.to_c1c3c2().ok_or(SmError::CannotDecrypt)?;
        // `DecryptingKey` prints its scalar with `Debug`: it lives in this function only.
        let key = sm2::pke::DecryptingKey::new(self.key.clone());
        key.decrypt(&bytes).map(Zeroizing::new).map_err(|_| SmError::CannotDecrypt)
    }

    /// The scalar, for a container that encrypts it; wiped when dropped.
    pub(crate) fn expose(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = self.key.to_bytes();
        let copy = Zeroizing::new(bytes.into());
        bytes.as_mut_slice().zeroize();
        copy
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([redacted])")
    }
}

/// Hands out 32 bytes that were drawn before.
struct Once<'a>(&'a [u8; 32]);

impl rand_core::TryRng for Once<'_> {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Self::Error> {
        for (to, from) in buffer.iter_mut().zip(self.0.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Once<'_> {}

use zeroize::Zeroizing;

use crate::sm::PublicKey;
use crate::sm::SecretKey;

use super::KeyError;
use super::SoftSigner;

/// Whatever can open what was encrypted to an SM2 key: memory, a soft token, hardware, a service.
///
/// The counterpart of [`Signer`](super::Signer) for encryption keys, and for signing keys to which an encryption key was
/// enveloped (双证). Nothing hands out secret bytes.
pub trait Decrypter {
    /// The public key whose ciphertexts this opens.
    fn public_key(&self) -> &PublicKey;

    /// Opens DER `SM2Cipher`, GB/T 35276-2017 (clause not checked). What comes out wipes itself.
    ///
    /// # Errors
    /// [`KeyError::Sm`] with one code for a wrong key and a damaged ciphertext; whatever else the holder of the key
    /// refuses with.
    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>;
}

impl<D: Decrypter + ?Sized> Decrypter for &D {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        (**self).decrypt(cipher)
    }
}

impl<D: Decrypter + ?Sized> Decrypter for Box<D> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        (**self).decrypt(cipher)
    }
}

impl Decrypter for SecretKey {
    fn public_key(&self) -> &PublicKey {
        self.public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(self.decrypt(cipher)?)
    }
}

impl Decrypter for SoftSigner {
    fn public_key(&self) -> &PublicKey {
        self.key().public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(self.key().decrypt(cipher)?)
    }
}

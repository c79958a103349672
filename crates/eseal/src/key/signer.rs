use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::SignDigest;
use crate::sm::Signature;

use super::KeyError;

/// Whatever can sign with an SM2 key: memory, a soft token, hardware, a service.
///
/// Two methods are all it must have: nothing hands out secret bytes. What has to wait (a person, a network) uses the two-step values
/// of the acts instead (`prepare`, `complete`).
///
/// `Sync`, so that bulk issuing may sign on every core through one signer; a device with one session locks inside.
pub trait Signer: Sync {
    /// The public key whose signatures this makes.
    fn public_key(&self) -> &PublicKey;

    /// Signs SM2's *e*.
    ///
    /// # Errors
    /// [`KeyError`] when the signer refuses or fails.
    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError>;

    /// Whether the arithmetic is this library's own, in this process. What is signed elsewhere is verified before it
    /// leaves an issuer, which takes longer than signing; what is signed here need not be.
    fn signs_here(&self) -> bool {
        false
    }
}

impl<S: Signer + ?Sized> Signer for &S {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        (**self).sign_digest(digest)
    }

    fn signs_here(&self) -> bool {
        (**self).signs_here()
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn public_key(&self) -> &PublicKey {
        (**self).public_key()
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        (**self).sign_digest(digest)
    }

    fn signs_here(&self) -> bool {
        (**self).signs_here()
    }
}

/// A signer whose key lies in the memory of this process.
#[derive(Debug)]
pub struct SoftSigner {
    key: SecretKey,
    deterministic: bool,
}

impl SoftSigner {
    /// Signs with this key, mixing fresh randomness into each signature.
    #[must_use]
    pub const fn new(key: SecretKey) -> Self {
        Self { key, deterministic: false }
    }

    /// Signs so that the same digest gives the same bytes: for reproducible files.
    #[must_use]
    pub const fn deterministic(key: SecretKey) -> Self {
        Self { key, deterministic: true }
    }

    pub(super) const fn key(&self) -> &SecretKey {
        &self.key
    }
}

impl Signer for SoftSigner {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        let signature = if self.deterministic { self.key.sign_deterministic(digest) } else { self.key.sign(digest) };
        Ok(signature?)
    }

    fn signs_here(&self) -> bool {
        true
    }
}

use std::fmt;
use std::sync::Arc;

use cryptoki::error::Error;
use cryptoki::error::RvError;
use cryptoki::mechanism::MechanismType;
use cryptoki::object::ObjectHandle;
use eseal::key::Decrypter;
use eseal::key::KeyError;
use eseal::key::PublicKey;
use eseal::key::SignDigest;
use eseal::key::Signature;
use eseal::key::Signer;
use zeroize::Zeroizing;

use crate::CipherForm;
use crate::mechanism::mechanism;
use crate::session::Shared;

/// Signs with a key behind a PKCS#11 module. Every signature is verified before it is handed out.
#[derive(Clone)]
pub struct Pkcs11Signer {
    shared: Arc<Shared>,
    key: ObjectHandle,
    public: PublicKey,
    mechanism: MechanismType,
}

impl Pkcs11Signer {
    pub(crate) const fn new(
        shared: Arc<Shared>,
        key: ObjectHandle,
        public: PublicKey,
        mechanism: MechanismType,
    ) -> Self {
        Self { shared, key, public, mechanism }
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Signer({:?})", self.public)
    }
}

impl Signer for Pkcs11Signer {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Refuses with `pkcs11-signature-does-not-hold` what the module gave back for another key, for a message instead of a
    /// digest, or by another algorithm under the same number.
    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        let bytes = self
            .shared
            .session()
            .sign(&mechanism(self.mechanism), self.key, digest.as_bytes())
            .map_err(|error| KeyError::SignerRefused { reason: word(&error) })?;
        let (signature, _) = Signature::from_der_or_raw(&bytes)
            .map_err(|_| KeyError::SignerRefused { reason: "pkcs11-not-a-signature" })?;
        match self.public.verify(digest, &signature) {
            Ok(()) => Ok(signature),
            Err(_) => Err(KeyError::SignerRefused { reason: "pkcs11-signature-does-not-hold" }),
        }
    }
}

/// Opens what was encrypted to a key behind a PKCS#11 module.
#[derive(Clone)]
pub struct Pkcs11Decrypter {
    shared: Arc<Shared>,
    key: ObjectHandle,
    public: PublicKey,
    mechanism: MechanismType,
    form: CipherForm,
}

impl Pkcs11Decrypter {
    pub(crate) const fn new(
        shared: Arc<Shared>,
        key: ObjectHandle,
        public: PublicKey,
        mechanism: MechanismType,
        form: CipherForm,
    ) -> Self {
        Self { shared, key, public, mechanism, form }
    }
}

impl fmt::Debug for Pkcs11Decrypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Decrypter({:?})", self.public)
    }
}

impl Decrypter for Pkcs11Decrypter {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let parts = eseal::sm::sm2_cipher_parts(cipher).ok_or(KeyError::Sm(eseal::sm::SmError::CannotDecrypt))?;
        let input = match self.form {
            CipherForm::Der => cipher,
            CipherForm::WithPoint => &parts[..],
            CipherForm::Bare => &parts[1..],
        };
        let opened = self.shared.session().decrypt(&mechanism(self.mechanism), self.key, input);
        opened.map(Zeroizing::new).map_err(|error| match error {
            Error::Pkcs11(RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange | RvError::DataInvalid, _) => {
                KeyError::Sm(eseal::sm::SmError::CannotDecrypt)
            }
            other => KeyError::SignerRefused { reason: word(&other) },
        })
    }
}

/// A stable word for what the module said.
fn word(error: &Error) -> &'static str {
    match error {
        Error::Pkcs11(RvError::UserNotLoggedIn, _) => "pkcs11-not-logged-in",
        Error::Pkcs11(RvError::MechanismInvalid | RvError::MechanismParamInvalid, _) => "pkcs11-mechanism",
        Error::Pkcs11(RvError::KeyFunctionNotPermitted | RvError::KeyTypeInconsistent, _) => "pkcs11-key-not-for-this",
        Error::Pkcs11(RvError::DataLenRange | RvError::DataInvalid, _) => "pkcs11-digest-not-taken",
        Error::Pkcs11(
            RvError::DeviceRemoved
            | RvError::DeviceError
            | RvError::TokenNotPresent
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed,
            _,
        ) => "pkcs11-device-gone",
        Error::Pkcs11(RvError::FunctionRejected | RvError::FunctionCanceled, _) => "pkcs11-declined",
        _ => "pkcs11-refused",
    }
}

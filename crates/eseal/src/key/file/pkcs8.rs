//! `EncryptedPrivateKeyInfo` (RFC 5208, 6), in whatever dialect its encryption is named.

use ::der::Sequence;
use ::der::asn1::OctetStringRef;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::der;
use crate::key::KeyError;
use crate::key::Password;
use crate::key::format::secret_key_from_der;
use crate::key::secret_key_to_pkcs8;
use crate::sm::SecretKey;

use super::derive::Budget;
use super::pbes::Pbes;

#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// A private key as found, not opened.
pub(super) struct Encrypted {
    pub(super) pbes: Pbes,
    data: Vec<u8>,
}

impl Encrypted {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let info: EncryptedPrivateKeyInfo<'_> = der::decode(bytes).map_err(|_| KeyError::UnknownFormat)?;
        Ok(Self { pbes: Pbes::read(&info.algorithm)?, data: info.data.as_bytes().to_vec() })
    }

    pub(super) fn open(&self, password: &Password, budget: &mut Budget) -> Result<SecretKey, KeyError> {
        let plain = self.pbes.decrypt(password, &self.data, budget)?;
        Ok(secret_key_from_der(&plain).map_err(damaged)?.0)
    }
}

/// What decrypted to nonsense was decrypted with the wrong key, or damaged: the padding alone shows it 255 times of 256. A
/// key of another algorithm, whole and readable, is not nonsense.
pub(super) fn damaged(error: KeyError) -> KeyError {
    match error {
        KeyError::NotSm2 { .. }
        | KeyError::NoCurve
        | KeyError::Encrypted
        | KeyError::IterationsTooMany { .. }
        | KeyError::BadParameters { .. }
        | KeyError::ProtectionUnknown { .. } => error,
        _ => KeyError::WrongPassword,
    }
}

/// Writes a private key under a password. The bytes wipe themselves.
pub(super) fn write(
    key: &SecretKey,
    pbes: &Pbes,
    password: &Password,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let data = pbes.encrypt(password, &secret_key_to_pkcs8(key), budget)?;
    let data = OctetStringRef::new(&data).expect("a short string");
    let encoded = pbes.with_algorithm(|algorithm| der::encode(&EncryptedPrivateKeyInfo { algorithm, data }));
    Ok(Zeroizing::new(encoded.expect("a short structure encodes")))
}

//! Encryption by password as files name it: PBES2 (RFC 8018) in all its dialects, and the schemes of PKCS #12.

use ::der::Sequence;
use ::der::asn1::AnyRef;
use ::der::asn1::OctetStringRef;
use cbc::cipher::BlockModeDecrypt;
use cbc::cipher::BlockModeEncrypt;
use cbc::cipher::KeyIvInit;
use cbc::cipher::block_padding::Pkcs7;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::der;
use crate::key::KeyError;
use crate::key::Password;
use crate::oid;
use crate::sm::random;

use super::KeyDerivation;
use super::KeyFileCipher;
use super::KeyFileFormat;
use super::KeyFileHash;
use super::KeyProtection;
use super::derive::Budget;
use super::derive::Derivation;
use super::derive::Use;

/// `PBES2-params`, RFC 8018, A.4.
#[derive(Sequence)]
struct Pbes2Parameters<'a> {
    derivation: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

/// `PBKDF2-params`, RFC 8018, A.2, with the salt given.
#[derive(Sequence)]
pub(super) struct Pbkdf2Parameters<'a> {
    pub(super) salt: &'a OctetStringRef,
    pub(super) iterations: u64,
    #[asn1(optional = "true")]
    pub(super) key_length: Option<u16>,
    #[asn1(optional = "true")]
    pub(super) prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// `scrypt-params`, RFC 7914, 7.1.
#[derive(Sequence)]
struct ScryptParameters<'a> {
    salt: &'a OctetStringRef,
    cost: u64,
    block: u32,
    parallel: u32,
    #[asn1(optional = "true")]
    key_length: Option<u16>,
}

/// `pkcs-12PbeParams`, RFC 7292, C.
#[derive(Sequence)]
struct Pkcs12Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u64,
}

/// How something is encrypted under a password.
#[derive(Clone, Debug)]
pub(super) struct Pbes {
    pub(super) format: KeyFileFormat,
    derivation: Derivation,
    cipher: KeyFileCipher,
    /// `None`: derived from the password too.
    iv: Option<Vec<u8>>,
}

impl Pbes {
    /// Reads the algorithm and checks what can be checked without the password.
    pub(super) fn read(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Self, KeyError> {
        let format = match algorithm.oid {
            oid::PBES2 => KeyFileFormat::EncryptedPkcs8,
            oid::PBES_0091 => KeyFileFormat::EncryptedPkcs8Gmt0091,
            oid::PBES_GMSM => KeyFileFormat::EncryptedPkcs8Gmsm,
            oid::PBE_SHA1_3DES => return Self::read_pkcs12(algorithm, KeyFileCipher::TripleDes),
            oid::PBE_SHA1_RC2_128 => return Self::read_pkcs12(algorithm, KeyFileCipher::Rc2),
            oid::PBE_SHA1_RC2_40 => return Self::read_pkcs12(algorithm, KeyFileCipher::Rc2Weak),
            other => return Err(unknown(&other)),
        };
        let parameters: Pbes2Parameters<'_> = parameters(algorithm)?;
        let encryption = &parameters.encryption;
        let cipher = match encryption.oid {
            oid::AES128_CBC => KeyFileCipher::Aes128,
            oid::AES192_CBC => KeyFileCipher::Aes192,
            oid::AES256_CBC => KeyFileCipher::Aes256,
            // Without a mode and with an IV it is CBC.
            oid::SM4_CBC | oid::SM4 => KeyFileCipher::Sm4,
            oid::DES_EDE3_CBC => KeyFileCipher::TripleDes,
            other => return Err(unknown(&other)),
        };
        let iv = self::parameters::<&OctetStringRef>(encryption)?.as_bytes();
        if iv.len() != cipher.block_length() {
            return Err(KeyError::BadParameters { what: "IV" });
        }
        let (derivation, key_length) = read_derivation(&parameters.derivation)?;
        if key_length.is_some_and(|length| usize::from(length) != cipher.key_length()) {
            return Err(KeyError::BadParameters { what: "key length" });
        }
        Ok(Self { format, derivation, cipher, iv: Some(iv.to_vec()) })
    }

    fn read_pkcs12(algorithm: &AlgorithmIdentifierRef<'_>, cipher: KeyFileCipher) -> Result<Self, KeyError> {
        let Pkcs12Parameters { salt, iterations } = parameters(algorithm)?;
        let salt = salt.as_bytes().to_vec();
        let derivation = Derivation::Pkcs12 { salt, iterations, hash: KeyFileHash::Sha1 };
        Ok(Self { format: KeyFileFormat::EncryptedPkcs8Legacy, derivation, cipher, iv: None })
    }

    /// A new one to write with: fresh salt and IV.
    pub(super) fn new(hash: KeyFileHash, cipher: KeyFileCipher, iterations: u32) -> Result<Self, KeyError> {
        let (mut salt, mut iv) = (vec![0; 16], vec![0; cipher.block_length()]);
        random(&mut salt)?;
        random(&mut iv)?;
        let derivation = Derivation::Pbkdf2 { salt, iterations: iterations.into(), hash };
        Ok(Self { format: KeyFileFormat::EncryptedPkcs8, derivation, cipher, iv: Some(iv) })
    }

    /// What it is, for showing.
    pub(super) fn protection(&self) -> KeyProtection {
        self.derivation.protection(Some(self.cipher))
    }

    /// Opens what was encrypted so. A wrong password and damage look the same: [`KeyError::WrongPassword`].
    pub(super) fn decrypt(
        &self,
        password: &Password,
        data: &[u8],
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let key = self.derivation.derive(password, Use::Key, self.cipher.key_length(), budget)?;
        let iv = match &self.iv {
            Some(iv) => Zeroizing::new(iv.clone()),
            None => self.derivation.derive(password, Use::Iv, self.cipher.block_length(), budget)?,
        };
        macro_rules! open {
            ($cipher:ty) => {
                cbc::Decryptor::<$cipher>::new_from_slices(&key, &iv)
                    .ok()
                    .and_then(|decryptor| decryptor.decrypt_padded_vec::<Pkcs7>(data).ok())
            };
        }
        let plain = match self.cipher {
            KeyFileCipher::Aes128 => open!(aes::Aes128),
            KeyFileCipher::Aes192 => open!(aes::Aes192),
            KeyFileCipher::Aes256 => open!(aes::Aes256),
            KeyFileCipher::Sm4 => open!(sm4::Sm4),
            KeyFileCipher::TripleDes => open!(des::TdesEde3),
            KeyFileCipher::Rc2 | KeyFileCipher::Rc2Weak => open!(rc2::Rc2),
        };
        plain.map(Zeroizing::new).ok_or(KeyError::WrongPassword)
    }

    /// Encrypts with what is written: AES-256 or SM4.
    pub(super) fn encrypt(&self, password: &Password, plain: &[u8], budget: &mut Budget) -> Result<Vec<u8>, KeyError> {
        let key = self.derivation.derive(password, Use::Key, self.cipher.key_length(), budget)?;
        let iv = self.iv.as_deref().unwrap_or_default();
        macro_rules! seal {
            ($cipher:ty) => {
                cbc::Encryptor::<$cipher>::new_from_slices(&key, iv)
                    .ok()
                    .map(|encryptor| encryptor.encrypt_padded_vec::<Pkcs7>(plain))
            };
        }
        let sealed = match self.cipher {
            KeyFileCipher::Aes256 => seal!(aes::Aes256),
            KeyFileCipher::Sm4 => seal!(sm4::Sm4),
            _ => None,
        };
        sealed.ok_or(KeyError::BadParameters { what: "cipher" })
    }

    /// Gives the `AlgorithmIdentifier` of what is written to a function, which encodes it into its own structure.
    pub(super) fn with_algorithm<T>(&self, use_it: impl FnOnce(AlgorithmIdentifierRef<'_>) -> T) -> T {
        let KeyProtection { hash, iterations, .. } = self.protection();
        let short = "a short structure encodes";
        let iv = der::encode(&OctetStringRef::new(self.iv.as_deref().unwrap_or_default()).expect(short)).expect(short);
        // HMAC-SM3 without parameters and with the key length: the one form that GmSSL 3 reads.
        let (prf, key_length) = match hash {
            Some(KeyFileHash::Sm3) => (AlgorithmIdentifierRef { oid: oid::HMAC_SM3, parameters: None }, Some(16)),
            _ => (AlgorithmIdentifierRef { oid: oid::HMAC_SHA256, parameters: Some(AnyRef::NULL) }, None),
        };
        let parameters = Pbkdf2Parameters {
            salt: OctetStringRef::new(self.derivation.salt()).expect(short),
            iterations,
            key_length,
            prf: Some(prf),
        };
        let parameters = der::encode(&parameters).expect(short);
        let cipher = if self.cipher == KeyFileCipher::Aes256 { oid::AES256_CBC } else { oid::SM4_CBC };
        let element = |bytes| Some(AnyRef::try_from(bytes).expect("what was just encoded"));
        let parameters = Pbes2Parameters {
            derivation: AlgorithmIdentifierRef { oid: oid::PBKDF2, parameters: element(parameters.as_slice()) },
            encryption: AlgorithmIdentifierRef { oid: cipher, parameters: element(iv.as_slice()) },
        };
        let parameters = der::encode(&parameters).expect(short);
        use_it(AlgorithmIdentifierRef { oid: oid::PBES2, parameters: element(parameters.as_slice()) })
    }
}

impl Derivation {
    pub(super) fn protection(&self, cipher: Option<KeyFileCipher>) -> KeyProtection {
        let salt = self.salt().len();
        let (derivation, hash, iterations) = match self {
            Self::Pbkdf2 { iterations, hash, .. } => (KeyDerivation::Pbkdf2, Some(*hash), *iterations),
            Self::Scrypt { cost, .. } => (KeyDerivation::Scrypt, None, *cost),
            Self::Pkcs12 { iterations, hash, .. } => (KeyDerivation::Pkcs12, Some(*hash), *iterations),
        };
        KeyProtection { derivation, hash, iterations, salt, cipher }
    }
}

/// Reads PBKDF2 or scrypt, and the length that the key is to have.
pub(super) fn read_derivation(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(Derivation, Option<u16>), KeyError> {
    match algorithm.oid {
        oid::PBKDF2 | oid::PBKDF_0091 | oid::PBKDF_GMSM => {
            let found: Pbkdf2Parameters<'_> = parameters(algorithm)?;
            // Left out means HMAC-SHA1, RFC 8018, A.2.
            let hash = found.prf.as_ref().map_or(Ok(KeyFileHash::Sha1), hmac)?;
            let salt = found.salt.as_bytes().to_vec();
            Ok((Derivation::Pbkdf2 { salt, iterations: found.iterations, hash }, found.key_length))
        }
        oid::SCRYPT => {
            let ScryptParameters { salt, cost, block, parallel, key_length } = parameters(algorithm)?;
            Ok((Derivation::Scrypt { salt: salt.as_bytes().to_vec(), cost, block, parallel }, key_length))
        }
        other => Err(unknown(&other)),
    }
}

/// The hash function of an HMAC.
pub(super) fn hmac(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<KeyFileHash, KeyError> {
    match algorithm.oid {
        oid::HMAC_SHA1 => Ok(KeyFileHash::Sha1),
        oid::HMAC_SHA256 => Ok(KeyFileHash::Sha256),
        oid::HMAC_SHA384 => Ok(KeyFileHash::Sha384),
        oid::HMAC_SHA512 => Ok(KeyFileHash::Sha512),
        oid::HMAC_SM3 => Ok(KeyFileHash::Sm3),
        oid::HMAC_SM3_0091 => Ok(KeyFileHash::Sm3Gmt0091),
        other => Err(unknown(&other)),
    }
}

pub(super) fn unknown(oid: &::der::asn1::ObjectIdentifier) -> KeyError {
    KeyError::ProtectionUnknown { oid: oid.to_string() }
}

/// The parameters of an algorithm in their shape.
pub(super) fn parameters<'a, T>(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<T, KeyError>
where
    T: ::der::Choice<'a> + ::der::DecodeValue<'a, Error = ::der::Error>,
{
    let found = algorithm.parameters.ok_or(KeyError::BadParameters { what: "algorithm" })?;
    found.decode_as().map_err(|_| KeyError::BadParameters { what: "algorithm" })
}

//! The key and certificate of CFCA's SADK (`.sm2`, often named pfx). No standard; the layout is that of its files.
//!
//! Written too, for who has to feed such a program, and for nobody else: one hash of the password is all that protects the key.

use ::der::Sequence;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetStringRef;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::der;
use crate::key::KeyError;
use crate::key::Password;
use crate::oid;
use crate::sm::SecretKey;
use crate::sm::Sm4Key;
use crate::sm::sm3;
use crate::sm::sm4_cbc_decrypt;
use crate::sm::sm4_cbc_encrypt;

use super::KeyDerivation;
use super::KeyFileCipher;
use super::KeyFileHash;
use super::KeyProtection;

#[derive(Sequence)]
struct File<'a> {
    version: u8,
    key: EncryptedKey<'a>,
    certificate: HeldCertificate<'a>,
}

#[derive(Sequence)]
struct EncryptedKey<'a> {
    content_type: ObjectIdentifier,
    algorithm: ObjectIdentifier,
    data: &'a OctetStringRef,
}

#[derive(Sequence)]
struct HeldCertificate<'a> {
    content_type: ObjectIdentifier,
    data: &'a OctetStringRef,
}

/// A file as found, its key not opened.
pub(super) struct CfcaFile {
    encrypted: Vec<u8>,
    pub(super) certificate: Vec<u8>,
}

impl CfcaFile {
    /// What protects the key: a hash of the password, once and without salt. Whoever has the file guesses fast.
    pub(super) const PROTECTION: KeyProtection = KeyProtection {
        derivation: KeyDerivation::CfcaSm3,
        hash: Some(KeyFileHash::Sm3),
        iterations: 1,
        salt: 0,
        cipher: Some(KeyFileCipher::Sm4),
    };

    /// `None` when the bytes are something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let file: File<'_> = der::decode(bytes).ok()?;
        let known = file.version == 1
            && file.key.content_type == oid::GM_DATA
            && file.key.algorithm == oid::SM4
            && file.certificate.content_type == oid::GM_DATA;
        known.then(|| Self {
            encrypted: file.key.data.as_bytes().to_vec(),
            certificate: file.certificate.data.as_bytes().to_vec(),
        })
    }

    /// Opens the key. That it is the certificate's tells a right password from a wrong one.
    pub(super) fn open(&self, password: &Password) -> Result<SecretKey, KeyError> {
        let (iv, key) = derive(password);
        let plain = sm4_cbc_decrypt(&key, &iv, &self.encrypted).ok_or(KeyError::WrongPassword)?;
        let secret = SecretKey::from_bytes(&plain).map_err(|_| KeyError::WrongPassword)?;
        match super::certificate_key(&self.certificate) {
            Some(public) if public == *secret.public_key() => Ok(secret),
            _ => Err(KeyError::WrongPassword),
        }
    }
}

/// The derivation function of GB/T 32918.4, with the password as its input: 32 bytes are its first block.
fn derive(password: &Password) -> ([u8; 16], Sm4Key) {
    let input = Zeroizing::new([password.utf8(), &[0, 0, 0, 1]].concat());
    let mut derived = *sm3(&input).as_bytes();
    let (mut iv, mut key) = ([0; 16], [0; 16]);
    iv.copy_from_slice(&derived[..16]);
    key.copy_from_slice(&derived[16..]);
    derived.zeroize();
    let cipher = Sm4Key::from_bytes(key);
    key.zeroize();
    (iv, cipher)
}

/// Writes a key with its certificate. The private key is the 32 bytes of *d* with the padding of PKCS #7.
pub(super) fn write(
    secret: &SecretKey,
    certificate: &[u8],
    password: &Password,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if super::certificate_key(certificate).as_ref() != Some(secret.public_key()) {
        return Err(KeyError::Mismatch);
    }
    let (iv, key) = derive(password);
    let encrypted = sm4_cbc_encrypt(&key, &iv, secret.expose().as_ref());
    let too_long = |_| KeyError::BadParameters { what: "label or certificate" };
    let file = File {
        version: 1,
        key: EncryptedKey {
            content_type: oid::GM_DATA,
            algorithm: oid::SM4,
            data: OctetStringRef::new(&encrypted).map_err(too_long)?,
        },
        certificate: HeldCertificate {
            content_type: oid::GM_DATA,
            data: OctetStringRef::new(certificate).map_err(too_long)?,
        },
    };
    der::encode(&file).map(Zeroizing::new).map_err(too_long)
}

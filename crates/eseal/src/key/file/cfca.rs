//! The key and certificate of CFCA's SADK (`.sm2`, often named pfx). No standard; the layout is that of its files.

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
        // The derivation function of GB/T 32918.4, with the password as its input: 32 bytes are its first block.
        let input = Zeroizing::new([password.utf8(), &[0, 0, 0, 1]].concat());
        let mut derived = *sm3(&input).as_bytes();
        let (iv, key) = derived.split_at(16);
        let iv: [u8; 16] = iv.try_into().map_err(|_| KeyError::WrongPassword)?;
        let key = Sm4Key::from_bytes(key.try_into().map_err(|_| KeyError::WrongPassword)?);
        derived.zeroize();
        let plain = sm4_cbc_decrypt(&key, &iv, &self.encrypted).ok_or(KeyError::WrongPassword)?;
        let secret = SecretKey::from_bytes(&plain).map_err(|_| KeyError::WrongPassword)?;
        match super::certificate_key(&self.certificate) {
            Some(public) if public == *secret.public_key() => Ok(secret),
            _ => Err(KeyError::WrongPassword),
        }
    }
}

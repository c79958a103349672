//! Key files of every program that is met here: read by what they are, written in the forms that others read.

mod cfca;
mod derive;
mod kind;
mod pbes;
mod pem;
mod pkcs12;
mod pkcs8;
#[cfg(test)]
mod tests;
mod write;

use zeroize::Zeroizing;

use crate::der::Walk;
use crate::sm::PublicKey;
use crate::sm::SecretKey;

use super::KeyDialect;
use super::KeyError;
use super::Password;
use super::format::secret_key_from_der;
use super::public_key_from_spki;
use cfca::CfcaFile;
use derive::Budget;
use pkcs8::Encrypted;
use pkcs12::FoundKey;
use pkcs12::Pkcs12File;

pub(super) use pem::base64;

pub use derive::KeyFileLimits;
pub use kind::KeyDerivation;
pub use kind::KeyFileCipher;
pub use kind::KeyFileFormat;
pub use kind::KeyFileHash;
pub use kind::KeyFileInfo;
pub use kind::KeyProtection;
pub use write::KeyFileEncoding;
pub use write::KeyFileScheme;
pub use write::KeyFileTarget;

/// A private key out of a key file, with what stood beside it.
#[derive(Debug)]
pub struct KeyEntry {
    /// The key.
    pub secret: SecretKey,
    /// The name it had in the file (`friendlyName`).
    pub label: Option<String>,
    /// What pairs it with its certificate in PKCS #12 (`localKeyId`). Told, not trusted: certificates are paired by key.
    pub local_id: Option<Vec<u8>>,
    /// Certificates for this key, in DER, not judged.
    pub certificates: Vec<Vec<u8>>,
}

impl From<SecretKey> for KeyEntry {
    /// A key alone.
    fn from(secret: SecretKey) -> Self {
        Self { secret, label: None, local_id: None, certificates: Vec::new() }
    }
}

/// A key file (密钥文件), read and opened: private keys, their certificates, and how they were protected.
///
/// ```
/// use eseal::key::{KeyEntry, KeyFile, KeyFileEncoding, KeyFileLimits, KeyFileScheme, KeyFileTarget, Password, SecretKey};
///
/// let file = KeyFile::new(vec![KeyEntry::from(SecretKey::generate()?)], Vec::new());
/// let password = Password::new("fake password")?;
/// let target = KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Gm);
/// let written = file.write(target, KeyFileEncoding::Pem, Some(&password), Some(10_000))?;
///
/// assert!(KeyFile::describe(&written)?.is_encrypted());
/// let read = KeyFile::read(&written, Some(&password), KeyFileLimits::DEFAULT)?;
/// assert_eq!(read.entries()[0].secret.public_key(), file.entries()[0].secret.public_key());
/// # Ok::<(), eseal::key::KeyError>(())
/// ```
#[derive(Debug)]
pub struct KeyFile {
    info: KeyFileInfo,
    entries: Vec<KeyEntry>,
    certificates: Vec<Vec<u8>>,
}

/// A piece of a file, not opened.
enum Piece {
    Plain(SecretKey, KeyFileFormat),
    Encrypted(Encrypted),
    Pkcs12(Pkcs12File),
    Cfca(CfcaFile),
    Certificate(Vec<u8>),
}

impl KeyFile {
    /// The largest key file that is read: 1 MiB, a hundred times one with a chain of certificates.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Puts keys and the certificates above theirs together, to write them.
    #[must_use]
    pub const fn new(entries: Vec<KeyEntry>, certificates: Vec<Vec<u8>>) -> Self {
        let info = KeyFileInfo { format: KeyFileFormat::Pkcs8, protections: Vec::new(), mac: None };
        Self { info, entries, certificates }
    }

    /// What a file tells without its password. Keys that lie open in it are read, to see that they are keys.
    ///
    /// # Errors
    /// As [`Self::read`], without those that only an opened file can give.
    pub fn describe(bytes: &[u8]) -> Result<KeyFileInfo, KeyError> {
        describe(&pieces(bytes)?)
    }

    /// Reads a key file: SEC1, PKCS #8 plain and encrypted, PKCS #12, CFCA's SM2 file; DER, PEM with any number of keys
    /// and certificates, or bare Base64.
    ///
    /// # Errors
    /// [`KeyError::UnknownFormat`], [`KeyError::FileTooLarge`], [`KeyError::NoKey`]; [`KeyError::Encrypted`] when a
    /// password is needed and none was given; [`KeyError::WrongPassword`], also for damage;
    /// [`KeyError::IterationsTooMany`] and [`KeyError::BadParameters`] before anything is hashed;
    /// [`KeyError::ProtectionUnknown`], [`KeyError::NotSm2`], [`KeyError::NoCurve`], [`KeyError::Mismatch`].
    pub fn read(bytes: &[u8], password: Option<&Password>, limits: KeyFileLimits) -> Result<Self, KeyError> {
        let pieces = pieces(bytes)?;
        let info = describe(&pieces)?;
        let mut budget = Budget::new(limits);
        let mut keys: Vec<FoundKey> = Vec::new();
        let mut certificates = Vec::new();
        let mut alone = |secret| keys.push(FoundKey { secret, label: None, local_id: None });
        let mut bags = Vec::new();
        for piece in pieces {
            let given = || password.ok_or(KeyError::Encrypted);
            match piece {
                Piece::Plain(secret, _) => alone(secret),
                Piece::Encrypted(encrypted) => alone(encrypted.open(given()?, &mut budget)?),
                Piece::Cfca(file) => {
                    alone(file.open(given()?)?);
                    certificates.push(file.certificate);
                }
                Piece::Pkcs12(file) => {
                    let contents = file.open(password, &mut budget)?;
                    bags.extend(contents.keys);
                    certificates.extend(contents.certificates);
                }
                Piece::Certificate(der) => certificates.push(der),
            }
        }
        keys.extend(bags);
        if keys.is_empty() {
            return Err(KeyError::NoKey);
        }
        let (entries, certificates) = pair(keys, certificates);
        Ok(Self { info, entries, certificates })
    }

    /// How the file was laid out and protected.
    #[must_use]
    pub const fn info(&self) -> &KeyFileInfo {
        &self.info
    }

    /// The private keys, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[KeyEntry] {
        &self.entries
    }

    /// Certificates that belong to none of the keys: those above, in DER, not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// Gives the keys away.
    #[must_use]
    pub fn into_entries(self) -> Vec<KeyEntry> {
        self.entries
    }
}

/// Puts each certificate beside its key.
fn pair(keys: Vec<FoundKey>, certificates: Vec<Vec<u8>>) -> (Vec<KeyEntry>, Vec<Vec<u8>>) {
    let entry = |FoundKey { secret, label, local_id }| KeyEntry { secret, label, local_id, certificates: Vec::new() };
    let mut entries: Vec<_> = keys.into_iter().map(entry).collect();
    let mut others = Vec::new();
    for der in certificates {
        let key = certificate_key(&der);
        match entries.iter_mut().find(|entry| Some(entry.secret.public_key()) == key.as_ref()) {
            Some(entry) => entry.certificates.push(der),
            None => others.push(der),
        }
    }
    (entries, others)
}

fn describe(pieces: &[Piece]) -> Result<KeyFileInfo, KeyError> {
    let mut info: Option<KeyFileInfo> = None;
    for piece in pieces {
        let (format, protections, mac) = match piece {
            Piece::Plain(_, format) => (*format, Vec::new(), None),
            Piece::Encrypted(encrypted) => (encrypted.pbes.format, vec![encrypted.pbes.protection()], None),
            Piece::Pkcs12(file) => (KeyFileFormat::Pkcs12, file.protections()?, file.mac()),
            Piece::Cfca(_) => (KeyFileFormat::CfcaSm2, vec![CfcaFile::PROTECTION], None),
            Piece::Certificate(_) => continue,
        };
        // The first key names the file.
        let info = info.get_or_insert(KeyFileInfo { format, protections: Vec::new(), mac });
        for protection in protections {
            if !info.protections.contains(&protection) {
                info.protections.push(protection);
            }
        }
    }
    info.ok_or(KeyError::NoKey)
}

fn pieces(bytes: &[u8]) -> Result<Vec<Piece>, KeyError> {
    if bytes.len() > KeyFile::MAX_BYTES {
        return Err(KeyError::FileTooLarge { limit: KeyFile::MAX_BYTES });
    }
    if bytes.first() == Some(&0x30) {
        return Ok(vec![piece(bytes)?]);
    }
    let mut pieces = Vec::new();
    for block in pem::blocks(bytes)? {
        // Only keys that are encrypted in the way of RFC 1421 have headers; with DES and MD5, which nobody should read.
        let unknown = || KeyError::ProtectionUnknown { oid: "RFC 1421".to_owned() };
        let content: Zeroizing<Vec<u8>> = block.content.ok_or_else(unknown)?;
        match block.label {
            "CERTIFICATE" => pieces.push(Piece::Certificate(content.to_vec())),
            "" | "PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "CFCA KEY" | "PKCS12" => {
                pieces.push(piece(&content)?);
            }
            // A public key beside a private one, or something that this program has no use for.
            _ => {}
        }
    }
    if pieces.is_empty() { Err(KeyError::UnknownFormat) } else { Ok(pieces) }
}

/// Tells what one DER element is, by its shape.
fn piece(bytes: &[u8]) -> Result<Piece, KeyError> {
    if Pkcs12File::looks_like(bytes) {
        return Pkcs12File::read(bytes).map(Piece::Pkcs12);
    }
    if let Some(file) = CfcaFile::read(bytes) {
        return Ok(Piece::Cfca(file));
    }
    let parts = Walk::only(bytes, 0x30).and_then(|whole| whole.inside().all(8)).ok_or(KeyError::UnknownFormat)?;
    match parts.iter().map(|part| part.tag).collect::<Vec<_>>().as_slice() {
        [0x30, 0x04] => Encrypted::read(bytes).map(Piece::Encrypted),
        [0x02, 0x04, ..] => Ok(Piece::Plain(secret_key_from_der(bytes)?.0, KeyFileFormat::Sec1)),
        [0x02, 0x30, 0x04, ..] => {
            let (secret, dialect) = secret_key_from_der(bytes)?;
            let format = match dialect {
                KeyDialect::Standard => KeyFileFormat::Pkcs8,
                KeyDialect::AlgorithmIsCurve => KeyFileFormat::Pkcs8CurveAlgorithm,
                KeyDialect::AlgorithmIsSignature => KeyFileFormat::Pkcs8SignatureAlgorithm,
            };
            Ok(Piece::Plain(secret, format))
        }
        _ => Err(KeyError::UnknownFormat),
    }
}

/// The SM2 key in a certificate, which this room does not read otherwise: RFC 5280, 4.1.
fn certificate_key(der: &[u8]) -> Option<PublicKey> {
    let mut tbs = Walk::only(der, 0x30)?.inside().expect(0x30)?.inside();
    tbs.take(0xa0);
    // serialNumber, signature, issuer, validity, subject.
    for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
        tbs.expect(tag)?;
    }
    public_key_from_spki(tbs.expect(0x30)?.whole).ok().map(|(key, _)| key)
}

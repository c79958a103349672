//! Writing key files: SEC1, PKCS #8, PKCS #12, CFCA's SM2 file.

use ::der::Sequence;
use ::der::Tag;
use ::der::asn1::AnyRef;
use ::der::asn1::BmpString;
use ::der::asn1::ContextSpecificRef;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetStringRef;
use ::der::asn1::SetOfVec;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::der;
use crate::der::Raw;
use crate::key::KeyError;
use crate::key::Password;
use crate::key::format::secret_key_to_sec1;
use crate::key::secret_key_to_pkcs8;
use crate::oid;
use crate::sm::random;
use crate::sm::sm3;

use super::KeyEntry;
use super::KeyFile;
use super::KeyFileCipher;
use super::KeyFileHash;
use super::KeyFileLimits;
use super::cfca;
use super::derive::Budget;
use super::derive::Derivation;
use super::derive::Use;
use super::pbes::Pbes;
use super::pem;
use super::pkcs8;
use super::pkcs12::CertBag;
use super::pkcs12::ContentInfo;
use super::pkcs12::DigestInfo;
use super::pkcs12::EncryptedContentInfo;
use super::pkcs12::EncryptedData;
use super::pkcs12::MacData;
use super::pkcs12::Pfx;
use super::pkcs12::SafeBag;

/// With what a key file is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFileScheme {
    /// AES-256-CBC under PBKDF2 with HMAC-SHA-256: for OpenSSL, Java and most others.
    PortableAes,
    /// SM4-CBC under PBKDF2 with HMAC-SM3, exactly as GmSSL 3 reads it; OpenSSL 3.0 does not.
    Gm,
    /// SM4-CBC under PBKDF2 with HMAC-SHA-256: for OpenSSL 3.
    Sm4Sha256,
}

impl KeyFileScheme {
    /// The fewest iterations that are written: what GmSSL 3 reads at least.
    pub const LEAST_ITERATIONS: u32 = 10_000;
    /// The most iterations that are written: PKCS #12 derives three keys or more, and must stay readable under
    /// [`KeyFileLimits::DEFAULT`].
    pub const MOST_ITERATIONS: u32 = KeyFileLimits::DEFAULT.iterations / 4;

    /// The iterations that are written unless told otherwise.
    #[must_use]
    pub const fn iterations(self) -> u32 {
        match self {
            Self::PortableAes | Self::Sm4Sha256 => 600_000,
            Self::Gm => 100_000,
        }
    }

    const fn hash(self) -> KeyFileHash {
        match self {
            Self::PortableAes | Self::Sm4Sha256 => KeyFileHash::Sha256,
            Self::Gm => KeyFileHash::Sm3,
        }
    }

    const fn cipher(self) -> KeyFileCipher {
        match self {
            Self::PortableAes => KeyFileCipher::Aes256,
            Self::Gm | Self::Sm4Sha256 => KeyFileCipher::Sm4,
        }
    }

    /// The hash of the authentication code of PKCS #12: SM3 beside SM4, which OpenSSL 3 reads.
    const fn mac_hash(self) -> KeyFileHash {
        match self {
            Self::PortableAes => KeyFileHash::Sha256,
            Self::Gm | Self::Sm4Sha256 => KeyFileHash::Sm3,
        }
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFileTarget {
    /// `ECPrivateKey` with its curve, not encrypted; one key.
    Sec1,
    /// `PrivateKeyInfo`, not encrypted; one key.
    Pkcs8,
    /// `EncryptedPrivateKeyInfo`; one key.
    EncryptedPkcs8(KeyFileScheme),
    /// PKCS #12: every key with its label, and every certificate. There is no PEM of it.
    Pkcs12(KeyFileScheme),
    /// The SM2 file of CFCA's SADK: one key and its first certificate. A hash of the password without salt is all that
    /// protects it: for programs that read nothing else.
    CfcaSm2,
}

/// Whether a file is text or binary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyFileEncoding {
    /// PEM: a text, as most programs expect a key.
    #[default]
    Pem,
    /// DER.
    Der,
}

/// What encrypting asks for.
struct Protect<'a> {
    scheme: KeyFileScheme,
    password: &'a Password,
    iterations: u32,
    budget: Budget,
}

impl Protect<'_> {
    fn pbes(&self) -> Result<Pbes, KeyError> {
        Pbes::new(self.scheme.hash(), self.scheme.cipher(), self.iterations)
    }
}

impl KeyFile {
    /// Writes the keys in another form. The bytes wipe themselves.
    ///
    /// `iterations` of `None` are those of the scheme. A form that holds one key leaves certificates and labels out.
    ///
    /// # Errors
    /// [`KeyError::NoKey`]; [`KeyError::SeveralKeys`] when the form holds one; [`KeyError::PasswordNeeded`] for an
    /// encrypted form without a password, or with an empty one; [`KeyError::CertificateNeeded`] for CFCA's form without
    /// a certificate; [`KeyError::BadParameters`] for iterations outside of
    /// [`KeyFileScheme::LEAST_ITERATIONS`] to [`KeyFileScheme::MOST_ITERATIONS`], and for a label or certificate that cannot be written.
    pub fn write(
        &self,
        target: KeyFileTarget,
        encoding: KeyFileEncoding,
        password: Option<&Password>,
        iterations: Option<u32>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let one = || match self.entries() {
            [one] => Ok(&one.secret),
            [] => Err(KeyError::NoKey),
            more => Err(KeyError::SeveralKeys { count: more.len() }),
        };
        let (label, der) = match target {
            KeyFileTarget::Sec1 => ("EC PRIVATE KEY", secret_key_to_sec1(one()?)),
            KeyFileTarget::Pkcs8 => ("PRIVATE KEY", secret_key_to_pkcs8(one()?)),
            KeyFileTarget::EncryptedPkcs8(scheme) => {
                let mut protect = protect(scheme, password, iterations)?;
                let pbes = protect.pbes()?;
                ("ENCRYPTED PRIVATE KEY", pkcs8::write(one()?, &pbes, protect.password, &mut protect.budget)?)
            }
            KeyFileTarget::CfcaSm2 => {
                let secret = one()?;
                let certificate = self.entries()[0].certificates.first().ok_or(KeyError::CertificateNeeded)?;
                let password = password.filter(|password| !password.is_empty()).ok_or(KeyError::PasswordNeeded)?;
                ("CFCA KEY", cfca::write(secret, certificate, password)?)
            }
            KeyFileTarget::Pkcs12(scheme) => {
                return pkcs12(self, &mut protect(scheme, password, iterations)?);
            }
        };
        Ok(match encoding {
            KeyFileEncoding::Pem => pem::write(label, &der),
            KeyFileEncoding::Der => der,
        })
    }
}

fn protect(
    scheme: KeyFileScheme,
    password: Option<&Password>,
    iterations: Option<u32>,
) -> Result<Protect<'_>, KeyError> {
    let password = password.filter(|password| !password.is_empty()).ok_or(KeyError::PasswordNeeded)?;
    let iterations = iterations.unwrap_or(scheme.iterations());
    if !(KeyFileScheme::LEAST_ITERATIONS..=KeyFileScheme::MOST_ITERATIONS).contains(&iterations) {
        return Err(KeyError::BadParameters { what: "iterations" });
    }
    Ok(Protect { scheme, password, iterations, budget: Budget::new(KeyFileLimits::DEFAULT) })
}

/// `Attribute`, RFC 2985.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Sequence, ::der::ValueOrd)]
struct Attribute {
    kind: ObjectIdentifier,
    values: SetOfVec<Raw>,
}

const TOO_LONG: KeyError = KeyError::BadParameters { what: "label or certificate" };

fn pkcs12(file: &KeyFile, protect: &mut Protect<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if file.entries().is_empty() {
        return Err(KeyError::NoKey);
    }
    let mut certificates = Vec::new();
    let mut keys = Zeroizing::new(Vec::new());
    for (place, entry) in file.entries().iter().enumerate() {
        let label = label(entry, place);
        let set = attributes(&label, entry)?;
        let pbes = protect.pbes()?;
        let shrouded = pkcs8::write(&entry.secret, &pbes, protect.password, &mut protect.budget)?;
        keys.push(bag(oid::SHROUDED_KEY_BAG, &shrouded, Some(&set))?);
        for (at, certificate) in entry.certificates.iter().enumerate() {
            // The first is the one that readers take for the key's.
            certificates.push(certificate_bag(certificate, (at == 0).then_some(&set))?);
        }
    }
    for certificate in file.certificates() {
        certificates.push(certificate_bag(certificate, None)?);
    }
    let mut safes = Vec::new();
    if !certificates.is_empty() {
        safes.push(sealed(&sequence(&certificates)?, protect)?);
    }
    safes.push(content_info(oid::CMS_DATA, &octet_string(&sequence(&keys)?)?)?);
    let contents = sequence(&safes)?;

    let mut salt = [0; 16];
    random(&mut salt)?;
    let hash = protect.scheme.mac_hash();
    let derivation = Derivation::Pkcs12 { salt: salt.to_vec(), iterations: protect.iterations.into(), hash };
    let key = derivation.derive(protect.password, Use::Mac, hash.length(), &mut protect.budget)?;
    let digest = hash.hmac(&key, &contents);
    let algorithm = if hash == KeyFileHash::Sm3 { oid::SM3 } else { oid::SHA256 };
    let octets = octet_string(&contents)?;
    let pfx = Pfx {
        version: 3,
        auth_safe: ContentInfo { content_type: oid::CMS_DATA, content: any(&octets)? },
        mac: Some(MacData {
            mac: DigestInfo {
                algorithm: AlgorithmIdentifierRef { oid: algorithm, parameters: Some(AnyRef::NULL) },
                digest: OctetStringRef::new(&digest).map_err(|_| TOO_LONG)?,
            },
            salt: OctetStringRef::new(&salt).map_err(|_| TOO_LONG)?,
            iterations: Some(protect.iterations.into()),
        }),
    };
    Ok(Zeroizing::new(encode(&pfx)?))
}

/// The label of an entry; `sign` and `enc` for the two keys of a pair that came without.
fn label(entry: &KeyEntry, place: usize) -> String {
    entry.label.clone().unwrap_or_else(|| match place {
        0 => "sign".to_owned(),
        1 => "enc".to_owned(),
        more => format!("key-{}", more + 1),
    })
}

/// friendlyName, and a localKeyId that pairs key and certificate.
fn attributes(label: &str, entry: &KeyEntry) -> Result<Vec<u8>, KeyError> {
    let mut set = SetOfVec::new();
    let name = Raw::encode_from(&BmpString::from_utf8(label).map_err(|_| TOO_LONG)?).map_err(|_| TOO_LONG)?;
    let digest = sm3(&entry.secret.public_key().to_sec1());
    let id = OctetStringRef::new(&digest.as_bytes()[..20]).map_err(|_| TOO_LONG)?;
    let id = Raw::encode_from(&id).map_err(|_| TOO_LONG)?;
    for (kind, value) in [(oid::FRIENDLY_NAME, name), (oid::LOCAL_KEY_ID, id)] {
        let values = SetOfVec::from_iter([value]).map_err(|_| TOO_LONG)?;
        set.insert(Attribute { kind, values }).map_err(|_| TOO_LONG)?;
    }
    encode(&set)
}

fn certificate_bag(certificate: &[u8], set: Option<&Vec<u8>>) -> Result<Vec<u8>, KeyError> {
    let octets = octet_string(certificate)?;
    let held = encode(&CertBag { id: oid::X509_CERTIFICATE, value: any(&octets)? })?;
    bag(oid::CERT_BAG, &held, set)
}

fn bag(id: ObjectIdentifier, value: &[u8], set: Option<&Vec<u8>>) -> Result<Vec<u8>, KeyError> {
    let attributes = set.map(|set| any(set)).transpose()?;
    encode(&SafeBag { id, value: any(value)?, attributes })
}

/// `encryptedData` over bags.
fn sealed(plain: &[u8], protect: &mut Protect<'_>) -> Result<Vec<u8>, KeyError> {
    let pbes = protect.pbes()?;
    let sealed = pbes.encrypt(protect.password, plain, &mut protect.budget)?;
    let content = ContextSpecificRef {
        tag_number: ::der::TagNumber(0),
        tag_mode: ::der::TagMode::Implicit,
        value: &OctetStringRef::new(&sealed).map_err(|_| TOO_LONG)?,
    };
    let content = encode(&content)?;
    let data = pbes.with_algorithm(|algorithm| {
        let content = EncryptedContentInfo { content_type: oid::CMS_DATA, algorithm, content: any(&content)? };
        encode(&EncryptedData { version: 0, content })
    })?;
    content_info(oid::CMS_ENCRYPTED_DATA, &data)
}

fn content_info(content_type: ObjectIdentifier, content: &[u8]) -> Result<Vec<u8>, KeyError> {
    encode(&ContentInfo { content_type, content: any(content)? })
}

/// A SEQUENCE of elements that are encoded already.
fn sequence(elements: &[Vec<u8>]) -> Result<Vec<u8>, KeyError> {
    let content = Zeroizing::new(elements.concat());
    encode(&AnyRef::new(Tag::Sequence, &content).map_err(|_| TOO_LONG)?)
}

fn octet_string(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    encode(&OctetStringRef::new(bytes).map_err(|_| TOO_LONG)?)
}

fn any(element: &[u8]) -> Result<AnyRef<'_>, KeyError> {
    AnyRef::try_from(element).map_err(|_| TOO_LONG)
}

fn encode<T: ::der::Encode>(value: &T) -> Result<Vec<u8>, KeyError> {
    der::encode(value).map_err(|_| TOO_LONG)
}

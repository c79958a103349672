//! PKCS #12 (RFC 7292), reading: the authentication code, the bags, and how they are encrypted.

use ::der::Sequence;
use ::der::Tag;
use ::der::Tagged;
use ::der::asn1::AnyRef;
use ::der::asn1::BmpString;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetStringRef;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::der;
use crate::der::Walk;
use crate::key::KeyError;
use crate::key::Password;
use crate::key::format::secret_key_from_der;
use crate::oid;
use crate::sm::SecretKey;
use crate::sm::ct_eq;

use super::KeyFileHash;
use super::KeyProtection;
use super::derive::Budget;
use super::derive::Derivation;
use super::derive::Use;
use super::pbes;
use super::pbes::Pbes;
use super::pkcs8;

/// The most bags in a file, and the most contents that hold them: a pair of keys and a chain have fewer than ten.
const MAX_BAGS: usize = 64;

/// `PFX`, RFC 7292, 4.
#[derive(Sequence)]
pub(super) struct Pfx<'a> {
    pub(super) version: u8,
    pub(super) auth_safe: ContentInfo<'a>,
    #[asn1(optional = "true")]
    pub(super) mac: Option<MacData<'a>>,
}

/// `ContentInfo`, RFC 5652, 3.
#[derive(Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: AnyRef<'a>,
}

/// `MacData`, RFC 7292, 4.
#[derive(Sequence)]
pub(super) struct MacData<'a> {
    pub(super) mac: DigestInfo<'a>,
    pub(super) salt: &'a OctetStringRef,
    #[asn1(optional = "true")]
    pub(super) iterations: Option<u64>,
}

/// `DigestInfo`, RFC 8017, A.2.4.
#[derive(Sequence)]
pub(super) struct DigestInfo<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) digest: &'a OctetStringRef,
}

/// `PBMAC1-params`, RFC 8018, A.5.
#[derive(Sequence)]
pub(super) struct Pbmac1Parameters<'a> {
    pub(super) derivation: AlgorithmIdentifierRef<'a>,
    pub(super) scheme: AlgorithmIdentifierRef<'a>,
}

/// `EncryptedData`, RFC 5652, 8.
#[derive(Sequence)]
pub(super) struct EncryptedData<'a> {
    pub(super) version: u8,
    pub(super) content: EncryptedContentInfo<'a>,
}

/// `EncryptedContentInfo`, RFC 5652, 6.1; the content is `[0] IMPLICIT OCTET STRING`.
#[derive(Sequence)]
pub(super) struct EncryptedContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) content: AnyRef<'a>,
}

/// `SafeBag`, RFC 7292, 4.2.
#[derive(Sequence)]
pub(super) struct SafeBag<'a> {
    pub(super) id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
    #[asn1(optional = "true")]
    pub(super) attributes: Option<AnyRef<'a>>,
}

/// `CertBag`, RFC 7292, 4.2.3.
#[derive(Sequence)]
pub(super) struct CertBag<'a> {
    pub(super) id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
}

/// How the whole file is authenticated.
struct Authentication {
    derivation: Derivation,
    hash: KeyFileHash,
    key_length: usize,
    expected: Vec<u8>,
}

/// One of the contents: bags that lie open, or encrypted together.
enum Safe {
    Open(Vec<u8>),
    Sealed(Pbes, Vec<u8>),
}

/// A file as found, nothing opened.
pub(super) struct Pkcs12File {
    /// The octets that are authenticated.
    contents: Vec<u8>,
    authentication: Option<Authentication>,
    safes: Vec<Safe>,
}

/// A private key in a file.
pub(super) struct FoundKey {
    pub(super) secret: SecretKey,
    pub(super) label: Option<String>,
    pub(super) local_id: Option<Vec<u8>>,
}

/// What is in a file once it is open.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) keys: Vec<FoundKey>,
    pub(super) certificates: Vec<Vec<u8>>,
    bags: usize,
}

impl Pkcs12File {
    /// Whether the bytes begin like a PKCS #12 file, also one whose elements come without lengths: INTEGER 3 and a SEQUENCE.
    pub(super) fn looks_like(bytes: &[u8]) -> bool {
        let long = match bytes {
            [0x30, 0x80, ..] => 0,
            [0x30, long @ 0x81..=0x84, ..] => usize::from(long & 0x0f),
            _ => return false,
        };
        bytes.get(2 + long..).is_some_and(|content| content.starts_with(&[0x02, 0x01, 0x03, 0x30]))
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = with_lengths(bytes)?;
        let pfx: Pfx<'_> = decode(&bytes)?;
        // signedData is the other possibility, RFC 7292, 4: nobody writes it.
        if pfx.version != 3 || pfx.auth_safe.content_type != oid::CMS_DATA {
            return Err(KeyError::UnknownFormat);
        }
        let contents = octets(&pfx.auth_safe.content)?.to_vec();
        let list = with_lengths(&contents)?;
        let infos: Vec<ContentInfo<'_>> = decode(&list)?;
        if infos.len() > MAX_BAGS {
            return Err(KeyError::UnknownFormat);
        }
        let safes = infos.iter().map(Safe::read).collect::<Result<_, _>>()?;
        let authentication = pfx.mac.as_ref().map(Authentication::read).transpose()?;
        Ok(Self { contents, authentication, safes })
    }

    pub(super) fn mac(&self) -> Option<KeyProtection> {
        self.authentication.as_ref().map(|mac| mac.derivation.protection(None))
    }

    /// What encrypts the parts that can be seen without a password, each once.
    pub(super) fn protections(&self) -> Result<Vec<KeyProtection>, KeyError> {
        let mut found = Vec::new();
        for safe in &self.safes {
            match safe {
                Safe::Sealed(pbes, _) => found.push(pbes.protection()),
                Safe::Open(bytes) => {
                    for bag in decode::<Vec<SafeBag<'_>>>(&with_lengths(bytes)?)? {
                        if bag.id == oid::SHROUDED_KEY_BAG {
                            found.push(pkcs8::Encrypted::read(&element(&bag.value)?)?.pbes.protection());
                        }
                    }
                }
            }
        }
        let mut once = Vec::new();
        for protection in found {
            if !once.contains(&protection) {
                once.push(protection);
            }
        }
        Ok(once)
    }

    /// Checks the authentication code, then opens every bag.
    pub(super) fn open(&self, password: Option<&Password>, budget: &mut Budget) -> Result<Contents, KeyError> {
        let absent = Password::absent();
        let mut password = password;
        if let Some(mac) = &self.authentication {
            let given = password.ok_or(KeyError::Encrypted)?;
            if !mac.holds(given, &self.contents, budget)? {
                // An empty password is written by some as no bytes at all, not even the two zeros of its end.
                if !given.is_empty() || !mac.holds(&absent, &self.contents, budget)? {
                    return Err(KeyError::WrongPassword);
                }
                password = Some(&absent);
            }
        }
        let mut contents = Contents::default();
        for safe in &self.safes {
            match safe {
                Safe::Open(bytes) => contents.take(bytes, password, budget)?,
                Safe::Sealed(pbes, data) => {
                    let plain = pbes.decrypt(password.ok_or(KeyError::Encrypted)?, data, budget)?;
                    contents.take(&plain, password, budget).map_err(pkcs8::damaged)?;
                }
            }
        }
        Ok(contents)
    }
}

impl Authentication {
    fn read(data: &MacData<'_>) -> Result<Self, KeyError> {
        let expected = data.mac.digest.as_bytes().to_vec();
        let algorithm = &data.mac.algorithm;
        let (derivation, hash, key_length) = if algorithm.oid == oid::PBMAC1 {
            let parameters: Pbmac1Parameters<'_> = pbes::parameters(algorithm)?;
            let (derivation, length) = pbes::read_derivation(&parameters.derivation)?;
            let hash = pbes::hmac(&parameters.scheme)?;
            // RFC 9579, 5: the length must be there; without it that of the hash is the only sensible one.
            (derivation, hash, length.map_or(hash.length(), usize::from))
        } else {
            let hash = match algorithm.oid {
                oid::SHA1 => KeyFileHash::Sha1,
                oid::SHA256 => KeyFileHash::Sha256,
                oid::SHA384 => KeyFileHash::Sha384,
                oid::SHA512 => KeyFileHash::Sha512,
                oid::SM3 => KeyFileHash::Sm3,
                other => return Err(pbes::unknown(&other)),
            };
            let (salt, iterations) = (data.salt.as_bytes().to_vec(), data.iterations.unwrap_or(1));
            (Derivation::Pkcs12 { salt, iterations, hash }, hash, hash.length())
        };
        // An HMAC key longer than a block is hashed first: nobody asks for one.
        if !(8..=128).contains(&key_length) || expected.len() != hash.length() {
            return Err(KeyError::BadParameters { what: "MAC" });
        }
        Ok(Self { derivation, hash, key_length, expected })
    }

    fn holds(&self, password: &Password, contents: &[u8], budget: &mut Budget) -> Result<bool, KeyError> {
        let key = self.derivation.derive(password, Use::Mac, self.key_length, budget)?;
        Ok(ct_eq(&self.hash.hmac(&key, contents), &self.expected))
    }
}

impl Safe {
    fn read(info: &ContentInfo<'_>) -> Result<Self, KeyError> {
        match info.content_type {
            oid::CMS_DATA => Ok(Self::Open(octets(&info.content)?.to_vec())),
            oid::CMS_ENCRYPTED_DATA => {
                let data: EncryptedData<'_> = info.content.decode_as().map_err(|_| KeyError::UnknownFormat)?;
                let content = &data.content.content;
                let sealed = match content.tag() {
                    Tag::ContextSpecific { constructed: false, .. } => content.value().to_vec(),
                    // In pieces, which only BER has.
                    Tag::ContextSpecific { constructed: true, .. } => {
                        let pieces = Walk::new(content.value()).all(MAX_PIECES).ok_or(KeyError::UnknownFormat)?;
                        pieces.iter().flat_map(|piece| piece.content).copied().collect()
                    }
                    _ => return Err(KeyError::UnknownFormat),
                };
                Ok(Self::Sealed(Pbes::read(&data.content.algorithm)?, sealed))
            }
            other => Err(pbes::unknown(&other)),
        }
    }
}

/// The most pieces of a string: Bouncy Castle makes them 1,000 bytes long, and a file has 1 MiB.
const MAX_PIECES: usize = 1100;

impl Contents {
    /// Takes what is in the bags; those that hold neither a key nor an X.509 certificate are passed over.
    fn take(&mut self, bytes: &[u8], password: Option<&Password>, budget: &mut Budget) -> Result<(), KeyError> {
        let decoded = with_lengths(bytes)?;
        for bag in decode::<Vec<SafeBag<'_>>>(&decoded)? {
            self.bags += 1;
            if self.bags > MAX_BAGS {
                return Err(KeyError::UnknownFormat);
            }
            let secret = match bag.id {
                oid::KEY_BAG => Some(secret_key_from_der(&element(&bag.value)?)?.0),
                oid::SHROUDED_KEY_BAG => {
                    let password = password.ok_or(KeyError::Encrypted)?;
                    Some(pkcs8::Encrypted::read(&element(&bag.value)?)?.open(password, budget)?)
                }
                oid::CERT_BAG => {
                    let bag: CertBag<'_> = bag.value.decode_as().map_err(|_| KeyError::UnknownFormat)?;
                    if bag.id == oid::X509_CERTIFICATE {
                        self.certificates.push(octets(&bag.value)?.to_vec());
                    }
                    None
                }
                _ => None,
            };
            if let Some(secret) = secret {
                let (label, local_id) = attributes(bag.attributes.as_ref());
                self.keys.push(FoundKey { secret, label, local_id });
            }
        }
        Ok(())
    }
}

/// friendlyName and localKeyId. What cannot be read is passed over: neither decides anything.
fn attributes(set: Option<&AnyRef<'_>>) -> (Option<String>, Option<Vec<u8>>) {
    let (mut label, mut local_id) = (None, None);
    let list = set.and_then(|set| Walk::new(set.value()).all(MAX_BAGS)).unwrap_or_default();
    for attribute in list {
        let mut parts = attribute.inside();
        let (Some(kind), Some(values)) = (parts.expect(0x06), parts.expect(0x31)) else { continue };
        let Some(value) = values.inside().next() else { continue };
        if kind.content == oid::FRIENDLY_NAME.as_bytes() {
            label = BmpString::from_ucs2(value.content.to_vec()).ok().map(|text| text.to_string());
        } else if kind.content == oid::LOCAL_KEY_ID.as_bytes() {
            local_id = Some(value.content.to_vec());
        }
    }
    (label, local_id)
}

/// The file may be BER whose elements come without lengths, as Bouncy Castle writes it.
fn with_lengths(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let bytes = if bytes.get(1) == Some(&0x80) {
        der::with_lengths(bytes).ok_or(KeyError::UnknownFormat)?
    } else {
        bytes.to_vec()
    };
    Ok(Zeroizing::new(bytes))
}

fn decode<'a, T: ::der::Decode<'a, Error = ::der::Error>>(bytes: &'a [u8]) -> Result<T, KeyError> {
    der::decode(bytes).map_err(|_| KeyError::UnknownFormat)
}

fn octets<'a>(any: &AnyRef<'a>) -> Result<&'a [u8], KeyError> {
    if any.tag() == Tag::OctetString { Ok(any.value()) } else { Err(KeyError::UnknownFormat) }
}

/// An element with its header.
fn element(any: &AnyRef<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    der::encode(any).map(Zeroizing::new).map_err(|_| KeyError::UnknownFormat)
}

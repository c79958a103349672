use ::der::Sequence;
use ::der::asn1::AnyRef;
use ::der::asn1::OctetStringRef;
use ::sha1::Sha1;
use ::sha2::Digest as _;
use ::sha2::Sha256;
use const_oid::ObjectIdentifier;

use crate::lang::vocabulary;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::sm3;

use super::super::CertError;
use super::super::Certificate;
use super::super::SerialNumber;
use super::super::asn1;
use super::super::asn1::Reader;
use super::super::write;
use super::super::write::AlgorithmIdentifier;

vocabulary! {
    /// The hash by which a `CertID` names the issuer.
    pub enum CertIdHash: word {
        /// What SM2 certificates are asked about with first.
        Sm3 = "sm3", "SM3", "SM3";
        /// What RFC 5019 and most clients ask with; a name here, and no proof of anything.
        Sha1 = "sha1", "SHA-1", "SHA-1";
        /// Used by some newer clients.
        Sha256 = "sha256", "SHA-256", "SHA-256";
    }
}

impl CertIdHash {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sm3 => oid::SM3,
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
        }
    }

    fn of_oid(kind: ObjectIdentifier) -> Option<Self> {
        Self::ALL.iter().copied().find(|hash| hash.oid() == kind)
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sm3 => sm3(bytes).as_bytes().to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }
}

/// Which certificate is asked about (`CertID`): its issuer by two hashes, and its serial number; RFC 6960, 4.1.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CertId {
    /// All of it as received or written: a response repeats it byte for byte.
    der: Vec<u8>,
    hash: Option<CertIdHash>,
    name: Vec<u8>,
    key: Vec<u8>,
    serial: SerialNumber,
}

impl CertId {
    /// The longest hash that is read: 64 bytes, SHA-512.
    const MAX_HASH: usize = 64;

    /// Names a certificate of this issuer.
    ///
    /// # Errors
    /// [`CertError::KeyAlgorithm`] or [`CertError::BadKey`] for an issuer without an SM2 key.
    pub fn of(issuer: &Certificate, serial: &SerialNumber, hash: CertIdHash) -> Result<Self, CertError> {
        Ok(IssuerHashes::of(issuer, hash)?.id(serial))
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CertError> {
        let der = reader.expect(asn1::SEQUENCE)?.whole;
        let mut parts = Reader::open(der, asn1::SEQUENCE, "CertID")?;
        let kind = parts.enter(asn1::SEQUENCE)?.oid()?;
        let name = parts.expect(asn1::OCTET_STRING)?.content.to_vec();
        let key = parts.expect(asn1::OCTET_STRING)?.content.to_vec();
        let serial = SerialNumber::received(parts.integer()?)?;
        parts.end()?;
        if name.len().max(key.len()) > Self::MAX_HASH {
            return Err(parts.fault());
        }
        Ok(Self { der: der.to_vec(), hash: CertIdHash::of_oid(kind), name, key, serial })
    }

    pub(super) fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The hash, if it is one that is known here.
    #[must_use]
    pub const fn hash(&self) -> Option<CertIdHash> {
        self.hash
    }

    /// The serial number asked about.
    #[must_use]
    pub const fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The hash of the issuer's name, DER.
    #[must_use]
    pub fn issuer_name_hash(&self) -> &[u8] {
        &self.name
    }

    /// The hash of the issuer's public key, the point without the byte of unused bits.
    #[must_use]
    pub fn issuer_key_hash(&self) -> &[u8] {
        &self.key
    }

    /// Whether it speaks of certificates of this issuer: by name and key, whatever the hash.
    #[must_use]
    pub fn is_of(&self, issuer: &Certificate) -> bool {
        self.hash.is_some_and(|hash| IssuerHashes::of(issuer, hash).is_ok_and(|hashes| hashes.fit(self)))
    }
}

/// `CertID`; RFC 6960, 4.1.1.
#[derive(Sequence)]
struct WrittenId<'a> {
    algorithm: AlgorithmIdentifier,
    name: &'a OctetStringRef,
    key: &'a OctetStringRef,
    serial: AnyRef<'a>,
}

/// An issuer's two hashes, kept by a responder so that each answer costs no hash.
#[derive(Clone, Debug)]
pub(super) struct IssuerHashes {
    hash: CertIdHash,
    name: Vec<u8>,
    key: Vec<u8>,
}

impl IssuerHashes {
    pub(super) fn of(issuer: &Certificate, hash: CertIdHash) -> Result<Self, CertError> {
        Ok(Self { hash, name: hash.digest(issuer.subject().as_der()), key: key_hash(hash, issuer.public_key()?) })
    }

    pub(super) fn fit(&self, id: &CertId) -> bool {
        id.hash == Some(self.hash) && id.name == self.name && id.key == self.key
    }

    fn id(&self, serial: &SerialNumber) -> CertId {
        // NULL parameters: what OpenSSL and Bouncy Castle write, and compare with.
        let number = serial.to_der();
        let der = write::encode(&WrittenId {
            algorithm: AlgorithmIdentifier::with_null(self.hash.oid()),
            name: write::octets(&self.name),
            key: write::octets(&self.key),
            serial: write::raw(&number),
        });
        CertId { der, hash: Some(self.hash), name: self.name.clone(), key: self.key.clone(), serial: serial.clone() }
    }
}

/// The hash of a key as `CertID` and `ResponderID` have it: over the point 04‖x‖y.
pub(super) fn key_hash(hash: CertIdHash, key: &PublicKey) -> Vec<u8> {
    hash.digest(&key.to_sec1())
}

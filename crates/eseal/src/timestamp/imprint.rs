use ::sha2::Digest as _;
use ::sha2::Sha256;
use const_oid::ObjectIdentifier;
use der::asn1::OctetString;

use crate::lang::vocabulary;
use crate::oid;
use crate::sm::Sm3;
use crate::sm::Sm3Digest;

use super::TimestampError;
use super::asn1::Algorithm;
use super::asn1::MessageImprint;

vocabulary! {
    /// The hash of what is stamped.
    pub enum ImprintHash: word {
        /// What is asked for and stamped here.
        Sm3 = "sm3", "SM3", "SM3";
        /// In stamps of other authorities; read only.
        Sha256 = "sha256", "SHA-256", "SHA-256";
    }
}

impl ImprintHash {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sm3 => oid::SM3,
            Self::Sha256 => oid::SHA256,
        }
    }

    fn of_oid(kind: ObjectIdentifier) -> Option<Self> {
        Self::ALL.iter().copied().find(|hash| hash.oid() == kind)
    }

    /// Begins to hash something of any size.
    #[must_use]
    pub fn hasher(self) -> ImprintHasher {
        ImprintHasher(match self {
            Self::Sm3 => Hasher::Sm3(Sm3::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
        })
    }

    /// Hashes what is in memory.
    #[must_use]
    pub fn imprint(self, message: &[u8]) -> Imprint {
        let mut hasher = self.hasher();
        hasher.update(message);
        hasher.finish()
    }
}

/// Hashes what is to be stamped, piece by piece.
#[derive(Clone)]
pub struct ImprintHasher(Hasher);

#[derive(Clone)]
enum Hasher {
    Sm3(Sm3),
    Sha256(Sha256),
}

impl ImprintHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        match &mut self.0 {
            Hasher::Sm3(hash) => {
                hash.update(piece);
            }
            Hasher::Sha256(hash) => hash.update(piece),
        }
        self
    }

    /// The imprint of everything taken.
    #[must_use]
    pub fn finish(self) -> Imprint {
        match self.0 {
            Hasher::Sm3(hash) => Imprint::sm3(hash.finish()),
            Hasher::Sha256(hash) => Imprint { algorithm: oid::SHA256, hash: hash.finalize().to_vec() },
        }
    }
}

impl std::fmt::Debug for ImprintHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImprintHasher")
    }
}

/// What a time stamp is about (`MessageImprint`): the hash of something, and by which algorithm; RFC 3161, 2.4.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Imprint {
    algorithm: ObjectIdentifier,
    hash: Vec<u8>,
}

impl Imprint {
    /// The longest hash that is read: 64 bytes, SHA-512.
    const MAX_HASH: usize = 64;

    /// An SM3 hash.
    #[must_use]
    pub fn sm3(digest: Sm3Digest) -> Self {
        Self { algorithm: oid::SM3, hash: digest.as_bytes().to_vec() }
    }

    pub(super) fn read(imprint: &MessageImprint) -> Result<Self, TimestampError> {
        let hash = imprint.hash.as_bytes();
        if hash.is_empty() || hash.len() > Self::MAX_HASH {
            return Err(TimestampError::Malformed { what: "MessageImprint" });
        }
        Ok(Self { algorithm: imprint.algorithm.kind, hash: hash.to_vec() })
    }

    pub(super) fn written(&self) -> MessageImprint {
        MessageImprint {
            algorithm: Algorithm::of(self.algorithm),
            hash: OctetString::new(self.hash.as_slice()).expect("at most 64 bytes"),
        }
    }

    /// The algorithm, if it is one that is known here.
    #[must_use]
    pub fn algorithm(&self) -> Option<ImprintHash> {
        ImprintHash::of_oid(self.algorithm)
    }

    /// The algorithm's identifier in dots.
    #[must_use]
    pub fn algorithm_oid(&self) -> String {
        self.algorithm.to_string()
    }

    /// The hash.
    #[must_use]
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }
}

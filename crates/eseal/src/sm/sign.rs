use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use ::der::Sequence;
use ::der::asn1::OctetString;
use ::der::asn1::Uint;
use elliptic_curve::sec1::ToSec1Point;
use sm2::dsa::signature::hazmat::PrehashVerifier;
use zeroize::Zeroizing;

use crate::der;

use super::Sm3;
use super::Sm3Digest;
use super::SmError;

/// A signer's identity string (用户身份标识 ID) that SM2 hashes together with the public key; GB/T 35276-2017, 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId<'a>(&'a [u8]);

impl UserId<'static> {
    /// The default identity `1234567812345678`, used by certificates, seals and documents.
    pub const DEFAULT: Self = Self(b"1234567812345678");
    /// The empty identity: not conforming, made by OpenSSL 3 when nobody tells it otherwise.
    pub const EMPTY: Self = Self(b"");
}

impl<'a> UserId<'a> {
    /// An identity of another application; at most 8,191 bytes, since its length in bits is a 16-bit number.
    #[must_use]
    pub const fn new(id: &'a [u8]) -> Option<Self> {
        if id.len() <= 8191 { Some(Self(id)) } else { None }
    }
}

/// What SM2 signs: *e* = SM3(Z ‖ M), GB/T 32918.2-2016, 6.1. Its own type, so that no bare hash is signed by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignDigest([u8; 32]);

impl SignDigest {
    /// The 32 bytes of *e*, for a signer elsewhere.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes 32 bytes as *e*: the caller vouches that they are SM3(Z ‖ M).
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Computes *e* of a message that comes in pieces.
#[derive(Clone, Debug)]
pub struct SignHasher(Sm3);

impl SignHasher {
    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        self.0.update(piece);
        self
    }

    /// *e* of everything taken.
    #[must_use]
    pub fn finish(self) -> SignDigest {
        SignDigest(*self.0.finish().as_bytes())
    }
}

/// Public parameters that go into Z: a, b, xG, yG of sm2p256v1; GB/T 32918.5-2017, clause not checked.
const CURVE_PARAMETERS: [u8; 128] = {
    let hex = b"FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC\
28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93\
32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7\
BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0";
    let mut bytes = [0; 128];
    let mut index = 0;
    while index < 128 {
        let mut value = 0;
        let mut half = 0;
        while half < 2 {
            let digit = hex[index * 2 + half];
            value = value * 16 + if digit <= b'9' { digit - b'0' } else { digit - b'A' + 10 };
            half += 1;
        }
        bytes[index] = value;
        index += 1;
    }
    bytes
};

/// An SM2 public key: a point of the curve sm2p256v1, not infinity.
#[derive(Clone)]
pub struct PublicKey {
    key: sm2::PublicKey,
    point: [u8; 65],
    verifying: sm2::dsa::VerifyingKey,
}

impl PublicKey {
    /// Reads the uncompressed form `04 ‖ x ‖ y` (65 bytes) or the compressed form `02|03 ‖ x` (33 bytes).
    ///
    /// # Errors
    /// [`SmError::BadPublicKey`].
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, SmError> {
        // The crate beneath also reads "compact" and hybrid forms, which no standard here uses.
        if !matches!((bytes.len(), bytes.first()), (65, Some(4)) | (33, Some(2 | 3))) {
            return Err(SmError::BadPublicKey);
        }
        Self::from_key(sm2::PublicKey::from_sec1_bytes(bytes).map_err(|_| SmError::BadPublicKey)?)
    }

    pub(super) fn from_key(key: sm2::PublicKey) -> Result<Self, SmError> {
        let encoded = key.to_sec1_point(false);
        let point = encoded.as_bytes().try_into().map_err(|_| SmError::BadPublicKey)?;
        // The identity string given here is never used: digests come from `digest`, which hashes Z itself.
        let verifying = sm2::dsa::VerifyingKey::new("", key).map_err(|_| SmError::BadPublicKey)?;
        Ok(Self { key, point, verifying })
    }

    /// The uncompressed form `04 ‖ x ‖ y`.
    #[must_use]
    pub const fn to_sec1(&self) -> [u8; 65] {
        self.point
    }

    /// Z of this key for an identity; GB/T 32918.2-2016, 5.5.
    #[must_use]
    pub fn z(&self, id: UserId<'_>) -> Sm3Digest {
        let bits = u16::try_from(id.0.len() * 8).expect("an identity has at most 8191 bytes");
        let mut hash = Sm3::new();
        hash.update(&bits.to_be_bytes()).update(id.0).update(&CURVE_PARAMETERS).update(&self.point[1..]);
        hash.finish()
    }

    /// *e* of a message for an identity.
    #[must_use]
    pub fn digest(&self, id: UserId<'_>, message: &[u8]) -> SignDigest {
        let mut hasher = self.hasher(id);
        hasher.update(message);
        hasher.finish()
    }

    /// Begins *e* of a message that comes in pieces.
    #[must_use]
    pub fn hasher(&self, id: UserId<'_>) -> SignHasher {
        let mut hash = Sm3::new();
        hash.update(self.z(id).as_bytes());
        SignHasher(hash)
    }

    /// Checks a signature over a digest; GB/T 32918.2-2016, 7.
    ///
    /// # Errors
    /// [`SmError::SignatureMismatch`].
    pub fn verify(&self, digest: &SignDigest, signature: &Signature) -> Result<(), SmError> {
        self.verifying.verify_prehash(&digest.0, &signature.0).map_err(|_| SmError::SignatureMismatch)
    }

    /// Encrypts a short message to this key: DER `SM2Cipher`, GB/T 35276-2017 (clause not checked).
    ///
    /// # Errors
    /// [`SmError::EmptyMessage`], [`SmError::NoRandomness`].
    pub fn encrypt(&self, message: &[u8]) -> Result<Vec<u8>, SmError> {
        if message.is_empty() {
            return Err(SmError::EmptyMessage);
        }
        let key = sm2::pke::EncryptingKey::new(self.key);
        let bytes = key.encrypt(&mut getrandom::SysRng, message).map_err(|_| SmError::NoRandomness)?;
        sm2_cipher(&bytes[1..33], &bytes[33..65], &bytes[65..97], &bytes[97..]).ok_or(SmError::NoRandomness)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.point.hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.point.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// DER `SM2Cipher`, GB/T 35276-2017 (clause not checked).
#[derive(Sequence)]
pub(super) struct Sm2Cipher {
    pub(super) x: Uint,
    pub(super) y: Uint,
    pub(super) hash: OctetString,
    pub(super) cipher: OctetString,
}

/// DER `SM2Cipher` of its four parts; `None` when one is too large to be encoded.
pub(crate) fn sm2_cipher(x: &[u8], y: &[u8], hash: &[u8], cipher: &[u8]) -> Option<Vec<u8>> {
    let cipher = Sm2Cipher {
        x: Uint::new(x).ok()?,
        y: Uint::new(y).ok()?,
        hash: OctetString::new(hash).ok()?,
        cipher: OctetString::new(cipher).ok()?,
    };
    der::encode(&cipher).ok()
}

/// `04 ‖ x ‖ y ‖ C3 ‖ C2` of DER `SM2Cipher`, GB/T 32918.4-2016, 6.1: the form that hardware takes. `None` when the bytes are
/// no ciphertext.
#[must_use]
pub fn sm2_cipher_parts(cipher: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    der::decode::<Sm2Cipher>(cipher).ok()?.to_c1c3c2()
}

impl Sm2Cipher {
    /// `04 ‖ x ‖ y ‖ C3 ‖ C2`, if the parts have their sizes.
    pub(super) fn to_c1c3c2(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(vec![0; 65]);
        bytes[0] = 4;
        for (part, end) in [(&self.x, 33), (&self.y, 65)] {
            let part = part.as_bytes();
            if part.len() > 32 {
                return None;
            }
            bytes[end - part.len()..end].copy_from_slice(part);
        }
        if self.hash.as_bytes().len() != 32 || self.cipher.as_bytes().is_empty() {
            return None;
        }
        bytes.extend_from_slice(self.hash.as_bytes());
        bytes.extend_from_slice(self.cipher.as_bytes());
        Some(bytes)
    }
}

/// How a signature was written where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// DER `SEQUENCE { r, s }`: what the standards ask for.
    Der,
    /// 64 bytes r ‖ s: seen in real seals, not conforming.
    Raw,
}

/// An SM2 signature (r, s), both from 1 to n − 1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub(super) sm2::dsa::Signature);

#[derive(Sequence)]
struct SignatureDer {
    r: Uint,
    s: Uint,
}

impl Signature {
    /// The longest DER form, in bytes.
    pub const MAX_DER: usize = 72;

    /// Reads DER `SEQUENCE { r INTEGER, s INTEGER }` and nothing after it.
    ///
    /// # Errors
    /// [`SmError::MalformedSignature`] also when r or s is out of range.
    pub fn from_der(bytes: &[u8]) -> Result<Self, SmError> {
        let parsed: SignatureDer = der::decode(bytes).map_err(|_| SmError::MalformedSignature)?;
        let mut raw = [0; 64];
        for (part, end) in [(&parsed.r, 32), (&parsed.s, 64)] {
            let part = part.as_bytes();
            if part.len() > 32 {
                return Err(SmError::MalformedSignature);
            }
            raw[end - part.len()..end].copy_from_slice(part);
        }
        Self::from_raw(&raw)
    }

    /// Reads r ‖ s, 32 bytes each.
    ///
    /// # Errors
    /// [`SmError::MalformedSignature`] when r or s is out of range.
    pub fn from_raw(bytes: &[u8; 64]) -> Result<Self, SmError> {
        sm2::dsa::Signature::from_slice(bytes).map(Self).map_err(|_| SmError::MalformedSignature)
    }

    /// Reads DER, or exactly 64 bytes r ‖ s: for what is found in seals and messages only, never in certificates.
    ///
    /// # Errors
    /// [`SmError::MalformedSignature`].
    pub fn from_der_or_raw(bytes: &[u8]) -> Result<(Self, SignatureForm), SmError> {
        match Self::from_der(bytes) {
            Ok(signature) => Ok((signature, SignatureForm::Der)),
            Err(error) => {
                let raw = bytes.try_into().map_err(|_| error)?;
                Ok((Self::from_raw(raw)?, SignatureForm::Raw))
            }
        }
    }

    /// DER, at most [`Self::MAX_DER`] bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let raw = self.0.to_bytes();
        let part = |bytes: &[u8]| Uint::new(bytes).expect("32 bytes are a short integer");
        der::encode(&SignatureDer { r: part(&raw[..32]), s: part(&raw[32..]) }).expect("two short integers encode")
    }

    /// r ‖ s, 32 bytes each.
    #[must_use]
    pub fn to_raw(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        self.to_raw().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

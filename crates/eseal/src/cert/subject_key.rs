//! The public key of a certificate: SM2, or one of another algorithm with which real chains are signed.

use const_oid::ObjectIdentifier;
use rsa::BoxedUint;

use crate::key::KeyDialect;
use crate::key::KeyError;
use crate::key::public_key_from_spki;
use crate::oid;
use crate::sm::PublicKey;

use super::CertError;
use super::asn1;
use super::asn1::Reader;

/// A public key as it stands in subjectPublicKeyInfo.
#[derive(Clone, Debug)]
pub(super) enum SubjectKey {
    /// SM2, with the way it is written.
    Sm2(PublicKey, KeyDialect),
    Rsa(Box<rsa::PublicKey>),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

/// The smallest and the largest RSA modulus in bits: under 2048 a key proves nothing; over 8192 one check takes too
/// long, and no real CA has such a key.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl SubjectKey {
    pub(super) fn read(spki: &[u8]) -> Result<Self, CertError> {
        let fault = || CertError::Malformed { what: "subjectPublicKeyInfo" };
        match public_key_from_spki(spki) {
            Ok((key, dialect)) => Ok(Self::Sm2(key, dialect)),
            Err(KeyError::NotSm2 { oid }) => match Self::read_other(spki) {
                Err(CertError::KeyAlgorithm { .. }) => Err(CertError::KeyAlgorithm { oid }),
                read => read,
            },
            Err(KeyError::NoCurve) => Err(CertError::KeyAlgorithm { oid: oid::EC_PUBLIC_KEY.to_string() }),
            Err(KeyError::Sm(_)) => Err(CertError::BadKey),
            Err(_) => Err(fault()),
        }
    }

    fn read_other(spki: &[u8]) -> Result<Self, CertError> {
        let mut reader = Reader::open(spki, asn1::SEQUENCE, "subjectPublicKeyInfo")?;
        let mut algorithm = reader.enter(asn1::SEQUENCE)?;
        let kind = algorithm.oid()?;
        let key = reader.bits()?;
        reader.end()?;
        let unknown = |oid: ObjectIdentifier| CertError::KeyAlgorithm { oid: oid.to_string() };
        match kind {
            oid::RSA_ENCRYPTION => read_rsa(key),
            oid::EC_PUBLIC_KEY => match algorithm.oid()? {
                oid::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map(Self::P256),
                oid::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map(Self::P384),
                oid::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(key).map(Self::P521),
                curve => return Err(unknown(curve)),
            }
            .map_err(|_| CertError::BadKey),
            other => Err(unknown(other)),
        }
    }

    /// The identifier of the key's algorithm, or of its curve.
    pub(super) const fn kind(&self) -> ObjectIdentifier {
        match self {
            Self::Sm2(..) => oid::SM2_CURVE,
            Self::Rsa(_) => oid::RSA_ENCRYPTION,
            Self::P256(_) => oid::P256,
            Self::P384(_) => oid::P384,
            Self::P521(_) => oid::P521,
        }
    }
}

/// RSAPublicKey; RFC 8017, A.1.1.
fn read_rsa(key: &[u8]) -> Result<SubjectKey, CertError> {
    let mut reader = Reader::open(key, asn1::SEQUENCE, "RSAPublicKey")?;
    let (modulus, exponent) = (reader.integer()?, reader.integer()?);
    reader.end()?;
    // The sizes before the numbers are built: one byte is the sign.
    if modulus.len() > RSA_BITS.end() / 8 + 1 || exponent.len() > 8 || (modulus[0] | exponent[0]) & 0x80 != 0 {
        return Err(CertError::BadKey);
    }
    let number = BoxedUint::from_be_slice_vartime;
    match rsa::PublicKey::new_with_size_limits(number(modulus), number(exponent), RSA_BITS) {
        Ok(key) => Ok(SubjectKey::Rsa(Box::new(key))),
        Err(rsa::Error::ModulusTooSmall | rsa::Error::ModulusTooLarge) => {
            Err(CertError::KeyAlgorithm { oid: oid::RSA_ENCRYPTION.to_string() })
        }
        Err(_) => Err(CertError::BadKey),
    }
}

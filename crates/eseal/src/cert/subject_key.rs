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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::asn1::by_hand;

    fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
        by_hand::sequence(&[&by_hand::sequence(algorithm), &by_hand::bits(key)])
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<SubjectKey, CertError> {
        let key = by_hand::sequence(&[&by_hand::unsigned(modulus), &by_hand::unsigned(exponent)]);
        SubjectKey::read(&spki(&[&by_hand::oid(&oid::RSA_ENCRYPTION), &[asn1::NULL, 0]], &key))
    }

    /// An odd number of so many bits.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] = 0xff >> (bytes.len() * 8 - bits);
        bytes
    }

    #[test]
    fn rsa_keys_have_a_size_that_proves_something_and_can_be_checked() {
        for bits in [2048, 3072, 4096, 8192] {
            let key = rsa(&modulus(bits), &[1, 0, 1]).unwrap();
            assert_eq!(key.kind(), oid::RSA_ENCRYPTION);
        }
        for bits in [512, 1024, 2047] {
            let refused = rsa(&modulus(bits), &[1, 0, 1]).unwrap_err();
            assert_eq!(refused, CertError::KeyAlgorithm { oid: oid::RSA_ENCRYPTION.to_string() }, "{bits}");
        }
        for (modulus, exponent) in [
            (modulus(8200), vec![1, 0, 1]),
            (modulus(64 << 10), vec![1, 0, 1]),
            (modulus(2048), vec![0]),
            (modulus(2048), vec![2]),
            (modulus(2048), vec![0xff; 9]),
            (modulus(2048), vec![0xff; 7]),
            (vec![0xfe; 256], vec![1, 0, 1]),
            (vec![0], vec![0]),
        ] {
            assert!(rsa(&modulus, &exponent).is_err(), "{} bytes, {exponent:02x?}", modulus.len());
        }
        let negative = by_hand::sequence(&[&by_hand::element(asn1::INTEGER, &[&[0x81; 256]]), &by_hand::small(3)]);
        let algorithm: [&[u8]; 2] = [&by_hand::oid(&oid::RSA_ENCRYPTION), &[asn1::NULL, 0]];
        assert_eq!(SubjectKey::read(&spki(&algorithm, &negative)).unwrap_err(), CertError::BadKey);
    }

    #[test]
    fn a_point_that_is_not_on_its_curve_is_no_key() {
        for (curve, size) in [(oid::P256, 32), (oid::P384, 48), (oid::P521, 66)] {
            let algorithm: [&[u8]; 2] = [&by_hand::oid(&oid::EC_PUBLIC_KEY), &by_hand::oid(&curve)];
            for point in [vec![0], vec![], vec![4; 1 + 2 * size], [vec![4], vec![0; 2 * size]].concat()] {
                assert_eq!(SubjectKey::read(&spki(&algorithm, &point)).unwrap_err(), CertError::BadKey, "{curve}");
            }
        }
        let unknown: [&[u8]; 2] = [&by_hand::oid(&oid::EC_PUBLIC_KEY), &by_hand::oid(&oid::SHA256)];
        assert!(matches!(SubjectKey::read(&spki(&unknown, &[4; 65])), Err(CertError::KeyAlgorithm { .. })));
        let dsa: [&[u8]; 1] = [&by_hand::oid(&"1.2.840.10040.4.1".parse().unwrap())];
        assert!(matches!(SubjectKey::read(&spki(&dsa, &[2, 1, 1])), Err(CertError::KeyAlgorithm { .. })));
        assert_eq!(SubjectKey::read(&[0x30, 0]).unwrap_err().code(), "cert-malformed");
    }
}

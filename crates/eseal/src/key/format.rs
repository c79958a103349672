use ::der::Sequence;
use ::der::asn1::Any;
use ::der::asn1::AnyRef;
use ::der::asn1::BitString;
use ::der::asn1::BitStringRef;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetStringRef;
use ::der::asn1::SetOfVec;
use zeroize::Zeroizing;

use crate::der;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SecretKey;

use super::KeyError;

/// How a key file was written. What is not [`KeyDialect::Standard`] is read, and never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDialect {
    /// `ecPublicKey` with the curve as parameter.
    Standard,
    /// The algorithm is the curve's identifier (some OpenSSL 3.0 builds).
    AlgorithmIsCurve,
    /// The algorithm is the identifier of SM2 signature (Botan).
    AlgorithmIsSignature,
}

#[derive(Sequence)]
struct AlgorithmIdentifier<'a> {
    algorithm: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<AnyRef<'a>>,
}

impl AlgorithmIdentifier<'_> {
    fn dialect(&self) -> Result<KeyDialect, KeyError> {
        let curve = self.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        match self.algorithm {
            oid::SM2_CURVE => Ok(KeyDialect::AlgorithmIsCurve),
            oid::SM2_SIGN => Ok(KeyDialect::AlgorithmIsSignature),
            oid::EC_PUBLIC_KEY => match curve {
                Some(oid::SM2_CURVE) => Ok(KeyDialect::Standard),
                Some(other) => Err(KeyError::NotSm2 { oid: other.to_string() }),
                None => Err(KeyError::NoCurve),
            },
            other => Err(KeyError::NotSm2 { oid: other.to_string() }),
        }
    }
}

#[derive(Sequence)]
struct SubjectPublicKeyInfo<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    subject_public_key: BitStringRef<'a>,
}

/// `PrivateKeyInfo`, RFC 5208, 5, or `OneAsymmetricKey`, RFC 5958, 2; the attributes are of no use here.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifier<'a>,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    attributes: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// `ECPrivateKey`, RFC 5915, 3.
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// Reads `SubjectPublicKeyInfo`, also in the dialects of [`KeyDialect`].
///
/// # Errors
/// [`KeyError::UnknownFormat`], [`KeyError::NotSm2`], [`KeyError::NoCurve`], or a bad point.
pub fn public_key_from_spki(bytes: &[u8]) -> Result<(PublicKey, KeyDialect), KeyError> {
    let info: SubjectPublicKeyInfo<'_> = der::decode(bytes).map_err(|_| KeyError::UnknownFormat)?;
    let dialect = info.algorithm.dialect()?;
    let point = info.subject_public_key.as_bytes().ok_or(KeyError::UnknownFormat)?;
    Ok((PublicKey::from_sec1(point)?, dialect))
}

/// Writes `SubjectPublicKeyInfo`: `ecPublicKey`, sm2p256v1, uncompressed point.
#[must_use]
pub fn public_key_to_spki(key: &PublicKey) -> Vec<u8> {
    #[derive(Sequence)]
    struct Curve {
        algorithm: ObjectIdentifier,
        curve: ObjectIdentifier,
    }
    #[derive(Sequence)]
    struct Info {
        algorithm: Curve,
        key: BitString,
    }
    let info = Info {
        algorithm: Curve { algorithm: oid::EC_PUBLIC_KEY, curve: oid::SM2_CURVE },
        key: BitString::from_bytes(&key.to_sec1()).expect("65 bytes are a short bit string"),
    };
    der::encode(&info).expect("a short structure encodes")
}

/// The longest key file that is looked at: 64 KiB, many times the size of a real one.
const MAX_FILE: usize = 64 << 10;

/// Reads a private key that is not encrypted: PKCS#8 or SEC1, DER or PEM.
///
/// # Errors
/// [`KeyError::Encrypted`] for an encrypted file; otherwise what is wrong with it.
pub fn secret_key_from_bytes(bytes: &[u8]) -> Result<(SecretKey, KeyDialect), KeyError> {
    if bytes.len() > MAX_FILE {
        return Err(KeyError::UnknownFormat);
    }
    if bytes.first() == Some(&0x30) {
        return secret_key_from_der(bytes);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| KeyError::UnknownFormat)?;
    // OpenSSL writes a block of EC PARAMETERS before a SEC1 key: take the first block that holds a key.
    let start = ["-----BEGIN PRIVATE KEY", "-----BEGIN EC PRIVATE KEY", "-----BEGIN ENCRYPTED PRIVATE KEY"]
        .iter()
        .filter_map(|label| text.find(label))
        .min()
        .ok_or(KeyError::UnknownFormat)?;
    let text = &text[start..];
    let end = text.find("-----END ").map(|at| at + text[at..].find('\n').unwrap_or(text.len() - at));
    let block = text.get(..end.ok_or(KeyError::UnknownFormat)?).ok_or(KeyError::UnknownFormat)?.trim_end();
    let (label, document) = ::der::pem::decode_vec(block.as_bytes()).map_err(|_| KeyError::UnknownFormat)?;
    let document = Zeroizing::new(document);
    if label.contains("ENCRYPTED") { Err(KeyError::Encrypted) } else { secret_key_from_der(&document) }
}

/// Reads a private key in DER that is not encrypted.
pub(super) fn secret_key_from_der(bytes: &[u8]) -> Result<(SecretKey, KeyDialect), KeyError> {
    if let Ok(info) = der::decode::<PrivateKeyInfo<'_>>(bytes) {
        let dialect = info.algorithm.dialect()?;
        let inner: EcPrivateKey<'_> = der::decode(info.private_key.as_bytes()).map_err(|_| KeyError::UnknownFormat)?;
        let key = secret_key_from_sec1(&inner, true)?;
        if let Some(point) = info.public_key {
            check_point(&key, point)?;
        }
        return Ok((key, dialect));
    }
    if let Ok(inner) = der::decode::<EcPrivateKey<'_>>(bytes) {
        return Ok((secret_key_from_sec1(&inner, false)?, KeyDialect::Standard));
    }
    #[derive(Sequence)]
    struct EncryptedPrivateKeyInfo<'a> {
        algorithm: AlgorithmIdentifier<'a>,
        data: &'a OctetStringRef,
    }
    match der::decode::<EncryptedPrivateKeyInfo<'_>>(bytes) {
        Ok(_) => Err(KeyError::Encrypted),
        Err(_) => Err(KeyError::UnknownFormat),
    }
}

fn secret_key_from_sec1(inner: &EcPrivateKey<'_>, curve_known: bool) -> Result<SecretKey, KeyError> {
    match inner.parameters {
        Some(oid::SM2_CURVE) => {}
        Some(other) => return Err(KeyError::NotSm2 { oid: other.to_string() }),
        None if curve_known => {}
        None => return Err(KeyError::NoCurve),
    }
    let key = SecretKey::from_bytes(inner.private_key.as_bytes())?;
    if let Some(point) = inner.public_key {
        check_point(&key, point)?;
    }
    Ok(key)
}

fn check_point(key: &SecretKey, point: BitStringRef<'_>) -> Result<(), KeyError> {
    let point = point.as_bytes().ok_or(KeyError::UnknownFormat)?;
    if point == key.public_key().to_sec1() { Ok(()) } else { Err(KeyError::Mismatch) }
}

/// Writes PKCS#8 that is not encrypted: the form of OpenSSL 3 and GmSSL 3. The bytes wipe themselves.
#[must_use]
pub fn secret_key_to_pkcs8(key: &SecretKey) -> Zeroizing<Vec<u8>> {
    let scalar = key.expose();
    let point = key.public_key().to_sec1();
    let curve = der::encode(&oid::SM2_CURVE).expect("an identifier encodes");
    let inner = EcPrivateKey {
        version: 1,
        private_key: OctetStringRef::new(scalar.as_ref()).expect("32 bytes"),
        parameters: None,
        public_key: Some(BitStringRef::from_bytes(&point).expect("65 bytes")),
    };
    let inner = Zeroizing::new(der::encode(&inner).expect("a short structure encodes"));
    let info = PrivateKeyInfo {
        version: 0,
        algorithm: AlgorithmIdentifier {
            algorithm: oid::EC_PUBLIC_KEY,
            parameters: Some(AnyRef::try_from(curve.as_slice()).expect("an identifier is an element")),
        },
        private_key: OctetStringRef::new(&inner).expect("a short string"),
        attributes: None,
        public_key: None,
    };
    Zeroizing::new(der::encode(&info).expect("a short structure encodes"))
}

/// Writes `ECPrivateKey` (SEC1, RFC 5915) with its curve and public key. The bytes wipe themselves.
pub(super) fn secret_key_to_sec1(key: &SecretKey) -> Zeroizing<Vec<u8>> {
    let scalar = key.expose();
    let point = key.public_key().to_sec1();
    let inner = EcPrivateKey {
        version: 1,
        private_key: OctetStringRef::new(scalar.as_ref()).expect("32 bytes"),
        parameters: Some(oid::SM2_CURVE),
        public_key: Some(BitStringRef::from_bytes(&point).expect("65 bytes")),
    };
    Zeroizing::new(der::encode(&inner).expect("a short structure encodes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::shared;

    fn key() -> SecretKey {
        SecretKey::from_bytes(&[7; 32]).unwrap()
    }

    #[test]
    fn a_key_written_reads_back_and_its_algorithm_bytes_are_those_of_the_standard() {
        let file = secret_key_to_pkcs8(&key());
        let (read, dialect) = secret_key_from_bytes(&file).unwrap();
        assert_eq!((read.public_key(), dialect), (key().public_key(), KeyDialect::Standard));
        let spki = public_key_to_spki(key().public_key());
        // `ecPublicKey` with the curve 1.2.156.10197.1.301.
        let algorithm = [
            0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55,
            0x01, 0x82, 0x2D,
        ];
        assert_eq!(spki[2..23], algorithm);
        assert_eq!(public_key_from_spki(&spki).unwrap().0, *key().public_key());
    }

    #[test]
    fn a_file_cut_anywhere_or_with_more_behind_is_refused() {
        let file = secret_key_to_pkcs8(&key());
        for end in 0..file.len() {
            assert!(secret_key_from_bytes(&file[..end]).is_err(), "{end}");
        }
        assert!(secret_key_from_bytes(&[&file[..], &[0]].concat()).is_err());
        let spki = public_key_to_spki(key().public_key());
        for end in 0..spki.len() {
            assert!(public_key_from_spki(&spki[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn a_public_key_of_another_private_key_is_refused() {
        let mut file = secret_key_to_pkcs8(&key()).to_vec();
        let other = SecretKey::from_bytes(&[8; 32]).unwrap().public_key().to_sec1();
        let at = file.len() - 65;
        file[at..].copy_from_slice(&other);
        assert_eq!(secret_key_from_bytes(&file).unwrap_err(), KeyError::Mismatch);
    }

    #[test]
    fn the_key_files_of_other_programs_have_their_outcome() {
        let Some(shared) = shared() else { return };
        let folder = shared.join("samples/vectors/keys");
        let k1 = "b817ff47118810fe47161ef693b3a4ab40e80ff79e53a2e43c000394afc02487";
        let botan = "9eac3f1b4f0ede875ed5757d09e436889b8bf11c434fcb8cd7cf992dccca9c20";
        let expected = [
            ("openssl-pkcs8-plain.pem", Ok((k1, KeyDialect::Standard))),
            ("sec1.pem", Ok((k1, KeyDialect::Standard))),
            ("pkcs8-alg-sm2-sm2.der", Ok((k1, KeyDialect::AlgorithmIsCurve))),
            ("botan-pkcs8-plain.pem", Ok((botan, KeyDialect::AlgorithmIsSignature))),
            ("sec1-no-params-no-pub.pem", Err("key-no-curve")),
            ("enc-p8-openssl-aes256-sha256.pem", Err("key-encrypted")),
            ("enc-p8-gmt0091-oids.der", Err("key-encrypted")),
            ("enc-p8-huge-iterations.der", Err("key-encrypted")),
            ("cfca-sm2.pem", Err("key-unknown-format")),
        ];
        for (name, outcome) in expected {
            let read = secret_key_from_bytes(&std::fs::read(folder.join(name)).unwrap());
            let read = read.map(|(key, dialect)| {
                let scalar: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
                (scalar, dialect)
            });
            assert_eq!(
                read.map_err(|error| error.code()),
                outcome.map(|(scalar, dialect)| (scalar.to_owned(), dialect)),
                "{name}"
            );
        }
        let spki = std::fs::read(folder.join("spki-alg-sm2-sm2.der")).unwrap();
        assert_eq!(public_key_from_spki(&spki).unwrap().1, KeyDialect::AlgorithmIsCurve);
    }
}

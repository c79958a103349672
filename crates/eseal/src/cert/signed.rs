//! The outer shape that certificates, requests and revocation lists share: a signed part, an algorithm, a signature.

use const_oid::ObjectIdentifier;

use crate::key::Signer;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SignDigest;
use crate::sm::Signature;
use crate::sm::UserId;
use crate::sm::sm3;

use super::CertError;
use super::SignatureFault;
use super::asn1;
use super::asn1::Element;
use super::asn1::Reader;
use super::link::LinkScheme;
use super::write;

/// `SEQUENCE { signed part, AlgorithmIdentifier, BIT STRING }` over the received bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// The signed part with its header: what the signature is over.
    pub(super) part: &'a [u8],
    pub(super) algorithm: Algorithm<'a>,
    pub(super) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8], what: &'static str) -> Result<Self, CertError> {
        let mut reader = Reader::open(der, asn1::SEQUENCE, what)?;
        let part = reader.expect(asn1::SEQUENCE)?.whole;
        let algorithm = Algorithm::read(&mut reader)?;
        let signature = reader.bits()?;
        reader.end()?;
        Ok(Self { part, algorithm, signature })
    }

    /// Signs a part. Our own assembly on purpose: the builder of a widely used crate writes SM2 signatures as 64 raw
    /// bytes, which no other program accepts in a certificate.
    pub(super) fn write(part: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, CertError> {
        let signature = signer.sign_digest(&signer.public_key().digest(UserId::DEFAULT, part))?;
        let signature = signature.to_der();
        Ok(write::encode(&write::Signed {
            part: write::raw(part),
            algorithm: write::SM2_WITH_SM3,
            signature: write::bits(&signature),
        }))
    }
}

/// AlgorithmIdentifier as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Algorithm<'a> {
    pub(super) kind: ObjectIdentifier,
    /// All of it: the one in the signed part must be the same, byte for byte.
    pub(super) whole: &'a [u8],
    parameters: &'a [u8],
}

impl<'a> Algorithm<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, CertError> {
        let Element { whole, .. } = reader.expect(asn1::SEQUENCE)?;
        let mut inner = Reader::open(whole, asn1::SEQUENCE, "AlgorithmIdentifier")?;
        let kind = inner.oid()?;
        Ok(Self { kind, whole, parameters: inner.rest() })
    }

    /// How the signature is to be checked, if it is of an algorithm that is understood.
    pub(super) fn scheme(&self) -> Option<LinkScheme> {
        LinkScheme::read(self.kind, self.parameters)
    }

    /// Whether this is SM2 with SM3, its parameters absent or NULL.
    pub(super) fn is_sm2(&self) -> bool {
        self.kind == oid::SM2_WITH_SM3 && matches!(self.parameters, [] | [asn1::NULL, 0])
    }
}

/// Whether a signature holds: one SM2 verification, default identity, DER only.
pub(super) fn holds(key: &PublicKey, part: &[u8], signature: &[u8]) -> bool {
    Signature::from_der(signature)
        .is_ok_and(|signature| key.verify(&key.digest(UserId::DEFAULT, part), &signature).is_ok())
}

/// Which known mistake explains a signature that does not hold: at most three SM2 verifications.
pub(super) fn explain(key: &PublicKey, part: &[u8], signature: &[u8]) -> Option<SignatureFault> {
    let Ok(parsed) = Signature::from_der(signature) else {
        let raw = signature.try_into().ok().and_then(|raw| Signature::from_raw(raw).ok());
        return Some(if raw.is_some() { SignatureFault::Raw } else { SignatureFault::Malformed });
    };
    let bare = sm3(part);
    [
        (SignatureFault::EmptyId, key.digest(UserId::EMPTY, part)),
        (SignatureFault::NoZa, SignDigest::from_bytes(*bare.as_bytes())),
        (SignatureFault::DoubleHash, key.digest(UserId::DEFAULT, bare.as_bytes())),
    ]
    .into_iter()
    .find(|(_, digest)| key.verify(digest, &parsed).is_ok())
    .map(|(fault, _)| fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::asn1::by_hand;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;

    fn signer() -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[0x11; 32]).unwrap())
    }

    #[test]
    fn algorithms_have_the_bytes_that_the_notes_give() {
        let written = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75];
        assert_eq!(crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3), written);
        let with_null = [0x30, 0x0c, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75, 0x05, 0x00];
        let with_more = [0x30, 0x0d, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75, 0x04, 0x01, 0x00];
        let is_sm2 = |bytes| Algorithm::read(&mut Reader::new(bytes, "x")).unwrap().is_sm2();
        assert!(is_sm2(&written) && is_sm2(&with_null));
        assert!(!is_sm2(&with_more));
    }

    #[test]
    fn a_written_signature_is_der_and_never_64_raw_bytes() {
        let signer = signer();
        let part = by_hand::sequence(&[&by_hand::small(1)]);
        let signed = Signed::write(&part, &signer).unwrap();
        let read = Signed::read(&signed, "x").unwrap();
        assert_eq!(read.signature[0], asn1::SEQUENCE);
        assert!((68..=Signature::MAX_DER).contains(&read.signature.len()) && read.signature.len() != 64);
        assert!(holds(signer.public_key(), read.part, read.signature));
    }

    #[test]
    fn known_mistakes_are_named_and_never_accepted() {
        let signer = signer();
        let key = signer.public_key().clone();
        let part = b"a signed part";
        let sign = |digest: SignDigest| signer.sign_digest(&digest).unwrap();
        let right = sign(key.digest(UserId::DEFAULT, part));
        assert!(holds(&key, part, &right.to_der()));
        let empty = sign(key.digest(UserId::EMPTY, part)).to_der();
        let bare = sign(SignDigest::from_bytes(*sm3(part).as_bytes())).to_der();
        let double = sign(key.digest(UserId::DEFAULT, sm3(part).as_bytes())).to_der();
        let trailing = [right.to_der(), vec![0]].concat();
        for (signature, fault) in [
            (empty.as_slice(), Some(SignatureFault::EmptyId)),
            (&bare, Some(SignatureFault::NoZa)),
            (&double, Some(SignatureFault::DoubleHash)),
            (&right.to_raw(), Some(SignatureFault::Raw)),
            (&trailing, Some(SignatureFault::Malformed)),
            (&[], Some(SignatureFault::Malformed)),
            (&sign(SignDigest::from_bytes([7; 32])).to_der(), None),
        ] {
            assert!(!holds(&key, part, signature));
            assert_eq!(explain(&key, part, signature), fault);
        }
    }
}

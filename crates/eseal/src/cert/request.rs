use std::fmt;
use std::ops::Range;

use const_oid::ObjectIdentifier;

use crate::key::KeyDialect;
use crate::key::KeyError;
use crate::key::Signer;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::oid;
use crate::sm::PublicKey;

use super::CertError;
use super::ExtensionInfo;
use super::Name;
use super::SignatureFault;
use super::asn1;
use super::asn1::Reader;
use super::extension;
use super::pem;
use super::signed;
use super::signed::Signed;

/// A certificate request (证书请求) whose own signature holds: who made it has the key.
///
/// PKCS #10, RFC 2986; GM/T 0092-2020, clause 6 not checked. Attributes are read leniently: one large Chinese CA's
/// tools leave out the SET around their values.
#[derive(Clone)]
pub struct CertificateRequest {
    der: Box<[u8]>,
    subject: Name,
    key: PublicKey,
    dialect: KeyDialect,
    attributes: Vec<(ObjectIdentifier, Range<usize>)>,
}

/// The labels under which requests stand in PEM files.
const PEM_LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// The most attributes that are read.
const MAX_ATTRIBUTES: usize = 32;

impl CertificateRequest {
    /// The largest request that is read: 64 KiB.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Reads a request, DER, PEM or bare Base64, and checks its signature.
    ///
    /// # Errors
    /// [`CertError::RequestEmptyId`] for a request made with the empty SM2 identity;
    /// [`CertError::RequestSignature`]; [`CertError::RequestDuplicateAttribute`]; and what is malformed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertError> {
        let (request, fault) = Self::read(bytes)?;
        match fault {
            None => Ok(request),
            Some(Some(SignatureFault::EmptyId)) => Err(CertError::RequestEmptyId),
            Some(fault) => Err(CertError::RequestSignature { fault }),
        }
    }

    /// The request, and why its signature does not hold if it does not.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Option<Option<SignatureFault>>), CertError> {
        if bytes.len() > 2 * Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        if pem::is_der(bytes) {
            return Self::read_der(bytes);
        }
        let blocks = pem::blocks(bytes, &PEM_LABELS, "certificate request")?;
        Self::read_der(&blocks[0])
    }

    fn read_der(der: &[u8]) -> Result<(Self, Option<Option<SignatureFault>>), CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let signed = Signed::read(der, "CertificationRequest")?;
        if !signed.algorithm.is_sm2() {
            return Err(CertError::SignatureAlgorithm { oid: signed.algorithm.kind.to_string() });
        }
        let mut info = Reader::open(signed.part, asn1::SEQUENCE, "CertificationRequestInfo")?;
        if info.small()? != 0 {
            return Err(info.fault());
        }
        let subject = Name::from_der(info.expect(asn1::SEQUENCE)?.whole)?;
        let spki = info.expect(asn1::SEQUENCE)?.whole;
        let (key, dialect) = public_key_from_spki(spki).map_err(|error| match error {
            KeyError::NotSm2 { oid } => CertError::KeyAlgorithm { oid },
            KeyError::NoCurve => CertError::KeyAlgorithm { oid: oid::EC_PUBLIC_KEY.to_string() },
            KeyError::Sm(_) => CertError::BadKey,
            _ => CertError::Malformed { what: "subjectPKInfo" },
        })?;
        let mut attributes: Vec<(ObjectIdentifier, Range<usize>)> = Vec::new();
        if let Some(list) = info.take(asn1::context(0))? {
            let mut list = Reader::new(list.content, "attributes");
            while !list.is_empty() {
                let mut attribute = list.enter(asn1::SEQUENCE)?;
                let kind = attribute.oid()?;
                let value = attribute.next()?.whole;
                attribute.end()?;
                if attributes.iter().any(|(other, _)| *other == kind) {
                    return Err(CertError::RequestDuplicateAttribute { oid: kind.to_string() });
                }
                if attributes.len() == MAX_ATTRIBUTES {
                    return Err(list.fault());
                }
                let start = value.as_ptr().addr() - der.as_ptr().addr();
                attributes.push((kind, start..start + value.len()));
            }
        }
        info.end()?;
        let holds = signed::holds(&key, signed.part, signed.signature);
        let fault = (!holds).then(|| signed::explain(&key, signed.part, signed.signature));
        Ok((Self { der: der.into(), subject, key, dialect, attributes }, fault))
    }

    /// Makes a request for a subject, signed with the key that is to be certified.
    ///
    /// # Errors
    /// [`CertError::NameEmpty`], or the signer's error.
    pub fn new(subject: &Name, signer: &dyn Signer) -> Result<Self, CertError> {
        if subject.is_empty() {
            return Err(CertError::NameEmpty);
        }
        let info = asn1::sequence(&[
            &asn1::small(0),
            subject.as_der(),
            &public_key_to_spki(signer.public_key()),
            &asn1::element(asn1::context(0), &[]),
        ]);
        Self::from_bytes(&Signed::write(&info, signer)?)
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// PEM, `CERTIFICATE REQUEST`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write(PEM_LABELS[0], &self.der)
    }

    /// The subject that the request asks for.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key to be certified.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// How the key is written in the request.
    #[must_use]
    pub const fn key_dialect(&self) -> KeyDialect {
        self.dialect
    }

    /// The attributes: identifier in dots, and the value with its header, which is the SET around the values or, in
    /// some requests, the value itself.
    pub fn attributes(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.attributes.iter().map(|(kind, range)| (kind.to_string(), &self.der[range.clone()]))
    }

    fn attribute(&self, kind: ObjectIdentifier) -> Option<&[u8]> {
        let (_, range) = self.attributes.iter().find(|(other, _)| *other == kind)?;
        let value = &self.der[range.clone()];
        // Both habits: inside a SET, or without one.
        match Reader::open(value, asn1::SET, "attribute") {
            Ok(set) => Some(set.rest()),
            Err(_) => Some(value),
        }
    }

    /// The challengePassword attribute, if there is one.
    #[must_use]
    pub fn challenge(&self) -> Option<String> {
        let value = Reader::new(self.attribute(oid::CHALLENGE_PASSWORD)?, "challengePassword").next().ok()?;
        String::from_utf8(value.content.to_vec()).ok()
    }

    /// The extensions that the request asks for; what is issued does not depend on them.
    #[must_use]
    pub fn requested_extensions(&self) -> Vec<ExtensionInfo<'_>> {
        let mut found = Vec::new();
        let list = self.attribute(oid::EXTENSION_REQUEST);
        if let Some(list) = list.and_then(|value| Reader::open(value, asn1::SEQUENCE, "extensionRequest").ok()) {
            // What cannot be read is not shown; it has no effect either way.
            let _ = extension::extensions(list, |extension| {
                found.push(extension);
                Ok(())
            });
        }
        found
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest({})", self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::danger;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;
    use crate::sm::UserId;
    use der::Decode;
    use der::Encode;

    fn signer() -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[0x22; 32]).unwrap())
    }

    fn request() -> CertificateRequest {
        CertificateRequest::new(&Name::parse("CN=示例用户,C=CN").unwrap(), &signer()).unwrap()
    }

    /// A request with these attributes, signed with this identity.
    fn with(attributes: &[&[u8]], id: UserId<'_>) -> Vec<u8> {
        let signer = signer();
        let info = asn1::sequence(&[
            &asn1::small(0),
            request().subject().as_der(),
            &public_key_to_spki(signer.public_key()),
            &asn1::element(asn1::context(0), attributes),
        ]);
        let signature = signer.sign_digest(&signer.public_key().digest(id, &info)).unwrap();
        asn1::sequence(&[&info, &signed::Algorithm::sm2_with_sm3(), &asn1::bits(&signature.to_der())])
    }

    #[test]
    fn a_request_reads_back_in_both_forms() {
        let request = request();
        for bytes in [request.as_der(), request.to_pem().as_bytes()] {
            let read = CertificateRequest::from_bytes(bytes).unwrap();
            assert_eq!(read.subject().to_string(), "CN=示例用户,C=CN");
            assert_eq!(read.public_key(), signer().public_key());
        }
        let strict = x509_cert::request::CertReq::from_der(request.as_der()).unwrap();
        assert_eq!(strict.to_der().unwrap(), request.as_der());
    }

    #[test]
    fn an_empty_identity_has_its_own_error_and_passes_only_under_danger() {
        let bytes = with(&[], UserId::EMPTY);
        assert_eq!(CertificateRequest::from_bytes(&bytes).unwrap_err(), CertError::RequestEmptyId);
        assert!(danger::request_with_empty_id(&bytes).is_ok());
        let broken = with(&[], UserId::new(b"someone").unwrap());
        assert_eq!(CertificateRequest::from_bytes(&broken).unwrap_err(), CertError::RequestSignature { fault: None });
        assert!(danger::request_with_empty_id(&broken).is_err());
    }

    #[test]
    fn an_attribute_may_lack_its_set_but_may_not_come_twice() {
        let password = asn1::element(asn1::PRINTABLE_STRING, &[b"111111"]);
        let kind = asn1::oid(&oid::CHALLENGE_PASSWORD);
        let bare = asn1::sequence(&[&kind, &password]);
        let wrapped = asn1::sequence(&[&kind, &asn1::set_of(vec![password])]);
        for attribute in [&bare, &wrapped] {
            let read = CertificateRequest::from_bytes(&with(&[attribute], UserId::DEFAULT)).unwrap();
            assert_eq!(read.challenge().as_deref(), Some("111111"));
        }
        assert!(matches!(
            CertificateRequest::from_bytes(&with(&[&bare, &wrapped], UserId::DEFAULT)),
            Err(CertError::RequestDuplicateAttribute { .. })
        ));
    }

    #[test]
    fn a_request_cut_anywhere_or_changed_anywhere_is_refused() {
        let der = request().as_der().to_vec();
        for length in 0..der.len() {
            assert!(CertificateRequest::from_bytes(&der[..length]).is_err(), "cut to {length}");
            let mut changed = der.clone();
            changed[length] ^= 1;
            assert!(CertificateRequest::from_bytes(&changed).is_err(), "byte {length} changed");
        }
        assert!(CertificateRequest::from_bytes(&[der, vec![0]].concat()).is_err());
    }
}

use crate::sm::PublicKey;

use super::CertError;
use super::Certificate;
use super::asn1;
use super::asn1::Element;
use super::asn1::Reader;
use super::pem;

/// What a CA answers to a request (证书响应): certificates for signing, and for a pair (双证) the encryption certificate
/// with its enveloped key.
///
/// `CSRResponse`, GM/T 0092-2020, clause 8 not checked. Here a pair is read; only answers without one are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateResponse {
    signing: Vec<Certificate>,
    envelope: Option<Vec<u8>>,
    encryption: Vec<Certificate>,
}

/// The most certificates in one of the sets: a leaf and a path of eight, with room for a CA that sends more.
const MAX_CERTIFICATES: usize = 16;

impl CertificateResponse {
    /// The largest response that is read: 1 MiB.
    pub const MAX_BYTES: usize = 1 << 20;

    /// An answer of signing certificates: the one for the request first, then those above it.
    #[must_use]
    pub const fn new(signing: Vec<Certificate>) -> Self {
        Self { signing, envelope: None, encryption: Vec::new() }
    }

    /// Reads a response; also a certificate or a PEM file of certificates, which some CAs send as their answer.
    ///
    /// # Errors
    /// [`CertError::Malformed`], [`CertError::TooLarge`]; [`CertError::ResponseMismatch`] when an enveloped key comes
    /// without its certificate.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        if !pem::is_der(bytes) {
            return Ok(Self::new(Certificate::many_from_bytes(bytes)?));
        }
        let mut reader = Reader::open(bytes, asn1::SEQUENCE, "CSRResponse")?;
        // A certificate begins with a SEQUENCE, a response with a SET.
        if reader.peek() == Some(asn1::SEQUENCE) {
            return Ok(Self::new(vec![Certificate::from_der(bytes)?]));
        }
        let signing = certificates(reader.expect(asn1::SET)?)?;
        let envelope = match reader.take(asn1::context(0))? {
            Some(explicit) => {
                Reader::open(explicit.content, asn1::SEQUENCE, "SM2EnvelopedKey")?;
                Some(explicit.content.to_vec())
            }
            None => None,
        };
        let encryption = reader.take(asn1::context(1))?.map(certificates).transpose()?.unwrap_or_default();
        reader.end()?;
        if signing.is_empty() {
            return Err(reader.fault());
        }
        if envelope.is_some() && encryption.is_empty() {
            return Err(CertError::ResponseMismatch { what: "an enveloped key without its certificate" });
        }
        Ok(Self { signing, envelope, encryption })
    }

    /// DER. The certificates keep their order instead of that of a DER set: known readers take the first one for the
    /// requester's own.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let set =
            |tag, list: &[Certificate]| asn1::element(tag, &list.iter().map(Certificate::as_der).collect::<Vec<_>>());
        let envelope = self.envelope.as_ref().map(|envelope| asn1::element(asn1::context(0), &[envelope]));
        let encryption = (!self.encryption.is_empty()).then(|| set(asn1::context(1), &self.encryption));
        asn1::sequence(&[
            &set(asn1::SET, &self.signing),
            &envelope.unwrap_or_default(),
            &encryption.unwrap_or_default(),
        ])
    }

    /// The signing certificate for a key.
    ///
    /// # Errors
    /// [`CertError::ResponseMismatch`] when none is for this key.
    pub fn certificate_for(&self, key: &PublicKey) -> Result<&Certificate, CertError> {
        let found = self.signing.iter().find(|certificate| certificate.public_key().is_ok_and(|own| own == key));
        found.ok_or(CertError::ResponseMismatch { what: "no certificate for the key" })
    }

    /// The signing certificates as they came: the requester's, and those above it.
    #[must_use]
    pub fn signing(&self) -> &[Certificate] {
        &self.signing
    }

    /// The encryption certificates of a pair.
    #[must_use]
    pub fn encryption(&self) -> &[Certificate] {
        &self.encryption
    }

    /// The enveloped encryption key of a pair as received: DER `SM2EnvelopedKey`, GB/T 35276-2017, 7.4.
    #[must_use]
    pub fn envelope(&self) -> Option<&[u8]> {
        self.envelope.as_deref()
    }
}

fn certificates(set: Element<'_>) -> Result<Vec<Certificate>, CertError> {
    let mut reader = Reader::new(set.content, "CSRResponse");
    let mut list = Vec::new();
    while !reader.is_empty() {
        if list.len() == MAX_CERTIFICATES {
            return Err(reader.fault());
        }
        list.push(Certificate::from_der(reader.expect(asn1::SEQUENCE)?.whole)?);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::SerialNumber;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;
    use crate::time::Instant;
    use crate::time::Period;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    fn pair() -> [Certificate; 2] {
        let period = Period::years(Instant::from_unix(0), 9);
        let serial = || SerialNumber::from_bytes(&[1]).unwrap();
        let name = Name::parse("CN=fake").unwrap();
        let root = Issuer::self_signed(&name, &signer(1), serial(), period).unwrap();
        let issuer = Issuer::new(root.clone(), signer(1)).unwrap();
        [issuer.issue_for(&name, signer(2).public_key(), &Profile::person(), serial(), period).unwrap(), root]
    }

    #[test]
    fn a_response_reads_back_and_finds_the_certificate_by_its_key() {
        let [leaf, root] = pair();
        let response = CertificateResponse::new(vec![leaf.clone(), root.clone()]);
        let read = CertificateResponse::from_bytes(&response.to_der()).unwrap();
        assert_eq!(read, response);
        assert_eq!(read.certificate_for(signer(2).public_key()).unwrap(), &leaf);
        assert!(matches!(read.certificate_for(signer(3).public_key()), Err(CertError::ResponseMismatch { .. })));
        let alone = CertificateResponse::from_bytes(leaf.as_der()).unwrap();
        assert_eq!(alone.signing(), std::slice::from_ref(&leaf));
        let bundle = leaf.to_pem() + &root.to_pem();
        assert_eq!(CertificateResponse::from_bytes(bundle.as_bytes()).unwrap(), response);
    }

    #[test]
    fn a_pair_keeps_its_envelope_and_an_envelope_alone_is_refused() {
        let [leaf, root] = pair();
        let envelope = Some(asn1::sequence(&[&asn1::small(1)]));
        let whole = CertificateResponse { signing: vec![leaf.clone()], envelope, encryption: vec![root] };
        assert_eq!(CertificateResponse::from_bytes(&whole.to_der()).unwrap(), whole);
        let alone = CertificateResponse { encryption: Vec::new(), ..whole };
        assert!(matches!(CertificateResponse::from_bytes(&alone.to_der()), Err(CertError::ResponseMismatch { .. })));
    }

    #[test]
    fn a_response_cut_anywhere_empty_or_overfull_is_refused() {
        let [leaf, _] = pair();
        let der = CertificateResponse::new(vec![leaf.clone()]).to_der();
        for length in 0..der.len() {
            assert!(CertificateResponse::from_bytes(&der[..length]).is_err(), "cut to {length}");
        }
        assert!(CertificateResponse::from_bytes(&CertificateResponse::new(Vec::new()).to_der()).is_err());
        let many = CertificateResponse::new(vec![leaf; MAX_CERTIFICATES + 1]);
        assert!(CertificateResponse::from_bytes(&many.to_der()).is_err());
    }
}

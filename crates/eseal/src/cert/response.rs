use crate::key::EnvelopedKey;
use crate::sm::PublicKey;
use ::der::Sequence;
use ::der::Tag;
use ::der::TagNumber;
use ::der::asn1::AnyRef;

use super::CertError;
use super::Certificate;
use super::asn1;
use super::asn1::Element;
use super::asn1::Reader;
use super::pem;
use super::write;

/// What a CA answers to a request (证书响应): certificates for signing, and for a pair (双证) the encryption certificate
/// with its enveloped key.
///
/// `CSRResponse`, GM/T 0092-2020, clause 8 not checked. An enveloped key comes with the encryption certificate that it
/// belongs to: a response where it does not is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateResponse {
    signing: Vec<Certificate>,
    envelope: Option<EnvelopedKey>,
    encryption: Vec<Certificate>,
}

/// The most certificates in one of the sets: a leaf and a path of eight, with room for a CA that sends more.
const MAX_CERTIFICATES: usize = 16;

/// `CSRResponse`, GM/T 0092-2020, 8 (clause not checked).
#[derive(Sequence)]
struct Response<'a> {
    /// A SET whose members keep their order.
    signing: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    envelope: Option<AnyRef<'a>>,
    /// `[1]` around the members.
    #[asn1(optional = "true")]
    encryption: Option<AnyRef<'a>>,
}

impl CertificateResponse {
    /// The largest response that is read: 1 MiB.
    pub const MAX_BYTES: usize = 1 << 20;

    /// An answer of signing certificates: the one for the request first, then those above it.
    #[must_use]
    pub const fn new(signing: Vec<Certificate>) -> Self {
        Self { signing, envelope: None, encryption: Vec::new() }
    }

    /// An answer with a pair (双证): the encryption certificate first, then those above it if they are others than those
    /// above the signing certificate; and the encryption key, enveloped to the key of the request.
    ///
    /// # Errors
    /// [`CertError::ResponseMismatch`] when a signing certificate is missing, or no encryption certificate belongs to the
    /// enveloped key.
    pub fn with_pair(
        signing: Vec<Certificate>,
        encryption: Vec<Certificate>,
        envelope: EnvelopedKey,
    ) -> Result<Self, CertError> {
        if signing.is_empty() {
            return Err(CertError::ResponseMismatch { what: "no signing certificate" });
        }
        let response = Self { signing, envelope: Some(envelope), encryption };
        response.check_pair()?;
        Ok(response)
    }

    /// An answer to a renewal: both certificates of a pair whose keys the holder has already, so no envelope.
    ///
    /// # Errors
    /// [`CertError::ResponseMismatch`] when one of the two is missing.
    pub fn renewed_pair(signing: Vec<Certificate>, encryption: Vec<Certificate>) -> Result<Self, CertError> {
        if signing.is_empty() {
            return Err(CertError::ResponseMismatch { what: "no signing certificate" });
        }
        if encryption.is_empty() {
            return Err(CertError::ResponseMismatch { what: "no encryption certificate" });
        }
        Ok(Self { signing, envelope: None, encryption })
    }

    /// An enveloped key has its certificate.
    fn check_pair(&self) -> Result<(), CertError> {
        let Some(envelope) = &self.envelope else { return Ok(()) };
        if self.encryption.is_empty() {
            return Err(CertError::ResponseMismatch { what: "an enveloped key without its certificate" });
        }
        match of_key(&self.encryption, envelope.public_key()) {
            Some(_) => Ok(()),
            None => Err(CertError::ResponseMismatch { what: "no encryption certificate for the enveloped key" }),
        }
    }

    /// Reads a response; also a certificate or a PEM file of certificates, which some CAs send as their answer.
    ///
    /// # Errors
    /// [`CertError::Malformed`], [`CertError::TooLarge`]; [`CertError::Key`] when the envelope cannot be read;
    /// [`CertError::ResponseMismatch`] when an enveloped key comes without its certificate.
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
        let envelope = reader.take(asn1::context(0))?;
        let envelope = envelope.map(|explicit| EnvelopedKey::from_der(explicit.content)).transpose()?;
        let encryption = reader.take(asn1::context(1))?.map(certificates).transpose()?.unwrap_or_default();
        reader.end()?;
        if signing.is_empty() {
            return Err(reader.fault());
        }
        let response = Self { signing, envelope, encryption };
        response.check_pair()?;
        Ok(response)
    }

    /// DER. The certificates keep their order instead of that of a DER set: known readers take the first one for the
    /// requester's own.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let set = |tag, list: &[Certificate]| {
            let certificates: Vec<_> = list.iter().map(Certificate::as_der).collect();
            write::constructed(tag, &certificates.concat())
        };
        let signing = set(Tag::Set, &self.signing);
        let second = Tag::ContextSpecific { constructed: true, number: TagNumber(1) };
        let encryption = (!self.encryption.is_empty()).then(|| set(second, &self.encryption));
        write::encode(&Response {
            signing: write::raw(&signing),
            envelope: self.envelope.as_ref().map(|envelope| write::raw(envelope.as_der())),
            encryption: encryption.as_deref().map(write::raw),
        })
    }

    /// The signing certificate for a key.
    ///
    /// # Errors
    /// [`CertError::ResponseMismatch`] when none is for this key.
    pub fn certificate_for(&self, key: &PublicKey) -> Result<&Certificate, CertError> {
        of_key(&self.signing, key).ok_or(CertError::ResponseMismatch { what: "no certificate for the key" })
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

    /// The encryption certificate that the enveloped key belongs to; `None` in an answer without a pair.
    #[must_use]
    pub fn encryption_certificate(&self) -> Option<&Certificate> {
        self.envelope.as_ref().and_then(|envelope| of_key(&self.encryption, envelope.public_key()))
    }

    /// The enveloped encryption key of a pair.
    #[must_use]
    pub const fn envelope(&self) -> Option<&EnvelopedKey> {
        self.envelope.as_ref()
    }
}

fn of_key<'a>(list: &'a [Certificate], key: &PublicKey) -> Option<&'a Certificate> {
    list.iter().find(|certificate| certificate.public_key().is_ok_and(|own| own == key))
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

    fn envelope(byte: u8) -> EnvelopedKey {
        EnvelopedKey::seal(&SecretKey::from_bytes(&[byte; 32]).unwrap(), signer(9).public_key()).unwrap()
    }

    #[test]
    fn a_pair_reads_back_and_its_key_opens() {
        let [leaf, root] = pair();
        let chain = vec![leaf.clone(), root.clone()];
        let whole = CertificateResponse::with_pair(chain, vec![root.clone(), leaf.clone()], envelope(2)).unwrap();
        let read = CertificateResponse::from_bytes(&whole.to_der()).unwrap();
        assert_eq!(read, whole);
        assert_eq!(read.encryption_certificate(), Some(&leaf));
        assert_eq!(read.envelope().unwrap().open(&signer(9)).unwrap().public_key(), signer(2).public_key());
        assert_eq!(CertificateResponse::new(vec![leaf]).encryption_certificate(), None);
    }

    #[test]
    fn an_enveloped_key_without_its_certificate_is_refused() {
        let [leaf, root] = pair();
        let mismatch = |made: Result<CertificateResponse, CertError>| {
            assert!(matches!(made, Err(CertError::ResponseMismatch { .. })));
        };
        mismatch(CertificateResponse::with_pair(vec![leaf.clone()], Vec::new(), envelope(2)));
        mismatch(CertificateResponse::with_pair(vec![leaf.clone()], vec![root.clone()], envelope(2)));
        mismatch(CertificateResponse::with_pair(Vec::new(), vec![leaf.clone()], envelope(2)));
        for encryption in [Vec::new(), vec![root]] {
            let wrong = CertificateResponse { signing: vec![leaf.clone()], envelope: Some(envelope(2)), encryption };
            mismatch(CertificateResponse::from_bytes(&wrong.to_der()));
        }
    }

    #[test]
    fn the_response_of_another_program_opens_with_the_requesters_key() {
        let Some(shared) = crate::test_support::shared() else { return };
        let read = |name: &str| std::fs::read(shared.join("samples/vectors").join(name)).unwrap();
        let response = CertificateResponse::from_bytes(&read("enveloped-key/csr-response.der")).unwrap();
        let (holder, _) = crate::key::secret_key_from_bytes(&read("pki/sign.key")).unwrap();
        assert_eq!(response.certificate_for(holder.public_key()).unwrap().as_der(), response.signing()[0].as_der());
        let certificate = Certificate::from_bytes(&read("pki/enc.pem")).unwrap();
        assert_eq!(response.encryption_certificate(), Some(&certificate));
        let inside = response.envelope().unwrap().open(&holder).unwrap();
        assert_eq!(Ok(inside.public_key()), certificate.public_key());
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

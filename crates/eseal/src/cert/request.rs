use std::fmt;
use std::ops::Range;

use ::der::Tag;

use crate::key::KeyDialect;
use crate::key::KeyError;
use crate::key::Signer;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::lang::vocabulary;
use crate::oid;
use crate::sm::PublicKey;

use super::Activation;
use super::CertError;
use super::ExtensionInfo;
use super::Name;
use super::RequestExtras;
use super::SignatureFault;
use super::asn1;
use super::asn1::Reader;
use super::extension;
use super::pem;
use super::signed;
use super::signed::Signed;
use super::write;

/// Which requests are read; the default is those that conform. [`danger`](super::danger) makes wider ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestPolicy {
    /// Whether the empty SM2 identity is as good as the default one.
    pub(super) empty_id: bool,
}

vocabulary! {
    /// How a certificate request is written.
    pub enum RequestDialect: word {
        /// By RFC 2986.
        Pkcs10 = "pkcs10", "PKCS #10", "PKCS #10";
        /// Attributes without the SET around their values, as the tools of CFCA (中国金融认证中心) write them.
        Cfca = "cfca-sadk", "CFCA SADK 请求", "request of CFCA's SADK";
        /// Signed with the empty SM2 identity, as OpenSSL 3 does when nobody names one.
        EmptyId = "empty-id", "空用户标识的 PKCS #10", "PKCS #10 with the empty SM2 identifier";
    }
}

/// A certificate request (证书请求) whose own signature holds: who made it has the key.
///
/// PKCS #10, RFC 2986; GM/T 0092-2020, clause 6 not checked. Attributes are read leniently: one large Chinese CA's
/// tools leave out the SET around their values.
#[derive(Clone)]
pub struct CertificateRequest {
    der: Box<[u8]>,
    subject: Name,
    key: PublicKey,
    key_dialect: KeyDialect,
    empty_id: bool,
    attributes: Vec<(Kind, Range<usize>)>,
    activation: Option<Activation>,
}

/// The content of an attribute's identifier: ours has an arc of 128 bits, as those made from UUIDs do.
type Kind = Box<[u8]>;

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
        Self::from_bytes_with(bytes, RequestPolicy::default())
    }

    /// As [`from_bytes`](Self::from_bytes), and what the policy allows beyond it.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes).
    pub fn from_bytes_with(bytes: &[u8], policy: RequestPolicy) -> Result<Self, CertError> {
        let request = Self::read(bytes)?;
        if request.empty_id && !policy.empty_id {
            return Err(CertError::RequestEmptyId);
        }
        Ok(request)
    }

    fn read(bytes: &[u8]) -> Result<Self, CertError> {
        if bytes.len() > 2 * Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        if pem::is_der(bytes) {
            return Self::read_der(bytes);
        }
        let blocks = pem::blocks(bytes, &PEM_LABELS, "certificate request")?;
        Self::read_der(&blocks[0])
    }

    fn read_der(der: &[u8]) -> Result<Self, CertError> {
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
        let (key, key_dialect) = public_key_from_spki(spki).map_err(|error| match error {
            KeyError::NotSm2 { oid } => CertError::KeyAlgorithm { oid },
            KeyError::NoCurve => CertError::KeyAlgorithm { oid: oid::EC_PUBLIC_KEY.to_string() },
            KeyError::Sm(_) => CertError::BadKey,
            _ => CertError::Malformed { what: "subjectPKInfo" },
        })?;
        let mut attributes: Vec<(Kind, Range<usize>)> = Vec::new();
        if let Some(list) = info.take(asn1::context(0))? {
            let mut list = Reader::new(list.content, "attributes");
            while !list.is_empty() {
                let mut attribute = list.enter(asn1::SEQUENCE)?;
                let kind = attribute.expect(asn1::OBJECT_IDENTIFIER)?.content;
                let dotted = oid::dotted(kind).ok_or(list.fault())?;
                let value = attribute.next()?.whole;
                attribute.end()?;
                if attributes.iter().any(|(other, _)| **other == *kind) {
                    return Err(CertError::RequestDuplicateAttribute { oid: dotted });
                }
                if attributes.len() == MAX_ATTRIBUTES {
                    return Err(list.fault());
                }
                let start = value.as_ptr().addr() - der.as_ptr().addr();
                attributes.push((kind.into(), start..start + value.len()));
            }
        }
        info.end()?;
        let mut empty_id = false;
        if !signed::holds(&key, signed.part, signed.signature) {
            match signed::explain(&key, signed.part, signed.signature) {
                Some(SignatureFault::EmptyId) => empty_id = true,
                fault => return Err(CertError::RequestSignature { fault }),
            }
        }
        let mut request = Self { der: der.into(), subject, key, key_dialect, empty_id, attributes, activation: None };
        if let Some(value) = request.attribute(oid::ACTIVATION) {
            request.activation = Some(Activation::read(value, spki)?);
        }
        Ok(request)
    }

    /// Makes a request for a subject, signed with the key that is to be certified.
    ///
    /// # Errors
    /// [`CertError::NameEmpty`], or the signer's error.
    pub fn new(subject: &Name, signer: &dyn Signer) -> Result<Self, CertError> {
        Self::write(subject, signer, &public_key_to_spki(signer.public_key()), &[])
    }

    /// Makes a request as [`new`](Self::new) does, with more in it.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn new_with(subject: &Name, signer: &dyn Signer, extras: &RequestExtras<'_>) -> Result<Self, CertError> {
        let public_key = public_key_to_spki(signer.public_key());
        let value = write::encode(&extras.value(&public_key));
        let values = write::constructed(Tag::Set, &value);
        let activation =
            write::encode(&write::Attribute { kind: write::identifier(oid::ACTIVATION), values: write::raw(&values) });
        Self::write(subject, signer, &public_key, &[activation])
    }

    fn write(
        subject: &Name,
        signer: &dyn Signer,
        public_key: &[u8],
        attributes: &[Vec<u8>],
    ) -> Result<Self, CertError> {
        if subject.is_empty() {
            return Err(CertError::NameEmpty);
        }
        let info = write::encode(&write::RequestInfo {
            version: 0,
            subject: write::raw(subject.as_der()),
            public_key: write::raw(public_key),
            attributes: write::raw_list(attributes),
        });
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
        self.key_dialect
    }

    /// How the request is written. What its attributes mean does not depend on it.
    #[must_use]
    pub fn dialect(&self) -> RequestDialect {
        let bare = self.attributes.iter().any(|(_, range)| self.der[range.start] != asn1::SET);
        match (self.empty_id, bare) {
            (true, _) => RequestDialect::EmptyId,
            (_, true) => RequestDialect::Cfca,
            _ => RequestDialect::Pkcs10,
        }
    }

    /// The attributes: identifier in dots, and the value with its header, which is the SET around the values or, in
    /// some requests, the value itself.
    pub fn attributes(&self) -> impl Iterator<Item = (String, &[u8])> {
        let dotted = |kind: &Kind| oid::dotted(kind).expect("checked when it was read");
        self.attributes.iter().map(move |(kind, range)| (dotted(kind), &self.der[range.clone()]))
    }

    /// How the request is bound to an approved application, if it is.
    #[must_use]
    pub const fn activation(&self) -> Option<&Activation> {
        self.activation.as_ref()
    }

    fn attribute(&self, kind: &[u8]) -> Option<&[u8]> {
        let (_, range) = self.attributes.iter().find(|(other, _)| **other == *kind)?;
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
        let value =
            Reader::new(self.attribute(oid::CHALLENGE_PASSWORD.as_bytes())?, "challengePassword").next().ok()?;
        String::from_utf8(value.content.to_vec()).ok()
    }

    /// The temporary public key to which CFCA's tools want the encryption key enveloped (tempPublicKey), if there is one
    /// that can be read.
    #[must_use]
    pub fn temporary_key(&self) -> Option<PublicKey> {
        /// How many bits the key has, behind a type: two numbers of four bytes, least significant first.
        const HEAD: [u8; 8] = [0x00, 0xb4, 0, 0, 0x00, 0x01, 0, 0];
        let outer = Reader::new(self.attribute(oid::CFCA_TEMPORARY_KEY.as_bytes())?, "tempPublicKey")
            .expect(asn1::OCTET_STRING);
        let mut inner = Reader::open(outer.ok()?.content, asn1::SEQUENCE, "tempPublicKey").ok()?;
        inner.small().ok().filter(|version| *version == 1)?;
        let blob = inner.expect(asn1::OCTET_STRING).ok()?.content.strip_prefix(&HEAD)?;
        inner.end().ok()?;
        // Each coordinate is followed by as many zeros.
        let (x, y) = blob.split_at_checked(64)?;
        let coordinate = |half: &[u8]| match half.split_at_checked(32)? {
            (value, [0, rest @ ..]) if rest.len() == 31 && rest.iter().all(|byte| *byte == 0) => Some(value.to_vec()),
            _ => None,
        };
        PublicKey::from_sec1(&[vec![4], coordinate(x)?, coordinate(y)?].concat()).ok()
    }

    /// The extensions that the request asks for; what is issued does not depend on them.
    #[must_use]
    pub fn requested_extensions(&self) -> Vec<ExtensionInfo<'_>> {
        let mut found = Vec::new();
        let list = self.attribute(oid::EXTENSION_REQUEST.as_bytes());
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
    use crate::cert::ActivationCode;
    use crate::cert::Passphrase;
    use crate::cert::PassphraseVerifier;
    use crate::cert::asn1::by_hand;
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
        let info = by_hand::sequence(&[
            &by_hand::small(0),
            request().subject().as_der(),
            &public_key_to_spki(signer.public_key()),
            &by_hand::element(asn1::context(0), attributes),
        ]);
        let signature = signer.sign_digest(&signer.public_key().digest(id, &info)).unwrap();
        by_hand::sequence(&[
            &info,
            &crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3),
            &by_hand::bits(&signature.to_der()),
        ])
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
        let policy = danger::accept_empty_id_request();
        let accepted = CertificateRequest::from_bytes_with(&bytes, policy).unwrap();
        assert_eq!(accepted.dialect(), RequestDialect::EmptyId);
        let broken = with(&[], UserId::new(b"someone").unwrap());
        assert_eq!(CertificateRequest::from_bytes(&broken).unwrap_err(), CertError::RequestSignature { fault: None });
        assert!(CertificateRequest::from_bytes_with(&broken, policy).is_err());
    }

    #[test]
    fn an_attribute_may_lack_its_set_but_may_not_come_twice() {
        let password = by_hand::element(asn1::PRINTABLE_STRING, &[b"111111"]);
        let kind = by_hand::oid(&oid::CHALLENGE_PASSWORD);
        let bare = by_hand::sequence(&[&kind, &password]);
        let wrapped = by_hand::sequence(&[&kind, &by_hand::set_of(vec![password])]);
        for attribute in [&bare, &wrapped] {
            let read = CertificateRequest::from_bytes(&with(&[attribute], UserId::DEFAULT)).unwrap();
            assert_eq!(read.challenge().as_deref(), Some("111111"));
            let wanted = if attribute == &bare { RequestDialect::Cfca } else { RequestDialect::Pkcs10 };
            assert_eq!(read.dialect(), wanted);
        }
        assert!(matches!(
            CertificateRequest::from_bytes(&with(&[&bare, &wrapped], UserId::DEFAULT)),
            Err(CertError::RequestDuplicateAttribute { .. })
        ));
    }

    #[test]
    fn a_temporary_key_is_read_from_its_block_and_from_nothing_like_it() {
        let key = SecretKey::from_bytes(&[0x33; 32]).unwrap();
        let point = key.public_key().to_sec1();
        let head = [0, 0xb4, 0, 0, 0, 1, 0, 0];
        let block = [&head[..], &point[1..33], &[0; 32], &point[33..], &[0; 32]].concat();
        let temporary = |version: u32, block: &[u8]| {
            let inner = by_hand::sequence(&[&by_hand::small(version), &by_hand::element(asn1::OCTET_STRING, &[block])]);
            let value = by_hand::element(asn1::OCTET_STRING, &[&inner]);
            let attribute = by_hand::sequence(&[&by_hand::oid(&oid::CFCA_TEMPORARY_KEY), &value]);
            CertificateRequest::from_bytes(&with(&[&attribute], UserId::DEFAULT)).unwrap().temporary_key()
        };
        assert_eq!(temporary(1, &block).as_ref(), Some(key.public_key()));
        assert_eq!(request().temporary_key(), None);
        let changed = |at: usize| {
            let mut block = block.clone();
            block[at] ^= 1;
            block
        };
        for (version, block) in [
            (2, block.clone()),
            (1, block[..135].to_vec()),
            (1, [block.clone(), vec![0]].concat()),
            (1, Vec::new()),
            (1, changed(1)),
            (1, changed(5)),
            (1, changed(20)),
            (1, changed(50)),
            (1, changed(135)),
        ] {
            assert_eq!(temporary(version, &block), None);
        }
    }

    fn code() -> ActivationCode {
        ActivationCode::parse("MZXW-6YTB-MZXW-6YTB").unwrap()
    }

    fn activated() -> CertificateRequest {
        let passphrase = Passphrase::new("八个字的挂失口令").unwrap();
        let verifier = PassphraseVerifier::with_iterations(&passphrase, 2).unwrap();
        let code = code();
        let extras = RequestExtras::activated_by("2026000123", &code).unwrap().passphrase(verifier);
        CertificateRequest::new_with(request().subject(), &signer(), &extras).unwrap()
    }

    #[test]
    fn a_request_is_bound_to_its_application_without_the_code_in_it() {
        let request = activated();
        let activation = request.activation().unwrap();
        assert!(activation.holds(&code().key("2026000123")) && !activation.holds(&code().key("2026000124")));
        assert!(activation.passphrase().unwrap().verify(&Passphrase::new("八个字的挂失口令").unwrap()));
        assert_eq!(request.attributes().next().unwrap().0, "2.25.289195154052239015571117595437482308078");
        assert_eq!(request.dialect(), RequestDialect::Pkcs10);
        let holds = |part: &[u8]| request.as_der().windows(part.len()).any(|window| window == part);
        assert!(holds(b"2026000123") && !holds(b"foobafooba") && !holds(b"MZXW"));
    }

    /// Made once; computed again with Python and OpenSSL's SM3, see its README.
    const KEPT: &[u8] = include_bytes!("../../../../testdata/requests/activated.req");

    #[test]
    fn the_activation_of_a_kept_request_holds_with_its_code_and_its_passphrase() {
        let request = CertificateRequest::from_bytes(KEPT).unwrap();
        let activation = request.activation().unwrap();
        assert_eq!(activation.reference(), "2026000123");
        assert!(activation.holds(&code().key("2026000123")));
        assert!(activation.passphrase().unwrap().verify(&Passphrase::new("丢失时报这一句话").unwrap()));
    }

    #[test]
    fn an_activation_moved_to_another_key_does_not_hold() {
        let request = activated();
        let (_, values) = request.attributes().next().unwrap();
        let attribute = by_hand::sequence(&[&by_hand::element(asn1::OBJECT_IDENTIFIER, &[oid::ACTIVATION]), values]);
        let thief = SoftSigner::deterministic(SecretKey::from_bytes(&[0x33; 32]).unwrap());
        let spki = public_key_to_spki(thief.public_key());
        let moved = CertificateRequest::write(request.subject(), &thief, &spki, &[attribute]).unwrap();
        assert_eq!(moved.activation().unwrap().reference(), "2026000123");
        assert!(!moved.activation().unwrap().holds(&code().key("2026000123")));
    }

    #[test]
    fn a_malformed_activation_is_refused_and_not_passed_over() {
        let kind = by_hand::element(asn1::OBJECT_IDENTIFIER, &[oid::ACTIVATION]);
        for value in [
            by_hand::element(asn1::SET, &[]),
            by_hand::element(asn1::SET, &[&by_hand::sequence(&[])]),
            by_hand::element(asn1::SET, &[&by_hand::sequence(&[]), &by_hand::sequence(&[])]),
            by_hand::small(1),
        ] {
            let bytes = with(&[&by_hand::sequence(&[&kind, &value])], UserId::DEFAULT);
            let error = CertificateRequest::from_bytes(&bytes).unwrap_err();
            assert_eq!(error, CertError::Malformed { what: "activation" });
        }
    }

    #[test]
    fn a_request_cut_anywhere_or_changed_anywhere_is_refused() {
        for der in [request().as_der().to_vec(), activated().as_der().to_vec()] {
            cut_and_changed(&der);
        }
    }

    fn cut_and_changed(der: &[u8]) {
        for length in 0..der.len() {
            assert!(CertificateRequest::from_bytes(&der[..length]).is_err(), "cut to {length}");
            let mut changed = der.to_vec();
            changed[length] ^= 1;
            assert!(CertificateRequest::from_bytes(&changed).is_err(), "byte {length} changed");
        }
        assert!(CertificateRequest::from_bytes(&[der, &[0]].concat()).is_err());
    }
}

//! A request for a new key, asked for with the old one.

use ::der::Sequence;

use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::der;
use crate::der::Raw;
use crate::key::Signer;
use crate::oid;
use crate::time::Instant;

use super::CmsError;
use super::CmsOutcome;
use super::Content;
use super::MessageDraft;
use super::MessageKind;
use super::SignedMessage;
use super::asn1;
use super::read::unarmoured;

/// `PKIData` with one request and nothing else, RFC 5272, 3.2.1.
#[derive(Sequence)]
struct PkiData {
    controls: Vec<Raw>,
    requests: Requests,
    messages: Vec<Raw>,
    others: Vec<Raw>,
}

/// `SEQUENCE OF TaggedRequest` with its one member.
#[derive(Sequence)]
struct Requests {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    only: TaggedRequest,
}

/// `TaggedCertificationRequest`.
#[derive(Sequence)]
struct TaggedRequest {
    body_part: u32,
    request: Raw,
}

/// A request to change to a new key (换密钥更新): a PKCS #10 request that the new key has signed, inside a message that the
/// old key has signed. A value of this type has both signatures checked.
///
/// GB/T 35275 signed data over `PKIData`, RFC 5272, 3.2.1 (a full PKI request of one PKCS #10 request and no controls). The
/// type of the content is signed, so no signature over a file or a challenge passes for one. Whether the old certificate is
/// one of ours and in force is for the authority.
///
/// ```
/// use eseal::cms::RekeyRequest;
/// use eseal::key::{SecretKey, Signer, SoftSigner};
/// # use eseal::lab::{LabSettings, Office, Which};
/// # let now = eseal::time::Instant::utc(2026, 11, 24, 0, 0, 0)?;
/// # let office = Office::new(LabSettings::memory(now))?;
/// # let holder = office.holder(Which::Person.signer());
/// # let (certificate, old_key) = (&holder.certificate, holder.signer());
/// let new_key = SoftSigner::new(SecretKey::generate()?);
/// let asked = RekeyRequest::new(certificate, old_key, &new_key, now)?;
///
/// let read = RekeyRequest::from_bytes(asked.as_der())?;
/// assert_eq!(read.old_certificate(), certificate);
/// assert_eq!(read.request().public_key(), new_key.public_key());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RekeyRequest {
    message: SignedMessage,
    old: Certificate,
    request: CertificateRequest,
    at: Option<Instant>,
}

/// The word in the PEM lines.
const PEM_LABEL: &str = "CMS";

impl RekeyRequest {
    /// The largest request that is read: 256 KiB, room for a certificate and a PKCS #10 request of the sizes that are read.
    pub const MAX_BYTES: usize = 256 << 10;

    /// Asks for a certificate of a new key with the subject of an old certificate. Both keys sign, `now` is the signing time.
    ///
    /// # Errors
    /// [`CmsError::RekeySameKey`], [`CmsError::NotForSigning`], [`CmsError::WrongKey`] when `old_key` is not that of the
    /// certificate, and what signing fails with.
    pub fn new(old: &Certificate, old_key: &dyn Signer, new_key: &dyn Signer, now: Instant) -> Result<Self, CmsError> {
        if old.public_key().map_err(CmsError::Certificate)? == new_key.public_key() {
            return Err(CmsError::RekeySameKey);
        }
        let request = CertificateRequest::new(old.subject(), new_key).map_err(CmsError::Certificate)?;
        let data = PkiData {
            controls: Vec::new(),
            requests: Requests { only: TaggedRequest { body_part: 1, request: asn1::raw(request.as_der()) } },
            messages: Vec::new(),
            others: Vec::new(),
        };
        let draft = MessageDraft::new(old)?.content_type(oid::PKI_DATA).signing_time(now);
        Self::of(draft.attached(&asn1::encode(&data))?.sign(old_key)?)
    }

    /// Whether the bytes begin like a signed message, DER or PEM, and so may be a request of this kind.
    #[must_use]
    pub fn looks_like(bytes: &[u8]) -> bool {
        matches!(MessageKind::of(bytes), Some((_, MessageKind::Signed)))
    }

    /// Reads a request, DER or PEM, and checks both signatures.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`] and what is malformed; [`CmsError::NotRekey`] for a message that is something else, of several
    /// signers or without signed attributes; [`CmsError::RekeySignature`] when the old key's signature does not hold;
    /// [`CmsError::Certificate`] when the request inside cannot be read or its signature does not hold;
    /// [`CmsError::NotForSigning`] when the old certificate is one for encryption; [`CmsError::RekeySameKey`],
    /// [`CmsError::RekeyOtherSubject`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CmsError> {
        // Base64 takes four bytes for three, and a line break now and then.
        if bytes.len() / 3 * 2 > Self::MAX_BYTES {
            return Err(CmsError::TooLarge { limit: Self::MAX_BYTES });
        }
        let der = unarmoured(bytes)?;
        if der.len() > Self::MAX_BYTES {
            return Err(CmsError::TooLarge { limit: Self::MAX_BYTES });
        }
        Self::of(SignedMessage::from_der(&der)?)
    }

    fn of(message: SignedMessage) -> Result<Self, CmsError> {
        // Without signed attributes the content's type would not be signed: any signed file could be passed off as a request.
        let [signer] = message.signers() else { return Err(CmsError::NotRekey) };
        if message.content_type() != oid::PKI_DATA.to_string() || !signer.has_signed_attributes() {
            return Err(CmsError::NotRekey);
        }
        let content = message.content().ok_or(CmsError::NotRekey)?;
        let data: PkiData = der::decode(content).map_err(|_| CmsError::NotRekey)?;
        if !(data.controls.is_empty() && data.messages.is_empty() && data.others.is_empty()) {
            return Err(CmsError::NotRekey);
        }
        let check = message.verify(Content::Attached, &[]).pop().ok_or(CmsError::NotRekey)?;
        if let Some(code) = check.outcome.code() {
            return Err(CmsError::RekeySignature { code });
        }
        let code = CmsOutcome::NoCertificate.code().expect("an outcome that is not valid");
        let old = check.signer.ok_or(CmsError::RekeySignature { code })?;
        // The authority knows encryption keys: one of those must not ask in the holder's name.
        if old.key_usage().is_some_and(|usage| !usage.can_sign()) {
            return Err(CmsError::NotForSigning { subject: old.subject().to_string() });
        }
        let request = asn1::encode(&data.requests.only.request);
        let request = CertificateRequest::from_bytes(&request).map_err(CmsError::Certificate)?;
        if old.public_key().map_err(CmsError::Certificate)? == request.public_key() {
            return Err(CmsError::RekeySameKey);
        }
        if !old.subject().matches(request.subject()) {
            return Err(CmsError::RekeyOtherSubject { subject: request.subject().to_string() });
        }
        Ok(Self { message, old, request, at: check.signing_time })
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// PEM, `CMS`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        ::der::pem::encode_string(PEM_LABEL, ::der::pem::LineEnding::LF, self.as_der())
            .expect("the label is a PEM label")
    }

    /// The certificate whose key asks; it came with the message and is not judged.
    #[must_use]
    pub const fn old_certificate(&self) -> &Certificate {
        &self.old
    }

    /// The request by the new key.
    #[must_use]
    pub const fn request(&self) -> &CertificateRequest {
        &self.request
    }

    /// When the holder says it asked.
    #[must_use]
    pub const fn signing_time(&self) -> Option<Instant> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::people::Person;
    use super::*;
    use crate::cert::CertError;
    use crate::cert::Name;
    use crate::key::SoftSigner;

    fn at() -> Instant {
        Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
    }

    fn asked() -> (Person, SoftSigner, RekeyRequest) {
        let (old, new) = (Person::signer(1), Person::signer(2).signer);
        let asked = RekeyRequest::new(&old.certificate, &old.signer, &new, at()).unwrap();
        (old, new, asked)
    }

    fn code(bytes: &[u8]) -> &'static str {
        RekeyRequest::from_bytes(bytes).map_or_else(|error| error.code(), |_| "ok")
    }

    /// A message of the old key over this content, of the type of such requests.
    fn message(content: &[u8]) -> Vec<u8> {
        let old = Person::signer(1);
        let draft = MessageDraft::new(&old.certificate).unwrap().content_type(oid::PKI_DATA);
        draft.attached(content).unwrap().sign(&old.signer).unwrap().as_der().to_vec()
    }

    fn data(request: &CertificateRequest, controls: usize) -> Vec<u8> {
        asn1::encode(&PkiData {
            controls: vec![asn1::raw(&[0x30, 0]); controls],
            requests: Requests { only: TaggedRequest { body_part: 7, request: asn1::raw(request.as_der()) } },
            messages: Vec::new(),
            others: Vec::new(),
        })
    }

    #[test]
    fn a_request_reads_back_in_both_forms_and_names_both_keys() {
        let (old, new, asked) = asked();
        for bytes in [asked.as_der(), asked.to_pem().as_bytes()] {
            assert!(RekeyRequest::looks_like(bytes));
            let read = RekeyRequest::from_bytes(bytes).unwrap();
            assert_eq!(read.old_certificate(), &old.certificate);
            assert_eq!(read.request().public_key(), new.public_key());
            assert_eq!(read.request().subject(), old.certificate.subject());
            assert_eq!(read.signing_time(), Some(at()));
        }
        assert!(!RekeyRequest::looks_like(asked.request().as_der()), "a bare request is another thing");
    }

    #[test]
    fn a_byte_changed_anywhere_is_refused() {
        let (_, _, asked) = asked();
        for at in 0..asked.as_der().len() {
            let mut changed = asked.as_der().to_vec();
            changed[at] ^= 1;
            let Ok(read) = RekeyRequest::from_bytes(&changed) else { continue };
            // The certificate's own signature is for the authority, who compares it with the one it issued.
            assert_eq!(read.request().as_der(), asked.request().as_der(), "byte {at}");
            assert_eq!(read.signing_time(), asked.signing_time(), "byte {at}");
        }
        for end in 0..asked.as_der().len() {
            assert!(RekeyRequest::from_bytes(&asked.as_der()[..end]).is_err(), "cut to {end}");
        }
    }

    #[test]
    fn a_signed_file_with_a_request_in_it_does_not_pass_for_one() {
        let (old, new, asked) = asked();
        let request = CertificateRequest::new(old.certificate.subject(), &new).unwrap();
        let content = data(&request, 0);
        assert_eq!(code(&message(&content)), "ok");
        let draft = || MessageDraft::new(&old.certificate).unwrap();
        let signed = |draft: MessageDraft| draft.attached(&content).unwrap().sign(&old.signer).unwrap();
        assert_eq!(code(signed(draft()).as_der()), "cms-not-rekey", "data");
        // The type is named, but not signed.
        let bare = signed(draft().content_type(oid::PKI_DATA).without_attributes());
        assert_eq!(code(bare.as_der()), "cms-not-rekey");
        let detached = draft().content_type(oid::PKI_DATA).detached().finish().sign(&old.signer).unwrap();
        assert_eq!(code(detached.as_der()), "cms-not-rekey");
        assert_eq!(code(asked.request().as_der()), "cms-malformed");
    }

    #[test]
    fn other_content_controls_or_no_certificate_are_refused() {
        let (old, _, asked) = asked();
        assert_eq!(code(&message(b"something else")), "cms-not-rekey");
        assert_eq!(code(&message(&data(asked.request(), 1))), "cms-not-rekey");
        let draft = MessageDraft::new(&old.certificate).unwrap().content_type(oid::PKI_DATA).without_certificates();
        let nobody = draft.attached(&data(asked.request(), 0)).unwrap().sign(&old.signer).unwrap();
        let refused = RekeyRequest::from_bytes(nobody.as_der()).unwrap_err();
        assert_eq!(refused, CmsError::RekeySignature { code: "cms-no-certificate" });
    }

    #[test]
    fn the_same_key_another_subject_or_a_request_that_its_key_did_not_sign_is_refused() {
        let (old, new, _) = asked();
        let same = RekeyRequest::new(&old.certificate, &old.signer, &old.signer, at()).unwrap_err();
        assert_eq!(same, CmsError::RekeySameKey);
        let same = CertificateRequest::new(old.certificate.subject(), &old.signer).unwrap();
        assert_eq!(code(&message(&data(&same, 0))), "cms-rekey-same-key");
        let other = CertificateRequest::new(&Name::parse("CN=fake other").unwrap(), &new).unwrap();
        assert_eq!(code(&message(&data(&other, 0))), "cms-rekey-other-subject");
        let request = CertificateRequest::new(old.certificate.subject(), &new).unwrap();
        let mut content = data(&request, 0);
        let at = content.len() - 8;
        content[at] ^= 1;
        let refused = RekeyRequest::from_bytes(&message(&content)).unwrap_err();
        assert_eq!(refused, CmsError::Certificate(CertError::RequestSignature { fault: None }));
    }

    #[test]
    fn another_key_than_the_old_one_cannot_ask() {
        let (old, new, _) = asked();
        let other = Person::signer(3);
        let refused = RekeyRequest::new(&old.certificate, &other.signer, &new, at()).unwrap_err();
        assert_eq!(refused.code(), "cms-wrong-key");
        let receiver = Person::receiver(4);
        let refused = RekeyRequest::new(&receiver.certificate, &receiver.signer, &new, at()).unwrap_err();
        assert_eq!(refused.code(), "cms-not-for-signing");
    }

    #[test]
    fn an_encryption_key_that_signs_all_the_same_does_not_ask() {
        let (receiver, new) = (Person::receiver(4), Person::signer(2).signer);
        let request = CertificateRequest::new(receiver.certificate.subject(), &new).unwrap();
        // What the room does not write: signed for a certificate of the same number, with the receiver's put in its place.
        let signer = Person::signer(4);
        let draft = MessageDraft::new(&signer.certificate).unwrap().content_type(oid::PKI_DATA);
        let draft = draft.without_certificates().chain(&[receiver.certificate]);
        let message = draft.attached(&data(&request, 0)).unwrap().sign(&signer.signer).unwrap();
        assert_eq!(code(message.as_der()), "cms-not-for-signing");
    }

    #[test]
    fn what_is_too_large_is_not_looked_at() {
        assert_eq!(code(&vec![0x30; RekeyRequest::MAX_BYTES + 1]), "cms-too-large");
        assert_eq!(code(&vec![b'A'; 2 * RekeyRequest::MAX_BYTES]), "cms-too-large");
    }
}

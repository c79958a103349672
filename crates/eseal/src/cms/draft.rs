use std::fmt;

use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetStringRef;
use ::der::asn1::SetOfVec;
use ::der::asn1::UtcTime;
use const_oid::ObjectIdentifier;

use crate::cert::Certificate;
use crate::der::Raw;
use crate::key::Signer;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SignDigest;
use crate::sm::SignHasher;
use crate::sm::Signature;
use crate::sm::Sm3;
use crate::sm::UserId;
use crate::time::Instant;

use super::CmsError;
use super::Dialect;
use super::MessageKind;
use super::SignedMessage;
use super::asn1;
use super::asn1::Algorithm;
use super::asn1::Encapsulated;
use super::asn1::IssuerAndSerial;
use super::asn1::SignedData;
use super::asn1::SignerInfo;
use super::asn1::WrittenAttribute;

/// A signed message (签名数据) to be made: by whom, of which standard, and with what besides the content.
///
/// GB/T 35275 unless told otherwise, with signed attributes: the content's type and its SM3, and the signing time if one
/// is given. SM2 with the default identity over SM3; GB/T 35275-2017 (clauses not checked), RFC 5652, 5.
///
/// ```
/// use eseal::cms::{Content, MessageDraft, SignedMessage};
/// # use eseal::lab::{LabSettings, Office, Which};
/// # let now = eseal::time::Instant::utc(2026, 11, 24, 0, 0, 0)?;
/// # let office = Office::new(LabSettings::memory(now))?;
/// # let holder = office.holder(Which::Organization.signer());
/// # let (certificate, signer) = (&holder.certificate, holder.signer());
/// let mut content = MessageDraft::new(certificate)?.signing_time(now).detached();
/// content.update(b"a file of any size, ").update(b"piece by piece");
/// let message = content.finish().sign(signer)?;
///
/// let read = SignedMessage::from_der(message.as_der())?;
/// let checks = read.verify(Content::Detached(&[b"a file of any size, piece by piece"]), &[]);
/// assert_eq!(checks[0].outcome.code(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MessageDraft {
    signer: Certificate,
    key: PublicKey,
    dialect: Dialect,
    content_type: Option<ObjectIdentifier>,
    certificates: Vec<Certificate>,
    /// `None`: the content itself is signed.
    attributes: Option<Vec<Raw>>,
}

impl MessageDraft {
    /// The largest content that can go into a message, in bytes. What is larger is signed detached.
    pub const MAX_CONTENT: usize = SignedMessage::MAX_BYTES - (1 << 20);

    /// Begins a message that the holder of this certificate signs; the certificate goes into the message.
    ///
    /// # Errors
    /// [`CmsError::NotForSigning`] when the certificate's key usage is not for signatures, [`CmsError::Certificate`] when
    /// its key is not an SM2 key.
    pub fn new(signer: &Certificate) -> Result<Self, CmsError> {
        if signer.key_usage().is_some_and(|usage| !usage.can_sign()) {
            return Err(CmsError::NotForSigning { subject: signer.subject().to_string() });
        }
        let key = signer.public_key().map_err(CmsError::Certificate)?.clone();
        Ok(Self {
            signer: signer.clone(),
            key,
            dialect: Dialect::Gbt35275,
            content_type: None,
            certificates: vec![signer.clone()],
            attributes: Some(Vec::new()),
        })
    }

    /// Refuses a signer's certificate that is not within its period.
    ///
    /// # Errors
    /// [`CmsError::SignerNotValid`].
    pub fn require_valid(&self, at: Instant) -> Result<(), CmsError> {
        let validity = self.signer.validity();
        if validity.contains(at) {
            return Ok(());
        }
        Err(CmsError::SignerNotValid { subject: self.signer.subject().to_string(), validity })
    }

    /// Writes the message by this standard.
    #[must_use]
    pub const fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Puts these certificates into the message besides the signer's; at most 63 are of use, since no more are read.
    #[must_use]
    pub fn chain(mut self, certificates: &[Certificate]) -> Self {
        self.certificates.extend_from_slice(certificates);
        self
    }

    /// Puts no certificate into the message: for who has the signer's.
    #[must_use]
    pub fn without_certificates(mut self) -> Self {
        self.certificates.clear();
        self
    }

    /// Signs the time at which the signer says it signs.
    #[must_use]
    pub fn signing_time(self, at: Instant) -> Self {
        self.attribute(oid::SIGNING_TIME, &[time(at)])
    }

    /// Signs the content itself and no attributes, as many Chinese systems do; there can be no signing time then.
    #[must_use]
    pub fn without_attributes(mut self) -> Self {
        self.attributes = None;
        self
    }

    /// Names the content's type; data of the message's standard unless told.
    #[must_use]
    pub(crate) const fn content_type(mut self, kind: ObjectIdentifier) -> Self {
        self.content_type = Some(kind);
        self
    }

    /// Signs one more attribute, whose values are whole DER elements. Nothing when attributes were done without.
    #[must_use]
    pub(crate) fn attribute(mut self, kind: ObjectIdentifier, values: &[Vec<u8>]) -> Self {
        if let Some(attributes) = &mut self.attributes {
            attributes.push(attribute(kind, values));
        }
        self
    }

    /// Lays out a message with the content inside.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`] for a content over [`Self::MAX_CONTENT`].
    pub fn attached(self, content: &[u8]) -> Result<PendingMessage, CmsError> {
        if content.len() > Self::MAX_CONTENT {
            return Err(CmsError::TooLarge { limit: Self::MAX_CONTENT });
        }
        let mut hasher = self.detached();
        hasher.update(content);
        Ok(PendingMessage { content: Some(content.to_vec()), ..hasher.finish() })
    }

    /// Begins a message whose content stays elsewhere and comes in pieces: only its hash is kept.
    #[must_use]
    pub fn detached(self) -> ContentHasher {
        let hash = match &self.attributes {
            Some(_) => Hash::Digest(Sm3::new()),
            None => Hash::Signed(self.key.hasher(UserId::DEFAULT)),
        };
        ContentHasher { draft: self, hash, first: Vec::new(), length: 0 }
    }

    fn named_type(&self) -> ObjectIdentifier {
        self.content_type.unwrap_or_else(|| MessageKind::Data.identifier(self.dialect))
    }
}

impl fmt::Debug for MessageDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageDraft").field("signer", &self.signer).field("dialect", &self.dialect).finish()
    }
}

/// Takes the content of a message piece by piece; see [`MessageDraft::detached`].
#[derive(Clone, Debug)]
pub struct ContentHasher {
    draft: MessageDraft,
    hash: Hash,
    /// The first bytes of the content, as many as a tag and a length take.
    first: Vec<u8>,
    length: u64,
}

#[derive(Clone, Debug)]
enum Hash {
    /// With attributes: SM3 of the content, without Z.
    Digest(Sm3),
    /// Without: *e* of the content.
    Signed(SignHasher),
}

impl ContentHasher {
    /// Takes the next piece of the content.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        let missing = FRAME - self.first.len();
        self.first.extend_from_slice(&piece[..piece.len().min(missing)]);
        self.length = self.length.saturating_add(piece.len() as u64);
        match &mut self.hash {
            Hash::Digest(hash) => {
                hash.update(piece);
            }
            Hash::Signed(hash) => {
                hash.update(piece);
            }
        }
        self
    }

    /// Lays out the message over everything taken.
    #[must_use]
    pub fn finish(self) -> PendingMessage {
        let is_set = is_set(&self.first, self.length);
        let draft = self.draft;
        match self.hash {
            Hash::Digest(hash) => {
                let octets = asn1::octets(hash.finish().as_bytes());
                let own = [
                    attribute(oid::CONTENT_TYPE, &[asn1::encode(&draft.named_type())]),
                    attribute(oid::MESSAGE_DIGEST, &[octets]),
                ];
                let attributes = asn1::set(own.into_iter().chain(draft.attributes.iter().flatten().cloned()));
                let digest = draft.key.digest(UserId::DEFAULT, &asn1::encode(&attributes));
                PendingMessage { draft, content: None, attributes: Some(attributes), digest, is_set: false }
            }
            Hash::Signed(hash) => {
                PendingMessage { draft, content: None, attributes: None, digest: hash.finish(), is_set }
            }
        }
    }
}

/// A message laid out and waiting for its signature; it holds no secret, so the key may be anywhere.
#[derive(Clone)]
pub struct PendingMessage {
    draft: MessageDraft,
    content: Option<Vec<u8>>,
    attributes: Option<SetOfVec<Raw>>,
    digest: SignDigest,
    /// What is signed as it is has the form of signed attributes.
    is_set: bool,
}

/// The most bytes that a tag and a length of four bytes take.
const FRAME: usize = 6;

/// Whether a content of this length that begins so is one SET in DER.
fn is_set(first: &[u8], total: u64) -> bool {
    let [0x31, length, rest @ ..] = first else { return false };
    let (more, inside) = match length {
        0..=0x7f => (0, u64::from(*length)),
        0x81..=0x84 => {
            let more = usize::from(length & 0x7f);
            let Some(bytes) = rest.get(..more) else { return false };
            (more, bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
        }
        _ => return false,
    };
    total == 2 + more as u64 + inside
}

impl PendingMessage {
    /// What the signer's key has to sign.
    #[must_use]
    pub const fn digest(&self) -> &SignDigest {
        &self.digest
    }

    /// Signs and closes the message.
    ///
    /// # Errors
    /// [`CmsError::Key`] when the signer refuses; [`CmsError::WrongKey`] when it is not the certificate's key;
    /// [`CmsError::LooksLikeAttributes`] when a content that is to be signed without attributes has their form.
    pub fn sign(self, signer: &dyn Signer) -> Result<SignedMessage, CmsError> {
        self.check()?;
        if *signer.public_key() != self.draft.key {
            return Err(self.wrong_key());
        }
        let signature = signer.sign_digest(&self.digest)?;
        self.complete(&signature)
    }

    /// Closes the message with a signature made elsewhere.
    ///
    /// # Errors
    /// [`CmsError::WrongKey`] when the signature does not hold: one that does not is never written;
    /// [`CmsError::LooksLikeAttributes`] as [`Self::sign`].
    pub fn complete(self, signature: &Signature) -> Result<SignedMessage, CmsError> {
        self.check()?;
        if self.draft.key.verify(&self.digest, signature).is_err() {
            return Err(self.wrong_key());
        }
        SignedMessage::from_der(&self.lay_out(signature))
    }

    /// A signature over attributes is one over a SET. Who got somebody to sign a file of that form as it is could put the
    /// same signature under attributes of his making: a login proof, a grant, another document's digest.
    fn check(&self) -> Result<(), CmsError> {
        if self.is_set { Err(CmsError::LooksLikeAttributes) } else { Ok(()) }
    }

    fn wrong_key(&self) -> CmsError {
        CmsError::WrongKey { subject: self.draft.signer.subject().to_string() }
    }

    /// Signs, and gives the `SignerInfo` alone, for a message of another kind.
    pub(super) fn signer_info(&self, signer: &dyn Signer) -> Result<Raw, CmsError> {
        self.check()?;
        let signature = signer.sign_digest(&self.digest)?;
        if self.draft.key.verify(&self.digest, &signature).is_err() {
            return Err(self.wrong_key());
        }
        Ok(self.info(&signature))
    }

    fn info(&self, signature: &Signature) -> Raw {
        let Self { draft, attributes, .. } = self;
        let signature = signature.to_der();
        let info = SignerInfo {
            version: 1,
            identifier: IssuerAndSerial::of(&draft.signer),
            digest_algorithm: SM3,
            attributes: attributes.clone(),
            signature_algorithm: Algorithm {
                kind: match draft.dialect {
                    Dialect::Gbt35275 => oid::SM2_SIGN,
                    Dialect::Rfc5652 => oid::SM2_WITH_SM3,
                },
            },
            signature: OctetStringRef::new(&signature).expect("a short string"),
        };
        asn1::raw(&asn1::encode(&info))
    }

    fn lay_out(&self, signature: &Signature) -> Vec<u8> {
        let Self { draft, content, .. } = self;
        let kind = draft.named_type();
        let octets = content.as_deref().map(|content| OctetStringRef::new(content).expect("under the limit"));
        let certificates = asn1::set(draft.certificates.iter().map(|certificate| asn1::raw(certificate.as_der())));
        let data = SignedData {
            // RFC 5652, 5.1: 3 for any content but data; GB/T 35275 knows 1 only.
            version: if draft.dialect == Dialect::Rfc5652 && kind != oid::CMS_DATA { 3 } else { 1 },
            digest_algorithms: asn1::set([SM3]),
            encapsulated: Encapsulated { kind, content: octets },
            certificates: (!certificates.is_empty()).then_some(certificates),
            signers: asn1::set([self.info(signature)]),
        };
        asn1::content_info(MessageKind::Signed.identifier(draft.dialect), &asn1::encode(&data))
    }
}

impl fmt::Debug for PendingMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingMessage").field("draft", &self.draft).finish_non_exhaustive()
    }
}

const SM3: Algorithm = Algorithm { kind: oid::SM3 };

fn attribute(kind: ObjectIdentifier, values: &[Vec<u8>]) -> Raw {
    let values = asn1::set(values.iter().map(|value| asn1::raw(value)));
    asn1::raw(&asn1::encode(&WrittenAttribute { kind, values }))
}

/// UTCTime through 2049, GeneralizedTime from 2050 on; RFC 5652, 11.3. Times before 1970 are written as 1970.
fn time(at: Instant) -> Vec<u8> {
    let since = std::time::Duration::from_secs(u64::try_from(at.unix()).unwrap_or(0));
    match UtcTime::from_unix_duration(since) {
        Ok(time) => asn1::encode(&time),
        Err(_) => {
            let time = GeneralizedTime::from_unix_duration(since).expect("an instant ends with the year 9999");
            asn1::encode(&time)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::CmsOutcome;
    use crate::cms::Content;
    use crate::cms::Variant;
    use crate::cms::tests::people::Person;

    const TEXT: &[u8] = "要签名的原文".as_bytes();

    fn at() -> Instant {
        Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
    }

    fn outcome(message: &SignedMessage, content: Content<'_>) -> (CmsOutcome, Variant) {
        let checks = message.verify(content, &[]);
        assert_eq!(checks.len(), 1);
        (checks[0].outcome.clone(), checks[0].variant)
    }

    #[test]
    fn what_is_signed_holds_in_both_families_and_all_forms() {
        let person = Person::signer(1);
        for dialect in [Dialect::Gbt35275, Dialect::Rfc5652] {
            let draft = || MessageDraft::new(&person.certificate).unwrap().dialect(dialect).signing_time(at());
            let attached = draft().attached(TEXT).unwrap().sign(&person.signer).unwrap();
            assert_eq!(attached.dialect(), dialect);
            assert_eq!(attached.content(), Some(TEXT));
            assert_eq!(attached.signers()[0].signing_time(), Some(at()));
            assert_eq!(outcome(&attached, Content::Attached), (CmsOutcome::Valid, Variant::AttachedWithAttributes));

            let bare = draft().without_attributes().attached(TEXT).unwrap().sign(&person.signer).unwrap();
            assert!(bare.signers()[0].signing_time().is_none());
            assert_eq!(outcome(&bare, Content::Attached), (CmsOutcome::Valid, Variant::Attached));

            for (draft, variant) in
                [(draft(), Variant::DetachedWithAttributes), (draft().without_attributes(), Variant::Detached)]
            {
                let mut pieces = draft.detached();
                pieces.update(&TEXT[..5]).update(&TEXT[5..]);
                let detached = pieces.finish().sign(&person.signer).unwrap();
                assert_eq!(detached.content(), None);
                assert_eq!(outcome(&detached, Content::Detached(&[TEXT])), (CmsOutcome::Valid, variant));
                assert_ne!(outcome(&detached, Content::Detached(&[&TEXT[1..]])).0, CmsOutcome::Valid);
            }
        }
    }

    #[test]
    fn each_family_has_its_own_identifiers() {
        let person = Person::signer(1);
        for (dialect, kind, algorithm) in [
            (Dialect::Gbt35275, "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.1.301.1"),
            (Dialect::Rfc5652, "1.2.840.113549.1.7.1", "1.2.156.10197.1.501"),
        ] {
            let message = MessageDraft::new(&person.certificate).unwrap().dialect(dialect).detached();
            let message = message.finish().sign(&person.signer).unwrap();
            assert_eq!(message.content_type(), kind);
            assert_eq!(message.signers()[0].signature_algorithm(), algorithm);
            assert_eq!(message.certificates(), std::slice::from_ref(&person.certificate));
        }
    }

    #[test]
    fn another_type_of_content_and_further_attributes_are_signed() {
        let person = Person::signer(1);
        let (kind, further) = (ObjectIdentifier::new_unwrap("1.2.3.4"), ObjectIdentifier::new_unwrap("1.2.3.5"));
        let draft = MessageDraft::new(&person.certificate).unwrap().dialect(Dialect::Rfc5652).without_certificates();
        let draft = draft.content_type(kind).attribute(further, &[vec![0x05, 0x00]]);
        let message = draft.attached(TEXT).unwrap().sign(&person.signer).unwrap();
        assert_eq!((message.content_type(), message.certificates().len()), ("1.2.3.4".to_owned(), 0));
        assert_eq!(message.signers()[0].signed_value(&further), Some(&[0x05, 0x00][..]));
        let checks = message.verify(Content::Attached, std::slice::from_ref(&person.certificate));
        assert_eq!(checks[0].outcome, CmsOutcome::Valid);
    }

    #[test]
    fn a_chain_comes_along_once() {
        let (person, other) = (Person::signer(1), Person::signer(2));
        let chain = [other.certificate.clone(), person.certificate.clone()];
        let message = MessageDraft::new(&person.certificate).unwrap().chain(&chain).detached();
        let message = message.finish().sign(&person.signer).unwrap();
        assert_eq!(message.certificates().len(), 2);
        assert_eq!(outcome(&message, Content::Detached(&[])).0, CmsOutcome::Valid);
    }

    #[test]
    fn the_key_may_be_elsewhere_and_another_key_never_closes_a_message() {
        let (person, other) = (Person::signer(1), Person::signer(2));
        let pending = MessageDraft::new(&person.certificate).unwrap().attached(TEXT).unwrap();
        let signature = person.signer.sign_digest(pending.digest()).unwrap();
        let message = pending.clone().complete(&signature).unwrap();
        assert_eq!(outcome(&message, Content::Attached).0, CmsOutcome::Valid);
        let foreign = other.signer.sign_digest(pending.digest()).unwrap();
        assert_eq!(pending.clone().complete(&foreign).unwrap_err().code(), "cms-wrong-key");
        assert_eq!(pending.sign(&other.signer).unwrap_err().code(), "cms-wrong-key");
    }

    #[test]
    fn a_certificate_that_is_not_for_signatures_does_not_sign_messages() {
        let person = Person::authority(1);
        assert_eq!(MessageDraft::new(&person.certificate).unwrap_err().code(), "cms-not-for-signing");
    }

    #[test]
    fn a_certificate_outside_its_period_is_told_before_anyone_signs() {
        let draft = MessageDraft::new(&Person::signer(1).certificate).unwrap();
        draft.require_valid(at()).unwrap();
        for late in [at().plus_years(-9), at().plus_years(9)] {
            assert_eq!(draft.require_valid(late).unwrap_err().code(), "cms-signer-not-valid");
        }
    }

    #[test]
    fn a_content_that_is_too_large_to_go_inside_is_refused() {
        let person = Person::signer(1);
        let content = vec![0; MessageDraft::MAX_CONTENT + 1];
        let draft = || MessageDraft::new(&person.certificate).unwrap();
        assert_eq!(draft().attached(&content).unwrap_err().code(), "cms-too-large");
        let message = draft().attached(&content[1..]).unwrap().sign(&person.signer).unwrap();
        assert_eq!(outcome(&message, Content::Attached).0, CmsOutcome::Valid);
    }

    #[test]
    fn a_signing_time_is_written_in_the_form_of_its_year() {
        for (text, tag) in [("2049-12-31T23:59:59Z", 0x17), ("2050-01-01T00:00:00Z", 0x18)] {
            assert_eq!(time(Instant::parse(text).unwrap())[0], tag);
        }
        assert_eq!(time(Instant::MAX).len(), 17);
    }

    #[test]
    fn the_same_inputs_and_key_give_the_same_bytes() {
        let person = Person::signer(1);
        let make = || MessageDraft::new(&person.certificate).unwrap().attached(TEXT).unwrap().sign(&person.signer);
        assert_eq!(make().unwrap().as_der(), make().unwrap().as_der());
    }

    #[test]
    fn a_file_of_the_form_of_signed_attributes_is_not_signed_as_it_is() {
        let person = Person::signer(1);
        let draft = || MessageDraft::new(&person.certificate).unwrap();
        let proof = draft().attached(TEXT).unwrap();
        let attributes = asn1::encode(proof.attributes.as_ref().unwrap());
        // Its signature would be the one over those attributes.
        let bare = draft().without_attributes().attached(&attributes).unwrap();
        assert_eq!(bare.digest(), proof.digest());
        assert_eq!(bare.sign(&person.signer).unwrap_err(), CmsError::LooksLikeAttributes);
        let mut pieces = draft().without_attributes().detached();
        attributes.iter().for_each(|byte| {
            pieces.update(&[*byte]);
        });
        assert_eq!(pieces.finish().sign(&person.signer).unwrap_err(), CmsError::LooksLikeAttributes);
        // With attributes nothing is confused, and most that begins so is no SET.
        assert!(draft().attached(&attributes).unwrap().sign(&person.signer).is_ok());
        for content in [&b"1"[..], b"1, 2, 3", b"1\x80\x00\x00", &attributes[..attributes.len() - 1]] {
            assert!(draft().without_attributes().attached(content).unwrap().sign(&person.signer).is_ok());
        }
    }
}

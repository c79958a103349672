//! Whether the signatures of a message hold.

use const_oid::ObjectIdentifier;

use crate::cert::CertError;
use crate::cert::Certificate;
use crate::der::Walk;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SignDigest;
use crate::sm::SignHasher;
use crate::sm::Signature;
use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::sm::UserId;
use crate::sm::sm3;

use super::CmsCheck;
use super::CmsError;
use super::CmsOutcome;
use super::Content;
use super::MessageSigner;
use super::SignedMessage;
use super::Variant;
use super::read::list;
use super::signer::signer;

/// The most keys over which one content is hashed while it passes by: each costs as much as reading the content once more,
/// and a message could name 64 signers of four certificates each.
const MOST_KEYS: usize = 8;
/// Of certificates with the same name and number only a few can be meant; each costs a check.
const MOST_CANDIDATES: usize = 4;

impl SignedMessage {
    /// Checks each signature, in the order found, over what was received. `further` are certificates to look for the signer
    /// in besides those that came with the message.
    ///
    /// A message without signers gives an empty list, which is no approval.
    ///
    /// SM2 with the default identity, SM3; GB/T 35275 and RFC 5652, 5.4: with signed attributes their digest must be that
    /// of the content and the signature is over the attributes with the tag of SET, in the order found; without, it is
    /// over the content.
    #[must_use]
    pub fn verify(&self, content: Content<'_>, further: &[Certificate]) -> Vec<CmsCheck> {
        match content {
            Content::Attached => match self.content() {
                Some(inside) => self.signers.check_all(&Bound::inside(inside), further),
                None => self.signers.check_all(&Bound::nothing(), further),
            },
            Content::Detached(pieces) => {
                let mut check = self.check_detached(further);
                pieces.iter().for_each(|piece| {
                    check.update(piece);
                });
                check.finish()
            }
        }
    }

    /// Begins to check each signature over a content that is elsewhere and comes in pieces, as [`Self::verify`] does: of
    /// the content only hashes are kept.
    #[must_use]
    pub fn check_detached<'m>(&'m self, further: &'m [Certificate]) -> DetachedCheck<'m> {
        let mut keys: Vec<(PublicKey, SignHasher)> = Vec::new();
        if self.content.is_none() {
            let bare = self.signers.list.iter().filter(|signer| !signer.has_signed_attributes());
            for candidate in bare.flat_map(|signer| self.signers.candidates(signer, further)) {
                let Ok(key) = candidate.public_key() else { continue };
                if keys.len() < MOST_KEYS && keys.iter().all(|(known, _)| known != key) {
                    keys.push((key.clone(), key.hasher(UserId::DEFAULT)));
                }
            }
        }
        DetachedCheck { message: self, further, digest: Sm3::new(), keys }
    }
}

/// Takes the content of a message piece by piece and says in the end whether its signatures hold; see
/// [`SignedMessage::check_detached`].
#[derive(Clone, Debug)]
pub struct DetachedCheck<'m> {
    message: &'m SignedMessage,
    further: &'m [Certificate],
    digest: Sm3,
    /// For signatures over the content itself: *e* depends on the key.
    keys: Vec<(PublicKey, SignHasher)>,
}

impl DetachedCheck<'_> {
    /// Takes the next piece of the content.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        self.digest.update(piece);
        self.keys.iter_mut().for_each(|(_, hasher)| {
            hasher.update(piece);
        });
        self
    }

    /// Judges each signature, in the order found.
    #[must_use]
    pub fn finish(self) -> Vec<CmsCheck> {
        let digest = self.digest.finish();
        let bound = match self.message.content() {
            Some(inside) => Bound::stand_in(inside, &digest),
            None => {
                let digests = self.keys.into_iter().map(|(key, hasher)| (key, hasher.finish())).collect();
                Bound { digest, fits: Some(true), inside: Inside::Nothing, signed: Signed::PassedBy(digests) }
            }
        };
        self.message.signers.check_all(&bound, self.further)
    }
}

/// What is signed, and whether it stands for the content that was asked about.
pub(super) struct Bound<'a> {
    /// SM3 of what is signed, or whose digest is.
    digest: Sm3Digest,
    /// Whether it stands for the content that was asked about; `None` when there is none.
    fits: Option<bool>,
    inside: Inside,
    signed: Signed<'a>,
}

/// What a signature without attributes is over.
enum Signed<'a> {
    /// These bytes.
    Here(&'a [u8]),
    /// A content that passed by: *e* of it for these keys.
    PassedBy(Vec<(PublicKey, SignDigest)>),
}

/// What the content inside a message is.
#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    Content,
    Digest,
}

impl<'a> Bound<'a> {
    /// The content that a message brings is the one asked about.
    pub(super) fn inside(content: &'a [u8]) -> Self {
        Self { digest: sm3(content), fits: Some(true), inside: Inside::Content, signed: Signed::Here(content) }
    }

    fn nothing() -> Self {
        Self { digest: sm3(&[]), fits: None, inside: Inside::Nothing, signed: Signed::Here(&[]) }
    }

    /// A message brings something while a content elsewhere was asked about: it must be that, or its SM3.
    fn stand_in(inside: &'a [u8], asked: &Sm3Digest) -> Self {
        let digest = sm3(inside);
        let is_digest = inside == asked.as_bytes();
        // Equal digests are equal contents, and a document need not be put together to be compared.
        let fits = is_digest || digest == *asked;
        // What does not fit is told by its length only.
        let kind = if is_digest || inside.len() == 32 { Inside::Digest } else { Inside::Content };
        Self { digest, fits: Some(fits), inside: kind, signed: Signed::Here(inside) }
    }
}

impl Inside {
    const fn variant(self, attributes: bool) -> Variant {
        match (self, attributes) {
            (Self::Nothing, true) => Variant::DetachedWithAttributes,
            (Self::Nothing, false) => Variant::Detached,
            (Self::Content, true) => Variant::AttachedWithAttributes,
            (Self::Content, false) => Variant::Attached,
            (Self::Digest, true) => Variant::DigestInsideWithAttributes,
            (Self::Digest, false) => Variant::DigestInside,
        }
    }
}

/// The signers of a message, the certificates that came with it, and the type of its content.
#[derive(Clone, Debug)]
pub(super) struct Signers {
    pub(super) content_type: ObjectIdentifier,
    pub(super) certificates: Vec<Certificate>,
    /// How many certificates could not be read.
    pub(super) unread_certificates: usize,
    pub(super) list: Vec<MessageSigner>,
}

impl Signers {
    pub(super) fn read(
        content_type: ObjectIdentifier,
        certificates: Walk<'_>,
        signers: Walk<'_>,
    ) -> Result<Self, CmsError> {
        let found = list(certificates, "certificates")?;
        // A certificate of another kind (an attribute certificate) is no fault of the signature.
        let certificates: Vec<_> =
            found.iter().filter_map(|element| Certificate::from_der(element.whole).ok()).collect();
        let unread_certificates = found.len() - certificates.len();
        let list = list(signers, "signers")?.iter().map(signer).collect::<Result<_, _>>()?;
        Ok(Self { content_type, certificates, unread_certificates, list })
    }

    fn candidates<'s>(
        &'s self,
        signer: &'s MessageSigner,
        further: &'s [Certificate],
    ) -> impl Iterator<Item = &'s Certificate> {
        let all = self.certificates.iter().chain(further);
        all.filter(|certificate| signer.identifier.names(certificate)).take(MOST_CANDIDATES)
    }

    pub(super) fn check_all(&self, bound: &Bound<'_>, further: &[Certificate]) -> Vec<CmsCheck> {
        self.list.iter().map(|signer| self.check(signer, bound, further)).collect()
    }

    fn check(&self, signer: &MessageSigner, bound: &Bound<'_>, further: &[Certificate]) -> CmsCheck {
        let mut check = CmsCheck {
            outcome: CmsOutcome::NoContent,
            variant: bound.inside.variant(signer.has_signed_attributes()),
            digest_ok: None,
            signer: self.candidates(signer, further).next().cloned(),
            form: None,
            signing_time: signer.signing_time(),
            has_timestamp: signer.timestamp().is_some(),
        };
        check.outcome = self.judge(signer, bound, further, &mut check);
        check
    }

    fn judge(
        &self,
        signer: &MessageSigner,
        bound: &Bound<'_>,
        further: &[Certificate],
        check: &mut CmsCheck,
    ) -> CmsOutcome {
        let unsupported = |oid: String| CmsOutcome::Unsupported { oid };
        // GM types name SM2 signature, RFC types SM2 with SM3; real messages mix them.
        if ![oid::SM2_SIGN, oid::SM2_WITH_SM3].contains(&signer.signature_algorithm) {
            return unsupported(signer.signature_algorithm());
        }
        if signer.digest_algorithm != oid::SM3 {
            return unsupported(signer.digest_algorithm());
        }

        let Some(fits) = bound.fits else { return CmsOutcome::NoContent };
        let attributes = match &signer.attributes {
            None => None,
            Some(attributes) => match self.attributes_fit(signer, &bound.digest) {
                None => return CmsOutcome::BadAttributes,
                Some(fit) => Some((attributes, fit)),
            },
        };
        let digest_ok = fits && attributes.as_ref().is_none_or(|(_, fit)| *fit);
        // Without attributes and without a digest inside, content and signature can only be told apart by the signature.
        if attributes.is_some() || !matches!(bound.inside, Inside::Nothing) {
            check.digest_ok = Some(digest_ok);
        }

        let Ok((signature, form)) = Signature::from_der_or_raw(&signer.signature) else {
            return CmsOutcome::MalformedSignature;
        };
        check.form = Some(form);
        let signed = |key: &PublicKey| match (&attributes, &bound.signed) {
            (Some((attributes, _)), _) => {
                let mut hasher = key.hasher(UserId::DEFAULT);
                hasher.update(&[0x31]).update(&attributes.received[1..]);
                Some(hasher.finish())
            }
            (None, Signed::Here(content)) => Some(key.digest(UserId::DEFAULT, content)),
            (None, Signed::PassedBy(digests)) => {
                digests.iter().find(|(known, _)| known == key).map(|(_, digest)| *digest)
            }
        };
        let mut outcome = CmsOutcome::NoCertificate;
        for certificate in self.candidates(signer, further) {
            outcome = match certificate.public_key() {
                Err(CertError::KeyAlgorithm { oid }) => unsupported(oid),
                Err(_) => CmsOutcome::SignatureMismatch,
                Ok(key) => match signed(key) {
                    None => CmsOutcome::TooManySigners,
                    Some(digest) if key.verify(&digest, &signature).is_ok() => {
                        check.signer = Some(certificate.clone());
                        return if digest_ok { CmsOutcome::Valid } else { CmsOutcome::DigestMismatch };
                    }
                    Some(_) => CmsOutcome::SignatureMismatch,
                },
            };
        }
        if digest_ok { outcome } else { CmsOutcome::DigestMismatch }
    }

    /// Whether the digest among the attributes is that of the content; `None` when the attributes lack what RFC 5652, 11
    /// asks for: the content's type and its digest, each exactly once.
    ///
    /// Real messages name plain data by RFC 5652 outside and by GB/T 35275 in the attribute: both mean the same.
    fn attributes_fit(&self, signer: &MessageSigner, digest: &Sm3Digest) -> Option<bool> {
        let kind = Walk::only(signer.signed_value(&oid::CONTENT_TYPE)?, 0x06)?.content;
        let is_data = |kind: &[u8]| [oid::GM_DATA, oid::CMS_DATA].iter().any(|data| data.as_bytes() == kind);
        let named = self.content_type.as_bytes();
        if kind != named && !(is_data(kind) && is_data(named)) {
            return None;
        }
        let value = Walk::only(signer.signed_value(&oid::MESSAGE_DIGEST)?, 0x04)?.content;
        Some(value == digest.as_bytes())
    }
}

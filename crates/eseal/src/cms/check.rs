use crate::Lang;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::der::Walk;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::Signature;
use crate::sm::SignatureForm;
use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::sm::UserId;
use crate::sm::sm3;
use crate::time::Instant;

use super::MessageSigner;
use super::SignedMessage;

/// What a message must be a signature of.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// What the message brings inside; it must bring it.
    Attached,
    /// These bytes, in pieces (for a PDF: what the byte range covers). What comes inside must be them or their SM3.
    Detached(&'a [&'a [u8]]),
}

/// How content and signature hang together; the names A1 to A3 are those of practice, no standard's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// A1: the content is elsewhere, its digest is among the signed attributes.
    DetachedWithAttributes,
    /// A2: the content inside is the SM3 of the document, and is signed as it is.
    DigestInside,
    /// A3: the content is elsewhere and signed as it is.
    Detached,
    /// The content inside is the SM3 of the document, and its digest is among the signed attributes.
    DigestInsideWithAttributes,
    /// The content is inside and signed as it is.
    Attached,
    /// The content is inside, its digest is among the signed attributes.
    AttachedWithAttributes,
}

impl Variant {
    /// The short name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DetachedWithAttributes => "a1",
            Self::DigestInside => "a2",
            Self::Detached => "a3",
            Self::DigestInsideWithAttributes => "digest-inside-with-attributes",
            Self::Attached => "attached",
            Self::AttachedWithAttributes => "attached-with-attributes",
        }
    }

    /// The name to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::DetachedWithAttributes => lang.pick("分离式，签名属性", "detached, signed attributes"),
            Self::DigestInside => lang.pick("内含杂凑值，直接签名", "digest inside, signed as it is"),
            Self::Detached => lang.pick("分离式，直接签名", "detached, signed as it is"),
            Self::DigestInsideWithAttributes => lang.pick("内含杂凑值，签名属性", "digest inside, signed attributes"),
            Self::Attached => lang.pick("内含原文，直接签名", "content inside, signed as it is"),
            Self::AttachedWithAttributes => lang.pick("内含原文，签名属性", "content inside, signed attributes"),
        }
    }
}

/// Whether one signature of a message holds.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CmsOutcome {
    /// It holds, over this content and with this certificate.
    Valid,
    /// Digest, signature or key are of an algorithm that this program does not do.
    Unsupported {
        /// The algorithm, dotted.
        oid: String,
    },
    /// The content is not the one that was signed.
    DigestMismatch,
    /// The signature value does not hold for the certificate's key.
    SignatureMismatch,
    /// The signature value is no SM2 signature.
    MalformedSignature,
    /// The signed attributes lack what the standards ask for: one content type that fits, one digest.
    BadAttributes,
    /// There is no content: neither inside nor given.
    NoContent,
    /// The signer's certificate is neither inside nor given.
    NoCertificate,
}

impl CmsOutcome {
    /// Every code of this enum; a signature that holds has none.
    pub const CODES: &[&str] = &[
        "cms-unsupported-algorithm",
        "cms-digest-mismatch",
        "cms-signature-mismatch",
        "cms-malformed-signature",
        "cms-bad-attributes",
        "cms-no-content",
        "cms-no-certificate",
    ];

    /// The stable word for why it does not hold; `None` when it does.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Valid => None,
            Self::Unsupported { .. } => Some("cms-unsupported-algorithm"),
            Self::DigestMismatch => Some("cms-digest-mismatch"),
            Self::SignatureMismatch => Some("cms-signature-mismatch"),
            Self::MalformedSignature => Some("cms-malformed-signature"),
            Self::BadAttributes => Some("cms-bad-attributes"),
            Self::NoContent => Some("cms-no-content"),
            Self::NoCertificate => Some("cms-no-certificate"),
        }
    }

    /// Why, in words.
    #[must_use]
    pub const fn label(&self, lang: Lang) -> &'static str {
        match self {
            Self::Valid => lang.pick("签名有效", "the signature holds"),
            Self::Unsupported { .. } => lang.pick("算法暂不支持", "the algorithm is not supported"),
            Self::DigestMismatch => lang.pick("原文与签名时不一致", "the content is not what was signed"),
            Self::SignatureMismatch => lang.pick("签名值不正确", "the signature value does not hold"),
            Self::MalformedSignature => lang.pick("签名值格式错误", "the signature value is malformed"),
            Self::BadAttributes => lang.pick("签名属性缺失或重复", "signed attributes are missing or doubled"),
            Self::NoContent => lang.pick("没有原文", "there is no content"),
            Self::NoCertificate => lang.pick("没有签名者证书", "the signer's certificate is missing"),
        }
    }
}

/// What was found out about one signature of a message.
#[derive(Clone, Debug)]
pub struct CmsCheck {
    /// Whether it holds.
    pub outcome: CmsOutcome,
    /// How content and signature hang together.
    pub variant: Variant,
    /// Whether the content is the one the signature speaks of; `None` when that could not be found out.
    pub digest_ok: Option<bool>,
    /// The signer's certificate, if it was found; not judged here.
    pub signer: Option<Certificate>,
    /// How the signature value was written; raw is a note, not a fault, in messages. `None` when it was not read.
    pub form: Option<SignatureForm>,
    /// When the signer says it signed.
    pub signing_time: Option<Instant>,
    /// Whether a time-stamp token came with the signature; it is not checked here.
    pub has_timestamp: bool,
}

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
        let binding = self.bind(content);
        self.signers.iter().map(|signer| self.check(signer, &binding, further)).collect()
    }

    /// What is signed, and whether it stands for the content that was asked about.
    fn bind<'a>(&'a self, content: Content<'a>) -> Binding<'a> {
        let (message, fits, inside) = match (content, self.content()) {
            (Content::Attached, Some(inside)) => (vec![inside], Some(true), Inside::Content),
            (Content::Attached, None) => (Vec::new(), None, Inside::Nothing),
            (Content::Detached(pieces), None) => (pieces.to_vec(), Some(true), Inside::Nothing),
            (Content::Detached(pieces), Some(inside)) => {
                let digest = digest(pieces);
                let is_digest = inside == digest.as_bytes();
                // Equal digests are equal contents, and a document need not be put together to be compared.
                let fits = is_digest || sm3(inside) == digest;
                // What does not fit is told by its length only.
                let kind = if is_digest || inside.len() == 32 { Inside::Digest } else { Inside::Content };
                (vec![inside], Some(fits), kind)
            }
        };
        Binding { digest: digest(&message), message, fits, inside }
    }

    fn check(&self, signer: &MessageSigner, binding: &Binding<'_>, further: &[Certificate]) -> CmsCheck {
        let mut check = CmsCheck {
            outcome: CmsOutcome::NoContent,
            variant: binding.inside.variant(signer.has_signed_attributes()),
            digest_ok: None,
            signer: None,
            form: None,
            signing_time: signer.signing_time(),
            has_timestamp: signer.timestamp().is_some(),
        };
        check.outcome = self.judge(signer, binding, further, &mut check);
        check
    }

    fn judge(
        &self,
        signer: &MessageSigner,
        binding: &Binding<'_>,
        further: &[Certificate],
        check: &mut CmsCheck,
    ) -> CmsOutcome {
        let candidates: Vec<&Certificate> = self
            .certificates
            .iter()
            .chain(further)
            .filter(|certificate| signer.identifier.names(certificate))
            // Of certificates with the same name and number only a few can be meant; each costs a check.
            .take(4)
            .collect();
        check.signer = candidates.first().map(|certificate| (*certificate).clone());

        let unsupported = |oid: String| CmsOutcome::Unsupported { oid };
        // GM types name SM2 signature, RFC types SM2 with SM3; real messages mix them.
        if ![oid::SM2_SIGN, oid::SM2_WITH_SM3].contains(&signer.signature_algorithm) {
            return unsupported(signer.signature_algorithm());
        }
        if signer.digest_algorithm != oid::SM3 {
            return unsupported(signer.digest_algorithm());
        }

        let Some(fits) = binding.fits else { return CmsOutcome::NoContent };
        let attributes = match &signer.attributes {
            None => None,
            Some(attributes) => match self.attributes_fit(signer, &binding.digest) {
                None => return CmsOutcome::BadAttributes,
                Some(fit) => Some((attributes, fit)),
            },
        };
        let digest_ok = fits && attributes.as_ref().is_none_or(|(_, fit)| *fit);
        // Without attributes and without a digest inside, content and signature can only be told apart by the signature.
        if attributes.is_some() || self.content.is_some() {
            check.digest_ok = Some(digest_ok);
        }

        let Ok((signature, form)) = Signature::from_der_or_raw(&signer.signature) else {
            return CmsOutcome::MalformedSignature;
        };
        check.form = Some(form);
        let signed = |key: &PublicKey| match &attributes {
            Some((attributes, _)) => {
                let mut hasher = key.hasher(UserId::DEFAULT);
                hasher.update(&[0x31]).update(&attributes.received[1..]);
                hasher.finish()
            }
            None => {
                let mut hasher = key.hasher(UserId::DEFAULT);
                binding.message.iter().for_each(|piece| {
                    hasher.update(piece);
                });
                hasher.finish()
            }
        };
        let mut outcome = CmsOutcome::NoCertificate;
        for certificate in candidates {
            match certificate.public_key() {
                Err(CertError::KeyAlgorithm { oid }) => outcome = unsupported(oid),
                Err(_) => outcome = CmsOutcome::SignatureMismatch,
                Ok(key) if key.verify(&signed(key), &signature).is_ok() => {
                    check.signer = Some(certificate.clone());
                    return if digest_ok { CmsOutcome::Valid } else { CmsOutcome::DigestMismatch };
                }
                Ok(_) => outcome = CmsOutcome::SignatureMismatch,
            }
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

fn digest(pieces: &[&[u8]]) -> Sm3Digest {
    let mut hash = Sm3::new();
    pieces.iter().for_each(|piece| {
        hash.update(piece);
    });
    hash.finish()
}

/// What the content inside a message is.
#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    Content,
    Digest,
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

struct Binding<'a> {
    /// What is signed, or whose digest is, in pieces.
    message: Vec<&'a [u8]>,
    /// SM3 of that.
    digest: Sm3Digest,
    /// Whether it stands for the content that was asked about; `None` when there is none.
    fits: Option<bool>,
    inside: Inside,
}

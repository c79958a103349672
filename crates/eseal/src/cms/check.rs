use crate::Lang;
use crate::cert::Certificate;
use crate::sm::SignatureForm;
use crate::time::Instant;

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
    /// It is one of more signatures over the content itself than are checked in one reading of it.
    TooManySigners,
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
        "cms-too-many-signers",
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
            Self::TooManySigners => Some("cms-too-many-signers"),
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
            Self::TooManySigners => lang.pick("签名者过多，未检查", "too many signers, not checked"),
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

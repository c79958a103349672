use crate::cert::CertError;
use crate::key::KeyError;
use crate::time::Period;

/// Why a message could not be read, made or opened.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// The input is over its size limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A structure breaks the rules of its encoding.
    #[error("malformed {what}")]
    Malformed {
        /// The part that is malformed, as the standards name it.
        what: &'static str,
    },
    /// The message is of another kind than signed data.
    #[error("not a signed message ({oid})")]
    NotSigned {
        /// The content type found.
        oid: String,
    },
    /// More signers, certificates or attributes than any real message has.
    #[error("more than {limit} of {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The certificate's key usage is not for signatures.
    #[error("the certificate of {subject} is not for signing")]
    NotForSigning {
        /// Whose certificate it is.
        subject: String,
    },
    /// The certificate is not within its period.
    #[error("the certificate of {subject} is valid from {} to {} only", validity.from(), validity.to())]
    SignerNotValid {
        /// Whose certificate it is.
        subject: String,
        /// Its period.
        validity: Period,
    },
    /// The signature, or the signer, is not of the certificate's key.
    #[error("the key is not that of the certificate of {subject}")]
    WrongKey {
        /// Whose certificate it is.
        subject: String,
    },
    /// A content that is to be signed without attributes has the form of signed attributes.
    #[error("the content has the form of signed attributes, and is not signed without any")]
    LooksLikeAttributes,
    /// The message is of another kind than data encrypted to recipients, alone or also signed.
    #[error("not an enveloped message ({oid})")]
    NotEnveloped {
        /// The content type found.
        oid: String,
    },
    /// The message is of another kind than encrypted data.
    #[error("not an encrypted message ({oid})")]
    NotEncrypted {
        /// The content type found.
        oid: String,
    },
    /// Key or content are encrypted with something else than SM2 and SM4.
    #[error("the encryption algorithm is not supported ({oid})")]
    UnsupportedCipher {
        /// The algorithm found.
        oid: String,
    },
    /// The message is for nobody with this certificate, or for nobody at all.
    #[error("the message is not for this recipient")]
    NoRecipient,
    /// The certificate's key usage is not for encryption.
    #[error("the certificate of {subject} is not for encryption")]
    NotForEncryption {
        /// Whose certificate it is.
        subject: String,
    },
    /// The message does not open with this key: one error for every cause.
    #[error("the message does not open with this key")]
    CannotOpen,
    /// What an enveloped key came in is not signed, or a signature over it does not hold.
    #[error("the signature over the enveloped key does not hold ({code})")]
    KeyNotSigned {
        /// Why, as [`CmsOutcome`](super::CmsOutcome) has it.
        code: &'static str,
    },
    /// The message is no request for a new key, or one of a shape that nobody needs.
    #[error("not a request for a new key")]
    NotRekey,
    /// The old key's signature over a request for a new key does not hold.
    #[error("the old key's signature over the request does not hold ({code})")]
    RekeySignature {
        /// Why, as [`CmsOutcome`](super::CmsOutcome) has it.
        code: &'static str,
    },
    /// The new key of a request is the old one.
    #[error("the new key is the old one")]
    RekeySameKey,
    /// A request for a new key asks for another subject than that of the old certificate.
    #[error("the request is for another subject, {subject}")]
    RekeyOtherSubject {
        /// The subject asked for.
        subject: String,
    },
    /// A certificate or a request cannot be used.
    #[error(transparent)]
    Certificate(CertError),
    /// The key, or whoever has it, refused.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl CmsError {
    /// Every code of this enum; those of [`CertError`] and [`KeyError`] come beside them.
    pub const CODES: &[&str] = &[
        "cms-too-large",
        "cms-malformed",
        "cms-not-signed",
        "cms-too-many",
        "cms-not-for-signing",
        "cms-signer-not-valid",
        "cms-wrong-key",
        "cms-looks-like-attributes",
        "cms-not-enveloped",
        "cms-not-encrypted",
        "cms-unsupported-cipher",
        "cms-no-recipient",
        "cms-not-for-encryption",
        "cms-cannot-open",
        "cms-key-not-signed",
        "cms-not-rekey",
        "cms-rekey-signature",
        "cms-rekey-same-key",
        "cms-rekey-other-subject",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "cms-too-large",
            Self::Malformed { .. } => "cms-malformed",
            Self::NotSigned { .. } => "cms-not-signed",
            Self::TooMany { .. } => "cms-too-many",
            Self::NotForSigning { .. } => "cms-not-for-signing",
            Self::SignerNotValid { .. } => "cms-signer-not-valid",
            Self::WrongKey { .. } => "cms-wrong-key",
            Self::LooksLikeAttributes => "cms-looks-like-attributes",
            Self::NotEnveloped { .. } => "cms-not-enveloped",
            Self::NotEncrypted { .. } => "cms-not-encrypted",
            Self::UnsupportedCipher { .. } => "cms-unsupported-cipher",
            Self::NoRecipient => "cms-no-recipient",
            Self::NotForEncryption { .. } => "cms-not-for-encryption",
            Self::CannotOpen => "cms-cannot-open",
            Self::KeyNotSigned { .. } => "cms-key-not-signed",
            Self::NotRekey => "cms-not-rekey",
            Self::RekeySignature { .. } => "cms-rekey-signature",
            Self::RekeySameKey => "cms-rekey-same-key",
            Self::RekeyOtherSubject { .. } => "cms-rekey-other-subject",
            Self::Certificate(error) => error.code(),
            Self::Key(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [
            CmsError::TooLarge { limit: 1 },
            CmsError::Malformed { what: "SignedData" },
            CmsError::NotSigned { oid: "1.2.3".into() },
            CmsError::TooMany { what: "signers", limit: 1 },
            CmsError::NotForSigning { subject: "CN=x".into() },
            CmsError::SignerNotValid {
                subject: "CN=x".into(),
                validity: Period::days(crate::time::Instant::from_unix(0), 1),
            },
            CmsError::WrongKey { subject: "CN=x".into() },
            CmsError::LooksLikeAttributes,
            CmsError::NotEnveloped { oid: "1.2.3".into() },
            CmsError::NotEncrypted { oid: "1.2.3".into() },
            CmsError::UnsupportedCipher { oid: "1.2.3".into() },
            CmsError::NoRecipient,
            CmsError::NotForEncryption { subject: "CN=x".into() },
            CmsError::CannotOpen,
            CmsError::KeyNotSigned { code: "cms-signature-mismatch" },
            CmsError::NotRekey,
            CmsError::RekeySignature { code: "cms-signature-mismatch" },
            CmsError::RekeySameKey,
            CmsError::RekeyOtherSubject { subject: "CN=x".into() },
        ];
        assert_eq!(errors.each_ref().map(CmsError::code), CmsError::CODES);
    }
}

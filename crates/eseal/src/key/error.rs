use crate::sm::SmError;

/// Why a key could not be read or used.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes are no key file that this program knows.
    #[error("not a key file in a known format")]
    UnknownFormat,
    /// The file is encrypted; reading it needs a password.
    #[error("the key file is encrypted")]
    Encrypted,
    /// The key is of another algorithm than SM2.
    #[error("the key is not an SM2 key ({oid})")]
    NotSm2 {
        /// The algorithm or curve found.
        oid: String,
    },
    /// The file does not name its curve, so it could be a key of any.
    #[error("the key file does not name its curve")]
    NoCurve,
    /// The public key in the file does not belong to the private key.
    #[error("the public key in the file does not belong to its private key")]
    Mismatch,
    /// The file is larger than this program reads.
    #[error("the key file is over {limit} bytes")]
    FileTooLarge {
        /// Most bytes that are read.
        limit: usize,
    },
    /// There is no private key in the file.
    #[error("there is no private key in the file")]
    NoKey,
    /// The form that is to be written holds one key, and there are more.
    #[error("the form holds one key, and there are {count}")]
    SeveralKeys {
        /// How many there are.
        count: usize,
    },
    /// The password is wrong, or the file is damaged: from outside the two look the same.
    #[error("wrong password, or the key file is damaged")]
    WrongPassword,
    /// A password is longer than anybody types.
    #[error("the password is over {limit} bytes")]
    PasswordTooLong {
        /// Most bytes of UTF-8.
        limit: usize,
    },
    /// The form that is to be written needs a password that is not empty.
    #[error("the key file needs a password")]
    PasswordNeeded,
    /// The form that is to be written holds a certificate beside the key, and there is none.
    #[error("the form needs a certificate for the key")]
    CertificateNeeded,
    /// The derivation would take so long that it looks like an attack; nothing was hashed.
    #[error("the key file asks for {iterations} iterations, at most {most} are done for a whole file")]
    IterationsTooMany {
        /// Iterations asked for by the part that is over the limit.
        iterations: u64,
        /// Most iterations over all parts of a file.
        most: u32,
    },
    /// A parameter of the protection is out of its range.
    #[error("the protection of the key file has a bad {what}")]
    BadParameters {
        /// The parameter.
        what: &'static str,
    },
    /// The file is protected with an algorithm that this program does not know.
    #[error("the key file is protected with an unknown algorithm ({oid})")]
    ProtectionUnknown {
        /// The algorithm found.
        oid: String,
    },
    /// The enveloped key breaks the rules of its structure, or what is inside is no private key.
    #[error("malformed enveloped key")]
    EnvelopeMalformed,
    /// The private key in the envelope is encrypted in another way than SM4-ECB.
    #[error("the enveloped key is encrypted with another algorithm than SM4-ECB ({oid})")]
    EnvelopeAlgorithm {
        /// The algorithm found.
        oid: String,
    },
    /// The signer behind the seam refused or failed.
    #[error("the signer refused: {reason}")]
    SignerRefused {
        /// A stable word of the signer.
        reason: &'static str,
    },
    /// The key itself is bad, or signing failed.
    #[error(transparent)]
    Sm(#[from] SmError),
}

impl KeyError {
    /// Every code of this enum; those of [`SmError`] come beside them.
    pub const CODES: &[&str] = &[
        "key-unknown-format",
        "key-encrypted",
        "key-not-sm2",
        "key-no-curve",
        "key-mismatch",
        "key-file-too-large",
        "key-none",
        "key-several",
        "key-wrong-password",
        "key-password-too-long",
        "key-password-needed",
        "key-certificate-needed",
        "key-iterations-too-many",
        "key-bad-parameters",
        "key-protection-unknown",
        "key-envelope-malformed",
        "key-envelope-algorithm",
        "key-signer-refused",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat => "key-unknown-format",
            Self::Encrypted => "key-encrypted",
            Self::NotSm2 { .. } => "key-not-sm2",
            Self::NoCurve => "key-no-curve",
            Self::Mismatch => "key-mismatch",
            Self::FileTooLarge { .. } => "key-file-too-large",
            Self::NoKey => "key-none",
            Self::SeveralKeys { .. } => "key-several",
            Self::WrongPassword => "key-wrong-password",
            Self::PasswordTooLong { .. } => "key-password-too-long",
            Self::PasswordNeeded => "key-password-needed",
            Self::CertificateNeeded => "key-certificate-needed",
            Self::IterationsTooMany { .. } => "key-iterations-too-many",
            Self::BadParameters { .. } => "key-bad-parameters",
            Self::ProtectionUnknown { .. } => "key-protection-unknown",
            Self::EnvelopeMalformed => "key-envelope-malformed",
            Self::EnvelopeAlgorithm { .. } => "key-envelope-algorithm",
            Self::SignerRefused { .. } => "key-signer-refused",
            Self::Sm(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [
            KeyError::UnknownFormat,
            KeyError::Encrypted,
            KeyError::NotSm2 { oid: String::new() },
            KeyError::NoCurve,
            KeyError::Mismatch,
            KeyError::FileTooLarge { limit: 1 },
            KeyError::NoKey,
            KeyError::SeveralKeys { count: 2 },
            KeyError::WrongPassword,
            KeyError::PasswordTooLong { limit: 1 },
            KeyError::PasswordNeeded,
            KeyError::CertificateNeeded,
            KeyError::IterationsTooMany { iterations: 2, most: 1 },
            KeyError::BadParameters { what: "salt" },
            KeyError::ProtectionUnknown { oid: String::new() },
            KeyError::EnvelopeMalformed,
            KeyError::EnvelopeAlgorithm { oid: String::new() },
            KeyError::SignerRefused { reason: "x" },
        ];
        assert_eq!(errors.iter().map(KeyError::code).collect::<Vec<_>>(), KeyError::CODES);
    }
}

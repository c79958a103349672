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
            KeyError::EnvelopeMalformed,
            KeyError::EnvelopeAlgorithm { oid: String::new() },
            KeyError::SignerRefused { reason: "x" },
        ];
        assert_eq!(errors.iter().map(KeyError::code).collect::<Vec<_>>(), KeyError::CODES);
    }
}

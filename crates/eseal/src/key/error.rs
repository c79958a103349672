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
    pub const CODES: &[&str] =
        &["key-unknown-format", "key-encrypted", "key-not-sm2", "key-no-curve", "key-mismatch", "key-signer-refused"];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat => "key-unknown-format",
            Self::Encrypted => "key-encrypted",
            Self::NotSm2 { .. } => "key-not-sm2",
            Self::NoCurve => "key-no-curve",
            Self::Mismatch => "key-mismatch",
            Self::SignerRefused { .. } => "key-signer-refused",
            Self::Sm(error) => error.code(),
        }
    }
}

/// Why an act of this room could not be done.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmError {
    /// The bytes are no point of the curve sm2p256v1, or the point at infinity.
    #[error("not a public key on the curve sm2p256v1")]
    BadPublicKey,
    /// The bytes are no scalar from 1 to n − 2.
    #[error("not a private key of the curve sm2p256v1")]
    BadSecretKey,
    /// The bytes are no SM2 signature: not DER, or r or s out of range.
    #[error("not an SM2 signature")]
    MalformedSignature,
    /// The signature does not hold for this digest and key.
    #[error("the SM2 signature does not hold")]
    SignatureMismatch,
    /// The ciphertext does not open with this key: one error for every cause.
    #[error("the SM2 ciphertext does not open")]
    CannotDecrypt,
    /// An empty message has no SM2 ciphertext.
    #[error("an empty message cannot be encrypted with SM2")]
    EmptyMessage,
    /// Signing hit a value that the algorithm excludes; practically never.
    #[error("signing failed, try again")]
    SigningFailed,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

impl SmError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "sm-bad-public-key",
        "sm-bad-secret-key",
        "sm-malformed-signature",
        "sm-signature-mismatch",
        "sm-cannot-decrypt",
        "sm-empty-message",
        "sm-signing-failed",
        "sm-no-randomness",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadPublicKey => "sm-bad-public-key",
            Self::BadSecretKey => "sm-bad-secret-key",
            Self::MalformedSignature => "sm-malformed-signature",
            Self::SignatureMismatch => "sm-signature-mismatch",
            Self::CannotDecrypt => "sm-cannot-decrypt",
            Self::EmptyMessage => "sm-empty-message",
            Self::SigningFailed => "sm-signing-failed",
            Self::NoRandomness => "sm-no-randomness",
        }
    }
}

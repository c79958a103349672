use der::Enumerated;

/// Why an agent refused: its number on the wire, and a stable word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
#[non_exhaustive]
pub enum Refusal {
    /// The request cannot be read.
    Malformed = 0,
    /// The request is of a version that this agent does not speak.
    Version = 1,
    /// The peer is another user.
    OtherUser = 2,
    /// As many programs as an agent serves are connected already.
    Busy = 3,
    /// The agent holds no key any more: it was told to lock, or its time is over.
    Locked = 4,
    /// There is no such key here.
    UnknownKey = 5,
    /// The key must not sign: it is for encryption.
    NotForSigning = 6,
    /// Whoever is asked about each use said no.
    Denied = 7,
    /// The token was locked elsewhere since; its keys are gone from here.
    TokenLocked = 8,
    /// The token was sealed anew, moved or lost a key since; its keys are gone from here.
    TokenChanged = 9,
    /// The ciphertext does not open with this key.
    CannotDecrypt = 10,
    /// Signing failed.
    Failed = 11,
}

impl Refusal {
    /// Every refusal, in order.
    pub const ALL: &[Self] = &[
        Self::Malformed,
        Self::Version,
        Self::OtherUser,
        Self::Busy,
        Self::Locked,
        Self::UnknownKey,
        Self::NotForSigning,
        Self::Denied,
        Self::TokenLocked,
        Self::TokenChanged,
        Self::CannotDecrypt,
        Self::Failed,
    ];

    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "agent-request-malformed",
            Self::Version => "agent-request-version",
            Self::OtherUser => "agent-other-user",
            Self::Busy => "agent-busy",
            Self::Locked => "agent-locked",
            Self::UnknownKey => "agent-unknown-key",
            Self::NotForSigning => "agent-not-for-signing",
            Self::Denied => "agent-denied",
            Self::TokenLocked => "agent-token-locked",
            Self::TokenChanged => "agent-token-changed",
            Self::CannotDecrypt => "agent-cannot-decrypt",
            Self::Failed => "agent-failed",
        }
    }
}

use crate::cert::Ground;
use crate::cert::PathJudgement;
use crate::cert::Question;
use crate::cms::CmsError;
use crate::sm::SmError;
use crate::time::Instant;

/// Why a challenge could not be made or answered, or why an answer was refused.
#[non_exhaustive]
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// The address of a service is empty, too long, or holds anything but visible ASCII characters.
    #[error("an audience is 1 to {most} visible ASCII characters")]
    BadAudience {
        /// Most bytes.
        most: usize,
    },
    /// A challenge lives for a second at least and not longer than this.
    #[error("a challenge lives for 1 to {most} seconds")]
    BadLife {
        /// Most seconds.
        most: i64,
    },
    /// The bytes are not what was expected, or too many.
    #[error("not a {what}, or damaged")]
    Malformed {
        /// `challenge` or `proof`.
        what: &'static str,
    },
    /// A structure of a version that this program does not know.
    #[error("version {version} is not known, only 1")]
    UnsupportedVersion {
        /// The version found.
        version: u32,
    },
    /// A signed message, but not the answer to a challenge.
    #[error("a signed message of another kind, not a proof")]
    NotAProof,
    /// Challenge or proof are for another service.
    #[error("for {found}, not for {expected}")]
    AudienceDiffers {
        /// The service that was expected.
        expected: String,
        /// The service that it names.
        found: String,
    },
    /// The time to answer is over.
    #[error("the challenge could be answered until {at}")]
    Expired {
        /// Its end.
        at: Instant,
    },
    /// The proof answers another challenge.
    #[error("the proof answers another challenge")]
    ChallengeDiffers,
    /// The clocks of the two sides are too far apart.
    #[error("made at {claimed}, and it is {now}")]
    Clock {
        /// What the other side's clock said.
        claimed: Instant,
        /// What this side's clock says.
        now: Instant,
    },
    /// The signature does not hold.
    #[error("the signature of the proof does not hold ({code})")]
    Signature {
        /// Why, as [`CmsOutcome`](crate::cms::CmsOutcome) has it.
        code: &'static str,
    },
    /// The signature holds, but the proof was made with another certificate of the same key.
    #[error("the proof was made with another certificate than that of {subject}")]
    CertificateDiffers {
        /// Whose certificate came with it.
        subject: String,
    },
    /// A question about the certificate failed or stayed open.
    #[error("the certificate is not accepted ({}: {})", question.word(), ground.cause.code())]
    NotTrusted {
        /// Which question.
        question: Question,
        /// Why.
        ground: Ground,
        /// Every question with its answer.
        judgement: Box<PathJudgement>,
    },
    /// No challenge is open that this proof could answer.
    #[error("no such challenge is open")]
    ChallengeUnknown,
    /// The challenge was answered before.
    #[error("the challenge was answered before")]
    Used,
    /// Too many challenges wait for an answer.
    #[error("{most} challenges wait for an answer")]
    BookFull {
        /// Most challenges at a time.
        most: usize,
    },
    /// The proof could not be signed.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// The system gave no randomness.
    #[error(transparent)]
    Sm(#[from] SmError),
}

impl AuthError {
    /// Every code of this enum; those of [`Cause`](crate::cert::Cause) (for a certificate that is not accepted),
    /// [`CmsError`] and [`SmError`] come beside them.
    pub const CODES: &[&str] = &[
        "auth-bad-audience",
        "auth-bad-life",
        "auth-malformed",
        "auth-unsupported-version",
        "auth-not-a-proof",
        "auth-audience-differs",
        "auth-expired",
        "auth-challenge-differs",
        "auth-clock",
        "auth-signature",
        "auth-certificate-differs",
        "auth-challenge-unknown",
        "auth-used",
        "auth-book-full",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadAudience { .. } => "auth-bad-audience",
            Self::BadLife { .. } => "auth-bad-life",
            Self::Malformed { .. } => "auth-malformed",
            Self::UnsupportedVersion { .. } => "auth-unsupported-version",
            Self::NotAProof => "auth-not-a-proof",
            Self::AudienceDiffers { .. } => "auth-audience-differs",
            Self::Expired { .. } => "auth-expired",
            Self::ChallengeDiffers => "auth-challenge-differs",
            Self::Clock { .. } => "auth-clock",
            Self::Signature { .. } => "auth-signature",
            Self::CertificateDiffers { .. } => "auth-certificate-differs",
            Self::NotTrusted { ground, .. } => ground.cause.code(),
            Self::ChallengeUnknown => "auth-challenge-unknown",
            Self::Used => "auth-used",
            Self::BookFull { .. } => "auth-book-full",
            Self::Cms(error) => error.code(),
            Self::Sm(error) => error.code(),
        }
    }
}

impl PartialEq for AuthError {
    /// Equal when code and sentence are.
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code() && self.to_string() == other.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let at = Instant::from_unix(0);
        let errors = [
            AuthError::BadAudience { most: 1 },
            AuthError::BadLife { most: 1 },
            AuthError::Malformed { what: "proof" },
            AuthError::UnsupportedVersion { version: 2 },
            AuthError::NotAProof,
            AuthError::AudienceDiffers { expected: "a".into(), found: "b".into() },
            AuthError::Expired { at },
            AuthError::ChallengeDiffers,
            AuthError::Clock { claimed: at, now: at },
            AuthError::Signature { code: "cms-signature-mismatch" },
            AuthError::CertificateDiffers { subject: "CN=fake".into() },
            AuthError::ChallengeUnknown,
            AuthError::Used,
            AuthError::BookFull { most: 1 },
        ];
        assert_eq!(errors.each_ref().map(AuthError::code), AuthError::CODES);
    }
}

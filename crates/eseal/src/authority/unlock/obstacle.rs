use crate::registry::Standing;
use crate::time::Instant;

/// Why a token may not be unlocked, or what its receipt contradicts (解锁障碍).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnlockObstacle {
    /// The request comes from an older sealing than the one that is known: from a copy that was put back. An alarm.
    #[error("the request is from sealing {epoch}, and {known} is known: an old copy of the token")]
    EpochOld {
        /// The sealing of the request.
        epoch: u64,
        /// The newest one that is known.
        known: u64,
    },
    /// None of the certificates in the request is of the holder whom this token belonged to before. An alarm.
    #[error("the token belonged to somebody else before")]
    HolderDiffers,
    /// The share in the request does not open, or is of another token or sealing than the request says. An alarm.
    #[error("the sealed share is not what the request says")]
    ShareForeign,
    /// The request names no certificate, so nobody can tell whose token it is.
    #[error("the request names no certificate")]
    NoCertificate,
    /// None of the certificates in the request was issued here.
    #[error("certificate {serial} was not issued here")]
    CertificateUnknown {
        /// The first of them.
        serial: String,
    },
    /// A certificate of the token is on hold, or revoked, or none is in force any more.
    #[error("certificate {serial} of {subject} is {}", standing.word())]
    CertificateNotActive {
        /// Its serial number.
        serial: String,
        /// Its subject.
        subject: String,
        /// How it stands.
        standing: Standing,
    },
    /// The token was unlocked so often lately that its holder should get a new one.
    #[error("the token was granted {most} unlockings in {days} days")]
    TooMany {
        /// How many are granted at most.
        most: usize,
        /// In how many days.
        days: u32,
        /// When the next one may be.
        from: Instant,
    },
    /// The request is older than a device keeps its half of it.
    #[error("the request was made at {at}, more than seven days ago")]
    RequestOld {
        /// When it was made, by the device's clock.
        at: Instant,
    },
    /// The request is from a time to come.
    #[error("the request says that it was made at {at}, which is to come")]
    RequestNotYet {
        /// When it was made, by the device's clock.
        at: Instant,
    },
    /// This very request was granted before, and that grant was used or is over.
    #[error("the request was granted before, until {until}")]
    RequestAgain {
        /// Until when it could be used.
        until: Instant,
    },
    /// The holder read another code than the request has.
    #[error("the code is not that of the request")]
    CodeDiffers,
    /// The rule of the office is that the code is compared, and it was not.
    #[error("the code was not compared")]
    CodeMissing,
    /// A unit's token needs the approval of a second officer.
    #[error("a unit's token is unlocked by two officers")]
    SecondOfficer,
    /// The grant is to live longer than a grant may, or not at all.
    #[error("a grant lives for one to {most} seconds")]
    Life {
        /// The longest life, in seconds.
        most: i64,
    },
    /// The receipt is for a grant that was not given to this token.
    #[error("the receipt is for an unknown grant")]
    ReceiptGrant,
    /// The receipt was not signed with a certificate that the grant was for. An alarm.
    #[error("the receipt is signed by {subject}, whom the grant was not for")]
    ReceiptHolder {
        /// Who signed it.
        subject: String,
    },
    /// The receipt tells another sealing than the one that follows the grant's.
    #[error("the receipt tells sealing {epoch}, and {expected} was to follow")]
    ReceiptEpoch {
        /// The sealing told.
        epoch: u64,
        /// The one that was to follow.
        expected: u64,
    },
}

impl UnlockObstacle {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "unlock-epoch-old",
        "unlock-holder-differs",
        "unlock-share-foreign",
        "unlock-no-certificate",
        "unlock-certificate-unknown",
        "unlock-certificate-held",
        "unlock-certificate-revoked",
        "unlock-certificate-expired",
        "unlock-too-many",
        "unlock-request-old",
        "unlock-request-not-yet",
        "unlock-request-again",
        "unlock-code-differs",
        "unlock-code-missing",
        "unlock-second-officer",
        "unlock-life",
        "unlock-receipt-grant",
        "unlock-receipt-holder",
        "unlock-receipt-epoch",
    ];

    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EpochOld { .. } => "unlock-epoch-old",
            Self::HolderDiffers => "unlock-holder-differs",
            Self::ShareForeign => "unlock-share-foreign",
            Self::NoCertificate => "unlock-no-certificate",
            Self::CertificateUnknown { .. } => "unlock-certificate-unknown",
            Self::CertificateNotActive { standing, .. } => match standing {
                Standing::Held => "unlock-certificate-held",
                Standing::Revoked => "unlock-certificate-revoked",
                Standing::Expired | Standing::Active => "unlock-certificate-expired",
            },
            Self::TooMany { .. } => "unlock-too-many",
            Self::RequestOld { .. } => "unlock-request-old",
            Self::RequestNotYet { .. } => "unlock-request-not-yet",
            Self::RequestAgain { .. } => "unlock-request-again",
            Self::CodeDiffers => "unlock-code-differs",
            Self::CodeMissing => "unlock-code-missing",
            Self::SecondOfficer => "unlock-second-officer",
            Self::Life { .. } => "unlock-life",
            Self::ReceiptGrant => "unlock-receipt-grant",
            Self::ReceiptHolder { .. } => "unlock-receipt-holder",
            Self::ReceiptEpoch { .. } => "unlock-receipt-epoch",
        }
    }

    /// Whether somebody has to look into it: the refusal itself is written down.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        matches!(self, Self::EpochOld { .. } | Self::HolderDiffers | Self::ShareForeign | Self::ReceiptHolder { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let at = Instant::from_unix(0);
        let state = |standing| UnlockObstacle::CertificateNotActive {
            serial: "01".into(),
            subject: "CN=fake".into(),
            standing,
        };
        let all = [
            UnlockObstacle::EpochOld { epoch: 0, known: 1 },
            UnlockObstacle::HolderDiffers,
            UnlockObstacle::ShareForeign,
            UnlockObstacle::NoCertificate,
            UnlockObstacle::CertificateUnknown { serial: "01".into() },
            state(Standing::Held),
            state(Standing::Revoked),
            state(Standing::Expired),
            UnlockObstacle::TooMany { most: 3, days: 30, from: at },
            UnlockObstacle::RequestOld { at },
            UnlockObstacle::RequestNotYet { at },
            UnlockObstacle::RequestAgain { until: at },
            UnlockObstacle::CodeDiffers,
            UnlockObstacle::CodeMissing,
            UnlockObstacle::SecondOfficer,
            UnlockObstacle::Life { most: 1 },
            UnlockObstacle::ReceiptGrant,
            UnlockObstacle::ReceiptHolder { subject: "CN=fake".into() },
            UnlockObstacle::ReceiptEpoch { epoch: 0, expected: 1 },
        ];
        assert_eq!(all.each_ref().map(UnlockObstacle::code).as_slice(), UnlockObstacle::CODES);
        assert_eq!(all.iter().filter(|one| one.is_alarm()).count(), 4);
    }
}

use std::fmt;

use crate::lang::Lang;

/// What was done (审计事项). A closed vocabulary: its words are part of the chained bytes and never change.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// A certificate was issued (签发证书).
    CertificateIssued,
    /// A certificate was put on hold (冻结证书).
    CertificateHeld,
    /// A certificate was released from hold (解冻证书).
    CertificateReleased,
    /// A certificate was revoked for good (撤销证书).
    CertificateRevoked,
    /// A certificate revocation list was issued (签发证书撤销列表).
    RevocationListIssued,
    /// A seal was made (制作印章).
    SealMade,
}

impl Act {
    /// Every act, in a fixed order.
    pub const ALL: &[Self] = &[
        Self::CertificateIssued,
        Self::CertificateHeld,
        Self::CertificateReleased,
        Self::CertificateRevoked,
        Self::RevocationListIssued,
        Self::SealMade,
    ];

    /// The stable word for this act, as it is chained and stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CertificateIssued => "certificate-issued",
            Self::CertificateHeld => "certificate-held",
            Self::CertificateReleased => "certificate-released",
            Self::CertificateRevoked => "certificate-revoked",
            Self::RevocationListIssued => "revocation-list-issued",
            Self::SealMade => "seal-made",
        }
    }

    /// The act that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.word() == word)
    }

    /// The act in words, for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::CertificateIssued => lang.pick("签发证书", "certificate issued"),
            Self::CertificateHeld => lang.pick("冻结证书", "certificate put on hold"),
            Self::CertificateReleased => lang.pick("解冻证书", "certificate released from hold"),
            Self::CertificateRevoked => lang.pick("撤销证书", "certificate revoked"),
            Self::RevocationListIssued => lang.pick("签发证书撤销列表", "revocation list issued"),
            Self::SealMade => lang.pick("制作印章", "seal made"),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_found_by_its_word_and_no_other_word_is() {
        for act in Act::ALL {
            assert_eq!(Act::from_word(act.word()), Some(*act));
            assert_ne!(act.label(Lang::ZhCn), act.label(Lang::En));
        }
        for word in ["", "seal", "SEAL-MADE", "seal-made "] {
            assert_eq!(Act::from_word(word), None, "{word}");
        }
    }
}

use std::fmt;

use crate::lang::vocabulary;

vocabulary! {
    /// What was done (审计事项). A closed vocabulary: its words are part of the chained bytes and never change.
    #[non_exhaustive]
    #[derive(PartialOrd, Ord)]
    pub enum Act: word {
        /// A certificate was issued.
        CertificateIssued = "certificate-issued", "签发证书", "certificate issued";
        /// A certificate was put on hold.
        CertificateHeld = "certificate-held", "冻结证书", "certificate put on hold";
        /// A certificate was released from hold.
        CertificateReleased = "certificate-released", "解冻证书", "certificate released from hold";
        /// A certificate was revoked for good.
        CertificateRevoked = "certificate-revoked", "撤销证书", "certificate revoked";
        /// A certificate revocation list was issued.
        RevocationListIssued = "revocation-list-issued", "签发证书撤销列表", "revocation list issued";
        /// What was handed out for an order was kept, to be handed out again.
        AnswerKept = "answer-kept", "保存签发应答", "answer to an order kept";
        /// A time stamp was issued.
        TimestampIssued = "timestamp-issued", "签发时间戳", "time stamp issued";
        /// A seal was made.
        SealMade = "seal-made", "制作印章", "seal made";
    }
}

impl Act {
    /// The act that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.word() == word)
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
    use crate::lang::Lang;

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

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
        /// An application for a certificate was filed.
        ApplicationFiled = "application-filed", "提交证书申请", "application filed";
        /// An application was approved, and its codes were handed out.
        ApplicationApproved = "application-approved", "批准证书申请", "application approved";
        /// An application was refused, or closed because of wrong codes.
        ApplicationRefused = "application-refused", "拒绝证书申请", "application refused";
        /// An application was answered with certificates.
        ApplicationAnswered = "application-answered", "答复证书申请", "application answered";
        /// A token may be unlocked once.
        UnlockGranted = "unlock-granted", "批准解锁", "unlocking granted";
        /// An unlocking was refused in a way that somebody has to look into.
        UnlockRefused = "unlock-refused", "拒绝解锁", "unlocking refused";
        /// A token said that it was unlocked.
        TokenUnlocked = "token-unlocked", "软证书已解锁", "token unlocked";
        /// An officer was appointed, or given other duties.
        OfficerAppointed = "officer-appointed", "任命经办人", "officer appointed";
        /// An officer was dismissed.
        OfficerDismissed = "officer-dismissed", "撤销经办人", "officer dismissed";
        /// An encryption key was archived.
        KeyEscrowed = "key-escrowed", "托管加密密钥", "encryption key archived";
        /// An archived encryption key was handed out to its holder.
        KeyRecovered = "key-recovered", "恢复加密密钥", "encryption key recovered";
        /// A holder's revocation passphrase was set.
        PassphraseSet = "passphrase-set", "设置挂失口令", "revocation passphrase set";
        /// A wrong revocation passphrase was given.
        PassphraseRefused = "passphrase-refused", "挂失口令错误", "revocation passphrase refused";
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

use std::fmt;

use crate::lang::vocabulary;

vocabulary! {
    /// A question that verifying asks (验证项).
    ///
    /// The order is that of GB/T 38540-2020, 7.3, with what a carrier adds at the end.
    #[non_exhaustive]
    #[derive(PartialOrd, Ord)]
    pub enum Check: word {
        /// Can the signature data, and the seal inside, be read as their standard has them?
        Format = "format", "数据格式", "format";
        /// Does the signature value hold over the signed part, with the signer's certificate?
        Signature = "signature", "签章签名值", "signature";
        /// May the signer use the seal?
        SignerInSeal = "signer-in-seal", "签章者在印章的签章者列表中", "signer is listed in the seal";
        /// Does the signer's certificate lead to a trusted one?
        SignerChain = "signer-chain", "签章者证书链", "signer's certificate chain";
        /// Was the signer's certificate within its period?
        SignerPeriod = "signer-period", "签章者证书有效期", "signer's certificate period";
        /// Is the signer's certificate for signing?
        SignerUsage = "signer-usage", "签章者证书密钥用法", "signer's key usage";
        /// Was the signer's certificate revoked?
        SignerRevocation = "signer-revocation", "签章者证书撤销状态", "signer's revocation status";
        /// Is the hash of the document the one that was signed?
        DocumentHash = "document-hash", "原文杂凑值", "document hash";
        /// OFD: are the files that the signature lists unchanged?
        References = "references", "引用文件摘要", "referenced files";
        /// Does the maker's signature hold over the seal?
        SealSignature = "seal-signature", "印章签名值", "seal's own signature";
        /// Does the maker's certificate lead to a trusted one?
        MakerChain = "maker-chain", "制章者证书链", "maker's certificate chain";
        /// Was the maker's certificate within its period?
        MakerPeriod = "maker-period", "制章者证书有效期", "maker's certificate period";
        /// Is the maker's certificate for signing?
        MakerUsage = "maker-usage", "制章者证书密钥用法", "maker's key usage";
        /// Was the maker's certificate revoked?
        MakerRevocation = "maker-revocation", "制章者证书撤销状态", "maker's revocation status";
        /// Was the seal within its period?
        SealPeriod = "seal-period", "印章有效期", "seal's period";
        /// Is the seal suspended, revoked or void by a status list?
        SealState = "seal-state", "印章状态", "seal's state";
        /// Is there a time stamp, and does it hold?
        Timestamp = "timestamp", "时间戳", "time stamp";
        /// Does the signature cover all of the file as it was?
        Coverage = "coverage", "签名覆盖范围", "coverage";
        /// Is everything that came later allowed?
        LaterChanges = "later-changes", "签后改动", "later changes";
        /// Is what the page shows the picture of the seal?
        PictureShown = "picture-shown", "显示的印章图片", "picture shown";
    }
}

impl Check {
    /// The question that a word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|check| check.word() == word)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn there_are_the_twenty_questions_of_the_contract() {
        let mut words: Vec<_> = Check::ALL.iter().map(|check| check.word()).collect();
        words.sort_unstable();
        let mut contract = vec![
            "format",
            "signature",
            "document-hash",
            "references",
            "seal-signature",
            "seal-period",
            "seal-state",
            "signer-in-seal",
            "signer-chain",
            "signer-period",
            "signer-usage",
            "signer-revocation",
            "maker-chain",
            "maker-period",
            "maker-usage",
            "maker-revocation",
            "timestamp",
            "coverage",
            "later-changes",
            "picture-shown",
        ];
        contract.sort_unstable();
        assert_eq!(words, contract);
        for check in Check::ALL {
            assert_eq!(Check::parse(check.word()), Some(*check));
            assert_ne!(check.label(Lang::ZhCn), check.label(Lang::En));
        }
    }
}

use crate::cert::Cause;
use crate::cms::CmsDeviation;
use crate::document::pdf::FaultKind;
use crate::lang::Lang;
use crate::lang::vocabulary;
use crate::seal::DeviationKind;
use crate::timestamp::TimestampFault;

vocabulary! {
    /// The codes of this room; other rooms bring their own codes (see [`label_of`](super::label_of)).
    #[non_exhaustive]
    pub enum Code: code {
        /// Nothing to object to.
        Ok = "ok", "符合要求", "as it should be";
        /// The question could not be asked since the data could not be read.
        NotAskedFormat = "not-asked-format", "数据无法解析，未能检查", "not asked, since the data cannot be read";
        /// The question could not be asked since the certificate cannot be read.
        NotAskedCertificate = "not-asked-certificate", "证书无法解析，未能检查", "not asked, since the certificate cannot be read";
        /// The question could not be asked since the document is another one.
        NotAskedDocument = "not-asked-document", "原文已变，未能检查", "not asked, since the document is another one";
        /// The question could not be asked since the signature does not hold.
        NotAskedSignature = "not-asked-signature", "签名值无效，未能检查", "not asked, since the signature does not hold";
        /// The file demands more work than is allowed.
        WorkLimit = "work-limit", "文件要求的计算超出上限", "the file demands more work than is allowed";
        /// Nobody asks, by the caller's policy.
        RevocationNotAsked = "revocation-not-asked", "按要求不检查撤销状态", "not asked, by the caller's policy";
        /// No seal signature, CMS message or other known structure.
        ContentsUnknown = "contents-unknown", "签名数据的结构未知", "the signature data is of no known structure";
        /// A known structure that cannot be read.
        ContentsMalformed = "contents-malformed-structure", "签名数据的结构有误", "the signature data is malformed";
        /// Only r and s, without a certificate.
        ContentsBare = "contents-bare-signature", "只有裸签名值，没有证书", "a bare signature without a certificate";
        /// A seal where a signature belongs.
        ContentsSealOnly = "contents-seal-only", "签名处只放了印章", "a seal stands where a signature belongs";
        /// A message without a signer.
        MessageWithoutSigner = "message-without-signer", "签名消息中没有签名者", "the message has no signer";
        /// A message with several signers.
        MessageSeveralSigners = "message-several-signers", "签名消息中有多个签名者", "the message has several signers";
        /// The sub-filter of the signature dictionary says something else than the data is.
        SubFilterMismatch = "sub-filter-mismatch", "SubFilter 与签名数据不符", "the sub-filter does not say what the data is";

        /// The signature value does not hold.
        SignatureMismatch = "signature-mismatch", "签名值验证不通过", "the signature value does not hold";
        /// Made over the data hash alone.
        SignedDataHashOnly = "signed-data-hash-only", "只对原文杂凑值签名，未保护其他内容", "only the document hash was signed, nothing else is protected";
        /// Made with an empty identity.
        SignedEmptyId = "signed-with-empty-id", "签名时用户标识为空", "signed with an empty identity";
        /// Made without Z.
        SignedWithoutZ = "signed-without-z", "签名时未计入 Z 值", "signed without Z";
        /// Neither DER nor 64 bytes.
        SignatureMalformed = "signature-value-malformed", "签名值编码有误", "the signature value is malformed";
        /// 64 bytes instead of DER.
        SignatureRaw = "signature-raw-form", "签名值为 64 字节裸值（应为 DER）", "the signature value is 64 raw bytes instead of DER";
        /// Another algorithm than SM2 with SM3.
        AlgorithmUnsupported = "algorithm-unsupported", "签名算法不受支持", "the signature algorithm is not supported";
        /// The certificate inside cannot be read or has no SM2 key.
        CertificateUnusable = "certificate-unusable", "证书无法解析或密钥不是 SM2", "the certificate cannot be read or has no SM2 key";
        /// The signature message brings no certificate.
        CertificateMissing = "certificate-missing", "没有签名者证书", "the signer's certificate is missing";

        /// The hash is another one.
        DocumentHashMismatch = "document-hash-mismatch", "原文已被改动", "the document was changed";
        /// No document was given to compare with.
        DocumentNotGiven = "document-not-given", "未提供原文", "no document was given";
        /// The covered bytes cannot be told.
        DocumentRangeUnclear = "document-range-unclear", "签名保护范围不明确", "the signed range cannot be told";
        /// PDF has no references.
        ReferencesNone = "references-none", "此格式没有引用文件", "this format has no referenced files";

        /// The certificate is not in the seal's list.
        SignerNotListed = "signer-not-listed", "签章者证书不在印章中", "the signer's certificate is not in the seal";
        /// Another certificate of the same key is listed.
        SignerRenewed = "signer-renewed", "印章中是签章者的旧证书，应重新制章", "the seal lists another certificate of the same key, it has to be made anew";
        /// Listed by a digest that was computed with Z.
        SignerListedWithZ = "signer-listed-with-z", "印章中的证书杂凑值计入了 Z 值", "the seal lists a digest that was computed with Z";

        /// The seal had expired.
        SealExpired = "seal-expired", "印章已过期", "the seal had expired";
        /// The seal was not valid yet.
        SealNotYetValid = "seal-not-yet-valid", "印章尚未生效", "the seal was not valid yet";
        /// The seal expired after it was used.
        SealExpiredSince = "seal-expired-since", "盖章时有效，现已过期", "valid when stamped, expired since";
        /// The seal was made after it was used.
        SealMadeLater = "seal-made-later", "印章在签章时间之后才制作", "the seal was made after the time it was used at";
        /// No status list was given.
        SealStatusNotGiven = "seal-status-not-given", "未提供印章状态列表", "no seal status list was given";
        /// The claimed time cannot be read, so nothing can be judged at it.
        TimeUnreadable = "time-unreadable", "签章时间无法识别", "the signing time cannot be read";
        /// The signer states no time.
        TimeAbsent = "time-absent", "签名中没有签名时间，按验证时间判断证书", "the signer states no time: the certificate counts as of the time of verifying";
        /// The claimed time lies in the future.
        TimeInFuture = "time-in-future", "签章时间晚于验证时间", "the signing time lies after the time of verifying";

        /// The seal was made outside the period of its maker's certificate.
        SealMadeOutsideMaker = "seal-made-outside-maker-period", "制章日期不在制章者证书有效期内", "the seal was made outside the period of its maker's certificate";
        /// The certificate expired since.
        ExpiredSince = "certificate-expired-since", "当时有效，证书现已过期", "within its period then, expired since";
        /// The key was compromised later, and nothing proves that it signed before.
        CompromisedSince = "compromised-since", "密钥后已泄露，且签章时间未经证明", "the key was compromised since, and the time is not proven";

        /// No time stamp; the time is the signer's claim.
        TimestampAbsent = "timestamp-absent", "没有时间戳，签章时间只是签章者声明", "no time stamp: the time is only the signer's claim";
        /// A seal without a time stamp of its own.
        SealTimestampAbsent = "seal-timestamp-absent", "印章没有时间戳", "the seal has no time stamp";
        /// Not a token.
        TimestampMalformed = "timestamp-malformed", "时间戳数据有误", "the time stamp is malformed";
        /// A hash that is not known here.
        TimestampUnsupported = "timestamp-unsupported", "时间戳使用不支持的杂凑算法", "the time stamp uses a hash that is not supported";
        /// Older than what it stamps claims to be.
        TimestampBeforeClaim = "timestamp-before-claim", "时间戳早于声明的时间", "the time stamp is older than the claimed time";

        /// The signature covers less than its revision.
        CoversLess = "covers-less", "签名没有覆盖其修订版的全部内容", "the signature covers less than its revision";
        /// A signature that no form field holds.
        OrphanSignature = "orphan-signature", "签名不属于任何表单域", "no form field holds the signature";
        /// The structure of the file breaks a rule.
        StructureFault = "structure-fault", "文件结构有误", "the structure of the file breaks a rule";
        /// Covered, with a further revision after it.
        CoversRevision = "covers-revision", "覆盖了签名时的全部内容", "covers the whole file as it was when signed";
        /// Not in a document.
        NotInDocument = "not-in-document", "不在文档中", "not inside a document";

        /// Only further stamps came later.
        LaterStamps = "later-stamps", "之后又盖了章", "further stamps came later";
        /// Only time stamps and validation data came later.
        LaterTimestamps = "later-timestamps", "之后加了时间戳", "time stamps came later";
        /// Form fields were filled in later.
        LaterForms = "later-forms", "之后填写了表单", "form fields were filled in later";
        /// Comments came later.
        LaterAnnotations = "later-annotations", "之后加了批注", "annotations came later";
        /// Something else was changed later.
        LaterOther = "later-other", "签后有不允许的改动", "changed in a way that is not allowed";
        /// Later changes could not be told.
        LaterUnreadable = "later-unreadable", "无法判断签后改动", "the later changes cannot be told";

        /// Nothing is shown.
        PictureInvisible = "picture-invisible", "签章不可见", "the stamp is invisible";
        /// Another picture is shown.
        PictureDiffers = "picture-differs", "显示的图片不是印章图片", "the picture shown is not the seal's";
        /// The same picture in another resolution or compression.
        PictureSimilar = "picture-similar", "显示的图片与印章图片相似", "the picture shown is like the seal's, not the same in every pixel";
        /// Only a part, as in a seam stamp.
        PicturePart = "picture-part", "显示了印章图片的一部分", "a part of the seal's picture is shown";
        /// The picture cannot be compared.
        PictureNotComparable = "picture-not-comparable", "无法比对显示的图片", "the picture shown cannot be compared";
    }
}

/// Every code that a finding can have.
#[must_use]
pub fn codes() -> Vec<&'static str> {
    let mut codes: Vec<_> = Code::ALL.iter().map(|reason| reason.code()).collect();
    codes.extend(DeviationKind::ALL.iter().map(|kind| kind.code()));
    codes.extend(CmsDeviation::ALL.iter().map(|kind| kind.code()));
    codes.extend(FaultKind::ALL.iter().map(|kind| kind.code()));
    codes.extend(Cause::ALL.iter().map(|cause| cause.code()));
    codes.extend(TimestampFault::ALL.iter().map(|fault| fault.code()));
    codes
}

/// A finding's code in words; codes of deviations of seals and messages and of PDF faults among them.
#[must_use]
pub fn label_of(code: &str, lang: Lang) -> Option<&'static str> {
    let reason = Code::ALL.iter().find(|reason| reason.code() == code).map(|reason| reason.label(lang));
    let deviation = || DeviationKind::ALL.iter().find(|kind| kind.code() == code).map(|kind| kind.label(lang));
    let message = || CmsDeviation::ALL.iter().find(|kind| kind.code() == code).map(|kind| kind.label(lang));
    let fault = || FaultKind::ALL.iter().find(|kind| kind.code() == code).map(|kind| kind.label(lang));
    let cause = || Cause::ALL.iter().find(|cause| cause.code() == code).map(|cause| cause.label(lang));
    let stamp = || TimestampFault::ALL.iter().find(|fault| fault.code() == code).map(|fault| fault.label(lang));
    reason.or_else(deviation).or_else(message).or_else(fault).or_else(cause).or_else(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_has_words_in_both_languages() {
        let mut codes = codes();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for code in codes {
            let (zh, en) = (label_of(code, Lang::ZhCn).unwrap(), label_of(code, Lang::En).unwrap());
            assert_ne!(zh, en, "{code}");
        }
        assert_eq!(label_of("no-such-code", Lang::En), None);
    }
}

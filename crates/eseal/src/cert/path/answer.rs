use crate::lang::vocabulary;

use super::super::Certificate;

/// The answer to one question about a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Pass,
    /// Yes, with something to know.
    Note(Ground),
    /// No.
    Fail(Ground),
    /// The question could not be answered; never to be taken for yes.
    Unknown(Ground),
    /// The caller's policy leaves the question out.
    NotAsked,
}

impl Answer {
    /// The ground of the answer, if it has one.
    #[must_use]
    pub const fn ground(&self) -> Option<&Ground> {
        match self {
            Self::Note(ground) | Self::Fail(ground) | Self::Unknown(ground) => Some(ground),
            Self::Pass | Self::NotAsked => None,
        }
    }

    /// The stable word of the ground, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.ground().map(|ground| ground.cause.code())
    }

    /// How bad it is, for taking the worst of several: fail, unknown, note, pass.
    pub(super) const fn weight(&self) -> u8 {
        match self {
            Self::Pass | Self::NotAsked => 0,
            Self::Note(_) => 1,
            Self::Unknown(_) => 2,
            Self::Fail(_) => 3,
        }
    }

    /// The worse of two answers; the first of two that are equally bad.
    pub(super) fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }
}

/// Why an answer is what it is: a cause, and what it was found on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The cause.
    pub cause: Cause,
    /// Named facts: `certificate`, `issuer`, `serial`, `at`, `reason`, `oid`, …
    pub detail: Vec<(&'static str, String)>,
}

impl Ground {
    pub(super) const fn new(cause: Cause) -> Self {
        Self { cause, detail: Vec::new() }
    }

    /// A ground that lies with a certificate, named by its subject and serial number.
    pub(super) fn about(cause: Cause, certificate: &Certificate) -> Self {
        Self::new(cause).with("certificate", certificate.subject()).with("serial", certificate.serial())
    }

    pub(super) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.detail.push((key, value.to_string()));
        self
    }

    pub(super) fn maybe(self, key: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

vocabulary! {
    /// Why a question about a certificate was not answered with a plain yes.
    pub enum Cause: code {
        /// The caller trusts nothing, so nothing can be trusted.
        ChainNoTrust = "chain-no-trust", "没有给出信任锚", "no trust anchor was given";
        /// No certificate of the issuer is at hand.
        ChainNoIssuer = "chain-no-issuer", "缺少签发者证书", "the issuer's certificate is not at hand";
        /// The chain ends at a certificate that signs itself and is not trusted.
        ChainNoPath = "chain-no-path", "证书链未通向信任锚", "the chain does not lead to a trust anchor";
        /// The certificate signs itself and is not trusted.
        ChainSelfSigned = "chain-self-signed", "自签名证书，且不受信任", "signed by itself and not trusted";
        /// A signature of the chain does not hold.
        ChainBadSignature = "chain-bad-signature", "证书签名不成立", "a certificate's signature does not hold";
        /// The key verifies, but the issuer's name is another.
        ChainIssuerMismatch = "chain-issuer-mismatch", "签发者名称不一致", "the issuer's name does not match";
        /// An algorithm that is not supported, such as RSA.
        ChainUnsupportedAlgorithm =
            "chain-unsupported-algorithm", "不支持的密码算法", "an algorithm that is not supported";
        /// A public key that is no point of the curve.
        ChainBadKey = "chain-bad-key", "公钥无效", "a public key is not valid";
        /// A certificate of version 1 or 2.
        ChainVersion = "chain-version", "证书版本不是 V3", "a certificate is not of version 3";
        /// An issuer that may not issue certificates.
        ChainNotCa = "chain-not-a-ca", "签发者不是 CA", "an issuer may not issue certificates";
        /// More CAs beneath one than it allows.
        ChainPathLength = "chain-path-length", "超出 CA 的路径长度限制", "more CAs beneath one than it allows";
        /// More certificates than are looked at.
        ChainTooLong = "chain-too-long", "证书链过长", "the chain is too long";
        /// More work than a judgement may cost.
        ChainBudget = "chain-budget", "验证所需计算超出上限", "the judgement needs more work than is allowed";
        /// A critical extension that is not understood.
        ChainCriticalExtension =
            "chain-critical-extension", "含有不支持的关键扩展项", "a critical extension is not understood";
        /// A name that a CA's name constraints do not permit.
        ChainNameConstraints = "chain-name-constraints", "违反名称限制", "a name is outside a CA's name constraints";
        /// A certificate policy is required, and none holds along the chain.
        ChainPolicy = "chain-policy", "缺少所要求的证书策略", "a required certificate policy is missing";
        /// After the end of its period.
        CertExpired = "cert-expired", "证书已过期", "expired";
        /// Before the start of its period.
        CertNotYetValid = "cert-not-yet-valid", "证书尚未生效", "not yet valid";
        /// No keyUsage although one is needed.
        UsageMissing = "usage-missing", "缺少密钥用法", "key usage is missing";
        /// The key may not sign documents.
        UsageNotSigning = "usage-not-signing", "密钥用法不含签名", "the key may not sign documents";
        /// The encryption certificate of a pair.
        UsageEncryptionOnly = "usage-encryption-only", "这是加密证书，不能用于签名", "an encryption certificate";
        /// Not for time stamps.
        UsageNotTimestamping = "usage-not-timestamping", "扩展密钥用法不含时间戳", "the key may not sign time stamps";
        /// The purpose is there, but not marked critical or not alone, as the rule demands.
        UsageNotExclusive =
            "usage-not-exclusive", "时间戳用法未标为关键或不唯一", "the time-stamp purpose is not critical or not alone";
        /// Not for answering OCSP requests.
        UsageNotOcsp = "usage-not-ocsp", "扩展密钥用法不含 OCSP 签名", "the key may not sign OCSP responses";
        /// Not for encryption.
        UsageNotEncryption = "usage-not-encryption", "密钥用法不含加密", "the key may not be used for encryption";
        /// Not for logging in.
        UsageNotLogin = "usage-not-login", "证书不用于身份认证", "the certificate is not for logging in";
        /// Not a CA.
        UsageNotCa = "usage-not-ca", "不是 CA 证书", "not a CA certificate";
        /// Revoked by the time that counts.
        Revoked = "revoked", "证书已被撤销", "revoked";
        /// On hold at the time that counts.
        OnHold = "on-hold", "证书处于冻结状态", "on hold";
        /// Revoked, but after the time that counts.
        RevokedLater = "revoked-later", "证书在此时间之后被撤销", "revoked later";
        /// Nothing says whether it was revoked.
        RevocationUnknown = "revocation-unknown", "没有可用的撤销信息", "no revocation list is at hand";
        /// The newest list had run out by then.
        CrlStale = "crl-stale", "证书撤销列表已过期", "the revocation list is out of date";
        /// The list is from after the certificate's end, when entries may have been dropped.
        CrlTooLate = "crl-too-late", "撤销列表晚于证书有效期", "the revocation list is from after the certificate's period";
        /// The list's signature does not hold.
        CrlBadSignature = "crl-bad-signature", "证书撤销列表签名不成立", "the revocation list's signature does not hold";
        /// The list needs more than is understood.
        CrlUnsupported = "crl-unsupported", "不支持的证书撤销列表", "the revocation list is of a kind not supported";
        /// The list is of another distribution point, or of another kind of certificates.
        CrlOtherPart =
            "crl-other-part", "该撤销列表不涵盖此证书", "the revocation list is not about certificates such as this one";
        /// A delta list whose full list is not at hand.
        CrlDeltaAlone =
            "crl-delta-alone", "缺少增量撤销列表的基础列表", "the full list that a delta list builds upon is not at hand";
        /// Lists for some reasons only, which together leave one out.
        CrlSomeReasons =
            "crl-some-reasons", "撤销列表未涵盖全部撤销原因", "the revocation lists leave out some reasons";
        /// The issuer may not sign lists.
        CrlIssuerUsage = "crl-issuer-usage", "签发者无权签发撤销列表", "the issuer may not sign revocation lists";
        /// The responder does not know the certificate, which is never to be taken for good.
        OcspUnknown = "ocsp-unknown", "OCSP 响应者不知道该证书", "the OCSP responder does not know the certificate";
        /// The newest answer had run out by then.
        OcspStale = "ocsp-stale", "OCSP 响应已过期", "the OCSP answer is out of date";
        /// The response's signature does not hold.
        OcspBadSignature = "ocsp-bad-signature", "OCSP 响应签名不成立", "the OCSP response's signature does not hold";
        /// Whoever signed the response may not answer for the issuer.
        OcspNotEntrusted =
            "ocsp-not-entrusted", "OCSP 响应者未获签发者授权", "the OCSP responder may not answer for the issuer";
        /// The response is signed with another algorithm.
        OcspUnsupported = "ocsp-unsupported", "OCSP 响应使用不支持的算法", "the OCSP response uses another algorithm";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use std::collections::HashSet;

    #[test]
    fn every_cause_has_its_own_code_and_two_labels() {
        let codes: HashSet<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            assert_ne!(cause.label(Lang::ZhCn), cause.label(Lang::En));
        }
    }

    #[test]
    fn the_worst_of_several_answers_counts() {
        let ground = Ground::new(Cause::CrlStale);
        let unknown = Answer::Unknown(ground.clone());
        let fail = Answer::Fail(ground);
        assert_eq!(Answer::Pass.worse(unknown.clone()), unknown);
        assert_eq!(unknown.clone().worse(fail.clone()), fail);
        assert_eq!(fail.clone().worse(unknown), fail);
    }
}

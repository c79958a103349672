use crate::Lang;
use crate::cert::CertError;
use crate::cms::CmsError;
use crate::lang::vocabulary;
use crate::time::Instant;

/// Why a time stamp could not be asked for, made or read.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The input is over its size limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A structure breaks the rules of its encoding.
    #[error("malformed {what}")]
    Malformed {
        /// The part that is malformed, as the standards name it.
        what: &'static str,
    },
    /// A signed message, but no time stamp.
    #[error("not a time stamp ({oid})")]
    NotTimestamp {
        /// The type of its content.
        oid: String,
    },
    /// The token has a critical extension that is not understood.
    #[error("the time stamp has a critical extension that is not understood ({oid})")]
    CriticalExtension {
        /// The extension.
        oid: String,
    },
    /// The authority refused.
    #[error("the time-stamp authority refused: {}", rejection.label(Lang::En))]
    Rejected {
        /// Why.
        rejection: Rejection,
    },
    /// The token is not the one that was asked for.
    #[error("the time stamp does not answer the request: {what}")]
    OtherRequest {
        /// What is another: `imprint`, `nonce`, `policy`, `certificate`.
        what: &'static str,
    },
    /// The certificate may not make time stamps: it has no such purpose, or others beside it.
    #[error("the certificate of {subject} is not for time stamps alone")]
    NotForTimestamps {
        /// Whose certificate it is.
        subject: String,
    },
    /// The authority's certificate is not valid then.
    #[error("the certificate of the time-stamp authority is not valid at {at}")]
    NotValid {
        /// The time of the stamp.
        at: Instant,
    },
    /// The policy is no object identifier.
    #[error("not an object identifier: {text}")]
    PolicySyntax {
        /// The text, cut to 64 characters.
        text: String,
    },
    /// A certificate cannot be used, or randomness was not to be had.
    #[error(transparent)]
    Cert(#[from] CertError),
    /// The message around the token could not be read or made.
    #[error(transparent)]
    Message(#[from] CmsError),
}

impl TimestampError {
    /// Every code of this enum; those of [`CertError`] and [`CmsError`] come beside them.
    pub const CODES: &[&str] = &[
        "timestamp-too-large",
        "timestamp-bad-encoding",
        "timestamp-not-a-timestamp",
        "timestamp-critical-extension",
        "timestamp-rejected",
        "timestamp-other-request",
        "timestamp-not-for-timestamps",
        "timestamp-not-valid",
        "timestamp-policy-syntax",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "timestamp-too-large",
            Self::Malformed { .. } => "timestamp-bad-encoding",
            Self::NotTimestamp { .. } => "timestamp-not-a-timestamp",
            Self::CriticalExtension { .. } => "timestamp-critical-extension",
            Self::Rejected { .. } => "timestamp-rejected",
            Self::OtherRequest { .. } => "timestamp-other-request",
            Self::NotForTimestamps { .. } => "timestamp-not-for-timestamps",
            Self::NotValid { .. } => "timestamp-not-valid",
            Self::PolicySyntax { .. } => "timestamp-policy-syntax",
            Self::Cert(error) => error.code(),
            Self::Message(error) => error.code(),
        }
    }
}

vocabulary! {
    /// Why an authority refuses a request (`PKIFailureInfo`); RFC 3161, 2.4.2.
    pub enum Rejection: word {
        /// The hash of the request is not one that the authority stamps.
        BadAlgorithm = "bad-algorithm", "不支持的杂凑算法", "the hash algorithm is not supported";
        /// A request that is not permitted, or of another version.
        BadRequest = "bad-request", "请求不被允许", "the request is not permitted";
        /// What came is no request.
        BadDataFormat = "bad-data-format", "请求格式错误", "the data has the wrong format";
        /// The authority has no time.
        TimeNotAvailable = "time-not-available", "时间源不可用", "the time source is not available";
        /// The policy is another's.
        UnacceptedPolicy = "unaccepted-policy", "不支持所请求的策略", "the policy is not supported";
        /// An extension that the authority does not know.
        UnacceptedExtension = "unaccepted-extension", "不支持所请求的扩展项", "the extension is not supported";
        /// More information than the authority gives.
        NoAdditionalInformation =
            "additional-information", "不提供所请求的附加信息", "the additional information is not available";
        /// The authority is in trouble.
        SystemFailure = "system-failure", "系统故障", "the system failed";
        /// No reason was given, or none that is known here.
        Unspecified = "unspecified", "未说明原因", "no reason was given";
    }
}

impl Rejection {
    /// The bit in `failInfo`; an unspecified refusal has none.
    pub(super) const fn bit(self) -> Option<usize> {
        Some(match self {
            Self::BadAlgorithm => 0,
            Self::BadRequest => 2,
            Self::BadDataFormat => 5,
            Self::TimeNotAvailable => 14,
            Self::UnacceptedPolicy => 15,
            Self::UnacceptedExtension => 16,
            Self::NoAdditionalInformation => 17,
            Self::SystemFailure => 25,
            Self::Unspecified => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [
            TimestampError::TooLarge { limit: 1 },
            TimestampError::Malformed { what: "" },
            TimestampError::NotTimestamp { oid: String::new() },
            TimestampError::CriticalExtension { oid: String::new() },
            TimestampError::Rejected { rejection: Rejection::BadRequest },
            TimestampError::OtherRequest { what: "nonce" },
            TimestampError::NotForTimestamps { subject: String::new() },
            TimestampError::NotValid { at: Instant::MAX },
            TimestampError::PolicySyntax { text: String::new() },
        ];
        assert_eq!(errors.each_ref().map(TimestampError::code), TimestampError::CODES);
        assert_eq!(TimestampError::from(CertError::BadKey).code(), "cert-bad-key");
        assert_eq!(TimestampError::from(CmsError::TooLarge { limit: 1 }).code(), "cms-too-large");
    }
}

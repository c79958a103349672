/// Why a message could not be read.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
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
    /// The message is of another kind than signed data.
    #[error("not a signed message ({oid})")]
    NotSigned {
        /// The content type found.
        oid: String,
    },
    /// More signers, certificates or attributes than any real message has.
    #[error("more than {limit} of {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl CmsError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &["cms-too-large", "cms-malformed", "cms-not-signed", "cms-too-many"];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "cms-too-large",
            Self::Malformed { .. } => "cms-malformed",
            Self::NotSigned { .. } => "cms-not-signed",
            Self::TooMany { .. } => "cms-too-many",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [
            CmsError::TooLarge { limit: 1 },
            CmsError::Malformed { what: "SignedData" },
            CmsError::NotSigned { oid: "1.2.3".into() },
            CmsError::TooMany { what: "signers", limit: 1 },
        ];
        assert_eq!(errors.each_ref().map(CmsError::code), CmsError::CODES);
    }
}

use crate::cert::CertError;
use crate::key::KeyError;
use crate::time::Instant;
use crate::time::Period;

use super::PictureError;
use super::SealVersion;

/// Why a seal or seal signature could not be read, checked or made.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes have not the shape of any version of a seal.
    #[error("not an electronic seal")]
    NotASeal,
    /// The bytes have not the shape of any version of a seal signature.
    #[error("not an electronic seal signature")]
    NotASealSignature,
    /// More bytes than are looked at.
    #[error("the input has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A field is missing, of the wrong type or out of range.
    #[error("{structure} is malformed at {field} (byte {offset})")]
    Malformed {
        /// `SESeal` or `SES_Signature`.
        structure: &'static str,
        /// The field, in the standard's spelling.
        field: &'static str,
        /// Where it begins in the structure.
        offset: usize,
    },
    /// The signature algorithm is not SM2 with SM3.
    #[error("the signature algorithm {oid} is not supported")]
    Algorithm {
        /// The algorithm found.
        oid: String,
    },
    /// The signature value is neither DER nor 64 raw bytes.
    #[error("the signature value is malformed")]
    SignatureMalformed,
    /// The signature does not hold over the received bytes.
    #[error("the signature does not hold{}", cause.map_or("", SignatureCause::text))]
    SignatureMismatch {
        /// What was signed instead, when that could be found out. The signature stays worthless.
        cause: Option<SignatureCause>,
    },
    /// A certificate inside cannot be read, or its key is not SM2.
    #[error("the certificate inside cannot be used")]
    Certificate(#[source] CertError),

    /// The seal number is empty, too long, or not printable ASCII.
    #[error("a seal number is 1 to {limit} printable ASCII characters")]
    BadId {
        /// The most characters.
        limit: usize,
    },
    /// The vendor is too long or not printable ASCII.
    #[error("a vendor is 1 to {limit} printable ASCII characters")]
    BadVendor {
        /// The most characters.
        limit: usize,
    },
    /// The seal's name is empty or too long.
    #[error("a seal's name is 1 to {limit} bytes of UTF-8")]
    BadName {
        /// The most bytes.
        limit: usize,
    },
    /// A seal that nobody may use.
    #[error("the seal lists no signer")]
    NoSigners,
    /// A certificate listed as signer cannot sign (the encryption certificate of a pair, most often).
    #[error("the certificate of {subject} cannot sign and so cannot be a signer")]
    SignerCannotSign {
        /// Whose certificate.
        subject: String,
    },
    /// The same certificate was given twice.
    #[error("the certificate of {subject} is given twice")]
    SignerTwice {
        /// Whose certificate.
        subject: String,
    },
    /// The maker's certificate is not for signing.
    #[error("the seal maker's certificate is not for signing")]
    MakerCannotSign,
    /// The key is not that of the maker's certificate.
    #[error("the key does not belong to the seal maker's certificate")]
    MakerKeyMismatch,
    /// The maker's certificate is not valid at the time of making.
    #[error("the seal maker's certificate is valid from {} to {}, not at {at}", validity.from(), validity.to())]
    MakerNotValid {
        /// Its period.
        validity: Period,
        /// The time of making.
        at: Instant,
    },
    /// The seal's period is over before it is made.
    #[error("the seal's period ends at {to}, before it is made at {at}")]
    AlreadyOver {
        /// The end of the period.
        to: Instant,
        /// The time of making.
        at: Instant,
    },
    /// The version is read but not written.
    #[error("seals of version {version} are read, not made")]
    VersionNotWritten {
        /// The version asked for.
        version: SealVersion,
    },
    /// The time cannot be written.
    #[error("the time {at} is before 1970 and cannot be written")]
    BadTime {
        /// The time.
        at: Instant,
    },
    /// The document property is too long or not ASCII.
    #[error("a document property is at most {limit} ASCII characters")]
    BadPropertyInfo {
        /// The most characters.
        limit: usize,
    },
    /// The signer's certificate may not use this seal.
    #[error("the certificate is not among the signers of the seal")]
    SignerNotListed,
    /// The picture was refused.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The signer failed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What a signature that does not hold was made over instead; told so that a person can find the faulty product.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureCause {
    /// Over the data hash alone (*e* = `dataHash`): time and document property are not protected.
    DataHashOnly,
    /// With an empty identity instead of the default one.
    EmptyId,
    /// Over SM3 of the message, without Z.
    NoZ,
}

impl SignatureCause {
    /// Every code of this enum.
    pub const CODES: &[&str] = &["signed-data-hash-only", "signed-with-empty-id", "signed-without-z"];

    /// The stable word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DataHashOnly => "signed-data-hash-only",
            Self::EmptyId => "signed-with-empty-id",
            Self::NoZ => "signed-without-z",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::DataHashOnly => ": it was made over the data hash alone",
            Self::EmptyId => ": it was made with an empty identity",
            Self::NoZ => ": it was made without Z",
        }
    }
}

impl SealError {
    /// Every code of this enum; those of [`PictureError`] and [`KeyError`] come beside them.
    pub const CODES: &[&str] = &[
        "seal-not-a-seal",
        "seal-not-a-seal-signature",
        "seal-too-large",
        "seal-malformed",
        "seal-algorithm",
        "seal-signature-malformed",
        "seal-signature-mismatch",
        "seal-certificate",
        "seal-bad-id",
        "seal-bad-vendor",
        "seal-bad-name",
        "seal-no-signers",
        "seal-signer-cannot-sign",
        "seal-signer-given-twice",
        "seal-maker-cannot-sign",
        "seal-maker-key-mismatch",
        "seal-maker-not-valid",
        "seal-already-over",
        "seal-version-not-written",
        "seal-bad-time",
        "seal-bad-property-info",
        "seal-signer-not-listed",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotASeal => "seal-not-a-seal",
            Self::NotASealSignature => "seal-not-a-seal-signature",
            Self::TooLarge { .. } => "seal-too-large",
            Self::Malformed { .. } => "seal-malformed",
            Self::Algorithm { .. } => "seal-algorithm",
            Self::SignatureMalformed => "seal-signature-malformed",
            Self::SignatureMismatch { .. } => "seal-signature-mismatch",
            Self::Certificate(_) => "seal-certificate",
            Self::BadId { .. } => "seal-bad-id",
            Self::BadVendor { .. } => "seal-bad-vendor",
            Self::BadName { .. } => "seal-bad-name",
            Self::NoSigners => "seal-no-signers",
            Self::SignerCannotSign { .. } => "seal-signer-cannot-sign",
            Self::SignerTwice { .. } => "seal-signer-given-twice",
            Self::MakerCannotSign => "seal-maker-cannot-sign",
            Self::MakerKeyMismatch => "seal-maker-key-mismatch",
            Self::MakerNotValid { .. } => "seal-maker-not-valid",
            Self::AlreadyOver { .. } => "seal-already-over",
            Self::VersionNotWritten { .. } => "seal-version-not-written",
            Self::BadTime { .. } => "seal-bad-time",
            Self::BadPropertyInfo { .. } => "seal-bad-property-info",
            Self::SignerNotListed => "seal-signer-not-listed",
            Self::Picture(error) => error.code(),
            Self::Key(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let at = Instant::from_unix(0);
        let validity = Period::days(at, 1);
        let subject = String::new;
        let errors = [
            SealError::NotASeal,
            SealError::NotASealSignature,
            SealError::TooLarge { bytes: 0, limit: 0 },
            SealError::Malformed { structure: "SESeal", field: "esID", offset: 0 },
            SealError::Algorithm { oid: String::new() },
            SealError::SignatureMalformed,
            SealError::SignatureMismatch { cause: None },
            SealError::BadId { limit: 0 },
            SealError::BadVendor { limit: 0 },
            SealError::BadName { limit: 0 },
            SealError::NoSigners,
            SealError::SignerCannotSign { subject: subject() },
            SealError::SignerTwice { subject: subject() },
            SealError::MakerCannotSign,
            SealError::MakerKeyMismatch,
            SealError::MakerNotValid { validity, at },
            SealError::AlreadyOver { to: at, at },
            SealError::VersionNotWritten { version: SealVersion::V1 },
            SealError::BadTime { at },
            SealError::BadPropertyInfo { limit: 0 },
            SealError::SignerNotListed,
        ];
        let mut codes: Vec<_> = errors.iter().map(SealError::code).collect();
        codes.insert(7, "seal-certificate");
        assert_eq!(codes, SealError::CODES);
    }

    #[test]
    fn the_cause_is_part_of_the_text() {
        let error = SealError::SignatureMismatch { cause: Some(SignatureCause::EmptyId) };
        assert_eq!(error.to_string(), "the signature does not hold: it was made with an empty identity");
    }
}

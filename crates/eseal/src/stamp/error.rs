//! Why a document is not stamped.

use crate::cert::CertError;
use crate::document::pdf::PdfError;
use crate::key::KeyError;
use crate::seal::PictureError;
use crate::seal::SealError;
use crate::time::Instant;
use crate::time::Period;

/// Why a document is not stamped. Nothing has been written then.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StampError {
    /// A place is not written `PAGE:X,Y`.
    #[error("not a place: {text} ({what})")]
    PlaceSyntax {
        /// The text, cut to 64 characters.
        text: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A size is not written `WxH`.
    #[error("not a size: {text} ({what})")]
    SizeSyntax {
        /// The text, cut to 64 characters.
        text: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A printed size that no seal has.
    #[error("a seal of {width_mm} by {height_mm} mm cannot be printed")]
    SizeOutOfRange {
        /// Width in millimetres.
        width_mm: f64,
        /// Height in millimetres.
        height_mm: f64,
    },
    /// The seal tells no size that can be printed, and none was given.
    #[error("the seal tells no printed size that can be used")]
    NoSize,
    /// A field, or no place at all, together with another place; or too many places.
    #[error("these places do not go together")]
    PlacesClash,
    /// The places name no page of this document, such as the even ones of a single page.
    #[error("no page of the document is among the places")]
    NoPlace,
    /// The document has no such page.
    #[error("no page {page}, the document has {count}")]
    NoSuchPage {
        /// As written: from 1, or from -1 at the end.
        page: i64,
        /// How many there are.
        count: usize,
    },
    /// A part of the seal would lie outside the visible page.
    #[error("on page {page} the seal would lie outside the page")]
    OutsidePage {
        /// The page, from 1.
        page: usize,
        /// Where: `[x, y, width, height]` in millimetres as seen, rounded to a tenth.
        rect_mm: [f64; 4],
    },

    /// The seal does not list the signer.
    #[error("the seal does not list the certificate of {subject}")]
    SignerNotInSeal {
        /// Whose certificate.
        subject: String,
    },
    /// The seal lists another certificate with the signer's key: the certificate was renewed, the seal not yet.
    #[error("the seal lists an earlier certificate of {subject}: the seal has to be made anew")]
    SignerRenewed {
        /// Whose certificate.
        subject: String,
    },
    /// The signer's certificate is not for signing.
    #[error("the certificate of {subject} is not for signing")]
    SignerUsage {
        /// Whose certificate.
        subject: String,
    },
    /// The signer's certificate is not valid yet.
    #[error("the certificate of {subject} is valid from {}", validity.from())]
    SignerNotYetValid {
        /// Whose certificate.
        subject: String,
        /// Its period.
        validity: Period,
    },
    /// The signer's certificate is past its period.
    #[error("the certificate of {subject} was valid until {}", validity.to())]
    SignerExpired {
        /// Whose certificate.
        subject: String,
        /// Its period.
        validity: Period,
    },
    /// The key that should sign is not that of the certificate.
    #[error("the key does not belong to the certificate of {subject}")]
    WrongKey {
        /// Whose certificate.
        subject: String,
    },
    /// The signer's certificate has no SM2 key.
    #[error("the signer's certificate cannot be used")]
    SignerCertificate(#[source] CertError),

    /// The seal is not valid yet.
    #[error("the seal {id} is valid from {}", validity.from())]
    SealNotYetValid {
        /// Its number.
        id: String,
        /// Its period.
        validity: Period,
    },
    /// The seal is past its period.
    #[error("the seal {id} was valid until {}", validity.to())]
    SealExpired {
        /// Its number.
        id: String,
        /// Its period.
        validity: Period,
    },
    /// The seal's own signature does not hold.
    #[error("the seal {id} is not as its maker signed it")]
    SealBroken {
        /// Its number.
        id: String,
    },
    /// Seals of the first version (GM/T 0031-2014) are read, but nothing new is stamped with them.
    #[error("seals of the first version can be verified, not used")]
    SealVersion,
    /// The seal's picture cannot be drawn.
    #[error("the seal's picture cannot be drawn")]
    Picture(#[source] PictureError),

    /// The signature does not hold: it was made for something else, or by another key.
    #[error("the signature does not hold over the prepared document")]
    SignatureMismatch,
    /// The signer failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The seal signature could not be written.
    #[error(transparent)]
    Seal(SealError),
    /// The document cannot be stamped.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// Not a stored preparation.
    #[error("not a prepared stamp")]
    PreparedMalformed,
    /// The time cannot be written into a seal signature.
    #[error("the time {at} cannot be written")]
    BadTime {
        /// The time.
        at: Instant,
    },
    /// What was written does not read back as what was meant.
    #[error("the stamped document does not read back as it was meant")]
    SelfCheck,
}

impl StampError {
    /// Every code of this enum, without those of the errors it passes on.
    pub const CODES: &[&str] = &[
        "stamp-place-syntax",
        "stamp-size-syntax",
        "stamp-size-out-of-range",
        "stamp-no-size",
        "stamp-places-clash",
        "stamp-no-place",
        "stamp-no-such-page",
        "stamp-outside-page",
        "stamp-signer-not-in-seal",
        "stamp-signer-renewed",
        "stamp-signer-usage",
        "stamp-signer-not-yet-valid",
        "stamp-signer-expired",
        "stamp-wrong-key",
        "stamp-signer-certificate",
        "stamp-seal-not-yet-valid",
        "stamp-seal-expired",
        "stamp-seal-broken",
        "stamp-seal-version",
        "stamp-picture",
        "stamp-signature-mismatch",
        "stamp-prepared-malformed",
        "stamp-bad-time",
        "stamp-self-check",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PlaceSyntax { .. } => "stamp-place-syntax",
            Self::SizeSyntax { .. } => "stamp-size-syntax",
            Self::SizeOutOfRange { .. } => "stamp-size-out-of-range",
            Self::NoSize => "stamp-no-size",
            Self::PlacesClash => "stamp-places-clash",
            Self::NoPlace => "stamp-no-place",
            Self::NoSuchPage { .. } => "stamp-no-such-page",
            Self::OutsidePage { .. } => "stamp-outside-page",
            Self::SignerNotInSeal { .. } => "stamp-signer-not-in-seal",
            Self::SignerRenewed { .. } => "stamp-signer-renewed",
            Self::SignerUsage { .. } => "stamp-signer-usage",
            Self::SignerNotYetValid { .. } => "stamp-signer-not-yet-valid",
            Self::SignerExpired { .. } => "stamp-signer-expired",
            Self::WrongKey { .. } => "stamp-wrong-key",
            Self::SignerCertificate(_) => "stamp-signer-certificate",
            Self::SealNotYetValid { .. } => "stamp-seal-not-yet-valid",
            Self::SealExpired { .. } => "stamp-seal-expired",
            Self::SealBroken { .. } => "stamp-seal-broken",
            Self::SealVersion => "stamp-seal-version",
            Self::Picture(_) => "stamp-picture",
            Self::SignatureMismatch => "stamp-signature-mismatch",
            Self::PreparedMalformed => "stamp-prepared-malformed",
            Self::BadTime { .. } => "stamp-bad-time",
            Self::SelfCheck => "stamp-self-check",
            Self::Key(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Pdf(error) => error.code(),
        }
    }
}

impl From<SealError> for StampError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::SignatureMismatch { .. } => Self::SignatureMismatch,
            SealError::VersionNotWritten { .. } => Self::SealVersion,
            SealError::BadTime { at } => Self::BadTime { at },
            SealError::Certificate(error) => Self::SignerCertificate(error),
            SealError::Key(error) => Self::Key(error),
            error => Self::Seal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let subject = String::new;
        let validity = Period::days(Instant::from_unix(0), 1);
        let all = [
            StampError::PlaceSyntax { text: String::new(), what: "" },
            StampError::SizeSyntax { text: String::new(), what: "" },
            StampError::SizeOutOfRange { width_mm: 0.0, height_mm: 0.0 },
            StampError::NoSize,
            StampError::PlacesClash,
            StampError::NoPlace,
            StampError::NoSuchPage { page: 1, count: 0 },
            StampError::OutsidePage { page: 1, rect_mm: [0.0; 4] },
            StampError::SignerNotInSeal { subject: subject() },
            StampError::SignerRenewed { subject: subject() },
            StampError::SignerUsage { subject: subject() },
            StampError::SignerNotYetValid { subject: subject(), validity },
            StampError::SignerExpired { subject: subject(), validity },
            StampError::WrongKey { subject: subject() },
            StampError::SignerCertificate(CertError::KeyAlgorithm { oid: String::new() }),
            StampError::SealNotYetValid { id: String::new(), validity },
            StampError::SealExpired { id: String::new(), validity },
            StampError::SealBroken { id: String::new() },
            StampError::SealVersion,
            StampError::Picture(PictureError::UnknownFormat),
            StampError::SignatureMismatch,
            StampError::PreparedMalformed,
            StampError::BadTime { at: Instant::from_unix(0) },
            StampError::SelfCheck,
        ];
        let codes: Vec<_> = all.iter().map(StampError::code).collect();
        assert_eq!(codes, StampError::CODES);
    }
}

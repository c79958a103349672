use crate::document::pdf::PdfError;

/// Why verifying could not be done. That a document is bad is no error but a [`Report`](super::Report).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The carrier cannot be read far enough to tell what is stamped.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

impl VerifyError {
    /// Every code of this enum; those of [`PdfError`] come beside them.
    pub const CODES: &[&str] = &[];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pdf(error) => error.code(),
        }
    }
}

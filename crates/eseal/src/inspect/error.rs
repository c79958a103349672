use crate::document::pdf::PdfError;

/// Why a file could not be listed.
#[non_exhaustive]
#[derive(Clone, Debug, thiserror::Error)]
pub enum InspectError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Larger than any file of its kind that this program reads.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Nothing that this program knows, or damaged from its first bytes on.
    #[error("not a file of a known kind")]
    Unknown,
    /// A PDF whose structure cannot be followed.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

impl InspectError {
    /// Every code of this enum; those of [`PdfError`] come beside them.
    pub const CODES: &[&str] = &["inspect-empty", "inspect-too-large", "inspect-unknown"];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "inspect-empty",
            Self::TooLarge { .. } => "inspect-too-large",
            Self::Unknown => "inspect-unknown",
            Self::Pdf(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [InspectError::Empty, InspectError::TooLarge { limit: 1 }, InspectError::Unknown];
        assert_eq!(errors.each_ref().map(InspectError::code), InspectError::CODES);
    }
}

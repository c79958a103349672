use crate::authority::AuthorityError;
use crate::cert::CertError;
use crate::document::pdf::PdfError;
use crate::key::KeyError;
use crate::registry::RegistryError;
use crate::seal::PictureError;
use crate::seal::SealError;
use crate::sm::SmError;
use crate::stamp::StampError;
use crate::token::TokenError;

/// Why the demo office could not be made: the operating system gave no randomness, a store failed, or a bug.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
#[error("the demo office could not be made")]
pub struct LabError {
    code: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl LabError {
    /// The code of an error of this room itself; those of the rooms that failed come beside it.
    pub const CODES: &[&str] = &["lab-failed"];

    /// The stable word of what failed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// A step of this room's own that did not find what it had made itself.
    pub(super) fn lost(what: &'static str) -> Self {
        Self { code: "lab-failed", source: what.into() }
    }
}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for LabError {
            fn from(error: $error) -> Self {
                Self { code: error.code(), source: Box::new(error) }
            }
        }
    )*};
}

from!(
    AuthorityError,
    CertError,
    KeyError,
    PdfError,
    PictureError,
    RegistryError,
    SealError,
    SmError,
    StampError,
    TokenError
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_what_failed() {
        assert_eq!(LabError::from(RegistryError::NoChanges).code(), "registry-no-changes");
        assert_eq!([LabError::lost("x").code()].as_slice(), LabError::CODES);
    }
}

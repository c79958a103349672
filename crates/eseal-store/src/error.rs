use std::path::PathBuf;

use eseal::registry::RegistryError;
use rusqlite::ErrorCode;

/// Why a store could not be opened or used.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no file of this name.
    #[error("no registry at {}", path.display())]
    NotFound {
        /// The path asked for.
        path: PathBuf,
    },
    /// A new registry would overwrite a file.
    #[error("a file is there already: {}", path.display())]
    Exists {
        /// The path asked for.
        path: PathBuf,
    },
    /// The file is none of SQLite's, or a database of another program, or its tables are not ours.
    #[error("not the registry of an eseal office")]
    NotARegistry,
    /// A later edition of this program wrote the file.
    #[error("the registry has schema {found}, this program knows up to {known}")]
    TooNew {
        /// The edition found.
        found: i64,
        /// The latest edition known.
        known: i64,
    },
    /// Another process kept the store locked longer than we wait.
    #[error("the registry is in use by another process")]
    Busy,
    /// No space is left.
    #[error("no space left for the registry")]
    Full,
    /// The file, its folder or its file system cannot be written.
    #[error("the registry cannot be written")]
    ReadOnly,
    /// The file is damaged.
    #[error("the registry's file is damaged")]
    Corrupt,
    /// The file cannot be opened or created.
    #[error("the registry's file cannot be opened")]
    CannotOpen(#[source] std::io::Error),
    /// Reading or writing the file failed.
    #[error("reading or writing the registry's file failed")]
    Io(#[source] rusqlite::Error),
    /// The address names no kind of store that this program has.
    #[error("not an address of a store: {url}")]
    UnknownUrl {
        /// The address, cut to 128 characters.
        url: String,
    },
    /// SQLite failed in another way.
    #[error("SQLite failed")]
    Failed(#[source] rusqlite::Error),
}

impl StoreError {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "store-not-found",
        "store-exists",
        "store-not-a-registry",
        "store-too-new",
        "store-busy",
        "store-full",
        "store-read-only",
        "store-corrupt",
        "store-cannot-open",
        "store-io",
        "store-unknown-url",
        "store-failed",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "store-not-found",
            Self::Exists { .. } => "store-exists",
            Self::NotARegistry => "store-not-a-registry",
            Self::TooNew { .. } => "store-too-new",
            Self::Busy => "store-busy",
            Self::Full => "store-full",
            Self::ReadOnly => "store-read-only",
            Self::Corrupt => "store-corrupt",
            Self::CannotOpen(_) => "store-cannot-open",
            Self::Io(_) => "store-io",
            Self::UnknownUrl { .. } => "store-unknown-url",
            Self::Failed(_) => "store-failed",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt,
            Some(ErrorCode::NotADatabase) => Self::NotARegistry,
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::CannotOpen(std::io::Error::other(error)),
            Some(ErrorCode::SystemIoFailure) => Self::Io(error),
            _ => Self::Failed(error),
        }
    }
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        Self::Store { code: error.code(), source: Box::new(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let path = PathBuf::new();
        let errors = [
            StoreError::NotFound { path: path.clone() },
            StoreError::Exists { path },
            StoreError::NotARegistry,
            StoreError::TooNew { found: 2, known: 1 },
            StoreError::Busy,
            StoreError::Full,
            StoreError::ReadOnly,
            StoreError::Corrupt,
            StoreError::CannotOpen(std::io::Error::other("x")),
            StoreError::Io(rusqlite::Error::InvalidQuery),
            StoreError::UnknownUrl { url: String::new() },
            StoreError::Failed(rusqlite::Error::InvalidQuery),
        ];
        assert_eq!(errors.map(|error| error.code()).as_slice(), StoreError::CODES);
    }

    #[test]
    fn the_code_stays_when_the_error_passes_through_the_registry() {
        assert_eq!(RegistryError::from(StoreError::Busy).code(), "store-busy");
    }
}

use std::path::PathBuf;

use eseal::registry::RegistryError;
use eseal::registry::RegistryFault;
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
    /// The database server cannot be reached, or went away.
    #[error("the database server cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database server does not let this user in.
    #[error("the database server refuses the login")]
    LoginRefused,
    /// The database does not allow this user to do it.
    #[error("the database does not allow it")]
    NotAllowed,
    /// The database is on another machine, and this program cannot encrypt the connection.
    #[error("the connection to {host} would not be encrypted")]
    NoTls {
        /// The machine.
        host: String,
    },
    /// The address names no kind of store that this program has.
    #[error("not an address of a store: {url}")]
    UnknownUrl {
        /// The address, cut to 128 characters.
        url: String,
    },
    /// A copy is restored into an empty registry only.
    #[error("the registry is not empty")]
    NotEmpty,
    /// A copy could not be read or written.
    #[error("the copy of the registry cannot be read or written")]
    BackupIo(#[source] std::io::Error),
    /// A line of a copy is not one that we write.
    #[error("line {line} of the copy is not of its form")]
    BackupMalformed {
        /// Its number; the first is 1.
        line: u64,
    },
    /// A copy was cut off or changed: its end is missing, or does not fit what comes before.
    #[error("the copy is not whole")]
    BackupCut,
    /// What a copy holds does not fit its audit chain.
    #[error("the copy does not fit its audit chain")]
    BackupUntrue(#[source] Box<RegistryFault>),
    /// SQLite or PostgreSQL failed in another way.
    #[error("the database failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
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
        "store-unreachable",
        "store-login-refused",
        "store-not-allowed",
        "store-no-tls",
        "store-unknown-url",
        "store-not-empty",
        "store-backup-io",
        "store-backup-malformed",
        "store-backup-cut",
        "store-backup-untrue",
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
            Self::Unreachable(_) => "store-unreachable",
            Self::LoginRefused => "store-login-refused",
            Self::NotAllowed => "store-not-allowed",
            Self::NoTls { .. } => "store-no-tls",
            Self::UnknownUrl { .. } => "store-unknown-url",
            Self::NotEmpty => "store-not-empty",
            Self::BackupIo(_) => "store-backup-io",
            Self::BackupMalformed { .. } => "store-backup-malformed",
            Self::BackupCut => "store-backup-cut",
            Self::BackupUntrue(_) => "store-backup-untrue",
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
            _ => Self::Failed(Box::new(error)),
        }
    }
}

#[cfg(feature = "postgres")]
impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        use postgres::error::SqlState as State;
        let Some(state) = error.code() else {
            // Without a state the server said nothing: it was not there, is gone, or spoke nonsense.
            return Self::Unreachable(Box::new(error));
        };
        match state {
            &State::LOCK_NOT_AVAILABLE | &State::T_R_DEADLOCK_DETECTED | &State::TOO_MANY_CONNECTIONS => Self::Busy,
            &State::DISK_FULL => Self::Full,
            &State::READ_ONLY_SQL_TRANSACTION => Self::ReadOnly,
            &State::DATA_CORRUPTED | &State::INDEX_CORRUPTED => Self::Corrupt,
            &State::INVALID_PASSWORD | &State::INVALID_AUTHORIZATION_SPECIFICATION => Self::LoginRefused,
            &State::INSUFFICIENT_PRIVILEGE => Self::NotAllowed,
            &State::ADMIN_SHUTDOWN
            | &State::CRASH_SHUTDOWN
            | &State::CANNOT_CONNECT_NOW
            | &State::UNDEFINED_DATABASE => Self::Unreachable(Box::new(error)),
            _ => Self::Failed(Box::new(error)),
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
            StoreError::Unreachable("x".into()),
            StoreError::LoginRefused,
            StoreError::NotAllowed,
            StoreError::NoTls { host: String::new() },
            StoreError::UnknownUrl { url: String::new() },
            StoreError::NotEmpty,
            StoreError::BackupIo(std::io::Error::other("x")),
            StoreError::BackupMalformed { line: 1 },
            StoreError::BackupCut,
            StoreError::BackupUntrue(Box::new(RegistryFault::Unlogged { subject: String::new() })),
            StoreError::Failed("x".into()),
        ];
        assert_eq!(errors.map(|error| error.code()).as_slice(), StoreError::CODES);
    }

    #[test]
    fn the_code_stays_when_the_error_passes_through_the_registry() {
        assert_eq!(RegistryError::from(StoreError::Busy).code(), "store-busy");
    }
}

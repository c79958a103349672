use std::path::PathBuf;

use crate::SqliteRegistry;
use crate::StoreError;

/// The address of a store: `sqlite:PATH`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// One file of SQLite.
    Sqlite(PathBuf),
}

impl StoreUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`StoreError::UnknownUrl`].
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        match url.strip_prefix("sqlite:") {
            // `sqlite://…` would name a host; SQLite has none.
            Some(path) if !path.is_empty() && !path.starts_with("//") => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(StoreError::UnknownUrl { url: url.chars().take(128).collect() }),
        }
    }

    /// Opens the registry that is there.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::NotFound`] when there is none.
    pub fn open(&self) -> Result<SqliteRegistry, StoreError> {
        match self {
            Self::Sqlite(path) => SqliteRegistry::open(path),
        }
    }

    /// Makes a new, empty registry.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Exists`] when a file is there.
    pub fn create(&self) -> Result<SqliteRegistry, StoreError> {
        match self {
            Self::Sqlite(path) => SqliteRegistry::create(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_file() {
        assert_eq!(StoreUrl::parse("sqlite:a/b.db").unwrap(), StoreUrl::Sqlite("a/b.db".into()));
        assert_eq!(StoreUrl::parse("sqlite:/a b.db").unwrap(), StoreUrl::Sqlite("/a b.db".into()));
    }

    #[test]
    fn any_other_address_is_refused() {
        for url in ["", "a.db", "sqlite", "sqlite:", "sqlite://host/a.db", "postgres://host/db", "SQLITE:a.db"] {
            assert_eq!(StoreUrl::parse(url).unwrap_err().code(), "store-unknown-url", "{url}");
        }
    }
}

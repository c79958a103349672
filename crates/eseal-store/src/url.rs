use std::io::BufRead;
use std::path::PathBuf;

use eseal::audit::Checkpoint;
use eseal::registry::RegistryError;

#[cfg(feature = "postgres")]
use crate::PostgresAddress;
#[cfg(feature = "postgres")]
use crate::PostgresRegistry;
use crate::SqliteRegistry;
use crate::Store;
use crate::StoreError;

/// The address of a store: `sqlite:PATH`, or `postgres://user@host/database` with the feature `postgres`.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// One file of SQLite.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(PostgresAddress),
}

impl StoreUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`StoreError::UnknownUrl`]; [`StoreError::NoTls`].
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PostgresAddress::parse(url).map(Self::Postgres);
        }
        match url.strip_prefix("sqlite:") {
            // `sqlite://…` would name a host; SQLite has none.
            Some(path) if !path.is_empty() && !path.starts_with("//") => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(StoreError::UnknownUrl { url: shown(url) }),
        }
    }

    /// Opens the registry that is there, and brings an older schema up to date.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::NotFound`] when there is none.
    pub fn open(&self) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::Sqlite(path) => Ok(Box::new(SqliteRegistry::open(path)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(address) => Ok(Box::new(PostgresRegistry::open(address)?)),
        }
    }

    /// Makes a new, empty registry.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Exists`] when there is one, or a file.
    pub fn create(&self) -> Result<Box<dyn Store>, StoreError> {
        match self {
            Self::Sqlite(path) => Ok(Box::new(SqliteRegistry::create(path)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(address) => Ok(Box::new(PostgresRegistry::create(address)?)),
        }
    }

    /// Makes a new registry from a copy; when that fails, nothing is left behind.
    ///
    /// # Errors
    /// Those of [`create`](Self::create), as [`RegistryError::Store`], and of [`Store::restore`].
    pub fn restore(&self, from: &mut dyn BufRead) -> Result<Checkpoint, RegistryError> {
        let mut store = self.create()?;
        let restored = store.restore(from);
        drop(store);
        if restored.is_err() {
            match self {
                Self::Sqlite(path) => crate::sqlite::remove(path),
                #[cfg(feature = "postgres")]
                Self::Postgres(address) => PostgresRegistry::remove_empty(address),
            }
        }
        restored
    }
}

/// An address as errors show it: one that may hold a password only by its kind.
fn shown(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, _)) if !scheme.contains("sqlite") => {
            format!("{}://…", scheme.chars().take(32).collect::<String>())
        }
        _ => url.chars().take(128).collect(),
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
        for url in ["", "a.db", "sqlite", "sqlite:", "sqlite://host/a.db", "mysql://u:secret@host/db", "SQLITE:a.db"] {
            let error = StoreUrl::parse(url).unwrap_err();
            assert_eq!(error.code(), "store-unknown-url", "{url}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn an_address_names_a_database() {
        assert!(matches!(StoreUrl::parse("postgres://u@localhost/db").unwrap(), StoreUrl::Postgres(_)));
        assert!(matches!(StoreUrl::parse("postgresql:///db?host=/run").unwrap(), StoreUrl::Postgres(_)));
    }
}

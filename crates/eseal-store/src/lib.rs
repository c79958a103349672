//! The registry (登记) of an eseal office on SQLite, or on PostgreSQL with the feature `postgres`.
//!
//! [`SqliteRegistry`] keeps an [`eseal::registry::Registry`] in one file, `PostgresRegistry` in a database that several
//! machines share. Every write is one transaction that is on disk when the call returns; a process that dies in the
//! middle leaves what was there before. Several processes may read and write at once: readers never wait, writers wait
//! for each other up to [`BUSY_TIMEOUT`], so that the audit chain is one line. [`Store`] copies a registry and restores
//! it, into either kind.

mod backup;
mod error;
#[cfg(feature = "postgres")]
mod postgres;
mod sql;
mod sqlite;
mod store;
mod url;

pub use error::StoreError;
#[cfg(feature = "postgres")]
pub use postgres::PostgresAddress;
#[cfg(feature = "postgres")]
pub use postgres::PostgresRegistry;
pub use sqlite::BUSY_TIMEOUT;
pub use sqlite::SqliteRegistry;
pub use store::Migration;
pub use store::Store;
pub use url::StoreUrl;

//! The registry (登记) of an eseal office on SQLite.
//!
//! [`SqliteRegistry`] keeps an [`eseal::registry::Registry`] in one file. Every write is one transaction that is on disk
//! when the call returns; a process that dies in the middle leaves what was there before. Several processes may read and
//! write at once: readers never wait, writers wait for each other up to [`BUSY_TIMEOUT`].

mod error;
mod listing;
mod sqlite;
mod url;

pub use error::StoreError;
pub use sqlite::BUSY_TIMEOUT;
pub use sqlite::SqliteRegistry;
pub use url::StoreUrl;

//! What both stores have in common: the same tables, the same statements, the same rules.
//!
//! A store brings a connection ([`Sql`]) and its schema; everything that a registry does with them is here, once.
//! Statements are written with the marks `$1`, `$2` … in the order of their values.

pub(crate) mod listing;
mod read;
mod record;
mod write;

use std::borrow::Cow;

use eseal::registry::RegistryError;

/// Whose words a statement is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres,
}

/// What takes the place of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// Nothing.
    Null,
    /// A number.
    Integer(i64),
    /// A text.
    Text(Cow<'v, str>),
    /// Bytes.
    Bytes(&'v [u8]),
}

/// A row that was found. A column that is of another type than we write shows that someone else wrote it.
pub trait Columns {
    /// A number.
    fn integer(&self, at: usize, what: &'static str) -> Result<Option<i64>, RegistryError>;
    /// A text.
    fn text(&self, at: usize, what: &'static str) -> Result<Option<String>, RegistryError>;
    /// Bytes.
    fn bytes(&self, at: usize, what: &'static str) -> Result<Option<Vec<u8>>, RegistryError>;
}

/// How a transaction is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// To write: nobody else writes until it ends.
    Writing,
    /// To read: everything as it is now, whatever others write meanwhile.
    Reading,
}

/// A connection to a store.
pub trait Sql {
    /// Whose words it takes.
    const DIALECT: Dialect;

    /// Whether each statement is a way to a server and back.
    const IS_FAR: bool;

    /// Hands every row that a statement finds to `read`.
    fn find(
        &self,
        statement: &str,
        values: &[Value<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError>;

    /// Runs a statement that changes something, and tells the number of rows.
    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, RegistryError>;

    /// Begins a transaction.
    fn begin(&self, begin: Begin) -> Result<(), RegistryError>;

    /// Ends a transaction so that what it wrote stays.
    fn commit(&self) -> Result<(), RegistryError>;

    /// Ends a transaction as if it had never been.
    fn roll_back(&self);

    /// Whether the storage itself is sound, as far as the store can tell.
    fn check_storage(&self) -> Result<(), crate::StoreError>;
}

/// A registry in tables. The stores are [`SqliteRegistry`](crate::SqliteRegistry) and, with the feature `postgres`,
/// `PostgresRegistry`.
#[derive(Debug)]
pub struct SqlRegistry<S> {
    pub(crate) sql: S,
    pub(crate) migration: crate::Migration,
}

/// A transaction that is rolled back unless it is committed.
pub(crate) struct Transaction<'s, S: Sql> {
    pub(crate) sql: &'s S,
    open: bool,
}

impl<'s, S: Sql> Transaction<'s, S> {
    pub(crate) fn begin(sql: &'s S, begin: Begin) -> Result<Self, RegistryError> {
        sql.begin(begin)?;
        Ok(Self { sql, open: true })
    }

    pub(crate) fn commit(mut self) -> Result<(), RegistryError> {
        self.sql.commit()?;
        self.open = false;
        Ok(())
    }
}

impl<S: Sql> Drop for Transaction<'_, S> {
    fn drop(&mut self) {
        if self.open {
            self.sql.roll_back();
        }
    }
}

/// Lets something be put into the tables, inside a transaction that is open.
pub(crate) fn put<S: Sql, T>(
    sql: &S,
    put: impl FnOnce(&mut dyn eseal::registry::Rows) -> Result<T, RegistryError>,
) -> Result<T, RegistryError> {
    let mut rows = write::SqlRows::new(sql);
    let done = put(&mut rows)?;
    rows.finish()?;
    Ok(done)
}

/// Everything that a statement finds.
pub(crate) fn rows<S: Sql, T>(
    sql: &S,
    statement: &str,
    values: &[Value<'_>],
    mut read: impl FnMut(&dyn Columns) -> Result<T, RegistryError>,
) -> Result<Vec<T>, RegistryError> {
    let mut found = Vec::new();
    sql.find(statement, values, &mut |row| {
        found.push(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

impl<'v> From<i64> for Value<'v> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(bytes: &'v [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'v, const N: usize> From<&'v [u8; N]> for Value<'v> {
    fn from(bytes: &'v [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'v> From<&'v Vec<u8>> for Value<'v> {
    fn from(bytes: &'v Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

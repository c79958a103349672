mod schema;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use eseal::registry::RegistryError;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::Row;
use rusqlite::ToSql;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;

use crate::StoreError;
use crate::sql::Begin;
use crate::sql::Columns;
use crate::sql::Dialect;
use crate::sql::Sql;
use crate::sql::SqlRegistry;
use crate::sql::Value;

/// How long a writer waits for other writers before it gives up with [`StoreError::Busy`].
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A registry in one SQLite file (with its `-wal` and `-shm` beside it).
pub type SqliteRegistry = SqlRegistry<Sqlite>;

/// A connection to one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
}

impl SqlRegistry<Sqlite> {
    /// Makes a new, empty registry in a file that only its owner may read.
    ///
    /// # Errors
    /// [`StoreError::Exists`], or another when the file cannot be made; then no file is left behind.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
            std::io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
            std::io::ErrorKind::StorageFull => StoreError::Full,
            _ => StoreError::CannotOpen(error),
        })?;
        let made = connect(path).and_then(|mut connection| {
            let migration = schema::create(&mut connection)?;
            Ok(Self { sql: Sqlite { connection }, migration })
        });
        if made.is_err() {
            remove(path);
        }
        made
    }

    /// Opens the registry that is there, and brings an older schema up to date.
    ///
    /// # Errors
    /// [`StoreError`]: not there, not a registry, of a later edition, damaged, not to be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound { path: path.to_owned() });
            }
            Err(error) => return Err(StoreError::CannotOpen(error)),
            // SQLite takes an empty file for an empty database; it is no registry, whoever made it.
            Ok(found) if found.len() == 0 || !found.is_file() => return Err(StoreError::NotARegistry),
            Ok(_) => {}
        }
        let mut connection = connect(path)?;
        let migration = schema::check_and_migrate(&mut connection)?;
        Ok(Self { sql: Sqlite { connection }, migration })
    }

    /// A registry in memory, with the same tables: for tests.
    ///
    /// # Errors
    /// [`StoreError`] when memory is short.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        let migration = schema::create(&mut connection)?;
        Ok(Self { sql: Sqlite { connection }, migration })
    }

    /// Checks that every page of the file is sound, indexes included. Reads all of it.
    ///
    /// What the records say is another matter: [`eseal::registry::verify_registry`].
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], or another when the file cannot be read.
    pub fn check_file(&self) -> Result<(), StoreError> {
        self.sql.check_storage()
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI a path is a path, whatever it looks like; without CREATE no file comes to be.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // FULL: a write is on disk when it returns, even if the power fails the moment after.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}
/// Removes a file just made, after an error, which is the one that matters.
pub(crate) fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(name);
    }
}

impl Sql for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
    const IS_FAR: bool = false;

    fn find(
        &self,
        statement: &str,
        values: &[Value<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let mut prepared = self.connection.prepare_cached(&marked(statement)).map_err(failed)?;
        let mut found = prepared.query(rusqlite::params_from_iter(values)).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            read(row)?;
        }
        Ok(())
    }

    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, RegistryError> {
        let mut prepared = self.connection.prepare_cached(&marked(statement)).map_err(failed)?;
        let count = prepared.execute(rusqlite::params_from_iter(values)).map_err(failed)?;
        Ok(count as u64)
    }

    fn begin(&self, begin: Begin) -> Result<(), RegistryError> {
        let statement = match begin {
            Begin::Writing => "BEGIN IMMEDIATE",
            Begin::Reading => "BEGIN",
        };
        self.connection.execute_batch(statement).map_err(failed)
    }

    fn commit(&self) -> Result<(), RegistryError> {
        self.connection.execute_batch("COMMIT").map_err(failed)
    }

    fn roll_back(&self) {
        // Some errors have ended the transaction already; then there is none, and nothing to say.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn check_storage(&self) -> Result<(), StoreError> {
        let found: String = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt) }
    }
}

/// A statement with SQLite's marks; no other `$` is in any.
fn marked(statement: &str) -> String {
    statement.replace('$', "?")
}

fn failed(error: rusqlite::Error) -> RegistryError {
    StoreError::from(error).into()
}

impl Columns for Row<'_> {
    fn integer(&self, at: usize, what: &'static str) -> Result<Option<i64>, RegistryError> {
        self.get(at).map_err(|_| RegistryError::Damaged { what })
    }

    fn text(&self, at: usize, what: &'static str) -> Result<Option<String>, RegistryError> {
        self.get(at).map_err(|_| RegistryError::Damaged { what })
    }

    fn bytes(&self, at: usize, what: &'static str) -> Result<Option<Vec<u8>>, RegistryError> {
        self.get(at).map_err(|_| RegistryError::Damaged { what })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests;

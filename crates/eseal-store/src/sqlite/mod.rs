mod read;
mod row;
mod schema;
mod write;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;

use crate::StoreError;

/// How long a writer waits for other writers before it gives up with [`StoreError::Busy`].
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A registry in one SQLite file (with its `-wal` and `-shm` beside it).
#[derive(Debug)]
pub struct SqliteRegistry {
    connection: Connection,
}

impl SqliteRegistry {
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
        let made = Self::connect(path).and_then(|mut registry| {
            schema::create(&mut registry.connection)?;
            Ok(registry)
        });
        if made.is_err() {
            for suffix in ["", "-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                // The error that matters is the one above.
                let _ = std::fs::remove_file(name);
            }
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
        let mut registry = Self::connect(path)?;
        schema::check_and_migrate(&mut registry.connection)?;
        Ok(registry)
    }

    /// A registry in memory, with the same tables: for tests.
    ///
    /// # Errors
    /// [`StoreError`] when memory is short.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        schema::create(&mut connection)?;
        Ok(Self { connection })
    }

    /// Checks that every page of the file is sound, indexes included. Reads all of it.
    ///
    /// What the records say is another matter: [`eseal::registry::verify_registry`].
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], or another when the file cannot be read.
    pub fn check_file(&self) -> Result<(), StoreError> {
        let found: String = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Corrupt) }
    }

    fn connect(path: &Path) -> Result<Self, StoreError> {
        // Without SQLITE_OPEN_URI a path is a path, whatever it looks like; without CREATE no file comes to be.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // FULL: a write is on disk when it returns, even if the power fails the moment after.
        connection.pragma_update(None, "synchronous", "FULL")?;
        Ok(Self { connection })
    }
}

#[cfg(test)]
mod tests;

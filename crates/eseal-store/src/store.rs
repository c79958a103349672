use std::fmt;
use std::io::BufRead;
use std::io::Write;

use eseal::audit::Checkpoint;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::verify_registry;

use crate::StoreError;
use crate::backup;
use crate::sql::Begin;
use crate::sql::Sql;
use crate::sql::SqlRegistry;
use crate::sql::Transaction;
use crate::sql::put;

/// Which edition of the schema a store had when it was opened, and which it has since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// What was found.
    pub from: i64,
    /// What it was brought to.
    pub to: i64,
}

/// A registry with what only its keeper does: checking the storage, copying, restoring.
pub trait Store: Registry + Send + fmt::Debug {
    /// Checks that the storage itself is sound, as far as the store can tell. Reads all of it.
    ///
    /// What the records say is another matter: [`eseal::registry::verify_registry`].
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], or another when the store cannot be read.
    fn check_storage(&self) -> Result<(), StoreError>;

    /// What opening did to the schema.
    fn migration(&self) -> Migration;

    /// Writes everything that is there at one moment, whatever others write meanwhile, and says where its chain ends.
    ///
    /// The copy holds what the registry holds, enveloped keys of kept answers among it: it belongs behind the same door.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails or `out` does ([`StoreError::BackupIo`]).
    fn back_up(&self, out: &mut dyn Write) -> Result<Checkpoint, RegistryError>;

    /// Fills an empty registry from a copy, of this or of another kind of store: all of it, checked against its audit
    /// chain, or nothing.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`], [`StoreError::BackupMalformed`], [`StoreError::BackupCut`], [`StoreError::BackupUntrue`]
    /// or another, as [`RegistryError::Store`].
    fn restore(&mut self, from: &mut dyn BufRead) -> Result<Checkpoint, RegistryError>;
}

impl<S: Sql + Send + fmt::Debug> Store for SqlRegistry<S> {
    fn check_storage(&self) -> Result<(), StoreError> {
        self.sql.check_storage()
    }

    fn migration(&self) -> Migration {
        self.migration
    }

    fn back_up(&self, out: &mut dyn Write) -> Result<Checkpoint, RegistryError> {
        let _snapshot = Transaction::begin(&self.sql, Begin::Reading)?;
        backup::write(self, out)
    }

    fn restore(&mut self, from: &mut dyn BufRead) -> Result<Checkpoint, RegistryError> {
        let transaction = Transaction::begin(&self.sql, Begin::Writing)?;
        if self.checkpoint()? != Checkpoint::START || !self.issuers()?.is_empty() {
            return Err(StoreError::NotEmpty.into());
        }
        let promised = put(&self.sql, |rows| backup::read(from, rows))?;
        let found = verify_registry(self)?.map_err(|fault| StoreError::BackupUntrue(Box::new(fault)))?;
        if found != promised {
            return Err(StoreError::BackupCut.into());
        }
        transaction.commit()?;
        Ok(found)
    }
}

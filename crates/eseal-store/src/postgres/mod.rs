mod address;
mod schema;

use std::cell::RefCell;
use std::cell::RefMut;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use eseal::registry::RegistryError;
use postgres::Client;
use postgres::NoTls;
use postgres::Row;
use postgres::Statement;
use postgres::types::IsNull;
use postgres::types::ToSql;
use postgres::types::Type;
use postgres::types::private::BytesMut;

pub use address::PostgresAddress;

use crate::BUSY_TIMEOUT;
use crate::StoreError;
use crate::sql::Begin;
use crate::sql::Columns;
use crate::sql::Dialect;
use crate::sql::Sql;
use crate::sql::SqlRegistry;
use crate::sql::Value;

/// Lets one writer in at a time, so that the audit chain is a line: "eslr" and 1. It goes with the transaction. An
/// advisory lock, because a table lock would fight with the server's own vacuuming.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1702063218, 1)";

/// A statement of a write looks for one row. The server plans it while the tables may still be empty and keeps that plan, by
/// which each of ten thousand rows of one write would be looked for among all the others.
const NO_SCANS: &str = "SET LOCAL enable_seqscan = off";

/// How long to wait for a server that does not answer, unless the address says.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The most statements kept prepared; lists with different conditions are different statements.
const MOST_PREPARED: usize = 256;

/// A registry in a PostgreSQL database, in a schema of its own named `eseal`; for several processes on several machines.
pub type PostgresRegistry = SqlRegistry<Postgres>;

/// A connection to a PostgreSQL database. It is made again when it was lost between two acts.
pub struct Postgres {
    address: PostgresAddress,
    link: RefCell<Link>,
}

struct Link {
    client: Client,
    prepared: HashMap<String, Statement>,
    in_transaction: bool,
}

impl SqlRegistry<Postgres> {
    /// Makes a new, empty registry in a database that is there.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the database has one; others when it cannot be reached or does not allow it.
    pub fn create(address: &PostgresAddress) -> Result<Self, StoreError> {
        let mut link = connect(address)?;
        let migration = schema::create(&mut link.client, &address.to_string())?;
        Ok(Self { sql: Postgres { address: address.clone(), link: RefCell::new(link) }, migration })
    }

    /// Opens the registry that is there, and brings an older schema up to date.
    ///
    /// # Errors
    /// [`StoreError`]: not there, not a registry, of a later edition, not to be reached.
    pub fn open(address: &PostgresAddress) -> Result<Self, StoreError> {
        let mut link = connect(address)?;
        let migration = schema::check_and_migrate(&mut link.client, &address.to_string())?;
        Ok(Self { sql: Postgres { address: address.clone(), link: RefCell::new(link) }, migration })
    }

    /// Removes a registry just made, after an error, which is the one that matters; one that holds anything stays.
    pub(crate) fn remove_empty(address: &PostgresAddress) {
        let Ok(mut link) = connect(address) else { return };
        let empty =
            link.client.query_opt("SELECT 1 FROM eseal.audit_entries LIMIT 1", &[]).is_ok_and(|row| row.is_none());
        if empty {
            let _ = link.client.batch_execute("DROP SCHEMA eseal CASCADE");
        }
    }
}

fn connect(address: &PostgresAddress) -> Result<Link, StoreError> {
    let mut config = address.config()?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("eseal");
    }
    let mut client = config.connect(NoTls)?;
    let timeout = BUSY_TIMEOUT.as_millis();
    // `pg_temp` last: otherwise a temporary table could stand before ours. Whatever the server's default, a write is on
    // disk when it returns.
    client.batch_execute(&format!(
        "SET search_path TO eseal, pg_temp; SET client_min_messages TO warning; \
         SELECT set_config('lock_timeout', '{timeout}', false) WHERE current_setting('lock_timeout') = '0'; \
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    ))?;
    Ok(Link { client, prepared: HashMap::new(), in_transaction: false })
}

impl Link {
    fn prepare(&mut self, statement: &str) -> Result<Statement, postgres::Error> {
        if let Some(prepared) = self.prepared.get(statement) {
            return Ok(prepared.clone());
        }
        if self.prepared.len() >= MOST_PREPARED {
            self.prepared.clear();
        }
        let prepared = self.client.prepare(statement)?;
        self.prepared.insert(statement.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

impl Postgres {
    fn link(&self) -> Result<RefMut<'_, Link>, RegistryError> {
        let mut link = self.link.borrow_mut();
        if link.client.is_closed() && !link.in_transaction {
            *link = connect(&self.address)?;
        }
        Ok(link)
    }
}

fn failed(error: postgres::Error) -> RegistryError {
    StoreError::from(error).into()
}

/// PostgreSQL has no NUL in texts: what is asked for with one is not there, and what holds one cannot be kept.
fn has_nul(values: &[Value<'_>]) -> bool {
    values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0')))
}

impl Sql for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
    const IS_FAR: bool = true;

    fn find(
        &self,
        statement: &str,
        values: &[Value<'_>],
        read: &mut dyn FnMut(&dyn Columns) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        if has_nul(values) {
            return Ok(());
        }
        let mut link = self.link()?;
        let prepared = link.prepare(statement).map_err(failed)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let found = link.client.query(&prepared, &values).map_err(failed)?;
        drop(link);
        found.iter().try_for_each(|row| read(row))
    }

    fn execute(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, RegistryError> {
        let mut link = self.link()?;
        let prepared = link.prepare(statement).map_err(failed)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        link.client.execute(&prepared, &values).map_err(failed)
    }

    fn begin(&self, begin: Begin) -> Result<(), RegistryError> {
        let mut link = self.link()?;
        let begun = match begin {
            Begin::Writing => {
                link.client.batch_execute(&format!("BEGIN ISOLATION LEVEL READ COMMITTED; {LOCK}; {NO_SCANS}"))
            }
            Begin::Reading => link.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        };
        link.in_transaction = true;
        drop(link);
        begun.map_err(|error| {
            self.roll_back();
            failed(error)
        })
    }

    fn commit(&self) -> Result<(), RegistryError> {
        let mut link = self.link()?;
        link.client.batch_execute("COMMIT").map_err(failed)?;
        link.in_transaction = false;
        Ok(())
    }

    fn roll_back(&self) {
        let mut link = self.link.borrow_mut();
        // When even this fails the connection is gone, and with it the transaction.
        let _ = link.client.batch_execute("ROLLBACK");
        link.in_transaction = false;
    }

    fn check_storage(&self) -> Result<(), StoreError> {
        let mut link = self.link.borrow_mut();
        let broken = "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n \
                      ON n.oid = c.relnamespace WHERE n.nspname = 'eseal' AND NOT (i.indisvalid AND i.indisready)";
        if link.client.query_opt(broken, &[])?.is_some() {
            return Err(StoreError::Corrupt);
        }
        // Reads every page, which the server checks as far as its settings let it.
        for table in
            ["certificates", "revocation_lists", "seals", "seal_bytes", "answers", "timestamps", "audit_entries"]
        {
            link.client.batch_execute(&format!("SELECT count(*), sum(length(t::text)) FROM eseal.{table} t"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", self.address)
    }
}

impl Columns for Row {
    fn integer(&self, at: usize, what: &'static str) -> Result<Option<i64>, RegistryError> {
        self.try_get(at).map_err(|_| RegistryError::Damaged { what })
    }

    fn text(&self, at: usize, what: &'static str) -> Result<Option<String>, RegistryError> {
        self.try_get(at).map_err(|_| RegistryError::Damaged { what })
    }

    fn bytes(&self, at: usize, what: &'static str) -> Result<Option<Vec<u8>>, RegistryError> {
        self.try_get(at).map_err(|_| RegistryError::Damaged { what })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    postgres::types::to_sql_checked!();
}

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use crate::Migration;
use crate::StoreError;

/// "eslr": which program's database this is (SQLite's `application_id`).
const APPLICATION_ID: i64 = 0x6573_6c72;

/// What leads from each edition of the schema to the next. Never changed once released, only added to.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];

/// The latest edition.
const LATEST: i64 = MIGRATIONS.len() as i64;

/// Makes the tables in an empty database.
pub(super) fn create(connection: &mut Connection) -> Result<Migration, StoreError> {
    // WAL stays set in the file; a database in memory keeps its own mode.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    migrate(connection, 0)?;
    Ok(Migration { from: LATEST, to: LATEST })
}

/// Refuses what is not ours or too new, and brings an older edition up to date.
pub(super) fn check_and_migrate(connection: &mut Connection) -> Result<Migration, StoreError> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(StoreError::NotARegistry);
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > LATEST {
        return Err(StoreError::TooNew { found, known: LATEST });
    }
    if found < 1 {
        return Err(StoreError::NotARegistry);
    }
    if found < LATEST {
        migrate(connection, found)?;
    }
    // A trigger or view put in by hand could falsify what a correct program writes.
    if tables(connection)? != expected_tables()? {
        return Err(StoreError::NotARegistry);
    }
    Ok(Migration { from: found, to: LATEST })
}

fn migrate(connection: &mut Connection, from: i64) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while we waited for the lock.
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (number, migration) in (1..).zip(MIGRATIONS) {
        if number > found.max(from) {
            transaction.execute_batch(migration)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", LATEST)?;
    transaction.commit()?;
    Ok(())
}

/// Everything that is in the schema, with its definition, except what SQLite keeps for itself.
fn tables(connection: &Connection) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
    let query = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn expected_tables() -> Result<Vec<(String, String, Option<String>)>, StoreError> {
    let mut model = Connection::open_in_memory()?;
    create(&mut model)?;
    tables(&model)
}

use postgres::Client;

use super::LOCK;
use crate::Migration;
use crate::StoreError;

/// What leads from each edition of the schema to the next. Never changed once released, only added to.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// The latest edition.
const LATEST: i64 = MIGRATIONS.len() as i64;

/// Every column, so that a table changed by hand is noticed.
const COLUMNS: &str = "answers: position order_id der\n\
    audit_entries: sequence at actor act subject record previous digest\n\
    certificates: position serial subject issuer issuer_key subject_key profile not_before not_after status status_at \
    reason invalidity der organization region partner replaces order_id\n\
    dossiers: position kind dossier_key der\n\
    revocation_lists: issuer_key number this_update next_update entries sm3 base point\n\
    seal_bytes: position der\n\
    seals: position id name kind organization maker created valid_from valid_to state sm3\n\
    store: application edition\n\
    timestamps: serial at imprint sm3";

/// Makes the tables in a database that has none of ours.
pub(super) fn create(client: &mut Client, address: &str) -> Result<Migration, StoreError> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute(LOCK)?;
    if transaction.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = 'eseal'", &[])?.is_some() {
        return Err(StoreError::Exists { path: address.into() });
    }
    for migration in MIGRATIONS {
        transaction.batch_execute(migration)?;
    }
    transaction.execute("UPDATE eseal.store SET edition = $1", &[&LATEST])?;
    transaction.commit()?;
    Ok(Migration { from: LATEST, to: LATEST })
}

/// Refuses what is not ours or too new, and brings an older edition up to date.
pub(super) fn check_and_migrate(client: &mut Client, address: &str) -> Result<Migration, StoreError> {
    if client.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = 'eseal'", &[])?.is_none() {
        return Err(StoreError::NotFound { path: address.into() });
    }
    if client.query_opt("SELECT 1 FROM pg_tables WHERE schemaname = 'eseal' AND tablename = 'store'", &[])?.is_none() {
        return Err(StoreError::NotARegistry);
    }
    let found = edition(client)?;
    if found > LATEST {
        return Err(StoreError::TooNew { found, known: LATEST });
    }
    if found < 1 {
        return Err(StoreError::NotARegistry);
    }
    if found < LATEST {
        let mut transaction = client.transaction()?;
        transaction.batch_execute(LOCK)?;
        // Another process may have done it while we waited for the lock.
        let found = edition(&mut transaction)?;
        for (number, migration) in (1..).zip(MIGRATIONS) {
            if number > found {
                transaction.batch_execute(migration)?;
            }
        }
        transaction.execute("UPDATE eseal.store SET edition = $1", &[&LATEST])?;
        transaction.commit()?;
    }
    check_tables(client)?;
    Ok(Migration { from: found, to: LATEST })
}

fn edition(client: &mut impl postgres::GenericClient) -> Result<i64, StoreError> {
    let row = client.query_opt("SELECT edition FROM eseal.store WHERE application = 'eseal'", &[])?;
    row.and_then(|row| row.try_get(0).ok()).ok_or(StoreError::NotARegistry)
}

/// A trigger, rule or view put in by hand could falsify what a correct program writes.
fn check_tables(client: &mut Client) -> Result<(), StoreError> {
    let columns = "SELECT c.relname || ': ' || string_agg(a.attname, ' ' ORDER BY a.attnum) FROM pg_class c \
                   JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
                   WHERE n.nspname = 'eseal' AND c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 \
                   AND NOT a.attisdropped GROUP BY c.relname ORDER BY c.relname COLLATE \"C\"";
    let found: Vec<String> = client.query(columns, &[])?.iter().filter_map(|row| row.try_get(0).ok()).collect();
    if found.join("\n") != COLUMNS {
        return Err(StoreError::NotARegistry);
    }
    let foreign = "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'eseal' AND \
                   (EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) \
                   OR EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid) OR c.relrowsecurity) LIMIT 1";
    if client.query_opt(foreign, &[])?.is_some() {
        return Err(StoreError::NotARegistry);
    }
    let indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'eseal' AND indexname IN \
                   ('certificates_by_end', 'certificates_by_change', 'certificates_by_order', 'certificates_pkey', \
                   'certificates_serial_key', 'audit_entries_pkey', 'dossiers_by_key')";
    let count: i64 = client.query_one(indexes, &[])?.try_get(0)?;
    if count == 7 { Ok(()) } else { Err(StoreError::NotARegistry) }
}

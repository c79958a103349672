//! The registry on PostgreSQL: the suite of every store, what hands may do to its tables, and lost connections.

#![cfg(feature = "postgres")]
// Skipping is said aloud.
#![allow(clippy::print_stderr)]

#[path = "support/cluster.rs"]
// Each test program uses a part of it.
#[allow(dead_code)]
mod cluster;

use cluster::Database;
use eseal::audit::ChainFault;
use eseal::registry::CertificateQuery;
use eseal::registry::Change;
use eseal::registry::Registry;
use eseal::registry::RegistryFault;
use eseal::registry::suite;
use eseal::registry::verify_registry;
use eseal_store::PostgresAddress;
use eseal_store::PostgresRegistry;
use eseal_store::Store;
use eseal_store::StoreError;

fn address(database: &Database) -> PostgresAddress {
    PostgresAddress::parse(&database.url).expect("an address")
}

fn open(database: &Database) -> Result<PostgresRegistry, StoreError> {
    PostgresRegistry::open(&address(database))
}

fn open_code(database: &Database) -> &'static str {
    open(database).map_err(|error| error.code()).err().unwrap_or("opened")
}

fn issued(numbers: std::ops::Range<u32>) -> Vec<Change> {
    numbers.map(|number| Change::CertificateIssued(suite::certificate(number))).collect()
}

/// The same as in the tests of the SQLite store.
fn filled() -> Option<Database> {
    let database = Database::new()?;
    let mut registry = PostgresRegistry::create(&address(&database)).expect("makes");
    registry.write(&issued(1..11), &suite::note()).expect("writes");
    let changes = [
        Change::CertificateHeld { serial: suite::serial(3), at: suite::START },
        suite::seal(1),
        suite::list(suite::issuer(1), 1),
        Change::CertificateIssued(suite::ordered(11)),
        suite::answer("order-11"),
        suite::timestamp(1),
        suite::dossier(1),
    ];
    registry.write(&changes, &suite::note()).expect("writes");
    Some(database)
}

#[test]
fn a_registry_in_postgresql_passes_the_suite() {
    let mut databases = Vec::new();
    if Database::new().is_none() {
        return;
    }
    suite::run(|| {
        let database = Database::new().expect("there was one before");
        let registry = PostgresRegistry::create(&address(&database)).expect("makes");
        databases.push(database);
        registry
    });
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let Some(database) = filled() else { return };
    let registry = open(&database).expect("opens");
    assert_eq!(registry.certificates(&CertificateQuery::default()).expect("reads").records.len(), 11);
    assert_eq!(verify_registry(&registry).expect("reads").expect("holds").length, 17);
}

#[test]
fn making_never_overwrites_and_opening_never_makes() {
    let Some(database) = Database::new() else { return };
    assert_eq!(open_code(&database), "store-not-found");
    assert_eq!(open_code(&database), "store-not-found");
    PostgresRegistry::create(&address(&database)).expect("makes");
    assert_eq!(PostgresRegistry::create(&address(&database)).expect_err("is there").code(), "store-exists");
    assert_eq!(open_code(&database), "opened");
}

#[test]
fn a_database_that_is_no_registry_or_a_later_one_is_refused() {
    let Some(database) = Database::new() else { return };
    database.client().batch_execute("CREATE SCHEMA eseal; CREATE TABLE eseal.certificates (x int)").expect("makes");
    assert_eq!(open_code(&database), "store-not-a-registry");
    let Some(database) = filled() else { return };
    database.client().batch_execute("UPDATE eseal.store SET edition = 99").expect("edits");
    let error = open(&database).expect_err("too new");
    assert_eq!(error.code(), "store-too-new");
    assert!(error.to_string().contains("99"), "{error}");
}

#[test]
fn a_registry_of_the_first_edition_is_brought_up_to_date() {
    let Some(database) = Database::new() else { return };
    let mut registry = PostgresRegistry::create(&address(&database)).expect("makes");
    registry.write(&issued(1..11), &suite::note()).expect("writes");
    drop(registry);
    let older = "DROP TABLE eseal.dossiers; UPDATE eseal.store SET edition = 1";
    database.client().batch_execute(older).expect("edits");
    let mut registry = open(&database).expect("opens");
    assert_eq!((registry.migration().from, registry.migration().to), (1, 2));
    registry.write(&[suite::dossier(1)], &suite::note()).expect("writes");
    assert_eq!(verify_registry(&open(&database).expect("opens")).expect("reads").expect("holds").length, 11);
}

#[test]
fn tables_changed_by_hand_are_refused() {
    for statement in [
        "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER t BEFORE INSERT ON eseal.certificates FOR EACH ROW EXECUTE FUNCTION public.f()",
        "CREATE RULE r AS ON INSERT TO eseal.audit_entries DO INSTEAD NOTHING",
        "CREATE VIEW eseal.v AS SELECT 1",
        "DROP INDEX eseal.certificates_by_order",
        "DROP INDEX eseal.dossiers_by_key",
        "ALTER TABLE eseal.certificates ADD COLUMN more TEXT",
        "ALTER TABLE eseal.certificates ENABLE ROW LEVEL SECURITY",
        "DROP TABLE eseal.audit_entries",
        "DELETE FROM eseal.store",
    ] {
        let Some(database) = filled() else { return };
        database.client().batch_execute(statement).expect("edits");
        assert_eq!(open_code(&database), "store-not-a-registry", "{statement}");
    }
}

#[test]
fn an_edited_row_is_named_by_the_check() {
    for (statement, sequence) in [
        ("UPDATE eseal.certificates SET status = 'active', status_at = NULL WHERE status = 'held'", 11),
        ("UPDATE eseal.certificates SET subject = 'CN=x' WHERE position = 7", 7),
        ("UPDATE eseal.certificates SET not_after = not_after + 1 WHERE position = 2", 2),
        ("UPDATE eseal.certificates SET region = '52' WHERE position = 11", 14),
        ("DELETE FROM eseal.certificates WHERE position = 5", 5),
        ("UPDATE eseal.seals SET name = 'x'", 12),
        ("UPDATE eseal.seal_bytes SET der = '\\x00'", 12),
        ("UPDATE eseal.revocation_lists SET entries = 0", 13),
        ("UPDATE eseal.answers SET der = '\\x00'", 15),
        ("DELETE FROM eseal.timestamps", 16),
        ("UPDATE eseal.dossiers SET der = '\\x00'", 17),
        ("DELETE FROM eseal.dossiers", 17),
        ("UPDATE eseal.audit_entries SET actor = 'x' WHERE sequence = 4", 4),
        ("DELETE FROM eseal.audit_entries WHERE sequence = 9", 9),
    ] {
        let Some(database) = filled() else { return };
        database.client().batch_execute(statement).expect("edits");
        let fault = verify_registry(&open(&database).expect("opens")).expect("reads").expect_err("does not hold");
        assert_eq!(fault.sequence(), Some(sequence), "{statement}: {fault}");
    }
    let Some(database) = filled() else { return };
    database.client().batch_execute("DELETE FROM eseal.audit_entries WHERE sequence = 17").expect("edits");
    let fault = verify_registry(&open(&database).expect("opens")).expect("reads").expect_err("does not hold");
    assert!(matches!(fault, RegistryFault::Unlogged { .. }), "{fault}");
    let Some(database) = filled() else { return };
    let edit = "UPDATE eseal.audit_entries SET record = sha256('x'), digest = sha256('y') WHERE sequence = 17";
    database.client().batch_execute(edit).expect("edits");
    let fault = verify_registry(&open(&database).expect("opens")).expect("reads").expect_err("does not hold");
    assert_eq!(fault, RegistryFault::Chain(ChainFault::Edited { sequence: 17 }));
}

#[test]
fn a_row_that_no_program_wrote_is_named_too_and_no_panic() {
    for (statement, sequence) in [
        ("UPDATE eseal.certificates SET serial = 'zz' WHERE position = 9", 9),
        ("UPDATE eseal.certificates SET issuer_key = '\\x00' WHERE position = 2", 2),
        ("UPDATE eseal.certificates SET status = 'other' WHERE position = 1", 1),
        ("UPDATE eseal.certificates SET status = 'revoked', status_at = 1, reason = 4000 WHERE position = 1", 1),
        ("UPDATE eseal.certificates SET not_after = not_before - 1 WHERE position = 1", 1),
        ("UPDATE eseal.certificates SET partner = 'zz' WHERE position = 1", 1),
        ("UPDATE eseal.seals SET state = 'other'", 12),
        ("UPDATE eseal.audit_entries SET act = 'other' WHERE sequence = 1", 1),
        ("UPDATE eseal.audit_entries SET digest = '' WHERE sequence = 7", 7),
        ("UPDATE eseal.revocation_lists SET entries = -1", 13),
        ("UPDATE eseal.dossiers SET kind = 'other'", 17),
    ] {
        let Some(database) = filled() else { return };
        database.client().batch_execute(statement).expect("edits");
        let fault = verify_registry(&open(&database).expect("opens")).expect("reads").expect_err("does not hold");
        assert_eq!(fault.sequence(), Some(sequence), "{statement}: {fault}");
    }
}

#[test]
fn a_lost_connection_is_made_again_and_a_write_cut_off_leaves_nothing() {
    let Some(database) = filled() else { return };
    let mut registry = open(&database).expect("opens");
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'eseal' \
               AND datname = current_database()";
    database.client().batch_execute(cut).expect("cuts");
    std::thread::sleep(std::time::Duration::from_millis(200));
    // The first to notice may fail; the next act works.
    let _ = registry.checkpoint();
    registry.write(&issued(100..101), &suite::note()).expect("writes again");
    assert_eq!(verify_registry(&registry).expect("reads").expect("holds").length, 18);
}

#[test]
fn a_writer_that_waits_too_long_or_may_not_says_so() {
    let Some(database) = filled() else { return };
    let mut holder = database.client();
    holder.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1702063218, 1)").expect("locks");
    let quick = format!("{}&options=-clock_timeout%3D50", database.url);
    let quick = if database.url.contains('?') { quick } else { quick.replacen('&', "?", 1) };
    let mut registry = PostgresRegistry::open(&PostgresAddress::parse(&quick).expect("an address")).expect("opens");
    let refused = registry.write(&issued(100..101), &suite::note()).expect_err("locked");
    assert_eq!(refused.code(), "store-busy");
    assert!(registry.certificate(&suite::serial(1)).expect("readers do not wait").is_some());
    holder.batch_execute("ROLLBACK").expect("unlocks");
    registry.write(&issued(100..101), &suite::note()).expect("writes");

    let read_only = quick.replace("lock_timeout%3D50", "default_transaction_read_only%3Don");
    let mut registry = PostgresRegistry::open(&PostgresAddress::parse(&read_only).expect("an address")).expect("opens");
    let refused = registry.write(&issued(101..102), &suite::note()).expect_err("read-only");
    assert_eq!(refused.code(), "store-read-only");
}

#[test]
fn a_server_that_is_not_there_and_a_database_that_is_not_there_cannot_be_reached() {
    let nowhere = PostgresAddress::parse("postgres:///db?user=u&host=/nonexistent").expect("an address");
    assert_eq!(PostgresRegistry::open(&nowhere).expect_err("nobody there").code(), "store-unreachable");
    let Some(database) = Database::new() else { return };
    let other = database.url.replace("eseal_test_", "eseal_none_");
    let error = PostgresRegistry::open(&PostgresAddress::parse(&other).expect("an address")).expect_err("not there");
    assert_eq!(error.code(), "store-unreachable");
}

#[test]
fn a_text_with_nul_is_not_found_and_not_kept() {
    let Some(database) = filled() else { return };
    let mut registry = open(&database).expect("opens");
    let query = CertificateQuery { subject: Some("\0".into()), ..CertificateQuery::default() };
    assert!(registry.certificates(&query).expect("reads").records.is_empty());
    let mut record = suite::certificate(100);
    record.subject.push('\0');
    let refused = registry.write(&[Change::CertificateIssued(record)], &suite::note()).expect_err("not kept");
    assert_eq!(refused.code(), "registry-bad-field");
}

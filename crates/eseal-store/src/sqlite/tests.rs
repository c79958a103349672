use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;

use eseal::audit::ChainFault;
use eseal::registry::CertificateQuery;
use eseal::registry::Change;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::RegistryFault;
use eseal::registry::suite;
use eseal::registry::verify_registry;
use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteRegistry;
use crate::Migration;
use crate::Store;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn issued(numbers: std::ops::Range<u32>) -> Vec<Change> {
    numbers.map(|number| Change::CertificateIssued(suite::certificate(number))).collect()
}

/// A registry of ten certificates, one on hold, a seal and a list, then an order with its answer, a time stamp and a
/// dossier, closed again.
fn filled(folder: &TempDir) -> std::path::PathBuf {
    let path = folder.path().join("eseal.db");
    let mut registry = SqliteRegistry::create(&path).unwrap();
    registry.write(&issued(1..11), &suite::note()).unwrap();
    let changes = [
        Change::CertificateHeld { serial: suite::serial(3), at: suite::START },
        suite::seal(1),
        suite::list(suite::issuer(1), 1),
        Change::CertificateIssued(suite::ordered(11)),
        suite::answer("order-11"),
        suite::timestamp(1),
        suite::dossier(1),
    ];
    registry.write(&changes, &suite::note()).unwrap();
    path
}

fn open_code(path: &std::path::Path) -> &'static str {
    SqliteRegistry::open(path).map_err(|error| error.code()).err().unwrap_or("opened")
}

#[test]
fn a_registry_in_a_file_passes_the_suite() {
    let folder = folder();
    let mut number = 0;
    suite::run(|| {
        number += 1;
        SqliteRegistry::create(&folder.path().join(format!("{number}.db"))).unwrap()
    });
}

#[test]
fn a_registry_in_memory_passes_the_suite() {
    suite::run(|| SqliteRegistry::in_memory().unwrap());
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let folder = folder();
    let path = filled(&folder);
    let registry = SqliteRegistry::open(&path).unwrap();
    assert_eq!(registry.certificates(&CertificateQuery::default()).unwrap().records.len(), 11);
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 17);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let mode = std::fs::metadata(filled(&folder)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn making_never_overwrites_and_opening_never_makes() {
    let folder = folder();
    let path = folder.path().join("eseal.db");
    assert_eq!(open_code(&path), "store-not-found");
    assert!(!path.exists());
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(SqliteRegistry::create(&path).unwrap_err().code(), "store-exists");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let nowhere = folder.path().join("no folder").join("eseal.db");
    assert_eq!(SqliteRegistry::create(&nowhere).unwrap_err().code(), "store-cannot-open");
}

#[test]
fn a_file_that_is_no_registry_is_refused_and_left_as_it_is() {
    let folder = folder();
    let path = folder.path().join("eseal.db");
    for content in ["", "text", "SQLite format 3\0", &"long text ".repeat(1_000)] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(open_code(&path), "store-not-a-registry", "{content:.20}");
        assert_eq!(std::fs::read(&path).unwrap(), content.as_bytes());
    }
    assert_eq!(open_code(folder.path()), "store-not-a-registry");

    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE certificates (x)").unwrap();
    assert_eq!(open_code(&foreign), "store-not-a-registry");
}

#[test]
fn tables_changed_by_hand_are_refused() {
    for statement in [
        "CREATE TRIGGER t AFTER INSERT ON certificates BEGIN DELETE FROM audit_entries; END",
        "CREATE VIEW v AS SELECT 1",
        "DROP INDEX certificates_for_lists",
        "ALTER TABLE certificates ADD COLUMN more TEXT",
        "DROP TABLE audit_entries",
    ] {
        let folder = folder();
        let path = filled(&folder);
        Connection::open(&path).unwrap().execute_batch(statement).unwrap();
        assert_eq!(open_code(&path), "store-not-a-registry", "{statement}");
    }
}

#[test]
fn a_later_schema_is_refused_with_both_numbers() {
    let folder = folder();
    let path = filled(&folder);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteRegistry::open(&path).unwrap_err();
    assert_eq!(error.code(), "store-too-new");
    assert!(error.to_string().contains("99"), "{error}");
}

/// Puts the tables of the first schema into a file, with what a program of that time would have written.
fn of_schema_1(path: &std::path::Path) {
    let mut model = SqliteRegistry::in_memory().unwrap();
    model.write(&issued(1..6), &suite::note()).unwrap();
    let changes = [
        Change::CertificateHeld { serial: suite::serial(3), at: suite::START },
        suite::seal(1),
        suite::list(suite::issuer(1), 1),
    ];
    model.write(&changes, &suite::note()).unwrap();
    let old = Connection::open(path).unwrap();
    old.execute_batch(include_str!("schema_1.sql")).unwrap();
    drop(old);
    model.sql.connection.execute("ATTACH ? AS old", [path.to_str().unwrap()]).unwrap();
    for table in ["certificates", "revocation_lists", "seals", "seal_bytes", "audit_entries"] {
        let query = format!("SELECT group_concat(name) FROM pragma_table_info('{table}', 'old')");
        let columns: String = model.sql.connection.query_row(&query, [], |row| row.get(0)).unwrap();
        let copy = format!("INSERT INTO old.{table} ({columns}) SELECT {columns} FROM main.{table}");
        model.sql.connection.execute(&copy, []).unwrap();
    }
    model.sql.connection.execute_batch("DETACH old").unwrap();
    let old = Connection::open(path).unwrap();
    old.pragma_update(None, "application_id", 0x6573_6c72).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
}

#[test]
fn a_registry_of_the_first_schema_is_brought_up_to_date_and_stays_true() {
    let folder = folder();
    let path = folder.path().join("eseal.db");
    of_schema_1(&path);
    let mut registry = SqliteRegistry::open(&path).unwrap();
    assert_eq!(registry.migration(), Migration { from: 1, to: 3 });
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 8);
    registry.write(&[Change::CertificateIssued(suite::ordered(9)), suite::dossier(1)], &suite::note()).unwrap();
    registry.check_file().unwrap();
    drop(registry);
    let registry = SqliteRegistry::open(&path).unwrap();
    assert_eq!(registry.certificate(&suite::serial(9)).unwrap(), Some(suite::ordered(9)));
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 10);
}

#[test]
fn several_processes_may_bring_it_up_to_date_at_once() {
    let folder = folder();
    let path = folder.path().join("eseal.db");
    of_schema_1(&path);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| SqliteRegistry::open(&path).unwrap());
        }
    });
    assert_eq!(verify_registry(&SqliteRegistry::open(&path).unwrap()).unwrap().unwrap().length, 8);
}

#[test]
fn an_edited_row_is_named_by_the_check() {
    for (statement, sequence) in [
        ("UPDATE certificates SET status = 'active', status_at = NULL WHERE status = 'held'", 11),
        ("UPDATE certificates SET subject = 'CN=x' WHERE position = 7", 7),
        ("UPDATE certificates SET not_after = not_after + 1 WHERE position = 2", 2),
        ("DELETE FROM certificates WHERE position = 5", 5),
        ("UPDATE seals SET name = 'x'", 12),
        ("UPDATE seal_bytes SET der = x'00'", 12),
        ("DELETE FROM seal_bytes", 12),
        ("UPDATE revocation_lists SET entries = 0", 13),
        ("UPDATE revocation_lists SET base = 0", 13),
        ("UPDATE revocation_lists SET point = 'x'", 13),
        ("UPDATE certificates SET region = '52' WHERE position = 11", 14),
        ("UPDATE certificates SET organization = NULL WHERE position = 11", 14),
        ("UPDATE certificates SET order_id = NULL WHERE position = 11", 14),
        ("UPDATE certificates SET partner = serial WHERE position = 8", 8),
        ("UPDATE certificates SET replaces = serial WHERE position = 8", 8),
        ("UPDATE certificates SET status = 'released' WHERE position = 3", 11),
        ("UPDATE answers SET der = x'00'", 15),
        ("DELETE FROM answers", 15),
        ("UPDATE timestamps SET imprint = x'00'", 16),
        ("DELETE FROM timestamps", 16),
        ("UPDATE dossiers SET der = x'00'", 17),
        ("DELETE FROM dossiers", 17),
        ("UPDATE audit_entries SET actor = 'x' WHERE sequence = 4", 4),
        ("DELETE FROM audit_entries WHERE sequence = 9", 9),
    ] {
        let folder = folder();
        let path = filled(&folder);
        Connection::open(&path).unwrap().execute_batch(statement).unwrap();
        let registry = SqliteRegistry::open(&path).unwrap();
        let fault = verify_registry(&registry).unwrap().unwrap_err();
        assert_eq!(fault.sequence(), Some(sequence), "{statement}: {fault}");
    }
    let folder = folder();
    let path = filled(&folder);
    Connection::open(&path).unwrap().execute_batch("DELETE FROM audit_entries WHERE sequence = 17").unwrap();
    let fault = verify_registry(&SqliteRegistry::open(&path).unwrap()).unwrap().unwrap_err();
    assert!(matches!(fault, RegistryFault::Unlogged { .. }), "{fault}");
    let copy = "UPDATE audit_entries SET record = zeroblob(32), digest = zeroblob(32) WHERE sequence = 17";
    let path = filled(&self::folder());
    assert_eq!(open_code(&path), "store-not-found");
    let folder = self::folder();
    let path = filled(&folder);
    Connection::open(&path).unwrap().execute_batch(copy).unwrap();
    let fault = verify_registry(&SqliteRegistry::open(&path).unwrap()).unwrap().unwrap_err();
    assert_eq!(fault, RegistryFault::Chain(ChainFault::Edited { sequence: 17 }));
}

#[test]
fn a_row_that_no_program_wrote_is_named_too_and_no_panic() {
    for (statement, sequence) in [
        ("UPDATE certificates SET serial = 'zz' WHERE position = 1", 1),
        ("UPDATE certificates SET serial = 'zz' WHERE position = 9", 9),
        ("UPDATE certificates SET issuer_key = x'00' WHERE position = 2", 2),
        ("UPDATE certificates SET status = 'other' WHERE position = 1", 1),
        ("UPDATE certificates SET status = 'revoked' WHERE position = 3", 11),
        ("UPDATE certificates SET status = 'revoked', status_at = 1, reason = 7 WHERE position = 1", 1),
        ("UPDATE certificates SET status = 'revoked', status_at = 1, reason = 4000 WHERE position = 1", 1),
        ("UPDATE certificates SET not_after = not_before - 1 WHERE position = 1", 1),
        ("UPDATE certificates SET subject = CAST(x'ff' AS TEXT) WHERE position = 4", 4),
        ("UPDATE certificates SET partner = 'zz' WHERE position = 1", 1),
        ("UPDATE certificates SET replaces = '' WHERE position = 1", 1),
        ("UPDATE certificates SET status = 'released' WHERE position = 1", 1),
        ("UPDATE certificates SET position = -1 WHERE position = 11", 0),
        ("UPDATE seals SET state = 'other'", 12),
        ("UPDATE seals SET sm3 = x'00'", 12),
        ("UPDATE seals SET id = 'x'", 12),
        ("UPDATE audit_entries SET act = 'other' WHERE sequence = 1", 1),
        ("UPDATE audit_entries SET act = 'other' WHERE sequence = 7", 7),
        ("UPDATE audit_entries SET digest = x'' WHERE sequence = 1", 1),
        ("UPDATE audit_entries SET sequence = -1 WHERE sequence = 1", 1),
        ("UPDATE revocation_lists SET entries = -1", 13),
        ("UPDATE revocation_lists SET base = -1", 13),
        ("UPDATE revocation_lists SET number = -1", 13),
        ("UPDATE revocation_lists SET issuer_key = x''", 13),
        ("UPDATE answers SET order_id = 'x'", 15),
        ("UPDATE answers SET position = 0", 0),
        ("UPDATE timestamps SET serial = -1", 16),
        ("UPDATE timestamps SET sm3 = x''", 16),
        ("UPDATE dossiers SET kind = 'other'", 17),
        ("UPDATE dossiers SET kind = 'officer'", 17),
        ("UPDATE dossiers SET dossier_key = 'x'", 17),
        ("UPDATE dossiers SET position = 0", 0),
    ] {
        let folder = folder();
        let path = filled(&folder);
        Connection::open(&path).unwrap().execute_batch(statement).unwrap();
        let fault = verify_registry(&SqliteRegistry::open(&path).unwrap()).unwrap().unwrap_err();
        // A row that says what it said, but stands where we put none, is no fault of an entry.
        let expected = (sequence > 0).then_some(sequence);
        assert_eq!(fault.sequence(), expected, "{statement}: {fault}");
    }
}

#[test]
fn a_file_with_garbage_in_it_gives_an_error_and_no_panic() {
    let folder = folder();
    let path = filled(&folder);
    let whole = std::fs::read(&path).unwrap();
    assert!(whole.len() > 8 * 4096, "the file is big enough to break: {}", whole.len());
    for page in 0..whole.len() / 4096 {
        std::fs::write(&path, &whole).unwrap();
        let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(page as u64 * 4096)).unwrap();
        file.write_all(&[0xA5; 4096]).unwrap();
        drop(file);
        let outcome = match SqliteRegistry::open(&path) {
            Err(error) => error.code(),
            Ok(registry) => {
                // Pages of indexes are not read by this one; it only must not panic.
                let _ = verify_registry(&registry);
                registry.check_file().map_err(|error| error.code()).err().unwrap_or("held")
            }
        };
        assert!(["store-not-a-registry", "store-corrupt"].contains(&outcome), "page {page}: {outcome}");
        if page == 0 {
            assert_eq!(outcome, "store-not-a-registry");
        }
    }
    // Not one byte only: the end of the last page may be unused, and then nothing is missing.
    for length in [1, 100, 4096, whole.len() / 2, whole.len() - 4096, whole.len() - 4000] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let opened = SqliteRegistry::open(&path);
        let error = match &opened {
            Err(error) => error.code(),
            Ok(registry) => registry.check_file().map_err(|error| error.code()).err().unwrap_or("held"),
        };
        assert!(["store-not-a-registry", "store-corrupt"].contains(&error), "cut to {length}: {error}");
    }
}

fn write_code(registry: &mut SqliteRegistry, changes: &[Change]) -> &'static str {
    registry.write(changes, &suite::note()).map_err(|error| error.code()).err().unwrap_or("done")
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = folder();
    let path = filled(&folder);
    let mut registry = SqliteRegistry::open(&path).unwrap();
    let pages: i64 = registry.sql.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    registry.sql.connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    assert_eq!(write_code(&mut registry, &issued(100..1_000)), "store-full");
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 17);
    registry.sql.connection.pragma_update(None, "max_page_count", pages + 2_000).unwrap();
    assert_eq!(write_code(&mut registry, &issued(100..1_000)), "done");
}

#[test]
fn a_registry_that_cannot_be_written_says_so() {
    let folder = folder();
    let path = filled(&folder);
    let mut registry = SqliteRegistry::open(&path).unwrap();
    registry.sql.connection.pragma_update(None, "query_only", true).unwrap();
    assert_eq!(write_code(&mut registry, &issued(100..101)), "store-read-only");
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 17);
}

#[test]
fn a_writer_that_waits_too_long_says_so() {
    let folder = folder();
    let path = filled(&folder);
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut registry = SqliteRegistry::open(&path).unwrap();
    registry.sql.connection.busy_timeout(std::time::Duration::from_millis(20)).unwrap();
    assert_eq!(write_code(&mut registry, &issued(100..101)), "store-busy");
    assert!(registry.certificate(&suite::serial(1)).unwrap().is_some(), "readers do not wait");
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(write_code(&mut registry, &issued(100..101)), "done");
}

#[test]
fn an_error_of_the_store_keeps_its_cause() {
    let error = RegistryError::from(crate::StoreError::from(rusqlite::Error::InvalidQuery));
    let store = std::error::Error::source(&error).unwrap();
    assert!(std::error::Error::source(store).is_some());
}

//! Copies of a registry: made while others write, restored into either kind of store, and refused when they are not whole.

#![allow(clippy::print_stderr)]

#[cfg(feature = "postgres")]
#[path = "support/cluster.rs"]
// Each test program uses a part of it.
#[allow(dead_code)]
mod cluster;

use std::path::Path;

use eseal::audit::Checkpoint;
use eseal::cert::Reason;
use eseal::registry::Change;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::suite;
use eseal::registry::verify_registry;
use eseal_store::SqliteRegistry;
use eseal_store::Store;
use eseal_store::StoreUrl;

/// Something of every kind.
fn fill(registry: &mut dyn Registry) {
    let issued: Vec<_> = (1..1_200).map(|number| Change::CertificateIssued(suite::certificate(number))).collect();
    registry.write(&issued, &suite::note()).expect("writes");
    let revocation = Revocation { at: suite::START, reason: Reason::KeyCompromise, invalidity: Some(suite::START) };
    let changes = [
        Change::CertificateHeld { serial: suite::serial(1), at: suite::START },
        Change::CertificateHeld { serial: suite::serial(2), at: suite::START },
        Change::CertificateReleased { serial: suite::serial(2), at: suite::START },
        Change::CertificateRevoked { serial: suite::serial(3), revocation },
        Change::CertificateIssued(suite::ordered(5_000)),
        suite::answer("order-5000"),
        suite::seal(0),
        suite::seal(1),
        suite::list(suite::issuer(1), 1),
        suite::list(suite::issuer(2), 1),
        suite::timestamp(7),
        suite::dossier(2),
        suite::dossier(1),
    ];
    registry.write(&changes, &suite::note()).expect("writes");
}

fn copy_of(store: &dyn Store) -> Vec<u8> {
    let mut copy = Vec::new();
    store.back_up(&mut copy).expect("copies");
    copy
}

fn at(path: &Path) -> StoreUrl {
    StoreUrl::parse(&format!("sqlite:{}", path.display())).expect("an address")
}

fn restore(url: &StoreUrl, copy: &[u8]) -> Result<Checkpoint, RegistryError> {
    url.restore(&mut &copy[..])
}

#[test]
fn a_restored_registry_is_the_same_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = SqliteRegistry::create(&folder.path().join("a.db")).expect("makes");
    fill(&mut store);
    let copy = copy_of(&store);
    let other = at(&folder.path().join("b.db"));
    assert_eq!(restore(&other, &copy).expect("restores"), store.checkpoint().expect("reads"));
    let mut restored = other.open().expect("opens");
    assert!(copy_of(restored.as_ref()) == copy, "the copy of the restored one is the same");
    restored.write(&[suite::timestamp(8)], &suite::note()).expect("goes on");
    assert_eq!(verify_registry(restored.as_ref()).expect("reads").expect("holds").length, 1_213);
    assert_eq!(restore(&other, &copy).expect_err("is there").code(), "store-exists");
}

#[test]
fn an_empty_registry_can_be_copied_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteRegistry::create(&folder.path().join("a.db")).expect("makes");
    let copy = copy_of(&store);
    assert_eq!(copy.iter().filter(|byte| **byte == b'\n').count(), 2);
    assert_eq!(restore(&at(&folder.path().join("b.db")), &copy).expect("restores"), Checkpoint::START);
}

#[test]
fn a_copy_that_is_not_whole_or_not_true_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = SqliteRegistry::create(&folder.path().join("a.db")).expect("makes");
    store.write(&[Change::CertificateIssued(suite::ordered(1)), suite::timestamp(1)], &suite::note()).expect("writes");
    let copy = String::from_utf8(copy_of(&store)).expect("is text");
    let lines: Vec<_> = copy.lines().collect();
    // With a right end line, as someone would write it who knows the format but cannot remake the chain.
    let sealed = |lines: &[String]| {
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let digest = eseal::sm::sm3(body.as_bytes());
        format!("{body}{{\"end\":{{\"lines\":{},\"sm3\":\"{digest}\"}}}}\n", lines.len())
    };
    let body: Vec<String> = lines[..lines.len() - 1].iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(sealed(&body), copy);
    let without = |index: usize| sealed(&[&body[..index], &body[index + 1..]].concat());
    let edited = |from: &str, to: &str| {
        let text = sealed(&body.iter().map(|line| line.replace(from, to)).collect::<Vec<_>>());
        assert_ne!(text, copy, "{from}");
        text
    };
    let cases = [
        (String::new(), "store-backup-cut"),
        (lines[0].to_owned() + "\n", "store-backup-cut"),
        (lines[..lines.len() - 1].join("\n") + "\n", "store-backup-cut"),
        (copy[..copy.len() - 1].to_owned(), "store-backup-cut"),
        (copy.replace("330100", "520100"), "store-backup-cut"),
        (copy.replacen("order-1", "order-2", 1), "store-backup-cut"),
        ("x".repeat(17 << 20), "store-backup-malformed"),
        (lines[1..].join("\n") + "\n", "store-backup-malformed"),
        (copy.replace("store-backup/1", "store-backup/2"), "store-backup-malformed"),
        (copy.replace("\"active\"", "\"other\""), "store-backup-malformed"),
        (edited("\"organization\"", "\"other\""), "store-backup-untrue"),
        (edited("order-1", "order-2"), "store-backup-untrue"),
        (edited("\"actor\":\"suite\"", "\"actor\":\"x\""), "store-backup-untrue"),
        (without(1), "store-backup-untrue"),
        (without(body.len() - 1), "store-backup-untrue"),
        (sealed(&body[..1]), "store-backup-cut"),
        (edited("\"entries\":2", "\"entries\":3"), "store-backup-cut"),
        ("[".repeat(100_000) + "\n", "store-backup-malformed"),
    ];
    for (number, (text, code)) in cases.iter().enumerate() {
        let path = folder.path().join(format!("{number}.db"));
        let error = restore(&at(&path), text.as_bytes()).expect_err("refused");
        assert_eq!(error.code(), *code, "{number}: {error:?}");
        assert!(!path.exists(), "{number} left a file");
    }
}

#[test]
fn a_registry_that_holds_something_is_not_restored_into() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = SqliteRegistry::create(&folder.path().join("a.db")).expect("makes");
    fill(&mut store);
    let copy = copy_of(&store);
    assert_eq!(store.restore(&mut &copy[..]).expect_err("not empty").code(), "store-not-empty");
    assert_eq!(verify_registry(&store).expect("reads").expect("holds").length, 1_212);
}

#[test]
fn a_copy_made_while_others_write_is_of_one_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    let mut store = SqliteRegistry::create(&path).expect("makes");
    fill(&mut store);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut other = SqliteRegistry::open(&path).expect("opens");
            for number in 10_000..10_300 {
                let changes = [
                    Change::CertificateIssued(suite::certificate(number)),
                    Change::CertificateHeld { serial: suite::serial(number), at: suite::START },
                ];
                other.write(&changes, &suite::note()).expect("writes");
            }
        });
        for round in 0..5 {
            let copy = copy_of(&store);
            restore(&at(&folder.path().join(format!("{round}-copy.db"))), &copy).expect("is whole and true");
        }
        writer.join().expect("ends");
    });
}

#[cfg(feature = "postgres")]
#[test]
fn a_registry_moves_from_one_kind_of_store_to_the_other_and_back() {
    let Some(database) = cluster::Database::new() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = SqliteRegistry::create(&folder.path().join("a.db")).expect("makes");
    fill(&mut store);
    let copy = copy_of(&store);
    let postgres = StoreUrl::parse(&database.url).expect("an address");
    let cut = restore(&postgres, &copy[..copy.len() - 100]).expect_err("cut");
    assert_eq!(cut.code(), "store-backup-cut");
    assert_eq!(postgres.open().expect_err("nothing is left").code(), "store-not-found");
    restore(&postgres, &copy).expect("restores");
    assert_eq!(restore(&postgres, &copy).expect_err("is there").code(), "store-exists");
    let mut moved = postgres.open().expect("opens");
    moved.check_storage().expect("is sound");
    assert!(copy_of(moved.as_ref()) == copy, "the copy of the moved one is the same");
    moved.write(&[suite::timestamp(8)], &suite::note()).expect("goes on");
    let back = at(&folder.path().join("b.db"));
    restore(&back, &copy_of(moved.as_ref())).expect("restores");
    assert_eq!(verify_registry(back.open().expect("opens").as_ref()).expect("reads").expect("holds").length, 1_213);
}

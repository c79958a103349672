//! What happens when several processes write, and when one dies in the middle, on either kind of store.
//!
//! The other processes are this test program itself, started again with [`ROLE`] set.

// The started processes report through their standard output; skipping is said aloud.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "postgres")]
#[path = "support/cluster.rs"]
// Each test program uses a part of it.
#[allow(dead_code)]
mod cluster;

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use eseal::audit::Note;
use eseal::cert::SerialNumber;
use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::Change;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::suite;
use eseal::registry::verify_registry;
use eseal_store::StoreUrl;

/// Set for a process that plays a part: what to do, from which number on to issue how many, and where the registry is.
const ROLE: &str = "ESEAL_STORE_TEST_ROLE";

fn start(url: &str, part: &str, first: u32, count: u32, changes_per_write: u32) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_part_of_another_process", "--nocapture"])
        .env(ROLE, format!("{part} {first} {count} {changes_per_write} {url}"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts")
}

fn open(url: &str) -> Box<dyn eseal_store::Store> {
    StoreUrl::parse(url).expect("an address").open().expect("opens")
}

fn create(url: &str) {
    StoreUrl::parse(url).expect("an address").create().expect("makes");
}

/// Not a test of its own: what the started processes do. It prints a line for each write that returned.
#[test]
fn the_part_of_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let mut words = role.splitn(5, ' ');
    let part = words.next().expect("a part");
    let mut number = || words.next().and_then(|word| word.parse::<u32>().ok()).expect("a number");
    let (first, count, changes_per_write) = (number(), number(), number());
    let mut registry = open(words.next().expect("an address"));
    let note = Note::new(suite::START, format!("process {first}"));
    match part {
        "issue" => {
            for start in (first..first + count).step_by(changes_per_write as usize) {
                let numbers = start..start + changes_per_write;
                let issued = numbers.map(|number| Change::CertificateIssued(suite::certificate(number)));
                registry.write(&issued.collect::<Vec<_>>(), &note).expect("writes");
                println!("wrote {start}");
            }
        }
        // All processes want the same orders filled, lists numbered and time stamped, each once.
        "compete" => {
            for number in 0..count {
                let record =
                    CertificateRecord { serial: SerialNumber::random().expect("random"), ..suite::ordered(number) };
                let changes = [Change::CertificateIssued(record), suite::answer(&format!("order-{number}"))];
                match registry.write(&changes, &note) {
                    Ok(_) => println!("wrote {number}"),
                    Err(RegistryError::OrderTaken { .. }) => {
                        let kept = registry.answer(&format!("order-{number}")).expect("reads");
                        assert!(kept.is_some(), "an order is filled and answered together");
                    }
                    Err(other) => panic!("{other}"),
                }
                loop {
                    let next = registry.last_timestamp_serial().expect("reads") + 1;
                    match registry.write(&[suite::timestamp(next)], &note) {
                        Ok(_) => break,
                        Err(RegistryError::TimestampTaken { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            }
        }
        other => panic!("no such part: {other}"),
    }
}

fn all(registry: &dyn Registry) -> usize {
    let (mut query, mut count) = (CertificateQuery::default(), 0);
    loop {
        let page = registry.certificates(&query).expect("reads");
        count += page.records.len();
        let Some(next) = page.next else { return count };
        query.after = next;
    }
}

fn end_well(children: impl IntoIterator<Item = Child>) -> usize {
    let mut wrote = 0;
    for child in children {
        let output = child.wait_with_output().expect("ends");
        let lines = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{lines}");
        wrote += lines.lines().filter(|line| line.starts_with("wrote")).count();
    }
    wrote
}

fn processes_that_issue_at_once_lose_nothing(url: &str) {
    create(url);
    let registry = open(url);
    let children =
        [start(url, "issue", 0, 200, 1), start(url, "issue", 100_000, 200, 1), start(url, "issue", 200_000, 400, 4)];
    // Checking while others write must not mistake a moment for a fault.
    verify_registry(registry.as_ref()).expect("reads").expect("holds meanwhile");
    end_well(children);
    assert_eq!(all(registry.as_ref()), 800);
    assert_eq!(verify_registry(registry.as_ref()).expect("reads").expect("holds").length, 800);
}

fn processes_that_want_the_same_do_it_once(url: &str) {
    create(url);
    let children = [(); 3].map(|()| start(url, "compete", 0, 60, 1));
    assert_eq!(end_well(children), 60, "every order was filled once");
    let registry = open(url);
    assert_eq!(all(registry.as_ref()), 60);
    assert_eq!(registry.last_timestamp_serial().expect("reads"), 180);
    assert_eq!(verify_registry(registry.as_ref()).expect("reads").expect("holds").length, 60 * 2 + 180);
}

fn a_killed_process_leaves_whole_writes_only(url: &str) {
    create(url);
    let mut promised = 0;
    // The moment moves: after so many writes that returned, and then at once, or somewhere in the next write.
    for (round, pause) in (0..12).zip([0, 1, 3, 7].into_iter().cycle()) {
        let changes_per_write = 50;
        let mut child = start(url, "issue", round * 1_000_000, 100_000, changes_per_write);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut wrote = 0;
        while wrote <= round % 5 {
            let line = lines.next().expect("more lines").expect("reads");
            wrote += u32::from(line.starts_with("wrote"));
        }
        std::thread::sleep(std::time::Duration::from_millis(pause));
        child.kill().expect("kills");
        child.wait().expect("ends");
        let later = lines.map_while(Result::ok).filter(|line| line.starts_with("wrote")).count();
        promised += (wrote as usize + later) * changes_per_write as usize;

        // A write that was on its way when its process died may still arrive whole: a server finishes what it was sent.
        let mut registry = open(url);
        registry.write(&[suite::timestamp(u64::from(round) + 1)], &suite::note()).expect("writes after the kill");
        let count = all(registry.as_ref());
        assert!(count >= promised, "a write that returned is lost: {count} of {promised}");
        assert_eq!(count % changes_per_write as usize, 0, "half a write is there");
        let end = verify_registry(registry.as_ref()).expect("reads").expect("the chain holds");
        assert_eq!(end.length as usize, count + round as usize + 1);
        registry.check_storage().expect("the storage is sound");
        promised = count;
    }
}

fn sqlite(test: fn(&str)) {
    let folder = tempfile::tempdir().expect("a folder");
    test(&format!("sqlite:{}", folder.path().join("eseal.db").display()));
}

#[test]
fn processes_that_issue_at_once_on_sqlite_lose_nothing() {
    sqlite(processes_that_issue_at_once_lose_nothing);
}

#[test]
fn processes_that_want_the_same_on_sqlite_do_it_once() {
    sqlite(processes_that_want_the_same_do_it_once);
}

#[test]
fn a_process_killed_while_writing_to_sqlite_leaves_whole_writes_only() {
    sqlite(a_killed_process_leaves_whole_writes_only);
}

#[cfg(feature = "postgres")]
mod postgresql {
    use super::*;

    fn postgres(test: fn(&str)) {
        if let Some(database) = cluster::Database::new() {
            test(&database.url);
        }
    }

    #[test]
    fn processes_that_issue_at_once_on_postgresql_lose_nothing() {
        postgres(processes_that_issue_at_once_lose_nothing);
    }

    #[test]
    fn processes_that_want_the_same_on_postgresql_do_it_once() {
        postgres(processes_that_want_the_same_do_it_once);
    }

    #[test]
    fn a_process_killed_while_writing_to_postgresql_leaves_whole_writes_only() {
        postgres(a_killed_process_leaves_whole_writes_only);
    }
}

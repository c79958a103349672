//! What happens when several processes write, and when one dies in the middle.
//!
//! The other processes are this test program itself, started again with [`ROLE`] set.

// The started processes report through their standard output.
#![allow(clippy::print_stdout)]

use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use eseal::audit::Note;
use eseal::registry::CertificateQuery;
use eseal::registry::Change;
use eseal::registry::Registry;
use eseal::registry::suite;
use eseal::registry::verify_registry;
use eseal_store::SqliteRegistry;

/// Set for a process that plays a part: where the registry is, and from which number on to issue how many.
const ROLE: &str = "ESEAL_STORE_TEST_ROLE";

fn start(path: &Path, first: u32, count: u32, changes_per_write: u32) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "the_part_of_another_process", "--nocapture"])
        .env(ROLE, format!("{first} {count} {changes_per_write} {}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts")
}

/// Not a test of its own: what the started processes do. It prints a line for each write that returned.
#[test]
fn the_part_of_another_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let mut words = role.splitn(4, ' ');
    let mut number = || words.next().and_then(|word| word.parse::<u32>().ok()).expect("a number");
    let (first, count, changes_per_write) = (number(), number(), number());
    let path = PathBuf::from(words.next().expect("a path"));
    let mut registry = SqliteRegistry::open(&path).expect("opens");
    for start in (first..first + count).step_by(changes_per_write as usize) {
        let numbers = start..start + changes_per_write;
        let changes: Vec<_> = numbers.map(|number| Change::CertificateIssued(suite::certificate(number))).collect();
        registry.write(&changes, &Note::new(suite::START, format!("process {first}"))).expect("writes");
        println!("wrote {start}");
    }
}

fn all(registry: &SqliteRegistry) -> usize {
    let (mut query, mut count) = (CertificateQuery::default(), 0);
    loop {
        let page = registry.certificates(&query).expect("reads");
        count += page.records.len();
        let Some(next) = page.next else { return count };
        query.after = next;
    }
}

#[test]
fn two_processes_that_issue_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("eseal.db");
    let registry = SqliteRegistry::create(&path).expect("makes");
    let children = [start(&path, 0, 200, 1), start(&path, 100_000, 200, 1), start(&path, 200_000, 400, 4)];
    // Checking while others write must not mistake a moment for a fault.
    verify_registry(&registry).expect("reads").expect("holds meanwhile");
    for child in children {
        let output = child.wait_with_output().expect("ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(all(&registry), 800);
    assert_eq!(verify_registry(&registry).expect("reads").expect("holds").length, 800);
}

#[test]
fn a_process_killed_while_writing_leaves_whole_writes_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("eseal.db");
    SqliteRegistry::create(&path).expect("makes");
    let mut promised = 0;
    // The moment moves: after so many writes that returned, and then at once, or somewhere in the next write.
    for (round, pause) in (0..12).zip([0, 1, 3, 7].into_iter().cycle()) {
        let changes_per_write = 50;
        let mut child = start(&path, round * 1_000_000, 100_000, changes_per_write);
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

        let registry = SqliteRegistry::open(&path).expect("opens after the kill");
        let count = all(&registry);
        assert!(count >= promised, "a write that returned is lost: {count} of {promised}");
        assert_eq!(count % changes_per_write as usize, 0, "half a write is there");
        let end = verify_registry(&registry).expect("reads").expect("the chain holds");
        assert_eq!(end.length as usize, count);
        promised = count;
    }
}

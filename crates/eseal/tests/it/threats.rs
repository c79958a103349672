//! The threat table of `SECURITY.md` claims nothing that no test shows.

use std::fs;

use crate::support::{tests_by_name, workspace};

/// The rows of the soft token's threat table: attacker, level `file`, level `device`, tests.
fn rows() -> Vec<[String; 4]> {
    let text = fs::read_to_string(workspace().join("SECURITY.md")).unwrap();
    let section = text.split("\n## ").find(|section| section.contains("软证书威胁模型")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| -> Vec<_> { row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    rows.map(|row| cells(row).try_into().unwrap_or_else(|_| panic!("not four cells: {row}"))).collect()
}

/// The attackers of the threat model that the token was designed against; the table may have more.
const ATTACKERS: [&str; 12] = [
    "guesses at the keyboard",
    "copies the file",
    "puts an older copy back",
    "copies the file and the device secret",
    "is malware",
    "edits the file",
    "replaces certificates",
    "is an officer alone",
    "holds the authority's unlock key",
    "replays a grant",
    "quantum computer",
    "finds or breaks the device",
];

#[test]
fn every_attacker_of_the_threat_model_has_a_row() {
    let rows = rows();
    for attacker in ATTACKERS {
        assert!(rows.iter().any(|row| row[0].contains(attacker)), "no row for who {attacker}");
    }
}

#[test]
fn every_row_that_claims_refused_names_tests_and_every_test_is_there() {
    let tests = tests_by_name();
    for [attacker, file, device, shown] in rows() {
        // Code words that are no test (`token show`, `device`) hold a space, a dash or a colon, or no underscore at all.
        let named: Vec<_> = shown.split('`').skip(1).step_by(2).filter(|name| is_name_of_test(name)).collect();
        let claims = file.contains("refused") || device.contains("refused");
        assert!(!claims || !named.is_empty(), "who {attacker} is refused, says the table, but no test shows it");
        for name in named {
            assert!(tests.iter().any(|test| test == name), "who {attacker}: no test {name}");
        }
    }
}

fn is_name_of_test(name: &str) -> bool {
    name.contains('_') && name.chars().all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
}

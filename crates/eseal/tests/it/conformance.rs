//! The tables under docs/conformance name tests that are there.

use std::fs;

use crate::support::{tests_by_name, workspace};

#[test]
fn every_test_that_a_conformance_table_names_is_there() {
    let tests = tests_by_name();
    for entry in fs::read_dir(workspace().join("docs/conformance")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for row in text.lines().filter(|line| line.starts_with('|') && line.contains('`')) {
            let cell = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
            for name in cell.split('`').skip(1).step_by(2) {
                assert!(tests.iter().any(|test| test == name), "{}: no test {name}", path.display());
            }
        }
    }
}

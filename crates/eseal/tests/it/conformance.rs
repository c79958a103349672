//! The tables under docs/conformance name tests that are there.

use std::fs;
use std::path::Path;

use crate::support::workspace;

fn names_of_tests(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names_of_tests(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let after_marks =
                text.split("#[test]").skip(1).filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
            names.extend(after_marks.map(|(name, _)| name.to_owned()));
        }
    }
}

#[test]
fn every_test_that_a_conformance_table_names_is_there() {
    let mut tests = Vec::new();
    names_of_tests(&workspace().join("crates"), &mut tests);
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

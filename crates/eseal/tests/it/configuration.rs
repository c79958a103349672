//! The configuration of a CA as the documentation and the test data write it.

use std::fs;

use eseal::cert::{CertError, LintRule, Profile, ProfileSet};

use crate::support::workspace;

#[test]
fn the_example_of_the_documentation_is_read() {
    let page = fs::read_to_string(workspace().join("docs/ca-configuration.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let set = ProfileSet::from_toml(rest.split_once("```").unwrap().0).unwrap();
    assert_eq!(set.find("clerk").unwrap().default_days(), 365);
    // The table of the standard profiles there is theirs.
    for profile in ProfileSet::standard().iter() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", profile.name()))).unwrap();
        assert!(row.ends_with(&format!("| {} |", profile.default_days())), "{row}");
        assert!(profile.key_usage().purposes().all(|purpose| row.contains(purpose.word())), "{row}");
    }
}

#[test]
fn the_configurations_of_the_test_data_are_read_and_refused_as_their_readme_says() {
    let read = |name: &str| {
        ProfileSet::from_toml(&fs::read_to_string(workspace().join("testdata/configuration").join(name)).unwrap())
    };
    let full = read("full.toml").unwrap();
    assert_eq!((full.iter().count(), full.services().shards()), (Profile::standard().len() + 1, 16));
    assert!(matches!(read("broken-rule.toml"), Err(CertError::ProfileRule { rule: LintRule::KeyUsageSign, .. })));
}

//! Certificates of an office: listed, put on hold, released and revoked.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::path::Path;

use office::{Ran, office, run};
use serde_json::Value;

/// Runs `eseal cert …` in the demo office.
fn cert(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, [&["cert"], arguments, &["--home", "demo/office"]].concat())
}

fn list(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let ran = cert(folder, &[&["list", "--json"], arguments].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(all["schema"], "eseal.cert-list/1");
    all["certificates"].as_array().unwrap().clone()
}

fn serial(record: &Value) -> &str {
    record["serial"].as_str().unwrap()
}

#[test]
fn the_list_has_the_shape_of_the_contract_and_its_filters_narrow_it() {
    let folder = office("cert-list");
    let all = list(&folder, &[]);
    assert!(all.len() > 5, "{}", all.len());
    for key in ["serial", "subject", "issuer", "profile", "status", "not_before", "not_after"] {
        assert!(all.iter().all(|record| record[key].is_string()), "{key}");
    }
    let people = list(&folder, &["--profile", "person"]);
    assert!(!people.is_empty() && people.len() < all.len());
    let revoked = list(&folder, &["--status", "revoked"]);
    assert!(!revoked.is_empty() && revoked.iter().all(|record| record["revocation"]["reason"].is_string()));
    assert_eq!(list(&folder, &["--limit", "2"]).len(), 2);
    assert_eq!(list(&folder, &["--subject", "nobody of this name"]).len(), 0);
    let soon = list(&folder, &["--expiring", "1d"]);
    let ever = list(&folder, &["--expiring", "100y"]);
    assert!(soon.len() < ever.len() && ever.iter().all(|record| record["status"] == "active"));
    // As of a time at which all of it is over.
    assert!(list(&folder, &["--at", "2100-01-01", "--status", "active"]).is_empty());

    let lines = cert(&folder, &["list", "--jsonl"]);
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), all.len() + 1);
    assert_eq!(lines[all.len()]["count"].as_u64(), Some(all.len() as u64));
    let text = cert(&folder, &["list"]);
    assert_eq!(text.stdout.lines().count(), all.len() + 1);
    assert!(text.stderr.contains(&format!("{} certificates", all.len())), "{}", text.stderr);
}

#[test]
fn a_certificate_is_held_released_and_revoked_and_never_twice() {
    let folder = office("cert-life");
    let person = &list(&folder, &["--profile", "person", "--status", "active"])[0];
    let serial = serial(person);
    let status = || list(&folder, &["--profile", "person"]).iter().find(|one| one["serial"] == serial).unwrap().clone();
    let refused = |arguments: &[&str], code: &str| {
        let ran = cert(&folder, arguments);
        assert_eq!(ran.code, Some(5), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(code), "{}", ran.stderr);
    };
    refused(&["release", serial], "registry-not-held");
    let held = cert(&folder, &["hold", serial, "--json"]);
    assert_eq!(held.code, Some(0), "{}", held.stderr);
    let held: Value = serde_json::from_str(&held.stdout).unwrap();
    assert_eq!(held["certificates"][0]["status"], "held");
    assert_eq!(held["certificates"][0]["revocation"]["reason"], "certificateHold");
    refused(&["hold", serial], "registry-already-held");
    assert_eq!(cert(&folder, &["release", serial]).code, Some(0));
    assert_eq!(status()["status"], "active");
    let revoked = cert(&folder, &["revoke", serial, "--reason", "keycompromise", "--invalid-since", "2020-01-01"]);
    assert_eq!(revoked.code, Some(0), "{}", revoked.stderr);
    assert!(revoked.stderr.contains("revoked") && revoked.stderr.contains(serial), "{}", revoked.stderr);
    assert_eq!(status()["revocation"]["reason"], "keyCompromise");
    refused(&["revoke", serial], "registry-already-revoked");
    refused(&["hold", serial], "registry-already-revoked");
    let unknown = cert(&folder, &["revoke", "0badcafe"]);
    assert_eq!(unknown.code, Some(6));
    assert!(unknown.stderr.contains("registry-unknown-certificate"));
    let reason = cert(&folder, &["revoke", serial, "--reason", "certificateHold"]);
    assert!(reason.code == Some(2) && reason.stderr.contains("usage-value"), "{}", reason.stderr);
}

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

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];

#[test]
fn a_holder_gets_a_pair_has_it_renewed_and_then_a_new_one() {
    let folder = office("cert-pair");
    std::fs::write(folder.join("pin.txt"), "fake-holder-4711-pin\n").unwrap();
    let done = |arguments: &[&str]| {
        let ran = run(&folder, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran
    };
    let office = |arguments: &[&str]| done(&[arguments, &KEY].concat());
    let pin = ["--pin-from", "file:pin.txt"];
    let request = |out: &str| {
        done(
            &[&["request", "new", "--token", "user.token", "--subject", "CN=示例用户,C=CN", "-o", out], &pin[..]]
                .concat(),
        );
    };
    let install = |response: &str| done(&[&["token", "install", "user.token", response], &pin[..]].concat());
    done(&[&["token", "new", "user.token", "--level", "file"], &pin[..]].concat());
    request("user.req");
    let issue = ["cert", "issue", "user.req", "--profile", "person", "--pair", "--days", "60", "--order", "P-1"];
    let first = office(&[&issue[..], &["-o", "user.resp", "--json"]].concat());
    let issued: Value = serde_json::from_str(&first.stdout).unwrap();
    let serials: Vec<_> =
        issued["certificates"][0]["serials"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert_eq!((issued["schema"].as_str(), serials.len()), (Some("eseal.cert-issue/1"), 2));
    let again = office(&[&issue[..], &["-o", "again.resp"]].concat());
    assert!(again.stderr.contains("Issued before"), "{}", again.stderr);
    let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(bytes("user.resp"), bytes("again.resp"));
    install("user.resp");

    // By the request that the key signed, and by the number of the encryption certificate: it is one renewal.
    office(&["cert", "renew", "user.req", "-o", "renewed.resp"]);
    office(&["cert", "renew", serials[1], "-o", "renewed-again.resp"]);
    assert_eq!(bytes("renewed.resp"), bytes("renewed-again.resp"));
    // Or by a file with the old one.
    office(&["cert", "renew", "user.resp", "-o", "renewed-by-file.resp"]);
    assert_eq!(bytes("renewed.resp"), bytes("renewed-by-file.resp"));
    install("renewed.resp");
    // Asked again, the answer is the same; the successor itself is not due.
    office(&["cert", "renew", "user.req", "-o", "asked-again.resp"]);
    assert_eq!(bytes("renewed.resp"), bytes("asked-again.resp"));
    let early = run(&folder, [&["cert", "renew", "renewed.resp", "-o", "early.resp"], &KEY[..]].concat());
    assert!(early.code == Some(5) && early.stderr.contains("renewal-too-early"), "{}", early.stderr);

    let old =
        run(&folder, [&["cert", "rekey", "user.req", "--replaces", serials[0], "-o", "x.resp"], &KEY[..]].concat());
    assert!(old.code == Some(5) && old.stderr.contains("authority-key-unchanged"), "{}", old.stderr);
    request("new.req");
    office(&["cert", "rekey", "new.req", "--replaces", serials[0], "--revoke", "-o", "new.resp"]);
    install("new.resp");
    let shown: Value = serde_json::from_str(&cert(&folder, &["show", serials[1], "--json"]).stdout).unwrap();
    assert_eq!(shown["record"]["status"], "revoked");
    assert_eq!(shown["record"]["revocation"]["reason"], "superseded");
    assert_eq!(shown["record"]["partner"], serials[0]);
    assert_eq!(shown["certificates"].as_array().unwrap().len(), 1);
    let text = cert(&folder, &["show", serials[0]]);
    assert!(text.stdout.contains("Other of the pair") && text.stdout.contains("P-1"), "{}", text.stdout);
    let held = cert(&folder, &["hold", "new.resp"]);
    assert_eq!((held.code, held.stderr.matches("Now on hold").count()), (Some(0), 2), "{}", held.stderr);
    done(&["ca", "export", "--chain", "-o", "chain.pem", "--home", "demo/office"]);
    for (file, code) in [("chain.pem", "cert-file-of-several"), ("pin.txt", "cert-unknown-format")] {
        let refused = cert(&folder, &["revoke", file]);
        assert!(refused.code == Some(6) && refused.stderr.contains(code), "{file}: {}", refused.stderr);
    }
    let somebody =
        run(&folder, ["cert", "issue", "user.req", "--profile", "person", "-o", "-", "--home", "demo/office"]);
    assert_eq!(somebody.code, Some(5), "no PIN, no certificate");
}

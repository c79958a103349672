//! Revocation lists of an office: whole, delta, and one for every distribution point.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::Path;

use office::{Ran, office, run};
use serde_json::Value;

/// Runs `eseal …` in the demo office, with the PIN of its keys.
fn in_office(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, [arguments, &["--home", "demo/office"]].concat())
}

fn build(folder: &Path, arguments: &[&str]) -> Value {
    let pin = ["--key-pin-from", "file:demo/tokens/office.pin", "--json"];
    let ran = in_office(folder, &[&["crl", "build"], arguments, &pin[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let built: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(built["schema"], "eseal.crl-build/1");
    built["lists"].clone()
}

fn refused(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let pin = ["--key-pin-from", "file:demo/tokens/office.pin"];
    let ran = in_office(folder, &[&["crl", "build"], arguments, &pin[..]].concat());
    let code = ran.stderr.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(code, _)| code.to_owned());
    (ran.code, code.unwrap_or_default())
}

fn serial_of(folder: &Path, certificate: &str) -> String {
    let shown = run(folder, ["cert", "show", certificate, "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    shown["certificates"][0]["serial"].as_str().unwrap().to_owned()
}

/// Judges a certificate by these lists and gives the exit and what is said about its revocation.
fn verify(folder: &Path, certificate: &str, lists: &[&str]) -> (Option<i32>, String) {
    let mut arguments = vec!["cert", "verify", certificate, "--trust", "demo/trust", "--crl", "demo/trust/root.crl"];
    lists.iter().for_each(|list| arguments.extend(["--crl", *list]));
    let ran = run(folder, [&arguments[..], &["--json"]].concat());
    let all: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    (ran.code, all["certificates"][0]["findings"][3]["code"].as_str().unwrap().to_owned())
}

#[test]
fn a_delta_list_tells_what_changed_since_its_base_and_nothing_without_it() {
    let folder = office("crl-delta");
    let full = build(&folder, &["-o", "full.crl"]);
    let number = full[0]["number"].as_str().unwrap();
    assert_eq!((&full[0]["base"], &full[0]["point"]), (&Value::Null, &Value::Null));
    let person = "demo/tokens/person.pem";
    let serial = serial_of(&folder, person);
    let hold = in_office(&folder, &["cert", "hold", &serial]);
    assert_eq!(hold.code, Some(0), "{}", hold.stderr);
    let delta = build(&folder, &["--delta-from", number, "--der", "-o", "delta.crl"]);
    assert_eq!(delta[0]["base"].as_str(), Some(number));
    assert_eq!(fs::read(folder.join("delta.crl")).unwrap()[0], 0x30);
    assert_eq!(verify(&folder, person, &["full.crl"]), (Some(0), "ok".into()));
    assert_eq!(verify(&folder, person, &["full.crl", "delta.crl"]), (Some(1), "on-hold".into()));
    let other = "demo/tokens/organization.pem";
    assert_eq!(verify(&folder, other, &["full.crl", "delta.crl"]), (Some(0), "ok".into()));
    assert_eq!(verify(&folder, other, &["delta.crl"]), (Some(3), "crl-delta-alone".into()));

    let release = in_office(&folder, &["cert", "release", &serial]);
    assert_eq!(release.code, Some(0), "{}", release.stderr);
    build(&folder, &["--delta-from", number, "-o", "later.crl"]);
    assert_eq!(verify(&folder, person, &["full.crl", "later.crl"]), (Some(0), "ok".into()));
    let shown = run(&folder, ["crl", "show", "later.crl"]);
    assert!(shown.stdout.contains("Delta upon"), "{}", shown.stdout);

    // Upon a list that is not there, or is no full list.
    assert_eq!(refused(&folder, &["--delta-from", "999", "-o", "x.crl"]).1, "registry-unknown-list");
    let of_delta = delta[0]["number"].as_str().unwrap();
    assert_eq!(refused(&folder, &["--delta-from", of_delta, "-o", "x.crl"]).1, "registry-unknown-list");
    assert!(!folder.join("x.crl").exists());
}

#[test]
fn every_distribution_point_gets_its_list_and_each_certificate_is_judged_by_its_own() {
    let folder = office("crl-points");
    let out = ["--all-points", "--out-dir", "points"];
    assert_eq!(refused(&folder, &out), (Some(6), "crl-no-points".into()));
    let services = "[services]\ncrl = \"http://crl.example.cn/{shard}.crl\"\nshards = 3\n";
    fs::write(folder.join("demo/office/ca.toml"), services).unwrap();
    let pin = ["--pin-from", "file:demo/tokens/person.pin"];
    let request =
        ["request", "new", "--token", "demo/tokens/person.token", "--subject", "CN=示例甲,C=CN", "-o", "a.req"];
    let made = run(&folder, [&request[..], &pin].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let issue = ["cert", "issue", "a.req", "--profile", "person", "-o", "a.pem"];
    let key = ["--key-pin-from", "file:demo/tokens/office.pin"];
    let issued = in_office(&folder, &[&issue[..], &key].concat());
    assert_eq!(issued.code, Some(0), "{}", issued.stderr);

    let lists = build(&folder, &out);
    let points: Vec<_> = lists.as_array().unwrap().iter().map(|list| list["point"].as_str().unwrap()).collect();
    assert_eq!(points, [0, 1, 2].map(|shard| format!("http://crl.example.cn/{shard}.crl")));
    let serial = serial_of(&folder, "a.pem");
    let own = (0..3).map(|shard| format!("points/{shard}.crl"));
    let outcomes: Vec<_> = own.map(|list| verify(&folder, "a.pem", &[&list]).1).collect();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "ok").count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "crl-other-part").count(), 2, "{outcomes:?}");
    assert_eq!(verify(&folder, "a.pem", &["points"]), (Some(0), "ok".into()));

    let revoke = in_office(&folder, &["cert", "revoke", &serial, "--reason", "superseded"]);
    assert_eq!(revoke.code, Some(0), "{}", revoke.stderr);
    assert_eq!(refused(&folder, &out).1, "output-exists");
    let again = build(&folder, &[&out[..], &["--force"]].concat());
    let counts: Vec<_> = again.as_array().unwrap().iter().map(|list| list["entries"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 1, "{counts:?}");
    assert_eq!(verify(&folder, "a.pem", &["points"]), (Some(1), "revoked".into()));
    // One of them alone, and a delta upon it.
    let own = outcomes.iter().position(|outcome| outcome == "ok").unwrap();
    let one = build(&folder, &["--point", points[own], "-o", "one.crl"]);
    assert_eq!(one[0]["entries"], 1);
    let delta = build(&folder, &["--delta-from", one[0]["number"].as_str().unwrap(), "-o", "delta.crl"]);
    assert_eq!(delta[0]["point"].as_str(), Some(points[own]));
}

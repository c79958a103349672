//! Certificates judged by the command: chain, period, usage, revocation.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use office::{office, run};
use serde_json::Value;

#[test]
fn certificates_are_judged_for_their_purpose_by_lists_and_time_and_the_worst_counts() {
    let folder = office("cert-verify");
    let verify = |arguments: &[&str]| run(&folder, [&["cert", "verify", "--trust", "demo/trust"], arguments].concat());
    let judged = |arguments: &[&str]| -> (Option<i32>, Value) {
        let ran = verify(&[arguments, &["--json"]].concat());
        (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr)))
    };
    let lists = ["--crl", "demo/trust"];
    let (code, all) = judged(&[&["demo/tokens/person.pem", "demo/trust/issuing.pem"], &lists[..]].concat());
    assert_eq!((code, &all["schema"], &all["verdict"]), (Some(0), &"eseal.cert-verify/1".into(), &"valid".into()));
    let [person, issuing] = all["certificates"].as_array().unwrap().as_slice() else { panic!("{all}") };
    assert_eq!((&person["purpose"], &issuing["purpose"]), (&"seal".into(), &"ca".into()));
    assert_eq!(person["chain"].as_array().unwrap().len(), 3);
    let checks: Vec<_> = person["findings"].as_array().unwrap().iter().map(|finding| &finding["check"]).collect();
    assert_eq!(checks, ["chain", "period", "usage", "revocation"]);

    let finding = |arguments: &[&str], check: &str| {
        let (code, all) = judged(arguments);
        let findings = all["certificates"][0]["findings"].as_array().unwrap().clone();
        let found = findings.into_iter().find(|finding| finding["check"] == check).unwrap();
        (code, found["outcome"].as_str().unwrap().to_owned(), found["code"].as_str().unwrap().to_owned())
    };
    let of = |code, outcome: &str, word: &str| (Some(code), outcome.to_owned(), word.to_owned());
    let departed = ["demo/tokens/departed.pem", lists[0], lists[1]];
    assert_eq!(finding(&departed, "revocation"), of(1, "fail", "revoked"));
    let person = "demo/tokens/person.pem";
    assert_eq!(finding(&[person], "revocation"), of(3, "unknown", "revocation-unknown"));
    assert_eq!(finding(&[person, "--revocation", "if-available"], "revocation"), of(0, "note", "revocation-unknown"));
    assert_eq!(finding(&[person, "--revocation", "none"], "revocation"), of(0, "note", "revocation-not-asked"));
    let late = [person, "--revocation", "none", "--at", "2100-01-01"];
    assert_eq!(finding(&late, "period"), of(1, "fail", "cert-expired"));
    let stamps = [person, "--revocation", "none", "--purpose", "tsa"];
    assert_eq!(finding(&stamps, "usage"), of(1, "fail", "usage-not-timestamping"));

    let several = verify(&[person, "demo/tokens/departed.pem", "missing.pem", lists[0], lists[1]]);
    assert_eq!(several.code, Some(1));
    assert!(several.stdout.contains("✗ revocation: revoked [revoked]") && several.stderr.contains("missing.pem"));
    let lines = verify(&[person, "missing.pem", lists[0], lists[1], "--jsonl"]);
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[2]["kind"], &lines[2]["exit"]), (&"summary".into(), &6.into()));
    assert_eq!(lines[1]["error"]["code"], "input-unreadable");

    // Without trust nothing passes; with only the root the issuing authority may be given apart.
    let apart = ["demo/tokens/person.pem", "--intermediate", "demo/trust/issuing.pem", "--crl", "demo/trust"];
    let apart = run(&folder, [&["cert", "verify", "--trust", "demo/trust/root.pem"], &apart[..]].concat());
    assert_eq!(apart.code, Some(0), "{}{}", apart.stdout, apart.stderr);
    let untrusted = run(&folder, ["cert", "verify", "demo/tokens/person.pem", "--crl", "demo/trust"]);
    assert_eq!(untrusted.code, Some(3));
}

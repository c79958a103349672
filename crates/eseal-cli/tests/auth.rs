//! Logging in to a service by the key of a certificate: challenge, answer, and everything that must not pass.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::Path;

use office::{Ran, office, run};
use serde_json::Value;

const SERVICE: &str = "https://service.example";
const TRUSTED: [&str; 4] = ["--trust", "demo/trust", "--crl", "demo/trust"];

fn challenge(folder: &Path, out: &str) {
    let ran = run(folder, ["auth", "challenge", "--audience", SERVICE, "-o", out]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn respond(folder: &Path, challenge: &str, audience: &str, who: &str, out: &str) -> Ran {
    let (token, pin) = (format!("demo/tokens/{who}.token"), format!("file:demo/tokens/{who}.pin"));
    let arguments = ["auth", "respond", challenge, "--audience", audience, "-o", out, "--token", &token];
    run(folder, arguments.iter().chain(&["--home", "demo/office", "--pin-from", &pin]))
}

fn verify(folder: &Path, challenge: &str, proof: &str, more: &[&str]) -> Ran {
    let arguments = ["auth", "verify", challenge, proof, "--audience", SERVICE];
    run(folder, arguments.iter().chain(&TRUSTED).chain(more))
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn who_answers_the_challenge_logs_in_once() {
    let folder = office("auth-once");
    challenge(&folder, "c.pem");
    let ran = respond(&folder, "c.pem", SERVICE, "person", "r.p7s");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = verify(&folder, "c.pem", "r.p7s", &["--used", "used", "--json"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let report = json(&ran);
    assert_eq!((report["schema"].as_str(), report["verdict"].as_str()), (Some("eseal.auth-verify/1"), Some("valid")));
    assert!(report["signer"]["subject"].as_str().unwrap().contains("示例用户"), "{report}");
    assert_eq!((&report["one_use"], report["findings"].as_array().unwrap().len()), (&Value::Bool(true), 4));
    // The same answer again, and another answer to the same challenge.
    let again = verify(&folder, "c.pem", "r.p7s", &["--used", "used"]);
    assert!(again.code == Some(5) && again.stderr.contains("auth-used"), "{}", again.stderr);
    assert_eq!(respond(&folder, "c.pem", SERVICE, "organization", "other.p7s").code, Some(0));
    assert_eq!(verify(&folder, "c.pem", "other.p7s", &["--used", "used"]).code, Some(5));
    // Without a folder that remembers, that is said.
    let ran = verify(&folder, "c.pem", "other.p7s", &[]);
    assert!(ran.code == Some(0) && ran.stderr.contains("--used"), "{}", ran.stderr);
    assert!(ran.stdout.contains("示例市数据局"), "{}", ran.stdout);
}

#[test]
fn an_answer_that_did_not_log_in_leaves_the_challenge_open() {
    let folder = office("auth-open");
    challenge(&folder, "c.pem");
    assert_eq!(respond(&folder, "c.pem", SERVICE, "departed", "bad.p7s").code, Some(0));
    let ran = verify(&folder, "c.pem", "bad.p7s", &["--used", "used", "--json"]);
    assert_eq!((ran.code, json(&ran)["code"].as_str()), (Some(1), Some("revoked")), "{}", ran.stdout);
    assert_eq!(respond(&folder, "c.pem", SERVICE, "person", "good.p7s").code, Some(0));
    assert_eq!(verify(&folder, "c.pem", "good.p7s", &["--used", "used"]).code, Some(0));
}

#[test]
fn nothing_is_signed_for_another_audience_and_no_pin_is_asked_for() {
    let folder = office("auth-audience");
    challenge(&folder, "c.pem");
    let arguments = ["auth", "respond", "c.pem", "--audience", "https://thief.example", "-o", "r.p7s"];
    let ran = run(&folder, arguments.iter().chain(&["--token", "demo/tokens/person.token"]));
    assert!(ran.code == Some(5) && ran.stderr.contains("error[auth-audience-differs]"), "{}", ran.stderr);
    assert!(!folder.join("r.p7s").exists());
    // And a service does not take what was answered for another.
    assert_eq!(respond(&folder, "c.pem", SERVICE, "person", "r.p7s").code, Some(0));
    let arguments = ["auth", "verify", "c.pem", "r.p7s", "--audience", "https://thief.example", "--json"];
    let ran = run(&folder, arguments.iter().chain(&TRUSTED));
    assert_eq!((ran.code, json(&ran)["code"].as_str()), (Some(1), Some("auth-audience-differs")), "{}", ran.stdout);
}

#[test]
fn other_challenges_files_and_times_do_not_log_in() {
    let folder = office("auth-other");
    challenge(&folder, "c.pem");
    challenge(&folder, "d.pem");
    assert_eq!(respond(&folder, "c.pem", SERVICE, "person", "r.p7s").code, Some(0));
    let code = |ran: &Ran| (ran.code, json(ran)["code"].as_str().map(str::to_owned));
    let invalid = |code: &str| (Some(1), Some(code.to_owned()));
    assert_eq!(code(&verify(&folder, "d.pem", "r.p7s", &["--json"])), invalid("auth-challenge-differs"));
    let late = ["--json", "--at", "2099-01-01T00:00:00Z"];
    assert_eq!(code(&verify(&folder, "c.pem", "r.p7s", &late)), invalid("auth-expired"));
    let early = ["--json", "--at", "2020-01-01T00:00:00Z"];
    assert_eq!(code(&verify(&folder, "c.pem", "r.p7s", &early)), invalid("auth-clock"));
    // A file that the holder signed is no answer, not even when it is the answer's own content.
    fs::write(folder.join("note.txt"), "a note\n").unwrap();
    let sign = ["sign", "note.txt", "-o", "note.p7s", "--attached", "--token", "demo/tokens/person.token"];
    let ran = run(&folder, sign.iter().chain(&["--home", "demo/office", "--pin-from", "file:demo/tokens/person.pin"]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(code(&verify(&folder, "c.pem", "note.p7s", &["--json"])), invalid("auth-not-a-proof"));
    let ran = verify(&folder, "c.pem", "note.txt", &[]);
    assert!(ran.code == Some(6) && ran.stderr.contains("error[auth-malformed]"), "{}", ran.stderr);
    let ran = verify(&folder, "r.p7s", "r.p7s", &[]);
    assert!(ran.code == Some(6) && ran.stderr.contains("error[auth-malformed]"), "{}", ran.stderr);
}

#[test]
fn without_trust_or_revocation_lists_nobody_is_logged_in() {
    let folder = office("auth-trust");
    challenge(&folder, "c.pem");
    assert_eq!(respond(&folder, "c.pem", SERVICE, "person", "r.p7s").code, Some(0));
    let plain = ["auth", "verify", "c.pem", "r.p7s", "--audience", SERVICE, "--json"];
    let ran = run(&folder, plain);
    assert_eq!((ran.code, json(&ran)["code"].as_str()), (Some(3), Some("chain-no-trust")));
    let ran = run(&folder, plain.iter().chain(&TRUSTED[..2]));
    assert_eq!((ran.code, json(&ran)["code"].as_str()), (Some(3), Some("revocation-unknown")));
    assert_eq!(json(&ran)["verdict"], "indeterminate");
    let ran = run(&folder, plain.iter().chain(&TRUSTED[..2]).chain(&["--revocation", "if-available"]));
    assert_eq!((ran.code, json(&ran)["verdict"].as_str()), (Some(0), Some("valid")));
}

#[test]
fn a_challenge_says_whom_and_how_long_it_is_for() {
    let folder = office("auth-challenge");
    let ran = run(&folder, ["auth", "challenge", "--audience", SERVICE, "--life", "60", "-o", "c.pem", "--json"]);
    let told = json(&ran);
    assert_eq!((told["schema"].as_str(), told["audience"].as_str()), (Some("eseal.auth-challenge/1"), Some(SERVICE)));
    let there = run(&folder, ["auth", "challenge", "--audience", SERVICE, "-o", "c.pem"]);
    assert!(there.code == Some(5) && there.stderr.contains("output-exists"), "{}", there.stderr);
    for (audience, life, code) in [("", "60", "auth-bad-audience"), ("示例", "60", "auth-bad-audience")] {
        let ran = run(&folder, ["auth", "challenge", "--audience", audience, "--life", life, "-o", "x.pem"]);
        assert!(ran.code == Some(2) && ran.stderr.contains(code), "{}", ran.stderr);
    }
    let ran = run(&folder, ["auth", "challenge", "--audience", SERVICE, "--life", "86400", "-o", "x.pem"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("auth-bad-life"), "{}", ran.stderr);
}

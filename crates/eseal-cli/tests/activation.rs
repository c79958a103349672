//! From an application to its certificate, by reference number and authorisation code; and a loss reported by passphrase.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use office::{Ran, eseal, office};
use serde_json::Value;

// That of the demo office's person, whose token takes certificates of one holder alone.
const SUBJECT: &str = "CN=示例用户,O=示例市数据局,C=CN";
const KEY_PIN: [&str; 2] = ["--key-pin-from", "file:demo/tokens/office.pin"];

/// Runs `eseal` at the authority, as one of its people.
fn as_officer(folder: &Path, who: &str, arguments: &[&str]) -> Ran {
    let mut command = eseal(folder);
    command.args(arguments).args(["--home", "demo/office"]).env("USER", who);
    command.output().unwrap().into()
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn done(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran.stdout.trim().to_owned()
}

fn refused(ran: &Ran, code: &str) {
    assert_eq!(ran.code, Some(5), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.starts_with(&format!("error[{code}]")), "{}", ran.stderr);
}

fn apply(folder: &Path) -> String {
    let arguments = ["cert", "apply", "--subject", SUBJECT, "--profile", "person", "--pair", "--region", "350100"];
    done(&as_officer(folder, "first", &arguments))
}

/// An application that was approved: its reference number, and its code in a file of the same name.
fn approved(folder: &Path) -> String {
    let reference = apply(folder);
    done(&as_officer(folder, "second", &["cert", "approve", &reference, "--code-to", &format!("{reference}.txt")]));
    reference
}

/// The holder makes a request with the codes; a new key each time.
fn request(folder: &Path, reference: &str, code_of: &str, out: &str) -> Ran {
    fs::write(folder.join("words.txt"), "丢失时报这一句话\n").unwrap();
    let code = format!("file:{code_of}.txt");
    let mut arguments = vec!["request", "new", "--token", "demo/tokens/person.token"];
    arguments.extend(["--pin-from", "file:demo/tokens/person.pin", "--subject", SUBJECT, "-o", out]);
    arguments.extend(["--reference", reference, "--code-from", &code]);
    arguments.extend(["--revocation-passphrase-from", "file:words.txt"]);
    holder(folder, &arguments)
}

/// Runs `eseal` where the demo office keeps the holders' tokens: bound to its device.
fn holder(folder: &Path, arguments: &[&str]) -> Ran {
    eseal(folder).args(arguments).args(["--home", "demo/office"]).output().unwrap().into()
}

fn issue(folder: &Path, request: &str, more: &[&str]) -> Ran {
    as_officer(folder, "issuing", &[&["cert", "issue", request], more, &KEY_PIN[..]].concat())
}

#[test]
fn an_application_leads_to_a_pair_in_the_token_and_the_same_codes_give_the_same_answer() {
    let folder = office("activation");
    let reference = apply(&folder);
    assert!(reference.len() == 10 && reference.bytes().all(|byte| byte.is_ascii_digit()), "{reference}");
    refused(&as_officer(&folder, "first", &["cert", "approve", &reference]), "application-self-approved");
    let approval = json(&as_officer(&folder, "second", &["cert", "approve", &reference, "--json"]));
    assert_eq!(
        (approval["schema"].as_str(), approval["state"].as_str()),
        (Some("eseal.cert-approve/1"), Some("approved"))
    );
    fs::write(folder.join(format!("{reference}.txt")), approval["code"].as_str().unwrap()).unwrap();

    done(&request(&folder, &reference, &reference, "user.req"));
    let shown = json(&as_officer(&folder, "issuing", &["request", "show", "user.req", "--json"]));
    assert_eq!(shown["activation"]["reference"], *reference);
    assert_eq!(shown["activation"]["passphrase"], true);
    let issued = json(&issue(&folder, "user.req", &["-o", "user.resp", "--json"]));
    assert_eq!(issued["certificates"][0]["outcome"], "issued");
    // The answer was lost on its way.
    let again = json(&issue(&folder, "user.req", &["-o", "again.resp", "--json"]));
    assert_eq!(again["certificates"][0]["outcome"], "already");
    assert_eq!(fs::read(folder.join("user.resp")).unwrap(), fs::read(folder.join("again.resp")).unwrap());
    let installed = ["token", "install", "demo/tokens/person.token", "user.resp"];
    done(&holder(&folder, &[&installed[..], &["--pin-from", "file:demo/tokens/person.pin"]].concat()));

    let listed = json(&as_officer(&folder, "first", &["cert", "applications", &reference, "--json"]));
    let one = &listed["applications"][0];
    assert_eq!((one["state"].as_str(), one["subject"].as_str()), (Some("answered"), Some(SUBJECT)));
    assert_eq!(one["filed"]["by"], "eseal (first)");
    assert_eq!(one["decided"]["by"], "eseal (second)");
    let serial = issued["certificates"][0]["serials"][0].as_str().unwrap();
    let record = json(&as_officer(&folder, "first", &["cert", "show", serial, "--json"]));
    assert_eq!(record["record"]["order"], format!("application:{reference}"));
    assert_eq!(record["record"]["region"], "350100");
    assert_eq!(as_officer(&folder, "auditor", &["audit", "verify"]).code, Some(0));
}

#[test]
fn wrong_codes_close_an_application_and_are_in_the_audit_log() {
    let folder = office("activation-codes");
    let (first, second) = (approved(&folder), approved(&folder));
    done(&request(&folder, &first, &second, "crossed.req"));
    for left in (0..5).rev() {
        let ran = issue(&folder, "crossed.req", &["-o", "x.resp"]);
        refused(&ran, "application-wrong-code");
        assert!(ran.stderr.contains(&format!("{left} tries left")), "{}", ran.stderr);
    }
    refused(&issue(&folder, "crossed.req", &["-o", "x.resp"]), "application-closed");
    done(&request(&folder, &first, &first, "right.req"));
    refused(&issue(&folder, "right.req", &["-o", "x.resp"]), "application-closed");
    assert!(!folder.join("x.resp").exists());
    let subject = format!("application:{first}");
    let log = json(&as_officer(&folder, "auditor", &["audit", "list", "--subject", &subject, "--json"]));
    let wrong = log["entries"].as_array().unwrap().iter().filter(|entry| entry["act"] == "application-refused");
    assert_eq!(wrong.count(), 5);
    let closed = json(&as_officer(&folder, "first", &["cert", "applications", "--state", "closed", "--json"]));
    assert_eq!(closed["applications"].as_array().unwrap().len(), 1);

    // The other one is untouched; its codes are good for one key.
    done(&request(&folder, &second, &second, "user.req"));
    assert_eq!(issue(&folder, "user.req", &["-o", "user.resp"]).code, Some(0));
    done(&request(&folder, &second, &second, "other.req"));
    refused(&issue(&folder, "other.req", &["-o", "x.resp"]), "application-other-key");
}

#[test]
fn what_was_approved_cannot_be_talked_over_and_a_refusal_is_final() {
    let folder = office("activation-rules");
    let reference = approved(&folder);
    done(&request(&folder, &reference, &reference, "user.req"));
    for more in [&["--profile", "organization"][..], &["--days", "9000"], &["--pair"], &["--order", "x"]] {
        let ran = issue(&folder, "user.req", &[&["-o", "x.resp"], more].concat());
        refused(&ran, "application-rules");
    }
    let bulk = issue(&folder, "user.req", &["--profile", "person", "--out-dir", "out"]);
    assert_eq!(bulk.code, Some(1), "{}", bulk.stderr);
    assert!(bulk.stderr.contains("application-rules"), "{}", bulk.stderr);

    let other = apply(&folder);
    done(&as_officer(&folder, "second", &["cert", "refuse", &other, "--reason", "材料不全"]));
    refused(&as_officer(&folder, "second", &["cert", "approve", &other]), "application-refused");
    let listed = as_officer(&folder, "first", &["cert", "applications"]);
    assert!(listed.stdout.contains("材料不全") && listed.stderr.contains("2 applications"), "{}", listed.stderr);
    let unknown = as_officer(&folder, "second", &["cert", "approve", "0000000000"]);
    assert_eq!(unknown.code, Some(6));

    // Alone, if there is nobody else, and the log says so.
    let alone = apply(&folder);
    done(&as_officer(&folder, "first", &["cert", "approve", &alone, "--alone"]));
    let log = as_officer(&folder, "auditor", &["audit", "list", "--subject", &format!("application:{alone}")]);
    assert!(log.stdout.contains("approved alone"), "{}", log.stdout);
}

#[test]
fn an_office_that_requires_activation_issues_to_no_other_request() {
    let folder = office("activation-required");
    let mut plain = vec!["request", "new", "--token", "demo/tokens/person.token", "-o", "plain.req"];
    plain.extend(["--pin-from", "file:demo/tokens/person.pin", "--subject", SUBJECT]);
    done(&holder(&folder, &plain));
    let without = issue(&folder, "plain.req", &["-o", "x.resp"]);
    assert_eq!(without.code, Some(2), "{}", without.stderr);
    fs::write(folder.join("demo/office/ca.toml"), "[activation]\nrequired = true\n").unwrap();
    refused(&issue(&folder, "plain.req", &["--profile", "person", "-o", "x.resp"]), "activation-required");
    let bulk = issue(&folder, "plain.req", &["--profile", "person", "--out-dir", "out"]);
    assert_eq!(bulk.code, Some(1));
    let reference = approved(&folder);
    done(&request(&folder, &reference, &reference, "user.req"));
    assert_eq!(issue(&folder, "user.req", &["-o", "user.resp"]).code, Some(0));
}

#[test]
fn a_loss_is_reported_by_passphrase_and_not_by_guessing() {
    let folder = office("activation-loss");
    let reference = approved(&folder);
    done(&request(&folder, &reference, &reference, "user.req"));
    assert_eq!(issue(&folder, "user.req", &["-o", "user.resp"]).code, Some(0));
    fs::write(folder.join("wrong.txt"), "不是这一句话的口令\n").unwrap();
    let hold = |words: &str| {
        as_officer(&folder, "desk", &["cert", "hold", "user.resp", "--passphrase-from", &format!("file:{words}")])
    };
    for _ in 0..4 {
        refused(&hold("wrong.txt"), "passphrase-wrong");
    }
    let held = hold("words.txt");
    assert_eq!(held.code, Some(0), "{}", held.stderr);
    assert_eq!(held.stderr.lines().count(), 2);
    done(&as_officer(&folder, "desk", &["cert", "release", "user.resp"]));
    for _ in 0..5 {
        refused(&hold("wrong.txt"), "passphrase-wrong");
    }
    refused(&hold("words.txt"), "passphrase-blocked");
    // A certificate that was issued without one.
    let none = ["cert", "hold", "demo/tokens/person.pem", "--passphrase-from", "file:words.txt"];
    refused(&as_officer(&folder, "desk", &none), "passphrase-none");
    assert_eq!(as_officer(&folder, "auditor", &["audit", "verify"]).code, Some(0));
}

#[test]
fn a_code_or_passphrase_that_is_none_makes_no_key() {
    let folder = office("activation-secrets");
    let reference = approved(&folder);
    let before = fs::read(folder.join("demo/tokens/person.token")).unwrap();
    fs::write(folder.join("no.txt"), "1234-5678\n").unwrap();
    refused(&request(&folder, &reference, "no", "x.req"), "activation-code");
    let code = format!("file:{reference}.txt");
    let mut short = vec!["request", "new", "--token", "demo/tokens/person.token", "-o", "x.req", "--subject", SUBJECT];
    short.extend(["--pin-from", "file:demo/tokens/person.pin", "--reference", &reference, "--code-from", &code]);
    fs::write(folder.join("short.txt"), "short\n").unwrap();
    refused(
        &holder(&folder, &[&short[..], &["--revocation-passphrase-from", "file:short.txt"]].concat()),
        "passphrase-unfit",
    );
    assert_eq!(fs::read(folder.join("demo/tokens/person.token")).unwrap(), before);
    assert!(!folder.join("x.req").exists());
}

#[test]
fn of_two_processes_with_the_codes_of_one_application_one_key_wins_and_the_same_key_has_one_answer() {
    let folder = office("activation-race");
    let reference = approved(&folder);
    done(&request(&folder, &reference, &reference, "one.req"));
    done(&request(&folder, &reference, &reference, "two.req"));
    let race = |requests: [&str; 4]| -> Vec<Ran> {
        let begun: Vec<_> = requests
            .iter()
            .enumerate()
            .map(|(index, request)| {
                let mut command = eseal(&folder);
                command.args(["cert", "issue", request, "-o", &format!("{index}.resp"), "--home", "demo/office"]);
                command.args(KEY_PIN).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        begun.into_iter().map(|child| child.wait_with_output().unwrap().into()).collect()
    };
    let ran = race(["one.req", "two.req", "one.req", "two.req"]);
    let winners: Vec<usize> = (0..4).filter(|index| ran[*index].code == Some(0)).collect();
    assert!(winners == [0, 2] || winners == [1, 3], "{:?}", ran.iter().map(|ran| &ran.stderr).collect::<Vec<_>>());
    ran.iter().filter(|ran| ran.code != Some(0)).for_each(|ran| refused(ran, "application-other-key"));
    let answers: Vec<_> = winners.iter().map(|index| fs::read(folder.join(format!("{index}.resp"))).unwrap()).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(as_officer(&folder, "auditor", &["audit", "verify"]).code, Some(0));
}

#[test]
fn where_officers_register_one_of_them_signs_and_the_application_names_them() {
    let folder = office("activation-officers");
    for holder in ["organization", "person"] {
        let certificate = format!("demo/tokens/{holder}.pem");
        done(&as_officer(&folder, "first", &["officer", "appoint", &certificate, "--duty", "registration"]));
    }
    let (reference, other) = (apply(&folder), apply(&folder));
    for more in [&[][..], &["--alone"]] {
        let ran = as_officer(&folder, "second", &[&["cert", "approve", &reference], more].concat());
        refused(&ran, "authority-approvals-missing");
    }
    let sign = |holder: &str, reference: &str, out: &str| {
        let (token, pin) = (format!("demo/tokens/{holder}.token"), format!("file:demo/tokens/{holder}.pin"));
        let mut arguments = vec!["officer", "approve", "--application", reference, "-o", out];
        arguments.extend(["--token", &token, "--pin-from", &pin]);
        let ran = as_officer(&folder, "officer", &arguments);
        done(&ran);
        ran.stderr
    };
    // What is signed is shown.
    let shown = sign("organization", &other, "other.p7s");
    assert!(
        shown.contains(&other) && shown.contains(SUBJECT) && shown.contains("With encryption certificate"),
        "{shown}"
    );
    sign("person", &reference, "own.p7s");
    sign("organization", &reference, "good.p7s");
    let approve =
        |file: &str| as_officer(&folder, "first", &["cert", "approve", &reference, "--approval", file, "--json"]);
    refused(&approve("other.p7s"), "authority-approval-differs");
    refused(&approve("own.p7s"), "authority-officer-concerned");
    assert_eq!(approve("demo/tokens/person.pem").code, Some(6));
    // Whoever filed may bring the officer's word.
    let approved = json(&approve("good.p7s"));
    assert_eq!(approved["officers"].as_array().unwrap().len(), 1);
    assert!(approved["code"].is_string());
}

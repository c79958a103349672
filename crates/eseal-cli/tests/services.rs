//! What an office answers: whether certificates are revoked, and at what time something was there.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::Path;

use office::{Ran, office, run};
use serde_json::Value;

/// The office whose keys answer.
const OFFICE: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];
const TRUSTED: [&str; 4] = ["--trust", "demo/trust", "--crl", "demo/trust"];

fn done(folder: &Path, arguments: &[&str], more: &[&str]) -> Ran {
    let ran = run(folder, arguments.iter().chain(more));
    assert_eq!(ran.code, Some(0), "{arguments:?}\n{}{}", ran.stdout, ran.stderr);
    ran
}

fn json(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let ran = run(folder, arguments.iter().chain(&["--json"]));
    assert_eq!(ran.code, Some(code), "{}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn the_office_answers_how_certificates_stand() {
    let folder = office("services-ocsp");
    let issuing = ["--issuer", "demo/trust/issuing.pem"];
    let ask = ["ocsp", "request", "demo/tokens/organization.pem", "demo/tokens/departed.pem", "-o", "q.der"];
    done(&folder, &ask, &issuing);
    done(&folder, &["ocsp", "respond", "--request", "q.der", "-o", "r.der"], &OFFICE);
    let shown = json(&folder, &["ocsp", "show", "r.der", "--issuer", issuing[1], "--request", "q.der"], 0);
    assert_eq!((shown["schema"].as_str(), shown["kind"].as_str()), (Some("eseal.ocsp/1"), Some("response")));
    let states: Vec<_> = shown["answers"].as_array().unwrap().iter().map(|one| one["state"].as_str()).collect();
    assert_eq!(states, [Some("good"), Some("revoked")]);
    assert_eq!(shown["signature"]["valid"], true);

    // The wrong issuer, an old answer, and what is nothing at all.
    let foreign = run(&folder, ["ocsp", "show", "r.der", "--issuer", "demo/trust/root.pem"]);
    assert!(foreign.code == Some(1) && foreign.stderr.contains("ocsp-responder"), "{}", foreign.stderr);
    done(&folder, &["ocsp", "request", "demo/tokens/organization.pem", "-o", "again.der"], &issuing);
    let old = run(&folder, ["ocsp", "show", "r.der", "--request", "again.der"]);
    assert!(old.code == Some(5) && old.stderr.contains("ocsp-nonce"), "{}", old.stderr);
    let text = run(&folder, ["ocsp", "show", "demo/lab.json"]);
    assert!(text.code == Some(6) && text.stderr.contains("cert-malformed"), "{}", text.stderr);
    let other =
        run(&folder, ["ocsp", "request", "demo/tokens/person.pem", "--issuer", "demo/trust/root.pem", "-o", "x"]);
    assert!(other.code == Some(6) && other.stderr.contains("ocsp-foreign-certificate"), "{}", other.stderr);
    let mut refuse = vec!["ocsp", "respond", "--request", "demo/lab.json", "-o", "refused.der"];
    refuse.extend(OFFICE);
    assert_eq!(run(&folder, refuse).code, Some(5));
    let refused = json(&folder, &["ocsp", "show", "refused.der"], 0);
    assert_eq!(refused["status"], "malformed-request");

    // The root answers about the authority beneath it, named by SHA-1.
    let ask = ["ocsp", "request", issuing[1], "--issuer", "demo/trust/root.pem", "--hash", "sha1", "--no-nonce"];
    done(&folder, &ask, &["-o", "ca.der"]);
    done(&folder, &["ocsp", "respond", "--request", "ca.der", "-o", "car.der"], &OFFICE);
    let shown =
        json(&folder, &["ocsp", "show", "car.der", "--issuer", "demo/trust/root.pem", "--request", "ca.der"], 0);
    assert_eq!((shown["answers"][0]["state"].as_str(), shown["nonce"].is_null()), (Some("good"), true));
}

#[test]
fn a_responder_with_a_certificate_of_its_own_answers_without_the_authoritys_key() {
    let folder = office("services-responder");
    fs::write(folder.join("pin.txt"), "correct horse battery\n").unwrap();
    let pin = ["--pin-from", "file:pin.txt"];
    let home = ["--home", "demo/office"];
    done(&folder, &["token", "new", "r.token", "--pin-from", "file:pin.txt", "--level", "file"], &home);
    let subject = ["--subject", "CN=fake OCSP,O=示例市密码管理中心,C=CN"];
    done(&folder, &["request", "new", "--token", "r.token", "-o", "r.req", subject[0], subject[1]], &pin);
    done(&folder, &["cert", "issue", "r.req", "--profile", "ocsp", "-o", "r.resp"], &OFFICE);
    done(&folder, &["token", "install", "r.token", "r.resp"], &pin);
    let issuer = ["--issuer", "demo/trust/issuing.pem"];
    done(&folder, &["ocsp", "request", "demo/tokens/person.pem", "-o", "q.der"], &issuer);
    for named in ["name", "key-sha1", "key-sm3"] {
        let out = format!("{named}.der");
        let respond = ["ocsp", "respond", "--request", "q.der", "-o", &out, "--responder", "r.token"];
        done(&folder, &respond, &["--named", named, pin[0], pin[1], home[0], home[1]]);
        let shown = json(&folder, &["ocsp", "show", &out, "--issuer", issuer[1], "--request", "q.der"], 0);
        assert_eq!(shown["signature"]["by"], "CN=fake OCSP,O=示例市密码管理中心,C=CN");
        assert_eq!(shown["answers"][0]["state"], "good");
    }
    // A holder's certificate is not for this.
    let respond = ["ocsp", "respond", "--request", "q.der", "-o", "x.der", "--responder", "demo/tokens/person.token"];
    let ran = run(&folder, respond.iter().chain(&["--pin-from", "file:demo/tokens/person.pin"]).chain(&home));
    assert!(ran.code == Some(5) && ran.stderr.contains("ocsp-responder"), "{}", ran.stderr);
}

#[test]
fn the_office_stamps_times_with_growing_numbers_and_refuses_what_it_does_not_do() {
    let folder = office("services-tsa");
    let data = "demo/documents/notice.pdf";
    for number in ["01", "02"] {
        done(&folder, &["tsa", "request", data, "-o", "q.der", "--force"], &[]);
        done(&folder, &["tsa", "respond", "--request", "q.der", "-o", "r.der", "--force"], &OFFICE);
        let shown = json(&folder, &["tsa", "show", "r.der"], 0);
        assert_eq!(
            (shown["schema"].as_str(), shown["token"]["serial"].as_str()),
            (Some("eseal.timestamp/1"), Some(number))
        );
    }
    let mut verify = vec!["tsa", "verify", "r.der", "--data", data, "--request", "q.der"];
    verify.extend(TRUSTED);
    let report = json(&folder, &verify, 0);
    assert_eq!(
        (report["schema"].as_str(), report["verdict"].as_str()),
        (Some("eseal.timestamp-verify/1"), Some("valid"))
    );
    assert_eq!(report["time"]["proven"], report["time"]["stamped"]);
    let checks: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["timestamp", "signer-chain", "signer-period", "signer-usage", "signer-revocation"]);

    assert_eq!(json(&folder, &["tsa", "verify", "r.der", "--data", data], 3)["verdict"], "indeterminate");
    verify[4] = "demo/documents/report.pdf";
    let other = json(&folder, &verify[..5], 1);
    assert_eq!(other["findings"][0]["code"], "timestamp-other-imprint");
    // A year back nobody can have seen a stamp of today.
    let early = json(&folder, &["tsa", "verify", "r.der", "--data", data, "--at", "2020-01-01T00:00:00Z"], 1);
    assert_eq!(early["findings"][0]["code"], "timestamp-future");
    done(&folder, &["tsa", "request", data, "-o", "again.der"], &[]);
    let old = run(&folder, ["tsa", "verify", "r.der", "--request", "again.der"]);
    assert!(old.code == Some(5) && old.stderr.contains("timestamp-other-request"), "{}", old.stderr);

    for (more, rejection) in [(&["--policy", "1.2.3.4.5"][..], "unaccepted-policy"), (&[], "bad-data-format")] {
        let ask = if more.is_empty() { "demo/lab.json" } else { "policy.der" };
        if !more.is_empty() {
            done(&folder, &["tsa", "request", data, "-o", ask], more);
        }
        let respond = ["tsa", "respond", "--request", ask, "-o", "refused.der", "--force"];
        assert_eq!(run(&folder, respond.iter().chain(&OFFICE)).code, Some(5));
        assert_eq!(json(&folder, &["tsa", "show", "refused.der"], 0)["rejection"], rejection);
        let verify = run(&folder, ["tsa", "verify", "refused.der", "--data", data]);
        assert!(verify.code == Some(5) && verify.stderr.contains("timestamp-rejected"), "{}", verify.stderr);
    }
    done(
        &folder,
        &["tsa", "request", data, "-o", "own.der", "--policy", "1.2.3.4.5", "--no-nonce"],
        &["--no-certificates"],
    );
    done(&folder, &["tsa", "respond", "--request", "own.der", "-o", "own-r.der", "--policy", "1.2.3.4.5"], &OFFICE);
    let shown = json(&folder, &["tsa", "show", "own-r.der"], 0);
    assert_eq!(shown["token"]["certificates"].as_array().unwrap().len(), 0);
    let syntax = run(&folder, ["tsa", "request", data, "-o", "x.der", "--policy", "none"]);
    assert!(syntax.code == Some(2) && syntax.stderr.contains("timestamp-policy-syntax"), "{}", syntax.stderr);
}

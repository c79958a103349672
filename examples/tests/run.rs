//! The examples run one after another, and what they make is valid.
#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::{Command, Output};

const PLAIN_PDF: &[u8] = include_bytes!("plain.pdf");

fn run(program: &str, arguments: &[&Path]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

#[test]
fn the_examples_issue_make_stamp_and_verify() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str| folder.join(name);
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/eseal/src/lab/pictures/organization.png");
    std::fs::write(file("plain.pdf"), PLAIN_PDF).unwrap();
    let steps: [(&str, &[&Path]); 6] = [
        (env!("CARGO_BIN_EXE_issue"), &[folder]),
        (env!("CARGO_BIN_EXE_make_seal"), &[folder, &picture]),
        (env!("CARGO_BIN_EXE_stamp_pdf"), &[folder, &file("plain.pdf"), &file("once.pdf")]),
        (env!("CARGO_BIN_EXE_login_service"), &[folder]),
        (env!("CARGO_BIN_EXE_remote_signer"), &[folder, &file("once.pdf"), &file("twice.pdf")]),
        (env!("CARGO_BIN_EXE_verify"), &[folder, &file("twice.pdf")]),
    ];
    for (program, arguments) in steps {
        let output = run(program, arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
    }
    let unstamped = run(env!("CARGO_BIN_EXE_verify"), &[folder, &file("plain.pdf")]);
    assert!(!unstamped.status.success(), "a file without a stamp is not valid");
}

#[test]
fn the_service_answers_each_application_once_and_refuses_a_foreign_key() {
    use eseal::cert::{CertificateRequest, CertificateResponse, Name};
    use eseal::key::{SecretKey, SoftSigner};

    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(run(env!("CARGO_BIN_EXE_issue"), &[folder]).status.success());
    std::fs::create_dir(folder.join("inbox")).unwrap();
    let holder = SoftSigner::new(SecretKey::generate().unwrap());
    let request = |signer: &SoftSigner| CertificateRequest::new(&Name::parse("CN=示例用户").unwrap(), signer).unwrap();
    std::fs::write(folder.join("inbox/A-1.req"), request(&holder).to_pem()).unwrap();
    let serve = || {
        let output = run(env!("CARGO_BIN_EXE_issuing_service"), &[folder]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said
    };
    let answer = || std::fs::read(folder.join("outbox/A-1.resp")).unwrap();
    assert!(!serve().contains("again"));
    let first = answer();
    assert!(CertificateResponse::from_bytes(&first).unwrap().envelope().is_some());
    assert!(serve().contains("A-1: ") && answer() == first);
    // The same number for another key is not filled again.
    let other = SoftSigner::new(SecretKey::generate().unwrap());
    std::fs::write(folder.join("inbox/A-1.req"), request(&other).to_pem()).unwrap();
    assert!(serve().contains("authority-order-differs"));
}

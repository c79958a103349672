//! Snapshots of the command: each file under `tests/cmd/` is a situation, with arguments, both streams and the exit code.
//!
//! They run in a folder of their own that holds a demo office. `TRYCMD=overwrite` writes them anew; what differs from run to run
//! (times, serial numbers, digests) is then to be replaced by `[..]`.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};

use eseal::key::{KeyEntry, KeyFile, KeyFileEncoding, KeyFileScheme, KeyFileTarget, Password, SecretKey};

/// A folder for the situations, with the files that they speak of.
fn folder() -> PathBuf {
    let folder = office::office("cmd");
    fs::write(folder.join("pin.txt"), "correct horse battery\n").unwrap();
    fs::write(folder.join("empty.txt"), "\n").unwrap();
    fs::write(folder.join("there.pdf"), "already here").unwrap();
    fs::write(folder.join("text.txt"), "no document at all\n").unwrap();
    fs::create_dir(folder.join("empty")).unwrap();
    let token = folder.join("demo/tokens/person.token");
    for lang in ["en", "zh"] {
        // A wrong PIN is written down in the token, so each situation has one of its own.
        fs::copy(&token, folder.join(format!("wrong-{lang}.token"))).unwrap();
    }
    fs::copy(&token, folder.join("locked.token")).unwrap();
    for _ in 0..6 {
        let ran = office::run(&folder, ["token", "change-pin", "locked.token", "--pin-from", "file:pin.txt"]);
        assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    }
    let key = SecretKey::from_bytes(&[7; 32]).unwrap();
    let file = KeyFile::new(vec![KeyEntry { label: Some("fake".into()), ..KeyEntry::from(key) }], Vec::new());
    let plain = file.write(KeyFileTarget::Pkcs8, KeyFileEncoding::Pem, None, None).unwrap();
    fs::write(folder.join("fake.key"), &*plain).unwrap();
    let password = Password::new("correct horse battery").unwrap();
    let target = KeyFileTarget::Pkcs12(KeyFileScheme::Gm);
    let sealed = file.write(target, KeyFileEncoding::Der, Some(&password), Some(10_000)).unwrap();
    fs::write(folder.join("fake.p12"), &*sealed).unwrap();
    fs::write(folder.join("note.txt"), "a note\n").unwrap();
    let mut sign = vec!["sign", "note.txt", "-o", "note.p7s", "--token", "demo/tokens/person.token"];
    sign.extend(["--pin-from", "file:demo/tokens/person.pin"]);
    assert_eq!(office::run(&folder, sign).code, Some(0));
    answers(&folder);
    log_in(&folder);
    let pdf = fs::read(folder.join("demo/documents/notice.pdf")).unwrap();
    fs::write(folder.join("cut.pdf"), &pdf[..pdf.len() / 2]).unwrap();
    folder
}

/// What the demo office answers: `answer.der` about a certificate, `stamp.der` on a document.
fn answers(folder: &Path) {
    let office = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];
    let issuer = ["--issuer", "demo/trust/issuing.pem"];
    for (arguments, more) in [
        (&["ocsp", "request", "demo/tokens/departed.pem", "--no-nonce", "-o", "ask.der"][..], &issuer[..]),
        (&["ocsp", "respond", "--request", "ask.der", "-o", "answer.der"], &office),
        (&["tsa", "request", "demo/documents/notice.pdf", "--no-nonce", "-o", "to-stamp.der"], &[]),
        (&["tsa", "respond", "--request", "to-stamp.der", "-o", "stamp.der"], &office),
    ] {
        let ran = office::run(folder, arguments.iter().chain(more));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

/// A challenge of a service, `challenge.pem`, and a person's answer to it, `proof.p7s`.
fn log_in(folder: &Path) {
    let service = ["--audience", "https://service.example"];
    let person = ["--token", "demo/tokens/person.token", "--pin-from", "file:demo/tokens/person.pin"];
    let challenge = ["auth", "challenge", "--life", "3600", "-o", "challenge.pem"];
    let respond = ["auth", "respond", "challenge.pem", "-o", "proof.p7s"];
    for ran in [
        office::run(folder, challenge.iter().chain(&service)),
        office::run(folder, respond.iter().chain(&service).chain(&person)),
    ] {
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}

#[test]
fn every_situation_ends_as_its_snapshot_says() {
    let folder = folder();
    std::env::set_current_dir(&folder).unwrap();
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    trycmd::TestCases::new()
        .env("ESEAL_HOME", folder.join("home").to_str().unwrap())
        .env("ESEAL_LANG", "en-US")
        .env("ESEAL_TRUST", "")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .case(snapshots.join("*.toml"));
}

//! OpenSSL 3 verifies the requests, certificates and revocation lists we make, link by link.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use eseal::cert::{CertificateRequest, Issuer, Reason, RevocationListDraft, Revoked};

use crate::support::office::{FakeOffice, now};
use crate::support::{DISTID, both_streams, elements, run, tool};
use crate::witness_seal::openssl_holds;

/// Does the first certificate hold by the second? OpenSSL 3 gives the signer's identity to the leaf only, therefore one
/// link at a time, with the issuer as the trusted end.
pub(crate) fn link(openssl: &PathBuf, folder: &Path, leaf: &str, issuer: &str) -> Output {
    let at = now().unix().to_string();
    let mut command = Command::new(openssl);
    command.current_dir(folder).args(["verify", "-x509_strict", "-partial_chain", "-attime", &at, "-vfyopt", DISTID]);
    command.args(["-trusted", issuer, leaf]).output().unwrap()
}

#[test]
fn openssl_verifies_every_link_of_a_chain() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    for (file, holder) in
        [("root", &office.root), ("issuing", &office.issuing), ("maker", &office.maker), ("clerk", &office.clerk)]
    {
        fs::write(folder.path().join(format!("{file}.pem")), holder.certificate.to_pem()).unwrap();
    }
    for (leaf, issuer) in [("issuing", "root"), ("maker", "issuing"), ("clerk", "issuing")] {
        let output = link(&openssl, folder.path(), &format!("{leaf}.pem"), &format!("{issuer}.pem"));
        assert!(output.status.success(), "{leaf} by {issuer}: {}", both_streams(&output));
    }
    let output = link(&openssl, folder.path(), "clerk.pem", "root.pem");
    assert!(!output.status.success(), "the root did not sign the clerk's certificate");
}

#[test]
fn openssl_verifies_a_root_over_its_own_key() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let root = &office.root.certificate;
    fs::write(folder.path().join("tbs"), root.tbs()).unwrap();
    fs::write(folder.path().join("signature"), root.signature()).unwrap();
    fs::write(folder.path().join("root.der"), root.as_der()).unwrap();
    let mut command = Command::new(openssl);
    command.current_dir(folder.path()).args(["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", DISTID]);
    run(command.args(["-certin", "-keyform", "DER", "-inkey", "root.der", "-in", "tbs", "-sigfile", "signature"]));
}

#[test]
fn openssl_verifies_a_request_and_we_verify_its() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("request.pem"), office.request.to_pem()).unwrap();
    let mut verify = Command::new(&openssl);
    verify.current_dir(folder.path());
    run(verify.args(["req", "-in", "request.pem", "-verify", "-noout", "-vfyopt", DISTID]));

    let mut key = Command::new(&openssl);
    run(key.current_dir(folder.path()).args(["genpkey", "-algorithm", "SM2", "-out", "fake.pem"]));
    for (identity, read) in [(Some(DISTID), true), (None, false)] {
        let mut make = Command::new(&openssl);
        make.current_dir(folder.path());
        make.args(["req", "-new", "-sm3", "-key", "fake.pem", "-subj", "/C=CN/CN=fake", "-out", "theirs.pem"]);
        make.args(identity.iter().flat_map(|identity| ["-sigopt", *identity]));
        run(&mut make);
        let theirs = CertificateRequest::from_bytes(&fs::read(folder.path().join("theirs.pem")).unwrap());
        assert_eq!(theirs.is_ok(), read, "with the identity {identity:?}: {theirs:?}");
    }
}

#[test]
fn openssl_shows_the_names_and_usages_that_we_wrote() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clerk.pem"), office.clerk.certificate.to_pem()).unwrap();
    let mut show = Command::new(openssl);
    show.current_dir(folder.path()).args([
        "x509",
        "-in",
        "clerk.pem",
        "-noout",
        "-text",
        "-nameopt",
        "utf8,sep_comma_plus",
    ]);
    let text = String::from_utf8(run(&mut show).stdout).unwrap();
    for expected in [
        "Signature Algorithm: SM2-with-SM3",
        "Subject: C=CN,O=示例市数据局,CN=fake clerk",
        "Issuer: C=CN,O=示例市数据局,CN=fake issuing CA",
        "ASN1 OID: SM2",
        "X509v3 Key Usage: critical",
        "Digital Signature, Non Repudiation",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

#[test]
fn openssl_reads_a_revocation_list_and_verifies_its_signature() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let serial = office.clerk.certificate.serial();
    let entries = vec![Revoked::new(serial.clone(), now(), Reason::KeyCompromise)];
    let draft = RevocationListDraft::new(now(), now().plus_days(30), 7, entries);
    let list = issuer.revocation_list(&draft).unwrap();

    fs::write(folder.path().join("list.der"), list.as_der()).unwrap();
    let mut show = Command::new(&openssl);
    show.current_dir(folder.path()).args(["crl", "-inform", "DER", "-in", "list.der", "-noout", "-text"]);
    let text = String::from_utf8(run(&mut show).stdout).unwrap().to_lowercase();
    for expected in ["sm2-with-sm3", "key compromise", &serial.to_string()] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }

    // `openssl crl -verify` has no way to name the signer's identity, so its parts are judged by themselves.
    let [part, _, signature] = elements(list.as_der()).try_into().unwrap();
    let without_unused_bits = &signature[3..];
    assert_ne!(openssl_holds(office.issuing.certificate.as_der(), part, without_unused_bits), Some(false));
    assert_ne!(openssl_holds(office.root.certificate.as_der(), part, without_unused_bits), Some(true));
}

//! OpenSSL 3 verifies a seal and a seal signature that we made, over the bytes the standard names.

use std::fs;
use std::path::Path;
use std::process::Command;

use eseal::cert::Certificate;
use eseal::key::Signer;
use eseal::seal::ToBeSigned;
use eseal::sm::sm3;

use crate::support::office::{FakeOffice, now};
use crate::support::{DISTID, both_streams, tool};

/// Whether OpenSSL finds that a signature over a message holds for a certificate's key; `None` where it is not installed.
pub(crate) fn openssl_holds(certificate: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let openssl = tool("openssl")?;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("certificate", certificate);
    write("message", message);
    write("signature", signature);
    let mut command = Command::new(openssl);
    command.current_dir(folder.path()).args(["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", DISTID]);
    command.args(["-certin", "-keyform", "DER", "-inkey", "certificate", "-in", "message", "-sigfile", "signature"]);
    let output = command.output().unwrap();
    let said = both_streams(&output);
    assert!(said.contains("Signature Verif"), "OpenSSL could not judge: {said}");
    Some(output.status.success())
}

/// The same over files, as a judge of another language left them behind.
pub(crate) fn openssl_holds_in(folder: &Path, certificate: &str, message: &str, signature: &str) -> Option<bool> {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    openssl_holds(&read(certificate), &read(message), &read(signature))
}

fn assert_holds(certificate: &Certificate, message: &[u8], signature: &[u8]) {
    let Some(holds) = openssl_holds(certificate.as_der(), message, signature) else { return };
    assert!(holds);
    let mut other = message.to_vec();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(openssl_holds(certificate.as_der(), &other, signature), Some(false), "another message is refused");
}

#[test]
fn openssl_verifies_the_makers_signature_of_a_seal() {
    let office = FakeOffice::new();
    assert_holds(&office.maker.certificate, &office.seal.signed_bytes(), office.seal.signature_value());
}

#[test]
fn openssl_verifies_a_seal_signature() {
    let office = FakeOffice::new();
    let clerk = &office.clerk;
    let hash = sm3("原文".as_bytes());
    let to_be_signed = ToBeSigned::new(&office.seal, &clerk.certificate, now(), &hash, "[0 10 20 30]").unwrap();
    let signature = to_be_signed.close(&clerk.signer.sign_digest(&to_be_signed.digest()).unwrap()).unwrap();
    assert_holds(&clerk.certificate, signature.signed_bytes(), signature.signature_value());
}

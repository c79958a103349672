//! Bouncy Castle verifies what a soft certificate's key says to a service or an authority, and computes what binds a request
//! to an application.

use std::fs;

use eseal::auth::{Audience, Challenge, respond};
use eseal::cert::{ActivationCode, CertificateRequest, Name, RequestExtras};
use eseal::key::{SecretKey, Signer, SoftSigner, public_key_to_spki};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::{FakeOffice, now};

const REFERENCE: &str = "2026000123";

#[test]
fn bouncy_castle_verifies_our_login_proof() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let audience = Audience::new("https://service.example/login").unwrap();
    let challenge = Challenge::new(&audience, now(), 300).unwrap();
    let proof = respond(&challenge, &audience, &office.clerk.certificate, &office.clerk.signer, now()).unwrap();
    let file = folder.path().join("proof");
    fs::write(&file, proof.as_der()).unwrap();
    let arguments = [file.to_str().unwrap().to_owned(), "-".to_owned()];
    let said = witness(&class_path, "Messages.java", "verify", &arguments);
    assert!(said.ends_with(" good\n"), "{said}");
}

#[test]
fn bouncy_castle_computes_the_same_proof_of_an_activation_code() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = SoftSigner::new(SecretKey::generate().unwrap());
    let code = ActivationCode::generate().unwrap();
    let name = Name::parse("CN=示例用户一,O=示例市数据局,C=CN").unwrap();
    let extras = RequestExtras::activated_by(REFERENCE, &code).unwrap();
    let request = CertificateRequest::new_with(&name, &key, &extras).unwrap();
    let spki = folder.path().join("spki.der");
    fs::write(&spki, public_key_to_spki(key.public_key())).unwrap();
    let spki = spki.to_str().unwrap().to_owned();
    let mac = |code: &str| {
        let said = witness(&class_path, "Tokens.java", "mac", &[code.to_owned(), REFERENCE.to_owned(), spki.clone()]);
        let digits = said.trim().as_bytes();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    };
    let holds = |mac: Vec<u8>| request.as_der().windows(mac.len()).any(|window| window == mac);
    assert!(holds(mac(&code.reveal())));
    assert!(!holds(mac("AAAA-BBBB-CCCC-DDDD")));
    // What travels tells nothing of the code.
    assert!(!String::from_utf8_lossy(request.as_der()).contains(&*code.reveal().replace('-', "")));
}

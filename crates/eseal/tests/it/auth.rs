//! Logging in, with the files of an earlier day.

use std::fs;

use eseal::auth::{Audience, AuthError, Challenge, Expectation, Login, Proof, verify};
use eseal::cert::{Certificate, PathValidator, RevocationPolicy, Trust};
use eseal::time::Instant;

use crate::support::workspace;

fn file(name: &str) -> Vec<u8> {
    fs::read(workspace().join("testdata/auth").join(name)).unwrap()
}

fn log_in(audience: &str, now: Instant) -> Result<Login, AuthError> {
    let [root, issuing] = ["root.pem", "issuing.pem"].map(|name| Certificate::from_bytes(&file(name)).unwrap());
    let validator = PathValidator::new(&Trust::from_certificates([root]))
        .intermediates(&[issuing])
        .policy(RevocationPolicy::IfAvailable);
    let audience = Audience::new(audience).unwrap();
    let challenge = Challenge::from_bytes(&file("challenge.pem")).unwrap();
    verify(&challenge, &file("proof.p7s"), &Expectation { audience: &audience, validator: &validator }, now)
}

#[test]
fn an_answer_of_an_earlier_version_still_logs_in() {
    let at = Proof::from_bytes(&file("proof.p7s")).unwrap().at();
    let login = log_in("https://service.example", at).unwrap();
    assert_eq!(login.subject().to_string(), "CN=示例用户,O=示例市数据局,C=CN");
    assert_eq!(log_in("https://another.example", at).unwrap_err().code(), "auth-audience-differs");
    assert_eq!(log_in("https://service.example", at.plus_days(1)).unwrap_err().code(), "auth-expired");
}

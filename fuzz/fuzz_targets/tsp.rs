//! Time stamps: what is read as a request is stamped or refused, and what is read as a token can be judged.
#![no_main]

use std::sync::LazyLock;

use eseal::cert::{Certificate, Issuer, Name, PathValidator, Profile, SerialNumber, Trust};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::timestamp::{TimestampAuthority, TimestampRequest, TimestampResponse, TimestampToken};
use libfuzzer_sys::fuzz_target;

static NOW: LazyLock<Instant> = LazyLock::new(|| Instant::from_unix(1_795_000_000));

static TSA: LazyLock<(Certificate, PathValidator)> = LazyLock::new(|| {
    let name = Name::parse("CN=fake").expect("a name");
    let serial = |number| SerialNumber::from_bytes(&[number]).expect("a number");
    let period = Period::years(*NOW, 9);
    let root = Issuer::self_signed(&name, &signer(1), serial(1), period).expect("a root");
    let issuer = Issuer::new(root.clone(), signer(1)).expect("its own key");
    let tsa = issuer.issue_for(&name, signer(2).public_key(), &Profile::tsa(), serial(2), period).expect("issued");
    (tsa, PathValidator::new(&Trust::from_certificates([root])))
});

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).expect("a key"))
}

fn judge(token: &TimestampToken) {
    let (tsa, validator) = &*TSA;
    assert!(!token.judge(token.imprint(), validator, std::slice::from_ref(tsa), *NOW).is_good(), "nobody signed that");
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = TimestampToken::from_der(bytes) {
        judge(&token);
    }
    if let Ok(response) = TimestampResponse::from_der(bytes) {
        assert_eq!(response.as_der(), bytes);
        assert_ne!(response.token().is_some(), response.rejection().is_some());
        response.token().into_iter().for_each(judge);
    }
    let authority = TimestampAuthority::new(TSA.0.clone(), signer(2), "1.2.3.4.1").expect("its own key");
    let response = authority.respond(bytes, 7, *NOW).expect("nothing fails here");
    match TimestampRequest::from_der(bytes) {
        Ok(request) if response.token().is_some() => assert!(response.token_for(&request).is_ok()),
        _ => assert!(response.rejection().is_some()),
    }
});

//! OCSP: what is read as a request is answered for every certificate, and what is read as a response can be asked about.
#![no_main]

use std::sync::LazyLock;

use eseal::cert::ocsp::{OcspRequest, OcspResponder, OcspResponse, OcspState, OcspStatus, StatusSource};
use eseal::cert::{CertError, Certificate, Issuer, Name, SerialNumber};
use eseal::key::{SecretKey, SoftSigner};
use eseal::time::{Instant, Period};
use libfuzzer_sys::fuzz_target;

struct AllGood;

impl StatusSource for AllGood {
    type Error = CertError;

    fn state(&self, _: &Certificate, _: &SerialNumber) -> Result<OcspState, CertError> {
        Ok(OcspState::Good)
    }
}

static NOW: LazyLock<Instant> = LazyLock::new(|| Instant::from_unix(1_795_000_000));

static ISSUER: LazyLock<Certificate> = LazyLock::new(|| {
    let name = Name::parse("CN=fake").expect("a name");
    let serial = SerialNumber::from_bytes(&[1]).expect("a number");
    Issuer::self_signed(&name, &signer(), serial, Period::years(*NOW, 9)).expect("a root")
});

fn signer() -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[1; 32]).expect("a key"))
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(response) = OcspResponse::from_der(bytes) {
        assert_eq!(response.as_der(), bytes);
        let _ = (response.nonce(), response.responder_name(), response.responder_key_hash());
        for answer in response.answers().iter().take(16) {
            let _ = (answer.is_current(*NOW), answer.id.is_of(&ISSUER));
        }
        let _ = response.check_signature_by(&ISSUER);
    }
    let issuer = Issuer::new(ISSUER.clone(), signer()).expect("its own key");
    let responder = OcspResponder::new(&issuer).expect("an SM2 key");
    let answer = responder.respond(bytes, &AllGood, *NOW, None).expect("nothing fails here");
    let response = OcspResponse::from_der(&answer).expect("what is written is read");
    match OcspRequest::from_der(bytes) {
        Ok(request) => response.check_answers(&request).expect("every certificate is answered"),
        Err(_) => assert_eq!(response.status(), OcspStatus::MalformedRequest),
    }
});

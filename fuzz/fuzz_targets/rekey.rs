//! Requests for a new key: what is read has both signatures, and is read again.
#![no_main]

use eseal::cms::RekeyRequest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(asked) = RekeyRequest::from_bytes(bytes) else { return };
    let again = RekeyRequest::from_bytes(asked.to_pem().as_bytes()).expect("what was read is read again");
    assert_eq!(again.as_der(), asked.as_der());
    assert!(asked.old_certificate().subject().matches(asked.request().subject()));
});

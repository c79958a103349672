//! Certificates, alone and in bundles: what is read keeps its bytes, and every field can be shown.
#![no_main]

use eseal::cert::{Certificate, Name, lint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificates) = Certificate::many_from_bytes(bytes) else { return };
    for certificate in certificates {
        let again = Certificate::from_der(certificate.as_der()).expect("received bytes read again");
        assert_eq!(again.sm3(), certificate.sm3());
        for name in [certificate.subject(), certificate.issuer()] {
            let _ = Name::parse(&name.to_string());
            assert!(name.matches(name));
        }
        for extension in certificate.extensions() {
            let _ = (extension.oid(), extension.name());
        }
        for found in lint(&certificate) {
            assert!(!found.rule.clause().is_empty());
        }
        for number in certificate.identity_numbers() {
            let _ = number.kind.normalize(&number.number);
        }
        let _ = (certificate.key_usage(), certificate.extended_key_usage(), certificate.path_len());
        if let Ok(key) = certificate.public_key() {
            let _ = certificate.check_signature_by(key);
        }
    }
});

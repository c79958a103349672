//! Certificate requests and the responses to them.
#![no_main]

use eseal::cert::{CertificateRequest, CertificateResponse, danger};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let wide = CertificateRequest::from_bytes_with(bytes, danger::accept_empty_id_request());
    if let Ok(request) = &wide {
        let _ = (request.dialect(), request.temporary_key(), request.attributes().count());
    }
    if let Ok(request) = CertificateRequest::from_bytes(bytes) {
        assert!(wide.is_ok());
        let again = CertificateRequest::from_bytes(request.as_der()).expect("received bytes read again");
        assert_eq!(again.public_key(), request.public_key());
        let _ = (request.subject().to_string(), request.challenge(), request.requested_extensions().len());
    }
    if let Ok(response) = CertificateResponse::from_bytes(bytes) {
        let written = response.to_der();
        let again = CertificateResponse::from_bytes(&written).expect("what we write we read");
        assert_eq!(again.to_der(), written);
    }
});

//! Envelopes of an encryption key in every layout, and answers of an authority that carry one.
#![no_main]

use eseal::cert::CertificateResponse;
use eseal::key::{EnvelopedKey, EscrowedKey, SecretKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let holder = SecretKey::from_bytes(&[7; 32]).expect("a private key");
    for envelope in [EnvelopedKey::from_der(bytes), EnvelopedKey::from_skf_blob(bytes)].into_iter().flatten() {
        let again = EnvelopedKey::from_der(envelope.as_der()).expect("what was read, or put into the standard's form");
        assert_eq!(again, envelope);
        if let Ok(secret) = envelope.open(&holder) {
            assert_eq!(secret.public_key(), envelope.public_key());
        }
    }
    if let Ok(escrowed) = EscrowedKey::from_text(bytes) {
        let _ = escrowed.open(&holder);
    }
    if let Ok(response) = CertificateResponse::from_bytes(bytes) {
        assert_eq!(response.envelope().is_some(), response.encryption_certificate().is_some());
        let again = CertificateResponse::from_bytes(&response.to_der()).expect("what we write we read");
        assert_eq!(again, response);
    }
    if let Ok(secret) = SecretKey::from_bytes(bytes) {
        let sealed = EnvelopedKey::seal(&secret, holder.public_key()).expect("randomness");
        let opened = sealed.open(&holder).expect("what we seal we open");
        assert_eq!(opened.public_key(), secret.public_key());
        let blob = EnvelopedKey::seal_skf_blob(&secret, holder.public_key()).expect("randomness");
        let sealed = EnvelopedKey::from_skf_blob(&blob).expect("what we write we read");
        assert_eq!(sealed.open(&holder).expect("what we seal we open").public_key(), secret.public_key());
    }
});

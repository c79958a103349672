//! Messages that are enveloped, signed and enveloped, or encrypted, and keys in an envelope: reading, and opening with a key.
#![no_main]

use eseal::cms::{EncryptedMessage, EnvelopedMessage, MessageKind, SignedAndEnvelopedMessage, read_enveloped_key};
use eseal::key::SecretKey;
use eseal::sm::Sm4Key;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let key = SecretKey::from_bytes(&[7; 32]).expect("a private key");
    let _ = MessageKind::of(bytes);
    if let Ok(message) = EncryptedMessage::from_bytes(bytes) {
        let _ = (message.open(&Sm4Key::from_bytes([7; 16])), message.deviations());
    }
    // Each recipient costs a multiplication: a crowd of them only slows the fuzzer down.
    if let Ok(message) = EnvelopedMessage::from_bytes(bytes)
        && message.recipients().len() <= 4
    {
        let again = EnvelopedMessage::from_der(message.as_der()).expect("what was read is read again");
        assert_eq!(again.recipients().len(), message.recipients().len());
        let _ = message.open(&key, None);
    }
    match SignedAndEnvelopedMessage::from_bytes(bytes) {
        Ok(message) if message.recipients().len() <= 4 && message.signers().len() <= 4 => {
            let _ = (message.open(&key, None, message.certificates()), read_enveloped_key(bytes, &key));
        }
        Ok(_) => {}
        Err(_) => {
            let _ = read_enveloped_key(bytes, &key);
        }
    }
});

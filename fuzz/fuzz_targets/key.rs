//! Key files of every dialect: a secret key that is read is written so that it can be read again.
#![no_main]

use eseal::key::{public_key_from_spki, public_key_to_spki, secret_key_from_bytes, secret_key_to_pkcs8};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((key, _)) = secret_key_from_bytes(bytes) {
        let written = secret_key_to_pkcs8(&key);
        let (again, _) = secret_key_from_bytes(&written).expect("what we write we read");
        assert_eq!(again.public_key(), key.public_key());
    }
    if let Ok((key, _)) = public_key_from_spki(bytes) {
        let (again, _) = public_key_from_spki(&public_key_to_spki(&key)).expect("what we write we read");
        assert_eq!(again, key);
    }
});

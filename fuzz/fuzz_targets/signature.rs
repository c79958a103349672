//! SM2 signature values: only the shortest DER spelling is read, and the raw form means the same.
#![no_main]

use eseal::sm::Signature;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signature) = Signature::from_der(bytes) {
        assert_eq!(signature.to_der(), bytes);
        let raw = Signature::from_raw(&signature.to_raw()).expect("the raw form of a good signature is good");
        assert_eq!(raw.to_der(), bytes);
    }
});

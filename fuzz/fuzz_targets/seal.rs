//! Electronic seals of every version: what is read keeps its bytes, and every question about it can be asked.
#![no_main]

use eseal::seal::{Seal, what_is};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = what_is(bytes);
    let Ok(seal) = Seal::from_bytes(bytes) else { return };
    assert_eq!(seal.as_der(), bytes);
    let _ = seal.check_signature();
    let _ = (seal.id(), seal.name(), seal.kind(), seal.validity(), seal.timestamp(), seal.extensions());
    if let Ok(maker) = seal.maker() {
        assert!(seal.signers().entries().len() <= bytes.len());
        let _ = seal.require_signer(maker);
    }
    for deviation in seal.deviations() {
        let _ = format!("{deviation:?}");
    }
});

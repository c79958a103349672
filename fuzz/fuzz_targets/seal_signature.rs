//! Seal signatures of every version, with the seal inside them.
#![no_main]

use eseal::seal::SealSignature;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(signature) = SealSignature::from_bytes(bytes) else { return };
    assert_eq!(signature.as_der(), bytes);
    let _ = signature.check_signature();
    let _ = signature.seal().check_signature();
    let _ = (signature.claimed_time(), signature.data_hash(), signature.property_info(), signature.timestamp());
    if let Ok(signer) = signature.signer() {
        let _ = signature.seal().require_signer(signer);
    }
});

//! Prepared documents that wait for their signature.
#![no_main]

use eseal::stamp::Pending;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pending) = Pending::from_bytes(bytes) {
        let again = Pending::from_bytes(&pending.to_bytes()).expect("what we write we read");
        assert_eq!(again.digest().as_bytes(), pending.digest().as_bytes());
    }
});

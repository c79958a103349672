//! Token files: the readable part, and logging in with a PIN that must not fit.
#![no_main]

use eseal::token::{MemoryMedium, Pin, Token, TokenInfo};
use libfuzzer_sys::fuzz_target;

/// Above this a derivation is too slow to try inputs by the thousand.
const MOST_ITERATIONS: u32 = 2_000;

fuzz_target!(|bytes: &[u8]| {
    let Ok(info) = TokenInfo::from_bytes(bytes) else { return };
    let _ = format!("{info:?} {:?}", info.escrow());
    if info.kdf.is_some_and(|cost| cost.count() > MOST_ITERATIONS) {
        return;
    }
    let medium = MemoryMedium::with_bytes(bytes.to_vec());
    let Ok(token) = Token::open(medium) else { return };
    let pin = Pin::new("a PIN that fits nothing").expect("a good PIN");
    assert!(token.log_in(&pin, None).is_err());
});

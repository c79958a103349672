//! Token files: the readable part, and logging in with a PIN that must not fit.
#![no_main]

use eseal::token::{Kdf, KdfCost, MemoryMedium, Pin, Token, TokenInfo};
use libfuzzer_sys::fuzz_target;

/// Above this a derivation is too slow to try inputs by the thousand.
fn is_slow(cost: KdfCost) -> bool {
    match cost.kdf() {
        Kdf::Pbkdf2Sm3 { iterations } => iterations > 2_000,
        Kdf::Argon2id { memory_kib, passes, .. } => u64::from(memory_kib) * u64::from(passes) > 1_024,
        _ => true,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(info) = TokenInfo::from_bytes(bytes) else { return };
    let _ = format!("{info:?} {:?}", info.escrow());
    if info.kdf.is_some_and(is_slow) {
        return;
    }
    let medium = MemoryMedium::with_bytes(bytes.to_vec());
    let Ok(token) = Token::open(medium) else { return };
    let pin = Pin::new("a PIN that fits nothing").expect("a good PIN");
    assert!(token.log_in(&pin, None).is_err());
});

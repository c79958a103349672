//! PKCS #12 files, whose bags are reached where no authentication code stands before them.
#![no_main]

use eseal::key::{KeyFile, KeyFileLimits, Password};
use libfuzzer_sys::fuzz_target;

/// Above this a derivation is too slow to try inputs by the thousand.
const LIMITS: KeyFileLimits = KeyFileLimits { iterations: 2_000, memory: 1 << 20 };

fuzz_target!(|bytes: &[u8]| {
    // INTEGER 3 begins such a file: anything else is the other target's.
    if !bytes.windows(3).take(8).any(|window| window == [2, 1, 3]) {
        return;
    }
    for password in ["fake", ""] {
        let password = Password::new(password).expect("a short password");
        if let Ok(file) = KeyFile::read(bytes, Some(&password), LIMITS) {
            assert!(!file.entries().is_empty());
            let _ = format!("{file:?}");
        }
    }
});

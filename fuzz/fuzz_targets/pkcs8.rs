//! Private key files in SEC1, PKCS #8 plain and encrypted, and CFCA's form: what is read is written and read again.
#![no_main]

use eseal::key::{KeyFile, KeyFileEncoding, KeyFileLimits, KeyFileTarget, Password};
use libfuzzer_sys::fuzz_target;

/// Above this a derivation is too slow to try inputs by the thousand.
const LIMITS: KeyFileLimits = KeyFileLimits { iterations: 2_000, memory: 1 << 20 };

fuzz_target!(|bytes: &[u8]| {
    let Ok(info) = KeyFile::describe(bytes) else { return };
    let _ = format!("{info:?} {}", info.protections.iter().any(|protection| protection.is_weak()));
    // Two of the samples' passwords are this one.
    let password = Password::new("123456").expect("a short password");
    let Ok(file) = KeyFile::read(bytes, Some(&password), LIMITS) else { return };
    assert_eq!(file.info(), &info);
    for target in [KeyFileTarget::Sec1, KeyFileTarget::Pkcs8] {
        let Ok(written) = file.write(target, KeyFileEncoding::Pem, None, None) else { continue };
        let again = KeyFile::read(&written, None, LIMITS).expect("what we write we read");
        assert_eq!(again.entries()[0].secret.public_key(), file.entries()[0].secret.public_key());
    }
});

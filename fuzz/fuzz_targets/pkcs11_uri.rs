//! URIs of keys in hardware: what is read names an absolute module or none, and numbers that a module may have.
#![no_main]

use eseal_pkcs11::Pkcs11Uri;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [text.to_owned(), format!("pkcs11:{text}")] {
        if let Ok(uri) = Pkcs11Uri::parse(&text) {
            assert!(uri.module_path().is_none_or(std::path::Path::is_absolute));
            assert!(text.len() <= Pkcs11Uri::MAX_BYTES);
        }
    }
});

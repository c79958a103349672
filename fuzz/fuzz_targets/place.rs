//! Places as people type them.
#![no_main]

use eseal::stamp::Place;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = text.parse::<Place>();
});

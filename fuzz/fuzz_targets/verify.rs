//! A whole verification, trusting nobody: whatever the file is, it is never valid.
#![no_main]

use std::sync::LazyLock;

use eseal::cert::Trust;
use eseal::document::pdf::Pdf;
use eseal::time::Instant;
use eseal::verify::{Verdict, Verifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(&Trust::new()));

fuzz_target!(|bytes: &[u8]| {
    let Ok(pdf) = Pdf::parse(bytes) else { return };
    if let Ok(report) = VERIFIER.verify(&pdf, Instant::from_unix(1_800_000_000)) {
        assert_ne!(report.verdict(), Verdict::Valid);
    }
});

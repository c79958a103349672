//! PDF files: everything a reader can be asked, over whatever the strict parser lets through.
#![no_main]

use eseal::document::pdf::{Limits, Pdf, later_changes, shown_picture};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pdf) = Pdf::parse_with(bytes, &Limits::default()) else { return };
    let _ = (pdf.version(), pdf.faults().len(), pdf.encryption());
    for revision in pdf.revisions() {
        assert!(revision.end() <= bytes.len() as u64);
    }
    if let Ok(pages) = pdf.pages() {
        for page in pages.iter() {
            let _ = page.frame();
        }
    }
    let _ = pdf.fields();
    if let Ok(signatures) = pdf.signatures() {
        for signature in signatures {
            if let Some([before, after]) = signature.covered(&pdf) {
                assert!(before.len() + after.len() <= bytes.len());
                assert!(signature.hash_covered(&pdf).is_some());
            }
            let _ = later_changes(&pdf, signature);
            for widget in &signature.widgets {
                let _ = shown_picture(&pdf, widget);
            }
        }
    }
    let _ = pdf.orphans();
});

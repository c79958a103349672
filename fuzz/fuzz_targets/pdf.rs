//! PDF files: everything a reader can be asked, over whatever the strict parser lets through; and what can be stamped
//! reads back.
#![no_main]

use std::sync::LazyLock;

use eseal::document::pdf::{
    Appearance, Coverage, FieldChoice, Limits, Pdf, Shown, SignatureDraft, WidgetPlace, later_changes, reserve,
    shown_picture,
};
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
    stamp(&pdf);
});

static DOT: LazyLock<Appearance> =
    LazyLock::new(|| Appearance::rgba(1, 1, &[255, 0, 0, 128]).expect("one pixel is a picture"));

/// Whatever is not refused must read back as what was meant, behind the bytes that were there.
fn stamp(pdf: &Pdf<'_>) {
    let draft = SignatureDraft {
        field: FieldChoice::New { name: None },
        filter: "Adobe.PPKLite",
        sub_filter: "GM.sm2seal",
        name: None,
        reason: None,
        location: None,
        signing_time: None,
        shown: Some(Shown { appearance: &DOT, size_mm: (10.0, 10.0) }),
        places: &[WidgetPlace { page: 1, seen_mm: [0.0, 0.0, 10.0, 10.0] }],
        certify: None,
        contents_len: 16,
    };
    let Ok(reserved) = reserve(pdf, &draft) else { return };
    let hash = *reserved.data_hash();
    let out = reserved.fill(&[0x30, 0]).expect("two bytes fit into sixteen");
    assert!(out.starts_with(pdf.bytes()));
    let again = Pdf::parse(&out).expect("what we write we read");
    let signatures = again.signatures().expect("our field can be found");
    let ours = signatures.iter().find(|one| one.contents == [0x30, 0] && one.hash_covered(&again) == Some(hash));
    assert_eq!(ours.map(|one| one.coverage), Some(Coverage::WholeFile));
}

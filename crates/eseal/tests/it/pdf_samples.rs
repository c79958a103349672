//! Every sample PDF is read as its README says: pages, signatures, coverage, faults, or a code for why not.

use std::collections::BTreeMap;

use eseal::document::pdf::{
    Appearance, ChangeClass, Coverage, FieldChoice, Pdf, PdfError, Shown, SignatureDraft, WidgetPlace, later_changes,
    reserve,
};

use super::support::shared;

/// What reading a sample gives: an error's code, or pages, faults and one line a signature.
#[derive(Debug, PartialEq)]
enum Expected {
    Refused(&'static str),
    Read { pages: usize, faults: &'static [&'static str], signatures: &'static [&'static str] },
}

const fn pages(pages: usize) -> Expected {
    Expected::Read { pages, faults: &[], signatures: &[] }
}

const fn faulty(pages: usize, faults: &'static [&'static str]) -> Expected {
    Expected::Read { pages, faults, signatures: &[] }
}

const fn signed(pages: usize, signatures: &'static [&'static str]) -> Expected {
    Expected::Read { pages, faults: &[], signatures }
}

/// The samples of `../shared/samples/pdf`.
fn expected() -> BTreeMap<&'static str, Expected> {
    use Expected::{Read, Refused};
    BTreeMap::from([
        ("acroform-indirect-empty-sigfields", pages(2)),
        ("acroform-objstm-xrefstm-pdf20", pages(2)),
        ("broken-startxref-zero", Refused("pdf-startxref-broken")),
        ("broken-xref-offsets", Refused("pdf-xref-broken")),
        ("cn-notice-stsong-not-embedded", pages(3)),
        ("cn-notice-truetype-cid", pages(3)),
        ("cn-typst-pdf20-cff-cid", pages(2)),
        ("cn-typst-pdfa2b-cff-cid", pages(2)),
        ("cr-only-eol", pages(2)),
        ("crlf-eol", pages(2)),
        ("enc-r3-rc4-128-emptyuser", Refused("pdf-encrypted")),
        ("enc-r4-aes128-user", Refused("pdf-encrypted")),
        ("enc-r6-aes256-emptyuser", Refused("pdf-encrypted")),
        ("enc-r6-aes256-no-forms-no-annots", Refused("pdf-encrypted")),
        ("enc-r6-aes256-user-unicode", Refused("pdf-encrypted")),
        ("ends-with-bare-cr", pages(2)),
        ("geometry-matrix", pages(21)),
        ("leading-garbage-offsets-from-header", Refused("pdf-leading-bytes")),
        ("linearized-objstm", pages(2)),
        ("no-eol-at-eof", pages(2)),
        ("no-trailer-id", pages(1)),
        (
            "nodesignpdf-rsa-signed-once",
            Read { pages: 1, faults: &["loose-xref"], signatures: &["Signature1 whole none"] },
        ),
        ("pages-300-inherited", pages(300)),
        ("pdfa-pdf20-via-incremental-save", pages(1)),
        ("pdfbox-rotated-linearized", pages(2)),
        ("pdfjs-vertical-cjk", pages(3)),
        ("pyhanko-encrypted-pubkey-aes256", Refused("pdf-encrypted-public-key")),
        ("pyhanko-hybrid-msword-style", pages(1)),
        ("pyhanko-minimal-xrefstream", pages(1)),
        ("pyhanko-no-mediabox", faulty(1, &["no-media-box"])),
        ("pyhanko-page-tree-direct-kid", faulty(2, &["direct-page"])),
        ("pyhanko-rsa-signed-twice", signed(1, &["Sig2 revision 0 stamps", "Sig1 whole none"])),
        ("pyhanko-tagged-two-sigfields", pages(1)),
        ("pyhanko-textfield-group-sigfield", pages(1)),
        ("qpdf-cropbox-bleedbox", pages(5)),
        ("qpdf-hybrid-xref-30p", faulty(30, &["loose-xref"])),
        ("shared-indirect-annots", pages(2)),
        ("signed-ecdsa-existing-field", signed(2, &["Seal1 whole none"])),
        ("signed-rsa-approval-pades-bb", signed(2, &["Approval1 whole none"])),
        ("signed-rsa-certified-p1", signed(2, &["Cert1 whole none P=1"])),
        ("signed-rsa-certified-p2", signed(2, &["Cert1 whole none P=2"])),
        ("signed-rsa-locks-name-field", signed(2, &["Locked whole none locks name"])),
        ("trailing-garbage-4k", faulty(2, &["trailing-bytes"])),
        ("trailing-garbage-small", faulty(2, &["trailing-bytes"])),
        ("verapdf-pdfa1b", pages(2)),
        ("verapdf-pdfa2b-form", pages(1)),
    ])
}

/// Reads a file into the words of the table.
fn read(bytes: &[u8]) -> Result<(usize, Vec<String>, Vec<String>), &'static str> {
    let pdf = Pdf::parse(bytes).map_err(|error| error.code())?;
    let pages = pdf.pages().map_err(|error| error.code())?;
    let faults = pdf.faults().iter().chain(pages.faults()).map(|fault| fault.code().to_owned()).collect();
    let mut lines = Vec::new();
    for signature in pdf.signatures().map_err(|error| error.code())? {
        let mut line = signature.field_name.clone();
        match signature.coverage {
            Coverage::WholeFile => line.push_str(" whole"),
            Coverage::Revision(revision) => line.push_str(&format!(" revision {revision}")),
            Coverage::Less => line.push_str(" less"),
        }
        let changes = later_changes(&pdf, signature).map_err(|error| error.code())?;
        line.push_str(&format!(" {}", changes.class.code()));
        if let Some(permission) = signature.doc_mdp {
            line.push_str(&format!(" P={}", permission.p()));
        }
        if let Some(lock) = &signature.lock {
            line.push_str(&format!(" locks {}", lock.fields.join(",")));
        }
        line.extend(signature.faults.iter().map(|fault| format!(" {}", fault.code())));
        assert!(signature.hash_covered(&pdf).is_some());
        lines.push(line);
    }
    assert!(pdf.orphans().map_err(|error| error.code())?.is_empty());
    Ok((pages.count(), faults, lines))
}

#[test]
fn every_sample_is_read_as_expected() {
    let Some(shared) = shared() else { return };
    let mut expected = expected();
    for entry in std::fs::read_dir(shared.join("samples/pdf")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let found = read(&std::fs::read(&path).unwrap());
        match (expected.remove(name), found) {
            (Some(Expected::Refused(code)), found) => assert_eq!(found, Err(code), "{name}"),
            (Some(Expected::Read { pages, faults, signatures }), found) => {
                let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
                assert_eq!(found, Ok((pages, words(faults), words(signatures))), "{name}");
            }
            (None, found) => panic!("{name} is not in the table: {found:?}"),
        }
    }
    assert!(expected.is_empty(), "these samples are gone: {:?}", expected.keys());
}

#[test]
fn every_unsigned_sample_of_other_makers_is_read() {
    let Some(shared) = shared() else { return };
    let Ok(folder) = std::fs::read_dir(shared.join("samples/unsigned")) else { return };
    for entry in folder {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pdf") {
            let (pages, _, signatures) =
                read(&std::fs::read(&path).unwrap()).unwrap_or_else(|code| panic!("{path:?}: {code}"));
            assert!(pages > 0 && signatures.is_empty(), "{path:?}");
        }
    }
}

#[test]
fn a_sample_with_one_byte_added_at_the_end_is_changed() {
    let Some(shared) = shared() else { return };
    let mut bytes = std::fs::read(shared.join("samples/pdf/signed-rsa-approval-pades-bb.pdf")).unwrap();
    bytes.push(b'x');
    let pdf = Pdf::parse(&bytes).unwrap();
    let signature = &pdf.signatures().unwrap()[0];
    assert_eq!(signature.coverage, Coverage::Revision(1));
    assert_eq!(later_changes(&pdf, signature).unwrap().class, ChangeClass::Other);
}

/// The file with one more signature, shown on the last page.
pub(crate) fn signed_again(bytes: &[u8], x: f64) -> Result<Vec<u8>, PdfError> {
    let picture = Appearance::rgba(1, 1, &[255, 0, 0, 128]).unwrap();
    let pdf = Pdf::parse(bytes)?;
    let places = [WidgetPlace { page: pdf.pages()?.count(), seen_mm: [x, 60.0, 5.0, 5.0] }];
    let draft = SignatureDraft {
        field: FieldChoice::New { name: None },
        filter: "Adobe.PPKLite",
        sub_filter: "GM.sm2seal",
        name: None,
        reason: None,
        location: None,
        signing_time: None,
        shown: Some(Shown { appearance: &picture, size_mm: (5.0, 5.0) }),
        places: &places,
        certify: None,
        contents_len: 64,
    };
    reserve(&pdf, &draft)?.fill(&[0x30, 0])
}

#[test]
fn a_second_signature_on_any_sample_is_explained_to_all_before_it() {
    let Some(shared) = shared() else { return };
    let mut tried = 0;
    for folder in ["samples/pdf", "samples/unsigned"] {
        for entry in std::fs::read_dir(shared.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "pdf") {
                continue;
            }
            let Ok(once) = signed_again(&std::fs::read(&path).unwrap(), 1.0) else { continue };
            let thrice = signed_again(&signed_again(&once, 7.0).unwrap(), 13.0).unwrap();
            let pdf = Pdf::parse(&thrice).unwrap();
            let signatures = pdf.signatures().unwrap();
            for (at, signature) in signatures.iter().enumerate() {
                let changes = later_changes(&pdf, signature).unwrap();
                let last = at + 1 == signatures.len();
                let class = if last { ChangeClass::None } else { ChangeClass::Stamps };
                assert_eq!(changes.class, class, "{path:?} {}: {changes:?}", signature.field_name);
                assert_eq!(signature.coverage == Coverage::WholeFile, last, "{path:?}");
                assert!(signature.faults.is_empty(), "{path:?}: {:?}", signature.faults);
            }
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} samples could be signed");
}

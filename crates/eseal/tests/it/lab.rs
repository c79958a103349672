//! The demo office seen by others.

use std::process::Command;

use eseal::lab::{PlainXref, plain_pdf_with, small_office};

use super::support::{run, tool};

#[test]
fn qpdf_finds_no_fault_in_plain_and_stamped_documents() {
    let Some(qpdf) = tool("qpdf") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut documents: Vec<(String, Vec<u8>)> = small_office()
        .documents()
        .unwrap()
        .into_iter()
        .filter(|file| !file.path.starts_with("broken/"))
        .map(|file| (file.path.replace('/', "-"), file.bytes))
        .collect();
    for xref in [PlainXref::Table, PlainXref::Stream] {
        documents.push((format!("{xref:?}.pdf"), plain_pdf_with(300, "示例", xref)));
    }
    for (name, bytes) in documents {
        let path = folder.path().join(&name);
        std::fs::write(&path, bytes).unwrap();
        // Exit code 3 means warnings, which are faults as well.
        run(Command::new(&qpdf).arg("--check").arg(&path));
    }
}

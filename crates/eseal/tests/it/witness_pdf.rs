//! What others find in the PDF files we stamp: every sample file, every judge.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::drawing::Renderer;
use crate::support::samples::{Page, samples, stamp};
use crate::support::{both_streams, shared, skip, system_file, tool, workspace};
use crate::witness_seal::openssl_holds_in;

/// What qpdf finds wrong with a file, without the places, which differ after an update.
fn qpdf_faults(qpdf: &Path, file: &Path) -> BTreeSet<String> {
    let output = Command::new(qpdf).args(["--check", "--no-warn"]).arg(file).output().unwrap();
    let quiet = output.status.code();
    let output = Command::new(qpdf).arg("--check").arg(file).output().unwrap();
    let name = file.to_string_lossy().into_owned();
    let mut faults: BTreeSet<String> = both_streams(&output)
        .lines()
        .filter(|line| line.contains("WARNING") || line.starts_with("ERROR") || line.contains("rror"))
        .filter(|line| !line.starts_with("No syntax") && !line.contains("errors that qpdf cannot detect"))
        .map(|line| line.replace(&name, "").chars().filter(|sign| !sign.is_ascii_digit()).collect())
        .collect();
    if quiet == Some(2) {
        faults.insert("qpdf could not read it".into());
    }
    faults
}

#[test]
fn qpdf_finds_no_new_fault_in_any_stamped_sample() {
    let (Some(qpdf), Some(samples)) = (tool("qpdf"), samples()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for sample in samples {
        let Some((path, _)) = sample.write(folder.path()) else { continue };
        let before = qpdf_faults(&qpdf, &sample.path);
        let after = qpdf_faults(&qpdf, &path);
        let new: Vec<_> = after.difference(&before).collect();
        assert!(new.is_empty(), "{}: {new:#?}\nbefore: {before:#?}", sample.name);
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} samples were stamped");
}

/// Asserts that a seal shows where it was asked for, within a millimetre, and upright.
fn assert_shows(what: &str, renderer: Renderer, before: &Path, after: &Path, page: usize, asked: [f64; 4], unit: f64) {
    let (Some(before), Some(after)) = (renderer.draw(before, page), renderer.draw(after, page)) else { return };
    let change = before.change(&after).unwrap_or_else(|| panic!("{what}: {renderer:?} draws no seal"));
    let scale = if renderer.knows_user_unit() { 1.0 } else { unit };
    let drawn = change.rect_mm.map(|side| side * scale);
    for (edge, (drawn, asked)) in [
        (drawn[0], asked[0]),
        (drawn[1], asked[1]),
        (drawn[0] + drawn[2], asked[0] + asked[2]),
        (drawn[1] + drawn[3], asked[1] + asked[3]),
    ]
    .iter()
    .enumerate()
    {
        assert!((drawn - asked).abs() <= 1.0, "{what}: {renderer:?}: edge {edge} is at {drawn} mm, not {asked} mm");
    }
    // A seal of a few pixels has no legible name; every larger one is held to it.
    let upright = change.upper > change.lower || asked[3] < 5.0;
    assert!(upright, "{what}: {renderer:?}: the name runs around the top: {change:?}");
}

#[test]
fn poppler_and_mupdf_draw_the_seal_where_it_was_asked_for_on_every_sample() {
    let Some(samples) = samples() else { return };
    let folder = tempfile::tempdir().unwrap();
    for sample in samples {
        let Some((path, stamped)) = sample.write(folder.path()) else { continue };
        for renderer in Renderer::ALL {
            assert_shows(
                &sample.name,
                renderer,
                &sample.path,
                &path,
                stamped.page,
                stamped.asked_mm,
                stamped.user_unit,
            );
        }
    }
}

#[test]
fn the_seal_shows_upright_and_in_place_on_pages_of_every_shape() {
    let Some(shared) = shared() else { return };
    let file = shared.join("samples/pdf/geometry-matrix.pdf");
    let bytes = std::fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for page in 1..=21 {
        let stamped = stamp(&bytes, Page::Number(page)).unwrap();
        let path = folder.path().join("stamped.pdf");
        std::fs::write(&path, &stamped.bytes).unwrap();
        for renderer in Renderer::ALL {
            // Poppler draws a crop box that sticks out of the media box as it stands, where the standard cuts it.
            if page == 13 && renderer == Renderer::Poppler {
                continue;
            }
            let what = format!("page {page}");
            assert_shows(&what, renderer, &file, &path, page, stamped.asked_mm, stamped.user_unit);
        }
    }
}

/// The class path of Debian's Bouncy Castle and PDFBox.
fn class_path() -> Option<String> {
    let jars = ["bcprov", "bcutil", "pdfbox2", "fontbox2", "commons-logging"];
    let found: Option<Vec<PathBuf>> =
        jars.iter().map(|jar| system_file(&format!("/usr/share/java/{jar}.jar"))).collect();
    Some(found?.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(":"))
}

#[test]
fn bouncy_castle_and_openssl_verify_what_pdfbox_extracts_from_every_stamped_sample() {
    let (Some(java), Some(class_path), Some(samples)) = (tool("java"), class_path(), samples()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = samples.iter().filter_map(|sample| Some(sample.write(folder.path())?.0)).collect();
    let parts = tempfile::tempdir().unwrap();
    let mut command = Command::new(java);
    command.args(["-cp", &class_path]).arg(workspace().join("crates/eseal/tests/witness/Witness.java"));
    let output = command.arg(parts.path()).args(&files).output().unwrap();
    let said = both_streams(&output);
    let bad: Vec<&str> = said.lines().filter(|line| line.contains(" BAD ")).collect();
    assert!(output.status.success() && bad.is_empty(), "{bad:#?}\n{said}");
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        for question in ["signature", "document-hash", "seal-signature", "signer-in-seal", "der", "seal-period"] {
            assert!(said.contains(&format!("{name}.1 {question} good")), "{name}: {question} was not answered\n{said}");
        }
        let part = |part: &str| format!("{name}.1.{part}");
        for (certificate, message, signature) in
            [("signer.cer", "signed.der", "signature.der"), ("maker.cer", "seal-signed.der", "seal-signature.der")]
        {
            let holds = openssl_holds_in(parts.path(), &part(certificate), &part(message), &part(signature));
            assert_ne!(holds, Some(false), "{name}: {message}");
        }
    }
}

#[test]
fn bouncy_castle_says_when_a_covered_byte_was_changed() {
    let (Some(java), Some(class_path), Some(samples)) = (tool("java"), class_path(), samples()) else { return };
    let sample = samples.iter().find(|sample| sample.name == "pdf/cn-notice-truetype-cid.pdf").unwrap();
    let mut bytes = sample.outcome.as_ref().unwrap().bytes.clone();
    // In the comment behind the header, where no reader minds.
    bytes[10] ^= 1;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed.pdf");
    std::fs::write(&file, bytes).unwrap();
    let mut command = Command::new(java);
    command.args(["-cp", &class_path]).arg(workspace().join("crates/eseal/tests/witness/Witness.java"));
    let output = command.arg(folder.path()).arg(file).output().unwrap();
    let said = both_streams(&output);
    assert!(!output.status.success() && said.contains("document-hash BAD"), "{said}");
    assert!(said.contains("signature good"), "only the document changed: {said}");
}

/// A Python that has pyHanko.
fn python_with_pyhanko() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let candidates = std::env::split_paths(&path).map(|folder| folder.join("python3"));
    let mut having = candidates.filter(|python| {
        python.is_file()
            && Command::new(python).args(["-c", "import pyhanko"]).output().is_ok_and(|run| run.status.success())
    });
    having.next().or_else(|| skip("no python3 with pyHanko"))
}

#[test]
fn earlier_rsa_and_ecdsa_signatures_still_hold_for_pyhanko() {
    let (Some(python), Some(samples)) = (python_with_pyhanko(), samples()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut judged = 0;
    for sample in samples.iter().filter(|sample| sample.name.contains("signed-") || sample.name.contains("signed.")) {
        let Some((path, _)) = sample.write(folder.path()) else { continue };
        let roots = ["test-root-rsa.pem", "test-root-ec.pem"].map(|root| sample.path.with_file_name(root));
        let mut command = Command::new(&python);
        command.arg(workspace().join("crates/eseal/tests/witness/earlier_signatures.py")).arg(&path).args(roots);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", sample.name, both_streams(&output));
        judged += 1;
    }
    assert!(judged >= 4, "only {judged} signed samples were stamped");
}

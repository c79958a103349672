//! Stamping PDF files of every shape, and refusing those that must not be touched.

use std::path::PathBuf;

use eseal::cert::{CertificateRequest, Issuer, Name, Profile, SerialNumber, Trust};
use eseal::document::pdf::{
    Appearance, ChangeClass, Coverage, FieldChoice, Obstacle, Pdf, PdfError, Permission, Shown, SignatureDraft,
    WidgetPlace, later_changes, reserve,
};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::seal::{Picture, Seal, SealDraft, SealId, SealKind, SealMaker, SealVersion, Size};
use eseal::stamp::{Blend, Pending, Place, PrintSize, Stamp, StampError, Stamped};
use eseal::time::Period;
use eseal::verify::{Outcome, Policy, RevocationPolicy, StampKind, Verifier};

use crate::support;
use crate::support::office::{FakeOffice, Holder, now};

fn samples() -> Vec<(String, Vec<u8>)> {
    let Some(shared) = support::shared() else { return Vec::new() };
    let mut files: Vec<PathBuf> = ["samples/pdf", "samples/unsigned"]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(shared.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
        .collect();
    files.sort_by_key(|path| path.file_stem().unwrap().to_ascii_lowercase());
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    files.into_iter().map(|path| (stem(&path), std::fs::read(&path).unwrap())).collect()
}

fn sample(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(support::shared()?.join(format!("samples/pdf/{name}.pdf"))).unwrap())
}

fn stamp(office: &FakeOffice, place: Place) -> Stamp {
    Stamp::new(&office.seal, &office.clerk.certificate, place).unwrap()
}

fn stamp_at(office: &FakeOffice, place: &str) -> Stamp {
    stamp(office, place.parse().unwrap())
}

fn apply(office: &FakeOffice, stamp: &Stamp, bytes: &[u8]) -> Result<Stamped, StampError> {
    stamp.apply(&Pdf::parse(bytes)?, &office.clerk.signer, now())
}

/// A plain document of so many A4 pages.
fn plain(pages: usize) -> Vec<u8> {
    plain_with(pages, "")
}

/// As [`plain`], with further entries in the catalog.
fn plain_with(pages: usize, catalog: &str) -> Vec<u8> {
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", page + 3)).collect();
    let mut objects = vec![
        format!("<< /Type /Catalog /Pages 2 0 R {catalog}>>"),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} /MediaBox [0 0 595.2756 841.8898] >>"),
    ];
    objects.resize(pages + 2, "<< /Type /Page /Parent 2 0 R >>".to_owned());
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", index + 1).as_bytes());
    }
    let start = out.len();
    out.extend_from_slice(table.as_bytes());
    let size = objects.len() + 1;
    out.extend_from_slice(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    out
}

/// Whatever keeps a file from being valid; the office of these tests keeps no revocation lists.
fn doubts(office: &FakeOffice, bytes: &[u8]) -> Vec<String> {
    let trust = Trust::from_certificates([office.root.certificate.clone()]);
    let policy = Policy { revocation: RevocationPolicy::None, ..Policy::default() };
    let verifier =
        Verifier::new(&trust).intermediates(std::slice::from_ref(&office.issuing.certificate)).policy(policy);
    let report = verifier.verify(&Pdf::parse(bytes).unwrap(), now().plus_seconds(1)).unwrap();
    let ours = report.stamps().iter().filter(|stamp| stamp.kind == StampKind::Seal);
    ours.flat_map(|stamp| stamp.findings())
        .filter(|finding| matches!(finding.outcome, Outcome::Fail | Outcome::Unknown))
        .map(|finding| format!("{:?} {} {:?}", finding.check, finding.code, finding.detail))
        .collect()
}

#[test]
fn every_kind_of_stamp_verifies() {
    let office = FakeOffice::new();
    let check = |what: &str, stamp: &Stamp, bytes: &[u8]| {
        let stamped = apply(&office, stamp, bytes).unwrap();
        assert_eq!(doubts(&office, &stamped.bytes), [] as [String; 0], "{what}");
    };
    let middle = || stamp_at(&office, "1:center,center");
    let everywhere = stamp_at(&office, "all:center,center");
    check("plain", &middle(), &plain(1));
    check("several", &everywhere, &plain(3));
    check("invisible", &stamp(&office, Place::invisible()), &plain(1));
    check("multiply", &middle().blend(Blend::Multiply), &plain(1));
    check("certify", &middle().certify(Permission::NoChanges), &plain(1));
    check("words", &middle().reason("同意").location("北京").name("(x\\").filter("GM.PKILite"), &plain(1));
    for name in ["Seal1", "dept.Seal2", "Locked"] {
        let Some(bytes) = sample("acroform-indirect-empty-sigfields") else { break };
        check(name, &stamp(&office, Place::field(name)), &bytes);
    }
    for name in ["acroform-objstm-xrefstm-pdf20", "verapdf-pdfa1b", "verapdf-pdfa2b-form", "linearized-objstm"] {
        let Some(bytes) = sample(name) else { break };
        check(name, &everywhere, &bytes);
    }
}

#[test]
fn a_pdf_a_1_file_gets_no_transparency() {
    let Some(bytes) = sample("verapdf-pdfa1b") else { return };
    let office = FakeOffice::new();
    let stamped = apply(&office, &stamp_at(&office, "1:center,center").blend(Blend::Multiply), &bytes).unwrap();
    for word in ["/SMask", "/Group", "/Multiply", "/ExtGState"] {
        assert!(!stamped.appended().windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn a_page_that_is_a_stream_takes_no_seal() {
    let office = FakeOffice::new();
    let page = "<< /Type /Page /Parent 2 0 R /Length 2 >>\nstream\nBT\nendstream";
    let refused = apply(&office, &stamp_at(&office, "1:center,center"), &updated(&plain(1), 3, page)).unwrap_err();
    assert_eq!(refused.code(), "pdf-pages-broken");
}

#[test]
fn files_with_two_meanings_or_a_code_over_the_whole_are_refused() {
    let office = FakeOffice::new();
    let refused = |from: &str, to: &str| {
        // The table stays true: both spellings have the same length.
        assert_eq!(from.len(), to.len());
        let bytes = String::from_utf8(plain(1)).unwrap().replacen(from, to, 1).into_bytes();
        apply(&office, &stamp_at(&office, "1:center,center"), &bytes).unwrap_err().code()
    };
    assert_eq!(refused("/Type /Catalog /Pages 2 0 R", "/A 1/A 2/A 3   /Pages 2 0 R"), "pdf-faulty");
    assert_eq!(refused("<< /Type /Page /Parent 2 0 R >>", "<< /Parent 2 0 R/A 1 /A 2 >>   "), "pdf-faulty");
    let trailer = String::from_utf8(plain(1)).unwrap().replace("/Root 1 0 R >>", "/Root 1 0 R /AuthCode << >> >>");
    let protected = apply(&office, &stamp_at(&office, "1:center,center"), trailer.as_bytes()).unwrap_err();
    assert_eq!(protected.code(), "pdf-message-authentication");
}

#[test]
fn a_second_seal_keeps_what_the_first_and_all_earlier_signatures_cover() {
    let office = FakeOffice::new();
    let (first, second) = (stamp_at(&office, "1:center,center"), stamp_at(&office, "-1:30,30").reason("again"));
    for (name, bytes) in samples() {
        let Ok(once) = apply(&office, &first, &bytes) else { continue };
        let Ok(twice) = apply(&office, &second, &once.bytes) else {
            // A seal of 42 mm does not fit on the smallest pages.
            assert!(
                ["geometry-matrix", "qpdf-hybrid-xref-30p"].contains(&name.as_str()) || name.starts_with("pyhanko"),
                "{name}"
            );
            continue;
        };
        assert_eq!(twice.check(), Ok(()), "{name}");
        let (before, after) = (Pdf::parse(&once.bytes).unwrap(), Pdf::parse(&twice.bytes).unwrap());
        let after_all = after.signatures().unwrap();
        for earlier in before.signatures().unwrap() {
            let kept = after_all.iter().find(|one| one.field_name == earlier.field_name).unwrap();
            assert_eq!(kept.contents, earlier.contents, "{name}");
            assert_eq!(kept.hash_covered(&after), earlier.hash_covered(&before), "{name}");
            assert!(matches!(kept.coverage, Coverage::Revision(_)), "{name}: {:?}", kept.coverage);
            assert_eq!(kept.faults, earlier.faults, "{name}");
            let changes = later_changes(&after, kept).unwrap();
            assert_eq!(changes.class, ChangeClass::Stamps, "{name}: {:#?}", changes.items);
        }
        assert_eq!(after_all.len(), before.signatures().unwrap().len() + 1, "{name}");
    }
}

#[test]
fn the_seal_shows_where_it_was_asked_on_every_page_shape() {
    let Some(bytes) = sample("geometry-matrix") else { return };
    let office = FakeOffice::new();
    let pages = Pdf::parse(&bytes).unwrap().pages().unwrap().count();
    for page in 1..=pages {
        let stamp = stamp_at(&office, &format!("{page}:right-15mm,14mm")).size(PrintSize::mm(8.0, 6.0).unwrap());
        let stamped = apply(&office, &stamp, &bytes).unwrap();
        let pdf = Pdf::parse(&stamped.bytes).unwrap();
        let widget = &pdf.signatures().unwrap()[0].widgets[0];
        let (width, _) = pdf.pages().unwrap().page(page).unwrap().frame().unwrap().seen_size_mm();
        assert_eq!(widget.page, Some(page));
        let expected = [width - 19.0, 11.0, 8.0, 6.0];
        let seen = widget.rect_mm.unwrap();
        assert!(
            seen.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01),
            "page {page}: {seen:?}, not {expected:?}"
        );
    }
}

#[test]
fn one_stamp_shows_in_several_places_as_one_signature() {
    let office = FakeOffice::new();
    let bytes = plain(5);
    let place: Place = "1-2,-1:center,center".parse().unwrap();
    let stamp = stamp(&office, place.and("odd:30,30".parse().unwrap()).unwrap());
    let stamped = apply(&office, &stamp, &bytes).unwrap();
    assert_eq!(stamped.check(), Ok(()));
    let pdf = Pdf::parse(&stamped.bytes).unwrap();
    let [signature] = pdf.signatures().unwrap() else { panic!("one signature") };
    let mut pages: Vec<_> = signature.widgets.iter().filter_map(|widget| widget.page).collect();
    pages.sort_unstable();
    assert_eq!(pages, [1, 1, 2, 3, 5, 5]);
    // Six widgets, but one picture and one form.
    let count = |part: &[u8]| stamped.appended().windows(part.len()).filter(|window| *window == part).count();
    assert_eq!((count(b"/Subtype /Image"), count(b"/Subtype /Form"), count(b"/Subtype /Widget")), (2, 1, 6));
}

#[test]
fn a_stamp_in_several_places_keeps_an_earlier_one_valid() {
    let office = FakeOffice::new();
    let first = apply(&office, &stamp_at(&office, "1:center,40"), &plain(3)).unwrap();
    let second = apply(&office, &stamp_at(&office, "all:center,center"), &first.bytes).unwrap();
    let third = apply(&office, &stamp_at(&office, "1-2:center,bottom-40"), &second.bytes).unwrap();
    for bytes in [&second.bytes, &third.bytes] {
        assert_eq!(doubts(&office, bytes), [] as [String; 0]);
        let pdf = Pdf::parse(bytes).unwrap();
        let oldest = &pdf.signatures().unwrap()[0];
        assert_eq!(later_changes(&pdf, oldest).unwrap().class, ChangeClass::Stamps);
    }
}

#[test]
fn in_pdf_2_0_one_widget_and_stamp_annotations_carry_several_places() {
    let Some(bytes) = sample("acroform-objstm-xrefstm-pdf20") else { return };
    let office = FakeOffice::new();
    let stamp = stamp_at(&office, "all:center,center");
    let stamped = apply(&office, &stamp, &bytes).unwrap();
    let pdf = Pdf::parse(&stamped.bytes).unwrap();
    assert_eq!(pdf.signatures().unwrap()[0].widgets.len(), 1);
    let stamps = stamped.appended().windows(14).filter(|window| *window == b"/Subtype /Stam").count();
    assert_eq!(stamps + 1, pdf.pages().unwrap().count());
    let beside = stamp_at(&office, "all:center,40");
    let again = apply(&office, &beside, &stamped.bytes);
    assert_eq!(again.unwrap_err(), StampError::Pdf(PdfError::Obstacle(Obstacle::SeveralPlaces)));
}

#[test]
fn existing_empty_fields_are_filled_in_all_their_forms() {
    let Some(bytes) = sample("acroform-indirect-empty-sigfields") else { return };
    let office = FakeOffice::new();
    for name in ["Seal1", "dept.Seal2", "Locked"] {
        let stamped = apply(&office, &stamp(&office, Place::field(name)), &bytes).unwrap();
        assert_eq!(stamped.check(), Ok(()), "{name}");
        let pdf = Pdf::parse(&stamped.bytes).unwrap();
        let [signature] = pdf.signatures().unwrap() else { panic!("{name}: one signature") };
        assert_eq!(signature.field_name, name);
        let shows = signature.widgets.iter().any(|widget| widget.is_visible() && widget.appearance.is_some());
        assert_eq!(shows, name != "Locked", "{name}");
        // The lock of the field is in force now.
        assert_eq!(signature.lock.is_some(), name == "Locked");
        let again = apply(&office, &stamp(&office, Place::field(name)), &stamped.bytes).unwrap_err();
        assert_eq!(again.code(), "pdf-field-signed");
    }
    let code = |name: &str| apply(&office, &stamp(&office, Place::field(name)), &bytes).unwrap_err().code();
    assert_eq!(code("name"), "pdf-field-not-signature");
    assert_eq!(code("Seal3"), "pdf-no-such-field");
    assert_eq!(code("dept"), "pdf-no-such-field");
}

#[test]
fn a_certified_document_takes_a_seal_only_in_a_field_that_was_there() {
    let Some(bytes) = sample("signed-rsa-certified-p2") else { return };
    let office = FakeOffice::new();
    let pdf = Pdf::parse(&bytes).unwrap();
    let empty = pdf.fields().unwrap().iter().find(|field| field.value.is_none() && field.name.contains("Seal"));
    let stamped = apply(&office, &stamp(&office, Place::field(&empty.unwrap().name)), &bytes).unwrap();
    assert_eq!(stamped.check(), Ok(()));
}

#[test]
fn a_field_that_an_earlier_signature_locks_is_refused() {
    let Some(bytes) = sample("acroform-indirect-empty-sigfields") else { return };
    let office = FakeOffice::new();
    let locking = apply(&office, &stamp(&office, Place::field("Locked")), &bytes).unwrap();
    let new = |name: &str| stamp_at(&office, "1:center,center").field_name(name);
    assert!(apply(&office, &new("other"), &locking.bytes).is_ok());
    let taken = apply(&office, &new("name"), &locking.bytes).unwrap_err();
    assert_eq!(taken, StampError::Pdf(PdfError::Obstacle(Obstacle::FieldLocked { name: "name".into() })));
}

#[test]
fn a_second_seal_takes_no_number_that_the_signed_document_refers_to() {
    let office = FakeOffice::new();
    // The catalog refers to objects that do not exist: readers take that as null.
    let dangling: String = (4..60).map(|number| format!("{number} 0 R ")).collect();
    let with = plain_with(1, &format!("/PieceInfo [{dangling}] "));
    let once = apply(&office, &stamp_at(&office, "1:60,60"), &with).unwrap().bytes;
    let twice = apply(&office, &stamp_at(&office, "1:120,60"), &once).unwrap().bytes;
    let pdf = Pdf::parse(&twice).unwrap();
    let first = &pdf.signatures().unwrap()[0];
    assert_eq!(later_changes(&pdf, first).unwrap().class, ChangeClass::Stamps);
}

#[test]
fn a_certification_is_the_first_signature_and_binds_the_next() {
    let office = FakeOffice::new();
    let certify = |permission| stamp_at(&office, "1:center,center").certify(permission);
    let certified = apply(&office, &certify(Permission::FillForms), &plain(1)).unwrap();
    let pdf = Pdf::parse(&certified.bytes).unwrap();
    assert_eq!(pdf.signatures().unwrap()[0].doc_mdp, Some(Permission::FillForms));
    assert_eq!(pdf.signatures().unwrap()[0].faults, []);
    let code = |stamp: &Stamp, bytes: &[u8]| apply(&office, stamp, bytes).unwrap_err().code();
    assert_eq!(code(&stamp_at(&office, "1:30,30"), &certified.bytes), "pdf-certified-new-field");
    let final_word = apply(&office, &certify(Permission::NoChanges), &plain(1)).unwrap();
    assert_eq!(code(&stamp_at(&office, "1:30,30"), &final_word.bytes), "pdf-certified-no-changes");
    let approved = apply(&office, &stamp_at(&office, "1:30,30"), &plain(1)).unwrap();
    assert_eq!(code(&certify(Permission::FillForms), &approved.bytes), "pdf-certify-not-first");
}

/// An update that redefines one object, written with a table.
fn updated(bytes: &[u8], number: u32, object: &str) -> Vec<u8> {
    let pdf = Pdf::parse(bytes).unwrap();
    let previous = pdf.revisions().last().unwrap().xref_offset;
    let size = pdf.latest().trailer().get(b"Size").unwrap().as_integer().unwrap();
    let mut out = bytes.to_vec();
    let offset = out.len();
    out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    let section = out.len();
    out.extend_from_slice(
        format!("xref\n{number} 1\n{offset:010} 00000 n \ntrailer\n<< /Size {size} /Root 1 0 R /Prev {previous} >>\n")
            .as_bytes(),
    );
    out.extend_from_slice(format!("startxref\n{section}\n%%EOF\n").as_bytes());
    out
}

#[test]
fn a_document_that_was_changed_after_a_signature_takes_no_seal() {
    let office = FakeOffice::new();
    let stamp = stamp_at(&office, "1:center,center");
    let stamped = apply(&office, &stamp, &plain(2)).unwrap();
    let wider = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 700 900] >>";
    let changed = updated(&stamped.bytes, 4, wider);
    let refused = apply(&office, &stamp, &changed).unwrap_err();
    assert_eq!(refused, StampError::Pdf(PdfError::Obstacle(Obstacle::SignedPartChanged)));
    // The same update before any signature is nobody's concern.
    assert!(apply(&office, &stamp, &updated(&plain(2), 4, wider)).is_ok());
}

#[test]
fn an_invisible_stamp_leaves_the_page_as_it_was() {
    let office = FakeOffice::new();
    let stamped = apply(&office, &stamp(&office, Place::invisible()), &plain(1)).unwrap();
    assert_eq!(stamped.check(), Ok(()));
    let pdf = Pdf::parse(&stamped.bytes).unwrap();
    let widget = &pdf.signatures().unwrap()[0].widgets[0];
    assert!(!widget.is_visible() && widget.appearance.is_none() && widget.page == Some(1));
    assert!(!stamped.appended().windows(7).any(|window| window == b"XObject"));
}

#[test]
fn a_seal_on_one_page_does_not_show_on_another_that_shares_its_list() {
    let Some(bytes) = sample("shared-indirect-annots") else { return };
    let office = FakeOffice::new();
    let stamped = apply(&office, &stamp_at(&office, "1:center,center"), &bytes).unwrap();
    let pdf = Pdf::parse(&stamped.bytes).unwrap();
    let signature = &pdf.signatures().unwrap()[0];
    assert_eq!(signature.widgets.iter().map(|widget| widget.page).collect::<Vec<_>>(), [Some(1)]);
    assert_eq!(signature.faults, []);
}

#[test]
fn two_steps_give_what_one_step_gives() {
    let office = FakeOffice::new();
    let bytes = plain(2);
    let pdf = Pdf::parse(&bytes).unwrap();
    let stored = stamp_at(&office, "2:center,center").prepare(&pdf, now()).unwrap().to_bytes();
    let pending = Pending::from_bytes(&stored).unwrap();
    assert_eq!(pending.time(), now());
    let signature = office.clerk.signer.sign_digest(&pending.digest()).unwrap();
    let stamped = pending.complete(&signature).unwrap();
    assert!(stamped.bytes.starts_with(&bytes));
    assert_eq!(stamped.check(), Ok(()));
    assert!(stamped.signature.check_signature().is_ok());
}

#[test]
fn a_signature_that_does_not_hold_is_refused() {
    let office = FakeOffice::new();
    let bytes = plain(1);
    let pdf = Pdf::parse(&bytes).unwrap();
    let stamp = stamp_at(&office, "1:center,center");
    let other = stamp.prepare(&pdf, now().plus_seconds(1)).unwrap();
    let for_another = office.clerk.signer.sign_digest(&other.digest()).unwrap();
    let pending = stamp.prepare(&pdf, now()).unwrap();
    let by_another = office.maker.signer.sign_digest(&pending.digest()).unwrap();
    assert_eq!(pending.clone().complete(&for_another).unwrap_err(), StampError::SignatureMismatch);
    assert_eq!(pending.complete(&by_another).unwrap_err(), StampError::SignatureMismatch);
}

#[test]
fn a_stored_preparation_that_was_changed_or_cut_is_refused_or_needs_another_signature() {
    let office = FakeOffice::new();
    let bytes = plain(1);
    let pdf = Pdf::parse(&bytes).unwrap();
    let pending = stamp_at(&office, "1:center,center").prepare(&pdf, now()).unwrap();
    let stored = pending.to_bytes();
    for at in (0..stored.len()).step_by(97).chain(0..64) {
        let mut changed = stored.clone();
        changed[at] ^= 1;
        // What cannot be noticed as damage (time, seal, certificate) changes what has to be signed.
        if let Ok(read) = Pending::from_bytes(&changed) {
            assert_ne!(read.digest(), pending.digest(), "byte {at}");
        }
        assert!(Pending::from_bytes(&stored[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_place_that_is_not_there_is_refused() {
    let office = FakeOffice::new();
    let code = |place: &str| apply(&office, &stamp_at(&office, place), &plain(1)).unwrap_err().code();
    assert_eq!(code("2:center,center"), "stamp-no-such-page");
    assert_eq!(code("-2:center,center"), "stamp-no-such-page");
    assert_eq!(code("even:center,center"), "stamp-no-place");
    assert_eq!(code("1:20,100"), "stamp-outside-page");
    assert_eq!(code("1:right-20,bottom-20"), "stamp-outside-page");
}

fn seal_by(maker: &Holder, signers: &[&Holder], version: SealVersion, validity: Period) -> Seal {
    let draft = SealDraft {
        id: SealId::new("33010600000002").unwrap(),
        name: "示例市数据局".into(),
        kind: SealKind::ORGANIZATION,
        picture: Picture::png(
            include_bytes!("../../src/lab/pictures/organization.png").to_vec(),
            Size::mm(42, 42).unwrap(),
        )
        .unwrap(),
        signers: signers.iter().map(|holder| holder.certificate.clone()).collect(),
        validity,
        vendor: None,
        version,
    };
    SealMaker::new(maker.certificate.clone(), &maker.signer).unwrap().make(&draft, now()).unwrap()
}

#[test]
fn a_seal_of_version_5_stamps_too() {
    let office = FakeOffice::new();
    let seal = seal_by(&office.maker, &[&office.clerk], SealVersion::V5, Period::years(now(), 1));
    let stamp = Stamp::new(&seal, &office.clerk.certificate, Place::page(1)).unwrap();
    assert_eq!(apply(&office, &stamp, &plain(1)).unwrap().check(), Ok(()));
}

#[test]
fn a_seal_outside_its_period_cannot_stamp() {
    let office = FakeOffice::new();
    let seal = seal_by(&office.maker, &[&office.clerk], SealVersion::V4, Period::days(now().plus_days(1), 7));
    let stamp = Stamp::new(&seal, &office.clerk.certificate, Place::page(1)).unwrap();
    let bytes = plain(1);
    let pdf = Pdf::parse(&bytes).unwrap();
    let at = |days| stamp.apply(&pdf, &office.clerk.signer, now().plus_days(days)).map_err(|error| error.code());
    assert_eq!(at(0).unwrap_err(), "stamp-seal-not-yet-valid");
    assert!(at(2).is_ok());
    assert_eq!(at(30).unwrap_err(), "stamp-seal-expired");
}

/// Another certificate from the office's issuing CA.
fn issued(office: &FakeOffice, signer: SoftSigner, profile: &Profile, period: Period) -> Holder {
    let request = CertificateRequest::new(&Name::parse("CN=fake deputy,C=CN").unwrap(), &signer).unwrap();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let certificate = issuer.issue(&request, profile, SerialNumber::random().unwrap(), period).unwrap();
    Holder { certificate, signer }
}

#[test]
fn a_signer_outside_the_period_of_the_certificate_cannot_stamp() {
    let office = FakeOffice::new();
    let key = || SoftSigner::new(SecretKey::generate().unwrap());
    let deputy = issued(&office, key(), &Profile::person(), Period::days(now().plus_days(1), 7));
    let seal = seal_by(&office.maker, &[&deputy], SealVersion::V4, Period::years(now().plus_days(-1), 1));
    let stamp = Stamp::new(&seal, &deputy.certificate, Place::page(1)).unwrap();
    let bytes = plain(1);
    let pdf = Pdf::parse(&bytes).unwrap();
    let at = |days| stamp.apply(&pdf, &deputy.signer, now().plus_days(days)).map_err(|error| error.code());
    assert_eq!(at(0).unwrap_err(), "stamp-signer-not-yet-valid");
    assert_eq!(at(30).unwrap_err(), "stamp-signer-expired");
}

#[test]
fn whoever_the_seal_does_not_list_cannot_stamp() {
    let office = FakeOffice::new();
    let year = Period::years(now().plus_days(-1), 1);
    let fake_key = [7; 32];
    let again = || SoftSigner::new(SecretKey::from_bytes(&fake_key).unwrap());
    let deputy = issued(&office, again(), &Profile::person(), year);
    let renewed = issued(&office, again(), &Profile::person(), year);
    let seal = seal_by(&office.maker, &[&deputy], SealVersion::V4, year);
    let code = |holder: &Holder| Stamp::new(&seal, &holder.certificate, Place::page(1)).unwrap_err().code();
    assert_eq!(code(&office.clerk), "stamp-signer-not-in-seal");
    assert_eq!(code(&renewed), "stamp-signer-renewed");
    let stamp = Stamp::new(&seal, &deputy.certificate, Place::page(1)).unwrap();
    let document = plain(1);
    let pdf = Pdf::parse(&document).unwrap();
    assert_eq!(stamp.apply(&pdf, &office.clerk.signer, now()).unwrap_err().code(), "stamp-wrong-key");
}

#[test]
fn a_seal_with_a_changed_byte_cannot_stamp() {
    let office = FakeOffice::new();
    let mut der = office.seal.as_der().to_vec();
    let name = "示例市数据局".as_bytes();
    let at = der.windows(name.len()).position(|window| window == name).unwrap();
    der[at + 2] ^= 1;
    let seal = Seal::from_bytes(&der).unwrap();
    let refused = Stamp::new(&seal, &office.clerk.certificate, Place::page(1)).unwrap_err();
    assert_eq!(refused.code(), "stamp-seal-broken");
}

/// Documents with bytes changed at random places, always the same ones.
fn damaged(bytes: &[u8], seed: u64, changes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 1).unwrap()
    };
    let mut out = bytes.to_vec();
    for _ in 0..changes {
        let at = next() % out.len();
        out[at] = match next() % 4 {
            0 => b"0123456789"[next() % 10],
            1 => b"<>[]()/ R%\n"[next() % 11],
            2 => out[next() % out.len()],
            _ => (next() % 256) as u8,
        };
    }
    out
}

#[test]
fn a_damaged_document_is_refused_or_stamped_so_that_it_reads_back() {
    let office = FakeOffice::new();
    let picture = Appearance::rgba(1, 1, &[255, 0, 0, 128]).unwrap();
    let mut documents = vec![plain(3)];
    for name in ["acroform-indirect-empty-sigfields", "shared-indirect-annots", "pyhanko-hybrid-msword-style"] {
        documents.extend(sample(name));
    }
    documents.push(apply(&office, &stamp_at(&office, "1:center,center"), &plain(1)).unwrap().bytes);
    let mut stamped = 0;
    for (seed, bytes) in documents.iter().cycle().take(3_000).enumerate() {
        let bytes = damaged(bytes, seed as u64 + 1, 1 + seed % 3);
        let Ok(pdf) = Pdf::parse(&bytes) else { continue };
        let draft = SignatureDraft {
            field: FieldChoice::New { name: None },
            filter: "Adobe.PPKLite",
            sub_filter: "GM.sm2seal",
            name: None,
            reason: None,
            location: None,
            signing_time: None,
            shown: Some(Shown { appearance: &picture, size_mm: (10.0, 10.0) }),
            places: &[WidgetPlace { page: 1, seen_mm: [0.0, 0.0, 10.0, 10.0] }],
            certify: None,
            contents_len: 16,
        };
        let Ok(reserved) = reserve(&pdf, &draft) else { continue };
        let hash = *reserved.data_hash();
        let out = reserved.fill(&[0x30, 0]).unwrap();
        assert!(out.starts_with(&bytes), "seed {seed}");
        let again = Pdf::parse(&out).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let signatures = again.signatures().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let ours = signatures.iter().find(|one| one.contents == [0x30, 0]).unwrap();
        assert_eq!(ours.coverage, Coverage::WholeFile, "seed {seed}");
        assert_eq!(ours.hash_covered(&again), Some(hash), "seed {seed}");
        stamped += 1;
    }
    assert!(stamped > 100, "{stamped}");
}

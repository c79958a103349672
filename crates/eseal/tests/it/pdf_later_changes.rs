//! What happens to a signed PDF after it was signed: what is explained, and what never is.

use std::fmt::Write as _;
use std::io::Write as _;

use eseal::document::pdf::{
    Appearance, ChangeClass, ChangeKind, Coverage, FieldChoice, LaterChanges, ObjectId, Pdf, Permission, Shown,
    SignatureDraft, Source, WidgetPlace, later_changes, reserve,
};

/// A DER value that stands for a signature: to the carrier all are alike.
const PAYLOAD: &[u8] = &[0x30, 3, 2, 1, 5];

/// A contract: two pages, a text field, an empty signature field, a comment, a link, hidden and dangling things.
fn contract() -> Vec<u8> {
    let objects = [
        (1, "<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R/Metadata 20 0 R>>"),
        (2, "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]/MediaBox[0 0 595 842]/Resources<</Font<</F1 9 0 R>>>>>>"),
        (3, "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[11 0 R 12 0 R 14 0 R 15 0 R]>>"),
        (4, "<</Type/Page/Parent 2 0 R/Contents[6 0 R 50 0 R]/Annots 16 0 R>>"),
        (5, "<</Length @>>stream\nBT /F1 18 Tf (pay 100) Tj ET    \nendstream"),
        (6, "<</Length @>>stream\nBT /F1 18 Tf (page two) Tj ET   \nendstream"),
        (9, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"),
        (10, "<</Fields[11 0 R 12 0 R 18 0 R]/SigFlags 3>>"),
        (11, "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(100)/Rect[10 10 90 30]/P 3 0 R/F 4/AP<</N 13 0 R>>>>"),
        (12, "<</Type/Annot/Subtype/Widget/FT/Sig/T(Party)/Rect[300 10 400 60]/P 3 0 R/F 4>>"),
        (13, "<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length @>>stream\nBT (100) Tj ET\nendstream"),
        (14, "<</Type/Annot/Subtype/Text/Contents(first)/Rect[500 500 520 520]/P 3 0 R>>"),
        (15, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://example.invalid)>>>>"),
        (16, "[17 0 R]"),
        (17, "<</Type/Annot/Subtype/Highlight/Rect[0 0 9 9]/P 4 0 R>>"),
        (18, "<</T(group)/FT/Sig/Kids[19 0 R]>>"),
        (19, "<</Type/Annot/Subtype/Widget/FT/Sig/T(inner)/Parent 18 0 R/Rect[0 0 0 0]/P 4 0 R/F 4>>"),
        (20, "<</Type/Metadata/Subtype/XML/Length @>>stream\n<xmp>\nendstream"),
        (21, "<</Type/Annot/Subtype/Stamp/Rect[0 0 595 842]/Contents(hidden)>>"),
    ];
    let objects: Vec<(u32, String)> = objects.iter().map(|(number, body)| (*number, (*body).to_owned())).collect();
    let mut bytes = b"%PDF-1.7\n".to_vec();
    write_objects(&mut bytes, &objects, "/Root 1 0 R", "0000000000 65535 f \n", 200_000);
    bytes
}

/// Puts the length of a stream in the place of `@`.
fn with_length(body: &str) -> String {
    let length = body.split_once(">>stream\n").map_or(0, |(_, rest)| rest.len() - "\nendstream".len());
    body.replace("/Length @", &format!("/Length {length}"))
}

/// Writes objects with their table and trailer.
fn write_objects(bytes: &mut Vec<u8>, objects: &[(u32, String)], trailer: &str, head: &str, least: i64) {
    let mut table = if head.is_empty() { String::from("xref\n") } else { format!("xref\n0 1\n{head}") };
    let mut size = 1_i64;
    for (number, body) in objects {
        let body = with_length(body);
        size = size.max(i64::from(number + 1));
        if body == "free" {
            write!(table, "{number} 1\n0000000000 00001 f \n").unwrap();
            continue;
        }
        write!(table, "{number} 1\n{:010} 00000 n \n", bytes.len()).unwrap();
        write!(bytes, "{number} 0 obj\n{body}\nendobj\n").unwrap();
    }
    let at = bytes.len();
    let size = size.max(least);
    write!(bytes, "{table}trailer\n<</Size {size}{trailer}>>\nstartxref\n{at}\n%%EOF\n").unwrap();
}

/// Adds a revision with these objects; the body `free` frees a number.
pub(crate) fn append(bytes: &[u8], objects: &[(u32, String)]) -> Vec<u8> {
    append_with(bytes, objects, "/Root 1 0 R")
}

fn append_with(bytes: &[u8], objects: &[(u32, String)], trailer: &str) -> Vec<u8> {
    let pdf = Pdf::parse(bytes).unwrap();
    let prev = pdf.revisions().last().unwrap().xref_offset;
    let size = pdf.latest().trailer().get(b"Size").unwrap().as_integer().unwrap();
    let mut out = bytes.to_vec();
    write_objects(&mut out, objects, &format!("{trailer}/Prev {prev}"), "", size);
    out
}

fn draft(field: FieldChoice, certify: Option<Permission>) -> SignatureDraft<'static> {
    SignatureDraft {
        field,
        filter: "Adobe.PPKLite",
        sub_filter: "GM.sm2seal",
        name: None,
        reason: None,
        location: None,
        signing_time: None,
        shown: None,
        places: &[],
        certify,
        contents_len: 64,
    }
}

fn sign(bytes: &[u8], draft: &SignatureDraft<'_>) -> Vec<u8> {
    let pdf = Pdf::parse(bytes).unwrap();
    reserve(&pdf, draft).unwrap().fill(PAYLOAD).unwrap()
}

/// The file with an invisible signature over it.
pub(crate) fn signed_over(bytes: &[u8]) -> Vec<u8> {
    sign(bytes, &draft(FieldChoice::New { name: Some("Seal".into()) }, None))
}

fn certified(permission: Permission) -> Vec<u8> {
    sign(&contract(), &draft(FieldChoice::New { name: Some("Seal".into()) }, Some(permission)))
}

/// A seal of 40 mm in the middle of a page.
fn visibly(bytes: &[u8], page: usize, x: f64) -> Vec<u8> {
    let picture = Appearance::rgba(1, 1, &[255, 0, 0, 255]).unwrap();
    let places = [WidgetPlace { page, seen_mm: [x, 100.0, 40.0, 40.0] }];
    let shown = Shown { appearance: &picture, size_mm: (40.0, 40.0) };
    sign(bytes, &SignatureDraft { shown: Some(shown), places: &places, ..draft(FieldChoice::New { name: None }, None) })
}

/// The file with the rectangle of its last revision moved, which this library would refuse to write.
fn two_mm_to_the_left(bytes: &[u8], last_revision: usize) -> Vec<u8> {
    let at = last_revision + bytes[last_revision..].windows(7).position(|window| window == b"/Rect [").unwrap() + 7;
    let length = bytes[at..].iter().position(|byte| *byte == b']').unwrap();
    let corners = std::str::from_utf8(&bytes[at..at + length]).unwrap().split_whitespace();
    let [x, y, right, top] = corners.map(|side| side.parse::<f64>().unwrap()).collect::<Vec<_>>().try_into().unwrap();
    let by = 2.0 / 25.4 * 72.0;
    let moved = format!("{:.1} {y:.1} {:.1} {top:.1}", x - by, right - by);
    let mut changed = bytes.to_vec();
    changed[at..at + length].copy_from_slice(format!("{moved:<length$}").as_bytes());
    changed
}

/// What changed after the first signature that covers a revision.
fn changes(bytes: &[u8]) -> LaterChanges {
    let pdf = Pdf::parse(bytes).unwrap();
    let first = pdf.signatures().unwrap().iter().find(|signature| signature.revision.is_some()).unwrap();
    later_changes(&pdf, first).unwrap()
}

fn body(bytes: &[u8], number: u32) -> String {
    let pdf = Pdf::parse(bytes).unwrap();
    let object = pdf.latest().object(ObjectId::new(number)).unwrap().unwrap();
    String::from_utf8_lossy(object.raw(&object.value)).into_owned()
}

#[track_caller]
fn expect(bytes: &[u8], class: ChangeClass, kinds: &[ChangeKind]) {
    let found = changes(bytes);
    assert_eq!(found.class, class, "{found:?}");
    for kind in kinds {
        assert!(found.items.iter().any(|item| item.what == *kind), "{kind:?} is missing in {found:?}");
    }
}

#[track_caller]
fn refused(objects: &[(u32, &str)], kind: ChangeKind) {
    let objects: Vec<_> = objects.iter().map(|(number, body)| (*number, (*body).to_owned())).collect();
    expect(&append(&signed_over(&contract()), &objects), ChangeClass::Other, &[kind]);
}

#[test]
fn a_file_that_ends_with_its_signature_has_no_changes() {
    let found = changes(&signed_over(&contract()));
    assert_eq!((found.class, found.items.len()), (ChangeClass::None, 0));
}

#[test]
fn further_signatures_are_explained() {
    let signed = signed_over(&contract());
    expect(&signed_over_again(&signed), ChangeClass::Stamps, &[ChangeKind::NewSignature]);
    expect(&visibly(&signed, 1, 50.0), ChangeClass::Stamps, &[ChangeKind::NewSignature]);
    expect(&visibly(&signed, 2, 50.0), ChangeClass::Stamps, &[ChangeKind::NewSignature]);
    let existing = sign(&signed, &draft(FieldChoice::Existing("Party".into()), None));
    expect(&existing, ChangeClass::Stamps, &[ChangeKind::FieldSigned]);
    let inner = sign(&signed, &draft(FieldChoice::Existing("group.inner".into()), None));
    expect(&inner, ChangeClass::Stamps, &[ChangeKind::FieldSigned]);
    let three = visibly(&visibly(&visibly(&signed, 1, 10.0), 1, 60.0), 1, 110.0);
    let found = changes(&three);
    assert_eq!(found.class, ChangeClass::Stamps, "{found:?}");
    assert_eq!(found.items.len(), 3, "{found:?}");
}

fn signed_over_again(bytes: &[u8]) -> Vec<u8> {
    sign(bytes, &draft(FieldChoice::New { name: Some("Second".into()) }, None))
}

#[test]
fn a_seal_on_top_of_a_seal_is_refused() {
    let first = visibly(&contract(), 1, 50.0);
    let beside = visibly(&first, 1, 91.0);
    expect(&beside, ChangeClass::Stamps, &[ChangeKind::NewSignature]);
    expect(&two_mm_to_the_left(&beside, first.len()), ChangeClass::Other, &[ChangeKind::Overlap]);
    expect(&visibly(&first, 2, 89.0), ChangeClass::Stamps, &[ChangeKind::NewSignature]);
}

#[test]
fn objects_written_again_or_out_of_reach_change_nothing() {
    let signed = signed_over(&contract());
    let same = append(&signed, &[(9, body(&signed, 9)), (5, body(&signed, 5))]);
    expect(&same, ChangeClass::None, &[ChangeKind::Rewritten]);
    let unused = append(&signed, &[(100, "<</Nothing true>>".into())]);
    expect(&unused, ChangeClass::None, &[ChangeKind::Unreachable]);
    let info = append_with(&signed, &[(100, "<</Title(new)>>".into())], "/Root 1 0 R/Info 100 0 R");
    expect(&info, ChangeClass::None, &[ChangeKind::Metadata]);
    let xmp = "<</Type/Metadata/Subtype/XML/Length @>>stream\n<xmp2>\nendstream";
    expect(&append(&signed, &[(20, xmp.into())]), ChangeClass::None, &[ChangeKind::Metadata]);
}

#[test]
fn validation_data_may_be_added_and_extended_but_not_cut() {
    let signed = signed_over(&contract());
    let catalog = body(&signed, 1);
    let with_store = catalog.replacen("<<", "<</DSS 100 0 R ", 1);
    let stream = "<</Length @>>stream\nx\nendstream";
    let added = [
        (1, with_store),
        (100, "<</Type/DSS/Certs[101 0 R]/VRI<</AB<</Cert[101 0 R]>>>>>>".into()),
        (101, stream.into()),
    ];
    let once = append(&signed, &added);
    expect(&once, ChangeClass::None, &[ChangeKind::ValidationData]);
    let more = "<</Type/DSS/Certs[101 0 R 102 0 R]/CRLs[102 0 R]/VRI<</AB<</Cert[101 0 R]>>>>>>";
    let twice = append(&once, &[(100, more.into()), (102, stream.into())]);
    expect(&twice, ChangeClass::None, &[ChangeKind::ValidationData]);
    // Seen from a signature made after the first addition.
    let again = signed_over_again(&once);
    let seen = |bytes: &[u8]| {
        let pdf = Pdf::parse(bytes).unwrap();
        later_changes(&pdf, &pdf.signatures().unwrap()[1]).unwrap()
    };
    let extended = append(&again, &[(100, more.into()), (102, stream.into())]);
    assert_eq!(seen(&extended).class, ChangeClass::None, "{:?}", seen(&extended));
    let cut = append(&again, &[(100, "<</Type/DSS/Certs[]/VRI<</AB<</Cert[101 0 R]>>>>>>".into())]);
    assert_eq!(seen(&cut).class, ChangeClass::Other);
    let replaced = append(&again, &[(101, "<</Length @>>stream\ny\nendstream".into())]);
    assert_eq!(seen(&replaced).class, ChangeClass::Other);
    let page_as_certificate = "<</Type/DSS/Certs[101 0 R 3 0 R]/VRI<</AB<</Cert[101 0 R]>>>>>>";
    assert_eq!(seen(&append(&again, &[(100, page_as_certificate.into())])).class, ChangeClass::Other);
}

#[test]
fn a_filled_field_is_told_apart() {
    let signed = signed_over(&contract());
    let filled = body(&signed, 11).replace("(100)", "(999)");
    let appearance = "<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length @>>stream\nBT (999) Tj ET\nendstream";
    let both = append(&signed, &[(11, filled.clone()), (13, appearance.into())]);
    expect(&both, ChangeClass::Forms, &[ChangeKind::FieldFilled]);
    let fresh = filled.replace("13 0 R", "100 0 R");
    let new_stream = append(&signed, &[(11, fresh), (100, appearance.into())]);
    expect(&new_stream, ChangeClass::Forms, &[ChangeKind::FieldFilled]);
    let moved = filled.replace("[10 10 90 30]", "[10 10 500 800]");
    expect(&append(&signed, &[(11, moved)]), ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let renamed = body(&signed, 11).replace("(amount)", "(other)");
    expect(&append(&signed, &[(11, renamed)]), ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let script = filled.replace("/F 4", "/F 4/AA<</K<</S/JavaScript/JS(x)>>>>");
    expect(&append(&signed, &[(11, script)]), ChangeClass::Other, &[ChangeKind::FieldChanged]);
}

#[test]
fn comments_are_told_apart_from_what_hides_content() {
    let signed = signed_over(&contract());
    let page = |extra: &str| body(&signed, 3).replace("15 0 R", &format!("15 0 R {extra}"));
    let with = |annotation: &str| append(&signed, &[(3, page("100 0 R")), (100, annotation.to_owned())]);
    let note = with("<</Type/Annot/Subtype/Text/Contents(second)/Rect[1 1 2 2]/P 3 0 R>>");
    expect(&note, ChangeClass::Annotations, &[ChangeKind::Comment]);
    let direct = append(&signed, &[(3, page("<</Type/Annot/Subtype/Text/Rect[1 1 2 2]>>"))]);
    expect(&direct, ChangeClass::Annotations, &[ChangeKind::Comment]);
    for subtype in ["FreeText", "Stamp", "Redact", "FileAttachment", "Link", "Widget", "Screen", "Watermark", "Unknown"]
    {
        let annotation = with(&format!("<</Type/Annot/Subtype/{subtype}/Rect[1 1 2 2]/P 3 0 R>>"));
        expect(&annotation, ChangeClass::Other, &[ChangeKind::AnnotationForbidden]);
    }
    let acting = with("<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/AA<</E<</S/JavaScript/JS(x)>>>>>>");
    expect(&acting, ChangeClass::Other, &[ChangeKind::AnnotationForbidden]);
    let deleted = append(&signed, &[(3, body(&signed, 3).replace("14 0 R ", ""))]);
    expect(&deleted, ChangeClass::Annotations, &[ChangeKind::Comment]);
    let link_gone = append(&signed, &[(3, body(&signed, 3).replace("15 0 R", ""))]);
    expect(&link_gone, ChangeClass::Other, &[ChangeKind::AnnotationForbidden]);
    let field_gone = append(&signed, &[(3, body(&signed, 3).replace("11 0 R ", ""))]);
    expect(&field_gone, ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let edited = append(&signed, &[(14, body(&signed, 14).replace("(first)", "(edited)"))]);
    expect(&edited, ChangeClass::Annotations, &[ChangeKind::Comment]);
    let turned = append(&signed, &[(14, body(&signed, 14).replace("/Text", "/FreeText"))]);
    expect(&turned, ChangeClass::Other, &[ChangeKind::ObjectChanged]);
    let reordered = append(&signed, &[(3, body(&signed, 3).replace("14 0 R 15 0 R", "15 0 R 14 0 R"))]);
    expect(&reordered, ChangeClass::Other, &[ChangeKind::PageChanged]);
    // The list of page 2 is an object of its own.
    let apart =
        append(&signed, &[(16, "[17 0 R 100 0 R]".into()), (100, "<</Type/Annot/Subtype/Text/Rect[1 1 2 2]>>".into())]);
    expect(&apart, ChangeClass::Annotations, &[ChangeKind::Comment]);
}

#[test]
fn a_comment_over_a_seal_is_refused() {
    let signed = visibly(&contract(), 1, 50.0);
    let page = body(&signed, 3);
    let page = page.replacen("/Annots[", "/Annots[100 0 R ", 1).replacen("/Annots [", "/Annots [100 0 R ", 1);
    let square = "<</Type/Annot/Subtype/Square/Rect[0 0 595 842]/P 3 0 R>>";
    expect(&append(&signed, &[(3, page), (100, square.into())]), ChangeClass::Other, &[ChangeKind::Overlap]);
}

#[test]
fn content_is_never_changed() {
    refused(&[(5, "<</Length @>>stream\nBT /F1 18 Tf (pay 999) Tj ET    \nendstream")], ChangeKind::ObjectChanged);
    refused(&[(9, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>")], ChangeKind::ObjectChanged);
    refused(
        &[(3, "<</Type/Page/Parent 2 0 R/Contents 6 0 R/Annots[11 0 R 12 0 R 14 0 R 15 0 R]>>")],
        ChangeKind::PageChanged,
    );
    refused(
        &[(3, "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Rotate 90/Annots[11 0 R 12 0 R 14 0 R 15 0 R]>>")],
        ChangeKind::PageChanged,
    );
    refused(
        &[(2, "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]/Resources<</Font<</F1 9 0 R>>>>>>")],
        ChangeKind::PagesChanged,
    );
    refused(&[(5, "free")], ChangeKind::ObjectFreed);
}

#[test]
fn the_catalog_and_trailer_stay_as_they_are() {
    let signed = signed_over(&contract());
    let catalog = body(&signed, 1);
    for extra in
        ["/OpenAction<</S/JavaScript/JS(x)>>", "/Names<<>>", "/OCProperties<<>>", "/Perms<<>>", "/PageLabels<<>>"]
    {
        let changed = catalog.replacen("<<", &format!("<<{extra}"), 1);
        expect(&append(&signed, &[(1, changed)]), ChangeClass::Other, &[ChangeKind::CatalogChanged]);
    }
    let raised = catalog.replacen("<<", "<</Version/2.0", 1);
    expect(&append(&signed, &[(1, raised)]), ChangeClass::None, &[ChangeKind::Version]);
    let other = append_with(&signed, &[(100, catalog)], "/Root 100 0 R");
    expect(&other, ChangeClass::Other, &[ChangeKind::TrailerChanged]);
    let mut small = append(&signed, &[]);
    let at = small.windows(5).rposition(|window| window == b"/Size").unwrap();
    small[at..at + 12].copy_from_slice(b"/Size 4     ");
    expect(&small, ChangeClass::Other, &[ChangeKind::TrailerChanged]);
    let flat = append_with(&signed, &[], "/Root 1 0 R/Info 3 0 R");
    expect(&flat, ChangeClass::Other, &[ChangeKind::TrailerChanged]);
}

#[test]
fn the_form_only_grows_by_signature_fields() {
    let signed = signed_over(&contract());
    let form = body(&signed, 10);
    let grown = |extra: &str| form.replacen(']', &format!(" {extra}]"), 1);
    let with = |field: &str| append(&signed, &[(10, grown("100 0 R")), (100, field.to_owned())]);
    let empty = with("<</FT/Sig/T(Next)>>");
    expect(&empty, ChangeClass::Stamps, &[ChangeKind::NewField]);
    let text = with("<</FT/Tx/T(Next)/V(x)>>");
    expect(&text, ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let acting = with("<</FT/Sig/T(Next)/AA<<>>>>");
    expect(&acting, ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let painted = with("<</Type/Annot/Subtype/Widget/FT/Sig/T(Next)/Rect[0 0 595 842]/AP<</N 13 0 R>>>>");
    expect(&painted, ChangeClass::Other, &[ChangeKind::AppearanceUnsigned]);
    let forged = append(
        &signed,
        &[
            (10, grown("100 0 R")),
            (100, "<</FT/Sig/T(Next)/V 101 0 R>>".into()),
            (101, "<</Type/Sig/Filter/X/ByteRange[0 1 2 3]/Contents<3000>>>".into()),
        ],
    );
    expect(&forged, ChangeClass::Other, &[ChangeKind::AppearanceUnsigned]);
    let below = body(&signed, 18).replacen(']', " 100 0 R]", 1);
    let under_group = |field: &str| append(&signed, &[(18, below.clone()), (100, field.to_owned())]);
    let fine = under_group("<</FT/Sig/T(Next)/Parent 18 0 R>>");
    expect(&fine, ChangeClass::Stamps, &[ChangeKind::NewField]);
    assert!(changes(&fine).items.iter().any(|item| item.detail == "group.Next"));
    expect(&under_group("<</FT/Sig/T(Next)/Parent 10 0 R>>"), ChangeClass::Other, &[ChangeKind::FieldChanged]);
    expect(&under_group("<</FT/Tx/T(Next)/Parent 18 0 R>>"), ChangeClass::Other, &[ChangeKind::FieldChanged]);
    let shorter = append(&signed, &[(10, form.replace("11 0 R ", ""))]);
    expect(&shorter, ChangeClass::Other, &[ChangeKind::FormChanged]);
    let redrawn = append(&signed, &[(10, form.replacen("<<", "<</NeedAppearances true", 1))]);
    expect(&redrawn, ChangeClass::Other, &[ChangeKind::FormChanged]);
    let hidden = append(&signed, &[(10, grown("21 0 R"))]);
    expect(&hidden, ChangeClass::Other, &[ChangeKind::HiddenShown]);
    let signature = Pdf::parse(&signed).unwrap().signatures().unwrap()[0].clone();
    let dict = body(&signed, signature.dict.number).replace("Adobe.PPKLite", "Other.PPKLite");
    let redefined = append(&signed, &[(signature.dict.number, dict)]);
    let pdf = Pdf::parse(&redefined).unwrap();
    let found = &pdf.signatures().unwrap()[0];
    assert!(found.faults.iter().any(|fault| fault.code() == "byte-range-hole"));
    let field = body(&signed, signature.field.number);
    let dressed = field.replacen("<<", "<</AP<</N 13 0 R>>", 1);
    let dressed = append(&signed, &[(signature.field.number, dressed)]);
    expect(&dressed, ChangeClass::Other, &[ChangeKind::SignatureChanged]);
}

#[test]
fn what_was_hidden_or_dangling_stays_so() {
    let signed = signed_over(&contract());
    // Page 2 refers to an object that nobody defined.
    let filled = append(&signed, &[(50, "<</Length @>>stream\nx Tj\nendstream".into())]);
    expect(&filled, ChangeClass::Other, &[ChangeKind::DanglingFilled]);
    // A stamp that no page listed.
    let shown = append(&signed, &[(3, body(&signed, 3).replace("15 0 R", "15 0 R 21 0 R"))]);
    expect(&shown, ChangeClass::Other, &[ChangeKind::HiddenShown]);
    // A comment whose appearance is an object that nothing used.
    let note = "<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/AP<</N 21 0 R>>>>";
    let borrowed = append(&signed, &[(3, body(&signed, 3).replace("15 0 R", "15 0 R 100 0 R")), (100, note.into())]);
    expect(&borrowed, ChangeClass::Other, &[ChangeKind::HiddenShown]);
}

#[test]
fn what_a_middle_revision_changed_is_not_forgotten() {
    let signed = signed_over(&contract());
    let original = body(&signed, 5);
    let there = append(&signed, &[(5, original.replace("100", "999"))]);
    let back = append(&there, &[(5, original)]);
    expect(&back, ChangeClass::Other, &[ChangeKind::ObjectChanged]);
}

#[test]
fn bytes_that_no_revision_lists_are_refused() {
    let signed = signed_over(&contract());
    let tail = |extra: &str| [signed.as_slice(), extra.as_bytes()].concat();
    for extra in ["5 0 obj\n<<>>\nendobj\n", "x", "<</A 1>>", "startxref\n9\n"] {
        let bytes = tail(extra);
        let Ok(pdf) = Pdf::parse(&bytes) else { continue };
        let found = later_changes(&pdf, &pdf.signatures().unwrap()[0]).unwrap();
        assert_eq!(found.class, ChangeClass::Other, "{extra}");
    }
    expect(&tail("\n\n  \n% a comment\n"), ChangeClass::None, &[]);
    // The attack by incremental saving: an object that the revision does not list.
    let mut sneaked = tail("5 0 obj\n<</Length @>>stream\nx y\nendstream\nendobj\n");
    sneaked = append(&sneaked, &[(100, "null".into())]);
    expect(&sneaked, ChangeClass::Other, &[ChangeKind::UnaccountedBytes]);
    // And one that is listed, but written twice.
    let mut twice = tail("100 0 obj\n1\nendobj\n");
    twice = append(&twice, &[(100, "2".into())]);
    expect(&twice, ChangeClass::Other, &[ChangeKind::UnaccountedBytes]);
    // A comment that swallows an object.
    let mut swallowed = tail("% ");
    swallowed = append(&swallowed, &[(100, "2".into())]);
    expect(&swallowed, ChangeClass::Other, &[ChangeKind::UnaccountedBytes]);
}

#[test]
fn a_certification_permits_what_it_says() {
    for (permission, filled, commented) in [
        (Permission::NoChanges, ChangeClass::Other, ChangeClass::Other),
        (Permission::FillForms, ChangeClass::Forms, ChangeClass::Other),
        (Permission::Annotate, ChangeClass::Forms, ChangeClass::Annotations),
    ] {
        let signed = certified(permission);
        let field = body(&signed, 11).replace("(100)", "(999)");
        assert_eq!(changes(&append(&signed, &[(11, field)])).class, filled, "{permission:?}");
        let page = body(&signed, 3).replace("15 0 R", "15 0 R 100 0 R");
        let note = "<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/P 3 0 R>>";
        let noted = append(&signed, &[(3, page), (100, note.into())]);
        assert_eq!(changes(&noted).class, commented, "{permission:?}");
        let form = body(&signed, 10).replacen(']', " 100 0 R]", 1);
        let next = append(&signed, &[(10, form), (100, "<</FT/Sig/T(Next)>>".into())]);
        expect(&next, ChangeClass::Other, &[ChangeKind::NotPermitted]);
        let unused = append(&signed, &[(100, "<</Nothing true>>".into())]);
        assert_eq!(changes(&unused).class, ChangeClass::None);
    }
    let signed = certified(Permission::FillForms);
    let existing = sign(&signed, &draft(FieldChoice::Existing("Party".into()), None));
    expect(&existing, ChangeClass::Stamps, &[ChangeKind::FieldSigned]);
}

#[test]
fn a_locked_field_stays_as_it_is() {
    let contract = String::from_utf8(contract()).unwrap();
    let locked =
        contract.replace("/Rect[300 10 400 60]", "/Lock<</Type/SigFieldLock/Action/Include/Fields[(amount)]>>");
    // The lock moved offsets: write the file again in whole.
    let start = locked.find("1 0 obj").unwrap();
    let objects: Vec<(u32, String)> = locked[start..locked.find("xref").unwrap()]
        .split("endobj\n")
        .filter_map(|object| {
            let (number, body) = object.split_once(" 0 obj\n")?;
            Some((number.parse().unwrap(), body.trim_end_matches('\n').to_owned()))
        })
        .collect();
    let mut bytes = b"%PDF-1.7\n".to_vec();
    write_objects(&mut bytes, &objects, "/Root 1 0 R", "0000000000 65535 f \n", 200_000);
    let signed = sign(&bytes, &draft(FieldChoice::Existing("Party".into()), None));
    let field = body(&signed, 11).replace("(100)", "(999)");
    expect(&append(&signed, &[(11, field)]), ChangeClass::Other, &[ChangeKind::FieldLocked]);
    let other = sign(&signed, &draft(FieldChoice::Existing("group.inner".into()), None));
    expect(&other, ChangeClass::Stamps, &[ChangeKind::FieldSigned]);
}

#[test]
fn an_object_stream_that_holds_signed_objects_is_not_replaced() {
    let Some(shared) = super::support::shared() else { return };
    let bytes = std::fs::read(shared.join("samples/pdf/acroform-objstm-xrefstm-pdf20.pdf")).unwrap();
    let signed = signed_over(&bytes);
    let pdf = Pdf::parse(&signed).unwrap();
    let view = pdf.latest();
    let holder = (1..30).find_map(|number| {
        let object = view.object(ObjectId::new(number)).unwrap()?;
        match &object.source {
            Source::ObjectStream { container, .. } => Some(*container),
            Source::File(_) => None,
        }
    });
    let root = view.trailer().get(b"Root").unwrap().as_reference().unwrap();
    let body = "<</Type/ObjStm/N 0/First 0/Length @>>stream\n\nendstream";
    let trailer = format!("/Root {} 0 R", root.number);
    let replaced = append_with(&signed, &[(holder.unwrap(), body.into())], &trailer);
    expect(&replaced, ChangeClass::Other, &[ChangeKind::ContainerReplaced]);
}

#[test]
fn a_signature_that_is_taken_out_of_its_field_is_an_orphan() {
    let signed = visibly(&signed_over(&contract()), 1, 50.0);
    let pdf = Pdf::parse(&signed).unwrap();
    let second = pdf.signatures().unwrap()[1].clone();
    assert!(pdf.orphans().unwrap().is_empty());
    let emptied = body(&signed, second.field.number).replace(&format!("/V {} 0 R", second.dict.number), "");
    let removed = append(&signed, &[(second.field.number, emptied)]);
    let pdf = Pdf::parse(&removed).unwrap();
    assert_eq!(pdf.signatures().unwrap().len(), 1);
    assert_eq!(pdf.orphans().unwrap()[0].id, second.dict);
    expect(&removed, ChangeClass::Other, &[]);
}

#[test]
fn a_hole_that_is_not_the_contents_is_a_fault() {
    let signed = signed_over(&contract());
    let pdf = Pdf::parse(&signed).unwrap();
    let [_, a, b, c] = pdf.signatures().unwrap()[0].byte_range.unwrap();
    let text = String::from_utf8(signed.clone()).unwrap();
    let start = text.find("/ByteRange").unwrap() + "/ByteRange".len();
    let end = start + text[start..].find('/').unwrap();
    let with = |range: [u64; 4]| {
        let array = format!(" [{} {} {} {}]", range[0], range[1], range[2], range[3]);
        let padded = format!("{array:width$}", width = end - start);
        assert_eq!(padded.len(), end - start);
        let mut bytes = signed.clone();
        bytes[start..end].copy_from_slice(padded.as_bytes());
        let pdf = Pdf::parse(&bytes).unwrap();
        let signature = pdf.signatures().unwrap()[0].clone();
        let faults: Vec<_> = signature.faults.iter().map(|fault| fault.code()).collect();
        (faults, signature.coverage)
    };
    assert_eq!(with([0, a, b, c]).0, Vec::<&str>::new());
    assert_eq!(with([0, a - 1, b, c]).0, ["byte-range-hole"]);
    assert_eq!(with([0, a + 1, b, c]).0, ["byte-range-hole"]);
    assert_eq!(with([0, a, b + 1, c - 1]).0, ["byte-range-hole"]);
    for range in [[1, a, b, c], [0, a, b, c + 1], [0, b, a, c], [0, 0, 0, u64::MAX / 2], [0, a, b, i64::MAX as u64]] {
        assert!(with(range).0.contains(&"byte-range-malformed"), "{range:?}");
    }
    assert_eq!(with([0, a, b, c]).1, Coverage::WholeFile);
    assert_eq!(with([0, a, b, c - 1]).1, Coverage::Revision(1), "the last line end may be left out");
    assert_eq!(with([0, a, b, c - 9]).1, Coverage::Less);
}

//! The picture that a signature shows is told for certain, or not at all.

use eseal::document::pdf::{
    Appearance, FieldChoice, Pdf, PictureUnclear, Pixels, Shown, ShownImage, SignatureDraft, WidgetPlace, reserve,
    shown_picture,
};

/// Red, half transparent blue, invisible, green.
const PIXELS: [u8; 16] = [255, 0, 0, 255, 0, 0, 255, 128, 9, 9, 9, 0, 0, 255, 0, 255];

fn blank() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for body in [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 2 0 R>>",
    ] {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{body}\nendobj\n", offsets.len()).bytes());
    }
    let at = bytes.len();
    bytes.extend(b"xref\n0 4\n0000000000 65535 f \n");
    bytes.extend(offsets.iter().flat_map(|offset| format!("{offset:010} 00000 n \n").into_bytes()));
    bytes.extend(format!("trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").bytes());
    bytes
}

fn stamped(appearance: &Appearance) -> Vec<u8> {
    let file = blank();
    let pdf = Pdf::parse(&file).unwrap();
    let draft = SignatureDraft {
        field: FieldChoice::New { name: None },
        filter: "Adobe.PPKLite",
        sub_filter: "GM.sm2seal",
        name: None,
        reason: None,
        location: None,
        signing_time: None,
        shown: Some(Shown { appearance, size_mm: (40.0, 40.0) }),
        places: &[WidgetPlace { page: 1, seen_mm: [50.0, 50.0, 40.0, 40.0] }],
        certify: None,
        contents_len: 16,
    };
    reserve(&pdf, &draft).unwrap().fill(&[0x30, 0]).unwrap()
}

fn shown(bytes: &[u8]) -> Result<(ShownImage, Pixels), PictureUnclear> {
    let pdf = Pdf::parse(bytes).unwrap();
    let signature = &pdf.signatures().unwrap()[0];
    assert_eq!(signature.widgets.len(), 1);
    let [x, y, width, height] = signature.widgets[0].rect_mm.unwrap();
    assert!((x - 50.0).abs() + (y - 50.0).abs() + (width - 40.0).abs() + (height - 40.0).abs() < 0.01);
    let shown = shown_picture(&pdf, &signature.widgets[0])?;
    let pixels = shown.encoded.pixels(&pdf)?;
    Ok((shown, pixels))
}

/// The file with some bytes put in the place of others as long.
fn edited(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at =
        bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
    let mut edited = bytes.to_vec();
    edited[at..at + from.len()].copy_from_slice(format!("{to:width$}", width = from.len()).as_bytes());
    assert_eq!(edited.len(), bytes.len());
    edited
}

#[test]
fn our_own_picture_comes_back() {
    let (picture, pixels) = shown(&stamped(&Appearance::rgba(2, 2, &PIXELS).unwrap())).unwrap();
    assert!(picture.is_whole());
    let Pixels::Rgba { width: 2, height: 2, rgba } = &pixels else { panic!("{picture:?}") };
    let visible = |pixels: &[u8]| -> Vec<Vec<u8>> {
        pixels.chunks(4).map(|pixel| if pixel[3] == 0 { vec![0; 4] } else { pixel.to_vec() }).collect()
    };
    assert_eq!(visible(rgba), visible(&PIXELS));
}

#[test]
fn a_slice_is_told_from_the_whole() {
    let bytes = stamped(&Appearance::rgba(2, 2, &PIXELS).unwrap());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find("/BBox [0 0 ").unwrap() + "/BBox [0 0 ".len();
    let width: String = text[at..].chars().take_while(|letter| *letter != ' ').collect();
    let half = &format!("{:.5}", width.parse::<f64>().unwrap() / 2.0)[..width.len().min(6)];
    let sliced = edited(&bytes, &format!("/BBox [0 0 {width}"), &format!("/BBox [0 0 {half}"));
    let (picture, _) = shown(&sliced).unwrap();
    assert!(!picture.is_whole());
    assert!((picture.part[2] - 0.5).abs() < 0.01, "{:?}", picture.part);
}

#[test]
fn an_appearance_that_draws_anything_else_is_unclear() {
    let bytes = stamped(&Appearance::rgba(2, 2, &PIXELS).unwrap());
    let one = Err(PictureUnclear::NotOneImage);
    let outcome = |bytes: &[u8]| shown(bytes).map(|_| ());
    assert_eq!(outcome(&edited(&bytes, "/Im0 Do Q", "/Im1 Do Q")), one);
    assert_eq!(outcome(&edited(&bytes, "/Im0 Do Q", "Q")), one);
    assert_eq!(outcome(&edited(&bytes, "/Im0 Do Q", "/Im0 Do f")), one);
    assert_eq!(outcome(&edited(&bytes, "/Subtype /Form", "/Subtype /Text")), one);
    // The mask comes first in the file, the image after it.
    let unknown = Err(PictureUnclear::UnknownKind);
    assert_eq!(outcome(&edited(&bytes, "/DeviceRGB /Filter", "/DeviceXYZ /Filter")), unknown);
    assert_eq!(outcome(&edited(&bytes, "/DeviceGray", "/DeviceXYZ")), unknown);
    assert_eq!(outcome(&edited(&bytes, "/Width 2", "/Width 3")), unknown, "the mask is not as large as the image");
    assert_eq!(outcome(&edited(&bytes, "/Subtype /Image", "/Subtype /Other")), one);
    assert_eq!(outcome(&edited(&bytes, "/BitsPerComponent 8", "/BitsPerComponent 4")), unknown);
}

#[test]
fn every_reason_has_words() {
    for reason in PictureUnclear::ALL {
        assert!(reason.code().starts_with("picture-"));
        assert_ne!(reason.label(eseal::Lang::ZhCn), reason.label(eseal::Lang::En));
    }
}

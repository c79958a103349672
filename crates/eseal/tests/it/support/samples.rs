//! The sample PDF files beside the project, each stamped once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eseal::document::pdf::{Appearance, FieldChoice, Pdf, PdfError, Shown, SignatureDraft, WidgetPlace, reserve};
use eseal::key::Signer;
use eseal::seal::ToBeSigned;

use super::office::{FakeOffice, now};
use super::shared;

/// A sample and what became of it.
pub(crate) struct Sample {
    /// `pdf/NAME` or `unsigned/NAME`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) outcome: Result<Stamped, &'static str>,
}

pub(crate) struct Stamped {
    pub(crate) bytes: Vec<u8>,
    /// The page with the seal, from 1, and the unit of that page.
    pub(crate) page: usize,
    pub(crate) user_unit: f64,
    /// Where the seal was asked for: `[left, top, width, height]` in millimetres from the top-left corner as seen.
    pub(crate) asked_mm: [f64; 4],
}

impl Sample {
    /// Writes the stamped file into a folder, for programs.
    pub(crate) fn write(&self, folder: &Path) -> Option<(PathBuf, &Stamped)> {
        let stamped = self.outcome.as_ref().ok()?;
        let path = folder.join(self.name.replace('/', "-"));
        fs::write(&path, &stamped.bytes).unwrap();
        Some((path, stamped))
    }
}

/// One office for all stamps.
pub(crate) fn office() -> &'static FakeOffice {
    static OFFICE: OnceLock<FakeOffice> = OnceLock::new();
    OFFICE.get_or_init(FakeOffice::new)
}

/// The picture of that office's seal, prepared once.
fn appearance() -> &'static Appearance {
    static APPEARANCE: OnceLock<Appearance> = OnceLock::new();
    APPEARANCE.get_or_init(|| {
        let raster = office().seal.picture().decode().unwrap();
        Appearance::rgba(raster.width, raster.height, &raster.rgba).unwrap()
    })
}

/// Every PDF under `../shared/samples/pdf` and `unsigned`, stamped on its last page or refused; `None` without samples.
pub(crate) fn samples() -> Option<&'static [Sample]> {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    let shared = shared()?;
    Some(SAMPLES.get_or_init(|| {
        let mut found = Vec::new();
        for folder in ["pdf", "unsigned"] {
            for entry in fs::read_dir(shared.join("samples").join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "pdf") {
                    let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
                    let outcome = stamp(&fs::read(&path).unwrap(), Page::Last).map_err(|error| error.code());
                    found.push(Sample { name, path, outcome });
                }
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }))
}

/// Which page gets the seal.
#[derive(Clone, Copy)]
pub(crate) enum Page {
    Number(usize),
    Last,
}

/// Stamps a file with the office's seal: its middle lies 30 mm from the right and 35 mm from the bottom edge, or, where
/// the page is too small for that, a smaller seal in the middle. Where a signature lies there already, a tiny seal goes
/// into the corner.
pub(crate) fn stamp(bytes: &[u8], page: Page) -> Result<Stamped, PdfError> {
    let office = office();
    let pdf = Pdf::parse(bytes)?;
    let pages = pdf.pages()?;
    let number = match page {
        Page::Number(number) => number,
        Page::Last => pages.count(),
    };
    let found = pages.page(number).ok_or(PdfError::NoSuchPage { page: number, count: pages.count() })?;
    let user_unit = found.user_unit;
    let (width, height) = found.frame().map_or((210.0, 297.0), |frame| frame.seen_size_mm());
    let side = if width.min(height) >= 70.0 { 42.0 } else { width.min(height) * 0.6 };
    let (x, y) = if side == 42.0 { (width - 30.0, height - 35.0) } else { (width / 2.0, height / 2.0) };
    let middle = [x - side / 2.0, y - side / 2.0, side, side];
    let taken = pdf.signatures()?.iter().flat_map(|signature| &signature.widgets).any(|widget| {
        let overlaps = |rect: [f64; 4]| {
            (0..2)
                .all(|axis| rect[axis] < middle[axis] + middle[axis + 2] && middle[axis] < rect[axis] + rect[axis + 2])
        };
        widget.page == Some(number) && widget.rect_mm.is_some_and(overlaps)
    });
    let (asked_mm, side) = if taken { ([width - 3.2, height - 3.2, 3.0, 3.0], 3.0) } else { (middle, side) };

    let clerk = &office.clerk;
    let draft = SignatureDraft {
        field: FieldChoice::New { name: None },
        filter: "Gomain.GMPkiLite",
        sub_filter: "GM.sm2seal",
        name: None,
        reason: None,
        location: None,
        signing_time: Some(now()),
        shown: Some(Shown { appearance: appearance(), size_mm: (side, side) }),
        places: &[WidgetPlace { page: number, seen_mm: asked_mm }],
        certify: None,
        contents_len: ToBeSigned::reserve(&office.seal, &clerk.certificate, 64),
    };
    let reserved = reserve(&pdf, &draft)?;
    let (hash, property) = (*reserved.data_hash(), reserved.property_info());
    let to_be_signed = ToBeSigned::new(&office.seal, &clerk.certificate, now(), &hash, &property).unwrap();
    let signature = to_be_signed.close(&clerk.signer.sign_digest(&to_be_signed.digest()).unwrap()).unwrap();
    let bytes = reserved.fill(signature.as_der())?;
    Ok(Stamped { bytes, page: number, user_unit, asked_mm })
}

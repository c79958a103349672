//! Preparing a signature: field, widgets, signature dictionary and hole, as one incremental update.

use std::borrow::Cow;

use crate::time::Instant;

use super::appearance::Appearance;
use super::error::PdfError;
use super::obstacles;
use super::permissions::Permission;
use super::reader::Pdf;
use super::reserved::Reserved;
use super::signature_dictionary::{self, Entries};
use super::target::{self, Target};
use super::update::{Base, SectionKind};
use super::writer::Writer;
use super::xref::XrefKind;

/// Which field gets the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChoice {
    /// A new field; without a name it gets one that is free.
    New {
        /// Its name: no dot, not empty, not longer than 127 characters.
        name: Option<String>,
    },
    /// An existing signature field without a value, by its full name; shown where it is.
    Existing(String),
}

/// A rectangle of a page in which the signature shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidgetPlace {
    /// The page, counted from 1.
    pub page: usize,
    /// `[x, y, width, height]` in millimetres from the top-left corner as seen.
    pub seen_mm: [f64; 4],
}

/// What a signature shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'d> {
    /// The picture.
    pub appearance: &'d Appearance,
    /// Its printed size in millimetres; used where an existing field says where, but not how large.
    pub size_mm: (f64, f64),
}

/// Everything about a signature but its value.
#[derive(Clone, Debug)]
pub struct SignatureDraft<'d> {
    /// Which field.
    pub field: FieldChoice,
    /// `/Filter`: the name of a handler.
    pub filter: &'d str,
    /// `/SubFilter`: the name of the encoding of `/Contents`.
    pub sub_filter: &'d str,
    /// `/Name`: who signs.
    pub name: Option<&'d str>,
    /// `/Reason`.
    pub reason: Option<&'d str>,
    /// `/Location`.
    pub location: Option<&'d str>,
    /// `/M`: when, as claimed.
    pub signing_time: Option<Instant>,
    /// The picture; `None` makes the signature invisible.
    pub shown: Option<Shown<'d>>,
    /// Where a new field shows; empty makes it invisible. Ignored for an existing field.
    pub places: &'d [WidgetPlace],
    /// What may be changed afterwards, told by the first signature of a document.
    pub certify: Option<Permission>,
    /// Room for so many bytes of signature.
    pub contents_len: usize,
}

/// The most widgets of one signature (our limit): every page of a very long document.
const MAX_WIDGETS: usize = 100_000;
/// The most bytes of signature (our limit, the reader's too).
const MAX_CONTENTS: usize = 16 << 20;

/// Writes everything of a signature but its value.
///
/// # Errors
/// [`PdfError::Obstacle`] when the file must not be updated, [`PdfError::NoSuchPage`], [`PdfError::NoSuchField`],
/// [`PdfError::FieldSigned`] and others about the field, [`PdfError::FileTooLarge`].
pub fn reserve<'a>(pdf: &Pdf<'a>, draft: &SignatureDraft<'_>) -> Result<Reserved<'a>, PdfError> {
    if draft.places.len() > MAX_WIDGETS {
        return Err(PdfError::TooManyWidgets { count: draft.places.len() });
    }
    if draft.contents_len > MAX_CONTENTS {
        return Err(PdfError::HoleTooSmall { needed: draft.contents_len, reserved: MAX_CONTENTS });
    }
    let earlier = obstacles::refuse(pdf, &draft.field, draft.certify)?;
    if draft.shown.is_some() && matches!(draft.field, FieldChoice::New { .. }) {
        obstacles::refuse_overlap(pdf, draft.places)?;
    }
    let target = target::find(pdf, &draft.field)?;
    let view = pdf.latest();
    let catalog = view.catalog()?;
    // Field, widgets, streams, signature and cross-reference; a list of annotations for each page.
    let room = u32::try_from(32 + 4 * draft.places.len()).unwrap_or(u32::MAX);
    let mut base = base(pdf);
    if earlier.signed {
        // A number that something already refers to would give a meaning to what had none when it was signed.
        base.next_number = pdf.references()?.unused(base.next_number, room);
    }
    let mut writer = Writer::new(pdf, base, &catalog, draft.shown)?;
    let signature = writer.update.allocate()?;
    let mut field_lock = None;
    let mut new_root = None;
    match &target {
        Target::New { name } => new_root = Some(writer.new_field(name, signature, draft.places, &earlier)?),
        Target::Existing(existing) => {
            field_lock = existing.lock_parameters(view)?;
            writer.sign_existing(existing, signature)?;
        }
    }
    writer.list_annotations()?;
    writer.change_form(new_root, draft.certify.map(|_| signature))?;
    let written = signature_dictionary::write(&Entries {
        filter: draft.filter,
        sub_filter: draft.sub_filter,
        name: draft.name,
        reason: draft.reason,
        location: draft.location,
        signing_time: draft.signing_time,
        certify: draft.certify,
        field_lock,
        catalog: catalog.id,
        contents_len: draft.contents_len,
    });
    writer.update.put(signature, written.content);
    let mut fresh_id = [0; 16];
    crate::sm::random(&mut fresh_id).map_err(|_| PdfError::NoRandomness)?;
    let laid = writer.update.lay_out(fresh_id)?;
    let at = laid.content_of(signature).ok_or(PdfError::PreparedMalformed)?;
    let hole = at + written.hole.start..at + written.hole.end;
    Reserved::new(Cow::Borrowed(pdf.bytes()), laid.bytes, hole, at + written.byte_range)
}

/// What an update of this file starts from.
fn base<'p>(pdf: &'p Pdf<'_>) -> Base<'p> {
    let last = pdf.revisions().last().expect("a parsed file has a revision");
    let highest = pdf.history.last().map_or(0, |placed| placed.number);
    let sizes = pdf.sections.iter().filter_map(|section| section.trailer.get(b"Size")?.as_integer());
    let size = sizes.max().and_then(|size| u32::try_from(size).ok()).unwrap_or(u32::MAX);
    Base {
        bytes: pdf.bytes,
        section: last.xref_offset as u64,
        kind: match last.xref_kind {
            XrefKind::Stream => SectionKind::Stream,
            XrefKind::Table | XrefKind::Hybrid => SectionKind::Table,
        },
        trailer: pdf.latest().trailer(),
        next_number: size.max(highest.saturating_add(1)).max(1),
    }
}

//! PDF (ISO 32000-1, GB/T 32010.1) as a carrier.
//!
//! The reader is strict: nothing is guessed, nothing is repaired. What it cannot follow is an error, what it can follow
//! although a rule is broken is a [`Fault`]. Every value knows the bytes it was read from, and the file can be looked at
//! as it was after each of its revisions ([`Pdf::at`]).

pub mod geometry;

mod appearance;
mod changes;
mod conformance;
mod error;
mod faults;
mod fields;
mod filter;
mod indirect;
mod layout;
mod limits;
mod number;
mod object;
mod obstacles;
mod pages;
mod permissions;
mod picture;
mod reader;
mod reserve;
mod reserved;
mod resolver;
mod revision;
mod signature_dictionary;
mod signatures;
mod splice;
mod syntax;
mod target;
mod update;
mod writer;
mod xref;

pub use appearance::{Appearance, Blend};
pub use changes::{Change, ChangeClass, ChangeKind, LaterChanges, later_changes};
pub use error::PdfError;
pub use faults::{Fault, FaultKind};
pub use fields::{Field, FieldKind, FieldValue, Fields};
pub use limits::Limits;
pub use object::{Dictionary, IndirectObject, Object, ObjectId, Source, Stream, Value};
pub use obstacles::Obstacle;
pub use pages::{Page, Pages};
pub use permissions::{FieldLock, LockAction, Permission};
pub use picture::{EncodedImage, PictureUnclear, Pixels, ShownImage, shown_picture};
pub use reader::{Encryption, Pdf};
pub use reserve::{FieldChoice, Shown, SignatureDraft, WidgetPlace, reserve};
pub use reserved::Reserved;
pub use resolver::{Found, View};
pub use revision::Revision;
pub use signatures::{Coverage, FoundSignature, Orphan, SignatureKind, Widget};
pub use xref::XrefKind;

/// Asks a file everything that reading can answer, for tests and fuzzing: nothing may panic, hang or grow without bound.
///
/// # Errors
/// The first that any question gave.
#[doc(hidden)]
pub fn exercise(bytes: &[u8]) -> Result<(), PdfError> {
    let pdf = Pdf::parse(bytes)?;
    let mut outcome = pdf.pages().map(|pages| {
        for page in pages {
            let _ = page.frame();
        }
    });
    outcome = outcome.and(pdf.fields().map(|_| ()));
    outcome = outcome.and(pdf.orphans().map(|_| ()));
    let signatures = match pdf.signatures() {
        Ok(signatures) => signatures,
        Err(error) => return outcome.and(Err(error)),
    };
    for signature in signatures {
        let _ = signature.covered(&pdf);
        outcome = outcome.and(later_changes(&pdf, signature).map(|_| ()));
        for widget in &signature.widgets {
            let _ = shown_picture(&pdf, widget).and_then(|shown| shown.encoded.pixels(&pdf));
        }
    }
    outcome
}

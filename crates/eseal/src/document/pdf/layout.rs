//! Accounting for every byte of a revision.
//!
//! A revision consists of the objects that its cross-reference section lists, that section, `startxref` and `%%EOF`.
//! Between them only white space and comments may stand: anything else is what attacks by incremental saving hide.

use std::ops::Range;

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::reader::Pdf;
use super::syntax::Parser;
use super::xref::Entry;

/// More faults of this kind tell nothing new.
const ENOUGH: usize = 64;

/// What is wrong with the bytes from one revision on to the end of the file; empty if each belongs to something listed.
///
/// # Errors
/// When a listed object cannot be read.
pub(crate) fn account_from(pdf: &Pdf<'_>, first: usize) -> Result<Vec<Fault>, PdfError> {
    let revisions = pdf.revisions();
    let mut faults = Vec::new();
    // History entries by revision, gone through once.
    let mut placed: Vec<Vec<usize>> = vec![Vec::new(); revisions.len().saturating_sub(first)];
    for (index, one) in pdf.history.iter().enumerate() {
        if let Some(bucket) = (one.revision as usize).checked_sub(first).and_then(|at| placed.get_mut(at)) {
            bucket.push(index);
        }
    }
    for (revision, placed) in (first..).zip(placed) {
        account(pdf, revision, &placed, &mut faults)?;
        if faults.len() >= ENOUGH {
            return Ok(faults);
        }
    }
    let end = revisions.last().map_or(0, |last| last.span.end);
    gap(pdf, end..pdf.bytes.len(), &[], &mut faults);
    Ok(faults)
}

fn account(pdf: &Pdf<'_>, revision: usize, placed: &[usize], faults: &mut Vec<Fault>) -> Result<(), PdfError> {
    let this = &pdf.revisions()[revision];
    if this.eof.is_none() {
        faults.push(Fault::at(FaultKind::UnclearEnd, this.span.end));
    }
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut listed: Vec<u32> = Vec::new();
    for &index in placed {
        let one = pdf.history[index];
        match one.entry {
            Entry::Plain { offset, .. } if this.span.contains(&offset) => {
                pieces.push(pdf.load(index)?.span.clone());
                listed.push(one.number);
            }
            _ => {}
        }
    }
    for section in &pdf.sections[this.sections.clone()] {
        pieces.push(section.span.clone());
        pieces.extend(section.extra.clone());
        pieces.extend(inner_ending(pdf, section.span.end));
    }
    pieces.push(this.tail.clone());
    pieces.sort_unstable_by_key(|piece| (piece.start, piece.end));
    // A cross-reference stream that lists itself is there twice, and so is the last ending.
    pieces.dedup();
    let mut at = this.span.start;
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        if piece.start < at {
            faults.push(Fault::at(FaultKind::UnaccountedBytes, piece.start));
        } else {
            gap(pdf, at..piece.start, &listed, faults);
        }
        at = at.max(piece.end);
        if faults.len() >= ENOUGH {
            return Ok(());
        }
    }
    gap(pdf, at..this.span.end.max(at), &listed, faults);
    Ok(())
}

/// `startxref` and `%%EOF` after the first section of a linearized file, which is not the end of a revision.
fn inner_ending(pdf: &Pdf<'_>, from: usize) -> Option<Range<usize>> {
    super::revision::read_ending(pdf.bytes, from, &pdf.limits).map(|ending| ending.span)
}

/// Looks for anything but white space and comments. `listed` is sorted.
fn gap(pdf: &Pdf<'_>, gap: Range<usize>, listed: &[u32], faults: &mut Vec<Fault>) {
    let bytes = pdf.bytes;
    let mut parser = Parser::new(&bytes[..gap.end], gap.start, &pdf.limits);
    parser.skip_space();
    let at = parser.position();
    if at == gap.end {
        // A comment that runs into what follows hides it from readers that do not go by offsets.
        let inside = &bytes[gap.clone()];
        let last_line = memchr::memrchr2(b'\n', b'\r', inside).map_or(inside, |end| &inside[end + 1..]);
        if last_line.contains(&b'%') && gap.end != bytes.len() {
            faults.push(Fault::at(FaultKind::UnaccountedBytes, gap.start));
        }
        return;
    }
    faults.push(match parser.take_object_header() {
        Ok(id) if listed.binary_search(&id.number).is_ok() => {
            Fault { kind: FaultKind::DefinedTwice, offset: Some(at), object: Some(id) }
        }
        Ok(id) => Fault { kind: FaultKind::UnlistedObject, offset: Some(at), object: Some(id) },
        Err(_) => Fault::at(FaultKind::UnaccountedBytes, at),
    });
}

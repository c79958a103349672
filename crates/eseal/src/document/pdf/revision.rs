//! Revisions: what each saving of the file added (ISO 32000-1, 7.5.6).

use std::collections::HashSet;
use std::ops::Range;

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::limits::Limits;
use super::syntax::{Parser, is_space};
use super::xref::{Entry, Section, XrefKind, read_section};

/// What one saving of the file added.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Revision {
    /// Its place among the revisions, 0 for the oldest.
    pub index: usize,
    /// How its cross-reference section is written.
    pub xref_kind: XrefKind,
    /// The offset of that section, as its `startxref` says: what the next revision's `/Prev` must be.
    pub xref_offset: usize,
    /// Its bytes: from the end of the revision before to just after its `%%EOF` and at most one line end.
    pub span: Range<usize>,
    /// The byte after `%%EOF`; `None` if the section is not followed by `startxref`, its offset and `%%EOF`.
    pub eof: Option<usize>,
    pub(crate) sections: Range<usize>,
    pub(crate) tail: Range<usize>,
}

impl Revision {
    /// The byte after the revision: after `%%EOF` and at most one line end.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.span.end as u64
    }

    /// Whether a range of bytes that begins at 0 and ends here is this revision with all before it.
    ///
    /// Writers end a revision before, inside or after the line end that follows `%%EOF`.
    #[must_use]
    pub fn ends_at(&self, end: u64) -> bool {
        self.eof.is_some_and(|eof| (eof as u64..=self.span.end as u64).contains(&end))
    }
}

/// All sections, oldest first, and the revisions they make.
pub(crate) struct Chain {
    pub(crate) sections: Vec<Section>,
    pub(crate) revisions: Vec<Revision>,
}

/// `startxref`, a number and `%%EOF`.
pub(crate) struct Ending {
    pub(crate) span: Range<usize>,
    pub(crate) offset: u64,
}

pub(crate) fn read_ending(bytes: &[u8], from: usize, limits: &Limits) -> Option<Ending> {
    let mut parser = Parser::new(bytes, from, limits);
    parser.skip_space();
    let start = parser.position();
    if !parser.take_word(b"startxref") {
        return None;
    }
    parser.skip_white();
    let offset = parser.take_unsigned()?;
    parser.skip_white();
    let end = parser.position();
    bytes[end..].starts_with(b"%%EOF").then(|| Ending { span: start..end + 5, offset })
}

/// The byte after at most one line end.
pub(crate) fn after_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b'\r', b'\n', ..]) => at + 2,
        Some([b'\r' | b'\n', ..]) => at + 1,
        _ => at,
    }
}

/// Follows the chain from the last `startxref` to the oldest section.
pub(crate) fn read_chain(bytes: &[u8], limits: &Limits, faults: &mut Vec<Fault>) -> Result<Chain, PdfError> {
    let last = memchr::memmem::rfind(bytes, b"startxref").ok_or(PdfError::StartxrefBroken)?;
    let ending = read_ending(bytes, last, limits).ok_or(PdfError::StartxrefBroken)?;
    let mut next = usize::try_from(ending.offset).ok().filter(|&at| at > 0 && at < bytes.len());
    if next.is_none() {
        return Err(PdfError::StartxrefBroken);
    }
    let mut sections: Vec<Section> = Vec::new();
    let mut seen = HashSet::new();
    let mut entries = 0;
    while let Some(offset) = next {
        if !seen.insert(offset) {
            return Err(PdfError::XrefBroken { offset, what: "the chain of sections leads in a circle" });
        }
        if sections.len() == limits.sections {
            return Err(PdfError::OverLimit { what: "cross-reference sections", limit: limits.sections });
        }
        let section = read_section(bytes, offset, limits, faults)?;
        entries += section.entries.len();
        if entries > limits.entries {
            return Err(PdfError::OverLimit { what: "cross-reference entries", limit: limits.entries });
        }
        next = section.prev;
        // A section may only continue in an earlier one; the two of a linearized file are the exception (Annex F).
        if let Some(newer) = sections.last().filter(|newer| newer.offset < offset)
            && next.is_some()
        {
            return Err(PdfError::XrefBroken { offset: newer.offset, what: "/Prev points forward" });
        }
        sections.push(section);
    }
    sections.reverse();
    let revisions = group(bytes, &sections, &ending, limits, faults);
    Ok(Chain { sections, revisions })
}

fn group(
    bytes: &[u8],
    sections: &[Section],
    last_ending: &Ending,
    limits: &Limits,
    faults: &mut Vec<Fault>,
) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut at = 0;
    while at < sections.len() {
        let linearized = at == 0 && sections.len() > 1 && sections[0].offset > sections[1].offset;
        let count = if linearized { 2 } else { 1 };
        let (physically_last, named) = (&sections[at], &sections[at + count - 1]);
        let from = physically_last.span.end;
        let ending = read_ending(bytes, from, limits).filter(|ending| ending.offset == named.offset as u64);
        let is_last = at + count == sections.len();
        let start = revisions.last().map_or(0, |before| before.span.end);
        let (span, eof, tail) = match &ending {
            Some(ending) => {
                let eof = ending.span.end;
                (start..after_line_end(bytes, eof), Some(eof), ending.span.clone())
            }
            None => {
                faults.push(Fault::at(FaultKind::UnclearEnd, from));
                let end = if is_last { last_ending.span.end.max(from) } else { from };
                (start..end.max(start), None, from..from)
            }
        };
        if is_last && (span.end != bytes.len() || tail.start != last_ending.span.start) {
            faults.push(Fault::at(FaultKind::TrailingBytes, span.end));
        }
        revisions.push(Revision {
            index: revisions.len(),
            xref_kind: named.kind,
            xref_offset: named.offset,
            span,
            eof,
            sections: at..at + count,
            tail,
        });
        at += count;
    }
    revisions
}

/// One entry of the history: where an object is from a revision on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) number: u32,
    pub(crate) revision: u32,
    pub(crate) entry: Entry,
}

/// All entries by number, then revision; one for each pair.
pub(crate) fn history(chain: &mut Chain) -> Vec<Placed> {
    let total = chain.sections.iter().map(|section| section.entries.len()).sum();
    let mut placed: Vec<Placed> = Vec::with_capacity(total);
    for (index, revision) in chain.revisions.iter().enumerate() {
        for section in &mut chain.sections[revision.sections.clone()] {
            let entries = std::mem::take(&mut section.entries);
            // The number of sections is limited to far less than 2^32.
            let revision = index as u32;
            placed.extend(entries.into_iter().map(|(number, entry)| Placed { number, revision, entry }));
        }
    }
    if !placed.is_sorted_by_key(|one| (one.number, one.revision)) {
        placed.sort_by_key(|one| (one.number, one.revision));
    }
    // Of two sections in one revision the one that was reached first counts; it was pushed last.
    placed.dedup_by(|later, kept| {
        let same = later.number == kept.number && later.revision == kept.revision;
        if same {
            *kept = *later;
        }
        same
    });
    placed
}

/// Some writers point to the line end before an object. So much white space is passed over.
const LOOSE_SPACE: usize = 4;

/// Checks that every offset leads to the object it is given for; one that leads to white space before it is put right.
pub(crate) fn check_offsets(
    bytes: &[u8],
    placed: &mut [Placed],
    revisions: &[Revision],
    limits: &Limits,
    faults: &mut Vec<Fault>,
) -> Result<(), PdfError> {
    let mut loose = None;
    for one in placed {
        let Entry::Plain { offset, generation } = one.entry else { continue };
        let revision = &revisions[one.revision as usize];
        let broken = |what| PdfError::XrefBroken { offset, what };
        let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) else {
            return Err(broken("an object lies beyond the end of the file"));
        };
        let space = rest.iter().take(LOOSE_SPACE).take_while(|&&byte| is_space(byte)).count();
        let start = offset + space;
        if start >= revision.span.end && revision.eof.is_some() {
            return Err(broken("an object lies beyond the end of its revision"));
        }
        match Parser::new(bytes, start, limits).take_object_header() {
            Ok(id) if id.number == one.number && id.generation == generation => {}
            _ => return Err(broken("an offset does not lead to the object it is given for")),
        }
        if space > 0 {
            loose = Some(offset);
            one.entry = Entry::Plain { offset: start, generation };
        }
    }
    faults.extend(loose.map(|offset| Fault::at(FaultKind::LooseXref, offset)));
    Ok(())
}

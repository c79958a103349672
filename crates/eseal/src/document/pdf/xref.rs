//! Cross-reference sections (ISO 32000-1, 7.5.4, 7.5.5, 7.5.8): tables, streams and hybrids, one at a time.

use std::ops::Range;

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::filter::{self, Filter, Predictor};
use super::indirect::read_object;
use super::limits::Limits;
use super::object::{Dictionary, Object, ObjectId, Value};
use super::syntax::{Parser, is_space};

/// Where a section says an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Not in use.
    Free,
    /// At an offset of the file.
    Plain { offset: usize, generation: u16 },
    /// In an object stream, generation 0.
    Compressed { container: u32, index: u32 },
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum XrefKind {
    /// A table with a trailer.
    Table,
    /// A stream.
    Stream,
    /// A table whose trailer points to a stream with further entries (`/XRefStm`).
    Hybrid,
}

/// One cross-reference section.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) kind: XrefKind,
    /// The offset by which it was found.
    pub(crate) offset: usize,
    /// Its own bytes: from `xref` to the end of the trailer dictionary, or the whole stream object.
    pub(crate) span: Range<usize>,
    /// The stream object of a hybrid section.
    pub(crate) extra: Option<Range<usize>>,
    /// By object number, each number once.
    pub(crate) entries: Vec<(u32, Entry)>,
    pub(crate) trailer: Dictionary,
    pub(crate) prev: Option<usize>,
}

const fn broken(offset: usize, what: &'static str) -> PdfError {
    PdfError::XrefBroken { offset, what }
}

/// Reads the section at an offset.
pub(crate) fn read_section(
    bytes: &[u8],
    offset: usize,
    limits: &Limits,
    faults: &mut Vec<Fault>,
) -> Result<Section, PdfError> {
    if offset >= bytes.len() {
        return Err(broken(offset, "a section lies beyond the end of the file"));
    }
    let start = offset + bytes[offset..].iter().take_while(|&&byte| is_space(byte)).count();
    if start != offset {
        faults.push(Fault::at(FaultKind::LooseXref, offset));
    }
    let mut parser = Parser::new(bytes, start, limits);
    let mut section = if parser.take_word(b"xref") {
        read_table(bytes, start, parser, limits, faults)?
    } else {
        read_stream(bytes, start, limits, faults)?
    };
    section.offset = offset;
    settle(&mut section.entries, start, faults)?;
    if let Some(at) = section.trailer.get(b"XRefStm").filter(|_| section.kind == XrefKind::Table) {
        let at = at.as_integer().and_then(|at| usize::try_from(at).ok());
        // Behind its table it could lie behind what a signature covers.
        let at = at.filter(|&at| at < start).ok_or(broken(start, "/XRefStm is no offset before its table"))?;
        let mut extra = read_stream(bytes, at, limits, faults)?;
        settle(&mut extra.entries, at, faults)?;
        section.kind = XrefKind::Hybrid;
        section.extra = Some(extra.span);
        section.entries = merge(&section.entries, &extra.entries, start, faults);
    }
    section.prev = match section.trailer.get(b"Prev") {
        None => None,
        Some(prev) => {
            let prev = prev.as_integer().and_then(|prev| usize::try_from(prev).ok());
            Some(prev.ok_or(PdfError::TrailerBroken { offset: start, what: "/Prev is no offset" })?)
        }
    };
    check_trailer(&section, start, faults)?;
    Ok(section)
}

fn check_trailer(section: &Section, start: usize, faults: &mut Vec<Fault>) -> Result<(), PdfError> {
    if section.trailer.has_duplicates() {
        faults.push(Fault::at(FaultKind::DuplicateKey, start));
    }
    let size = section.trailer.get(b"Size").and_then(Value::as_integer);
    let size = size.filter(|&size| size >= 0).ok_or(PdfError::TrailerBroken { offset: start, what: "no /Size" })?;
    if section.entries.last().is_some_and(|&(number, entry)| i64::from(number) >= size && entry != Entry::Free) {
        faults.push(Fault::at(FaultKind::SizeTooSmall, start));
    }
    Ok(())
}

/// Sorts by number; two different places for one number are an error.
fn settle(entries: &mut Vec<(u32, Entry)>, start: usize, faults: &mut Vec<Fault>) -> Result<(), PdfError> {
    if !entries.is_sorted_by_key(|&(number, _)| number) {
        entries.sort_by_key(|&(number, _)| number);
    }
    if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        faults.push(Fault::at(FaultKind::ListedTwice, start));
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1) {
            return Err(broken(start, "a section places an object twice"));
        }
        entries.dedup();
    }
    Ok(())
}

/// Adds what the stream of a hybrid section says. An object that the table hides as free is where the stream places it.
fn merge(table: &[(u32, Entry)], stream: &[(u32, Entry)], start: usize, faults: &mut Vec<Fault>) -> Vec<(u32, Entry)> {
    let mut merged = Vec::with_capacity(table.len() + stream.len());
    let mut rest = stream.iter().copied().peekable();
    let mut disagree = false;
    for &(number, entry) in table {
        while let Some(other) = rest.next_if(|other| other.0 < number) {
            merged.push(other);
        }
        match rest.next_if(|other| other.0 == number) {
            Some((_, other)) if entry == Entry::Free => merged.push((number, other)),
            Some((_, other)) => {
                disagree |= other != entry;
                merged.push((number, entry));
            }
            None => merged.push((number, entry)),
        }
    }
    merged.extend(rest);
    if disagree {
        faults.push(Fault::at(FaultKind::HybridDisagrees, start));
    }
    merged
}

/// The shortest spelling of an entry that any reader takes.
const SHORTEST_ENTRY: usize = 18;

fn read_table(
    bytes: &[u8],
    start: usize,
    mut parser: Parser<'_>,
    limits: &Limits,
    faults: &mut Vec<Fault>,
) -> Result<Section, PdfError> {
    let mut entries = Vec::new();
    let mut loose = false;
    loop {
        parser.skip_space();
        if parser.take_word(b"trailer") {
            break;
        }
        let at = parser.position();
        let first = parser.take_unsigned();
        parser.skip_space();
        let (Some(first), Some(count)) = (first, parser.take_unsigned()) else {
            return Err(broken(at, "a subsection or the trailer is expected"));
        };
        let fits = first.checked_add(count).is_some_and(|end| end <= u64::from(u32::MAX));
        if !fits || count > ((bytes.len() - at) / SHORTEST_ENTRY) as u64 {
            return Err(broken(at, "a subsection is larger than the file"));
        }
        if entries.len() + count as usize > limits.entries {
            return Err(PdfError::OverLimit { what: "cross-reference entries", limit: limits.entries });
        }
        parser.skip_space();
        for number in first..first + count {
            let entry = read_entry(bytes, &mut parser, &mut loose)?;
            let entry = match entry {
                Entry::Plain { offset: 0, .. } => {
                    faults.push(Fault::at(FaultKind::OffsetZero, at));
                    Entry::Free
                }
                other => other,
            };
            // Object 0 heads the list of free ones and is never in use.
            if number > 0 {
                entries.push((number as u32, entry));
            }
        }
    }
    if loose {
        faults.push(Fault::at(FaultKind::LooseXref, start));
    }
    parser.skip_space();
    let Object::Dictionary(trailer) = parser.value()?.object else {
        return Err(PdfError::TrailerBroken { offset: parser.position(), what: "not a dictionary" });
    };
    let span = start..parser.position();
    Ok(Section { kind: XrefKind::Table, offset: start, span, extra: None, entries, trailer, prev: None })
}

/// Reads one line of a table: twenty bytes by the standard, any white space where a writer was careless.
fn read_entry(bytes: &[u8], parser: &mut Parser<'_>, loose: &mut bool) -> Result<Entry, PdfError> {
    let at = parser.position();
    if let Some(line) = bytes.get(at..at + 20).and_then(|line| <&[u8; 20]>::try_from(line).ok())
        && let Some(entry) = exact_entry(line)
    {
        parser.seek(at + 20);
        return Ok(entry);
    }
    *loose = true;
    let offset = parser.take_unsigned();
    parser.skip_space();
    let generation = parser.take_unsigned();
    parser.skip_space();
    let used = if parser.take_word(b"n") {
        true
    } else if parser.take_word(b"f") {
        false
    } else {
        return Err(broken(at, "an entry is expected"));
    };
    let (Some(offset), Some(generation)) = (offset, generation) else {
        return Err(broken(at, "an entry is expected"));
    };
    parser.skip_space();
    if !used {
        return Ok(Entry::Free);
    }
    plain(offset, generation).ok_or(broken(at, "an offset or generation is out of range"))
}

fn plain(offset: u64, generation: u64) -> Option<Entry> {
    Some(Entry::Plain { offset: usize::try_from(offset).ok()?, generation: u16::try_from(generation).ok()? })
}

fn exact_entry(line: &[u8; 20]) -> Option<Entry> {
    let digits = |range: Range<usize>| {
        line[range]
            .iter()
            .try_fold(0_u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
    };
    let ends = matches!(&line[18..], b" \n" | b" \r" | b"\r\n");
    if !ends || line[10] != b' ' || line[16] != b' ' {
        return None;
    }
    let (offset, generation) = (digits(0..10)?, digits(11..16)?);
    match line[17] {
        b'n' => plain(offset, generation),
        b'f' => Some(Entry::Free),
        _ => None,
    }
}

fn read_stream(bytes: &[u8], start: usize, limits: &Limits, faults: &mut Vec<Fault>) -> Result<Section, PdfError> {
    // Nothing can be looked up yet, so the length must stand in the dictionary (7.5.8.2).
    let nowhere = |_: ObjectId| Ok(None);
    let read = read_object(bytes, start, limits, &nowhere).map_err(|error| match error {
        PdfError::OverLimit { .. } => error,
        _ => broken(start, "neither a table nor a cross-reference stream"),
    })?;
    let (id, span) = (read.object.id, read.object.span.clone());
    let Object::Stream(stream) = read.object.value.object else {
        return Err(broken(start, "neither a table nor a cross-reference stream"));
    };
    let data = &bytes[stream.data.clone()];
    let trailer = stream.dictionary;
    if !trailer.is_name(b"Type", b"XRef") {
        return Err(broken(start, "the stream is not of type /XRef"));
    }
    let filters = direct_filters(&trailer).ok_or(broken(start, "unusable filters"))?;
    let data = filter::decode(data, &filters, limits, limits.decoded_bound(data.len()))?;
    let mut entries = stream_entries(&trailer, &data, limits, start)?;
    // Some writers get the place of the stream itself wrong. It is here: that is how it was found.
    let here = Entry::Plain { offset: start, generation: id.generation };
    for (_, entry) in entries.iter_mut().filter(|(number, entry)| *number == id.number && *entry != here) {
        *entry = here;
        faults.push(Fault::at(FaultKind::LooseXref, start));
    }
    Ok(Section { kind: XrefKind::Stream, offset: start, span, extra: None, entries, trailer, prev: None })
}

fn stream_entries(
    trailer: &Dictionary,
    data: &[u8],
    limits: &Limits,
    start: usize,
) -> Result<Vec<(u32, Entry)>, PdfError> {
    let integers = |key: &[u8]| -> Option<Vec<u64>> {
        let values = trailer.get(key)?.as_array()?;
        values.iter().map(|value| value.as_integer().and_then(|value| u64::try_from(value).ok())).collect()
    };
    let widths = integers(b"W").ok_or(broken(start, "/W is not three widths"))?;
    let &[w0, w1, w2] = widths.as_slice() else { return Err(broken(start, "/W is not three widths")) };
    if w0.max(w1).max(w2) > 8 || w0 + w1 + w2 == 0 {
        return Err(broken(start, "a width in /W is impossible"));
    }
    let (w0, w1, w2) = (w0 as usize, w1 as usize, w2 as usize);
    let index = match trailer.get(b"Index") {
        Some(_) => integers(b"Index").ok_or(broken(start, "/Index is not pairs of numbers"))?,
        None => {
            let size = trailer.get(b"Size").and_then(Value::as_integer).and_then(|size| u64::try_from(size).ok());
            vec![0, size.ok_or(PdfError::TrailerBroken { offset: start, what: "no /Size" })?]
        }
    };
    if index.len() % 2 != 0 {
        return Err(broken(start, "/Index is not pairs of numbers"));
    }
    let mut rows = data.chunks_exact(w0 + w1 + w2);
    if rows.len() > limits.entries {
        return Err(PdfError::OverLimit { what: "cross-reference entries", limit: limits.entries });
    }
    let mut entries = Vec::with_capacity(rows.len());
    for pair in index.chunks_exact(2) {
        let (first, count) = (pair[0], pair[1]);
        let fits = first.checked_add(count).is_some_and(|end| end <= u64::from(u32::MAX));
        if !fits || count > rows.len() as u64 {
            return Err(broken(start, "a cross-reference stream is shorter than it says"));
        }
        for (number, row) in (first..first + count).zip(rows.by_ref()) {
            let field =
                |range: Range<usize>| row[range].iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
            let kind = if w0 == 0 { 1 } else { field(0..w0) };
            let (second, third) = (field(w0..w0 + w1), field(w0 + w1..w0 + w1 + w2));
            let entry = match kind {
                1 => plain(second, third),
                2 => u32::try_from(second)
                    .ok()
                    .zip(u32::try_from(third).ok())
                    .map(|(container, index)| Entry::Compressed { container, index }),
                // Other kinds mean null (7.5.8.3).
                _ => Some(Entry::Free),
            };
            let entry = entry.ok_or(broken(start, "an offset or generation is out of range"))?;
            if number > 0 {
                entries.push((number as u32, entry));
            }
        }
    }
    Ok(entries)
}

/// The filters of a stream dictionary in which nothing is a reference, as it must be for cross-reference streams.
pub(crate) fn direct_filters(dictionary: &Dictionary) -> Option<Vec<Filter>> {
    let names: Vec<&Value> = match dictionary.get(b"Filter") {
        None => Vec::new(),
        Some(value) => value.as_array().map_or_else(|| vec![value], |values| values.iter().collect()),
    };
    let parameters = |at: usize| match dictionary.get(b"DecodeParms").map(|value| &value.object) {
        None => Some(None),
        Some(Object::Dictionary(one)) if at == 0 => Some(Some(one)),
        Some(Object::Array(many)) => match many.get(at).map(|value| &value.object) {
            None | Some(Object::Null) => Some(None),
            Some(Object::Dictionary(one)) => Some(Some(one)),
            _ => None,
        },
        _ => None,
    };
    names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            Some(Filter { name: name.as_name()?.to_vec(), predictor: direct_predictor(parameters(at)?)? })
        })
        .collect()
}

fn direct_predictor(dictionary: Option<&Dictionary>) -> Option<Predictor> {
    let Some(dictionary) = dictionary else { return Some(Predictor::default()) };
    let number = |key: &[u8], default: i64| dictionary.get(key).map_or(Some(default), Value::as_integer);
    Some(Predictor {
        predictor: number(b"Predictor", 1)?,
        colors: number(b"Colors", 1)?,
        bits: number(b"BitsPerComponent", 8)?,
        columns: number(b"Columns", 1)?,
    })
}

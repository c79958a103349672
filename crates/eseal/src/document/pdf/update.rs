//! Incremental updates (ISO 32000-1, 7.5.6): what is appended to a file so that readers see changed objects.
//!
//! The received bytes are never touched: an update is only ever written behind them. Its cross-reference section has
//! the kind of the last one in the file, because some readers follow only one kind along the `/Prev` chain.

use std::collections::BTreeMap;

use super::appearance::stream_object;
use super::error::PdfError;
use super::number::name;
use super::object::{Dictionary, ObjectId, Value};

/// How the last cross-reference section of the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionKind {
    /// A table; also for a hybrid file, whose `/XRefStm` is not carried over.
    Table,
    Stream,
}

/// What an update needs to know of the file it is for.
#[derive(Clone, Debug)]
pub(super) struct Base<'a> {
    pub(super) bytes: &'a [u8],
    /// Where the section in use starts: what `startxref` says.
    pub(super) section: u64,
    pub(super) kind: SectionKind,
    /// The trailer in use; its spans count in `bytes`.
    pub(super) trailer: &'a Dictionary,
    /// The first object number that no revision ever mentioned.
    pub(super) next_number: u32,
}

/// The largest offset that a cross-reference table and our `/ByteRange` can tell: ten digits.
const LAST_OFFSET: u64 = 9_999_999_999;

/// Object numbers end here (our limit): ISO 32000-1, Annex C knows 8 388 607 as the limit of old readers, and the
/// table of a file with more would be larger than any document seen.
const LAST_NUMBER: u32 = 0x7FFF_FFFF;

/// Objects to be appended.
#[derive(Debug)]
pub(super) struct Update<'a> {
    base: Base<'a>,
    next_number: u32,
    objects: BTreeMap<u32, (u16, Vec<u8>)>,
}

/// A laid out update.
#[derive(Debug)]
pub(super) struct Laid {
    /// The bytes to append.
    pub(super) bytes: Vec<u8>,
    /// Where each object's content (behind `obj`) starts in `bytes`.
    contents: BTreeMap<u32, usize>,
}

impl Laid {
    /// Where the content of an object starts in [`Self::bytes`].
    pub(super) fn content_of(&self, id: ObjectId) -> Option<usize> {
        self.contents.get(&id.number).copied()
    }
}

impl<'a> Update<'a> {
    pub(super) fn new(base: Base<'a>) -> Self {
        Self { next_number: base.next_number, base, objects: BTreeMap::new() }
    }

    /// A number that was never used.
    ///
    /// # Errors
    /// [`PdfError::FileTooLarge`] when there is none left.
    pub(super) fn allocate(&mut self) -> Result<ObjectId, PdfError> {
        if self.next_number > LAST_NUMBER {
            return Err(PdfError::FileTooLarge);
        }
        let id = ObjectId::new(self.next_number);
        self.next_number += 1;
        Ok(id)
    }

    /// Defines an object, new or again. What stands in an object stream becomes a plain object by this.
    pub(super) fn put(&mut self, id: ObjectId, content: Vec<u8>) {
        self.objects.insert(id.number, (id.generation, content));
    }

    /// Whether the object has a definition in this update already.
    pub(super) fn defines(&self, id: ObjectId) -> bool {
        self.objects.contains_key(&id.number)
    }

    /// A new object with this content.
    pub(super) fn add(&mut self, content: Vec<u8>) -> Result<ObjectId, PdfError> {
        let id = self.allocate()?;
        self.put(id, content);
        Ok(id)
    }

    /// Writes objects, cross-reference section and trailer.
    ///
    /// `fresh_id` becomes the second element of `/ID`. A file without `/ID` stays without: the first element names the
    /// file as it was first made (ISO 32000-1, 14.4), which nobody can say now.
    ///
    /// # Errors
    /// [`PdfError::FileTooLarge`] when an offset has more than ten digits.
    pub(super) fn lay_out(mut self, fresh_id: [u8; 16]) -> Result<Laid, PdfError> {
        let start = self.base.bytes.len() as u64;
        let total: usize = self.objects.values().map(|(_, content)| content.len() + 64).sum();
        let mut out = Vec::with_capacity(total + 1024);
        // A line feed behind a lone carriage return would join it to one line end and move the signed end of the
        // earlier revision by a byte.
        if !matches!(self.base.bytes.last(), Some(b'\n' | b'\r')) {
            out.push(b'\n');
        }
        let section_id = match self.base.kind {
            SectionKind::Stream => Some(self.allocate()?),
            SectionKind::Table => None,
        };
        let mut offsets = BTreeMap::new();
        let mut contents = BTreeMap::new();
        for (number, (generation, content)) in &self.objects {
            offsets.insert(*number, (start + out.len() as u64, *generation));
            out.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
            contents.insert(*number, out.len());
            out.extend_from_slice(content);
            out.extend_from_slice(b"\nendobj\n");
        }
        let section = start + out.len() as u64;
        if section > LAST_OFFSET {
            return Err(PdfError::FileTooLarge);
        }
        let trailer = self.trailer(fresh_id);
        match section_id {
            None => {
                write_table(&mut out, &offsets);
                out.extend_from_slice(&[b"trailer\n<< ", trailer.as_slice(), b" >>\n"].concat());
            }
            Some(id) => {
                offsets.insert(id.number, (section, 0));
                write_stream(&mut out, id, &offsets, &trailer);
            }
        }
        out.extend_from_slice(format!("startxref\n{section}\n%%EOF\n").as_bytes());
        Ok(Laid { bytes: out, contents })
    }

    /// The entries of the new trailer: ours, then every other one as received.
    fn trailer(&self, fresh_id: [u8; 16]) -> Vec<u8> {
        /// Told anew, or about the received section alone.
        const DROPPED: [&[u8]; 12] = [
            b"Size",
            b"Prev",
            b"XRefStm",
            b"Type",
            b"W",
            b"Index",
            b"Length",
            b"Filter",
            b"DecodeParms",
            b"F",
            b"FFilter",
            b"DL",
        ];
        let raw = |value: &Value| self.base.bytes.get(value.span.clone()).unwrap_or_default();
        let mut out = format!("/Size {} /Prev {}", self.next_number, self.base.section).into_bytes();
        for (key, value) in &self.base.trailer.entries {
            if DROPPED.contains(&key.as_slice()) {
                continue;
            }
            out.push(b' ');
            out.extend_from_slice(name(key).as_bytes());
            out.push(b' ');
            match value.as_array() {
                Some([first, _]) if key == b"ID" && first.as_string().is_some() => {
                    out.push(b'[');
                    out.extend_from_slice(raw(first));
                    out.push(b'<');
                    out.extend(fresh_id.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
                    out.extend_from_slice(b">]");
                }
                _ => out.extend_from_slice(raw(value)),
            }
        }
        out
    }
}

/// Numbers that follow each other: the subsections of a section (ISO 32000-1, 7.5.4).
fn runs(offsets: &BTreeMap<u32, (u64, u16)>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &number in offsets.keys() {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == number => *count += 1,
            _ => runs.push((number, 1)),
        }
    }
    runs
}

fn write_table(out: &mut Vec<u8>, offsets: &BTreeMap<u32, (u64, u16)>) {
    out.extend_from_slice(b"xref\n");
    for (first, count) in runs(offsets) {
        out.extend_from_slice(format!("{first} {count}\n").as_bytes());
        for (offset, generation) in offsets.range(first..first + count).map(|(_, place)| place) {
            out.extend_from_slice(format!("{offset:010} {generation:05} n \n").as_bytes());
        }
    }
}

/// A cross-reference stream (ISO 32000-1, 7.5.8), not compressed: it has a handful of entries.
fn write_stream(out: &mut Vec<u8>, id: ObjectId, offsets: &BTreeMap<u32, (u64, u16)>, trailer: &[u8]) {
    let last = offsets.values().map(|(offset, _)| *offset).max().unwrap_or_default();
    let width = (64 - last.leading_zeros()).div_ceil(8).max(1) as usize;
    let mut data = Vec::with_capacity(offsets.len() * (width + 3));
    for (offset, generation) in offsets.values() {
        data.push(1);
        data.extend_from_slice(&offset.to_be_bytes()[8 - width..]);
        data.extend_from_slice(&generation.to_be_bytes());
    }
    let mut keys = format!("/Type /XRef /W [1 {width} 2] /Index [").into_bytes();
    for (index, (first, count)) in runs(offsets).into_iter().enumerate() {
        let gap = if index > 0 { " " } else { "" };
        keys.extend_from_slice(format!("{gap}{first} {count}").as_bytes());
    }
    keys.extend_from_slice(b"] ");
    keys.extend_from_slice(trailer);
    out.extend_from_slice(format!("{} 0 obj\n", id.number).as_bytes());
    out.extend_from_slice(&stream_object(&keys, &data));
    out.extend_from_slice(b"\nendobj\n");
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::super::syntax::Parser;
    use super::*;

    const INPUT: &[u8] =
        b"%PDF-1.7\n<</Size 5/Root 1 0 R/Prev 9/XRefStm 7/ID[(\xE9a)<02>]/Type/XRef/W[1 2 1]/Own(\xFF)>>\n%%EOF";

    fn laid(bytes: &[u8], kind: SectionKind) -> Laid {
        let value = Parser::new(bytes, 9, &Limits::default()).value().unwrap();
        let trailer = value.as_dictionary().unwrap();
        let base = Base { bytes, section: 9, kind, trailer, next_number: 5 };
        let mut update = Update::new(base);
        update.put(ObjectId { number: 2, generation: 3 }, b"<< /A 1 >>".to_vec());
        let new = update.add(b"(new)".to_vec()).unwrap();
        assert_eq!(new, ObjectId::new(5));
        update.add(b"(newer)".to_vec()).unwrap();
        update.lay_out([0xAB; 16]).unwrap()
    }

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_table_lists_each_object_where_it_stands() {
        let laid = laid(INPUT, SectionKind::Table);
        let text = String::from_utf8_lossy(&laid.bytes).into_owned();
        let at = |part: &str| INPUT.len() + laid.bytes.windows(part.len()).position(|w| w == part.as_bytes()).unwrap();
        let expected = format!(
            "xref\n2 1\n{:010} 00003 n \n5 2\n{:010} 00000 n \n{:010} 00000 n \ntrailer\n<< /Size 7 /Prev 9 /Root 1 0 R ",
            at("2 3 obj"),
            at("5 0 obj"),
            at("6 0 obj")
        );
        assert!(text.contains(&expected), "{text}");
        assert!(text.ends_with(&format!("startxref\n{}\n%%EOF\n", at("xref\n"))));
        let content = laid.content_of(ObjectId::new(5)).unwrap();
        assert!(laid.bytes[content..].starts_with(b"(new)"));
    }

    #[test]
    fn a_stream_lists_itself_and_carries_the_trailer() {
        let laid = laid(INPUT, SectionKind::Stream);
        let at = |part: &str| INPUT.len() + laid.bytes.windows(part.len()).position(|w| w == part.as_bytes()).unwrap();
        assert!(contains(
            &laid.bytes,
            b"7 0 obj\n<< /Type /XRef /W [1 1 2] /Index [2 1 5 3] /Size 8 /Prev 9 /Root 1 0 R"
        ));
        let entry = |offset: usize| [1, u8::try_from(offset).unwrap(), 0, 0];
        let mut entries = entry(at("2 3 obj"));
        entries[3] = 3;
        let data = [entries, entry(at("5 0 obj")), entry(at("6 0 obj")), entry(at("7 0 obj"))].concat();
        assert!(contains(&laid.bytes, &[b"stream\n", data.as_slice(), b"\nendstream"].concat()));
    }

    #[test]
    fn the_first_half_of_the_id_and_unknown_keys_are_kept_and_stale_keys_dropped() {
        for kind in [SectionKind::Table, SectionKind::Stream] {
            let bytes = laid(INPUT, kind).bytes;
            assert!(contains(&bytes, b"/ID [(\xE9a)<ABABABABABABABABABABABABABABABAB>]"));
            assert!(contains(&bytes, b"/Own (\xFF)"));
            assert!(!contains(&bytes, b"XRefStm") && !contains(&bytes, b"[1 2 1]"));
        }
    }

    #[test]
    fn a_file_without_id_stays_without() {
        let bytes = laid(b"%PDF-1.7\n<</Size 5/Root 1 0 R>>\n%%EOF\n", SectionKind::Table).bytes;
        assert!(!contains(&bytes, b"/ID"));
    }

    #[test]
    fn the_update_begins_on_its_own_line_but_never_completes_a_carriage_return() {
        let with_end = |end: &[u8]| {
            laid(&[b"%PDF-1.7\n<</Size 5/Root 1 0 R>>\n%%EOF".as_slice(), end].concat(), SectionKind::Table).bytes[0]
        };
        assert_eq!(with_end(b""), b'\n');
        assert_eq!(with_end(b"\0\0"), b'\n');
        for end in [b"\n".as_slice(), b"\r", b"\r\n"] {
            assert_eq!(with_end(end), b'2');
        }
    }

    #[test]
    fn object_numbers_run_out() {
        let trailer = Dictionary::default();
        let base =
            Base { bytes: b"", section: 0, kind: SectionKind::Table, trailer: &trailer, next_number: LAST_NUMBER };
        let mut update = Update::new(base);
        assert!(update.allocate().is_ok());
        assert_eq!(update.allocate(), Err(PdfError::FileTooLarge));
    }
}

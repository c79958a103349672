//! Signatures as a carrier sees them (ISO 32000-1, 12.8): what each covers, where it stands, what it allows.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::sm::{Sm3, Sm3Digest};

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::fields::{Field, FieldKind, FieldValue};
use super::object::{Dictionary, IndirectObject, ObjectId, Source, Value, name_text, text};
use super::pages::{Pages, rectangle};
use super::permissions::{FieldLock, Permission, permission, read_lock, read_transforms};
use super::reader::Pdf;
use super::resolver::View;
use super::syntax::hex_digit;
use super::xref::Entry;

/// What a signature dictionary is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// A signature or seal signature (`/Sig`).
    Signature,
    /// A document time stamp (`/DocTimeStamp`).
    DocTimestamp,
}

/// How much of the file a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// The whole file but its own `/Contents`.
    WholeFile,
    /// The file as it was after this revision, but its own `/Contents`.
    Revision(usize),
    /// Less than the revision it was made in, or nothing that can be told.
    Less,
}

/// A place on a page where a signature shows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Widget {
    /// Its object.
    pub id: ObjectId,
    /// The page that lists it, counted from 1.
    pub page: Option<usize>,
    /// `/Rect` in user space, as written.
    pub rect: Option<[f64; 4]>,
    /// `[x, y, width, height]` in millimetres from the top-left corner of the page as seen.
    pub rect_mm: Option<[f64; 4]>,
    /// `/F`: bit 2 hidden, bit 3 print, bit 6 not viewed (ISO 32000-1, table 165).
    pub flags: i64,
    /// The normal appearance, if it is a stream of its own.
    pub appearance: Option<ObjectId>,
}

impl Widget {
    /// Whether it has an area and is not hidden.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        const HIDDEN: i64 = 2 | 32;
        self.flags & HIDDEN == 0
            && self.page.is_some()
            && self.rect.is_some_and(|[a, b, c, d]| (c - a).abs() > 0.0 && (d - b).abs() > 0.0)
    }
}

/// A signature that a field holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FoundSignature {
    /// The full name of its field.
    pub field_name: String,
    /// The field.
    pub field: ObjectId,
    /// The fields above the field.
    pub field_parents: Vec<ObjectId>,
    /// The signature dictionary; the field itself if it is not an object of its own.
    pub dict: ObjectId,
    /// What it is for.
    pub kind: SignatureKind,
    /// `/Filter`: the handler that made it.
    pub filter: Option<String>,
    /// `/SubFilter`: a claim about what `/Contents` holds.
    pub sub_filter: Option<String>,
    /// `/ByteRange`, if it is well-formed.
    pub byte_range: Option<[u64; 4]>,
    /// `/Contents` without the zeros after the DER object.
    pub contents: Vec<u8>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// `/M`, the claimed time, as written.
    pub m: Option<String>,
    /// Where it shows.
    pub widgets: Vec<Widget>,
    /// What it certifies (`DocMDP`).
    pub doc_mdp: Option<Permission>,
    /// `/P` of the lock of its field (ISO 32000-2).
    pub lock_permission: Option<Permission>,
    /// The fields it locks.
    pub lock: Option<FieldLock>,
    /// How much of the file it covers.
    pub coverage: Coverage,
    /// The revision it was made in, if it covers that whole.
    pub revision: Option<usize>,
    /// What a strict reader objects to; none may be there for a signature that holds.
    pub faults: Vec<Fault>,
}

impl FoundSignature {
    /// The bytes that are signed: before and after the hole. `None` without a well-formed `/ByteRange`.
    #[must_use]
    pub fn covered<'a>(&self, pdf: &Pdf<'a>) -> Option<[&'a [u8]; 2]> {
        let [first, second] = ranges(self.byte_range?)?;
        Some([pdf.bytes.get(first)?, pdf.bytes.get(second)?])
    }

    /// The SM3 hash of the bytes that are signed.
    #[must_use]
    pub fn hash_covered(&self, pdf: &Pdf<'_>) -> Option<Sm3Digest> {
        let [before, after] = self.covered(pdf)?;
        let mut hash = Sm3::new();
        hash.update(before);
        hash.update(after);
        Some(hash.finish())
    }

    /// What may be changed after it, as far as it says.
    #[must_use]
    pub fn permission(&self) -> Option<Permission> {
        match (self.doc_mdp, self.lock_permission) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}

fn ranges([a, b, c, d]: [u64; 4]) -> Option<[Range<usize>; 2]> {
    let range = |from: u64, length: u64| {
        let end = from.checked_add(length)?;
        Some(usize::try_from(from).ok()?..usize::try_from(end).ok()?)
    };
    Some([range(a, b)?, range(c, d)?])
}

/// A dictionary with `/ByteRange` and `/Contents` that no field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Orphan {
    /// Its object.
    pub id: ObjectId,
    /// Where it stands in the file.
    pub offset: usize,
}

/// Lists the signatures of all signature fields, oldest first.
pub(crate) fn read_signatures(pdf: &Pdf<'_>) -> Result<Vec<FoundSignature>, PdfError> {
    let view = pdf.latest();
    let fields = pdf.fields()?;
    let signed: Vec<&Field> =
        fields.iter().filter(|field| field.kind == FieldKind::Signature && field.value.is_some()).collect();
    let limit = pdf.limits.signatures;
    if signed.len() > limit {
        return Err(PdfError::OverLimit { what: "signatures", limit });
    }
    if signed.is_empty() {
        return Ok(Vec::new());
    }
    let shown = find_widgets(view, pdf.pages()?, &signed)?;
    let mut names: HashMap<&str, usize> = HashMap::new();
    for field in fields.iter() {
        *names.entry(field.name.as_str()).or_default() += 1;
    }
    let mut signatures = Vec::with_capacity(signed.len());
    for field in signed {
        if let Some(mut signature) = read_signature(view, field)? {
            place_widgets(view, field, &shown, pdf.pages()?, &mut signature)?;
            let named_faults = fields.faults.iter().filter(|fault| {
                fault
                    .object
                    .is_some_and(|id| id == field.id || field.parents.contains(&id) || field.widgets.contains(&id))
            });
            signature.faults.extend(named_faults.cloned());
            if names.get(field.name.as_str()).is_some_and(|&count| count > 1) {
                signature.faults.push(Fault::of(FaultKind::FieldNameTwice, field.id));
            }
            signatures.push(signature);
        }
    }
    signatures.sort_by_key(|one: &FoundSignature| one.byte_range.map_or((1, 0), |[_, _, c, d]| (0, c + d)));
    compare(view, &mut signatures)?;
    Ok(signatures)
}

/// What is wrong between signatures: shared dictionaries, crossing ranges, certification rules.
fn compare(view: View<'_, '_>, signatures: &mut [FoundSignature]) -> Result<(), PdfError> {
    let mut dicts: HashMap<ObjectId, usize> = HashMap::new();
    for signature in signatures.iter() {
        *dicts.entry(signature.dict).or_default() += 1;
    }
    let catalog = view.catalog()?;
    let certified = match catalog.dictionary() {
        Some(catalog) => {
            let permissions = view.get(catalog, b"Perms")?;
            permissions.as_dictionary().and_then(|perms| perms.get(b"DocMDP")).and_then(Value::as_reference)
        }
        None => None,
    };
    let mut before: Option<u64> = None;
    for (at, signature) in signatures.iter_mut().enumerate() {
        let dict = signature.dict;
        if dicts.get(&dict).is_some_and(|&count| count > 1) {
            signature.faults.push(Fault::of(FaultKind::SignatureShared, dict));
        }
        if let Some([_, hole, c, d]) = signature.byte_range {
            if before.is_some_and(|before| before > hole) {
                signature.faults.push(Fault::of(FaultKind::ByteRangesCross, dict));
            }
            before = Some(c + d);
        }
        if signature.doc_mdp.is_some() {
            if at > 0 {
                signature.faults.push(Fault::of(FaultKind::CertificationNotFirst, dict));
            }
            if certified != Some(dict) {
                signature.faults.push(Fault::of(FaultKind::PermissionsDisagree, dict));
            }
        } else if certified == Some(dict) {
            signature.faults.push(Fault::of(FaultKind::PermissionsDisagree, dict));
        }
    }
    Ok(())
}

fn read_signature(view: View<'_, '_>, field: &Field) -> Result<Option<FoundSignature>, PdfError> {
    let mut faults = Vec::new();
    let holder;
    let (dict, object, dictionary): (ObjectId, Option<&Arc<IndirectObject<'_>>>, &Dictionary) = match field.value {
        Some(FieldValue::Reference(id)) => {
            // A value that refers to nothing is null: the field is empty.
            let Some(object) = view.object(id)? else { return Ok(None) };
            holder = object;
            if holder.value.is_null() {
                return Ok(None);
            }
            let Some(dictionary) = holder.dictionary() else {
                return Err(PdfError::FormBroken { what: "a signature is no dictionary" });
            };
            (id, Some(&holder), dictionary)
        }
        Some(FieldValue::Inside(id)) => {
            let Some(object) = view.object(id)? else { return Ok(None) };
            holder = object;
            let Some(dictionary) = holder.dictionary().and_then(|field| field.get(b"V")).and_then(Value::as_dictionary)
            else {
                return Err(PdfError::FormBroken { what: "a signature is no dictionary" });
            };
            faults.push(Fault::of(FaultKind::ValueNotIndirect, id));
            (id, Some(&holder), dictionary)
        }
        None => return Ok(None),
    };
    let plain = object.filter(|object| matches!(object.source, Source::File(_)));
    if plain.is_none() {
        faults.push(Fault::of(FaultKind::SignatureCompressed, dict));
    }
    if dictionary.has_duplicates() {
        faults.push(Fault::of(FaultKind::DuplicateKey, dict));
    }
    let kind = match dictionary.get(b"Type").map(Value::as_name) {
        None | Some(Some(b"Sig")) => SignatureKind::Signature,
        Some(Some(b"DocTimeStamp")) => SignatureKind::DocTimestamp,
        Some(_) => {
            faults.push(Fault::of(FaultKind::SignatureMalformed, dict));
            SignatureKind::Signature
        }
    };
    if dict.generation != 0 || dictionary.get(b"Filter").and_then(Value::as_name).is_none() {
        faults.push(Fault::of(FaultKind::SignatureMalformed, dict));
    }
    let name_of = |key: &[u8]| -> Result<Option<String>, PdfError> {
        Ok(view.get(dictionary, key)?.value().and_then(Value::as_name).map(|name| name_text(name).into_owned()))
    };
    let text_of = |key: &[u8]| -> Result<Option<String>, PdfError> {
        Ok(view.get(dictionary, key)?.value().and_then(Value::as_string).map(text))
    };
    let transforms = read_transforms(view, dictionary)?;
    let mut signature = FoundSignature {
        field_name: field.name.clone(),
        field: field.id,
        field_parents: field.parents.clone(),
        dict,
        kind,
        filter: name_of(b"Filter")?,
        sub_filter: name_of(b"SubFilter")?,
        byte_range: None,
        contents: Vec::new(),
        name: text_of(b"Name")?,
        reason: text_of(b"Reason")?,
        location: text_of(b"Location")?,
        contact: text_of(b"ContactInfo")?,
        m: text_of(b"M")?,
        widgets: Vec::new(),
        doc_mdp: transforms.doc_mdp,
        lock_permission: None,
        lock: transforms.field_mdp,
        coverage: Coverage::Less,
        revision: None,
        faults,
    };
    read_field_lock(view, field, &mut signature)?;
    read_contents(view, dictionary, plain, &mut signature);
    cover(view.pdf, &mut signature);
    Ok(Some(signature))
}

fn read_field_lock(view: View<'_, '_>, field: &Field, signature: &mut FoundSignature) -> Result<(), PdfError> {
    let Some(object) = view.object(field.id)? else { return Ok(()) };
    let Some(dictionary) = object.dictionary() else { return Ok(()) };
    let lock = view.get(dictionary, b"Lock")?;
    let Some(lock) = lock.as_dictionary() else { return Ok(()) };
    signature.lock_permission = permission(view, lock)?;
    if signature.lock.is_none() {
        signature.lock = Some(read_lock(view, Some(lock))?);
    }
    Ok(())
}

/// Reads `/ByteRange` and `/Contents` and holds them against the bytes of the file.
fn read_contents(
    view: View<'_, '_>,
    dictionary: &Dictionary,
    object: Option<&Arc<IndirectObject<'_>>>,
    signature: &mut FoundSignature,
) {
    let bytes = view.pdf.bytes;
    let dict = signature.dict;
    signature.byte_range = byte_range(dictionary, bytes.len() as u64);
    if signature.byte_range.is_none() {
        signature.faults.push(Fault::of(FaultKind::ByteRangeMalformed, dict));
    }
    let contents = dictionary.get(b"Contents");
    let Some((value, decoded)) = contents.and_then(|value| Some((value, value.as_string()?))) else {
        signature.faults.push(Fault::of(FaultKind::ContentsMalformed, dict));
        return;
    };
    let hole = signature.byte_range.map(|[_, a, b, _]| a as usize..b as usize);
    let plain_hex = object.is_some_and(|object| match object.raw(value) {
        [b'<', digits @ .., b'>'] => digits.len() % 2 == 0 && digits.iter().all(|&byte| hex_digit(byte).is_some()),
        _ => false,
    });
    if hole.is_some_and(|hole| hole != value.span || object.is_none()) {
        signature.faults.push(Fault::of(FaultKind::ByteRangeHole, dict));
    }
    let der = Some(decoded).filter(|bytes| bytes.len() <= view.pdf.limits.contents).and_then(der_object);
    match der {
        Some(der) if plain_hex => signature.contents = der.to_vec(),
        _ => {
            signature.faults.push(Fault::of(FaultKind::ContentsMalformed, dict));
            let length = decoded.len().min(view.pdf.limits.contents);
            signature.contents = der.unwrap_or(&decoded[..length]).to_vec();
        }
    }
}

/// Four direct integers that begin at 0 and ascend inside the file.
fn byte_range(dictionary: &Dictionary, file: u64) -> Option<[u64; 4]> {
    let values = dictionary.get(b"ByteRange")?.as_array()?;
    let mut range = [0_u64; 4];
    if values.len() != range.len() {
        return None;
    }
    for (number, value) in range.iter_mut().zip(values) {
        *number = u64::try_from(value.as_integer()?).ok()?;
    }
    let [start, a, b, c] = range;
    (start == 0 && b > a && b.checked_add(c)? <= file).then_some(range)
}

/// The DER object at the start, if only zeros follow it.
fn der_object(bytes: &[u8]) -> Option<&[u8]> {
    let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
    if tag & 0x1F == 0x1F || tag == 0 {
        return None;
    }
    let (header, length) = match first {
        0..=0x7F => (2, usize::from(first)),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7F);
            let digits = bytes.get(2..2 + count)?;
            (2 + count, digits.iter().fold(0_usize, |value, &byte| value << 8 | usize::from(byte)))
        }
        _ => return None,
    };
    let end = header.checked_add(length).filter(|&end| end <= bytes.len())?;
    bytes[end..].iter().all(|&byte| byte == 0).then(|| &bytes[..end])
}

/// Tells what the byte range covers, and whether the dictionary was written in that revision.
fn cover(pdf: &Pdf<'_>, signature: &mut FoundSignature) {
    let Some([_, _, b, c]) = signature.byte_range else { return };
    let end = b + c;
    let revisions = pdf.revisions();
    // Revisions are in the order of their bytes.
    let after = revisions.partition_point(|revision| revision.end() < end);
    let Some(revision) = revisions.get(after).filter(|revision| revision.ends_at(end)) else { return };
    signature.revision = Some(revision.index);
    let whole = revision.index + 1 == revisions.len() && end == pdf.bytes.len() as u64;
    signature.coverage = if whole { Coverage::WholeFile } else { Coverage::Revision(revision.index) };
    let written = pdf.place_of(signature.dict.number, usize::MAX).map(|index| pdf.history[index]);
    let here = written.is_some_and(|placed| match placed.entry {
        Entry::Plain { offset, .. } => placed.revision as usize == revision.index && revision.span.contains(&offset),
        _ => false,
    });
    if !here {
        signature.faults.push(Fault::of(FaultKind::SignatureRedefined, signature.dict));
    }
}

/// The pages that list each of the widgets.
fn find_widgets(
    view: View<'_, '_>,
    pages: &Pages,
    signed: &[&Field],
) -> Result<HashMap<ObjectId, Vec<usize>>, PdfError> {
    let mut shown: HashMap<ObjectId, Vec<usize>> =
        signed.iter().flat_map(|field| &field.widgets).map(|&widget| (widget, Vec::new())).collect();
    for page in pages {
        let Some(id) = page.id else { continue };
        let Some(object) = view.object(id)? else { continue };
        let Some(dictionary) = object.dictionary() else { continue };
        let annotations = view.get(dictionary, b"Annots")?;
        for annotation in annotations.as_array().unwrap_or_default() {
            if let Some(pages) = annotation.as_reference().and_then(|id| shown.get_mut(&id)) {
                // Two are enough to tell that it is listed more than once.
                if pages.len() < 2 {
                    pages.push(page.number);
                }
            }
        }
    }
    Ok(shown)
}

fn place_widgets(
    view: View<'_, '_>,
    field: &Field,
    shown: &HashMap<ObjectId, Vec<usize>>,
    pages: &Pages,
    signature: &mut FoundSignature,
) -> Result<(), PdfError> {
    for &id in &field.widgets {
        let Some(object) = view.object(id)? else { continue };
        let Some(dictionary) = object.dictionary() else { continue };
        let rect = rectangle(view, dictionary, b"Rect")?;
        let on = shown.get(&id).map(Vec::as_slice).unwrap_or_default();
        let page = on.first().copied();
        let rect_mm = match (page.and_then(|page| pages.page(page)), rect) {
            (Some(page), Some(rect)) => page.seen_rect_mm(rect),
            _ => None,
        };
        match on {
            [_] => {}
            [] => signature.faults.push(Fault::of(FaultKind::WidgetNotOnPage, id)),
            _ => signature.faults.push(Fault::of(FaultKind::WidgetOnSeveralPages, id)),
        }
        let flags = view.get(dictionary, b"F")?.value().and_then(Value::as_integer).unwrap_or(0);
        let appearances = view.get(dictionary, b"AP")?;
        let normal = appearances.as_dictionary().and_then(|appearances| appearances.get(b"N"));
        let appearance = normal.and_then(Value::as_reference);
        signature.widgets.push(Widget { id, page, rect, rect_mm, flags, appearance });
    }
    Ok(())
}

/// Looks through the bytes of all revisions for dictionaries with `/ByteRange` that no field holds.
pub(crate) fn find_orphans(pdf: &Pdf<'_>) -> Result<Vec<Orphan>, PdfError> {
    let signatures = pdf.signatures()?;
    let mut known = HashSet::new();
    let mut spans: Vec<Range<usize>> = Vec::new();
    for signature in signatures {
        if let Some(object) = pdf.latest().object(signature.dict)? {
            known.insert((object.id, object.span.start));
            spans.push(object.span.clone());
        }
    }
    let hits = memchr::memmem::find_iter(pdf.bytes, b"ByteRange");
    spans.sort_unstable_by_key(|span| span.start);
    let inside = |hit: usize| {
        let after = spans.partition_point(|span| span.start <= hit);
        after > 0 && spans[after - 1].contains(&hit)
    };
    let hits: Vec<usize> = hits.filter(|&hit| !inside(hit)).collect();
    if hits.is_empty() {
        return Ok(Vec::new());
    }
    let mut placed: Vec<(usize, usize)> = Vec::new();
    for (index, one) in pdf.history.iter().enumerate() {
        if let Entry::Plain { offset, .. } = one.entry {
            placed.push((offset, index));
        }
    }
    placed.sort_unstable();
    let mut orphans = Vec::new();
    let mut last = None;
    for hit in hits {
        let Some(at) = placed.partition_point(|&(offset, _)| offset <= hit).checked_sub(1) else { continue };
        if last.replace(at) == Some(at) {
            continue;
        }
        let object = match pdf.load(placed[at].1) {
            Ok(object) => object,
            Err(error @ PdfError::OverLimit { .. }) => return Err(error),
            Err(_) => continue,
        };
        let looks = object
            .dictionary()
            .is_some_and(|dictionary| dictionary.get(b"ByteRange").is_some() && dictionary.get(b"Contents").is_some());
        if looks && known.insert((object.id, object.span.start)) {
            orphans.push(Orphan { id: object.id, offset: object.span.start });
        }
    }
    Ok(orphans)
}

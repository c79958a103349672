//! Comparing one later revision with the signed one: what differs, and which rule explains it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::super::error::PdfError;
use super::super::faults::FaultKind as Kind;
use super::super::fields::{Field, FieldKind, Fields, read_fields};
use super::super::object::{Dictionary, IndirectObject, Object, ObjectId, Value, name_text};
use super::super::pages::{Pages, read_pages, rectangle};
use super::super::reader::Pdf;
use super::super::resolver::View;
use super::super::signatures::SignatureKind;
use super::super::xref::Entry;
use super::references::{References, count_references, each_reference};
use super::{Change, ChangeClass, ChangeKind, Permission, Policy};

/// The signed revision and what is asked of it again and again.
pub(super) struct Old<'p, 'a> {
    pub(super) view: View<'p, 'a>,
    pub(super) catalog: Arc<IndirectObject<'a>>,
    pub(super) pages: Pages,
    pub(super) fields: Fields,
    /// Fields and their widgets, by object number.
    pub(super) field_of: HashMap<u32, usize>,
    pub(super) references: &'p References,
    containers: HashSet<u32>,
    reachable: OnceLock<HashSet<u32>>,
}

impl<'p, 'a> Old<'p, 'a> {
    pub(super) fn new(pdf: &'p Pdf<'a>, signed: usize) -> Result<Self, PdfError> {
        let view = pdf.at(signed);
        let fields = read_fields(view)?;
        let mut field_of = HashMap::new();
        for (at, field) in fields.iter().enumerate() {
            field_of.insert(field.id.number, at);
            field_of.extend(field.widgets.iter().map(|widget| (widget.number, at)));
        }
        Ok(Self {
            view,
            catalog: view.catalog()?,
            pages: read_pages(view)?,
            fields,
            field_of,
            references: pdf.references()?,
            containers: pdf.containers(signed),
            reachable: OnceLock::new(),
        })
    }

    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        self.field_of.get(&number).map(|&at| &self.fields.fields[at])
    }

    pub(super) fn holders(&self, number: u32) -> Vec<u32> {
        self.references.holders(self.view, number)
    }

    /// Whether the trailer of the signed revision leads to an object.
    fn reaches(&self, number: u32) -> bool {
        self.reachable.get_or_init(|| self.references.reachable(self.view)).contains(&number)
    }

    /// The object of a number, whatever its generation.
    pub(super) fn by_number(&self, number: u32) -> Result<Option<Arc<IndirectObject<'a>>>, PdfError> {
        by_number(self.view, number)
    }

    pub(super) fn is_in_use(&self, number: u32) -> bool {
        is_in_use(self.view, number)
    }
}

fn is_in_use(view: View<'_, '_>, number: u32) -> bool {
    view.pdf.place_of(number, view.revision).is_some_and(|index| view.pdf.history[index].entry != Entry::Free)
}

fn by_number<'a>(view: View<'_, 'a>, number: u32) -> Result<Option<Arc<IndirectObject<'a>>>, PdfError> {
    match view.pdf.place_of(number, view.revision) {
        Some(index) if view.pdf.history[index].entry != Entry::Free => view.pdf.load(index).map(Some),
        _ => Ok(None),
    }
}

/// A comparison under way.
pub(super) struct Compare<'o, 'p, 'a> {
    pub(super) old: &'o Old<'p, 'a>,
    pub(super) new: View<'p, 'a>,
    pub(super) policy: &'o Policy,
    /// Objects that are new or differ.
    pub(super) changed: BTreeSet<u32>,
    pub(super) explained: HashSet<u32>,
    /// Widgets of signature fields that were added, and where they lie.
    pub(super) new_widgets: BTreeMap<u32, Option<[f64; 4]>>,
    pub(super) items: Vec<Change>,
}

/// Compares a later revision with the signed one. `touched` holds every number that a revision between lists.
pub(super) fn compare(
    old: &Old<'_, '_>,
    revision: usize,
    touched: &BTreeSet<u32>,
    policy: &Policy,
) -> Result<Vec<Change>, PdfError> {
    let mut compare = Compare {
        old,
        new: old.view.pdf.at(revision),
        policy,
        changed: BTreeSet::new(),
        explained: HashSet::new(),
        new_widgets: BTreeMap::new(),
        items: Vec::new(),
    };
    compare.find_changed(touched)?;
    compare.trailer()?;
    compare.catalog()?;
    compare.form()?;
    compare.fields()?;
    compare.validation_data()?;
    compare.pages()?;
    compare.appearances()?;
    compare.leftovers()?;
    Ok(compare.items)
}

impl<'o, 'p, 'a> Compare<'o, 'p, 'a> {
    pub(super) fn report(&mut self, what: ChangeKind, object: Option<ObjectId>, detail: impl Into<String>) {
        self.items.push(Change {
            what: self.permitted(what),
            object,
            revision: self.new.revision,
            detail: detail.into(),
        });
    }

    /// The kind itself, or that it is not permitted by an earlier signature (ISO 32000-1, table 254).
    fn permitted(&self, what: ChangeKind) -> ChangeKind {
        let class = what.class();
        let fine = match self.policy.permission {
            Some(Permission::NoChanges) => class <= ChangeClass::Timestamps || class == ChangeClass::Other,
            Some(Permission::FillForms) => class != ChangeClass::Annotations,
            Some(Permission::Annotate) | None => true,
        };
        let new_field = matches!(what, ChangeKind::NewSignature | ChangeKind::NewField);
        if !fine || (self.policy.certified && new_field) { ChangeKind::NotPermitted } else { what }
    }

    pub(super) fn is_changed(&self, number: u32) -> bool {
        self.changed.contains(&number)
    }

    /// Defined by now, but not in the signed revision.
    pub(super) fn is_new(&self, number: u32) -> bool {
        self.changed.contains(&number) && !self.old.is_in_use(number)
    }

    /// Sorts out which of the touched numbers really differ.
    fn find_changed(&mut self, touched: &BTreeSet<u32>) -> Result<(), PdfError> {
        for &number in touched {
            if self.is_placed_alike(number) {
                continue;
            }
            let id = ObjectId::new(number);
            let (old, new) = (self.old.by_number(number)?, by_number(self.new, number)?);
            match (old, new) {
                (None, None) => {}
                (Some(old), Some(new)) if Arc::ptr_eq(&old, &new) => {}
                (Some(old), Some(new)) if old.id == new.id && same(&old, &new) => {
                    self.report(ChangeKind::Rewritten, Some(new.id), "");
                }
                (Some(_), Some(_)) if self.old.containers.contains(&number) => {
                    self.report(ChangeKind::ContainerReplaced, Some(id), "");
                }
                (Some(old), Some(new)) if old.id == new.id => {
                    self.changed.insert(number);
                }
                // A new generation leaves all references to the old one without an object.
                (Some(old), _) => self.report(ChangeKind::ObjectFreed, Some(old.id), ""),
                (None, Some(new)) => {
                    self.changed.insert(number);
                    if !self.old.holders(number).is_empty() {
                        self.report(ChangeKind::DanglingFilled, Some(new.id), "");
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether both revisions place a plain object at the same offset: some writers list everything again.
    fn is_placed_alike(&self, number: u32) -> bool {
        let entry = |view: View<'_, '_>| {
            let index = view.pdf.place_of(number, view.revision)?;
            Some(view.pdf.history[index].entry).filter(|entry| matches!(entry, Entry::Plain { .. }))
        };
        let old = entry(self.old.view);
        old.is_some() && old == entry(self.new)
    }

    fn trailer(&mut self) -> Result<(), PdfError> {
        /// Keys that belong to one section only, and those looked at below.
        const FREE: [&[u8]; 12] = [
            b"Size",
            b"Prev",
            b"XRefStm",
            b"Type",
            b"W",
            b"Index",
            b"Length",
            b"Filter",
            b"DecodeParms",
            b"Root",
            b"Info",
            b"ID",
        ];
        let (old, new) = (self.old.view.trailer(), self.new.trailer());
        if new.has_duplicates() {
            self.report(ChangeKind::TrailerChanged, None, "");
        }
        for (key, value) in new.iter().filter(|(key, value)| !FREE.contains(key) && !value.is_null()) {
            if old.get(key) != Some(value) {
                self.report(ChangeKind::TrailerChanged, None, name_text(key));
            }
        }
        // Readers take objects from /Size on for missing.
        let size = |trailer: &Dictionary| trailer.get(b"Size").and_then(Value::as_integer);
        if size(new) < size(old) {
            self.report(ChangeKind::TrailerChanged, None, "Size");
        }
        if old.get(b"Root") != new.get(b"Root") {
            self.report(ChangeKind::TrailerChanged, None, "Root");
        }
        let first =
            |trailer: &Dictionary| trailer.get(b"ID").and_then(Value::as_array).and_then(|ids| ids.first().cloned());
        if let (Some(before), Some(after)) = (first(old), first(new))
            && before != after
        {
            self.report(ChangeKind::TrailerChanged, None, "ID");
        }
        self.info(old.get(b"Info"), new.get(b"Info"))
    }

    /// `/Info` may be written again, but only as a flat dictionary that nothing else uses.
    fn info(&mut self, old: Option<&Value>, new: Option<&Value>) -> Result<(), PdfError> {
        let Some(new) = new else { return Ok(()) };
        let number = new.as_reference().map(|id| id.number);
        if old == Some(new) && !number.is_some_and(|number| self.is_changed(number)) {
            return Ok(());
        }
        let found = self.new.resolve(new)?;
        let flat = found.as_dictionary().is_some_and(|info| {
            let plain = |value: &Value| {
                !matches!(value.object, Object::Dictionary(_) | Object::Reference(_) | Object::Array(_))
            };
            !info.has_duplicates() && info.iter().all(|(_, value)| plain(value))
        }) && found.value().is_some_and(|value| value.as_stream().is_none());
        let alone = number.is_none_or(|number| self.old.holders(number).is_empty());
        if flat && alone {
            self.explained.extend(number);
            self.report(ChangeKind::Metadata, new.as_reference(), "Info");
        } else {
            self.report(ChangeKind::TrailerChanged, new.as_reference(), "Info");
        }
        Ok(())
    }

    fn catalog(&mut self) -> Result<(), PdfError> {
        let old = Arc::clone(&self.old.catalog);
        let new = self.new.catalog()?;
        let (Some(before), Some(after)) = (old.dictionary(), new.dictionary()) else { return Ok(()) };
        if self.is_changed(new.id.number) {
            self.explained.insert(new.id.number);
            if after.has_duplicates() {
                self.report(ChangeKind::CatalogChanged, Some(new.id), "");
            }
            for key in differing(before, after) {
                match key.as_slice() {
                    b"AcroForm" | b"DSS" | b"Metadata" => {}
                    b"Version" if raised(before.get(b"Version"), after.get(b"Version")) => {
                        self.report(ChangeKind::Version, Some(new.id), "Version");
                    }
                    b"Extensions" if after.get(b"Extensions").is_some() => {
                        self.adopt_slot(after.get(b"Extensions"))?;
                        self.report(ChangeKind::Version, Some(new.id), "Extensions");
                    }
                    other => self.report(ChangeKind::CatalogChanged, Some(new.id), name_text(other)),
                }
            }
        }
        self.metadata(before.get(b"Metadata"), after.get(b"Metadata"))
    }

    /// XMP metadata may be written again as a stream that only the catalog uses.
    fn metadata(&mut self, old: Option<&Value>, new: Option<&Value>) -> Result<(), PdfError> {
        let id = new.and_then(Value::as_reference);
        if old == new && !id.is_some_and(|id| self.is_changed(id.number)) {
            return Ok(());
        }
        let catalog = self.old.catalog.id;
        let Some(id) = id else {
            self.report(ChangeKind::CatalogChanged, Some(catalog), "Metadata");
            return Ok(());
        };
        let object = self.new.object(id)?;
        let xmp = object.as_ref().and_then(|object| object.value.as_stream()).is_some_and(|stream| {
            stream.dictionary.is_name(b"Type", b"Metadata")
                && stream.dictionary.is_name(b"Subtype", b"XML")
                && !stream.dictionary.has_duplicates()
        });
        let alone = self.old.holders(id.number).iter().all(|&holder| holder == catalog.number);
        if xmp && alone && self.is_changed(id.number) {
            self.explained.insert(id.number);
            self.report(ChangeKind::Metadata, Some(id), "Metadata");
        } else {
            self.report(ChangeKind::CatalogChanged, Some(id), "Metadata");
        }
        Ok(())
    }

    /// Takes in a value that an explained object holds at a place where anything new may stand.
    pub(super) fn adopt_slot(&mut self, value: Option<&Value>) -> Result<(), PdfError> {
        value.map_or(Ok(()), |value| self.adopt(value))
    }

    /// Takes in everything new that a value leads to. What was there before must have been in use before.
    pub(super) fn adopt(&mut self, value: &Value) -> Result<(), PdfError> {
        let mut stack: Vec<u32> = Vec::new();
        let mut acts = is_active(value);
        each_reference(value, &mut |id| stack.push(id.number));
        let mut hidden = None;
        while let Some(number) = stack.pop() {
            if self.old.is_in_use(number) {
                if !self.old.reaches(number) {
                    hidden = Some(number);
                }
                continue;
            }
            if !self.changed.contains(&number) || !self.explained.insert(number) {
                continue;
            }
            if let Some(object) = by_number(self.new, number)? {
                acts |= is_active(&object.value);
                each_reference(&object.value, &mut |id| stack.push(id.number));
            }
        }
        if let Some(number) = hidden {
            self.report(ChangeKind::HiddenShown, Some(ObjectId::new(number)), "");
        }
        if acts {
            self.report(ChangeKind::ActiveContent, None, "");
        }
        Ok(())
    }

    /// Explains the object that a slot refers to, if it may be there: written again where only this slot used it, or
    /// new. Says whether it may.
    pub(super) fn own_object(
        &mut self,
        old: Option<&Value>,
        new: Option<&Value>,
        holder: u32,
    ) -> Result<bool, PdfError> {
        let Some(id) = new.and_then(Value::as_reference) else { return Ok(true) };
        if !self.is_changed(id.number) {
            return Ok(true);
        }
        if self.old.is_in_use(id.number) {
            if old.and_then(Value::as_reference) != Some(id) || self.old.holders(id.number) != [holder] {
                return Ok(false);
            }
            let holder = self.old.by_number(holder)?;
            if holder.is_none_or(|holder| count_references(&holder.value, id.number) != 1) {
                return Ok(false);
            }
        }
        self.explained.insert(id.number);
        Ok(true)
    }

    /// Whether every object that refers to a field, widget or annotation does so as forms, pages and the structure do.
    pub(super) fn only_usual_holders(&self, number: u32) -> Result<bool, PdfError> {
        for holder in self.old.holders(number) {
            let known = holder == self.old.catalog.id.number
                || self.old.field_of.contains_key(&holder)
                || self.old.fields.groups.contains(&ObjectId::new(holder))
                || self.old.pages.by_id(ObjectId::new(holder)).is_some();
            if known {
                continue;
            }
            let Some(object) = self.old.by_number(holder)? else { continue };
            let usual = match &object.value.object {
                Object::Array(_) => true,
                Object::Dictionary(dictionary) => {
                    let kind = dictionary.get(b"Type").and_then(Value::as_name);
                    matches!(kind, Some(b"OBJR" | b"StructElem" | b"Annot")) || dictionary.get(b"Fields").is_some()
                }
                _ => false,
            };
            if !usual {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whatever no rule has explained.
    fn leftovers(&mut self) -> Result<(), PdfError> {
        let left: Vec<u32> = self.changed.iter().copied().filter(|number| !self.explained.contains(number)).collect();
        for number in left {
            let Some(new) = by_number(self.new, number)? else { continue };
            let is_structure = |object: &IndirectObject<'_>| {
                object.value.as_stream().is_some_and(|stream| {
                    stream.dictionary.is_name(b"Type", b"XRef") || stream.dictionary.is_name(b"Type", b"ObjStm")
                })
            };
            let old = self.old.by_number(number)?;
            match old {
                // Cross-reference streams and object streams carry others and are used by no reference.
                _ if is_structure(&new) && old.as_ref().is_none_or(|old| is_structure(old)) => {}
                None => self.report(ChangeKind::Unreachable, Some(new.id), ""),
                Some(_) => self.report(ChangeKind::ObjectChanged, Some(new.id), ""),
            }
        }
        Ok(())
    }

    /// Whether a locked field must not be touched.
    pub(super) fn is_locked(&self, name: &str) -> bool {
        self.policy.locks.iter().any(|lock| lock.locks(name))
    }

    /// What is signed in the field of this dictionary, if that signature covers the revision it was made in.
    pub(super) fn signature(&self, dict: ObjectId) -> Result<Option<SignatureKind>, PdfError> {
        let signature = self.new.pdf.signatures()?.iter().find(|one| one.dict == dict);
        let sound = signature.filter(|one| {
            let broken = one.faults.iter().any(|fault| {
                matches!(
                    fault.kind,
                    Kind::ByteRangeMalformed
                        | Kind::ByteRangeHole
                        | Kind::ByteRangesCross
                        | Kind::ContentsMalformed
                        | Kind::SignatureMalformed
                        | Kind::SignatureRedefined
                        | Kind::SignatureShared
                        | Kind::SignatureCompressed
                        | Kind::ValueNotIndirect
                        | Kind::DuplicateKey
                )
            });
            !broken && one.revision.is_some_and(|revision| revision > self.old.view.revision)
        });
        Ok(sound.map(|one| one.kind))
    }

    /// The rectangles of the signatures that the signed revision shows, among some annotations.
    pub(super) fn signed_rectangles(&self, annotations: &[Value]) -> Result<Vec<[f64; 4]>, PdfError> {
        let mut rectangles = Vec::new();
        for id in annotations.iter().filter_map(Value::as_reference) {
            let signed = self
                .old
                .field(id.number)
                .is_some_and(|field| field.kind == FieldKind::Signature && field.value.is_some());
            if signed && let Some(object) = self.old.view.object(id)? {
                let rect = object.dictionary().map(|one| rectangle(self.old.view, one, b"Rect"));
                rectangles.extend(rect.transpose()?.flatten());
            }
        }
        Ok(rectangles)
    }
}

/// Whether two objects are the same, streams by their encoded bytes.
fn same(one: &IndirectObject<'_>, other: &IndirectObject<'_>) -> bool {
    match (one.value.as_stream(), other.value.as_stream()) {
        (Some(a), Some(b)) => a.dictionary == b.dictionary && one.stream_data() == other.stream_data(),
        (None, None) => one.value == other.value,
        _ => false,
    }
}

/// The keys whose values differ, each once.
pub(super) fn differing(old: &Dictionary, new: &Dictionary) -> Vec<Vec<u8>> {
    let keys: BTreeSet<&[u8]> = old.iter().chain(new.iter()).map(|(key, _)| key).collect();
    keys.into_iter().filter(|key| old.get(key) != new.get(key)).map(<[u8]>::to_vec).collect()
}

/// Whether a version name is not lower than the one before.
fn raised(old: Option<&Value>, new: Option<&Value>) -> bool {
    let Some(new) = new.and_then(Value::as_name) else { return false };
    new.len() == 3 && old.and_then(Value::as_name).is_none_or(|old| old <= new)
}

/// Whether a value holds an action, a script or an optional layer. Values nest at most as deep as the parser allows.
fn is_active(value: &Value) -> bool {
    /// Types of actions (ISO 32000-1, table 198).
    const ACTIONS: [&[u8]; 18] = [
        b"GoTo",
        b"GoToR",
        b"GoToE",
        b"Launch",
        b"Thread",
        b"URI",
        b"Sound",
        b"Movie",
        b"Hide",
        b"Named",
        b"SubmitForm",
        b"ResetForm",
        b"ImportData",
        b"JavaScript",
        b"SetOCGState",
        b"Rendition",
        b"Trans",
        b"GoTo3DView",
    ];
    match &value.object {
        Object::Array(values) => values.iter().any(is_active),
        Object::Dictionary(dictionary) => acts(dictionary, &ACTIONS),
        Object::Stream(stream) => acts(&stream.dictionary, &ACTIONS),
        _ => false,
    }
}

fn acts(dictionary: &Dictionary, actions: &[&[u8]]) -> bool {
    let is_action = dictionary.get(b"S").and_then(Value::as_name).is_some_and(|name| actions.contains(&name));
    let is_layer = dictionary.is_name(b"Type", b"OCG") || dictionary.is_name(b"Type", b"OCMD");
    is_action
        || is_layer
        || dictionary.get(b"AA").is_some()
        || dictionary.get(b"JS").is_some()
        || dictionary.get(b"OC").is_some()
        || dictionary.iter().any(|(_, value)| is_active(value))
}

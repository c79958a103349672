//! The form: fields filled in, signature fields added or signed.

use std::sync::Arc;

use super::super::error::PdfError;
use super::super::fields::{Field, FieldKind};
use super::super::object::{Dictionary, IndirectObject, Object, ObjectId, Value, name_text, text};
use super::super::pages::rectangle;
use super::super::signatures::SignatureKind;
use super::ChangeKind;
use super::compare::{Compare, differing};

/// Keys of a signature field and its widget that show, say or do nothing beyond the signature.
const FIELD_KEYS: [&[u8]; 25] = [
    b"Type",
    b"Subtype",
    b"FT",
    b"T",
    b"TU",
    b"TM",
    b"V",
    b"Ff",
    b"Kids",
    b"Parent",
    b"Lock",
    b"SV",
    b"Rect",
    b"P",
    b"F",
    b"AP",
    b"AS",
    b"MK",
    b"NM",
    b"M",
    b"Border",
    b"BS",
    b"DA",
    b"H",
    b"StructParent",
];

/// A field that was added, with everything below it.
struct Added {
    id: ObjectId,
    parent: Option<ObjectId>,
    prefix: String,
    is_signature: bool,
    depth: usize,
}

impl Compare<'_, '_, '_> {
    /// The interactive form: fields may be appended, `/SigFlags` may gain bits.
    pub(super) fn form(&mut self) -> Result<(), PdfError> {
        let (old_catalog, new_catalog) = (Arc::clone(&self.old.catalog), self.new.catalog()?);
        let (Some(old_catalog), Some(new_catalog)) = (old_catalog.dictionary(), new_catalog.dictionary()) else {
            return Ok(());
        };
        let catalog = self.old.catalog.id;
        let (old_slot, new_slot) = (old_catalog.get(b"AcroForm"), new_catalog.get(b"AcroForm"));
        let (old, new) = (self.old.view.get(old_catalog, b"AcroForm")?, self.new.get(new_catalog, b"AcroForm")?);
        let empty = Dictionary::default();
        let before = old.as_dictionary().unwrap_or(&empty);
        let Some(after) = new.as_dictionary() else {
            if old.value().is_some() {
                self.report(ChangeKind::FormChanged, Some(catalog), "AcroForm");
            }
            return Ok(());
        };
        let form = new_slot.and_then(Value::as_reference);
        if !self.own_form(old_slot, form)? {
            self.report(ChangeKind::FormChanged, form, "AcroForm");
        }
        if after.has_duplicates() {
            self.report(ChangeKind::FormChanged, form, "");
        }
        for key in differing(before, after) {
            let bits = |dictionary: &Dictionary| dictionary.get(b"SigFlags").and_then(Value::as_integer).unwrap_or(0);
            match key.as_slice() {
                b"Fields" => {}
                b"SigFlags" if bits(before) & bits(after) == bits(before) && (0..4).contains(&bits(after)) => {}
                other => self.report(ChangeKind::FormChanged, form, name_text(other)),
            }
        }
        let holder = old_slot.and_then(Value::as_reference).unwrap_or(catalog).number;
        if !self.own_object(before.get(b"Fields"), after.get(b"Fields"), holder)? {
            self.report(ChangeKind::FormChanged, form, "Fields");
        }
        let (old_fields, new_fields) = (self.old.view.get(before, b"Fields")?, self.new.get(after, b"Fields")?);
        let old_fields = old_fields.as_array().unwrap_or_default();
        match new_fields.as_array().unwrap_or_default().strip_prefix(old_fields) {
            Some(added) => {
                for value in added {
                    self.added_field(value, None, String::new(), false)?;
                }
            }
            None => self.report(ChangeKind::FormChanged, form, "Fields"),
        }
        Ok(())
    }

    /// Whether the form dictionary may be where it is now.
    fn own_form(&mut self, old_slot: Option<&Value>, form: Option<ObjectId>) -> Result<bool, PdfError> {
        let Some(id) = form.filter(|id| self.is_changed(id.number)) else { return Ok(true) };
        if self.old.is_in_use(id.number) {
            // Besides the catalog only a field lock refers to it.
            let mut usual = old_slot.and_then(Value::as_reference) == Some(id);
            for holder in self.old.holders(id.number) {
                let object = self.old.by_number(holder)?;
                usual &= holder == self.old.catalog.id.number
                    || object.is_some_and(|object| {
                        object.dictionary().is_some_and(|dictionary| dictionary.get(b"ByteRange").is_some())
                    });
            }
            if !usual {
                return Ok(false);
            }
        }
        self.explained.insert(id.number);
        Ok(true)
    }

    /// A field that stands in a list where it did not before.
    fn added_field(
        &mut self,
        value: &Value,
        parent: Option<ObjectId>,
        prefix: String,
        is_signature: bool,
    ) -> Result<(), PdfError> {
        let Some(id) = value.as_reference() else {
            self.report(ChangeKind::FieldChanged, parent, prefix);
            return Ok(());
        };
        let mut stack = vec![Added { id, parent, prefix, is_signature, depth: 0 }];
        while let Some(added) = stack.pop() {
            self.added_one(added, &mut stack)?;
        }
        Ok(())
    }

    fn added_one(&mut self, added: Added, stack: &mut Vec<Added>) -> Result<(), PdfError> {
        let Added { id, parent, prefix, is_signature, depth } = added;
        let object = self.new.object(id)?;
        let Some(object) = object.filter(|_| self.is_new(id.number)) else {
            // A list entry that leads nowhere is no field; an object that was there before was no field until now.
            if self.old.is_in_use(id.number) {
                self.report(ChangeKind::HiddenShown, Some(id), prefix);
            }
            return Ok(());
        };
        let Object::Dictionary(dictionary) = &object.value.object else {
            self.report(ChangeKind::FieldChanged, Some(id), prefix);
            return Ok(());
        };
        let partial = self.new.get(dictionary, b"T")?.value().and_then(Value::as_string).map(text);
        let name = match partial {
            Some(partial) if prefix.is_empty() => partial,
            Some(partial) => format!("{prefix}.{partial}"),
            None => prefix,
        };
        let is_signature = match dictionary.get(b"FT") {
            Some(kind) => kind.as_name() == Some(b"Sig"),
            None => is_signature,
        };
        let strange = dictionary.iter().any(|(key, _)| !FIELD_KEYS.contains(&key));
        let placed = dictionary.get(b"Parent").and_then(Value::as_reference) == parent;
        if strange || !placed || dictionary.has_duplicates() || depth > self.new.pdf.limits.field_depth {
            self.report(ChangeKind::FieldChanged, Some(id), name);
            return Ok(());
        }
        self.explained.insert(id.number);
        let kids = self.new.get(dictionary, b"Kids")?;
        self.own_object(None, dictionary.get(b"Kids"), id.number)?;
        let kids: Vec<ObjectId> = kids.as_array().unwrap_or_default().iter().filter_map(Value::as_reference).collect();
        let mut widgets: Vec<Arc<IndirectObject<'_>>> = Vec::new();
        let mut below = false;
        for kid in kids {
            let Some(kid_object) = self.new.object(kid)?.filter(|_| self.is_new(kid.number)) else {
                self.report(ChangeKind::FieldChanged, Some(kid), name.clone());
                continue;
            };
            if kid_object.dictionary().is_some_and(|kid| kid.get(b"T").is_some() || kid.get(b"Kids").is_some()) {
                below = true;
                stack.push(Added { id: kid, parent: Some(id), prefix: name.clone(), is_signature, depth: depth + 1 });
            } else {
                widgets.push(kid_object);
            }
        }
        if dictionary.is_name(b"Subtype", b"Widget") {
            widgets.push(Arc::clone(&object));
        }
        if below {
            // A group shows nothing itself.
            for (_, value) in dictionary.iter().filter(|(key, _)| !matches!(*key, b"Parent" | b"Kids")) {
                self.adopt(value)?;
            }
            if dictionary.get(b"V").is_some() || !widgets.is_empty() {
                self.report(ChangeKind::FieldChanged, Some(id), name);
            }
            return Ok(());
        }
        if !is_signature {
            self.report(ChangeKind::FieldChanged, Some(id), name);
            return Ok(());
        }
        self.added_signature_field(id, dictionary, &widgets, name)
    }

    fn added_signature_field(
        &mut self,
        id: ObjectId,
        dictionary: &Dictionary,
        widgets: &[Arc<IndirectObject<'_>>],
        name: String,
    ) -> Result<(), PdfError> {
        let mut shows = false;
        for widget in widgets {
            let Some(keys) = widget.dictionary() else { continue };
            let strange = keys.iter().any(|(key, _)| !FIELD_KEYS.contains(&key));
            let placed = widget.id == id || keys.get(b"Parent").and_then(Value::as_reference) == Some(id);
            if strange || !placed || keys.has_duplicates() || !keys.is_name(b"Subtype", b"Widget") {
                self.report(ChangeKind::FieldChanged, Some(widget.id), name.clone());
            }
            self.explained.insert(widget.id.number);
            let rect = rectangle(self.new, keys, b"Rect")?;
            let area = rect.is_some_and(|[a, b, c, d]| (c - a).abs() > 0.0 && (d - b).abs() > 0.0);
            shows |= keys.get(b"AP").is_some() && area;
            self.new_widgets.insert(widget.id.number, rect.filter(|_| area));
            for (_, value) in keys.iter().filter(|(key, _)| !matches!(*key, b"V" | b"Parent" | b"Kids")) {
                self.adopt(value)?;
            }
        }
        for (_, value) in dictionary.iter().filter(|(key, _)| !matches!(*key, b"V" | b"Parent" | b"Kids")) {
            self.adopt(value)?;
        }
        if self.is_locked(&name) {
            self.report(ChangeKind::FieldLocked, Some(id), name);
            return Ok(());
        }
        match dictionary.get(b"V") {
            None if shows => self.report(ChangeKind::AppearanceUnsigned, Some(id), name),
            None => self.report(ChangeKind::NewField, Some(id), name),
            Some(value) => match self.signed(value)? {
                Some(SignatureKind::DocTimestamp) if !shows => self.report(ChangeKind::Timestamp, Some(id), name),
                Some(_) => self.report(ChangeKind::NewSignature, Some(id), name),
                None => self.report(ChangeKind::AppearanceUnsigned, Some(id), name),
            },
        }
        Ok(())
    }

    /// What a `/V` that was added signs, if it is a new and sound signature.
    fn signed(&mut self, value: &Value) -> Result<Option<SignatureKind>, PdfError> {
        let Some(id) = value.as_reference().filter(|id| self.is_new(id.number)) else { return Ok(None) };
        self.adopt(value)?;
        self.signature(id)
    }

    /// Fields, groups and widgets that were there before and are different now.
    pub(super) fn fields(&mut self) -> Result<(), PdfError> {
        let changed: Vec<u32> =
            self.changed.iter().copied().filter(|number| !self.explained.contains(number)).collect();
        for number in changed {
            let old = self.old;
            if old.fields.groups.contains(&ObjectId::new(number)) {
                self.group(number)?;
            } else if let Some(field) = old.field(number) {
                self.field(number, field)?;
            }
        }
        Ok(())
    }

    /// Both versions of an object that is different now, if both are dictionaries without double keys.
    fn versions(&self, number: u32) -> Result<Option<[Arc<IndirectObject<'_>>; 2]>, PdfError> {
        let old = self.old.by_number(number)?;
        let new = match &old {
            Some(old) => self.new.object(old.id)?,
            None => None,
        };
        let plain = |object: &Arc<IndirectObject<'_>>| match &object.value.object {
            Object::Dictionary(dictionary) => !dictionary.has_duplicates(),
            _ => false,
        };
        Ok(old.filter(plain).zip(new.filter(plain)).map(|(old, new)| [old, new]))
    }

    /// A group may gain fields.
    fn group(&mut self, number: u32) -> Result<(), PdfError> {
        let id = ObjectId::new(number);
        self.explained.insert(number);
        let Some([old, new]) = self.versions(number)?.map(|versions| versions.map(|one| one.value.clone())) else {
            self.report(ChangeKind::FieldChanged, Some(id), "");
            return Ok(());
        };
        let (Some(before), Some(after)) = (old.as_dictionary(), new.as_dictionary()) else { return Ok(()) };
        let other = differing(before, after).into_iter().find(|key| key != b"Kids");
        if other.is_some() || !self.only_usual_holders(number)? {
            self.report(
                ChangeKind::FieldChanged,
                Some(id),
                other.map_or(String::new(), |key| name_text(&key).into_owned()),
            );
            return Ok(());
        }
        let owned = self.own_object(before.get(b"Kids"), after.get(b"Kids"), number)?;
        let (old_kids, new_kids) = (self.old.view.get(before, b"Kids")?, self.new.get(after, b"Kids")?);
        let old_kids = old_kids.as_array().unwrap_or_default();
        let added = new_kids.as_array().unwrap_or_default().strip_prefix(old_kids).filter(|_| owned);
        let Some(added) = added else {
            self.report(ChangeKind::FieldChanged, Some(id), "Kids");
            return Ok(());
        };
        let name = self.group_name(id)?;
        for value in added {
            self.added_field(value, Some(id), name.clone(), false)?;
        }
        Ok(())
    }

    /// The full name of a group of the signed revision.
    fn group_name(&self, id: ObjectId) -> Result<String, PdfError> {
        let mut names = Vec::new();
        let mut next = Some(id);
        for _ in 0..self.new.pdf.limits.field_depth {
            let Some(object) = next.map(|id| self.old.view.object(id)).transpose()?.flatten() else { break };
            let Some(dictionary) = object.dictionary() else { break };
            names.extend(self.old.view.get(dictionary, b"T")?.value().and_then(Value::as_string).map(text));
            next = dictionary.get(b"Parent").and_then(Value::as_reference);
        }
        names.reverse();
        Ok(names.join("."))
    }

    fn field(&mut self, number: u32, field: &Field) -> Result<(), PdfError> {
        const SIGNED: [&[u8]; 5] = [b"V", b"AP", b"F", b"M", b"Lock"];
        const FILLED: [&[u8]; 6] = [b"V", b"AP", b"AS", b"I", b"RV", b"M"];
        let id = ObjectId::new(number);
        self.explained.insert(number);
        let changed_kind = match field.kind {
            FieldKind::Signature if field.value.is_some() => ChangeKind::SignatureChanged,
            _ => ChangeKind::FieldChanged,
        };
        let versions = self.versions(number)?.map(|versions| versions.map(|one| one.value.clone()));
        let Some([old, new]) = versions.filter(|_| changed_kind == ChangeKind::FieldChanged) else {
            self.report(changed_kind, Some(id), field.name.clone());
            return Ok(());
        };
        let (Some(before), Some(after)) = (old.as_dictionary(), new.as_dictionary()) else { return Ok(()) };
        let keys = differing(before, after);
        let allowed: &[&[u8]] = match field.kind {
            FieldKind::Signature => &SIGNED,
            FieldKind::Text | FieldKind::Button | FieldKind::Choice => &FILLED,
            FieldKind::Unknown => &[],
        };
        let other = keys.iter().find(|key| !allowed.contains(&key.as_slice()));
        if other.is_some() || !self.only_usual_holders(number)? {
            self.report(ChangeKind::FieldChanged, Some(id), field.name.clone());
            return Ok(());
        }
        if self.is_locked(&field.name) {
            self.report(ChangeKind::FieldLocked, Some(id), field.name.clone());
            return Ok(());
        }
        if field.kind != FieldKind::Signature {
            for key in &keys {
                self.adopt_slot(after.get(key))?;
            }
            self.report(ChangeKind::FieldFilled, Some(id), field.name.clone());
            return Ok(());
        }
        for key in keys.iter().filter(|key| key.as_slice() != b"V") {
            self.adopt_slot(after.get(key))?;
        }
        // The value stands in the field; a widget apart only gains its appearance.
        let value = match self.new.object(field.id)? {
            Some(object) => object.dictionary().and_then(|dictionary| dictionary.get(b"V")).cloned(),
            None => None,
        };
        let shows = keys.iter().any(|key| key == b"AP");
        match value {
            Some(value) => match self.signed(&value)? {
                Some(SignatureKind::DocTimestamp) if !shows => {
                    self.report(ChangeKind::Timestamp, Some(id), field.name.clone());
                }
                Some(_) => self.report(ChangeKind::FieldSigned, Some(id), field.name.clone()),
                None => self.report(ChangeKind::AppearanceUnsigned, Some(id), field.name.clone()),
            },
            None if shows => self.report(ChangeKind::AppearanceUnsigned, Some(id), field.name.clone()),
            None => self.report(ChangeKind::FieldChanged, Some(id), field.name.clone()),
        }
        Ok(())
    }

    /// Appearance streams that were overwritten: allowed where only one unlocked field that takes input uses them.
    pub(super) fn appearances(&mut self) -> Result<(), PdfError> {
        let changed: Vec<u32> =
            self.changed.iter().copied().filter(|number| !self.explained.contains(number)).collect();
        for number in changed {
            let (Some(old), Some(new)) = (self.old.by_number(number)?, self.new.object(ObjectId::new(number))?) else {
                continue;
            };
            let is_form = |object: &IndirectObject<'_>| {
                object.value.as_stream().is_some_and(|stream| {
                    stream.dictionary.is_name(b"Subtype", b"Form") && !stream.dictionary.has_duplicates()
                })
            };
            if !is_form(&old) || !is_form(&new) {
                continue;
            }
            let Some(name) = self.only_appearance_of(number)? else { continue };
            self.explained.insert(number);
            if self.is_locked(&name) {
                self.report(ChangeKind::FieldLocked, Some(new.id), name);
                continue;
            }
            if let Some(stream) = new.value.as_stream() {
                for (_, value) in stream.dictionary.iter() {
                    self.adopt(value)?;
                }
            }
            self.report(ChangeKind::FieldFilled, Some(new.id), name);
        }
        Ok(())
    }

    /// The field whose widgets alone use a stream as their appearance, if that field takes input.
    fn only_appearance_of(&self, number: u32) -> Result<Option<String>, PdfError> {
        let holders = self.old.holders(number);
        let Some(field) = holders.first().and_then(|&holder| self.old.field(holder)) else { return Ok(None) };
        if !matches!(field.kind, FieldKind::Text | FieldKind::Button | FieldKind::Choice) {
            return Ok(None);
        }
        for holder in holders {
            let same = self.old.field(holder).is_some_and(|other| other.id == field.id);
            let Some(object) = self.old.by_number(holder)?.filter(|_| same) else { return Ok(None) };
            let in_appearance = object.dictionary().and_then(|dictionary| dictionary.get(b"AP"));
            let in_appearance = in_appearance.map_or(0, |value| super::references::count_references(value, number));
            if in_appearance != super::references::count_references(&object.value, number) {
                return Ok(None);
            }
        }
        Ok(Some(field.name.clone()))
    }
}

//! Pages and their annotations: only signature widgets and comments may be added.

use std::collections::BTreeSet;

use super::super::error::PdfError;
use super::super::fields::FieldKind;
use super::super::object::{Dictionary, Object, ObjectId, Value, name_text};
use super::super::pages::rectangle;
use super::ChangeKind;
use super::compare::{Compare, differing};
use super::references::count_references;

/// Comments: marks that readers show as made by someone on top of the page (ISO 32000-1, 12.5.6).
const COMMENTS: [&[u8]; 13] = [
    b"Text",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Ink",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Caret",
    b"Popup",
];

/// Comments that lie beside or between what they comment on and so hide nothing.
const HARMLESS: [&[u8]; 5] = [b"Text", b"Highlight", b"Underline", b"Squiggly", b"Popup"];

/// Lengths below this are rounding, in user space units.
const ROUNDING: f64 = 0.01;

fn is_comment(dictionary: &Dictionary) -> bool {
    let subtype = dictionary.get(b"Subtype").and_then(Value::as_name);
    let acts = dictionary.get(b"A").is_some() || dictionary.get(b"AA").is_some() || dictionary.get(b"OC").is_some();
    subtype.is_some_and(|subtype| COMMENTS.contains(&subtype)) && !acts && !dictionary.has_duplicates()
}

impl Compare<'_, '_, '_> {
    /// Page dictionaries, their lists of annotations, and annotations that are different now.
    pub(super) fn pages(&mut self) -> Result<(), PdfError> {
        let changed: Vec<u32> =
            self.changed.iter().copied().filter(|number| !self.explained.contains(number)).collect();
        let mut pages = BTreeSet::new();
        for number in changed {
            let id = ObjectId::new(number);
            if self.old.pages.nodes.contains(&id) {
                self.explained.insert(number);
                self.report(ChangeKind::PagesChanged, Some(id), "");
            } else if self.old.pages.by_id(id).is_some() {
                pages.insert(number);
                self.page(id)?;
            } else if let [holder] = self.old.holders(number)[..] {
                // A list of annotations that one page alone uses.
                let is_list = self.old.by_number(number)?.is_some_and(|list| list.value.as_array().is_some());
                if is_list && self.old.pages.by_id(ObjectId::new(holder)).is_some() {
                    pages.insert(holder);
                }
            }
        }
        for page in pages {
            self.annotations(ObjectId::new(page))?;
        }
        self.old_annotations()
    }

    fn page(&mut self, id: ObjectId) -> Result<(), PdfError> {
        self.explained.insert(id.number);
        let number = self.old.pages.by_id(id).map_or(0, |page| page.number);
        let (old, new) = (self.old.view.object(id)?, self.new.object(id)?);
        let before = old.as_ref().and_then(|page| page.dictionary());
        let after = new.as_ref().and_then(|page| page.dictionary());
        let (Some(before), Some(after)) = (before, after) else {
            self.report(ChangeKind::PageChanged, Some(id), number.to_string());
            return Ok(());
        };
        if before.has_duplicates() || after.has_duplicates() {
            self.report(ChangeKind::PageChanged, Some(id), number.to_string());
        }
        for key in differing(before, after).iter().filter(|key| key.as_slice() != b"Annots") {
            self.report(ChangeKind::PageChanged, Some(id), format!("{number} {}", name_text(key)));
        }
        Ok(())
    }

    /// The annotations of a page: old ones stay in order, new ones come between or after.
    fn annotations(&mut self, page: ObjectId) -> Result<(), PdfError> {
        let (old, new) = (self.old.view.object(page)?, self.new.object(page)?);
        let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
        let (Some(before), Some(after)) = (old.dictionary(), new.dictionary()) else { return Ok(()) };
        if !self.own_object(before.get(b"Annots"), after.get(b"Annots"), page.number)? {
            self.report(ChangeKind::PageChanged, Some(page), "Annots");
        }
        let (old_list, new_list) = (self.old.view.get(before, b"Annots")?, self.new.get(after, b"Annots")?);
        let old_list = old_list.as_array().unwrap_or_default();
        let new_list = new_list.as_array().unwrap_or_default();
        let signed = self.signed_rectangles(old_list)?;
        let mut at = 0;
        for annotation in new_list {
            if old_list.get(at) == Some(annotation) {
                at += 1;
            } else {
                self.added_annotation(annotation, &signed, page)?;
            }
        }
        let missing = old_list.get(at..).unwrap_or_default();
        // Where one is taken away, all behind it are met too late: look each up.
        let present: BTreeSet<ObjectId> = new_list.iter().filter_map(Value::as_reference).collect();
        let mut deleted = 0;
        for annotation in missing {
            match annotation.as_reference() {
                Some(id) if present.contains(&id) => {}
                _ => {
                    deleted += 1;
                    self.deleted_annotation(annotation, page)?;
                }
            }
        }
        if !missing.is_empty() && deleted == 0 {
            self.report(ChangeKind::PageChanged, Some(page), "Annots");
        }
        Ok(())
    }

    fn added_annotation(&mut self, annotation: &Value, signed: &[[f64; 4]], page: ObjectId) -> Result<(), PdfError> {
        let id = annotation.as_reference();
        if let Some(&rect) = id.and_then(|id| self.new_widgets.get(&id.number)) {
            if rect.is_some_and(|rect| signed.iter().any(|other| overlap(rect, *other))) {
                self.report(ChangeKind::Overlap, id, "");
            }
            return Ok(());
        }
        if let Some(id) = id.filter(|id| self.old.is_in_use(id.number)) {
            // It was on this page before if only the order is another; that is told by what is missing.
            let here = self.old.holders(id.number).iter().any(|&holder| self.leads_to_list(page, holder));
            if !here {
                self.report(ChangeKind::HiddenShown, Some(id), "");
            }
            return Ok(());
        }
        let found = self.new.resolve(annotation)?;
        let Some(value) = found.value() else { return Ok(()) };
        let Object::Dictionary(dictionary) = &value.object else {
            self.report(ChangeKind::AnnotationForbidden, id.or(Some(page)), "");
            return Ok(());
        };
        let subtype = dictionary.get(b"Subtype").and_then(Value::as_name).unwrap_or_default();
        if !is_comment(dictionary) {
            self.report(ChangeKind::AnnotationForbidden, id.or(Some(page)), name_text(subtype));
            return Ok(());
        }
        let rect = rectangle(self.new, dictionary, b"Rect")?;
        if !HARMLESS.contains(&subtype) && rect.is_some_and(|rect| signed.iter().any(|other| overlap(rect, *other))) {
            self.report(ChangeKind::Overlap, id.or(Some(page)), name_text(subtype));
        }
        self.adopt(annotation)?;
        self.report(ChangeKind::Comment, id.or(Some(page)), name_text(subtype));
        Ok(())
    }

    /// Whether an object is a page or the list of annotations that this page refers to.
    fn leads_to_list(&self, page: ObjectId, holder: u32) -> bool {
        if holder == page.number {
            return true;
        }
        let object = self.old.view.object(page).ok().flatten();
        let annotations = object.as_ref().and_then(|page| page.dictionary()).and_then(|page| page.get(b"Annots"));
        annotations.and_then(Value::as_reference).is_some_and(|list| list.number == holder)
    }

    fn deleted_annotation(&mut self, annotation: &Value, page: ObjectId) -> Result<(), PdfError> {
        let id = annotation.as_reference();
        let found = self.old.view.resolve(annotation)?;
        let Some(dictionary) = found.as_dictionary() else { return Ok(()) };
        let subtype = dictionary.get(b"Subtype").and_then(Value::as_name).unwrap_or_default();
        let kind = match id.and_then(|id| self.old.field(id.number)) {
            Some(field) if field.kind == FieldKind::Signature && field.value.is_some() => ChangeKind::SignatureChanged,
            Some(_) => ChangeKind::FieldChanged,
            None if is_comment(dictionary) => ChangeKind::Comment,
            None => ChangeKind::AnnotationForbidden,
        };
        self.report(kind, id.or(Some(page)), name_text(subtype));
        Ok(())
    }

    /// Comments that were there before and are different now.
    fn old_annotations(&mut self) -> Result<(), PdfError> {
        let changed: Vec<u32> =
            self.changed.iter().copied().filter(|number| !self.explained.contains(number)).collect();
        for number in changed {
            let Some(old) = self.old.by_number(number)? else { continue };
            let Some(new) = self.new.object(old.id)? else { continue };
            let (Object::Dictionary(before), Object::Dictionary(after)) = (&old.value.object, &new.value.object) else {
                continue;
            };
            let same_kind =
                before.get(b"Subtype") == after.get(b"Subtype") && before.get(b"Type") == after.get(b"Type");
            // Only annotations have both; the check of its users does the rest.
            let is_annotation = before.get(b"Rect").is_some();
            if !is_annotation || !same_kind || !is_comment(before) || !is_comment(after) {
                continue;
            }
            if !self.only_usual_holders(number)? || count_references(&old.value, number) > 0 {
                continue;
            }
            self.explained.insert(number);
            for key in differing(before, after) {
                self.adopt_slot(after.get(&key))?;
            }
            let subtype = after.get(b"Subtype").and_then(Value::as_name).unwrap_or_default();
            self.report(ChangeKind::Comment, Some(new.id), name_text(subtype));
        }
        Ok(())
    }
}

/// Whether two rectangles, corners in any order, share an area.
fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    let shared = |a0: f64, a1: f64, b0: f64, b1: f64| a0.max(a1).min(b0.max(b1)) - a0.min(a1).max(b0.min(b1));
    shared(one[0], one[2], other[0], other[2]) > ROUNDING && shared(one[1], one[3], other[1], other[3]) > ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_that_only_touch_do_not_overlap() {
        assert!(overlap([0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 9.0, 9.0]));
        assert!(!overlap([0.0, 0.0, 10.0, 10.0], [10.0, 0.0, 20.0, 10.0]));
        assert!(!overlap([0.0, 0.0, 10.0, 10.0], [11.0, 0.0, 20.0, 10.0]));
    }
}

//! The interactive form (ISO 32000-1, 12.7): fields by their full names, and their widgets.

use std::collections::HashSet;

use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::object::{Dictionary, ObjectId, Value, text};
use super::resolver::View;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A signature (`/Sig`).
    Signature,
    /// Text (`/Tx`).
    Text,
    /// A button or check box (`/Btn`).
    Button,
    /// A choice (`/Ch`).
    Choice,
    /// Nothing that the standard knows, or no type at all.
    Unknown,
}

impl FieldKind {
    fn from_name(name: &[u8]) -> Self {
        match name {
            b"Sig" => Self::Signature,
            b"Tx" => Self::Text,
            b"Btn" => Self::Button,
            b"Ch" => Self::Choice,
            _ => Self::Unknown,
        }
    }
}

/// Where the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// An object of its own.
    Reference(ObjectId),
    /// Inside the dictionary of this field.
    Inside(ObjectId),
}

/// A field that has no fields below it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Field {
    /// Its object.
    pub id: ObjectId,
    /// The fields above it, from the root down.
    pub parents: Vec<ObjectId>,
    /// The partial names from the root down, joined by dots.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Where `/V` is, its own or inherited; `None` if the field is empty.
    pub value: Option<FieldValue>,
    /// Its widgets: itself if field and widget are one dictionary, else those of its kids that are widgets.
    pub widgets: Vec<ObjectId>,
}

/// All fields of the form.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    pub(crate) fields: Vec<Field>,
    /// Fields that have fields below them.
    pub(crate) groups: HashSet<ObjectId>,
    pub(crate) faults: Vec<Fault>,
}

impl Fields {
    /// The fields in document order.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.fields.iter()
    }

    /// A field by its full name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// What a strict reader objects to.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

const fn broken(what: &'static str) -> PdfError {
    PdfError::FormBroken { what }
}

/// What is still to be looked at.
struct Pending {
    id: ObjectId,
    parents: Vec<ObjectId>,
    name: String,
    kind: FieldKind,
    value: Option<FieldValue>,
}

/// Walks the field tree.
pub(crate) fn read_fields(view: View<'_, '_>) -> Result<Fields, PdfError> {
    let mut result = Fields::default();
    let catalog = view.catalog()?;
    let Some(catalog) = catalog.dictionary() else { return Ok(result) };
    let form = view.get(catalog, b"AcroForm")?;
    let Some(form) = form.value() else { return Ok(result) };
    let form = form.as_dictionary().ok_or(broken("/AcroForm is no dictionary"))?;
    if form.has_duplicates() {
        result.faults.push(Fault { kind: FaultKind::DuplicateKey, offset: None, object: None });
    }
    let roots = view.get(form, b"Fields")?;
    let Some(roots) = roots.value() else { return Ok(result) };
    let roots = roots.as_array().ok_or(broken("/Fields is no array"))?;
    let limits = &view.pdf.limits;
    let mut seen = HashSet::new();
    let mut stack = Vec::new();
    for root in roots.iter().rev() {
        let id = root.as_reference().ok_or(broken("a field is no reference"))?;
        stack.push(Pending { id, parents: Vec::new(), name: String::new(), kind: FieldKind::Unknown, value: None });
    }
    while let Some(pending) = stack.pop() {
        if !seen.insert(pending.id) {
            return Err(broken("a field is reached twice"));
        }
        if seen.len() > limits.fields {
            return Err(PdfError::OverLimit { what: "fields", limit: limits.fields });
        }
        if pending.parents.len() >= limits.field_depth {
            return Err(PdfError::OverLimit { what: "depth of the field tree", limit: limits.field_depth });
        }
        visit(view, pending, &mut stack, &mut seen, &mut result)?;
    }
    let mut names: Vec<(&str, ObjectId)> = result.fields.iter().map(|field| (field.name.as_str(), field.id)).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    result.faults.extend(twice.map(|pair| Fault::of(FaultKind::FieldNameTwice, pair[1].1)));
    Ok(result)
}

fn visit(
    view: View<'_, '_>,
    pending: Pending,
    stack: &mut Vec<Pending>,
    seen: &mut HashSet<ObjectId>,
    result: &mut Fields,
) -> Result<(), PdfError> {
    // A field that refers to nothing is null: there is no field.
    let Some(object) = view.object(pending.id)? else { return Ok(()) };
    let dictionary = object.dictionary().ok_or(broken("a field is no dictionary"))?;
    if dictionary.has_duplicates() {
        result.faults.push(Fault::of(FaultKind::DuplicateKey, pending.id));
    }
    let Pending { id, parents, mut name, mut kind, mut value } = pending;
    if let Some(partial) = view.get(dictionary, b"T")?.value().and_then(Value::as_string) {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&text(partial));
        if name.len() > MAX_NAME {
            return Err(PdfError::OverLimit { what: "bytes of a field name", limit: MAX_NAME });
        }
    }
    if let Some(own) = view.get(dictionary, b"FT")?.value().and_then(Value::as_name) {
        kind = FieldKind::from_name(own);
    }
    if let Some(own) = dictionary.get(b"V") {
        value = Some(own.as_reference().map_or(FieldValue::Inside(id), FieldValue::Reference));
    }
    let mut widgets = Vec::new();
    let mut below = Vec::new();
    let kids = view.get(dictionary, b"Kids")?;
    for kid in kids.as_array().unwrap_or_default() {
        let kid_id = kid.as_reference().ok_or(broken("a kid of a field is no reference"))?;
        let Some(object) = view.object(kid_id)? else { continue };
        let kid = object.dictionary().ok_or(broken("a kid of a field is no dictionary"))?;
        if is_field(kid) { below.push(kid_id) } else { widgets.push((kid_id, kid.has_duplicates())) }
    }
    if dictionary.is_name(b"Subtype", b"Widget") {
        widgets.push((id, false));
    }
    if below.is_empty() {
        for &(widget, duplicates) in widgets.iter().filter(|(widget, _)| *widget != id) {
            if !seen.insert(widget) {
                return Err(broken("a widget is reached twice"));
            }
            if duplicates {
                result.faults.push(Fault::of(FaultKind::DuplicateKey, widget));
            }
        }
        let widgets = widgets.into_iter().map(|(widget, _)| widget).collect();
        result.fields.push(Field { id, parents, name, kind, value, widgets });
        return Ok(());
    }
    result.groups.insert(id);
    let lineage: Vec<ObjectId> = parents.iter().copied().chain([id]).collect();
    // Widgets beside fields below one parent belong to no field; readers show them, so they are looked at as fields.
    let kids = below.into_iter().chain(widgets.into_iter().map(|(widget, _)| widget).filter(|&widget| widget != id));
    let start = stack.len();
    for id in kids {
        stack.push(Pending { id, parents: lineage.clone(), name: name.clone(), kind, value });
    }
    stack[start..].reverse();
    Ok(())
}

/// Full names are concatenations, so their length is bounded apart from the depth.
const MAX_NAME: usize = 1024;

/// Whether a kid of a field is a field: it has a partial name, or kids of its own.
fn is_field(kid: &Dictionary) -> bool {
    kid.get(b"T").is_some() || kid.get(b"Kids").is_some()
}

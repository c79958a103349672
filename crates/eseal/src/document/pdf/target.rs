//! The field that will hold a signature: a new one with a free name, or an existing empty one.

use std::collections::HashSet;
use std::sync::Arc;

use super::error::PdfError;
use super::fields::{Field, FieldKind, Fields};
use super::object::{IndirectObject, ObjectId, Value};
use super::reader::Pdf;
use super::reserve::FieldChoice;
use super::resolver::View;

/// The field that will be signed.
pub(super) enum Target<'a> {
    New { name: String },
    Existing(Existing<'a>),
}

/// An existing empty signature field.
pub(super) struct Existing<'a> {
    /// The field: the dictionary that gets `/V`.
    pub(super) field: Arc<IndirectObject<'a>>,
    /// Its widgets; the field itself if both are one dictionary.
    pub(super) widgets: Vec<ObjectId>,
}

/// The longest name of a new field in characters (our limit: that of old readers, ISO 32000-1, Annex C).
const MAX_NAME: usize = 127;

pub(super) fn find<'a>(pdf: &Pdf<'a>, choice: &FieldChoice) -> Result<Target<'a>, PdfError> {
    let fields = pdf.fields()?;
    match choice {
        FieldChoice::New { name: None } => Ok(Target::New { name: free_name(fields) }),
        FieldChoice::New { name: Some(name) } => {
            let shape = !name.is_empty() && name.chars().count() <= MAX_NAME;
            if !shape || name.contains('.') || name.chars().any(char::is_control) {
                return Err(PdfError::FieldNameMalformed { name: name.chars().take(64).collect() });
            }
            if root_names(fields).contains(name.as_str()) {
                return Err(PdfError::FieldNameTaken { name: name.clone() });
            }
            Ok(Target::New { name: name.clone() })
        }
        FieldChoice::Existing(name) => {
            let field = fields.by_name(name).ok_or_else(|| PdfError::NoSuchField { name: name.clone() })?;
            existing(pdf.latest(), field).map(Target::Existing)
        }
    }
}

/// The first parts of all full names: a new root field must not have one of them.
fn root_names(fields: &Fields) -> HashSet<&str> {
    fields.iter().map(|field| field.name.split('.').next().unwrap_or_default()).collect()
}

fn free_name(fields: &Fields) -> String {
    let taken = root_names(fields);
    (1_usize..)
        .map(|number| format!("Seal{number}"))
        .find(|name| !taken.contains(name.as_str()))
        .expect("finitely many names are taken")
}

fn existing<'a>(view: View<'_, 'a>, field: &Field) -> Result<Existing<'a>, PdfError> {
    let name = || field.name.clone();
    if field.kind != FieldKind::Signature {
        return Err(PdfError::FieldNotSignature { name: name() });
    }
    if field.value.is_some() {
        return Err(PdfError::FieldSigned { name: name() });
    }
    let object = view.object(field.id)?.ok_or_else(|| PdfError::NoSuchField { name: name() })?;
    Ok(Existing { field: object, widgets: field.widgets.clone() })
}

impl<'a> Existing<'a> {
    /// The field's `/Lock` as the content of a FieldMDP `/TransformParams` (ISO 32000-1, 12.7.4.5): signing puts it
    /// into force.
    pub(super) fn lock_parameters(&self, view: View<'_, 'a>) -> Result<Option<Vec<u8>>, PdfError> {
        let Some(dictionary) = self.field.dictionary() else { return Ok(None) };
        let found = view.get(dictionary, b"Lock")?;
        let Some(lock) = found.as_dictionary() else { return Ok(None) };
        let raw = |value: &Value| match found.indirect() {
            Some(object) => object.raw(value).to_vec(),
            None => self.field.raw(value).to_vec(),
        };
        let mut out = Vec::new();
        for (key, name) in [(b"Action".as_slice(), b"/Action ".as_slice()), (b"Fields", b" /Fields ")] {
            if let Some(value) = lock.get(key) {
                out.extend_from_slice(name);
                out.extend_from_slice(&raw(value));
            }
        }
        Ok(Some(out))
    }
}

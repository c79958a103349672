//! What a signature allows to be changed after it (ISO 32000-1, 12.7.4.5 and 12.8.2).

use super::error::PdfError;
use super::object::{Dictionary, Value, text};
use super::resolver::View;

/// What may be changed after a signature, strictest first: `/P` of `DocMDP` or of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Nothing (1).
    NoChanges,
    /// Forms may be filled and existing signature fields signed (2).
    FillForms,
    /// Annotations may be made too (3).
    Annotate,
}

impl Permission {
    /// From `/P`; a missing one is 2, one that is not 1 to 3 allows nothing.
    #[must_use]
    pub const fn from_p(p: Option<i64>) -> Self {
        match p {
            None | Some(2) => Self::FillForms,
            Some(3) => Self::Annotate,
            Some(_) => Self::NoChanges,
        }
    }

    /// The number in the file.
    #[must_use]
    pub const fn p(self) -> u8 {
        match self {
            Self::NoChanges => 1,
            Self::FillForms => 2,
            Self::Annotate => 3,
        }
    }
}

/// Which fields a lock takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockAction {
    /// Every field.
    All,
    /// The listed fields.
    Include,
    /// Every field but the listed ones.
    Exclude,
}

/// The fields that a signature locks: `FieldMDP`, or the `/Lock` of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLock {
    /// Which.
    pub action: LockAction,
    /// The listed names.
    pub fields: Vec<String>,
}

impl FieldLock {
    /// Whether the lock takes a field. A listed name takes itself and all fields below it: `a` takes `a.b`, not `ab`.
    #[must_use]
    pub fn locks(&self, name: &str) -> bool {
        let listed = self.fields.iter().any(|field| {
            name.strip_prefix(field.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        match self.action {
            LockAction::All => true,
            LockAction::Include => listed,
            LockAction::Exclude => !listed,
        }
    }
}

/// What the transforms of a signature dictionary's `/Reference` say.
#[derive(Default)]
pub(crate) struct Transforms {
    pub(crate) doc_mdp: Option<Permission>,
    pub(crate) field_mdp: Option<FieldLock>,
}

/// Reads `/Reference`. What cannot be read counts as the strictest.
pub(crate) fn read_transforms(view: View<'_, '_>, signature: &Dictionary) -> Result<Transforms, PdfError> {
    let mut transforms = Transforms::default();
    let references = view.get(signature, b"Reference")?;
    for reference in references.as_array().unwrap_or_default() {
        let reference = view.resolve(reference)?;
        let Some(reference) = reference.as_dictionary() else { continue };
        let parameters = view.get(reference, b"TransformParams")?;
        let parameters = parameters.as_dictionary();
        let method = view.get(reference, b"TransformMethod")?;
        match method.value().and_then(Value::as_name) {
            Some(b"DocMDP") => {
                let p = match parameters {
                    Some(parameters) => permission(view, parameters)?,
                    None => None,
                };
                let permission = p.unwrap_or(Permission::FillForms);
                let strictest = transforms.doc_mdp.map_or(permission, |other| other.min(permission));
                transforms.doc_mdp = Some(strictest);
            }
            Some(b"FieldMDP") => transforms.field_mdp = Some(read_lock(view, parameters)?),
            _ => {}
        }
    }
    Ok(transforms)
}

/// `/P` of a dictionary, if there is one.
pub(crate) fn permission(view: View<'_, '_>, dictionary: &Dictionary) -> Result<Option<Permission>, PdfError> {
    let p = view.get(dictionary, b"P")?;
    Ok(p.value().map(|p| Permission::from_p(Some(p.as_integer().unwrap_or(1)))))
}

/// `/Action` and `/Fields`. A lock that cannot be read takes every field.
pub(crate) fn read_lock(view: View<'_, '_>, dictionary: Option<&Dictionary>) -> Result<FieldLock, PdfError> {
    let all = FieldLock { action: LockAction::All, fields: Vec::new() };
    let Some(dictionary) = dictionary else { return Ok(all) };
    let action = match view.get(dictionary, b"Action")?.value().and_then(Value::as_name) {
        Some(b"Include") => LockAction::Include,
        Some(b"Exclude") => LockAction::Exclude,
        _ => return Ok(all),
    };
    let listed = view.get(dictionary, b"Fields")?;
    let Some(listed) = listed.as_array() else { return Ok(all) };
    let mut fields = Vec::with_capacity(listed.len());
    for name in listed {
        match view.resolve(name)?.value().and_then(Value::as_string) {
            Some(name) => fields.push(text(name)),
            None => return Ok(all),
        }
    }
    Ok(FieldLock { action, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_takes_whole_names_only() {
        let include = FieldLock { action: LockAction::Include, fields: vec!["a".into(), "dept.x".into()] };
        assert!(include.locks("a") && include.locks("a.b") && include.locks("dept.x"));
        assert!(!include.locks("ab") && !include.locks("dept") && !include.locks("dept.xy"));
        let exclude = FieldLock { action: LockAction::Exclude, ..include };
        assert!(!exclude.locks("a.b") && exclude.locks("ab"));
        assert!(FieldLock { action: LockAction::All, fields: Vec::new() }.locks(""));
    }

    #[test]
    fn an_unknown_permission_allows_nothing() {
        assert_eq!(Permission::from_p(None), Permission::FillForms);
        assert_eq!(Permission::from_p(Some(0)), Permission::NoChanges);
        assert_eq!(Permission::from_p(Some(4)), Permission::NoChanges);
        assert!(Permission::NoChanges < Permission::FillForms && Permission::FillForms < Permission::Annotate);
    }
}

//! What forbids adding anything to a file although it can be read.
//!
//! Files that a strict reader cannot follow (encrypted, repaired cross-references, bytes before the header) do not get
//! here: reading them is already an error, with a code of its own.

use super::changes::{ChangeClass, later_changes};
use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::permissions::{FieldLock, LockAction, Permission, read_transforms};
use super::reader::Pdf;
use super::reserve::{FieldChoice, WidgetPlace};
use super::signatures::{Coverage, SignatureKind};

/// Why a file must not be updated.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// A message authentication code covers the whole file (ISO/TS 32004): any update breaks it.
    #[error("the file is protected by a message authentication code")]
    MessageAuthentication,
    /// A certification or a locked signature allows no changes (ISO 32000-1, 12.8.2.2, P = 1).
    #[error("an earlier signature allows no changes")]
    CertifiedNoChanges,
    /// A certification allows existing fields to be signed, but no new ones (P = 2 or 3).
    #[error("the document is certified: only an existing empty signature field can be signed")]
    CertifiedNewField,
    /// An earlier signature locks the field (ISO 32000-1, 12.8.2.4).
    #[error("an earlier signature locks the field {name}")]
    FieldLocked {
        /// Its full name.
        name: String,
    },
    /// Only the first signature of a document can certify it.
    #[error("only the first signature can certify a document")]
    CertifyNotFirst,
    /// What an earlier signature covers was changed already; a seal on top would hide that.
    #[error("what an earlier signature covers was changed")]
    SignedPartChanged,
    /// The page is written inside its parent's `/Kids`: it cannot be changed alone.
    #[error("page {page} is not an object of its own")]
    DirectPage {
        /// Counted from 1.
        page: usize,
    },
    /// In PDF 2.0 a signature field has one annotation only; others on the pages of a signed document would look like
    /// a change of it.
    #[error("in a signed PDF 2.0 document a signature can show in one place only")]
    SeveralPlaces,
    /// The picture would lie on that of an earlier signature, and so hide what was signed.
    #[error("the place on page {page} lies on an earlier signature")]
    Overlap {
        /// Counted from 1.
        page: usize,
    },
    /// The file breaks a rule in a way that makes readers disagree about it.
    #[error("the file is faulty: {}", .fault.code())]
    Faulty {
        /// The rule.
        fault: Fault,
    },
}

impl Obstacle {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "pdf-message-authentication",
        "pdf-certified-no-changes",
        "pdf-certified-new-field",
        "pdf-field-locked",
        "pdf-certify-not-first",
        "pdf-signed-part-changed",
        "pdf-direct-page",
        "pdf-several-places",
        "pdf-overlap",
        "pdf-faulty",
    ];

    /// The stable word for this obstacle.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MessageAuthentication => "pdf-message-authentication",
            Self::CertifiedNoChanges => "pdf-certified-no-changes",
            Self::CertifiedNewField => "pdf-certified-new-field",
            Self::FieldLocked { .. } => "pdf-field-locked",
            Self::CertifyNotFirst => "pdf-certify-not-first",
            Self::SignedPartChanged => "pdf-signed-part-changed",
            Self::DirectPage { .. } => "pdf-direct-page",
            Self::SeveralPlaces => "pdf-several-places",
            Self::Overlap { .. } => "pdf-overlap",
            Self::Faulty { .. } => "pdf-faulty",
        }
    }
}

/// What earlier signatures allow and lock.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// Whether there is a signature (time stamps of the document aside).
    pub(super) signed: bool,
    certified: bool,
    /// The strictest level of any certification or lock.
    level: Option<Permission>,
    locks: Vec<FieldLock>,
}

impl Earlier {
    fn read(pdf: &Pdf<'_>) -> Result<Self, PdfError> {
        let view = pdf.latest();
        let mut earlier = Self::default();
        let signatures = pdf.signatures()?;
        // All later changes are changes after the oldest signature.
        if let Some(oldest) = signatures.first()
            && later_changes(pdf, oldest)?.class == ChangeClass::Other
        {
            return Err(Obstacle::SignedPartChanged.into());
        }
        for signature in signatures {
            if signature.coverage == Coverage::Less {
                return Err(Obstacle::SignedPartChanged.into());
            }
            earlier.signed |= signature.kind == SignatureKind::Signature;
            earlier.certified |= signature.doc_mdp.is_some();
            earlier.tighten(signature.permission());
            earlier.locks.extend(signature.lock.clone());
        }
        // A certification counts even if no field leads to it.
        let catalog = view.catalog()?;
        if let Some(catalog) = catalog.dictionary() {
            let permissions = view.get(catalog, b"Perms")?;
            if let Some(permissions) = permissions.as_dictionary()
                && let Some(certification) = view.get(permissions, b"DocMDP")?.as_dictionary()
            {
                earlier.signed = true;
                earlier.certified = true;
                let level = read_transforms(view, certification)?.doc_mdp;
                earlier.tighten(level.or(Some(Permission::NoChanges)));
            }
        }
        Ok(earlier)
    }

    fn tighten(&mut self, level: Option<Permission>) {
        self.level = match (self.level, level) {
            (Some(known), Some(level)) => Some(known.min(level)),
            (known, level) => known.or(level),
        };
    }

    fn refuse(&self, field: &FieldChoice, certify: Option<Permission>) -> Result<(), Obstacle> {
        if self.level == Some(Permission::NoChanges) {
            return Err(Obstacle::CertifiedNoChanges);
        }
        if certify.is_some() && self.signed {
            return Err(Obstacle::CertifyNotFirst);
        }
        match field {
            FieldChoice::New { .. } if self.certified => Err(Obstacle::CertifiedNewField),
            FieldChoice::Existing(name) | FieldChoice::New { name: Some(name) }
                if self.locks.iter().any(|lock| lock.locks(name)) =>
            {
                Err(Obstacle::FieldLocked { name: name.clone() })
            }
            // A name of our own choice is in no list.
            FieldChoice::New { name: None } if self.locks.iter().any(|lock| lock.action != LockAction::Include) => {
                Err(Obstacle::FieldLocked { name: String::from("*") })
            }
            _ => Ok(()),
        }
    }
}

/// Refuses places that lie on what an earlier signature shows: the comparison of revisions would find that it is hidden.
pub(super) fn refuse_overlap(pdf: &Pdf<'_>, places: &[WidgetPlace]) -> Result<(), PdfError> {
    let shown: Vec<(usize, [f64; 4])> = pdf
        .signatures()?
        .iter()
        .flat_map(|signature| &signature.widgets)
        .filter(|widget| widget.is_visible())
        .filter_map(|widget| Some((widget.page?, widget.rect_mm?)))
        .collect();
    let hides = |place: &&WidgetPlace| {
        shown.iter().any(|(page, rect_mm)| *page == place.page && overlap(*rect_mm, place.seen_mm))
    };
    match places.iter().find(hides) {
        Some(place) => Err(Obstacle::Overlap { page: place.page }.into()),
        None => Ok(()),
    }
}

/// Whether two rectangles `[x, y, width, height]` share an area; what is thinner than a micrometre is rounding.
fn overlap(one: [f64; 4], other: [f64; 4]) -> bool {
    let shared = |axis: usize| {
        (one[axis] + one[axis + 2]).min(other[axis] + other[axis + 2]) - one[axis].max(other[axis]) > 0.001
    };
    shared(0) && shared(1)
}

/// What forbids any update, whatever it adds.
///
/// # Errors
/// The first [`Obstacle`], or why the file cannot be read.
fn refuse_any(pdf: &Pdf<'_>) -> Result<(), PdfError> {
    if pdf.latest().trailer().get(b"AuthCode").is_some() {
        return Err(Obstacle::MessageAuthentication.into());
    }
    pdf.readable()?;
    let misleading = |fault: &&Fault| matches!(fault.kind, FaultKind::DuplicateKey | FaultKind::HybridDisagrees);
    let fields = pdf.fields()?;
    match pdf.faults().iter().chain(fields.faults()).find(misleading) {
        Some(fault) => Err(Obstacle::Faulty { fault: fault.clone() }.into()),
        None => Ok(()),
    }
}

/// Refuses what must not be added to this file.
pub(super) fn refuse(pdf: &Pdf<'_>, field: &FieldChoice, certify: Option<Permission>) -> Result<Earlier, PdfError> {
    refuse_any(pdf)?;
    let earlier = Earlier::read(pdf)?;
    earlier.refuse(field, certify)?;
    if let FieldChoice::Existing(name) = field {
        let fields = pdf.fields()?;
        if fields.iter().filter(|field| field.name == *name).count() > 1
            && let Some(fault) = fields.faults().iter().find(|fault| fault.kind == FaultKind::FieldNameTwice)
        {
            return Err(Obstacle::Faulty { fault: fault.clone() }.into());
        }
    }
    Ok(earlier)
}

#[cfg(test)]
mod tests {
    use super::super::faults::FaultKind;
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let all = [
            Obstacle::MessageAuthentication,
            Obstacle::CertifiedNoChanges,
            Obstacle::CertifiedNewField,
            Obstacle::FieldLocked { name: String::new() },
            Obstacle::CertifyNotFirst,
            Obstacle::SignedPartChanged,
            Obstacle::DirectPage { page: 1 },
            Obstacle::SeveralPlaces,
            Obstacle::Overlap { page: 1 },
            Obstacle::Faulty { fault: Fault::at(FaultKind::DuplicateKey, 0) },
        ];
        let codes: Vec<_> = all.iter().map(Obstacle::code).collect();
        assert_eq!(codes, Obstacle::CODES);
    }

    #[test]
    fn places_that_only_touch_do_not_overlap() {
        assert!(overlap([0.0, 0.0, 10.0, 10.0], [9.0, 9.0, 10.0, 10.0]));
        assert!(!overlap([0.0, 0.0, 10.0, 10.0], [10.0, 0.0, 10.0, 10.0]));
        assert!(!overlap([0.0, 0.0, 10.0, 10.0], [5.0, 20.0, 1.0, 1.0]));
    }

    fn lock(action: LockAction, names: &[&str]) -> FieldLock {
        FieldLock { action, fields: names.iter().map(|&name| name.to_owned()).collect() }
    }

    fn new_field() -> FieldChoice {
        FieldChoice::New { name: None }
    }

    #[test]
    fn the_strictest_level_of_all_earlier_signatures_counts() {
        let mut earlier = Earlier { signed: true, ..Earlier::default() };
        assert_eq!(earlier.refuse(&new_field(), None), Ok(()));
        earlier.tighten(Some(Permission::Annotate));
        assert_eq!(earlier.refuse(&new_field(), None), Ok(()), "a lock's level 3 is no certification");
        earlier.certified = true;
        assert_eq!(earlier.refuse(&new_field(), None), Err(Obstacle::CertifiedNewField));
        let existing = FieldChoice::Existing("a".to_owned());
        assert_eq!(earlier.refuse(&existing, None), Ok(()));
        assert_eq!(earlier.refuse(&existing, Some(Permission::FillForms)), Err(Obstacle::CertifyNotFirst));
        earlier.tighten(Some(Permission::NoChanges));
        earlier.tighten(Some(Permission::Annotate));
        assert_eq!(earlier.refuse(&existing, None), Err(Obstacle::CertifiedNoChanges));
    }

    #[test]
    fn a_locked_field_is_refused_new_or_not() {
        let mut earlier = Earlier { signed: true, ..Earlier::default() };
        earlier.locks.push(lock(LockAction::Include, &["a"]));
        let locked = |choice: &FieldChoice| matches!(earlier.refuse(choice, None), Err(Obstacle::FieldLocked { .. }));
        assert!(locked(&FieldChoice::Existing("a.b".to_owned())));
        assert!(locked(&FieldChoice::New { name: Some("a".to_owned()) }));
        assert!(!locked(&new_field()) && !locked(&FieldChoice::Existing("b".to_owned())));
        earlier.locks.push(lock(LockAction::Exclude, &["b"]));
        assert!(matches!(earlier.refuse(&new_field(), None), Err(Obstacle::FieldLocked { .. })));
    }
}

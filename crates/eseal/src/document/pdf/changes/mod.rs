//! What was changed after a signature, and whether that can be explained.
//!
//! Each later revision is compared with the signed one. Every object that is new, different or gone must be explained by
//! a rule: a further signature, validation data, a filled field, a comment. What no rule explains is
//! [`ChangeClass::Other`]. Comparing with the signed revision, not with the one before, keeps an effect visible that a
//! later revision takes back.

mod compare;
mod form;
mod kinds;
mod pages;
mod references;
mod store;

use std::collections::{BTreeSet, HashSet};

use super::error::PdfError;
use super::layout::account_from;
use super::object::ObjectId;
use super::permissions::{FieldLock, Permission};
use super::reader::Pdf;
use super::signatures::FoundSignature;

pub use kinds::{ChangeClass, ChangeKind};
pub(crate) use references::References;

/// One change after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What kind of change.
    pub what: ChangeKind,
    /// The object concerned, if there is one.
    pub object: Option<ObjectId>,
    /// The revision in which it is seen first.
    pub revision: usize,
    /// A field name, a dictionary key, a page or an offset: data for people, in no language.
    pub detail: String,
}

/// What was changed after a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LaterChanges {
    /// The gravest class of all changes.
    pub class: ChangeClass,
    /// The changes.
    pub items: Vec<Change>,
}

/// What the signatures up to the signed revision allow.
struct Policy {
    permission: Option<Permission>,
    certified: bool,
    locks: Vec<FieldLock>,
}

/// Compares every later revision with the one that a signature covers.
///
/// # Errors
/// When the file cannot be followed, or the comparison is over a limit. Both mean that nothing is known: a caller must
/// not take that for "nothing changed".
pub fn later_changes(pdf: &Pdf<'_>, signature: &FoundSignature) -> Result<LaterChanges, PdfError> {
    pdf.readable()?;
    let Some(signed) = signature.revision else {
        let item = Change {
            what: ChangeKind::NothingCovered,
            object: Some(signature.dict),
            revision: pdf.revisions().len() - 1,
            detail: String::new(),
        };
        return Ok(LaterChanges { class: ChangeClass::Other, items: vec![item] });
    };
    let mut items = Vec::new();
    let last = pdf.revisions().len() - 1;
    let limit = pdf.limits.compared_revisions;
    if last - signed > limit {
        return Err(PdfError::OverLimit { what: "revisions after a signature", limit });
    }
    items.extend(account_from(pdf, signed + 1)?.into_iter().map(|fault| Change {
        what: ChangeKind::UnaccountedBytes,
        object: fault.object,
        revision: last,
        detail: fault.offset.map(|offset| offset.to_string()).unwrap_or_default(),
    }));
    if last > signed {
        compare_all(pdf, signed, &mut items)?;
    }
    let class = items.iter().map(|item| item.what.class()).max().unwrap_or(ChangeClass::None);
    Ok(LaterChanges { class, items })
}

fn compare_all(pdf: &Pdf<'_>, signed: usize, items: &mut Vec<Change>) -> Result<(), PdfError> {
    let policy = policy(pdf, signed)?;
    let mut by_revision: Vec<Vec<u32>> = vec![Vec::new(); pdf.revisions().len() - signed];
    for placed in &pdf.history {
        if let Some(bucket) = (placed.revision as usize).checked_sub(signed + 1).and_then(|at| by_revision.get_mut(at))
        {
            bucket.push(placed.number);
        }
    }
    let old = compare::Old::new(pdf, signed)?;
    let mut touched = BTreeSet::new();
    let mut known = HashSet::new();
    for (revision, numbers) in (signed + 1..pdf.revisions().len()).zip(by_revision) {
        touched.extend(numbers);
        pdf.spend_comparisons(touched.len() + 1)?;
        for item in compare::compare(&old, revision, &touched, &policy)? {
            if !known.insert((item.what, item.object, item.detail.clone())) {
                continue;
            }
            if items.len() < MOST_ITEMS {
                items.push(item);
            } else if item.what.class() == ChangeClass::Other {
                // The list is full, but the class must not depend on the order.
                items.truncate(MOST_ITEMS - 1);
                items.push(item);
            }
        }
        if known.len() > 100 * MOST_ITEMS {
            return Err(PdfError::OverLimit { what: "changes after a signature", limit: 100 * MOST_ITEMS });
        }
    }
    Ok(())
}

/// More changes are not listed.
const MOST_ITEMS: usize = 1_000;

fn policy(pdf: &Pdf<'_>, signed: usize) -> Result<Policy, PdfError> {
    let mut policy = Policy { permission: None, certified: false, locks: Vec::new() };
    for signature in pdf.signatures()?.iter().filter(|one| one.revision.is_some_and(|revision| revision <= signed)) {
        policy.certified |= signature.doc_mdp.is_some();
        policy.permission = match (policy.permission, signature.permission()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        policy.locks.extend(signature.lock.clone());
    }
    Ok(policy)
}

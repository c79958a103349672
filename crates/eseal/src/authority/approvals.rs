//! Whether those who approved an act may do so: how many officers, of which duty, and none of them in their own cause.

use crate::cert::Name;
use crate::registry::Registry;
use crate::registry::Standing;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Approval;
use super::AuthorityError;
use super::Duty;
use super::officer;
use super::officer::standing;

/// How far the clocks of officers and office may be apart, in seconds: five minutes.
pub(super) const SKEW: i64 = 300;

/// Whether at least `needed` different officers with this duty approved this very object, as of `now`, and none of those
/// approvals is bad. Gives their names back, in the order given, for the audit entry.
///
/// An approval counts for [`Approval::LONGEST`], if the officer had the duty when it was given and has it still, by a
/// certificate of this office that is in force. Two certificates of one subject or one key are one officer. An approval
/// that is not needed has to be good as well: whoever hands in a bad one does not know what they do.
///
/// # Errors
/// [`AuthorityError::ApprovalDiffers`] for another object or duty, [`AuthorityError::ApprovalOutOfTime`],
/// [`AuthorityError::NotAnOfficer`], [`AuthorityError::OfficerDismissed`], [`AuthorityError::OfficerNotInForce`],
/// [`AuthorityError::OfficerWithoutDuty`], [`AuthorityError::ApprovalTwice`], [`AuthorityError::ApprovalsMissing`];
/// [`AuthorityError::Registry`].
pub fn check(
    approvals: &[Approval],
    duty: Duty,
    object: &Sm3Digest,
    needed: usize,
    registry: &dyn Registry,
    now: Instant,
) -> Result<Vec<String>, AuthorityError> {
    check_concerning(&[], approvals, duty, object, needed, registry, now)
}

/// The same for an act that concerns somebody: nobody approves in their own cause (回避).
///
/// # Errors
/// As [`check`], and [`AuthorityError::OfficerConcerned`] when the subject of an officer's certificate is one of `concerned`.
pub fn check_concerning(
    concerned: &[&Name],
    approvals: &[Approval],
    duty: Duty,
    object: &Sm3Digest,
    needed: usize,
    registry: &dyn Registry,
    now: Instant,
) -> Result<Vec<String>, AuthorityError> {
    for (index, approval) in approvals.iter().enumerate() {
        let subject = approval.name();
        if approval.duty() != duty || approval.object() != object {
            return Err(AuthorityError::ApprovalDiffers { subject });
        }
        let at = approval.at();
        if at > now.plus_seconds(SKEW) || now > at.plus_seconds(Approval::LONGEST) {
            return Err(AuthorityError::ApprovalOutOfTime { subject, at });
        }
        check_officer(approval, duty, registry, now)?;
        if concerned.iter().any(|name| approval.certificate().subject().matches(name)) {
            return Err(AuthorityError::OfficerConcerned { subject });
        }
        if approvals[..index].iter().any(|other| is_same(other, approval)) {
            return Err(AuthorityError::ApprovalTwice { subject });
        }
    }
    if approvals.len() < needed {
        return Err(AuthorityError::ApprovalsMissing { needed, given: approvals.len() });
    }
    Ok(approvals.iter().map(Approval::name).collect())
}

/// Whether whoever signed is an officer with this duty, then and now.
fn check_officer(approval: &Approval, duty: Duty, registry: &dyn Registry, now: Instant) -> Result<(), AuthorityError> {
    let subject = approval.name();
    let Some(officer) = officer(registry, approval.certificate())? else {
        return Err(AuthorityError::NotAnOfficer { subject });
    };
    if let Some(at) = officer.dismissed() {
        return Err(AuthorityError::OfficerDismissed { subject, at });
    }
    match standing(registry, approval.certificate(), now)? {
        Some(Standing::Active) => {}
        Some(standing) => return Err(AuthorityError::OfficerNotInForce { subject, standing }),
        None => return Err(AuthorityError::NotAnOfficer { subject }),
    }
    if !officer.duties().contains(&duty) {
        return Err(AuthorityError::OfficerWithoutDuty { subject, duty });
    }
    if approval.at().plus_seconds(SKEW) < officer.appointed() {
        return Err(AuthorityError::ApprovalOutOfTime { subject, at: approval.at() });
    }
    Ok(())
}

fn is_same(one: &Approval, other: &Approval) -> bool {
    let (one, other) = (one.certificate(), other.certificate());
    one.subject().matches(other.subject()) || one.spki() == other.spki()
}

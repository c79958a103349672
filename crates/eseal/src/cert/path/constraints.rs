//! What a chain as a whole must keep to: critical extensions, name constraints, certificate policies; RFC 5280, 6.1.

use const_oid::ObjectIdentifier;

use crate::oid;

use super::super::Certificate;
use super::Cause;
use super::Ground;
use super::names;
use super::names::NameConstraints;
use super::names::Names;
use super::policies;
use super::search::Budget;

/// The extensions that may be critical: each is acted upon, here or where its meaning lies.
const UNDERSTOOD: [ObjectIdentifier; 10] = [
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
    // Alternative names add nothing to what is asked here; name constraints look at them.
    oid::SUBJECT_ALT_NAME,
];

/// A critical extension that nothing here understands.
pub(super) fn critical_extension(certificate: &Certificate) -> Option<Ground> {
    let unknown =
        certificate.extensions().find(|extension| extension.critical && !UNDERSTOOD.contains(&extension.kind))?;
    Some(Ground::about(Cause::ChainCriticalExtension, certificate).with("oid", unknown.oid()))
}

/// The work that name constraints may take in one judgement, in comparisons and pieces of 64 bytes read: a pool of
/// certificates with thousands of names each would multiply it.
pub(super) const MAX_NAME_WORK: usize = 200_000;

/// What the whole path, leaf first and anchor last, offends against.
pub(super) fn offence(path: &[Certificate], work: &mut usize) -> Result<Option<Ground>, Budget> {
    for (index, authority) in path.iter().enumerate().skip(1) {
        let Some(extension) = authority.extension(&oid::NAME_CONSTRAINTS) else { continue };
        let Ok(constraints) = NameConstraints::read(extension.value) else {
            return Ok(Some(Ground::about(Cause::ChainNameConstraints, authority)));
        };
        // A CA that issues to itself is exempt, a leaf never; RFC 5280, 6.1.3 (b).
        let below = path[..index].iter().enumerate().filter(|(at, below)| *at == 0 || !below.is_self_issued());
        for (_, below) in below {
            let mail = names::subject_mail(below);
            let names = Names::of(below, &mail);
            let count = names.as_ref().map_or(0, Names::len);
            let cost = (extension.value.len() + below.as_der().len()) / 64 + constraints.cost(count);
            *work = work.checked_sub(cost).ok_or(Budget)?;
            if !names.is_ok_and(|names| constraints.permits(&names)) {
                let ground = Ground::about(Cause::ChainNameConstraints, below);
                return Ok(Some(ground.with("issuer", authority.subject())));
            }
        }
    }
    let without = policies::missing(path).unwrap_or(path.first());
    Ok(without.map(|certificate| Ground::about(Cause::ChainPolicy, certificate)))
}

//! What a chain as a whole must keep to: critical extensions, name constraints, certificate policies; RFC 5280, 6.1.

use const_oid::ObjectIdentifier;

use crate::oid;

use super::super::CertError;
use super::super::Certificate;
use super::super::Name;
use super::super::asn1;
use super::super::asn1::Reader;
use super::Cause;
use super::Ground;

/// The extensions that may be critical: each is acted upon, here or where its meaning lies.
const UNDERSTOOD: [ObjectIdentifier; 9] = [
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
    oid::CRL_DISTRIBUTION_POINTS,
    // Alternative names add nothing to what is asked here; name constraints look at them.
    oid::SUBJECT_ALT_NAME,
];

const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// A critical extension that nothing here understands.
pub(super) fn critical_extension(certificate: &Certificate) -> Option<Ground> {
    let unknown =
        certificate.extensions().find(|extension| extension.critical && !UNDERSTOOD.contains(&extension.kind))?;
    Some(Ground::about(Cause::ChainCriticalExtension, certificate).with("oid", unknown.oid()))
}

/// What the whole path, leaf first and anchor last, offends against.
pub(super) fn offence(path: &[Certificate]) -> Option<Ground> {
    for (index, authority) in path.iter().enumerate().skip(1) {
        let Some(extension) = authority.extension(&oid::NAME_CONSTRAINTS) else { continue };
        let permits = |below: &Certificate| NameConstraints::read(extension.value).and_then(|it| it.permits(below));
        // A CA that issues to itself is exempt, a leaf never; RFC 5280, 6.1.3 (b).
        let below = path[..index].iter().enumerate().filter(|(at, below)| *at == 0 || !below.is_self_issued());
        for (_, below) in below {
            if permits(below) != Ok(true) {
                let ground = Ground::about(Cause::ChainNameConstraints, below);
                return Some(ground.with("issuer", authority.subject()));
            }
        }
    }
    let without = policies(path).unwrap_or(path.first())?;
    Some(Ground::about(Cause::ChainPolicy, without))
}

/// nameConstraints; RFC 5280, 4.2.1.10. Directory names are compared; any other form of name that both the constraints
/// and a certificate have is refused, since it cannot be compared here.
struct NameConstraints {
    permitted: Vec<Name>,
    excluded: Vec<Name>,
    /// The tags of the other forms.
    others: Vec<u8>,
}

/// GeneralName, directoryName.
const DIRECTORY_NAME: u8 = 0xa4;
/// GeneralName, rfc822Name.
const MAIL_NAME: u8 = 0x81;
/// The most subtrees that are looked at.
const MAX_SUBTREES: usize = 256;

impl NameConstraints {
    fn read(value: &[u8]) -> Result<Self, CertError> {
        let mut reader = Reader::open(value, asn1::SEQUENCE, "nameConstraints")?;
        let mut read = Self { permitted: Vec::new(), excluded: Vec::new(), others: Vec::new() };
        for tag in [asn1::context(0), asn1::context(1)] {
            let Some(list) = reader.take(tag)? else { continue };
            let mut list = Reader::new(list.content, "nameConstraints");
            while !list.is_empty() {
                let base = list.enter(asn1::SEQUENCE)?.next()?;
                let trees = if tag == asn1::context(0) { &mut read.permitted } else { &mut read.excluded };
                if base.tag == DIRECTORY_NAME {
                    trees.push(Name::from_der(base.content)?);
                } else {
                    read.others.push(base.tag);
                }
                if trees.len() + read.others.len() > MAX_SUBTREES {
                    return Err(list.fault());
                }
            }
        }
        reader.end()?;
        Ok(read)
    }

    fn permits(&self, certificate: &Certificate) -> Result<bool, CertError> {
        let mut names = vec![certificate.subject().clone()];
        let mail = certificate.subject().attributes().any(|(keyword, _)| keyword == "E");
        let mut comparable = !(mail && self.others.contains(&MAIL_NAME));
        if let Some(extension) = certificate.extension(&oid::SUBJECT_ALT_NAME) {
            let mut reader = Reader::open(extension.value, asn1::SEQUENCE, "subjectAltName")?;
            while !reader.is_empty() {
                let name = reader.next()?;
                if name.tag == DIRECTORY_NAME {
                    names.push(Name::from_der(name.content)?);
                }
                comparable &= !self.others.contains(&name.tag);
            }
        }
        let inside = |trees: &[Name], name: &Name| trees.iter().any(|tree| name.begins_with(tree));
        Ok(comparable
            && names.iter().filter(|name| !name.is_empty()).all(|name| {
                (self.permitted.is_empty() || inside(&self.permitted, name)) && !inside(&self.excluded, name)
            }))
    }
}

/// The first certificate at which a required policy is missing; RFC 5280, 6.1.3 (d) to (f), without mappings, every
/// policy acceptable to the caller.
fn policies(path: &[Certificate]) -> Result<Option<&Certificate>, CertError> {
    // Nothing is required by far the most chains.
    if !path.iter().any(|certificate| certificate.extension(&oid::POLICY_CONSTRAINTS).is_some()) {
        return Ok(None);
    }
    let below: Vec<_> = path[..path.len() - 1].iter().rev().collect();
    let mut explicit = u32::MAX;
    let mut any_allowed = u32::MAX;
    // `None` stands for any policy.
    let mut valid: Option<Vec<ObjectIdentifier>> = None;
    for (index, certificate) in below.iter().enumerate() {
        let last = index + 1 == below.len();
        let stated = match certificate.extension(&oid::CERTIFICATE_POLICIES) {
            Some(extension) => read_policies(extension.value)?,
            None => Vec::new(),
        };
        let any = stated.contains(&ANY_POLICY) && (any_allowed > 0 || (!last && certificate.is_self_issued()));
        valid = match valid {
            valid if any => valid,
            None => Some(stated.into_iter().filter(|policy| *policy != ANY_POLICY).collect()),
            Some(valid) => Some(valid.into_iter().filter(|policy| stated.contains(policy)).collect()),
        };
        if !certificate.is_self_issued() {
            explicit = explicit.saturating_sub(u32::from(explicit != u32::MAX));
            any_allowed = any_allowed.saturating_sub(u32::from(any_allowed != u32::MAX));
        }
        if let Some(extension) = certificate.extension(&oid::POLICY_CONSTRAINTS) {
            let required = required_policy(extension.value)?;
            explicit = explicit.min(required.filter(|skip| !last || *skip == 0).unwrap_or(u32::MAX));
        }
        if let Some(extension) = certificate.extension(&oid::INHIBIT_ANY_POLICY) {
            any_allowed = any_allowed.min(Reader::new(extension.value, "inhibitAnyPolicy").small()?);
        }
        if explicit == 0 && valid.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Some(certificate));
        }
    }
    Ok(None)
}

fn read_policies(value: &[u8]) -> Result<Vec<ObjectIdentifier>, CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "certificatePolicies")?;
    let mut policies = Vec::new();
    while !reader.is_empty() {
        policies.push(reader.enter(asn1::SEQUENCE)?.oid()?);
        if policies.len() > MAX_SUBTREES {
            return Err(reader.fault());
        }
    }
    Ok(policies)
}

/// requireExplicitPolicy of policyConstraints.
fn required_policy(value: &[u8]) -> Result<Option<u32>, CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "policyConstraints")?;
    let Some(skip) = reader.take(0x80)? else { return Ok(None) };
    let number = asn1::element(asn1::INTEGER, &[skip.content]);
    Reader::new(&number, "policyConstraints").small().map(Some)
}

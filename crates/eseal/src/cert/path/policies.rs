//! Certificate policies along a chain (证书策略); RFC 5280, 6.1.2 to 6.1.5, with every policy acceptable to the caller.
//!
//! What the RFC keeps as a tree is kept as the set of its lowest policies, each with what it may be called one level
//! further down: the tree can grow without bound (RFC 9618), the set cannot, and both are empty together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use const_oid::ObjectIdentifier;

use crate::oid;

use super::super::CertError;
use super::super::Certificate;
use super::super::asn1;
use super::super::asn1::Reader;

const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
/// The most policies, or mappings, of one certificate that are looked at; real ones have one to three.
const MAX_POLICIES: usize = 64;

/// The policies valid so far, each with the names under which the next certificate may state it.
type Level = BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>>;

struct State {
    /// `None` when no policy holds any more.
    level: Option<Level>,
    /// How many certificates may still come before a policy must hold, mappings stop, anyPolicy stops.
    explicit: u32,
    mapping: u32,
    any: u32,
}

/// The first certificate, from the anchor down, at which a required policy is missing.
///
/// # Errors
/// [`CertError::Malformed`] when an extension about policies cannot be read, or maps what must not be mapped.
pub(super) fn missing(path: &[Certificate]) -> Result<Option<&Certificate>, CertError> {
    let (_, below) = path.split_last().expect("a path has an anchor");
    let has = |kind| below.iter().any(|certificate| certificate.extension(kind).is_some());
    // Nothing is required by far the most chains.
    if !has(&oid::POLICY_CONSTRAINTS) && !has(&oid::POLICY_MAPPINGS) {
        return Ok(None);
    }
    let level = Level::from([(ANY_POLICY, BTreeSet::from([ANY_POLICY]))]);
    let never = u32::MAX;
    let mut state = State { level: Some(level), explicit: never, mapping: never, any: never };
    for (index, certificate) in below.iter().enumerate().rev() {
        let is_leaf = index == 0;
        state.descend(certificate, is_leaf)?;
        if state.explicit == 0 && state.level.is_none() {
            return Ok(Some(certificate));
        }
        if !is_leaf {
            state.map(certificate)?;
        }
        state.count_down(certificate, is_leaf)?;
        if is_leaf && state.explicit == 0 && state.level.is_none() {
            return Ok(Some(certificate));
        }
    }
    Ok(None)
}

impl State {
    /// 6.1.3 (d) and (e): what the certificate states of what it may state.
    fn descend(&mut self, certificate: &Certificate, is_leaf: bool) -> Result<(), CertError> {
        let Some(extension) = certificate.extension(&oid::CERTIFICATE_POLICIES) else {
            self.level = None;
            return Ok(());
        };
        let stated = read_policies(extension.value)?;
        let Some(above) = &self.level else { return Ok(()) };
        let expected: BTreeSet<_> = above.values().flatten().copied().collect();
        let any_above = above.contains_key(&ANY_POLICY);
        let any_counts = self.any > 0 || (!is_leaf && certificate.is_self_issued());
        let mut level = Level::new();
        for policy in stated {
            if policy == ANY_POLICY {
                let inherited = expected.iter().filter(|_| any_counts);
                inherited.for_each(|policy| drop(level.insert(*policy, BTreeSet::from([*policy]))));
            } else if any_above || expected.contains(&policy) {
                level.insert(policy, BTreeSet::from([policy]));
            }
        }
        self.level = (!level.is_empty()).then_some(level);
        Ok(())
    }

    /// 6.1.4 (a) and (b): how the next certificate may call what holds here.
    fn map(&mut self, certificate: &Certificate) -> Result<(), CertError> {
        let Some(extension) = certificate.extension(&oid::POLICY_MAPPINGS) else { return Ok(()) };
        let mappings = read_mappings(extension.value)?;
        let Some(level) = &mut self.level else { return Ok(()) };
        for (issuers, subjects) in mappings {
            if self.mapping == 0 {
                level.remove(&issuers);
            } else if level.contains_key(&issuers) || level.contains_key(&ANY_POLICY) {
                level.insert(issuers, subjects);
            }
        }
        if level.is_empty() {
            self.level = None;
        }
        Ok(())
    }

    /// 6.1.4 (h) to (j), and 6.1.5 (a) and (b) for the leaf.
    fn count_down(&mut self, certificate: &Certificate, is_leaf: bool) -> Result<(), CertError> {
        if is_leaf || !certificate.is_self_issued() {
            for count in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *count -= u32::from((1..u32::MAX).contains(count));
            }
        }
        if let Some(extension) = certificate.extension(&oid::POLICY_CONSTRAINTS) {
            let (require, inhibit) = read_constraints(extension.value)?;
            // Of a leaf only what it demands at once has a meaning.
            self.explicit =
                require.filter(|skip| !is_leaf || *skip == 0).map_or(self.explicit, |skip| self.explicit.min(skip));
            self.mapping = inhibit.map_or(self.mapping, |skip| self.mapping.min(skip));
        }
        if let Some(extension) = certificate.extension(&oid::INHIBIT_ANY_POLICY) {
            let mut reader = Reader::new(extension.value, "inhibitAnyPolicy");
            self.any = self.any.min(reader.small()?);
            reader.end()?;
        }
        Ok(())
    }
}

fn read_policies(value: &[u8]) -> Result<BTreeSet<ObjectIdentifier>, CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "certificatePolicies")?;
    let mut policies = BTreeSet::new();
    while !reader.is_empty() {
        policies.insert(reader.enter(asn1::SEQUENCE)?.oid()?);
        if policies.len() > MAX_POLICIES {
            return Err(reader.fault());
        }
    }
    Ok(policies)
}

/// policyMappings; 4.2.1.5. anyPolicy can be neither side of a mapping.
fn read_mappings(value: &[u8]) -> Result<Level, CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "policyMappings")?;
    let (mut mappings, mut count) = (Level::new(), 0);
    while !reader.is_empty() {
        let mut mapping = reader.enter(asn1::SEQUENCE)?;
        let (issuers, subjects) = (mapping.oid()?, mapping.oid()?);
        mapping.end()?;
        count += 1;
        if issuers == ANY_POLICY || subjects == ANY_POLICY || count > MAX_POLICIES {
            return Err(reader.fault());
        }
        mappings.entry(issuers).or_default().insert(subjects);
    }
    Ok(mappings)
}

/// requireExplicitPolicy and inhibitPolicyMapping of policyConstraints; 4.2.1.11.
fn read_constraints(value: &[u8]) -> Result<(Option<u32>, Option<u32>), CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "policyConstraints")?;
    let mut skip = |tag| match reader.take(tag)? {
        Some(skip) => asn1::small_number(skip.content).map(Some).ok_or(reader.fault()),
        None => Ok(None),
    };
    let read = (skip(0x80)?, skip(0x81)?);
    reader.end()?;
    Ok(read)
}

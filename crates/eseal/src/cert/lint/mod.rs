//! What in a certificate breaks the rules of its standards, rule by rule; judging whether to trust it is not done here.

mod extensions;
mod fields;
mod names;
mod rules;

use const_oid::ObjectIdentifier;

use crate::oid;

use super::Certificate;
use super::Profile;
use super::Role;

pub use rules::LintRule;
pub use rules::LintSeverity;

/// A breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// Which rule.
    pub rule: LintRule,
    /// Where or what, as the standards write it (`keyUsage`, `CN 69`); empty when the rule says all.
    pub detail: String,
}

impl LintFinding {
    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> LintSeverity {
        self.rule.severity()
    }
}

/// The findings so far.
#[derive(Default)]
struct Findings(Vec<LintFinding>);

impl Findings {
    fn add(&mut self, rule: LintRule, detail: impl Into<String>) {
        self.0.push(LintFinding { rule, detail: detail.into() });
    }

    fn add_if(&mut self, breach: bool, rule: LintRule, detail: impl Into<String>) {
        if breach {
            self.add(rule, detail);
        }
    }
}

/// Holds a certificate to the rules of GB/T 20518-2018 and RFC 5280 for its role, which is guessed from its uses.
///
/// What real certificates do is often a finding and no reason to distrust them: the linter is for those who issue.
///
/// ```
/// # use eseal::cert::{Issuer, LintSeverity, Name, SerialNumber, lint};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::time::{Instant, Period};
/// # let ca = SoftSigner::new(SecretKey::generate()?);
/// # let period = Period::years(Instant::parse("2026-11-24T08:00:00Z")?, 20);
/// let root = Issuer::self_signed(&Name::parse("CN=示例根,C=CN")?, &ca, SerialNumber::random()?, period)?;
/// assert!(lint(&root).iter().all(|finding| finding.severity() == LintSeverity::Notice));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn lint(certificate: &Certificate) -> Vec<LintFinding> {
    lint_as(certificate, role_of(certificate))
}

/// As [`lint`], for a certificate of a known role.
#[must_use]
pub fn lint_as(certificate: &Certificate, role: Role) -> Vec<LintFinding> {
    let mut findings = Findings::default();
    fields::check(certificate, &mut findings);
    names::check(certificate, &mut findings);
    let list: Vec<_> = certificate.extensions().collect();
    extensions::check_uses(&list, role, &mut findings);
    extensions::check_others(certificate, &list, role, &mut findings);
    findings.0
}

/// What is wrong between a certificate and the one said to be its issuer's.
#[must_use]
pub fn lint_beneath(certificate: &Certificate, issuer: &Certificate) -> Vec<LintFinding> {
    let mut findings = Findings::default();
    findings.add_if(certificate.issuer() != issuer.subject(), LintRule::IssuerName, "");
    findings.add_if(!issuer.validity().covers(certificate.validity()), LintRule::OutlivesIssuer, "");
    if let (Some(named), Some(own)) = (certificate.authority_key_id(), issuer.subject_key_id()) {
        findings.add_if(named != own, LintRule::IssuerKey, "");
    }
    findings.0
}

/// Holds the extensions that a profile gives to the rules of its role.
pub(super) fn lint_profile(profile: &Profile) -> Vec<LintFinding> {
    let mut findings = Findings::default();
    let encoded = profile.extensions();
    let list: Vec<_> = encoded.iter().filter_map(|one| super::extension::one(one)).collect();
    extensions::check_uses(&list, profile.role(), &mut findings);
    findings.0
}

/// The role that a certificate's uses speak of. What signs without more is taken for a person.
fn role_of(certificate: &Certificate) -> Role {
    let purposes = certificate.extended_key_usages().unwrap_or_default();
    let usage = certificate.key_usage();
    if certificate.is_ca() {
        if certificate.is_self_issued() { Role::Root } else { Role::SubCa }
    } else if purposes == [oid::EKU_TIMESTAMPING] {
        Role::Tsa
    } else if purposes.contains(&oid::EKU_OCSP_SIGNING) {
        Role::Ocsp
    } else if usage == Some(Profile::unlocker().key_usage()) {
        Role::Unlocker
    } else if usage.is_some_and(|usage| usage.can_encipher() && !usage.can_sign()) {
        Role::Encryption
    } else {
        Role::Person
    }
}

fn named(kind: &ObjectIdentifier, name: Option<&str>) -> String {
    name.map_or_else(|| kind.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;

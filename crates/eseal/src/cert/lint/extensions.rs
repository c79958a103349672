use crate::oid;

use super::super::CertError;
use super::super::Certificate;
use super::super::ExtensionInfo;
use super::super::KeyPurpose;
use super::super::KeyUsage;
use super::super::Role;
use super::super::asn1;
use super::super::asn1::Reader;
use super::super::extension::BasicConstraints;
use super::super::extension::extended_key_usage;
use super::Findings;
use super::LintRule;
use super::named;

/// What a profile decides: basic constraints, key usage, extended purposes; GB/T 20518-2018, annex C.
pub(super) fn check_uses(list: &[ExtensionInfo<'_>], role: Role, findings: &mut Findings) {
    let find = |kind| list.iter().find(|extension| extension.kind == kind);
    let is_ca = matches!(role, Role::Root | Role::SubCa);
    let constraints = find(oid::BASIC_CONSTRAINTS);
    let read = constraints.and_then(|extension| BasicConstraints::from_der(extension.value).ok()).unwrap_or_default();
    let usage = find(oid::KEY_USAGE).and_then(|extension| KeyUsage::from_der(extension.value).ok());
    let signs_certificates = usage.is_some_and(KeyUsage::cert_sign);

    if is_ca {
        let said = read.ca && constraints.is_some_and(|extension| extension.critical);
        findings.add_if(!said, LintRule::BasicConstraintsCa, "");
        findings.add_if(role == Role::SubCa && read.path_length.is_none(), LintRule::PathLengthMissing, "");
    } else {
        findings.add_if(read.ca, LintRule::HolderIsCa, "");
    }
    findings.add_if(signs_certificates && !read.ca, LintRule::CertSignWithoutCa, "");
    let limited = read.path_length.is_some();
    findings.add_if(limited && !(read.ca && signs_certificates), LintRule::PathLength, "");

    match usage {
        None => findings.add(LintRule::KeyUsageMissing, ""),
        Some(usage) => {
            let critical = find(oid::KEY_USAGE).is_some_and(|extension| extension.critical);
            findings.add_if(!critical, LintRule::KeyUsageCritical, "");
            check_key_usage(usage, role, findings);
        }
    }
    let purposes = find(oid::EXTENDED_KEY_USAGE);
    check_purposes(purposes, role, findings);
    let no_check = find(oid::OCSP_NOCHECK).is_some();
    findings.add_if(role == Role::Ocsp && !no_check, LintRule::OcspNoCheck, "");
    findings.add_if(role != Role::Ocsp && no_check, LintRule::NoCheckElsewhere, "");
}

fn check_key_usage(usage: KeyUsage, role: Role, findings: &mut Findings) {
    let words = || usage.purposes().map(KeyPurpose::word).collect::<Vec<_>>().join(", ");
    findings.add_if(usage.purposes().next().is_none(), LintRule::KeyUsageEmpty, "");
    match role {
        Role::Root | Role::SubCa => {
            // A CA that answers OCSP itself signs data as well.
            let known = [KeyPurpose::CertificateSign, KeyPurpose::RevocationListSign, KeyPurpose::DigitalSignature];
            let right = usage.cert_sign() && usage.crl_sign() && usage.purposes().all(|one| known.contains(&one));
            findings.add_if(!right, LintRule::KeyUsageCa, words());
        }
        Role::Encryption => {
            findings.add_if(!usage.can_encipher(), LintRule::KeyUsageEncipher, words());
            findings.add_if(usage.can_sign(), LintRule::KeyUsagePair, words());
        }
        // One key for both is what this role is.
        Role::Unlocker => {
            findings.add_if(!usage.can_encipher(), LintRule::KeyUsageEncipher, words());
            findings.add_if(!usage.can_sign(), LintRule::KeyUsageSign, words());
        }
        Role::Person | Role::Organization | Role::SealMaker | Role::Tsa | Role::Ocsp => {
            findings.add_if(!usage.can_sign(), LintRule::KeyUsageSign, words());
            findings.add_if(usage.can_encipher(), LintRule::KeyUsagePair, words());
        }
    }
}

fn check_purposes(extension: Option<&ExtensionInfo<'_>>, role: Role, findings: &mut Findings) {
    let critical = extension.is_some_and(|extension| extension.critical);
    let purposes = extension.and_then(|extension| extended_key_usage(extension.value).ok()).unwrap_or_default();
    let has = |purpose| purposes.contains(&purpose);
    let stamps = has(oid::EKU_TIMESTAMPING);
    let alone = purposes == [oid::EKU_TIMESTAMPING] && critical;
    findings.add_if((stamps || role == Role::Tsa) && !alone, LintRule::TimeStamping, "");
    findings.add_if(role == Role::Ocsp && !has(oid::EKU_OCSP_SIGNING), LintRule::OcspSigning, "");
    findings.add_if(has(oid::EKU_ANY) && critical, LintRule::AnyPurpose, "");
    // Purposes with a name of their own; what a CA has defined for itself is its own matter.
    let known = [
        (oid::EKU_SERVER_AUTH, "serverAuth", &[][..]),
        (oid::EKU_CODE_SIGNING, "codeSigning", &[]),
        (oid::EKU_CLIENT_AUTH, "clientAuth", &[Role::Person, Role::Organization]),
        (oid::EKU_EMAIL_PROTECTION, "emailProtection", &[Role::Person, Role::Organization]),
        (oid::EKU_TIMESTAMPING, "timeStamping", &[Role::Tsa]),
        (oid::EKU_OCSP_SIGNING, "OCSPSigning", &[Role::Ocsp]),
        (oid::EKU_ANY, "anyExtendedKeyUsage", &[]),
    ];
    for (purpose, word, roles) in known {
        findings.add_if(has(purpose) && !roles.contains(&role), LintRule::ForeignPurpose, word);
    }
}

/// What the issuer adds: key identifiers, services, identity numbers, and whatever else is there.
pub(super) fn check_others(certificate: &Certificate, list: &[ExtensionInfo<'_>], role: Role, findings: &mut Findings) {
    let is_ca = matches!(role, Role::Root | Role::SubCa);
    findings.add_if(role != Role::Root && certificate.authority_key_id().is_none(), LintRule::AuthorityKeyId, "");
    if certificate.subject_key_id().is_none() {
        findings.add(if is_ca { LintRule::SubjectKeyIdCa } else { LintRule::SubjectKeyId }, "");
    }
    let mut reachable = matches!(role, Role::Root | Role::Ocsp);
    for extension in list {
        let ExtensionInfo { kind, critical, value } = *extension;
        let name = named(&kind, extension.name());
        match kind {
            oid::AUTHORITY_KEY_IDENTIFIER | oid::SUBJECT_KEY_IDENTIFIER | oid::OCSP_NOCHECK => {
                findings.add_if(critical, LintRule::NotCritical, name);
            }
            oid::AUTHORITY_INFO_ACCESS => {
                reachable = true;
                findings.add_if(critical, LintRule::NotCritical, name);
                findings.add_if(!is_access(value), LintRule::Access, "");
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                reachable = true;
                findings.add_if(critical, LintRule::PointsCritical, "");
                findings.add_if(!is_points(value), LintRule::Points, "");
            }
            oid::CERTIFICATE_POLICIES => findings.add_if(!is_policies(value), LintRule::Policies, ""),
            oid::IDENTIFY_CODE
            | oid::INSURANCE_NUMBER
            | oid::IC_REGISTRATION_NUMBER
            | oid::ORGANIZATION_CODE
            | oid::TAXATION_NUMBER => {
                findings.add_if(critical, LintRule::IdentityCritical, name.as_str());
                findings.add_if(is_ca || role == Role::Ocsp, LintRule::IdentityRole, name);
            }
            _ => findings.add_if(critical && extension.name().is_none(), LintRule::UnknownCritical, name),
        }
    }
    findings.add_if(!reachable, LintRule::PointsMissing, "");
    for number in certificate.identity_numbers() {
        let word = number.kind.word();
        findings.add_if(!number.usual, LintRule::IdentityForm, word);
        findings.add_if(number.kind.normalize(&number.number).is_err(), LintRule::IdentityCheck, word);
        findings.add_if(number.kind.is_personal(), LintRule::PersonalNumber, word);
    }
}

/// SEQUENCE of at least one element that `each` reads whole.
fn each(value: &[u8], mut each: impl FnMut(Reader<'_>) -> Result<(), CertError>) -> bool {
    let mut read = || {
        let mut list = Reader::open(value, asn1::SEQUENCE, "extension")?;
        while let Some(element) = list.take(asn1::SEQUENCE)? {
            each(Reader::new(element.content, "extension"))?;
        }
        list.end()
    };
    read().is_ok() && value != [asn1::SEQUENCE, 0]
}

fn is_policies(value: &[u8]) -> bool {
    let mut seen = Vec::new();
    each(value, |mut policy| {
        let kind = policy.oid()?;
        let twice = seen.contains(&kind);
        seen.push(kind);
        policy.take(asn1::SEQUENCE)?;
        if twice { Err(policy.fault()) } else { policy.end() }
    })
}

fn is_points(value: &[u8]) -> bool {
    each(value, |mut point| {
        let named = point.take(asn1::context(0))?.is_some();
        point.take(0x81)?;
        let indirect = point.take(asn1::context(2))?.is_some();
        // RFC 5280: a point that consists of reasons only says nothing.
        if named || indirect { point.end() } else { Err(point.fault()) }
    })
}

fn is_access(value: &[u8]) -> bool {
    each(value, |mut description| {
        description.oid()?;
        description.next()?;
        description.end()
    })
}

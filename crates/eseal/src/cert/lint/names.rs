use crate::oid;

use super::super::Certificate;
use super::super::asn1;
use super::super::name::Attribute;
use super::super::name::is_printable;
use super::super::name::rank;
use super::Findings;
use super::LintRule;

/// Names: GB/T 20518-2018, annex C; RFC 5280, 4.1.2.4 and 4.1.2.6. The issuer's name is its own certificate's matter.
pub(super) fn check(certificate: &Certificate, findings: &mut Findings) {
    findings.add_if(certificate.issuer().is_empty(), LintRule::IssuerEmpty, "");
    let subject = certificate.subject();
    if subject.is_empty() {
        findings.add(LintRule::SubjectEmpty, "");
        return;
    }
    let parts = subject.parts();
    findings.add_if(parts.iter().any(|part| part.len() > 1), LintRule::NameParts, "");
    let attributes: Vec<_> = parts.iter().flatten().collect();
    let missing = !attributes.iter().any(|attribute| attribute.kind == oid::COUNTRY);
    findings.add_if(missing, LintRule::CountryMissing, "");
    // Inside a relative name the order is that of the encoding.
    let part_rank = |part: &Vec<Attribute>| part.iter().filter_map(|attribute| rank(&attribute.kind)).max();
    let ranks: Vec<_> = parts.iter().filter_map(part_rank).collect();
    // Between the country and the common name habits differ; what stands first and last does not.
    let (first, last) = (ranks.iter().min(), ranks.iter().max());
    let turned = ranks.first() != first || ranks.last() != last;
    findings.add_if(turned, LintRule::NameOrder, "");
    for attribute in attributes {
        check_attribute(attribute, findings);
    }
}

fn check_attribute(attribute: &Attribute, findings: &mut Findings) {
    let keyword = attribute.keyword();
    let text = attribute.text.as_deref();
    let ascii = text.is_some_and(str::is_ascii);
    match attribute.kind {
        oid::COUNTRY => {
            let two = text.is_some_and(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()));
            findings.add_if(
                !two || attribute.tag != asn1::PRINTABLE_STRING,
                LintRule::Country,
                text.unwrap_or_default(),
            );
        }
        oid::EMAIL_ADDRESS => findings.add_if(!ascii || attribute.tag != asn1::IA5_STRING, LintRule::Email, ""),
        _ => {
            let fits = match attribute.tag {
                asn1::UTF8_STRING => text.is_some(),
                asn1::PRINTABLE_STRING => text.is_some_and(|text| text.bytes().all(is_printable)),
                // domainComponent and its kin.
                asn1::IA5_STRING => ascii,
                _ => false,
            };
            findings.add_if(!fits, LintRule::NameString, keyword.as_str());
        }
    }
    let bound = match attribute.kind {
        oid::COMMON_NAME | oid::ORGANIZATION | oid::ORGANIZATIONAL_UNIT | oid::TITLE | oid::SERIAL_NUMBER => 64,
        oid::STATE | oid::LOCALITY => 128,
        oid::EMAIL_ADDRESS => 255,
        _ => usize::MAX,
    };
    let length = text.map_or(0, |text| text.chars().count());
    findings.add_if(length > bound, LintRule::NameLength, format!("{keyword} {length}"));
}

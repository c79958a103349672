use crate::key::KeyDialect;
use crate::oid;
use crate::sm::Signature;

use super::super::CertError;
use super::super::Certificate;
use super::super::SerialNumber;
use super::super::asn1;
use super::super::asn1::Reader;
use super::Findings;
use super::LintRule;
use super::named;

/// The basic fields: GB/T 20518-2018, annex B; RFC 5280, 4.1.
pub(super) fn check(certificate: &Certificate, findings: &mut Findings) {
    findings.add_if(certificate.version() != 3, LintRule::Version, certificate.version().to_string());
    let serial = certificate.serial().content();
    let negative = serial.first().is_some_and(|byte| byte & 0x80 != 0);
    let zero = serial.iter().all(|byte| *byte == 0);
    let wrong = negative || zero || serial.len() > SerialNumber::MAX_BYTES;
    findings.add_if(wrong, LintRule::SerialNumber, certificate.serial().to_string());
    if !certificate.is_signed_with_sm2() {
        findings.add(LintRule::Algorithm, certificate.signature_algorithm());
    } else if Signature::from_der(certificate.signature()).is_err() {
        findings.add(LintRule::Signature, "");
    }
    match certificate.key_dialect() {
        Err(CertError::KeyAlgorithm { oid }) => findings.add(LintRule::Key, oid),
        Err(_) => findings.add(LintRule::Key, ""),
        Ok(dialect) => findings.add_if(dialect != KeyDialect::Standard, LintRule::KeyDialect, ""),
    }
    // The certificate was read before: what is asked here is how its parts were written.
    let _ = check_forms(certificate, findings);
}

fn check_forms(certificate: &Certificate, findings: &mut Findings) -> Result<(), CertError> {
    let mut tbs = Reader::open(certificate.tbs(), asn1::SEQUENCE, "TBSCertificate")?;
    tbs.take(asn1::context(0))?;
    tbs.expect(asn1::INTEGER)?;
    let mut algorithm = tbs.enter(asn1::SEQUENCE)?;
    let kind = algorithm.oid()?;
    findings.add_if(
        kind == oid::SM2_WITH_SM3 && !algorithm.is_empty(),
        LintRule::AlgorithmParameters,
        "signatureAlgorithm",
    );
    tbs.expect(asn1::SEQUENCE)?;
    let mut validity = tbs.enter(asn1::SEQUENCE)?;
    for field in ["notBefore", "notAfter"] {
        let tag = validity.peek();
        let year = validity.time()?.civil().year;
        let wanted = if (1950..2050).contains(&year) { asn1::UTC_TIME } else { asn1::GENERALIZED_TIME };
        findings.add_if(tag != Some(wanted), LintRule::TimeForm, field);
    }
    tbs.expect(asn1::SEQUENCE)?;
    tbs.expect(asn1::SEQUENCE)?;
    for (tag, field) in [(0x81, "issuerUniqueID"), (0x82, "subjectUniqueID")] {
        findings.add_if(tbs.take(tag)?.is_some(), LintRule::UniqueId, field);
    }
    let Some(list) = tbs.take(asn1::context(3))? else { return Ok(()) };
    let mut list = Reader::open(list.content, asn1::SEQUENCE, "extensions")?;
    while !list.is_empty() {
        let mut extension = list.enter(asn1::SEQUENCE)?;
        let kind = extension.oid()?;
        let critical = extension.take(asn1::BOOLEAN)?;
        let value = extension.expect(asn1::OCTET_STRING)?.content;
        let constraints = Reader::open(value, asn1::SEQUENCE, "basicConstraints");
        let inner =
            kind == oid::BASIC_CONSTRAINTS && constraints.is_ok_and(|inner| inner.rest().starts_with(&[1, 1, 0]));
        let outer = critical.is_some_and(|critical| critical.content == [0]);
        findings.add_if(inner || outer, LintRule::DefaultWritten, named(&kind, super::super::extension::name(&kind)));
    }
    Ok(())
}

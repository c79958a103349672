//! Seals and seal signatures of others, against the verdicts of `../shared/samples/README.md`.

use std::path::PathBuf;

use super::*;

use crate::cert::Certificate;
use crate::cert::Trust;
use crate::seal::Seal;
use crate::seal::SealSignature;
use crate::sm::Sm3Digest;
use crate::test_support::shared;
use crate::time::Instant;

fn samples() -> Option<PathBuf> {
    shared().map(|path| path.join("samples"))
}

fn read(samples: &std::path::Path, name: &str) -> Vec<u8> {
    std::fs::read(samples.join(name)).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn now() -> Instant {
    at("2026-11-24T08:00:00Z")
}

/// Checks that failed, each with its code, in order.
fn failed(findings: &[Finding]) -> Vec<(Check, &'static str)> {
    findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Fail)
        .map(|finding| (finding.check, finding.code))
        .collect()
}

fn outcome(findings: &[Finding], check: Check) -> (Outcome, &'static str) {
    let finding = findings.iter().find(|finding| finding.check == check).unwrap();
    (finding.outcome, finding.code)
}

/// Nobody is trusted and no revocation list is given.
fn alone() -> Verifier {
    Verifier::new(&Trust::new())
}

const EXPIRED: (Check, &str) = (Check::SealPeriod, "seal-expired");
const OUTSIDE: (Check, &str) = (Check::MakerPeriod, "seal-made-outside-maker-period");

#[test]
fn every_sample_seal_gets_the_verdict_of_its_description() {
    let Some(samples) = samples() else { return };
    let rows: [(&str, &[(Check, &str)]); 11] = [
        ("UserV1.esl", &[EXPIRED]),
        ("UserV4.esl", &[EXPIRED]),
        ("UserV5.esl", &[OUTSIDE]),
        ("UserV5_ts.esl", &[OUTSIDE, (Check::Timestamp, "timestamp-malformed")]),
        ("SESealData.DER", &[(Check::SealSignature, "signature-mismatch"), OUTSIDE, EXPIRED]),
        ("real-gomain-chongqing-test.esl", &[EXPIRED]),
        ("real-gomain-chongqing-test2.esl", &[EXPIRED]),
        ("real-gomain-jiangsu-tax.esl", &[OUTSIDE, EXPIRED]),
        ("real-gomain-yunnan.esl", &[EXPIRED]),
        ("real-tongzhi-zibo.esl", &[EXPIRED]),
        // Made with a web server's certificate.
        ("real-dms360-v1.esl", &[(Check::MakerUsage, "usage-not-signing")]),
    ];
    for (name, expected) in rows {
        let seal = Seal::from_bytes(&read(&samples, &format!("seals/{name}"))).unwrap();
        let report = alone().verify_seal(&seal, now());
        let mut found = failed(&report.findings);
        found.sort_by_key(|(check, _)| *check);
        assert_eq!(found, expected, "{name}: {:#?}", report.findings);
        assert_eq!(outcome(&report.findings, Check::MakerChain).0, Outcome::Unknown, "{name}");
        assert_eq!(report.verdict(), Verdict::Invalid, "{name}");
    }
}

#[test]
fn a_seal_within_its_period_is_indeterminate_as_long_as_nobody_is_trusted() {
    let Some(samples) = samples() else { return };
    for (name, time) in [
        ("UserV4.esl", "2021-05-01T00:00:00Z"),
        ("real-gomain-chongqing-test.esl", "2020-10-10T07:11:20Z"),
        ("real-gomain-yunnan.esl", "2020-08-01T00:00:00Z"),
        ("real-tongzhi-zibo.esl", "2020-06-20T09:18:49Z"),
    ] {
        let seal = Seal::from_bytes(&read(&samples, &format!("seals/{name}"))).unwrap();
        let report = alone().verify_seal(&seal, at(time));
        assert_eq!(failed(&report.findings), [], "{name}");
        assert_eq!(report.verdict(), Verdict::Indeterminate, "{name}");
    }
}

#[test]
fn every_sample_seal_signature_gets_the_verdict_of_its_description() {
    let Some(samples) = samples() else { return };
    let rows: [(&str, &[(Check, &str)]); 8] = [
        ("SignedValueV4.dat", &[]),
        (
            "SignedValueV5.dat",
            &[(Check::SignerPeriod, "cert-expired"), (Check::MakerPeriod, "seal-made-outside-maker-period")],
        ),
        ("real-gomain-chongqing-test.SignedValue.dat", &[]),
        ("real-gomain-chongqing-test2.SignedValue.dat", &[]),
        ("real-gomain-jiangsu-tax.SignedValue.dat", &[]),
        ("real-gomain-yunnan.SignedValue.dat", &[]),
        ("real-tongzhi-zibo.SignedValue.dat", &[]),
        (
            "real-dms360-v1.SignedValue.dat",
            &[
                (Check::Signature, "signed-data-hash-only"),
                (Check::SignerInSeal, "signer-not-listed"),
                (Check::SignerUsage, "usage-not-signing"),
                (Check::MakerUsage, "usage-not-signing"),
            ],
        ),
    ];
    for (name, expected) in rows {
        let signature = SealSignature::from_bytes(&read(&samples, &format!("signed-values/{name}"))).unwrap();
        let report = alone().verify_seal_signature(&signature, None, now());
        let mut found = failed(&report.findings);
        found.sort_by_key(|(check, _)| *check);
        assert_eq!(found, expected, "{name}: {:#?}", report.findings);
        assert_eq!(outcome(&report.findings, Check::DocumentHash), (Outcome::Unknown, "document-not-given"), "{name}");
        assert_eq!(outcome(&report.findings, Check::SignerChain).0, Outcome::Unknown, "{name}");
        assert_eq!(report.proven_time(), None);
        let verdict = if expected.is_empty() { Verdict::Indeterminate } else { Verdict::Invalid };
        assert_eq!(report.verdict(), verdict, "{name}");
    }
}

#[test]
fn a_raw_signature_value_is_noted_and_holds() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-tongzhi-zibo.SignedValue.dat");
    let report = alone().verify_seal_signature(&SealSignature::from_bytes(&file).unwrap(), None, now());
    assert_eq!(outcome(&report.findings, Check::Signature), (Outcome::Note, "signature-raw-form"));
}

#[test]
fn a_seal_made_before_its_makers_certificate_is_noted_by_the_old_rules() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-gomain-jiangsu-tax.SignedValue.dat");
    let report = alone().verify_seal_signature(&SealSignature::from_bytes(&file).unwrap(), None, now());
    assert_eq!(outcome(&report.findings, Check::MakerPeriod), (Outcome::Note, "seal-made-outside-maker-period"));
}

#[test]
fn a_maker_whose_certificate_expired_after_the_making_is_noted() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-gomain-yunnan.SignedValue.dat");
    let report = alone().verify_seal_signature(&SealSignature::from_bytes(&file).unwrap(), None, now());
    assert_eq!(outcome(&report.findings, Check::MakerPeriod), (Outcome::Note, "certificate-expired-since"));
    assert_eq!(outcome(&report.findings, Check::SealPeriod), (Outcome::Note, "seal-expired-since"));
    assert_eq!(report.valid_now, Some(false));
    assert_eq!(report.valid_when_stamped, None);
}

#[test]
fn the_hash_of_the_document_is_compared_when_it_is_given() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/SignedValueV4.dat");
    let signature = SealSignature::from_bytes(&file).unwrap();
    let ask = |byte| {
        let report = alone().verify_seal_signature(&signature, Some(&Sm3Digest::from_bytes([byte; 32])), now());
        outcome(&report.findings, Check::DocumentHash)
    };
    assert_eq!(ask(0), (Outcome::Pass, "ok"));
    assert_eq!(ask(1), (Outcome::Fail, "document-hash-mismatch"));
}

#[test]
fn a_signature_from_the_future_is_invalid() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/SignedValueV4.dat");
    let signature = SealSignature::from_bytes(&file).unwrap();
    let report = alone().verify_seal_signature(&signature, None, at("2020-10-12T11:00:00Z"));
    assert!(failed(&report.findings).contains(&(Check::Timestamp, "time-in-future")));
    let report = alone().verify_seal_signature(&signature, None, at("2020-10-12T11:10:00Z"));
    assert_eq!(failed(&report.findings), []);
}

#[test]
fn a_demanded_status_list_and_time_stamp_are_unknown_instead_of_noted() {
    let Some(samples) = samples() else { return };
    let signature = SealSignature::from_bytes(&read(&samples, "signed-values/SignedValueV4.dat")).unwrap();
    let require = [Requirement::Status, Requirement::Timestamp].into_iter().collect();
    let strict = alone().policy(Policy { require, ..Policy::default() });
    for (verifier, expected) in [(alone(), Outcome::Note), (strict, Outcome::Unknown)] {
        let report = verifier.verify_seal_signature(&signature, None, now());
        assert_eq!(outcome(&report.findings, Check::SealState), (expected, "seal-status-not-given"));
        assert_eq!(outcome(&report.findings, Check::Timestamp), (expected, "timestamp-absent"));
    }
}

#[test]
fn a_strict_path_fails_where_the_test_root_may_not_sign_certificates() {
    let Some(samples) = samples() else { return };
    let root = Certificate::from_bytes(&read(&samples, "keys/derived-root.crt.pem")).unwrap();
    let verifier = Verifier::new(&Trust::from_certificates([root]));
    let signature = SealSignature::from_bytes(&read(&samples, "signed-values/SignedValueV4.dat")).unwrap();
    let report = verifier.verify_seal_signature(&signature, None, now());
    assert_eq!(outcome(&report.findings, Check::SignerChain).0, Outcome::Fail, "{:#?}", report.findings);
    assert_eq!(outcome(&report.findings, Check::MakerChain).0, Outcome::Fail);
}

#[test]
fn every_question_about_a_seal_signature_is_asked_once_or_more_even_if_one_failed() {
    let Some(samples) = samples() else { return };
    let carrier = [Check::Coverage, Check::LaterChanges, Check::PictureShown];
    for name in ["real-dms360-v1.SignedValue.dat", "SignedValueV5.dat"] {
        let signature = SealSignature::from_bytes(&read(&samples, &format!("signed-values/{name}"))).unwrap();
        let report = alone().verify_seal_signature(&signature, None, now());
        for check in Check::ALL.iter().filter(|check| !carrier.contains(check)) {
            assert!(report.findings.iter().any(|finding| finding.check == *check), "{name}: {check}");
        }
        assert!(report.findings.is_sorted_by_key(|finding| finding.check), "{name}");
        for finding in &report.findings {
            assert!(codes().contains(&finding.code), "{finding:?}");
            assert!(!finding.clause.is_empty());
        }
    }
}

//! What the linter says about real certificates of Chinese CAs, and about those of the test vectors.

use std::fs;

use eseal::cert::{Certificate, IdentityKind, lint};

use crate::support::shared;

const NULL: &str = "gbt20518-algorithm-parameters";
const PATH: &str = "gbt20518-path-length";
const CONSTRAINTS: &str = "rfc5280-basic-constraints";
const CRITICAL: &str = "gbt20518-key-usage-critical";
const PURPOSE: &str = "gbt20518-extended-key-usage";
const DEFAULT: &str = "x690-default";
const PERSONAL: &str = "eseal-personal-number";

/// Every certificate in the folder, and the rules it breaks.
const CERTIFICATES: [(&str, &[&str]); 14] = [
    ("cfca-ev-sm2-oca.der", &[NULL, PATH]),
    ("cfca-ev-sm2-root.der", &[NULL]),
    ("cfca-test-sm2-oca1.pem", &[NULL, CONSTRAINTS, PATH, CRITICAL]),
    ("emptyid-selfsigned.pem", &["gbt20518-key-usage"]),
    (
        "jsca-ca-sm2.der",
        &[
            CONSTRAINTS,
            PATH,
            CRITICAL,
            "rfc5280-authority-key-identifier",
            "rfc5280-subject-key-identifier",
            "gbt20518-distribution-points",
        ],
    ),
    ("nrcac-civil-servant-root.pem", &[NULL, CONSTRAINTS, CRITICAL]),
    ("nrcac-rootca.pem", &[NULL, CONSTRAINTS, CRITICAL]),
    ("openssl3-noncanonical-spki-emptyid.pem", &["gbt20518-key-form", "gbt20518-key-usage"]),
    ("seal-unit-shandong-cegn.der", &[]),
    ("seal-unit-yunnan-ynca.der", &[NULL, DEFAULT, "rfc5280-email", CRITICAL, PURPOSE]),
    ("sealmaker-shandong-cegn.der", &[NULL, DEFAULT, PURPOSE]),
    ("sheca-sm2.pem", &[NULL, PATH]),
    ("taier-ca.pem", &[NULL, PATH]),
    ("tax-seal-zhejiang.der", &[NULL, "gbt20518-key-usage-pair"]),
];

fn read(name: &str) -> Option<Certificate> {
    let path = shared()?.join("samples/vectors").join(name);
    Some(Certificate::from_bytes(&fs::read(path).unwrap()).unwrap())
}

fn rules(certificate: &Certificate) -> Vec<&'static str> {
    lint(certificate).iter().map(|found| found.rule.id()).collect()
}

#[test]
fn real_certificates_break_the_rules_that_the_notes_say_they_break() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/certs")) else { return };
    assert_eq!(fs::read_dir(folder).unwrap().count(), CERTIFICATES.len(), "every file has its rules here");
    for (name, broken) in CERTIFICATES {
        let Some(certificate) = read(&format!("certs/{name}")) else { return };
        assert_eq!(rules(&certificate), broken, "{name}");
    }
}

#[test]
fn identity_numbers_of_others_are_read_and_their_publication_is_told() {
    let Some(certificate) = read("pki/sign.pem") else { return };
    let numbers: Vec<_> = certificate.identity_numbers().into_iter().map(|one| (one.kind, one.number)).collect();
    let expected = [(IdentityKind::ResidentId, "110101199003070038"), (IdentityKind::Insurance, "A123456789")];
    assert_eq!(numbers, expected.map(|(kind, number)| (kind, number.to_owned())));
    assert_eq!(rules(&certificate), [PERSONAL, PERSONAL]);
}

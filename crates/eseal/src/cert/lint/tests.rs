use super::*;
use crate::cert::Identity;
use crate::cert::IdentityKind;
use crate::cert::Name;
use crate::cert::SerialNumber;
use crate::cert::Services;
use crate::cert::asn1;
use crate::cert::asn1::by_hand;
use crate::cert::draft::CertificateDraft;
use crate::cert::extension::extension;
use crate::cert::issuer::Issuer;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::key::public_key_to_spki;
use crate::lang::Lang;
use crate::sm::SecretKey;
use crate::time::Instant;
use crate::time::Period;

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

/// The parts of a certificate, each of which a test may spoil. Its signature is a placeholder: the linter asks for its
/// form only.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    subject: Vec<u8>,
    validity: Vec<u8>,
    spki: Vec<u8>,
    unique: Vec<u8>,
    extensions: Vec<(ObjectIdentifier, bool, Vec<u8>)>,
    signature: Vec<u8>,
}

const SUBJECT: &str = "CN=示例用户,O=示例市数据局,C=CN";

impl Parts {
    /// A person's certificate without fault.
    fn person() -> Self {
        let time = |year| by_hand::time(Instant::utc(year, 11, 24, 0, 0, 0).unwrap());
        let point = by_hand::sequence(&[&by_hand::element(asn1::context(0), &[&[0xa0, 10], &[0x86, 8], b"http://a"])]);
        Self {
            version: by_hand::element(asn1::context(0), &[&by_hand::small(2)]),
            serial: by_hand::small(77),
            algorithm: crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3),
            subject: Name::parse(SUBJECT).unwrap().as_der().to_vec(),
            validity: by_hand::sequence(&[&time(2026), &time(2028)]),
            spki: public_key_to_spki(signer(2).public_key()),
            unique: Vec::new(),
            extensions: vec![
                (oid::AUTHORITY_KEY_IDENTIFIER, false, vec![0x30, 3, 0x80, 1, 7]),
                (oid::SUBJECT_KEY_IDENTIFIER, false, vec![4, 1, 8]),
                (oid::KEY_USAGE, true, vec![3, 2, 6, 0xc0]),
                (oid::CRL_DISTRIBUTION_POINTS, false, by_hand::sequence(&[&point])),
            ],
            signature: vec![0x30, 6, 2, 1, 1, 2, 1, 1],
        }
    }

    fn with(mut self, kind: ObjectIdentifier, critical: bool, value: &[u8]) -> Self {
        self.extensions.retain(|(other, ..)| *other != kind);
        self.extensions.push((kind, critical, value.to_vec()));
        self
    }

    fn without(mut self, kind: ObjectIdentifier) -> Self {
        self.extensions.retain(|(other, ..)| *other != kind);
        self
    }

    fn subject(mut self, attributes: &[(ObjectIdentifier, u8, &[u8])]) -> Self {
        let set = |(kind, tag, value): &(ObjectIdentifier, u8, &[u8])| {
            by_hand::set_of(vec![by_hand::sequence(&[&by_hand::oid(kind), &by_hand::element(*tag, &[value])])])
        };
        self.subject = by_hand::element(asn1::SEQUENCE, &[&attributes.iter().map(set).collect::<Vec<_>>().concat()]);
        self
    }

    fn certificate(&self) -> Certificate {
        let extensions: Vec<_> =
            self.extensions.iter().map(|(kind, critical, value)| extension(kind, *critical, value)).collect();
        let list = by_hand::element(asn1::context(3), &[&by_hand::sequence(&[&extensions.concat()])]);
        let tbs = by_hand::sequence(&[
            &self.version,
            &self.serial,
            &self.algorithm,
            Name::parse("CN=fake CA,C=CN").unwrap().as_der(),
            &self.validity,
            &self.subject,
            &self.spki,
            &self.unique,
            if self.version.is_empty() { &[] } else { &list },
        ]);
        let der = by_hand::sequence(&[&tbs, &self.algorithm, &by_hand::bits(&self.signature)]);
        Certificate::from_der(&der).unwrap()
    }

    fn ids(&self) -> Vec<&'static str> {
        lint(&self.certificate()).iter().map(|found| found.rule.id()).collect()
    }
}

#[test]
fn every_rule_has_an_id_a_clause_and_two_languages() {
    for rule in LintRule::ALL {
        let standard = rule.id().split('-').next().unwrap();
        assert!(
            ["rfc5280", "rfc3161", "rfc6960", "gbt20518", "gbt35276", "gmt0015", "x690", "eseal"].contains(&standard)
        );
        assert_eq!(LintRule::ALL.iter().filter(|other| other.id() == rule.id()).count(), 1, "{rule:?}");
        assert!(!rule.clause().is_empty() && rule.label(Lang::ZhCn) != rule.label(Lang::En));
    }
}

#[test]
fn a_certificate_that_keeps_to_the_rules_has_no_finding() {
    assert_eq!(Parts::person().ids(), [""; 0]);
}

#[test]
fn every_fault_of_a_field_is_found_and_no_other() {
    let person = Parts::person;
    let time = |tag: u8, text: &str| by_hand::element(tag, &[text.as_bytes()]);
    let late =
        by_hand::sequence(&[&time(asn1::UTC_TIME, "261124000000Z"), &time(asn1::GENERALIZED_TIME, "20281124000000Z")]);
    let null = by_hand::sequence(&[&by_hand::oid(&oid::SM2_WITH_SM3), &[asn1::NULL, 0]]);
    let rsa = by_hand::sequence(&[&by_hand::oid(&oid::RSA_WITH_SM3), &[asn1::NULL, 0]]);
    let ecdsa_key = by_hand::sequence(&[
        &by_hand::sequence(&[&by_hand::oid(&oid::EC_PUBLIC_KEY), &by_hand::oid(&oid::SM3)]),
        &by_hand::bits(&[4; 65]),
    ]);
    let odd_key = by_hand::sequence(&[
        &by_hand::sequence(&[&by_hand::oid(&oid::SM2_CURVE)]),
        &by_hand::bits(&signer(2).public_key().to_sec1()),
    ]);
    for (parts, id) in [
        (Parts { serial: vec![2, 1, 0], ..person() }, "rfc5280-serial-number"),
        (Parts { serial: vec![2, 1, 0x80], ..person() }, "rfc5280-serial-number"),
        (Parts { serial: by_hand::element(2, &[&[7; 21]]), ..person() }, "rfc5280-serial-number"),
        (Parts { algorithm: null, ..person() }, "gbt20518-algorithm-parameters"),
        (Parts { algorithm: rsa, ..person() }, "gbt20518-algorithm"),
        (Parts { signature: vec![1; 64], ..person() }, "gbt35276-signature-form"),
        (Parts { spki: ecdsa_key, ..person() }, "gbt20518-key"),
        (Parts { spki: odd_key, ..person() }, "gbt20518-key-form"),
        (Parts { unique: vec![0x82, 2, 0, 1], ..person() }, "rfc5280-unique-identifier"),
        (Parts { validity: late, ..person() }, "rfc5280-time-form"),
    ] {
        assert_eq!(parts.ids(), [id]);
    }
    let first = Parts { version: Vec::new(), ..person() };
    assert!(first.ids().contains(&"rfc5280-version"));
}

#[test]
fn every_fault_of_a_name_is_found_and_no_other() {
    let c = (oid::COUNTRY, asn1::PRINTABLE_STRING, &b"CN"[..]);
    let cn = (oid::COMMON_NAME, asn1::UTF8_STRING, "示例".as_bytes());
    let long = "印".repeat(65);
    let just = "印".repeat(64);
    for (subject, ids) in [
        (&[c, cn][..], &[][..]),
        (&[c, (oid::COMMON_NAME, asn1::UTF8_STRING, just.as_bytes())], &[]),
        (&[c, (oid::COMMON_NAME, asn1::UTF8_STRING, long.as_bytes())], &["rfc5280-name-length"]),
        (&[c, (oid::COMMON_NAME, asn1::PRINTABLE_STRING, b"a@b")], &["gbt20518-name-string"]),
        (&[c, (oid::COMMON_NAME, asn1::TELETEX_STRING, b"ab")], &["gbt20518-name-string"]),
        (&[c, (oid::COMMON_NAME, asn1::BMP_STRING, b"\x53\x70")], &["gbt20518-name-string"]),
        (&[(oid::COUNTRY, asn1::UTF8_STRING, b"CN"), cn], &["gbt20518-country"]),
        (&[(oid::COUNTRY, asn1::PRINTABLE_STRING, b"CHN"), cn], &["gbt20518-country"]),
        (&[cn], &["gbt20518-country-missing"]),
        (&[cn, c], &["gbt20518-name-order"]),
        (&[c, (oid::EMAIL_ADDRESS, asn1::IA5_STRING, "邮箱".as_bytes()), cn], &["rfc5280-email"]),
        (&[], &["rfc5280-subject"]),
    ] {
        assert_eq!(Parts::person().subject(subject).ids(), ids, "{subject:?}");
    }
    let several = Parts { subject: Name::parse("C=CN,O=b+CN=a").unwrap().as_der().to_vec(), ..Parts::person() };
    assert_eq!(several.ids(), ["gbt20518-name-single"]);
}

#[test]
fn every_fault_of_an_extension_is_found_and_no_other() {
    let person = Parts::person;
    let eku = |purposes: &[ObjectIdentifier]| {
        by_hand::sequence(&[&purposes.iter().flat_map(by_hand::oid).collect::<Vec<_>>()])
    };
    let policy = by_hand::sequence(&[&by_hand::oid(&oid::SM3)]);
    let twice = by_hand::sequence(&[&policy, &policy]);
    let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
    for (parts, ids) in [
        (person().without(oid::AUTHORITY_KEY_IDENTIFIER), &["rfc5280-authority-key-identifier"][..]),
        (person().without(oid::SUBJECT_KEY_IDENTIFIER), &["rfc5280-subject-key-identifier-holder"]),
        (person().with(oid::SUBJECT_KEY_IDENTIFIER, true, &[4, 1, 8]), &["rfc5280-not-critical"]),
        (person().without(oid::KEY_USAGE), &["gbt20518-key-usage"]),
        (person().with(oid::KEY_USAGE, false, &[3, 2, 6, 0xc0]), &["gbt20518-key-usage-critical"]),
        (person().with(oid::KEY_USAGE, true, &[3, 2, 3, 0xf8]), &["gbt20518-key-usage-pair"]),
        (person().with(oid::KEY_USAGE, true, &[3, 2, 1, 0xc6]), &["rfc5280-cert-sign-without-ca"]),
        (person().with(oid::KEY_USAGE, true, &[3, 1, 0]), &["rfc5280-key-usage-empty", "gbt20518-key-usage-sign"]),
        (person().with(oid::BASIC_CONSTRAINTS, false, &[0x30, 3, 1, 1, 0]), &["x690-default"]),
        (person().with(oid::BASIC_CONSTRAINTS, false, &[0x30, 0]), &[]),
        (person().with(oid::BASIC_CONSTRAINTS, false, &[0x30, 3, 2, 1, 0]), &["rfc5280-path-length"]),
        (person().with(oid::EXTENDED_KEY_USAGE, false, &eku(&[oid::EKU_CLIENT_AUTH])), &[]),
        (person().with(oid::EXTENDED_KEY_USAGE, false, &eku(&[unknown])), &[]),
        (person().with(oid::EXTENDED_KEY_USAGE, true, &eku(&[oid::EKU_TIMESTAMPING])), &[]),
        (
            person().with(oid::EXTENDED_KEY_USAGE, false, &eku(&[oid::EKU_TIMESTAMPING])),
            &["rfc3161-extended-key-usage"],
        ),
        (
            person().with(oid::EXTENDED_KEY_USAGE, true, &eku(&[oid::EKU_SERVER_AUTH, oid::EKU_TIMESTAMPING])),
            &["rfc3161-extended-key-usage", "gbt20518-extended-key-usage", "gbt20518-extended-key-usage"],
        ),
        (person().with(oid::EXTENDED_KEY_USAGE, false, &eku(&[oid::EKU_OCSP_SIGNING])), &["rfc6960-ocsp-nocheck"]),
        (
            person().with(oid::EXTENDED_KEY_USAGE, true, &eku(&[oid::EKU_ANY])),
            &["rfc5280-any-purpose", "gbt20518-extended-key-usage"],
        ),
        (person().with(oid::OCSP_NOCHECK, false, &[5, 0]), &["rfc6960-ocsp-nocheck-elsewhere"]),
        (person().without(oid::CRL_DISTRIBUTION_POINTS), &["gbt20518-distribution-points"]),
        (person().with(oid::CRL_DISTRIBUTION_POINTS, false, b"http://a"), &["rfc5280-distribution-points"]),
        (person().with(oid::CRL_DISTRIBUTION_POINTS, false, &[0x30, 2, 0x30, 0]), &["rfc5280-distribution-points"]),
        (
            person().with(oid::AUTHORITY_INFO_ACCESS, true, &[0x30, 0]),
            &["rfc5280-not-critical", "rfc5280-authority-information-access"],
        ),
        (person().with(oid::CERTIFICATE_POLICIES, false, &twice), &["rfc5280-policies"]),
        (person().with(oid::CERTIFICATE_POLICIES, false, &by_hand::sequence(&[&policy])), &[]),
        (person().with(unknown, true, b"x"), &["rfc5280-unknown-critical"]),
        (person().with(unknown, false, b"x"), &[]),
        (person().with(oid::TAXATION_NUMBER, true, b"\x13\x1291350100M000100Y43"), &["gmt0015-identity-critical"]),
        (person().with(oid::ORGANIZATION_CODE, false, b"\x0c\x1291350100M000100Y43"), &["gmt0015-identity-form"]),
        (person().with(oid::ORGANIZATION_CODE, false, b"\x13\x1291350100M000100Y44"), &["gmt0015-identity-number"]),
        (person().with(oid::IDENTIFY_CODE, false, b"\xa2\x0b\x13\x09E12345678"), &["eseal-personal-number"]),
    ] {
        assert_eq!(parts.ids(), ids, "{:?}", parts.extensions.last());
    }
}

#[test]
fn a_ca_is_held_to_other_rules_than_a_holder() {
    let ca = || Parts::person().with(oid::BASIC_CONSTRAINTS, true, &[0x30, 6, 1, 1, 0xff, 2, 1, 0]);
    let ca = || ca().with(oid::KEY_USAGE, true, &[3, 2, 1, 6]);
    assert_eq!(ca().ids(), [""; 0]);
    for (parts, id) in [
        (ca().with(oid::BASIC_CONSTRAINTS, false, &[0x30, 6, 1, 1, 0xff, 2, 1, 0]), "rfc5280-basic-constraints"),
        (ca().with(oid::BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xff]), "gbt20518-path-length"),
        (ca().with(oid::KEY_USAGE, true, &[3, 2, 1, 0x46]), "gbt20518-key-usage-ca"),
        (ca().without(oid::SUBJECT_KEY_IDENTIFIER), "rfc5280-subject-key-identifier"),
        (ca().with(oid::ORGANIZATION_CODE, false, b"\x13\x1291350100M000100Y43"), "gbt20518-identity-role"),
    ] {
        assert_eq!(parts.ids(), [id]);
    }
    let as_holder = lint_as(&ca().certificate(), Role::Organization);
    assert!(as_holder.iter().any(|found| found.rule == LintRule::HolderIsCa));
}

fn period(years: u16) -> Period {
    Period::years(Instant::utc(2026, 11, 24, 0, 0, 0).unwrap(), years)
}

fn issuer() -> Issuer<'static> {
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    let root = Issuer::self_signed(&Name::parse("CN=Fake Root,C=CN").unwrap(), &signer(1), serial, period(30)).unwrap();
    assert_eq!(lint(&root), []);
    Issuer::new(root, signer(1)).unwrap()
}

fn issue(
    subject: &str,
    profile: &Profile,
    identity: &Identity,
    services: &Services,
) -> Result<Certificate, crate::cert::CertError> {
    let subject = &Name::parse(subject).unwrap();
    let (key, serial) = (signer(2), SerialNumber::from_bytes(&[9]).unwrap());
    let key = key.public_key();
    issuer().issue_draft(&CertificateDraft { subject, key, profile, serial, validity: period(1), identity, services })
}

#[test]
fn what_is_issued_with_services_and_identity_has_no_finding_in_any_profile() {
    let services = Services::default()
        .with_crl("http://crl.example.cn/{issuer}/{shard}.crl", 4)
        .and_then(|services| services.with_ocsp("http://ocsp.example.cn/"))
        .and_then(|services| services.with_ca_issuers("http://ca.example.cn/{issuer}.cer"))
        .and_then(|services| services.with_policy("1.2.156.99999.1"))
        .unwrap();
    let identity = Identity::default()
        .with(IdentityKind::OrganizationCode, "91350100M000100Y43")
        .and_then(|identity| identity.with(IdentityKind::ResidentId, "11010519491231002X"))
        .unwrap();
    for profile in Profile::standard().iter().filter(|profile| profile.role() != Role::Root) {
        let who = if profile.has_identity() { identity.clone() } else { Identity::default() };
        let certificate = issue(SUBJECT, profile, &who, &services).unwrap();
        assert_eq!(lint_as(&certificate, profile.role()), [], "{profile:?}");
        assert_eq!(lint(&certificate), [], "{profile:?}");
        assert_eq!(lint_beneath(&certificate, issuer().certificate()), []);
        let numbers: Vec<_> = certificate.identity_numbers().into_iter().map(|number| number.kind).collect();
        let shown: &[_] = if profile.has_identity() { &[IdentityKind::OrganizationCode] } else { &[] };
        assert_eq!(numbers, shown, "a person's number is not published");
        let names: Vec<_> = certificate.extensions().filter_map(|extension| extension.name()).collect();
        assert_eq!(names.contains(&"cRLDistributionPoints"), profile.role() != Role::Ocsp);
        assert!(names.contains(&"certificatePolicies"));
    }
}

#[test]
fn what_would_break_a_rule_is_not_signed() {
    let none = &Services::default();
    let refused = |subject: &[(ObjectIdentifier, u8, &[u8])]| {
        let parts = Parts::person().subject(subject);
        lint(&parts.certificate()).iter().any(|found| found.severity() == LintSeverity::Error)
    };
    assert!(refused(&[]));
    let numbers = Identity::default().with(IdentityKind::Passport, "E12345678").unwrap();
    for profile in [Profile::sub_ca(), Profile::ocsp()] {
        assert_eq!(issue(SUBJECT, &profile, &numbers, none).unwrap_err().code(), "identity-role");
    }
    // A profile that was not read from a file is held to the rules as well.
    let wrong = crate::cert::profile::tests_support::with_key_usage(&Profile::person(), &[]);
    assert_eq!(issue(SUBJECT, &wrong, &Identity::default(), none).unwrap_err().code(), "draft-rule");
}

#[test]
fn a_certificate_is_compared_with_the_one_above_it() {
    let issuer = issuer();
    let issued = issue(SUBJECT, &Profile::person(), &Identity::default(), &Services::default()).unwrap();
    let ids =
        |issuer: &Certificate| lint_beneath(&issued, issuer).iter().map(|found| found.rule.id()).collect::<Vec<_>>();
    assert_eq!(ids(issuer.certificate()), [""; 0]);
    assert_eq!(ids(&issued), ["rfc5280-name-chaining", "rfc5280-authority-key-identifier-match"]);
    let short = Issuer::self_signed(
        issuer.certificate().subject(),
        &signer(1),
        SerialNumber::from_bytes(&[1]).unwrap(),
        Period::days(period(1).from(), 30),
    );
    assert_eq!(ids(&short.unwrap()), ["eseal-outlives-issuer"]);
}

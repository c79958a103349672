//! OpenSSL reads the services and identity numbers of what we issue as we meant them, and accepts them strictly.

use std::fs;
use std::process::Command;

use eseal::cert::{
    CertificateDraft, Identity, IdentityKind, Issuer, LintSeverity, Profile, ProfileSet, SerialNumber, Services,
    lint_as,
};
use eseal::key::Signer;
use eseal::time::Period;

use crate::support::office::{FakeOffice, now};
use crate::support::{DISTID, both_streams, run, tool};

fn services() -> Services {
    let set = ProfileSet::from_toml(
        r#"
        [services]
        crl = "http://crl.example.cn/{issuer}/{shard}.crl"
        shards = 8
        ocsp = "http://ocsp.example.cn/"
        ca_issuers = "http://ca.example.cn/{issuer}.cer"
        policies = ["1.2.156.99999.1", "1.2.156.99999.2"]
        "#,
    );
    set.unwrap().services().clone()
}

#[test]
fn openssl_finds_the_services_and_numbers_in_a_certificate_of_every_profile() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issuing.pem"), office.issuing.certificate.to_pem()).unwrap();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let services = &services();
    let named = Identity::default()
        .with(IdentityKind::OrganizationCode, "91350100M000100Y43")
        .and_then(|identity| identity.with(IdentityKind::Passport, "E12345678"))
        .unwrap();
    let nobody = Identity::default();
    for profile in Profile::standard().iter().filter(|profile| !profile.is_ca()) {
        let identity = if profile.has_identity() { &named } else { &nobody };
        let draft = CertificateDraft {
            subject: office.clerk.certificate.subject(),
            key: office.clerk.signer.public_key(),
            profile,
            serial: SerialNumber::random().unwrap(),
            validity: Period::days(now(), 100),
            identity,
            services,
        };
        let certificate = issuer.issue_draft(&draft).unwrap();
        let findings = lint_as(&certificate, profile.role());
        assert!(findings.iter().all(|found| found.severity() == LintSeverity::Notice), "{findings:?}");
        fs::write(folder.path().join("leaf.pem"), certificate.to_pem()).unwrap();

        let mut show = Command::new(&openssl);
        let text = run(show.current_dir(folder.path()).args(["x509", "-noout", "-text", "-in", "leaf.pem"]));
        let text = String::from_utf8_lossy(&text.stdout).into_owned();
        let key_id = office.issuing.certificate.subject_key_id().unwrap();
        let point = services.point_of(key_id, certificate.serial()).unwrap();
        let has_services = profile.name() != "ocsp";
        for part in
            [&format!("URI:{point}"), "OCSP - URI:http://ocsp.example.cn/", "CA Issuers - URI:http://ca.example.cn/"]
        {
            assert_eq!(text.contains(part), has_services, "{part} in {text}");
        }
        assert!(text.contains("Policy: 1.2.156.99999.1") && text.contains("Policy: 1.2.156.99999.2"), "{text}");
        assert_eq!(text.contains("..91350100M000100Y43"), profile.has_identity(), "{text}");
        assert!(!text.contains("E12345678"), "a person's number is not published: {text}");

        let mut verify = Command::new(&openssl);
        verify.current_dir(folder.path()).args(["verify", "-x509_strict", "-partial_chain", "-vfyopt", DISTID]);
        let at = now().unix().to_string();
        let output = verify.args(["-attime", &at, "-trusted", "issuing.pem", "leaf.pem"]).output().unwrap();
        assert!(output.status.success(), "{profile:?}: {}", both_streams(&output));
    }
}

//! The certificates, requests and revocation lists of ../shared/samples/vectors, each with the outcome of its README.

use std::fs;
use std::path::Path;

use eseal::cert::Answer;
use eseal::cert::CertError;
use eseal::cert::Certificate;
use eseal::cert::CertificateRequest;
use eseal::cert::CertificateResponse;
use eseal::cert::PathJudgement;
use eseal::cert::PathValidator;
use eseal::cert::Purpose;
use eseal::cert::Reason;
use eseal::cert::RequestDialect;
use eseal::cert::RevocationList;
use eseal::cert::RevocationPolicy;
use eseal::cert::SignatureFault;
use eseal::cert::Trust;
use eseal::cert::danger;
use eseal::key::KeyDialect;
use eseal::key::secret_key_from_bytes;
use eseal::time::Instant;

use crate::support::shared;

fn certificate(folder: &Path, name: &str) -> Certificate {
    Certificate::from_bytes(&fs::read(folder.join(name)).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_certificate_reads_and_its_signature_has_the_outcome_of_the_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/certs")) else { return };
    let table = [
        ("nrcac-rootca.pem", Some("nrcac-rootca.pem")),
        ("taier-ca.pem", Some("nrcac-rootca.pem")),
        ("nrcac-civil-servant-root.pem", Some("nrcac-civil-servant-root.pem")),
        ("sheca-sm2.pem", Some("nrcac-rootca.pem")),
        ("openssl3-noncanonical-spki-emptyid.pem", None),
        ("cfca-test-sm2-oca1.pem", None),
        ("cfca-ev-sm2-root.der", Some("cfca-ev-sm2-root.der")),
        ("cfca-ev-sm2-oca.der", Some("cfca-ev-sm2-root.der")),
        ("jsca-ca-sm2.der", None),
        ("seal-unit-shandong-cegn.der", None),
        ("sealmaker-shandong-cegn.der", None),
        ("seal-unit-yunnan-ynca.der", None),
        ("tax-seal-zhejiang.der", None),
        ("emptyid-selfsigned.pem", None),
    ];
    assert_eq!(fs::read_dir(&folder).unwrap().count(), table.len(), "every file has a row");
    for (name, issuer) in table {
        let read = certificate(&folder, name);
        assert!(read.is_signed_with_sm2() && read.public_key().is_ok() && read.version() == 3, "{name}");
        assert_eq!(Certificate::from_bytes(read.to_pem().as_bytes()).unwrap(), read, "{name}");
        if let Some(issuer) = issuer {
            let issuer = certificate(&folder, issuer);
            assert!(issuer.is_ca() && issuer.subject() == read.issuer(), "{name}");
            read.check_signature_by(issuer.public_key().unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn certificates_signed_with_the_empty_identity_are_refused_and_the_cause_is_named() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/certs")) else { return };
    for (name, dialect) in [
        ("openssl3-noncanonical-spki-emptyid.pem", KeyDialect::AlgorithmIsCurve),
        ("emptyid-selfsigned.pem", KeyDialect::Standard),
    ] {
        let read = certificate(&folder, name);
        assert_eq!(read.key_dialect().unwrap(), dialect);
        let fault = Some(SignatureFault::EmptyId);
        assert_eq!(
            read.check_signature_by(read.public_key().unwrap()),
            Err(CertError::BadSignature { fault }),
            "{name}"
        );
    }
}

#[test]
fn odd_extensions_and_names_of_real_certificates_are_shown() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/certs")) else { return };
    let maker = certificate(&folder, "sealmaker-shandong-cegn.der");
    assert!(!maker.is_ca() && maker.key_usage().unwrap().can_sign());
    assert_eq!(maker.subject().common_name().unwrap(), "山东省政府统一电子印章制作系统");

    let unit = certificate(&folder, "seal-unit-yunnan-ynca.der");
    let raw = unit.extensions().find(|extension| extension.oid() == "1.2.5.29.1").unwrap();
    assert!(raw.name().is_none() && raw.value.iter().all(u8::is_ascii_alphanumeric));
    assert!(unit.extended_key_usage().unwrap().contains(&"1.3.6.1.5.5.7.3.4".to_owned()));
    let email = unit.subject().attributes().find(|(keyword, _)| keyword == "E").unwrap();
    assert!(!email.1.is_ascii(), "UTF-8 in an IA5String is shown as text");

    let tax = certificate(&folder, "tax-seal-zhejiang.der");
    assert!(tax.key_usage().unwrap().can_sign() && tax.key_usage().unwrap().can_encipher());
    assert!(certificate(&folder, "jsca-ca-sm2.der").subject_key_id().is_none());
}

#[test]
fn every_request_has_the_outcome_of_the_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/csr")) else { return };
    let read = |name| CertificateRequest::from_bytes(&fs::read(folder.join(name)).unwrap());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 5, "every file has an outcome here");
    assert!(read("openssl-default-id.csr.pem").is_ok());
    assert!(read("bc.csr.pem").is_ok());
    assert_eq!(read("cfca-sadk.csr.der").unwrap().challenge().as_deref(), Some("111111"));
    assert!(matches!(read("ali.csr.der"), Err(CertError::RequestDuplicateAttribute { .. })));
    assert_eq!(read("openssl-empty-id.csr.pem").unwrap_err(), CertError::RequestEmptyId);
    let empty = fs::read(folder.join("openssl-empty-id.csr.pem")).unwrap();
    let empty = CertificateRequest::from_bytes_with(&empty, danger::accept_empty_id_request()).unwrap();
    assert_eq!(empty.dialect(), RequestDialect::EmptyId);
    let cfca = read("cfca-sadk.csr.der").unwrap();
    assert_eq!(cfca.dialect(), RequestDialect::Cfca);
    assert!(cfca.temporary_key().is_some_and(|key| key != *cfca.public_key()));
    assert_eq!(read("bc.csr.pem").unwrap().dialect(), RequestDialect::Pkcs10);
}

#[test]
fn a_response_with_a_pair_is_read_whole() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
    let response = fs::read(folder.join("enveloped-key/csr-response.der")).unwrap();
    let response = CertificateResponse::from_bytes(&response).unwrap();
    let own = certificate(&folder, "pki/sign.pem");
    assert_eq!(response.certificate_for(own.public_key().unwrap()).unwrap(), &own);
    assert_eq!(response.encryption()[0], certificate(&folder, "pki/enc.pem"));
    assert!(response.envelope().is_some());
}

#[test]
fn every_revocation_list_has_the_outcome_of_the_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
    let list = |name| RevocationList::from_bytes(&fs::read(folder.join(name)).unwrap()).unwrap();
    assert_eq!(fs::read_dir(folder.join("crl")).unwrap().count(), 2, "every file has an outcome here");

    let root = list("crl/nrcac-rootca.crl");
    root.check_signature_by(&certificate(&folder, "certs/nrcac-rootca.pem")).unwrap();
    assert_eq!(root.next_update().unwrap().to_rfc3339()[..10], *"2022-06-04");
    assert!(root.check_signature_by(&certificate(&folder, "certs/nrcac-civil-servant-root.pem")).is_err());

    let servants = list("crl/nrcac-civil-servant.crl");
    servants.check_signature_by(&certificate(&folder, "certs/nrcac-civil-servant-root.pem")).unwrap();
    // The README says "no revoked entries"; OpenSSL and this program find one, without a reason.
    assert_eq!(servants.entries().map(|entry| entry.reason).collect::<Vec<_>>(), [None]);

    let own = list("pki/sub.crl.pem");
    own.check_signature_by(&certificate(&folder, "pki/sub.pem")).unwrap();
    let maker = own.find(certificate(&folder, "pki/maker.pem").serial()).unwrap();
    assert_eq!(maker.reason, Some(Reason::KeyCompromise));
    assert!(own.find(certificate(&folder, "pki/sign.pem").serial()).is_none());
    let held: Vec<_> = own.entries().filter(|entry| entry.is_hold()).collect();
    assert!(held.len() == 1 && held[0].serial.to_string().ends_with("ee"));
}

#[test]
fn the_chain_made_for_this_project_is_judged_as_the_readme_says() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors/pki")) else { return };
    let at = Instant::parse("2027-06-01T00:00:00Z").unwrap();
    let list = RevocationList::from_bytes(&fs::read(folder.join("sub.crl.pem")).unwrap()).unwrap();
    let validator = PathValidator::new(&Trust::from_certificates([certificate(&folder, "root.pem")]))
        .intermediates(&[certificate(&folder, "sub.pem")]);
    let judge = |name: &str, purpose, policy| -> PathJudgement {
        let validator = validator.clone().policy(policy).revocation(std::slice::from_ref(&list));
        validator.judge(&certificate(&folder, name), purpose, at)
    };
    for (name, purpose) in [
        ("sign.pem", Purpose::Seal),
        ("maker.pem", Purpose::SealMaker),
        ("tsa.pem", Purpose::Timestamp),
        ("sub.pem", Purpose::Ca),
        ("root.pem", Purpose::Ca),
    ] {
        let judgement = judge(name, purpose, RevocationPolicy::None);
        assert!(judgement.is_good(), "{name}: {judgement:?}");
        let key = fs::read(folder.join(name.replace(".pem", ".key"))).unwrap();
        let key = secret_key_from_bytes(&key).unwrap().0;
        assert_eq!(certificate(&folder, name).public_key().unwrap(), key.public_key());
    }
    let mixed_up = judge("enc.pem", Purpose::Seal, RevocationPolicy::None);
    assert_eq!((mixed_up.chain, mixed_up.usage.code()), (Answer::Pass, Some("usage-encryption-only")));
    // The list revokes the maker; for the intermediate there is no list.
    let maker = judge("maker.pem", Purpose::SealMaker, RevocationPolicy::Required);
    assert_eq!(maker.revocation.code(), Some("revoked"));
    let sign = judge("sign.pem", Purpose::Seal, RevocationPolicy::Required);
    assert!(matches!(sign.revocation, Answer::Unknown(_)), "{:?}", sign.revocation);
}

//! What the table of `vectors.rs` has no words for: odd extensions, a pair, and judgements that need a revocation list.

use std::fs;
use std::path::Path;

use eseal::cert::Answer;
use eseal::cert::Certificate;
use eseal::cert::CertificateResponse;
use eseal::cert::PathJudgement;
use eseal::cert::PathValidator;
use eseal::cert::Purpose;
use eseal::cert::RevocationList;
use eseal::cert::RevocationPolicy;
use eseal::cert::Trust;
use eseal::key::secret_key_from_bytes;
use eseal::time::Instant;

use crate::support::shared;

fn certificate(folder: &Path, name: &str) -> Certificate {
    Certificate::from_bytes(&fs::read(folder.join(name)).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"))
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

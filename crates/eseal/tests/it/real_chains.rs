//! The real chains of ../shared/samples/vectors/certs: each builds and verifies at the right time, and fails at the wrong
//! one. Every certificate there is in the pool of every judgement, so that each chain is found among strangers.

use std::fs;
use std::path::{Path, PathBuf};

use eseal::cert::{
    AnchorPeriod, Answer, Cause, Certificate, PathJudgement, PathValidator, Purpose, RevocationList, RevocationPolicy,
    Trust,
};
use eseal::time::Instant;

use crate::support::{elements, shared};

fn vectors() -> Option<PathBuf> {
    shared().map(|shared| shared.join("samples/vectors"))
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    let bytes = fs::read(folder.join("certs").join(name)).unwrap();
    Certificate::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The certificate in a key file of CFCA: the last of its parts, in an OCTET STRING.
fn cfca_holder(folder: &Path) -> Certificate {
    let text = fs::read_to_string(folder.join("keys/cfca-sm2.pem")).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    // Read as a certificate in bare Base64 this is refused; the outer form is opened by hand.
    let der = decode(&body);
    let part = *elements(&der).last().unwrap();
    let value = *elements(part).last().unwrap();
    let start = value.windows(2).position(|window| window == [0x30, 0x82]).unwrap();
    Certificate::from_der(&value[start..]).unwrap()
}

fn decode(base64: &str) -> Vec<u8> {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values: Vec<_> = base64.chars().filter_map(|digit| digits.find(digit)).collect();
    let bytes = values.chunks(4).flat_map(|group| {
        let sum = group.iter().fold(0, |sum, value| sum << 6 | value) << (6 * (4 - group.len()));
        (0..group.len() - 1).map(move |place| u8::try_from(sum >> (16 - 8 * place) & 0xff).unwrap())
    });
    bytes.collect()
}

fn lists(folder: &Path) -> Vec<RevocationList> {
    ["nrcac-rootca.crl", "nrcac-civil-servant.crl"]
        .map(|name| RevocationList::from_bytes(&fs::read(folder.join("crl").join(name)).unwrap()).unwrap())
        .into()
}

/// Judges by one anchor, everything else of the folder being in the pool.
fn validator(folder: &Path, anchor: &Certificate) -> PathValidator {
    let mut pool: Vec<_> = fs::read_dir(folder.join("certs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pool.sort();
    let pool = pool.iter().map(|path| Certificate::from_bytes(&fs::read(path).unwrap()).unwrap());
    PathValidator::new(&Trust::from_certificates([anchor.clone()]))
        .intermediates(&pool.collect::<Vec<_>>())
        .policy(RevocationPolicy::None)
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn cause(answer: &Answer) -> Option<Cause> {
    answer.ground().map(|ground| ground.cause)
}

/// The leaf, its anchor, and what the leaf is for.
fn chains(folder: &Path) -> Vec<(Certificate, Certificate, Purpose)> {
    let read = |name| certificate(folder, name);
    vec![
        (read("taier-ca.pem"), read("nrcac-rootca.pem"), Purpose::Ca),
        (read("sheca-sm2.pem"), read("nrcac-rootca.pem"), Purpose::Ca),
        (read("cfca-ev-sm2-oca.der"), read("cfca-ev-sm2-root.der"), Purpose::Ca),
        (cfca_holder(folder), read("cfca-test-sm2-oca1.pem"), Purpose::Seal),
    ]
}

#[test]
fn real_chains_build_and_verify_at_the_right_time() {
    let Some(folder) = vectors() else { return };
    for (leaf, anchor, purpose) in chains(&folder) {
        let validator = validator(&folder, &anchor);
        let period = leaf.validity();
        for time in [period.from(), Instant::from_unix((period.from().unix() + period.to().unix()) / 2), period.to()] {
            let judgement = validator.judge(&leaf, purpose, time);
            assert!(judgement.is_good(), "{leaf:?} at {time}: {judgement:?}");
            assert_eq!(judgement.path, [leaf.clone(), anchor.clone()]);
        }
    }
    for name in ["nrcac-rootca.pem", "nrcac-civil-servant-root.pem", "cfca-ev-sm2-root.der"] {
        let root = certificate(&folder, name);
        let judgement = validator(&folder, &root).judge(&root, Purpose::Ca, at("2022-05-20T00:00:00Z"));
        assert!(judgement.is_good(), "{name}: {judgement:?}");
        root.check_signature_by(root.public_key().unwrap()).unwrap();
    }
}

#[test]
fn real_chains_fail_at_the_wrong_time() {
    let Some(folder) = vectors() else { return };
    for (leaf, anchor, purpose) in chains(&folder) {
        let validator = validator(&folder, &anchor);
        let period = leaf.validity();
        for (time, expected) in [
            (period.from().plus_seconds(-1), Cause::CertNotYetValid),
            (period.to().plus_seconds(1), Cause::CertExpired),
        ] {
            let judgement = validator.judge(&leaf, purpose, time);
            assert_eq!(cause(&judgement.period), Some(expected), "{leaf:?} at {time}");
            assert!(matches!(judgement.period, Answer::Fail(_)) && !judgement.is_good());
            // The signatures are what they are at any time.
            assert_eq!(judgement.chain, Answer::Pass);
        }
        // An anchor past its own period fails its chains too, unless the caller only wants to know.
        let late = anchor.validity().to().plus_seconds(1);
        let late = |validator: PathValidator| -> PathJudgement { validator.judge(&anchor, Purpose::Ca, late) };
        assert_eq!(cause(&late(validator.clone()).period), Some(Cause::CertExpired));
        let noted = late(validator.anchor_period(AnchorPeriod::Noted));
        assert_eq!(cause(&noted.period), Some(Cause::CertExpired), "a leaf that is the anchor is judged as a leaf");
    }
}

#[test]
fn real_chains_lead_to_no_other_root_and_real_certificates_without_their_issuer_to_none() {
    let Some(folder) = vectors() else { return };
    let time = at("2020-06-01T00:00:00Z");
    let nrcac = certificate(&folder, "nrcac-rootca.pem");
    for (name, expected) in [
        ("cfca-ev-sm2-oca.der", Cause::ChainNoPath),
        ("cfca-ev-sm2-root.der", Cause::ChainSelfSigned),
        ("nrcac-civil-servant-root.pem", Cause::ChainSelfSigned),
        ("cfca-test-sm2-oca1.pem", Cause::ChainNoIssuer),
        ("jsca-ca-sm2.der", Cause::ChainNoIssuer),
        ("seal-unit-shandong-cegn.der", Cause::ChainNoIssuer),
        ("sealmaker-shandong-cegn.der", Cause::ChainNoIssuer),
        ("seal-unit-yunnan-ynca.der", Cause::ChainNoIssuer),
        ("tax-seal-zhejiang.der", Cause::ChainNoIssuer),
        ("emptyid-selfsigned.pem", Cause::ChainBadSignature),
        ("openssl3-noncanonical-spki-emptyid.pem", Cause::ChainBadSignature),
    ] {
        let judgement = validator(&folder, &nrcac).judge(&certificate(&folder, name), Purpose::Ca, time);
        assert!(matches!(judgement.chain, Answer::Fail(_)), "{name}: {:?}", judgement.chain);
        assert_eq!(cause(&judgement.chain), Some(expected), "{name}");
    }
    // Even by itself as an anchor, a certificate signed with the empty identity issues nothing that holds.
    let (taier, foreign) = (certificate(&folder, "taier-ca.pem"), certificate(&folder, "cfca-ev-sm2-root.der"));
    assert_eq!(cause(&validator(&folder, &foreign).judge(&taier, Purpose::Ca, time).chain), Some(Cause::ChainNoPath));
}

#[test]
fn the_real_lists_answer_for_their_month_and_for_the_time_before_and_not_for_later() {
    let Some(folder) = vectors() else { return };
    let lists = lists(&folder);
    let nrcac = certificate(&folder, "nrcac-rootca.pem");
    let validator = validator(&folder, &nrcac).policy(RevocationPolicy::Required).revocation(&lists);
    for name in ["taier-ca.pem", "sheca-sm2.pem"] {
        let leaf = certificate(&folder, name);
        let said = |time: &str| validator.judge(&leaf, Purpose::Ca, at(time)).revocation;
        assert_eq!(said("2022-05-20T00:00:00Z"), Answer::Pass, "{name}");
        assert_eq!(said("2018-01-01T00:00:00Z"), Answer::Pass, "{name}: a later list repeats what was revoked before");
        let late = said("2022-06-05T00:00:00Z");
        assert!(matches!(&late, Answer::Unknown(ground) if ground.cause == Cause::CrlStale), "{name}: {late:?}");
    }
    for list in &lists {
        let wrong = certificate(&folder, "cfca-ev-sm2-root.der");
        assert!(list.check_signature_by(&wrong).is_err());
    }
    lists[0].check_signature_by(&nrcac).unwrap();
    lists[1].check_signature_by(&certificate(&folder, "nrcac-civil-servant-root.pem")).unwrap();
}

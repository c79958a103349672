mod answers;

use super::*;
use crate::cert::CertError;
use crate::cert::Issuer;
use crate::cert::KeyPurpose;
use crate::cert::KeyUsage;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::RevocationListDraft;
use crate::cert::Revoked;
use crate::cert::SerialNumber;
use crate::cert::asn1;
use crate::cert::asn1::by_hand;
use crate::cert::extension::extension;
use crate::cert::signed::Signed;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::key::public_key_to_spki;
use crate::oid;
use crate::sm::SecretKey;
use crate::sm::UserId;
use crate::time::Period;

mod constraints;
mod lists;

const DAY: i64 = 86_400;

fn day(number: i64) -> Instant {
    Instant::from_unix(number * DAY)
}

fn key(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn serial(byte: u8) -> SerialNumber {
    SerialNumber::from_bytes(&[byte]).unwrap()
}

/// A certificate with freely chosen parts, days 0 to 1000 unless said otherwise.
#[derive(Clone)]
struct Made {
    subject: Name,
    issuer: Name,
    key: u8,
    by: u8,
    serial: u8,
    days: (i64, i64),
    version: u32,
    extensions: Vec<Vec<u8>>,
    id: UserId<'static>,
    spki: Option<Vec<u8>>,
}

fn made(subject: &str, issuer: &str, key: u8, by: u8) -> Made {
    Made {
        subject: name(subject),
        issuer: name(issuer),
        key,
        by,
        serial: key,
        days: (0, 1000),
        version: 2,
        extensions: Vec::new(),
        id: UserId::DEFAULT,
        spki: None,
    }
}

impl Made {
    fn ca(self) -> Self {
        let usage = KeyUsage::of(&[KeyPurpose::CertificateSign, KeyPurpose::RevocationListSign]);
        self.usage(usage).with(&oid::BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xff])
    }

    fn leaf(self) -> Self {
        self.usage(KeyUsage::of(&[KeyPurpose::DigitalSignature]))
    }

    fn usage(self, usage: KeyUsage) -> Self {
        self.with(&oid::KEY_USAGE, true, &usage.to_der())
    }

    fn with(mut self, kind: &const_oid::ObjectIdentifier, critical: bool, value: &[u8]) -> Self {
        self.extensions.push(extension(kind, critical, value));
        self
    }

    fn days(mut self, from: i64, to: i64) -> Self {
        self.days = (from, to);
        self
    }

    fn make(&self) -> Certificate {
        let extensions = by_hand::sequence(&self.extensions.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let spki = self.spki.clone().unwrap_or_else(|| public_key_to_spki(key(self.key).public_key()));
        let part = by_hand::sequence(&[
            &by_hand::element(asn1::context(0), &[&by_hand::small(self.version)]),
            &by_hand::small(self.serial.into()),
            &crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3),
            self.issuer.as_der(),
            &by_hand::sequence(&[&by_hand::time(day(self.days.0)), &by_hand::time(day(self.days.1))]),
            self.subject.as_der(),
            &spki,
            &by_hand::element(asn1::context(3), &[&extensions]),
        ]);
        let signer = key(self.by);
        let signature = signer.sign_digest(&signer.public_key().digest(self.id, &part)).unwrap();
        let der = by_hand::sequence(&[
            &part,
            &crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3),
            &by_hand::bits(&signature.to_der()),
        ]);
        Certificate::from_der(&der).unwrap()
    }
}

fn root() -> Certificate {
    made("CN=root", "CN=root", 1, 1).ca().make()
}

fn sub() -> Made {
    made("CN=sub", "CN=root", 2, 1).ca()
}

fn leaf() -> Made {
    made("CN=leaf,O=b,C=CN", "CN=sub", 3, 2).leaf()
}

fn validator(pool: &[Certificate]) -> PathValidator {
    PathValidator::new(&Trust::from_certificates([root()])).intermediates(pool).policy(RevocationPolicy::None)
}

fn chain(validator: &PathValidator, leaf: &Certificate) -> Answer {
    validator.judge(leaf, Purpose::Seal, day(100)).chain
}

#[track_caller]
fn fails(answer: &Answer, cause: Cause) {
    assert!(matches!(answer, Answer::Fail(ground) if ground.cause == cause), "{answer:?}");
}

#[track_caller]
fn unknown(answer: &Answer, cause: Cause) {
    assert!(matches!(answer, Answer::Unknown(ground) if ground.cause == cause), "{answer:?}");
}

#[test]
fn a_chain_through_an_intermediate_passes_and_the_path_is_told() {
    let (leaf, sub) = (leaf().make(), sub().make());
    let judgement = validator(std::slice::from_ref(&sub)).judge(&leaf, Purpose::Seal, day(100));
    assert!(judgement.is_good());
    assert_eq!(judgement.path, [leaf.clone(), sub.clone(), root()]);
    assert_eq!(judgement.revocation, Answer::NotAsked);
    // The same certificate may also come along with the document.
    assert!(validator(&[]).judge_with(&leaf, &[sub], Purpose::Seal, day(100)).is_good());
}

#[test]
fn an_anchor_need_not_sign_itself_and_a_leaf_may_be_trusted_as_it_is() {
    let (leaf, sub) = (leaf().make(), sub().make());
    let by_sub = PathValidator::new(&Trust::from_certificates([sub])).policy(RevocationPolicy::None);
    assert_eq!(by_sub.judge(&leaf, Purpose::Seal, day(1)).path.len(), 2);
    let itself = PathValidator::new(&Trust::from_certificates([leaf.clone()]));
    assert!(itself.judge(&leaf, Purpose::Seal, day(1)).is_good());
}

#[test]
fn without_trust_every_chain_is_unknown_and_nothing_passes() {
    let nothing = PathValidator::new(&Trust::new()).intermediates(&[sub().make(), root()]);
    let judgement = nothing.judge(&leaf().make(), Purpose::Seal, day(100));
    unknown(&judgement.chain, Cause::ChainNoTrust);
    unknown(&judgement.revocation, Cause::RevocationUnknown);
    assert_eq!((judgement.period, judgement.usage), (Answer::Pass, Answer::Pass));
}

#[test]
fn a_missing_issuer_is_told_apart_from_one_that_is_not_trusted() {
    fails(&chain(&validator(&[]), &leaf().make()), Cause::ChainNoIssuer);
    let other = [made("CN=other", "CN=other", 9, 9).ca().make(), made("CN=sub", "CN=other", 2, 9).ca().make()];
    let judgement = validator(&other).judge(&leaf().make(), Purpose::Seal, day(100));
    fails(&judgement.chain, Cause::ChainNoPath);
    assert_eq!(judgement.path.len(), 3, "the chain is shown as far as it holds");
}

#[test]
fn a_certificate_that_signs_itself_is_not_trusted_for_bearing_a_trusted_name() {
    let official = made("CN=root", "CN=root", 7, 7).leaf().make();
    fails(&chain(&validator(&[]), &official), Cause::ChainSelfSigned);
    fails(&chain(&validator(std::slice::from_ref(&official)), &official), Cause::ChainSelfSigned);
}

#[test]
fn a_signature_that_does_not_hold_fails_with_its_cause() {
    let mut forged = leaf();
    forged.by = 9;
    fails(&chain(&validator(&[sub().make()]), &forged.make()), Cause::ChainBadSignature);
    let mut empty = leaf();
    empty.id = UserId::EMPTY;
    let answer = chain(&validator(&[sub().make()]), &empty.make());
    fails(&answer, Cause::ChainBadSignature);
    assert!(answer.ground().unwrap().detail.contains(&("fault", "empty-id".into())));
}

#[test]
fn a_namesake_with_another_key_does_not_hide_the_right_issuer() {
    let namesake = made("CN=sub", "CN=root", 8, 1).ca().make();
    for pool in [[namesake.clone(), sub().make()], [sub().make(), namesake]] {
        assert_eq!(chain(&validator(&pool), &leaf().make()), Answer::Pass);
    }
}

#[test]
fn the_key_of_a_ca_with_another_name_is_no_chain() {
    let mut misnamed = leaf();
    misnamed.issuer = name("CN=root,OU=department");
    misnamed.by = 1;
    fails(&chain(&validator(&[]), &misnamed.make()), Cause::ChainIssuerMismatch);
}

#[test]
fn who_is_no_ca_cannot_stand_above_another() {
    let usage = KeyUsage::of(&[KeyPurpose::DigitalSignature]);
    let bare = made("CN=sub", "CN=root", 2, 1);
    for sub in [
        bare.clone(),
        bare.clone().leaf(),
        bare.clone().with(&oid::BASIC_CONSTRAINTS, true, &[0x30, 0]),
        bare.clone().usage(usage).with(&oid::BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0xff]),
    ] {
        fails(&chain(&validator(&[sub.make()]), &leaf().make()), Cause::ChainNotCa);
    }
    // A CA without keyUsage may issue.
    let sub = bare.with(&oid::BASIC_CONSTRAINTS, false, &[0x30, 3, 1, 1, 0xff]);
    assert_eq!(chain(&validator(&[sub.make()]), &leaf().make()), Answer::Pass);
}

#[test]
fn a_path_length_of_zero_allows_a_leaf_and_no_ca() {
    let limited = made("CN=limited", "CN=root", 4, 1)
        .usage(KeyUsage::of(&[KeyPurpose::CertificateSign]))
        .with(&oid::BASIC_CONSTRAINTS, true, &[0x30, 6, 1, 1, 0xff, 2, 1, 0])
        .make();
    let direct = made("CN=leaf", "CN=limited", 3, 4).leaf().make();
    assert_eq!(chain(&validator(std::slice::from_ref(&limited)), &direct), Answer::Pass);
    let beneath = made("CN=sub", "CN=limited", 2, 4).ca().make();
    fails(&chain(&validator(&[limited, beneath]), &leaf().make()), Cause::ChainPathLength);
}

#[test]
fn eight_certificates_make_a_path_and_nine_do_not() {
    let pool: Vec<_> = (2..=8)
        .map(|number| {
            let issuer = if number == 2 { "CN=root".to_owned() } else { format!("CN=ca{}", number - 1) };
            made(&format!("CN=ca{number}"), &issuer, number, number - 1).ca().make()
        })
        .collect();
    let leaf_of = |number: u8| made("CN=leaf", &format!("CN=ca{number}"), 99, number).leaf().make();
    let judgement = validator(&pool).judge(&leaf_of(7), Purpose::Seal, day(100));
    assert_eq!((judgement.chain, judgement.path.len()), (Answer::Pass, 8));
    fails(&chain(&validator(&pool), &leaf_of(8)), Cause::ChainTooLong);
}

#[test]
fn a_hostile_pool_ends_in_an_answer_and_costs_a_bounded_number_of_checks() {
    // A leaf, and two hundred namesakes of its issuer that did not sign it.
    let pool: Vec<_> = (20..220).map(|key| made("CN=sub", "CN=root", key, 1).ca().make()).collect();
    let mut forged = leaf();
    forged.by = 9;
    unknown(&chain(&validator(&pool), &forged.make()), Cause::ChainBudget);

    // CAs that have issued to each other in every direction: the number of ways through them has no useful bound.
    let ring: Vec<_> = (0..12_u8)
        .flat_map(|to| (0..12_u8).map(move |from| (to, from)))
        .filter(|(to, from)| to != from)
        .map(|(to, from)| made(&format!("CN=ring{to}"), &format!("CN=ring{from}"), to + 10, from + 10).ca().make())
        .collect();
    let lost = made("CN=leaf", "CN=ring0", 99, 10).leaf().make();
    let cache = LinkCache::new();
    for _ in 0..3 {
        // With a warm cache no check is needed any more, and the number of steps still is bounded.
        unknown(&chain(&validator(&ring).cache(&cache), &lost), Cause::ChainBudget);
    }
}

#[test]
fn keys_and_signatures_of_other_algorithms_are_unknown_never_passed() {
    let rsa = by_hand::sequence(&[
        &by_hand::sequence(&[&by_hand::oid(&oid::RSA_ENCRYPTION), &[asn1::NULL, 0]]),
        &by_hand::bits(&by_hand::sequence(&[&by_hand::small(3), &by_hand::small(3)])),
    ]);
    let mut sub = sub();
    sub.spki = Some(rsa.clone());
    unknown(&chain(&validator(&[sub.make()]), &leaf().make()), Cause::ChainUnsupportedAlgorithm);
    let mut leaf = leaf();
    leaf.spki = Some(rsa);
    unknown(&chain(&validator(&[sub.make()]), &leaf.make()), Cause::ChainUnsupportedAlgorithm);
}

#[test]
fn a_critical_extension_that_is_not_understood_fails_and_another_does_not() {
    for (critical, passes) in [(true, false), (false, true)] {
        let leaf = leaf().with(&oid::INSURANCE_NUMBER, critical, b"not DER").make();
        let answer = chain(&validator(&[sub().make()]), &leaf);
        assert_eq!(answer == Answer::Pass, passes);
        assert_eq!(answer.code() == Some("chain-critical-extension"), critical);
        let sub = sub().with(&oid::INSURANCE_NUMBER, critical, b"not DER").make();
        assert_eq!(chain(&validator(&[sub]), &self::leaf().make()) == Answer::Pass, passes);
    }
}

#[test]
fn an_old_version_fails() {
    let mut old = sub();
    old.version = 1;
    fails(&chain(&validator(&[old.make()]), &leaf().make()), Cause::ChainVersion);
}

#[test]
fn periods_count_for_every_certificate_of_the_path() {
    let at = |pool: &[Certificate], leaf: &Made, number| {
        validator(pool).judge(&leaf.make(), Purpose::Seal, day(number)).period
    };
    assert_eq!(at(&[sub().make()], &leaf().days(10, 20), 10), Answer::Pass);
    assert_eq!(at(&[sub().make()], &leaf().days(10, 20), 20), Answer::Pass);
    fails(&at(&[sub().make()], &leaf().days(10, 20), 21), Cause::CertExpired);
    fails(&at(&[sub().make()], &leaf().days(10, 20), 9), Cause::CertNotYetValid);
    fails(&at(&[sub().days(0, 5).make()], &leaf(), 6), Cause::CertExpired);
    // Of two intermediates the one that was valid then is taken.
    assert_eq!(at(&[sub().days(0, 5).make(), sub().days(5, 9).make()], &leaf(), 6), Answer::Pass);
}

#[test]
fn an_anchor_past_its_period_fails_unless_the_policy_says_otherwise() {
    let leaf = leaf().days(0, 3000).make();
    let sub = sub().days(0, 3000).make();
    let enforced = validator(&[sub]);
    fails(&enforced.judge(&leaf, Purpose::Seal, day(2000)).period, Cause::CertExpired);
    let noted = enforced.anchor_period(AnchorPeriod::Noted).judge(&leaf, Purpose::Seal, day(2000));
    assert!(matches!(noted.period, Answer::Note(_)) && noted.is_good());
}

#[test]
fn usages_are_judged_for_the_purpose() {
    let usage = |made: Made, purpose| validator(&[]).judge(&made.make(), purpose, day(1)).usage;
    let bare = || made("CN=x", "CN=root", 3, 1);
    let encipher = KeyUsage::of(&[KeyPurpose::KeyEncipherment, KeyPurpose::DataEncipherment]);
    let both = KeyUsage::of(&[KeyPurpose::NonRepudiation, KeyPurpose::KeyAgreement]);
    for purpose in [Purpose::Seal, Purpose::SealMaker] {
        fails(&usage(bare(), purpose), Cause::UsageMissing);
        fails(&usage(bare().usage(encipher), purpose), Cause::UsageEncryptionOnly);
        fails(&usage(bare().ca(), purpose), Cause::UsageNotSigning);
        assert_eq!(usage(bare().usage(both), purpose), Answer::Pass);
    }
    let stamping = by_hand::sequence(&[&by_hand::oid(&oid::EKU_TIMESTAMPING)]);
    let two = by_hand::sequence(&[&by_hand::oid(&oid::EKU_TIMESTAMPING), &by_hand::oid(&oid::EKU_OCSP_SIGNING)]);
    let extended = |critical, value: &[u8]| bare().leaf().with(&oid::EXTENDED_KEY_USAGE, critical, value);
    assert_eq!(usage(extended(true, &stamping), Purpose::Timestamp), Answer::Pass);
    assert!(matches!(usage(extended(false, &stamping), Purpose::Timestamp), Answer::Note(_)));
    assert!(matches!(usage(extended(true, &two), Purpose::Timestamp), Answer::Note(_)));
    fails(&usage(bare().leaf(), Purpose::Timestamp), Cause::UsageNotTimestamping);
    assert_eq!(usage(bare().ca(), Purpose::Ca), Answer::Pass);
    fails(&usage(bare().leaf(), Purpose::Ca), Cause::UsageNotCa);
    let answering = by_hand::sequence(&[&by_hand::oid(&oid::EKU_OCSP_SIGNING)]);
    assert_eq!(usage(extended(false, &answering), Purpose::Ocsp), Answer::Pass);
    fails(&usage(bare().leaf(), Purpose::Ocsp), Cause::UsageNotOcsp);
    assert_eq!(usage(bare().usage(encipher), Purpose::Encryption), Answer::Pass);
    fails(&usage(bare().leaf(), Purpose::Encryption), Cause::UsageNotEncryption);
    for (made, purpose) in [
        (bare().ca(), Purpose::Ca),
        (extended(true, &stamping), Purpose::Timestamp),
        (extended(false, &answering), Purpose::Ocsp),
        (bare().usage(encipher), Purpose::Encryption),
        (bare().usage(both), Purpose::Seal),
        (bare(), Purpose::Seal),
    ] {
        assert_eq!(Purpose::of(&made.make()), purpose);
    }
}

/// A list by a CA over these days.
fn list(by: (&str, u8), days: (i64, i64), entries: Vec<Revoked>) -> RevocationList {
    let certificate = made(by.0, by.0, by.1, by.1).ca().make();
    let draft = RevocationListDraft::new(day(days.0), day(days.1), 1, entries);
    Issuer::new(certificate, key(by.1)).unwrap().revocation_list(&draft).unwrap()
}

fn revoked(number: i64, reason: Reason) -> Vec<Revoked> {
    vec![Revoked::new(serial(3), day(number), reason)]
}

const ROOT: (&str, u8) = ("CN=root", 1);
const SUB: (&str, u8) = ("CN=sub", 2);

/// What is said about the leaf at a day, the intermediate being all right.
fn status(lists: &[RevocationList], number: i64) -> Answer {
    let clean = list(ROOT, (0, 2000), Vec::new());
    let lists = [&[clean], lists].concat();
    let validator = validator(&[sub().make()]).policy(RevocationPolicy::Required).revocation(&lists);
    validator.judge(&leaf().make(), Purpose::Seal, day(number)).revocation
}

#[test]
fn a_list_that_was_valid_then_says_good_and_none_is_unknown() {
    assert_eq!(status(&[list(SUB, (90, 110), Vec::new())], 100), Answer::Pass);
    unknown(&status(&[], 100), Cause::RevocationUnknown);
    unknown(&status(&[list(("CN=other", 2), (90, 110), Vec::new())], 100), Cause::RevocationUnknown);
    unknown(&status(&[list(SUB, (80, 90), Vec::new())], 100), Cause::CrlStale);
    // A later list repeats what was revoked before, so its silence counts, but not after the certificate's end.
    assert_eq!(status(&[list(SUB, (200, 210), Vec::new())], 100), Answer::Pass);
    unknown(&status(&[list(SUB, (1200, 1210), Vec::new())], 100), Cause::CrlTooLate);
}

#[test]
fn the_policy_says_what_a_lack_of_lists_means() {
    let judge = |policy| {
        let validator = validator(&[sub().make()]).policy(policy);
        validator.judge(&leaf().make(), Purpose::Seal, day(100)).revocation
    };
    unknown(&judge(RevocationPolicy::Required), Cause::RevocationUnknown);
    assert!(matches!(judge(RevocationPolicy::IfAvailable), Answer::Note(_)));
    assert_eq!(judge(RevocationPolicy::None), Answer::NotAsked);
}

#[test]
fn revoked_counts_from_its_date_on_and_stays() {
    let entries = revoked(100, Reason::Superseded);
    fails(&status(&[list(SUB, (90, 110), entries.clone())], 100), Cause::Revoked);
    let before = status(&[list(SUB, (90, 110), entries.clone())], 99);
    assert!(matches!(&before, Answer::Note(ground) if ground.cause == Cause::RevokedLater), "{before:?}");
    // A list that has run out, and one made later, both tell it.
    fails(&status(&[list(SUB, (100, 110), entries.clone())], 500), Cause::Revoked);
    fails(&status(&[list(SUB, (700, 710), entries.clone())], 500), Cause::Revoked);
    // A clean list beside it does not undo it.
    let clean = list(SUB, (120, 140), Vec::new());
    fails(&status(&[clean, list(SUB, (100, 110), entries)], 130), Cause::Revoked);
}

#[test]
fn a_compromised_key_counts_from_its_invalidity_date_on() {
    let mut entries = revoked(100, Reason::KeyCompromise);
    entries[0].invalidity_date = Some(day(50));
    let lists = [list(SUB, (100, 110), entries.clone())];
    fails(&status(&lists, 60), Cause::Revoked);
    assert!(matches!(status(&lists, 40), Answer::Note(_)));
    entries[0].reason = Some(Reason::Superseded);
    assert!(matches!(status(&[list(SUB, (100, 110), entries)], 60), Answer::Note(_)));
}

#[test]
fn a_hold_ends_when_a_newer_list_no_longer_says_so() {
    let held = list(SUB, (90, 130), revoked(85, Reason::CertificateHold));
    fails(&status(std::slice::from_ref(&held), 100), Cause::OnHold);
    let released = list(SUB, (95, 130), Vec::new());
    assert_eq!(status(&[held.clone(), released.clone()], 100), Answer::Pass);
    // At day 92 the newest list from before was the one with the hold.
    fails(&status(&[held.clone(), released], 92), Cause::OnHold);
    // A hold that has run out says nothing any more.
    unknown(&status(&[held], 200), Cause::CrlStale);
}

#[test]
fn a_list_counts_only_if_the_right_issuer_signed_it() {
    let forged = list(("CN=sub", 9), (90, 110), Vec::new());
    unknown(&status(std::slice::from_ref(&forged), 100), Cause::CrlBadSignature);
    assert_eq!(status(&[forged, list(SUB, (90, 110), Vec::new())], 100), Answer::Pass);
    let accusing = list(("CN=sub", 9), (90, 110), revoked(95, Reason::KeyCompromise));
    unknown(&status(&[accusing], 100), Cause::CrlBadSignature);

    let no_lists = made("CN=sub", "CN=root", 2, 1).usage(KeyUsage::of(&[KeyPurpose::CertificateSign])).with(
        &oid::BASIC_CONSTRAINTS,
        true,
        &[0x30, 3, 1, 1, 0xff],
    );
    let lists = [list(ROOT, (0, 2000), Vec::new()), list(SUB, (90, 110), Vec::new())];
    let validator = validator(&[no_lists.make()]).policy(RevocationPolicy::Required).revocation(&lists);
    let answer = validator.judge(&leaf().make(), Purpose::Seal, day(100)).revocation;
    unknown(&answer, Cause::CrlIssuerUsage);
}

#[test]
fn a_revoked_ca_takes_its_certificates_with_it() {
    let entry = Revoked::new(serial(2), day(50), Reason::CaCompromise);
    let lists = [list(ROOT, (60, 200), vec![entry]), list(SUB, (90, 110), Vec::new())];
    let validator = validator(&[sub().make()]).policy(RevocationPolicy::Required).revocation(&lists);
    let answer = validator.judge(&leaf().make(), Purpose::Seal, day(100)).revocation;
    fails(&answer, Cause::Revoked);
    assert_eq!(answer.ground().unwrap().detail[0], ("certificate", "CN=sub".into()));
}

#[test]
fn a_warm_cache_gives_the_same_answers() {
    let cache = LinkCache::new();
    let lists = [list(ROOT, (0, 2000), Vec::new()), list(SUB, (90, 110), revoked(95, Reason::Superseded))];
    let make = || validator(&[sub().make()]).policy(RevocationPolicy::Required).revocation(&lists).cache(&cache);
    let judge = |at| make().judge(&leaf().make(), Purpose::Seal, at);
    let (cold, warm) = (judge(day(100)), judge(day(100)));
    assert_eq!((&cold.chain, &cold.revocation), (&warm.chain, &warm.revocation));
    fails(&warm.revocation, Cause::Revoked);
    let mut forged = leaf();
    forged.by = 9;
    for _ in 0..2 {
        fails(&make().judge(&forged.make(), Purpose::Seal, day(100)).chain, Cause::ChainBadSignature);
    }
}

#[test]
fn what_is_issued_by_profile_is_judged_good_and_a_raw_signature_is_not() {
    let issuer = Issuer::new(root(), key(1)).unwrap();
    let period = Period::new(day(0), day(900)).unwrap();
    let leaf =
        issuer.issue_for(&name("CN=x"), key(5).public_key(), &Profile::organization(), serial(5), period).unwrap();
    assert!(validator(&[]).judge(&leaf, Purpose::Seal, day(1)).is_good());

    let signed = Signed::read(leaf.as_der(), "x").unwrap();
    let raw = crate::sm::Signature::from_der(signed.signature).unwrap().to_raw();
    let raw = by_hand::sequence(&[signed.part, signed.algorithm.whole, &by_hand::bits(&raw)]);
    let raw = Certificate::from_der(&raw).unwrap();
    assert!(matches!(raw.check_signature_by(key(1).public_key()), Err(CertError::BadSignature { .. })));
    let answer = validator(&[]).judge(&raw, Purpose::Seal, day(1)).chain;
    fails(&answer, Cause::ChainBadSignature);
    assert!(answer.ground().unwrap().detail.contains(&("fault", "raw-signature".into())));
}

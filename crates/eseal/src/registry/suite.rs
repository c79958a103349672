//! The tests that every store of a registry has to pass (feature `lab`).
//!
//! A store calls [`run`] with a way to make an empty registry. The records are made up: a registry never parses them.

use crate::audit::Act;
use crate::audit::AuditError;
use crate::audit::Checkpoint;
use crate::audit::Note;
use crate::audit::verify_chain;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::seal::SealKind;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::CertificateQuery;
use super::CertificateRecord;
use super::CertificateStatus;
use super::Change;
use super::Cursor;
use super::KeyId;
use super::Registry;
use super::RegistryError;
use super::Revocation;
use super::RevocationListRecord;
use super::SealQuery;
use super::SealRecord;
use super::SealState;
use super::Standing;
use super::verify_registry;

/// Runs all tests, each on a registry of its own.
///
/// # Panics
/// When the store does not do as it should.
pub fn run<R: Registry>(mut empty: impl FnMut() -> R) {
    let tests: &[fn(&mut dyn Registry)] = &[
        an_empty_registry_answers,
        what_is_written_reads_back,
        every_change_leaves_one_chained_entry,
        one_bad_change_leaves_nothing_of_the_write,
        serials_and_seal_numbers_are_taken_once,
        a_certificate_lives_by_its_rules,
        a_revocation_needs_a_final_reason,
        the_revoked_of_an_issuer_are_those_of_no_other,
        list_numbers_only_grow,
        lists_come_in_pages_that_stay_right,
        queries_select,
        a_seal_must_match_its_bytes,
        a_write_needs_an_actor_and_a_change,
    ];
    for test in tests {
        test(&mut empty());
    }
}

/// A moment in 2026 from which the suite counts.
pub const START: Instant = Instant::from_unix(1_795_500_000);

/// A note that the suite writes with.
#[must_use]
pub fn note() -> Note {
    Note::new(START, "suite")
}

/// The serial number with these last four bytes.
///
/// # Panics
/// Never.
#[must_use]
pub fn serial(number: u32) -> SerialNumber {
    let mut bytes = [0x40; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    SerialNumber::from_bytes(&bytes).expect("16 bytes, positive")
}

/// A made-up key name.
#[must_use]
pub const fn issuer(number: u8) -> KeyId {
    KeyId::from_bytes([number; 20])
}

/// A made-up certificate of issuer 1.
#[must_use]
pub fn certificate(number: u32) -> CertificateRecord {
    CertificateRecord {
        serial: serial(number),
        subject: format!("CN=示例用户{number},O=示例市数据局,C=CN"),
        issuer: "CN=示例根,C=CN".into(),
        issuer_key: issuer(1),
        subject_key: KeyId::from_bytes([9; 20]),
        profile: if number.is_multiple_of(2) { "person" } else { "organization" }.into(),
        validity: Period::days(START, 100 + number),
        status: CertificateStatus::Active,
        der: format!("certificate {number}").into_bytes(),
    }
}

/// A made-up seal and its bytes, as a change.
#[must_use]
pub fn seal(number: u32) -> Change {
    let bytes = format!("seal {number}").into_bytes();
    let record = SealRecord {
        id: format!("33010600{number:06}"),
        name: "示例市数据局".into(),
        kind: SealKind::ORGANIZATION,
        organization: (number != 0).then(|| format!("示例单位{}", number % 2)),
        maker: "CN=示例制章者,C=CN".into(),
        created: START,
        validity: Period::years(START, 3),
        state: SealState::Active,
        sm3: sm3(&bytes),
    };
    Change::SealMade { record, bytes }
}

/// A made-up revocation list.
#[must_use]
pub fn list(issuer_key: KeyId, number: u64) -> Change {
    let sm3 = Sm3Digest::from_bytes([7; 32]);
    let next_update = START.plus_days(30);
    Change::RevocationListIssued(RevocationListRecord {
        issuer_key,
        number,
        this_update: START,
        next_update,
        entries: number,
        sm3,
    })
}

fn issued(numbers: std::ops::Range<u32>) -> Vec<Change> {
    numbers.map(|number| Change::CertificateIssued(certificate(number))).collect()
}

fn code(result: Result<Vec<crate::audit::Entry>, RegistryError>) -> &'static str {
    result.map_err(|error| error.code()).err().unwrap_or("done")
}

fn revocation(reason: Reason) -> Revocation {
    Revocation { at: START.plus_days(2), reason, invalidity: Some(START.plus_days(1)) }
}

fn an_empty_registry_answers(registry: &mut dyn Registry) {
    assert_eq!(registry.certificate(&serial(1)).expect("reads"), None);
    assert!(registry.certificates(&CertificateQuery::default()).expect("reads").records.is_empty());
    assert!(registry.seals(&SealQuery::default()).expect("reads").records.is_empty());
    assert_eq!(registry.seal("1").expect("reads"), None);
    assert_eq!(registry.seal_bytes("1").expect("reads"), None);
    assert!(registry.revoked(&issuer(1)).expect("reads").is_empty());
    assert!(registry.issuers().expect("reads").is_empty());
    assert_eq!(registry.next_list_number(&issuer(1)).expect("reads"), 1);
    assert!(registry.entries(0, 10).expect("reads").is_empty());
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
    assert_eq!(verify_registry(registry).expect("reads"), Ok(Checkpoint::START));
}

fn what_is_written_reads_back(registry: &mut dyn Registry) {
    let changes = [Change::CertificateIssued(certificate(1)), seal(0), seal(1), list(issuer(1), 1)];
    registry.write(&changes, &note()).expect("writes");
    assert_eq!(registry.certificate(&serial(1)).expect("reads"), Some(certificate(1)));
    for made in &changes[1..3] {
        let Change::SealMade { record, bytes } = made else { unreachable!("a seal") };
        assert_eq!(registry.seal(&record.id).expect("reads").as_ref(), Some(record));
        assert_eq!(registry.seal_bytes(&record.id).expect("reads").as_ref(), Some(bytes));
    }
    let Change::RevocationListIssued(record) = &changes[3] else { unreachable!("a list") };
    let lists = registry.revocation_lists(&issuer(1), Cursor::START, 10).expect("reads");
    assert_eq!(lists.records.as_slice(), std::slice::from_ref(record));
    assert_eq!(registry.issuers().expect("reads"), [issuer(1)]);

    for (number, reason) in (2..).zip([Reason::KeyCompromise, Reason::Unspecified]) {
        registry.write(&issued(number..number + 1), &note()).expect("writes");
        let revoked = Change::CertificateRevoked { serial: serial(number), revocation: revocation(reason) };
        registry.write(&[revoked], &note()).expect("writes");
        let found = registry.certificate(&serial(number)).expect("reads").expect("is there");
        assert_eq!(found.status, CertificateStatus::Revoked(revocation(reason)));
    }
}

fn every_change_leaves_one_chained_entry(registry: &mut dyn Registry) {
    let first = registry.write(&issued(1..3), &note()).expect("writes");
    let held = Change::CertificateHeld { serial: serial(1), at: START };
    let second = registry.write(&[held, Change::CertificateReleased { serial: serial(1) }], &note()).expect("writes");
    let revoked =
        Change::CertificateRevoked { serial: serial(2), revocation: revocation(Reason::CessationOfOperation) };
    let third = registry.write(&[revoked, seal(1), list(issuer(1), 4)], &note()).expect("writes");
    let all = registry.entries(0, 100).expect("reads");
    assert_eq!(all, [first, second, third].concat());
    assert_eq!(verify_chain(&all), Ok(registry.checkpoint().expect("reads")));
    assert_eq!(verify_registry(registry).expect("reads"), Ok(all[6].checkpoint()));
    let acts: Vec<_> = all.iter().map(|entry| entry.act).collect();
    let expected = [
        Act::CertificateIssued,
        Act::CertificateIssued,
        Act::CertificateHeld,
        Act::CertificateReleased,
        Act::CertificateRevoked,
        Act::SealMade,
        Act::RevocationListIssued,
    ];
    assert_eq!(acts, expected);
    assert_eq!(all[0].subject, format!("certificate:{}", serial(1)));
    assert_eq!(registry.entries(5, 1).expect("reads"), all[5..6]);
    assert!(registry.entries(7, 10).expect("reads").is_empty());
    assert!(registry.entries(u64::MAX, 10).expect("reads").is_empty());
}

fn one_bad_change_leaves_nothing_of_the_write(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    let before = registry.checkpoint().expect("reads");
    let mut changes = issued(2..4);
    changes.extend([
        seal(1),
        list(issuer(1), 1),
        Change::CertificateHeld { serial: serial(1), at: START },
        Change::CertificateReleased { serial: serial(77) },
    ]);
    assert_eq!(code(registry.write(&changes, &note())), "registry-unknown-certificate");
    assert_eq!(registry.checkpoint().expect("reads"), before);
    assert_eq!(registry.certificate(&serial(2)).expect("reads"), None);
    assert_eq!(registry.certificate(&serial(1)).expect("reads"), Some(certificate(1)));
    assert!(registry.seals(&SealQuery::default()).expect("reads").records.is_empty());
    assert_eq!(registry.next_list_number(&issuer(1)).expect("reads"), 1);
    assert_eq!(verify_registry(registry).expect("reads"), Ok(before));
    changes.pop();
    registry.write(&changes, &note()).expect("writes once the bad change is gone");
}

fn serials_and_seal_numbers_are_taken_once(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    registry.write(&[seal(1)], &note()).expect("writes");
    let mut other = certificate(1);
    other.issuer_key = issuer(2);
    other.der = b"another".to_vec();
    assert_eq!(code(registry.write(&[Change::CertificateIssued(other)], &note())), "registry-serial-taken");
    assert_eq!(code(registry.write(&[seal(1)], &note())), "registry-seal-taken");
    let twice = [issued(2..3), issued(2..3)].concat();
    assert_eq!(code(registry.write(&twice, &note())), "registry-serial-taken");
    assert_eq!(code(registry.write(&[seal(2), seal(2)], &note())), "registry-seal-taken");
    assert_eq!(registry.certificate(&serial(1)).expect("reads"), Some(certificate(1)));
}

fn a_certificate_lives_by_its_rules(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    let hold = [Change::CertificateHeld { serial: serial(1), at: START }];
    let release = [Change::CertificateReleased { serial: serial(1) }];
    let revoke = [Change::CertificateRevoked { serial: serial(1), revocation: revocation(Reason::AffiliationChanged) }];
    assert_eq!(code(registry.write(&release, &note())), "registry-not-held");
    assert_eq!(code(registry.write(&hold, &note())), "done");
    assert_eq!(code(registry.write(&hold, &note())), "registry-already-held");
    assert_eq!(code(registry.write(&release, &note())), "done");
    assert_eq!(code(registry.write(&hold, &note())), "done");
    assert_eq!(code(registry.write(&revoke, &note())), "done");
    for change in [&hold, &release, &revoke] {
        assert_eq!(code(registry.write(change, &note())), "registry-already-revoked");
    }
    let unknown = Change::CertificateHeld { serial: serial(5), at: START };
    assert_eq!(code(registry.write(&[unknown], &note())), "registry-unknown-certificate");
    assert_eq!(registry.checkpoint().expect("reads").length, 5);
}

fn a_revocation_needs_a_final_reason(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    for reason in [Reason::CertificateHold, Reason::RemoveFromCrl] {
        let revoke = Change::CertificateRevoked { serial: serial(1), revocation: revocation(reason) };
        assert_eq!(code(registry.write(&[revoke], &note())), "registry-not-final");
    }
    let late = Revocation { invalidity: Some(START.plus_days(3)), ..revocation(Reason::KeyCompromise) };
    let revoke = Change::CertificateRevoked { serial: serial(1), revocation: late };
    assert_eq!(code(registry.write(&[revoke], &note())), "registry-invalidity-after-revocation");
}

fn the_revoked_of_an_issuer_are_those_of_no_other(registry: &mut dyn Registry) {
    registry.write(&issued(1..5), &note()).expect("writes");
    let mut foreign = certificate(5);
    foreign.issuer_key = issuer(2);
    registry.write(&[Change::CertificateIssued(foreign)], &note()).expect("writes");
    let changes = [
        Change::CertificateRevoked { serial: serial(4), revocation: revocation(Reason::Superseded) },
        Change::CertificateRevoked { serial: serial(5), revocation: revocation(Reason::KeyCompromise) },
        Change::CertificateHeld { serial: serial(1), at: START.plus_days(9) },
        Change::CertificateHeld { serial: serial(2), at: START },
        Change::CertificateReleased { serial: serial(2) },
    ];
    registry.write(&changes, &note()).expect("writes");
    let held = Revocation { at: START.plus_days(9), reason: Reason::CertificateHold, invalidity: None };
    let expected = [(serial(1), held), (serial(4), revocation(Reason::Superseded))];
    let mut found = registry.revoked(&issuer(1)).expect("reads");
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
    assert_eq!(registry.revoked(&issuer(2)).expect("reads").len(), 1);
    assert!(registry.revoked(&issuer(3)).expect("reads").is_empty());
}

fn list_numbers_only_grow(registry: &mut dyn Registry) {
    registry.write(&[list(issuer(1), 1), list(issuer(1), 2)], &note()).expect("writes");
    for number in [0, 1, 2] {
        assert_eq!(code(registry.write(&[list(issuer(1), number)], &note())), "registry-number-taken");
    }
    registry.write(&[list(issuer(1), 9)], &note()).expect("a jump is allowed");
    assert_eq!(registry.next_list_number(&issuer(1)).expect("reads"), 10);
    assert_eq!(registry.next_list_number(&issuer(2)).expect("reads"), 1);
    registry.write(&[list(issuer(2), 1)], &note()).expect("another issuer counts by itself");
    let first = registry.revocation_lists(&issuer(1), Cursor::START, 2).expect("reads");
    assert_eq!(first.records.iter().map(|list| list.number).collect::<Vec<_>>(), [1, 2]);
    let rest = registry.revocation_lists(&issuer(1), first.next.expect("another page"), 2).expect("reads");
    assert_eq!(rest.records.iter().map(|list| list.number).collect::<Vec<_>>(), [9]);
    assert_eq!(rest.next, None);
    let mut issuers = registry.issuers().expect("reads");
    issuers.sort();
    assert_eq!(issuers, [issuer(1), issuer(2)]);
}

fn lists_come_in_pages_that_stay_right(registry: &mut dyn Registry) {
    registry.write(&issued(0..5), &note()).expect("writes");
    let mut query = CertificateQuery { limit: 2, ..CertificateQuery::default() };
    let first = registry.certificates(&query).expect("reads");
    assert_eq!(first.records, [certificate(0), certificate(1)]);
    registry.write(&issued(5..7), &note()).expect("writes meanwhile");
    query.after = first.next.expect("another page");
    query.limit = 3;
    let second = registry.certificates(&query).expect("reads");
    assert_eq!(second.records, [certificate(2), certificate(3), certificate(4)]);
    query.after = second.next.expect("another page");
    let third = registry.certificates(&query).expect("reads");
    assert_eq!(third.records, [certificate(5), certificate(6)]);
    assert_eq!(third.next, None);
    query.after = Cursor::after(u64::MAX);
    assert!(registry.certificates(&query).expect("reads").records.is_empty());
}

fn queries_select(registry: &mut dyn Registry) {
    registry.write(&issued(0..4), &note()).expect("writes");
    let changes = [
        Change::CertificateHeld { serial: serial(1), at: START },
        Change::CertificateRevoked { serial: serial(2), revocation: revocation(Reason::Superseded) },
    ];
    registry.write(&changes, &note()).expect("writes");
    let found = |query: CertificateQuery| -> Vec<String> {
        let page = registry.certificates(&query).expect("reads");
        page.records.iter().map(|record| record.serial.to_string()).collect()
    };
    let serials = |numbers: &[u32]| numbers.iter().map(|number| serial(*number).to_string()).collect::<Vec<_>>();
    let standing = |standing, at| CertificateQuery { standing: Some((standing, at)), ..Default::default() };
    assert_eq!(found(standing(Standing::Active, START)), serials(&[0, 3]));
    assert_eq!(found(standing(Standing::Held, START)), serials(&[1]));
    assert_eq!(found(standing(Standing::Revoked, START)), serials(&[2]));
    assert_eq!(found(standing(Standing::Expired, START)), serials(&[]));
    let later = START.plus_days(102);
    assert_eq!(found(standing(Standing::Active, later)), serials(&[3]));
    assert_eq!(found(standing(Standing::Held, later)), serials(&[]));
    assert_eq!(found(standing(Standing::Expired, later)), serials(&[0, 1]));
    assert_eq!(found(standing(Standing::Revoked, later)), serials(&[2]));
    let ends_by = Some(START.plus_days(101));
    assert_eq!(found(CertificateQuery { ends_by, ..Default::default() }), serials(&[0, 1]));
    assert_eq!(found(CertificateQuery { profile: Some("person".into()), ..Default::default() }), serials(&[0, 2]));
    assert_eq!(found(CertificateQuery { subject: Some("用户3".into()), ..Default::default() }), serials(&[3]));
    assert_eq!(found(CertificateQuery { subject: Some("cn=".into()), ..Default::default() }), serials(&[]));
    assert_eq!(found(CertificateQuery { subject: Some("%_'\"".into()), ..Default::default() }), serials(&[]));

    registry.write(&[seal(0), seal(1), seal(2), seal(3)], &note()).expect("writes");
    let mut query = SealQuery { organization: Some("示例单位1".into()), limit: 1, ..Default::default() };
    let first = registry.seals(&query).expect("reads");
    assert_eq!(first.records[0].id, "33010600000001");
    query.after = first.next.expect("another page");
    assert_eq!(registry.seals(&query).expect("reads").records[0].id, "33010600000003");
}

fn a_seal_must_match_its_bytes(registry: &mut dyn Registry) {
    let Change::SealMade { record, mut bytes } = seal(1) else { unreachable!("a seal") };
    bytes.push(0);
    assert_eq!(code(registry.write(&[Change::SealMade { record, bytes }], &note())), "registry-seal-mismatch");
}

fn a_write_needs_an_actor_and_a_change(registry: &mut dyn Registry) {
    assert_eq!(code(registry.write(&[], &note())), "registry-no-changes");
    let nobody = registry.write(&issued(1..2), &Note::new(START, " "));
    assert!(matches!(nobody, Err(RegistryError::Audit(AuditError::NoActor))));
    let many = vec![Change::CertificateReleased { serial: serial(1) }; super::MAX_CHANGES + 1];
    assert_eq!(code(registry.write(&many, &note())), "registry-too-many-changes");
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
}

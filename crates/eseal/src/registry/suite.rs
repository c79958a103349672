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

use super::AnswerRecord;
use super::CertificateQuery;
use super::CertificateRecord;
use super::CertificateStatus;
use super::Change;
use super::Cursor;
use super::EntryQuery;
use super::KeyId;
use super::Registry;
use super::RegistryError;
use super::Revocation;
use super::RevocationListRecord;
use super::SealQuery;
use super::SealRecord;
use super::SealState;
use super::Standing;
use super::TimestampRecord;
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
        organizations_and_ends_select,
        lists_bounded_by_their_end_come_in_that_order,
        an_order_is_filled_once_and_answered_once,
        a_pair_names_each_other,
        fields_that_are_not_of_their_form_are_refused,
        status_changes_tell_what_a_delta_list_has_to_say,
        a_delta_list_goes_on_from_a_full_one_of_its_scope,
        timestamp_serials_only_grow,
        certificates_of_a_key_are_found,
        entries_are_found_by_what_they_say,
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
        organization: None,
        region: None,
        partner: None,
        replaces: None,
        order: None,
        der: format!("certificate {number}").into_bytes(),
    }
}

/// A made-up certificate that fills an order, of an organization: its region is 520100 for even numbers, 330100 for odd.
#[must_use]
pub fn ordered(number: u32) -> CertificateRecord {
    let region = if number.is_multiple_of(2) { "520100" } else { "330100" };
    let record = CertificateRecord { order: Some(format!("order-{number}")), ..certificate(number) };
    record.with_organization(Some(format!("91{region}MA{number:08}")), None)
}

/// A made-up time stamp, as a change.
#[must_use]
pub fn timestamp(serial: u64) -> Change {
    let sm3 = sm3(&serial.to_be_bytes());
    Change::TimestampIssued(TimestampRecord { serial, at: START, imprint: vec![5; 32], sm3 })
}

/// A made-up answer to an order, as a change.
#[must_use]
pub fn answer(order: &str) -> Change {
    Change::AnswerKept(AnswerRecord { order: order.into(), der: format!("answer to {order}").into_bytes() })
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
        base: None,
        point: None,
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
    assert!(registry.find_entries(&EntryQuery::default()).expect("reads").records.is_empty());
    assert!(registry.entry_digests(0, 10).expect("reads").is_empty());
    assert_eq!(registry.certificate_by_order("1").expect("reads"), None);
    assert_eq!(registry.answer("1").expect("reads"), None);
    assert!(registry.answers(Cursor::START, 10).expect("reads").records.is_empty());
    assert!(registry.by_subject_key(&issuer(9)).expect("reads").is_empty());
    assert!(registry.status_changes(&issuer(1), START).expect("reads").is_empty());
    assert_eq!(registry.revocation_list(&issuer(1), 1).expect("reads"), None);
    assert_eq!(registry.last_timestamp_serial().expect("reads"), 0);
    assert!(registry.timestamps(Cursor::START, 10).expect("reads").records.is_empty());
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
    let second =
        registry.write(&[held, Change::CertificateReleased { serial: serial(1), at: START }], &note()).expect("writes");
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
    let digests: Vec<_> = all.iter().map(|entry| entry.digest).collect();
    assert_eq!(registry.entry_digests(0, 100).expect("reads"), digests);
    assert_eq!(registry.entry_digests(2, 3).expect("reads"), digests[2..5]);
    assert!(registry.entry_digests(u64::MAX, 3).expect("reads").is_empty());
}

fn one_bad_change_leaves_nothing_of_the_write(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    let before = registry.checkpoint().expect("reads");
    let mut changes = issued(2..4);
    changes.extend([
        seal(1),
        list(issuer(1), 1),
        Change::CertificateHeld { serial: serial(1), at: START },
        Change::CertificateReleased { serial: serial(77), at: START },
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
    let release = [Change::CertificateReleased { serial: serial(1), at: START }];
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
        Change::CertificateReleased { serial: serial(2), at: START },
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

fn serials_of(registry: &dyn Registry, query: &CertificateQuery) -> Vec<SerialNumber> {
    registry.certificates(query).expect("reads").records.into_iter().map(|record| record.serial).collect()
}

fn organizations_and_ends_select(registry: &mut dyn Registry) {
    let changes: Vec<_> = (0..6).map(|number| Change::CertificateIssued(ordered(number))).collect();
    registry.write(&changes, &note()).expect("writes");
    registry.write(&issued(6..8), &note()).expect("writes");
    let found = |query: CertificateQuery| serials_of(registry, &query);
    let of = |numbers: &[u32]| numbers.iter().map(|number| serial(*number)).collect::<Vec<_>>();
    let org = |code: &str| CertificateQuery { org: Some(code.into()), ..Default::default() };
    assert_eq!(found(org("5201")), of(&[0, 2, 4]));
    assert_eq!(found(org("33")), of(&[1, 3, 5]));
    assert_eq!(found(org("91")), of(&[0, 1, 2, 3, 4, 5]));
    assert_eq!(found(org("91520100MA00000002")), of(&[2]));
    assert_eq!(found(org("")), of(&[0, 1, 2, 3, 4, 5]));
    for nothing in ["52011", "9152010%", "5_", "z", "\u{10ffff}"] {
        assert_eq!(found(org(nothing)), of(&[]), "{nothing}");
    }
    let order = |order: &str| CertificateQuery { order: Some(order.into()), ..Default::default() };
    assert_eq!(found(order("order-3")), of(&[3]));
    assert_eq!(found(order("order-")), of(&[]));
    let between = |from: i64, to: i64| CertificateQuery {
        ends_from: Some(START.plus_days(from)),
        ends_by: Some(START.plus_days(to)),
        ..Default::default()
    };
    assert_eq!(found(between(102, 104)), of(&[2, 3, 4]));
    assert_eq!(found(between(104, 102)), of(&[]));
    assert_eq!(found(CertificateQuery { org: Some("5201".into()), ..between(102, 107) }), of(&[2, 4]));
    let standing = Some((Standing::Active, START.plus_days(103)));
    assert_eq!(found(CertificateQuery { standing, profile: Some("person".into()), ..org("5201") }), of(&[4]));
    assert_eq!(registry.certificate(&serial(2)).expect("reads"), Some(ordered(2)));
}

fn lists_bounded_by_their_end_come_in_that_order(registry: &mut dyn Registry) {
    // Issued in one order, ending in the other, two of them at the same moment.
    let changes: Vec<_> = [(1, 9), (2, 5), (3, 9), (4, 1), (5, 5)]
        .map(|(number, days)| {
            let validity = Period::days(START, days);
            Change::CertificateIssued(CertificateRecord { validity, ..certificate(number) })
        })
        .into();
    registry.write(&changes, &note()).expect("writes");
    let mut query = CertificateQuery { ends_from: Some(START), limit: 2, ..Default::default() };
    let mut found = Vec::new();
    loop {
        let page = registry.certificates(&query).expect("reads");
        assert!(page.records.len() <= 2);
        found.extend(page.records.into_iter().map(|record| record.serial));
        let Some(next) = page.next else { break };
        query.after = next;
        if found.len() == 2 {
            registry.write(&issued(6..7), &note()).expect("writes meanwhile");
        }
    }
    assert_eq!(found, [4, 2, 5, 1, 3, 6].map(serial));
    let standing = CertificateQuery { standing: Some((Standing::Active, START.plus_days(6))), ..Default::default() };
    assert_eq!(serials_of(registry, &standing), [1, 3, 6].map(serial));
}

fn an_order_is_filled_once_and_answered_once(registry: &mut dyn Registry) {
    assert_eq!(code(registry.write(&[answer("order-1")], &note())), "registry-unknown-order");
    let issue = Change::CertificateIssued(ordered(1));
    registry.write(&[issue, answer("order-1")], &note()).expect("writes");
    let again = Change::CertificateIssued(CertificateRecord { serial: serial(2), ..ordered(1) });
    assert_eq!(code(registry.write(std::slice::from_ref(&again), &note())), "registry-order-taken");
    assert_eq!(code(registry.write(&[answer("order-1")], &note())), "registry-answer-taken");
    let twice = [Change::CertificateIssued(ordered(3)), Change::CertificateIssued(ordered(3))];
    assert_eq!(code(registry.write(&twice, &note())), "registry-serial-taken");
    let mut other = ordered(3);
    other.serial = serial(4);
    let twice = [Change::CertificateIssued(ordered(3)), Change::CertificateIssued(other)];
    assert_eq!(code(registry.write(&twice, &note())), "registry-order-taken");
    let twice = [Change::CertificateIssued(ordered(3)), answer("order-3"), answer("order-3")];
    assert_eq!(code(registry.write(&twice, &note())), "registry-answer-taken");

    assert_eq!(registry.certificate_by_order("order-1").expect("reads"), Some(ordered(1)));
    assert_eq!(registry.certificate_by_order("order-3").expect("reads"), None);
    assert_eq!(registry.answer("order-1").expect("reads").as_deref(), Some(b"answer to order-1".as_slice()));
    assert_eq!(registry.answer("order-3").expect("reads"), None);
    registry.write(&[Change::CertificateIssued(ordered(3)), answer("order-3")], &note()).expect("writes");
    let first = registry.answers(Cursor::START, 1).expect("reads");
    assert_eq!(first.records[0].order, "order-1");
    let rest = registry.answers(first.next.expect("another page"), 1).expect("reads");
    assert_eq!((rest.records[0].order.as_str(), rest.next), ("order-3", None));
    assert_eq!(verify_registry(registry).expect("reads").expect("holds").length, 4);
}

fn a_pair_names_each_other(registry: &mut dyn Registry) {
    let half = |number, partner: Option<u32>| {
        Change::CertificateIssued(CertificateRecord { partner: partner.map(serial), ..certificate(number) })
    };
    for alone in [
        vec![half(1, Some(2))],
        vec![half(1, Some(2)), half(2, None)],
        vec![half(1, Some(2)), half(2, Some(3)), half(3, Some(2))],
        vec![half(1, Some(1))],
    ] {
        assert_eq!(code(registry.write(&alone, &note())), "registry-pair-mismatch");
    }
    registry.write(&[half(1, Some(2)), half(2, Some(1))], &note()).expect("writes");
    let one = registry.certificate(&serial(1)).expect("reads").expect("is there");
    assert_eq!(one.partner, Some(serial(2)));

    let replacing = |number, replaced| CertificateRecord { replaces: Some(serial(replaced)), ..certificate(number) };
    let unknown = Change::CertificateIssued(replacing(4, 77));
    assert_eq!(code(registry.write(&[unknown], &note())), "registry-unknown-certificate");
    registry.write(&[Change::CertificateIssued(replacing(4, 1))], &note()).expect("writes");
    assert_eq!(registry.certificate(&serial(4)).expect("reads"), Some(replacing(4, 1)));
    assert_eq!(verify_registry(registry).expect("reads").expect("holds").length, 3);
}

fn fields_that_are_not_of_their_form_are_refused(registry: &mut dyn Registry) {
    let long = "1".repeat(200);
    let edits: &[fn(&mut CertificateRecord, &str)] = &[
        |record, text| record.organization = Some(text.into()),
        |record, text| record.region = Some(text.into()),
        |record, text| record.order = Some(text.into()),
    ];
    for edit in edits {
        for text in ["", "1\n2", "1\0", long.as_str()] {
            let mut record = certificate(1);
            edit(&mut record, text);
            assert_eq!(code(registry.write(&[Change::CertificateIssued(record)], &note())), "registry-bad-field");
        }
    }
    for region in ["5201a", "５２", "1234567890123"] {
        let record = CertificateRecord { region: Some(region.into()), ..certificate(1) };
        assert_eq!(code(registry.write(&[Change::CertificateIssued(record)], &note())), "registry-bad-field");
    }
    for der in [Vec::new(), vec![0; AnswerRecord::MAX_BYTES + 1]] {
        let changes =
            [Change::CertificateIssued(ordered(1)), Change::AnswerKept(AnswerRecord { order: "order-1".into(), der })];
        assert_eq!(code(registry.write(&changes, &note())), "registry-bad-field");
    }
    for (serial, length) in [(1, 0), (1, 65), (u64::MAX, 32)] {
        let sm3 = sm3(b"token");
        let stamp = TimestampRecord { serial, at: START, imprint: vec![1; length], sm3 };
        assert_eq!(code(registry.write(&[Change::TimestampIssued(stamp)], &note())), "registry-bad-field");
    }
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
}

fn status_changes_tell_what_a_delta_list_has_to_say(registry: &mut dyn Registry) {
    registry.write(&issued(1..7), &note()).expect("writes");
    let foreign = CertificateRecord { issuer_key: issuer(2), ..certificate(9) };
    registry.write(&[Change::CertificateIssued(foreign)], &note()).expect("writes");
    let day = |days| START.plus_days(days);
    let revoke = |number, days| Change::CertificateRevoked {
        serial: serial(number),
        revocation: Revocation { at: day(days), reason: Reason::Superseded, invalidity: None },
    };
    let changes = [
        revoke(1, 1),
        Change::CertificateHeld { serial: serial(2), at: day(1) },
        Change::CertificateHeld { serial: serial(3), at: day(1) },
        Change::CertificateReleased { serial: serial(3), at: day(3) },
        Change::CertificateHeld { serial: serial(4), at: day(2) },
        Change::CertificateReleased { serial: serial(4), at: day(2) },
        revoke(4, 3),
        revoke(5, 2),
        revoke(9, 3),
    ];
    registry.write(&changes, &note()).expect("writes");
    let mut found = registry.status_changes(&issuer(1), day(2)).expect("reads");
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let revoked =
        |days| CertificateStatus::Revoked(Revocation { at: day(days), reason: Reason::Superseded, invalidity: None });
    let expected =
        [(serial(3), CertificateStatus::Released { at: day(3) }), (serial(4), revoked(3)), (serial(5), revoked(2))];
    assert_eq!(found, expected);
    assert_eq!(registry.status_changes(&issuer(1), day(4)).expect("reads"), []);
    assert_eq!(registry.status_changes(&issuer(2), START).expect("reads").len(), 1);
    let released = registry.certificate(&serial(3)).expect("reads").expect("is there");
    assert_eq!(released.standing(day(4)), Standing::Active);
    assert!(registry.revoked(&issuer(1)).expect("reads").iter().all(|(one, _)| *one != serial(3)));
    let active = CertificateQuery { standing: Some((Standing::Active, day(4))), ..Default::default() };
    assert_eq!(serials_of(registry, &active), [serial(3), serial(6)]);
    registry.write(&[Change::CertificateHeld { serial: serial(3), at: day(5) }], &note()).expect("holds again");
    assert_eq!(verify_registry(registry).expect("reads").expect("holds").length, 17);
}

fn a_delta_list_goes_on_from_a_full_one_of_its_scope(registry: &mut dyn Registry) {
    let make = |number, base, point: Option<&str>| {
        let Change::RevocationListIssued(record) = list(issuer(1), number) else { unreachable!("a list") };
        RevocationListRecord { base, point: point.map(str::to_owned), ..record }
    };
    let change = |number, base, point| Change::RevocationListIssued(make(number, base, point));
    registry.write(&[change(1, None, None), change(2, None, Some("http://a/1"))], &note()).expect("writes");
    registry.write(&[change(3, Some(1), None), change(4, Some(2), Some("http://a/1"))], &note()).expect("writes");
    for (base, point) in [
        (0, None),
        (3, None),
        (5, None),
        (77, None),
        (2, None),
        (1, Some("http://a/1")),
        (2, Some("http://a/2")),
        (u64::MAX, None),
    ] {
        let refused = code(registry.write(&[change(5, Some(base), point)], &note()));
        assert_eq!(refused, "registry-unknown-list", "{base} {point:?}");
    }
    assert_eq!(code(registry.write(&[change(5, None, Some(""))], &note())), "registry-bad-field");
    let found = registry.revocation_list(&issuer(1), 4).expect("reads");
    assert_eq!(found, Some(make(4, Some(2), Some("http://a/1"))));
    assert_eq!(registry.revocation_list(&issuer(2), 4).expect("reads"), None);
    assert_eq!(registry.revocation_list(&issuer(1), u64::MAX).expect("reads"), None);
    assert_eq!(verify_registry(registry).expect("reads").expect("holds").length, 4);
}

fn timestamp_serials_only_grow(registry: &mut dyn Registry) {
    registry.write(&[timestamp(1), timestamp(2), timestamp(9)], &note()).expect("writes");
    assert_eq!(registry.last_timestamp_serial().expect("reads"), 9);
    for serial in [0, 1, 5, 9] {
        assert_eq!(code(registry.write(&[timestamp(serial)], &note())), "registry-timestamp-taken");
    }
    registry.write(&[timestamp(10)], &note()).expect("writes");
    let first = registry.timestamps(Cursor::START, 2).expect("reads");
    assert_eq!(first.records.iter().map(|stamp| stamp.serial).collect::<Vec<_>>(), [1, 2]);
    let rest = registry.timestamps(first.next.expect("another page"), 10).expect("reads");
    assert_eq!(rest.records.iter().map(|stamp| stamp.serial).collect::<Vec<_>>(), [9, 10]);
    let Change::TimestampIssued(record) = timestamp(10) else { unreachable!("a time stamp") };
    assert_eq!((&rest.records[1], rest.next), (&record, None));
    assert_eq!(verify_registry(registry).expect("reads").expect("holds").length, 4);
}

fn certificates_of_a_key_are_found(registry: &mut dyn Registry) {
    let other = CertificateRecord { subject_key: issuer(8), ..certificate(2) };
    let changes = [certificate(1), other.clone(), certificate(3)].map(Change::CertificateIssued);
    registry.write(&changes, &note()).expect("writes");
    assert_eq!(registry.by_subject_key(&issuer(9)).expect("reads"), [certificate(1), certificate(3)]);
    assert_eq!(registry.by_subject_key(&issuer(8)).expect("reads"), [other]);
    assert!(registry.by_subject_key(&issuer(7)).expect("reads").is_empty());
}

fn entries_are_found_by_what_they_say(registry: &mut dyn Registry) {
    registry.write(&issued(1..4), &note()).expect("writes");
    let later = Note::new(START.plus_days(2), "suite");
    let changes = [
        Change::CertificateHeld { serial: serial(2), at: later.at },
        Change::CertificateHeld { serial: serial(3), at: later.at },
        Change::CertificateReleased { serial: serial(2), at: later.at },
    ];
    registry.write(&changes, &later).expect("writes");
    let found = |query: EntryQuery| {
        let page = registry.find_entries(&query).expect("reads");
        (page.records.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(found(EntryQuery::default()).0, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found(EntryQuery { since: Some(START.plus_days(1)), ..Default::default() }).0, [4, 5, 6]);
    let subject = Some(CertificateRecord::audit_subject(&serial(2)));
    assert_eq!(found(EntryQuery { subject: subject.clone(), ..Default::default() }).0, [2, 4, 6]);
    let act = Some(Act::CertificateHeld);
    assert_eq!(found(EntryQuery { act, ..Default::default() }).0, [4, 5]);
    assert_eq!(found(EntryQuery { subject: subject.clone(), act, ..Default::default() }).0, [4]);
    assert!(found(EntryQuery { subject: Some("certificate:".into()), ..Default::default() }).0.is_empty());
    let (first, next) = found(EntryQuery { subject: subject.clone(), limit: 2, ..Default::default() });
    assert_eq!(first, [2, 4]);
    let after = next.expect("another page");
    assert_eq!(found(EntryQuery { subject, limit: 2, after, ..Default::default() }), (vec![6], None));
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
    let many = vec![Change::CertificateReleased { serial: serial(1), at: START }; super::MAX_CHANGES + 1];
    assert_eq!(code(registry.write(&many, &note())), "registry-too-many-changes");
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
}

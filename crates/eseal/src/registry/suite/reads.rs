//! What is found again, in which order and in which pages.

use super::*;

pub(super) fn the_revoked_of_an_issuer_are_those_of_no_other(registry: &mut dyn Registry) {
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

pub(super) fn list_numbers_only_grow(registry: &mut dyn Registry) {
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

pub(super) fn lists_come_in_pages_that_stay_right(registry: &mut dyn Registry) {
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

pub(super) fn queries_select(registry: &mut dyn Registry) {
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

pub(super) fn organizations_and_ends_select(registry: &mut dyn Registry) {
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

pub(super) fn lists_bounded_by_their_end_come_in_that_order(registry: &mut dyn Registry) {
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

pub(super) fn status_changes_tell_what_a_delta_list_has_to_say(registry: &mut dyn Registry) {
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

pub(super) fn certificates_of_a_key_are_found(registry: &mut dyn Registry) {
    let other = CertificateRecord { subject_key: issuer(8), ..certificate(2) };
    let changes = [certificate(1), other.clone(), certificate(3)].map(Change::CertificateIssued);
    registry.write(&changes, &note()).expect("writes");
    assert_eq!(registry.by_subject_key(&issuer(9)).expect("reads"), [certificate(1), certificate(3)]);
    assert_eq!(registry.by_subject_key(&issuer(8)).expect("reads"), [other]);
    assert!(registry.by_subject_key(&issuer(7)).expect("reads").is_empty());
}

pub(super) fn entries_are_found_by_what_they_say(registry: &mut dyn Registry) {
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

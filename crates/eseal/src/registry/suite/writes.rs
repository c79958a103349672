//! What the write door takes and refuses.

use super::*;

pub(super) fn an_empty_registry_answers(registry: &mut dyn Registry) {
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
    assert_eq!(registry.dossier(DossierKind::Token, "1").expect("reads"), None);
    assert!(registry.dossiers(DossierKind::Token, Cursor::START, 10).expect("reads").records.is_empty());
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
    assert_eq!(verify_registry(registry).expect("reads"), Ok(Checkpoint::START));
}

pub(super) fn what_is_written_reads_back(registry: &mut dyn Registry) {
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

pub(super) fn every_change_leaves_one_chained_entry(registry: &mut dyn Registry) {
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

pub(super) fn one_bad_change_leaves_nothing_of_the_write(registry: &mut dyn Registry) {
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

pub(super) fn serials_and_seal_numbers_are_taken_once(registry: &mut dyn Registry) {
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

pub(super) fn a_certificate_lives_by_its_rules(registry: &mut dyn Registry) {
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

pub(super) fn a_revocation_needs_a_final_reason(registry: &mut dyn Registry) {
    registry.write(&issued(1..2), &note()).expect("writes");
    for reason in [Reason::CertificateHold, Reason::RemoveFromCrl] {
        let revoke = Change::CertificateRevoked { serial: serial(1), revocation: revocation(reason) };
        assert_eq!(code(registry.write(&[revoke], &note())), "registry-not-final");
    }
    let late = Revocation { invalidity: Some(START.plus_days(3)), ..revocation(Reason::KeyCompromise) };
    let revoke = Change::CertificateRevoked { serial: serial(1), revocation: late };
    assert_eq!(code(registry.write(&[revoke], &note())), "registry-invalidity-after-revocation");
}

pub(super) fn an_order_is_filled_once_and_answered_once(registry: &mut dyn Registry) {
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

pub(super) fn a_pair_names_each_other(registry: &mut dyn Registry) {
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

pub(super) fn fields_that_are_not_of_their_form_are_refused(registry: &mut dyn Registry) {
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

pub(super) fn a_delta_list_goes_on_from_a_full_one_of_its_scope(registry: &mut dyn Registry) {
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

pub(super) fn timestamp_serials_only_grow(registry: &mut dyn Registry) {
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

pub(super) fn a_seal_must_match_its_bytes(registry: &mut dyn Registry) {
    let Change::SealMade { record, mut bytes } = seal(1) else { unreachable!("a seal") };
    bytes.push(0);
    assert_eq!(code(registry.write(&[Change::SealMade { record, bytes }], &note())), "registry-seal-mismatch");
}

pub(super) fn a_write_needs_an_actor_and_a_change(registry: &mut dyn Registry) {
    assert_eq!(code(registry.write(&[], &note())), "registry-no-changes");
    let nobody = registry.write(&issued(1..2), &Note::new(START, " "));
    assert!(matches!(nobody, Err(RegistryError::Audit(AuditError::NoActor))));
    let many = vec![Change::CertificateReleased { serial: serial(1), at: START }; MAX_CHANGES + 1];
    assert_eq!(code(registry.write(&many, &note())), "registry-too-many-changes");
    assert_eq!(registry.checkpoint().expect("reads"), Checkpoint::START);
}

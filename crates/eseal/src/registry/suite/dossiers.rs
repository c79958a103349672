//! Dossiers: what has a history and is rewritten with each act.

use super::*;

fn kept(act: Act, record: &DossierRecord, before: Option<&DossierRecord>) -> Change {
    Change::DossierKept { act, record: record.clone(), before: before.map(DossierRecord::digest) }
}

fn token(content: &str) -> DossierRecord {
    DossierRecord::new(DossierKind::Token, "00ff", content.as_bytes().to_vec())
}

pub(super) fn a_dossier_replaces_the_one_that_its_writer_saw(registry: &mut dyn Registry) {
    let (first, second, third) = (token("first"), token("second"), token("third"));
    let granted = |record, before| [kept(Act::UnlockGranted, record, before)];
    assert_eq!(code(registry.write(&granted(&second, Some(&first)), &note())), "registry-dossier-changed");
    registry.write(&granted(&first, None), &note()).expect("writes");
    assert_eq!(code(registry.write(&granted(&second, None), &note())), "registry-dossier-changed");
    registry.write(&granted(&second, Some(&first)), &note()).expect("writes");
    assert_eq!(code(registry.write(&granted(&third, Some(&first)), &note())), "registry-dossier-changed");
    assert_eq!(registry.dossier(DossierKind::Token, "00ff").expect("reads"), Some(second.clone()));
    assert_eq!(registry.dossier(DossierKind::Escrow, "00ff").expect("reads"), None);
    assert_eq!(registry.dossier(DossierKind::Token, "00FF").expect("reads"), None);

    // Several in one write, on what was there and on what is new.
    let mut new = DossierRecord::new(DossierKind::Officer, "1", vec![1]);
    let appointed = kept(Act::OfficerAppointed, &new, None);
    let old = new.clone();
    new.der = vec![2];
    let changes = [
        kept(Act::TokenUnlocked, &third, Some(&second)),
        kept(Act::UnlockRefused, &first, Some(&third)),
        appointed,
        kept(Act::OfficerDismissed, &new, Some(&old)),
    ];
    registry.write(&changes, &note()).expect("writes");
    assert_eq!(registry.dossier(DossierKind::Token, "00ff").expect("reads"), Some(first.clone()));
    assert_eq!(registry.dossier(DossierKind::Officer, "1").expect("reads"), Some(new));

    // One that fails leaves nothing of the others.
    let before = registry.checkpoint().expect("reads");
    let changes = [kept(Act::UnlockGranted, &second, Some(&first)), kept(Act::UnlockGranted, &third, Some(&first))];
    assert_eq!(code(registry.write(&changes, &note())), "registry-dossier-changed");
    assert_eq!(registry.dossier(DossierKind::Token, "00ff").expect("reads"), Some(first));
    assert_eq!(verify_registry(registry).expect("reads"), Ok(before));
    let acts: Vec<_> =
        registry.entries(0, 10).expect("reads").into_iter().map(|entry| (entry.act, entry.subject)).collect();
    let spoken = |act, subject: &str| (act, subject.to_owned());
    let expected = [
        spoken(Act::UnlockGranted, "token:00ff"),
        spoken(Act::UnlockGranted, "token:00ff"),
        spoken(Act::TokenUnlocked, "token:00ff"),
        spoken(Act::UnlockRefused, "token:00ff"),
        spoken(Act::OfficerAppointed, "officer:1"),
        spoken(Act::OfficerDismissed, "officer:1"),
    ];
    assert_eq!(acts, expected);
}

pub(super) fn a_dossier_takes_the_acts_of_its_kind_and_fields_of_their_form(registry: &mut dyn Registry) {
    for kind in DossierKind::ALL {
        for act in Act::ALL {
            let record = DossierRecord::new(*kind, format!("{act}"), vec![1]);
            let expected = if kind.acts().contains(act) { "done" } else { "registry-bad-field" };
            assert_eq!(code(registry.write(&[kept(*act, &record, None)], &note())), expected, "{kind:?} {act}");
        }
    }
    let end = registry.checkpoint().expect("reads");
    let (longest, longer) = ("k".repeat(DossierRecord::MAX_KEY), "k".repeat(DossierRecord::MAX_KEY + 1));
    for key in ["", "a b", "a\n", "a\0", "案", longer.as_str()] {
        let record = DossierRecord::new(DossierKind::Token, key, vec![1]);
        assert_eq!(code(registry.write(&[kept(Act::UnlockGranted, &record, None)], &note())), "registry-bad-field");
    }
    for length in [0, DossierRecord::MAX_BYTES + 1] {
        let record = DossierRecord::new(DossierKind::Token, "key", vec![1; length]);
        assert_eq!(code(registry.write(&[kept(Act::UnlockGranted, &record, None)], &note())), "registry-bad-field");
    }
    assert_eq!(registry.checkpoint().expect("reads"), end);
    let record = DossierRecord::new(DossierKind::Token, longest, vec![1; DossierRecord::MAX_BYTES]);
    registry.write(&[kept(Act::UnlockGranted, &record, None)], &note()).expect("the largest fits");
    assert_eq!(registry.dossier(DossierKind::Token, &record.key).expect("reads"), Some(record));
    verify_registry(registry).expect("reads").expect("holds");
}

pub(super) fn dossiers_come_by_kind_in_the_order_of_their_first_keeping(registry: &mut dyn Registry) {
    for number in [3, 1, 2] {
        let officer = DossierRecord::new(DossierKind::Officer, format!("{number}"), vec![number]);
        let changes = [dossier(number.into()), kept(Act::OfficerAppointed, &officer, None)];
        registry.write(&changes, &note()).expect("writes");
    }
    let old = registry.dossier(DossierKind::Token, "00000003").expect("reads").expect("is there");
    let new = DossierRecord { der: b"rewritten".to_vec(), ..old.clone() };
    registry.write(&[kept(Act::TokenUnlocked, &new, Some(&old))], &note()).expect("writes");
    let page = |after, limit| {
        let page = registry.dossiers(DossierKind::Token, after, limit).expect("reads");
        (page.records.into_iter().map(|record| record.key).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = page(Cursor::START, 2);
    assert_eq!(first, ["00000003", "00000001"]);
    assert_eq!(page(next.expect("another page"), 2), (vec!["00000002".to_owned()], None));
    assert_eq!(page(Cursor::after(u64::MAX), 2), (vec![], None));
    assert_eq!(registry.dossiers(DossierKind::Token, Cursor::START, 1).expect("reads").records, [new]);
    assert_eq!(registry.dossiers(DossierKind::Escrow, Cursor::START, 1).expect("reads").records, []);
}

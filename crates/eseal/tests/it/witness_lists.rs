//! Bouncy Castle judges by our delta lists and the lists of our distribution points, and we judge by its.

use std::fs;

use eseal::cert::{
    Certificate, CertificateDraft, Identity, Issuer, PathValidator, Profile, Purpose, Reason, RevocationList,
    RevocationListDraft, Revoked, SerialNumber, Services, Trust,
};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::FakeOffice;

/// Bouncy Castle believes no revocation list at a time that lies ahead of its own clock.
fn past() -> Instant {
    Instant::utc(2024, 3, 1, 9, 0, 0).unwrap()
}

#[test]
fn bouncy_castle_judges_by_our_delta_lists_and_lists_of_points() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::at(past());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let write = |name: &str, der: &[u8]| fs::write(folder.path().join(name), der).unwrap();
    write("root.der", office.root.certificate.as_der());
    write("issuing.der", office.issuing.certificate.as_der());
    let [root, issuing] =
        [&office.root, &office.issuing].map(|ca| Issuer::new(ca.certificate.clone(), &ca.signer).unwrap());
    let services = Services::default().with_crl("http://crl.example.cn/{shard}.crl", 4).unwrap();
    let key = SoftSigner::new(SecretKey::generate().unwrap());
    let leaf = |services: &Services| {
        let draft = CertificateDraft {
            subject: office.clerk.certificate.subject(),
            key: key.public_key(),
            profile: &Profile::organization(),
            serial: SerialNumber::random().unwrap(),
            validity: Period::days(past(), 100),
            identity: &Identity::default(),
            services,
        };
        issuing.issue_draft(&draft).unwrap()
    };
    let (held, revoked, pointed) = (leaf(&Services::default()), leaf(&Services::default()), leaf(&services));
    let entry = |one: &Certificate, day, reason| Revoked::new(one.serial().clone(), past().plus_days(day), reason);
    let draft = |number, days: (i64, i64), entries| {
        RevocationListDraft::new(past().plus_days(days.0), past().plus_days(days.1), number, entries)
    };
    let point = pointed.distribution_points().remove(0);
    let other = services.points(&[]).into_iter().find(|other| *other != point).unwrap();
    let base = draft(10, (1, 30), vec![entry(&held, 1, Reason::CertificateHold)]);
    let changes = vec![entry(&held, 5, Reason::RemoveFromCrl), entry(&revoked, 5, Reason::KeyCompromise)];
    let lists = [
        ("base.crl", issuing.revocation_list(&base)),
        ("delta.crl", issuing.revocation_list(&draft(12, (6, 9), changes).delta_from(10))),
        ("own.crl", issuing.revocation_list(&draft(13, (1, 30), Vec::new()).for_point(&point))),
        (
            "telling.crl",
            issuing
                .revocation_list(&draft(14, (1, 30), vec![entry(&pointed, 1, Reason::Superseded)]).for_point(&point)),
        ),
        ("other.crl", issuing.revocation_list(&draft(15, (1, 30), Vec::new()).for_point(&other))),
        ("root.crl", root.revocation_list(&draft(1, (0, 30), Vec::new()))),
    ];
    for (name, list) in lists {
        write(name, list.unwrap().as_der());
    }
    for (name, certificate) in [("held", &held), ("revoked", &revoked), ("pointed", &pointed)] {
        write(&format!("{name}.der"), certificate.as_der());
    }

    // The certificate, the lists besides the root's, what Bouncy Castle says, and what we say.
    let at_point = |file: &str| format!("{point}={}", path(file));
    let questions = [
        ("held", vec![path("base.crl")], Err("certificateHold"), "on-hold"),
        ("held", vec![path("base.crl"), path("delta.crl")], Ok(()), "ok"),
        ("revoked", vec![path("base.crl")], Ok(()), "ok"),
        ("revoked", vec![path("base.crl"), path("delta.crl")], Err("keyCompromise"), "revoked"),
        ("pointed", vec![at_point("own.crl")], Ok(()), "ok"),
        ("pointed", vec![at_point("telling.crl")], Err("superseded"), "revoked"),
        ("pointed", vec![at_point("other.crl")], Err(""), "crl-other-part"),
    ];
    let time = past().plus_days(7);
    let mut arguments = Vec::new();
    for (leaf, lists, ..) in &questions {
        let separator = (!arguments.is_empty()).then(|| "--".to_owned());
        let lists = [lists.as_slice(), &[path("root.crl")]].concat().join(",");
        let words = [time.to_rfc3339(), path("root.der"), lists, path(&format!("{leaf}.der")), path("issuing.der")];
        arguments.extend(separator.into_iter().chain(words));
    }
    let said = witness(&class_path, "Lists.java", "judge", &arguments);
    assert_eq!(said.lines().count(), questions.len(), "{said}");
    for ((leaf, lists, theirs, ours), line) in questions.iter().zip(said.lines()) {
        match theirs {
            Ok(()) => assert!(line.ends_with("good"), "{leaf} by {lists:?}: {said}"),
            Err(reason) => assert!(line.contains("BAD") && line.contains(reason), "{leaf} by {lists:?}: {said}"),
        }
        let read = |path: &String| {
            let file = path.rsplit('=').next().unwrap();
            RevocationList::from_bytes(&fs::read(file).unwrap()).unwrap()
        };
        let lists: Vec<_> = lists.iter().chain([&path("root.crl")]).map(read).collect();
        let certificate = Certificate::from_bytes(&fs::read(path(&format!("{leaf}.der"))).unwrap()).unwrap();
        let judgement = PathValidator::new(&Trust::from_certificates([office.root.certificate.clone()]))
            .intermediates(std::slice::from_ref(&office.issuing.certificate))
            .revocation(&lists)
            .judge(&certificate, Purpose::Seal, time);
        assert_eq!(judgement.revocation.code().unwrap_or("ok"), *ours, "{leaf}: {judgement:?}");
    }
}

#[test]
fn we_judge_by_the_delta_lists_and_lists_of_points_of_bouncy_castle() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap().to_owned();
    witness(&class_path, "Lists.java", "make", &[place, past().to_rfc3339()]);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_bytes(&read(name)).unwrap();
    let list = |name: &&str| RevocationList::from_bytes(&read(name)).unwrap();
    for (leaf, lists, outcome) in [
        ("leaf.der", &["base.crl"][..], "crl-stale"),
        ("leaf.der", &["base.crl", "delta.crl"], "ok"),
        ("leaf.der", &["delta.crl"], "crl-delta-alone"),
        ("other.der", &["base.crl", "delta.crl"], "revoked"),
        ("other.der", &["delta.crl"], "revoked"),
        ("leaf.der", &["one.crl"], "ok"),
        ("leaf.der", &["two.crl"], "crl-other-part"),
        ("leaf.der", &["two.crl", "one.crl"], "ok"),
    ] {
        let judgement = PathValidator::new(&Trust::from_certificates([certificate("root.der")]))
            .revocation(&lists.iter().map(list).collect::<Vec<_>>())
            .judge(&certificate(leaf), Purpose::Seal, past());
        assert_eq!(judgement.revocation.code().unwrap_or("ok"), outcome, "{leaf} by {lists:?}: {judgement:?}");
    }
    let delta = list(&"delta.crl");
    assert_eq!((delta.number(), delta.base()), (Some(12), Some(10)));
    assert_eq!(list(&"two.crl").point(), Some("http://crl.example.cn/2.crl"));
}

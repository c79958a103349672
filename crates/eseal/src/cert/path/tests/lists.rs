//! Lists of parts, delta lists, lists for some reasons, and more lists than the budget allows.

use super::*;
use crate::cert::asn1::by_hand;

/// A list of the intermediate with a number, days and entries, further changed.
fn numbered(number: u64, days: (i64, i64), entries: Vec<Revoked>) -> RevocationListDraft {
    RevocationListDraft::new(day(days.0), day(days.1), number, entries)
}

fn made_by_sub(draft: &RevocationListDraft) -> RevocationList {
    Issuer::new(sub().make(), key(2)).unwrap().revocation_list(draft).unwrap()
}

fn full(number: u64, days: (i64, i64), entries: Vec<Revoked>) -> RevocationList {
    made_by_sub(&numbered(number, days, entries))
}

fn delta(base: u64, number: u64, days: (i64, i64), entries: Vec<Revoked>) -> RevocationList {
    made_by_sub(&numbered(number, days, entries).delta_from(base))
}

#[test]
fn a_delta_list_is_read_upon_its_base_even_one_that_has_run_out() {
    let base = full(10, (50, 60), Vec::new());
    let changed = delta(10, 12, (90, 110), revoked(80, Reason::Superseded));
    fails(&status(&[base.clone(), changed], 100), Cause::Revoked);
    let unchanged = delta(10, 12, (90, 110), Vec::new());
    assert_eq!(status(&[base.clone(), unchanged.clone()], 100), Answer::Pass);
    // What the base says stays when the delta is silent.
    let telling = full(10, (50, 60), revoked(40, Reason::KeyCompromise));
    fails(&status(&[telling, unchanged.clone()], 100), Cause::Revoked);
    // The delta runs out as well.
    unknown(&status(&[base, unchanged], 120), Cause::CrlStale);
}

#[test]
fn a_delta_list_releases_a_hold() {
    let held = full(10, (50, 110), revoked(40, Reason::CertificateHold));
    let released = delta(10, 12, (90, 110), revoked(85, Reason::RemoveFromCrl));
    fails(&status(std::slice::from_ref(&held), 100), Cause::OnHold);
    assert_eq!(status(&[held.clone(), released.clone()], 100), Answer::Pass);
    fails(&status(&[held, released], 80), Cause::OnHold);
    // And holds what the base does not.
    let base = full(10, (50, 110), Vec::new());
    let held = delta(10, 12, (90, 110), revoked(85, Reason::CertificateHold));
    fails(&status(&[base, held], 100), Cause::OnHold);
}

#[test]
fn a_delta_list_without_its_base_says_who_was_revoked_and_nothing_else() {
    unknown(&status(&[delta(10, 12, (90, 110), Vec::new())], 100), Cause::CrlDeltaAlone);
    fails(&status(&[delta(10, 12, (90, 110), revoked(80, Reason::Superseded))], 100), Cause::Revoked);
    unknown(&status(&[delta(10, 12, (90, 110), revoked(80, Reason::RemoveFromCrl))], 100), Cause::CrlDeltaAlone);
    // A full list that is older than the base, or younger than the delta, is no base of it.
    let delta = delta(10, 12, (90, 110), Vec::new());
    for number in [9, 12, 13] {
        let other = full(number, (50, 60), Vec::new());
        unknown(&status(&[other, delta.clone()], 100), Cause::CrlStale);
    }
    for number in [10, 11] {
        assert_eq!(status(&[full(number, (50, 60), Vec::new()), delta.clone()], 100), Answer::Pass);
    }
}

#[test]
fn of_several_bases_each_delta_takes_its_own() {
    let lists = [
        full(10, (50, 60), Vec::new()),
        delta(10, 11, (60, 70), revoked(55, Reason::CertificateHold)),
        delta(10, 12, (70, 80), revoked(65, Reason::RemoveFromCrl)),
        full(20, (80, 90), Vec::new()),
        delta(20, 21, (90, 110), revoked(85, Reason::Superseded)),
    ];
    for (number, outcome) in
        [(55, Some("on-hold")), (65, Some("on-hold")), (75, None), (84, None), (100, Some("revoked"))]
    {
        let answer = status(&lists, number);
        let told = if matches!(answer, Answer::Fail(_)) { answer.code() } else { None };
        assert_eq!(told, outcome, "day {number}: {answer:?}");
    }
}

const ONE: &str = "http://crl.test/1.crl";
const TWO: &str = "http://crl.test/2.crl";

fn points(uri: &str, more: &[u8]) -> Vec<u8> {
    let name = by_hand::element(asn1::context(0), &[&by_hand::element(0x86, &[uri.as_bytes()])]);
    by_hand::sequence(&[&by_hand::sequence(&[&by_hand::element(asn1::context(0), &[&name]), more])])
}

/// What is said at day 100 about a leaf that names a distribution point.
fn status_at_point(lists: &[RevocationList], points: &[u8]) -> Answer {
    let lists = [&[list(ROOT, (0, 2000), Vec::new())], lists].concat();
    let validator = validator(&[sub().make()]).policy(RevocationPolicy::Required).revocation(&lists);
    let leaf = leaf().with(&oid::CRL_DISTRIBUTION_POINTS, false, points).make();
    validator.judge(&leaf, Purpose::Seal, day(100)).revocation
}

#[test]
fn the_list_of_a_point_speaks_for_certificates_that_name_it() {
    let of = |uri: &str, entries| made_by_sub(&numbered(7, (90, 110), entries).for_point(uri));
    let (one, two) = (of(ONE, Vec::new()), of(TWO, Vec::new()));
    assert_eq!(status_at_point(std::slice::from_ref(&one), &points(ONE, &[])), Answer::Pass);
    assert_eq!(status_at_point(&[two.clone(), one.clone()], &points(ONE, &[])), Answer::Pass);
    unknown(&status_at_point(&[two], &points(ONE, &[])), Cause::CrlOtherPart);
    unknown(&status(std::slice::from_ref(&one), 100), Cause::CrlOtherPart);
    fails(&status_at_point(&[of(ONE, revoked(95, Reason::Superseded))], &points(ONE, &[])), Cause::Revoked);
    // A whole list speaks for every point.
    assert_eq!(status_at_point(&[full(7, (90, 110), Vec::new())], &points(TWO, &[])), Answer::Pass);
    // A point that another issuer answers for is not this list's.
    let other = by_hand::element(asn1::context(2), &[&by_hand::element(0xa4, &[name("CN=crl").as_der()])]);
    unknown(&status_at_point(&[one], &points(ONE, &other)), Cause::CrlOtherPart);
}

#[test]
fn a_delta_of_a_point_is_read_upon_the_list_of_that_point_only() {
    let part = |uri: &str| made_by_sub(&numbered(10, (50, 60), Vec::new()).for_point(uri));
    let delta = made_by_sub(&numbered(12, (90, 110), Vec::new()).delta_from(10).for_point(ONE));
    assert_eq!(status_at_point(&[part(ONE), delta.clone()], &points(ONE, &[])), Answer::Pass);
    unknown(&status_at_point(&[part(TWO), delta.clone()], &points(ONE, &[])), Cause::CrlDeltaAlone);
    unknown(&status_at_point(&[full(10, (50, 60), Vec::new()), delta], &points(ONE, &[])), Cause::CrlStale);
}

/// A list of the intermediate for some reasons only.
fn for_reasons(flags: &[u8], entries: &[Revoked]) -> RevocationList {
    let whole = full(7, (90, 110), entries.to_vec());
    let signed = Signed::read(whole.as_der(), "x").unwrap();
    let mut part = asn1::Reader::open(signed.part, asn1::SEQUENCE, "x").unwrap();
    let mut fields = Vec::new();
    while part.peek() != Some(asn1::context(0)) {
        fields.extend(part.next().unwrap().whole);
    }
    let value = by_hand::sequence(&[&by_hand::element(0x83, &[flags])]);
    let point = extension(&oid::ISSUING_DISTRIBUTION_POINT, true, &value);
    let part = by_hand::sequence(&[&fields, &by_hand::element(asn1::context(0), &[&by_hand::sequence(&[&point])])]);
    RevocationList::from_der(&Signed::write(&part, &key(2)).unwrap()).unwrap()
}

#[test]
fn lists_for_some_reasons_must_together_speak_of_all() {
    let keys = || for_reasons(&[5, 0x60], &[]);
    let rest = || for_reasons(&[7, 0x1f, 0x80], &[]);
    unknown(&status(&[keys()], 100), Cause::CrlSomeReasons);
    unknown(&status(&[rest()], 100), Cause::CrlSomeReasons);
    assert_eq!(status(&[keys(), rest()], 100), Answer::Pass);
    fails(&status(&[for_reasons(&[5, 0x60], &revoked(95, Reason::KeyCompromise))], 100), Cause::Revoked);
    // Silence of a list that knows of no holds does not end one.
    let held = full(6, (80, 130), revoked(70, Reason::CertificateHold));
    fails(&status(&[held, keys()], 100), Cause::OnHold);
}

#[test]
fn more_lists_than_the_budget_allows_are_unknown_unless_one_revokes() {
    let forged: Vec<_> = (0..150_i64).map(|number| list(("CN=sub", 9), (90, 110 + number), Vec::new())).collect();
    unknown(&status(&forged, 100), Cause::ChainBudget);
    // The key identifier leads to the right ones first, wherever they stand.
    let right = made("CN=sub", "CN=root", 2, 1).ca().with(&oid::SUBJECT_KEY_IDENTIFIER, false, &[4, 2, 1, 2]).make();
    let by_right = |entries| {
        let draft = numbered(7, (90, 110), entries);
        Issuer::new(right.clone(), key(2)).unwrap().revocation_list(&draft).unwrap()
    };
    for (entries, cause) in [(Vec::new(), Cause::ChainBudget), (revoked(95, Reason::Superseded), Cause::Revoked)] {
        let lists = [&[list(ROOT, (0, 2000), Vec::new())], forged.as_slice(), &[by_right(entries)]].concat();
        let validator = validator(std::slice::from_ref(&right)).policy(RevocationPolicy::Required).revocation(&lists);
        let answer = validator.judge(&leaf().make(), Purpose::Seal, day(100)).revocation;
        assert_eq!(answer.ground().map(|ground| ground.cause), Some(cause));
    }
}

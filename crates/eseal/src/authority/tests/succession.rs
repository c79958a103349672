//! Successors by the holder's own request.

use super::*;
use crate::authority::Filled;
use crate::authority::Predecessor;
use crate::authority::RenewalRules;
use crate::authority::Succession;
use crate::authority::outdated_seals;
use crate::cms::RekeyRequest;
use crate::registry::SealRecord;

const RULES: RenewalRules = RenewalRules { early_days: 90, late_days: 365, key_days: 5 * 365, renewals: 2 };

/// A certificate of a person (key 2), valid for a year from `NOW`.
fn person(authority: &mut Authority<'_>, byte: u8) -> Certificate {
    let (subject, key, profile) = (name("示例用户"), signer(byte), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::days(NOW, 365));
    authority.issue_all(&[order], &note()).unwrap().remove(0).signing
}

fn asked(old: &Certificate, old_key: u8, new_key: u8, day: i64) -> RekeyRequest {
    RekeyRequest::new(old, &signer(old_key), &signer(new_key), NOW.plus_days(day)).unwrap()
}

fn rekey(authority: &mut Authority<'_>, request: &RekeyRequest, day: i64) -> Result<Succession, AuthorityError> {
    authority.rekey_by_request(request, Some(365), Predecessor::RunsOut, &RULES, &later(day))
}

fn code(result: Result<Succession, AuthorityError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_renewal_by_a_request_names_the_old_certificate_and_done_twice_is_one() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = person(&mut authority, 2);
    let request = CertificateRequest::new(old.subject(), &signer(2)).unwrap();
    let renew = |authority: &mut Authority<'_>, day| authority.renew_by_request(&request, None, &RULES, &later(day));
    assert_eq!(code(renew(&mut authority, 200)), "authority-renewal-too-early");
    let done = renew(&mut authority, 300).unwrap();
    assert_eq!((done.issued.filled, &done.old), (Filled::Now, &old));
    assert_eq!(done.issued.signing.public_key().unwrap(), old.public_key().unwrap());
    assert!(done.seals.is_empty());
    // The newest counts from now on, and it is not due: whoever asks again has not got the answer.
    let again = renew(&mut authority, 301).unwrap();
    assert_eq!((again.issued.filled, again.issued.answer), (Filled::Before, done.issued.answer));
    assert_eq!(again.old, old);
    let length = authority.registry().checkpoint().unwrap().length;
    renew(&mut authority, 302).unwrap();
    assert_eq!(authority.registry().checkpoint().unwrap().length, length, "nothing was written");
}

#[test]
fn a_renewal_of_an_unknown_key_or_for_another_name_is_refused() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    person(&mut authority, 2);
    let unknown = CertificateRequest::new(&name("示例用户"), &signer(3)).unwrap();
    assert_eq!(code(authority.renew_by_request(&unknown, None, &RULES, &later(300))), "authority-unknown-key");
    let other = CertificateRequest::new(&name("示例用户二"), &signer(2)).unwrap();
    assert_eq!(code(authority.renew_by_request(&other, None, &RULES, &later(300))), "authority-other-subject");
}

#[test]
fn a_key_is_renewed_twice_and_then_another_is_due() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = person(&mut authority, 2);
    let request = CertificateRequest::new(old.subject(), &signer(2)).unwrap();
    let renew =
        |authority: &mut Authority<'_>, day| authority.renew_by_request(&request, Some(365), &RULES, &later(day));
    assert_eq!(code(renew(&mut authority, 300)), "ok");
    let last = renew(&mut authority, 700).unwrap().issued.signing;
    let refused = renew(&mut authority, 1_050).unwrap_err();
    assert!(matches!(&refused, AuthorityError::RenewedTooOften { renewals: 2, .. }), "{refused}");
    let again = asked(&last, 2, 3, 1_050);
    assert_eq!(code(rekey(&mut authority, &again, 1_050)), "ok");
}

#[test]
fn a_rekey_by_the_old_key_gives_the_new_one_a_certificate_once() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = person(&mut authority, 2);
    let request = asked(&old, 2, 3, 10);
    let done = rekey(&mut authority, &request, 10).unwrap();
    assert_eq!(done.issued.signing.public_key().unwrap(), signer(3).public_key());
    assert_eq!(done.old, old);
    let again = rekey(&mut authority, &request, 11).unwrap();
    assert_eq!((again.issued.filled, again.issued.answer), (Filled::Before, done.issued.answer));
    // Whoever got hold of the old key afterwards comes too late.
    assert_eq!(code(rekey(&mut authority, &asked(&old, 2, 4, 12), 12)), "authority-order-differs");
    assert_eq!(code(rekey(&mut authority, &asked(&done.issued.signing, 3, 5, 800), 800)), "authority-renewal-too-late");
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn the_key_of_a_certificate_that_is_held_or_revoked_proves_nothing() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = person(&mut authority, 2);
    let request = asked(&old, 2, 3, 10);
    authority.hold(old.serial(), &later(1)).unwrap();
    assert_eq!(code(rekey(&mut authority, &request, 10)), "authority-not-renewable");
    authority.revoke(old.serial(), Reason::Superseded, None, &later(2)).unwrap();
    assert_eq!(code(rekey(&mut authority, &request, 10)), "authority-not-renewable");
    // Of two certificates of one key the other was revoked because the key was lost.
    let first = person(&mut authority, 6);
    let second = authority.renew(first.serial(), None, &RULES.at_any_time(), &later(3)).unwrap().signing;
    authority.revoke(first.serial(), Reason::KeyCompromise, None, &later(4)).unwrap();
    assert_eq!(code(rekey(&mut authority, &asked(&second, 6, 7, 10), 10)), "authority-key-compromised");
}

#[test]
fn a_certificate_of_somebody_else_or_made_by_hand_asks_for_nothing() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let other = Issuer::new(root(&mut registry, 9), signer(9)).unwrap();
    let foreign = person(&mut Authority::new(&other, &mut registry), 2);
    let mut authority = Authority::new(&issuer, &mut registry);
    assert_eq!(code(rekey(&mut authority, &asked(&foreign, 2, 3, 10), 10)), "authority-not-issued-here");
    // The number of one of ours, another key, signed by whoever.
    let old = person(&mut authority, 4);
    let (subject, forger) = (name("示例用户"), signer(8));
    let root = Issuer::self_signed(&name("示例根"), &forger, SerialNumber::random().unwrap(), Period::years(NOW, 20));
    let forger = Issuer::new(root.unwrap(), forger).unwrap();
    let (key, period) = (signer(5), Period::days(NOW, 365));
    let made = forger.issue_for(&subject, key.public_key(), &Profile::person(), old.serial().clone(), period).unwrap();
    assert_eq!(code(rekey(&mut authority, &asked(&made, 5, 6, 10), 10)), "authority-not-issued-here");
    let unknown = SerialNumber::from_hex("0badcafe").unwrap();
    let made = forger.issue_for(&subject, key.public_key(), &Profile::person(), unknown, period).unwrap();
    assert_eq!(code(rekey(&mut authority, &asked(&made, 5, 6, 10), 10)), "registry-unknown-certificate");
}

#[test]
fn the_seals_that_list_the_old_certificate_are_named_until_they_are_over_or_made_anew() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let maker = issue(&mut authority, 5, Profile::seal_maker()).unwrap();
    let old = person(&mut authority, 2);
    let other = person(&mut authority, 3);
    let key = signer(5);
    let maker = SealMaker::new(maker, &key).unwrap();
    let make = |registry: &mut MemoryRegistry, id: &str, signers: &[&Certificate]| {
        let draft = draft(id, signers.iter().map(|one| (*one).clone()).collect());
        make_seal(&maker, &draft, None, registry, &note()).unwrap();
    };
    make(&mut registry, "33010600000001", &[&other, &old]);
    make(&mut registry, "33010600000002", &[&other]);
    let mut authority = Authority::new(&issuer, &mut registry);
    let ids = |seals: &[SealRecord]| seals.iter().map(|seal| seal.id.clone()).collect::<Vec<_>>();
    let request = CertificateRequest::new(old.subject(), &signer(2)).unwrap();
    let renewed = authority.renew_by_request(&request, None, &RULES, &later(300)).unwrap();
    assert_eq!(ids(&renewed.seals), ["33010600000001"], "the same key is not the same certificate");
    let request = asked(&renewed.issued.signing, 2, 4, 301);
    let rekeyed = rekey(&mut authority, &request, 301).unwrap();
    assert_eq!(ids(&rekeyed.seals), ["33010600000001"], "it lists an earlier certificate of the old key");
    let new = rekeyed.issued.signing;
    make(&mut registry, "33010600000003", &[&new, &old]);
    let at = |day| outdated_seals(&registry, &old, &new, NOW.plus_days(day)).unwrap();
    assert_eq!(ids(&at(302)), ["33010600000001"]);
    assert!(at(367).is_empty(), "its period is over");
}

//! Revocation lists by scope, and OCSP from the registry.

use super::*;
use crate::authority::RegistryStatus;
use crate::cert::ProfileSet;
use crate::cert::Services;
use crate::cert::ocsp::OcspState;
use crate::cert::ocsp::StatusSource;

fn reasons(list: &crate::cert::RevocationList) -> Vec<(SerialNumber, Option<Reason>)> {
    list.entries().map(|entry| (entry.serial.clone(), entry.reason)).collect()
}

#[test]
fn a_delta_list_says_what_changed_since_its_base_and_what_was_released() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let serials: Vec<_> =
        (2..6).map(|byte| issue(&mut authority, byte, Profile::person()).unwrap().serial().clone()).collect();
    authority.revoke(&serials[0], Reason::Superseded, None, &later(1)).unwrap();
    authority.hold(&serials[1], &later(1)).unwrap();
    let base = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &later(2)).unwrap();
    assert_eq!((base.len(), base.is_delta()), (2, false));
    authority.release(&serials[1], &later(3)).unwrap();
    authority.revoke(&serials[2], Reason::KeyCompromise, Some(NOW), &later(3)).unwrap();
    let delta = authority.revocation_list(&ListScope::Delta { base: 1 }, NOW.plus_days(10), &later(4)).unwrap();
    assert!(delta.is_delta());
    let mut said = reasons(&delta);
    said.sort_by(|a, b| a.0.cmp(&b.0));
    let mut expected =
        vec![(serials[1].clone(), Some(Reason::RemoveFromCrl)), (serials[2].clone(), Some(Reason::KeyCompromise))];
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(said, expected);
    delta.check_signature_by(issuer.certificate()).unwrap();
    // The next full list no longer names the released one.
    let full = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &later(5)).unwrap();
    assert_eq!(full.len(), 2);
    // A delta builds upon a full list that is there.
    for base in [0, 2, 9] {
        let refused = authority.revocation_list(&ListScope::Delta { base }, NOW.plus_days(30), &later(6));
        assert_eq!(refused.unwrap_err().code(), "registry-unknown-list", "{base}");
    }
    let record = registry.revocation_list(&KeyId::of(issuer.certificate().public_key().unwrap()), 2).unwrap().unwrap();
    assert_eq!((record.base, record.entries), (Some(1), 2));
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn the_lists_of_all_points_together_name_every_revoked_certificate_once() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let services = Services::default().with_crl("http://crl.example.cn/{shard}.crl", 4).unwrap();
    let points = services.points(&[]);
    let mut authority = Authority::new(&issuer, &mut registry).profiles(ProfileSet::standard().with_services(services));
    let mut serials: Vec<_> =
        (2..14).map(|byte| issue(&mut authority, byte, Profile::person()).unwrap().serial().clone()).collect();
    for serial in &serials {
        authority.revoke(serial, Reason::Superseded, None, &later(1)).unwrap();
    }
    let mut named = Vec::new();
    for point in &points {
        let list = authority.revocation_list(&ListScope::Point(point.clone()), NOW.plus_days(30), &later(2)).unwrap();
        assert_eq!(list.point(), Some(point.as_str()));
        named.extend(list.entries().map(|entry| entry.serial.clone()));
    }
    named.sort();
    serials.sort();
    assert_eq!(named, serials);
    // A delta of a point is about that point.
    let more = issue(&mut authority, 20, Profile::person()).unwrap();
    let own = more.distribution_points().remove(0);
    let base = 1 + points.iter().position(|point| *point == own).unwrap() as u64;
    authority.hold(more.serial(), &later(3)).unwrap();
    let delta = authority.revocation_list(&ListScope::Delta { base }, NOW.plus_days(30), &later(3)).unwrap();
    assert_eq!((delta.point(), delta.is_delta()), (Some(own.as_str()), true));
    assert!(delta.entries().any(|entry| entry.serial == *more.serial()));
}

#[test]
fn a_responder_answers_from_the_registry_and_never_good_for_what_it_does_not_know() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let good = issue(&mut authority, 2, Profile::person()).unwrap();
    let held = issue(&mut authority, 3, Profile::person()).unwrap();
    let lost = issue(&mut authority, 4, Profile::person()).unwrap();
    authority.hold(held.serial(), &later(1)).unwrap();
    authority.revoke(lost.serial(), Reason::KeyCompromise, Some(NOW), &later(1)).unwrap();
    let other = root(&mut registry, 9);
    let source = RegistryStatus::new(&registry);
    let state = |serial: &SerialNumber| source.state(issuer.certificate(), serial).unwrap();
    let at = NOW.plus_days(1);
    assert_eq!(state(good.serial()), OcspState::Good);
    let hold = Some(Reason::CertificateHold);
    assert_eq!(state(held.serial()), OcspState::Revoked { at, reason: hold, invalidity: None });
    let reason = Some(Reason::KeyCompromise);
    assert_eq!(state(lost.serial()), OcspState::Revoked { at, reason, invalidity: Some(NOW) });
    assert_eq!(state(&SerialNumber::from_hex("0badcafe").unwrap()), OcspState::Unknown);
    // Another authority's certificate is nothing to answer for.
    assert_eq!(state(other.serial()), OcspState::Unknown);
    assert_eq!(source.state(&other, good.serial()).unwrap(), OcspState::Unknown);
}

//! Successors: the same key for longer, or a new key.

use super::*;
use crate::authority::Filled;
use crate::authority::Issued;
use crate::authority::Predecessor;
use crate::authority::RenewalRules;
use crate::cert::Identity;
use crate::cert::IdentityKind;

const RULES: RenewalRules = RenewalRules { early_days: 90, late_days: 365, key_days: 5 * 365, renewals: 2 };

/// A person's pair (key 2), valid for a year from `NOW`.
fn pair(authority: &mut Authority<'_>) -> Issued {
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let mut order = Order::new(&subject, key.public_key(), &profile, Period::days(NOW, 365)).pair();
    order.organization = Some("91520100MA6DQ4TK0X".into());
    order.identity = Identity::default().with(IdentityKind::OrganizationCode, "91350100M000100Y43").unwrap();
    authority.issue_all(&[order], &note()).unwrap().remove(0)
}

fn renew(authority: &mut Authority<'_>, serial: &SerialNumber, day: i64) -> Result<Issued, AuthorityError> {
    authority.renew(serial, Some(365), &RULES, &later(day))
}

fn rekey(authority: &mut Authority<'_>, serial: &SerialNumber, byte: u8, day: i64) -> Result<Issued, AuthorityError> {
    let key = signer(byte);
    authority.rekey(serial, key.public_key(), Some(365), Predecessor::RunsOut, &RULES, &later(day))
}

#[test]
fn a_renewal_has_the_same_keys_and_begins_now_and_goes_on_from_the_old_end() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = pair(&mut authority);
    let new = renew(&mut authority, old.signing.serial(), 300).unwrap();
    assert_eq!(new.filled, Filled::Now);
    assert_ne!(new.signing.serial(), old.signing.serial());
    assert_eq!(new.signing.public_key().unwrap(), old.signing.public_key().unwrap());
    assert_eq!(new.signing.identity_numbers(), old.signing.identity_numbers());
    let (old_encryption, encryption) = (old.encryption.unwrap(), new.encryption.as_ref().unwrap());
    assert_eq!(encryption.public_key().unwrap(), old_encryption.public_key().unwrap());
    assert!(new.envelope.is_none(), "the holder has the key");
    let end = NOW.plus_days(730);
    assert_eq!(new.signing.validity(), Period::new(NOW.plus_days(300), end).unwrap());
    assert_eq!(encryption.validity(), new.signing.validity());
    let record = authority.registry().certificate(new.signing.serial()).unwrap().unwrap();
    assert_eq!(record.replaces.as_ref(), Some(old.signing.serial()));
    assert_eq!(record.region.as_deref(), Some("520100"));
    // By the other of the pair, and again: it is the same renewal.
    let again = renew(&mut authority, old_encryption.serial(), 301).unwrap();
    assert_eq!((again.filled, again.answer), (Filled::Before, new.answer));
    // Once over, the new term counts from now.
    let late = renew(&mut authority, new.signing.serial(), 900).unwrap();
    assert_eq!(late.signing.validity().to(), NOW.plus_days(900 + 365));
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn a_renewal_too_early_too_late_of_an_old_key_or_beyond_the_issuer_is_refused() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let serial = pair(&mut authority).signing.serial().clone();
    let early = renew(&mut authority, &serial, 274).unwrap_err();
    assert!(matches!(&early, AuthorityError::RenewalTooEarly { from, .. } if *from == NOW.plus_days(275)), "{early}");
    assert_eq!(renew(&mut authority, &serial, 731).unwrap_err().code(), "authority-renewal-too-late");
    let any_time = authority.renew(&serial, Some(1_000), &RULES.at_any_time(), &later(1)).unwrap();
    let second = any_time.signing.serial().clone();
    let third = authority.renew(&second, Some(900), &RULES.at_any_time(), &later(700)).unwrap();
    let serial = third.signing.serial().clone();
    let old_key = authority.renew(&serial, None, &RULES.at_any_time(), &later(5 * 365 + 1)).unwrap_err();
    assert!(matches!(&old_key, AuthorityError::KeyTooOld { since, .. } if *since == NOW), "{old_key}");
    let rules = RenewalRules { key_days: u32::MAX, renewals: u32::MAX, ..RULES };
    let end = issuer.certificate().validity().to();
    let at_end = authority.renew(third.signing.serial(), Some(20 * 365), &rules.at_any_time(), &later(800)).unwrap();
    assert_eq!(at_end.signing.validity().to(), end, "cut where the issuer ends");
    let note = Note::new(end.plus_days(-1), "registrar");
    let beyond = authority.renew(at_end.signing.serial(), None, &rules, &note).unwrap_err();
    assert_eq!(beyond.code(), "issuer-outlived");
}

#[test]
fn what_is_held_or_revoked_or_another_authoritys_is_not_renewed() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let serial = pair(&mut authority).signing.serial().clone();
    authority.hold(&serial, &later(1)).unwrap();
    for standing in [Standing::Held, Standing::Revoked] {
        let refused = renew(&mut authority, &serial, 300).unwrap_err();
        assert!(matches!(&refused, AuthorityError::NotRenewable { standing: found, .. } if *found == standing));
        if standing == Standing::Held {
            assert_eq!(rekey(&mut authority, &serial, 3, 300).unwrap_err().code(), "authority-not-renewable");
            authority.revoke(&serial, Reason::CessationOfOperation, None, &later(2)).unwrap();
        }
    }
    let unknown = SerialNumber::from_hex("0badcafe").unwrap();
    assert_eq!(renew(&mut authority, &unknown, 1).unwrap_err().code(), "registry-unknown-certificate");
    let other = Issuer::new(root(&mut registry, 9), signer(9)).unwrap();
    let mut other = Authority::new(&other, &mut registry);
    assert_eq!(renew(&mut other, &serial, 1).unwrap_err().code(), "authority-not-issued-here");
}

#[test]
fn a_rekey_gives_a_new_pair_and_leaves_or_revokes_the_old_one() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let old = pair(&mut authority);
    let serial = old.signing.serial().clone();
    assert_eq!(rekey(&mut authority, &serial, 2, 10).unwrap_err().code(), "authority-key-unchanged");
    let new = rekey(&mut authority, &serial, 3, 10).unwrap();
    assert_eq!(new.signing.public_key().unwrap(), signer(3).public_key());
    assert!(new.envelope.is_some() && new.encryption.is_some());
    assert_eq!(new.signing.subject(), old.signing.subject());
    assert_eq!(
        authority.registry().certificate(&serial).unwrap().unwrap().standing(NOW.plus_days(10)),
        Standing::Active
    );
    let again = rekey(&mut authority, &serial, 3, 11).unwrap();
    assert_eq!((again.filled, again.envelope), (Filled::Before, new.envelope));
    assert_eq!(rekey(&mut authority, &serial, 4, 11).unwrap_err().code(), "authority-order-differs");
    // Revoking afterwards what ran on.
    let key = signer(3);
    authority.rekey(&serial, key.public_key(), None, Predecessor::Revoked, &RULES, &later(12)).unwrap();
    let record = authority.registry().certificate(&serial).unwrap().unwrap();
    assert_eq!(record.revocation().unwrap().reason, Reason::Superseded);

    // At once, both of the pair with it, in the write of the issue.
    let length = authority.registry().checkpoint().unwrap().length;
    let key = signer(5);
    let third = authority
        .rekey(new.signing.serial(), key.public_key(), None, Predecessor::Revoked, &RULES, &later(13))
        .unwrap();
    assert_eq!(authority.registry().checkpoint().unwrap().length, length + 3 + 2);
    assert_eq!(third.filled, Filled::Now);
    let encryption = new.encryption.unwrap();
    let other = authority.registry().certificate(encryption.serial()).unwrap().unwrap();
    assert_eq!(other.standing(NOW.plus_days(13)), Standing::Revoked);
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn a_lost_certificate_is_replaced_with_a_new_key_after_it_was_revoked() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let serial = pair(&mut authority).signing.serial().clone();
    authority.revoke(&serial, Reason::KeyCompromise, None, &later(1)).unwrap();
    let new = rekey(&mut authority, &serial, 3, 2).unwrap();
    assert_eq!(new.filled, Filled::Now);
    let expired = rekey(&mut authority, new.signing.serial(), 4, 1_000).unwrap_err();
    assert_eq!(expired.code(), "authority-renewal-too-late");
}

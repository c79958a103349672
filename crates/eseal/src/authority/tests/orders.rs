//! Orders: pairs, names that make an order be filled once, and keys that are refused.

use super::*;
use crate::authority::Filled;
use crate::authority::Issued;
use crate::authority::Partner;
use crate::cert::CertificateResponse;
use crate::key::SecretKey;

fn code(result: Result<Issued, AuthorityError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_pair_is_two_certificates_that_name_each_other_and_an_envelope_for_the_signing_key() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let validity = Period::years(NOW, 2);
    let mut order = Order::new(&subject, key.public_key(), &profile, validity).pair().named("A-1");
    order.organization = Some("91520100MA6DQ4TK0X".into());
    let issued = authority.issue_all(&[order], &note()).unwrap().remove(0);
    let encryption = issued.encryption.as_ref().unwrap();
    assert_eq!(encryption.subject(), issued.signing.subject());
    assert_eq!(encryption.validity(), issued.signing.validity());
    assert!(encryption.key_usage().unwrap().can_encipher() && !encryption.key_usage().unwrap().can_sign());
    assert!(issued.signing.key_usage().unwrap().can_sign());
    encryption.check_signature_by(issuer.certificate().public_key().unwrap()).unwrap();
    let opened = issued.envelope.as_ref().unwrap().open(&SecretKey::from_bytes(&[2; 32]).unwrap()).unwrap();
    assert_eq!(opened.public_key(), encryption.public_key().unwrap());
    assert_eq!(issued.answer.signing()[1], *issuer.certificate());

    let record = |certificate: &Certificate| registry.certificate(certificate.serial()).unwrap().unwrap();
    let (own, other) = (record(&issued.signing), record(encryption));
    assert_eq!((own.partner.as_ref(), other.partner.as_ref()), (Some(&other.serial), Some(&own.serial)));
    assert_eq!((own.profile.as_str(), other.profile.as_str()), ("person", "encryption"));
    assert_eq!((own.order.as_deref(), other.order.as_deref()), (Some("A-1"), None));
    assert_eq!((own.region.as_deref(), other.region.as_deref()), (Some("520100"), Some("520100")));
    assert_eq!(registry.answer("A-1").unwrap().unwrap(), issued.answer.to_der());
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn only_people_and_organizations_have_pairs() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key) = (name("示例用户"), signer(2));
    for profile in [Profile::tsa(), Profile::sub_ca(), Profile::seal_maker(), Profile::ocsp()] {
        let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 1)).pair();
        assert_eq!(authority.issue_all(&[order], &note()).unwrap_err().code(), "authority-no-pair");
    }
    assert_eq!(registry.checkpoint().unwrap().length, 1);
}

#[test]
fn an_order_given_twice_is_filled_once() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 2)).pair().named("A-1");
    let first = authority.issue_all(std::slice::from_ref(&order), &note()).unwrap().remove(0);
    assert_eq!(first.filled, Filled::Now);
    let length = authority.registry().checkpoint().unwrap().length;
    // Much later, and by another run.
    let mut authority = Authority::new(&issuer, &mut registry);
    let again = authority.issue_all(std::slice::from_ref(&order), &later(300)).unwrap().remove(0);
    assert_eq!(again.filled, Filled::Before);
    assert_eq!(again.answer, first.answer);
    assert_eq!(again.envelope, first.envelope);
    assert_eq!(authority.registry().checkpoint().unwrap().length, length);

    // Twice in one list: the second gets what the first got.
    let mut order = order;
    order.id = Some("A-2".into());
    let both = authority.issue_all(&[order.clone(), order], &note()).unwrap();
    assert_eq!([both[0].filled, both[1].filled], [Filled::Now, Filled::Before]);
    assert_eq!(both[0].answer, both[1].answer);
}

#[test]
fn an_order_of_the_same_name_for_something_else_is_refused() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 2)).named("A-1");
    authority.issue_all(std::slice::from_ref(&order), &note()).unwrap();
    let (other_subject, other_key, other_profile) = (name("另一用户"), signer(3), Profile::organization());
    for changed in [
        Order { subject: &other_subject, ..order.clone() },
        Order { key: other_key.public_key(), ..order.clone() },
        Order { profile: &other_profile, ..order.clone() },
        Order { partner: Partner::NewKey, ..order.clone() },
    ] {
        let mut results = authority.issue_each(&[changed], &note()).unwrap();
        assert_eq!(code(results.remove(0)), "authority-order-differs");
    }
    assert_eq!(registry.checkpoint().unwrap().length, 3);
}

#[test]
fn a_key_of_another_subject_and_a_compromised_one_are_refused() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, other, key) = (name("示例用户"), name("另一用户"), signer(2));
    let (profile, validity) = (Profile::person(), Period::years(NOW, 1));
    let order = |subject, key| Order::new(subject, key, &profile, validity);
    let first = authority.issue_all(&[order(&subject, key.public_key())], &note()).unwrap().remove(0);
    let foreign = authority.issue_all(&[order(&other, key.public_key())], &note()).unwrap_err();
    assert!(matches!(&foreign, AuthorityError::KeyOfAnother { subject } if subject.contains("示例用户")), "{foreign}");
    // The authority's own key, and one key for two subjects in one list.
    let (own, third) = (signer(1), signer(3));
    let of_ca = authority.issue_all(&[order(&other, own.public_key())], &note());
    assert_eq!(of_ca.unwrap_err().code(), "authority-key-of-another");
    let both = [order(&subject, third.public_key()), order(&other, third.public_key())];
    assert_eq!(authority.issue_all(&both, &note()).unwrap_err().code(), "authority-key-of-another");
    // The same subject may have its key certified again, unless it was in wrong hands.
    let second = authority.issue_all(&[order(&subject, key.public_key())], &note()).unwrap().remove(0);
    authority.revoke(second.signing.serial(), Reason::Superseded, None, &note()).unwrap();
    authority.issue_all(&[order(&subject, key.public_key())], &note()).unwrap();
    authority.revoke(first.signing.serial(), Reason::KeyCompromise, None, &note()).unwrap();
    let lost = authority.issue_all(&[order(&subject, key.public_key())], &note()).unwrap_err();
    assert!(
        matches!(&lost, AuthorityError::KeyCompromised { serial } if *serial == first.signing.serial().to_string())
    );
}

#[test]
fn of_several_orders_those_that_can_be_are_filled_in_one_write() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry).threads(2.try_into().unwrap());
    let names: Vec<_> = (0..20).map(|number| name(&format!("持有人{number}"))).collect();
    let signers: Vec<_> = (2..22).map(signer).collect();
    let profile = Profile::organization();
    let mut orders: Vec<_> = (names.iter().zip(&signers).enumerate())
        .map(|(number, (subject, key))| {
            Order::new(subject, key.public_key(), &profile, Period::years(NOW, 1)).pair().named(format!("B-{number}"))
        })
        .collect();
    orders[3].validity = Period::years(NOW, 50);
    orders[7].key = signers[6].public_key();
    let results = authority.issue_each(&orders, &note()).unwrap();
    for (number, result) in results.into_iter().enumerate() {
        match number {
            3 => assert_eq!(code(result), "issuer-outlived"),
            7 => assert_eq!(code(result), "authority-key-of-another"),
            _ => {
                let issued = result.unwrap();
                assert_eq!(
                    issued.signing.public_key().unwrap(),
                    signers[number].public_key(),
                    "in the order of the list"
                );
                assert_eq!(issued.signing.subject(), &names[number]);
            }
        }
    }
    assert_eq!(registry.checkpoint().unwrap().length, 1 + 18 * 3);
    // A field that cannot be kept is its own order's fault only.
    let mut authority = Authority::new(&issuer, &mut registry);
    orders[3].validity = Period::years(NOW, 1);
    orders[7].key = signers[7].public_key();
    orders[7].organization = Some(String::new());
    let results = authority.issue_each(&orders, &note()).unwrap();
    let codes: Vec<_> =
        results.iter().map(|result| result.as_ref().map(|one| one.filled).map_err(|error| error.code())).collect();
    assert_eq!((codes[0], codes[3], codes[7]), (Ok(Filled::Before), Ok(Filled::Now), Err("registry-bad-field")));
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn an_order_filled_by_another_process_meanwhile_gives_its_answer() {
    let mut registry = Crowded { inner: MemoryRegistry::new(), refusals: 0 };
    let issuer = issuer(&mut registry);
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 2)).named("A-1");
    let mut authority = Authority::new(&issuer, &mut registry);
    let issued = authority.issue_all(std::slice::from_ref(&order), &note()).unwrap().remove(0);
    registry.refusals = 1;
    let mut authority = Authority::new(&issuer, &mut registry);
    let again = authority.issue_all(&[order], &note()).unwrap().remove(0);
    assert_eq!(again.answer, issued.answer);
}

#[test]
fn the_two_of_a_pair_move_together() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key, profile) = (name("示例用户"), signer(2), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 2)).pair();
    let issued = authority.issue_all(&[order], &note()).unwrap().remove(0);
    let (signing, encryption) = (issued.signing.serial().clone(), issued.encryption.unwrap().serial().clone());
    let standings = |registry: &dyn Registry| {
        [&signing, &encryption].map(|serial| registry.certificate(serial).unwrap().unwrap().standing(NOW.plus_days(9)))
    };
    // Whichever of the two is named.
    let moved = super::super::hold(&mut registry, &encryption, &later(1)).unwrap();
    assert_eq!(moved, [encryption.clone(), signing.clone()]);
    assert_eq!(standings(&registry), [Standing::Held; 2]);
    super::super::release(&mut registry, &signing, &later(2)).unwrap();
    assert_eq!(standings(&registry), [Standing::Active; 2]);
    super::super::revoke(&mut registry, &signing, Reason::AffiliationChanged, None, &later(3)).unwrap();
    assert_eq!(standings(&registry), [Standing::Revoked; 2]);
    let again = super::super::revoke(&mut registry, &encryption, Reason::Superseded, None, &later(4));
    assert_eq!(again.unwrap_err().code(), "registry-already-revoked");
    let mut authority = Authority::new(&issuer, &mut registry);
    let list = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &later(5)).unwrap();
    assert_eq!(list.len(), 2);
}

#[test]
fn the_answer_reads_back_as_the_holder_gets_it() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let (subject, key, encryption) = (name("示例用户"), signer(2), signer(3));
    let profile = Profile::person();
    let order = Order::new(&subject, key.public_key(), &profile, Period::years(NOW, 2));
    for partner in [Partner::None, Partner::NewKey, Partner::SameKey(encryption.public_key())] {
        let issued = authority.issue_all(&[Order { partner, ..order.clone() }], &note()).unwrap().remove(0);
        let read = CertificateResponse::from_bytes(&issued.answer.to_der()).unwrap();
        assert_eq!(read, issued.answer);
        assert_eq!(read.certificate_for(key.public_key()).unwrap(), &issued.signing);
        assert_eq!(read.envelope().is_some(), partner == Partner::NewKey);
        assert_eq!(read.encryption().is_empty(), partner == Partner::None);
    }
}

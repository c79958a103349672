//! The token as a whole: its life, and every way in which it can go wrong.

use std::io;
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use super::container::Container;
use super::slot::Slot;
use super::*;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::SerialNumber;
use crate::key::Signer;
use crate::key::secret_key_from_bytes;
use crate::sm::UserId;
use crate::test_support::shared;
use crate::time::Instant;
use crate::time::Period;

const PIN: &str = "correct horse battery";

fn now() -> Instant {
    Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
}

fn pin() -> Pin {
    Pin::new(PIN).unwrap()
}

fn wrong() -> Pin {
    Pin::new("incorrect horse battery").unwrap()
}

/// A token with one signing key, cheap to log in to.
fn token_in(medium: impl Medium + 'static, device: Option<&DeviceSecret>) -> Token {
    let pin = pin();
    let new = match device {
        Some(device) => NewToken::device("fake token", &pin, device),
        None => NewToken::file("fake token", &pin),
    };
    let (token, _) = Token::create(medium, NewToken { kdf: KdfCost::demo(2), ..new }, now()).unwrap();
    token.log_in(&pin, device).unwrap().generate_key(KeyUse::Sign).unwrap();
    token
}

fn left(result: Result<Session, TokenError>) -> u32 {
    match result {
        Err(TokenError::WrongPin { left }) => left,
        other => panic!("expected a wrong PIN, got {other:?}"),
    }
}

fn code(result: Result<Session, TokenError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_key_made_in_the_token_signs_after_a_new_log_in() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let token = Token::open(medium).unwrap();
    let session = token.log_in(&pin(), None).unwrap();
    let signer = session.signer(KeyUse::Sign).unwrap();
    drop(session);
    let digest = signer.public_key().digest(UserId::DEFAULT, b"message");
    let signature = signer.sign_digest(&digest).unwrap();
    assert!(token.info().unwrap().objects[0].public_key.verify(&digest, &signature).is_ok());
}

#[test]
fn the_information_needs_no_pin() {
    let token = token_in(MemoryMedium::new(), None);
    let info = token.info().unwrap();
    assert_eq!((info.label.as_str(), info.created, info.level, info.epoch), ("fake token", now(), Level::File, 0));
    assert_eq!((info.tries_left, info.max_tries, info.locked), (6, 6, false));
    assert_eq!(info.kdf, Some(KdfCost::demo(2)));
    assert!(info.kdf.unwrap().is_demo());
    assert_eq!(info.slots, [SlotKind::Pin, SlotKind::Recovery]);
    assert_eq!(info.escrow(), Escrow::None);
    assert_eq!(info.objects[0].key_use, KeyUse::Sign);
}

#[test]
fn a_token_is_written_as_pem_and_read_as_pem_or_der() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let pem = medium.bytes().unwrap();
    assert!(pem.starts_with(b"-----BEGIN SOFT TOKEN-----\n") && pem.ends_with(b"-----END SOFT TOKEN-----\n"));
    let (_, document) = ::der::pem::decode_vec(&pem).unwrap();
    let token = Token::open(MemoryMedium::with_bytes(document)).unwrap();
    assert!(token.log_in(&pin(), None).is_ok());
}

#[test]
fn wrong_pins_count_down_and_the_last_one_destroys_the_slot() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    for expected in [5, 4, 3, 2, 1] {
        assert_eq!(left(token.log_in(&wrong(), None)), expected);
        assert_eq!(token.info().unwrap().tries_left, expected);
    }
    assert_eq!(left(token.log_in(&wrong(), None)), 0);
    assert_eq!(code(token.log_in(&pin(), None)), "token-locked");
    let container = Container::parse(&medium.bytes().unwrap()).unwrap();
    assert!(container.pin_slot().is_none() && container.state.locked);
    let info = token.info().unwrap();
    assert!(info.locked && info.tries_left == 0 && info.kdf.is_none());
    assert_eq!(info.slots, [SlotKind::Recovery], "what can unlock it later is still there");
}

#[test]
fn the_right_pin_gives_all_tries_back() {
    let token = token_in(MemoryMedium::new(), None);
    assert_eq!(left(token.log_in(&wrong(), None)), 5);
    assert!(token.log_in(&pin(), None).is_ok());
    assert_eq!(token.info().unwrap().tries_left, 6);
}

#[test]
fn a_new_pin_takes_the_place_of_the_old() {
    let token = token_in(MemoryMedium::new(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let weak = session.change_pin(&Pin::new("12345678").unwrap(), &[]);
    assert!(matches!(weak, Err(TokenError::WeakPin { fault: PinFault::Sequence })));
    let own = session.change_pin(&Pin::new("x13812345678").unwrap(), &["13812345678"]);
    assert!(matches!(own, Err(TokenError::WeakPin { fault: PinFault::HolderNumber })));
    let new = Pin::new("another horse entirely").unwrap();
    session.change_pin(&new, &[]).unwrap();
    assert_eq!(left(token.log_in(&pin(), None)), 5);
    let session = token.log_in(&new, None).unwrap();
    assert!(session.signer(KeyUse::Sign).is_ok());
    assert_eq!(token.info().unwrap().kdf, Some(KdfCost::demo(2)), "the cost of a guess stays");
}

#[test]
fn a_lowered_cost_in_the_file_does_not_pass_on_to_the_next_pin() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    let mut slot = container.pin_slot().unwrap().clone();
    slot.kdf = kdf::Stretch::new(KdfCost::demo(1)).unwrap().to_algorithm();
    container.set_pin_slot(slot);
    medium.hold().unwrap().replace(&container.to_pem()).unwrap();
    session.change_pin(&Pin::new("another horse entirely").unwrap(), &[]).unwrap();
    assert_eq!(token.info().unwrap().kdf, Some(KdfCost::demo(2)));
}

#[test]
fn a_weak_pin_or_a_senseless_policy_makes_no_token() {
    let (weak, good) = (Pin::new("password").unwrap(), pin());
    let make = |new: NewToken<'_>| {
        let medium = MemoryMedium::new();
        let result = Token::create(medium.clone(), new, now());
        assert!(medium.bytes().is_none());
        result.map_or_else(|error| error.code(), |_| "ok")
    };
    assert_eq!(make(NewToken::file("x", &weak)), "token-weak-pin");
    assert_eq!(make(NewToken { level: Level::Server, ..NewToken::file("x", &good) }), "token-unsupported-level");
    assert_eq!(make(NewToken { level: Level::Device, ..NewToken::file("x", &good) }), "token-device-secret-missing");
    assert_eq!(make(NewToken::file("x".repeat(257), &good)), "token-label-too-long");
    for policy in [
        TokenPolicy { max_tries: 0, ..TokenPolicy::default() },
        TokenPolicy { max_tries: 101, ..TokenPolicy::default() },
        TokenPolicy { min_pin_length: 65, ..TokenPolicy::default() },
    ] {
        assert_eq!(make(NewToken { policy, ..NewToken::file("x", &good) }), "token-bad-policy");
    }
    let policy = TokenPolicy { min_pin_length: 30, ..TokenPolicy::default() };
    assert_eq!(make(NewToken { policy, ..NewToken::file("x", &good) }), "token-weak-pin");
}

#[test]
fn a_token_is_not_made_over_another() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let before = medium.bytes();
    let pin = pin();
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("second", &pin) };
    assert_eq!(Token::create(medium.clone(), new, now()).unwrap_err().code(), "token-exists");
    assert_eq!(medium.bytes(), before);
}

#[test]
fn a_bound_token_opens_with_the_secret_of_its_device_alone() {
    let (device, other) = (DeviceSecret::generate().unwrap(), DeviceSecret::generate().unwrap());
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), Some(&device));
    let before = medium.bytes();
    assert_eq!(code(token.log_in(&pin(), None)), "token-device-secret-missing");
    assert_eq!(code(token.log_in(&pin(), Some(&other))), "token-device-mismatch");
    assert_eq!(medium.bytes(), before, "no try was used");
    assert!(token.log_in(&pin(), Some(&device)).is_ok());
    assert_eq!(left(token.log_in(&wrong(), Some(&device))), 5);
}

#[test]
fn tries_that_were_given_back_by_hand_are_seen_on_a_bound_token() {
    let device = DeviceSecret::generate().unwrap();
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), Some(&device));
    assert_eq!(left(token.log_in(&wrong(), Some(&device))), 5);
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    container.state.failed = 0;
    medium.hold().unwrap().replace(&container.to_pem()).unwrap();
    assert_eq!(code(token.log_in(&pin(), Some(&device))), "token-device-mismatch");
}

#[test]
fn a_destroyed_slot_cannot_be_put_back_into_a_bound_token() {
    let device = DeviceSecret::generate().unwrap();
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), Some(&device));
    let old = Container::parse(&medium.bytes().unwrap()).unwrap();
    while !token.info().unwrap().locked {
        left(token.log_in(&wrong(), Some(&device)));
    }
    assert_eq!(code(token.log_in(&pin(), None)), "token-locked", "that it is locked comes before what else is missing");
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    container.set_pin_slot(old.pin_slot().unwrap().clone());
    container.state.locked = false;
    medium.hold().unwrap().replace(&container.to_pem()).unwrap();
    assert_eq!(code(token.log_in(&pin(), Some(&device))), "token-device-mismatch");
}

#[test]
fn a_copied_file_has_its_own_counter_and_the_copy_of_a_bound_one_is_useless_elsewhere() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let copy = Token::open(MemoryMedium::with_bytes(medium.bytes().unwrap())).unwrap();
    while !token.info().unwrap().locked {
        left(token.log_in(&wrong(), None));
    }
    // Nothing in a file can prevent this: it is why a guess is made slow, and why tokens are bound to devices.
    assert!(copy.log_in(&pin(), None).is_ok());

    let (device, other) = (DeviceSecret::generate().unwrap(), DeviceSecret::generate().unwrap());
    let medium = MemoryMedium::new();
    token_in(medium.clone(), Some(&device));
    let copy = Token::open(MemoryMedium::with_bytes(medium.bytes().unwrap())).unwrap();
    assert_eq!(code(copy.log_in(&pin(), Some(&other))), "token-device-mismatch");
}

#[test]
fn keys_and_slots_of_one_token_do_not_fit_another() {
    let (one, other) = (MemoryMedium::new(), MemoryMedium::new());
    token_in(one.clone(), None);
    let token = token_in(other.clone(), None);
    let donor = Container::parse(&one.bytes().unwrap()).unwrap();
    let mut container = Container::parse(&other.bytes().unwrap()).unwrap();
    container.set_pin_slot(donor.pin_slot().unwrap().clone());
    container.secrets.clone_from(&donor.secrets);
    other.hold().unwrap().replace(&container.to_pem()).unwrap();
    assert_eq!(left(token.log_in(&pin(), None)), 5, "same PIN, but the slot is tied to its token");
}

#[test]
fn a_changed_label_is_seen_once_the_pin_is_known() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    container.header.label = "other token".into();
    container.header_changed();
    medium.hold().unwrap().replace(&container.to_pem()).unwrap();
    assert_eq!(code(token.log_in(&pin(), None)), "token-tampered");
}

#[test]
fn a_session_does_not_write_over_a_token_that_locked_or_changed_hands() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    while !token.info().unwrap().locked {
        left(token.log_in(&wrong(), None));
    }
    assert!(matches!(session.generate_key(KeyUse::Sign), Err(TokenError::Stale)));
    let other = MemoryMedium::new();
    token_in(other.clone(), None);
    medium.hold().unwrap().replace(&other.bytes().unwrap()).unwrap();
    assert!(matches!(session.generate_key(KeyUse::Sign), Err(TokenError::Stale)));
}

#[test]
fn two_sessions_do_not_lose_each_others_keys() {
    let token = token_in(MemoryMedium::new(), None);
    let (mut one, mut two) = (token.log_in(&pin(), None).unwrap(), token.log_in(&pin(), None).unwrap());
    let ids = [one.generate_key(KeyUse::Sign).unwrap(), two.generate_key(KeyUse::Sign).unwrap()];
    let objects = token.info().unwrap().objects;
    assert_eq!(objects.len(), 3);
    assert_eq!([objects[1].id, objects[2].id], ids);
    assert!(two.signer(ids[0]).is_ok());
}

#[test]
fn a_key_that_is_not_for_signing_does_not_sign() {
    let token = token_in(MemoryMedium::new(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    assert!(matches!(session.signer(KeyUse::Encrypt), Err(TokenError::NoSuchKey)));
    assert!(matches!(session.signer(KeyId([0; 16])), Err(TokenError::NoSuchKey)));
    let id = session.generate_key(KeyUse::Encrypt).unwrap();
    assert!(matches!(session.signer(id), Err(TokenError::NotForSigning)));
    assert!(matches!(session.signer(KeyUse::Encrypt), Err(TokenError::NotForSigning)));
}

#[test]
fn the_recovery_code_opens_its_slot_also_on_a_locked_token() {
    let medium = MemoryMedium::new();
    let pin = pin();
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake", &pin) };
    let (token, recovery) = Token::create(medium.clone(), new, now()).unwrap();
    while !token.info().unwrap().locked {
        left(token.log_in(&wrong(), None));
    }
    let container = Container::parse(&medium.bytes().unwrap()).unwrap();
    let Some(Slot::Recovery(slot)) = container.slots.first() else { panic!("no recovery slot") };
    let binding = container.binding();
    let key = crypto::wrapping_key(recovery.unwrap().bytes(), None, &binding, crypto::Purpose::Recovery);
    let data_key = crypto::unwrap(&key, &binding, crypto::Purpose::Recovery, slot.wrapped.as_bytes()).unwrap();
    assert!(container.open_secrets(&data_key).unwrap().is_empty());
}

fn sample(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(shared()?.join("samples/vectors/pki").join(name)).unwrap())
}

#[test]
fn the_unlocker_gets_a_share_that_opens_its_slot_only_with_the_device() {
    let (Some(certificate), Some(key)) = (sample("enc.pem"), sample("enc.key")) else { return };
    let device = DeviceSecret::generate().unwrap();
    let medium = MemoryMedium::new();
    let pin = pin();
    let unlocker = Some(Certificate::from_pem(&certificate).unwrap());
    let new = NewToken { kdf: KdfCost::demo(2), unlocker, ..NewToken::device("fake", &pin, &device) };
    let (token, _) = Token::create(medium.clone(), new, now()).unwrap();
    let info = token.info().unwrap();
    assert_eq!(info.slots, [SlotKind::Pin, SlotKind::Unlock, SlotKind::Recovery]);
    assert_eq!(info.escrow(), Escrow::AuthorityFileAndDevice);
    assert!(info.unlocker.unwrap().name.contains("CN="));

    let container = Container::parse(&medium.bytes().unwrap()).unwrap();
    let Some(Slot::Unlock(slot)) = container.slots.get(1) else { panic!("no unlock slot") };
    let plain = secret_key_from_bytes(&key).unwrap().0.decrypt(slot.share.as_bytes()).unwrap();
    // SEQUENCE { OCTET STRING (16), INTEGER 0, OCTET STRING (32) }: the share is at the end.
    assert_eq!(plain.len(), 2 + 18 + 3 + 34);
    let (binding, share) = (container.binding(), &plain[25..]);
    let open = |device: Option<&DeviceSecret>| {
        let device = device.map(DeviceSecret::bytes);
        let key = crypto::wrapping_key(share, device, &binding, crypto::Purpose::Unlock);
        crypto::unwrap(&key, &binding, crypto::Purpose::Unlock, slot.wrapped.as_bytes())
    };
    assert!(open(None).is_none());
    assert!(container.open_secrets(&open(Some(&device)).unwrap()).is_ok());
}

#[test]
fn a_signing_certificate_is_no_unlocker() {
    let Some(certificate) = sample("sign.pem") else { return };
    let pin = pin();
    let unlocker = Some(Certificate::from_pem(&certificate).unwrap());
    let new = NewToken { kdf: KdfCost::demo(2), unlocker, ..NewToken::file("fake", &pin) };
    assert_eq!(Token::create(MemoryMedium::new(), new, now()).unwrap_err().code(), "token-unusable-unlocker");
}

#[test]
fn a_certificate_of_another_key_is_not_installed() {
    let Some(certificate) = sample("sign.pem") else { return };
    let certificate = Certificate::from_pem(&certificate).unwrap();
    let token = token_in(MemoryMedium::new(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let refused = session.install(std::slice::from_ref(&certificate));
    assert!(matches!(refused, Err(TokenError::ForeignCertificate { subject }) if subject.contains("CN=")));
    assert!(!session.owns(&certificate));
    assert!(matches!(session.signer(&certificate), Err(TokenError::NoSuchKey)));
    assert!(token.info().unwrap().objects[0].certificates.is_empty());
}

fn self_signed(signer: &TokenSigner, serial: u8) -> Certificate {
    let name = Name::parse("CN=fake holder,C=CN").unwrap();
    let serial = SerialNumber::from_bytes(&[serial]).unwrap();
    Issuer::self_signed(&name, signer, serial, Period::years(now(), 1)).unwrap()
}

#[test]
fn a_certificate_of_its_own_key_is_installed_once_and_kept_over_a_new_pin() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let signer = session.signer(KeyUse::Sign).unwrap();
    let (first, second) = (self_signed(&signer, 1), self_signed(&signer, 2));
    assert_eq!(session.install(std::slice::from_ref(&first)).unwrap(), [signer.key_id()]);
    session.install(&[first.clone(), second.clone()]).unwrap();
    let new = Pin::new("another horse entirely").unwrap();
    session.change_pin(&new, &[]).unwrap();
    let session = Token::open(medium.clone()).unwrap().log_in(&new, None).unwrap();
    let ders: Vec<_> = session.certificates().unwrap().iter().map(|found| found.as_der().to_vec()).collect();
    assert_eq!(ders, [first.as_der(), second.as_der()]);
    assert!(session.owns(&second) && session.signer(&second).is_ok());
    assert_eq!(token.info().unwrap().objects[0].certificates.len(), 2, "readable without the PIN");
}

#[test]
fn all_certificates_are_installed_or_none() {
    let token = token_in(MemoryMedium::new(), None);
    let other = token_in(MemoryMedium::new(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let own = self_signed(&session.signer(KeyUse::Sign).unwrap(), 1);
    let foreign = self_signed(&other.log_in(&pin(), None).unwrap().signer(KeyUse::Sign).unwrap(), 1);
    assert!(matches!(session.install(&[own, foreign]), Err(TokenError::ForeignCertificate { .. })));
    assert!(session.certificates().unwrap().is_empty());
    assert!(token.info().unwrap().objects[0].certificates.is_empty());
}

#[test]
fn by_use_the_newest_key_with_a_certificate_signs() {
    let token = token_in(MemoryMedium::new(), None);
    let mut session = token.log_in(&pin(), None).unwrap();
    let old = session.signer(KeyUse::Sign).unwrap();
    session.install(&[self_signed(&old, 1)]).unwrap();
    // A key for a renewal that has no certificate yet does not take over.
    let new = session.generate_key(KeyUse::Sign).unwrap();
    assert_eq!(session.signer(KeyUse::Sign).unwrap().key_id(), old.key_id());
    let certificate = self_signed(&session.signer(new).unwrap(), 2);
    session.install(&[certificate]).unwrap();
    assert_eq!(session.signer(KeyUse::Sign).unwrap().key_id(), new);
}

#[test]
fn a_certificate_put_into_the_file_by_hand_is_seen_at_log_in() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let signer = token.log_in(&pin(), None).unwrap().signer(KeyUse::Sign).unwrap();
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    let certificate = crate::der::decode(self_signed(&signer, 1).as_der()).unwrap();
    container.header.objects[0].certificates.push(certificate);
    container.header_changed();
    medium.hold().unwrap().replace(&container.to_pem()).unwrap();
    assert_eq!(code(token.log_in(&pin(), None)), "token-tampered");
}

#[test]
fn cut_at_any_length_it_is_refused() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let pem = medium.bytes().unwrap();
    let (_, document) = ::der::pem::decode_vec(&pem).unwrap();
    // Without its last line break a PEM file is still whole.
    for length in 0..pem.len() - 1 {
        assert!(Token::open(MemoryMedium::with_bytes(pem[..length].to_vec())).is_err(), "PEM cut to {length}");
    }
    for length in 0..document.len() {
        assert!(Token::open(MemoryMedium::with_bytes(document[..length].to_vec())).is_err(), "DER cut to {length}");
    }
}

/// Flips each byte in turn; whatever still opens must hold the very same keys, label and certificates.
fn flips(device: Option<&DeviceSecret>, original: &[u8]) -> usize {
    let reference = Container::parse(original).unwrap();
    let mut opened = 0;
    for at in 0..original.len() {
        let mut broken = original.to_vec();
        broken[at] ^= 1 << (at % 8);
        let Ok(token) = Token::open(MemoryMedium::with_bytes(broken)) else { continue };
        let _ = token.info();
        if let Ok(session) = token.log_in(&pin(), device) {
            opened += 1;
            let objects = session.info().unwrap().objects;
            assert_eq!(session.info().unwrap().label, reference.header.label, "flipped at {at}");
            assert_eq!(objects[0].id.0, reference.header.objects[0].id.as_bytes(), "flipped at {at}");
        }
    }
    opened
}

#[test]
fn a_flipped_byte_never_opens_with_wrong_content() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let pem = medium.bytes().unwrap();
    let (_, document) = ::der::pem::decode_vec(&pem).unwrap();
    // What can be flipped unseen in a token that is not bound: the recovery slot, which has its own tag, and the state.
    let open = Container::parse(&document).unwrap();
    let Some(Slot::Recovery(slot)) = open.slots.last() else { panic!("no recovery slot") };
    assert!(flips(None, &document) <= slot.wrapped.as_bytes().len() + 24);
    flips(None, &pem);
}

#[test]
fn a_flipped_byte_of_a_bound_token_is_always_seen() {
    let device = DeviceSecret::generate().unwrap();
    let medium = MemoryMedium::new();
    token_in(medium.clone(), Some(&device));
    let (_, document) = ::der::pem::decode_vec(&medium.bytes().unwrap()).unwrap();
    let document = document.to_vec();
    assert_eq!(flips(Some(&device), &document), 0);
}

#[test]
fn what_is_no_token_is_refused_by_what_it_is() {
    let refused = |bytes: &[u8]| Token::open(MemoryMedium::with_bytes(bytes.to_vec())).unwrap_err().code();
    assert_eq!(refused(b""), "token-malformed");
    assert_eq!(refused(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), "token-malformed");
    assert_eq!(refused(&vec![0x30; (1 << 20) + 1]), "token-too-large");
    // SEQUENCE { SEQUENCE { INTEGER 2 }, NULL }: a later version with another shape.
    assert_eq!(refused(&[0x30, 0x07, 0x30, 0x03, 0x02, 0x01, 0x02, 0x05, 0x00]), "token-unsupported-version");
    assert_eq!(Token::open(MemoryMedium::new()).unwrap_err().code(), "token-not-found");
}

#[test]
fn a_token_that_asks_for_hours_of_hashing_uses_no_try() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let mut container = Container::parse(&medium.bytes().unwrap()).unwrap();
    let mut slot = container.pin_slot().unwrap().clone();
    for (kdf, expected) in [
        (kdf::tests::with_iterations(u64::from(u32::MAX)), "token-kdf-too-costly"),
        (kdf::tests::with_argon2id(1 << 30, 1, 1), "token-argon2-too-costly"),
        (kdf::tests::with_argon2id(64, 1 << 40, 1), "token-argon2-too-costly"),
    ] {
        slot.kdf = kdf;
        container.set_pin_slot(slot.clone());
        medium.hold().unwrap().replace(&container.to_pem()).unwrap();
        let before = medium.bytes();
        assert_eq!(code(token.log_in(&pin(), None)), expected);
        assert_eq!(medium.bytes(), before);
    }
}

#[test]
fn a_token_behind_argon2id_opens_counts_and_keeps_its_function() {
    let (medium, device) = (MemoryMedium::new(), DeviceSecret::generate().unwrap());
    let old = pin();
    let new = NewToken { kdf: KdfCost::demo_argon2id(), ..NewToken::device("fake", &old, &device) };
    let (token, _) = Token::create(medium.clone(), new, now()).unwrap();
    assert_eq!(token.info().unwrap().kdf, Some(KdfCost::demo_argon2id()));
    assert_eq!(left(token.log_in(&wrong(), Some(&device))), 5);
    let mut session = token.log_in(&old, Some(&device)).unwrap();
    let next = Pin::new("another fine horse").unwrap();
    session.change_pin(&next, &[]).unwrap();
    assert_eq!(token.info().unwrap().kdf, Some(KdfCost::demo_argon2id()));
    assert!(token.log_in(&next, Some(&device)).is_ok());
    assert_eq!(left(token.log_in(&old, Some(&device))), 5);
}

/// A medium on which the writes with the given numbers fail: as when the disk is full, or the power goes.
struct Failing {
    inner: MemoryMedium,
    writes: AtomicUsize,
    fails_from: usize,
    kind: io::ErrorKind,
    seen: Mutex<Vec<u32>>,
}

impl Failing {
    fn new(inner: MemoryMedium, fails_from: usize, kind: io::ErrorKind) -> Arc<Self> {
        Arc::new(Self { inner, writes: AtomicUsize::new(0), fails_from, kind, seen: Mutex::default() })
    }
}

struct Handle(Arc<Failing>);

struct HeldFailing<'m>(&'m Failing, Box<dyn Held + 'm>);

impl Medium for Handle {
    fn create(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.inner.create(bytes)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        self.0.inner.read()
    }

    fn hold(&self) -> io::Result<Box<dyn Held + '_>> {
        Ok(Box::new(HeldFailing(&self.0, self.0.inner.hold()?)))
    }
}

impl Held for HeldFailing<'_> {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.1.read()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.0.writes.fetch_add(1, Ordering::SeqCst) >= self.0.fails_from {
            return Err(self.0.kind.into());
        }
        self.0.seen.lock().unwrap().push(Container::parse(bytes).unwrap().state.failed);
        self.1.replace(bytes)
    }
}

#[test]
fn who_makes_a_token_is_logged_in_and_what_is_made_then_is_there_for_the_pin() {
    let (medium, device, pin) = (MemoryMedium::new(), DeviceSecret::generate().unwrap(), pin());
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::device("fake token", &pin, &device) };
    let (mut session, _) = Token::create_open(medium.clone(), new, now()).unwrap();
    let key = session.generate_key(KeyUse::Sign).unwrap();
    let public = session.signer(key).unwrap().public_key().clone();
    let token = Token::open(medium).unwrap();
    assert_eq!(token.info().unwrap().tries_left, 6);
    assert_eq!(token.log_in(&pin, Some(&device)).unwrap().signer(key).unwrap().public_key(), &public);
    let other = Pin::new("another horse battery").unwrap();
    session.change_pin(&other, &[]).unwrap();
    assert!(token.log_in(&other, Some(&device)).is_ok());
}

#[test]
fn the_try_is_written_before_the_pin_is_tried() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let failing = Failing::new(medium, usize::MAX, io::ErrorKind::Other);
    let token = Token::open(Handle(Arc::clone(&failing))).unwrap();
    assert!(token.log_in(&pin(), None).is_ok());
    assert_eq!(*failing.seen.lock().unwrap(), [1, 0]);
}

#[test]
fn killed_between_the_count_and_the_check_the_try_is_used_up() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    // The write after the first never happens, whether the PIN was right or wrong.
    for (pin, expected) in [(pin(), 5), (wrong(), 4)] {
        let killed = Token::open(Handle(Failing::new(medium.clone(), 1, io::ErrorKind::Other))).unwrap();
        assert!(killed.log_in(&pin, None).is_err());
        assert_eq!(token.info().unwrap().tries_left, expected);
    }
    assert!(token.log_in(&self::pin(), None).is_ok());
}

#[test]
fn killed_before_the_slot_is_destroyed_the_next_log_in_destroys_it() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    for _ in 0..5 {
        left(token.log_in(&wrong(), None));
    }
    let killed = Token::open(Handle(Failing::new(medium.clone(), 1, io::ErrorKind::Other))).unwrap();
    assert!(matches!(killed.log_in(&wrong(), None), Err(TokenError::Medium { .. })));
    assert!(Container::parse(&medium.bytes().unwrap()).unwrap().pin_slot().is_some());
    assert_eq!(code(token.log_in(&pin(), None)), "token-locked", "the right PIN comes too late");
    assert!(Container::parse(&medium.bytes().unwrap()).unwrap().pin_slot().is_none());
}

#[test]
fn where_no_try_can_be_counted_no_pin_is_tried() {
    let medium = MemoryMedium::new();
    token_in(medium.clone(), None);
    let before = medium.bytes();
    for (kind, expected) in [
        (io::ErrorKind::PermissionDenied, "token-read-only"),
        (io::ErrorKind::ReadOnlyFilesystem, "token-read-only"),
        (io::ErrorKind::StorageFull, "token-full"),
        (io::ErrorKind::Other, "token-medium"),
    ] {
        for pin in [pin(), wrong()] {
            let token = Token::open(Handle(Failing::new(medium.clone(), 0, kind))).unwrap();
            assert_eq!(code(token.log_in(&pin, None)), expected);
        }
    }
    assert_eq!(medium.bytes(), before);
}

#[test]
fn a_full_disk_leaves_the_token_and_the_session_as_they_were() {
    let medium = MemoryMedium::new();
    let token = token_in(medium.clone(), None);
    let full = Token::open(Handle(Failing::new(medium.clone(), 2, io::ErrorKind::StorageFull))).unwrap();
    let mut session = full.log_in(&pin(), None).unwrap();
    let before = medium.bytes();
    assert!(matches!(session.generate_key(KeyUse::Sign), Err(TokenError::Full { .. })));
    let other = Pin::new("another horse entirely").unwrap();
    assert!(matches!(session.change_pin(&other, &[]), Err(TokenError::Full { .. })));
    assert_eq!(medium.bytes(), before);
    assert_eq!(session.info().unwrap().objects.len(), 1);
    assert!(token.log_in(&pin(), None).is_ok());
}

#[test]
fn wrong_pins_from_many_threads_are_all_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::new(folder.path().join("user.token"));
    let token = token_in(file.clone(), None);
    let start = Arc::new(Barrier::new(6));
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let (start, file) = (Arc::clone(&start), file.clone());
            std::thread::spawn(move || {
                let token = Token::open(file).unwrap();
                start.wait();
                left(token.log_in(&wrong(), None))
            })
        })
        .collect();
    let mut seen: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
    assert!(token.info().unwrap().locked);
}

#[test]
fn what_holds_secrets_prints_redacted() {
    let device = DeviceSecret::generate().unwrap();
    let token = token_in(MemoryMedium::new(), Some(&device));
    let session = token.log_in(&pin(), Some(&device)).unwrap();
    let signer = session.signer(KeyUse::Sign).unwrap();
    let pin = pin();
    for text in
        [format!("{session:?}"), format!("{signer:?}"), format!("{:?}", NewToken::device("fake", &pin, &device))]
    {
        assert!(text.contains("[redacted]"), "{text}");
        assert!(!text.contains("horse") && !text.contains(device.to_text().trim()), "{text}");
    }
}

//! Tokens that hands have been at: parts taken out, put in twice, in another order, or from an older copy.
//!
//! What is changed here is changed in the DER, as another program would do it: the library has no way to.

use eseal::cert::{Issuer, Name, SerialNumber};
use eseal::time::{Instant, Period};
use eseal::token::{
    DeviceSecret, KdfCost, KeyUse, MemoryMedium, NewToken, Pin, Session, SlotKind, Token, TokenError, TokenInfo,
};

use crate::support::elements;

const PIN: &str = "correct horse battery";
const OTHER: &str = "another horse entirely";

fn now() -> Instant {
    Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
}

fn pin(text: &str) -> Pin {
    Pin::new(text).unwrap()
}

/// A token with one signing key and its certificate, and the secret of its device if it is bound to one.
struct Fixture {
    medium: MemoryMedium,
    token: Token,
    device: Option<DeviceSecret>,
}

impl Fixture {
    fn new(bound: bool) -> Self {
        let (medium, pin) = (MemoryMedium::new(), pin(PIN));
        let device = bound.then(|| DeviceSecret::generate().unwrap());
        let new = match &device {
            Some(device) => NewToken::device("fake token", &pin, device),
            None => NewToken::file("fake token", &pin),
        };
        let new = NewToken { kdf: KdfCost::demo(2), ..new };
        let (mut session, _) = Token::create_open(medium.clone(), new, now()).unwrap();
        let key = session.generate_key(KeyUse::Sign).unwrap();
        let signer = session.signer(key).unwrap();
        let name = Name::parse("CN=fake holder,C=CN").unwrap();
        let serial = SerialNumber::from_bytes(&[1]).unwrap();
        let certificate = Issuer::self_signed(&name, &signer, serial, Period::years(now(), 1)).unwrap();
        session.install(&[certificate]).unwrap();
        let token = Token::open(medium.clone()).unwrap();
        Self { medium, token, device }
    }

    fn both() -> [Self; 2] {
        [Self::new(false), Self::new(true)]
    }

    fn is_bound(&self) -> bool {
        self.device.is_some()
    }

    fn der(&self) -> Vec<u8> {
        ::der::pem::decode_vec(&self.medium.bytes().unwrap()).unwrap().1
    }

    fn put(&self, bytes: &[u8]) {
        use eseal::token::Medium;
        self.medium.hold().unwrap().replace(bytes).unwrap();
    }

    fn log_in(&self, text: &str) -> Result<Session, TokenError> {
        self.token.log_in(&pin(text), self.device.as_ref())
    }

    /// What logging in with the right PIN comes to.
    fn outcome(&self) -> &'static str {
        self.log_in(PIN).map_or_else(|error| error.code(), |_| "ok")
    }
}

/// One DER value of these contents.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | u8::try_from(length.len()).unwrap());
    }
    value.extend_from_slice(length);
    value.extend_from_slice(content);
    value
}

/// The token with its four parts (header, slots, secrets, state) changed.
fn with_parts(der: &[u8], edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let mut parts: Vec<_> = elements(der).into_iter().map(<[u8]>::to_vec).collect();
    assert_eq!(parts.len(), 4);
    edit(&mut parts);
    tagged(0x30, &parts.concat())
}

/// The token with its slots changed.
fn with_slots(der: &[u8], edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    with_parts(der, |parts| {
        let mut slots: Vec<_> = elements(&parts[1]).into_iter().map(<[u8]>::to_vec).collect();
        edit(&mut slots);
        parts[1] = tagged(0x30, &slots.concat());
    })
}

/// The token with the parts of its header changed.
fn with_header(der: &[u8], edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    with_parts(der, |parts| {
        let mut fields: Vec<_> = elements(&parts[0]).into_iter().map(<[u8]>::to_vec).collect();
        edit(&mut fields);
        parts[0] = tagged(0x30, &fields.concat());
    })
}

fn slots(bytes: &[u8]) -> Vec<SlotKind> {
    TokenInfo::from_bytes(bytes).unwrap().slots
}

fn refused(bytes: &[u8]) -> &'static str {
    TokenInfo::from_bytes(bytes).unwrap_err().code()
}

#[test]
fn taken_apart_and_put_together_again_a_token_is_the_same() {
    for fixture in Fixture::both() {
        let der = fixture.der();
        assert_eq!(with_slots(&der, |_| {}), der);
        assert_eq!(with_header(&der, |_| {}), der);
    }
}

#[test]
fn slots_in_another_order_open_the_same_and_a_bound_token_sees_it() {
    for fixture in Fixture::both() {
        let turned = with_slots(&fixture.der(), |slots| slots.reverse());
        assert_eq!(slots(&turned), [SlotKind::Recovery, SlotKind::Pin]);
        fixture.put(&turned);
        assert_eq!(fixture.outcome(), if fixture.is_bound() { "token-device-mismatch" } else { "ok" });
    }
}

#[test]
fn a_second_pin_slot_is_refused_before_anything_is_tried() {
    for fixture in Fixture::both() {
        let twice = with_slots(&fixture.der(), |slots| slots.push(slots[0].clone()));
        assert_eq!(refused(&twice), "token-malformed");
        fixture.put(&twice);
        assert_eq!(fixture.outcome(), "token-malformed");
    }
}

#[test]
fn more_than_eight_slots_are_refused() {
    let der = Fixture::new(false).der();
    let many = |count| with_slots(&der, |slots| slots.resize(count, slots[1].clone()));
    assert_eq!(slots(&many(8)).len(), 8);
    assert_eq!(refused(&many(9)), "token-malformed");
}

#[test]
fn a_token_without_its_pin_slot_is_locked_whatever_its_state_says() {
    for fixture in Fixture::both() {
        fixture.put(&with_slots(&fixture.der(), |slots| drop(slots.remove(0))));
        assert_eq!(fixture.outcome(), "token-locked");
        assert!(fixture.token.info().unwrap().locked);
    }
}

#[test]
fn a_slot_that_was_taken_out_is_missed_by_a_bound_token_alone() {
    for fixture in Fixture::both() {
        fixture.put(&with_slots(&fixture.der(), |slots| drop(slots.remove(1))));
        // Who can write to the file can delete it as well: only that is lost which can be lost so.
        assert_eq!(fixture.outcome(), if fixture.is_bound() { "token-device-mismatch" } else { "ok" });
    }
}

#[test]
fn a_slot_of_an_unknown_kind_is_refused() {
    let der = Fixture::new(false).der();
    for tag in [0xa4, 0xbe, 0x80, 0x30] {
        assert_eq!(refused(&with_slots(&der, |slots| slots[1][0] = tag)), "token-malformed", "{tag:#x}");
    }
}

#[test]
fn the_pin_slot_of_a_bound_token_does_not_pass_for_one_that_is_not() {
    let (file, bound) = (Fixture::new(false), Fixture::new(true));
    let slot = |fixture: &Fixture| elements(elements(&fixture.der())[1])[0].to_vec();
    let (from_file, from_bound) = (slot(&file), slot(&bound));
    assert_eq!(refused(&with_slots(&bound.der(), |slots| slots[0] = from_file)), "token-malformed");
    assert_eq!(refused(&with_slots(&file.der(), |slots| slots[0] = from_bound)), "token-malformed");
}

#[test]
fn a_state_without_a_tag_does_not_make_a_bound_token_a_file() {
    let fixture = Fixture::new(true);
    let bare = with_parts(&fixture.der(), |parts| {
        let fields: Vec<_> = elements(&parts[3]).into_iter().map(<[u8]>::to_vec).collect();
        parts[3] = tagged(0x30, &fields[..2].concat());
    });
    assert_eq!(refused(&bare), "token-malformed");
    // Nor does a header that says so: level `file` in the place of level `device`.
    let lowered = with_header(&fixture.der(), |fields| {
        let at = fields[5].len() - 4;
        assert_eq!(&fields[5][at - 2..=at], [0x0a, 0x01, 0x01]);
        fields[5][at] = 0;
    });
    assert_eq!(refused(&lowered), "token-malformed");
}

#[test]
fn tries_that_were_given_back_by_hand_are_seen_where_there_is_a_device() {
    for fixture in Fixture::both() {
        fixture.log_in(OTHER).unwrap_err();
        let again = with_parts(&fixture.der(), |parts| {
            assert_eq!(&parts[3][2..5], [0x02, 0x01, 0x01]);
            parts[3][4] = 0;
        });
        fixture.put(&again);
        assert_eq!(fixture.token.info().unwrap().tries_left, 6, "nobody vouches for what is shown before a log-in");
        assert_eq!(fixture.outcome(), if fixture.is_bound() { "token-device-mismatch" } else { "ok" });
    }
}

#[test]
fn a_count_of_failures_out_of_range_is_not_taken_for_tries_left() {
    let fixture = Fixture::new(false);
    for failed in [[0x02, 0x01, 0x06].as_slice(), &[0x02, 0x01, 0x7f], &[0x02, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff]] {
        let der = with_parts(&fixture.der(), |parts| {
            let fields: Vec<_> = elements(&parts[3]).into_iter().map(<[u8]>::to_vec).collect();
            parts[3] = tagged(0x30, &[failed, &fields[1..].concat()].concat());
        });
        let copy = Token::open(MemoryMedium::with_bytes(der)).unwrap();
        assert_eq!(copy.info().unwrap().tries_left, 0);
        assert_eq!(copy.log_in(&pin(PIN), None).unwrap_err().code(), "token-locked", "{failed:?}");
    }
    let negative = with_parts(&fixture.der(), |parts| parts[3][4] = 0xff);
    assert_eq!(refused(&negative), "token-malformed");
}

#[test]
fn every_field_of_the_header_is_seen_once_the_pin_is_known() {
    let fixture = Fixture::new(false);
    let der = fixture.der();
    // Serial, label, created, policy (tries), objects (without the certificate). The epoch has its own test.
    type Edit = (&'static str, fn(&mut Vec<Vec<u8>>));
    let edits: [Edit; 4] = [
        ("label", |fields| fields[3] = tagged(0x0c, b"another token")),
        ("created", |fields| fields[4] = tagged(0x18, b"20250101000000Z")),
        ("tries", |fields| {
            assert_eq!(&fields[5][5..8], [0x02, 0x01, 0x06]);
            fields[5][7] = 100;
        }),
        ("certificate", |fields| {
            let object = elements(&fields[6])[0].to_vec();
            let parts = elements(&object);
            let without = [parts[0], parts[1], parts[2], &[0x30, 0x00]].concat();
            fields[6] = tagged(0x30, &tagged(0x30, &without));
        }),
    ];
    for (what, edit) in edits {
        let copy = Token::open(MemoryMedium::with_bytes(with_header(&der, edit))).unwrap();
        assert_eq!(copy.log_in(&pin(PIN), None).unwrap_err().code(), "token-tampered", "{what}");
    }
    // The slot is tied to serial and epoch, so with another one nothing opens at all.
    let numbers: [Edit; 2] = [("serial", |fields| fields[1][5] ^= 1), ("epoch", |fields| fields[2][2] = 1)];
    for (what, edit) in numbers {
        let copy = Token::open(MemoryMedium::with_bytes(with_header(&der, edit))).unwrap();
        assert_eq!(copy.log_in(&pin(PIN), None).unwrap_err().code(), "token-wrong-pin", "{what}");
    }
}

#[test]
fn another_public_key_beside_the_private_one_is_seen() {
    let (fixture, other) = (Fixture::new(false), Fixture::new(false));
    let foreign = elements(elements(elements(&other.der())[0])[6])[0].to_vec();
    let swapped = with_header(&fixture.der(), |fields| {
        let (own, foreign) = (elements(&fields[6])[0].to_vec(), elements(&foreign));
        let own = elements(&own);
        fields[6] = tagged(0x30, &tagged(0x30, &[own[0], own[1], foreign[2], own[3]].concat()));
    });
    fixture.put(&swapped);
    assert_eq!(fixture.outcome(), "token-tampered");
}

#[test]
fn secrets_of_another_token_or_of_before_do_not_open() {
    let fixture = Fixture::new(false);
    let before = fixture.der();
    fixture.log_in(PIN).unwrap().generate_key(KeyUse::Sign).unwrap();
    let after = fixture.der();
    let mixed = with_parts(&after, |parts| parts[2] = elements(&before)[2].to_vec());
    fixture.put(&mixed);
    assert_eq!(fixture.outcome(), "token-tampered", "an older part of the same token, sealed with the same key");
    fixture.put(&with_parts(&after, |parts| parts[2] = elements(&Fixture::new(false).der())[2].to_vec()));
    assert_eq!(fixture.outcome(), "token-tampered");
}

/// The honest limit: a whole older copy is a whole token. It gives tries back, on the device it belongs to alone, and it
/// brings the older PIN back. The authority sees it at the next unlocking, by the epoch.
#[test]
fn an_older_copy_put_back_counts_anew_but_only_where_its_device_is() {
    for fixture in Fixture::both() {
        let older = fixture.medium.bytes().unwrap();
        for expected in [5, 4, 3] {
            assert!(matches!(fixture.log_in(OTHER), Err(TokenError::WrongPin { left }) if left == expected));
        }
        fixture.put(&older);
        assert_eq!(fixture.token.info().unwrap().tries_left, 6);
        assert_eq!(fixture.outcome(), "ok");
        if fixture.is_bound() {
            let elsewhere = DeviceSecret::generate().unwrap();
            let copy = Token::open(MemoryMedium::with_bytes(older)).unwrap();
            assert_eq!(copy.log_in(&pin(PIN), Some(&elsewhere)).unwrap_err().code(), "token-device-mismatch");
            assert_eq!(copy.info().unwrap().tries_left, 6, "nothing was tried");
        }
    }
}

#[test]
fn a_session_goes_on_over_an_older_copy_only_while_it_is_the_same_sealing() {
    let fixture = Fixture::new(false);
    let older = fixture.medium.bytes().unwrap();
    let mut session = fixture.log_in(PIN).unwrap();
    let key = session.generate_key(KeyUse::Sign).unwrap();
    fixture.put(&older);
    // The change is made to the token that is there: the key of before is not in it, and nothing pretends that it were.
    session.generate_key(KeyUse::Sign).unwrap();
    assert_eq!(session.info().unwrap().objects.len(), 2);
    assert!(matches!(session.signer(key), Err(TokenError::NoSuchKey)));
    assert_eq!(fixture.log_in(PIN).unwrap().info().unwrap().objects.len(), 2);
}

#[test]
fn bytes_after_the_token_and_parts_too_many_or_too_few_are_refused() {
    let der = Fixture::new(true).der();
    assert_eq!(refused(&[der.as_slice(), &[0]].concat()), "token-malformed");
    assert_eq!(refused(&[der.as_slice(), &der].concat()), "token-malformed");
    for keep in 0..4 {
        let parts: Vec<_> = elements(&der).into_iter().take(keep).collect();
        assert_eq!(refused(&tagged(0x30, &parts.concat())), "token-malformed", "{keep} parts");
    }
    let five: Vec<_> = elements(&der).into_iter().chain([[0x05, 0x00].as_slice()]).collect();
    assert_eq!(refused(&tagged(0x30, &five.concat())), "token-malformed");
    assert_eq!(refused(&with_parts(&der, |parts| parts.swap(0, 1))), "token-malformed");
}

#[test]
fn lengths_in_another_form_than_der_are_refused() {
    let der = Fixture::new(false).der();
    // 30 82 LL LL as 30 83 00 LL LL, and without a length at all.
    assert_eq!(der[1], 0x82);
    let longer = [&[0x30, 0x83, 0x00], &der[2..]].concat();
    let open = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    assert_eq!([refused(&longer), refused(&open)], ["token-malformed"; 2]);
}

#[test]
fn a_token_of_the_largest_size_with_nothing_in_it_is_refused_quickly() {
    let most = vec![0x30; 1 << 20];
    assert_eq!(refused(&most), "token-malformed");
    // A million slots of nothing.
    let der = Fixture::new(false).der();
    let empty = with_parts(&der, |parts| parts[1] = tagged(0x30, &[0xa0, 0x00].repeat(400_000)));
    assert_eq!(refused(&empty), "token-malformed");
    // A header that names ten thousand keys.
    let object = elements(elements(elements(&der)[0])[6])[0].to_vec();
    let crowded = with_header(&der, |fields| fields[6] = tagged(0x30, &object.repeat(1000)));
    assert_eq!(refused(&crowded), "token-malformed");
}

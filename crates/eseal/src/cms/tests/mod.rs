//! Signed messages of others, with the outcome that their collection states, and broken ones.

mod envelopes;
pub(super) mod people;

use self::people::Person;
use super::*;
use crate::cert::Certificate;
use crate::der::Walk;
use crate::sm::sm3;
use crate::test_support::shared;
use crate::time::Instant;

fn sample(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(shared()?.join("samples/vectors/cms").join(name)).unwrap())
}

fn read(name: &str) -> Option<SignedMessage> {
    Some(SignedMessage::from_bytes(&sample(name)?).unwrap())
}

fn only(mut checks: Vec<CmsCheck>) -> CmsCheck {
    assert_eq!(checks.len(), 1);
    checks.remove(0)
}

const TEXT: &str = "国标35275签名原文";

#[test]
fn content_inside_and_signed_as_it_is_holds() {
    let Some(message) = read("cfca-sadk-signed-attached.der") else { return };
    assert_eq!(message.dialect(), Dialect::Gbt35275);
    assert_eq!(message.content(), Some(&b"Hello Secret World!"[..]));
    assert_eq!(message.signers()[0].signature_algorithm(), "1.2.156.10197.1.301.1");
    let check = only(message.verify(Content::Attached, &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::Valid, Variant::Attached));
    assert!(check.signer.is_some() && !check.has_timestamp);

    let message = read("gbt35275-attached-noattrs.der").unwrap();
    assert_eq!(message.content(), Some(TEXT.as_bytes()));
    assert_eq!(only(message.verify(Content::Attached, &[])).outcome, CmsOutcome::Valid);
    let pieces = TEXT.as_bytes().split_at(7);
    let check = only(message.verify(Content::Detached(&[pieces.0, pieces.1]), &[]));
    assert_eq!((check.outcome, check.variant, check.digest_ok), (CmsOutcome::Valid, Variant::Attached, Some(true)));
    let check = only(message.verify(Content::Detached(&[b"other"]), &[]));
    assert_eq!((check.outcome, check.digest_ok), (CmsOutcome::DigestMismatch, Some(false)));
}

#[test]
fn attributes_are_checked_in_the_order_found() {
    let (Some(message), Some(content)) = (read("ofd-ynca-signedattrs.der"), sample("ofd-ynca-signedattrs.content.xml"))
    else {
        return;
    };
    let check = only(message.verify(Content::Detached(&[&content]), &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::Valid, Variant::DetachedWithAttributes));
    assert_eq!(check.digest_ok, Some(true));
    assert!(check.signing_time.is_some());
    let check = only(message.verify(Content::Detached(&[&content[1..]]), &[]));
    assert_eq!((check.outcome, check.digest_ok), (CmsOutcome::DigestMismatch, Some(false)));
    assert_eq!(only(message.verify(Content::Attached, &[])).outcome, CmsOutcome::NoContent);

    let message = read("gbt35275-detached-attrs-501.der").unwrap();
    let check = only(message.verify(Content::Detached(&[TEXT.as_bytes()]), &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::Valid, Variant::DetachedWithAttributes));
}

#[test]
fn a_digest_inside_and_a_raw_signature_hold_with_a_note() {
    let (Some(message), Some(content)) = (read("ofd-cegn-rawsig.der"), sample("ofd-cegn-rawsig.content.xml")) else {
        return;
    };
    assert_eq!(message.content(), Some(&sm3(&content).as_bytes()[..]));
    let check = only(message.verify(Content::Detached(&[&content]), &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::Valid, Variant::DigestInside));
    assert_eq!((check.form, check.digest_ok), (Some(SignatureForm::Raw), Some(true)));
    let check = only(message.verify(Content::Detached(&[b"other"]), &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::DigestMismatch, Variant::DigestInside));
}

#[test]
fn a_message_of_rfc_types_holds() {
    let Some(message) = read("bc-rfc-attrs.der") else { return };
    assert_eq!(message.dialect(), Dialect::Rfc5652);
    let check = only(message.verify(Content::Attached, &[]));
    assert_eq!((check.outcome, check.variant), (CmsOutcome::Valid, Variant::AttachedWithAttributes));
    assert!(message.signers()[0].signed_attributes().len() >= 3);
}

#[test]
fn what_is_signed_in_gmssls_own_way_is_reported_not_to_hold() {
    let Some(message) = read("gmssl-signed.pem") else { return };
    assert_eq!(only(message.verify(Content::Attached, &[])).outcome, CmsOutcome::SignatureMismatch);
}

#[test]
fn a_changed_content_does_not_hold() {
    let Some(message) = read("gbt35275-tampered.der") else { return };
    assert_eq!(only(message.verify(Content::Attached, &[])).outcome, CmsOutcome::SignatureMismatch);
}

#[test]
fn a_message_of_certificates_alone_has_no_signature_that_could_hold() {
    let Some(message) = read("gmssl-chain.p7b.pem") else { return };
    assert!(message.certificates().len() >= 2 && message.signers().is_empty());
    assert!(message.verify(Content::Attached, &[]).is_empty());
}

#[test]
fn another_kind_of_message_is_named() {
    for (name, oid) in [
        ("gbt35275-enveloped.der", "1.2.156.10197.6.1.4.2.3"),
        ("gbt35275-encrypteddata.der", "1.2.156.10197.6.1.4.2.5"),
        ("cfca-enveloped-skid.p7.pem", "1.2.156.10197.6.1.4.2.3"),
    ] {
        let Some(bytes) = sample(name) else { return };
        let refused = SignedMessage::from_bytes(&bytes).unwrap_err();
        assert_eq!(refused, CmsError::NotSigned { oid: oid.into() }, "{name}");
    }
}

/// Rewrites one message: each pair of byte strings of equal length is exchanged, every time it comes.
fn with(message: &SignedMessage, changes: &[(&[u8], &[u8])]) -> SignedMessage {
    let mut bytes = message.as_der().to_vec();
    for (from, to) in changes {
        assert_eq!(from.len(), to.len());
        let places: Vec<_> = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert!(!places.is_empty());
        places.iter().for_each(|at| bytes[*at..*at + to.len()].copy_from_slice(to));
    }
    SignedMessage::from_der(&bytes).unwrap()
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let skip = length.iter().take_while(|byte| **byte == 0).count();
    let long = if content.len() < 128 { vec![length[3]] } else { [&[0x84 - skip as u8], &length[skip..]].concat() };
    [&[tag], &long[..], content].concat()
}

/// Rewrites the last element of a SignedData: its signers, one after another.
fn with_signers(message: &SignedMessage, rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut outer = Walk::only(message.as_der(), 0x30).unwrap().inside();
    let kind = outer.next().unwrap();
    let data = Walk::only(outer.next().unwrap().content, 0x30).unwrap();
    let parts = data.inside().all(10).unwrap();
    let (signers, before) = parts.split_last().unwrap();
    let signers = element(0x31, &rewrite(signers.content));
    let before: Vec<u8> = before.iter().flat_map(|part| part.whole.to_vec()).collect();
    let data = element(0x30, &[before, signers].concat());
    element(0x30, &[kind.whole.to_vec(), element(0xa0, &data)].concat())
}

fn signer_infos(message: &SignedMessage) -> Vec<u8> {
    let mut outer = Walk::only(message.as_der(), 0x30).unwrap().inside();
    outer.next();
    let data = Walk::only(outer.next().unwrap().content, 0x30).unwrap();
    data.inside().all(10).unwrap().last().unwrap().content.to_vec()
}

/// The same message as writers of streams leave it: outer elements without a length, the content in pieces.
fn streamed(message: &SignedMessage) -> Vec<u8> {
    let open = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
    let mut outer = Walk::only(message.as_der(), 0x30).unwrap().inside();
    let kind = outer.next().unwrap().whole;
    let data = Walk::only(outer.next().unwrap().content, 0x30).unwrap();
    let mut parts: Vec<_> = data.inside().all(10).unwrap().iter().map(|part| part.whole.to_vec()).collect();
    let content = message.content().unwrap();
    let pieces: Vec<u8> = content.chunks(5).flat_map(|piece| element(0x04, piece)).collect();
    let inner = Walk::only(&parts[2], 0x30).unwrap().inside().next().unwrap().whole.to_vec();
    parts[2] = open(0x30, &[inner, open(0xa0, &open(0x24, &pieces))].concat());
    open(0x30, &[kind, &open(0xa0, &open(0x30, &parts.concat()))].concat())
}

#[test]
fn a_message_without_lengths_is_read_and_says_so() {
    for name in ["gbt35275-attached-noattrs.der", "bc-rfc-attrs.der"] {
        let Some(message) = read(name) else { return };
        assert_eq!(message.deviations(), []);
        let read = SignedMessage::from_der(&streamed(&message)).unwrap();
        assert_eq!(read.as_der(), message.as_der());
        assert_eq!(read.deviations(), [CmsDeviation::WithoutLengths]);
        assert_eq!(only(read.verify(Content::Attached, &[])).outcome, CmsOutcome::Valid);
        let bytes = streamed(&message);
        for length in 0..bytes.len() {
            assert!(SignedMessage::from_der(&bytes[..length]).is_err(), "cut to {length}");
        }
    }
}

#[test]
fn a_content_named_by_the_other_standard_is_read_and_says_so() {
    let Some(message) = read("ofd-ynca-signedattrs.der") else { return };
    assert_eq!(message.deviations(), [CmsDeviation::MixedTypes]);
}

#[test]
fn a_content_that_comes_in_pieces_is_judged_as_one_that_is_there() {
    let text = TEXT.as_bytes();
    let person = Person::signer(1);
    let bare = MessageDraft::new(&person.certificate).unwrap().without_attributes();
    let with = MessageDraft::new(&person.certificate).unwrap();
    for draft in [bare, with] {
        let mut content = draft.detached();
        content.update(text);
        let message = content.finish().sign(&person.signer).unwrap();
        let mut check = message.check_detached(&[]);
        text.chunks(3).for_each(|piece| {
            check.update(piece);
        });
        assert_eq!(only(check.clone().finish()).outcome, CmsOutcome::Valid);
        check.update(b"and more");
        assert_ne!(only(check.finish()).outcome, CmsOutcome::Valid);
    }
}

#[test]
fn a_crowd_of_signers_does_not_make_a_content_be_hashed_without_end() {
    let people: Vec<_> = (1..=9).map(Person::signer).collect();
    let signed = |person: &Person| {
        let draft = MessageDraft::new(&person.certificate).unwrap().without_attributes().without_certificates();
        draft.detached().finish().sign(&person.signer).unwrap()
    };
    let infos: Vec<u8> = people.iter().flat_map(|person| signer_infos(&signed(person))).collect();
    let crowd = SignedMessage::from_der(&with_signers(&signed(&people[0]), |_| infos.clone())).unwrap();
    let certificates: Vec<_> = people.iter().map(|person| person.certificate.clone()).collect();
    let outcomes: Vec<_> =
        crowd.verify(Content::Detached(&[]), &certificates).into_iter().map(|check| check.outcome).collect();
    assert_eq!(outcomes[..8], vec![CmsOutcome::Valid; 8]);
    assert_eq!(outcomes[8], CmsOutcome::TooManySigners);
}

/// 1.2.156.10197.1.401
const SM3: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11];

#[test]
fn algorithms_that_are_not_done_are_reported_as_unsupported() {
    let Some(message) = read("gbt35275-attached-noattrs.der") else { return };
    // 1.2.156.10197.1.402 does not exist.
    let unknown = [&SM3[..7], &[0x12]].concat();
    let check = only(with(&message, &[(SM3, &unknown)]).verify(Content::Attached, &[]));
    assert_eq!(check.outcome, CmsOutcome::Unsupported { oid: "1.2.156.10197.1.402".into() });
    assert_eq!(check.outcome.code(), Some("cms-unsupported-algorithm"));
    // The signature algorithm of the signer comes last: 301.1 becomes 301.9.
    let sign = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x01];
    let other = [&sign[..8], &[0x09]].concat();
    let check = only(with(&message, &[(&sign, &other)]).verify(Content::Attached, &[]));
    assert_eq!(check.outcome, CmsOutcome::Unsupported { oid: "1.2.156.10197.1.301.9".into() });
    assert!(check.signer.is_some());
}

#[test]
fn attributes_without_a_fitting_type_are_refused() {
    let Some(message) = read("ofd-ynca-signedattrs.der") else { return };
    let content = sample("ofd-ynca-signedattrs.content.xml").unwrap();
    // contentType becomes an attribute that nobody knows; the signature would fail too, but this is the cause.
    let kind = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
    let other = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x7f];
    let broken = with(&message, &[(&kind, &other)]);
    assert_eq!(only(broken.verify(Content::Detached(&[&content]), &[])).outcome, CmsOutcome::BadAttributes);
    // Twice the same attribute: messageDigest becomes a second contentType.
    let digest = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
    let broken = with(&message, &[(&digest, &kind)]);
    assert_eq!(only(broken.verify(Content::Detached(&[&content]), &[])).outcome, CmsOutcome::BadAttributes);
}

#[test]
fn a_changed_signing_time_does_not_hold() {
    let Some(message) = read("ofd-ynca-signedattrs.der") else { return };
    let content = sample("ofd-ynca-signedattrs.content.xml").unwrap();
    let attributes = message.signers()[0].attributes.as_ref().unwrap();
    let time = attributes.list.iter().find(|attribute| attribute.kind == crate::oid::SIGNING_TIME).unwrap();
    let mut later = time.values[0].clone();
    let seconds = later.len() - 2;
    later[seconds] = if later[seconds] == b'0' { b'1' } else { b'0' };
    let broken = with(&message, &[(&time.values[0], &later)]);
    let check = only(broken.verify(Content::Detached(&[&content]), &[]));
    assert_eq!((check.outcome, check.digest_ok), (CmsOutcome::SignatureMismatch, Some(true)));
}

#[test]
fn a_signer_whose_certificate_is_missing_is_found_among_further_ones() {
    let Some(message) = read("gbt35275-attached-noattrs.der") else { return };
    let signer = message.certificates()[0].clone();
    let mut bare = message.clone();
    bare.signers.certificates.clear();
    assert_eq!(only(bare.verify(Content::Attached, &[])).outcome, CmsOutcome::NoCertificate);
    assert_eq!(only(bare.verify(Content::Attached, &[signer])).outcome, CmsOutcome::Valid);
}

#[test]
fn a_certificate_with_the_same_name_and_number_but_another_key_does_not_help() {
    let Some(message) = read("gbt35275-attached-noattrs.der") else { return };
    let point = message.certificates()[0].public_key().unwrap().to_sec1();
    let other = crate::sm::SecretKey::from_bytes(&[7; 32]).unwrap().public_key().to_sec1();
    let forged = with(&message, &[(&point, &other)]);
    assert_eq!(only(forged.verify(Content::Attached, &[])).outcome, CmsOutcome::SignatureMismatch);
    let genuine: Certificate = message.certificates()[0].clone();
    assert_eq!(only(forged.verify(Content::Attached, &[genuine])).outcome, CmsOutcome::Valid);
}

#[test]
fn a_value_that_is_no_signature_is_malformed() {
    let Some(message) = read("gbt35275-attached-noattrs.der") else { return };
    let value = message.signers()[0].signature().to_vec();
    for to in [vec![0; value.len()], vec![0xff; value.len()]] {
        let check = only(with(&message, &[(&value, &to)]).verify(Content::Attached, &[]));
        assert_eq!((check.outcome, check.form), (CmsOutcome::MalformedSignature, None));
    }
}

#[test]
fn the_signing_time_is_read_in_both_forms() {
    let Some(message) = read("ofd-ynca-signedattrs.der") else { return };
    let at = message.signers()[0].signing_time().unwrap();
    assert!(at > Instant::utc(2015, 1, 1, 0, 0, 0).unwrap() && at < Instant::utc(2026, 1, 1, 0, 0, 0).unwrap(), "{at}");
}

#[test]
fn cut_at_any_length_it_is_refused_and_a_flipped_byte_never_makes_another_content_hold() {
    let Some(bytes) = sample("gbt35275-attached-noattrs.der") else { return };
    for length in 0..bytes.len() {
        assert!(SignedMessage::from_der(&bytes[..length]).is_err(), "cut to {length}");
    }
    assert!(SignedMessage::from_der(&[&bytes[..], &[0]].concat()).is_err());
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 1;
        let Ok(message) = SignedMessage::from_der(&broken) else { continue };
        for check in message.verify(Content::Attached, &[]) {
            if check.outcome == CmsOutcome::Valid {
                assert_eq!(message.content(), Some(TEXT.as_bytes()), "flipped at {at}");
            }
        }
    }
}

#[test]
fn too_much_of_anything_is_refused() {
    assert_eq!(SignedMessage::from_der(&vec![0x30; SignedMessage::MAX_BYTES + 1]).unwrap_err().code(), "cms-too-large");
    let Some(message) = read("gbt35275-attached-noattrs.der") else { return };
    let crowd = with_signers(&message, |signers| signers.repeat(65));
    assert_eq!(SignedMessage::from_der(&crowd).unwrap_err(), CmsError::TooMany { what: "signers", limit: 64 });
}

#[test]
fn every_outcome_but_valid_has_its_code() {
    let outcomes = [
        CmsOutcome::Unsupported { oid: "1.2".into() },
        CmsOutcome::DigestMismatch,
        CmsOutcome::SignatureMismatch,
        CmsOutcome::MalformedSignature,
        CmsOutcome::BadAttributes,
        CmsOutcome::NoContent,
        CmsOutcome::NoCertificate,
        CmsOutcome::TooManySigners,
    ];
    assert_eq!(outcomes.each_ref().map(|outcome| outcome.code().unwrap()), CmsOutcome::CODES);
    assert_eq!(CmsOutcome::Valid.code(), None);
}

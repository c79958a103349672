//! OCSP responses as sources of revocation.

use super::*;
use crate::cert::CertError;
use crate::cert::asn1::by_hand;
use crate::cert::ocsp::CertId;
use crate::cert::ocsp::CertIdHash;
use crate::cert::ocsp::OcspRequest;
use crate::cert::ocsp::OcspResponder;
use crate::cert::ocsp::OcspResponse;
use crate::cert::ocsp::OcspState;
use crate::cert::ocsp::StatusSource;

/// One state for every certificate.
struct Says(OcspState);

impl StatusSource for Says {
    type Error = CertError;

    fn state(&self, _: &Certificate, _: &SerialNumber) -> Result<OcspState, CertError> {
        Ok(self.0)
    }
}

fn lost(number: i64, reason: Reason) -> OcspState {
    OcspState::Revoked { at: day(number), reason: Some(reason), invalidity: None }
}

/// A question about the leaf.
fn question() -> OcspRequest {
    OcspRequest::new(&[CertId::of(&sub().make(), &serial(3), CertIdHash::Sm3).unwrap()], None).unwrap()
}

/// The intermediate's own answer about the leaf, over these days.
fn answer(days: (i64, i64), state: OcspState) -> OcspResponse {
    let issuer = Issuer::new(sub().make(), key(2)).unwrap();
    let responder = OcspResponder::new(&issuer).unwrap();
    read(&responder.respond(question().as_der(), &Says(state), day(days.0), Some(day(days.1))).unwrap())
}

fn read(der: &[u8]) -> OcspResponse {
    OcspResponse::from_der(der).unwrap()
}

fn responder(key: u8) -> Made {
    let usage = KeyUsage::of(&[KeyPurpose::DigitalSignature]);
    let signing = by_hand::sequence(&[&by_hand::oid(&oid::EKU_OCSP_SIGNING)]);
    made("CN=responder", "CN=sub", key, 2).usage(usage).with(&oid::EXTENDED_KEY_USAGE, false, &signing)
}

fn by(responder: Certificate, number: u8, state: OcspState) -> OcspResponse {
    let responder = OcspResponder::delegated(sub().make(), responder, key(number)).unwrap();
    read(&responder.respond(question().as_der(), &Says(state), day(90), Some(day(110))).unwrap())
}

fn asked(lists: &[RevocationList], responses: &[OcspResponse], number: i64) -> Answer {
    let clean = list(ROOT, (0, 2000), Vec::new());
    let lists = [&[clean], lists].concat();
    let validator = validator(&[sub().make()]).policy(RevocationPolicy::Required).revocation(&lists).ocsp(responses);
    validator.judge(&leaf().days(0, 500).make(), Purpose::Seal, day(number)).revocation
}

#[test]
fn an_answer_counts_like_a_list_and_unknown_never_like_good() {
    assert_eq!(asked(&[], &[answer((90, 110), OcspState::Good)], 100), Answer::Pass);
    unknown(&asked(&[], &[answer((90, 110), OcspState::Unknown)], 100), Cause::OcspUnknown);
    unknown(&asked(&[], &[answer((80, 90), OcspState::Good)], 100), Cause::OcspStale);
    fails(&asked(&[], &[answer((90, 110), lost(95, Reason::Superseded))], 100), Cause::Revoked);
    fails(&asked(&[], &[answer((90, 110), lost(95, Reason::CertificateHold))], 100), Cause::OnHold);
    let later = asked(&[], &[answer((190, 210), lost(150, Reason::Superseded))], 100);
    assert!(matches!(later, Answer::Note(ground) if ground.cause == Cause::RevokedLater));
    // A key that was lost before it was said to be.
    let lost = OcspState::Revoked { at: day(150), reason: Some(Reason::KeyCompromise), invalidity: Some(day(95)) };
    fails(&asked(&[], &[answer((190, 210), lost)], 100), Cause::Revoked);
    // From after the certificate's end, silence proves nothing.
    unknown(&asked(&[], &[answer((600, 610), OcspState::Good)], 100), Cause::CrlTooLate);
}

#[test]
fn between_a_list_and_an_answer_the_newer_tells_of_a_hold_and_either_of_a_revocation() {
    let held = vec![Revoked::new(serial(3), day(80), Reason::CertificateHold)];
    let holds = list(SUB, (90, 110), held);
    let clean = list(SUB, (90, 110), Vec::new());
    assert_eq!(asked(std::slice::from_ref(&holds), &[answer((95, 110), OcspState::Good)], 100), Answer::Pass);
    fails(&asked(&[holds], &[answer((85, 110), OcspState::Good)], 100), Cause::OnHold);
    let on_hold = || answer((95, 110), lost(94, Reason::CertificateHold));
    fails(&asked(std::slice::from_ref(&clean), &[on_hold()], 100), Cause::OnHold);
    fails(&asked(&[clean], &[answer((85, 86), lost(84, Reason::Superseded))], 100), Cause::Revoked);
    fails(
        &asked(&[list(SUB, (90, 110), revoked(95, Reason::Superseded))], &[answer((99, 110), OcspState::Good)], 100),
        Cause::Revoked,
    );
}

#[test]
fn a_responder_answers_when_the_issuer_entrusted_it() {
    let nocheck = || responder(4).with(&oid::OCSP_NOCHECK, false, &[asn1::NULL, 0]);
    assert_eq!(asked(&[], &[by(nocheck().make(), 4, OcspState::Good)], 100), Answer::Pass);
    fails(&asked(&[], &[by(nocheck().make(), 4, lost(95, Reason::Superseded))], 100), Cause::Revoked);
    let strange = nocheck().with(&oid::TAXATION_NUMBER, true, &[asn1::NULL, 0]).make();
    unknown(&asked(&[], &[by(strange, 4, OcspState::Good)], 100), Cause::OcspNotEntrusted);
    // Valid when it was issued, not when it answered.
    let over = nocheck().days(0, 80).make();
    let answers = OcspResponder::delegated(sub().make(), over, key(4)).unwrap();
    let answer = answers.respond(question().as_der(), &Says(OcspState::Good), day(70), Some(day(110))).unwrap();
    assert_eq!(asked(&[], &[read(&answer)], 100), Answer::Pass, "valid when it was signed");
}

#[test]
fn a_responder_that_may_be_revoked_itself_is_asked_about_in_lists() {
    let judged = |policy, lists: &[RevocationList]| {
        let lists = [&[list(ROOT, (0, 2000), Vec::new())], lists].concat();
        let responses = [by(responder(4).make(), 4, OcspState::Good)];
        let validator = validator(&[sub().make()]).policy(policy).revocation(&lists).ocsp(&responses);
        validator.judge(&leaf().make(), Purpose::Seal, day(100)).revocation
    };
    // It covers the day on which the responder answered, and not the one that counts for the leaf.
    let about = |entries| list(SUB, (89, 91), entries);
    let gone = || about(vec![Revoked::new(serial(4), day(80), Reason::Superseded)]);
    assert_eq!(judged(RevocationPolicy::Required, &[about(Vec::new())]), Answer::Pass);
    unknown(&judged(RevocationPolicy::Required, &[gone()]), Cause::CrlStale);
    unknown(&judged(RevocationPolicy::Required, &[]), Cause::OcspNotEntrusted);
    assert_eq!(judged(RevocationPolicy::IfAvailable, &[]), Answer::Pass);
    let noted = judged(RevocationPolicy::IfAvailable, &[gone()]);
    assert!(matches!(noted, Answer::Note(ground) if ground.cause == Cause::CrlStale));
}

#[test]
fn a_response_by_a_stranger_or_with_another_key_says_nothing() {
    let strangers = made("CN=sub", "CN=sub", 7, 7).ca().make();
    let issuer = Issuer::new(strangers.clone(), key(7)).unwrap();
    let respond = |issuer: &Issuer<'_>, hash_of: &Certificate| {
        let id = CertId::of(hash_of, &serial(3), CertIdHash::Sha1).unwrap();
        let request = OcspRequest::new(&[id], None).unwrap();
        let responder = OcspResponder::new(issuer).unwrap();
        read(&responder.respond(request.as_der(), &Says(OcspState::Good), day(90), Some(day(110))).unwrap())
    };
    // About its own certificates.
    unknown(&asked(&[], &[respond(&issuer, &strangers)], 100), Cause::RevocationUnknown);
    // About ours it says "unknown", signed with its own key, under the issuer's name.
    unknown(&asked(&[], &[respond(&issuer, &sub().make())], 100), Cause::OcspBadSignature);
}

#[test]
fn a_heap_of_responses_stays_within_the_budget() {
    let heap: Vec<_> = (0..200).map(|number| answer((600 + number, 2000), OcspState::Good)).collect();
    unknown(&asked(&[], &heap, 100), Cause::CrlTooLate);
}

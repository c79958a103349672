use std::fs;

use super::*;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::ResponderFault;
use crate::cert::SerialNumber;
use crate::cert::asn1::by_hand;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::sm::SecretKey;
use crate::test_support::shared;
use crate::time::Instant;
use crate::time::Period;

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn serial(byte: u8) -> SerialNumber {
    SerialNumber::from_bytes(&[byte]).unwrap()
}

fn now() -> Instant {
    Instant::parse("2027-06-01T00:00:00Z").unwrap()
}

fn root(byte: u8) -> Certificate {
    let name = Name::parse("CN=Fake Root,O=示例,C=CN").unwrap();
    Issuer::self_signed(&name, &signer(byte), serial(1), Period::years(now().plus_days(-300), 9)).unwrap()
}

fn issuer() -> Issuer<'static> {
    Issuer::new(root(1), signer(1)).unwrap()
}

fn responder_certificate(profile: &Profile, days: u32) -> Certificate {
    let name = Name::parse("CN=Fake OCSP,C=CN").unwrap();
    issuer().issue_for(&name, signer(2).public_key(), profile, serial(2), Period::days(now(), days)).unwrap()
}

fn delegated() -> OcspResponder<'static> {
    OcspResponder::delegated(root(1), responder_certificate(&Profile::ocsp(), 30), signer(2)).unwrap()
}

/// Serial 7 is revoked, 8 on hold, 9 not known; the rest is good.
struct Known;

impl StatusSource for Known {
    type Error = CertError;

    fn state(&self, _: &Certificate, serial: &SerialNumber) -> Result<OcspState, CertError> {
        let at = now().plus_days(-5);
        Ok(match serial.as_bytes() {
            [7] => {
                let invalidity = Some(at.plus_days(-3));
                OcspState::Revoked { at, reason: Some(Reason::KeyCompromise), invalidity }
            }
            [8] => OcspState::Revoked { at, reason: Some(Reason::CertificateHold), invalidity: None },
            [9] => OcspState::Unknown,
            [10] => return Err(CertError::SerialNumber),
            _ => OcspState::Good,
        })
    }
}

fn ask(hash: CertIdHash, serials: &[u8], nonce: Option<&[u8]>) -> OcspRequest {
    let ids: Vec<_> = serials.iter().map(|number| CertId::of(&root(1), &serial(*number), hash).unwrap()).collect();
    OcspRequest::new(&ids, nonce).unwrap()
}

fn respond(responder: &OcspResponder<'_>, request: &OcspRequest) -> OcspResponse {
    let next = Some(now().plus_days(1));
    OcspResponse::from_der(&responder.respond(request.as_der(), &Known, now(), next).unwrap()).unwrap()
}

#[test]
fn every_certificate_asked_about_is_answered_in_order_whatever_the_hash() {
    let issuer = issuer();
    let at = now().plus_days(-5);
    for hash in CertIdHash::ALL {
        let request = ask(*hash, &[5, 7, 8, 9], Some(b"a nonce of mine"));
        for responder in [OcspResponder::new(&issuer).unwrap(), delegated()] {
            let response = respond(&responder, &request);
            response.check_answers(&request).unwrap();
            assert_eq!(&response.check_signature_by(&root(1)).unwrap(), responder.certificate());
            assert_eq!(response.nonce(), Some(&b"a nonce of mine"[..]));
            assert_eq!(response.produced_at(), Some(now()));
            let states: Vec<_> = response.answers().iter().map(|answer| answer.state).collect();
            let lost =
                OcspState::Revoked { at, reason: Some(Reason::KeyCompromise), invalidity: Some(at.plus_days(-3)) };
            let held = OcspState::Revoked { at, reason: Some(Reason::CertificateHold), invalidity: None };
            assert_eq!(states, [OcspState::Good, lost, held, OcspState::Unknown], "{hash:?}");
            let answer = response.answer_for(&root(1), &serial(7)).unwrap();
            assert_eq!((answer.state, answer.id.hash()), (lost, Some(*hash)));
            assert!(response.answer_for(&root(1), &serial(6)).is_none());
            assert!(response.answer_for(&root(3), &serial(7)).is_none(), "the same name, another key");
        }
    }
}

#[test]
fn an_answer_speaks_for_its_own_time_with_clocks_five_minutes_apart() {
    let answer = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], None)).answers()[0].clone();
    for (seconds, current) in [(-301, false), (-300, true), (0, true), (86_700, true), (86_701, false)] {
        assert_eq!(answer.is_current(now().plus_seconds(seconds)), current, "{seconds}");
    }
    let endless = SingleAnswer { next_update: None, ..answer };
    assert!(endless.is_current(now().plus_seconds(300)) && !endless.is_current(now().plus_seconds(301)));
}

#[test]
fn a_responder_is_found_by_its_name_and_by_either_hash_of_its_key() {
    let issuer = issuer();
    let request = ask(CertIdHash::Sm3, &[5], None);
    let names = [(ResponderName::Name, None), (ResponderName::KeySha1, Some(20)), (ResponderName::KeySm3, Some(32))];
    for (name, length) in names {
        for responder in [OcspResponder::new(&issuer).unwrap(), delegated()] {
            let response = respond(&responder.named(name), &request);
            response.check_signature_by(&root(1)).unwrap();
            assert_eq!(response.responder_key_hash().map(<[u8]>::len), length);
            assert_eq!(response.responder_name().is_some(), length.is_none());
        }
    }
}

#[test]
fn certificates_of_another_issuer_are_unknown() {
    let foreign = CertId::of(&root(3), &serial(7), CertIdHash::Sm3).unwrap();
    let request = OcspRequest::new(&[foreign], None).unwrap();
    let response = respond(&delegated(), &request);
    response.check_answers(&request).unwrap();
    assert_eq!(response.answers()[0].state, OcspState::Unknown);
}

#[test]
fn a_hash_that_nobody_knows_is_repeated_and_unknown() {
    let request = ask(CertIdHash::Sm3, &[7], None);
    // The last byte of SM3's identifier, another algorithm's now.
    let at = request.as_der().windows(3).position(|bytes| bytes == [0x01, 0x83, 0x11]).unwrap();
    let mut der = request.as_der().to_vec();
    der[at + 2] = 0x12;
    let request = OcspRequest::from_der(&der).unwrap();
    assert_eq!(request.ids()[0].hash(), None);
    let response = respond(&delegated(), &request);
    response.check_answers(&request).unwrap();
    assert_eq!(response.answers()[0].state, OcspState::Unknown);
    assert!(response.answer_for(&root(1), &serial(7)).is_none());
}

#[test]
fn only_whom_the_issuer_entrusted_may_answer() {
    let fault = |certificate: Certificate, byte| match OcspResponder::delegated(root(1), certificate, signer(byte)) {
        Err(CertError::OcspResponder { fault }) => fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(responder_certificate(&Profile::person(), 30), 2), ResponderFault::Usage);
    assert_eq!(fault(responder_certificate(&Profile::tsa(), 30), 2), ResponderFault::Usage);
    let stranger = Issuer::new(root(3), signer(3)).unwrap();
    let name = Name::parse("CN=Fake OCSP,C=CN").unwrap();
    let period = Period::days(now(), 30);
    let theirs = stranger.issue_for(&name, signer(2).public_key(), &Profile::ocsp(), serial(2), period).unwrap();
    assert_eq!(fault(theirs, 2), ResponderFault::NotByIssuer);
    let own = responder_certificate(&Profile::ocsp(), 30);
    assert!(matches!(OcspResponder::delegated(root(1), own, signer(9)), Err(CertError::IssuerForeignKey)));
}

#[test]
fn a_responder_past_its_period_does_not_answer() {
    let request = ask(CertIdHash::Sm3, &[5], None);
    let late = now().plus_days(31);
    let error = delegated().respond(request.as_der(), &Known, late, None).unwrap_err();
    assert_eq!(error, CertError::OcspResponder { fault: ResponderFault::Period });
    let error = delegated().respond(request.as_der(), &Known, now(), Some(now().plus_seconds(-1))).unwrap_err();
    assert_eq!(error, CertError::Malformed { what: "nextUpdate" });
    let error = delegated().respond(ask(CertIdHash::Sm3, &[10], None).as_der(), &Known, now(), None).unwrap_err();
    assert_eq!(error, CertError::SerialNumber, "the source's own error");
}

#[test]
fn a_response_is_refused_by_whom_it_is_not_about() {
    let response = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], None));
    // An issuer of the same name with another key: it made no such responder.
    let fault = ResponderFault::NotByIssuer;
    assert_eq!(response.check_signature_by(&root(3)), Err(CertError::OcspResponder { fault }));
    let own = issuer();
    let response = respond(&OcspResponder::new(&own).unwrap(), &ask(CertIdHash::Sm3, &[5], None));
    assert_eq!(response.check_signature_by(&root(3)), Err(CertError::BadSignature { fault: None }));
    let other = responder_certificate(&Profile::sub_ca(), 30);
    let fault = ResponderFault::NotThere;
    assert_eq!(response.check_signature_by(&other), Err(CertError::OcspResponder { fault }));
}

#[test]
fn no_byte_of_a_response_can_be_changed() {
    let response = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], Some(b"n")));
    let der = response.as_der();
    for at in 0..der.len() {
        assert!(OcspResponse::from_der(&der[..at]).is_err(), "cut to {at}");
        for change in [1, 0x80] {
            let mut changed = der.to_vec();
            changed[at] ^= change;
            let holds = OcspResponse::from_der(&changed).is_ok_and(|read| read.check_signature_by(&root(1)).is_ok());
            assert!(!holds, "byte {at} changed by {change}");
        }
    }
    assert!(OcspResponse::from_der(&[der, &[0]].concat()).is_err());
}

#[test]
fn an_old_answer_or_one_to_another_question_is_told_apart() {
    let request = ask(CertIdHash::Sm3, &[5], Some(b"fresh"));
    let replayed = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], Some(b"stale")));
    assert_eq!(replayed.check_answers(&request), Err(CertError::OcspNonce));
    let without = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], None));
    assert_eq!(without.check_answers(&request), Err(CertError::OcspNonce));
    let other = respond(&delegated(), &ask(CertIdHash::Sm3, &[6], Some(b"fresh")));
    assert_eq!(other.check_answers(&request), Err(CertError::OcspOtherCertificate { serial: "05".into() }));
    let other = respond(&delegated(), &ask(CertIdHash::Sha1, &[5], Some(b"fresh")));
    assert_eq!(other.check_answers(&request), Err(CertError::OcspOtherCertificate { serial: "05".into() }));
}

#[test]
fn what_is_no_request_is_answered_and_not_an_error() {
    let good = ask(CertIdHash::Sm3, &[5], Some(b"n"));
    let ids = good.ids();
    let cut = &good.as_der()[..good.as_der().len() - 1];
    let longer = [good.as_der(), &[0]].concat();
    let none = by_hand::sequence(&[&by_hand::sequence(&[&by_hand::sequence(&[])])]);
    for bytes in [&[][..], b"hello", cut, &longer, &none, &vec![0x30; OcspRequest::MAX_BYTES + 1]] {
        let answer = delegated().respond(bytes, &Known, now(), None).unwrap();
        let read = OcspResponse::from_der(&answer).unwrap();
        assert_eq!(read.status(), OcspStatus::MalformedRequest);
        let status = OcspStatus::MalformedRequest;
        assert_eq!(read.check_signature_by(&root(1)), Err(CertError::OcspStatus { status }));
        assert_eq!(read.check_answers(&good), Err(CertError::OcspStatus { status }));
    }
    assert!(OcspRequest::new(&[], None).is_err());
    assert!(OcspRequest::new(&vec![ids[0].clone(); OcspRequest::MAX_IDS + 1], None).is_err());
    assert!(OcspRequest::new(&vec![ids[0].clone(); OcspRequest::MAX_IDS], None).is_ok());
    assert!(OcspRequest::new(ids, Some(&[])).is_err());
    assert!(OcspRequest::new(ids, Some(&[1; OcspRequest::MAX_NONCE + 1])).is_err());
    assert!(OcspRequest::new(ids, Some(&[1; OcspRequest::MAX_NONCE])).is_ok());
}

#[test]
fn a_refusal_has_no_answers_and_success_has_some() {
    for status in OcspStatus::ALL.iter().copied().filter(|status| *status != OcspStatus::Successful) {
        let read = OcspResponse::from_der(&OcspResponder::refusal(status)).unwrap();
        assert_eq!((read.status(), read.answers().len(), read.produced_at()), (status, 0, None));
    }
    // Success without answers, and a refusal with them.
    assert!(OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 0]).is_err());
    assert!(OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 4]).is_err(), "4 is no status");
    let mut der = respond(&delegated(), &ask(CertIdHash::Sm3, &[5], None)).as_der().to_vec();
    let at = der.windows(3).position(|bytes| bytes == [0x0a, 1, 0]).unwrap();
    der[at + 2] = 3;
    assert!(OcspResponse::from_der(&der).is_err());
}

#[test]
fn a_fresh_nonce_is_never_the_same() {
    assert_ne!(OcspRequest::fresh_nonce().unwrap(), OcspRequest::fresh_nonce().unwrap());
}

#[test]
fn requests_and_responses_of_openssl_have_the_outcome_of_the_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_bytes(&read(&format!("pki/{name}.pem"))).unwrap();
    let (sub, sign, maker) = (certificate("sub"), certificate("sign"), certificate("maker"));

    let request = OcspRequest::from_der(&read("ocsp/req-sm3.der")).unwrap();
    assert_eq!((request.ids().len(), request.nonce().map(<[u8]>::len), request.is_signed()), (1, Some(16), false));
    assert!(request.ids()[0].is_of(&sub));
    assert_eq!(request.ids()[0].serial(), sign.serial());
    // Written again, it is the same.
    let id = CertId::of(&sub, sign.serial(), CertIdHash::Sm3).unwrap();
    assert_eq!(OcspRequest::new(&[id], request.nonce()).unwrap(), request);

    let good = OcspResponse::from_der(&read("ocsp/resp-sm3-good.der")).unwrap();
    assert_eq!(good.check_signature_by(&sub).unwrap(), certificate("ocsp"));
    assert_eq!(good.answer_for(&sub, sign.serial()).unwrap().state, OcspState::Good);

    let both = OcspResponse::from_der(&read("ocsp/resp-sha1-good-revoked.der")).unwrap();
    assert_eq!(both.check_signature_by(&sub).unwrap(), certificate("ocsp"));
    assert_eq!(both.answer_for(&sub, sign.serial()).unwrap().state, OcspState::Good);
    let answer = both.answer_for(&sub, maker.serial()).unwrap();
    assert!(matches!(answer.state, OcspState::Revoked { reason: Some(Reason::KeyCompromise), .. }));
    assert_eq!(answer.id.hash(), Some(CertIdHash::Sha1));
    assert!(both.check_signature_by(&certificate("root")).is_err());
}

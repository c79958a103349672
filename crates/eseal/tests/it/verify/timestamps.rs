//! What a time stamp proves about a stamp, and what one that is wrong does.

use eseal::cert::ocsp::{CertId, CertIdHash, OcspRequest, OcspResponder, OcspResponse, OcspState, StatusSource};
use eseal::cert::{CertError, Certificate, Issuer, Reason, SerialNumber};
use eseal::seal::Seal;
use eseal::timestamp::TimestampToken;
use eseal::verify::{Check, Outcome, SealReport, Verdict, Verifier};

use super::office::{Office, PLAIN, now, tlv};
use super::{report, with};

fn der(token: TimestampToken) -> Vec<u8> {
    token.as_der().to_vec()
}

/// The answers to the question about time stamps.
fn stamped(report: &eseal::verify::Report) -> Vec<(Outcome, &'static str)> {
    let about = |finding: &&eseal::verify::Finding| finding.check == Check::Timestamp;
    report.stamps[0].findings.iter().filter(about).map(|finding| (finding.outcome, finding.code)).collect()
}

#[test]
fn a_stamp_with_a_time_stamp_is_judged_at_the_time_that_is_proven() {
    let office = Office::open();
    let seal = office.seal(|_| ());
    let later = now().plus_seconds(3600);
    let bytes = office.stamp_timestamped(&seal, now(), later, der);
    let good = report(&office.verifier(), &bytes, later);
    assert_eq!(good.verdict(), Verdict::Valid, "{:#?}", good.stamps[0].findings);
    assert_eq!(stamped(&good), [(Outcome::Pass, "ok")]);
    assert_eq!((good.stamps[0].claimed_time(), good.stamps[0].proven_time()), (Some(now()), Some(later)));

    // Revoked between the claim and the proof: at the proven time it was revoked already.
    let revoked = [(&office.signer.0, now().plus_seconds(60), Reason::CessationOfOperation)];
    let bad = report(&office.verifier_with(&revoked, later), &bytes, later);
    assert!(with(&bad, Outcome::Fail).contains(&(Check::SignerRevocation, "revoked")));
}

#[test]
fn a_key_lost_after_the_proven_time_does_no_harm_and_one_lost_after_a_claim_does() {
    let office = Office::open();
    let seal = office.seal(|_| ());
    let lost = now().plus_days(2);
    let revoked = [(&office.signer.0, lost, Reason::KeyCompromise)];
    let judge = |bytes: &[u8]| report(&office.verifier_with(&revoked, now().plus_days(3)), bytes, now().plus_days(3));

    let claimed = judge(&office.stamp(PLAIN, &seal, now()));
    assert!(with(&claimed, Outcome::Unknown).contains(&(Check::SignerRevocation, "compromised-since")));
    let proven = judge(&office.stamp_timestamped(&seal, now(), now().plus_days(1), der));
    assert_eq!(proven.verdict(), Verdict::Valid, "{:#?}", proven.stamps[0].findings);
    assert!(with(&proven, Outcome::Note).contains(&(Check::SignerRevocation, "revoked-later")));
    let too_late = judge(&office.stamp_timestamped(&seal, now(), lost.plus_seconds(1), der));
    assert!(with(&too_late, Outcome::Fail).contains(&(Check::SignerRevocation, "revoked")));
}

#[test]
fn a_time_stamp_that_is_wrong_makes_the_stamp_invalid_and_proves_nothing() {
    let office = Office::open();
    let seal = office.seal(|_| ());
    let at = now();
    let fails = |bytes: &[u8], now, code| {
        let bad = report(&office.verifier(), bytes, now);
        assert_eq!(stamped(&bad), [(Outcome::Fail, code)]);
        assert_eq!((bad.verdict(), bad.stamps[0].proven_time()), (Verdict::Invalid, None));
    };
    let other = office.timestamp(b"something else", at);
    fails(&office.stamp_timestamped(&seal, at, at, |_| der(other)), at, "timestamp-other-imprint");
    let flipped = |token: TimestampToken| {
        let mut bytes = der(token);
        *bytes.last_mut().unwrap() ^= 1;
        bytes
    };
    fails(&office.stamp_timestamped(&seal, at, at, flipped), at, "timestamp-bad-signature");
    fails(&office.stamp_timestamped(&seal, at, at, |_| vec![1, 2, 3]), at, "timestamp-malformed");
    fails(&office.stamp_timestamped(&seal, at, at.plus_days(1), der), at, "timestamp-future");
    fails(&office.stamp_timestamped(&seal, at, at.plus_seconds(-601), der), at, "timestamp-before-claim");
}

#[test]
fn a_time_stamp_by_nobody_trusted_leaves_the_question_open() {
    let office = Office::open();
    let bytes = office.stamp_timestamped(&office.seal(|_| ()), now(), now(), der);
    let alone = report(&Verifier::new(&eseal::cert::Trust::new()), &bytes, now());
    assert_eq!(stamped(&alone), [(Outcome::Unknown, "chain-no-trust")]);
    assert_eq!(alone.stamps[0].proven_time(), None);
    // Its authority revoked for good before the stamp; and lost later, so that the stamp may be backdated.
    for (days, reason, code) in
        [(-1, Reason::Superseded, "revoked"), (1, Reason::KeyCompromise, "timestamp-key-compromised")]
    {
        let at = now().plus_days(2);
        let revoked = [(&office.tsa.0, now().plus_days(days), reason)];
        let bad = report(&office.verifier_with(&revoked, at), &bytes, at);
        assert_eq!(stamped(&bad), [(Outcome::Fail, code)]);
    }
}

#[test]
fn a_document_time_stamp_is_about_the_document() {
    let office = Office::open();
    let bytes = office.document_timestamp(PLAIN, now());
    let good = report(&office.verifier(), &bytes, now().plus_days(1));
    assert_eq!(good.verdict(), Verdict::Valid, "{:#?}", good.stamps[0].findings);
    assert_eq!(good.stamps[0].proven_time(), Some(now()));
    let mut changed = bytes;
    // The width of the page.
    let at = changed.windows(3).position(|text| text == b"595").unwrap();
    changed[at] = b'4';
    let bad = report(&office.verifier(), &changed, now().plus_days(1));
    let failed = with(&bad, Outcome::Fail);
    assert!(failed.contains(&(Check::DocumentHash, "document-hash-mismatch")), "{failed:?}");
    assert!(failed.contains(&(Check::Timestamp, "timestamp-other-imprint")), "{failed:?}");
}

#[test]
fn a_time_stamp_alone_is_asked_about_its_authority_as_well() {
    let office = Office::open();
    let token = office.timestamp(b"x", now());
    let imprint = token.imprint().clone();
    let good = office.verifier().verify_timestamp(&token, &imprint, now());
    assert_eq!((good.verdict(), good.proven), (Verdict::Valid, Some(now())));
    let checks: Vec<_> = good.findings().iter().map(|finding| finding.check).collect();
    let asked =
        [Check::Timestamp, Check::SignerChain, Check::SignerPeriod, Check::SignerUsage, Check::SignerRevocation];
    assert_eq!(checks, asked);
    let other = office.timestamp(b"y", now()).imprint().clone();
    assert_eq!(office.verifier().verify_timestamp(&token, &other, now()).verdict(), Verdict::Invalid);
}

#[test]
fn a_seal_of_the_newest_version_may_bear_a_time_stamp_of_its_own() {
    let office = Office::open();
    let seal = office.seal(|draft| draft.version = eseal::seal::SealVersion::V5);
    let without: SealReport = office.verifier().verify_seal(&seal, now());
    assert!(without.findings().iter().any(|finding| finding.code == "seal-timestamp-absent"));
    let answers = |report: &SealReport| -> Vec<_> {
        let about = report.findings().iter().filter(|finding| finding.check == Check::Timestamp);
        about.map(|finding| (finding.outcome, finding.code)).collect()
    };
    let made = seal.created();
    for (token, answer) in [
        (office.timestamp(seal.signature_value(), made.plus_seconds(60)), (Outcome::Pass, "ok")),
        (office.timestamp(b"another seal", made), (Outcome::Fail, "timestamp-other-imprint")),
        (office.timestamp(seal.signature_value(), made.plus_seconds(-601)), (Outcome::Fail, "timestamp-before-claim")),
    ] {
        let stamped = with_timestamp(&seal, &token);
        assert_eq!(answers(&office.verifier().verify_seal(&stamped, now())), [answer]);
    }
    // Inside a stamp it is told as the seal's.
    let token = office.timestamp(seal.signature_value(), made.plus_seconds(60));
    let inside = report(&office.verifier(), &office.stamp(PLAIN, &with_timestamp(&seal, &token), now()), now());
    assert_eq!(stamped(&inside), [(Outcome::Note, "timestamp-absent"), (Outcome::Pass, "ok")]);
}

/// The seal with a time stamp behind its signature value.
fn with_timestamp(seal: &Seal, token: &TimestampToken) -> Seal {
    let stamp = tlv(0xa0, &[&tlv(3, &[&[0], token.as_der()])]);
    let header = seal.as_der().len() - usize::from(u16::from_be_bytes([seal.as_der()[2], seal.as_der()[3]]));
    Seal::from_bytes(&tlv(0x30, &[&seal.as_der()[header..], &stamp])).unwrap()
}

/// Everything is good but what is asked about by this serial number.
struct AllBut<'a>(&'a SerialNumber);

impl StatusSource for AllBut<'_> {
    type Error = CertError;

    fn state(&self, _: &Certificate, serial: &SerialNumber) -> Result<OcspState, CertError> {
        Ok(if serial == self.0 {
            OcspState::Revoked { at: now().plus_days(-1), reason: Some(Reason::Superseded), invalidity: None }
        } else {
            OcspState::Good
        })
    }
}

#[test]
fn ocsp_responses_say_what_revocation_lists_would() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let nobody = SerialNumber::from_bytes(&[99]).unwrap();
    let responses = |revoked: &SerialNumber| {
        [(&office.issuing, vec![&office.signer.0, &office.maker.0]), (office.root(), vec![&office.issuing.0])].map(
            |(by, about)| {
                let issuer = Issuer::new(by.0.clone(), &by.1).unwrap();
                let ids: Vec<_> = about
                    .iter()
                    .map(|certificate| CertId::of(&by.0, certificate.serial(), CertIdHash::Sm3).unwrap())
                    .collect();
                let request = OcspRequest::new(&ids, None).unwrap();
                let responder = OcspResponder::new(&issuer).unwrap();
                let answer = responder.respond(request.as_der(), &AllBut(revoked), now(), Some(now().plus_days(1)));
                OcspResponse::from_der(&answer.unwrap()).unwrap()
            },
        )
    };
    let verifier = || Verifier::new(&office.trust).intermediates(std::slice::from_ref(&office.issuing.0));
    let good = report(&verifier().ocsp(&responses(&nobody)), &bytes, now());
    assert_eq!(good.verdict(), Verdict::Valid, "{:#?}", good.stamps[0].findings);
    let bad = report(&verifier().ocsp(&responses(office.signer.0.serial())), &bytes, now());
    assert_eq!(with(&bad, Outcome::Fail), [(Check::SignerRevocation, "revoked")]);
    let open = report(&verifier(), &bytes, now());
    assert!(with(&open, Outcome::Unknown).contains(&(Check::SignerRevocation, "revocation-unknown")));
}

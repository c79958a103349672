//! Challenges, proofs and the book, against people, thieves and forgers.

use super::proof::Body;
use super::*;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::PathValidator;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::RevocationListDraft;
use crate::cert::RevocationPolicy;
use crate::cert::Revoked;
use crate::cert::SerialNumber;
use crate::cert::Trust;
use crate::cms::MessageDraft;
use crate::cms::SignedMessage;
use crate::der;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::oid;
use crate::sm::SecretKey;
use crate::time::Instant;
use crate::time::Period;
use ::der::asn1::OctetString;

const NOW: Instant = Instant::from_unix(1_795_500_000);

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn serial(byte: u8) -> SerialNumber {
    SerialNumber::from_bytes(&[byte]).unwrap()
}

fn root(byte: u8) -> Issuer<'static> {
    let name = Name::parse("CN=fake root,C=CN").unwrap();
    let own = Issuer::self_signed(&name, &signer(byte), serial(byte), Period::years(NOW.plus_days(-300), 9)).unwrap();
    Issuer::new(own, signer(byte)).unwrap()
}

fn issued(key: u8, number: u8, profile: &Profile) -> Certificate {
    let name = Name::parse("CN=示例用户一,O=示例市数据局,C=CN").unwrap();
    let period = Period::years(NOW.plus_days(-30), 1);
    root(1).issue_for(&name, signer(key).public_key(), profile, serial(number), period).unwrap()
}

fn holder() -> Certificate {
    issued(2, 2, &Profile::person())
}

fn audience() -> Audience {
    Audience::new("https://service.example").unwrap()
}

fn validator() -> PathValidator {
    let trust = Trust::from_certificates([root(1).certificate().clone()]);
    PathValidator::new(&trust).policy(RevocationPolicy::IfAvailable)
}

fn challenge() -> Challenge {
    Challenge::new(&audience(), NOW, Challenge::USUAL).unwrap()
}

fn answer(challenge: &Challenge) -> Proof {
    respond(challenge, &audience(), &holder(), &signer(2), NOW).unwrap()
}

fn judge(challenge: &Challenge, proof: &[u8]) -> Result<Login, AuthError> {
    judge_by(challenge, proof, &validator())
}

fn judge_by(challenge: &Challenge, proof: &[u8], validator: &PathValidator) -> Result<Login, AuthError> {
    verify(challenge, proof, &Expectation { audience: &audience(), validator }, NOW)
}

fn code(result: Result<Login, AuthError>) -> &'static str {
    result.unwrap_err().code()
}

/// The content of an honest proof.
fn body(challenge: &Challenge) -> Body {
    let message = SignedMessage::from_der(answer(challenge).as_der()).unwrap();
    der::decode(message.content().unwrap()).unwrap()
}

fn draft() -> MessageDraft {
    MessageDraft::new(&holder()).unwrap()
}

/// A message over this content that the holder signed as a proof.
fn signed(body: &Body) -> Vec<u8> {
    let body = der::encode(body).unwrap();
    let pending = draft().content_type(oid::AUTH_PROOF).attached(&body).unwrap();
    pending.sign(&signer(2)).unwrap().as_der().to_vec()
}

#[test]
fn a_proof_for_the_right_challenge_and_audience_logs_in() {
    let challenge = challenge();
    let login = judge(&challenge, answer(&challenge).as_der()).unwrap();
    assert_eq!(login.subject(), holder().subject());
    assert_eq!((login.at, login.certificate.sm3()), (NOW, holder().sm3()));
    assert!(login.judgement.is_good());
    let pem = ::der::pem::encode_string("CMS", ::der::pem::LineEnding::LF, answer(&challenge).as_der()).unwrap();
    assert!(judge(&challenge, pem.as_bytes()).is_ok());
}

#[test]
fn the_holder_signs_nothing_for_another_audience_or_time() {
    let (challenge, me) = (challenge(), holder());
    let at = |audience: &str, now| respond(&challenge, &Audience::new(audience).unwrap(), &me, &signer(2), now);
    for other in ["https://thief.example", "https://service.example/", "HTTPS://service.example", "service.example"] {
        assert_eq!(at(other, NOW).unwrap_err().code(), "auth-audience-differs", "{other}");
    }
    let me_at = |now| at("https://service.example", now).map(|_| ()).map_err(|error| error.code());
    assert_eq!(me_at(NOW.plus_seconds(300)), Ok(()));
    assert_eq!(me_at(NOW.plus_seconds(301)), Err("auth-expired"));
    assert_eq!(me_at(NOW.plus_seconds(-300)), Ok(()));
    assert_eq!(me_at(NOW.plus_seconds(-301)), Err("auth-clock"));
}

#[test]
fn the_holder_signs_only_with_a_certificate_in_force_and_its_own_key() {
    let challenge = challenge();
    let respond = |certificate: &Certificate, key| respond(&challenge, &audience(), certificate, &signer(key), NOW);
    assert_eq!(respond(&holder(), 3).unwrap_err().code(), "cms-wrong-key");
    let encryption = issued(2, 3, &Profile::encryption());
    assert_eq!(respond(&encryption, 2).unwrap_err().code(), "cms-not-for-signing");
    let name = holder().subject().clone();
    let past = Period::days(NOW.plus_days(-20), 10);
    let old = root(1).issue_for(&name, signer(2).public_key(), &Profile::person(), serial(4), past).unwrap();
    assert_eq!(respond(&old, 2).unwrap_err().code(), "cms-signer-not-valid");
}

#[test]
fn a_proof_for_another_challenge_or_service_is_refused() {
    let (one, other) = (challenge(), challenge());
    assert_eq!(code(judge(&one, answer(&other).as_der())), "auth-challenge-differs");
    // A service in between that hands on the challenge of another: the holder's program names whom it dialled.
    let thief = Audience::new("https://thief.example").unwrap();
    let passed_on = signed(&Body { audience: thief.to_string(), ..body(&one) });
    assert_eq!(code(judge(&one, &passed_on)), "auth-audience-differs");
    let elsewhere = Expectation { audience: &thief, validator: &validator() };
    assert_eq!(code(verify(&one, answer(&one).as_der(), &elsewhere, NOW)), "auth-audience-differs");
}

#[test]
fn a_proof_comes_in_time_or_not_at_all() {
    let challenge = challenge();
    let proof = answer(&challenge);
    let (audience, validator) = (audience(), validator());
    let expectation = Expectation { audience: &audience, validator: &validator };
    let at = |now| verify(&challenge, proof.as_der(), &expectation, now).map(|_| ()).map_err(|error| error.code());
    assert_eq!(at(NOW.plus_seconds(300)), Ok(()));
    assert_eq!(at(NOW.plus_seconds(301)), Err("auth-expired"));
    for (seconds, outcome) in [(-300, None), (-301, Some("auth-clock")), (300, None), (301, Some("auth-clock"))] {
        let claimed = signed(&Body { at: asn1::generalized(NOW.plus_seconds(seconds)), ..body(&challenge) });
        assert_eq!(judge(&challenge, &claimed).err().map(|error| error.code()), outcome, "{seconds}");
    }
}

#[test]
fn a_proof_with_any_byte_changed_is_refused() {
    let challenge = challenge();
    let whole = answer(&challenge).as_der().to_vec();
    let validator = validator();
    for place in 0..whole.len() {
        let mut edited = whole.clone();
        edited[place] ^= 1;
        // The certificate inside and the signature over it are checked too, so nothing may be changed but the version of
        // SignedData and SignerInfo and what names algorithms, which say nothing.
        if let Ok(login) = judge_by(&challenge, &edited, &validator) {
            assert_eq!(login.certificate.as_der(), holder().as_der(), "{place}");
            assert_eq!(login.at, NOW, "{place}");
        }
    }
    for length in 0..whole.len() {
        assert_eq!(code(judge(&challenge, &whole[..length])), "auth-malformed", "{length}");
    }
    assert_eq!(code(judge(&challenge, &vec![0x30; Proof::MAX_BYTES + 1])), "auth-malformed");
}

#[test]
fn no_other_signature_of_the_holder_passes_for_a_proof() {
    let challenge = challenge();
    let content = der::encode(&body(&challenge)).unwrap();
    let sign = |draft: MessageDraft| draft.attached(&content).unwrap().sign(&signer(2)).unwrap();
    // Somebody had the holder sign a file that he had written to be the content of a proof.
    let file = sign(draft());
    assert_eq!(code(judge(&challenge, file.as_der())), "auth-not-a-proof");
    // Without signed attributes the type outside is nobody's word.
    let bare = sign(draft().without_attributes().content_type(oid::AUTH_PROOF));
    assert_eq!(code(judge(&challenge, bare.as_der())), "auth-not-a-proof");
    // The type outside put in the place of another, which was signed.
    let other = const_oid::ObjectIdentifier::new_unwrap(&oid::AUTH_PROOF.to_string().replace(".1.1", ".1.2"));
    let [from, to] = [other, oid::AUTH_PROOF].map(|kind| der::encode(&kind).unwrap());
    let mut renamed = sign(draft().content_type(other)).as_der().to_vec();
    let at = renamed.windows(from.len()).position(|window| window == from).unwrap();
    renamed.splice(at..at + from.len(), to);
    assert_eq!(judge(&challenge, &renamed).unwrap_err(), AuthError::Signature { code: "cms-bad-attributes" });
    let kind = |kind: &str| signed(&Body { kind: kind.into(), ..body(&challenge) });
    assert_eq!(code(judge(&challenge, &kind("eseal auth challenge"))), "auth-not-a-proof");
    assert_eq!(code(judge(&challenge, &signed(&Body { version: 2, ..body(&challenge) }))), "auth-unsupported-version");
    let detached = draft().content_type(oid::AUTH_PROOF).detached().finish().sign(&signer(2)).unwrap();
    assert_eq!(code(judge(&challenge, detached.as_der())), "auth-malformed");
}

#[test]
fn a_proof_is_of_the_certificate_that_it_was_made_with() {
    let challenge = challenge();
    let renewed = issued(2, 7, &Profile::person());
    let body = body(&challenge);
    let pending = MessageDraft::new(&renewed).unwrap().content_type(oid::AUTH_PROOF);
    let message = pending.attached(&der::encode(&body).unwrap()).unwrap().sign(&signer(2)).unwrap();
    assert_eq!(code(judge(&challenge, message.as_der())), "auth-certificate-differs");
    let short = Body { certificate: OctetString::new([1; 31]).unwrap(), ..body };
    assert_eq!(code(judge(&challenge, &signed(&short))), "auth-malformed");
}

#[test]
fn the_certificate_must_lead_to_trust_and_be_for_logging_in() {
    let challenge = challenge();
    let proof = answer(&challenge);
    let by = |validator: &PathValidator| code(judge_by(&challenge, proof.as_der(), validator));
    assert_eq!(by(&PathValidator::new(&Trust::new())), "chain-no-trust");
    let other = Trust::from_certificates([root(9).certificate().clone()]);
    assert_eq!(by(&PathValidator::new(&other)), "chain-bad-signature");
    let trust = Trust::from_certificates([root(1).certificate().clone()]);
    // Nothing says whether it was revoked: no, unless the service says that it does not ask.
    assert_eq!(by(&PathValidator::new(&trust)), "revocation-unknown");
    for (profile, number) in [(Profile::tsa(), 5), (Profile::ocsp(), 6)] {
        let certificate = issued(2, number, &profile);
        let proof = respond(&challenge, &audience(), &certificate, &signer(2), NOW).unwrap();
        assert_eq!(code(judge(&challenge, proof.as_der())), "usage-not-login");
    }
}

#[test]
fn whose_certificate_was_revoked_or_held_does_not_log_in() {
    let challenge = challenge();
    let proof = answer(&challenge);
    for (reason, expected) in [(Reason::KeyCompromise, "revoked"), (Reason::CertificateHold, "on-hold")] {
        let entry = Revoked::new(serial(2), NOW.plus_days(-1), reason);
        let list = RevocationListDraft::new(NOW, NOW.plus_days(7), 1, vec![entry]);
        let list = root(1).revocation_list(&list).unwrap();
        assert_eq!(code(judge_by(&challenge, proof.as_der(), &validator().revocation(&[list]))), expected);
    }
}

#[test]
fn a_book_takes_one_proof_for_a_challenge_and_forgets_nothing_for_a_bad_one() {
    let book = ChallengeBook::new(audience(), 300, 10).unwrap();
    let challenge = book.open(NOW).unwrap();
    assert_eq!(
        book.accept(answer(&self::challenge()).as_der(), &validator(), NOW).unwrap_err().code(),
        "auth-challenge-unknown"
    );
    let stranger = PathValidator::new(&Trust::new());
    assert_eq!(book.accept(answer(&challenge).as_der(), &stranger, NOW).unwrap_err().code(), "chain-no-trust");
    assert!(book.accept(answer(&challenge).as_der(), &validator(), NOW).is_ok());
    assert_eq!(book.accept(answer(&challenge).as_der(), &validator(), NOW).unwrap_err().code(), "auth-used");
    let late = book.open(NOW).unwrap();
    let after = NOW.plus_seconds(301);
    assert_eq!(book.accept(answer(&late).as_der(), &validator(), after).unwrap_err().code(), "auth-expired");
}

#[test]
fn of_many_proofs_at_once_for_one_challenge_one_alone_is_accepted() {
    let book = ChallengeBook::new(audience(), 300, 10).unwrap();
    let challenge = book.open(NOW).unwrap();
    let accepted = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| book.accept(answer(&challenge).as_der(), &validator(), NOW).is_ok()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|accepted| *accepted).count()
    });
    assert_eq!(accepted, 1);
}

#[test]
fn a_full_book_makes_room_only_by_time() {
    let book = ChallengeBook::new(audience(), 300, 2).unwrap();
    let first = book.open(NOW).unwrap();
    book.accept(answer(&first).as_der(), &validator(), NOW).unwrap();
    book.open(NOW.plus_seconds(10)).unwrap();
    // One that was answered is remembered until its end, or it could be answered again.
    assert_eq!(book.open(NOW.plus_seconds(300)), Err(AuthError::BookFull { most: 2 }));
    assert!(book.open(NOW.plus_seconds(301)).is_ok());
    assert_eq!(book.len(), 2);
    assert_eq!(book.accept(answer(&first).as_der(), &validator(), NOW).unwrap_err().code(), "auth-challenge-unknown");
    assert!(ChallengeBook::new(audience(), 0, 2).is_err());
}

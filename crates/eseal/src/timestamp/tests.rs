use std::fs;

use super::asn1::Algorithm;
use super::asn1::EssCertIdV1;
use super::asn1::EssCertIdV2;
use super::asn1::IssuerSerial;
use super::asn1::SigningCertificateV1;
use super::asn1::SigningCertificateV2;
use super::asn1::TimeStampReq;
use super::*;
use crate::cert::Cause;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::PathValidator;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::RevocationList;
use crate::cert::RevocationListDraft;
use crate::cert::RevocationPolicy;
use crate::cert::Revoked;
use crate::cert::SerialNumber;
use crate::cert::Trust;
use crate::cms::Dialect;
use crate::cms::MessageDraft;
use crate::cms::SignedMessage;
use crate::der;
use crate::der::Raw;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::oid;
use crate::sm::SecretKey;
use crate::sm::sm3;
use crate::test_support::shared;
use crate::time::Instant;
use crate::time::Period;
use ::der::asn1::Int;
use ::der::asn1::OctetString;
use ::sha1::Sha1;
use ::sha2::Digest as _;
use ::sha2::Sha256;

const POLICY: &str = "1.2.3.4.1";

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn serial(byte: u8) -> SerialNumber {
    SerialNumber::from_bytes(&[byte]).unwrap()
}

fn now() -> Instant {
    Instant::parse("2027-06-01T00:00:00Z").unwrap()
}

fn root() -> Certificate {
    let name = Name::parse("CN=Fake Root,O=示例,C=CN").unwrap();
    Issuer::self_signed(&name, &signer(1), serial(1), Period::years(now().plus_days(-300), 9)).unwrap()
}

fn issuer() -> Issuer<'static> {
    Issuer::new(root(), signer(1)).unwrap()
}

fn issued(profile: &Profile, number: u8) -> Certificate {
    let name = Name::parse("CN=Fake TSA,C=CN").unwrap();
    let period = Period::days(now().plus_days(-30), 60);
    issuer().issue_for(&name, signer(2).public_key(), profile, serial(number), period).unwrap()
}

fn tsa() -> Certificate {
    issued(&Profile::tsa(), 2)
}

fn authority() -> TimestampAuthority<'static> {
    TimestampAuthority::new(tsa(), signer(2), POLICY).unwrap().chain(&[root()])
}

fn imprint() -> Imprint {
    ImprintHash::Sm3.imprint(b"timestamp me")
}

fn request() -> TimestampRequest {
    TimestampRequest::new(&imprint(), Some(&[0xee, 1, 2, 3])).unwrap()
}

fn token() -> TimestampToken {
    authority().respond(request().as_der(), 77, now()).unwrap().token_for(&request()).unwrap().clone()
}

fn validator() -> PathValidator {
    PathValidator::new(&Trust::from_certificates([root()])).policy(RevocationPolicy::IfAvailable)
}

fn fault(token: &TimestampToken) -> Option<TimestampFault> {
    token.judge(&imprint(), &validator(), &[], now()).fault
}

#[test]
fn a_stamp_says_what_was_asked_and_proves_its_time() {
    let token = token();
    assert_eq!(token.imprint(), &imprint());
    assert_eq!((token.at(), token.accuracy(), token.policy().as_str()), (now(), Some(1), POLICY));
    assert_eq!((token.serial(), token.nonce()), (&[77][..], Some(&[0xee, 1, 2, 3][..])));
    assert_eq!(token.certificates().len(), 2);
    let judged = token.judge(&imprint(), &validator(), &[], now());
    assert!(judged.is_good(), "{judged:?}");
    assert_eq!(judged.signer, Some(tsa()));
    assert_eq!(judged.path.unwrap().path, [tsa(), root()]);
    // After the authority's certificate has ended, the stamp still proves its time.
    assert!(token.judge(&imprint(), &validator(), &[], now().plus_days(300)).is_good());
}

#[test]
fn a_stamp_without_certificates_is_judged_with_those_at_hand() {
    let request = request().without_certificates().unwrap();
    let response = authority().respond(request.as_der(), 78, now()).unwrap();
    let token = response.token_for(&request).unwrap();
    assert!(token.certificates().is_empty());
    let judged = token.judge(&imprint(), &validator(), &[], now());
    assert_eq!(judged.fault, Some(TimestampFault::NoCertificate));
    assert!(!judged.is_good() && judged.path.is_none());
    assert!(token.judge(&imprint(), &validator(), &[tsa()], now()).is_good());
}

#[test]
fn a_stamp_about_something_else_from_the_future_or_by_nobody_trusted_proves_nothing() {
    let other = ImprintHash::Sm3.imprint(b"timestamp you");
    assert_eq!(token().judge(&other, &validator(), &[], now()).fault, Some(TimestampFault::OtherImprint));
    let sha = ImprintHash::Sha256.imprint(b"timestamp me");
    assert_eq!(token().judge(&sha, &validator(), &[], now()).fault, Some(TimestampFault::OtherImprint));
    let early = |seconds| token().judge(&imprint(), &validator(), &[], now().plus_seconds(seconds));
    assert_eq!(early(-301).fault, Some(TimestampFault::Future));
    assert_eq!(early(-300).fault, None);
    let stranger = PathValidator::new(&Trust::new());
    let judged = token().judge(&imprint(), &stranger, &[], now());
    assert!(judged.fault.is_none() && !judged.is_good());
    assert_eq!(judged.path.unwrap().chain.code(), Some("chain-no-trust"));
}

#[test]
fn a_revocation_after_the_stamp_counts_only_when_the_key_was_lost() {
    let list = |reason| -> RevocationList {
        let entries = vec![Revoked::new(serial(2), now().plus_days(5), reason)];
        let draft = RevocationListDraft::new(now().plus_days(6), now().plus_days(20), 1, entries);
        issuer().revocation_list(&draft).unwrap()
    };
    let judged = |reason, days| {
        let validator = validator().revocation(&[list(reason)]);
        token().judge(&imprint(), &validator, &[], now().plus_days(days))
    };
    assert!(judged(Reason::Superseded, 10).is_good());
    let lost = judged(Reason::KeyCompromise, 10);
    assert_eq!(lost.fault, Some(TimestampFault::KeyCompromised));
    assert_eq!(lost.path.unwrap().revocation.code(), Some(Cause::RevokedLater.code()));
    assert!(!judged(Reason::KeyCompromise, 10).is_good());
}

#[test]
fn no_byte_of_a_token_can_be_changed() {
    // Without the certificates: a changed one would be looked for and not be found, which says little.
    let request = request().without_certificates().unwrap();
    let token = authority().respond(request.as_der(), 79, now()).unwrap().token().unwrap().clone();
    let der = token.as_der();
    assert!(token.judge(&imprint(), &validator(), &[tsa()], now()).is_good());
    // What is not signed: the version numbers, the set of digest algorithms, and how the certificate is named.
    let mut free = 0;
    for at in 0..der.len() {
        assert!(TimestampToken::from_der(&der[..at]).is_err(), "cut to {at}");
        for change in [1, 0x80] {
            let mut changed = der.to_vec();
            changed[at] ^= change;
            let good = TimestampToken::from_der(&changed)
                .is_ok_and(|token| token.judge(&imprint(), &validator(), &[tsa()], now()).is_good());
            free += usize::from(good);
        }
    }
    assert!(free < 40, "{free} changes went unnoticed");
    assert!(TimestampToken::from_der(&[der, &[0]].concat()).is_err());
}

#[test]
fn every_refusal_has_its_reason() {
    let parts = || -> TimeStampReq { der::decode(request().as_der()).unwrap() };
    let written = |parts: &TimeStampReq| der::encode(parts).unwrap();
    let refused = |bytes: &[u8]| {
        let response = authority().respond(bytes, 1, now()).unwrap();
        assert_eq!(authority().refuses(bytes), response.rejection());
        let again = TimestampResponse::from_der(response.as_der()).unwrap();
        assert_eq!((again.rejection(), again.text()), (response.rejection(), response.text()));
        let error = response.token_for(&request()).unwrap_err();
        assert_eq!(error, TimestampError::Rejected { rejection: response.rejection().unwrap() });
        response.rejection().unwrap()
    };
    assert_eq!(authority().refuses(request().as_der()), None);
    for bytes in [&b""[..], b"hello", &request().as_der()[1..], &vec![0x30; TimestampRequest::MAX_BYTES + 1]] {
        assert_eq!(refused(bytes), Rejection::BadDataFormat);
    }
    let mut bad = parts();
    bad.version = 2;
    assert_eq!(refused(&written(&bad)), Rejection::BadRequest);
    let sha = TimestampRequest::new(&ImprintHash::Sha256.imprint(b"x"), None).unwrap();
    assert_eq!(refused(sha.as_der()), Rejection::BadAlgorithm);
    let mut bad = parts();
    bad.imprint.hash = OctetString::new(vec![7; 31]).unwrap();
    assert_eq!(refused(&written(&bad)), Rejection::BadDataFormat);
    assert_eq!(refused(request().under_policy("1.2.3.4.2").unwrap().as_der()), Rejection::UnacceptedPolicy);
    assert_eq!(authority().refuses(request().under_policy(POLICY).unwrap().as_der()), None);
    let mut bad = parts();
    let value = OctetString::new(vec![5, 0]).unwrap();
    bad.extensions = Some(vec![super::asn1::Extension { kind: oid::OCSP_NONCE, critical: false, value }]);
    assert_eq!(refused(&written(&bad)), Rejection::UnacceptedExtension);
    for rejection in Rejection::ALL {
        assert_eq!(TimestampAuthority::refusal(*rejection).unwrap().rejection(), Some(*rejection));
    }
}

#[test]
fn an_answer_to_another_question_is_told_apart() {
    let response = authority().respond(request().as_der(), 1, now()).unwrap();
    let other = |request: &TimestampRequest| response.token_for(request).unwrap_err();
    let what = |what| TimestampError::OtherRequest { what };
    assert_eq!(other(&TimestampRequest::new(&imprint(), Some(&[1])).unwrap()), what("nonce"));
    assert_eq!(other(&TimestampRequest::new(&imprint(), None).unwrap()), what("nonce"));
    let imprint = ImprintHash::Sm3.imprint(b"another");
    assert_eq!(other(&TimestampRequest::new(&imprint, Some(&[0xee, 1, 2, 3])).unwrap()), what("imprint"));
    assert_eq!(other(&request().under_policy("1.2.3.4.2").unwrap()), what("policy"));
    assert_eq!(other(&request().without_certificates().unwrap()), what("certificate"));
}

#[test]
fn only_a_certificate_for_time_stamps_alone_makes_them() {
    let subject = "CN=Fake TSA,C=CN".to_owned();
    for profile in [Profile::person(), Profile::ocsp(), Profile::sub_ca()] {
        let error = TimestampAuthority::new(issued(&profile, 3), signer(2), POLICY).unwrap_err();
        assert_eq!(error, TimestampError::NotForTimestamps { subject: subject.clone() });
    }
    assert_eq!(TimestampAuthority::new(tsa(), signer(3), POLICY).unwrap_err().code(), "cms-wrong-key");
    let error = TimestampAuthority::new(tsa(), signer(2), "a policy").unwrap_err();
    assert_eq!(error, TimestampError::PolicySyntax { text: "a policy".into() });
    let late = now().plus_days(31);
    assert_eq!(authority().respond(request().as_der(), 1, late).unwrap_err(), TimestampError::NotValid { at: late });
}

/// A token whose signed attributes are these besides the content's type and digest, over the usual content.
fn with_attributes(kind: const_oid::ObjectIdentifier, value: Vec<u8>) -> TimestampToken {
    let content = token().message.content().unwrap().to_vec();
    let draft = MessageDraft::new(&tsa()).unwrap().dialect(Dialect::Rfc5652).content_type(oid::TST_INFO);
    let message = draft.attribute(kind, &[value]).attached(&content).unwrap().sign(&signer(2)).unwrap();
    TimestampToken::from_der(message.as_der()).unwrap()
}

#[test]
fn the_certificate_is_named_by_sm3_or_sha256_or_the_old_form_and_must_be_the_signers() {
    let tsa = tsa();
    let octets = |bytes: &[u8]| OctetString::new(bytes).unwrap();
    let v2 = |algorithm: Option<const_oid::ObjectIdentifier>, hash: &[u8], issuer_serial| {
        let id = EssCertIdV2 { algorithm: algorithm.map(Algorithm::of), hash: octets(hash), issuer_serial };
        let value = SigningCertificateV2 { certificates: vec![id], policies: None };
        fault(&with_attributes(oid::SIGNING_CERTIFICATE_V2, der::encode(&value).unwrap()))
    };
    let (sm3, sha256) = (*sm3(tsa.as_der()).as_bytes(), Sha256::digest(tsa.as_der()));
    assert_eq!(v2(Some(oid::SM3), &sm3, None), None);
    assert_eq!(v2(None, &sha256, None), None, "without an algorithm it is SHA-256");
    assert_eq!(v2(Some(oid::SHA256), &sha256, None), None);
    let other = Some(TimestampFault::OtherCertificate);
    assert_eq!(v2(None, &sm3, None), other, "SM3 has to be said");
    assert_eq!(v2(Some(oid::SM3), &sha256, None), other);
    assert_eq!(v2(Some(oid::SM3), &sm3[..31], None), other);
    assert_eq!(v2(Some(oid::SHA1), &Sha1::digest(tsa.as_der()), None), Some(TimestampFault::UnknownHash));

    let names = |name: &Name, number: u8| {
        let der = [&[0xa4, u8::try_from(name.as_der().len()).unwrap()], name.as_der()].concat();
        let issuer = vec![der::decode::<Raw>(&der).unwrap()];
        Some(IssuerSerial { issuer, serial: Int::new(&[number]).unwrap() })
    };
    assert_eq!(v2(Some(oid::SM3), &sm3, names(tsa.issuer(), 2)), None);
    assert_eq!(v2(Some(oid::SM3), &sm3, names(tsa.issuer(), 3)), other);
    assert_eq!(v2(Some(oid::SM3), &sm3, names(tsa.subject(), 2)), other);

    let v1 = |hash: &[u8]| {
        let id = EssCertIdV1 { hash: octets(hash), issuer_serial: None };
        let value = SigningCertificateV1 { certificates: vec![id], policies: None };
        fault(&with_attributes(oid::SIGNING_CERTIFICATE, der::encode(&value).unwrap()))
    };
    assert_eq!(v1(&Sha1::digest(tsa.as_der())), None);
    assert_eq!(v1(&sm3), other);
    let empty = SigningCertificateV2 { certificates: Vec::new(), policies: None };
    let empty = with_attributes(oid::SIGNING_CERTIFICATE_V2, der::encode(&empty).unwrap());
    assert_eq!(fault(&empty), Some(TimestampFault::CertificateNotNamed));
    let none = with_attributes(oid::SIGNING_TIME, vec![0x17, 13].into_iter().chain(*b"270601000000Z").collect());
    assert_eq!(fault(&none), Some(TimestampFault::CertificateNotNamed));
    let garbage = with_attributes(oid::SIGNING_CERTIFICATE_V2, vec![5, 0]);
    assert_eq!(fault(&garbage), other);
}

#[test]
fn another_certificate_of_the_same_key_cannot_take_the_place_of_the_signers() {
    let request = request().without_certificates().unwrap();
    let token = authority().respond(request.as_der(), 1, now()).unwrap().token().unwrap().clone();
    // The same name, serial number and key; only the period differs.
    let period = Period::days(now().plus_days(-20), 40);
    let name = Name::parse("CN=Fake TSA,C=CN").unwrap();
    let twin = issuer().issue_for(&name, signer(2).public_key(), &Profile::tsa(), serial(2), period).unwrap();
    let judged = token.judge(&imprint(), &validator(), &[twin], now());
    assert_eq!(judged.fault, Some(TimestampFault::OtherCertificate));
}

#[test]
fn signed_messages_of_other_kinds_are_no_time_stamps() {
    let draft = || MessageDraft::new(&tsa()).unwrap().dialect(Dialect::Rfc5652);
    let plain = draft().attached(b"hello").unwrap().sign(&signer(2)).unwrap();
    let error = TimestampToken::from_der(plain.as_der()).unwrap_err();
    assert_eq!(error, TimestampError::NotTimestamp { oid: oid::CMS_DATA.to_string() });
    let content = token().message.content().unwrap().to_vec();
    let stamped = |content: &[u8]| {
        let message: SignedMessage =
            draft().content_type(oid::TST_INFO).attached(content).unwrap().sign(&signer(2)).unwrap();
        TimestampToken::from_der(message.as_der())
    };
    stamped(&content).unwrap();
    let malformed = TimestampError::Malformed { what: "TSTInfo" };
    for end in 0..content.len() {
        assert_eq!(stamped(&content[..end]).unwrap_err(), malformed, "cut to {end}");
    }
    assert_eq!(stamped(&[&content[..], &[0]].concat()).unwrap_err(), malformed);
    let detached = draft().content_type(oid::TST_INFO).detached().finish().sign(&signer(2)).unwrap();
    assert_eq!(TimestampToken::from_der(detached.as_der()).unwrap_err(), malformed);
    assert!(TimestampToken::from_der(&vec![0x30; TimestampToken::MAX_BYTES + 1]).is_err());
    let gm = draft().dialect(Dialect::Gbt35275).content_type(oid::TST_INFO);
    let gm = gm.attached(&content).unwrap().sign(&signer(2)).unwrap();
    assert!(TimestampToken::from_der(gm.as_der()).is_ok(), "read with a GB/T 35275 type too, as cms does");
}

#[test]
fn nonces_are_kept_as_numbers() {
    for (given, kept) in [(&[1][..], &[1][..]), (&[0xff], &[0xff]), (&[0, 0, 0x80], &[0x80]), (&[0, 7], &[7])] {
        assert_eq!(TimestampRequest::new(&imprint(), Some(given)).unwrap().nonce(), Some(kept));
    }
    let malformed = TimestampError::Malformed { what: "nonce" };
    for bad in [&[][..], &[0], &[0xff; TimestampRequest::MAX_NONCE + 1]] {
        assert_eq!(TimestampRequest::new(&imprint(), Some(bad)).unwrap_err(), malformed);
    }
    assert!(TimestampRequest::new(&imprint(), Some(&[0xff; TimestampRequest::MAX_NONCE])).is_ok());
    assert_ne!(TimestampRequest::fresh_nonce().unwrap(), TimestampRequest::fresh_nonce().unwrap());
}

#[test]
fn bouncy_castles_request_and_stamp_have_the_outcome_of_the_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let request = TimestampRequest::from_der(&read("tsp/tsq-sm3.der")).unwrap();
    assert_eq!(request.imprint(), &imprint());
    assert!(request.wants_certificates());
    assert_eq!(TimestampRequest::new(&imprint(), request.nonce()).unwrap(), request, "written again, it is the same");

    let response = TimestampResponse::from_der(&read("tsp/tsr-sm3-ess2sm3.der")).unwrap();
    let token = response.token_for(&request).unwrap();
    let certificate = |name: &str| Certificate::from_bytes(&read(&format!("pki/{name}.pem"))).unwrap();
    let validator = PathValidator::new(&Trust::from_certificates([certificate("root")]))
        .intermediates(&[certificate("sub")])
        .policy(RevocationPolicy::IfAvailable);
    let judged = token.judge(&imprint(), &validator, &[], now());
    assert!(judged.is_good(), "{judged:?}");
    assert_eq!(judged.signer, Some(certificate("tsa")));
    assert_eq!((token.policy().as_str(), token.serial()), (POLICY, &[0x77][..]));
}

//! Verifying signature files: good ones, and ones with one thing wrong.

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber, Trust};
use eseal::cms::{Content, Dialect, MessageDraft, SignedMessage};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::sm::sm3;
use eseal::timestamp::{Imprint, TimestampAuthority, TimestampRequest};
use eseal::verify::{
    Check, MessageReport, Outcome, Policy, Requirement, RevocationPolicy, StampKind, Verdict, Verifier,
};

use crate::support::office::{FakeOffice, now};
use crate::support::shared;

const TEXT: &[u8] = "任何一个文件".as_bytes();

fn verifier(office: &FakeOffice) -> Verifier {
    let mut trust = Trust::new();
    trust.add(office.root.certificate.clone());
    Verifier::new(&trust)
        .intermediates(std::slice::from_ref(&office.issuing.certificate))
        .revocation(&office.revocation_lists(now()))
}

fn draft(office: &FakeOffice) -> MessageDraft {
    MessageDraft::new(&office.clerk.certificate).unwrap().signing_time(now())
}

fn detached(office: &FakeOffice, draft: MessageDraft) -> SignedMessage {
    let mut content = draft.detached();
    content.update(TEXT);
    content.finish().sign(&office.clerk.signer).unwrap()
}

fn with(report: &MessageReport, outcome: Outcome) -> Vec<(Check, &'static str)> {
    let findings = report.signers().iter().flat_map(|signer| signer.findings());
    findings.filter(|finding| finding.outcome == outcome).map(|finding| (finding.check, finding.code)).collect()
}

#[test]
fn a_signature_over_a_file_is_valid_with_trust_and_indeterminate_without() {
    let office = FakeOffice::new();
    for dialect in [Dialect::Gbt35275, Dialect::Rfc5652] {
        let message = detached(&office, draft(&office).dialect(dialect));
        let report = verifier(&office).verify_message(&message, Content::Detached(&[TEXT]), now());
        assert_eq!(report.verdict(), Verdict::Valid, "{:#?}", report.signers);
        let signer = &report.signers()[0];
        assert_eq!((signer.kind, signer.claimed_time()), (StampKind::Signature, Some(now())));
        assert_eq!((signer.valid_when_stamped, signer.valid_now), (Some(true), Some(true)));
        assert_eq!(signer.signer, Some(office.clerk.certificate.clone()));
        let questions: Vec<_> = signer.findings().iter().map(|finding| finding.check).collect();
        for check in [
            Check::Format,
            Check::Signature,
            Check::DocumentHash,
            Check::SignerChain,
            Check::SignerPeriod,
            Check::SignerUsage,
            Check::SignerRevocation,
            Check::Timestamp,
        ] {
            assert!(questions.contains(&check), "{check}");
        }

        let alone = Verifier::new(&Trust::new()).verify_message(&message, Content::Detached(&[TEXT]), now());
        assert_eq!(alone.verdict(), Verdict::Indeterminate);
        assert!(with(&alone, Outcome::Unknown).contains(&(Check::SignerChain, "chain-no-trust")));
    }
}

#[test]
fn a_content_in_pieces_comes_to_the_same_verdict() {
    let office = FakeOffice::new();
    let verifier = verifier(&office);
    for draft in [draft(&office), draft(&office).without_attributes()] {
        let message = detached(&office, draft);
        let mut verification = verifier.verify_detached(&message);
        TEXT.chunks(4).for_each(|piece| {
            verification.update(piece);
        });
        assert_eq!(verification.clone().finish(now()).verdict(), Verdict::Valid);
        verification.update(b"!");
        assert_eq!(verification.finish(now()).verdict(), Verdict::Invalid);
    }
}

#[test]
fn another_file_is_invalid_and_a_missing_one_leaves_the_question_open() {
    let office = FakeOffice::new();
    let message = detached(&office, draft(&office));
    let other = verifier(&office).verify_message(&message, Content::Detached(&[&TEXT[1..]]), now());
    assert_eq!(other.verdict(), Verdict::Invalid);
    assert_eq!(with(&other, Outcome::Fail), [(Check::DocumentHash, "document-hash-mismatch")]);
    let missing = verifier(&office).verify_message(&message, Content::Attached, now());
    assert_eq!(missing.verdict(), Verdict::Indeterminate);
    let open = [(Check::Signature, "document-not-given"), (Check::DocumentHash, "document-not-given")];
    assert_eq!(with(&missing, Outcome::Unknown), open);

    let attached = draft(&office).attached(TEXT).unwrap().sign(&office.clerk.signer).unwrap();
    for content in [Content::Attached, Content::Detached(&[TEXT])] {
        assert_eq!(verifier(&office).verify_message(&attached, content, now()).verdict(), Verdict::Valid);
    }
    let other = verifier(&office).verify_message(&attached, Content::Detached(&[b"other"]), now());
    assert_eq!(with(&other, Outcome::Fail), [(Check::DocumentHash, "document-hash-mismatch")]);
}

#[test]
fn a_signature_without_a_time_is_judged_as_of_the_time_of_verifying() {
    let office = FakeOffice::new();
    let message = detached(&office, MessageDraft::new(&office.clerk.certificate).unwrap());
    let report = verifier(&office).verify_message(&message, Content::Detached(&[TEXT]), now());
    assert_eq!(report.verdict(), Verdict::Valid);
    assert!(with(&report, Outcome::Note).contains(&(Check::Timestamp, "time-absent")));
    assert_eq!(report.signers()[0].valid_when_stamped, None);
    let late = verifier(&office).verify_message(&message, Content::Detached(&[TEXT]), now().plus_days(800));
    assert_eq!(with(&late, Outcome::Fail), [(Check::SignerPeriod, "cert-expired")]);
}

#[test]
fn a_time_in_the_future_is_invalid() {
    let office = FakeOffice::new();
    let message =
        detached(&office, MessageDraft::new(&office.clerk.certificate).unwrap().signing_time(now().plus_days(1)));
    let report = verifier(&office).verify_message(&message, Content::Detached(&[TEXT]), now());
    assert!(with(&report, Outcome::Fail).contains(&(Check::Timestamp, "time-in-future")));
}

#[test]
fn a_time_stamp_proves_when_it_was_signed() {
    let office = FakeOffice::new();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let key = SoftSigner::new(SecretKey::generate().unwrap());
    let name = Name::parse("CN=fake TSA,C=CN").unwrap();
    let period = office.clerk.certificate.validity();
    let serial = SerialNumber::random().unwrap();
    let certificate = issuer.issue_for(&name, key.public_key(), &Profile::tsa(), serial, period).unwrap();
    let authority = TimestampAuthority::new(certificate, key, "1.2.3.4").unwrap();
    let token_over = |value: &[u8]| {
        let request = TimestampRequest::new(&Imprint::sm3(sm3(value)), None).unwrap();
        authority.respond(request.as_der(), 1, now()).unwrap().token().unwrap().as_der().to_vec()
    };

    let message = detached(&office, draft(&office));
    let stamped = message.with_timestamp(&token_over(message.signers()[0].signature())).unwrap();
    assert_eq!(stamped.signers()[0].signature(), message.signers()[0].signature());
    let require = [Requirement::Timestamp].into_iter().collect();
    let strict = verifier(&office).policy(Policy { require, ..Policy::default() });
    let report = strict.verify_message(&stamped, Content::Detached(&[TEXT]), now().plus_days(1));
    assert_eq!(report.verdict(), Verdict::Valid, "{:#?}", report.signers);
    assert_eq!(report.signers()[0].proven_time(), Some(now()));

    let wrong = message.with_timestamp(&token_over(b"another signature")).unwrap();
    let report = strict.verify_message(&wrong, Content::Detached(&[TEXT]), now().plus_days(1));
    assert_eq!(with(&report, Outcome::Fail).first().map(|(check, _)| *check), Some(Check::Timestamp));
    assert_eq!(message.with_timestamp(b"no token").unwrap_err().code(), "cms-malformed");
    let twice = stamped.with_timestamp(&token_over(message.signers()[0].signature())).unwrap();
    assert_eq!(twice.signers()[0].unsigned_attributes().len(), 2);
}

#[test]
fn what_is_required_and_absent_leaves_the_verdict_open() {
    let office = FakeOffice::new();
    let message = detached(&office, draft(&office));
    let require = [Requirement::Timestamp].into_iter().collect();
    let strict = verifier(&office).policy(Policy { require, ..Policy::default() });
    assert_eq!(strict.verify_message(&message, Content::Detached(&[TEXT]), now()).verdict(), Verdict::Indeterminate);
}

#[test]
fn a_message_of_certificates_alone_is_not_signed() {
    let Some(shared) = shared() else { return };
    let bytes = std::fs::read(shared.join("samples/vectors/cms/gmssl-chain.p7b.pem")).unwrap();
    let nobody = SignedMessage::from_bytes(&bytes).unwrap();
    let report = Verifier::new(&Trust::new()).verify_message(&nobody, Content::Attached, now());
    assert_eq!((report.verdict(), report.signers().len()), (Verdict::NotStamped, 0));
}

#[test]
fn messages_of_others_get_their_verdict() {
    let Some(shared) = shared() else { return };
    let read = |name: &str| std::fs::read(shared.join("samples/vectors").join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_bytes(&read(name)).unwrap();
    let at = eseal::time::Instant::parse("2027-06-01T00:00:00Z").unwrap();
    let mut trust = Trust::new();
    trust.add(certificate("pki/root.pem"));
    let verifier = Verifier::new(&trust)
        .intermediates(&[certificate("pki/sub.pem")])
        .policy(Policy { revocation: RevocationPolicy::IfAvailable, ..Policy::default() });
    let verdict = |name: &str, content: Content<'_>| {
        verifier.verify_message(&SignedMessage::from_bytes(&read(name)).unwrap(), content, at).verdict()
    };
    let text = "国标35275签名原文".as_bytes();
    assert_eq!(verdict("cms/gbt35275-attached-noattrs.der", Content::Attached), Verdict::Valid);
    assert_eq!(verdict("cms/gbt35275-detached-attrs-501.der", Content::Detached(&[text])), Verdict::Valid);
    assert_eq!(verdict("cms/gbt35275-tampered.der", Content::Attached), Verdict::Invalid);
    assert_eq!(verdict("cms/gmssl-signed.pem", Content::Attached), Verdict::Invalid);
    let content = read("cms/ofd-ynca-signedattrs.content.xml");
    let message = SignedMessage::from_bytes(&read("cms/ofd-ynca-signedattrs.der")).unwrap();
    let real = verifier.verify_message(&message, Content::Detached(&[&content]), at);
    assert_eq!(with(&real, Outcome::Fail), [(Check::SignerChain, "chain-no-issuer")]);
    assert!(with(&real, Outcome::Note).contains(&(Check::Format, "cms-mixed-types")));
}

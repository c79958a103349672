use super::*;
use crate::authority::ActivationCodes;
use crate::authority::Application;
use crate::authority::ApplicationState;
use crate::authority::Approval;
use crate::authority::Assent;
use crate::authority::Duty;
use crate::authority::Filing;
use crate::authority::Issued;
use crate::authority::Predecessor;
use crate::authority::RenewalRules;
use crate::authority::application;
use crate::authority::applications;
use crate::authority::appoint;
use crate::authority::approve_application;
use crate::authority::file_application;
use crate::authority::hold_by_passphrase;
use crate::authority::refuse_application;
use crate::authority::release;
use crate::authority::revoke;
use crate::cert::ActivationCode;
use crate::cert::IdentityKind;
use crate::cert::Passphrase;
use crate::cert::PassphraseVerifier;
use crate::cert::ProfileSet;
use crate::cert::RequestExtras;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;

const WORDS: &str = "丢失时报这一句话";

fn filing() -> Filing {
    Filing {
        subject: name("示例用户一"),
        profile: "person".into(),
        organization: None,
        region: None,
        days: None,
        pair: true,
    }
}

fn by(actor: &str, days: i64) -> Note {
    Note::new(NOW.plus_days(days), actor)
}

/// An office with an application that the second officer approved.
struct Office {
    registry: MemoryRegistry,
    issuer: Issuer<'static>,
    code: ActivationCode,
    reference: String,
}

impl Office {
    fn filed(filing: &Filing) -> (MemoryRegistry, Issuer<'static>, String) {
        let mut registry = MemoryRegistry::new();
        let issuer = issuer(&mut registry);
        let filed = file_application(&mut registry, filing, &ProfileSet::standard(), &by("first", 0)).unwrap();
        (registry, issuer, filed.reference().to_owned())
    }

    fn approved(filing: &Filing) -> Self {
        let (mut registry, issuer, reference) = Self::filed(filing);
        let ActivationCodes { code, .. } =
            approve(&mut registry, &issuer, &reference, Assent::Another(&[]), "second").unwrap();
        Self { registry, issuer, code, reference }
    }

    fn request(&self, byte: u8) -> CertificateRequest {
        request(byte, "示例用户一", &self.reference, &self.code)
    }

    fn issue(&mut self, request: &CertificateRequest, days: i64) -> Result<Issued, AuthorityError> {
        let mut authority = Authority::new(&self.issuer, &mut self.registry);
        authority.issue_by_application(request, &signer(1), &by("issuing", days))
    }

    fn refused(&mut self, request: &CertificateRequest, days: i64) -> &'static str {
        self.issue(request, days).unwrap_err().code()
    }

    fn application(&self) -> Application {
        application(&self.registry, &self.reference).unwrap()
    }
}

fn approve(
    registry: &mut MemoryRegistry,
    issuer: &Issuer<'_>,
    reference: &str,
    assent: Assent<'_>,
    actor: &str,
) -> Result<ActivationCodes, AuthorityError> {
    approve_application(registry, reference, issuer.certificate(), assent, &by(actor, 0))
}

fn request(byte: u8, common: &str, reference: &str, code: &ActivationCode) -> CertificateRequest {
    let verifier = PassphraseVerifier::with_iterations(&Passphrase::new(WORDS).unwrap(), 2).unwrap();
    let extras = RequestExtras::activated_by(reference, code).unwrap().passphrase(verifier);
    CertificateRequest::new_with(&name(common), &signer(byte), &extras).unwrap()
}

fn acts(registry: &MemoryRegistry) -> Vec<(Act, String)> {
    registry.entries(1, 100).unwrap().into_iter().map(|entry| (entry.act, entry.actor)).collect()
}

#[test]
fn an_approved_application_is_answered_in_one_write_to_whoever_has_the_code() {
    let mut office = Office::approved(&Filing {
        organization: Some("91350100m000100y43".into()),
        region: Some("350100".into()),
        days: Some(30),
        ..filing()
    });
    let request = office.request(2);
    let issued = office.issue(&request, 1).unwrap();
    assert!(issued.encryption.is_some() && issued.envelope.is_some());
    assert_eq!(issued.signing.validity().to(), NOW.plus_days(31));
    let numbers = issued.signing.identity_numbers();
    assert_eq!((numbers[0].kind, numbers[0].number.as_str()), (IdentityKind::OrganizationCode, "91350100M000100Y43"));
    let record = office.registry.certificate(issued.signing.serial()).unwrap().unwrap();
    assert_eq!(record.order, Some(format!("application:{}", office.reference)));
    assert_eq!(
        (record.organization.as_deref(), record.region.as_deref()),
        (Some("91350100M000100Y43"), Some("350100"))
    );
    let application = office.application();
    assert_eq!(application.state(NOW), ApplicationState::Answered);
    assert_eq!(application.filed(), ("first", NOW));
    assert_eq!(application.decided(), Some(("second", NOW)));
    assert_eq!(application.answered(), Some(NOW.plus_days(1)));
    let words: Vec<_> = acts(&office.registry).into_iter().map(|(act, _)| act).collect();
    assert_eq!(words[..2], [Act::ApplicationFiled, Act::ApplicationApproved]);
    assert!(words.contains(&Act::ApplicationAnswered) && words.contains(&Act::PassphraseSet));
    verify_registry(&office.registry).unwrap().unwrap();
}

#[test]
fn an_answer_that_was_lost_is_given_again_and_nothing_is_written() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    let first = office.issue(&request, 1).unwrap();
    let length = office.registry.checkpoint().unwrap().length;
    // A request made anew by the same key, too: only its signature differs.
    for request in [request, office.request(2)] {
        let again = office.issue(&request, 13).unwrap();
        assert_eq!(again.answer, first.answer);
    }
    assert_eq!(office.registry.checkpoint().unwrap().length, length);
    let request = office.request(2);
    assert_eq!(office.refused(&request, 15), "application-expired");
}

#[test]
fn the_same_codes_with_another_key_are_refused() {
    let mut office = Office::approved(&filing());
    let (own, other) = (office.request(2), office.request(3));
    office.issue(&own, 1).unwrap();
    assert_eq!(office.refused(&other, 1), "application-other-key");
    assert_eq!(office.application().wrong_codes(), 0);
}

#[test]
fn the_code_of_another_application_is_a_wrong_code() {
    let mut office = Office::approved(&filing());
    let second = file_application(&mut office.registry, &filing(), &ProfileSet::standard(), &by("first", 0)).unwrap();
    let other =
        approve(&mut office.registry, &office.issuer, second.reference(), Assent::Another(&[]), "second").unwrap();
    let crossed = request(2, "示例用户一", &office.reference, &other.code);
    let length = office.registry.checkpoint().unwrap().length;
    let refused = office.issue(&crossed, 1).unwrap_err();
    assert!(matches!(refused, AuthorityError::ApplicationWrongCode { left: 4, .. }), "{refused:?}");
    assert_eq!(office.registry.checkpoint().unwrap().length, length + 1);
    let (act, actor) = acts(&office.registry).pop().unwrap();
    assert_eq!((act, actor.as_str()), (Act::ApplicationRefused, "issuing; wrong authorisation code"));
    let right = office.request(2);
    office.issue(&right, 1).unwrap();
}

#[test]
fn five_wrong_codes_close_an_application_and_the_right_one_comes_too_late() {
    let mut office = Office::approved(&filing());
    let wrong = request(2, "示例用户一", &office.reference, &ActivationCode::generate().unwrap());
    for left in (0..5).rev() {
        let refused = office.issue(&wrong, 1).unwrap_err();
        assert!(matches!(refused, AuthorityError::ApplicationWrongCode { left: found, .. } if found == left));
    }
    let right = office.request(2);
    for request in [&wrong, &right] {
        assert_eq!(office.refused(request, 1), "application-closed");
    }
    assert_eq!(office.application().state(NOW), ApplicationState::Closed);
    let again = approve(&mut office.registry, &office.issuer, &office.reference, Assent::Another(&[]), "second");
    assert_eq!(again.unwrap_err().code(), "application-closed");
    assert!(office.registry.by_subject_key(&KeyId::of(signer(2).public_key())).unwrap().is_empty());
}

#[test]
fn codes_that_ran_out_are_refused_and_a_new_approval_voids_the_old_code() {
    let mut office = Office::approved(&filing());
    let old = office.request(2);
    assert_eq!(office.application().until(), Some(NOW.plus_days(14)));
    assert_eq!(office.application().state(NOW.plus_days(15)), ApplicationState::Expired);
    assert_eq!(office.refused(&old, 15), "application-expired");
    let certificate = office.issuer.certificate();
    let new = approve_application(
        &mut office.registry,
        &office.reference,
        certificate,
        Assent::Another(&[]),
        &by("second", 15),
    );
    office.code = new.unwrap().code;
    assert_eq!(office.refused(&old, 16), "application-wrong-code");
    let request = office.request(2);
    office.issue(&request, 16).unwrap();
}

#[test]
fn who_filed_does_not_approve_unless_alone_and_then_the_log_says_so() {
    let (mut registry, issuer, reference) = Office::filed(&filing());
    let refused = approve(&mut registry, &issuer, &reference, Assent::Another(&[]), "first").unwrap_err();
    assert_eq!(refused.code(), "application-self-approved");
    assert_eq!(registry.checkpoint().unwrap().length, 2);
    approve(&mut registry, &issuer, &reference, Assent::Alone, "first").unwrap();
    let (act, actor) = acts(&registry).pop().unwrap();
    assert_eq!((act, actor.as_str()), (Act::ApplicationApproved, "first; approved alone"));
}

#[test]
fn where_officers_register_one_of_them_has_to_have_signed() {
    let (mut registry, issuer, reference) = Office::filed(&filing());
    let own = CertificateRequest::new(&name("示例经办人一"), &signer(7)).unwrap();
    let mut authority = Authority::new(&issuer, &mut registry);
    let certificate = authority.issue(&own, &Profile::person(), Period::years(NOW, 2), &note()).unwrap();
    appoint(&mut registry, &certificate, &[Duty::Registration], &note()).unwrap();
    let object = application(&registry, &reference).unwrap().object();
    let sign = |duty, object| Approval::sign(duty, object, &certificate, &signer(7), NOW).unwrap();
    let mut code =
        |assent: Assent<'_>| approve(&mut registry, &issuer, &reference, assent, "second").unwrap_err().code();
    // Not even alone, and not with what was signed for something else.
    assert_eq!(code(Assent::Another(&[])), "authority-approvals-missing");
    assert_eq!(code(Assent::Alone), "authority-approvals-missing");
    assert_eq!(code(Assent::Another(&[sign(Duty::Unlock, object)])), "authority-approval-differs");
    assert_eq!(
        code(Assent::Another(&[sign(Duty::Registration, crate::sm::sm3(b"another"))])),
        "authority-approval-differs"
    );
    let approval = sign(Duty::Registration, object);
    // Whoever filed may bring the officer's word.
    let codes =
        approve(&mut registry, &issuer, &reference, Assent::Another(std::slice::from_ref(&approval)), "first").unwrap();
    assert_eq!(codes.application.officers(), [approval.name()]);
    assert_eq!(acts(&registry).pop().unwrap().1, "first");
    // An officer whose certificate was revoked leaves the rule standing.
    revoke(&mut registry, certificate.serial(), Reason::CessationOfOperation, None, &note()).unwrap();
    let mut code =
        |assent: Assent<'_>| approve(&mut registry, &issuer, &reference, assent, "second").unwrap_err().code();
    assert_eq!(code(Assent::Another(&[approval])), "authority-officer-not-in-force");
    assert_eq!(code(Assent::Another(&[])), "authority-approvals-missing");
}

#[test]
fn an_officer_does_not_approve_their_own_application() {
    let (mut registry, issuer, reference) = Office::filed(&filing());
    let own = CertificateRequest::new(&filing().subject, &signer(7)).unwrap();
    let mut authority = Authority::new(&issuer, &mut registry);
    let certificate = authority.issue(&own, &Profile::person(), Period::years(NOW, 2), &note()).unwrap();
    appoint(&mut registry, &certificate, &[Duty::Registration], &note()).unwrap();
    let object = application(&registry, &reference).unwrap().object();
    let approval = Approval::sign(Duty::Registration, object, &certificate, &signer(7), NOW).unwrap();
    let refused = approve(&mut registry, &issuer, &reference, Assent::Another(&[approval]), "second").unwrap_err();
    assert_eq!(refused.code(), "authority-officer-concerned");
}

#[test]
fn nothing_is_issued_before_approval_or_after_a_refusal() {
    let (mut registry, issuer, reference) = Office::filed(&filing());
    let code = ActivationCode::generate().unwrap();
    let asked = request(2, "示例用户一", &reference, &code);
    let issue = |registry: &mut MemoryRegistry, request: &CertificateRequest| {
        let mut authority = Authority::new(&issuer, registry);
        authority.issue_by_application(request, &signer(1), &note()).unwrap_err().code()
    };
    assert_eq!(issue(&mut registry, &asked), "application-not-approved");
    assert_eq!(issue(&mut registry, &request(2, "示例用户一", "0000000000", &code)), "application-unknown");
    let plain = CertificateRequest::new(&name("示例用户一"), &signer(2)).unwrap();
    assert_eq!(issue(&mut registry, &plain), "application-none");
    for reason in ["", " ", &"由".repeat(171)] {
        let refused = refuse_application(&mut registry, &reference, reason, &note()).unwrap_err();
        assert_eq!(refused.code(), "registry-bad-field");
    }
    let refused = refuse_application(&mut registry, &reference, "材料不全", &by("second", 0)).unwrap();
    assert_eq!((refused.reason(), refused.state(NOW)), (Some("材料不全"), ApplicationState::Refused));
    assert_eq!(issue(&mut registry, &asked), "application-refused");
    let again = approve(&mut registry, &issuer, &reference, Assent::Another(&[]), "second").unwrap_err();
    assert_eq!(again.code(), "application-refused");
    let again = refuse_application(&mut registry, &reference, "材料不全", &note()).unwrap_err();
    assert_eq!(again.code(), "application-refused");
    let unknown = refuse_application(&mut registry, "1", "材料不全", &note()).unwrap_err();
    assert_eq!(unknown.code(), "application-unknown");
}

#[test]
fn an_answered_application_is_decided_about_no_more() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    office.issue(&request, 1).unwrap();
    let again = approve(&mut office.registry, &office.issuer, &office.reference, Assent::Another(&[]), "second");
    assert_eq!(again.unwrap_err().code(), "application-answered");
    let refused = refuse_application(&mut office.registry, &office.reference, "太迟", &note()).unwrap_err();
    assert_eq!(refused.code(), "application-answered");
}

#[test]
fn a_request_for_another_subject_is_refused_and_not_counted() {
    let mut office = Office::approved(&filing());
    let other = request(2, "示例用户二", &office.reference, &office.code);
    assert_eq!(office.refused(&other, 1), "application-other-subject");
    assert_eq!(office.application().wrong_codes(), 0);
}

#[test]
fn another_authority_does_not_open_the_code() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    let mut authority = Authority::new(&office.issuer, &mut office.registry);
    let refused = authority.issue_by_application(&request, &signer(9), &note()).unwrap_err();
    assert!(matches!(refused, AuthorityError::Key(_)), "{refused:?}");
    assert_eq!(office.application().state(NOW), ApplicationState::Approved);
}

#[test]
fn what_cannot_be_issued_is_not_filed() {
    let mut registry = MemoryRegistry::new();
    let file = |registry: &mut MemoryRegistry, filing: Filing| {
        file_application(registry, &filing, &ProfileSet::standard(), &note()).map(|_| ()).map_err(|error| error.code())
    };
    for (filing, code) in [
        (Filing { profile: "nobody".into(), ..filing() }, "cert-unknown-profile"),
        (Filing { profile: "sub-ca".into(), pair: false, ..filing() }, "application-profile"),
        (Filing { profile: "tsa".into(), ..filing() }, "authority-no-pair"),
        (Filing { organization: Some("91350100M000100Y44".into()), ..filing() }, "identity-check-digit"),
    ] {
        assert_eq!(file(&mut registry, filing), Err(code));
    }
    assert_eq!(registry.checkpoint().unwrap().length, 0);
}

#[test]
fn applications_are_listed_in_the_order_of_filing_and_have_numbers_of_their_own() {
    let mut registry = MemoryRegistry::new();
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let filed = file_application(&mut registry, &filing(), &ProfileSet::standard(), &note()).unwrap();
        assert!(filed.reference().len() == 10 && filed.reference().bytes().all(|byte| byte.is_ascii_digit()));
        numbers.push(filed.reference().to_owned());
    }
    let page = applications(&registry, Cursor::START, 3).unwrap();
    let rest = applications(&registry, page.next.unwrap(), 3).unwrap();
    assert_eq!(rest.next, None);
    let listed: Vec<_> = page.records.iter().chain(&rest.records).map(|one| one.reference().to_owned()).collect();
    assert_eq!(listed, numbers);
    // What officers approve differs from one to the next.
    assert_ne!(page.records[0].object(), page.records[1].object());
}

#[test]
fn what_officers_approve_stays_the_same_while_the_application_goes_on() {
    let mut office = Office::approved(&filing());
    let object = office.application().object();
    let request = office.request(2);
    office.issue(&request, 1).unwrap();
    assert_eq!(office.application().object(), object);
}

#[test]
fn a_dossier_that_was_edited_is_damage_and_not_an_application() {
    let office = Office::approved(&filing());
    let record = office.registry.dossier(DossierKind::Application, &office.reference).unwrap().unwrap();
    let read = |der: Vec<u8>| {
        let record = DossierRecord { der, ..record.clone() };
        Application::from_record(&record).map(|_| ()).map_err(|error| error.code())
    };
    read(record.der.clone()).unwrap();
    for length in 0..record.der.len() {
        assert!(read(record.der[..length].to_vec()).is_err(), "cut to {length}");
    }
    let moved = DossierRecord { key: "0000000000".into(), ..record.clone() };
    assert_eq!(Application::from_record(&moved).unwrap_err().code(), "registry-damaged");
}

fn hold(office: &mut Office, serial: &SerialNumber, words: &str, minutes: i64) -> Result<usize, AuthorityError> {
    let note = Note::new(NOW.plus_days(2).plus_seconds(60 * minutes), "desk");
    hold_by_passphrase(&mut office.registry, serial, &Passphrase::new(words).unwrap(), &note).map(|moved| moved.len())
}

#[test]
fn a_holder_without_the_key_holds_the_pair_by_the_passphrase() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    let issued = office.issue(&request, 1).unwrap();
    // By the serial number of the encryption certificate as well: the holder has seen either.
    for certificate in [issued.encryption.as_ref().unwrap(), &issued.signing] {
        assert_eq!(hold(&mut office, certificate.serial(), WORDS, 0).unwrap(), 2);
        let (_, actor) = acts(&office.registry).pop().unwrap();
        assert_eq!(actor, "desk; by revocation passphrase");
        let again = hold(&mut office, certificate.serial(), WORDS, 1).unwrap_err();
        assert_eq!(again.code(), "registry-already-held");
        release(&mut office.registry, certificate.serial(), &later(3)).unwrap();
    }
    verify_registry(&office.registry).unwrap().unwrap();
}

#[test]
fn five_wrong_passphrases_in_a_day_block_even_the_right_one_until_the_first_is_a_day_old() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    let serial = office.issue(&request, 1).unwrap().signing.serial().clone();
    for (minutes, left) in (0..5).zip((0..5).rev()) {
        let refused = hold(&mut office, &serial, "不是这一句话的口令", minutes).unwrap_err();
        assert!(matches!(refused, AuthorityError::PassphraseWrong { left: found, .. } if found == left), "{refused:?}");
        assert_eq!(acts(&office.registry).pop().unwrap().0, Act::PassphraseRefused);
    }
    let length = office.registry.checkpoint().unwrap().length;
    let blocked = hold(&mut office, &serial, WORDS, 10).unwrap_err();
    let until = NOW.plus_days(3);
    assert!(matches!(blocked, AuthorityError::PassphraseBlocked { until: found, .. } if found == until));
    assert_eq!(office.registry.checkpoint().unwrap().length, length);
    assert_eq!(hold(&mut office, &serial, WORDS, 24 * 60).unwrap(), 2);
}

#[test]
fn a_successor_with_a_new_key_is_held_by_the_passphrase_of_the_one_it_replaced() {
    let mut office = Office::approved(&filing());
    let request = office.request(2);
    let mut serial = office.issue(&request, 1).unwrap().signing.serial().clone();
    for byte in [11, 12] {
        let key = signer(byte);
        let rules = RenewalRules::default();
        let mut authority = Authority::new(&office.issuer, &mut office.registry);
        let rekeyed =
            authority.rekey(&serial, key.public_key(), None, Predecessor::RunsOut, &rules, &later(2)).unwrap();
        serial = rekeyed.signing.serial().clone();
        // By the encryption certificate too, which names no predecessor itself.
        for one in [rekeyed.encryption.unwrap().serial(), &serial] {
            assert_eq!(hold(&mut office, one, WORDS, 0).unwrap(), 2);
            release(&mut office.registry, one, &later(3)).unwrap();
        }
    }
}

#[test]
fn a_certificate_without_a_passphrase_is_not_held_by_one() {
    let mut office = Office::approved(&filing());
    let certificate = issue(&mut Authority::new(&office.issuer, &mut office.registry), 5, Profile::person()).unwrap();
    let refused = hold(&mut office, certificate.serial(), WORDS, 0).unwrap_err();
    assert_eq!(refused.code(), "passphrase-none");
    let unknown = SerialNumber::from_hex("77").unwrap();
    assert_eq!(hold(&mut office, &unknown, WORDS, 0).unwrap_err().code(), "registry-unknown-certificate");
}

//! Officers, and what they approve.

use super::*;
use crate::authority::Approval;
use crate::authority::Duty;
use crate::authority::anyone_with;
use crate::authority::appoint;
use crate::authority::approvals::check;
use crate::authority::approvals::check_concerning;
use crate::authority::dismiss;
use crate::authority::hold;
use crate::authority::officer;
use crate::authority::officers;
use crate::authority::revoke;
use crate::cms::MessageDraft;
use crate::cms::Statement;
use crate::sm::sm3;

/// A certificate of this key for an officer of this name.
fn certificate(registry: &mut dyn Registry, issuer: &Issuer<'_>, byte: u8, common: &str) -> Certificate {
    let request = CertificateRequest::new(&name(common), &signer(byte)).unwrap();
    let mut authority = Authority::new(issuer, registry);
    authority.issue(&request, &Profile::person(), Period::years(NOW, 2), &note()).unwrap()
}

/// An office with two officers for recovery (keys 2 and 3); the second may unlock as well.
struct Staff {
    registry: MemoryRegistry,
    issuer: Issuer<'static>,
    certificates: Vec<Certificate>,
}

impl Staff {
    fn new() -> Self {
        let mut registry = MemoryRegistry::new();
        let issuer = issuer(&mut registry);
        let certificates: Vec<_> = [(2, "示例经办人一"), (3, "示例经办人二")]
            .map(|(byte, common)| certificate(&mut registry, &issuer, byte, common))
            .into();
        appoint(&mut registry, &certificates[0], &[Duty::Recovery], &note()).unwrap();
        appoint(&mut registry, &certificates[1], &[Duty::Recovery, Duty::Unlock, Duty::Recovery], &note()).unwrap();
        Self { registry, issuer, certificates }
    }

    /// The approval of an officer (0 or 1), a day after the appointment.
    fn approval(&self, which: usize) -> Approval {
        self.approval_at(which, NOW.plus_days(1))
    }

    fn approval_at(&self, which: usize, at: Instant) -> Approval {
        let key = signer(u8::try_from(which).unwrap() + 2);
        Approval::sign(Duty::Recovery, object(), &self.certificates[which], &key, at).unwrap()
    }

    fn check(&self, approvals: &[Approval]) -> Result<Vec<String>, AuthorityError> {
        check(approvals, Duty::Recovery, &object(), 2, &self.registry, NOW.plus_days(2))
    }

    fn code(&self, approvals: &[Approval]) -> &'static str {
        self.check(approvals).map_err(|error| error.code()).err().unwrap_or("done")
    }
}

fn object() -> Sm3Digest {
    sm3(b"what is approved")
}

#[test]
fn officers_are_appointed_for_duties_and_dismissed() {
    let mut staff = Staff::new();
    let listed = officers(&staff.registry).unwrap();
    assert_eq!(
        listed.iter().map(|officer| officer.certificate()).collect::<Vec<_>>(),
        staff.certificates.iter().collect::<Vec<_>>()
    );
    assert_eq!(listed[1].duties(), [Duty::Unlock, Duty::Recovery]);
    assert_eq!((listed[1].appointed(), listed[1].dismissed()), (NOW, None));
    assert!(anyone_with(&staff.registry, Duty::Unlock, NOW).unwrap());
    assert!(!anyone_with(&staff.registry, Duty::Registration, NOW).unwrap());
    assert!(!anyone_with(&staff.registry, Duty::Unlock, NOW.plus_days(900)).unwrap(), "the certificate has expired");

    let second = staff.certificates[1].clone();
    dismiss(&mut staff.registry, &second, &later(1)).unwrap();
    let dismissed = officer(&staff.registry, &second).unwrap().unwrap();
    assert_eq!(dismissed.dismissed(), Some(NOW.plus_days(1)));
    assert!(!anyone_with(&staff.registry, Duty::Unlock, NOW.plus_days(2)).unwrap());
    let again = dismiss(&mut staff.registry, &second, &later(2)).unwrap_err();
    assert_eq!(again.code(), "authority-officer-dismissed");
    appoint(&mut staff.registry, &second, &[Duty::Registration], &later(3)).unwrap();
    let anew = officer(&staff.registry, &second).unwrap().unwrap();
    assert_eq!(
        (anew.duties(), anew.dismissed(), anew.appointed()),
        (&[Duty::Registration][..], None, NOW.plus_days(3))
    );
    assert_eq!(officers(&staff.registry).unwrap().len(), 2);
    let acts: Vec<_> = staff.registry.entries(3, 10).unwrap().iter().map(|entry| entry.act).collect();
    use Act::{OfficerAppointed, OfficerDismissed};
    assert_eq!(acts, [OfficerAppointed, OfficerAppointed, OfficerDismissed, OfficerAppointed]);
    verify_registry(&staff.registry).unwrap().unwrap();
}

#[test]
fn who_cannot_be_an_officer_is_not_appointed() {
    let mut staff = Staff::new();
    let (issuer, first) = (staff.issuer.certificate().clone(), staff.certificates[0].clone());
    let foreign = Issuer::self_signed(
        &name("示例用户"),
        &signer(9),
        SerialNumber::from_bytes(&[5]).unwrap(),
        Period::years(NOW, 1),
    );
    let registry = &mut staff.registry;
    let mut code = |certificate: &Certificate, duties: &[Duty], note: &Note| {
        appoint(registry, certificate, duties, note).unwrap_err().code()
    };
    assert_eq!(code(&first, &[], &note()), "authority-no-duties");
    assert_eq!(code(&issuer, &[Duty::Unlock], &note()), "authority-officer-cannot-sign");
    assert_eq!(code(&foreign.unwrap(), &[Duty::Unlock], &note()), "registry-unknown-certificate");
    assert_eq!(code(&first, &[Duty::Unlock], &later(900)), "authority-officer-not-in-force");
    hold(&mut staff.registry, first.serial(), &note()).unwrap();
    let held = appoint(&mut staff.registry, &first, &[Duty::Unlock], &note()).unwrap_err();
    assert!(matches!(held, AuthorityError::OfficerNotInForce { standing: Standing::Held, .. }), "{held}");
    let stranger = certificate(&mut staff.registry, &staff.issuer, 7, "示例用户");
    assert_eq!(dismiss(&mut staff.registry, &stranger, &note()).unwrap_err().code(), "authority-not-an-officer");
}

#[test]
fn two_officers_approve_and_are_named() {
    let staff = Staff::new();
    let approvals = [staff.approval(0), staff.approval(1)];
    let names = staff.check(&approvals).unwrap();
    assert_eq!(names, staff.certificates.iter().map(|one| one.subject().to_string()).collect::<Vec<_>>());
    assert_eq!(check(&[], Duty::Unlock, &object(), 0, &staff.registry, NOW).unwrap(), Vec::<String>::new());
}

#[test]
fn an_approval_that_is_missing_double_or_of_a_stranger_is_refused() {
    let mut staff = Staff::new();
    let (first, second) = (staff.approval(0), staff.approval(1));
    assert_eq!(staff.code(&[]), "authority-approvals-missing");
    assert_eq!(staff.code(std::slice::from_ref(&first)), "authority-approvals-missing");
    assert_eq!(staff.code(&[first.clone(), first.clone()]), "authority-approval-twice");
    assert_eq!(staff.code(&[first.clone(), staff.approval_at(0, NOW)]), "authority-approval-twice");

    // A second certificate of one officer, for another key, and for another name.
    for (byte, common) in [(8, "示例经办人一"), (2, "示例经办人三")] {
        let other = match byte {
            2 => {
                // The office itself gives one key to one subject only: by hand.
                let order = staff
                    .issuer
                    .issue_for(
                        &name(common),
                        signer(2).public_key(),
                        &Profile::person(),
                        SerialNumber::random().unwrap(),
                        Period::years(NOW, 1),
                    )
                    .unwrap();
                let record = CertificateRecord::new(&order, staff.issuer.certificate().public_key().unwrap(), "person");
                staff.registry.write(&[Change::CertificateIssued(record.unwrap())], &note()).unwrap();
                order
            }
            _ => certificate(&mut staff.registry, &staff.issuer, byte, common),
        };
        appoint(&mut staff.registry, &other, &[Duty::Recovery], &note()).unwrap();
        let again = Approval::sign(Duty::Recovery, object(), &other, &signer(byte), NOW.plus_days(1)).unwrap();
        assert_eq!(staff.code(&[first.clone(), again]), "authority-approval-twice", "{common}");
    }

    let stranger = certificate(&mut staff.registry, &staff.issuer, 7, "示例用户");
    let by = Approval::sign(Duty::Recovery, object(), &stranger, &signer(7), NOW.plus_days(1)).unwrap();
    assert_eq!(staff.code(&[first.clone(), by]), "authority-not-an-officer");
    // One too many has to be good as well.
    let by = Approval::sign(Duty::Recovery, object(), &stranger, &signer(7), NOW.plus_days(1)).unwrap();
    assert_eq!(staff.code(&[first, second, by]), "authority-not-an-officer");
}

#[test]
fn an_approval_of_an_officer_who_may_not_is_refused() {
    let (first, second) = (0, 1);
    let staff = Staff::new();
    let unlock = |which: usize| {
        let key = signer(u8::try_from(which).unwrap() + 2);
        Approval::sign(Duty::Unlock, object(), &staff.certificates[which], &key, NOW.plus_days(1)).unwrap()
    };
    let check_unlock = |approval| check(&[approval], Duty::Unlock, &object(), 1, &staff.registry, NOW.plus_days(2));
    assert_eq!(check_unlock(unlock(first)).unwrap_err().code(), "authority-officer-without-duty");
    check_unlock(unlock(second)).unwrap();
    let concerned = [staff.certificates[1].subject()];
    let own =
        check_concerning(&concerned, &[unlock(second)], Duty::Unlock, &object(), 1, &staff.registry, NOW.plus_days(2));
    assert_eq!(own.unwrap_err().code(), "authority-officer-concerned");

    let mut staff = Staff::new();
    let approvals = [staff.approval(first), staff.approval(second)];
    let serial = staff.certificates[0].serial().clone();
    hold(&mut staff.registry, &serial, &later(1)).unwrap();
    assert_eq!(staff.code(&approvals), "authority-officer-not-in-force");
    revoke(&mut staff.registry, &serial, Reason::KeyCompromise, None, &later(1)).unwrap();
    assert_eq!(staff.code(&approvals), "authority-officer-not-in-force");

    let mut staff = Staff::new();
    dismiss(&mut staff.registry, &staff.certificates[1], &later(1)).unwrap();
    assert_eq!(staff.code(&approvals), "authority-not-an-officer", "another office's");
    let approvals = [staff.approval(first), staff.approval(second)];
    assert_eq!(staff.code(&approvals), "authority-officer-dismissed");
}

#[test]
fn an_approval_counts_for_seven_days_and_from_the_appointment_on() {
    let staff = Staff::new();
    for (at, expected) in [
        (NOW, "done"),
        (NOW.plus_seconds(-300), "done"),
        (NOW.plus_seconds(-301), "authority-approval-out-of-time"),
        (NOW.plus_days(2).plus_seconds(300), "done"),
        (NOW.plus_days(2).plus_seconds(301), "authority-approval-out-of-time"),
    ] {
        // The officers' certificates begin with NOW: an approval of before is laid out by hand.
        let approval = if at < NOW { by_hand(&staff, at) } else { staff.approval_at(0, at) };
        assert_eq!(staff.code(&[approval, staff.approval(1)]), expected, "{at}");
    }
    let late = check(&[staff.approval_at(0, NOW)], Duty::Recovery, &object(), 1, &staff.registry, NOW.plus_days(7));
    late.unwrap();
    let now = NOW.plus_days(7).plus_seconds(1);
    let late = check(&[staff.approval_at(0, NOW)], Duty::Recovery, &object(), 1, &staff.registry, now);
    assert_eq!(late.unwrap_err().code(), "authority-approval-out-of-time");
}

/// A signed message whose content looks like that of an approval.
fn message(staff: &Staff, content: &[u8], edit: impl FnOnce(MessageDraft) -> MessageDraft) -> Vec<u8> {
    let draft = MessageDraft::new(&staff.certificates[0]).unwrap();
    edit(draft).attached(content).unwrap().sign(&signer(2)).unwrap().as_der().to_vec()
}

fn statement(staff: &Staff, which: Statement, at: Instant, content: &[u8]) -> Vec<u8> {
    which.sign(&staff.certificates[0], &signer(2), at, content).unwrap().as_der().to_vec()
}

fn content(at: Instant) -> Vec<u8> {
    let mut der = vec![0x30, 0x3a - 1, 2, 1, 1, 0x0a, 1, 2, 4, 32];
    der.extend_from_slice(object().as_bytes());
    let time = at.civil();
    let text = format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year, time.month, time.day, time.hour, time.minute, time.second
    );
    der.extend([0x18, 15]);
    der.extend(text.as_bytes());
    der[1] = u8::try_from(der.len() - 2).unwrap();
    der
}

fn by_hand(staff: &Staff, at: Instant) -> Approval {
    Approval::from_bytes(&statement(staff, Statement::Approval, at, &content(at))).unwrap()
}

#[test]
fn a_signature_over_anything_else_is_no_approval() {
    let staff = Staff::new();
    let read = |bytes: &[u8]| Approval::from_bytes(bytes).map_err(|error| error.code()).err().unwrap_or("read");
    let right = content(NOW);
    let malformed = "authority-approval-malformed";
    assert_eq!(read(&statement(&staff, Statement::Approval, NOW, &right)), "read");
    assert_eq!(read(&statement(&staff, Statement::UnlockGrant, NOW, &right)), malformed);
    assert_eq!(read(&statement(&staff, Statement::Approval, NOW.plus_seconds(1), &right)), malformed, "two times");
    assert_eq!(read(&message(&staff, &right, |draft| draft)), malformed, "a signed file");
    assert_eq!(read(&message(&staff, &right, |draft| draft.signing_time(NOW))), malformed);
    assert_eq!(read(&message(&staff, &right, MessageDraft::without_attributes)), malformed);
    for at in [1, 4, 7, 9] {
        let mut wrong = right.clone();
        wrong[at] ^= 0x40;
        assert_eq!(read(&statement(&staff, Statement::Approval, NOW, &wrong)), malformed, "{at}");
    }
    assert_eq!(read(b""), malformed);
    assert_eq!(read(staff.certificates[0].as_der()), malformed);
    assert_eq!(read(&vec![0x30; Approval::MAX_BYTES + 1]), malformed);
}

#[test]
fn no_byte_of_an_approval_can_be_changed_unnoticed() {
    let staff = Staff::new();
    let note = Some("已当面核对身份");
    let approval =
        Approval::sign_with_note(Duty::Recovery, object(), note, &staff.certificates[0], &signer(2), NOW).unwrap();
    let der = approval.as_der();
    assert_eq!(Approval::from_bytes(der).unwrap().note(), note);
    for at in 0..der.len() {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        // Another certificate of no officer, or one that the registry does not know, may still read.
        if let Ok(read) = Approval::from_bytes(&changed) {
            let same = (read.duty(), read.object(), read.at(), read.note());
            assert_eq!(same, (Duty::Recovery, &object(), NOW, note), "byte {at}");
            let known = read.certificate() == approval.certificate();
            assert!(known || staff.code(&[read, staff.approval(1)]) == "authority-not-an-officer", "byte {at}");
        }
        assert!(Approval::from_bytes(&der[..at]).is_err());
    }
    let long = "长".repeat(200);
    let refused =
        Approval::sign_with_note(Duty::Unlock, object(), Some(&long), &staff.certificates[0], &signer(2), NOW);
    assert_eq!(refused.unwrap_err().code(), "authority-approval-malformed");
    let expired = Approval::sign(Duty::Unlock, object(), &staff.certificates[0], &signer(2), NOW.plus_days(900));
    assert_eq!(expired.unwrap_err().code(), "cms-signer-not-valid");
    let foreign = Approval::sign(Duty::Unlock, object(), &staff.certificates[0], &signer(3), NOW);
    assert_eq!(foreign.unwrap_err().code(), "cms-wrong-key");
}

#[test]
fn an_officers_dossier_that_was_edited_is_damage() {
    let mut staff = Staff::new();
    let record = staff.registry.dossiers(DossierKind::Officer, Cursor::START, 1).unwrap().records.remove(0);
    for der in [vec![0x30, 0], record.der[..record.der.len() - 1].to_vec()] {
        let edited = DossierRecord { der, ..record.clone() };
        let mut other = MemoryRegistry::new();
        let change = Change::DossierKept { act: Act::OfficerAppointed, record: edited, before: None };
        other.write(&[change], &note()).unwrap();
        assert_eq!(officers(&other).unwrap_err().code(), "registry-damaged");
    }
    // Another officer's content under this name.
    let second = staff.registry.dossiers(DossierKind::Officer, Cursor::START, 2).unwrap().records.remove(1);
    let swapped = DossierRecord { der: second.der, ..record.clone() };
    let change = Change::DossierKept { act: Act::OfficerAppointed, record: swapped, before: Some(record.digest()) };
    staff.registry.write(&[change], &note()).unwrap();
    assert_eq!(officer(&staff.registry, &staff.certificates[0]).unwrap_err().code(), "registry-damaged");
}

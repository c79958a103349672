//! Certificates that are replaced, and encryption keys that are kept and given back.

use super::*;
use crate::authority::Approval;
use crate::authority::Duty;
use crate::authority::Escrow;
use crate::authority::Filled;
use crate::authority::Issued;
use crate::authority::Loss;
use crate::authority::RecoveryFault;
use crate::authority::RecoveryOrder;
use crate::authority::RenewalRules;
use crate::authority::appoint;
use crate::authority::dismiss;
use crate::authority::hold;
use crate::cert::CertificateResponse;

const LOST: Loss = Loss { reason: Reason::KeyCompromise, since: None };

/// An office with an escrow key (21) and two recovery officers (11 and 12).
struct Vault {
    registry: MemoryRegistry,
    issuer: Issuer<'static>,
    officers: Vec<Certificate>,
}

impl Vault {
    fn new() -> Self {
        let mut registry = MemoryRegistry::new();
        let issuer = issuer(&mut registry);
        let mut officers = Vec::new();
        for (byte, common) in [(11, "示例经办人一"), (12, "示例经办人二")] {
            let request = CertificateRequest::new(&name(common), &signer(byte)).unwrap();
            let mut authority = Authority::new(&issuer, &mut registry);
            officers.push(authority.issue(&request, &Profile::person(), Period::years(NOW, 5), &note()).unwrap());
        }
        for officer in &officers {
            appoint(&mut registry, officer, &[Duty::Recovery], &note()).unwrap();
        }
        Self { registry, issuer, officers }
    }

    fn authority<'v>(&'v mut self, escrow: &SoftSigner) -> Authority<'v> {
        Authority::new(&self.issuer, &mut self.registry).escrow(escrow.public_key())
    }

    fn pair(&mut self, byte: u8) -> Issued {
        let (subject, key, profile) = (name("示例用户"), signer(byte), Profile::person());
        let order =
            Order::new(&subject, key.public_key(), &profile, Period::days(NOW, 365)).pair().named(format!("{byte}"));
        self.authority(&signer(21)).issue_all(&[order], &note()).unwrap().remove(0)
    }

    fn replace(&mut self, old: &SerialNumber, byte: u8, day: i64) -> Result<Issued, AuthorityError> {
        let key = signer(byte);
        let rules = RenewalRules::default();
        self.authority(&signer(21)).replace(old, key.public_key(), Some(365), LOST, &rules, &later(day))
    }

    /// A pair for key 2 that was replaced by one for key 3 on day 1, and the order for its encryption key.
    fn lost(&mut self) -> (Issued, Issued, RecoveryOrder) {
        let old = self.pair(2);
        let new = self.replace(old.signing.serial(), 3, 1).unwrap();
        let order = self.order(&old, &new).unwrap();
        (old, new, order)
    }

    fn order(&self, old: &Issued, new: &Issued) -> Result<RecoveryOrder, AuthorityError> {
        let at = NOW.plus_days(1);
        RecoveryOrder::draft(&self.registry, old.signing.serial(), new.signing.serial(), "介质遗失", at)
    }

    fn approval(&self, which: usize, order: &RecoveryOrder) -> Approval {
        let key = signer(u8::try_from(which).unwrap() + 11);
        Approval::sign(Duty::Recovery, order.digest(), &self.officers[which], &key, NOW.plus_days(1)).unwrap()
    }

    fn both(&self, order: &RecoveryOrder) -> [Approval; 2] {
        [self.approval(0, order), self.approval(1, order)]
    }

    fn recover(
        &mut self,
        order: &RecoveryOrder,
        approvals: &[Approval],
    ) -> Result<CertificateResponse, AuthorityError> {
        Escrow::new(&signer(21), &mut self.registry).recover(order, approvals, &later(2))
    }

    fn code(&mut self, order: &RecoveryOrder, approvals: &[Approval]) -> &'static str {
        let before = self.registry.checkpoint().unwrap();
        let code = self.recover(order, approvals).map_err(|error| error.code()).err().unwrap_or("done");
        assert!(code == "done" || self.registry.checkpoint().unwrap() == before, "a refusal writes nothing");
        code
    }
}

#[test]
fn the_key_of_a_pair_is_kept_in_the_write_that_issues_it() {
    let mut vault = Vault::new();
    let before = vault.registry.checkpoint().unwrap().length;
    let pair = vault.pair(2);
    let acts: Vec<_> = vault.registry.entries(before, 10).unwrap().iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::CertificateIssued, Act::CertificateIssued, Act::AnswerKept, Act::KeyEscrowed]);
    let serial = pair.encryption.unwrap().serial().to_string();
    let record = vault.registry.dossier(DossierKind::Escrow, &serial).unwrap().unwrap();
    assert!(record.der.len() < 4_096);
    vault.pair(2);
    assert_eq!(vault.registry.checkpoint().unwrap().length, before + 4, "the answer of before");

    // Without an escrow key, or without a pair, nothing is kept.
    let (subject, key, profile) = (name("示例用户"), signer(5), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::days(NOW, 9));
    vault.authority(&signer(21)).issue_all(std::slice::from_ref(&order), &note()).unwrap();
    Authority::new(&vault.issuer, &mut vault.registry).issue_all(&[order.pair()], &note()).unwrap();
    assert_eq!(vault.registry.dossiers(DossierKind::Escrow, Cursor::START, 9).unwrap().records, [record]);
    verify_registry(&vault.registry).unwrap().unwrap();
}

#[test]
fn a_lost_certificate_is_replaced_and_revoked_in_one_write() {
    let mut vault = Vault::new();
    let old = vault.pair(2);
    let before = vault.registry.checkpoint().unwrap().length;
    let new = vault.replace(old.encryption.as_ref().unwrap().serial(), 3, 1).unwrap();
    assert_eq!(new.filled, Filled::Now);
    assert_eq!(new.signing.public_key().unwrap(), signer(3).public_key());
    assert!(new.envelope.is_some(), "a new encryption key");
    let standing = |registry: &MemoryRegistry, certificate: &Certificate| {
        registry.certificate(certificate.serial()).unwrap().unwrap().standing(NOW.plus_days(1))
    };
    for half in [&old.signing, old.encryption.as_ref().unwrap()] {
        assert_eq!(standing(&vault.registry, half), Standing::Revoked);
        let record = vault.registry.certificate(half.serial()).unwrap().unwrap();
        assert_eq!(record.revocation().unwrap().reason, Reason::KeyCompromise);
    }
    assert_eq!(standing(&vault.registry, &new.signing), Standing::Active);
    let record = vault.registry.certificate(new.signing.serial()).unwrap().unwrap();
    assert_eq!(record.replaces.as_ref(), Some(old.signing.serial()));
    assert_eq!(vault.registry.checkpoint().unwrap().length, before + 6);

    let again = vault.replace(old.signing.serial(), 3, 2).unwrap();
    assert_eq!((again.filled, again.answer), (Filled::Before, new.answer));
    assert_eq!(vault.replace(old.signing.serial(), 4, 2).unwrap_err().code(), "authority-order-differs");
    verify_registry(&vault.registry).unwrap().unwrap();
}

#[test]
fn what_cannot_be_replaced_stays_as_it_is() {
    let mut vault = Vault::new();
    let old = vault.pair(2);
    let serial = old.signing.serial().clone();
    let before = vault.registry.checkpoint().unwrap();
    assert_eq!(vault.replace(&serial, 2, 1).unwrap_err().code(), "authority-key-unchanged");
    assert_eq!(vault.replace(&serial, 11, 1).unwrap_err().code(), "authority-key-of-another");
    assert_eq!(vault.replace(&serial, 3, 365 + 366).unwrap_err().code(), "authority-renewal-too-late");
    let (rules, key) = (RenewalRules::default(), signer(3));
    let undone = Loss { reason: Reason::CertificateHold, since: None };
    let refused = vault.authority(&signer(21)).replace(&serial, key.public_key(), None, undone, &rules, &later(1));
    assert_eq!(refused.unwrap_err().code(), "registry-not-final");
    let unknown = SerialNumber::from_bytes(&[5]).unwrap();
    assert_eq!(vault.replace(&unknown, 3, 1).unwrap_err().code(), "registry-unknown-certificate");
    assert_eq!(vault.registry.checkpoint().unwrap(), before);
    assert_eq!(vault.registry.certificate(&serial).unwrap().unwrap().standing(NOW), Standing::Active);
}

#[test]
fn one_on_hold_and_one_revoked_before_are_replaced_too() {
    let mut vault = Vault::new();
    let held = vault.pair(2);
    hold(&mut vault.registry, held.signing.serial(), &later(1)).unwrap();
    vault.replace(held.signing.serial(), 3, 2).unwrap();
    let record = vault.registry.certificate(held.signing.serial()).unwrap().unwrap();
    assert_eq!(record.revocation().map(|revocation| revocation.reason), Some(Reason::KeyCompromise));

    let revoked = vault.pair(5);
    let serial = revoked.signing.serial();
    crate::authority::revoke(&mut vault.registry, serial, Reason::Superseded, None, &later(1)).unwrap();
    vault.replace(serial, 6, 2).unwrap();
    let record = vault.registry.certificate(serial).unwrap().unwrap();
    assert_eq!(record.revocation().map(|revocation| revocation.reason), Some(Reason::Superseded), "as it was");
}

#[test]
fn a_key_is_given_back_under_two_approvals_and_never_bare() {
    let mut vault = Vault::new();
    let (old, new, order) = vault.lost();
    let approvals = vault.both(&order);
    let read = RecoveryOrder::from_bytes(order.to_pem().as_bytes()).unwrap();
    assert_eq!((&read, read.digest()), (&order, order.digest()));
    let answer = vault.recover(&read, &approvals).unwrap();
    let old_encryption = old.encryption.unwrap();
    assert_eq!(answer.certificate_for(signer(3).public_key()).unwrap(), &new.signing);
    assert_eq!(answer.signing()[1], *vault.issuer.certificate());
    assert_eq!(answer.encryption_certificate(), Some(&old_encryption));
    let envelope = answer.envelope().unwrap();
    assert_eq!(envelope.open(&signer(3)).unwrap().public_key(), old_encryption.public_key().unwrap());
    for other in [2, 11, 12, 21] {
        assert!(envelope.open(&signer(other)).is_err(), "not for key {other}");
    }
    let last = vault.registry.entries(vault.registry.checkpoint().unwrap().length - 1, 1).unwrap().remove(0);
    assert_eq!((last.act, last.subject), (Act::KeyRecovered, format!("escrow:{}", old_encryption.serial())));
    let record = vault.registry.dossier(DossierKind::Escrow, &old_encryption.serial().to_string()).unwrap().unwrap();
    let names = "示例经办人二".as_bytes();
    assert!(record.der.windows(names.len()).any(|window| window == names), "who approved is kept");

    // An interrupted recovery is repeated, and each has its entry; the list in the dossier stays bounded.
    for _ in 0..40 {
        vault.recover(&order, &approvals).unwrap();
    }
    verify_registry(&vault.registry).unwrap().unwrap();
}

#[test]
fn a_recovery_with_fewer_or_wrong_approvals_is_refused() {
    let mut vault = Vault::new();
    let (old, new, order) = vault.lost();
    let [first, second] = vault.both(&order);
    assert_eq!(vault.code(&order, &[]), "authority-approvals-missing");
    assert_eq!(vault.code(&order, std::slice::from_ref(&first)), "authority-approvals-missing");
    assert_eq!(vault.code(&order, &[first.clone(), first.clone()]), "authority-approval-twice");
    let other =
        RecoveryOrder::draft(&vault.registry, old.signing.serial(), new.signing.serial(), "另一理由", NOW.plus_days(1));
    let other = vault.approval(1, &other.unwrap());
    assert_eq!(vault.code(&order, &[first.clone(), other]), "authority-approval-differs");
    let unlock = Approval::sign(Duty::Unlock, order.digest(), &vault.officers[1], &signer(12), NOW.plus_days(1));
    assert_eq!(vault.code(&order, &[first.clone(), unlock.unwrap()]), "authority-approval-differs");
    let officer = vault.officers[1].clone();
    hold(&mut vault.registry, officer.serial(), &later(1)).unwrap();
    assert_eq!(vault.code(&order, &[first.clone(), second.clone()]), "authority-officer-not-in-force");
    crate::authority::release(&mut vault.registry, officer.serial(), &later(1)).unwrap();
    dismiss(&mut vault.registry, &officer, &later(1)).unwrap();
    assert_eq!(vault.code(&order, &[first, second]), "authority-officer-dismissed");
}

#[test]
fn nobody_approves_the_recovery_of_their_own_key() {
    let mut vault = Vault::new();
    let (subject, key, profile) = (name("示例经办人一"), signer(15), Profile::person());
    let order = Order::new(&subject, key.public_key(), &profile, Period::days(NOW, 365)).pair();
    let old = vault.authority(&signer(21)).issue_all(&[order], &note()).unwrap().remove(0);
    let new = vault.replace(old.signing.serial(), 16, 1).unwrap();
    let order = vault.order(&old, &new).unwrap();
    let approvals = vault.both(&order);
    assert_eq!(vault.code(&order, &approvals), "authority-officer-concerned");
}

#[test]
fn an_edited_order_is_another_order() {
    let mut vault = Vault::new();
    let (_, _, order) = vault.lost();
    let approvals = vault.both(&order);
    let der = order.as_der();
    for at in 0..der.len() {
        let mut edited = der.to_vec();
        edited[at] ^= 1;
        if let Ok(edited) = RecoveryOrder::from_bytes(&edited) {
            assert_ne!(vault.code(&edited, &approvals), "done", "byte {at}");
        }
        assert_eq!(RecoveryOrder::from_bytes(&der[..at]), Err(RecoveryFault::Malformed));
    }
    for other in [&b""[..], b"0", &[0x30; 3 * RecoveryOrder::MAX_BYTES], vault.officers[0].as_der()] {
        assert_eq!(RecoveryOrder::from_bytes(other), Err(RecoveryFault::Malformed));
    }
}

#[test]
fn an_order_that_cannot_be_carried_out_is_not_made() {
    let mut vault = Vault::new();
    let (old, new, order) = vault.lost();
    let at = NOW.plus_days(1);
    let officer = vault.officers[0].serial().clone();
    let draft = |vault: &Vault, old: &SerialNumber, new: &SerialNumber, reason: &str, at: Instant| {
        RecoveryOrder::draft(&vault.registry, old, new, reason, at)
            .map_err(|error| error.code())
            .err()
            .unwrap_or("done")
    };
    let (from, to) = (old.signing.serial(), new.signing.serial());
    assert_eq!(draft(&vault, from, to, "理由", at), "done");
    let halves = (old.encryption.as_ref().unwrap().serial(), new.encryption.as_ref().unwrap().serial());
    assert_eq!(draft(&vault, halves.0, halves.1, "理由", at), "done");
    assert_eq!(draft(&vault, from, to, " ", at), "recovery-malformed");
    assert_eq!(draft(&vault, from, to, &"长".repeat(171), at), "recovery-malformed");
    assert_eq!(draft(&vault, from, &officer, "理由", at), "recovery-other-holder");
    assert_eq!(draft(&vault, &officer, &officer, "理由", at), "recovery-not-escrowed");
    assert_eq!(draft(&vault, to, from, "理由", at), "recovery-not-active", "the old certificate was revoked");
    assert_eq!(draft(&vault, from, to, "理由", NOW.plus_days(400)), "recovery-not-active", "expired");
    let unknown = SerialNumber::from_bytes(&[5]).unwrap();
    assert_eq!(draft(&vault, &unknown, to, "理由", at), "registry-unknown-certificate");

    let approvals = vault.both(&order);
    let late = |vault: &mut Vault, day| {
        let recovered = Escrow::new(&signer(21), &mut vault.registry).recover(&order, &approvals, &later(day));
        recovered.map_err(|error| error.code()).err().unwrap_or("done")
    };
    assert_eq!(late(&mut vault, 9), "recovery-out-of-time");
    assert_eq!(late(&mut vault, 0), "recovery-out-of-time", "the future");
    let other = Escrow::new(&signer(22), &mut vault.registry).recover(&order, &approvals, &later(2));
    assert_eq!(other.unwrap_err().code(), "recovery-other-escrow-key");
    hold(&mut vault.registry, to, &later(2)).unwrap();
    assert_eq!(vault.code(&order, &approvals), "recovery-not-active");
}

#[test]
fn a_renewed_encryption_certificate_leads_to_the_key_of_the_first() {
    let mut vault = Vault::new();
    let old = vault.pair(2);
    let rules = RenewalRules::default();
    let renewed = vault.authority(&signer(21)).renew(old.signing.serial(), None, &rules, &later(300)).unwrap();
    let new = vault.replace(renewed.signing.serial(), 3, 301).unwrap();
    let at = NOW.plus_days(301);
    let order =
        RecoveryOrder::draft(&vault.registry, renewed.signing.serial(), new.signing.serial(), "遗失", at).unwrap();
    let approvals = [0, 1].map(|which: usize| {
        let key = signer(u8::try_from(which).unwrap() + 11);
        Approval::sign(Duty::Recovery, order.digest(), &vault.officers[which], &key, at).unwrap()
    });
    let answer = Escrow::new(&signer(21), &mut vault.registry).recover(&order, &approvals, &later(301)).unwrap();
    assert_eq!(answer.encryption_certificate(), renewed.encryption.as_ref());
}

#[test]
fn every_fault_of_a_recovery_has_its_code() {
    let serial = String::new();
    let faults = [
        RecoveryFault::Malformed,
        RecoveryFault::OutOfTime { at: NOW },
        RecoveryFault::NotEscrowed { serial: serial.clone() },
        RecoveryFault::OtherHolder { subject: serial.clone() },
        RecoveryFault::NotActive { serial: serial.clone(), standing: Standing::Held },
        RecoveryFault::KeyDiffers { serial: serial.clone() },
        RecoveryFault::OtherEscrowKey { serial },
    ];
    assert_eq!(faults.each_ref().map(RecoveryFault::code).as_slice(), RecoveryFault::CODES);
}

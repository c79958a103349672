//! Approvals, recovery orders, and the dossiers of officers and escrowed keys: nothing panics, and nobody is an officer by them.
#![no_main]

use std::sync::LazyLock;

use eseal::audit::{Act, Note};
use eseal::authority::{self, Approval, Authority, Duty, RecoveryOrder, approvals};
use eseal::cert::{Certificate, CertificateRequest, Issuer, Name, Profile};
use eseal::key::{SecretKey, SoftSigner};
use eseal::registry::{Change, DossierKind, DossierRecord, MemoryRegistry, Registry};
use eseal::sm::sm3;
use eseal::time::{Instant, Period};
use libfuzzer_sys::fuzz_target;

const NOW: Instant = Instant::from_unix(1_795_500_000);

fn note() -> Note {
    Note::new(NOW, "fuzz")
}

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).expect("a key"))
}

/// A root and a certificate that it issued, in a registry.
static OFFICE: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    let (mut registry, name) = (MemoryRegistry::new(), Name::parse("CN=fake").expect("a name"));
    let root = Authority::found(&name, &signer(1), Period::years(NOW, 9), &mut registry, &note()).expect("a root");
    let issuer = Issuer::new(root.clone(), signer(1)).expect("its own key");
    let request = CertificateRequest::new(&name, &signer(2)).expect("asked");
    let mut authority = Authority::new(&issuer, &mut registry);
    let leaf = authority.issue(&request, &Profile::person(), Period::years(NOW, 1), &note()).expect("issued");
    [root, leaf]
});

fuzz_target!(|bytes: &[u8]| {
    let mut registry = MemoryRegistry::new();
    if let Ok(approval) = Approval::from_bytes(bytes) {
        let again = Approval::from_bytes(approval.as_der()).expect("what was read is read again");
        assert_eq!((again.duty(), again.object(), again.at()), (approval.duty(), approval.object(), approval.at()));
        let object = *approval.object();
        let counted = approvals::check(&[approval], again.duty(), &object, 1, &registry, again.at());
        assert!(counted.is_err(), "nobody was appointed");
    }
    if let Ok(order) = RecoveryOrder::from_bytes(bytes) {
        let again = RecoveryOrder::from_bytes(order.to_pem().as_bytes()).expect("what was read is read again");
        assert_eq!((again.digest(), &again), (order.digest(), &order));
        assert!(order.check(&registry, &[], order.at()).is_err(), "nothing is in escrow");
    }
    if bytes.is_empty() || bytes.len() > DossierRecord::MAX_BYTES {
        return;
    }
    let leaf = &OFFICE[1];
    let key = leaf.sm3().to_string();
    for (kind, act, key) in [
        (DossierKind::Officer, Act::OfficerAppointed, key),
        (DossierKind::Escrow, Act::KeyEscrowed, leaf.serial().to_string()),
    ] {
        let record = DossierRecord::new(kind, key, bytes.to_vec());
        registry.write(&[Change::DossierKept { act, record, before: None }], &note()).expect("any bytes are kept");
    }
    let issued = |certificate: &Certificate, profile: &Profile| {
        let issuer = OFFICE[0].public_key().expect("an SM2 key");
        let record = eseal::registry::CertificateRecord::new(certificate, issuer, profile.name());
        Change::CertificateIssued(record.expect("an SM2 key"))
    };
    let both = [issued(&OFFICE[0], &Profile::root()), issued(leaf, &Profile::person())];
    registry.write(&both, &note()).expect("not there yet");
    if let Ok(officers) = authority::officers(&registry) {
        assert!(officers.iter().all(|officer| officer.certificate() == leaf), "an officer goes by the own certificate");
    }
    let _ = authority::anyone_with(&registry, Duty::Recovery, NOW);
    let _ = RecoveryOrder::draft(&registry, leaf.serial(), leaf.serial(), "test", NOW);
    let object = sm3(bytes);
    if let Ok(own) = Approval::sign(Duty::Recovery, object, leaf, &signer(2), NOW) {
        let _ = approvals::check(&[own], Duty::Recovery, &object, 1, &registry, NOW);
    }
});

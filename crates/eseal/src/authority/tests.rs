mod applications;
mod approvals;
mod lists;
mod orders;
mod recovery;
mod renew;
mod succession;

use crate::audit::Act;
use crate::audit::Entry;
use crate::audit::Note;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::registry::AnswerRecord;
use crate::registry::CertificateQuery;
use crate::registry::CertificateRecord;
use crate::registry::CertificateStatus;
use crate::registry::Change;
use crate::registry::Cursor;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::EntryQuery;
use crate::registry::KeyId;
use crate::registry::MemoryRegistry;
use crate::registry::Page;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Revocation;
use crate::registry::RevocationListRecord;
use crate::registry::SealQuery;
use crate::registry::SealRecord;
use crate::registry::Standing;
use crate::registry::TimestampRecord;
use crate::registry::verify_registry;
use crate::seal::Picture;
use crate::seal::SealDraft;
use crate::seal::SealId;
use crate::seal::SealKind;
use crate::seal::SealMaker;
use crate::seal::SealVersion;
use crate::seal::Size;
use crate::sm::SecretKey;
use crate::sm::Sm3Digest;
use crate::time::Instant;
use crate::time::Period;

use super::Authority;
use super::AuthorityError;
use super::ListScope;
use super::Order;
use super::make_seal;

const NOW: Instant = Instant::from_unix(1_795_500_000);
const PICTURE: &[u8] = include_bytes!("../lab/pictures/person.png");

fn note() -> Note {
    Note::new(NOW, "registrar")
}

fn later(days: i64) -> Note {
    Note::new(NOW.plus_days(days), "registrar")
}

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn name(common: &str) -> Name {
    Name::parse(&format!("CN={common},O=示例市数据局,C=CN")).unwrap()
}

fn root(registry: &mut dyn Registry, byte: u8) -> Certificate {
    Authority::found(&name("示例根"), &signer(byte), Period::years(NOW, 20), registry, &note()).unwrap()
}

/// An issuer whose root has key 1, remembered in the registry.
fn issuer(registry: &mut dyn Registry) -> Issuer<'static> {
    Issuer::new(root(registry, 1), signer(1)).unwrap()
}

fn issue(authority: &mut Authority<'_>, byte: u8, profile: Profile) -> Result<Certificate, AuthorityError> {
    let request = CertificateRequest::new(&name("示例用户"), &signer(byte)).unwrap();
    authority.issue(&request, &profile, Period::years(NOW, 2), &note())
}

#[test]
fn what_is_issued_is_remembered_with_its_entry() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let certificate = issue(&mut authority, 2, Profile::person()).unwrap();
    let root = authority.certificate().clone();
    let record = registry.certificate(certificate.serial()).unwrap().unwrap();
    assert_eq!(record.der, certificate.as_der());
    assert_eq!(record.profile, "person");
    assert_eq!(record.issuer_key, KeyId::of(root.public_key().unwrap()));
    assert_eq!(root.subject_key_id(), Some(record.issuer_key.as_bytes().as_slice()));
    assert_eq!(registry.certificate(root.serial()).unwrap().unwrap().profile, "root");
    let acts: Vec<_> = registry.entries(0, 10).unwrap().iter().map(|entry| entry.act).collect();
    assert_eq!(acts, [Act::CertificateIssued; 2]);
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 2);
}

#[test]
fn a_certificate_may_not_outlive_its_issuer_and_nothing_is_remembered() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let request = CertificateRequest::new(&name("示例用户"), &signer(2)).unwrap();
    let too_long = authority.issue(&request, &Profile::person(), Period::years(NOW, 21), &note());
    assert!(matches!(too_long, Err(AuthorityError::Cert(CertError::IssuerOutlived { .. }))), "{too_long:?}");
    assert_eq!(registry.checkpoint().unwrap().length, 1);
}

#[test]
fn the_usual_validity_ends_with_the_issuer() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let authority = Authority::new(&issuer, &mut registry);
    let end = authority.certificate().validity().to();
    assert_eq!(authority.default_validity(&Profile::person(), NOW), Period::days(NOW, 730));
    let late = end.plus_days(-10);
    assert_eq!(authority.default_validity(&Profile::person(), late), Period::new(late, end).unwrap());
}

#[test]
fn several_orders_are_one_write_and_one_bad_order_spoils_all() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let names = [name("甲"), name("乙"), name("丙")];
    let signers = [signer(2), signer(3), signer(4)];
    let profile = Profile::person();
    let mut orders: Vec<_> = names
        .iter()
        .zip(&signers)
        .map(|(subject, signer)| Order::new(subject, signer.public_key(), &profile, Period::years(NOW, 1)))
        .collect();
    assert_eq!(authority.issue_all(&orders, &note()).unwrap().len(), 3);
    orders[2].validity = Period::years(NOW, 50);
    assert!(authority.issue_all(&orders, &note()).is_err());
    assert!(authority.issue_all(&[], &note()).unwrap().is_empty());
    assert_eq!(registry.checkpoint().unwrap().length, 4);
}

#[test]
fn an_issuer_past_its_period_on_hold_or_revoked_issues_nothing() {
    let mut registry = MemoryRegistry::new();
    let top = issuer(&mut registry);
    let period = Period::years(NOW, 2);
    let mut authority = Authority::new(&top, &mut registry);
    let request = CertificateRequest::new(&name("示例签发"), &signer(2)).unwrap();
    let issuing = authority.issue(&request, &Profile::sub_ca(), period, &note()).unwrap();
    let serial = issuing.serial().clone();
    authority.hold(&serial, &note()).unwrap();

    let issuing = Issuer::new(issuing, signer(2)).unwrap();
    let mut below = Authority::new(&issuing, &mut registry);
    assert_eq!(issue(&mut below, 3, Profile::person()).unwrap_err().code(), "authority-issuer-not-active");
    let list = below.revocation_list(&ListScope::Full, NOW.plus_days(30), &note());
    assert_eq!(list.unwrap_err().code(), "authority-issuer-not-active");
    for at in [NOW.plus_days(-1), NOW.plus_years(3)] {
        let late = below.revocation_list(&ListScope::Full, at.plus_days(30), &Note::new(at, "registrar"));
        assert_eq!(late.unwrap_err().code(), "authority-issuer-not-valid");
    }
}

#[test]
fn a_revoked_certificate_is_on_the_next_list_and_a_released_one_is_not() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let certificates: Vec<_> = (2..6).map(|byte| issue(&mut authority, byte, Profile::person()).unwrap()).collect();
    let empty = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &note()).unwrap();
    assert!(empty.is_empty());
    assert_eq!(empty.number(), Some(1));

    let since = Some(NOW.plus_days(1));
    authority.revoke(certificates[0].serial(), Reason::KeyCompromise, since, &later(2)).unwrap();
    authority.revoke(certificates[1].serial(), Reason::Unspecified, None, &later(2)).unwrap();
    authority.hold(certificates[2].serial(), &later(3)).unwrap();
    authority.hold(certificates[3].serial(), &later(3)).unwrap();
    authority.release(certificates[3].serial(), &later(4)).unwrap();
    let list = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &later(5)).unwrap();
    assert_eq!((list.number(), list.len()), (Some(2), 3));
    list.check_signature_by(authority.certificate()).unwrap();
    let entry = list.find(certificates[0].serial()).unwrap();
    assert_eq!((entry.at, entry.reason), (NOW.plus_days(2), Some(Reason::KeyCompromise)));
    assert_eq!(entry.invalidity_date, since);
    assert_eq!(list.find(certificates[1].serial()).unwrap().reason, None);
    assert!(list.find(certificates[2].serial()).unwrap().is_hold());
    assert_eq!(list.find(certificates[3].serial()), None);

    let key = KeyId::of(issuer.certificate().public_key().unwrap());
    let lists = registry.revocation_lists(&key, Cursor::START, 10).unwrap().records;
    assert_eq!(lists.iter().map(|list| list.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((lists[1].entries, lists[1].sm3), (3, list.sm3()));
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn only_what_was_issued_here_can_be_revoked_here() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut own = Authority::new(&issuer, &mut registry);
    let certificate = issue(&mut own, 2, Profile::person()).unwrap();
    let foreign = Issuer::new(root(&mut registry, 9), signer(9)).unwrap();
    let mut other = Authority::new(&foreign, &mut registry);
    let serial = certificate.serial();
    let outcomes = [
        other.revoke(serial, Reason::Superseded, None, &note()),
        other.hold(serial, &note()),
        other.release(serial, &note()),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().code(), "authority-not-issued-here");
    }
    let unknown = SerialNumber::from_bytes(&[5]).unwrap();
    assert_eq!(other.hold(&unknown, &note()).unwrap_err().code(), "registry-unknown-certificate");
}

fn draft(id: &str, signers: Vec<Certificate>) -> SealDraft {
    SealDraft {
        id: SealId::new(id).unwrap(),
        name: "示例用户".into(),
        kind: SealKind::PERSON,
        picture: Picture::png(PICTURE.to_vec(), Size::mm(20, 20).unwrap()).unwrap(),
        signers,
        validity: Period::years(NOW, 1),
        vendor: None,
        version: SealVersion::V4,
    }
}

#[test]
fn a_seal_is_made_once_and_remembered() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let maker = issue(&mut authority, 2, Profile::seal_maker()).unwrap();
    let user = issue(&mut authority, 3, Profile::person()).unwrap();
    let key = signer(2);
    let maker = SealMaker::new(maker, &key).unwrap();
    let organization = Some("示例市数据局".to_owned());
    let seal =
        make_seal(&maker, &draft("33010600000001", vec![user.clone()]), organization, &mut registry, &note()).unwrap();
    assert_eq!(registry.seal_bytes("33010600000001").unwrap().as_deref(), Some(seal.as_der()));
    let record = registry.seals(&SealQuery::default()).unwrap().records.remove(0);
    assert_eq!(record.organization.as_deref(), Some("示例市数据局"));
    assert_eq!(record.created, NOW);
    let again = make_seal(&maker, &draft("33010600000001", vec![user]), None, &mut registry, &note());
    assert_eq!(again.unwrap_err().code(), "registry-seal-taken");
    let none = make_seal(&maker, &draft("33010600000002", vec![]), None, &mut registry, &note());
    assert!(matches!(none, Err(AuthorityError::Seal(_))), "{none:?}");
    verify_registry(&registry).unwrap().unwrap();
}

#[test]
fn a_seal_is_not_made_by_or_for_a_certificate_that_is_not_active() {
    let mut registry = MemoryRegistry::new();
    let issuer = issuer(&mut registry);
    let mut authority = Authority::new(&issuer, &mut registry);
    let maker = issue(&mut authority, 2, Profile::seal_maker()).unwrap();
    let user = issue(&mut authority, 3, Profile::person()).unwrap();
    authority.hold(user.serial(), &note()).unwrap();
    let key = signer(2);
    let seal_maker = SealMaker::new(maker.clone(), &key).unwrap();
    let held = make_seal(&seal_maker, &draft("1", vec![user.clone()]), None, &mut registry, &note()).unwrap_err();
    assert!(matches!(held, AuthorityError::SealCertificateNotActive { standing: Standing::Held, .. }), "{held}");

    let mut authority = Authority::new(&issuer, &mut registry);
    authority.release(user.serial(), &note()).unwrap();
    authority.revoke(maker.serial(), Reason::CessationOfOperation, None, &note()).unwrap();
    let revoked = make_seal(&seal_maker, &draft("1", vec![user]), None, &mut registry, &note()).unwrap_err();
    assert!(matches!(revoked, AuthorityError::SealCertificateNotActive { standing: Standing::Revoked, .. }));
    assert_eq!(registry.seal("1").unwrap(), None);
}

/// Says that a number is taken as often as told, and writes nothing.
struct Crowded {
    inner: MemoryRegistry,
    refusals: usize,
}

impl Registry for Crowded {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err(match &changes[0] {
                Change::RevocationListIssued(list) => {
                    RegistryError::NumberTaken { number: list.number, next: list.number + 1 }
                }
                _ => RegistryError::SerialTaken { serial: String::new() },
            });
        }
        self.inner.write(changes, note)
    }
    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        self.inner.certificate(serial)
    }
    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        self.inner.certificates(query)
    }
    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        self.inner.revoked(issuer)
    }
    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError> {
        self.inner.next_list_number(issuer)
    }
    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError> {
        self.inner.revocation_lists(issuer, after, limit)
    }
    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError> {
        self.inner.issuers()
    }
    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError> {
        self.inner.seal(id)
    }
    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        self.inner.seal_bytes(id)
    }
    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError> {
        self.inner.seals(query)
    }
    fn dossier(&self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        self.inner.dossier(kind, key)
    }
    fn dossiers(&self, kind: DossierKind, after: Cursor, limit: usize) -> Result<Page<DossierRecord>, RegistryError> {
        self.inner.dossiers(kind, after, limit)
    }
    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        self.inner.entries(after, limit)
    }
    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        self.inner.certificate_by_order(order)
    }
    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        self.inner.answer(order)
    }
    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError> {
        self.inner.answers(after, limit)
    }
    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError> {
        self.inner.by_subject_key(key)
    }
    fn status_changes(
        &self,
        issuer: &KeyId,
        since: Instant,
    ) -> Result<Vec<(SerialNumber, CertificateStatus)>, RegistryError> {
        self.inner.status_changes(issuer, since)
    }
    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        self.inner.revocation_list(issuer, number)
    }
    fn last_timestamp_serial(&self) -> Result<u64, RegistryError> {
        self.inner.last_timestamp_serial()
    }
    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError> {
        self.inner.timestamps(after, limit)
    }
    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError> {
        self.inner.find_entries(query)
    }
    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError> {
        self.inner.entry_digests(after, limit)
    }
    fn checkpoint(&self) -> Result<crate::audit::Checkpoint, RegistryError> {
        self.inner.checkpoint()
    }
}

#[test]
fn a_number_taken_meanwhile_is_tried_again_with_another_and_not_for_ever() {
    let mut registry = Crowded { inner: MemoryRegistry::new(), refusals: 3 };
    let issuer = issuer(&mut registry);
    registry.refusals = 3;
    let mut crowded = Authority::new(&issuer, &mut registry);
    issue(&mut crowded, 2, Profile::person()).unwrap();
    registry.refusals = 3;
    let mut crowded = Authority::new(&issuer, &mut registry);
    crowded.revocation_list(&ListScope::Full, NOW.plus_days(1), &note()).unwrap();
    registry.refusals = 100;
    let mut crowded = Authority::new(&issuer, &mut registry);
    assert_eq!(issue(&mut crowded, 2, Profile::person()).unwrap_err().code(), "registry-serial-taken");
    let list = crowded.revocation_list(&ListScope::Full, NOW.plus_days(1), &note());
    assert_eq!(list.unwrap_err().code(), "registry-number-taken");
    assert_eq!(registry.refusals, 100 - 2 * super::ATTEMPTS);
    assert_eq!(registry.checkpoint().unwrap().length, 3);
}

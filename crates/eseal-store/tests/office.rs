//! The demo office in a real registry: what the command `eseal lab` does.

use eseal::authority::{Authority, ListScope};
use eseal::cert::Issuer;
use eseal::cert::Reason;
use eseal::lab::LabSettings;
use eseal::lab::Office;
use eseal::lab::Which;
use eseal::lab::Who;
use eseal::registry::CertificateQuery;
use eseal::registry::KeyId;
use eseal::registry::Registry;
use eseal::registry::Standing;
use eseal::registry::verify_registry;
use eseal::time::Instant;
use eseal_store::SqliteRegistry;

const NOW: Instant = Instant::from_unix(1_795_507_200);

#[test]
fn an_office_lives_on_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eseal.db");
    let mut registry = SqliteRegistry::create(&path).unwrap();
    let office = Office::in_registry(LabSettings::memory(NOW), &mut registry).unwrap();
    drop(registry);

    let mut registry = SqliteRegistry::open(&path).unwrap();
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 21);
    let standing = |standing| CertificateQuery { standing: Some((standing, NOW)), ..CertificateQuery::default() };
    let revoked = registry.certificates(&standing(Standing::Revoked)).unwrap().records;
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].der, office.holder(Who::Departed).certificate.as_der());
    assert_eq!(registry.certificates(&standing(Standing::Active)).unwrap().records.len(), 10);
    let seal = office.seal(Which::Organization);
    assert_eq!(registry.seal_bytes(seal.id()).unwrap().as_deref(), Some(seal.as_der()));

    // Life goes on: one more is revoked, and the next list says so.
    let holder = office.holder(Who::Issuing);
    let issuer = Issuer::new(holder.certificate.clone(), holder.signer()).unwrap();
    let mut authority = Authority::new(&issuer, &mut registry);
    let note = eseal::audit::Note::new(NOW, "test");
    let serial = office.holder(Who::Outsider).certificate.serial();
    authority.revoke(serial, Reason::Superseded, None, &note).unwrap();
    let list = authority.revocation_list(&ListScope::Full, NOW.plus_days(30), &note).unwrap();
    assert_eq!((list.number(), list.len()), (Some(2), 2));
    let key = KeyId::of(holder.certificate.public_key().unwrap());
    assert_eq!(registry.next_list_number(&key).unwrap(), 3);
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 23);
}

#[test]
fn a_second_office_in_the_same_registry_is_refused() {
    let mut registry = SqliteRegistry::in_memory().unwrap();
    Office::in_registry(LabSettings::memory(NOW), &mut registry).unwrap();
    let again = Office::in_registry(LabSettings::memory(NOW), &mut registry).unwrap_err();
    assert_eq!(again.code(), "registry-seal-taken");
}

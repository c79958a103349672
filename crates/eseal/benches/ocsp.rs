//! The cost of an OCSP answer from a registry of a thousand certificates, beside that of its signature alone, which it may
//! at most double; and of a time stamp.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an interface")]

use std::hint::black_box;

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use eseal::audit::Note;
use eseal::authority::Authority;
use eseal::authority::Order;
use eseal::authority::RegistryStatus;
use eseal::cert::Issuer;
use eseal::cert::Name;
use eseal::cert::Profile;
use eseal::cert::SerialNumber;
use eseal::cert::ocsp::CertId;
use eseal::cert::ocsp::CertIdHash;
use eseal::cert::ocsp::OcspRequest;
use eseal::cert::ocsp::OcspResponder;
use eseal::key::Signer;
use eseal::key::SoftSigner;
use eseal::registry::MemoryRegistry;
use eseal::sm::SecretKey;
use eseal::sm::UserId;
use eseal::time::Instant;
use eseal::time::Period;
use eseal::timestamp::ImprintHash;
use eseal::timestamp::TimestampAuthority;
use eseal::timestamp::TimestampRequest;

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::new(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn answers(criterion: &mut Criterion) {
    let note = Note::new(Instant::from_unix(1_795_000_000), "bench");
    let mut registry = MemoryRegistry::new();
    let years = |years| Period::years(note.at, years);
    let name = Name::parse("CN=fake,O=示例市数据局,C=CN").unwrap();
    let root = Authority::found(&name, &signer(1), years(9), &mut registry, &note).unwrap();
    let issuer = Issuer::new(root.clone(), signer(1)).unwrap();
    let key = signer(2);
    let mut authority = Authority::new(&issuer, &mut registry);
    let profile = Profile::person();
    let orders: Vec<_> = (0..100).map(|_| Order::new(&name, key.public_key(), &profile, years(1))).collect();
    let mut serials: Vec<SerialNumber> = Vec::new();
    for _ in 0..10 {
        let issued = authority.issue_all(&orders, &note).unwrap();
        serials.extend(issued.into_iter().map(|issued| issued.signing.serial().clone()));
    }

    let nonce = OcspRequest::fresh_nonce().unwrap();
    let request = |serials: &[SerialNumber]| {
        let ids: Vec<_> = serials.iter().map(|serial| CertId::of(&root, serial, CertIdHash::Sm3).unwrap()).collect();
        OcspRequest::new(&ids, Some(&nonce)).unwrap()
    };
    let responder = OcspResponder::new(&issuer).unwrap();
    let source = RegistryStatus::new(&registry);
    let next = Some(note.at.plus_days(1));
    let mut group = criterion.benchmark_group("ocsp");
    // Of the same length as what a response about one certificate signs.
    let part = vec![0x5a; 300];
    group.bench_function("signature alone", |bench| {
        bench.iter(|| key.sign_digest(&key.public_key().digest(UserId::DEFAULT, black_box(&part))).unwrap());
    });
    for count in [1, 10] {
        let asked = request(&serials[..count]);
        group.bench_function(format!("answer about {count}"), |bench| {
            bench.iter(|| responder.respond(black_box(asked.as_der()), &source, note.at, next).unwrap());
        });
    }
    group.finish();

    let name = Name::parse("CN=fake TSA").unwrap();
    let tsa = signer(3);
    let serial = SerialNumber::from_bytes(&[3]).unwrap();
    let certificate = issuer.issue_for(&name, tsa.public_key(), &Profile::tsa(), serial, years(1)).unwrap();
    let authority = TimestampAuthority::new(certificate, tsa, "1.2.3.4.1").unwrap();
    let asked = TimestampRequest::new(&ImprintHash::Sm3.imprint(b"x"), Some(&nonce)).unwrap();
    criterion.bench_function("time stamp", |bench| {
        bench.iter(|| authority.respond(black_box(asked.as_der()), 1, note.at).unwrap());
    });
}

criterion_group!(benches, answers);
criterion_main!(benches);

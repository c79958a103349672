//! Issuing without storage beside bare SM2 signatures: what a certificate costs above its signature.
//!
//! The last lines compare both in turns, so that a busy machine slows them alike, with OpenSSL's figure of the same run beside
//! them. The aim is four certificates for the time of five signatures.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an interface")]
#![allow(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;
use std::time::Instant as Clock;

use criterion::BatchSize;
use criterion::Criterion;
use criterion::Throughput;
use eseal::audit::Note;
use eseal::authority::Authority;
use eseal::authority::Order;
use eseal::cert::CertificateDraft;
use eseal::cert::Identity;
use eseal::cert::IdentityKind;
use eseal::cert::Issuer;
use eseal::cert::Name;
use eseal::cert::Profile;
use eseal::cert::SerialNumber;
use eseal::cert::Services;
use eseal::key::SecretKey;
use eseal::key::Signer;
use eseal::key::SoftSigner;
use eseal::registry::MemoryRegistry;
use eseal::sm::UserId;
use eseal::time::Instant;
use eseal::time::Period;

/// What both sides of the comparison work with.
struct Scene {
    signer: SoftSigner,
    issuer: Issuer<'static>,
    registry: MemoryRegistry,
    holders: Vec<(Name, SoftSigner)>,
    identity: Identity,
    services: Services,
    now: Instant,
}

fn key(byte: u8) -> SoftSigner {
    SoftSigner::new(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn scene() -> Scene {
    let now = Instant::parse("2026-11-24T08:00:00Z").unwrap();
    let mut registry = MemoryRegistry::new();
    let name = Name::parse("CN=示例根,O=示例市数据局,C=CN").unwrap();
    let note = Note::new(now, "bench");
    let root = Authority::found(&name, &key(1), Period::years(now, 20), &mut registry, &note).unwrap();
    let holder = |byte: u8| (Name::parse(&format!("CN=持有人{byte},O=示例市数据局,C=CN")).unwrap(), key(byte));
    let services = Services::default().with_crl("http://crl.example.cn/{shard}.crl", 16).unwrap();
    Scene {
        signer: key(1),
        issuer: Issuer::new(root, key(1)).unwrap(),
        registry,
        holders: (2..66).map(holder).collect(),
        identity: Identity::default().with(IdentityKind::OrganizationCode, "91350100M000100Y43").unwrap(),
        services: services.with_ocsp("http://ocsp.example.cn/").unwrap(),
        now,
    }
}

impl Scene {
    /// A digest of as many bytes as the signed part of a certificate has, signed.
    fn sign(&self) {
        let digest = self.signer.public_key().digest(UserId::DEFAULT, black_box(b"message"));
        black_box(self.signer.sign_digest(&digest).unwrap());
    }

    fn issue(&self, profile: &Profile) {
        let (subject, holder) = &self.holders[0];
        let draft = CertificateDraft {
            subject,
            key: holder.public_key(),
            profile,
            serial: SerialNumber::random().unwrap(),
            validity: Period::years(self.now, 2),
            identity: &self.identity,
            services: &self.services,
        };
        black_box(self.issuer.issue_draft(&draft).unwrap());
    }

    /// All holders in one write of a registry in memory, on every core.
    fn issue_all(&mut self, profile: &Profile, pair: bool) {
        let mut orders = Vec::with_capacity(self.holders.len());
        for (subject, key) in &self.holders {
            let order = Order::new(subject, key.public_key(), profile, Period::years(self.now, 2));
            orders.push(if pair { order.pair() } else { order });
        }
        let note = Note::new(self.now, "bench");
        black_box(Authority::new(&self.issuer, &mut self.registry).issue_all(&orders, &note).unwrap());
    }
}

fn issue(criterion: &mut Criterion) {
    let here = scene();
    let profile = Profile::organization();
    let mut group = criterion.benchmark_group("issue");
    group.throughput(Throughput::Elements(1));
    group.bench_function("bare signature", |bench| bench.iter(|| here.sign()));
    group.bench_function("certificate", |bench| bench.iter(|| here.issue(&profile)));
    group.throughput(Throughput::Elements(here.holders.len() as u64));
    for (name, pair) in [("orders in memory, all cores", false), ("pairs in memory, all cores", true)] {
        group.bench_function(name, |bench| {
            bench.iter_batched(scene, |mut there| there.issue_all(&profile, pair), BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Both in turns for about four seconds.
fn compare() {
    let here = scene();
    let profile = Profile::organization();
    let turn = Duration::from_millis(100);
    let run = |act: &dyn Fn()| {
        let begun = Clock::now();
        let mut count = 0_u32;
        while begun.elapsed() < turn {
            act();
            count += 1;
        }
        f64::from(count) / begun.elapsed().as_secs_f64()
    };
    let turns: Vec<(f64, f64)> = (0..20).map(|_| (run(&|| here.sign()), run(&|| here.issue(&profile)))).collect();
    let count = f64::from(u32::try_from(turns.len()).unwrap());
    let signs = turns.iter().map(|(signs, _)| signs).sum::<f64>() / count;
    let certificates = turns.iter().map(|(_, certificates)| certificates).sum::<f64>() / count;
    println!("bare SM2 signatures, one core:  {signs:>9.0}/s");
    println!("certificates, one core:         {certificates:>9.0}/s = {:.0} %", 100.0 * certificates / signs);
    let speed = Command::new("openssl").args(["speed", "-seconds", "1", "sm2"]).output();
    let speed = speed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let figure = speed.lines().find(|line| line.contains("SM2")).and_then(|line| line.split_whitespace().nth_back(1));
    println!("OpenSSL speed sm2, signatures:  {:>9}/s", figure.unwrap_or("not there"));
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    issue(&mut criterion);
    criterion.final_summary();
    // As a test (`cargo test --benches`) it is enough that everything ran once.
    if !std::env::args().any(|argument| argument == "--test") {
        compare();
    }
}

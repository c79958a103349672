//! How fast the registry's stores are: durable bulk issue, and a page of a list among a million certificates.
//!
//! `ESEAL_BENCH_CERTIFICATES` sets how many lie in the store whose pages are read. PostgreSQL waits for the disk here.

// What a bench says, it says aloud.
#![allow(missing_docs, clippy::print_stderr, clippy::unwrap_used)]

#[cfg(feature = "postgres")]
#[path = "../tests/support/cluster.rs"]
#[allow(dead_code)]
mod cluster;

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant as Clock;

use criterion::BenchmarkGroup;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use criterion::measurement::WallTime;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::Change;
use eseal::registry::MAX_CHANGES;
use eseal::registry::Registry;
use eseal::registry::Standing;
use eseal::registry::suite;
use eseal::time::Period;
use eseal_store::SqliteRegistry;

/// How many certificates one write of a bulk issue holds.
const BATCH: u32 = 100;

/// A certificate of usual size, of one of 3,000 counties, with a validity of three years begun some time in the last three.
fn certificate(number: u32) -> CertificateRecord {
    let begin = suite::START.plus_days(-i64::from(number % 1_095));
    let region = format!("{:06}", 110_000 + (number.wrapping_mul(2_654_435_761) % 3_000) * 180);
    let record = CertificateRecord {
        validity: Period::days(begin, 1_095),
        order: Some(format!("order-{number}")),
        der: vec![number as u8; 760],
        ..suite::certificate(number)
    };
    record.with_organization(Some(format!("91{region}MA{number:08}")), None)
}

fn issue(registry: &mut dyn Registry, first: u32, count: u32) {
    let mut changes = Vec::with_capacity(2 * count as usize);
    for number in first..first + count {
        changes.push(Change::CertificateIssued(certificate(number)));
        let answer = AnswerRecord { order: format!("order-{number}"), der: vec![1; 1_600] };
        changes.push(Change::AnswerKept(answer));
    }
    registry.write(&changes, &suite::note()).unwrap();
}

fn bench_issue(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, registry: &mut dyn Registry) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.bench_function(name, |bencher| {
        bencher.iter(|| issue(registry, NEXT.fetch_add(BATCH, Ordering::Relaxed), BATCH));
    });
}

fn fill(registry: &mut dyn Registry, count: u32) {
    let begun = Clock::now();
    for first in (0..count).step_by(MAX_CHANGES) {
        let numbers = first..count.min(first + MAX_CHANGES as u32);
        let mut changes: Vec<_> = numbers.map(|number| Change::CertificateIssued(certificate(number))).collect();
        changes.truncate(MAX_CHANGES);
        registry.write(&changes, &suite::note()).unwrap();
    }
    for number in (0..count.min(1_000_000)).step_by(500).take(2_000) {
        registry
            .write(&[Change::CertificateHeld { serial: suite::serial(number), at: suite::START }], &suite::note())
            .unwrap();
    }
    eprintln!("{count} certificates in {:?}", begun.elapsed());
}

fn bench_pages(group: &mut BenchmarkGroup<'_, WallTime>, store: &str, registry: &dyn Registry) {
    // A third of them have ended.
    let now = suite::START.plus_days(365);
    let county = certificate(4_321).region;
    let all = CertificateQuery { limit: 100, ..CertificateQuery::default() };
    let active = Some((Standing::Active, now));
    let expiring = CertificateQuery { standing: active, ends_by: Some(now.plus_days(30)), ..all.clone() };
    let queries = [
        ("all", all.clone()),
        ("expiring", expiring.clone()),
        ("expiring-of-a-province", CertificateQuery { org: Some("52".into()), ..expiring.clone() }),
        ("expiring-of-a-county", CertificateQuery { org: county.clone(), ..expiring.clone() }),
        ("of-a-province", CertificateQuery { org: Some("52".into()), ..all.clone() }),
        ("of-a-county", CertificateQuery { org: county.clone(), ..all.clone() }),
        ("active-of-a-county", CertificateQuery { org: county.clone(), standing: active, ..all.clone() }),
        ("active-persons", CertificateQuery { standing: active, profile: Some("person".into()), ..all.clone() }),
        ("expired", CertificateQuery { standing: Some((Standing::Expired, now)), ..all.clone() }),
        ("held", CertificateQuery { standing: Some((Standing::Held, now)), ..all.clone() }),
        ("order", CertificateQuery { order: Some("order-4321".into()), ..all }),
    ];
    group.throughput(Throughput::Elements(1));
    for (name, mut query) in queries {
        // The worst of the first pages and one from the middle of the list.
        let mut slowest = Duration::ZERO;
        let mut found = 0;
        for _ in 0..5 {
            let begun = Clock::now();
            let page = registry.certificates(&query).unwrap();
            slowest = slowest.max(begun.elapsed());
            found += page.records.len();
            let Some(next) = page.next else { break };
            query.after = next;
        }
        eprintln!("{store} {name}: {found} found, slowest page {slowest:?}");
        group.bench_function(format!("{store}/{name}"), |bencher| {
            bencher.iter(|| registry.certificates(&query).unwrap())
        });
    }
}

fn count() -> u32 {
    std::env::var("ESEAL_BENCH_CERTIFICATES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000_000)
}

fn benches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut sqlite = SqliteRegistry::create(&folder.path().join("issue.db")).unwrap();
    #[cfg(feature = "postgres")]
    cluster::DURABLE.store(true, Ordering::Relaxed);
    #[cfg(feature = "postgres")]
    let database = cluster::Database::new();
    #[cfg(feature = "postgres")]
    let postgres = database.as_ref().map(|database| {
        let address = eseal_store::PostgresAddress::parse(&database.url).unwrap();
        eseal_store::PostgresRegistry::create(&address).unwrap()
    });

    let mut group = criterion.benchmark_group("issue");
    bench_issue(&mut group, "sqlite", &mut sqlite);
    #[cfg(feature = "postgres")]
    let mut postgres = postgres;
    #[cfg(feature = "postgres")]
    if let Some(postgres) = &mut postgres {
        bench_issue(&mut group, "postgres", postgres);
    }
    group.finish();

    let mut group = criterion.benchmark_group("page");
    let mut sqlite = SqliteRegistry::create(&folder.path().join("pages.db")).unwrap();
    fill(&mut sqlite, count());
    bench_pages(&mut group, "sqlite", &sqlite);
    #[cfg(feature = "postgres")]
    if let Some(second) = cluster::Database::new() {
        let address = eseal_store::PostgresAddress::parse(&second.url).unwrap();
        let mut postgres = eseal_store::PostgresRegistry::create(&address).unwrap();
        fill(&mut postgres, count());
        second.client().batch_execute("VACUUM ANALYZE").unwrap();
        bench_pages(&mut group, "postgres", &postgres);
    }
    group.finish();
}

criterion_group! {
    name = store;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    targets = benches
}
criterion_main!(store);

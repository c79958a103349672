//! A revocation list of a million certificates: built in at most 3 s, read in at most 256 MiB.
//!
//! Memory is that of a process which does nothing but read the list from a file and look up one certificate: this
//! program calls itself for it, and fails when the limit is passed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a bench, not an interface"
)]

use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;
use std::time::Instant as Clock;

use criterion::Criterion;
use criterion::criterion_group;
use eseal::cert::Issuer;
use eseal::cert::Name;
use eseal::cert::Reason;
use eseal::cert::RevocationList;
use eseal::cert::RevocationListDraft;
use eseal::cert::Revoked;
use eseal::cert::SerialNumber;
use eseal::key::SoftSigner;
use eseal::sm::SecretKey;
use eseal::sm::sm3;
use eseal::time::Instant;
use eseal::time::Period;

/// Without optimization there is nothing to measure, only that it runs.
const ENTRIES: u32 = if cfg!(debug_assertions) { 10_000 } else { 1_000_000 };
const MAX_BUILD: Duration = Duration::from_secs(3);
const MAX_KIB: u64 = 256 << 10;
/// Names the file that a child process shall read.
const READ: &str = "ESEAL_BENCH_READ_CRL";

/// A serial number of 16 bytes, as they are issued.
fn serial(number: u32) -> SerialNumber {
    let mut bytes: [u8; 16] = sm3(&number.to_be_bytes()).as_bytes()[..16].try_into().unwrap();
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_bytes(&bytes).unwrap()
}

fn draft() -> RevocationListDraft {
    let now = Instant::from_unix(1_795_000_000);
    let entries = (0..ENTRIES)
        .map(|number| {
            let reason = Reason::ALL[[1, 3, 4, 5, 6][number as usize % 5]];
            let at = now.plus_seconds(-i64::from(number));
            let invalidity_date = (number % 10 == 0).then(|| at.plus_days(-1));
            Revoked { invalidity_date, ..Revoked::new(serial(number), at, reason) }
        })
        .collect();
    RevocationListDraft::new(now, now.plus_days(7), 1, entries)
}

fn issuer() -> Issuer<'static> {
    let signer = || SoftSigner::new(SecretKey::from_bytes(&[0x11; 32]).unwrap());
    let period = Period::years(Instant::from_unix(1_790_000_000), 30);
    let name = Name::parse("CN=fake root,C=CN").unwrap();
    let certificate = Issuer::self_signed(&name, &signer(), serial(ENTRIES), period).unwrap();
    Issuer::new(certificate, signer()).unwrap()
}

/// The child: reads the list and looks up one certificate; prints its peak of memory in KiB.
fn read(path: &str) {
    let list = RevocationList::from_vec(fs::read(path).unwrap()).unwrap();
    assert!(list.find(&serial(7)).is_some());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    println!("{}", peak.trim().trim_end_matches(" kB"));
}

fn peak_of_reading(list: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.crl");
    fs::write(&path, list).unwrap();
    let child = Command::new(std::env::current_exe().unwrap()).env(READ, &path).output().unwrap();
    assert!(child.status.success());
    String::from_utf8(child.stdout).unwrap().trim().parse().unwrap()
}

fn crl(criterion: &mut Criterion) {
    let (issuer, draft) = (issuer(), draft());
    let begin = Clock::now();
    let list = issuer.revocation_list(&draft).unwrap();
    let took = begin.elapsed();
    let der = list.as_der().to_vec();
    drop(list);
    let peak = peak_of_reading(&der);
    eprintln!("{ENTRIES} entries, {} MiB: built in {took:.2?}, read in {} MiB", der.len() >> 20, peak >> 10);
    assert!(took <= MAX_BUILD, "building took longer than {MAX_BUILD:?}");
    assert!(peak <= MAX_KIB, "reading took more than {MAX_KIB} KiB");

    let mut group = criterion.benchmark_group("crl of a million entries");
    group.sample_size(10).warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_secs(1));
    group.bench_function("build", |bench| bench.iter(|| issuer.revocation_list(black_box(&draft)).unwrap()));
    group.bench_function("read", |bench| bench.iter(|| RevocationList::from_der(black_box(&der)).unwrap()));
    let list = RevocationList::from_vec(der).unwrap();
    assert!(list.find(&serial(0)).is_some());
    group.bench_function("find", |bench| bench.iter(|| list.find(black_box(&serial(7)))));
    group.finish();
}

criterion_group!(benches, crl);

fn main() {
    match std::env::var(READ) {
        Ok(path) => read(&path),
        Err(_) => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}

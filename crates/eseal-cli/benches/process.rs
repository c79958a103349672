//! What `eseal stamp` costs as a whole process on a 10-page file, and how much of it is stretching the PIN.
//!
//! The demo office's tokens stretch their PIN less than a real one; the stretching is measured beside the process, in the
//! same run, and taken away at the end as its own figure.
#![allow(missing_docs, reason = "a bench, not an interface")]
#![allow(clippy::unwrap_used, reason = "a panic is how a bench fails")]
#![allow(clippy::print_stderr, reason = "a bench tells its figures")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use eseal::token::{MemoryMedium, Pin, Token};

/// The program under measure, quiet and away from any office of the user's.
fn eseal(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_eseal"))
        .args(arguments)
        .current_dir(folder)
        .env("ESEAL_HOME", folder.join("home"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const STAMP: &[&str] = &[
    "stamp",
    "demo/documents/contract.pdf",
    "--seal",
    "demo/seals/organization.esl",
    "--token",
    "demo/tokens/organization.token",
    "--pin-from",
    "file:demo/tokens/organization.pin",
    "--place",
    "-1:right-40mm,bottom-40mm",
    "-o",
    "out.pdf",
    "--force",
    "--quiet",
];

fn median<T>(mut act: impl FnMut() -> T) -> Duration {
    let mut runs: Vec<_> = (0..30)
        .map(|_| {
            let start = Instant::now();
            black_box(act());
            start.elapsed()
        })
        .collect();
    runs.sort();
    runs[runs.len() / 2]
}

fn processes(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    eseal(folder, &["lab", "demo"]);
    let token = fs::read(folder.join("demo/tokens/organization.token")).unwrap();
    let pin = fs::read_to_string(folder.join("demo/tokens/organization.pin")).unwrap();
    let pin = Pin::new(pin.trim_end()).unwrap();
    let log_in = || Token::open(MemoryMedium::with_bytes(token.clone())).unwrap().log_in(&pin, None).unwrap();
    let mut group = criterion.benchmark_group("process");
    group.sample_size(20);
    group.bench_function("start and stop", |bench| bench.iter(|| eseal(folder, &["--version"])));
    group.bench_function("stamp, 10 pages", |bench| bench.iter(|| eseal(folder, STAMP)));
    group.bench_function("stretching the PIN", |bench| bench.iter(log_in));
    group.finish();
    if std::env::args().any(|argument| argument == "--profile-time") {
        return;
    }
    let (whole, stretching) = (median(|| eseal(folder, STAMP)), median(log_in));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    eprintln!(
        "\nstamp, 10 pages, whole process: {:.1} ms; stretching the PIN: {:.1} ms; remaining: {:.1} ms",
        ms(whole),
        ms(stretching),
        ms(whole.saturating_sub(stretching))
    );
}

criterion_group!(benches, processes);
criterion_main!(benches);

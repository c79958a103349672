//! What stamping and verifying cost in process: soft key, no disk, files of 10 and 1,000 pages, a seal of 500 × 500 px.
//!
//! Beside them stand SM3 over the same bytes and single SM2 signatures of the same run. What an act costs beyond the
//! hashing and the signatures it cannot do without is printed at the end as its own figure.
#![allow(missing_docs, reason = "a bench, not an interface")]
#![allow(clippy::unwrap_used, reason = "a panic is how a bench fails")]
#![allow(clippy::print_stderr, reason = "a bench tells its figures")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant as Clock;

use criterion::BatchSize;
use criterion::BenchmarkId;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

use eseal::cert::Certificate;
use eseal::cert::Issuer;
use eseal::cert::Name;
use eseal::cert::Profile;
use eseal::cert::RevocationList;
use eseal::cert::RevocationListDraft;
use eseal::cert::SerialNumber;
use eseal::cert::Trust;
use eseal::document::pdf::Pdf;
use eseal::key::SecretKey;
use eseal::key::Signer;
use eseal::key::SoftSigner;
use eseal::seal::Picture;
use eseal::seal::Seal;
use eseal::seal::SealDraft;
use eseal::seal::SealId;
use eseal::seal::SealKind;
use eseal::seal::SealMaker;
use eseal::seal::SealVersion;
use eseal::seal::Size;
use eseal::sm::SignDigest;
use eseal::sm::sm3;
use eseal::stamp::Place;
use eseal::stamp::Stamp;
use eseal::time::Instant;
use eseal::time::Period;
use eseal::verify::Verdict;
use eseal::verify::Verifier;

/// SM2 signatures that stamping makes and checks: it signs once, and checks what the signer gave back once.
const STAMP_SIGNS: u32 = 1;
const STAMP_CHECKS: u32 = 1;
/// SM2 signatures that verifying one file checks when the seal and the chains are known from the file before: the
/// stamp's own.
const WARM_CHECKS: u32 = 1;
/// The same with nothing known: the stamp's, the seal's, three certificates (issuing, maker, signer), two lists.
const COLD_CHECKS: u32 = 7;

/// The demo office's round seal, 500 × 500 pixels.
const PICTURE: &[u8] = include_bytes!("../src/lab/pictures/organization.png");

fn now() -> Instant {
    Instant::utc(2027, 3, 1, 9, 0, 0).unwrap()
}

struct Office {
    trust: Trust,
    issuing: Certificate,
    lists: Vec<RevocationList>,
    clerk: Certificate,
    signer: SoftSigner,
    seal: Seal,
}

impl Office {
    fn new() -> Self {
        let key = |byte| SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap());
        let name = |common: &str| Name::parse(&format!("CN={common},O=示例市数据局,C=CN")).unwrap();
        let serial = || SerialNumber::random().unwrap();
        let period = Period::years(now().plus_days(-30), 3);
        let root = Issuer::self_signed(&name("fake root"), &key(1), serial(), period).unwrap();
        let root_issuer = Issuer::new(root.clone(), key(1)).unwrap();
        let issue = |issuer: &Issuer<'_>, common: &str, byte, profile: Profile| {
            issuer.issue_for(&name(common), key(byte).public_key(), &profile, serial(), period).unwrap()
        };
        let issuing = issue(&root_issuer, "fake issuing CA", 2, Profile::sub_ca());
        let issuer = Issuer::new(issuing.clone(), key(2)).unwrap();
        let maker = issue(&issuer, "fake seal maker", 3, Profile::seal_maker());
        let clerk = issue(&issuer, "fake clerk", 4, Profile::organization());
        let draft = RevocationListDraft::new(now().plus_days(-1), now().plus_days(29), 1, Vec::new());
        let lists = [&root_issuer, &issuer].map(|issuer| issuer.revocation_list(&draft).unwrap()).to_vec();
        let seal = SealDraft {
            id: SealId::new("33010600000001").unwrap(),
            name: "示例市数据局".into(),
            kind: SealKind::ORGANIZATION,
            picture: Picture::png(PICTURE.to_vec(), Size::mm(42, 42).unwrap()).unwrap(),
            signers: vec![clerk.clone()],
            validity: period,
            vendor: None,
            version: SealVersion::V4,
        };
        let seal = SealMaker::new(maker, &key(3)).unwrap().make(&seal, now()).unwrap();
        Self { trust: Trust::from_certificates([root]), issuing, lists, clerk, signer: key(4), seal }
    }

    fn stamp(&self) -> Stamp {
        Stamp::new(&self.seal, &self.clerk, Place::page(1).centred_mm(105.0, 200.0)).unwrap()
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(&self.trust).intermediates(std::slice::from_ref(&self.issuing)).revocation(&self.lists)
    }
}

/// A plain PDF with a table of cross-references and about 4 KiB of text on each page.
fn document(pages: usize) -> Vec<u8> {
    let mut file = String::from("%PDF-1.7\n");
    let mut offsets = Vec::new();
    let mut object = |file: &mut String, body: &str| {
        offsets.push(file.len());
        write!(file, "{} 0 obj\n{body}\nendobj\n", offsets.len()).unwrap();
    };
    let kids: String = (0..pages).map(|page| format!("{} 0 R ", 4 + 2 * page)).collect();
    object(&mut file, "<< /Type /Catalog /Pages 2 0 R >>");
    object(&mut file, &format!("<< /Type /Pages /Count {pages} /Kids [ {kids}] >>"));
    object(&mut file, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    for page in 0..pages {
        let content = 5 + 2 * page;
        object(
            &mut file,
            &format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] /Contents {content} 0 R \
                 /Resources << /Font << /F1 3 0 R >> >> >>"
            ),
        );
        let lines: String = (0..60)
            .map(|line| format!("(page {page} line {line} of a file that is there to be measured) Tj T*\n"))
            .collect();
        let stream = format!("BT /F1 10 Tf 12 TL 50 800 Td\n{lines}ET");
        object(&mut file, &format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()));
    }
    let start = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).unwrap();
    for offset in &offsets {
        writeln!(file, "{offset:010} 00000 n ").unwrap();
    }
    write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", offsets.len() + 1).unwrap();
    file.into_bytes()
}

fn stamped(office: &Office, file: &[u8]) -> Vec<u8> {
    office.stamp().apply(&Pdf::parse(file).unwrap(), &office.signer, now()).unwrap().bytes
}

fn acts(criterion: &mut Criterion) {
    let office = Office::new();
    let (stamp, warm) = (office.stamp(), office.verifier());
    let files = [10, 1000].map(|pages| (pages, document(pages)));

    let mut group = criterion.benchmark_group("stamp_pdf");
    for (pages, file) in &files {
        group.bench_with_input(BenchmarkId::from_parameter(pages), file, |bench, file| {
            bench.iter(|| stamp.apply(&Pdf::parse(file).unwrap(), &office.signer, now()).unwrap());
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("verify_pdf");
    for (pages, file) in &files {
        let file = stamped(&office, file);
        assert_eq!(warm.verify(&Pdf::parse(&file).unwrap(), now()).unwrap().verdict(), Verdict::Valid);
        group.bench_with_input(BenchmarkId::new("known chain", pages), &file, |bench, file| {
            bench.iter(|| warm.verify(&Pdf::parse(black_box(file)).unwrap(), now()).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("nothing known", pages), &file, |bench, file| {
            let fresh = || office.verifier();
            bench.iter_batched(
                fresh,
                |cold| cold.verify(&Pdf::parse(file).unwrap(), now()).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("seal");
    group.bench_function("make ready to stamp", |bench| bench.iter(|| office.stamp()));
    group.finish();
}

fn floor(criterion: &mut Criterion) {
    let office = Office::new();
    let digest = SignDigest::from_bytes([7; 32]);
    let signature = office.signer.sign_digest(&digest).unwrap();
    let mut group = criterion.benchmark_group("floor");
    for pages in [10, 1000] {
        let file = document(pages);
        group
            .bench_with_input(BenchmarkId::new("sm3", pages), &file, |bench, file| bench.iter(|| sm3(black_box(file))));
    }
    group.bench_function("sm2 sign", |bench| bench.iter(|| office.signer.sign_digest(black_box(&digest)).unwrap()));
    group.bench_function("sm2 verify", |bench| {
        bench.iter(|| office.signer.public_key().verify(black_box(&digest), &signature).unwrap());
    });
    group.finish();
}

/// The median of many runs, one after another.
fn median<T>(mut act: impl FnMut() -> T) -> Duration {
    let mut runs: Vec<_> = (0..60)
        .map(|_| {
            let start = Clock::now();
            black_box(act());
            start.elapsed()
        })
        .collect();
    runs.sort();
    runs[runs.len() / 2]
}

/// What remains when hashing and SM2 are taken away. Measured by turns in one run, so that a busy machine weighs on all.
fn remaining(_: &mut Criterion) {
    if std::env::args().any(|argument| argument == "--profile-time") {
        return;
    }
    let office = Office::new();
    let (stamp, warm) = (office.stamp(), office.verifier());
    let digest = SignDigest::from_bytes([7; 32]);
    let signature = office.signer.sign_digest(&digest).unwrap();
    let sign = median(|| office.signer.sign_digest(black_box(&digest)).unwrap());
    let check = median(|| office.signer.public_key().verify(black_box(&digest), &signature).unwrap());
    eprintln!("\n{:>33} {:>10} {:>10} {:>10} {:>10}", "act", "whole", "sm3", "sm2", "remaining");
    for pages in [10, 1000] {
        let plain = document(pages);
        let file = stamped(&office, &plain);
        let hash = median(|| sm3(black_box(&file)));
        let line = |act: &str, whole: Duration, sm2: Duration| {
            let rest = whole.saturating_sub(hash).saturating_sub(sm2);
            let [whole, hash, sm2, rest] =
                [whole, hash, sm2, rest].map(|time| format!("{:.3} ms", time.as_secs_f64() * 1e3));
            eprintln!("{:>33} {whole:>10} {hash:>10} {sm2:>10} {rest:>10}", format!("{act}, {pages} pages"));
        };
        let whole = median(|| stamp.apply(&Pdf::parse(&plain).unwrap(), &office.signer, now()).unwrap());
        line("stamp", whole, sign * STAMP_SIGNS + check * STAMP_CHECKS);
        let whole = median(|| warm.verify(&Pdf::parse(&file).unwrap(), now()).unwrap());
        line("verify, known chain", whole, check * WARM_CHECKS);
        let whole = median(|| office.verifier().verify(&Pdf::parse(&file).unwrap(), now()).unwrap());
        line("verify, nothing known", whole, check * COLD_CHECKS);
    }
}

criterion_group!(benches, acts, floor, remaining);
criterion_main!(benches);

//! The cost of the cryptography alone: SM3 over a megabyte, one SM2 signature made and checked, a key read.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an interface")]

use std::hint::black_box;

use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;
use eseal::sm::PublicKey;
use eseal::sm::SecretKey;
use eseal::sm::UserId;
use eseal::sm::sm3;

fn sm(criterion: &mut Criterion) {
    let megabyte = vec![0x5a; 1 << 20];
    let mut group = criterion.benchmark_group("sm3");
    group.throughput(Throughput::Bytes(1 << 20));
    group.bench_function("1 MiB", |bench| bench.iter(|| sm3(black_box(&megabyte))));
    group.finish();

    let key = SecretKey::from_bytes(&[0x11; 32]).unwrap();
    let digest = key.public_key().digest(UserId::DEFAULT, b"message");
    let signature = key.sign(&digest).unwrap();
    let point = key.public_key().to_sec1();
    let mut group = criterion.benchmark_group("sm2");
    group.bench_function("sign", |bench| bench.iter(|| key.sign(black_box(&digest)).unwrap()));
    group.bench_function("verify", |bench| bench.iter(|| key.public_key().verify(black_box(&digest), &signature)));
    group.bench_function("read a public key", |bench| bench.iter(|| PublicKey::from_sec1(black_box(&point)).unwrap()));
    group.finish();
}

criterion_group!(benches, sm);
criterion_main!(benches);

//! What a signature costs through an agent's socket, beside one by the key itself: at most 100 µs more.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an interface")]

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;

#[cfg(target_os = "linux")]
fn signatures(criterion: &mut Criterion) {
    use std::hint::black_box;
    use std::sync::Arc;
    use std::thread;

    use eseal::key::Signer;
    use eseal::sm::UserId;
    use eseal::time::Instant;
    use eseal::token::{KdfCost, KeyUse, NewToken, Pin, Token, TokenFile};
    use eseal_agent::{Agent, Client, FileWatch, Limits, Server, ticks, user};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.token");
    let pin = Pin::new("correct horse battery").unwrap();
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake", &pin) };
    let (mut session, _) = Token::create_open(TokenFile::new(&path), new, Instant::from_unix(1_795_000_000)).unwrap();
    let key = session.generate_key(KeyUse::Sign).unwrap();
    let direct = session.signer(key).unwrap();
    let mut agent = Agent::new(Limits::default(), user(), ticks());
    agent.hold(&session, Some(Box::new(FileWatch::new(&path, &session.info().unwrap())))).unwrap();
    let agent = Arc::new(agent);
    let server = Server::bind(folder.path().join("own/agent.sock")).unwrap();
    let socket = server.path().to_owned();
    let lent = Arc::clone(&agent);
    let thread = thread::spawn(move || server.serve(&lent, || false).unwrap());
    let client = Client::connect(socket).unwrap();
    let through = client.signer(direct.public_key_of());

    let digest = direct.public_key_of().digest(UserId::DEFAULT, b"a document");
    let mut group = criterion.benchmark_group("agent");
    group.bench_function("direct", |bench| bench.iter(|| direct.sign_digest(black_box(&digest)).unwrap()));
    group.bench_function("through", |bench| bench.iter(|| through.sign_digest(black_box(&digest)).unwrap()));
    group.finish();
    client.stop().unwrap();
    thread.join().unwrap();

    trait PublicKeyOf {
        fn public_key_of(&self) -> &eseal::sm::PublicKey;
    }
    impl<S: Signer> PublicKeyOf for S {
        fn public_key_of(&self) -> &eseal::sm::PublicKey {
            Signer::public_key(self)
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn signatures(_: &mut Criterion) {}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = signatures
}
criterion_main!(benches);

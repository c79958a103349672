//! What a token costs besides the derivation of its PIN: logging in, in memory and in a file, and installing a pair.
//!
//! The PIN is stretched by a single iteration, so what is measured is everything else. A log-in writes twice, and each write
//! of a file is synced: that part is the disk's.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench, not an interface")]

use criterion::BatchSize;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use eseal::cert::CertificateResponse;
use eseal::cert::Issuer;
use eseal::cert::Name;
use eseal::cert::Profile;
use eseal::cert::SerialNumber;
use eseal::key::EnvelopedKey;
use eseal::key::PublicKey;
use eseal::key::SecretKey;
use eseal::key::Signer;
use eseal::key::SoftSigner;
use eseal::time::Instant;
use eseal::time::Period;
use eseal::token::DeviceSecret;
use eseal::token::KdfCost;
use eseal::token::KeyUse;
use eseal::token::Medium;
use eseal::token::MemoryMedium;
use eseal::token::NewToken;
use eseal::token::Pin;
use eseal::token::Session;
use eseal::token::Token;
use eseal::token::TokenFile;

const NOW: Instant = Instant::from_unix(1_795_500_000);

struct Bench {
    pin: Pin,
    device: DeviceSecret,
    issuer: Issuer<'static>,
}

impl Bench {
    fn new() -> Self {
        let key = SoftSigner::new(SecretKey::from_bytes(&[1; 32]).unwrap());
        let name = Name::parse("CN=fake root").unwrap();
        let root = Issuer::self_signed(&name, &key, SerialNumber::random().unwrap(), Period::years(NOW, 9)).unwrap();
        let issuer = Issuer::new(root, key).unwrap();
        Self { pin: Pin::new("correct horse battery").unwrap(), device: DeviceSecret::generate().unwrap(), issuer }
    }

    /// A new token with a signing key, logged in, and the answer of an authority for that key.
    fn fresh(&self, medium: impl Medium + 'static) -> (Session, CertificateResponse) {
        let new = NewToken { kdf: KdfCost::demo(1), ..NewToken::device("fake", &self.pin, &self.device) };
        let (mut session, _) = Token::create_open(medium, new, NOW).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        let public = Signer::public_key(&session.signer(KeyUse::Sign).unwrap()).clone();
        let encryption = SecretKey::generate().unwrap();
        let envelope = EnvelopedKey::seal(&encryption, &public).unwrap();
        let signing = vec![self.issue(&public, &Profile::person())];
        let encryption = vec![self.issue(encryption.public_key(), &Profile::encryption())];
        (session, CertificateResponse::with_pair(signing, encryption, envelope).unwrap())
    }

    fn issue(&self, key: &PublicKey, profile: &Profile) -> eseal::cert::Certificate {
        let name = Name::parse("CN=示例用户一,O=示例市数据局,C=CN").unwrap();
        self.issuer.issue_for(&name, key, profile, SerialNumber::random().unwrap(), Period::years(NOW, 1)).unwrap()
    }
}

fn token(criterion: &mut Criterion) {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let file = || TokenFile::new(folder.path().join("fake.token"));
    let memory = MemoryMedium::new();
    for (mut session, answer) in [bench.fresh(memory.clone()), bench.fresh(file())] {
        session.install_pair(&answer).unwrap();
    }
    let (memory, file) = (Token::open(memory).unwrap(), Token::open(file()).unwrap());
    let mut group = criterion.benchmark_group("token");
    for (name, token) in [("log in, memory", &memory), ("log in, file", &file)] {
        group.bench_function(name, |run| run.iter(|| token.log_in(&bench.pin, Some(&bench.device)).unwrap()));
    }
    group.bench_function("install a pair, memory", |run| {
        run.iter_batched(
            || bench.fresh(MemoryMedium::new()),
            |(mut session, answer)| session.install_pair(&answer).unwrap(),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, token);
criterion_main!(benches);

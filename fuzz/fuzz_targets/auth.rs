//! Challenges and proofs: what is read keeps its bytes, and nothing logs in that nobody signed.
#![no_main]

use std::sync::LazyLock;

use eseal::auth::{Audience, Challenge, Expectation, Proof, verify};
use eseal::cert::{Issuer, Name, PathValidator, RevocationPolicy, SerialNumber, Trust};
use eseal::key::{SecretKey, SoftSigner};
use eseal::time::{Instant, Period};
use libfuzzer_sys::fuzz_target;

static NOW: LazyLock<Instant> = LazyLock::new(|| Instant::from_unix(1_795_000_000));

static VALIDATOR: LazyLock<PathValidator> = LazyLock::new(|| {
    let key = SoftSigner::deterministic(SecretKey::from_bytes(&[1; 32]).expect("a key"));
    let (name, serial) = (Name::parse("CN=fake").expect("a name"), SerialNumber::from_bytes(&[1]).expect("a number"));
    let root = Issuer::self_signed(&name, &key, serial, Period::years(*NOW, 9)).expect("a root");
    PathValidator::new(&Trust::from_certificates([root])).policy(RevocationPolicy::IfAvailable)
});

fuzz_target!(|bytes: &[u8]| {
    let (challenge, proof) = (Challenge::from_bytes(bytes), Proof::from_bytes(bytes));
    assert!(challenge.is_err() || proof.is_err(), "one thing is not the other");
    if let Ok(challenge) = &challenge {
        assert_eq!(Challenge::from_bytes(challenge.to_pem().as_bytes()).as_ref(), Ok(challenge));
    }
    if let Ok(proof) = &proof {
        assert_eq!(Proof::from_bytes(proof.as_der()).map(|again| again.at()), Ok(proof.at()));
    }
    let audience = Audience::new("https://service.example").expect("an audience");
    let expected = challenge.or_else(|_| Challenge::new(&audience, *NOW, Challenge::USUAL)).expect("a challenge");
    let expectation = Expectation { audience: expected.audience(), validator: &VALIDATOR };
    assert!(verify(&expected, bytes, &expectation, expected.period().from()).is_err(), "nobody signed that");
});

//! What the tests share.

use std::env;
use std::io::Write;
use std::path::PathBuf;

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::key::{SecretKey, SoftSigner};
use eseal::time::{Instant, Period};

/// Says aloud, past the test runner's capture, that a test does not run; in CI (`CI=true`) that is a failure.
pub(crate) fn skip<T>(reason: &str) -> Option<T> {
    assert!(env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {reason}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
    None
}

/// A program in the search path.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let found = env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_some() { found } else { skip(&format!("the program {name} is not installed")) }
}

/// The key whose *d* is 32 times this byte.
pub(crate) fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

pub(crate) fn now() -> Instant {
    Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
}

/// A certificate for such a key.
pub(crate) fn certificate(byte: u8, profile: &Profile) -> Certificate {
    let root = SoftSigner::deterministic(key(1));
    let serial = |byte| SerialNumber::from_bytes(&[byte]).unwrap();
    let period = Period::days(now(), 300);
    let own = Issuer::self_signed(&Name::parse("CN=fake root").unwrap(), &root, serial(1), period).unwrap();
    let issuer = Issuer::new(own, root).unwrap();
    let name = Name::parse("CN=fake holder").unwrap();
    issuer.issue_for(&name, key(byte).public_key(), profile, serial(byte), period).unwrap()
}

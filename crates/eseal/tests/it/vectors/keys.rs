//! Key files, and keys on their way to their holders.

use eseal::cert::CertificateResponse;
use eseal::key::{EnvelopedKey, KeyDialect, KeyError, SecretKey, public_key_from_spki, secret_key_from_bytes};

use super::{Outcome, Vector, hex};

/// The private keys that the README gives a name.
const KNOWN: [(&str, &str); 3] = [
    ("K1", "b817ff47118810fe47161ef693b3a4ab40e80ff79e53a2e43c000394afc02487"),
    ("K2", "9865657df0c5403fc1c76f495da054489b972a94c31c84e0308c2ca30181972a"),
    ("K3", "59d64a9dba9c00d45e4f40e42a97a94e48fe1e81263af25d57138e9cdaaef621"),
];

fn code(error: KeyError) -> &'static str {
    error.code()
}

/// A key by the name the README gives it, or by its file.
fn named(vector: &Vector, name: &str) -> SecretKey {
    match KNOWN.iter().find(|(known, _)| *known == name) {
        Some((_, d)) => SecretKey::from_bytes(&hex(d)).unwrap(),
        None if name.contains('/') => secret_key_from_bytes(&vector.other(name)).unwrap().0,
        None => SecretKey::from_bytes(&hex(name)).unwrap(),
    }
}

/// Whether it is the key of the argument: the public keys tell, since a private one is never given out.
fn is(vector: &Vector, key: &SecretKey) -> &'static str {
    let expected = named(vector, vector.arguments[0]);
    if expected.public_key() == key.public_key() { "yes" } else { "another key" }
}

/// Reads a private key, which is the one of the argument.
pub(super) fn key(vector: &Vector) -> Outcome {
    let (key, dialect) = secret_key_from_bytes(&vector.bytes()).map_err(code)?;
    Ok(format!("{}, {}", is(vector, &key), dialect_word(dialect)))
}

/// Reads a private key, to which the certificate of the argument belongs.
pub(super) fn key_of(vector: &Vector) -> Outcome {
    let (key, _) = secret_key_from_bytes(&vector.bytes()).map_err(code)?;
    let certificate = vector.certificate(vector.arguments[0]);
    Ok(if certificate.public_key().unwrap() == key.public_key() { "yes" } else { "another key" }.into())
}

/// Reads a public key: its dialect.
pub(super) fn public_key(vector: &Vector) -> Outcome {
    let (_, dialect) = public_key_from_spki(&vector.bytes()).map_err(code)?;
    Ok(dialect_word(dialect))
}

/// Opens an envelope with the second key; the first is inside.
pub(super) fn envelope(vector: &Vector) -> Outcome {
    let envelope = EnvelopedKey::from_der(&vector.bytes()).map_err(code)?;
    let opened = envelope.open(&named(vector, vector.arguments[1])).map_err(code)?;
    Ok(is(vector, &opened).into())
}

/// Opens the envelope of a response with the second key; the first is inside, and an encryption certificate is its.
pub(super) fn response(vector: &Vector) -> Outcome {
    let response = CertificateResponse::from_bytes(&vector.bytes()).map_err(|error| error.code())?;
    let holder = named(vector, vector.arguments[1]);
    response.certificate_for(holder.public_key()).map_err(|error| error.code())?;
    let opened = response.envelope().ok_or("no envelope")?.open(&holder).map_err(code)?;
    let belongs = response.encryption().iter().any(|one| one.public_key().unwrap() == opened.public_key());
    Ok(format!("{}, {}", is(vector, &opened), if belongs { "certified" } else { "not certified" }))
}

fn dialect_word(dialect: KeyDialect) -> String {
    format!("{dialect:?}")
}

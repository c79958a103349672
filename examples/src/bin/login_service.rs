//! A service that knows its visitors by their certificates, with both sides in one program.
//!
//! `cargo run -p eseal-examples --bin login_service -- FOLDER`, with the folder of the example `issue`.
//!
//! Only bytes pass between the two: a service puts HTTP, or whatever it speaks, in between.

#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::path::Path;

use eseal::auth::{Audience, AuthError, Challenge, ChallengeBook, respond};
use eseal::cert::{PathValidator, RevocationList, Trust};
use eseal_examples::{arguments, certificate, now, signer};

/// The address under which visitors know the service.
const SERVICE: &str = "https://service.example";

fn main() -> Result<(), Box<dyn Error>> {
    let [folder] = arguments("login_service FOLDER")?;
    let folder = Path::new(&folder);
    let book = ChallengeBook::new(Audience::new(SERVICE)?, Challenge::USUAL, 10_000)?;
    let validator = validator(folder)?;

    let asked: Vec<u8> = book.open(now()?)?.as_der().to_vec();
    let answered = visitor(folder, &asked)?;
    let login = book.accept(&answered, &validator, now()?)?;
    println!("{} logged in", login.subject());

    // Who recorded the answer and sends it again gets nowhere.
    match book.accept(&answered, &validator, now()?) {
        Err(AuthError::Used) => println!("the same answer again: refused"),
        other => return Err(format!("accepted twice: {other:?}").into()),
    }
    Ok(())
}

/// The visitor's program: it names the address that it dialled, so that no other service can pass its challenge on.
fn visitor(folder: &Path, challenge: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let challenge = Challenge::from_bytes(challenge)?;
    let proof = respond(
        &challenge,
        &Audience::new(SERVICE)?,
        &certificate(folder, "signer")?,
        &signer(folder, "signer")?,
        now()?,
    )?;
    Ok(proof.as_der().to_vec())
}

/// Whom the service believes: its own anchor, and lists that say who was revoked.
fn validator(folder: &Path) -> Result<PathValidator, Box<dyn Error>> {
    let mut lists = Vec::new();
    for name in ["root.crl", "issuing.crl"] {
        lists.push(RevocationList::from_bytes(&std::fs::read(folder.join(name))?)?);
    }
    let trust = Trust::from_certificates([certificate(folder, "root")?]);
    Ok(PathValidator::new(&trust).intermediates(&[certificate(folder, "issuing")?]).revocation(&lists))
}

//! Stamps in two steps, for keys that are elsewhere: in hardware, in a service, behind an approval.
//!
//! `cargo run -p eseal-examples --bin remote_signer -- FOLDER IN.pdf OUT.pdf`
//!
//! Between the steps only bytes are kept. They hold no secret, and what is signed is computed anew when they are read back.

use std::error::Error;
use std::fs;
use std::path::Path;

use eseal::document::pdf::Pdf;
use eseal::key::{SignDigest, Signature, Signer};
use eseal::seal::Seal;
use eseal::stamp::{Pending, Stamp};
use eseal_examples::{arguments, certificate, now, signer};

fn main() -> Result<(), Box<dyn Error>> {
    let [folder, input, output] = arguments("remote_signer FOLDER IN.pdf OUT.pdf")?;
    let folder = Path::new(&folder);

    let bytes = fs::read(input)?;
    let seal = Seal::from_bytes(&fs::read(folder.join("seal.esl"))?)?;
    let place = "1:center,60mm".parse()?;
    let stamp = Stamp::new(&seal, &certificate(folder, "signer")?, place)?;
    let kept: Vec<u8> = stamp.prepare(&Pdf::parse(&bytes)?, now()?)?.to_bytes();

    // Days may go by; another process may go on.
    let pending = Pending::from_bytes(&kept)?;
    let signature = far_away(folder, &pending.digest())?;
    // A signature that does not hold is refused, never written.
    fs::write(output, pending.complete(&signature)?.bytes)?;
    Ok(())
}

/// Stands for a call to a machine that holds the key: it sees a digest, and gives back a signature.
fn far_away(folder: &Path, digest: &SignDigest) -> Result<Signature, Box<dyn Error>> {
    Ok(signer(folder, "signer")?.sign_digest(digest)?)
}

//! Presses the seal of `make_seal` on the last page of a PDF.
//!
//! `cargo run -p eseal-examples --bin stamp_pdf -- FOLDER IN.pdf OUT.pdf`

use std::error::Error;
use std::fs;
use std::path::Path;

use eseal::document::pdf::Pdf;
use eseal::seal::Seal;
use eseal::stamp::Stamp;
use eseal_examples::{arguments, certificate, now, signer};

fn main() -> Result<(), Box<dyn Error>> {
    let [folder, input, output] = arguments("stamp_pdf FOLDER IN.pdf OUT.pdf")?;
    let folder = Path::new(&folder);
    let seal = Seal::from_bytes(&fs::read(folder.join("seal.esl"))?)?;
    let place = "-1:right-40mm,bottom-40mm".parse()?;
    // Made once, good for any number of files: the seal's picture is decoded and compressed here.
    let stamp = Stamp::new(&seal, &certificate(folder, "signer")?, place)?;

    let bytes = fs::read(input)?;
    let stamped = stamp.apply(&Pdf::parse(&bytes)?, &signer(folder, "signer")?, now()?)?;
    stamped.check()?;
    fs::write(output, &stamped.bytes)?;
    Ok(())
}

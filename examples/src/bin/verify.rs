//! Verifies every stamp of a PDF, question by question, trusting the root of `issue` and nothing else.
//!
//! `cargo run -p eseal-examples --bin verify -- FOLDER FILE.pdf`
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use eseal::Lang;
use eseal::cert::{RevocationList, Trust};
use eseal::document::pdf::Pdf;
use eseal::verify::{Verdict, Verifier};
use eseal_examples::{arguments, certificate, now};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let [folder, file] = arguments("verify FOLDER FILE.pdf")?;
    let folder = Path::new(&folder);
    let lists = [folder.join("root.crl"), folder.join("issuing.crl")]
        .map(|file| Ok::<_, Box<dyn Error>>(RevocationList::from_bytes(&fs::read(file)?)?));
    let verifier = Verifier::new(&Trust::from_certificates([certificate(folder, "root")?]))
        .intermediates(&[certificate(folder, "issuing")?])
        .revocation(&lists.into_iter().collect::<Result<Vec<_>, _>>()?);

    let bytes = fs::read(file)?;
    let report = verifier.verify(&Pdf::parse(&bytes)?, now()?)?;
    for stamp in report.stamps() {
        for finding in stamp.findings() {
            println!("{:<24} {}", finding.check.label(Lang::En), finding.outcome.label(Lang::En));
        }
    }
    println!("{}", report.verdict().label(Lang::En));
    Ok(if report.verdict() == Verdict::Valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

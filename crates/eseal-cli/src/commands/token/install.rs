//! `eseal token install`: an authority's answer, put into the token that asked.

use std::path::{Path, PathBuf};

use eseal::cert::{Certificate, CertificateRequest, CertificateResponse, Name};
use eseal::cms::RekeyRequest;
use eseal::seal::Seal;
use eseal::token::KeyId;
use serde_json::json;

use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::{show, signer};

#[derive(clap::Args)]
pub(crate) struct InstallArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(value_name = "RESPONSE")]
    response: PathBuf,
    // What was asked for, so that an answer for another holder is refused.
    #[arg(long, value_name = "REQ")]
    request: Option<PathBuf>,
    // Seals of the holder, to hear which of them do not list the new certificate.
    #[arg(long, value_name = "SEAL", num_args = 1..)]
    seal: Vec<PathBuf>,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
}

pub(super) fn run(context: &Context, args: &InstallArgs) -> Outcome {
    let bytes = context.read(&args.response, SMALL)?;
    let response = CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.response))?;
    let asked = args.request.as_deref().map(|path| subject_of(context, path)).transpose()?;
    let seals = args.seal.iter().map(|path| seal(context, path)).collect::<Outcome<Vec<_>>>()?;
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let installed = match &asked {
        Some(subject) => session.install_pair_for(&response, subject),
        None => session.install_pair(&response),
    };
    let located = |error| Failure::from(error).at(&args.token);
    let installed = installed.map_err(located)?;
    let objects = session.info().map_err(located)?.objects;
    // What the answer brought for a key, and not what the key had before.
    let of = |id: KeyId| -> Option<&Certificate> {
        let object = objects.iter().find(|object| object.id == id)?;
        let answered = || response.signing().iter().chain(response.encryption());
        object.certificates.iter().rev().find(|one| answered().any(|answer| answer == *one))
    };
    let (signing, encryption) = (of(installed.signing), installed.encryption.and_then(of));
    let listed = |seal: &Seal| signing.is_some_and(|certificate| seal.signers().lists(certificate));
    if context.output.is_json() {
        let at = context.now;
        context.output.json(&json!({
            "schema": "eseal.token-install/1",
            "path": args.token.to_string_lossy(),
            "changed": installed.changed,
            "signing": signing.map(|one| show::certificate_json(one, at)),
            "encryption": encryption.map(|one| show::certificate_json(one, at)),
            "seals": args.seal.iter().zip(&seals).map(|(path, seal)| json!({
                "path": path.to_string_lossy(), "id": seal.id(), "name": seal.name(), "listed": listed(seal),
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    if !installed.changed {
        context.output.note(&context.text("text-installed-before", &[]));
    }
    for (certificate, note) in [(signing, "text-installed"), (encryption, "text-installed-encryption")] {
        if let Some(certificate) = certificate {
            let subject = certificate.subject().to_string();
            context.output.note(&context.text(note, &[("subject", subject.into())]));
        }
    }
    for (path, seal) in args.seal.iter().zip(&seals).filter(|(_, seal)| !listed(seal)) {
        let values = [
            ("path", path.display().to_string().into()),
            ("id", seal.id().to_owned().into()),
            ("name", seal.name().to_owned().into()),
        ];
        context.output.note(&context.text("text-seal-not-listing", &values));
    }
    Ok(Exit::Done)
}

/// For whom a request was, be it by one key or by an old and a new one.
fn subject_of(context: &Context, path: &Path) -> Outcome<Name> {
    let bytes = context.read(path, SMALL)?;
    if RekeyRequest::looks_like(&bytes) {
        let request = RekeyRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
        return Ok(request.request().subject().clone());
    }
    let request = CertificateRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
    Ok(request.subject().clone())
}

fn seal(context: &Context, path: &Path) -> Outcome<Seal> {
    let bytes = context.read(path, SMALL)?;
    Seal::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
}

//! `eseal request show`: what a certificate request asks for, and how it was written.

use std::path::PathBuf;

use eseal::cert::{CertificateRequest, RequestDialect, danger};
use eseal::cms::RekeyRequest;
use eseal::time::Instant;
use serde_json::json;

use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::local_time;
use crate::table::{Sheet, hex};

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(context: &Context, args: &ShowArgs) -> Outcome {
    let bytes = context.read(&args.file, SMALL)?;
    let (request, old) = if RekeyRequest::looks_like(&bytes) {
        let rekey = RekeyRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.file))?;
        (rekey.request().clone(), Some((rekey.old_certificate().clone(), rekey.signing_time())))
    } else {
        // Showing is not accepting: the dialect tells what issuing would refuse.
        let request = CertificateRequest::from_bytes_with(&bytes, danger::accept_empty_id_request())
            .map_err(|error| Failure::from(error).at(&args.file))?;
        (request, None)
    };
    let temporary = request.temporary_key().map(|key| hex(&key.to_sec1()));
    let attributes: Vec<_> = request.attributes().map(|(oid, _)| oid).collect();
    let conforms = request.dialect() != RequestDialect::EmptyId;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.request/1",
            "path": args.file.to_string_lossy(),
            "subject": request.subject().to_string(),
            "dialect": request.dialect().word(),
            "accepted": conforms,
            "key": {"algorithm": "SM2", "public": hex(&request.public_key().to_sec1())},
            "replaces": old.as_ref().map(|(old, at)| json!({
                "serial": old.serial().to_string(),
                "issuer": old.issuer().to_string(),
                "signed_at": at.map(Instant::to_rfc3339),
            })),
            "challenge": request.challenge().is_some(),
            "temporary_key": temporary,
            "activation": request.activation().map(|activation| json!({
                "reference": activation.reference(),
                "passphrase": activation.passphrase().is_some(),
            })),
            "attributes": attributes,
            "requested_extensions": request.requested_extensions().iter().map(|extension| json!({
                "oid": extension.oid(),
                "name": extension.name(),
                "critical": extension.critical,
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("subject"), request.subject().to_string());
    sheet.line(label("key"), "SM2");
    sheet.line(label("dialect"), request.dialect().label(context.messages.lang()));
    if let Some((old, at)) = &old {
        sheet.line(label("replaces"), old.serial().to_string());
        sheet.maybe(label("signed-at"), at.map(local_time));
    }
    sheet.maybe(label("challenge"), request.challenge().map(|_| context.text("text-yes", &[])));
    sheet.maybe(label("temporary-key"), temporary);
    if let Some(activation) = request.activation() {
        sheet.line(label("reference"), activation.reference());
        sheet.maybe(label("passphrase"), activation.passphrase().map(|_| context.text("text-yes", &[])));
    }
    for extension in request.requested_extensions() {
        sheet.line(label("requested"), extension.name().map_or_else(|| extension.oid(), str::to_owned));
    }
    context.output.text(&sheet.text(0))?;
    if !conforms {
        context.output.note(&context.text("text-request-empty-id", &[]));
    }
    Ok(Exit::Done)
}

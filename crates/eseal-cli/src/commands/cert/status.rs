//! `eseal cert hold|release|revoke`: what happens to a certificate after it was issued. Needs no key: the next revocation
//! list says it under the authority's signature.

use eseal::authority;
use eseal::cert::{Reason, SerialNumber};
use eseal::registry::Registry;
use eseal::time::Instant;
use serde_json::json;

use super::list::record_json;
use super::which::Which;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office;
use crate::output::parse_time;
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct StatusArgs {
    // A serial number, or a file with the certificate.
    #[arg(value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    which: Which,
}

#[derive(clap::Args)]
pub(crate) struct HoldArgs {
    // A serial number, or a file with the certificate.
    #[arg(value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    which: Which,
    // By the holder's word instead of an officer's.
    #[arg(long, value_name = "SRC")]
    passphrase_from: Option<PinSource>,
}

#[derive(clap::Args)]
pub(crate) struct RevokeArgs {
    // A serial number, or a file with the certificate.
    #[arg(value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    which: Which,
    #[arg(long, value_name = "REASON", value_parser = reason(), ignore_case = true, default_value = "unspecified")]
    reason: String,
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    invalid_since: Option<Instant>,
}

/// The serial number of a command line: hexadecimal, as lists and certificates are shown.
pub(super) fn serial(text: &str) -> Result<SerialNumber, String> {
    SerialNumber::from_hex(text).map_err(|_| "serial".to_owned())
}

/// The reasons that revoke for good.
fn reason() -> clap::builder::PossibleValuesParser {
    let last = |reason: &Reason| !matches!(reason, Reason::CertificateHold | Reason::RemoveFromCrl);
    Reason::ALL.iter().filter(|reason| last(reason)).map(|reason| reason.word()).collect::<Vec<_>>().into()
}

pub(crate) fn hold(context: &Context, args: &HoldArgs) -> Outcome {
    let serial = args.which.serial(context)?;
    let passphrase = match &args.passphrase_from {
        Some(source) => Some(signer::passphrase(context, source, Wanted::PASSPHRASE)?),
        None => None,
    };
    let mut registry = office::registry(context)?;
    let note = office::note(context);
    let moved = match &passphrase {
        Some(passphrase) => authority::hold_by_passphrase(&mut registry, &serial, passphrase, &note)?,
        None => authority::hold(&mut registry, &serial, &note)?,
    };
    tell(context, &registry, &moved)
}

pub(crate) fn release(context: &Context, args: &StatusArgs) -> Outcome {
    let serial = args.which.serial(context)?;
    let mut registry = office::registry(context)?;
    let moved = authority::release(&mut registry, &serial, &office::note(context))?;
    tell(context, &registry, &moved)
}

pub(crate) fn revoke(context: &Context, args: &RevokeArgs) -> Outcome {
    let reason = Reason::parse(&args.reason).ok_or_else(|| Failure::new("usage-value-malformed"))?;
    let serial = args.which.serial(context)?;
    let mut registry = office::registry(context)?;
    let note = office::note(context);
    let moved = authority::revoke(&mut registry, &serial, reason, args.invalid_since, &note)?;
    tell(context, &registry, &moved)
}

/// Says how those that moved stand now.
fn tell(context: &Context, registry: &dyn Registry, moved: &[SerialNumber]) -> Outcome {
    let mut records = Vec::new();
    for serial in moved {
        records.extend(registry.certificate(serial)?);
    }
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.cert-status/1",
            "at": context.now.to_rfc3339(),
            "certificates": records.iter().map(|record| record_json(record, context.now)).collect::<Vec<_>>(),
        }))?;
    } else {
        let lang = context.messages.lang();
        for record in &records {
            let values = [
                ("subject", record.subject.clone().into()),
                ("serial", record.serial.to_string().into()),
                ("state", record.standing(context.now).label(lang).into()),
            ];
            context.output.note(&context.text("text-status-now", &values));
        }
    }
    Ok(Exit::Done)
}

//! `eseal token update`: asks for the successor of a certificate that comes to its end, and afterwards ends the old key.

use std::path::{Path, PathBuf};

use eseal::cert::Certificate;
use eseal::token::{Due, ObjectInfo, Session, due, superseded};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Target, local_time};
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct UpdateArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    // Change to a new key, instead of going on with the old one.
    #[arg(long, conflicts_with = "finish")]
    rekey: bool,
    // Do nothing unless the certificate ends within so many days: for timers.
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "30", conflicts_with = "finish")]
    if_due: Option<u32>,
    // Destroy the signing keys whose successor is installed and whose overlap is over.
    #[arg(long)]
    finish: bool,
    #[arg(long, value_name = "DAYS", default_value_t = Session::OVERLAP_DAYS, requires = "finish")]
    overlap: u32,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(short, long, value_name = "FILE", required_unless_present = "finish", conflicts_with = "finish")]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(super) fn run(context: &Context, args: &UpdateArgs) -> Outcome {
    match &args.out {
        Some(out) => ask(context, args, out),
        None => finish(context, args),
    }
}

fn ask(context: &Context, args: &UpdateArgs, out: &Path) -> Outcome {
    let (_, info) = signer::token_info(&args.token)?;
    // Of several holders' certificates, the one that ends first.
    let all = due(&info, context.now, args.if_due.unwrap_or(0));
    let first = all.into_iter().min_by_key(|one| one.certificate.validity().to());
    let first = first.ok_or_else(|| Failure::new("token-no-certificate").at(&args.token))?;
    if args.if_due.is_some() && !first.is_due {
        return not_due(context, args, &first);
    }
    let target = Target::new(out, args.force)?;
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let located = |error| Failure::from(error).at(&args.token);
    let pem = if args.rekey {
        session.rekey_request(&first.certificate, context.now).map_err(located)?.to_pem()
    } else {
        session.renewal_request(&first.certificate).map_err(located)?.to_pem()
    };
    target.write(pem.as_bytes())?;
    if context.output.is_json() {
        let kind = if args.rekey { "rekey" } else { "renewal" };
        let mut object = told(args, "requested", &first.certificate);
        object["kind"] = json!(kind);
        object["request"] = json!(out.to_string_lossy());
        context.output.json(&object)?;
    } else {
        let text = if args.rekey { "text-update-rekey" } else { "text-update-renewal" };
        let values = [
            ("subject", first.certificate.subject().to_string().into()),
            ("at", local_time(first.certificate.validity().to()).into()),
        ];
        context.output.note(&context.text(text, &values));
    }
    Ok(Exit::Done)
}

fn not_due(context: &Context, args: &UpdateArgs, first: &Due) -> Outcome {
    if context.output.is_json() {
        let mut object = told(args, "not-due", &first.certificate);
        object["due_from"] = json!(first.from.to_rfc3339());
        context.output.json(&object)?;
    } else {
        let values =
            [("subject", first.certificate.subject().to_string().into()), ("at", local_time(first.from).into())];
        context.output.note(&context.text("text-update-not-due", &values));
    }
    Ok(Exit::Done)
}

fn told(args: &UpdateArgs, outcome: &str, certificate: &Certificate) -> serde_json::Value {
    json!({
        "schema": "eseal.token-update/1",
        "path": args.token.to_string_lossy(),
        "outcome": outcome,
        "subject": certificate.subject().to_string(),
        "serial": certificate.serial().to_string(),
        "not_after": certificate.validity().to().to_rfc3339(),
    })
}

fn finish(context: &Context, args: &UpdateArgs) -> Outcome {
    let (_, info) = signer::token_info(&args.token)?;
    // Nobody is asked for a PIN when there is nothing to end.
    let gone = if superseded(&info, context.now, args.overlap).is_empty() {
        Vec::new()
    } else {
        let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
        let ended = session.destroy_superseded(context.now, args.overlap);
        ended.map_err(|error| Failure::from(error).at(&args.token))?
    };
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.token-update/1",
            "path": args.token.to_string_lossy(),
            "outcome": if gone.is_empty() { "nothing-to-finish" } else { "finished" },
            "destroyed": gone.iter().map(|object| json!({
                "key": object.id.to_string(),
                "serials": object.certificates.iter().map(|one| one.serial().to_string()).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    if gone.is_empty() {
        context.output.note(&context.text("text-update-nothing", &[]));
    }
    for object in &gone {
        context.output.note(&context.text("text-update-destroyed", &[("subject", subject(object).into())]));
    }
    Ok(Exit::Done)
}

fn subject(object: &ObjectInfo) -> String {
    object.certificates.last().map(|one| one.subject().to_string()).unwrap_or_default()
}

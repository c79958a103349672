//! `eseal officer approve`: an officer's signed word about one request for unlocking, one recovery order, one application.

use std::path::{Path, PathBuf};

use eseal::authority::{self, Approval, Duty, RecoveryOrder};
use eseal::sm::Sm3Digest;
use eseal::token::UnlockRequest;
use serde_json::json;

use crate::args::{OutArgs, SignerArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office;
use crate::output::{Target, is_stdout, local_time, to_stderr};
use crate::signer::Chosen;
use crate::table::Sheet;

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("object").required(true).args(["unlock", "recovery", "application"])))]
pub(crate) struct ApproveArgs {
    #[arg(long, value_name = "REQ")]
    unlock: Option<PathBuf>,
    #[arg(long, value_name = "ORDER")]
    recovery: Option<PathBuf>,
    // Looked up in the office's registry; the others are files that may be anywhere.
    #[arg(long, value_name = "REFERENCE")]
    application: Option<String>,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    out: OutArgs,
}

/// What is to be approved, by which duty, and how it is shown.
struct Object {
    duty: Duty,
    digest: Sm3Digest,
    sheet: Sheet,
}

pub(super) fn run(context: &Context, args: &ApproveArgs) -> Outcome {
    if is_stdout(&args.out.out) && context.output.is_json() {
        return Err(Failure::new("usage-stdout-json"));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let object = match (&args.unlock, &args.recovery, &args.application) {
        (Some(path), _, _) => unlock(context, path)?,
        (_, Some(path), _) => recovery(context, path)?,
        (_, _, Some(reference)) => application(context, reference)?,
        _ => return Err(Failure::new("usage-argument-missing").with("argument", "--unlock")),
    };
    let chosen = Chosen::of(context, &args.signer, |one| one.key_usage().is_none_or(|usage| usage.can_sign()))?;
    // Nobody signs what they have not seen: it stands there before the PIN is asked for.
    if !context.output.quiet && !context.output.is_json() {
        to_stderr(&object.sheet.text(0));
    }
    let (certificate, key) = chosen.open(context)?;
    let note = args.note.as_deref();
    let approval = Approval::sign_with_note(object.duty, object.digest, note, &certificate, &*key, context.now)?;
    target.write(approval.as_der())?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.approval/1",
            "duty": approval.duty().word(),
            "object": approval.object().to_string(),
            "officer": approval.name(),
            "at": approval.at().to_rfc3339(),
            "note": approval.note(),
            "path": args.out.out.to_string_lossy(),
        }))?;
        return Ok(Exit::Done);
    }
    let values = [("subject", approval.name().into()), ("duty", object.duty.label(context.messages.lang()).into())];
    context.output.note(&context.text("text-approved", &values));
    Ok(Exit::Done)
}

fn unlock(context: &Context, path: &Path) -> Outcome<Object> {
    let bytes = context.read(path, UnlockRequest::MAX_BYTES as u64)?;
    let request = UnlockRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("token"), request.token());
    sheet.line(label("unlock-code"), request.code());
    sheet.line(label("sealing"), request.epoch().to_string());
    sheet.line(label("requested-at"), local_time(request.requested_at()));
    sheet.maybe(label("reason"), request.reason());
    for (issuer, serial) in request.certificates() {
        sheet.line(label("serial"), format!("{serial} ({issuer})"));
    }
    Ok(Object { duty: Duty::Unlock, digest: request.digest(), sheet })
}

fn recovery(context: &Context, path: &Path) -> Outcome<Object> {
    let order = super::super::key::recover::read_order(context, path)?;
    let sheet = super::super::key::recover::sheet(context, &order);
    Ok(Object { duty: Duty::Recovery, digest: RecoveryOrder::digest(&order), sheet })
}

fn application(context: &Context, reference: &str) -> Outcome<Object> {
    let registry = office::registry(context)?;
    let application = authority::application(&*registry, reference)?;
    let filing = application.filing();
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("reference"), application.reference());
    sheet.line(label("subject"), filing.subject.to_string());
    sheet.line(label("profile"), &filing.profile);
    sheet.maybe(label("organization-code"), filing.organization.as_ref());
    sheet.maybe(label("region"), filing.region.as_ref());
    sheet.maybe(label("days"), filing.days.map(|days| days.to_string()));
    sheet.maybe(label("pair"), filing.pair.then(|| context.text("text-yes", &[])));
    sheet.line(label("filed"), format!("{}, {}", local_time(application.filed().1), application.filed().0));
    sheet.line(label("status"), application.state(context.now).label(context.messages.lang()));
    Ok(Object { duty: Duty::Registration, digest: application.object(), sheet })
}

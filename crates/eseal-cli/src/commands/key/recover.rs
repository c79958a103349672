//! `eseal key recover`: the order that gives an escrowed encryption key back to its holder, and its execution.

use std::path::{Path, PathBuf};

use eseal::authority::{Approval, Escrow, RecoveryOrder};
use serde_json::json;

use super::super::cert::which::Which;
use super::super::officer;
use crate::args::{AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{self, Authority};
use crate::output::{Target, is_stdout, local_time};
use crate::pin::Wanted;
use crate::signer;
use crate::table::Sheet;

#[derive(clap::Args)]
pub(crate) struct RecoverArgs {
    // The order that officers approved.
    #[arg(value_name = "ORDER", required_unless_present = "order")]
    file: Option<PathBuf>,
    // Makes an order: a serial number of the old pair, or a file with one of its certificates.
    #[arg(long, value_name = "SERIAL-OR-FILE", value_parser = Which::parse, conflicts_with = "file")]
    #[arg(requires_all = ["to", "reason"])]
    order: Option<Which>,
    #[arg(long, value_name = "SERIAL-OR-FILE", value_parser = Which::parse, requires = "order")]
    to: Option<Which>,
    #[arg(long, value_name = "TEXT", requires = "order")]
    reason: Option<String>,
    #[arg(long = "approval", value_name = "FILE", conflicts_with = "order")]
    approvals: Vec<PathBuf>,
    #[arg(long, value_name = "TOKEN", conflicts_with = "order")]
    escrow_token: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

pub(super) fn run(context: &Context, args: &RecoverArgs) -> Outcome {
    if is_stdout(&args.out.out) && context.output.is_json() {
        return Err(Failure::new("usage-stdout-json"));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    match (&args.file, &args.order, &args.to) {
        (Some(path), _, _) => recover(context, args, path, &target),
        (None, Some(old), Some(new)) => order(context, args, (old, new), &target),
        _ => Err(Failure::new("usage-argument-missing").with("argument", "--order")),
    }
}

fn order(context: &Context, args: &RecoverArgs, (old, new): (&Which, &Which), target: &Target<'_>) -> Outcome {
    let reason = args.reason.as_deref().unwrap_or_default();
    let (old, new) = (old.serial(context)?, new.serial(context)?);
    let registry = office::registry(context)?;
    let order = RecoveryOrder::draft(&*registry, &old, &new, reason, context.now)?;
    target.write(order.to_pem().as_bytes())?;
    if context.output.is_json() {
        context.output.json(&json(&order, "ordered", &[]))?;
        return Ok(Exit::Done);
    }
    if !context.output.quiet {
        crate::output::to_stderr(&sheet(context, &order).text(0));
    }
    context.output.note(&context.text("text-recovery-ordered", &[]));
    Ok(Exit::Done)
}

fn recover(context: &Context, args: &RecoverArgs, path: &Path, target: &Target<'_>) -> Outcome {
    let located = |error| Failure::from(error).at(path);
    let order = read_order(context, path)?;
    let approvals = officer::approvals(context, &args.approvals)?;
    let mut registry = office::registry(context)?;
    // Before anybody is asked for a PIN.
    order.check(&*registry, &approvals, context.now).map_err(located)?;
    let token = match &args.escrow_token {
        Some(path) => path.clone(),
        None => Authority::Escrow.token(&context.home()?),
    };
    let session = signer::log_in(context, &token, args.authority.key_pin_from.as_ref(), Wanted::KEY_PIN)?;
    let in_token = |error| Failure::from(error).at(&token);
    let own = session.certificates().map_err(in_token)?.into_iter().next_back();
    let own = own.ok_or_else(|| Failure::new("token-no-certificate").at(&token))?;
    let key = session.decrypter(&own).map_err(in_token)?;
    let answer =
        Escrow::new(&key, &mut *registry).recover(&order, &approvals, &office::note(context)).map_err(located)?;
    target.write(&answer.to_der())?;
    if context.output.is_json() {
        context.output.json(&json(&order, "recovered", &approvals))?;
        return Ok(Exit::Done);
    }
    let values = [("subject", order.subject().to_string().into()), ("serial", order.signing().to_string().into())];
    context.output.note(&context.text("text-key-recovered", &values));
    Ok(Exit::Done)
}

/// Reads an order.
pub(crate) fn read_order(context: &Context, path: &Path) -> Outcome<RecoveryOrder> {
    let bytes = context.read(path, 2 * RecoveryOrder::MAX_BYTES as u64)?;
    RecoveryOrder::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
}

/// What an order says, for whoever is to approve it.
pub(crate) fn sheet(context: &Context, order: &RecoveryOrder) -> Sheet {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("subject"), order.subject().to_string());
    sheet.line(label("recovery-of"), order.encryption().to_string());
    sheet.line(label("recovery-to"), order.signing().to_string());
    sheet.line(label("reason"), order.reason());
    sheet.line(label("recovery-at"), local_time(order.at()));
    sheet.line(label("sm3"), order.digest().to_string());
    sheet
}

fn json(order: &RecoveryOrder, outcome: &str, approvals: &[Approval]) -> serde_json::Value {
    json!({
        "schema": "eseal.key-recover/1",
        "outcome": outcome,
        "subject": order.subject().to_string(),
        "of": order.encryption().to_string(),
        "to": order.signing().to_string(),
        "reason": order.reason(),
        "at": order.at().to_rfc3339(),
        "object": order.digest().to_string(),
        "approved_by": approvals.iter().map(Approval::name).collect::<Vec<_>>(),
    })
}

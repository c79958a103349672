//! `eseal token recovery-code`: a new code on paper, for one that is lost or was seen.

use std::path::PathBuf;

use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct RecoveryCodeArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
}

pub(super) fn run(context: &Context, args: &RecoveryCodeArgs) -> Outcome {
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let code = session.renew_recovery().map_err(|error| Failure::from(error).at(&args.token))?.reveal();
    if context.output.is_json() {
        context.output.json(&json!({"schema": "eseal.token-recovery-code/1", "recovery_code": code.as_str()}))?;
    } else {
        // Data, not a note: it is there this once, and --quiet must not lose it.
        context.output.text(&format!("{}\n", code.as_str()))?;
        context.output.note(&context.text("text-recovery-code", &[]));
    }
    Ok(Exit::Done)
}

//! `eseal token unlock-request`: asks the authority to let a holder in again who forgot the PIN.
//!
//! The half of the request that must not travel stays beside the token, in `TOKEN.pending`, until the ticket comes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::args::OutArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Target, is_stdout};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct UnlockRequestArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    out: OutArgs,
}

/// Where the half of a request waits that stays on this device.
pub(super) fn pending(token: &Path) -> PathBuf {
    let mut name = OsString::from(token);
    name.push(".pending");
    name.into()
}

pub(super) fn run(context: &Context, args: &UnlockRequestArgs) -> Outcome {
    let to_stdout = is_stdout(&args.out.out);
    if to_stdout && context.output.is_json() {
        return Err(Failure::new("usage-stdout-json"));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let located = |error| Failure::from(error).at(&args.token);
    let (token, info) = signer::token_info(&args.token)?;
    let device = signer::device_secret_for(context, &args.token, &info)?;
    let reason = args.reason.as_deref();
    let (request, waiting) = token.request_unlock(reason, device.as_ref(), context.now).map_err(located)?;
    let kept = token.seal_pending(&waiting, device.as_ref()).map_err(located)?;
    let beside = pending(&args.token);
    // A newer request takes the place of an older one: of two tickets the holder would not know which.
    Target::new(&beside, true)?.write_private(&kept)?;
    target.write(request.to_pem().as_bytes())?;
    let code = request.code();
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.unlock-request/1",
            "token": request.token(),
            "epoch": request.epoch(),
            "code": code,
            "sm3": request.digest().to_string(),
            "unlocker": info.unlocker.as_ref().map(|unlocker| unlocker.name.as_str()),
            "path": args.out.out.to_string_lossy(),
            "pending": beside.to_string_lossy(),
        }))?;
        return Ok(Exit::Done);
    }
    if to_stdout {
        crate::output::to_stderr(&format!("{code}\n"));
    } else {
        context.output.text(&format!("{code}\n"))?;
    }
    let unlocker = info.unlocker.map(|unlocker| unlocker.name).unwrap_or_default();
    context.output.note(&context.text("text-unlock-read-aloud", &[("name", unlocker.into())]));
    Ok(Exit::Done)
}

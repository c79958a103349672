//! `eseal cert unlock`: the authority's side of unlocking: review a request, grant it, take the receipt, list what was granted.

mod list;
mod review;

use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use eseal::authority::{Approval, Confirmation, UnlockOffice, Unlocker};
use eseal::cert::ProfileSet;
use eseal::token::{UnlockGrant, UnlockReceipt, UnlockRequest};
use eseal_store::Store;
use serde_json::json;

use crate::args::AuthorityArgs;
use crate::commands::officer;
use crate::configuration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{self, Authority};
use crate::output::{Target, is_stdout, local_time, parse_time, to_stderr};
use crate::pin::Wanted;

#[derive(clap::Args)]
pub(crate) struct UnlockArgs {
    #[arg(value_name = "REQ", required_unless_present_any = ["list", "receipt"])]
    request: Option<PathBuf>,
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["review", "list", "receipt"])]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    #[arg(long, value_name = "FILE", action = clap::ArgAction::Append)]
    approval: Vec<PathBuf>,
    #[arg(long, value_name = "HOURS", default_value = "24")]
    hours: u16,
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(long, conflicts_with_all = ["out", "code", "approval", "list", "receipt"])]
    review: bool,
    #[arg(long, conflicts_with_all = ["request", "out", "code", "approval", "receipt"])]
    list: bool,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["request", "out", "code", "approval"])]
    receipt: Option<PathBuf>,
    #[arg(long, value_name = "TIME", value_parser = parse_time, conflicts_with_all = ["out", "receipt"])]
    at: Option<eseal::time::Instant>,
}

/// The longest line that is read as a code from the terminal, in bytes.
const LONGEST_CODE: u64 = 64;

pub(crate) fn run(context: &Context, args: &UnlockArgs) -> Outcome {
    let at = args.at.unwrap_or(context.now);
    match (&args.receipt, &args.request, &args.out) {
        (Some(receipt), _, _) => take_receipt(context, receipt),
        (None, Some(request), None) => review::run(context, request, at),
        (None, Some(request), Some(out)) => grant(context, args, request, out),
        (None, None, _) => list::run(context, at),
    }
}

/// The office's registry, and the profiles that tell whose certificates are a person's.
struct Desk {
    registry: Box<dyn Store>,
    profiles: ProfileSet,
}

impl Desk {
    fn open(context: &Context) -> Outcome<Self> {
        Ok(Self { registry: office::registry(context)?, profiles: configuration::profiles(context)? })
    }

    fn office(&mut self) -> UnlockOffice<'_> {
        UnlockOffice::new(&mut *self.registry).profiles(self.profiles.clone())
    }
}

fn read_request(context: &Context, path: &Path) -> Outcome<UnlockRequest> {
    let bytes = context.read(path, UnlockRequest::MAX_BYTES as u64)?;
    UnlockRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
}

fn grant(context: &Context, args: &UnlockArgs, path: &Path, out: &Path) -> Outcome {
    if is_stdout(out) && context.output.is_json() {
        return Err(Failure::new("usage-stdout-json"));
    }
    let target = Target::new(out, args.force)?;
    let request = read_request(context, path)?;
    let approvals = officer::approvals(context, &args.approval)?;
    let rules = configuration::rules(context)?;
    let mut desk = Desk::open(context)?;
    let note = office::note(context);
    let review = desk.office().review(&request, context.now)?;
    // Who sits at a terminal sees what they decide about, and is asked for the code; nothing waits for a script.
    let asks = args.code.is_none()
        && review.obstacles.is_empty()
        && !context.globals.no_input
        && !context.output.is_json()
        && std::io::stdin().is_terminal();
    let heard = if asks { Some(ask(context, &review)?) } else { args.code.clone() };
    let confirmation = Confirmation {
        code: heard.as_deref(),
        approvals: &approvals,
        life: i64::from(args.hours) * 60 * 60,
        note: args.note.as_deref(),
    };
    // Before anybody is asked for a PIN.
    desk.office().code(rules.unlock_code).check(&request, &confirmation, &note)?;
    let (certificate, key) =
        office::key(context, Authority::Unlocker, args.authority.key_pin_from.as_ref(), Wanted::KEY_PIN)?;
    let unlocker = Unlocker { certificate: &certificate, signer: &key, decrypter: &key };
    let grant = desk.office().code(rules.unlock_code).grant(&request, unlocker, &confirmation, &note)?;
    target.write(grant.as_der())?;
    tell(context, &request, &grant, &confirmation, out)
}

/// Shows what is to be decided, and asks for the code that the holder reads aloud.
fn ask(context: &Context, review: &eseal::authority::UnlockReview) -> Outcome<String> {
    to_stderr(&review::sheet(context, review, context.now));
    to_stderr(&format!("{} ", context.text("text-unlock-ask-code", &[])));
    let mut line = String::new();
    let read = std::io::stdin().lock().take(LONGEST_CODE).read_line(&mut line);
    read.map_err(|_| Failure::new("unlock-code-missing"))?;
    Ok(line.trim().to_owned())
}

fn tell(
    context: &Context,
    request: &UnlockRequest,
    grant: &UnlockGrant,
    confirmation: &Confirmation<'_>,
    out: &Path,
) -> Outcome {
    let compared = confirmation.code.is_some();
    let until = grant.period().to();
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.cert-unlock/1",
            "token": grant.token(),
            "epoch": grant.epoch(),
            "grant": grant.id().to_string(),
            "request": grant.request_digest().to_string(),
            "code": request.code(),
            "code_compared": compared,
            "approved_by": confirmation.approvals.iter().map(Approval::name).collect::<Vec<_>>(),
            "not_before": grant.period().from().to_rfc3339(),
            "not_after": until.to_rfc3339(),
            "path": out.to_string_lossy(),
        }))?;
    }
    if !compared {
        context.output.note(&context.text("text-unlock-not-compared", &[("code", request.code().into())]));
    }
    let values = [("serial", grant.token().into()), ("until", local_time(until).into())];
    context.output.note(&context.text("text-unlock-granted", &values));
    Ok(Exit::Done)
}

fn take_receipt(context: &Context, path: &Path) -> Outcome {
    let bytes = context.read(path, UnlockRequest::MAX_BYTES as u64)?;
    let receipt = UnlockReceipt::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
    let mut desk = Desk::open(context)?;
    let history = desk.office().receipt(&receipt, &office::note(context))?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.cert-unlock-receipt/1",
            "token": history.token,
            "grant": receipt.grant().to_string(),
            "epoch": receipt.epoch(),
            "unlocked_at": receipt.at().to_rfc3339(),
            "holder": receipt.holder().subject().to_string(),
        }))?;
    }
    // Sealings are counted in sentences as 1234, not as 1,234.
    let values = [("serial", history.token.into()), ("epoch", receipt.epoch().to_string().into())];
    context.output.note(&context.text("text-unlock-receipt", &values));
    Ok(Exit::Done)
}

//! `eseal token unlock`: a new PIN by the authority's ticket, or by the recovery code on paper.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use eseal::token::{DeviceSecret, GrantId, NewPin, RecoveryCode, Token, TokenInfo, UnlockGrant, Unlocked};
use serde_json::json;

use super::unlock_request::pending;
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::kdf::KdfWord;
use crate::output::Target;
use crate::pin::{PinSource, Wanted, read_secret};
use crate::signer;

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("way").required(true).args(["ticket", "recovery_from"]))]
pub(crate) struct UnlockArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "FILE")]
    ticket: Option<PathBuf>,
    #[arg(long, value_name = "SRC")]
    recovery_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_pin_from: Option<PinSource>,
    // Of a token that is locked nobody knows any more what its PIN cost.
    #[arg(long, value_name = "KDF", default_value = "pbkdf2")]
    kdf: KdfWord,
    #[arg(long, value_name = "FILE", conflicts_with = "recovery_from")]
    receipt: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

/// A token that is locked, as this run found it.
struct Found {
    token: Token,
    info: TokenInfo,
    device: Option<DeviceSecret>,
}

pub(super) fn run(context: &Context, args: &UnlockArgs) -> Outcome {
    let target = args.receipt.as_ref().map(|path| Target::new(path, args.force)).transpose()?;
    let (token, info) = signer::token_info(&args.token)?;
    let device = signer::device_secret_for(context, &args.token, &info)?;
    let found = Found { token, info, device };
    let (unlocked, grant) = match (&args.ticket, &args.recovery_from) {
        (Some(ticket), _) => by_ticket(context, args, &found, ticket)?,
        (None, from) => (by_recovery(context, args, &found, from.as_ref())?, None),
    };
    let recovery = unlocked.recovery.as_ref().map(RecoveryCode::reveal);
    // The token is unlocked by now: whatever fails from here on, the new recovery code must not be lost.
    let receipt = grant.filter(|_| target.is_some()).map(|grant| write_receipt(context, &unlocked, grant, target));
    let written = matches!(receipt, Some(Ok(())));
    if context.output.is_json() {
        let epoch = unlocked.session.info().map(|info| info.epoch).ok();
        context.output.json(&json!({
            "schema": "eseal.token-unlock/1",
            "token": found.info.serial,
            "by": if args.ticket.is_some() { "ticket" } else { "recovery" },
            "epoch": epoch,
            "grant": grant.map(|grant| grant.to_string()),
            "recovery_code": recovery.as_ref().map(|code| code.as_str()),
            "receipt": args.receipt.as_ref().filter(|_| written).map(|path| path.to_string_lossy()),
        }))?;
    } else if let Some(code) = recovery {
        context.output.text(&format!("{}\n", code.as_str()))?;
        context.output.note(&context.text("text-recovery-code", &[]));
    }
    context.output.note(&context.text("text-unlocked", &[]));
    receipt.transpose()?;
    Ok(Exit::Done)
}

fn write_receipt(context: &Context, unlocked: &Unlocked, grant: GrantId, target: Option<Target<'_>>) -> Outcome<()> {
    let receipt = unlocked.session.unlock_receipt(grant, context.now)?;
    target.map_or(Ok(()), |target| target.write(receipt.as_der()))
}

fn by_ticket(
    context: &Context,
    args: &UnlockArgs,
    found: &Found,
    ticket: &Path,
) -> Outcome<(Unlocked, Option<GrantId>)> {
    let located = |error| Failure::from(error).at(&args.token);
    let Found { token, device, .. } = found;
    let bytes = context.read(ticket, SMALL)?;
    let grant = UnlockGrant::from_bytes(&bytes).map_err(|error| Failure::from(error).at(ticket))?;
    let beside = pending(&args.token);
    let waiting = match std::fs::read(&beside) {
        // What belongs to another sealing does not open; the ticket itself tells better what is wrong.
        Ok(kept) => token.open_pending(&kept, device.as_ref()).ok(),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::file("input-unreadable", &beside, &error)),
    };
    // Before anybody thinks of a new PIN.
    token.check_grant(&grant, waiting.as_ref(), device.as_ref(), context.now).map_err(located)?;
    if let Some(note) = grant.note() {
        context.output.note(&context.text("text-unlock-note", &[("text", note.to_owned().into())]));
    }
    let pin = signer::pin(context, args.new_pin_from.as_ref(), Wanted::NEW_PIN)?;
    let numbers = holder_numbers(&found.info);
    let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
    let new = NewPin { pin: &pin, kdf: args.kdf.0, holder_numbers: &numbers };
    let unlocked = token.unlock(&grant, waiting.as_ref(), new, device.as_ref(), context.now).map_err(located)?;
    if let Err(error) = std::fs::remove_file(&beside) {
        let failure = Failure::file("output-write", &beside, &error);
        context.output.note(&failure.sentence(&context.messages));
    }
    Ok((unlocked, Some(grant.id())))
}

fn by_recovery(context: &Context, args: &UnlockArgs, found: &Found, from: Option<&PinSource>) -> Outcome<Unlocked> {
    let located = |error| Failure::from(error).at(&args.token);
    let typed = read_secret(from, Wanted::RECOVERY, !context.globals.no_input, &context.messages)?;
    let code = RecoveryCode::parse(&typed)?;
    let pin = signer::pin(context, args.new_pin_from.as_ref(), Wanted::NEW_PIN)?;
    let numbers = holder_numbers(&found.info);
    let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
    let new = NewPin { pin: &pin, kdf: args.kdf.0, holder_numbers: &numbers };
    let unlocked = found.token.recover(&code, new, found.device.as_ref()).map_err(located)?;
    // A ticket that was asked for is of no use any more, and neither is what waits for it.
    let _ = std::fs::remove_file(pending(&args.token));
    Ok(unlocked)
}

/// The numbers that the token's own certificates publish of its holder: not to be its PIN.
fn holder_numbers(info: &TokenInfo) -> Vec<String> {
    let certificates = info.objects.iter().flat_map(|object| &object.certificates);
    certificates.flat_map(|one| one.identity_numbers()).map(|one| one.number).collect()
}

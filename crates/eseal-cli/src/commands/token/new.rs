//! `eseal token new`: an empty token, and its recovery code.

use std::path::PathBuf;

use clap::ArgAction;
use eseal::token::{NewToken, Token, TokenFile, TokenPolicy};
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::kdf::KdfWord;
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC", action = ArgAction::Append)]
    holder_number_from: Vec<PinSource>,
    #[arg(long, value_name = "KDF", default_value = "pbkdf2")]
    kdf: KdfWord,
    #[arg(long, value_name = "LEVEL", default_value = "device")]
    level: LevelWord,
    #[arg(long, value_name = "FILE")]
    unlocker: Option<PathBuf>,
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[arg(long)]
    allow_export: bool,
}

// How far a token is bound to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LevelWord {
    File,
    Device,
}

pub(super) fn run(context: &Context, args: &NewArgs) -> Outcome {
    if std::fs::symlink_metadata(&args.token).is_ok() {
        return Err(Failure::new("token-exists").at(&args.token));
    }
    let unlocker = match &args.unlocker {
        Some(path) => Some(context.certificate(path)?),
        None => None,
    };
    let label = args
        .label
        .clone()
        .unwrap_or_else(|| args.token.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default());
    let pin = signer::pin(context, args.pin_from.as_ref(), Wanted::FIRST_PIN)?;
    let numbers = signer::holder_numbers(context, &args.holder_number_from, &[])?;
    let numbers: Vec<_> = numbers.iter().map(|number| number.as_str()).collect();
    let device = match args.level {
        LevelWord::File => None,
        LevelWord::Device => Some(signer::device_secret_or_new(context)?),
    };
    let policy = TokenPolicy { export_allowed: args.allow_export, ..TokenPolicy::default() };
    let new = match &device {
        None => NewToken::file(label, &pin),
        Some(device) => NewToken::device(label, &pin, device),
    };
    let new = NewToken { unlocker, policy, kdf: args.kdf.0, holder_numbers: &numbers, ..new };
    let (token, code) = Token::create(TokenFile::new(&args.token), new, context.now)
        .map_err(|error| Failure::from(error).at(&args.token))?;
    let code = code.map(|code| code.reveal());
    if context.output.is_json() {
        let serial = token.info()?.serial;
        let code = code.as_ref().map(|code| code.as_str());
        context.output.json(&json!({"schema": "eseal.token-new/1", "serial": serial, "recovery_code": code}))?;
    } else if let Some(code) = code {
        // Data, not a note: it is there this once, and --quiet must not lose it.
        context.output.text(&format!("{}\n", code.as_str()))?;
        context.output.note(&context.text("text-recovery-code", &[]));
    }
    Ok(Exit::Done)
}

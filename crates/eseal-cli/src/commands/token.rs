//! `eseal token new|show|install|change-pin`: the soft certificate's file.

use std::path::PathBuf;

use crate::args::AtArgs;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pin::PinSource;

#[derive(clap::Subcommand)]
pub(crate) enum TokenCommand {
    New(NewArgs),
    Show(ShowArgs),
    Install(InstallArgs),
    ChangePin(ChangePinArgs),
}

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "LEVEL", default_value = "device")]
    level: LevelWord,
    #[arg(long, value_name = "FILE")]
    unlocker: Option<PathBuf>,
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

// How far a token is bound to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LevelWord {
    File,
    Device,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(clap::Args)]
pub(crate) struct InstallArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(value_name = "RESPONSE")]
    response: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
}

#[derive(clap::Args)]
pub(crate) struct ChangePinArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_pin_from: Option<PinSource>,
}

pub(crate) fn run(_context: &Context, command: &TokenCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("token"))
}

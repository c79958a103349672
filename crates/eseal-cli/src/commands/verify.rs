//! `eseal verify FILE...`: asks every question about every stamp and says how each came out.

use std::path::PathBuf;

use clap::ArgAction;

use crate::args::{AtArgs, RevocationArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
    #[arg(long, value_name = "WHAT", action = ArgAction::Append)]
    require: Vec<RequireWord>,
    #[arg(long, value_name = "CHANGES")]
    allow_later: Option<AllowLater>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long, value_name = "N")]
    jobs: Option<std::num::NonZeroUsize>,
    // Signed status lists are read by a later version.
    #[arg(long, value_name = "FILE", hide = true)]
    status: Option<PathBuf>,
}

// What may not be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RequireWord {
    Status,
    Timestamp,
    Picture,
}

// Which later changes are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AllowLater {
    Forms,
    Annotations,
}

pub(crate) fn run(_context: &Context, args: &VerifyArgs) -> Outcome {
    if args.status.is_some() {
        return Err(Failure::not_yet("--status"));
    }
    Err(Failure::not_yet("verify"))
}

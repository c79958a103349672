//! `eseal crl build|show`: revocation lists.

use std::path::PathBuf;

use crate::args::{AtArgs, AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Subcommand)]
pub(crate) enum CrlCommand {
    Build(BuildArgs),
    Show(ShowArgs),
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
pub(crate) struct BuildArgs {
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u32,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(_context: &Context, command: &CrlCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("crl"))
}

//! `eseal ca init|export`: the office's authorities.

use crate::args::{AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Subcommand)]
pub(crate) enum CaCommand {
    Init(InitArgs),
    Export(ExportArgs),
}

#[derive(clap::Args)]
pub(crate) struct InitArgs {
    #[arg(long, value_name = "DN")]
    subject: String,
    #[arg(long, value_name = "DN")]
    issuing_subject: Option<String>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(long, value_name = "DAYS", default_value_t = 3650)]
    days: u32,
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
pub(crate) struct ExportArgs {
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, group = "which")]
    chain: bool,
    #[arg(long, group = "which")]
    unlocker: bool,
    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn run(_context: &Context, command: &CaCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("ca"))
}

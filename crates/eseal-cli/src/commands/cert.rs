//! `eseal cert issue|show`: certificates from requests, and what a certificate says.

use std::path::PathBuf;

use crate::args::{AtArgs, AuthorityArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Subcommand)]
pub(crate) enum CertCommand {
    Issue(IssueArgs),
    Show(ShowArgs),
}

#[derive(clap::Args)]
pub(crate) struct IssueArgs {
    #[arg(value_name = "REQ", required_unless_present = "from")]
    requests: Vec<PathBuf>,
    #[arg(long, value_name = "PROFILE")]
    profile: String,
    #[arg(long)]
    pair: bool,
    #[arg(long, value_name = "DAYS", default_value_t = 730)]
    days: u32,
    #[arg(long, value_name = "FILE", hide = true)]
    from: Option<PathBuf>,
    #[arg(long, value_name = "DIR", hide = true)]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(short, long, value_name = "FILE", required_unless_present = "out_dir")]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(_context: &Context, command: &CertCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("cert"))
}

//! `eseal seal make|show|verify`: electronic seals (电子印章).

use std::path::PathBuf;

use eseal::time::Instant;

use crate::args::{AtArgs, OutArgs, RevocationArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::output::parse_time;
use crate::pin::PinSource;

#[derive(clap::Subcommand)]
pub(crate) enum SealCommand {
    Make(Box<MakeArgs>),
    Show(ShowArgs),
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(crate) struct MakeArgs {
    #[arg(long, value_name = "ID")]
    id: String,
    #[arg(long, value_name = "TEXT")]
    name: String,
    #[arg(long, value_name = "KIND")]
    kind: String,
    #[arg(long, value_name = "FILE")]
    picture: PathBuf,
    #[arg(long, value_name = "SIZE")]
    size: String,
    #[arg(long, value_name = "CERT", required = true, num_args = 1..)]
    signer: Vec<PathBuf>,
    #[arg(long, value_name = "TOKEN")]
    maker: Option<PathBuf>,
    #[arg(long, alias = "key-pin-from", value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "N", default_value = "4")]
    ses_version: String,
    #[arg(long, value_name = "TEXT")]
    vendor: Option<String>,
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    valid_from: Option<Instant>,
    #[arg(long, value_name = "DAYS", default_value_t = 1095)]
    days: u32,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "SEAL")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "SEAL", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(_context: &Context, command: &SealCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("seal"))
}

//! `eseal inspect FILE`: the structure of a file, without judgement.

use std::path::PathBuf;

use crate::args::AtArgs;
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct InspectArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(_context: &Context, args: &InspectArgs) -> Outcome {
    let _ = &args.file;
    Err(Failure::not_yet("inspect"))
}

//! `eseal lab DIR`: a whole demo office that works, checked against what is expected of it.

use std::path::PathBuf;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Args)]
pub(crate) struct LabArgs {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(_context: &Context, args: &LabArgs) -> Outcome {
    let _ = (&args.dir, args.force);
    Err(Failure::not_yet("lab"))
}

//! `eseal lab DIR`: a whole demo office that works, checked against what is expected of it.
//!
//! It is made in a folder beside DIR and gets its name when it is whole.

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

pub(crate) fn run(_context: &Context, _args: &LabArgs) -> Outcome {
    Err(Failure::not_yet("lab"))
}

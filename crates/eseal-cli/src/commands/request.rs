//! `eseal request new`: a key made inside a token, and a request for its certificate.

use crate::args::{OutArgs, SignerArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

#[derive(clap::Subcommand)]
pub(crate) enum RequestCommand {
    New(NewArgs),
}

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long, value_name = "DN")]
    subject: String,
    // Only `sign` is done yet; the word is open so that the refusal can say so.
    #[arg(long = "type", value_name = "TYPE", default_value = "sign")]
    kind: String,
    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn run(_context: &Context, command: &RequestCommand) -> Outcome {
    let _ = command;
    Err(Failure::not_yet("request"))
}

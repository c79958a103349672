//! `eseal completions SHELL`: a completion script on stdout.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::{help, output};

#[derive(clap::Args)]
pub(crate) struct CompletionsArgs {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(crate) fn run(context: &Context, args: &CompletionsArgs) -> Outcome {
    let mut tree = help::localize(Cli::command(), &context.messages);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut tree, "eseal", &mut script);
    output::to_stdout(&script)?;
    Ok(Exit::Done)
}

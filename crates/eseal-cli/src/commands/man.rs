//! `eseal man DIR`: the manual, one page a command, in the user's language.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::args::Cli;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::help;
use crate::output::Target;

#[derive(clap::Args)]
pub(crate) struct ManArgs {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &Context, args: &ManArgs) -> Outcome {
    std::fs::create_dir_all(&args.dir).map_err(|error| Failure::file("output-write", &args.dir, &error))?;
    let tree = help::localize(Cli::command(), &context.messages);
    let pages = page(&tree, "eseal", args.force, &args.dir)?;
    context.output.note(&context.text("text-man-written", &[("pages", pages.into())]));
    Ok(Exit::Done)
}

fn page(command: &clap::Command, name: &str, force: bool, folder: &Path) -> Outcome<i64> {
    let path = folder.join(format!("{name}.1"));
    let mut text = Vec::new();
    let titled = command.clone().name(name.to_owned()).display_name(name.to_owned());
    clap_mangen::Man::new(titled).render(&mut text).map_err(|error| Failure::file("output-write", &path, &error))?;
    Target::new(&path, force)?.write(&text)?;
    let mut pages = 1;
    for child in command.get_subcommands() {
        pages += page(child, &format!("{name}-{}", child.get_name()), force, folder)?;
    }
    Ok(pages)
}

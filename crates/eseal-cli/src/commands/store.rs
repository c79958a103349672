//! `eseal store backup|restore|migrate|check`: the keeper's work on the registry (登记库).

use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::PathBuf;

use serde_json::json;

use super::audit;
use crate::args::OutArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office;
use crate::output::{Target, is_stdout};

#[derive(clap::Subcommand)]
pub(crate) enum StoreCommand {
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Migrate,
    Check,
}

#[derive(clap::Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(context: &Context, command: &StoreCommand) -> Outcome {
    match command {
        StoreCommand::Backup(args) => backup(context, args),
        StoreCommand::Restore(args) => restore(context, args),
        StoreCommand::Migrate => migrate(context),
        StoreCommand::Check => check(context),
    }
}

fn backup(context: &Context, args: &BackupArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let store = office::registry(context)?;
    let mut end = None;
    target.stream_private(|out| {
        end = Some(store.back_up(out)?);
        Ok(())
    })?;
    let length = end.map_or(0, |end| end.length);
    context.output.note(&context.text("text-store-copied", &[("count", count(length))]));
    Ok(Exit::Done)
}

fn restore(context: &Context, args: &RestoreArgs) -> Outcome {
    let url = office::store(context, &context.home()?)?;
    let end = if is_stdout(&args.file) {
        url.restore(&mut BufReader::new(stdin()))?
    } else {
        let file = File::open(&args.file).map_err(|error| Failure::file("input-unreadable", &args.file, &error))?;
        url.restore(&mut BufReader::new(file)).map_err(|error| {
            let of_the_copy = error.code().starts_with("store-backup");
            let failure = Failure::from(error);
            if of_the_copy { failure.at(&args.file) } else { failure }
        })?
    };
    context.output.note(&context.text("text-store-restored", &[("count", count(end.length))]));
    Ok(Exit::Done)
}

fn migrate(context: &Context) -> Outcome {
    let done = office::registry(context)?.migration();
    if context.output.is_json() {
        context.output.json(&json!({"schema": "eseal.store-migrate/1", "from": done.from, "to": done.to}))?;
    } else {
        let id = if done.from == done.to { "text-store-current" } else { "text-store-migrated" };
        let values = [("from", done.from.into()), ("to", done.to.into())];
        context.output.text(&format!("{}\n", context.text(id, &values)))?;
    }
    Ok(Exit::Done)
}

fn check(context: &Context) -> Outcome {
    let store = office::registry(context)?;
    store.check_storage()?;
    audit::check_and_tell(context, &store)
}

fn count(number: u64) -> crate::messages::Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

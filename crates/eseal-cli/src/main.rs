//! The command `eseal`: electronic seals (电子印章) and SM2 soft certificates (软证书) from a terminal.
//!
//! A layer over the library: reads arguments and files, asks the library, prints. It knows no ASN.1, PDF or SM algorithm.
//! The clock is read here, once a run.

mod agent;
mod args;
mod commands;
mod configuration;
mod context;
mod errors;
mod exit;
mod failure;
mod hardware;
mod help;
mod interrupt;
mod judge;
mod kdf;
mod messages;
mod office;
mod output;
mod parallel;
mod pin;
mod show;
mod signer;
mod table;
mod usage;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use eseal::lang::Lang;
use eseal::time::Instant;
use serde_json::json;

use args::{Cli, Globals};
use context::Context;
use exit::Exit;
use failure::Failure;
use messages::Messages;
use output::{Output, Shape, When};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let messages = Messages::new(messages::choose_language(&arguments, |name| std::env::var_os(name)));
    exit::catch_bugs(&messages);
    catch_unwind(AssertUnwindSafe(|| run(&arguments, messages))).unwrap_or(Exit::Bug).into()
}

fn run(arguments: &[OsString], messages: Messages) -> Exit {
    let cli = match parse(arguments, &messages) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, arguments, &messages),
    };
    let output = output(&cli.globals);
    let context = Context { globals: cli.globals, messages, output, now: now() };
    match commands::run(&context, cli.command) {
        Ok(exit) => exit,
        Err(failure) => report(&failure, output.shape, &context.messages),
    }
}

fn parse(arguments: &[OsString], messages: &Messages) -> Result<Cli, clap::Error> {
    let matches = help::localize(Cli::command(), messages).try_get_matches_from(arguments)?;
    Cli::from_arg_matches(&matches)
}

fn not_parsed(error: &clap::Error, arguments: &[OsString], messages: &Messages) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nothing more can be said when stdout is gone.
            let _ = error.print();
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Exit::Usage
        }
        _ => {
            let named = |name: &str| arguments.iter().take_while(|word| *word != "--").any(|word| word == name);
            let shape = match (named("--json"), named("--jsonl")) {
                (true, _) => Shape::Json,
                (_, true) => Shape::JsonLines,
                _ => Shape::Text,
            };
            // The names of values are translated, JSON is not: there the English tree tells the fault.
            let failure = match parse(arguments, &Messages::new(Lang::En)) {
                Err(english) if shape != Shape::Text => usage::failure(&english),
                _ => usage::failure(error),
            };
            report(&failure, shape, messages)
        }
    }
}

/// Tells a failure: lines on stderr, and with `--json` one object on stdout.
fn report(failure: &Failure, shape: Shape, messages: &Messages) -> Exit {
    output::to_stderr(&failure.lines(messages));
    if shape != Shape::Text {
        let object = json!({"schema": "eseal.error/1", "error": failure.json(&Messages::new(Lang::En))});
        let text = if shape == Shape::Json { format!("{object:#}\n") } else { format!("{object}\n") };
        // The failure is already on stderr; the exit code stays its own.
        let _ = output::to_stdout(text.as_bytes());
    }
    failure.exit()
}

fn output(globals: &Globals) -> Output {
    let shape = match (globals.json, globals.jsonl) {
        (true, _) => Shape::Json,
        (_, true) => Shape::JsonLines,
        _ => Shape::Text,
    };
    let coloured = match globals.color {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    Output {
        shape,
        coloured: coloured && shape == Shape::Text,
        quiet: globals.quiet,
        verbose: globals.verbose,
        progress: globals.progress,
    }
}

/// The only look at the clock. A clock before 1970 counts as 1970.
fn now() -> Instant {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Instant::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

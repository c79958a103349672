//! `eseal verify FILE...`: asks every question about every stamp and says how each came out.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ArgAction;
use eseal::lang::Lang;
use eseal::time::Instant;
use eseal::verify::{Policy, Requirement, Verdict};
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, RevocationArgs};
use crate::context::{Context, DOCUMENT, read};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::judge::{self, Judged, judge};
use crate::messages::Messages;
use crate::output::{Shape, Target, to_stderr};
use crate::parallel;

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "CONTENT")]
    content: Option<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
    #[arg(long, value_name = "WHAT", action = ArgAction::Append)]
    require: Vec<RequireWord>,
    #[arg(long, value_name = "CHANGES")]
    allow_later: Option<AllowLater>,
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    // Signed status lists are read by a later version.
    #[arg(long, value_name = "FILE", hide = true)]
    status: Option<PathBuf>,
}

// What may not be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RequireWord {
    Status,
    Timestamp,
    Picture,
}

// Which later changes are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AllowLater {
    Forms,
    Annotations,
}

impl VerifyArgs {
    fn policy(&self) -> Policy {
        let require = self.require.iter().map(|word| match word {
            RequireWord::Status => Requirement::Status,
            RequireWord::Timestamp => Requirement::Timestamp,
            RequireWord::Picture => Requirement::Picture,
        });
        let allow_later = match self.allow_later {
            None => eseal::verify::AllowLater::Nothing,
            Some(AllowLater::Forms) => eseal::verify::AllowLater::Forms,
            Some(AllowLater::Annotations) => eseal::verify::AllowLater::Annotations,
        };
        Policy { require: require.collect(), allow_later, ..Policy::default() }
    }
}

pub(crate) fn run(context: &Context, args: &VerifyArgs) -> Outcome {
    if args.status.is_some() {
        return Err(Failure::not_yet("--status"));
    }
    if args.content.is_some() && args.files.len() != 1 {
        return Err(Failure::new("usage-content-one-file"));
    }
    let report = match &args.report {
        Some(path) if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("json")) => {
            return Err(Failure::not_yet(format!("--report {}", path.display())));
        }
        Some(path) => Some(Target::new(path, args.force)?),
        None => None,
    };
    let verifier = judge::verifier(context, &args.revocation, args.policy())?;
    let at = context.at(&args.at);
    let files = run_files(context, &args.files, args.jobs, "eseal.verify/1", at, |path| {
        let bytes = read(path, DOCUMENT)?;
        let judged = match &args.content {
            Some(content) => judge::judge_over(&verifier, &bytes, content, at)?,
            None => judge(&verifier, &bytes, at)?,
        };
        Ok((bytes, judged))
    })?;
    if let Some(report) = report {
        report.write(format!("{:#}\n", files.whole).as_bytes())?;
    }
    Ok(files.exit)
}

/// What judging several files came to.
pub(crate) struct Summary {
    /// The object over all files.
    whole: Json,
    /// The exit over all files.
    pub(crate) exit: Exit,
}

/// Judges files, several at a time, and prints each as soon as those before it are printed.
pub(crate) fn run_files(
    context: &Context,
    paths: &[PathBuf],
    jobs: Option<NonZeroUsize>,
    schema: &str,
    at: Instant,
    work: impl Fn(&Path) -> Outcome<(Vec<u8>, Judged)> + Sync,
) -> Outcome<Summary> {
    let output = context.output;
    let english = Messages::new(Lang::En);
    let bar = output.progress(paths.len());
    let interrupt = Interrupt::watch();
    let mut exit = Exit::Done;
    let mut worst: Option<Verdict> = None;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = Vec::new();
    let told = |path: &PathBuf| {
        let (bytes, judged) = work(path)?;
        let name = path.to_string_lossy();
        let text = if output.is_json() { String::new() } else { judge::file_text(context, &name, &judged) };
        Ok((judge::file_json(&name, &bytes, &judged), text, judged.verdict()))
    };
    parallel::in_order(paths, parallel::jobs(jobs, paths.len()), told, |path, result| {
        bar.inc(1);
        let (file, text) = match result {
            Ok((file, text, verdict)) => {
                exit = exit.worse(judge::exit_of(verdict));
                worst = worst.max(Some(verdict));
                *counts.entry(verdict.word()).or_default() += 1;
                (file, text)
            }
            Err(failure) => {
                let failure = failure.at(path);
                exit = exit.worse(failure.exit());
                *counts.entry("error").or_default() += 1;
                bar.suspend(|| to_stderr(&failure.lines(&context.messages)));
                (
                    json!({"path": path.to_string_lossy(), "verdict": null, "error": failure.json(&english)}),
                    String::new(),
                )
            }
        };
        if output.shape == Shape::JsonLines {
            let mut line = json!({"schema": schema, "kind": "file", "at": at.to_rfc3339()});
            line.as_object_mut().expect("just made").extend(file.as_object().cloned().unwrap_or_default());
            bar.suspend(|| output.json(&line))?;
        } else if !text.is_empty() {
            bar.suspend(|| output.text(&text))?;
        }
        files.push(file);
        if interrupt.came() && files.len() < paths.len() {
            return Err(Interrupt::failure(files.len(), paths.len()));
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    let whole = json!({
        "schema": schema,
        "verdict": worst.map(Verdict::word),
        "at": at.to_rfc3339(),
        "files": files,
    });
    match output.shape {
        Shape::Json => output.json(&whole)?,
        Shape::JsonLines => output.json(&json!({
            "schema": schema,
            "kind": "summary",
            "verdict": worst.map(Verdict::word),
            "at": at.to_rfc3339(),
            "files": paths.len(),
            "counts": counts,
            "exit": exit.code(),
        }))?,
        Shape::Text if paths.len() > 1 => output.text(&summary_text(context, paths.len(), &counts))?,
        Shape::Text => {}
    }
    Ok(Summary { whole, exit })
}

fn summary_text(context: &Context, files: usize, counts: &BTreeMap<&str, usize>) -> String {
    let lang = context.messages.lang();
    let mut parts = Vec::new();
    for verdict in Verdict::ALL {
        if let Some(count) = counts.get(verdict.word()) {
            parts.push(format!("{} {count}", verdict.label(lang)));
        }
    }
    if let Some(count) = counts.get("error") {
        parts.push(format!("{} {count}", context.text("text-unreadable", &[])));
    }
    let count = i64::try_from(files).unwrap_or(i64::MAX);
    format!("{}\n", context.text("text-summary", &[("count", count.into()), ("parts", parts.join(" · ").into())]))
}

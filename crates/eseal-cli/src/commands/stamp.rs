//! `eseal stamp IN...`: presses a seal on documents.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use eseal::cert::{RevocationPolicy, Trust};
use eseal::document::pdf::Pdf;
use eseal::key::Signer;
use eseal::lang::Lang;
use eseal::seal::Seal;
use eseal::stamp::{Permission, Place, PrintSize, Stamp};
use eseal::time::Instant;
use eseal::verify::{Check, Outcome as Answer, Policy, Report, StampReport, Verifier};
use serde_json::{Value as Json, json};

use crate::args::SignerArgs;
use crate::context::{Context, DOCUMENT, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Filling, Outcome};
use crate::interrupt::Interrupt;
use crate::judge;
use crate::messages::Messages;
use crate::output::{Shape, Target, is_stdout, to_stderr};
use crate::signer::Chosen;

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("to").required(true).args(["out", "out_dir", "dry_run"]).multiple(true)))]
pub(crate) struct StampArgs {
    #[arg(value_name = "IN", required = true)]
    inputs: Vec<PathBuf>,
    #[arg(long, value_name = "SEAL")]
    seal: PathBuf,
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long, value_name = "PLACE", action = ArgAction::Append, conflicts_with = "invisible", allow_hyphen_values = true)]
    place: Vec<String>,
    #[arg(long)]
    invisible: bool,
    #[arg(long, value_name = "NAME", conflicts_with_all = ["place", "invisible"])]
    field: Option<String>,
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    #[arg(long, value_name = "BLEND")]
    blend: Option<Blend>,
    #[arg(long, value_name = "CERTIFY", default_value = "none")]
    certify: Certify,
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    #[arg(short, long, value_name = "FILE", conflicts_with = "out_dir")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    later: LaterArgs,
}

// Flags of cli.md, 4, that a later version obeys. Known here so that they are refused by name and never ignored.
#[derive(clap::Args)]
struct LaterArgs {
    #[arg(long, value_name = "TEXT", hide = true)]
    keyword: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    nth: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true, allow_hyphen_values = true)]
    offset: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam_group: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    seam_at: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    format: Option<String>,
    #[arg(long, value_name = "TEXT", hide = true)]
    level: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    tsa: Option<String>,
    #[arg(long, value_name = "DIR", hide = true)]
    preview: Option<PathBuf>,
}

impl LaterArgs {
    fn refuse(&self) -> Outcome<()> {
        let given = [
            ("--keyword", self.keyword.is_some()),
            ("--nth", self.nth.is_some()),
            ("--offset", self.offset.is_some()),
            ("--seam", self.seam.is_some()),
            ("--seam-group", self.seam_group.is_some()),
            ("--seam-at", self.seam_at.is_some()),
            // What is done anyway may be asked for by name.
            ("--format", self.format.as_deref().is_some_and(|word| word != "seal")),
            ("--level", self.level.as_deref().is_some_and(|word| word != "b")),
            ("--tsa", self.tsa.is_some()),
            ("--preview", self.preview.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::not_yet(flag)),
            None => Ok(()),
        }
    }
}

// How the picture mixes with the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Blend {
    Normal,
    Multiply,
}

// What may still change after this stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Certify {
    None,
    Forms,
    Annotations,
}

/// What becomes of one input.
struct Job<'j> {
    input: &'j Path,
    out: PathBuf,
}

pub(crate) fn run(context: &Context, args: &StampArgs) -> Outcome {
    args.later.refuse()?;
    let place = place(args)?;
    let jobs = jobs(args)?;
    if context.output.is_json() && jobs.iter().any(|job| is_stdout(&job.out)) && !args.dry_run {
        return Err(Failure::new("usage-stdout-json"));
    }
    let seal = context.read(&args.seal, SMALL)?;
    let seal = Seal::from_bytes(&seal).map_err(|error| Failure::from(error).at(&args.seal))?;
    // What can be refused without the PIN is refused before it is asked for.
    let chosen = Chosen::of(context, &args.signer, |one| seal.signers().lists(one))?;
    let certificate = chosen.certificate().clone();
    let stamp = options(args, Stamp::new(&seal, &certificate, place)?)?;
    stamp.require_valid(context.now)?;
    if let [job] = jobs.as_slice()
        && !args.dry_run
    {
        Target::new(&job.out, args.force)?;
    }
    let key = if args.dry_run { None } else { Some(chosen.open(context)?.1) };
    let interrupt = Interrupt::watch();
    let bar = context.output.progress(jobs.len());
    let english = Messages::new(eseal::Lang::En);
    let (mut exit, mut files) = (Exit::Done, Vec::new());
    for (done, job) in jobs.iter().enumerate() {
        if interrupt.came() {
            bar.finish_and_clear();
            return Err(Interrupt::failure(done, jobs.len()));
        }
        let result = match &key {
            Some(key) => press(context, args, &stamp, &**key, job),
            None => plan(context, &stamp, job),
        };
        bar.inc(1);
        let file = match result {
            Ok(file) => {
                let values =
                    [("path", job.input.display().to_string().into()), ("out", job.out.display().to_string().into())];
                let id = if args.dry_run { "text-would-stamp" } else { "text-stamped" };
                if !context.output.is_json() {
                    bar.suspend(|| context.output.note(&context.text(id, &values)));
                }
                file
            }
            Err(failure) => {
                let failure = failure.at(job.input);
                exit = exit.worse(failure.exit());
                bar.suspend(|| to_stderr(&failure.lines(&context.messages)));
                json!({"path": job.input.to_string_lossy(), "out": null, "error": failure.json(&english)})
            }
        };
        if context.output.shape == Shape::JsonLines {
            let mut line = json!({"schema": "eseal.stamp/1", "kind": "file"});
            line.as_object_mut().expect("just made").extend(file.as_object().cloned().unwrap_or_default());
            bar.suspend(|| context.output.json(&line))?;
        }
        files.push(file);
    }
    bar.finish_and_clear();
    let failed = files.iter().filter(|file| !file["error"].is_null()).count();
    match context.output.shape {
        Shape::Text => {}
        Shape::Json => context.output.json(&json!({
            "schema": "eseal.stamp/1",
            "dry_run": args.dry_run,
            "seal": {"id": seal.id(), "name": seal.name()},
            "signer": {"subject": certificate.subject().to_string(), "serial": certificate.serial().to_string()},
            "files": files,
            "exit": exit.code(),
        }))?,
        Shape::JsonLines => context.output.json(&json!({
            "schema": "eseal.stamp/1",
            "kind": "summary",
            "files": files.len(),
            "failed": failed,
            "exit": exit.code(),
        }))?,
    }
    Ok(exit)
}

/// Where the stamp shows, by the flags. Never guessed.
fn place(args: &StampArgs) -> Outcome<Place> {
    if let Some(field) = &args.field {
        return Ok(Place::field(field));
    }
    if args.invisible {
        return Ok(Place::invisible());
    }
    let mut places = args.place.iter().map(|text| text.parse::<Place>());
    let Some(first) = places.next() else { return Err(Failure::new("stamp-place-missing")) };
    let mut all = first?;
    for place in places {
        all = all.and(place?)?;
    }
    Ok(all)
}

fn options(args: &StampArgs, mut stamp: Stamp) -> Outcome<Stamp> {
    if let Some(size) = &args.size {
        stamp = stamp.size(size.parse::<PrintSize>()?);
    }
    // Without the flag the picture decides: an opaque one would hide the text beneath.
    stamp = match args.blend {
        None => stamp,
        Some(Blend::Normal) => stamp.blend(eseal::stamp::Blend::Normal),
        Some(Blend::Multiply) => stamp.blend(eseal::stamp::Blend::Multiply),
    };
    stamp = match args.certify {
        Certify::None => stamp,
        Certify::Forms => stamp.certify(Permission::FillForms),
        Certify::Annotations => stamp.certify(Permission::Annotate),
    };
    if let Some(reason) = &args.reason {
        stamp = stamp.reason(reason);
    }
    if let Some(location) = &args.location {
        stamp = stamp.location(location);
    }
    if let Some(filter) = &args.filter {
        stamp = stamp.filter(filter);
    }
    Ok(stamp)
}

/// Which result each input gets; refuses what would write two results to one name.
fn jobs(args: &StampArgs) -> Outcome<Vec<Job<'_>>> {
    let mut jobs: Vec<Job<'_>> = Vec::with_capacity(args.inputs.len());
    for input in &args.inputs {
        let out = match (&args.out, &args.out_dir) {
            (Some(out), _) if args.inputs.len() > 1 => return Err(Failure::new("usage-one-output").at(out)),
            (Some(out), _) => out.clone(),
            (None, Some(folder)) => folder.join(input.file_name().unwrap_or(input.as_os_str())),
            // Only a dry run has neither.
            (None, None) => input.clone(),
        };
        if jobs.iter().any(|other| other.out == out) {
            return Err(Failure::new("usage-same-name").at(&out));
        }
        jobs.push(Job { input, out });
    }
    if let (Some(folder), false) = (&args.out_dir, args.dry_run) {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file("output-write", folder, &error))?;
    }
    Ok(jobs)
}

/// Says what would be done, and whether it could be.
fn plan(context: &Context, stamp: &Stamp, job: &Job<'_>) -> Outcome<Json> {
    let bytes = context.read(job.input, DOCUMENT)?;
    let pdf = Pdf::parse(&bytes)?;
    stamp.prepare(&pdf, context.now)?;
    Ok(json!({"path": job.input.to_string_lossy(), "out": job.out.to_string_lossy()}))
}

/// Stamps one document. The result is verified before it gets its name.
fn press(context: &Context, args: &StampArgs, stamp: &Stamp, key: &dyn Signer, job: &Job<'_>) -> Outcome<Json> {
    let target = Target::new(&job.out, args.force)?;
    let bytes = context.read(job.input, DOCUMENT)?;
    let pdf = Pdf::parse(&bytes)?;
    let stamped = stamp.apply(&pdf, key, context.now)?;
    let report = check(&pdf, &stamped.bytes, context.now)?;
    target.write(&stamped.bytes)?;
    let places = report.stamps().last().map(|last| judge::places_json(&last.places));
    Ok(json!({
        "path": job.input.to_string_lossy(),
        "out": job.out.to_string_lossy(),
        "places": places,
        "byte_range": stamped.byte_range,
        "data_hash": stamped.data_hash.to_string(),
        "sm3": eseal::sm::sm3(&stamped.bytes).to_string(),
    }))
}

/// Questions whose failure means that the file was put together wrongly.
const OUR_WORK: &[Check] =
    &[Check::Format, Check::Signature, Check::DocumentHash, Check::Coverage, Check::LaterChanges, Check::PictureShown];

/// Verifies a result: the new stamp has no failed answer, and no earlier one has more than before.
///
/// Without trust: who may be trusted is the reader's affair, whether the stamp is whole is ours.
fn check(before: &Pdf<'_>, after: &[u8], now: Instant) -> Outcome<Report> {
    let policy = Policy { revocation: RevocationPolicy::None, ..Policy::default() };
    let verifier = Verifier::new(&Trust::new()).policy(policy);
    let unread = |code: &'static str| Failure::new("stamp-self-check").with("what", code);
    let pdf = Pdf::parse(after).map_err(|error| unread(error.code()))?;
    let report = verifier.verify(&pdf, now).map_err(|error| unread(error.code()))?;
    let earlier = if before.signatures()?.is_empty() { None } else { Some(verifier.verify(before, now)?) };
    let fails = |stamp: &StampReport| -> Vec<_> {
        let failed = stamp.findings().iter().filter(|finding| finding.outcome == Answer::Fail);
        failed.map(|finding| (finding.check, finding.code)).collect()
    };
    let count = earlier.as_ref().map_or(0, |report| report.stamps().len());
    if report.stamps().len() != count + 1 {
        return Err(unread("stamps"));
    }
    for stamp in report.stamps() {
        let known = earlier.iter().flat_map(Report::stamps).find(|old| old.field == stamp.field);
        let excused = known.map(fails).unwrap_or_default();
        let Some((check, code)) = fails(stamp).into_iter().find(|fail| !excused.contains(fail)) else { continue };
        if known.is_some() || OUR_WORK.contains(&check) {
            return Err(unread(code));
        }
        let reason = |lang| eseal::verify::label_of(code, lang).unwrap_or(code);
        return Err(Failure::new("stamp-would-be-invalid")
            .fill("check", Filling::Label(check.label(Lang::ZhCn), check.label(Lang::En)))
            .fill("reason", Filling::Label(reason(Lang::ZhCn), reason(Lang::En)))
            .with("finding", code));
    }
    Ok(report)
}

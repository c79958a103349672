//! `eseal officer …`: who may approve acts of the office, and what they approve.

mod approve;

use eseal::authority::{self, Duty, Officer};
use eseal::cert::{Certificate, SerialNumber};
use eseal::registry::{Registry, Standing};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use super::cert::which::Which;
use crate::args::AtArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::office;
use crate::output::{Shape, local_time};
use crate::table::table;

#[derive(clap::Subcommand)]
pub(crate) enum OfficerCommand {
    Appoint(AppointArgs),
    Dismiss(DismissArgs),
    List(ListArgs),
    Approve(approve::ApproveArgs),
}

#[derive(clap::Args)]
pub(crate) struct AppointArgs {
    // A serial number, or a file with the certificate.
    #[arg(value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    which: Which,
    #[arg(long = "duty", value_name = "DUTY", required = true, value_delimiter = ',', value_parser = duties())]
    duties: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct DismissArgs {
    // A serial number, or a file with the certificate.
    #[arg(value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    which: Which,
}

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    #[arg(long = "duty", value_name = "DUTY", value_parser = duties())]
    duty: Option<String>,
    #[command(flatten)]
    at: AtArgs,
}

fn duties() -> clap::builder::PossibleValuesParser {
    Duty::ALL.iter().map(|duty| duty.word()).collect::<Vec<_>>().into()
}

pub(crate) fn run(context: &Context, command: &OfficerCommand) -> Outcome {
    match command {
        OfficerCommand::Appoint(args) => appoint(context, args),
        OfficerCommand::Dismiss(args) => dismiss(context, args),
        OfficerCommand::List(args) => list(context, args),
        OfficerCommand::Approve(args) => approve::run(context, args),
    }
}

/// The certificate of this office that is meant: an officer is known by it, so the registry's own copy counts.
fn certificate(context: &Context, which: &Which) -> Outcome<Certificate> {
    let serial: SerialNumber = which.serial(context)?;
    Ok(Certificate::from_der(&office::record(context, &serial)?.der)?)
}

fn appoint(context: &Context, args: &AppointArgs) -> Outcome {
    let certificate = certificate(context, &args.which)?;
    let duties: Vec<Duty> = args.duties.iter().filter_map(|word| Duty::from_word(word)).collect();
    let mut registry = office::registry(context)?;
    let officer = authority::appoint(&mut *registry, &certificate, &duties, &office::note(context))?;
    tell(context, &*registry, &officer, "text-officer-appointed")
}

fn dismiss(context: &Context, args: &DismissArgs) -> Outcome {
    let certificate = certificate(context, &args.which)?;
    let mut registry = office::registry(context)?;
    let officer = authority::dismiss(&mut *registry, &certificate, &office::note(context))?;
    tell(context, &*registry, &officer, "text-officer-dismissed")
}

fn tell(context: &Context, registry: &dyn Registry, officer: &Officer, text: &str) -> Outcome {
    if context.output.is_json() {
        let mut object = officer_json(officer, officer.standing(registry, context.now)?);
        object["schema"] = "eseal.officer/1".into();
        context.output.json(&object)?;
        return Ok(Exit::Done);
    }
    let values = [("subject", officer.name().into()), ("duties", duties_of(context, officer).into())];
    context.output.note(&context.text(text, &values));
    Ok(Exit::Done)
}

fn list(context: &Context, args: &ListArgs) -> Outcome {
    let at = context.at(&args.at);
    let registry = office::registry(context)?;
    let wanted = args.duty.as_deref().and_then(Duty::from_word);
    let mut found = Vec::new();
    for officer in authority::officers(&*registry)? {
        // As of a time before the appointment nobody was an officer yet.
        let has = wanted.is_none_or(|duty| officer.duties().contains(&duty));
        if has && officer.appointed() <= at {
            let standing = officer.standing(&*registry, at)?;
            found.push((officer, standing));
        }
    }
    match context.output.shape {
        Shape::Json => {
            let all: Vec<_> = found.iter().map(|(officer, standing)| officer_json(officer, *standing)).collect();
            context.output.json(&json!({"schema": "eseal.officers/1", "at": at.to_rfc3339(), "officers": all}))?;
        }
        Shape::JsonLines => {
            for (officer, standing) in &found {
                let mut object = officer_json(officer, *standing);
                object["schema"] = "eseal.officers/1".into();
                object["kind"] = "officer".into();
                context.output.json(&object)?;
            }
            let count = found.len();
            context.output.json(&json!({"schema": "eseal.officers/1", "kind": "summary", "officers": count}))?;
        }
        Shape::Text => {
            if !found.is_empty() {
                context.output.text(&rows(context, &found, at))?;
            }
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            context.output.note(&context.text("text-officers-listed", &[("count", count.into())]));
        }
    }
    Ok(Exit::Done)
}

fn rows(context: &Context, found: &[(Officer, Option<Standing>)], at: Instant) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let lang = context.messages.lang();
    let mut rows = vec![["officer-status", "duties", "appointed", "serial", "subject"].map(label).to_vec()];
    rows.extend(found.iter().map(|(officer, standing)| {
        let status = match (officer.dismissed().filter(|dismissed| *dismissed <= at), standing) {
            (Some(_), _) => context.text("text-officer-is-dismissed", &[]),
            (None, Some(standing)) => standing.label(lang).to_owned(),
            (None, None) => "-".to_owned(),
        };
        vec![
            status,
            duties_of(context, officer),
            local_time(officer.appointed()),
            officer.certificate().serial().to_string(),
            one_line(&officer.name()),
        ]
    }));
    table(&rows)
}

fn duties_of(context: &Context, officer: &Officer) -> String {
    let lang = context.messages.lang();
    let comma = lang.pick("、", ", ");
    officer.duties().iter().map(|duty| duty.label(lang)).collect::<Vec<_>>().join(comma)
}

fn officer_json(officer: &Officer, standing: Option<Standing>) -> Json {
    json!({
        "subject": officer.name(),
        "serial": officer.certificate().serial().to_string(),
        "sm3": officer.certificate().sm3().to_string(),
        "duties": officer.duties().iter().map(|duty| duty.word()).collect::<Vec<_>>(),
        "appointed": officer.appointed().to_rfc3339(),
        "dismissed": officer.dismissed().map(Instant::to_rfc3339),
        "status": standing.map(Standing::word),
    })
}

/// The approvals in these files.
pub(crate) fn approvals(context: &Context, paths: &[std::path::PathBuf]) -> Outcome<Vec<authority::Approval>> {
    let read = |path: &std::path::PathBuf| {
        let bytes = context.read(path, authority::Approval::MAX_BYTES as u64)?;
        authority::Approval::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
    };
    paths.iter().map(read).collect()
}

//! `eseal cert apply|approve|refuse|applications`: from who asks for a certificate to the codes that a request is made with.

use std::path::PathBuf;

use eseal::authority::{self, ActivationCodes, Application, ApplicationState, Assent, Filing};
use eseal::cert::Name;
use eseal::registry::Cursor;
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::AtArgs;
use crate::commands::officer;
use crate::configuration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Outcome, one_line};
use crate::office::{self, Authority};
use crate::output::{Shape, Target, local_time};
use crate::table::table;

/// The applications that are read at a time.
const PAGE: usize = 500;

#[derive(clap::Args)]
pub(crate) struct ApplyArgs {
    #[arg(long, value_name = "DN")]
    subject: String,
    #[arg(long, value_name = "PROFILE")]
    profile: String,
    #[arg(long)]
    pair: bool,
    #[arg(long, value_name = "CODE")]
    organization_code: Option<String>,
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: Option<u32>,
}

#[derive(clap::Args)]
pub(crate) struct ApproveArgs {
    #[arg(value_name = "REFERENCE")]
    reference: String,
    // What officers signed: eseal officer approve --application.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    #[arg(long, conflicts_with = "approvals")]
    alone: bool,
    #[arg(long, value_name = "FILE")]
    code_to: Option<PathBuf>,
    #[arg(long, requires = "code_to")]
    force: bool,
}

#[derive(clap::Args)]
pub(crate) struct RefuseArgs {
    #[arg(value_name = "REFERENCE")]
    reference: String,
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(clap::Args)]
pub(crate) struct ApplicationsArgs {
    // Without it, all of them.
    #[arg(value_name = "REFERENCE")]
    reference: Option<String>,
    #[arg(long, value_name = "STATE", value_parser = states())]
    state: Option<String>,
    #[command(flatten)]
    at: AtArgs,
}

fn states() -> clap::builder::PossibleValuesParser {
    ApplicationState::ALL.iter().map(|state| state.word()).collect::<Vec<_>>().into()
}

pub(crate) fn apply(context: &Context, args: &ApplyArgs) -> Outcome {
    let filing = Filing {
        subject: Name::parse(&args.subject)?,
        profile: args.profile.clone(),
        organization: args.organization_code.clone(),
        region: args.region.clone(),
        days: args.days,
        pair: args.pair,
    };
    let profiles = configuration::profiles(context)?;
    let mut registry = office::registry(context)?;
    let filed = authority::file_application(&mut registry, &filing, &profiles, &office::note(context))?;
    if context.output.is_json() {
        context.output.json(&told(context, "eseal.cert-apply/1", &filed))?;
    } else {
        context.output.text(&format!("{}\n", filed.reference()))?;
        context.output.note(&context.text("text-application-filed", &[]));
    }
    Ok(Exit::Done)
}

pub(crate) fn approve(context: &Context, args: &ApproveArgs) -> Outcome {
    let target = args.code_to.as_deref().map(|path| Target::new(path, args.force)).transpose()?;
    let issuing = office::certificate(context, Authority::Issuing)?;
    let approvals = officer::approvals(context, &args.approvals)?;
    let assent = if args.alone { Assent::Alone } else { Assent::Another(&approvals) };
    let mut registry = office::registry(context)?;
    let note = office::note(context);
    let ActivationCodes { application, code, until } =
        authority::approve_application(&mut registry, &args.reference, &issuing, assent, &note)?;
    let code = code.reveal();
    if let Some(target) = &target {
        target.write_private(format!("{}\n", code.as_str()).as_bytes())?;
    }
    if context.output.is_json() {
        let mut object = told(context, "eseal.cert-approve/1", &application);
        object["code"] = if target.is_none() { code.as_str().into() } else { Json::Null };
        context.output.json(&object)?;
    } else {
        // Data, not a note: it is there this once, and --quiet must not lose it.
        if target.is_none() {
            context.output.text(&format!("{}\n", code.as_str()))?;
        }
        let values = [
            ("reference", application.reference().to_owned().into()),
            ("subject", application.filing().subject.to_string().into()),
            ("until", local_time(until).into()),
        ];
        context.output.note(&context.text("text-application-approved", &values));
    }
    Ok(Exit::Done)
}

pub(crate) fn refuse(context: &Context, args: &RefuseArgs) -> Outcome {
    let mut registry = office::registry(context)?;
    let note = office::note(context);
    let refused = authority::refuse_application(&mut registry, &args.reference, &args.reason, &note)?;
    if context.output.is_json() {
        context.output.json(&told(context, "eseal.cert-refuse/1", &refused))?;
    } else {
        let values = [
            ("reference", refused.reference().to_owned().into()),
            ("subject", refused.filing().subject.to_string().into()),
        ];
        context.output.note(&context.text("text-application-refused", &values));
    }
    Ok(Exit::Done)
}

pub(crate) fn list(context: &Context, args: &ApplicationsArgs) -> Outcome {
    let at = context.at(&args.at);
    let registry = office::registry(context)?;
    let wanted = |one: &Application| {
        one.filed().1 <= at && args.state.as_ref().is_none_or(|state| one.state(at).word() == state)
    };
    let mut found = Vec::new();
    match &args.reference {
        Some(reference) => found.extend(Some(authority::application(&registry, reference)?).filter(wanted)),
        None => {
            let mut after = Some(Cursor::START);
            while let Some(from) = after {
                let page = authority::applications(&registry, from, PAGE)?;
                found.extend(page.records.into_iter().filter(wanted));
                after = page.next;
            }
        }
    }
    match context.output.shape {
        Shape::Json => context.output.json(&json!({
            "schema": "eseal.applications/1",
            "at": at.to_rfc3339(),
            "applications": found.iter().map(|one| application_json(one, at)).collect::<Vec<_>>(),
        }))?,
        Shape::JsonLines => {
            found.iter().try_for_each(|one| context.output.json(&application_json(one, at)))?;
            let summary = json!({
                "kind": "summary", "schema": "eseal.applications/1", "at": at.to_rfc3339(), "count": found.len(),
            });
            context.output.json(&summary)?;
        }
        Shape::Text => {
            if !found.is_empty() {
                context.output.text(&rows(context, &found, at))?;
            }
            let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
            context.output.note(&context.text("text-applications-listed", &[("count", count.into())]));
        }
    }
    Ok(Exit::Done)
}

fn rows(context: &Context, found: &[Application], at: Instant) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut rows = vec![["reference", "status", "filed", "profile", "subject", "reason"].map(label).to_vec()];
    rows.extend(found.iter().map(|one| {
        vec![
            one.reference().to_owned(),
            one.state(at).label(context.messages.lang()).to_owned(),
            local_time(one.filed().1),
            one_line(&one.filing().profile),
            one_line(&one.filing().subject.to_string()),
            one_line(one.reason().unwrap_or_default()),
        ]
    }));
    table(&rows)
}

/// An application as what an act came to.
fn told(context: &Context, schema: &str, application: &Application) -> Json {
    let mut object = application_json(application, context.now);
    object["schema"] = schema.into();
    object
}

fn application_json(application: &Application, at: Instant) -> Json {
    let filing = application.filing();
    let whom = |(by, at): (&str, Instant)| json!({"by": by, "at": at.to_rfc3339()});
    json!({
        "reference": application.reference(),
        "state": application.state(at).word(),
        "subject": filing.subject.to_string(),
        "profile": filing.profile,
        "pair": filing.pair,
        "organization": filing.organization,
        "region": filing.region,
        "days": filing.days,
        "filed": whom(application.filed()),
        "decided": application.decided().map(whom),
        "officers": application.officers(),
        "reason": application.reason(),
        "until": application.until().map(Instant::to_rfc3339),
        "answered": application.answered().map(Instant::to_rfc3339),
        "wrong_codes": application.wrong_codes(),
        "order": application.order(),
        "object": application.object().to_string(),
    })
}

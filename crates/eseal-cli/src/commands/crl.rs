//! `eseal crl build|show`: revocation lists.

use std::path::PathBuf;

use eseal::authority::ListScope;
use eseal::cert::{Reason, RevocationList};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::Authority;
use crate::output::{Target, local_time};
use crate::table::{Sheet, hex, table};

#[derive(clap::Subcommand)]
pub(crate) enum CrlCommand {
    Build(BuildArgs),
    Show(ShowArgs),
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
pub(crate) struct BuildArgs {
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u32,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, command: &CrlCommand) -> Outcome {
    match command {
        CrlCommand::Build(args) => build(context, args),
        CrlCommand::Show(args) => show(context, args),
    }
}

fn build(context: &Context, args: &BuildArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let which = if args.root { Authority::Root } else { Authority::Issuing };
    let pin = args.authority.key_pin_from.as_ref();
    let list = crate::office::revocation_list(context, which, pin, &ListScope::Full, args.days)?;
    target.write(list.to_pem().as_bytes())?;
    let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
    context.output.note(&context.text("text-list-built", &[("count", count.into())]));
    Ok(Exit::Done)
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let bytes = context.read(&args.file, RevocationList::MAX_FILE as u64)?;
    let lists = RevocationList::many_from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.file))?;
    let at = context.at(&args.at);
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.crl/1",
            "at": at.to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "lists": lists.iter().map(|list| list_json(list, at)).collect::<Vec<_>>(),
        }))?;
    } else {
        let sheets: Vec<_> = lists.iter().map(|list| list_text(context, list, at)).collect();
        context.output.text(&sheets.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// How a list stands at a time, as a stable word: `current`, `not-yet`, `over`.
fn standing(list: &RevocationList, at: Instant) -> &'static str {
    if at < list.this_update() {
        "not-yet"
    } else if list.next_update().is_none_or(|next| at <= next) {
        "current"
    } else {
        "over"
    }
}

fn list_json(list: &RevocationList, at: Instant) -> Json {
    json!({
        "issuer": list.issuer().to_string(),
        "number": list.number().map(|number| number.to_string()),
        "this_update": list.this_update().to_rfc3339(),
        "next_update": list.next_update().map(Instant::to_rfc3339),
        "period": standing(list, at),
        "authority_key_id": list.authority_key_id().map(hex),
        "signature_algorithm": list.signature_algorithm(),
        "entries": list.entries().map(|entry| json!({
            "serial": entry.serial.to_string(),
            "at": entry.at.to_rfc3339(),
            "reason": entry.reason.map(Reason::word),
            "invalidity_date": entry.invalidity_date.map(Instant::to_rfc3339),
        })).collect::<Vec<_>>(),
        "sm3": list.sm3().to_string(),
    })
}

fn list_text(context: &Context, list: &RevocationList, at: Instant) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let lang = context.messages.lang();
    let mut sheet = Sheet::default();
    sheet.line(label("issuer"), list.issuer().to_string());
    sheet.maybe(label("list-number"), list.number().map(|number| number.to_string()));
    sheet.line(label("this-update"), local_time(list.this_update()));
    let state = context.text(&format!("text-list-{}", standing(list, at)), &[]);
    let next = list.next_update().map_or_else(|| "–".to_owned(), local_time);
    sheet.line(label("next-update"), format!("{next} ({state})"));
    sheet.line(label("entries"), list.len().to_string());
    sheet.line("SM3", list.sm3().to_string());
    let rows: Vec<Vec<String>> = list
        .entries()
        .map(|entry| {
            let reason = entry.reason.map(|reason| reason.label(lang)).unwrap_or_default();
            vec![format!("  {}", entry.serial), local_time(entry.at), reason.to_owned()]
        })
        .collect();
    format!("{}{}", sheet.text(0), table(&rows))
}

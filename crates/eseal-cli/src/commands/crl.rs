//! `eseal crl build|show`: revocation lists.

use std::path::{Path, PathBuf};

use eseal::authority::ListScope;
use eseal::cert::{Reason, RevocationList};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, AuthorityArgs};
use crate::context::{Context, files};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{Authority, Lists};
use crate::output::{Target, is_stdout, local_time};
use crate::table::{Sheet, hex, table};

#[derive(clap::Subcommand)]
pub(crate) enum CrlCommand {
    Build(BuildArgs),
    Show(ShowArgs),
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
#[command(group(clap::ArgGroup::new("about").multiple(false)))]
#[command(group(clap::ArgGroup::new("to").required(true).multiple(false)))]
pub(crate) struct BuildArgs {
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, value_name = "NUMBER", group = "about")]
    delta_from: Option<u64>,
    #[arg(long, value_name = "URI", group = "about")]
    point: Option<String>,
    #[arg(long, group = "about", requires = "out_dir")]
    all_points: bool,
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    days: u32,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(long)]
    der: bool,
    #[arg(short, long, value_name = "FILE", group = "to")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "DIR", group = "to", requires = "all_points")]
    out_dir: Option<PathBuf>,
    #[arg(long)]
    force: bool,
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
    let which = if args.root { Authority::Root } else { Authority::Issuing };
    let about = match (args.delta_from, &args.point) {
        _ if args.all_points => Lists::AllPoints,
        (Some(base), _) => Lists::One(ListScope::Delta { base }),
        (None, Some(uri)) => Lists::One(ListScope::Point(uri.clone())),
        (None, None) => Lists::One(ListScope::Full),
    };
    let target = args.out.as_deref().map(|path| Target::new(path, args.force)).transpose()?;
    if let Some(folder) = &args.out_dir {
        make_folder(folder, args.force)?;
    }
    let pin = args.authority.key_pin_from.as_ref();
    let lists = crate::office::revocation_lists(context, which, pin, &about, args.days)?;
    let mut built = Vec::new();
    for (place, list) in lists.iter().enumerate() {
        // What lies at a distribution point is DER; RFC 5280, 4.2.1.13.
        let der = args.der || args.out_dir.is_some();
        let pem = if der { String::new() } else { list.to_pem() };
        let bytes = if der { list.as_der() } else { pem.as_bytes() };
        let path = match (&target, &args.out_dir) {
            (Some(target), _) => {
                target.write(bytes)?;
                args.out.clone().unwrap_or_default()
            }
            (None, folder) => {
                let path = folder.clone().unwrap_or_default().join(format!("{place}.crl"));
                Target::new(&path, true)?.write(bytes)?;
                path
            }
        };
        let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
        context.output.note(&context.text("text-list-built", &[("count", count.into())]));
        built.push(built_json(&path, list));
    }
    // Data of its own goes to stdout only where the list itself does not.
    if context.output.is_json() && !args.out.as_deref().is_some_and(is_stdout) {
        context.output.json(&json!({"schema": "eseal.crl-build/1", "lists": built}))?;
    }
    Ok(Exit::Done)
}

/// The folder for the lists of all points: made if need be, and without lists of an earlier run unless forced.
fn make_folder(folder: &Path, force: bool) -> Outcome<()> {
    if !force && folder.is_dir() && !files(folder, &["crl"])?.is_empty() {
        return Err(Failure::new("output-exists").at(folder));
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("output-write", folder, &error))
}

fn built_json(path: &Path, list: &RevocationList) -> Json {
    json!({
        "path": path.to_string_lossy(),
        "number": list.number().map(|number| number.to_string()),
        "base": list.base().map(|base| base.to_string()),
        "point": list.point(),
        "entries": list.len(),
        "next_update": list.next_update().map(Instant::to_rfc3339),
        "sm3": list.sm3().to_string(),
    })
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
        "base": list.base().map(|base| base.to_string()),
        "point": list.point(),
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
    sheet.maybe(label("list-base"), list.base().map(|base| base.to_string()));
    sheet.maybe(label("list-point"), list.point());
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

//! `eseal token new|show|install|change-pin`: the soft certificate's file.

use std::path::PathBuf;

use eseal::cert::CertificateResponse;
use eseal::token::{NewToken, Token, TokenFile, TokenInfo};
use serde_json::{Value as Json, json};

use crate::args::AtArgs;
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::local_time;
use crate::pin::{PinSource, Wanted};
use crate::table::{Sheet, hex};
use crate::{show, signer};

#[derive(clap::Subcommand)]
pub(crate) enum TokenCommand {
    New(NewArgs),
    Show(ShowArgs),
    Install(InstallArgs),
    ChangePin(ChangePinArgs),
}

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "LEVEL", default_value = "device")]
    level: LevelWord,
    #[arg(long, value_name = "FILE")]
    unlocker: Option<PathBuf>,
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

// How far a token is bound to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LevelWord {
    File,
    Device,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(clap::Args)]
pub(crate) struct InstallArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(value_name = "RESPONSE")]
    response: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
}

#[derive(clap::Args)]
pub(crate) struct ChangePinArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_pin_from: Option<PinSource>,
}

pub(crate) fn run(context: &Context, command: &TokenCommand) -> Outcome {
    match command {
        TokenCommand::New(args) => new(context, args),
        TokenCommand::Show(args) => show(context, args),
        TokenCommand::Install(args) => install(context, args),
        TokenCommand::ChangePin(args) => change_pin(context, args),
    }
}

fn new(context: &Context, args: &NewArgs) -> Outcome {
    if std::fs::symlink_metadata(&args.token).is_ok() {
        return Err(Failure::new("token-exists").at(&args.token));
    }
    let unlocker = match &args.unlocker {
        Some(path) => Some(context.certificate(path)?),
        None => None,
    };
    let label = args
        .label
        .clone()
        .unwrap_or_else(|| args.token.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default());
    let pin = signer::pin(context, args.pin_from.as_ref(), Wanted::FIRST_PIN)?;
    let device = match args.level {
        LevelWord::File => None,
        LevelWord::Device => Some(signer::device_secret_or_new(context)?),
    };
    let new = match &device {
        None => NewToken { unlocker, ..NewToken::file(label, &pin) },
        Some(device) => NewToken { unlocker, ..NewToken::device(label, &pin, device) },
    };
    let (token, code) = Token::create(TokenFile::new(&args.token), new, context.now)
        .map_err(|error| Failure::from(error).at(&args.token))?;
    let code = code.map(|code| code.reveal());
    if context.output.is_json() {
        let serial = token.info()?.serial;
        let code = code.as_ref().map(|code| code.as_str());
        context.output.json(&json!({"schema": "eseal.token-new/1", "serial": serial, "recovery_code": code}))?;
    } else if let Some(code) = code {
        // Data, not a note: it is there this once, and --quiet must not lose it.
        context.output.text(&format!("{}\n", code.as_str()))?;
        context.output.note(&context.text("text-recovery-code", &[]));
    }
    Ok(Exit::Done)
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let (_, info) = signer::token_info(&args.token)?;
    let at = context.at(&args.at);
    if context.output.is_json() {
        let mut object =
            json!({"schema": "eseal.token/1", "at": at.to_rfc3339(), "path": args.token.to_string_lossy()});
        object.as_object_mut().expect("just made").extend(info_json(&info, at));
        context.output.json(&object)?;
    } else {
        context.output.text(&info_text(context, &info, at))?;
    }
    Ok(Exit::Done)
}

fn info_json(info: &TokenInfo, at: eseal::time::Instant) -> serde_json::Map<String, Json> {
    let object = json!({
        "version": info.version,
        "serial": info.serial,
        "epoch": info.epoch,
        "label": info.label,
        "created": info.created.to_rfc3339(),
        "level": info.level.word(),
        "min_pin_length": info.min_pin_length,
        "max_tries": info.max_tries,
        "tries_left": info.tries_left,
        "locked": info.locked,
        "export_allowed": info.export_allowed,
        "kdf_iterations": info.kdf.map(|cost| cost.count()),
        "slots": info.slots.iter().map(|slot| slot.word()).collect::<Vec<_>>(),
        "escrow": info.escrow().word(),
        "unlocker": info.unlocker.as_ref().map(|unlocker| json!({
            "name": unlocker.name, "sm3": unlocker.certificate.to_string(),
        })),
        "keys": info.objects.iter().map(|object| json!({
            "id": object.id.to_string(),
            "use": object.key_use.word(),
            "public": hex(&object.public_key.to_sec1()),
            "certificates": object.certificates.iter().map(|one| show::certificate_json(one, at)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    match object {
        Json::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}

fn info_text(context: &Context, info: &TokenInfo, at: eseal::time::Instant) -> String {
    let lang = context.messages.lang();
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("label"), &info.label);
    sheet.line(label("serial"), &info.serial);
    sheet.line(label("created"), local_time(info.created));
    sheet.line(label("level"), info.level.label(lang));
    let tries = if info.locked {
        context.text("text-token-locked", &[])
    } else {
        let (left, most) = (i64::from(info.tries_left), i64::from(info.max_tries));
        context.text("text-token-tries", &[("left", left.into()), ("limit", most.into())])
    };
    sheet.line(label("tries"), tries);
    if let Some(cost) = info.kdf {
        let demo = if cost.is_demo() { context.text("text-kdf-demo", &[]) } else { String::new() };
        sheet.line(label("kdf"), format!("PBKDF2-HMAC-SM3 × {} {demo}", cost.count()));
    }
    let slots: Vec<_> = info.slots.iter().map(|slot| slot.label(lang)).collect();
    sheet.maybe(label("slots"), (!slots.is_empty()).then(|| slots.join(", ")));
    sheet.line(label("escrow"), info.escrow().label(lang));
    sheet.maybe(label("unlocker"), info.unlocker.as_ref().map(|unlocker| &unlocker.name));
    let mut text = sheet.text(0);
    for object in &info.objects {
        let title = format!("{} {}", object.key_use.label(lang), object.id);
        text.push_str(&format!("\n{title}\n"));
        if object.certificates.is_empty() {
            text.push_str(&format!("  {}\n", context.text("text-no-certificate", &[])));
        }
        for certificate in &object.certificates {
            text.push_str(&show::certificate_lines(context, certificate, at).text(2));
        }
    }
    text
}

fn install(context: &Context, args: &InstallArgs) -> Outcome {
    let bytes = context.read(&args.response, SMALL)?;
    let response = CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.response))?;
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    session.install_pair(&response).map_err(|error| Failure::from(error).at(&args.token))?;
    for (list, note) in [(response.signing(), "text-installed"), (response.encryption(), "text-installed-encryption")] {
        for certificate in list.iter().filter(|one| session.owns(one)) {
            let subject = certificate.subject().to_string();
            context.output.note(&context.text(note, &[("subject", subject.into())]));
        }
    }
    Ok(Exit::Done)
}

fn change_pin(context: &Context, args: &ChangePinArgs) -> Outcome {
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let new = signer::pin(context, args.new_pin_from.as_ref(), Wanted::NEW_PIN)?;
    session.change_pin(&new, &[]).map_err(|error| Failure::from(error).at(&args.token))?;
    context.output.note(&context.text("text-pin-changed", &[]));
    Ok(Exit::Done)
}

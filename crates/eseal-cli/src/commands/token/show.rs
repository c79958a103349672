//! `eseal token show`: what a token tells without a PIN.

use std::path::PathBuf;

use eseal::token::{Kdf, KdfCost, TokenInfo};
use serde_json::{Value as Json, json};

use crate::args::AtArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::local_time;
use crate::table::{Sheet, hex};
use crate::{show, signer};

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

pub(super) fn run(context: &Context, args: &ShowArgs) -> Outcome {
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
        "kdf": info.kdf.map(kdf_json),
        "kdf_iterations": info.kdf.and_then(|cost| cost.count()),
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

pub(crate) fn kdf_json(cost: KdfCost) -> Json {
    let mut object = json!({"name": cost.kdf().word(), "demo": cost.is_demo()});
    match cost.kdf() {
        Kdf::Pbkdf2Sm3 { iterations } => object["iterations"] = iterations.into(),
        Kdf::Argon2id { memory_kib, passes, lanes } => {
            object["memory_kib"] = memory_kib.into();
            object["passes"] = passes.into();
            object["lanes"] = lanes.into();
        }
        // A function that this command does not know yet: its name is all there is to say.
        _ => {}
    }
    object
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
        sheet.line(label("kdf"), format!("{cost} {demo}"));
    }
    let slots: Vec<_> = info.slots.iter().map(|slot| slot.label(lang)).collect();
    sheet.maybe(label("slots"), (!slots.is_empty()).then(|| slots.join(", ")));
    sheet.line(label("escrow"), info.escrow().label(lang));
    sheet.maybe(label("unlocker"), info.unlocker.as_ref().map(|unlocker| &unlocker.name));
    sheet.maybe(label("export"), info.export_allowed.then(|| context.text("text-export-allowed", &[])));
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

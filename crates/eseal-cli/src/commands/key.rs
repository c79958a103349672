//! `eseal key show|convert|recover`: key files of every program, from one form into another, and keys out of escrow.

pub(crate) mod recover;

use std::path::{Path, PathBuf};

use eseal::cert::Certificate;
use eseal::key::{
    KeyEntry, KeyError, KeyFile, KeyFileEncoding, KeyFileInfo, KeyFileLimits, KeyFileScheme, KeyFileTarget,
    KeyProtection, Password,
};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, OutArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Target;
use crate::pin::{PinSource, Wanted, read_secret};
use crate::show;
use crate::table::{Sheet, hex};

#[derive(clap::Subcommand)]
pub(crate) enum KeyCommand {
    Show(ShowArgs),
    Convert(ConvertArgs),
    Recover(recover::RecoverArgs),
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "SRC")]
    password_from: Option<PinSource>,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(clap::Args)]
pub(crate) struct ConvertArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FORM")]
    to: Form,
    #[arg(long, value_name = "SRC")]
    password_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_password_from: Option<PinSource>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(ITERATIONS))]
    iterations: Option<u32>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    entry: Option<u32>,
    #[arg(long, conflicts_with = "der")]
    pem: bool,
    #[arg(long)]
    der: bool,
    #[command(flatten)]
    out: OutArgs,
}

// What the library writes; see `KeyFile::write`.
pub(crate) const ITERATIONS: std::ops::RangeInclusive<i64> =
    KeyFileScheme::LEAST_ITERATIONS as i64..=KeyFileScheme::MOST_ITERATIONS as i64;

// The forms that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    Sec1,
    Pkcs8,
    Pkcs8Aes,
    Pkcs8Gm,
    Pkcs8Sm4,
    Pkcs12,
    Pkcs12Gm,
    Pkcs12Sm4,
}

impl Form {
    const fn target(self) -> KeyFileTarget {
        match self {
            Self::Sec1 => KeyFileTarget::Sec1,
            Self::Pkcs8 => KeyFileTarget::Pkcs8,
            Self::Pkcs8Aes => KeyFileTarget::EncryptedPkcs8(KeyFileScheme::PortableAes),
            Self::Pkcs8Gm => KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Gm),
            Self::Pkcs8Sm4 => KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Sm4Sha256),
            Self::Pkcs12 => KeyFileTarget::Pkcs12(KeyFileScheme::PortableAes),
            Self::Pkcs12Gm => KeyFileTarget::Pkcs12(KeyFileScheme::Gm),
            Self::Pkcs12Sm4 => KeyFileTarget::Pkcs12(KeyFileScheme::Sm4Sha256),
        }
    }

    const fn is_pkcs12(self) -> bool {
        matches!(self, Self::Pkcs12 | Self::Pkcs12Gm | Self::Pkcs12Sm4)
    }

    const fn is_encrypted(self) -> bool {
        !matches!(self, Self::Sec1 | Self::Pkcs8)
    }
}

pub(crate) fn run(context: &Context, command: &KeyCommand) -> Outcome {
    match command {
        KeyCommand::Show(args) => show(context, args),
        KeyCommand::Convert(args) => convert(context, args),
        KeyCommand::Recover(args) => recover::run(context, args),
    }
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let bytes = context.read(&args.file, KeyFile::MAX_BYTES as u64)?;
    let located = |error: KeyError| Failure::from(error).at(&args.file);
    let info = KeyFile::describe(&bytes).map_err(located)?;
    let at = context.at(&args.at);
    // Without a password what the file tells by itself is enough; with one, it must open.
    let file = match &args.password_from {
        None if info.is_encrypted() => None,
        None => Some(KeyFile::read(&bytes, None, KeyFileLimits::DEFAULT).map_err(located)?),
        Some(source) => Some(open(context, &bytes, Some(source)).map_err(|failure| failure.at(&args.file))?),
    };
    if context.output.is_json() {
        context.output.json(&file_json(&args.file, &info, file.as_ref(), at))?;
    } else {
        context.output.text(&file_text(context, &info, file.as_ref(), at))?;
    }
    Ok(Exit::Done)
}

fn convert(context: &Context, args: &ConvertArgs) -> Outcome {
    if args.pem && args.to.is_pkcs12() {
        return Err(Failure::new("usage-conflict").with("argument", "--pem").with("other", "--to pkcs12"));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let bytes = context.read(&args.file, KeyFile::MAX_BYTES as u64)?;
    let file = open(context, &bytes, args.password_from.as_ref()).map_err(|failure| failure.at(&args.file))?;
    let file = chosen(file, args.entry).map_err(|failure| failure.at(&args.file))?;
    let left_out = if args.to.is_pkcs12() { 0 } else { certificates(&file).len() };
    let password = match args.to.is_encrypted() {
        true => Some(password(context, args.new_password_from.as_ref(), Wanted::NEW_PASSWORD)?),
        false => None,
    };
    let encoding = if args.der { KeyFileEncoding::Der } else { KeyFileEncoding::Pem };
    let written = file.write(args.to.target(), encoding, password.as_ref(), args.iterations)?;
    target.write_private(&written)?;
    if left_out > 0 {
        let count = i64::try_from(left_out).unwrap_or(i64::MAX);
        context.output.note(&context.text("text-certificates-left-out", &[("count", count.into())]));
    }
    if !args.to.is_encrypted() {
        context.output.note(&context.text("text-key-not-encrypted", &[]));
    }
    Ok(Exit::Done)
}

/// The file with the one key that was chosen, if one was.
fn chosen(file: KeyFile, entry: Option<u32>) -> Outcome<KeyFile> {
    let Some(entry) = entry else { return Ok(file) };
    let above = file.certificates().to_vec();
    let count = i64::try_from(file.entries().len()).unwrap_or(i64::MAX);
    let place = usize::try_from(entry - 1).unwrap_or(usize::MAX);
    match file.into_entries().into_iter().nth(place) {
        Some(one) => Ok(KeyFile::new(vec![one], above)),
        None => Err(Failure::new("key-no-entry").with("number", i64::from(entry)).with("count", count)),
    }
}

/// Opens a key file; a password is asked for only when one is needed.
pub(crate) fn open(context: &Context, bytes: &[u8], source: Option<&PinSource>) -> Outcome<KeyFile> {
    let info = KeyFile::describe(bytes)?;
    let password = match info.is_encrypted() {
        true => Some(password(context, source, Wanted::PASSWORD)?),
        false => None,
    };
    Ok(KeyFile::read(bytes, password.as_ref(), KeyFileLimits::DEFAULT)?)
}

pub(crate) fn password(context: &Context, source: Option<&PinSource>, wanted: Wanted) -> Outcome<Password> {
    let secret = read_secret(source, wanted, !context.globals.no_input, &context.messages)?;
    Ok(Password::new(&secret)?)
}

/// Every certificate in the file.
fn certificates(file: &KeyFile) -> Vec<&Vec<u8>> {
    file.entries().iter().flat_map(|entry| &entry.certificates).chain(file.certificates()).collect()
}

fn protection_json(protection: &KeyProtection) -> Json {
    json!({
        "derivation": protection.derivation.word(),
        "hash": protection.hash.map(|hash| hash.word()),
        "iterations": protection.iterations,
        "salt_bytes": protection.salt,
        "cipher": protection.cipher.map(|cipher| cipher.word()),
        "weak": protection.is_weak(),
    })
}

fn certificate_json(der: &[u8], at: Instant) -> Json {
    match Certificate::from_der(der) {
        Ok(certificate) => show::certificate_json(&certificate, at),
        Err(error) => json!({"error": error.code()}),
    }
}

fn file_json(path: &Path, info: &KeyFileInfo, file: Option<&KeyFile>, at: Instant) -> Json {
    let list = |ders: &[Vec<u8>]| ders.iter().map(|der| certificate_json(der, at)).collect::<Vec<_>>();
    let key = |entry: &KeyEntry| {
        json!({
            "label": entry.label,
            "public": hex(&entry.secret.public_key().to_sec1()),
            "certificates": list(&entry.certificates),
        })
    };
    json!({
        "schema": "eseal.key/1",
        "at": at.to_rfc3339(),
        "path": path.to_string_lossy(),
        "format": info.format.word(),
        "encrypted": info.is_encrypted(),
        "protections": info.protections.iter().map(protection_json).collect::<Vec<_>>(),
        "mac": info.mac.as_ref().map(protection_json),
        "keys": file.map(|file| file.entries().iter().map(key).collect::<Vec<_>>()),
        "certificates": file.map(|file| list(file.certificates())),
    })
}

fn protection_line(context: &Context, protection: &KeyProtection) -> String {
    let lang = context.messages.lang();
    let hash = protection.hash.map(|hash| format!(", {}", hash.label(lang))).unwrap_or_default();
    let cipher = protection.cipher.map(|cipher| format!(", {}", cipher.label(lang))).unwrap_or_default();
    let weak = if protection.is_weak() { format!(" ({})", context.text("text-weak", &[])) } else { String::new() };
    format!("{}{hash} × {}{cipher}{weak}", protection.derivation.label(lang), protection.iterations)
}

fn file_text(context: &Context, info: &KeyFileInfo, file: Option<&KeyFile>, at: Instant) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("format"), info.format.label(context.messages.lang()));
    for protection in &info.protections {
        sheet.line(label("protection"), protection_line(context, protection));
    }
    sheet.maybe(label("mac"), info.mac.as_ref().map(|mac| protection_line(context, mac)));
    let mut text = sheet.text(0);
    let Some(file) = file else {
        text.push_str(&format!("\n{}\n", context.text("text-key-closed", &[])));
        return text;
    };
    for (place, entry) in file.entries().iter().enumerate() {
        let mut sheet = Sheet::default();
        sheet.line(label("entry"), (place + 1).to_string());
        sheet.maybe(label("label"), entry.label.as_ref());
        sheet.line(label("public-key"), hex(&entry.secret.public_key().to_sec1()));
        text.push('\n');
        text.push_str(&sheet.text(0));
        entry.certificates.iter().for_each(|der| text.push_str(&certificate_text(context, der, at)));
    }
    for der in file.certificates() {
        text.push('\n');
        text.push_str(&certificate_text(context, der, at));
    }
    text
}

fn certificate_text(context: &Context, der: &[u8], at: Instant) -> String {
    match Certificate::from_der(der) {
        Ok(certificate) => show::certificate_lines(context, &certificate, at).text(2),
        Err(error) => format!("  {}\n", Failure::from(error).sentence(&context.messages)),
    }
}

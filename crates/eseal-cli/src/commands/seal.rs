//! `eseal seal make|show|verify`: electronic seals (电子印章).

mod like;

use std::path::PathBuf;

use eseal::cert::Certificate;
use eseal::seal::{
    Deviation, DeviationKind, Picture, Seal, SealDraft, SealId, SealKind, SealMaker, SealSignature, SealVersion, Shape,
    SignerEntry, Size, what_is,
};
use eseal::time::{Instant, Period};
use eseal::verify::Policy;
use serde_json::{Value as Json, json};

use super::verify::run_files;
use crate::args::{AtArgs, OutArgs, RevocationArgs, SignerArgs, token_source};
use crate::context::{Context, SMALL, read};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::judge::{self, judge};
use crate::output::{Target, local_time, parse_time};
use crate::pin::PinSource;
use crate::signer::TokenSource;
use crate::table::{Sheet, hex};
use crate::{show, signer};

#[derive(clap::Subcommand)]
pub(crate) enum SealCommand {
    Make(Box<MakeArgs>),
    Show(ShowArgs),
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(crate) struct MakeArgs {
    #[arg(long, value_name = "ID")]
    id: String,
    // A seal that lends what is not given here: its file, or its number in the registry.
    #[arg(long, value_name = "SEAL-OR-ID")]
    like: Option<PathBuf>,
    #[arg(long, value_name = "TEXT", required_unless_present = "like")]
    name: Option<String>,
    #[arg(long, value_name = "KIND", required_unless_present = "like")]
    kind: Option<String>,
    #[arg(long, value_name = "FILE", required_unless_present = "like", requires = "size")]
    picture: Option<PathBuf>,
    #[arg(long, value_name = "SIZE", required_unless_present = "like", requires = "picture")]
    size: Option<String>,
    #[arg(long, value_name = "CERT", required = true, num_args = 1..)]
    signer: Vec<PathBuf>,
    #[arg(long, value_name = "TOKEN", value_parser = token_source())]
    maker: Option<TokenSource>,
    #[arg(long, alias = "key-pin-from", value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "N", default_value = "4")]
    ses_version: String,
    #[arg(long, value_name = "TEXT")]
    vendor: Option<String>,
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    valid_from: Option<Instant>,
    #[arg(long, value_name = "DAYS", default_value_t = 1095)]
    days: u32,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "SEAL")]
    file: PathBuf,
    #[command(flatten)]
    at: AtArgs,
}

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "SEAL", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, command: &SealCommand) -> Outcome {
    match command {
        SealCommand::Make(args) => make(context, args),
        SealCommand::Show(args) => show(context, args),
        SealCommand::Verify(args) => verify(context, args),
    }
}

fn make(context: &Context, args: &MakeArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let version = match args.ses_version.as_str() {
        "4" => SealVersion::V4,
        "5" => SealVersion::V5,
        "1" => SealVersion::V1,
        _ => return Err(Failure::new("usage-value").with("argument", "--ses-version").with("values", "4, 5")),
    };
    let like = args.like.as_deref().map(|like| like::find(context, like)).transpose()?;
    let kind = match (&args.kind, &like) {
        (Some(word), _) => SealKind::parse(word).ok_or_else(|| {
            let words: Vec<_> = SealKind::words().collect();
            Failure::new("usage-value").with("argument", "--kind").with("values", words.join(", "))
        })?,
        (None, Some(like)) => like.kind(),
        (None, None) => return Err(missing("--kind")),
    };
    let picture = match (&args.picture, &args.size, &like) {
        (Some(path), Some(size), _) => {
            let (width, height) =
                whole_mm(size).ok_or_else(|| Failure::new("usage-size").with("argument", "--size"))?;
            let picture = context.read(path, SMALL)?;
            Picture::from_bytes(picture, Size::mm(width, height)?).map_err(|error| Failure::from(error).at(path))?
        }
        (_, _, Some(like)) => like.picture().clone(),
        _ => return Err(missing("--picture")),
    };
    let name = match (&args.name, &like) {
        (Some(name), _) => name.clone(),
        (None, Some(like)) => like.name().to_owned(),
        (None, None) => return Err(missing("--name")),
    };
    let signers = args.signer.iter().map(|path| context.holder_certificate(path)).collect::<Outcome<Vec<_>>>()?;
    let signers = match &like {
        Some(like) => like::signers(like, signers)?,
        None => signers,
    };
    let draft = SealDraft {
        id: SealId::new(&args.id)?,
        name,
        kind,
        picture,
        signers,
        validity: Period::days(args.valid_from.unwrap_or(context.now), args.days),
        vendor: args.vendor.clone(),
        version,
    };
    let seal = match &args.maker {
        Some(maker) => {
            let maker = SignerArgs { token: maker.clone(), pin_from: args.pin_from.clone() };
            let (certificate, key) = signer::signing_key_of(context, &maker, |_| true)?;
            SealMaker::new(certificate, &key)?.make(&draft, context.now)?
        }
        None => crate::office::make_seal(context, args.pin_from.as_ref(), &draft)?,
    };
    target.write(seal.as_der())?;
    Ok(Exit::Done)
}

/// What clap would have said: the flags that `--like` stands in for are all given or none is needed.
fn missing(argument: &'static str) -> Failure {
    Failure::new("usage-argument-missing").with("argument", argument)
}

/// Width and height in whole millimetres, as a seal states them: `40mmx40mm`, `40x40`, `40`.
fn whole_mm(text: &str) -> Option<(u16, u16)> {
    let side = |side: &str| {
        let side = side.trim();
        let (digits, factor) = [("mm", 1.0), ("cm", 10.0), ("in", 25.4), ("pt", 25.4 / 72.0)]
            .into_iter()
            .find_map(|(unit, factor)| Some((side.strip_suffix(unit)?.trim_end(), factor)))
            .unwrap_or((side, 1.0));
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let mm = (digits.parse::<f64>().ok().filter(|_| plain)? * factor).round();
        // Seals are a few centimetres wide; the library has the exact limit.
        (0.0..=10_000.0).contains(&mm).then_some(mm as u16)
    };
    match text.split_once(['x', 'X', '×', '*']) {
        Some((width, height)) => Some((side(width)?, side(height)?)),
        None => side(text).map(|both| (both, both)),
    }
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let bytes = context.read(&args.file, SMALL)?;
    let at = context.at(&args.at);
    let located = |error| Failure::from(error).at(&args.file);
    let (seal, signature) = match what_is(&bytes) {
        Shape::SealSignature(_) => {
            let signature = SealSignature::from_bytes(&bytes).map_err(located)?;
            (signature.seal().clone(), Some(signature))
        }
        _ => (Seal::from_bytes(&bytes).map_err(located)?, None),
    };
    if context.output.is_json() {
        let mut object = seal_json(&seal, at);
        object["path"] = json!(args.file.to_string_lossy());
        object["signature"] = signature.as_ref().map_or(Json::Null, |signature| signature_json(signature, at));
        context.output.json(&object)?;
    } else {
        let mut text = seal_text(context, &seal, at);
        if let Some(signature) = &signature {
            text.push_str(&signature_text(context, signature));
        }
        context.output.text(&text)?;
    }
    Ok(Exit::Done)
}

fn seal_json(seal: &Seal, at: Instant) -> Json {
    let lang = eseal::Lang::En;
    let (validity, picture) = (seal.validity(), seal.picture());
    json!({
        "schema": "eseal.seal/1",
        "at": at.to_rfc3339(),
        "path": null,
        "standard": seal.version().standard(),
        "version": seal.version().number(),
        "header_version": seal.header_version(),
        "vendor": seal.vendor(),
        "id": seal.id(),
        "name": seal.name(),
        "type": seal.kind().number(),
        "type_hint": seal.kind().hint(seal.version(), lang),
        "created": seal.created().to_rfc3339(),
        "valid_from": validity.from().to_rfc3339(),
        "valid_to": validity.to().to_rfc3339(),
        "period": show::standing(validity, at),
        "picture": {
            "format": picture.format().name(),
            "bytes": picture.bytes().len(),
            "width_mm": picture.size().map(Size::width_mm),
            "height_mm": picture.size().map(Size::height_mm),
        },
        "signers": seal.signers().entries().iter().map(signer_json).collect::<Vec<_>>(),
        "maker": seal.maker().map_or_else(
            |error| json!({"error": error.code()}),
            |maker| show::certificate_json(maker, at),
        ),
        "algorithm": seal.algorithm(),
        "timestamp": seal.timestamp().is_some(),
        "extensions": seal.extensions().iter().map(|one| json!({"oid": one.id, "critical": one.critical})).collect::<Vec<_>>(),
        "deviations": deviations_json(seal.deviations()),
        "sm3": seal.sm3().to_string(),
    })
}

fn signer_json(entry: &SignerEntry) -> Json {
    match entry {
        SignerEntry::Certificate(der) => match Certificate::from_der(der) {
            Ok(certificate) => json!({
                "subject": certificate.subject().to_string(),
                "serial": certificate.serial().to_string(),
                "issuer": certificate.issuer().to_string(),
            }),
            Err(error) => json!({"error": error.code()}),
        },
        SignerEntry::Digest { kind, value } => json!({"digest": hex(value), "digest_type": kind}),
        _ => json!({"error": "seal-signer-list-entry"}),
    }
}

fn deviations_json(deviations: &[Deviation]) -> Json {
    deviations.iter().map(|one| json!({"code": one.code(), "field": one.field()})).collect()
}

fn signature_json(signature: &SealSignature, at: Instant) -> Json {
    json!({
        "standard": signature.version().standard(),
        "version": signature.stated_version(),
        "claimed_time": signature.claimed_time().instant().map(Instant::to_rfc3339),
        "data_hash": hex(signature.data_hash()),
        "property_info": signature.property_info(),
        "signer": signature.signer().map_or_else(
            |error| json!({"error": error.code()}),
            |signer| show::certificate_json(signer, at),
        ),
        "algorithm": signature.algorithm(),
        "timestamp": signature.timestamp().is_some(),
        "deviations": deviations_json(signature.deviations()),
    })
}

fn seal_text(context: &Context, seal: &Seal, at: Instant) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let lang = context.messages.lang();
    let mut sheet = Sheet::default();
    sheet.line(label("name"), seal.name());
    sheet.line(label("seal-id"), seal.id());
    let hint = seal.kind().hint(seal.version(), lang).map(|hint| format!(" ({hint})")).unwrap_or_default();
    sheet.line(label("type"), format!("{}{hint}", seal.kind()));
    sheet.line(label("standard"), seal.version().standard());
    sheet.line(label("vendor"), seal.vendor());
    sheet.line(label("created"), local_time(seal.created()));
    let state = context.text(&format!("text-period-{}", show::standing(seal.validity(), at)), &[]);
    sheet.line(label("validity"), format!("{} ({state})", show::period(seal.validity())));
    let picture = seal.picture();
    let size =
        picture.size().map(|size| format!(", {} × {} mm", size.width_mm(), size.height_mm())).unwrap_or_default();
    sheet.line(label("picture"), format!("{}, {} B{size}", picture.format().name(), picture.bytes().len()));
    match seal.maker() {
        Ok(maker) => sheet.line(label("maker"), format!("{} [{}]", maker.subject(), maker.serial())),
        Err(error) => sheet.line(label("maker"), context.text(&format!("err-{}", error.code()), &[])),
    }
    for entry in seal.signers().entries() {
        let who = match entry {
            SignerEntry::Certificate(der) => match Certificate::from_der(der) {
                Ok(certificate) => format!("{} [{}]", certificate.subject(), certificate.serial()),
                Err(error) => Failure::from(error).sentence(&context.messages),
            },
            SignerEntry::Digest { kind, value } => format!("{kind} {}", hex(value)),
            _ => DeviationKind::SignerListEntry.label(lang).to_owned(),
        };
        sheet.line(label("signer"), who);
    }
    for deviation in seal.deviations() {
        sheet.line(label("deviation"), format!("{} ({})", deviation.kind().label(lang), deviation.field()));
    }
    sheet.line("SM3", seal.sm3().to_string());
    sheet.text(0)
}

fn signature_text(context: &Context, signature: &SealSignature) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let lang = context.messages.lang();
    let mut sheet = Sheet::default();
    sheet.line(label("standard"), signature.version().standard());
    match signature.signer() {
        Ok(signer) => sheet.line(label("signer"), format!("{} [{}]", signer.subject(), signer.serial())),
        Err(error) => sheet.line(label("signer"), context.text(&format!("err-{}", error.code()), &[])),
    }
    sheet.maybe(label("claimed-time"), signature.claimed_time().instant().map(local_time));
    sheet.line(label("data-hash"), hex(signature.data_hash()));
    sheet.line(label("property-info"), signature.property_info());
    for deviation in signature.deviations() {
        sheet.line(label("deviation"), format!("{} ({})", deviation.kind().label(lang), deviation.field()));
    }
    format!("\n{}\n{}", context.text("text-seal-signature", &[]), sheet.text(2))
}

fn verify(context: &Context, args: &VerifyArgs) -> Outcome {
    let verifier = judge::verifier(context, &args.revocation, Policy::default())?;
    let at = context.at(&args.at);
    let files = run_files(context, &args.files, None, "eseal.seal-verify/1", at, |path| {
        let bytes = read(path, SMALL)?;
        // A document is for `eseal verify`; here it is simply no seal.
        let judged = match what_is(&bytes) {
            Shape::Seal(_) | Shape::SealSignature(_) => judge(&verifier, &bytes, at)?,
            _ => return Err(Failure::new("seal-not-a-seal")),
        };
        Ok((bytes, judged))
    })?;
    Ok(files.exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_lengths_or_one() {
        for (text, size) in [
            ("40mmx30mm", Some((40, 30))),
            ("40x30", Some((40, 30))),
            ("42", Some((42, 42))),
            ("4.2cm×1in", Some((42, 25))),
            ("", None),
            ("x", None),
            ("-4x4", None),
            ("1e9x4", None),
            ("40mm x", None),
        ] {
            assert_eq!(whole_mm(text), size, "{text}");
        }
    }
}

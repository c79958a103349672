//! `eseal ocsp request|respond|show`: asking whether certificates are revoked, answering, and looking at both.

use std::path::PathBuf;

use eseal::authority::RegistryStatus;
use eseal::cert::ocsp::{
    CertId, CertIdHash, OcspRequest, OcspResponder, OcspResponse, OcspState, OcspStatus, ResponderName, SingleAnswer,
};
use eseal::cert::{Certificate, Issuer, Reason, SerialNumber};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, AuthorityArgs, OutArgs, SignerArgs, token_source};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{self, Authority};
use crate::output::{Target, local_time};
use crate::pin::{PinSource, Wanted};
use crate::signer::{Chosen, TokenSource};
use crate::table::{Sheet, hex};

#[derive(clap::Subcommand)]
pub(crate) enum OcspCommand {
    Request(RequestArgs),
    Respond(RespondArgs),
    Show(ShowArgs),
}

#[derive(clap::Args)]
pub(crate) struct RequestArgs {
    #[arg(value_name = "CERT", required_unless_present = "serial")]
    certificates: Vec<PathBuf>,
    #[arg(long, value_name = "SERIAL", value_parser = serial)]
    serial: Vec<SerialNumber>,
    #[arg(long, value_name = "CERT")]
    issuer: PathBuf,
    #[arg(long, value_name = "HASH", default_value = "sm3")]
    hash: Hash,
    #[arg(long)]
    no_nonce: bool,
    #[command(flatten)]
    out: OutArgs,
}

// How the issuer is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Hash {
    Sm3,
    Sha1,
    Sha256,
}

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("which").multiple(false)))]
pub(crate) struct RespondArgs {
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    #[arg(long, group = "which")]
    root: bool,
    #[arg(long, group = "which")]
    issuing: bool,
    #[arg(long, value_name = "TOKEN", value_parser = token_source(), conflicts_with = "key_pin_from")]
    responder: Option<TokenSource>,
    #[arg(long, value_name = "SRC", requires = "responder")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    days: u32,
    #[arg(long, value_name = "FORM", default_value = "name")]
    named: Named,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

// How the responder names itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Named {
    Name,
    KeySha1,
    KeySm3,
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "CERT")]
    issuer: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    #[command(flatten)]
    at: AtArgs,
}

fn serial(text: &str) -> Result<SerialNumber, String> {
    SerialNumber::from_hex(text).map_err(|error| error.to_string())
}

pub(crate) fn run(context: &Context, command: &OcspCommand) -> Outcome {
    match command {
        OcspCommand::Request(args) => request(context, args),
        OcspCommand::Respond(args) => respond(context, args),
        OcspCommand::Show(args) => show(context, args),
    }
}

fn request(context: &Context, args: &RequestArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let issuer = context.certificate(&args.issuer)?;
    let mut serials = args.serial.clone();
    for path in &args.certificates {
        let certificate = context.holder_certificate(path)?;
        if certificate.issuer() != issuer.subject() {
            return Err(Failure::new("ocsp-foreign-certificate").at(path));
        }
        serials.push(certificate.serial().clone());
    }
    let hash = match args.hash {
        Hash::Sm3 => CertIdHash::Sm3,
        Hash::Sha1 => CertIdHash::Sha1,
        Hash::Sha256 => CertIdHash::Sha256,
    };
    let ids = serials.iter().map(|serial| CertId::of(&issuer, serial, hash)).collect::<Result<Vec<_>, _>>()?;
    let nonce = if args.no_nonce { None } else { Some(OcspRequest::fresh_nonce()?) };
    let request = OcspRequest::new(&ids, nonce.as_ref().map(<[u8; 32]>::as_slice))?;
    target.write(request.as_der())?;
    Ok(Exit::Done)
}

fn respond(context: &Context, args: &RespondArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let bytes = context.read(&args.request, OcspRequest::MAX_BYTES as u64)?;
    let which = asked_of(context, args, &bytes)?;
    let named = match args.named {
        Named::Name => ResponderName::Name,
        Named::KeySha1 => ResponderName::KeySha1,
        Named::KeySm3 => ResponderName::KeySm3,
    };
    let registry = office::registry(context)?;
    let source = RegistryStatus::new(&registry);
    let next_update = Some(context.now.plus_days(i64::from(args.days)));
    let answer = match &args.responder {
        Some(token) => {
            let issuer = office::certificate(context, which)?;
            let fits = |certificate: &Certificate| certificate.issuer() == issuer.subject();
            let responder = SignerArgs { token: token.clone(), pin_from: args.pin_from.clone() };
            let chosen = Chosen::of(context, &responder, fits)?;
            if !fits(chosen.certificate()) {
                let failure = Failure::new("token-no-certificate");
                return Err(if let TokenSource::File(path) = token { failure.at(path) } else { failure });
            }
            let (own, key) = chosen.open(context)?;
            let responder = OcspResponder::delegated(issuer, own, key)?.named(named);
            responder.respond(&bytes, &source, context.now, next_update)?
        }
        None => {
            let (own, key) = office::key(context, which, args.authority.key_pin_from.as_ref(), Wanted::KEY_PIN)?;
            let issuer = Issuer::new(own, key)?;
            let responder = OcspResponder::new(&issuer)?.named(named);
            responder.respond(&bytes, &source, context.now, next_update)?
        }
    };
    target.write(&answer)?;
    let response = OcspResponse::from_der(&answer)?;
    for answer in response.answers() {
        let values = [("serial", answer.id.serial().to_string().into()), ("state", state_text(context, answer).into())];
        context.output.note(&context.text("text-ocsp-answered", &values));
    }
    if response.status() == OcspStatus::Successful {
        Ok(Exit::Done)
    } else {
        let status = response.status();
        context
            .output
            .note(&context.text("text-ocsp-refused", &[("status", status.label(context.messages.lang()).into())]));
        Ok(Exit::Refused)
    }
}

/// Which authority answers: the one that is named, else the one that is asked about.
fn asked_of(context: &Context, args: &RespondArgs, bytes: &[u8]) -> Outcome<Authority> {
    if args.root {
        return Ok(Authority::Root);
    }
    if !args.issuing
        && let Ok(request) = OcspRequest::from_der(bytes)
    {
        let root = office::certificate(context, Authority::Root)?;
        if request.ids().iter().all(|id| id.is_of(&root)) {
            return Ok(Authority::Root);
        }
    }
    Ok(Authority::Issuing)
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let bytes = context.read(&args.file, OcspResponse::MAX_BYTES as u64)?;
    let located = |error| Failure::from(error).at(&args.file);
    let at = context.at(&args.at);
    let response = match OcspResponse::from_der(&bytes) {
        Ok(response) => response,
        Err(error) => {
            let request = OcspRequest::from_der(&bytes).map_err(|_| located(error))?;
            return show_request(context, args, &request, at);
        }
    };
    if let Some(path) = &args.request {
        let bytes = context.read(path, OcspRequest::MAX_BYTES as u64)?;
        let request = OcspRequest::from_der(&bytes).map_err(|error| Failure::from(error).at(path))?;
        response.check_answers(&request).map_err(located)?;
    }
    let issuer = args.issuer.as_ref().map(|path| context.certificate(path)).transpose()?;
    let signature = issuer.as_ref().map(|issuer| response.check_signature_by(issuer));
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.ocsp/1",
            "at": at.to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "kind": "response",
            "status": response.status().word(),
            "produced_at": response.produced_at().map(Instant::to_rfc3339),
            "responder": {
                "name": response.responder_name().map(ToString::to_string),
                "key_hash": response.responder_key_hash().map(hex),
            },
            "nonce": response.nonce().map(hex),
            "answers": response.answers().iter().map(|answer| answer_json(answer, at)).collect::<Vec<_>>(),
            "certificates": response.certificates().iter().map(|one| one.subject().to_string()).collect::<Vec<_>>(),
            "signature": signature.as_ref().map(|checked| match checked {
                Ok(responder) => json!({"valid": true, "by": responder.subject().to_string()}),
                Err(error) => json!({"valid": false, "code": error.code()}),
            }),
            "sm3": response.sm3().to_string(),
        }))?;
    } else {
        context.output.text(&response_text(
            context,
            &response,
            at,
            signature.as_ref().and_then(|one| one.as_ref().ok()),
        ))?;
    }
    match signature {
        Some(Err(error)) => {
            crate::output::to_stderr(&located(error).lines(&context.messages));
            Ok(Exit::Invalid)
        }
        _ => Ok(Exit::Done),
    }
}

fn show_request(context: &Context, args: &ShowArgs, request: &OcspRequest, at: Instant) -> Outcome {
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.ocsp/1",
            "at": at.to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "kind": "request",
            "nonce": request.nonce().map(hex),
            "signed": request.is_signed(),
            "certificates": request.ids().iter().map(id_json).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    for id in request.ids() {
        let hash = id.hash().map_or("?", |hash| hash.label(context.messages.lang()));
        sheet.line(label("serial"), format!("{} ({hash})", id.serial()));
    }
    sheet.maybe(label("nonce"), request.nonce().map(hex));
    context.output.text(&sheet.text(0))?;
    Ok(Exit::Done)
}

fn id_json(id: &CertId) -> Json {
    json!({
        "serial": id.serial().to_string(),
        "hash": id.hash().map(CertIdHash::word),
        "issuer_name_hash": hex(id.issuer_name_hash()),
        "issuer_key_hash": hex(id.issuer_key_hash()),
    })
}

fn answer_json(answer: &SingleAnswer, at: Instant) -> Json {
    let mut object = id_json(&answer.id);
    object["state"] = json!(answer.state.word());
    object["this_update"] = json!(answer.this_update.to_rfc3339());
    object["next_update"] = json!(answer.next_update.map(Instant::to_rfc3339));
    object["current"] = json!(answer.is_current(at));
    if let OcspState::Revoked { at, reason, invalidity } = answer.state {
        object["revoked_at"] = json!(at.to_rfc3339());
        object["reason"] = json!(reason.map(Reason::word));
        object["invalidity_date"] = json!(invalidity.map(Instant::to_rfc3339));
    }
    object
}

/// How a certificate stands, in words.
fn state_text(context: &Context, answer: &SingleAnswer) -> String {
    match answer.state {
        OcspState::Revoked { at, reason, .. } => {
            let reason = reason.unwrap_or(Reason::Unspecified).label(context.messages.lang());
            context.text("text-ocsp-revoked", &[("at", local_time(at).into()), ("reason", reason.into())])
        }
        state => context.text(&format!("text-ocsp-{}", state.word()), &[]),
    }
}

fn response_text(context: &Context, response: &OcspResponse, at: Instant, responder: Option<&Certificate>) -> String {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("status"), response.status().label(context.messages.lang()));
    let named = response.responder_name().map(ToString::to_string).or_else(|| response.responder_key_hash().map(hex));
    sheet.maybe(label("responder"), named);
    sheet.maybe(label("signed-by"), responder.map(|responder| responder.subject().to_string()));
    sheet.maybe(label("this-update"), response.produced_at().map(local_time));
    sheet.maybe(label("nonce"), response.nonce().map(hex));
    for answer in response.answers() {
        sheet.line(label("serial"), answer.id.serial().to_string());
        sheet.line(label("status"), state_text(context, answer));
        let current = context.text(if answer.is_current(at) { "text-list-current" } else { "text-list-over" }, &[]);
        let until = answer.next_update.map_or_else(|| "–".to_owned(), local_time);
        sheet.line(label("ocsp-until"), format!("{until} ({current})"));
    }
    sheet.text(0)
}

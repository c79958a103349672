//! `eseal tsa request|respond|show|verify`: time stamps.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use eseal::authority::respond_with_timestamp;
use eseal::time::Instant;
use eseal::timestamp::{
    Imprint, ImprintHash, TimestampAuthority, TimestampError, TimestampRequest, TimestampResponse, TimestampToken,
};
use eseal::verify::{Policy, TimestampReport};
use serde_json::json;

use crate::args::{AtArgs, AuthorityArgs, OutArgs, RevocationArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::judge;
use crate::office::{self, Authority};
use crate::output::{Target, is_stdout, local_time};
use crate::pin::Wanted;
use crate::table::{Sheet, hex};

#[derive(clap::Subcommand)]
pub(crate) enum TsaCommand {
    Request(RequestArgs),
    Respond(RespondArgs),
    Show(ShowArgs),
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(crate) struct RequestArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "OID")]
    policy: Option<String>,
    #[arg(long)]
    no_nonce: bool,
    #[arg(long)]
    no_certificates: bool,
    #[command(flatten)]
    out: OutArgs,
}

/// anyPolicy (RFC 5280, 4.2.1.4): no policy in particular, for an office that has registered none.
const ANY_POLICY: &str = "2.5.29.32.0";

#[derive(clap::Args)]
pub(crate) struct RespondArgs {
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    #[arg(long, value_name = "OID", default_value = ANY_POLICY)]
    policy: String,
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

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FILE", required_unless_present = "request")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, command: &TsaCommand) -> Outcome {
    match command {
        TsaCommand::Request(args) => request(context, args),
        TsaCommand::Respond(args) => respond(context, args),
        TsaCommand::Show(args) => show(context, args),
        TsaCommand::Verify(args) => verify(context, args),
    }
}

fn request(_context: &Context, args: &RequestArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let imprint = imprint(&args.file, ImprintHash::Sm3)?;
    let nonce = if args.no_nonce { None } else { Some(TimestampRequest::fresh_nonce()?) };
    let mut request = TimestampRequest::new(&imprint, nonce.as_ref().map(<[u8; 16]>::as_slice))?;
    if let Some(policy) = &args.policy {
        request = request.under_policy(policy)?;
    }
    if args.no_certificates {
        request = request.without_certificates()?;
    }
    target.write(request.as_der())?;
    Ok(Exit::Done)
}

/// Hashes a file of any size.
fn imprint(path: &Path, hash: ImprintHash) -> Outcome<Imprint> {
    let unreadable = |error: std::io::Error| Failure::file("input-unreadable", path, &error);
    let mut input: Box<dyn Read> = if is_stdout(path) {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(Failure::new("input-folder").at(path));
        }
        Box::new(file)
    };
    let mut hasher = hash.hasher();
    let mut piece = vec![0; 1 << 16];
    loop {
        match input.read(&mut piece).map_err(unreadable)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&piece[..count]),
        };
    }
}

fn respond(context: &Context, args: &RespondArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let bytes = context.read(&args.request, TimestampRequest::MAX_BYTES as u64)?;
    let mut registry = office::registry(context)?;
    let issuing = office::certificate(context, Authority::Issuing)?;
    let (own, key) = office::key(context, Authority::Tsa, args.authority.key_pin_from.as_ref(), Wanted::KEY_PIN)?;
    let authority = TimestampAuthority::new(own, key, &args.policy)?.chain(&[issuing]);
    let response = respond_with_timestamp(&authority, &bytes, &mut registry, &office::note(context))?;
    target.write(response.as_der())?;
    match (response.token(), response.rejection()) {
        (Some(token), _) => {
            let values = [("serial", hex(token.serial()).into()), ("at", local_time(token.at()).into())];
            context.output.note(&context.text("text-timestamp-made", &values));
            Ok(Exit::Done)
        }
        (None, rejection) => {
            let reason = rejection.map_or("", |rejection| rejection.label(context.messages.lang()));
            context.output.note(&context.text("text-timestamp-refused", &[("reason", reason.into())]));
            Ok(Exit::Refused)
        }
    }
}

/// What a file about time stamps is.
enum Found {
    Request(TimestampRequest),
    Response(TimestampResponse),
    Token(TimestampToken),
}

fn read(context: &Context, path: &Path) -> Outcome<Found> {
    let bytes = context.read(path, TimestampResponse::MAX_BYTES as u64)?;
    if let Ok(request) = TimestampRequest::from_der(&bytes) {
        return Ok(Found::Request(request));
    }
    let error = match TimestampResponse::from_der(&bytes) {
        Ok(response) => return Ok(Found::Response(response)),
        Err(error) => error,
    };
    match (TimestampToken::from_der(&bytes), error) {
        (Ok(token), _) => Ok(Found::Token(token)),
        // What is a signed message tells more than that it is no response.
        (Err(other @ TimestampError::NotTimestamp { .. }), _) => Err(Failure::from(other).at(path)),
        (Err(_), error) => Err(Failure::from(error).at(path)),
    }
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let found = read(context, &args.file)?;
    let (kind, token, rejection, text) = match &found {
        Found::Request(_) => ("request", None, None, None),
        Found::Token(token) => ("token", Some(token), None, None),
        Found::Response(response) => ("response", response.token(), response.rejection(), response.text()),
    };
    if context.output.is_json() {
        let imprint = |imprint: &Imprint| json!({"algorithm": imprint.algorithm_oid(), "hash": hex(imprint.hash())});
        let mut object = json!({
            "schema": "eseal.timestamp/1",
            "at": context.at(&args.at).to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "kind": kind,
        });
        if let Found::Request(request) = &found {
            object["imprint"] = imprint(request.imprint());
            object["nonce"] = json!(request.nonce().map(hex));
            object["policy"] = json!(request.policy());
            object["certificates"] = json!(request.wants_certificates());
        } else {
            object["rejection"] = json!(rejection.map(eseal::timestamp::Rejection::word));
            object["text"] = json!(text);
            object["token"] = json!(token.map(|token| json!({
                "time": token.at().to_rfc3339(),
                "accuracy": token.accuracy(),
                "serial": hex(token.serial()),
                "policy": token.policy(),
                "imprint": imprint(token.imprint()),
                "nonce": token.nonce().map(hex),
                "certificates": token.certificates().iter().map(|one| one.subject().to_string()).collect::<Vec<_>>(),
            })));
        }
        context.output.json(&object)?;
        return Ok(Exit::Done);
    }
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    let imprint = |sheet: &mut Sheet, imprint: &Imprint| {
        let algorithm = imprint
            .algorithm()
            .map_or_else(|| imprint.algorithm_oid(), |algorithm| algorithm.label(context.messages.lang()).to_owned());
        sheet.line(label("imprint"), format!("{algorithm} {}", hex(imprint.hash())));
    };
    if let Found::Request(request) = &found {
        imprint(&mut sheet, request.imprint());
        sheet.maybe(label("stamp-policy"), request.policy());
        sheet.maybe(label("nonce"), request.nonce().map(hex));
    }
    if let Some(rejection) = rejection {
        let reason = rejection.label(context.messages.lang());
        sheet.line(label("status"), context.text("text-timestamp-refused", &[("reason", reason.into())]));
    }
    if let Some(token) = token {
        sheet.line(label("stamped"), local_time(token.at()));
        sheet.maybe(label("accuracy"), token.accuracy().map(|seconds| format!("± {seconds} s")));
        sheet.line(label("serial"), hex(token.serial()));
        sheet.line(label("stamp-policy"), token.policy());
        imprint(&mut sheet, token.imprint());
        sheet.maybe(label("nonce"), token.nonce().map(hex));
        for certificate in token.certificates() {
            sheet.line(label("subject"), certificate.subject().to_string());
        }
    }
    context.output.text(&sheet.text(0))?;
    Ok(Exit::Done)
}

fn verify(context: &Context, args: &VerifyArgs) -> Outcome {
    let located = |error: TimestampError| Failure::from(error).at(&args.file);
    let request = match &args.request {
        Some(path) => {
            let bytes = context.read(path, TimestampRequest::MAX_BYTES as u64)?;
            Some(TimestampRequest::from_der(&bytes).map_err(|error| Failure::from(error).at(path))?)
        }
        None => None,
    };
    let token = match read(context, &args.file)? {
        Found::Request(_) => return Err(located(TimestampError::Malformed { what: "TimeStampResp" })),
        Found::Token(token) => token,
        Found::Response(response) => match (&request, response.token(), response.rejection()) {
            (Some(request), ..) => response.token_for(request).map_err(located)?.clone(),
            (None, Some(token), _) => token.clone(),
            (None, None, rejection) => {
                let rejection = rejection.unwrap_or(eseal::timestamp::Rejection::Unspecified);
                return Err(located(TimestampError::Rejected { rejection }));
            }
        },
    };
    let asked = match (&args.data, &request) {
        // Of an unknown algorithm nothing can be compared: the imprint by SM3 is another, and the answer says so.
        (Some(path), _) => imprint(path, token.imprint().algorithm().unwrap_or(ImprintHash::Sm3))?,
        (None, Some(request)) => request.imprint().clone(),
        (None, None) => return Err(Failure::new("usage")),
    };
    let verifier = judge::verifier(context, &args.revocation, Policy::default())?;
    let at = context.at(&args.at);
    let report = verifier.verify_timestamp(&token, &asked, at);
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.timestamp-verify/1",
            "verdict": report.verdict().word(),
            "at": at.to_rfc3339(),
            "path": args.file.to_string_lossy(),
            "time": {"stamped": token.at().to_rfc3339(), "proven": report.proven.map(Instant::to_rfc3339)},
            "serial": hex(token.serial()),
            "policy": token.policy(),
            "signer": report.signer.as_ref().map(judge::signer_json),
            "findings": report.findings().iter().map(judge::finding_json).collect::<Vec<_>>(),
        }))?;
    } else {
        context.output.text(&report_text(context, &args.file, &token, &report))?;
    }
    Ok(judge::exit_of(report.verdict()))
}

fn report_text(context: &Context, path: &Path, token: &TimestampToken, report: &TimestampReport) -> String {
    let verdict = judge::painted_verdict(context, report.verdict());
    let mut text = format!("{}   {verdict}\n", one_line(&path.to_string_lossy()));
    let id = if report.proven.is_some() { "text-timestamp-proven" } else { "text-timestamp-stated" };
    text.push_str(&format!("    {}\n", context.text(id, &[("at", local_time(token.at()).into())])));
    if let Some(signer) = &report.signer {
        let signer = one_line(&signer.subject().to_string());
        text.push_str(&format!("    {}\n", context.text("text-signed-by", &[("subject", signer.into())])));
    }
    text.push_str(&judge::findings_text(context, report.findings()));
    text
}

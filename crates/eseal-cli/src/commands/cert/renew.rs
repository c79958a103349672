//! `eseal cert renew|rekey`: successors, with the same key or with a new one, and the seals that they are not in yet.

use std::path::{Path, PathBuf};

use eseal::authority::{AuthorityError, Filled, Predecessor, RenewalRules, Succession, newest_of_key};
use eseal::cert::{Certificate, CertificateRequest, CertificateResponse, RequestPolicy};
use eseal::cms::RekeyRequest;
use eseal::registry::{CertificateRecord, SealRecord};
use serde_json::{Value as Json, json};

use super::which::{self, Which};
use super::{issue, status};
use crate::args::{AuthorityArgs, OutArgs};
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{self, Acting};
use crate::output::{Target, local_time};
use crate::show::shell_word;

#[derive(clap::Args)]
pub(crate) struct RenewArgs {
    // A serial number, a file with the certificate, or a request that the old key has signed.
    #[arg(value_name = "SERIAL-OR-FILE")]
    what: PathBuf,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[arg(long)]
    early: bool,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct RekeyArgs {
    #[arg(value_name = "REQ")]
    request: PathBuf,
    // A request that the old key has signed as well names the old certificate itself.
    #[arg(long, value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    replaces: Option<Which>,
    #[arg(long)]
    revoke: bool,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

/// What names the certificate that is to have a successor.
enum Asked {
    /// Its number, or a file with it.
    Record(Box<CertificateRecord>),
    /// A request of its key.
    SameKey(Box<CertificateRequest>),
    /// A request of a new key that the old one has signed.
    NewKey(Box<RekeyRequest>),
}

pub(crate) fn renew(context: &Context, args: &RenewArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let rules = RenewalRules::default();
    let rules = if args.early { rules.at_any_time() } else { rules };
    let note = office::note(context);
    let done = match asked(context, &args.what)? {
        Asked::Record(record) => {
            let mut acting = acting(context, &record, &args.authority)?;
            let mut authority = acting.authority();
            let issued = authority.renew(&record.serial, args.days, &rules, &note)?;
            authority.succession(issued, note.at)?
        }
        Asked::SameKey(request) => {
            let located = |error| Failure::from(error).at(&args.what);
            let record = newest_of_key(&office::registry(context)?, request.public_key()).map_err(located)?;
            let mut acting = acting(context, &record, &args.authority)?;
            let mut authority = acting.authority();
            match authority.renew_by_request(&request, args.days, &rules, &note) {
                // The holder asks, and who answers sees what is asked: that it is early is said, and no more. Not asked
                // for this at first, so that a request that comes again gets the first answer again.
                Err(AuthorityError::RenewalTooEarly { from, .. }) => {
                    let rules = rules.at_any_time();
                    let done = authority.renew_by_request(&request, args.days, &rules, &note).map_err(located)?;
                    context.output.note(&context.text("text-renewed-early", &[("at", local_time(from).into())]));
                    done
                }
                renewed => renewed.map_err(located)?,
            }
        }
        Asked::NewKey(request) => {
            let how = (args.days, Predecessor::RunsOut);
            rekey_by(context, &request, how, &args.authority).map_err(|failure| failure.at(&args.what))?
        }
    };
    finish(context, &target, &done)
}

pub(crate) fn rekey(context: &Context, args: &RekeyArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let predecessor = if args.revoke { Predecessor::Revoked } else { Predecessor::RunsOut };
    let bytes = context.read(&args.request, SMALL)?;
    if RekeyRequest::looks_like(&bytes) {
        let located = |error| Failure::from(error).at(&args.request);
        let request = RekeyRequest::from_bytes(&bytes).map_err(located)?;
        if let Some(which) = &args.replaces
            && which.serial(context)? != *request.old_certificate().serial()
        {
            return Err(Failure::new("usage-conflict").with("argument", "--replaces").with("other", "REQ"));
        }
        let done = rekey_by(context, &request, (args.days, predecessor), &args.authority)
            .map_err(|failure| failure.at(&args.request))?;
        return finish(context, &target, &done);
    }
    let Some(which) = &args.replaces else {
        return Err(Failure::new("usage-argument-missing").with("argument", "--replaces"));
    };
    let request = issue::request(context, &args.request, RequestPolicy::default())?;
    let record = office::record(context, &which.serial(context)?)?;
    if !Certificate::from_der(&record.der)?.subject().matches(request.subject()) {
        let error = AuthorityError::OtherSubject { subject: record.subject };
        return Err(Failure::from(error).at(&args.request));
    }
    let (key, rules, note) = (request.public_key(), RenewalRules::default(), office::note(context));
    let mut acting = acting(context, &record, &args.authority)?;
    let mut authority = acting.authority();
    let issued = authority.rekey(&record.serial, key, args.days, predecessor, &rules, &note)?;
    let done = authority.succession(issued, note.at)?;
    finish(context, &target, &done)
}

/// Certifies the new key of a request that the old key has signed.
fn rekey_by(
    context: &Context,
    request: &RekeyRequest,
    (days, predecessor): (Option<u32>, Predecessor),
    args: &AuthorityArgs,
) -> Outcome<Succession> {
    let record = office::record(context, request.old_certificate().serial())?;
    let mut acting = acting(context, &record, args)?;
    let (rules, note) = (RenewalRules::default(), office::note(context));
    Ok(acting.authority().rekey_by_request(request, days, predecessor, &rules, &note)?)
}

pub(super) fn acting(context: &Context, record: &CertificateRecord, args: &AuthorityArgs) -> Outcome<Acting> {
    Acting::open(context, office::issuer_of(context, record)?, args.key_pin_from.as_ref())
}

/// The certificate that a serial number or a file names, or the request that a file is.
fn asked(context: &Context, what: &Path) -> Outcome<Asked> {
    if let Some(Ok(serial)) = what.to_str().filter(|_| !what.exists()).map(status::serial) {
        return Ok(Asked::Record(Box::new(office::record(context, &serial)?)));
    }
    let bytes = context.read(what, SMALL)?;
    if let Ok(answer) = CertificateResponse::from_bytes(&bytes) {
        let certificate = which::of(&answer).map_err(|failure| failure.at(what))?;
        return Ok(Asked::Record(Box::new(office::record(context, certificate.serial())?)));
    }
    if RekeyRequest::looks_like(&bytes) {
        let request = RekeyRequest::from_bytes(&bytes).map_err(|error| Failure::from(error).at(what))?;
        return Ok(Asked::NewKey(Box::new(request)));
    }
    Ok(Asked::SameKey(Box::new(issue::request(context, what, RequestPolicy::default())?)))
}

pub(super) fn finish(context: &Context, target: &Target<'_>, done: &Succession) -> Outcome {
    target.write(&issue::answer(&done.issued.answer))?;
    if context.output.is_json() {
        let mut object = issue::issued_json(&done.issued);
        object["replaces"] = json!(done.old.serial().to_string());
        object["seals"] = done.seals.iter().map(|seal| seal_json(seal, target.path())).collect();
        context.output.json(&json!({"schema": "eseal.cert-issue/1", "certificates": [object]}))?;
        return Ok(Exit::Done);
    }
    issue::tell(context, std::slice::from_ref(&done.issued))?;
    if done.issued.filled == Filled::Now {
        let values =
            [("serial", done.old.serial().to_string().into()), ("to", local_time(done.old.validity().to()).into())];
        context.output.note(&context.text("text-succeeds", &values));
    }
    for seal in &done.seals {
        let values = [("id", seal.id.clone().into()), ("name", seal.name.clone().into())];
        context.output.note(&context.text("text-seal-outdated", &values));
        context.output.note(&format!("  {}", remake(seal, target.path())));
    }
    Ok(Exit::Done)
}

fn seal_json(seal: &SealRecord, answer: &Path) -> Json {
    json!({"id": seal.id, "name": seal.name, "remake": remake(seal, answer)})
}

/// The command that makes a seal anew for the holder of an answer. The number is new: that of the old seal stays taken.
fn remake(seal: &SealRecord, answer: &Path) -> String {
    let (like, signer) = (shell_word(&seal.id), shell_word(&answer.to_string_lossy()));
    format!("eseal seal make --like {like} --id NEW-ID --signer {signer} -o NEW-ID.esl")
}

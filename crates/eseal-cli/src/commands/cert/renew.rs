//! `eseal cert renew|rekey`: successors, with the same key or with a new one.

use std::path::{Path, PathBuf};

use eseal::authority::{Issued, Predecessor, RenewalRules};
use eseal::cert::{CertificateRequest, CertificateResponse, RequestPolicy};
use eseal::registry::{CertificateRecord, KeyId, Registry};

use super::which::{self, Which};
use super::{issue, status};
use crate::args::{AuthorityArgs, OutArgs};
use crate::context::{Context, SMALL};
use crate::failure::{Failure, Outcome};
use crate::office::{self, Acting};
use crate::output::Target;

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
    #[arg(long, value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    replaces: Which,
    #[arg(long)]
    revoke: bool,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn renew(context: &Context, args: &RenewArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let record = named(context, &args.what)?;
    let rules = RenewalRules::default();
    let rules = if args.early { rules.at_any_time() } else { rules };
    let mut acting = acting(context, &record, &args.authority)?;
    let issued = acting.authority().renew(&record.serial, args.days, &rules, &office::note(context))?;
    finish(context, &target, issued)
}

pub(crate) fn rekey(context: &Context, args: &RekeyArgs) -> Outcome {
    let target = Target::new(&args.out.out, args.out.force)?;
    let request = issue::request(context, &args.request, RequestPolicy::default())?;
    let record = office::record(context, &args.replaces.serial(context)?)?;
    check_subject(&request, &record).map_err(|failure| failure.at(&args.request))?;
    let predecessor = if args.revoke { Predecessor::Revoked } else { Predecessor::RunsOut };
    let (key, rules, note) = (request.public_key(), RenewalRules::default(), office::note(context));
    let mut acting = acting(context, &record, &args.authority)?;
    let issued = acting.authority().rekey(&record.serial, key, args.days, predecessor, &rules, &note)?;
    finish(context, &target, issued)
}

fn finish(context: &Context, target: &Target<'_>, issued: Issued) -> Outcome {
    target.write(&issue::answer(&issued.answer))?;
    issue::tell(context, &[issued])
}

fn acting(context: &Context, record: &CertificateRecord, args: &AuthorityArgs) -> Outcome<Acting> {
    Acting::open(context, office::issuer_of(context, record)?, args.key_pin_from.as_ref())
}

/// The certificate that a serial number or a file names, or that a request with its key asks to renew: of several, the
/// one that ends last.
fn named(context: &Context, what: &Path) -> Outcome<CertificateRecord> {
    if let Some(Ok(serial)) = what.to_str().filter(|_| !what.exists()).map(status::serial) {
        return office::record(context, &serial);
    }
    if let Ok(answer) = CertificateResponse::from_bytes(&context.read(what, SMALL)?) {
        let certificate = which::of(&answer).map_err(|failure| failure.at(what))?;
        return office::record(context, certificate.serial());
    }
    let request = issue::request(context, what, RequestPolicy::default())?;
    let registry = office::registry(context)?;
    let known = registry.by_subject_key(&KeyId::of(request.public_key()))?;
    let newest = known.into_iter().max_by_key(|record| (record.revocation().is_none(), record.validity.to()));
    let record = newest.ok_or_else(|| Failure::new("renew-unknown-key").at(what))?;
    check_subject(&request, &record).map_err(|failure| failure.at(what))?;
    Ok(record)
}

/// The request is to speak of the same holder: otherwise somebody took the wrong file.
fn check_subject(request: &CertificateRequest, record: &CertificateRecord) -> Outcome<()> {
    let certificate = eseal::cert::Certificate::from_der(&record.der)?;
    if certificate.subject().matches(request.subject()) {
        return Ok(());
    }
    Err(Failure::new("renew-other-subject").with("subject", record.subject.clone()))
}

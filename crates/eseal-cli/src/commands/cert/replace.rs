//! `eseal cert replace`: a new pair for whoever lost the key; the old one is revoked at once.

use std::path::PathBuf;

use eseal::authority::{AuthorityError, Loss, RenewalRules};
use eseal::cert::{Certificate, Reason, RequestPolicy};
use eseal::time::Instant;

use super::which::Which;
use super::{issue, renew};
use crate::args::{AuthorityArgs, OutArgs};
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::office;
use crate::output::{Target, parse_time};

#[derive(clap::Args)]
pub(crate) struct ReplaceArgs {
    #[arg(value_name = "REQ")]
    request: PathBuf,
    // A serial number, or a file with the lost certificate.
    #[arg(long, value_name = "SERIAL-OR-FILE", value_parser = Which::parse)]
    replaces: Which,
    #[arg(long, value_name = "REASON", value_parser = reasons(), ignore_case = true, default_value = "keyCompromise")]
    reason: String,
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    invalid_since: Option<Instant>,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[command(flatten)]
    out: OutArgs,
}

/// Why a key is replaced: it may be in wrong hands, it is gone, or it is out of use.
fn reasons() -> clap::builder::PossibleValuesParser {
    [Reason::KeyCompromise, Reason::Superseded, Reason::CessationOfOperation].map(|reason| reason.word()).into()
}

pub(super) fn run(context: &Context, args: &ReplaceArgs) -> Outcome {
    let reason = Reason::parse(&args.reason).ok_or_else(|| Failure::new("usage-value-malformed"))?;
    let target = Target::new(&args.out.out, args.out.force)?;
    let request = issue::request(context, &args.request, RequestPolicy::default())?;
    let record = office::record(context, &args.replaces.serial(context)?)?;
    if !Certificate::from_der(&record.der)?.subject().matches(request.subject()) {
        let error = AuthorityError::OtherSubject { subject: record.subject };
        return Err(Failure::from(error).at(&args.request));
    }
    let loss = Loss { reason, since: args.invalid_since };
    let (key, rules, note) = (request.public_key(), RenewalRules::default(), office::note_about(context, [&request]));
    let mut acting = renew::acting(context, &record, &args.authority)?;
    let mut authority = acting.authority();
    let issued = authority.replace(&record.serial, key, args.days, loss, &rules, &note)?;
    let done = authority.succession(issued, note.at)?;
    renew::finish(context, &target, &done)
}

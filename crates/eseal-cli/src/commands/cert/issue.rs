//! `eseal cert issue`: certificates and pairs from requests, one answer a file, or in bulk from a table.

use std::path::{Path, PathBuf};

use eseal::authority::{ActivationRule, Filled, Issued, OfficeRules, Order};
use eseal::cert::{Certificate, CertificateRequest, CertificateResponse, Profile, RequestPolicy, danger};
use eseal::time::Period;
use serde_json::{Value as Json, json};

use super::{bulk, people};
use crate::args::AuthorityArgs;
use crate::configuration;
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office::{self, Acting, Authority};
use crate::output::Target;

#[derive(clap::Args)]
pub(crate) struct IssueArgs {
    #[arg(value_name = "REQ", required_unless_present = "from")]
    requests: Vec<PathBuf>,
    // A request that is bound to an application needs none: what was approved rules.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    #[arg(long)]
    pair: bool,
    // A policy of the office's for this act; the audit log says so.
    #[arg(long)]
    accept_empty_id: bool,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[arg(long, value_name = "ID", conflicts_with = "out_dir")]
    order: Option<String>,
    #[arg(long, value_name = "FILE", requires = "out_dir", conflicts_with = "requests")]
    from: Option<PathBuf>,
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(short, long, value_name = "FILE", required_unless_present = "out_dir")]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &Context, args: &IssueArgs) -> Outcome {
    let pin = args.authority.key_pin_from.as_ref();
    let missing = |argument: &str| Failure::new("usage-argument-missing").with("argument", argument.to_owned());
    if let Some(folder) = &args.out_dir {
        let rows = match &args.from {
            Some(table) => people::read(context, table)?,
            None if args.profile.is_none() => return Err(missing("--profile")),
            None => people::of_requests(&args.requests),
        };
        let plan = bulk::Plan {
            rows,
            folder,
            pair: args.pair,
            profile: args.profile.as_deref(),
            days: args.days,
            force: args.force,
            policy: policy(args),
            rules: configuration::rules(context)?,
        };
        return bulk::run(context, pin, &plan);
    }
    let out = args.out.as_deref().ok_or_else(|| missing("--out"))?;
    // Each pair is an answer of its own, and an order has one.
    if (args.pair || args.order.is_some()) && args.requests.len() > 1 {
        return Err(missing("--out-dir"));
    }
    let target = Target::new(out, args.force)?;
    let read =
        || -> Outcome<Vec<_>> { args.requests.iter().map(|path| request(context, path, policy(args))).collect() };
    let Some(profile) = &args.profile else {
        return match read()?.as_slice() {
            [one] if one.activation().is_some() => by_application(context, args, one, &target),
            _ => Err(missing("--profile")),
        };
    };
    let profile = configuration::profiles(context)?.find(profile)?;
    let rules = configuration::rules(context)?;
    let requests = read()?;
    for (request, path) in requests.iter().zip(&args.requests) {
        check_unbound(&rules, request).map_err(|failure| failure.at(path))?;
    }
    let mut acting = Acting::open(context, authority_for(&profile), pin)?;
    let mut authority = acting.authority();
    let validity = match args.days {
        Some(days) => Period::days(context.now, days),
        None => authority.default_validity(&profile, context.now),
    };
    let orders: Vec<_> = requests
        .iter()
        .map(|request| {
            let order = Order::new(request.subject(), request.public_key(), &profile, validity);
            let order = if args.pair { order.pair() } else { order };
            Order { id: args.order.clone(), ..order }
        })
        .collect();
    let issued = authority.issue_all(&orders, &office::note_about(context, &requests))?;
    let bytes = match issued.as_slice() {
        [one] => answer(&one.answer),
        // The certificates in the order of their requests, then the one above them all.
        several => {
            let above = several.first().and_then(|first| first.answer.signing().get(1));
            several.iter().map(|one| &one.signing).chain(above).map(Certificate::to_pem).collect::<String>().into()
        }
    };
    target.write(&bytes)?;
    tell(context, &issued)
}

/// Issues what was applied for: the application says what.
fn by_application(context: &Context, args: &IssueArgs, request: &CertificateRequest, target: &Target<'_>) -> Outcome {
    if args.pair || args.days.is_some() || args.order.is_some() {
        return Err(Failure::new("application-rules").at(&args.requests[0]));
    }
    let mut acting = Acting::open(context, Authority::Issuing, args.authority.key_pin_from.as_ref())?;
    let (mut authority, key) = acting.with_decrypter();
    let issued = authority.issue_by_application(request, key, &office::note_about(context, [request]))?;
    target.write(&answer(&issued.answer))?;
    tell(context, &[issued])
}

/// Whether a request may be issued for by a profile that an officer names.
pub(super) fn check_unbound(rules: &OfficeRules, request: &CertificateRequest) -> Outcome<()> {
    match request.activation() {
        Some(_) => Err(Failure::new("application-rules")),
        None if rules.activation == ActivationRule::Required => Err(Failure::new("activation-required")),
        None => Ok(()),
    }
}

fn policy(args: &IssueArgs) -> RequestPolicy {
    if args.accept_empty_id { danger::accept_empty_id_request() } else { RequestPolicy::default() }
}

/// Reads a request.
pub(super) fn request(context: &Context, path: &Path, policy: RequestPolicy) -> Outcome<CertificateRequest> {
    let bytes = context.read(path, SMALL)?;
    CertificateRequest::from_bytes_with(&bytes, policy).map_err(|error| Failure::from(error).at(path))
}

/// Which authority issues by a profile.
pub(super) fn authority_for(profile: &Profile) -> Authority {
    if profile.is_ca() { Authority::Root } else { Authority::Issuing }
}

/// What goes to a holder: PEM of the certificates, or for a pair the response with its envelope.
pub(super) fn answer(answer: &CertificateResponse) -> Vec<u8> {
    if answer.encryption().is_empty() {
        return answer.signing().iter().map(Certificate::to_pem).collect::<String>().into();
    }
    answer.to_der()
}

/// Says what was issued.
pub(super) fn tell(context: &Context, issued: &[Issued]) -> Outcome {
    if issued.iter().any(|one| one.filled == Filled::Now && one.envelope.is_some()) {
        office::tell_unarchived(context)?;
    }
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.cert-issue/1",
            "certificates": issued.iter().map(issued_json).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    for one in issued {
        let text = if one.filled == Filled::Now { "text-issued" } else { "text-issued-before" };
        for certificate in std::iter::once(&one.signing).chain(&one.encryption) {
            let values = [
                ("subject", certificate.subject().to_string().into()),
                ("serial", certificate.serial().to_string().into()),
            ];
            context.output.note(&context.text(text, &values));
        }
    }
    Ok(Exit::Done)
}

/// What an order came to, as JSON.
pub(super) fn issued_json(issued: &Issued) -> Json {
    let certificates = std::iter::once(&issued.signing).chain(&issued.encryption);
    json!({
        "outcome": if issued.filled == Filled::Now { "issued" } else { "already" },
        "subject": issued.signing.subject().to_string(),
        "serials": certificates.map(|one| one.serial().to_string()).collect::<Vec<_>>(),
        "not_after": issued.signing.validity().to().to_rfc3339(),
    })
}

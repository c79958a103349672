//! `eseal cert issue`: certificates from requests.

use std::path::PathBuf;

use eseal::cert::{Certificate, CertificateRequest, RequestPolicy, danger};

use crate::args::AuthorityArgs;
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Target;

#[derive(clap::Args)]
pub(crate) struct IssueArgs {
    #[arg(value_name = "REQ", required_unless_present = "from")]
    requests: Vec<PathBuf>,
    #[arg(long, value_name = "PROFILE")]
    profile: String,
    #[arg(long)]
    pair: bool,
    // A policy of the office's for this act; the audit log says so.
    #[arg(long)]
    accept_empty_id: bool,
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[arg(long, value_name = "FILE", hide = true)]
    from: Option<PathBuf>,
    #[arg(long, value_name = "DIR", hide = true)]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArgs,
    #[arg(short, long, value_name = "FILE", required_unless_present = "out_dir")]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &Context, args: &IssueArgs) -> Outcome {
    for (flag, given) in [("--pair", args.pair), ("--from", args.from.is_some()), ("--out-dir", args.out_dir.is_some())]
    {
        if given {
            return Err(Failure::not_yet(flag));
        }
    }
    let out = args.out.as_deref().ok_or_else(|| Failure::new("usage-argument-missing").with("argument", "--out"))?;
    let target = Target::new(out, args.force)?;
    let profiles = crate::configuration::profiles(context)?;
    let profile = profiles.find(&args.profile)?;
    let policy = if args.accept_empty_id { danger::accept_empty_id_request() } else { RequestPolicy::default() };
    let mut requests = Vec::new();
    for path in &args.requests {
        let bytes = context.read(path, SMALL)?;
        requests
            .push(CertificateRequest::from_bytes_with(&bytes, policy).map_err(|error| Failure::from(error).at(path))?);
    }
    let chain =
        crate::office::issue(context, args.authority.key_pin_from.as_ref(), &requests, &profiles, &profile, args.days)?;
    let answer: String = chain.iter().map(Certificate::to_pem).collect();
    target.write(answer.as_bytes())?;
    for certificate in chain.iter().take(requests.len()) {
        let values = [
            ("subject", certificate.subject().to_string().into()),
            ("serial", certificate.serial().to_string().into()),
        ];
        context.output.note(&context.text("text-issued", &values));
    }
    Ok(Exit::Done)
}

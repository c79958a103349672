//! `eseal request new`: a key made inside a token, and a request for its certificate.

use eseal::cert::{CertificateRequest, Name};
use eseal::token::KeyUse;

use crate::args::{OutArgs, SignerArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Target;
use crate::pin::Wanted;
use crate::signer;

#[derive(clap::Subcommand)]
pub(crate) enum RequestCommand {
    New(NewArgs),
}

#[derive(clap::Args)]
pub(crate) struct NewArgs {
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long, value_name = "DN")]
    subject: String,
    // Only `sign` is done yet; the word is open so that the refusal can say so.
    #[arg(long = "type", value_name = "TYPE", default_value = "sign")]
    kind: String,
    #[command(flatten)]
    out: OutArgs,
}

pub(crate) fn run(context: &Context, command: &RequestCommand) -> Outcome {
    let RequestCommand::New(args) = command;
    if args.kind != "sign" {
        return Err(Failure::not_yet(format!("--type {}", args.kind)));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let subject = Name::parse(&args.subject)?;
    let mut session = signer::log_in(context, &args.signer.token, args.signer.pin_from.as_ref(), Wanted::PIN)?;
    let located = |error| Failure::from(error).at(&args.signer.token);
    let key = session.generate_key(KeyUse::Sign).map_err(located)?;
    let signer = session.signer(key).map_err(located)?;
    let request = CertificateRequest::new(&subject, &signer)?;
    target.write(request.to_pem().as_bytes())?;
    Ok(Exit::Done)
}

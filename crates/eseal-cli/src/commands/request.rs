//! `eseal request new|show`: a key made inside a token and a request for its certificate; what a request asks for.

mod show;

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
    Show(show::ShowArgs),
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
    match command {
        RequestCommand::New(args) => new(context, args),
        RequestCommand::Show(args) => show::run(context, args),
    }
}

fn new(context: &Context, args: &NewArgs) -> Outcome {
    if args.kind != "sign" {
        return Err(Failure::not_yet(format!("--type {}", args.kind)));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let subject = Name::parse(&args.subject)?;
    let token = args.signer.token.file()?;
    let mut session = signer::log_in(context, token, args.signer.pin_from.as_ref(), Wanted::PIN)?;
    let located = |error| Failure::from(error).at(token);
    let key = session.generate_key(KeyUse::Sign).map_err(located)?;
    let signer = session.signer(key).map_err(located)?;
    let request = CertificateRequest::new(&subject, &signer)?;
    target.write(request.to_pem().as_bytes())?;
    Ok(Exit::Done)
}

//! `eseal request new|show`: a key made inside a token and a request for its certificate; what a request asks for.

mod show;

use eseal::cert::{ActivationCode, CertificateRequest, Name, PassphraseVerifier, RequestExtras};
use eseal::token::KeyUse;

use crate::args::{OutArgs, SignerArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::hardware;
use crate::output::Target;
use crate::pin::{PinSource, Wanted, read_secret};
use crate::signer::{self, AnySigner, TokenSource};

#[derive(clap::Subcommand)]
pub(crate) enum RequestCommand {
    New(Box<NewArgs>),
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
    // Both came from the authority, by two ways.
    #[arg(long, value_name = "REFERENCE", requires = "code_from")]
    reference: Option<String>,
    #[arg(long, value_name = "SRC", requires = "reference")]
    code_from: Option<PinSource>,
    #[arg(long, value_name = "SRC", requires = "reference")]
    revocation_passphrase_from: Option<PinSource>,
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
    if matches!(args.signer.token, TokenSource::Agent { .. }) {
        return Err(Failure::new("usage-token-file"));
    }
    // Before a key is made that nobody needs.
    let code = code(context, args)?;
    let extras = match (&args.reference, &code) {
        (Some(reference), Some(code)) => Some(extras(context, args, reference, code)?),
        _ => None,
    };
    let pin_from = args.signer.pin_from.as_ref();
    let signer: AnySigner = match &args.signer.token {
        // A key that is there already: hardware makes it by its own program.
        TokenSource::Pkcs11(uri) => hardware::key(context, uri, pin_from)?,
        source => {
            let token = source.file()?;
            let located = |error| Failure::from(error).at(token);
            let mut session = signer::log_in(context, token, pin_from, Wanted::PIN)?;
            let key = session.generate_key(KeyUse::Sign).map_err(located)?;
            Box::new(session.signer(key).map_err(located)?)
        }
    };
    let request = match &extras {
        Some(extras) => CertificateRequest::new_with(&subject, &signer, extras)?,
        None => CertificateRequest::new(&subject, &signer)?,
    };
    target.write(request.to_pem().as_bytes())?;
    Ok(Exit::Done)
}

/// The authorisation code, if the request shall be bound to an application.
fn code(context: &Context, args: &NewArgs) -> Outcome<Option<ActivationCode>> {
    let Some(source) = &args.code_from else { return Ok(None) };
    let secret = read_secret(Some(source), Wanted::CODE, !context.globals.no_input, &context.messages)?;
    Ok(Some(ActivationCode::parse(&secret)?))
}

fn extras<'e>(
    context: &Context,
    args: &NewArgs,
    reference: &'e str,
    code: &'e ActivationCode,
) -> Outcome<RequestExtras<'e>> {
    let extras = RequestExtras::activated_by(reference, code)?;
    let Some(source) = &args.revocation_passphrase_from else { return Ok(extras) };
    let passphrase = signer::passphrase(context, source, Wanted::NEW_PASSPHRASE)?;
    Ok(extras.passphrase(PassphraseVerifier::new(&passphrase)?))
}

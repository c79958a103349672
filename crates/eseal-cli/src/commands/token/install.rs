//! `eseal token install`: an authority's answer, put into the token that asked.

use std::path::PathBuf;

use eseal::cert::CertificateResponse;

use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct InstallArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(value_name = "RESPONSE")]
    response: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
}

pub(super) fn run(context: &Context, args: &InstallArgs) -> Outcome {
    let bytes = context.read(&args.response, SMALL)?;
    let response = CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.response))?;
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    session.install_pair(&response).map_err(|error| Failure::from(error).at(&args.token))?;
    for (list, note) in [(response.signing(), "text-installed"), (response.encryption(), "text-installed-encryption")] {
        for certificate in list.iter().filter(|one| session.owns(one)) {
            let subject = certificate.subject().to_string();
            context.output.note(&context.text(note, &[("subject", subject.into())]));
        }
    }
    Ok(Exit::Done)
}

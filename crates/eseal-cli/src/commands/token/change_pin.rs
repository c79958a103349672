//! `eseal token change-pin`: another PIN for the same token.

use std::path::PathBuf;

use clap::ArgAction;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct ChangePinArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC", action = ArgAction::Append)]
    holder_number_from: Vec<PinSource>,
}

pub(super) fn run(context: &Context, args: &ChangePinArgs) -> Outcome {
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let new = signer::pin(context, args.new_pin_from.as_ref(), Wanted::NEW_PIN)?;
    let located = |error| Failure::from(error).at(&args.token);
    let certificates = session.certificates().map_err(located)?;
    let numbers = signer::holder_numbers(context, &args.holder_number_from, &certificates)?;
    let numbers: Vec<_> = numbers.iter().map(|number| number.as_str()).collect();
    session.change_pin(&new, &numbers).map_err(|error| Failure::from(error).at(&args.token))?;
    context.output.note(&context.text("text-pin-changed", &[]));
    Ok(Exit::Done)
}

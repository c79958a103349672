//! One command family a file: its arguments, the call into the library, the printing.

pub(crate) mod agent;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod ca;
pub(crate) mod cert;
pub(crate) mod completions;
pub(crate) mod crl;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod inspect;
pub(crate) mod key;
pub(crate) mod lab;
pub(crate) mod man;
pub(crate) mod ocsp;
pub(crate) mod officer;
pub(crate) mod request;
pub(crate) mod seal;
pub(crate) mod sign;
pub(crate) mod stamp;
pub(crate) mod store;
pub(crate) mod token;
pub(crate) mod tsa;
pub(crate) mod verify;

use crate::args::Command;
use crate::context::Context;
use crate::failure::Outcome;

/// Runs a command.
pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Lab(args) => lab::run(context, &args),
        Command::Ca { command } => ca::run(context, &command),
        Command::Request { command } => request::run(context, &command),
        Command::Cert { command } => cert::run(context, &command),
        Command::Crl { command } => crl::run(context, &command),
        Command::Agent { command } => agent::run(context, &command),
        Command::Key { command } => key::run(context, &command),
        Command::Officer { command } => officer::run(context, &command),
        Command::Ocsp { command } => ocsp::run(context, &command),
        Command::Tsa { command } => tsa::run(context, &command),
        Command::Token { command } => token::run(context, &command),
        Command::Seal { command } => seal::run(context, &command),
        Command::Auth { command } => auth::run(context, &command),
        Command::Sign(args) => sign::run(context, &args),
        Command::Stamp(args) => stamp::run(context, &args),
        Command::Verify(args) => verify::run(context, &args),
        Command::Audit { command } => audit::run(context, &command),
        Command::Store { command } => store::run(context, &command),
        Command::Inspect(args) => inspect::run(context, &args),
        Command::Doctor(args) => doctor::run(context, &args),
        Command::Explain(args) => explain::run(context, &args),
        Command::Completions(args) => completions::run(context, &args),
        Command::Man(args) => man::run(context, &args),
    }
}

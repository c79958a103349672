//! `eseal token …`: the soft certificate's file.

mod change_pin;
mod export;
mod import;
mod install;
mod new;
mod recovery_code;
pub(crate) mod show;
mod unlock;
mod unlock_request;
mod update;

use crate::context::Context;
use crate::failure::Outcome;

#[derive(clap::Subcommand)]
pub(crate) enum TokenCommand {
    New(new::NewArgs),
    Show(show::ShowArgs),
    Install(install::InstallArgs),
    ChangePin(change_pin::ChangePinArgs),
    RecoveryCode(recovery_code::RecoveryCodeArgs),
    UnlockRequest(unlock_request::UnlockRequestArgs),
    Unlock(unlock::UnlockArgs),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    Update(update::UpdateArgs),
}

pub(crate) fn run(context: &Context, command: &TokenCommand) -> Outcome {
    match command {
        TokenCommand::New(args) => new::run(context, args),
        TokenCommand::Show(args) => show::run(context, args),
        TokenCommand::Install(args) => install::run(context, args),
        TokenCommand::ChangePin(args) => change_pin::run(context, args),
        TokenCommand::RecoveryCode(args) => recovery_code::run(context, args),
        TokenCommand::UnlockRequest(args) => unlock_request::run(context, args),
        TokenCommand::Unlock(args) => unlock::run(context, args),
        TokenCommand::Import(args) => import::run(context, args),
        TokenCommand::Export(args) => export::run(context, args),
        TokenCommand::Update(args) => update::run(context, args),
    }
}

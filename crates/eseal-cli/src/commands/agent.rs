//! `eseal agent start|list|status|lock|stop`: a process that holds a login for a time and signs for this user's programs.

#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "the arguments are known everywhere, and obeyed on Linux")
)]

use std::path::PathBuf;

use crate::args::AtArgs;
use crate::context::Context;
use crate::failure::Outcome;

#[cfg(target_os = "linux")]
mod ask;
#[cfg(target_os = "linux")]
mod confirm;
mod start;

use start::StartArgs;

#[derive(clap::Subcommand)]
pub(crate) enum AgentCommand {
    Start(StartArgs),
    List(ListArgs),
    Status(SocketArgs),
    Lock(SocketArgs),
    Stop(SocketArgs),
}

#[derive(clap::Args)]
pub(crate) struct SocketArgs {
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    socket: SocketArgs,
    #[command(flatten)]
    at: AtArgs,
}

#[cfg(target_os = "linux")]
pub(crate) fn run(context: &Context, command: &AgentCommand) -> Outcome {
    match command {
        AgentCommand::Start(args) => start::run(context, args),
        AgentCommand::List(args) => ask::list(context, args),
        AgentCommand::Status(args) => ask::status(context, args),
        AgentCommand::Lock(args) => ask::lock(context, args),
        AgentCommand::Stop(args) => ask::stop(context, args),
    }
}

/// Elsewhere nothing says who is at the other end of a socket, and an agent that cannot ask is none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_: &Context, _: &AgentCommand) -> Outcome {
    Err(crate::failure::Failure::not_yet("agent"))
}

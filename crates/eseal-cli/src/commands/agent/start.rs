//! `eseal agent start TOKEN...`: logs in once, and goes on in the background.
//!
//! The PINs are asked for here and handed to the process that goes on through a pipe, so that one process, hardened first, derives
//! and holds the keys, and a PIN is tried once.

use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;

use crate::pin::PinSource;

#[derive(clap::Args)]
pub(crate) struct StartArgs {
    #[arg(value_name = "TOKEN", required = true)]
    pub(super) tokens: Vec<PathBuf>,
    #[arg(long, value_name = "SRC", action = ArgAction::Append)]
    pub(super) pin_from: Vec<PinSource>,
    #[arg(id = "for", long, value_name = "DURATION", value_parser = duration, default_value = "8h")]
    pub(super) lasting: Duration,
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "1h")]
    pub(super) idle: Duration,
    #[arg(long, value_name = "PATH")]
    pub(super) socket: Option<PathBuf>,
    #[arg(long, value_name = "PROGRAM")]
    pub(super) confirm: Option<PathBuf>,
    #[arg(long)]
    pub(super) foreground: bool,
    // What the process in the background is started with: the PINs come line by line, and it leaves its terminal.
    #[arg(long, hide = true, conflicts_with_all = ["foreground", "pin_from"])]
    pub(super) detached: bool,
}

/// A time: `90s`, `30m`, `8h`, `2d`.
fn duration(text: &str) -> Result<Duration, String> {
    let fault = || "duration".to_owned();
    let unit = match text.chars().next_back().ok_or_else(fault)? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(fault()),
    };
    let count: u32 = text[..text.len() - 1].parse().map_err(|_| fault())?;
    Ok(Duration::from_secs(u64::from(count) * unit))
}

#[cfg(target_os = "linux")]
pub(super) use linux::run;

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{Read, Write};
    use std::path::{Path, PathBuf};
    use std::process::{Child, ChildStdin, Command, Stdio};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use eseal::token::TokenInfo;
    use eseal_agent::{Agent, AgentError, Client, FileWatch, Limits, Server, harden, leave_terminal, ticks, user};
    use serde_json::json;
    use zeroize::Zeroizing;

    use super::super::confirm::Program;
    use super::StartArgs;
    use crate::context::Context;
    use crate::exit::Exit;
    use crate::failure::{Failure, Outcome, reason};
    use crate::messages::Messages;
    use crate::output::{local_time, to_stdout};
    use crate::pin::{PinSource, Wanted, read_secret};
    use crate::{agent, signer};

    /// What the process in the background says first when it serves. Until then what it says is a failure.
    const READY: &str = "ready\n";
    /// The most that the process in the background says: its tokens, one line each.
    const MOST_SAID: u64 = 1 << 20;

    pub(in super::super) fn run(context: &Context, args: &StartArgs) -> Outcome {
        let limits = Limits::new(args.lasting, args.idle)?;
        let socket = agent::socket(context, args.socket.as_deref())?;
        let confirm = args.confirm.as_deref().map(|path| Program::new(path, Messages::new(context.messages.lang())));
        let confirm = confirm.transpose()?;
        if args.foreground || args.detached {
            return serve(context, args, limits, confirm, &socket);
        }
        let sources = sources(args)?;
        // Whatever can be refused before a PIN is asked for, is.
        for token in &args.tokens {
            signer::ready_for_pin(context, token)?;
        }
        match Client::connect(&socket) {
            Ok(_) => return Err(AgentError::Running { path: socket }.into()),
            Err(AgentError::NotRunning { .. }) => {}
            Err(error) => return Err(Failure::from(error).at(&socket)),
        }
        let mut pins = Vec::with_capacity(args.tokens.len());
        for (token, source) in args.tokens.iter().zip(&sources) {
            if args.tokens.len() > 1 && !matches!(source, Some(PinSource::File(_) | PinSource::Variable(_))) {
                context
                    .output
                    .note(&context.text("text-agent-pin-of", &[("path", token.display().to_string().into())]));
            }
            pins.push(read_secret(*source, Wanted::PIN, !context.globals.no_input, &context.messages)?);
        }
        background(context, args, &socket, &pins)
    }

    /// Where the PIN of each token comes from: one source for all, or one for each.
    fn sources(args: &StartArgs) -> Outcome<Vec<Option<&PinSource>>> {
        match args.pin_from.as_slice() {
            [] => Ok(vec![None; args.tokens.len()]),
            [source] => Ok(vec![Some(source); args.tokens.len()]),
            sources if sources.len() == args.tokens.len() => Ok(sources.iter().map(Some).collect()),
            _ => Err(Failure::new("usage-agent-pins")),
        }
    }

    /// Starts this program again, to go on when this run ends.
    fn background(context: &Context, args: &StartArgs, socket: &Path, pins: &[Zeroizing<String>]) -> Outcome {
        let could_not = |error: std::io::Error| Failure::new("agent-start").fill("reason", reason(&error));
        let mut command = Command::new(std::env::current_exe().map_err(could_not)?);
        let globals = &context.globals;
        if let Some(home) = &globals.home {
            command.arg("--home").arg(home);
        }
        if let Some(lang) = &globals.lang {
            command.args(["--lang", lang]);
        }
        for (flag, given) in [("--json", globals.json), ("--jsonl", globals.jsonl), ("--quiet", globals.quiet)] {
            if given {
                command.arg(flag);
            }
        }
        command.args(["agent", "start", "--detached"]);
        command.arg("--for").arg(format!("{}s", args.lasting.as_secs()));
        command.arg("--idle").arg(format!("{}s", args.idle.as_secs()));
        command.arg("--socket").arg(socket);
        if let Some(program) = &args.confirm {
            command.arg("--confirm").arg(program);
        }
        command.arg("--").args(&args.tokens).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(could_not)?;
        // A process that has failed already says so itself; what is written to it then is nobody's.
        let _ = hand_over(child.stdin.take(), pins);
        let said = listen(&mut child).map_err(could_not)?;
        match said.strip_prefix(READY.as_bytes()) {
            Some(result) => {
                to_stdout(result)?;
                Ok(Exit::Done)
            }
            None => {
                to_stdout(&said)?;
                let code = child.wait().map_err(could_not)?.code();
                let failed = code.and_then(|code| u8::try_from(code).ok()).and_then(Exit::from_code);
                Ok(failed.filter(|exit| *exit != Exit::Done).unwrap_or(Exit::Bug))
            }
        }
    }

    fn hand_over(pipe: Option<ChildStdin>, pins: &[Zeroizing<String>]) -> std::io::Result<()> {
        let Some(mut pipe) = pipe else { return Ok(()) };
        for pin in pins {
            pipe.write_all(pin.as_bytes())?;
            pipe.write_all(b"\n")?;
        }
        Ok(())
    }

    /// What it says until it serves, or ends.
    fn listen(child: &mut Child) -> std::io::Result<Vec<u8>> {
        let mut said = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MOST_SAID).read_to_end(&mut said)?;
        }
        Ok(said)
    }

    /// Logs in, and serves until the end.
    fn serve(context: &Context, args: &StartArgs, limits: Limits, confirm: Option<Program>, socket: &Path) -> Outcome {
        let could_not = |error: std::io::Error| Failure::new("agent-start").fill("reason", reason(&error));
        // Before there is a secret in this process.
        harden().map_err(could_not)?;
        let ended = end_on_signals().map_err(could_not)?;
        for token in &args.tokens {
            signer::ready_for_pin(context, token)?;
        }
        let server = Server::bind(socket).map_err(|error| Failure::from(error).at(socket))?;
        let mut agent = Agent::new(limits, user(), ticks());
        if let Some(program) = confirm {
            agent = agent.confirm(program);
        }
        let sources = if args.detached { vec![Some(&PinSource::Stdin); args.tokens.len()] } else { sources(args)? };
        let mut held = Vec::with_capacity(args.tokens.len());
        for (path, source) in args.tokens.iter().zip(sources) {
            let session = signer::log_in(context, path, source, Wanted::PIN)?;
            let info = session.info().map_err(|error| Failure::from(error).at(path))?;
            let lasting: PathBuf = std::path::absolute(path).map_err(could_not)?;
            agent.hold(&session, Some(Box::new(FileWatch::new(lasting, &info))))?;
            held.push(info);
        }
        if args.detached {
            to_stdout(READY.as_bytes())?;
        }
        tell(context, limits, socket, &held)?;
        if args.detached {
            leave_terminal().map_err(could_not)?;
        }
        server.serve(&Arc::new(agent), || ended.load(Ordering::SeqCst))?;
        Ok(Exit::Done)
    }

    /// A flag that the signals by which a process is asked to end set.
    fn end_on_signals() -> std::io::Result<Arc<AtomicBool>> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        Ok(ended)
    }

    fn tell(context: &Context, limits: Limits, socket: &Path, held: &[TokenInfo]) -> Outcome<()> {
        let until = context.now.plus_seconds(i64::try_from(limits.life().as_secs()).unwrap_or(i64::MAX));
        let keys: usize = held.iter().map(|info| info.objects.len()).sum();
        if context.output.is_json() {
            return context.output.json(&json!({
                "schema": "eseal.agent/1",
                "outcome": "started",
                "socket": socket.to_string_lossy(),
                "process": std::process::id(),
                "until": until.to_rfc3339(),
                "idle_seconds": limits.idle().as_secs(),
                "tokens": held.iter().map(|info| json!({
                    "label": info.label, "serial": info.serial, "keys": info.objects.len(),
                })).collect::<Vec<_>>(),
            }));
        }
        context.output.note(&context.text(
            "text-agent-started",
            &[
                ("count", i64::try_from(keys).unwrap_or(i64::MAX).into()),
                ("until", local_time(until).into()),
                ("process", std::process::id().to_string().into()),
            ],
        ));
        let variable = agent::VARIABLE;
        context.output.text(&format!("{variable}={}; export {variable}\n", quoted(&socket.to_string_lossy())))
    }

    /// As a shell reads it back.
    fn quoted(text: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
        if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_shell_reads_the_name_of_the_socket_back() {
            assert_eq!(quoted("/run/user/1000/eseal-agent/agent.sock"), "/run/user/1000/eseal-agent/agent.sock");
            assert_eq!(quoted("/tmp/a b$(x)'c"), r"'/tmp/a b$(x)'\''c'");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("8h", 28_800), ("2d", 172_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for text in ["", "8", "h", "1w", "-1h", "1.5h", "99999999999h", "8 h", "8小时"] {
            assert_eq!(duration(text), Err("duration".to_owned()), "{text}");
        }
    }
}

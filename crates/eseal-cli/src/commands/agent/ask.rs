//! `eseal agent list|status|lock|stop`: asks an agent that is running.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant as Clock};

use eseal_agent::{AgentKey, Client};
use serde_json::{Value as Json, json};

use super::{ListArgs, SocketArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::table::{Sheet, hex};
use crate::{agent, show};

/// How long an agent that was told to end may take.
const TO_END: Duration = Duration::from_secs(5);

fn connect(context: &Context, args: &SocketArgs) -> Outcome<Arc<Client>> {
    let path = agent::socket(context, args.socket.as_deref())?;
    Client::connect(&path).map_err(|error| Failure::from(error).at(&path))
}

pub(super) fn list(context: &Context, args: &ListArgs) -> Outcome {
    let client = connect(context, &args.socket)?;
    let keys = client.keys()?;
    let at = context.at(&args.at);
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.agent-list/1",
            "at": at.to_rfc3339(),
            "socket": client.path().to_string_lossy(),
            "keys": keys.iter().map(|key| json!({
                "use": key.key_use.word(),
                "token": {"label": key.label, "serial": key.serial},
                "public": hex(&key.public_key.to_sec1()),
                "certificates": key.certificates.iter().map(|one| show::certificate_json(one, at)).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let title = |key: &AgentKey| {
        let title = format!("{} {} ({})", key.key_use.label(context.messages.lang()), key.label, key.serial);
        crate::failure::one_line(&title)
    };
    let mut parts = Vec::new();
    for key in &keys {
        let mut part = format!("{}\n", title(key));
        if key.certificates.is_empty() {
            part.push_str(&format!("  {}\n", context.text("text-no-certificate", &[])));
        }
        for certificate in &key.certificates {
            part.push_str(&show::certificate_lines(context, certificate, at).text(2));
        }
        parts.push(part);
    }
    context.output.text(&parts.join("\n"))?;
    Ok(Exit::Done)
}

pub(super) fn status(context: &Context, args: &SocketArgs) -> Outcome {
    let client = connect(context, args)?;
    let status = client.status()?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.agent-status/1",
            "socket": client.path().to_string_lossy(),
            "process": status.process,
            "locked": status.locked,
            "tokens": status.tokens,
            "keys": status.keys,
            "signatures": status.signatures,
            "opened": status.opened,
            "refused": status.refused,
            "idle_left": status.idle_left,
            "time_left": status.time_left,
        }))?;
        return Ok(Exit::Done);
    }
    let label = |id: &str| context.text(&format!("text-label-agent-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("socket"), client.path().to_string_lossy());
    sheet.line(label("process"), status.process.to_string());
    let state = if status.locked { "text-agent-is-locked" } else { "text-agent-is-open" };
    sheet.line(label("state"), context.text(state, &[]));
    if !status.locked {
        sheet.line(label("keys"), status.keys.to_string());
        sheet.line(label("idle-left"), span(status.idle_left));
        sheet.line(label("time-left"), span(status.time_left));
    }
    sheet.line(label("signatures"), status.signatures.to_string());
    sheet.line(label("opened"), status.opened.to_string());
    sheet.line(label("refused"), status.refused.to_string());
    context.output.text(&sheet.text(0))?;
    Ok(Exit::Done)
}

/// Seconds as hours, minutes and seconds, without what is zero in front.
fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

pub(super) fn lock(context: &Context, args: &SocketArgs) -> Outcome {
    let client = connect(context, args)?;
    client.lock()?;
    told(context, &client, "locked", "text-agent-now-locked")
}

pub(super) fn stop(context: &Context, args: &SocketArgs) -> Outcome {
    let client = connect(context, args)?;
    client.stop()?;
    // The keys are gone already; who starts another one needs the socket's name.
    let since = Clock::now();
    while client.path().exists() && since.elapsed() < TO_END {
        thread::sleep(Duration::from_millis(10));
    }
    told(context, &client, "stopped", "text-agent-stopped")
}

fn told(context: &Context, client: &Client, outcome: &str, id: &str) -> Outcome {
    if context.output.is_json() {
        let socket: Json = client.path().to_string_lossy().into();
        context.output.json(&json!({"schema": "eseal.agent/1", "outcome": outcome, "socket": socket}))?;
    } else {
        context.output.note(&context.text(id, &[]));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_two_units_that_matter() {
        assert_eq!(
            [0, 59, 60, 3599, 3600, 90_061].map(span),
            ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 1 min"]
        );
    }
}

//! Asking a person before each use of a key, by a program that shows a question: exit 0 is yes.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant as Clock};

use eseal_agent::{Ask, Confirm};

use crate::failure::{Failure, Outcome, one_line};
use crate::messages::Messages;
use crate::table::hex;

/// Whoever does not answer in a minute is not there: that is a no.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that asks. It gets the question as its only argument, and the details in variables.
pub(super) struct Program {
    path: PathBuf,
    messages: Messages,
}

impl Program {
    /// A path is taken from here; a bare name is looked for where programs are. One that is not there is told now: asked later, it
    /// would only ever say no.
    pub(super) fn new(path: &Path, messages: Messages) -> Outcome<Self> {
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let bare = path.components().count() == 1 && !path.is_absolute() && !path.starts_with(".");
        let places = if bare { std::env::var_os("PATH").unwrap_or_default() } else { OsString::new() };
        let mut candidates = std::env::split_paths(&places).map(|folder| folder.join(path)).collect::<Vec<_>>();
        if !bare {
            candidates.push(path.to_owned());
        }
        match candidates.iter().find(|candidate| may_run(candidate)) {
            Some(found) => Ok(Self { path: absolute(found), messages }),
            None => Err(Failure::file("input-unreadable", path, &ErrorKind::NotFound.into())),
        }
    }
}

fn may_run(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

impl Confirm for Program {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        let process = ask.peer.process.unwrap_or(0).to_string();
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        let subject = ask.certificate.map(|one| one.subject().to_string()).unwrap_or_default();
        let id = if ask.digest.is_some() { "text-agent-ask-sign" } else { "text-agent-ask-open" };
        let program = format!("{} ({process})", name.trim());
        let values =
            [("program", program.into()), ("label", ask.label.to_owned().into()), ("subject", subject.clone().into())];
        let question = one_line(&self.messages.text(id, &values));
        let asked = Command::new(&self.path)
            .arg(question)
            .env("ESEAL_AGENT_ACT", if ask.digest.is_some() { "sign" } else { "open" })
            .env("ESEAL_AGENT_TOKEN", one_line(ask.label))
            .env("ESEAL_AGENT_SUBJECT", one_line(&subject))
            .env("ESEAL_AGENT_PROCESS", process)
            .env("ESEAL_AGENT_DIGEST", ask.digest.map(|digest| hex(digest.as_bytes())).unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut asked) = asked else { return false };
        let since = Clock::now();
        loop {
            match asked.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) if since.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
                Ok(None) | Err(_) => {
                    let _ = asked.kill();
                    let _ = asked.wait();
                    return false;
                }
            }
        }
    }
}

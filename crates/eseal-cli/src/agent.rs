//! The agent of this user: where it listens, and the keys that it lends.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "agents are for Linux"))]

use std::path::{Path, PathBuf};

use eseal::cert::Certificate;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::signer::AnySigner;

/// The variable that names the agent's socket.
pub(crate) const VARIABLE: &str = "ESEAL_AGENT_SOCK";

/// Where the agent listens: as given, else `ESEAL_AGENT_SOCK`, else a folder of this user's own.
pub(crate) fn socket(context: &Context, given: Option<&Path>) -> Outcome<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let path = match given.map(Path::to_owned).or_else(|| variable(VARIABLE)) {
        Some(path) => path,
        // Emptied when the user leaves; the home of the office is the next best.
        None => match variable("XDG_RUNTIME_DIR") {
            Some(folder) => folder.join("eseal-agent/agent.sock"),
            None => context.home()?.join("agent/agent.sock"),
        },
    };
    // A process that goes on in the background leaves its folder.
    std::path::absolute(&path).map_err(|error| Failure::file("input-unreadable", &path, &error))
}

/// The newest certificate that fits among those that the agent lends, with a signer for its key.
///
/// `which` is the label or serial number of a token, or the serial number of a certificate.
#[cfg(target_os = "linux")]
pub(crate) fn signing_key(
    context: &Context,
    which: Option<&str>,
    fits: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, AnySigner)> {
    use eseal::token::KeyUse;

    let path = socket(context, None)?;
    let client = eseal_agent::Client::connect(&path).map_err(|error| Failure::from(error).at(&path))?;
    let keys = client.keys().map_err(|error| Failure::from(error).at(&path))?;
    let is = |text: &str, which: &str| text.eq_ignore_ascii_case(which);
    let mut found = Vec::new();
    for key in keys.iter().filter(|key| key.key_use == KeyUse::Sign) {
        for certificate in &key.certificates {
            let meant = which.is_none_or(|which| {
                key.label == which || is(&key.serial, which) || is(&certificate.serial().to_string(), which)
            });
            if meant {
                found.push((certificate, &key.public_key));
            }
        }
    }
    let (certificate, key) = crate::signer::newest(found.iter(), |(certificate, _)| certificate, fits)
        .ok_or_else(|| Failure::new("agent-unknown-key").at(&path))?;
    Ok(((*certificate).clone(), Box::new(client.signer(key))))
}

/// There are no agents elsewhere: nothing says there who is at the other end of a socket.
#[cfg(not(target_os = "linux"))]
pub(crate) fn signing_key(
    _: &Context,
    _: Option<&str>,
    _: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, AnySigner)> {
    Err(Failure::not_yet("--token agent:"))
}

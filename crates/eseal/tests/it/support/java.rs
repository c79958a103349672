//! Bouncy Castle as a witness: small Java programs in `tests/witness/`, run from their source.

use std::process::Command;

use super::{run, system_file, tool, workspace};

/// The class path of Debian's Bouncy Castle; where it or Java is absent the reason is printed, and CI fails.
pub(crate) fn bouncy_castle() -> Option<String> {
    tool("java")?;
    let jars: Option<Vec<_>> = ["bcprov", "bcutil", "bcpkix"]
        .iter()
        .map(|jar| Some(system_file(&format!("/usr/share/java/{jar}.jar"))?.to_str()?.to_owned()))
        .collect();
    Some(jars?.join(":"))
}

/// Runs a witness with an act and its arguments: what it printed.
pub(crate) fn witness(class_path: &str, program: &str, act: &str, arguments: &[String]) -> String {
    let mut command = Command::new("java");
    command.args(["-cp", class_path]).arg(workspace().join("crates/eseal/tests/witness").join(program)).arg(act);
    String::from_utf8_lossy(&run(command.args(arguments)).stdout).into_owned()
}

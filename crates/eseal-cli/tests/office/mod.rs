//! A demo office for tests, and a way to run the command in it.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a run came to.
pub(crate) struct Ran {
    /// Its exit code; `None` when it was killed.
    pub(crate) code: Option<i32>,
    /// What it printed as data.
    pub(crate) stdout: String,
    /// What it said beside.
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// It did what it was told.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// It refused, with this code.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) {
        assert_eq!(self.code, Some(5), "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(&format!("error[{code}]")), "{}", self.stderr);
    }

    /// It did what it was told, and this is what it told.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done().stdout).unwrap()
    }
}

/// The command, far from the settings of whoever runs the tests.
pub(crate) fn eseal(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.current_dir(folder);
    for name in ["ESEAL_STORE", "ESEAL_TRUST", "ESEAL_AGENT_SOCK", "XDG_RUNTIME_DIR", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command.env("ESEAL_HOME", folder.join("home")).env("ESEAL_LANG", "en-US").env("LC_ALL", "C").env("TZ", "UTC");
    command
}

/// Runs the command to its end.
pub(crate) fn run<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    eseal(folder).args(arguments).output().unwrap().into()
}

/// A folder of this name with a demo office in `demo/`, made anew.
pub(crate) fn office(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).unwrap();
    let made = run(&folder, ["lab", "demo"]);
    assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    folder
}

/// The arguments that stamp a document of the office as its organization.
pub(crate) fn stamp<'a>(input: &'a str, out: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["stamp", input, "-o", out, "--place", "-1:right-40mm,bottom-40mm"];
    arguments.extend(["--seal", "demo/seals/organization.esl", "--token", "demo/tokens/organization.token"]);
    arguments.extend(["--pin-from", "file:demo/tokens/organization.pin"]);
    arguments
}

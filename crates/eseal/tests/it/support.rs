//! What the tests share: the sample files beside the project, and programs of others that check our work.

pub(crate) mod drawing;
pub(crate) mod java;
pub(crate) mod office;
pub(crate) mod samples;

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the crate lies two folders below the workspace")
}

/// The folder of sample files beside the project; where it is absent the reason is printed, and CI fails.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = workspace().join("../shared");
    if folder.is_dir() { Some(folder) } else { skip("../shared is not there") }
}

/// A program in the search path; where it is absent the reason is printed, and CI fails.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let found = env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_some() { found } else { skip(&format!("the program {name} is not installed")) }
}

/// A file that Debian's packages bring; where it is absent the reason is printed, and CI fails.
pub(crate) fn system_file(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(path);
    if file.is_file() { Some(file) } else { skip(&format!("{path} is not installed")) }
}

/// Says aloud, past the test runner's capture, that a test does not run; in CI (`CI=true`) that is a failure.
pub(crate) fn skip<T>(reason: &str) -> Option<T> {
    assert!(env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {reason}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
    None
}

/// Runs a program to its end and demands success; both streams are in the failure's text.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?} failed with {}\n{}", output.status, both_streams(&output));
    output
}

/// What a program printed, for a failure's text.
pub(crate) fn both_streams(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The names of all tests in the workspace, for the tables that name them.
pub(crate) fn tests_by_name() -> Vec<String> {
    let mut names = Vec::new();
    collect_tests(&workspace().join("crates"), &mut names);
    names
}

fn collect_tests(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace can be read") {
        let path = entry.expect("its entries too").path();
        if path.is_dir() {
            collect_tests(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let after_marks =
                text.split("#[test]").skip(1).filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
            names.extend(after_marks.map(|(name, _)| name.to_owned()));
        }
    }
}

/// Debian's OpenSSL 3 reads SM2 signatures only when told the signer's identity.
pub(crate) const DISTID: &str = "distid:1234567812345678";

/// The elements inside a DER SEQUENCE, each with its header: enough of a reader to hand parts to other programs.
pub(crate) fn elements(der: &[u8]) -> Vec<&[u8]> {
    let split = |bytes: &[u8]| match usize::from(bytes[1]) {
        short @ ..0x80 => (2, 2 + short),
        long => {
            let header = 2 + (long & 0x7f);
            (header, bytes[2..header].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)) + header)
        }
    };
    let (header, length) = split(der);
    let mut rest = &der[header..length];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (element, after) = rest.split_at(split(rest).1);
        found.push(element);
        rest = after;
    }
    found
}

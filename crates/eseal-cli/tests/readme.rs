//! Both READMEs show the same commands, and the commands do what they say.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The fenced blocks of a language, without comments.
fn blocks(file: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let fence = format!("```{language}\n");
    let bare = |line: &str| {
        let code = line.split(" # ").next().unwrap_or_default();
        if code.trim_start().starts_with("//") { String::new() } else { code.trim_end().to_owned() }
    };
    let block =
        |rest: &str| rest.split("\n```").next().unwrap_or_default().lines().map(bare).collect::<Vec<_>>().join("\n");
    text.split(fence.as_str()).skip(1).map(block).collect()
}

#[test]
fn both_readmes_show_the_same_commands_and_code() {
    for language in ["sh", "toml", "rust"] {
        let english = blocks("README.md", language);
        assert!(!english.is_empty(), "{language}");
        assert_eq!(english, blocks("README.zh-CN.md", language), "{language}");
    }
}

#[test]
fn the_first_screen_has_the_main_job_and_the_tests_and_nothing_else() {
    let first = &blocks("README.md", "sh")[0];
    assert_eq!(first, "cargo run --release -- lab demo\ncargo test --workspace");
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    for command in first.lines() {
        assert!(run.contains(command), "CI runs {command} as it stands");
    }
}

/// A folder in which the commands of the README find what they name: the program, and a `cargo` that runs it.
fn stage() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("target/release");
    fs::create_dir_all(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_eseal"), bin.join("eseal")).unwrap();
    // `cargo run` is what these tests were built with, and `cargo test` is what runs them.
    let cargo = folder.path().join("cargo");
    let script = "#!/bin/sh\n[ \"$1\" = test ] && exit 0\nshift 3\nexec target/release/eseal \"$@\"\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Runs commands as a reader would type them: how it ended, and what was said.
fn run(folder: &Path, commands: &str) -> (Option<i32>, String) {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-e", "-x", "-c", commands])
        .current_dir(folder)
        .env("PATH", path)
        .env_remove("ESEAL_HOME")
        .env_remove("ESEAL_STORE")
        .env_remove("ESEAL_TRUST")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

/// Whether the program that edits a database by hand is there; in CI it is.
fn has_sqlite() -> bool {
    let there = Command::new("sqlite3").arg("--version").output().is_ok();
    assert!(
        there || std::env::var("CI").as_deref() != Ok("true"),
        "in CI nothing is skipped: sqlite3 is not installed"
    );
    if !there {
        let _ = writeln!(std::io::stderr(), "skipped: the edited database of the README: sqlite3 is not installed");
    }
    there
}

#[test]
fn the_commands_of_the_readme_work_one_after_another_and_an_edited_row_is_found() {
    let folder = stage();
    let (by_hand, all): (Vec<String>, Vec<String>) =
        blocks("README.md", "sh").into_iter().partition(|block| block.contains("sqlite3"));
    let (code, said) = run(folder.path(), &all.join("\n"));
    assert_eq!(code, Some(0), "{said}");
    for made in ["demo/out.pdf", "demo/mine.pdf", "demo/issued/results.jsonl"] {
        assert!(folder.path().join(made).is_file(), "{made}: {said}");
    }
    let results = fs::read_to_string(folder.path().join("demo/issued/results.jsonl")).unwrap();
    assert_eq!(results.matches("\"issued\"").count(), 7, "{results}");

    let [by_hand] = &by_hand[..] else { panic!("one block edits the database") };
    if has_sqlite() {
        let (code, said) = run(folder.path(), &format!("PATH=\"$PWD/target/release:$PATH\"\n{by_hand}"));
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("audit-record-edited"), "{said}");
    }
}

//! Both READMEs show the same commands, and the commands do what they say.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
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

#[test]
fn the_commands_of_the_readme_work_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("target/release");
    fs::create_dir_all(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_eseal"), bin.join("eseal")).unwrap();
    // `cargo run` is what these tests were built with, and `cargo test` is what runs them.
    let cargo = folder.path().join("cargo");
    let script = "#!/bin/sh\n[ \"$1\" = test ] && exit 0\nshift 3\nexec target/release/eseal \"$@\"\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();

    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let all = blocks("README.md", "sh").join("\n");
    let output = Command::new("sh")
        .args(["-e", "-x", "-c", &all])
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("ESEAL_HOME")
        .env_remove("ESEAL_TRUST")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(folder.path().join("demo/out.pdf").is_file(), "{said}");
}

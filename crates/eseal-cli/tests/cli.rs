//! Snapshots of the command: each file under `tests/cmd/` is a situation, with arguments, both streams and the exit code.
//!
//! They run in a folder of their own, in the order of their names. `TRYCMD=overwrite` writes them anew.

use std::path::{Path, PathBuf};

/// A folder for the situations, with the files that they speak of.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("eseal-cli-cmd");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("home")).unwrap();
    std::fs::write(folder.join("pin.txt"), "correct horse battery\n").unwrap();
    std::fs::write(folder.join("wrong-pin.txt"), "incorrect horse\n").unwrap();
    std::fs::write(folder.join("empty.txt"), "\n").unwrap();
    std::fs::write(folder.join("there.pdf"), "already here").unwrap();
    std::fs::write(folder.join("text.txt"), "no document at all\n").unwrap();
    folder
}

#[test]
fn every_situation_ends_as_its_snapshot_says() {
    let folder = folder();
    std::env::set_current_dir(&folder).unwrap();
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    trycmd::TestCases::new()
        .env("ESEAL_HOME", folder.join("home").to_str().unwrap())
        .env("ESEAL_LANG", "en-US")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .case(snapshots.join("*.toml"));
}

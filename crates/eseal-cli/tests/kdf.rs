//! What a guess of a PIN costs, and what may not be a PIN.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};

use office::{Ran, run};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).unwrap();
    for (name, secret) in [("pin", "correct horse battery"), ("next", "another fine horse"), ("phone", "13812345678")] {
        fs::write(folder.join(name), format!("{secret}\n")).unwrap();
    }
    folder
}

fn new(folder: &Path, token: &str, more: &[&str]) -> Ran {
    run(folder, ["token", "new", token, "--pin-from", "file:pin"].iter().chain(more))
}

fn show(folder: &Path, token: &str) -> Value {
    let ran = run(folder, ["token", "show", token, "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_token_behind_argon2id_says_so_and_keeps_it_over_a_new_pin() {
    let folder = folder("kdf-argon2id");
    assert_eq!(new(&folder, "a.token", &["--kdf", "argon2id"]).code, Some(0));
    let expected = serde_json::json!({"name": "argon2id", "demo": false, "memory_kib": 65536, "passes": 3, "lanes": 1});
    let told = show(&folder, "a.token");
    assert_eq!((&told["kdf"], &told["kdf_iterations"]), (&expected, &Value::Null));
    let text = run(&folder, ["token", "show", "a.token"]).stdout;
    assert!(text.contains("Argon2id 64 MiB × 3"), "{text}");
    let change = |old: &str, new: &str| {
        let (old, new) = (format!("file:{old}"), format!("file:{new}"));
        run(&folder, ["token", "change-pin", "a.token", "--pin-from", &old, "--new-pin-from", &new]).code
    };
    assert_eq!(change("phone", "next"), Some(5), "a wrong PIN");
    assert_eq!(show(&folder, "a.token")["tries_left"], 5);
    assert_eq!(change("pin", "next"), Some(0));
    let told = show(&folder, "a.token");
    assert_eq!((&told["kdf"], &told["tries_left"]), (&expected, &6.into()));
    assert_eq!(change("pin", "next"), Some(5), "the old PIN");
}

#[test]
fn the_usual_function_is_that_of_the_sm_series() {
    let folder = folder("kdf-pbkdf2");
    assert_eq!(new(&folder, "a.token", &["--kdf", "pbkdf2:1100000"]).code, Some(0));
    let told = show(&folder, "a.token");
    assert_eq!((&told["kdf"]["name"], &told["kdf_iterations"]), (&"pbkdf2-hmac-sm3".into(), &1_100_000.into()));
}

#[test]
fn a_number_of_the_holder_may_not_be_the_pin() {
    let folder = folder("kdf-holder");
    let number = ["--holder-number-from", "file:phone"];
    let refused = run(&folder, ["token", "new", "a.token", "--pin-from", "file:phone"].iter().chain(&number));
    assert!(refused.code == Some(5) && refused.stderr.contains("token-weak-pin"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("13812345678") && !folder.join("a.token").exists(), "{}", refused.stderr);
    assert_eq!(new(&folder, "a.token", &number).code, Some(0));
    let change = ["token", "change-pin", "a.token", "--pin-from", "file:pin", "--new-pin-from", "file:phone"];
    let refused = run(&folder, change.iter().chain(&number));
    assert!(refused.code == Some(5) && refused.stderr.contains("token-weak-pin"), "{}", refused.stderr);
}

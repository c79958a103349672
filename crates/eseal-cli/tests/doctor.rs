//! What `eseal doctor` finds, and that it asks for nothing and changes nothing.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};

use office::{Ran, office, run};
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("pin"), "correct horse battery\n").unwrap();
    folder
}

fn doctor(folder: &Path, more: &[&str]) -> (Ran, Value) {
    let ran = run(folder, ["doctor", "--target", "1ms", "--json", "--no-input"].iter().chain(more));
    let report = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr));
    (ran, report)
}

/// What was found, as `check outcome`, and the sentences.
fn found(report: &Value) -> (Vec<String>, String) {
    let word = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let checks = report["checks"].as_array().unwrap();
    let told = checks.iter().map(|check| word(check, "message") + "\n").collect();
    (checks.iter().map(|check| format!("{} {}", word(check, "check"), word(check, "outcome"))).collect(), told)
}

#[test]
fn on_a_new_machine_all_is_well_and_a_cost_is_proposed() {
    let folder = folder("doctor-new");
    let (ran, report) = doctor(&folder, &[]);
    assert_eq!(
        (ran.code, &report["healthy"], report["schema"].as_str()),
        (Some(0), &true.into(), Some("eseal.doctor/1"))
    );
    assert_eq!(found(&report).0, ["clock pass", "home note", "registry note"]);
    assert!(!folder.join("home").exists(), "nothing was made");
    // However slow the machine is, nothing weaker than the default is proposed.
    let [pbkdf2, argon2id] = [0, 1].map(|at| report["kdf"][at]["argument"].as_str().unwrap().to_owned());
    assert_eq!((pbkdf2.as_str(), argon2id.as_str()), ("pbkdf2:1000000", "argon2id:65536KiB,3"));
    for argument in [pbkdf2, argon2id] {
        let made = run(&folder, ["token", "new", &argument[..6], "--pin-from", "file:pin", "--kdf", &argument]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
    }
    let (ran, report) = doctor(&folder, &["pbkdf2", "argon2"]);
    assert_eq!(ran.code, Some(0), "{report}");
    assert_eq!(
        found(&report).0,
        ["clock pass", "home pass", "device-key pass", "registry note", "token pass", "token pass"]
    );
}

#[test]
fn what_should_be_mended_is_found_without_a_pin() {
    let folder = office("doctor-office");
    // The keys of a demo office are behind PINs that are guessed in no time.
    let (ran, report) = doctor(&folder, &["--home", "demo/office"]);
    let (checks, told) = found(&report);
    assert_eq!((ran.code, &report["healthy"]), (Some(1), &false.into()));
    assert!(checks.contains(&"registry pass".to_owned()) && checks.contains(&"token fail".to_owned()), "{checks:?}");
    assert!(told.contains("demonstration") && !told.contains("locked:"), "{told}");
    fs::write(folder.join("pin"), "correct horse battery\n").unwrap();
    for _ in 0..6 {
        run(
            &folder,
            ["token", "change-pin", "demo/tokens/person.token", "--home", "demo/office", "--pin-from", "file:pin"],
        );
    }
    let before = fs::read(folder.join("demo/tokens/person.token")).unwrap();
    let (ran, report) = doctor(&folder, &["demo/tokens/person.token", "demo/lab.json", "nowhere.token"]);
    let told = found(&report).1;
    assert_eq!(ran.code, Some(1));
    for expected in ["locked: too many wrong PINs", "[token-malformed]", "[token-not-found]"] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(fs::read(folder.join("demo/tokens/person.token")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_a_fault() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("doctor-modes");
    assert_eq!(run(&folder, ["token", "new", "a.token", "--pin-from", "file:pin"]).code, Some(0));
    let mode = |path: &str, mode| fs::set_permissions(folder.join(path), fs::Permissions::from_mode(mode)).unwrap();
    mode("home/device.key", 0o644);
    mode("home", 0o777);
    mode("a.token", 0o666);
    let (ran, report) = doctor(&folder, &["a.token"]);
    let (checks, told) = found(&report);
    assert_eq!(ran.code, Some(1));
    assert_eq!(checks, ["clock pass", "home fail", "device-key fail", "registry note", "token fail"]);
    assert!(told.contains("mode 644") && told.contains("mode 777") && told.contains("mode 666"), "{told}");
}

#[test]
fn a_damaged_device_key_and_registry_are_named() {
    let folder = folder("doctor-damaged");
    fs::create_dir(folder.join("home")).unwrap();
    fs::write(folder.join("home/device.key"), "not a key\n").unwrap();
    fs::write(folder.join("home/eseal.db"), "not a registry, not at all\n").unwrap();
    let (ran, report) = doctor(&folder, &[]);
    let (checks, told) = found(&report);
    assert_eq!(ran.code, Some(1));
    assert!(
        checks.contains(&"device-key fail".into()) && checks.contains(&"registry fail".into()),
        "{checks:?} {told}"
    );
    let text = run(&folder, ["doctor", "--target", "1ms", "--lang", "zh-CN"]);
    assert!(text.code == Some(1) && text.stdout.contains("token-bad-device-secret"), "{}", text.stdout);
}

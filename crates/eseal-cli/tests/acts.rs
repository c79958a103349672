//! The command from end to end, and what it leaves behind when something goes wrong.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use office::{eseal, office, run, stamp};
use serde_json::Value;

const TRUSTED: [&str; 4] = ["--trust", "demo/trust", "--crl", "demo/trust"];

fn verify<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["verify", file];
    arguments.extend(more);
    arguments
}

/// Files of ours that were not renamed.
fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".eseal-")).collect()
}

#[test]
fn a_document_is_stamped_and_the_answer_depends_on_trust_and_on_every_byte() {
    let folder = office("acts-stamp");
    let stamped = run(&folder, stamp("demo/documents/notice.pdf", "out.pdf"));
    assert_eq!(stamped.code, Some(0), "{}", stamped.stderr);
    let (original, result) = (fs::read(folder.join("demo/documents/notice.pdf")), fs::read(folder.join("out.pdf")));
    assert!(result.unwrap().starts_with(&original.unwrap()));

    let trusted = run(&folder, verify("out.pdf", &TRUSTED));
    assert_eq!(trusted.code, Some(0), "{}{}", trusted.stdout, trusted.stderr);
    let untrusted = run(&folder, verify("out.pdf", &[]));
    assert_eq!(untrusted.code, Some(3));
    assert!(untrusted.stdout.contains("chain-no-trust") && untrusted.stdout.contains("--trust PATH"));

    let mut changed = fs::read(folder.join("out.pdf")).unwrap();
    let at = changed.windows(7).position(|window| window == b"1000.00").unwrap();
    changed[at] = b'9';
    fs::write(folder.join("changed.pdf"), changed).unwrap();
    let changed = run(&folder, verify("changed.pdf", &TRUSTED));
    assert_eq!(changed.code, Some(1));
    assert!(changed.stdout.contains("document-hash-mismatch"), "{}", changed.stdout);

    // A second seal keeps the first valid, as long as it does not lie on it.
    let covering = run(&folder, stamp("out.pdf", "covering.pdf"));
    assert!(covering.code == Some(5) && covering.stderr.contains("pdf-overlap"), "{}", covering.stderr);
    let mut second = stamp("out.pdf", "twice.pdf");
    second[5] = "1:40mm,40mm";
    assert_eq!(run(&folder, second).code, Some(0));
    let twice = run(&folder, verify("twice.pdf", &["--trust", "demo/trust", "--crl", "demo/trust", "--json"]));
    let report: Value = serde_json::from_str(&twice.stdout).unwrap();
    assert_eq!(report["files"][0]["stamps"].as_array().unwrap().len(), 2);
    assert_eq!((report["verdict"].as_str(), twice.code), (Some("valid"), Some(0)));
    assert_eq!(report["files"][0]["later_changes"], "stamps");
}

#[test]
fn the_report_has_the_shape_of_the_contract() {
    let folder = office("acts-report");
    let mut arguments = verify("demo/stamped/notice-organization.pdf", &TRUSTED);
    arguments.extend(["--json", "--report", "report.json"]);
    let ran = run(&folder, arguments);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["schema"], "eseal.verify/1");
    let kept: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(kept, report);
    let file = &report["files"][0];
    for key in ["path", "media", "sm3", "verdict", "later_changes", "uncovered", "stamps"] {
        assert!(!file[key].is_null(), "{key}");
    }
    let one = &file["stamps"][0];
    for key in ["verdict", "kind", "format", "places", "seal", "signer", "time", "valid_when_stamped", "valid_now"] {
        assert!(!one[key].is_null(), "{key}");
    }
    for key in ["id", "name", "type", "maker", "valid_from", "valid_to"] {
        assert!(!one["seal"][key].is_null(), "seal.{key}");
    }
    for key in ["subject", "serial", "issuer"] {
        assert!(!one["signer"][key].is_null(), "signer.{key}");
    }
    let time = one["time"].as_object().unwrap();
    assert!(time.contains_key("claimed") && time.contains_key("proven"));
    assert_eq!(one["places"][0]["rect_mm"].as_array().unwrap().len(), 4);
    let findings = one["findings"].as_array().unwrap();
    assert!(findings.len() >= 20, "every question is asked");
    for finding in findings {
        for key in ["check", "outcome", "clause", "code", "detail"] {
            assert!(!finding[key].is_null(), "{key}");
        }
    }
}

#[test]
fn many_files_give_a_line_each_and_a_summary_in_the_order_asked_for() {
    let folder = office("acts-lines");
    let stamped = "demo/stamped/notice-organization.pdf";
    let mut arguments = verify(stamped, &["demo/documents/notice.pdf", "no-such.pdf", "demo/broken/seal-swapped.pdf"]);
    arguments.extend(TRUSTED);
    arguments.extend(["--jsonl", "--jobs", "3"]);
    let ran = run(&folder, arguments);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let verdicts: Vec<_> = lines.iter().map(|line| line["verdict"].as_str()).collect();
    assert_eq!(verdicts, [Some("valid"), Some("not-stamped"), None, Some("invalid"), Some("invalid")]);
    assert_eq!(lines[2]["error"]["code"], "input-unreadable");
    assert_eq!(lines[4]["kind"], "summary");
    // Invalid counts before unreadable and not stamped.
    assert_eq!((ran.code, lines[4]["exit"].as_i64()), (Some(1), Some(1)));
    for (files, exit) in [(vec!["no-such.pdf", stamped], 6), (vec!["demo/documents/notice.pdf", stamped], 4)] {
        assert_eq!(run(&folder, [&["verify"], &files[..], &TRUSTED].concat()).code, Some(exit));
    }
}

#[test]
fn too_many_wrong_pins_lock_the_token_and_nothing_is_written() {
    let folder = office("acts-pin");
    let mut arguments = stamp("demo/documents/notice.pdf", "out.pdf");
    let at = arguments.len() - 1;
    arguments[at] = "env:WRONG";
    for left in (0..6).rev() {
        let ran = eseal(&folder).args(&arguments).env("WRONG", "not-the-pin-4711").output().unwrap();
        let ran = office::Ran::from(ran);
        assert_eq!(ran.code, Some(5));
        let wanted = if left == 0 { "token-" } else { "token-wrong-pin" };
        assert!(ran.stderr.contains(wanted), "{left}: {}", ran.stderr);
        assert!(!ran.stderr.contains("4711"), "a PIN is never shown");
    }
    let locked = run(&folder, stamp("demo/documents/notice.pdf", "out.pdf"));
    assert_eq!(locked.code, Some(5));
    assert!(locked.stderr.contains("token-locked"), "{}", locked.stderr);
    assert!(!folder.join("out.pdf").exists());
}

#[test]
fn a_result_that_cannot_be_written_leaves_nothing_behind() {
    let folder = office("acts-write");
    for out in ["demo/lab.json/out.pdf", "no/such/folder/out.pdf"] {
        let ran = run(&folder, stamp("demo/documents/notice.pdf", out));
        assert_eq!(ran.code, Some(6), "{out}");
        assert!(ran.stderr.contains("output-write"), "{}", ran.stderr);
    }
    let there = run(&folder, stamp("demo/documents/notice.pdf", "demo/lab.json"));
    assert_eq!(there.code, Some(5));
    assert!(there.stderr.contains("output-exists"));
    assert!(serde_json::from_slice::<Value>(&fs::read(folder.join("demo/lab.json")).unwrap()).is_ok());
    assert!(leftovers(&folder).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_read_only_folder_are_told_as_such() {
    let folder = office("acts-full");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = eseal(&folder).args(verify("demo/stamped/report-person.pdf", &TRUSTED)).stdout(full).output().unwrap();
    assert_eq!(ran.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("output-stdout"));
    // Nobody can make files here, whoever runs the tests.
    let ran = run(&folder, stamp("demo/documents/notice.pdf", "/proc/out.pdf"));
    assert_eq!(ran.code, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("output-write"));
}

/// Runs the command with a limit on the size of the files that it writes, far below that of a stamped document.
#[cfg(unix)]
fn with_small_files(folder: &Path, before: &str, arguments: &[&str]) -> office::Ran {
    let program = eseal(folder);
    let mut shell = Command::new("sh");
    shell.current_dir(folder).args(["-c", &format!("{before} ulimit -f 16; exec \"$0\" \"$@\"")]);
    shell.arg(program.get_program()).args(arguments);
    shell.env("ESEAL_LANG", "en-US").env("ESEAL_HOME", folder.join("home"));
    shell.output().unwrap().into()
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_in_the_middle_keeps_the_old_file() {
    let folder = office("acts-middle");
    fs::write(folder.join("out.pdf"), b"the old file").unwrap();
    let mut arguments = stamp("demo/documents/notice.pdf", "out.pdf");
    arguments.push("--force");
    // With the signal ignored the write fails as it does on a full disk.
    let ran = with_small_files(&folder, "trap '' XFSZ;", &arguments);
    assert_eq!(ran.code, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("output-write"), "{}", ran.stderr);
    assert_eq!(fs::read(folder.join("out.pdf")).unwrap(), b"the old file");
    assert!(leftovers(&folder).is_empty());
}

#[cfg(unix)]
#[test]
fn a_process_that_is_killed_in_the_middle_of_writing_leaves_the_old_file() {
    let folder = office("acts-killed");
    fs::write(folder.join("out.pdf"), b"the old file").unwrap();
    let mut arguments = stamp("demo/documents/notice.pdf", "out.pdf");
    arguments.push("--force");
    let ran = with_small_files(&folder, "", &arguments);
    assert_eq!(ran.code, None, "killed by a signal: {}", ran.stderr);
    assert_eq!(fs::read(folder.join("out.pdf")).unwrap(), b"the old file");
    // The half-written file has no name that anybody would take for the result.
    assert_eq!(leftovers(&folder).len(), 1);
    arguments.retain(|argument| *argument != "--force");
    arguments[3] = "fresh.pdf";
    assert_eq!(with_small_files(&folder, "", &arguments).code, None);
    assert!(!folder.join("fresh.pdf").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_the_file_in_hand_and_begins_no_other() {
    let folder = office("acts-interrupt");
    let inputs: Vec<String> = (0..400).map(|number| format!("in-{number}.pdf")).collect();
    for input in &inputs {
        fs::copy(folder.join("demo/documents/contract.pdf"), folder.join(input)).unwrap();
    }
    let mut arguments = stamp("demo/documents/notice.pdf", "x");
    arguments.drain(1..4);
    arguments.splice(1..1, inputs.iter().map(String::as_str).chain(["--out-dir", "out"]));
    let child = eseal(&folder).args(&arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let first = folder.join("out/in-0.pdf");
    while !first.exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = office::Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(6), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[interrupted]"), "{}", ran.stderr);
    assert!(leftovers(&folder.join("out")).is_empty());
    let done: Vec<_> = fs::read_dir(folder.join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(done.len() < inputs.len());
    let mut check: Vec<&str> = vec!["verify"];
    check.extend(done.iter().map(|path| path.to_str().unwrap()));
    check.extend(TRUSTED);
    assert_eq!(run(&folder, check).code, Some(0), "every file that has its name is whole");
}

#[test]
fn an_office_of_ones_own_issues_makes_and_stamps() {
    let folder = office("acts-office");
    fs::write(folder.join("ca.pin"), "office staple horse 17\n").unwrap();
    fs::write(folder.join("my.pin"), "correct battery 42\n").unwrap();
    let done = |line: &str| {
        let ran = run(&folder, line.split(' '));
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.stderr);
        ran
    };
    done("ca init --subject CN=Root,O=Example,C=CN --key-pin-from file:ca.pin");
    let again = run(&folder, ["ca", "init", "--subject", "CN=Root,C=CN", "--key-pin-from", "file:ca.pin"]);
    assert_eq!(again.code, Some(5), "{}", again.stderr);
    fs::create_dir(folder.join("trust")).unwrap();
    done("ca export --chain -o trust/chain.pem");
    let code = done("token new my.token --pin-from file:my.pin").stdout;
    assert_eq!(code.trim().split('-').count(), 8, "a recovery code: {code}");
    done("request new --token my.token --pin-from file:my.pin --subject CN=Me,O=Example,C=CN -o my.req");
    done("cert issue my.req --profile organization --key-pin-from file:ca.pin -o my.resp");
    done("token install my.token my.resp --pin-from file:my.pin");
    done("crl build --root --key-pin-from file:ca.pin -o trust/root.crl");
    done("crl build --key-pin-from file:ca.pin -o trust/issuing.crl");
    done(
        "seal make --id 33010600000001 --name Example --kind organization --picture demo/seals/organization.png \
         --size 40mmx40mm --signer my.resp --key-pin-from file:ca.pin -o my.esl",
    );
    done("seal verify my.esl --trust trust --crl trust");
    done(
        "stamp demo/documents/report.pdf --seal my.esl --token my.token --pin-from file:my.pin --place all:center,center \
         -o out.pdf",
    );
    done("verify out.pdf --trust trust --crl trust");
    let report: Value = serde_json::from_str(&done("verify out.pdf --trust trust --crl trust --json").stdout).unwrap();
    assert_eq!(report["files"][0]["stamps"][0]["places"].as_array().unwrap().len(), 3);
    fs::write(folder.join("new.pin"), "another battery 43\n").unwrap();
    done("token change-pin my.token --pin-from file:my.pin --new-pin-from file:new.pin");
    let old = run(&folder, ["token", "install", "my.token", "my.resp", "--pin-from", "file:my.pin"]);
    assert_eq!(old.code, Some(5));
    // A token that is bound to this device does not open without the device's secret.
    let away = ["--home", "elsewhere", "token", "install", "my.token", "my.resp", "--pin-from", "file:new.pin"];
    let away = run(&folder, away);
    assert!(away.code == Some(5) && away.stderr.contains("token-device-secret-missing"), "{}", away.stderr);
    // The same seal number twice is refused.
    let twice = run(
        &folder,
        "seal make --id 33010600000001 --name Example --kind 1 --picture demo/seals/organization.png --size 40 \
         --signer my.resp --key-pin-from file:ca.pin -o other.esl"
            .split_whitespace(),
    );
    assert!(twice.code == Some(5) && twice.stderr.contains("registry-seal-taken"), "{}", twice.stderr);
}

//! The registry's keeper: the audit log, its proofs, copies, and what hands may do to the database.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

#[cfg(feature = "postgres")]
#[path = "../../eseal-store/tests/support/cluster.rs"]
#[allow(dead_code, unreachable_pub, clippy::print_stderr, reason = "shared with the tests of the store")]
mod cluster;

use std::fs;
use std::path::Path;

use office::{office, run};
use rusqlite::Connection;
use serde_json::Value;

/// The home of the demo office, and further arguments.
fn at_home<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--home", "demo/office"]].concat()
}

fn json(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let ran = run(folder, [arguments, &["--json"]].concat());
    (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr)))
}

fn edit(folder: &Path, statement: &str) {
    Connection::open(folder.join("demo/office/eseal.db")).unwrap().execute_batch(statement).unwrap();
}

#[test]
fn the_log_lists_what_was_done_and_selects() {
    let folder = office("registry-list");
    let (code, all) = json(&folder, &at_home(&["audit", "list"]));
    assert_eq!((code, all["schema"].as_str()), (Some(0), Some("eseal.audit-list/1")));
    let entries = all["entries"].as_array().unwrap();
    let of = |name: &str, value: &Value| entries.iter().filter(|entry| entry[name] == *value).count();
    let count = |arguments: &[&str]| {
        let (code, list) = json(&folder, &at_home(&[&["audit", "list"], arguments].concat()));
        assert_eq!(code, Some(0));
        list["entries"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--act", "seal-made"]), of("act", &"seal-made".into()));
    let subject = entries[3]["subject"].as_str().unwrap();
    assert_eq!(count(&["--subject", subject]), of("subject", &subject.into()));
    assert_eq!(count(&["--subject", subject.strip_prefix("certificate:").unwrap()]), count(&["--subject", subject]));
    assert_eq!(count(&["--since", "2100-01-01"]), 0);
    assert_eq!(count(&["--at", "2000-01-01"]), 0);
    assert_eq!(count(&["--limit", "2"]), 2);
    let lines = run(&folder, at_home(&["audit", "list", "--jsonl"]));
    assert_eq!(lines.stdout.lines().count(), entries.len() + 1);
    let wrong = run(&folder, at_home(&["audit", "list", "--act", "seal-broken"]));
    assert_eq!(wrong.code, Some(2), "{}", wrong.stderr);
}

#[test]
fn a_row_edited_by_hand_makes_the_check_fail_and_names_the_entry() {
    let folder = office("registry-edit");
    let (code, good) = json(&folder, &at_home(&["audit", "verify"]));
    assert_eq!((code, good["verdict"].as_str()), (Some(0), Some("valid")));
    let path = folder.join("demo/office/eseal.db");
    let whole = fs::read(&path).unwrap();
    for (statement, entry, kind) in [
        ("UPDATE certificates SET subject = 'CN=x' WHERE position = 3", 3, "audit-record-edited"),
        ("UPDATE certificates SET status = 'active', status_at = NULL, reason = NULL", 20, "audit-record-edited"),
        ("UPDATE certificates SET status = 'revoked' WHERE position = 4", 4, "audit-record-edited"),
        ("UPDATE certificates SET serial = '77' WHERE position = 2", 2, "audit-record-missing"),
        ("UPDATE certificates SET serial = 'mine' WHERE position = 2", 2, "audit-record-missing"),
        ("DELETE FROM seal_bytes WHERE position = 1", 12, "audit-record-edited"),
        ("UPDATE audit_entries SET actor = 'me' WHERE sequence = 5", 5, "audit-edited"),
        ("DELETE FROM audit_entries WHERE sequence = 6", 6, "audit-gap"),
    ] {
        fs::write(&path, &whole).unwrap();
        edit(&folder, statement);
        let (code, report) = json(&folder, &at_home(&["audit", "verify"]));
        assert_eq!((code, report["verdict"].as_str()), (Some(1), Some("invalid")), "{statement}");
        let fault = &report["fault"];
        let found = (fault["code"].as_str(), fault["entry"].as_u64());
        assert_eq!(found, (Some(kind), Some(entry)), "{statement}: {report}");
        for lang in ["en", "zh-CN"] {
            let told = run(&folder, at_home(&["audit", "verify", "--lang", lang]));
            assert_eq!(told.code, Some(1));
            assert!(told.stdout.contains(&entry.to_string()) && told.stdout.contains(kind), "{}", told.stdout);
        }
        assert_eq!(run(&folder, at_home(&["store", "check"])).code, Some(1), "{statement}");
    }
}

#[test]
fn an_entry_and_the_growth_of_the_log_are_proven_to_one_who_kept_a_head() {
    let folder = office("registry-prove");
    let head = |value: &Value| format!("{}:{}", value["entries"], value["root"].as_str().unwrap());
    let (_, before) = json(&folder, &at_home(&["audit", "verify"]));
    let kept = head(&before);
    let length = before["entries"].as_u64().unwrap();
    let (_, issued) = json(&folder, &at_home(&["cert", "list", "--status", "active"]));
    let serial = issued["certificates"][5]["serial"].as_str().unwrap().to_owned();
    assert_eq!(run(&folder, at_home(&["cert", "hold", &serial])).code, Some(0));

    let prove = |arguments: &[&str]| run(&folder, at_home(&[&["audit", "prove"], arguments].concat()));
    let size = length.to_string();
    assert_eq!(prove(&["--entry", "3", "--size", &size, "-o", "entry.json"]).code, Some(0));
    assert_eq!(prove(&["--from", &size, "-o", "growth.json"]).code, Some(0));
    let check = |file: &str, kept: &str| run(&folder, ["audit", "verify", "--proof", file, "--kept", kept]).code;
    assert_eq!((check("entry.json", &kept), check("growth.json", &kept)), (Some(0), Some(0)));
    let other = kept.replacen(':', ":0", 1);
    let other = &other[..kept.len()];
    assert_eq!((check("entry.json", other), check("growth.json", other)), (Some(1), Some(1)));
    assert_eq!(run(&folder, at_home(&["audit", "verify", "--kept", &kept])).code, Some(0));
    assert_eq!(run(&folder, at_home(&["audit", "verify", "--kept", other])).code, Some(1));

    let proof = fs::read_to_string(folder.join("entry.json")).unwrap();
    for (number, (from, to)) in [("eseal lab", "somebody"), ("\"entry\": 3", "\"entry\": 4")].into_iter().enumerate() {
        let name = format!("spoiled-{number}.json");
        fs::write(folder.join(&name), proof.replacen(from, to, 1)).unwrap();
        assert_eq!(check(&name, &kept), Some(1), "{from}");
    }
    fs::write(folder.join("none.json"), "{}").unwrap();
    let none = run(&folder, ["audit", "verify", "--proof", "none.json"]);
    assert!(none.code == Some(6) && none.stderr.contains("audit-proof-malformed"), "{}", none.stderr);
    for arguments in [["--entry", "0"], ["--entry", "999"], ["--from", "0"], ["--from", "999"]] {
        let refused = prove(&arguments);
        assert!(refused.code == Some(6) && refused.stderr.contains("audit-no-such-entry"), "{}", refused.stderr);
    }
    assert_eq!(prove(&[]).code, Some(2));
    assert_eq!(prove(&["--entry", "1", "--to", "2"]).code, Some(2));

    // An end that was cut off together with its record is whole, and shows against the head.
    let grown = json(&folder, &at_home(&["audit", "verify"])).1;
    edit(&folder, &format!("DELETE FROM audit_entries WHERE sequence = {}", length + 1));
    edit(&folder, &format!("UPDATE certificates SET status = 'active', status_at = NULL WHERE serial = '{serial}'"));
    assert_eq!(run(&folder, at_home(&["audit", "verify"])).code, Some(0));
    let cut = run(&folder, at_home(&["audit", "verify", "--kept", &head(&grown)]));
    assert!(cut.code == Some(1) && cut.stdout.contains("audit-not-as-kept"), "{}", cut.stdout);
}

#[test]
fn a_copy_is_restored_where_there_is_none_and_holds() {
    let folder = office("registry-copy");
    assert_eq!(run(&folder, at_home(&["store", "backup", "-o", "copy.jsonl"])).code, Some(0));
    let again = run(&folder, at_home(&["store", "backup", "-o", "copy.jsonl"]));
    assert!(again.code == Some(5) && again.stderr.contains("output-exists"), "{}", again.stderr);
    let restored = run(&folder, ["store", "restore", "copy.jsonl", "--store", "sqlite:restored.db"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    let verify = |store: &str| json(&folder, &at_home(&["audit", "verify", "--store", store])).1;
    assert_eq!(verify("sqlite:restored.db")["root"], verify("sqlite:demo/office/eseal.db")["root"]);
    assert_eq!(run(&folder, ["store", "check", "--store", "sqlite:restored.db"]).code, Some(0));
    let taken = run(&folder, ["store", "restore", "copy.jsonl", "--store", "sqlite:restored.db"]);
    assert!(taken.code == Some(5) && taken.stderr.contains("store-exists"), "{}", taken.stderr);
    let (_, migrated) = json(&folder, &["store", "migrate", "--store", "sqlite:restored.db"]);
    assert_eq!(migrated["from"], migrated["to"]);

    let copy = fs::read(folder.join("copy.jsonl")).unwrap();
    fs::write(folder.join("cut.jsonl"), &copy[..copy.len() - 200]).unwrap();
    let cut = run(&folder, ["store", "restore", "cut.jsonl", "--store", "sqlite:cut.db"]);
    assert!(cut.code == Some(6) && cut.stderr.contains("store-backup-cut"), "{}", cut.stderr);
    assert!(!folder.join("cut.db").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.join("copy.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn an_office_moves_to_postgresql_and_goes_on_there() {
    let Some(database) = cluster::Database::new() else { return };
    let folder = office("registry-postgres");
    assert_eq!(run(&folder, at_home(&["store", "backup", "-o", "copy.jsonl"])).code, Some(0));
    let there = ["--store", database.url.as_str()];
    let empty = run(&folder, at_home(&[&["audit", "verify"], &there[..]].concat()));
    assert!(empty.code == Some(6) && empty.stderr.contains("store-not-found"), "{}", empty.stderr);
    let moved = run(&folder, at_home(&[&["store", "restore", "copy.jsonl"], &there[..]].concat()));
    assert_eq!(moved.code, Some(0), "{}", moved.stderr);
    let (_, list) = json(&folder, &at_home(&[&["cert", "list", "--status", "active"], &there[..]].concat()));
    let serial = list["certificates"][5]["serial"].as_str().unwrap();
    assert_eq!(run(&folder, at_home(&[&["cert", "hold", serial], &there[..]].concat())).code, Some(0));
    let (code, report) = json(&folder, &at_home(&[&["audit", "verify"], &there[..]].concat()));
    assert_eq!((code, report["entries"].as_u64()), (Some(0), Some(22)));
    assert_eq!(run(&folder, at_home(&[&["store", "check"], &there[..]].concat())).code, Some(0));

    database.client().batch_execute("UPDATE eseal.certificates SET subject = 'CN=x' WHERE position = 3").unwrap();
    let (code, report) = json(&folder, &at_home(&[&["audit", "verify"], &there[..]].concat()));
    assert_eq!((code, report["fault"]["entry"].as_u64()), (Some(1), Some(3)), "{report}");
}

//! Many certificates from a table: each row once, whatever happens in between.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use eseal::cert::{CertificateRequest, CertificateResponse, Name};
use eseal::key::{SecretKey, SoftSigner};
use eseal::registry::{CertificateQuery, verify_registry};
use office::{Ran, eseal, office, run};
use serde_json::Value;

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];

/// Holder number so and so has this key.
fn signer(number: u16) -> SoftSigner {
    let mut bytes = [0x31; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    SoftSigner::deterministic(SecretKey::from_bytes(&bytes).unwrap())
}

/// Writes the request of a holder as `fake-<number>.req`, with a subject that no row asks for.
fn request(folder: &Path, number: u16) {
    let name = Name::parse("CN=whatever the request says,C=CN").unwrap();
    let request = CertificateRequest::new(&name, &signer(number)).unwrap();
    fs::write(folder.join(format!("fake-{number}.req")), request.to_pem()).unwrap();
}

/// A table of so many people.
fn people(folder: &Path, count: u16) {
    let mut table = String::from("request,subject,profile,organization,organization-code,days\n");
    for number in 0..count {
        request(folder, number);
        let profile = if number % 3 == 0 { "organization" } else { "person" };
        let row = format!("fake-{number}.req,持有人{number},{profile},示例市数据局,91350100M000100Y43,30\n");
        table.push_str(&row);
    }
    fs::write(folder.join("people.csv"), table).unwrap();
}

fn issue(folder: &Path, more: &[&str]) -> Ran {
    run(folder, [&["cert", "issue", "--from", "people.csv", "--out-dir", "out"], more, &KEY].concat())
}

fn results(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("out/results.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn answer(folder: &Path, file: &str) -> CertificateResponse {
    CertificateResponse::from_bytes(&fs::read(folder.join("out").join(file)).unwrap()).unwrap()
}

#[test]
fn a_table_gives_each_row_its_pair_and_running_it_again_gives_the_same() {
    let folder = office("bulk-pairs");
    people(&folder, 7);
    let ran = issue(&folder, &["--pair"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("7 issued, 0 issued before, 0 failed"), "{}", ran.stderr);
    let lines = results(&folder);
    assert_eq!(lines.len(), 7);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!((line["row"].as_u64(), line["outcome"].as_str()), (Some(number as u64 + 1), Some("issued")));
        let answer = answer(&folder, line["file"].as_str().unwrap());
        let signer = signer(u16::try_from(number).unwrap());
        let certificate = answer.certificate_for(eseal::key::Signer::public_key(&signer)).unwrap();
        let subject = format!("CN=持有人{number},O=示例市数据局,C=CN");
        assert_eq!(certificate.subject().to_string(), subject, "the row's subject rules");
        assert_eq!(line["serials"][0], certificate.serial().to_string());
        assert_eq!(line["serials"][1], answer.encryption()[0].serial().to_string());
        assert!(answer.envelope().is_some());
    }
    let first = fs::read(folder.join("out/fake-3.resp")).unwrap();
    fs::remove_file(folder.join("out/fake-3.resp")).unwrap();
    fs::write(folder.join("out/fake-4.resp"), b"").unwrap();
    let again = issue(&folder, &["--pair", "--json"]);
    let summary: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&summary["issued"], &summary["already"], &summary["failed"]), (&0.into(), &7.into(), &0.into()));
    assert_eq!(summary["schema"], "eseal.cert-issue/1");
    assert_eq!(fs::read(folder.join("out/fake-3.resp")).unwrap(), first, "the answer that was kept");
    assert!(!fs::read(folder.join("out/fake-4.resp")).unwrap().is_empty(), "what a stopped machine left");
    let serials = |lines: &[Value]| lines.iter().map(|line| line["serials"].clone()).collect::<Vec<_>>();
    assert_eq!(serials(&results(&folder)), serials(&lines));

    // The office finds them by region and by the end of their time.
    let list = |more: &[&str]| {
        let ran = run(&folder, [&["cert", "list", "--json"], more, &KEY[..2]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let list: Value = serde_json::from_str(&ran.stdout).unwrap();
        list["certificates"].as_array().unwrap().len()
    };
    assert_eq!(list(&["--org", "3501", "--expiring", "30d"]), 14);
    assert_eq!(list(&["--org", "3501", "--expiring", "29d"]), 0);
    assert_eq!(list(&["--org", "52"]), 0);
    assert_eq!(list(&["--org", "91350100M0", "--profile", "organization"]), 3);
}

#[test]
fn a_row_that_cannot_be_issued_does_not_stop_the_others_and_can_be_mended() {
    let folder = office("bulk-failures");
    request(&folder, 0);
    request(&folder, 1);
    request(&folder, 3);
    fs::write(folder.join("broken.req"), b"no request").unwrap();
    fs::create_dir(folder.join("out")).unwrap();
    fs::write(folder.join("out/fake-3.pem"), b"somebody's file").unwrap();
    let table = "request,subject,profile,days,id-number,organization-code\n\
                 fake-0.req,甲,person,,11010519491231002X,\n\
                 broken.req,乙,person,,,\n\
                 fake-0.req,丙,organization,,,\n\
                 missing.req,丁,person,,,\n\
                 fake-1.req,戊,person,99999,,\n\
                 fake-1.req,己,person,ten,,\n\
                 fake-1.req,庚,person,,110105194912310021,\n\
                 fake-1.req,辛,sub-ca,,,\n\
                 fake-1.req,壬,nonsense,,,\n\
                 fake-1.req,癸,person,,,91350100M000100Y44\n\
                 ,子,person,,,\n\
                 fake-3.req,丑,person,,,\n\
                 fake-1.req,寅,person,,,\n";
    fs::write(folder.join("people.csv"), table).unwrap();
    let ran = issue(&folder, &["--jsonl"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<_> = lines[..13].iter().map(|line| line["error"]["code"].as_str()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("cert-unknown-format"),
            Some("authority-key-of-another"),
            Some("input-unreadable"),
            Some("issuer-outlived"),
            Some("people-days"),
            Some("identity-check-digit"),
            Some("people-authority"),
            Some("cert-unknown-profile"),
            Some("identity-check-digit"),
            Some("people-request-missing"),
            Some("output-exists"),
            None,
        ]
    );
    assert_eq!((&lines[13]["issued"], &lines[13]["failed"]), (&2.into(), &11.into()));
    assert_eq!(results(&folder), lines[..13]);
    assert_eq!(fs::read(folder.join("out/fake-3.pem")).unwrap(), b"somebody's file");
    assert!(ran.stderr.contains("row 2 (broken.req)"), "{}", ran.stderr);
    // A person's number is not published.
    let text = run(&folder, ["cert", "show", &format!("out/{}", lines[0]["file"].as_str().unwrap()), "--json"]);
    assert!(text.code == Some(0) && !text.stdout.contains("1.2.156.10260.4.1.1"), "{}", text.stdout);

    fs::write(folder.join("people.csv"), "request,subject,profile\nfake-3.req,丑,person\n").unwrap();
    let mended = issue(&folder, &["--force"]);
    assert_eq!(mended.code, Some(0), "{}", mended.stderr);
    answer(&folder, "fake-3.pem");
}

#[test]
fn requests_on_the_command_line_can_be_issued_in_bulk_too() {
    let folder = office("bulk-requests");
    request(&folder, 1);
    request(&folder, 2);
    let arguments = ["cert", "issue", "fake-1.req", "fake-2.req", "--profile", "person", "--pair"];
    let several = run(&folder, [&arguments[..], &["-o", "both.resp"], &KEY].concat());
    assert!(several.code == Some(2) && several.stderr.contains("--out-dir"), "{}", several.stderr);
    let ran = run(&folder, [&arguments[..], &["--out-dir", "out"], &KEY].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(answer(&folder, "fake-1.resp").envelope().is_some());
    assert_eq!(answer(&folder, "fake-2.resp").signing()[0].subject().to_string(), "CN=whatever the request says,C=CN");
}

/// A few numbers that look random and are the same each time.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn a_run_that_is_killed_again_and_again_issues_every_row_exactly_once() {
    const ROWS: u16 = 300;
    let folder = office("bulk-killed");
    people(&folder, ROWS);
    let mut state = 20_261_124;
    let mut kills = 0;
    loop {
        let mut command = eseal(&folder);
        command.args(["cert", "issue", "--from", "people.csv", "--out-dir", "out", "--pair", "--jsonl"]).args(KEY);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let patience = std::time::Duration::from_millis(30 + random(&mut state) % (200 + 250 * kills));
        let begun = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if begun.elapsed() > patience {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        };
        match status {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => kills += 1,
        }
        assert!(kills < 60, "it never comes to an end");
    }
    assert!(kills >= 3, "killed {kills} times only");
    let lines = results(&folder);
    assert_eq!(lines.len(), usize::from(ROWS));
    assert!(lines.iter().all(|line| line["outcome"] == "issued" || line["outcome"] == "already"));
    assert!(lines.iter().any(|line| line["outcome"] == "already"), "some were issued by a run that was killed");

    let url = format!("sqlite:{}", folder.join("demo/office/eseal.db").display());
    let registry = eseal_store::StoreUrl::parse(&url).unwrap().open().unwrap();
    verify_registry(&registry).unwrap().unwrap();
    let query = CertificateQuery { org: Some("3501".into()), ..CertificateQuery::default() };
    let (mut signing, mut encryption, mut after) = (BTreeSet::new(), 0, query.after);
    loop {
        let page =
            eseal::registry::Registry::certificates(&registry, &CertificateQuery { after, ..query.clone() }).unwrap();
        for record in page.records {
            if record.profile == "encryption" {
                encryption += 1;
            } else {
                assert!(signing.insert(record.subject.clone()), "{} was issued twice", record.subject);
            }
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!((signing.len(), encryption), (usize::from(ROWS), usize::from(ROWS)));
    let files: BTreeSet<PathBuf> =
        fs::read_dir(folder.join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for number in 0..ROWS {
        let answer = answer(&folder, &format!("fake-{number}.resp"));
        answer.certificate_for(eseal::key::Signer::public_key(&signer(number))).unwrap();
        let line = &lines[usize::from(number)];
        assert_eq!(line["serials"][0], answer.signing()[0].serial().to_string());
    }
    assert_eq!(files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "resp")).count(), 300);
}

#[test]
fn two_runs_over_the_same_table_at_once_issue_every_row_once() {
    let folder = office("bulk-two");
    people(&folder, 100);
    let runs: Vec<_> = ["one", "two"]
        .iter()
        .map(|out| {
            let mut command = eseal(&folder);
            command.args(["cert", "issue", "--from", "people.csv", "--out-dir", out, "--pair"]).args(KEY);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for number in 0..100 {
        let file = |out: &str| fs::read(folder.join(out).join(format!("fake-{number}.resp"))).unwrap();
        assert_eq!(file("one"), file("two"), "{number}");
    }
    let listed = run(&folder, ["cert", "list", "--home", "demo/office", "--org", "3501", "--jsonl"]);
    assert_eq!(listed.stdout.lines().count(), 201, "a hundred pairs and the summary");
}

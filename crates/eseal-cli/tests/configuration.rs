//! The office's configuration `ca.toml`, what it changes in certificates, and requests in other dialects.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use office::{Ran, run};
use serde_json::Value;

const CONFIGURATION: &str = r#"
[services]
crl = "http://crl.example.cn/{issuer}/{shard}.crl"
shards = 4
ocsp = "http://ocsp.example.cn/"
policies = ["1.2.156.99999.1"]

[profile.person]
days = 100

[profile.clerk]
based_on = "person"
label = { zh = "经办人证书", en = "clerk" }
extended_key_usage = ["emailProtection"]
"#;

/// A folder with a PIN and this configuration, and no office yet.
fn home(name: &str, configuration: Option<&str>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).unwrap();
    fs::write(folder.join("pin"), "correct horse 42\n").unwrap();
    if let Some(text) = configuration {
        fs::write(folder.join("home/ca.toml"), text).unwrap();
    }
    folder
}

fn found(folder: &Path) {
    let made = run(folder, ["ca", "init", "--subject", "CN=Fake Root,C=CN", "--key-pin-from", "file:pin"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// A request for a new key in a token of this name.
fn request(folder: &Path, token: &str) {
    let pin = ["--pin-from", "file:pin"];
    let made = run(folder, [&["token", "new", token], &pin[..]].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let subject = ["--subject", "CN=示例用户,O=示例市数据局,C=CN", "-o", "x.req"];
    let made = run(folder, [&["request", "new", "--token", token], &pin[..], &subject].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
}

fn issue<'a>(request: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let always = ["--key-pin-from", "file:pin", "-o", "x.resp", "--force"];
    [&["cert", "issue", request], more, &always[..]].concat()
}

#[test]
fn profiles_and_services_of_the_configuration_stand_in_what_is_issued() {
    let folder = home("configuration", Some(CONFIGURATION));
    let profiles = json(&run(&folder, ["ca", "profiles", "--json"]));
    assert_eq!(profiles["schema"], "eseal.ca-profiles/1");
    assert_eq!((&profiles["services"]["shards"], profiles["profiles"].as_array().unwrap().len()), (&4.into(), 10));
    let text = run(&folder, ["ca", "profiles", "--lang", "zh-CN"]);
    assert!(text.stdout.contains("经办人证书") && text.stdout.contains("http://ocsp.example.cn/"), "{}", text.stdout);

    found(&folder);
    request(&folder, "user.token");
    let shown = json(&run(&folder, ["request", "show", "x.req", "--json"]));
    assert_eq!((&shown["dialect"], &shown["accepted"]), (&"pkcs10".into(), &true.into()));
    let issued = run(&folder, issue("x.req", &["--profile", "clerk"]));
    assert_eq!(issued.code, Some(0), "{}", issued.stderr);
    let certificates = json(&run(&folder, ["cert", "show", "x.resp", "--json"]));
    let (own, above) = (&certificates["certificates"][0], &certificates["certificates"][1]);
    let names = |one: &Value| {
        let list = one["extensions"].as_array().unwrap().clone();
        list.iter().filter_map(|extension| extension["name"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    for certificate in [own, above] {
        for name in ["cRLDistributionPoints", "authorityInfoAccess", "certificatePolicies"] {
            assert!(names(certificate).contains(&name.to_owned()), "{name}: {certificate}");
        }
    }
    assert_eq!(own["extended_key_usage"][0], "1.3.6.1.5.5.7.3.4");
    let listed = json(&run(&folder, ["cert", "list", "--profile", "clerk", "--json"]));
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1);
    let linted = json(&run(&folder, ["cert", "show", "x.resp", "--lint", "--json"]));
    assert!(linted["certificates"].as_array().unwrap().iter().all(|one| one["lint"] == Value::Array(Vec::new())));

    let Some(vectors) = vectors() else { return };
    let empty = vectors.join("csr/openssl-empty-id.csr.pem");
    let empty = empty.to_str().unwrap();
    let refused = run(&folder, issue(empty, &["--profile", "person"]));
    assert!(refused.code == Some(5) && refused.stderr.contains("request-empty-id"), "{}", refused.stderr);
    let accepted = run(&folder, issue(empty, &["--profile", "person", "--accept-empty-id"]));
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    // The audit log says that it was accepted.
    let log: Vec<u8> = ["eseal.db", "eseal.db-wal"]
        .iter()
        .filter_map(|name| fs::read(folder.join("home").join(name)).ok())
        .flatten()
        .collect();
    let said = b"accepted: empty SM2 identifier";
    assert!(log.windows(said.len()).any(|part| part == said));
}

/// The test vectors beside the project, if they are there.
fn vectors() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/vectors");
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "no test vectors");
        let _ = writeln!(std::io::stderr(), "skipped: no test vectors in {}", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn requests_and_certificates_of_others_are_shown_with_what_is_odd_about_them() {
    let Some(vectors) = vectors() else { return };
    let folder = home("configuration-others", None);
    let show = |name: &str| {
        let path = vectors.join("csr").join(name);
        run(&folder, ["request", "show", path.to_str().unwrap(), "--json"])
    };
    for (name, dialect, accepted) in [
        ("bc.csr.pem", "pkcs10", true),
        ("openssl-default-id.csr.pem", "pkcs10", true),
        ("cfca-sadk.csr.der", "cfca-sadk", true),
        ("openssl-empty-id.csr.pem", "empty-id", false),
    ] {
        let shown = json(&show(name));
        assert_eq!((&shown["dialect"], &shown["accepted"]), (&dialect.into(), &accepted.into()), "{name}");
        assert_eq!(shown["temporary_key"].is_string(), dialect == "cfca-sadk");
    }
    let twice = show("ali.csr.der");
    assert!(twice.code == Some(5) && twice.stderr.contains("request-duplicate-attribute"), "{}", twice.stderr);

    // Issued by a CA that writes no key identifiers.
    let path = vectors.join("certs/jsca-ca-sm2.der");
    let linted = run(&folder, ["cert", "show", path.to_str().unwrap(), "--lint"]);
    assert_eq!(linted.code, Some(1), "{}", linted.stderr);
    for rule in ["rfc5280-authority-key-identifier", "rfc5280-subject-key-identifier", "gbt20518-key-usage-critical"] {
        assert!(linted.stdout.contains(rule), "{rule}: {}", linted.stdout);
    }
    let explained = run(&folder, ["explain", "gbt20518-key-usage-critical"]);
    assert!(explained.code == Some(0) && explained.stdout.contains("GB/T 20518-2018"), "{}", explained.stdout);
}

#[test]
fn a_configuration_that_breaks_a_rule_stops_every_command_that_issues() {
    // It is read before anything else: neither office nor request is there.
    let folder = home("configuration-wrong", None);
    for (text, code, told, exit) in [
        ("[profile.person]\nkey_usage = ['keyEncipherment']", "profile-rule", "gbt20518-key-usage-sign", 5),
        ("[profile.person]\ndays = 0", "profile-field", "days", 2),
        ("[profile.person]\nday = 1", "ca-configuration", "line 2", 2),
        ("[services]\nocsp = 'x'", "service-address", "x", 2),
    ] {
        fs::write(folder.join("home/ca.toml"), text).unwrap();
        for arguments in [vec!["ca", "profiles"], issue("x.req", &["--profile", "person"])] {
            let ran = run(&folder, arguments);
            assert_eq!(ran.code, Some(exit), "{text}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("error[{code}]")) && ran.stderr.contains(told), "{}", ran.stderr);
        }
    }
    fs::write(folder.join("home/ca.toml"), b"\xff").unwrap();
    let ran = run(&folder, ["ca", "profiles"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("ca-configuration-text"), "{}", ran.stderr);
}

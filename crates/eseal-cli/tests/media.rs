//! Keys on other media: into a soft token and out of it.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::key::{EnvelopedKey, KeyEntry, KeyFile, KeyFileLimits, Password, SecretKey, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::token::{KdfCost, KeyUse, NewToken, Pin, Token, TokenFile, TokenPolicy};
use office::{Ran, office, run};
use serde_json::Value;

const PIN: &str = "correct horse battery";

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

fn certificate(byte: u8, profile: &Profile) -> Certificate {
    let root = SoftSigner::deterministic(key(1));
    let serial = |byte| SerialNumber::from_bytes(&[byte]).unwrap();
    let period = Period::years(Instant::utc(2026, 1, 1, 0, 0, 0).unwrap(), 5);
    let own = Issuer::self_signed(&Name::parse("CN=fake root").unwrap(), &root, serial(1), period).unwrap();
    let name = Name::parse("CN=示例用户一").unwrap();
    Issuer::new(own, root).unwrap().issue_for(&name, key(byte).public_key(), profile, serial(byte), period).unwrap()
}

/// A token that derives fast, and whose policy lets keys out or does not.
fn token(path: &Path, export_allowed: bool) {
    let pin = Pin::new(PIN).unwrap();
    let policy = TokenPolicy { export_allowed, ..TokenPolicy::default() };
    let new = NewToken { kdf: KdfCost::demo(2), policy, ..NewToken::file("fake", &pin) };
    Token::create(TokenFile::new(path), new, Instant::utc(2026, 1, 1, 0, 0, 0).unwrap()).unwrap();
}

/// A folder with an exportable token `out.token` that has a pair, an empty one `in.token`, and secrets.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).unwrap();
    fs::write(folder.join("pin"), PIN).unwrap();
    fs::write(folder.join("password"), "fake 口令").unwrap();
    token(&folder.join("in.token"), false);
    token(&folder.join("out.token"), true);
    let entry = |byte, profile: &Profile| KeyEntry {
        certificates: vec![certificate(byte, profile).as_der().to_vec()],
        ..KeyEntry::from(key(byte))
    };
    let pair = vec![entry(7, &Profile::person()), entry(8, &Profile::encryption())];
    let opened = Token::open(TokenFile::new(folder.join("out.token"))).unwrap();
    let mut session = opened.log_in(&Pin::new(PIN).unwrap(), None).unwrap();
    session.import(KeyFile::new(pair, Vec::new()), None).unwrap();
    folder
}

fn import(folder: &Path, token: &str, file: &str, more: &[&str]) -> Ran {
    let fixed = ["token", "import", token, file, "--pin-from", "file:pin", "--password-from", "file:password"];
    run(folder, [&fixed, more].concat())
}

fn export(folder: &Path, form: &str, out: &str, more: &[&str]) -> Ran {
    let mut arguments = vec!["token", "export", "out.token", "--to", form, "-o", out, "--pin-from", "file:pin"];
    if form != "skf" {
        arguments.extend(["--new-password-from", "file:password"]);
    }
    if form.starts_with("pkcs") {
        arguments.extend(["--iterations", "10000"]);
    }
    run(folder, [&arguments, more].concat())
}

fn keys(folder: &Path, token: &str) -> Vec<(String, usize)> {
    let shown = run(folder, ["token", "show", token, "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let one = |key: &Value| (key["use"].as_str().unwrap().to_owned(), key["certificates"].as_array().unwrap().len());
    shown["keys"].as_array().unwrap().iter().map(one).collect()
}

fn code(ran: &Ran) -> (Option<i32>, &str) {
    let code = ran.stderr.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(code, _)| code);
    (ran.code, code)
}

#[test]
fn a_pair_leaves_in_pkcs12_and_comes_into_another_token_with_its_certificates() {
    let folder = folder("media-pkcs12");
    for (place, form) in ["pkcs12", "pkcs12-gm", "pkcs12-sm4"].into_iter().enumerate() {
        let left = export(&folder, form, &format!("{place}.p12"), &["--json"]);
        assert_eq!(left.code, Some(0), "{}", left.stderr);
        assert!(left.stderr.contains("Whoever has the file"), "{}", left.stderr);
        let told: Value = serde_json::from_str(&left.stdout).unwrap();
        assert_eq!((&told["schema"], &told["form"]), (&"eseal.token-export/1".into(), &form.into()));
        assert_eq!(told["keys"].as_array().unwrap().len(), 2);

        let name = format!("{place}.token");
        token(&folder.join(&name), false);
        let came = import(&folder, &name, &format!("{place}.p12"), &["--json"]);
        assert_eq!(came.code, Some(0), "{}", came.stderr);
        let told: Value = serde_json::from_str(&came.stdout).unwrap();
        assert_eq!((&told["schema"], &told["weak"]), (&"eseal.token-import/1".into(), &false.into()));
        assert_eq!(keys(&folder, &name), [("sign".to_owned(), 1), ("encrypt".to_owned(), 1)]);
    }
    let again = import(&folder, "0.token", "1.p12", &[]);
    assert_eq!(code(&again), (Some(5), "token-key-exists"), "{}", again.stderr);
}

#[test]
fn a_key_that_came_in_signs() {
    let folder = folder("media-signs");
    assert_eq!(export(&folder, "cfca", "key.sm2", &[]).code, Some(0));
    let came = import(&folder, "in.token", "key.sm2", &[]);
    assert_eq!(came.code, Some(0), "{}", came.stderr);
    assert!(came.stderr.contains("protected weakly") && came.stderr.contains("in the file as well"), "{}", came.stderr);
    fs::write(folder.join("note.txt"), "a note").unwrap();
    let signed = run(&folder, ["sign", "note.txt", "-o", "note.p7s", "--token", "in.token", "--pin-from", "file:pin"]);
    assert_eq!(signed.code, Some(0), "{}", signed.stderr);
}

#[test]
fn what_the_policy_forbids_is_refused_before_a_pin_is_asked_for() {
    let folder = folder("media-forbidden");
    let refused = run(&folder, ["token", "export", "in.token", "--to", "pkcs12", "-o", "x.p12"]);
    assert_eq!(code(&refused), (Some(5), "token-export-forbidden"), "{}", refused.stderr);
    assert!(!folder.join("x.p12").exists());
}

#[test]
fn a_token_is_made_to_let_keys_out_or_not() {
    let folder = folder("media-new");
    for (name, more, allowed) in [("a.token", &[][..], false), ("b.token", &["--allow-export"], true)] {
        let fixed = ["token", "new", name, "--pin-from", "file:pin", "--level", "file"];
        assert_eq!(run(&folder, [&fixed, more].concat()).code, Some(0));
        let shown = run(&folder, ["token", "show", name, "--json"]);
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        assert_eq!(shown["export_allowed"], allowed);
    }
}

#[test]
fn one_key_leaves_in_pkcs8_by_its_number_or_its_certificate() {
    let folder = folder("media-pkcs8");
    fs::write(folder.join("enc.pem"), certificate(8, &Profile::encryption()).to_pem()).unwrap();
    let shown = run(&folder, ["token", "show", "out.token", "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let id = shown["keys"][1]["id"].as_str().unwrap().to_owned();
    for (out, choice, byte) in [("a.p8", None, 7), ("b.p8", Some("enc.pem"), 8), ("c.p8", Some(id.as_str()), 8)] {
        let more: Vec<_> = choice.iter().flat_map(|choice| ["--key", choice]).collect();
        let left = export(&folder, "pkcs8-gm", out, &more);
        assert_eq!(left.code, Some(0), "{}", left.stderr);
        assert!(left.stderr.contains("Certificates left out"), "{}", left.stderr);
        let password = Password::new("fake 口令").unwrap();
        let bytes = fs::read(folder.join(out)).unwrap();
        let file = KeyFile::read(&bytes, Some(&password), KeyFileLimits::DEFAULT).unwrap();
        assert_eq!(file.entries()[0].secret.public_key(), key(byte).public_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.join(out)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    // Without a certificate nothing says what the key is for.
    assert_eq!(code(&import(&folder, "in.token", "a.p8", &[])), (Some(5), "token-key-use-unknown"));
    let foreign = import(&folder, "in.token", "a.p8", &["--certificate", "enc.pem"]);
    assert_eq!(code(&foreign), (Some(5), "token-foreign-certificate"));
    assert_eq!(import(&folder, "in.token", "b.p8", &["--certificate", "enc.pem"]).code, Some(0));
    assert_eq!(import(&folder, "in.token", "a.p8", &["--use", "sign"]).code, Some(0));
    assert_eq!(keys(&folder, "in.token"), [("encrypt".to_owned(), 1), ("sign".to_owned(), 0)]);
    let exists = export(&folder, "pkcs8-gm", "a.p8", &[]);
    assert_eq!(code(&exists), (Some(5), "output-exists"));
}

#[test]
fn an_encryption_key_goes_to_hardware_and_comes_from_it_in_an_envelope() {
    let folder = folder("media-skf");
    fs::write(folder.join("hardware.pem"), certificate(9, &Profile::person()).to_pem()).unwrap();
    fs::write(folder.join("sign.pem"), certificate(7, &Profile::person()).to_pem()).unwrap();
    let missing = export(&folder, "skf", "key.skf", &[]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    let signing = export(&folder, "skf", "key.skf", &["--for", "hardware.pem", "--key", "sign.pem"]);
    assert_eq!(code(&signing), (Some(5), "token-export-of-signing-key"));
    let left = export(&folder, "skf", "key.skf", &["--for", "hardware.pem"]);
    assert_eq!(left.code, Some(0), "{}", left.stderr);
    let blob = fs::read(folder.join("key.skf")).unwrap();
    let opened = EnvelopedKey::from_skf_blob(&blob).unwrap().open(&key(9)).unwrap();
    assert_eq!(opened.public_key(), key(8).public_key());

    // Into a soft token it comes only where its signing key opens it.
    assert_eq!(code(&import(&folder, "in.token", "key.skf", &[])), (Some(6), "token-no-such-key"));
    let path = folder.join("in.token");
    let mut session = Token::open(TokenFile::new(&path)).unwrap().log_in(&Pin::new(PIN).unwrap(), None).unwrap();
    session.import(KeyFile::new(vec![key(9).into()], Vec::new()), Some(KeyUse::Sign)).unwrap();
    fs::write(folder.join("enc.pem"), certificate(8, &Profile::encryption()).to_pem()).unwrap();
    let came = import(&folder, "in.token", "key.skf", &["--certificate", "enc.pem"]);
    assert_eq!(came.code, Some(0), "{}", came.stderr);
    assert_eq!(keys(&folder, "in.token"), [("sign".to_owned(), 0), ("encrypt".to_owned(), 1)]);
    let der = EnvelopedKey::seal(&key(6), key(9).public_key()).unwrap();
    fs::write(folder.join("key.der"), der.as_der()).unwrap();
    assert_eq!(import(&folder, "in.token", "key.der", &[]).code, Some(0));
}

#[test]
fn a_file_that_does_not_open_or_is_none_leaves_the_token_as_it_was() {
    let folder = folder("media-broken");
    assert_eq!(export(&folder, "pkcs12-gm", "key.p12", &[]).code, Some(0));
    let before = fs::read(folder.join("in.token")).unwrap();
    fs::write(folder.join("password"), "another").unwrap();
    assert_eq!(code(&import(&folder, "in.token", "key.p12", &[])), (Some(5), "key-wrong-password"));
    fs::write(folder.join("text"), "no key file").unwrap();
    assert_eq!(code(&import(&folder, "in.token", "text", &[])), (Some(6), "key-unknown-format"));
    fs::write(folder.join("blob"), [1, 0, 0, 0, 1]).unwrap();
    assert_eq!(code(&import(&folder, "in.token", "blob", &[])), (Some(6), "key-envelope-malformed"));
    assert_eq!(code(&import(&folder, "missing.token", "text", &[])), (Some(6), "token-not-found"));
    assert_eq!(fs::read(folder.join("in.token")).unwrap(), before);
}

#[test]
fn key_files_of_other_programs_come_in() {
    let Some(shared) = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").canonicalize().ok() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped");
        let _ = writeln!(std::io::stderr(), "skipped: ../shared is not there");
        return;
    };
    let folder = folder("media-others");
    let vectors = shared.join("samples/vectors");
    for (place, (file, password)) in [
        ("pkcs12/openssl-p12-default.p12", "123456"),
        ("pkcs12/openssl-p12-sm4-sm3.p12", "123456"),
        ("pkcs12/bc-default.p12", "123456"),
        ("pkcs12/ofdrw-USER.p12", "777777"),
        ("pkcs12/gmcert-withoutca.p12", "123456"),
        ("keys/cfca-sm2.pem", "123456"),
        ("keys/enc-p8-gmssl-sm4-hmacsm3.pem", "123456"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("{place}.token");
        token(&folder.join(&name), false);
        fs::write(folder.join("password"), password).unwrap();
        let path = vectors.join(file).to_string_lossy().into_owned();
        let mut came = import(&folder, &name, &path, &[]);
        if code(&came) == (Some(5), "token-key-use-unknown") {
            came = import(&folder, &name, &path, &["--use", "sign"]);
        }
        assert_eq!(came.code, Some(0), "{file}: {}", came.stderr);
        assert_eq!(keys(&folder, &name).len(), 1, "{file}");
    }
}

#[test]
fn a_token_of_the_demo_office_lets_nothing_out() {
    let folder = office("media-office");
    let arguments = ["token", "export", "demo/tokens/organization.token", "--to", "pkcs12", "-o", "x.p12"];
    assert_eq!(code(&run(&folder, arguments)), (Some(5), "token-export-forbidden"));
}

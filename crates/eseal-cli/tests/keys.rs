//! `eseal key` over files, from every form into every other; and the encryption key of a pair on its way into a token.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};

use eseal::key::{Decrypter, KeyEntry, KeyFile, KeyFileEncoding, KeyFileLimits, KeyFileTarget, Password, SecretKey};
use eseal::token::{KeyUse, Pin, Token, TokenFile};
use office::run;
use serde_json::Value;

const FORMS: [&str; 8] = ["sec1", "pkcs8", "pkcs8-aes", "pkcs8-gm", "pkcs8-sm4", "pkcs12", "pkcs12-gm", "pkcs12-sm4"];

/// A folder with a key in `first.key` and two passwords.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("home")).unwrap();
    let file = KeyFile::new(vec![KeyEntry::from(SecretKey::generate().unwrap())], Vec::new());
    let written = file.write(KeyFileTarget::Pkcs8, KeyFileEncoding::Pem, None, None).unwrap();
    fs::write(folder.join("first.key"), &*written).unwrap();
    fs::write(folder.join("old"), "old 口令\n").unwrap();
    fs::write(folder.join("new"), "new 口令\n").unwrap();
    folder
}

fn convert<'a>(input: &'a str, form: &'a str, out: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["key", "convert", input, "--to", form, "-o", out, "--iterations", "10000"];
    arguments.extend(["--password-from", "file:old", "--new-password-from", "file:old"]);
    arguments
}

fn show(folder: &Path, file: &str) -> Value {
    let ran = run(folder, ["key", "show", file, "--password-from", "file:old", "--json"]);
    assert_eq!(ran.code, Some(0), "{file}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn every_form_becomes_every_other_and_keeps_the_key() {
    let folder = folder("keys-forms");
    let public = show(&folder, "first.key")["keys"][0]["public"].clone();
    for (place, form) in FORMS.iter().enumerate() {
        // Each from the one before, so that every form is read by the command as well.
        let input = if place == 0 { "first.key".to_owned() } else { format!("out.{}", FORMS[place - 1]) };
        let out = format!("out.{form}");
        let ran = run(&folder, convert(&input, form, &out));
        assert_eq!(ran.code, Some(0), "{form}: {}", ran.stderr);
        let shown = show(&folder, &out);
        assert_eq!(shown["keys"][0]["public"], public, "{form}");
        assert_eq!(shown["encrypted"], !matches!(*form, "sec1" | "pkcs8"), "{form}");
        assert!(shown["protections"].as_array().unwrap().iter().all(|protection| protection["weak"] == false));
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_key_file_that_was_written_also_over_another() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("keys-mode");
    let out = folder.join("out.key");
    fs::write(&out, "another").unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(&folder, convert("first.key", "pkcs8", "out.key"));
    assert!(refused.code == Some(5) && refused.stderr.contains("output-exists"), "{}", refused.stderr);
    let mut forced = convert("first.key", "pkcs8", "out.key");
    forced.push("--force");
    assert_eq!(run(&folder, forced).code, Some(0));
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_wrong_password_and_a_damaged_file_are_refused_alike() {
    let folder = folder("keys-wrong");
    assert_eq!(run(&folder, convert("first.key", "pkcs8-gm", "out.key")).code, Some(0));
    let ran = run(&folder, ["key", "show", "out.key", "--password-from", "file:new"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("key-wrong-password"), "{}", ran.stderr);
    let mut der = convert("first.key", "pkcs8-gm", "out.der");
    der.push("--der");
    assert_eq!(run(&folder, der).code, Some(0));
    let mut bytes = fs::read(folder.join("out.der")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(folder.join("damaged.der"), bytes).unwrap();
    let ran = run(&folder, ["key", "show", "damaged.der", "--password-from", "file:old"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("key-wrong-password"), "{}", ran.stderr);
}

#[test]
fn one_key_of_several_is_chosen_by_its_number() {
    let folder = folder("keys-several");
    let keys: Vec<_> = (0..2).map(|_| SecretKey::generate().unwrap()).collect();
    let second = keys[1].public_key().to_sec1();
    let second: String = second.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = KeyFile::new(keys.into_iter().map(KeyEntry::from).collect(), Vec::new());
    let password = Password::new("old 口令").unwrap();
    let target = KeyFileTarget::Pkcs12(eseal::key::KeyFileScheme::Gm);
    let written = file.write(target, KeyFileEncoding::Der, Some(&password), Some(10_000)).unwrap();
    fs::write(folder.join("pair.p12"), &*written).unwrap();
    let several = run(&folder, convert("pair.p12", "pkcs8", "out.key"));
    assert!(several.code == Some(6) && several.stderr.contains("key-several"), "{}", several.stderr);
    let mut chosen = convert("pair.p12", "pkcs8", "out.key");
    chosen.extend(["--entry", "2"]);
    assert_eq!(run(&folder, chosen).code, Some(0));
    assert_eq!(show(&folder, "out.key")["keys"][0]["public"], second.as_str());
    let both = run(&folder, convert("pair.p12", "pkcs12", "both.p12"));
    assert_eq!(both.code, Some(0), "{}", both.stderr);
    let read = KeyFile::read(&fs::read(folder.join("both.p12")).unwrap(), Some(&password), KeyFileLimits::DEFAULT);
    assert_eq!(read.unwrap().entries().len(), 2);
}

#[test]
fn a_pair_from_the_authority_goes_into_the_token_and_into_no_other() {
    let folder = folder("keys-pair");
    fs::write(folder.join("ca.pin"), "office staple horse 17\n").unwrap();
    fs::write(folder.join("my.pin"), "correct battery 42\n").unwrap();
    let done = |line: &str| {
        let ran = run(&folder, line.split(' '));
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.stderr);
        ran
    };
    done("ca init --subject CN=Root,O=Example,C=CN --key-pin-from file:ca.pin");
    for name in ["my", "other"] {
        done(&format!("token new {name}.token --level file --pin-from file:my.pin"));
        let subject = format!("CN={name},O=Example,C=CN");
        done(&format!("request new --token {name}.token --pin-from file:my.pin --subject {subject} -o {name}.req"));
    }
    done("cert issue my.req --profile person --pair --key-pin-from file:ca.pin -o my.resp");
    let away = run(&folder, "token install other.token my.resp --pin-from file:my.pin".split(' '));
    assert!(away.code == Some(5) && away.stderr.contains("token-foreign-certificate"), "{}", away.stderr);
    let installed = done("token install my.token my.resp --pin-from file:my.pin").stderr;
    assert!(installed.contains("Installed for encryption: CN=my"), "{installed}");
    done("token install my.token my.resp --pin-from file:my.pin");

    let shown: Value = serde_json::from_str(&done("token show my.token --json").stdout).unwrap();
    let uses: Vec<_> = shown["keys"].as_array().unwrap().iter().map(|key| key["use"].as_str().unwrap()).collect();
    assert_eq!(uses, ["sign", "encrypt"]);
    let token = Token::open(TokenFile::new(folder.join("my.token"))).unwrap();
    let session = token.log_in(&Pin::new("correct battery 42").unwrap(), None).unwrap();
    let encryption = token.info().unwrap().objects.remove(1).certificates.remove(0);
    let cipher = encryption.public_key().unwrap().encrypt(b"message").unwrap();
    assert_eq!(*session.decrypter(KeyUse::Encrypt).unwrap().decrypt(&cipher).unwrap(), b"message");
}

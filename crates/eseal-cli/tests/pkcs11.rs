//! `--token pkcs11:…`: keys behind a module, with the SM2 module of the tests of `eseal-pkcs11` and with SoftHSM2.

#![cfg(feature = "pkcs11")]
#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use eseal::cert::{Certificate, CertificateRequest, Name};
use eseal::key::{SecretKey, SoftSigner};
use office::{Ran, eseal, office, run};

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];

fn skip<T>(reason: &str) -> Option<T> {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {reason}");
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    None
}

/// A demo office that issued to the key of the module, and the module compiled beside it.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = office(name);
    let signer = SoftSigner::new(SecretKey::from_bytes(&[7; 32]).unwrap());
    let subject = Name::parse("CN=示例市数据局,O=示例市数据局,C=CN").unwrap();
    let request = CertificateRequest::new(&subject, &signer).unwrap();
    fs::write(folder.join("hardware.req"), request.as_der()).unwrap();
    let issue = ["cert", "issue", "hardware.req", "--profile", "organization", "-o", "hardware.pem"];
    let issued = run(&folder, [&issue[..], &KEY].concat());
    assert_eq!(issued.code, Some(0), "{}", issued.stderr);
    let certificates = Certificate::many_from_bytes(&fs::read(folder.join("hardware.pem")).unwrap()).unwrap();
    fs::write(folder.join("sign.der"), certificates[0].as_der()).unwrap();
    fs::write(folder.join("pin"), "fake-pin\n").unwrap();
    fs::write(folder.join("wrong"), "fake-pim\n").unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../eseal-pkcs11/tests/module/sm2.c");
    let define = format!("-DFOLDER=\"{}\"", folder.display());
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", &define, source, "-lcrypto", "-o"])
        .arg(folder.join("sm2.so"))
        .output();
    match built {
        Ok(built) if built.status.success() => Some(folder),
        _ => skip("no compiler, or OpenSSL's headers are not installed"),
    }
}

fn uri(folder: &Path, rest: &str) -> String {
    format!("pkcs11:token=fake%20SM2?module-path={}{rest}", folder.join("sm2.so").display())
}

fn sign(folder: &Path, token: &str, pin: &str) -> Ran {
    run(folder, ["sign", "note.txt", "-o", "note.p7s", "--token", token, "--pin-from", pin, "--force"])
}

fn code(ran: &Ran) -> (Option<i32>, &str) {
    let code = ran.stderr.split_once("error[").and_then(|(_, rest)| rest.split_once(']')).map_or("", |(code, _)| code);
    (ran.code, code)
}

#[test]
fn a_key_in_hardware_signs_what_everybody_verifies() {
    let Some(folder) = folder("pkcs11-sign") else { return };
    fs::write(folder.join("note.txt"), "a note").unwrap();
    let pin = format!("&pin-source=file:{}", folder.join("pin").display());
    let module = folder.join("sm2.so");
    let by_uri = sign(&folder, &uri(&folder, ""), "file:pin");
    assert_eq!(by_uri.code, Some(0), "{}", by_uri.stderr);
    let verify = ["verify", "note.p7s", "--content", "note.txt", "--trust", "demo/trust", "--crl", "demo/trust"];
    let verified = run(&folder, verify);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
    // The PIN from where the URI says, the module from the environment, the key by its label.
    let ran: Ran = eseal(&folder)
        .args(["sign", "note.txt", "-o", "other.p7s", "--token", &format!("pkcs11:object=sign?{}", &pin[1..])])
        .env("ESEAL_PKCS11_MODULE", &module)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_seal_that_lists_the_certificate_is_stamped_by_the_key_in_hardware() {
    let Some(folder) = folder("pkcs11-stamp") else { return };
    let make = [
        "seal",
        "make",
        "--id",
        "33010600000099",
        "--name",
        "示例市数据局",
        "--kind",
        "organization",
        "--picture",
        "demo/seals/organization.png",
        "--size",
        "40mmx40mm",
        "--signer",
        "hardware.pem",
        "-o",
        "hardware.esl",
    ];
    let made = run(&folder, [&make[..], &KEY].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let document = fs::read_dir(folder.join("demo/documents")).unwrap().next().unwrap().unwrap().path();
    let document = document.to_string_lossy().into_owned();
    let token = uri(&folder, "");
    let stamp = ["stamp", &document, "-o", "out.pdf", "--place", "-1:right-40mm,bottom-40mm", "--seal", "hardware.esl"];
    let stamped = run(&folder, [&stamp[..], &["--token", &token, "--pin-from", "file:pin"]].concat());
    assert_eq!(stamped.code, Some(0), "{}", stamped.stderr);
    let verified = run(&folder, ["verify", "out.pdf", "--trust", "demo/trust", "--crl", "demo/trust"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}

#[test]
fn a_key_in_hardware_asks_for_its_certificate_and_for_no_other() {
    let Some(folder) = folder("pkcs11-request") else { return };
    let new = |rest: &str, out: &str| {
        let token = format!("pkcs11:{rest}?module-path={}", folder.join("sm2.so").display());
        run(
            &folder,
            ["request", "new", "--token", &token, "--pin-from", "file:pin", "--subject", "CN=a,C=CN", "-o", out],
        )
    };
    let made = new("object=sign", "new.req");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let request = CertificateRequest::from_bytes(&fs::read(folder.join("new.req")).unwrap()).unwrap();
    assert_eq!(request.public_key(), SecretKey::from_bytes(&[7; 32]).unwrap().public_key());
    let issue = ["cert", "issue", "new.req", "--profile", "person", "-o", "new.pem"];
    let twice = run(&folder, [&issue[..], &KEY].concat());
    assert_eq!(twice.code, Some(5), "the key is that of another holder: {}", twice.stderr);
    assert_eq!(code(&new("", "other.req")), (Some(6), "pkcs11-several-keys"));
    assert_eq!(code(&new("object=liar", "other.req")), (Some(5), "key-signer-refused"));
    assert!(!folder.join("other.req").exists());
}

#[test]
fn what_goes_wrong_with_hardware_has_its_code() {
    let Some(folder) = folder("pkcs11-wrong") else { return };
    fs::write(folder.join("note.txt"), "a note").unwrap();
    let refused = |token: &str, pin: &str, exit: i32, word: &str| {
        let ran = sign(&folder, token, pin);
        assert_eq!(code(&ran), (Some(exit), word), "{token}: {}", ran.stderr);
    };
    refused(&uri(&folder, ""), "file:wrong", 5, "pkcs11-wrong-pin");
    refused(&uri(&folder, "&x-eseal-vendor=ibm"), "file:pin", 6, "pkcs11-no-mechanism");
    refused(&uri(&folder, "&x-eseal-sign=0x80008106"), "file:pin", 5, "key-signer-refused");
    refused(&uri(&folder, "&x-eseal-sign=7"), "file:pin", 2, "pkcs11-mechanism-number");
    refused(&uri(&folder, "&colour=red"), "file:pin", 2, "pkcs11-uri");
    refused(&uri(&folder, "").replace("SM2", "SM3"), "file:pin", 6, "pkcs11-no-token");
    refused("pkcs11:token=x", "file:pin", 2, "pkcs11-no-module");
    refused("pkcs11:?module-path=sm2.so", "file:pin", 2, "pkcs11-relative-module");
    refused("pkcs11:?module-path=/missing.so", "file:pin", 6, "pkcs11-load");
    let no_terminal = run(&folder, ["sign", "note.txt", "-o", "x.p7s", "--token", &uri(&folder, "")]);
    assert_eq!(code(&no_terminal), (Some(5), "pin-no-terminal"), "{}", no_terminal.stderr);
    assert!(!folder.join("note.p7s").exists() && !folder.join("x.p7s").exists());
}

#[test]
fn softhsm_has_no_sm2_and_the_command_says_so() {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    let Some(module) = places.iter().find(|path| Path::new(path).is_file()) else {
        skip::<()>("SoftHSM2 is not installed");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pkcs11-softhsm");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("tokens")).unwrap();
    fs::create_dir_all(folder.join("home")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    fs::write(
        &configuration,
        format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.join("tokens").display()),
    )
    .unwrap();
    let made = Command::new("softhsm2-util")
        .env("SOFTHSM2_CONF", &configuration)
        .args(["--init-token", "--free", "--label", "fake", "--pin", "fake-pin-1", "--so-pin", "fake-so-1"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::write(folder.join("pin"), "fake-pin-1").unwrap();
    fs::write(folder.join("wrong"), "fake-pin-2").unwrap();
    fs::write(folder.join("note.txt"), "a note").unwrap();
    let sign = |pin: &str| -> Ran {
        let token = format!("pkcs11:token=fake?module-path={module}");
        let mut command = eseal(&folder);
        command.env("SOFTHSM2_CONF", &configuration);
        command.args(["sign", "note.txt", "-o", "note.p7s", "--token", &token, "--pin-from", pin]);
        command.output().unwrap().into()
    };
    assert_eq!(code(&sign("file:wrong")), (Some(5), "pkcs11-wrong-pin"));
    let refused = sign("file:pin");
    assert_eq!(code(&refused), (Some(6), "pkcs11-no-mechanism"), "{}", refused.stderr);
    assert!(refused.stderr.contains("0x80008105"), "{}", refused.stderr);
}

//! The good path, and a module that lies: `tests/module/sm2.c`, compiled here, which does SM2 by OpenSSL's libcrypto.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use eseal::cert::Profile;
use eseal::key::{Decrypter, EnvelopedKey, KeyError, Signer};
use eseal::sm::UserId;
use eseal_pkcs11::{Pkcs11Error, Pkcs11Module, Pkcs11Session, Pkcs11Uri};
use tempfile::TempDir;

use crate::support::{certificate, key, skip, tool};

/// The compiled module, with the certificates that it finds beside itself.
static BUILT: LazyLock<Option<TempDir>> = LazyLock::new(|| {
    let compiler = tool("cc")?;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sign.der"), certificate(7, &Profile::person()).as_der()).unwrap();
    fs::write(folder.path().join("enc.der"), certificate(8, &Profile::encryption()).as_der()).unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/module/sm2.c");
    let define = format!("-DFOLDER=\"{}\"", folder.path().display());
    let built = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", &define, source, "-lcrypto", "-o"])
        .arg(folder.path().join("sm2.so"))
        .output()
        .unwrap();
    if built.status.success() {
        return Some(folder);
    }
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(said.contains("openssl/"), "{said}");
    skip("OpenSSL's headers are not installed")
});

/// A copy of the module: another file is another module to the system, with a state of its own.
fn module() -> Option<PathBuf> {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let folder = BUILT.as_ref()?.path();
    let copy = folder.join(format!("copy-{}.so", COPIES.fetch_add(1, Ordering::Relaxed)));
    fs::copy(folder.join("sm2.so"), &copy).unwrap();
    Some(copy)
}

fn uri(rest: &str) -> Pkcs11Uri {
    Pkcs11Uri::parse(&format!("pkcs11:{rest}")).unwrap()
}

fn session() -> Option<Pkcs11Session> {
    let module = Pkcs11Module::load(&module()?).unwrap();
    Some(module.open(&uri("token=fake%20SM2"), Some("fake-pin")).unwrap())
}

fn refused<T>(result: Result<T, Pkcs11Error>) -> &'static str {
    result.err().map_or("ok", |error| error.code())
}

const RAW: &str = "x-eseal-vendor=sansec";
const DER: &str = "x-eseal-sign=0x80008104";
const WRONG: &str = "x-eseal-sign=0x80008106";

#[test]
fn a_key_in_a_module_signs_and_the_library_holds_it_for_any_other() {
    let Some(session) = session() else { return };
    for form in [RAW, DER] {
        let signer = session.signer(&uri(&format!("object=sign?{form}"))).unwrap();
        assert_eq!(signer.public_key(), key(7).public_key());
        assert!(!signer.signs_here());
        let digest = signer.public_key().digest(UserId::DEFAULT, b"message");
        let signature = signer.sign_digest(&digest).unwrap();
        key(7).public_key().verify(&digest, &signature).unwrap();
    }
}

#[test]
fn a_certificate_in_the_module_leads_to_its_key() {
    let Some(session) = session() else { return };
    let uri = uri(&format!("?{RAW}"));
    let certificates = session.certificates(&uri).unwrap();
    let labels: Vec<_> = certificates.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(labels, ["sign", "enc"]);
    let signer = session.signer_for(&certificates[0].certificate, &uri).unwrap();
    assert_eq!(signer.public_key(), key(7).public_key());
    assert_eq!(refused(session.signer_for(&certificate(5, &Profile::person()), &uri)), "pkcs11-no-public-key");
}

#[test]
fn an_envelope_to_a_key_in_a_module_opens_there() {
    let Some(session) = session() else { return };
    let decrypter = session.decrypter_for(&certificate(8, &Profile::encryption()), &uri("")).unwrap();
    assert_eq!(decrypter.public_key(), key(8).public_key());
    let cipher = key(8).public_key().encrypt(b"message").unwrap();
    assert_eq!(*decrypter.decrypt(&cipher).unwrap(), b"message");
    let envelope = EnvelopedKey::seal(&key(3), key(8).public_key()).unwrap();
    assert_eq!(envelope.open(&decrypter).unwrap().public_key(), key(3).public_key());
    let foreign = key(7).public_key().encrypt(b"message").unwrap();
    assert_eq!(decrypter.decrypt(&foreign).unwrap_err().code(), "sm-cannot-decrypt");
    assert_eq!(decrypter.decrypt(b"no cipher").unwrap_err().code(), "sm-cannot-decrypt");
}

#[test]
fn a_signature_that_does_not_hold_never_leaves() {
    let Some(session) = session() else { return };
    // One mechanism hashes the digest once more; one private key is not that of its public half.
    for uri in [uri(&format!("object=sign?{WRONG}")), uri(&format!("object=liar?{RAW}"))] {
        let signer = session.signer(&uri).unwrap();
        let digest = signer.public_key().digest(UserId::DEFAULT, b"message");
        let refused = signer.sign_digest(&digest);
        assert_eq!(refused, Err(KeyError::SignerRefused { reason: "pkcs11-signature-does-not-hold" }));
    }
}

#[test]
fn what_is_not_the_one_key_is_refused_by_its_reason() {
    let Some(session) = session() else { return };
    let signer = |text: &str| refused(session.signer(&uri(text)));
    assert_eq!(signer("object=nobody"), "pkcs11-no-key");
    assert_eq!(signer("object=sign;id=%02"), "pkcs11-no-key");
    assert_eq!(signer("object=orphan"), "pkcs11-no-public-key");
    assert_eq!(signer(""), "pkcs11-several-keys");
    assert_eq!(signer("object=sign?x-eseal-key-type=0x80000001"), "pkcs11-no-key");
    assert_eq!(signer("object=sign?x-eseal-vendor=ibm"), "pkcs11-no-mechanism");
}

#[test]
fn wrong_pins_count_in_the_device_and_a_locked_one_is_not_asked_again() {
    let Some(path) = module() else { return };
    let module = Pkcs11Module::load(&path).unwrap();
    let open = |pin| module.open(&uri(""), pin).map(|_| ());
    assert!(module.wants_pin(&uri("")).unwrap());
    assert_eq!(open(None), Err(Pkcs11Error::PinNeeded));
    assert_eq!(open(Some("wrong")), Err(Pkcs11Error::WrongPin { last_try: false }));
    assert_eq!(open(Some("wrong")), Err(Pkcs11Error::WrongPin { last_try: true }));
    assert_eq!(open(Some("wrong")), Err(Pkcs11Error::PinLocked));
    assert_eq!(open(Some("fake-pin")), Err(Pkcs11Error::PinLocked), "the right one comes too late");
    assert_eq!(module.wants_pin(&uri("")), Err(Pkcs11Error::PinLocked));
    assert!(module.tokens().unwrap()[0].locked);
}

#[test]
fn a_token_is_named_by_what_it_says_of_itself() {
    let Some(path) = module() else { return };
    let module = Pkcs11Module::load(&path).unwrap();
    let tokens = module.tokens().unwrap();
    assert_eq!((tokens.len(), tokens[0].label.as_str(), tokens[0].serial.as_str()), (1, "fake SM2", "0001"));
    for fitting in ["token=fake%20SM2", "serial=0001;model=fake", "manufacturer=fake%20maker;slot-id=5"] {
        assert!(module.wants_pin(&uri(fitting)).is_ok(), "{fitting}");
    }
    for other in ["token=fake", "serial=0002", "slot-id=4", "manufacturer=maker"] {
        assert_eq!(module.wants_pin(&uri(other)), Err(Pkcs11Error::NoToken), "{other}");
    }
}

#[test]
fn several_threads_share_one_signer() {
    let Some(session) = session() else { return };
    let signer = session.signer(&uri("object=sign")).unwrap();
    thread::scope(|scope| {
        for number in 0..4u8 {
            let signer = &signer;
            scope.spawn(move || {
                for _ in 0..20 {
                    let digest = signer.public_key().digest(UserId::DEFAULT, &[number]);
                    signer.sign_digest(&digest).unwrap();
                }
            });
        }
    });
}

#[test]
fn what_is_no_module_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    fs::write(&text, "no module").unwrap();
    for path in [text, folder.path().join("missing.so")] {
        assert_eq!(refused(Pkcs11Module::load(&path)), "pkcs11-load");
    }
    assert_eq!(refused(Pkcs11Module::load("sm2.so".as_ref())), "pkcs11-relative-module");
    // A library, and no module: libcrypto of the system, if it is where it usually is.
    let library = PathBuf::from("/usr/lib/x86_64-linux-gnu/libcrypto.so.3");
    if library.is_file() {
        assert_eq!(refused(Pkcs11Module::load(&library)), "pkcs11-load");
    }
}

//! SoftHSM2, which knows no SM2: loading, log-in, finding, and the refusal of what it makes with a key on the curve of SM2.
//!
//! It takes its configuration from the environment, and keeps one login for its process: each test runs itself once more as
//! a process of its own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, CertificateType, KeyType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use eseal::cert::Profile;
use eseal::key::{KeyError, Signer};
use eseal::sm::UserId;
use eseal_pkcs11::{Pkcs11Error, Pkcs11Module, Pkcs11Uri};

use crate::support::{certificate, key, skip, tool};

/// Set in the second run: the module.
const INNER: &str = "ESEAL_TEST_SOFTHSM";
const PIN: &str = "fake-pin-1";

/// In the second run, the module to load; in the first, makes a token, runs the test in a process of its own, and gives
/// nothing.
fn inside() -> Option<PathBuf> {
    if let Some(module) = env::var_os(INNER) {
        return Some(module.into());
    }
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    let Some(module) = places.iter().map(Path::new).find(|path| path.is_file()) else {
        return skip("SoftHSM2 is not installed");
    };
    let util = tool("softhsm2-util")?;
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    fs::create_dir(folder.path().join("tokens")).unwrap();
    let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.path().join("tokens").display());
    fs::write(&configuration, text).unwrap();
    let made = Command::new(util)
        .env("SOFTHSM2_CONF", &configuration)
        .args(["--init-token", "--free", "--label", "fake token", "--pin", PIN, "--so-pin", "fake-so-1"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let name = std::thread::current().name().unwrap().to_owned();
    let run = Command::new(env::current_exe().unwrap())
        .env("SOFTHSM2_CONF", &configuration)
        .env(INNER, module)
        .args(["--exact", &name, "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    None
}

fn uri(rest: &str) -> Pkcs11Uri {
    Pkcs11Uri::parse(&format!("pkcs11:token=fake%20token{rest}")).unwrap()
}

/// Puts keys and certificates into the token by the binding itself.
fn fill(module: &Path) {
    let context = Pkcs11::new(module).unwrap();
    context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let slot = context.get_slots_with_initialized_token().unwrap()[0];
    let session = context.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    let sm2 = vec![0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];
    let p256 = vec![0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    let of_key = |class, id: u8, label: &str, curve: &[u8]| {
        vec![
            Attribute::Class(class),
            Attribute::KeyType(KeyType::EC),
            Attribute::Token(true),
            Attribute::Id(vec![id]),
            Attribute::Label(label.into()),
            Attribute::EcParams(curve.to_vec()),
        ]
    };
    for (id, label, curve) in [(1, "sm2", &sm2), (2, "p256", &p256)] {
        let mut private = of_key(ObjectClass::PRIVATE_KEY, id, label, curve);
        private.extend([Attribute::Private(true), Attribute::Sign(true), Attribute::Value(vec![7; 32])]);
        session.create_object(&private).unwrap();
    }
    // Of the key on the curve of SM2 the public half comes from its certificate alone.
    let certificate = certificate(7, &Profile::person());
    session
        .create_object(&[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Id(vec![1]),
            Attribute::Label("sm2".into()),
            Attribute::Subject(vec![0x30, 0]),
            Attribute::Value(certificate.as_der().to_vec()),
        ])
        .unwrap();
    session.logout().unwrap();
}

#[test]
fn a_token_of_softhsm_opens_and_its_certificates_and_keys_are_found() {
    let Some(path) = inside() else { return };
    fill(&path);
    let module = Pkcs11Module::load(&path).unwrap();
    let labels: Vec<_> = module.tokens().unwrap().into_iter().map(|token| token.label).collect();
    assert_eq!(labels, ["fake token"]);
    assert_eq!(module.open(&uri(""), Some("wrong-pin-1")).unwrap_err(), Pkcs11Error::WrongPin { last_try: false });
    let session = module.open(&uri(""), Some(PIN)).unwrap();
    let certificates = session.certificates(&uri("")).unwrap();
    assert_eq!(certificates.len(), 1);
    assert_eq!(certificates[0].certificate, certificate(7, &Profile::person()));
    // ECDSA, 0x1041: the one mechanism for curves that SoftHSM2 has.
    let signer = session.signer_for(&certificates[0].certificate, &uri("?x-eseal-sign=0x1041")).unwrap();
    assert_eq!(signer.public_key(), key(7).public_key());
    let by_label = |label: &str| session.signer(&uri(&format!(";object={label}?x-eseal-sign=0x1041"))).map(|_| ());
    assert_eq!(by_label("sm2"), Ok(()));
    assert_eq!(by_label("p256"), Err(Pkcs11Error::NoKey), "a key on another curve is no SM2 key");
}

#[test]
fn an_ecdsa_signature_on_the_curve_of_sm2_is_refused() {
    let Some(path) = inside() else { return };
    fill(&path);
    let session = Pkcs11Module::load(&path).unwrap().open(&uri(""), Some(PIN)).unwrap();
    let signer = session.signer(&uri(";object=sm2?x-eseal-sign=0x1041")).unwrap();
    let digest = signer.public_key().digest(UserId::DEFAULT, b"message");
    let refused = signer.sign_digest(&digest).unwrap_err();
    assert_eq!(refused, KeyError::SignerRefused { reason: "pkcs11-signature-does-not-hold" });
}

#[test]
fn softhsm_has_no_sm2_and_says_so_before_anything_is_signed() {
    let Some(path) = inside() else { return };
    fill(&path);
    let session = Pkcs11Module::load(&path).unwrap().open(&uri(""), Some(PIN)).unwrap();
    let refused = session.signer(&uri(";object=sm2")).unwrap_err();
    assert_eq!(refused, Pkcs11Error::NoMechanism { number: 0x8000_8105 });
    let decrypter = session.decrypter_for(&certificate(7, &Profile::person()), &uri(""));
    assert_eq!(decrypter.unwrap_err(), Pkcs11Error::NoMechanism { number: 0x8000_8201 });
}

#[test]
fn a_token_that_is_not_there_is_told_from_one_that_is_locked() {
    let Some(path) = inside() else { return };
    let module = Pkcs11Module::load(&path).unwrap();
    let other = Pkcs11Uri::parse("pkcs11:token=other").unwrap();
    assert_eq!(module.open(&other, Some(PIN)).unwrap_err(), Pkcs11Error::NoToken);
    assert_eq!(module.open(&uri(""), None).unwrap_err(), Pkcs11Error::PinNeeded);
    assert_eq!(module.open(&uri(""), Some("x")).unwrap_err(), Pkcs11Error::WrongPin { last_try: false });
    let session = module.open(&uri(""), Some(PIN)).unwrap();
    assert_eq!(session.signer(&uri("?x-eseal-sign=0x1041")).unwrap_err(), Pkcs11Error::NoKey);
}

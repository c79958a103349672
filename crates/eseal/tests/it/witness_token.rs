//! Bouncy Castle opens our tokens with nothing but the description in `docs/soft-token.md`.

use std::fs;
use std::path::{Path, PathBuf};

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::key::{SecretKey, Signer, SoftSigner, secret_key_to_pkcs8};
use eseal::token::{
    DeviceSecret, KdfCost, KeyUse, NewPin, NewToken, Pin, RecoveryCode, Session, Token, TokenFile, UnlockGrant,
};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::{FakeOffice, now};

const PIN: &str = "口令 of a fake holder";

/// The fake key of whom the tokens name as their unlocker.
fn unlock_key() -> SecretKey {
    SecretKey::from_bytes(&[0x21; 32]).unwrap()
}

/// A token with a signing and an encryption key, and what opens it.
struct Fixture {
    folder: tempfile::TempDir,
    class_path: String,
    device: Option<DeviceSecret>,
    unlocker: Certificate,
    code: RecoveryCode,
    session: Session,
}

impl Fixture {
    fn new(bound: bool) -> Option<Self> {
        Self::with(bound, KdfCost::demo(1000))
    }

    fn with(bound: bool, kdf: KdfCost) -> Option<Self> {
        let class_path = bouncy_castle()?;
        let folder = tempfile::tempdir().unwrap();
        let device = bound.then(|| DeviceSecret::generate().unwrap());
        let unlocker = certificate(&unlock_key());
        let pin = Pin::new(PIN).unwrap();
        let new = match &device {
            Some(device) => NewToken::device("假的介质", &pin, device),
            None => NewToken::file("假的介质", &pin),
        };
        let new = NewToken { kdf, unlocker: Some(unlocker.clone()), ..new };
        let file = TokenFile::new(folder.path().join("user.token"));
        let (mut session, code) = Token::create_open(file, new, now()).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        session.generate_key(KeyUse::Encrypt).unwrap();
        Some(Self { folder, class_path, device, unlocker, code: code.unwrap(), session })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("user.token")
    }

    fn device(&self) -> String {
        self.device.as_ref().map(|device| device.to_text().trim().to_owned()).unwrap_or_default()
    }

    fn ask(&self, act: &str, arguments: &[&str]) -> String {
        let arguments: Vec<_> = std::iter::once(text(&self.path()))
            .chain(arguments.iter().map(|&argument| argument.to_owned()))
            .filter(|argument| !argument.is_empty())
            .collect();
        witness(&self.class_path, "Tokens.java", act, &arguments)
    }

    /// Whether the witness found each private key and each was that of the header.
    fn opens(&self, said: &str) {
        let info = self.session.info().unwrap();
        let mut lines = said.lines();
        let first = format!("good {} epoch {} {}", info.serial, info.epoch, info.label);
        assert_eq!(lines.next(), Some(first.as_str()), "{said}");
        for (object, key_use) in info.objects.iter().zip([0, 1]) {
            assert_eq!(lines.next(), Some(format!("key {} use {key_use} good", object.id).as_str()), "{said}");
        }
        assert_eq!(lines.next(), None, "{said}");
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn certificate(key: &SecretKey) -> Certificate {
    let office = FakeOffice::new();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let name = Name::parse("CN=fake unlocker,C=CN").unwrap();
    let period = office.clerk.certificate.validity();
    issuer.issue_for(&name, key.public_key(), &Profile::unlocker(), SerialNumber::random().unwrap(), period).unwrap()
}

#[test]
fn bouncy_castle_opens_our_token_with_the_pin_and_finds_the_keys() {
    let Some(fixture) = Fixture::new(false) else { return };
    fixture.opens(&fixture.ask("open", &[PIN]));
    assert_eq!(fixture.ask("open", &["another PIN of nobody"]), "BAD slot\n");
}

#[test]
fn bouncy_castle_opens_a_bound_token_with_the_secret_of_its_device_alone() {
    let Some(fixture) = Fixture::new(true) else { return };
    let device = fixture.device();
    fixture.opens(&fixture.ask("open", &[PIN, &device]));
    assert_eq!(fixture.ask("open", &[PIN]), "BAD slot\n");
    assert_eq!(fixture.ask("open", &[PIN, &"11".repeat(32)]), "BAD slot\n");
    assert_eq!(fixture.ask("state", &[&device]), "good\n");
    assert_eq!(fixture.ask("state", &[&"11".repeat(32)]), "BAD state\n");
}

#[test]
fn bouncy_castle_opens_a_token_whose_pin_argon2id_stretches() {
    let Some(fixture) = Fixture::with(false, KdfCost::demo_argon2id()) else { return };
    fixture.opens(&fixture.ask("open", &[PIN]));
}

#[test]
fn bouncy_castle_opens_our_token_with_the_recovery_code() {
    let Some(fixture) = Fixture::new(true) else { return };
    fixture.opens(&fixture.ask("recover", &[&fixture.code.reveal()]));
    assert_eq!(fixture.ask("recover", &["AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH"]), "BAD slot\n");
}

/// What `token show` says of escrow is true: the unlock key and a copy suffice at level `file`, and not at `device`.
#[test]
fn the_unlock_key_with_a_copy_opens_a_file_token_and_not_a_bound_one() {
    for bound in [false, true] {
        let Some(fixture) = Fixture::new(bound) else { return };
        let key = fixture.folder.path().join("unlocker.der");
        fs::write(&key, secret_key_to_pkcs8(&unlock_key())).unwrap();
        let said = fixture.ask("escrow", &[&text(&key)]);
        if bound {
            assert_eq!(said, "BAD slot\n");
            fixture.opens(&fixture.ask("escrow", &[&text(&key), &fixture.device()]));
        } else {
            fixture.opens(&said);
        }
    }
}

#[test]
fn bouncy_castle_sees_an_edited_header() {
    let Some(fixture) = Fixture::new(false) else { return };
    let pem = fs::read(fixture.path()).unwrap();
    let (_, mut document) = ::der::pem::decode_vec(&pem).unwrap();
    let label = "假的介质".as_bytes();
    let at = document.windows(label.len()).position(|window| window == label).unwrap();
    document[at..at + label.len()].copy_from_slice("真的介质".as_bytes());
    fs::write(fixture.path(), document).unwrap();
    assert_eq!(fixture.ask("open", &[PIN]), "BAD secrets\n");
}

/// The holder's certificate for the signing key of the session.
fn certified(session: &mut Session, office: &FakeOffice) {
    let key = session.signer(KeyUse::Sign).unwrap();
    let (certificate, _) = office.admit(key.public_key(), now());
    session.install(&[certificate]).unwrap();
}

#[test]
fn bouncy_castle_verifies_our_grant_and_receipt_and_reads_the_same_code() {
    let Some(mut fixture) = Fixture::new(true) else { return };
    certified(&mut fixture.session, &FakeOffice::new());
    let (path, device) = (fixture.path(), fixture.device.as_ref());
    let token = Token::open(TokenFile::new(&path)).unwrap();
    let (request, pending) = token.request_unlock(Some("忘记口令"), device, now()).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let file = fixture.folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        text(&file)
    };
    let asked = write("unlock.req", request.to_pem().as_bytes());
    let code = witness(&fixture.class_path, "Tokens.java", "code", &[asked]);
    assert_eq!(code.trim(), request.code());

    let signer = SoftSigner::new(unlock_key());
    let grant = UnlockGrant::issue(&request, &fixture.unlocker, &signer, &signer, now()).unwrap();
    let new = Pin::new("a new PIN of nobody").unwrap();
    let new = NewPin { kdf: KdfCost::demo(1000), ..NewPin::new(&new) };
    let unlocked = token.unlock(&grant, Some(&pending), new, device, now()).unwrap();
    let receipt = unlocked.session.unlock_receipt(grant.id(), now()).unwrap();

    let mut files = Vec::new();
    for (name, message) in [("ticket", grant.as_der()), ("receipt", receipt.as_der())] {
        files.extend([write(name, message), "-".to_owned()]);
    }
    let said = witness(&fixture.class_path, "Messages.java", "verify", &files);
    assert_eq!(said.lines().filter(|line| line.ends_with(" good")).count(), 2, "{said}");

    // Sealed anew: the old PIN and code open nothing, the new ones do.
    fixture.session = unlocked.session;
    let device = fixture.device();
    fixture.opens(&fixture.ask("open", &["a new PIN of nobody", &device]));
    fixture.opens(&fixture.ask("recover", &[&unlocked.recovery.unwrap().reveal()]));
    assert_eq!(fixture.ask("recover", &[&fixture.code.reveal()]), "BAD slot\n");
}

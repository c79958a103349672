//! Killing the command in the middle of what it does to a token: afterwards the token opens with the right PIN, or is locked
//! as it should be, every key is there, and no try was gained.
//!
//! 200 times in CI, less often elsewhere; `ESEAL_TEST_KILLS` says how often.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant as Clock};

use eseal::cert::{Certificate, CertificateResponse, Issuer, Name, Profile, SerialNumber};
use eseal::key::{EnvelopedKey, PublicKey, SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::token::{
    DeviceSecret, KdfCost, KeyUse, Level, MemoryMedium, NewPin, NewToken, Pin, RecoveryCode, Session, Token,
    TokenError, TokenFile, UnlockGrant, UnlockRequest,
};

use office::eseal;

const WRONG: &str = "an incorrect horse";
const PINS: [&str; 2] = ["correct horse battery", "another horse entirely"];
/// Slow enough that some are killed while they derive, quick enough to be done 200 times.
const COST: u32 = 3000;

/// How often each act is killed: there are seven of them at two levels, for all together 200 times in CI.
fn rounds() -> u32 {
    let set = std::env::var("ESEAL_TEST_KILLS").ok().and_then(|count| count.parse::<u32>().ok());
    let ci = std::env::var("CI").as_deref() == Ok("true");
    set.unwrap_or(if ci { 200 } else { 36 }).div_ceil(14)
}

fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Instant::from_unix(i64::try_from(since.as_secs()).unwrap())
}

/// Runs the command and kills it after a part of the time that it takes when it is left alone. What it came to, if it ended
/// before.
struct Killer {
    whole: Duration,
    turn: u32,
}

impl Killer {
    /// Measures the command once, to its end.
    fn new(folder: &Path, arguments: &[&str]) -> Self {
        let start = Clock::now();
        eseal(folder).args(arguments).output().unwrap();
        Self { whole: start.elapsed(), turn: 0 }
    }

    fn run(&mut self, folder: &Path, arguments: &[&str]) -> Option<i32> {
        // Every part of the time gets its turn: multiples of the golden ratio leave no gap, and a little more than the
        // whole lets some end by themselves.
        self.turn += 1;
        let part = (f64::from(self.turn) * 0.618_034).fract() * 1.15;
        let mut child = eseal(folder).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Clock::now() + self.whole.mul_f64(part);
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            if Clock::now() >= until {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap().code()
    }
}

/// A folder with a token in it, bound to the device or not, and what opens it.
struct Fixture {
    folder: PathBuf,
    token: Token,
    device: Option<DeviceSecret>,
    code: RecoveryCode,
    keys: Vec<PublicKey>,
}

impl Fixture {
    fn new(name: &str, level: Level) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-{name}-{}", level.word()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("home")).unwrap();
        let secret = DeviceSecret::generate().unwrap();
        fs::write(folder.join("home/device.key"), &*secret.to_text()).unwrap();
        for (file, text) in [("wrong", WRONG), ("pin", PINS[0]), ("other", PINS[1])] {
            fs::write(folder.join(file), text).unwrap();
        }
        let pin = Pin::new(PINS[0]).unwrap();
        let new = match level {
            Level::Device => NewToken::device("fake token", &pin, &secret),
            _ => NewToken::file("fake token", &pin),
        };
        let new = NewToken { kdf: KdfCost::demo(COST), unlocker: Some(unlocker()), ..new };
        let file = TokenFile::new(folder.join("user.token"));
        let (mut session, code) = Token::create_open(file.clone(), new, now()).unwrap();
        let key = session.generate_key(KeyUse::Sign).unwrap();
        let key = session.signer(key).unwrap().public_key().clone();
        session.install(&[certificate("CN=fake holder,C=CN", &key, &Profile::person())]).unwrap();
        let token = Token::open(file).unwrap();
        let device = (level == Level::Device).then_some(secret);
        Self { folder, token, device, code: code.unwrap(), keys: vec![key] }
    }

    fn both(name: &str) -> [Self; 2] {
        [Level::File, Level::Device].map(|level| Self::new(name, level))
    }

    fn log_in(&self, pin: &str) -> Result<Session, TokenError> {
        self.token.log_in(&Pin::new(pin).unwrap(), self.device.as_ref())
    }

    fn left(&self) -> u32 {
        self.token.info().unwrap().tries_left
    }

    /// Every key that was there is there, and signs; `more` may have come.
    fn keeps_its_keys(&mut self, session: &Session, more: usize) {
        let found: Vec<_> = session.info().unwrap().objects;
        let public: Vec<_> = found.iter().map(|object| object.public_key.clone()).collect();
        assert!(self.keys.iter().all(|key| public.contains(key)), "a key is gone");
        assert!(public.len() <= self.keys.len() + more, "too many keys");
        for object in found.iter().filter(|object| object.key_use == KeyUse::Sign) {
            let signer = session.signer(object.id).unwrap();
            let digest = object.public_key.digest(eseal::sm::UserId::DEFAULT, b"message");
            object.public_key.verify(&digest, &signer.sign_digest(&digest).unwrap()).unwrap();
        }
        self.keys = public;
    }

    /// Nothing but what was there, and what holders of the token would have removed.
    fn leaves_no_litter(&self) {
        let litter = |name: &str| name.starts_with(".user.token.");
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(names.filter(|name| litter(name)).count(), 0);
    }

    fn recover(&mut self) {
        let pin = Pin::new(PINS[0]).unwrap();
        let new = NewPin { kdf: KdfCost::demo(COST), ..NewPin::new(&pin) };
        let unlocked = self.token.recover(&self.code, new, self.device.as_ref()).unwrap();
        self.code = unlocked.recovery.unwrap();
        self.keeps_its_keys(&unlocked.session, 0);
    }
}

fn fake_key(byte: u8) -> SoftSigner {
    SoftSigner::new(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn issuer() -> Issuer<'static> {
    let period = Period::years(now().plus_days(-1), 9);
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    let own = Issuer::self_signed(&Name::parse("CN=fake root,C=CN").unwrap(), &fake_key(1), serial, period).unwrap();
    Issuer::new(own, fake_key(1)).unwrap()
}

fn certificate(name: &str, key: &PublicKey, profile: &Profile) -> Certificate {
    let period = Period::years(now().plus_days(-1), 2);
    let serial = SerialNumber::random().unwrap();
    issuer().issue_for(&Name::parse(name).unwrap(), key, profile, serial, period).unwrap()
}

/// One certificate for all: a token names its unlocker by the digest of it.
fn unlocker() -> Certificate {
    static UNLOCKER: OnceLock<Certificate> = OnceLock::new();
    let make = || certificate("CN=fake unlocker,C=CN", fake_key(7).public_key(), &Profile::unlocker());
    UNLOCKER.get_or_init(make).clone()
}

#[test]
fn killed_during_a_log_in_with_a_wrong_pin_no_try_is_gained_and_the_lock_comes_in_time() {
    for mut fixture in Fixture::both("wrong") {
        let command = ["request", "new", "--token", "user.token", "--pin-from", "file:wrong"];
        let command = [&command[..], &["--subject", "CN=fake,C=CN", "-o", "never.req"]].concat();
        let mut killer = Killer::new(&fixture.folder, &command);
        for _ in 0..rounds() {
            let before = fixture.left();
            let ended = killer.run(&fixture.folder, &command);
            let after = fixture.left();
            match ended {
                Some(code) => {
                    assert_eq!(code, 5, "refused");
                    assert_eq!(after, before - 1, "a try that was made is counted");
                }
                None => assert!(after == before || after == before - 1, "{before} tries, then {after}"),
            }
            if after == 0 {
                // Killed before the slot was destroyed or after: the right PIN comes too late either way.
                assert_eq!(fixture.log_in(PINS[0]).unwrap_err().code(), "token-locked");
                fixture.leaves_no_litter();
                fixture.recover();
                assert_eq!(fixture.left(), 6);
            }
        }
        assert!(!fixture.folder.join("never.req").exists());
        let session = fixture.log_in(PINS[0]).unwrap();
        fixture.keeps_its_keys(&session, 0);
        fixture.leaves_no_litter();
    }
}

/// Kills a command that makes a key in the token and asks for its certificate.
fn kill_while_making_a_key(name: &str, command: &[&str]) {
    for mut fixture in Fixture::both(name) {
        let command = [command, &["--pin-from", "file:pin", "-o", "user.req", "--force"]].concat();
        let mut killer = Killer::new(&fixture.folder, &command);
        let session = fixture.log_in(PINS[0]).unwrap();
        fixture.keeps_its_keys(&session, 1);
        assert_eq!(fixture.keys.len(), 2, "left alone it makes a key");
        for _ in 0..rounds() {
            let ended = killer.run(&fixture.folder, &command);
            let left = fixture.left();
            assert!(matches!((ended, left), (Some(0), 6) | (None, 5 | 6)), "{ended:?}, {left} tries");
            let session = fixture.log_in(PINS[0]).unwrap();
            fixture.keeps_its_keys(&session, 1);
            assert_eq!(fixture.left(), 6);
        }
        fixture.leaves_no_litter();
    }
}

#[test]
fn killed_while_it_makes_a_key_the_token_has_all_keys_of_before() {
    kill_while_making_a_key("key", &["request", "new", "--token", "user.token", "--subject", "CN=fake,C=CN"]);
}

#[test]
fn killed_while_it_asks_for_an_update_the_token_has_all_keys_of_before() {
    kill_while_making_a_key("update", &["token", "update", "user.token", "--rekey"]);
}

#[test]
fn killed_while_the_pin_is_changed_the_old_or_the_new_one_opens_and_never_both() {
    for mut fixture in Fixture::both("pin") {
        let files = ["file:pin", "file:other"];
        let mut current = 0;
        let command = |from: usize| {
            ["token", "change-pin", "user.token", "--pin-from", files[from], "--new-pin-from", files[1 - from]]
        };
        let mut killer = Killer::new(&fixture.folder, &command(current));
        current = 1 - current;
        for _ in 0..rounds() {
            let ended = killer.run(&fixture.folder, &command(current));
            let opened = PINS.map(|pin| fixture.log_in(pin).is_ok());
            assert!(opened[0] != opened[1], "{opened:?}");
            let changed = opened[1 - current];
            assert!(changed || ended != Some(0), "it said that it was done");
            if changed {
                current = 1 - current;
            }
            let session = fixture.log_in(PINS[current]).unwrap();
            fixture.keeps_its_keys(&session, 0);
        }
        fixture.leaves_no_litter();
    }
}

#[test]
fn killed_while_a_pair_is_installed_all_of_it_is_there_or_nothing() {
    for mut fixture in Fixture::both("install") {
        let signing = fixture.keys[0].clone();
        let response = || {
            let secret = SecretKey::generate().unwrap();
            let subject = "CN=fake holder,C=CN";
            let pair = [
                certificate(subject, &signing, &Profile::person()),
                certificate(subject, secret.public_key(), &Profile::encryption()),
            ];
            let envelope = EnvelopedKey::seal(&secret, &signing).unwrap();
            let [sign, encrypt] = pair.clone();
            let answer = CertificateResponse::with_pair(vec![sign], vec![encrypt], envelope).unwrap();
            fs::write(fixture.folder.join("user.resp"), answer.to_der()).unwrap();
            pair
        };
        let command = ["token", "install", "user.token", "user.resp", "--pin-from", "file:pin"];
        response();
        let mut killer = Killer::new(&fixture.folder, &command);
        for _ in 0..rounds() {
            let pair = response();
            let ended = killer.run(&fixture.folder, &command);
            let session = fixture.log_in(PINS[0]).unwrap();
            let there = session.certificates().unwrap();
            let found = pair.each_ref().map(|one| there.contains(one));
            assert!(
                matches!((ended, found), (Some(0), [true, true]) | (None, [true, true] | [false, false])),
                "{ended:?} {found:?}"
            );
            assert_eq!(session.decrypter(&pair[1]).is_ok(), found[1]);
        }
        let session = fixture.log_in(PINS[0]).unwrap();
        assert!(session.info().unwrap().objects.len() > 1, "some were installed");
        fixture.keys = fixture.keys[..1].to_vec();
        fixture.keeps_its_keys(&session, 64);
        fixture.leaves_no_litter();
    }
}

/// Kills a way of unlocking again and again, each time from the same locked token: it is locked as before, with everything
/// that opens it, or it opens with the new PIN.
fn kill_while_unlocking(fixture: &mut Fixture, command: &[&str]) {
    let places = ["user.token", "user.token.pending"].map(|name| fixture.folder.join(name));
    let locked = places.each_ref().map(|path| fs::read(path).unwrap());
    let put_back = || places.iter().zip(&locked).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    let mut killer = Killer::new(&fixture.folder, command);
    assert_eq!(fixture.token.info().unwrap().epoch, 1, "left alone it unlocks");
    for _ in 0..rounds() {
        put_back();
        let ended = killer.run(&fixture.folder, command);
        let info = fixture.token.info().unwrap();
        assert!(info.epoch == 1 || ended.is_none(), "it said that it was done");
        if info.epoch == 1 {
            assert_eq!((info.locked, info.tries_left), (false, 6));
            let session = fixture.log_in(PINS[1]).unwrap();
            fixture.keeps_its_keys(&session, 0);
            assert_eq!(fixture.log_in(PINS[0]).unwrap_err().code(), "token-wrong-pin");
        } else {
            assert!(info.locked && places[1].exists(), "what waits for the grant is still there");
            let copy = Token::open(MemoryMedium::with_bytes(fs::read(&places[0]).unwrap())).unwrap();
            let pin = Pin::new(PINS[1]).unwrap();
            let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&pin) };
            let session = copy.recover(&fixture.code, new, fixture.device.as_ref()).unwrap().session;
            fixture.keeps_its_keys(&session, 0);
        }
    }
    put_back();
    fixture.recover();
    fixture.leaves_no_litter();
}

/// Locks the token and asks for a ticket.
fn locked(fixture: &Fixture) {
    while fixture.left() > 0 {
        fixture.log_in(WRONG).unwrap_err();
    }
    let asked = eseal(&fixture.folder).args(["token", "unlock-request", "user.token", "-o", "unlock.req"]).output();
    assert!(asked.unwrap().status.success());
    let request = UnlockRequest::from_bytes(&fs::read(fixture.folder.join("unlock.req")).unwrap()).unwrap();
    let grant = UnlockGrant::issue(&request, &unlocker(), &fake_key(7), &fake_key(7), now()).unwrap();
    fs::write(fixture.folder.join("ticket"), grant.as_der()).unwrap();
    fs::write(fixture.folder.join("code"), &*fixture.code.reveal()).unwrap();
}

#[test]
fn killed_while_a_grant_unlocks_it_the_token_is_locked_as_before_or_opens_with_the_new_pin() {
    for mut fixture in Fixture::both("grant") {
        locked(&fixture);
        let command = ["token", "unlock", "user.token", "--ticket", "ticket", "--new-pin-from", "file:other"];
        kill_while_unlocking(&mut fixture, &command);
    }
}

#[test]
fn killed_while_the_code_on_paper_unlocks_it_the_token_is_locked_as_before_or_opens_with_the_new_pin() {
    for mut fixture in Fixture::both("code") {
        locked(&fixture);
        let command = ["token", "unlock", "user.token", "--recovery-from", "file:code", "--new-pin-from", "file:other"];
        kill_while_unlocking(&mut fixture, &command);
    }
}

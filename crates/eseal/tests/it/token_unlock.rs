//! Letting a holder in again, seen from outside: at the same time as others, over older copies, and with what is edited on
//! the way.

use std::sync::{Arc, Barrier, OnceLock};
use std::thread;

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::key::{PublicKey, SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::token::{
    DeviceSecret, KdfCost, KeyUse, Medium, MemoryMedium, NewPin, NewToken, PendingUnlock, Pin, RecoveryCode, Session,
    Token, TokenError, UnlockGrant, UnlockReceipt, UnlockRequest, Unlocked,
};

const OLD: &str = "the forgotten one";
const NEW: &str = "the new one, at last";
const WRONG: &str = "surely a wrong one";

fn now() -> Instant {
    Instant::utc(2026, 11, 24, 8, 0, 0).unwrap()
}

fn pin(text: &str) -> Pin {
    Pin::new(text).unwrap()
}

fn key(byte: u8) -> SoftSigner {
    SoftSigner::new(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn certificate(name: &str, of: &PublicKey, profile: &Profile) -> Certificate {
    let period = Period::years(now(), 2);
    let serial = |byte| SerialNumber::from_bytes(&[byte]).unwrap();
    let root = Issuer::self_signed(&Name::parse("CN=fake root").unwrap(), &key(1), serial(1), period).unwrap();
    let issuer = Issuer::new(root, key(1)).unwrap();
    issuer.issue_for(&Name::parse(name).unwrap(), of, profile, serial(2), period).unwrap()
}

/// One certificate for all: a token names its unlocker by the digest of it.
fn unlocker() -> Certificate {
    static UNLOCKER: OnceLock<Certificate> = OnceLock::new();
    UNLOCKER.get_or_init(|| certificate("CN=fake unlocker", key(7).public_key(), &Profile::unlocker())).clone()
}

fn grant(request: &UnlockRequest) -> UnlockGrant {
    UnlockGrant::issue(request, &unlocker(), &key(7), &key(7), now()).unwrap()
}

struct Fixture {
    medium: MemoryMedium,
    token: Token,
    device: Option<DeviceSecret>,
    code: RecoveryCode,
}

impl Fixture {
    fn new(bound: bool) -> Self {
        let (medium, old) = (MemoryMedium::new(), pin(OLD));
        let device = bound.then(|| DeviceSecret::generate().unwrap());
        let new = match &device {
            Some(device) => NewToken::device("fake token", &old, device),
            None => NewToken::file("fake token", &old),
        };
        let new = NewToken { kdf: KdfCost::demo(2), unlocker: Some(unlocker()), ..new };
        let (mut session, code) = Token::create_open(medium.clone(), new, now()).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        let token = Token::open(medium.clone()).unwrap();
        Self { medium, token, device, code: code.unwrap() }
    }

    fn ask(&self) -> (UnlockRequest, PendingUnlock) {
        self.token.request_unlock(None, self.device.as_ref(), now()).unwrap()
    }

    fn unlock(&self, grant: &UnlockGrant, pending: &PendingUnlock, at: Instant) -> Result<Unlocked, TokenError> {
        let new = pin(NEW);
        let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&new) };
        self.token.unlock(grant, Some(pending), new, self.device.as_ref(), at)
    }

    fn recover(&self, code: &RecoveryCode) -> Result<Unlocked, TokenError> {
        let new = pin(NEW);
        let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&new) };
        self.token.recover(code, new, self.device.as_ref())
    }

    fn log_in(&self, text: &str) -> Result<Session, TokenError> {
        self.token.log_in(&pin(text), self.device.as_ref())
    }

    fn put(&self, bytes: &[u8]) {
        self.medium.hold().unwrap().replace(bytes).unwrap();
    }
}

fn code<T>(result: Result<T, TokenError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

/// The honest limit: whoever puts back the file and what the device kept has the device as it was when it asked. The grant's
/// day is over soon, and the epoch of the receipt tells the authority.
#[test]
fn an_older_copy_takes_its_grant_again_only_with_what_was_kept_and_within_the_day() {
    for bound in [false, true] {
        let fixture = Fixture::new(bound);
        let (request, pending) = fixture.ask();
        let kept = fixture.token.seal_pending(&pending, fixture.device.as_ref()).unwrap();
        let older = fixture.medium.bytes().unwrap();
        let grant = grant(&request);
        fixture.unlock(&grant, &pending, now()).unwrap();
        // What was kept belongs to the sealing of before.
        let stale = fixture.token.open_pending(&kept, fixture.device.as_ref());
        assert_eq!(stale.unwrap_err().code(), "token-grant-foreign-request");

        fixture.put(&older);
        let again = fixture.token.open_pending(&kept, fixture.device.as_ref()).unwrap();
        assert_eq!(code(fixture.unlock(&grant, &again, now().plus_days(2))), "token-grant-not-now");
        assert_eq!(fixture.unlock(&grant, &again, now()).unwrap().session.info().unwrap().epoch, 1);
    }
}

#[test]
fn of_two_who_use_one_grant_at_once_one_is_let_in() {
    let fixture = Arc::new(Fixture::new(true));
    let (request, pending) = fixture.ask();
    let kept = fixture.token.seal_pending(&pending, fixture.device.as_ref()).unwrap();
    let (grant, start) = (Arc::new(grant(&request)), Arc::new(Barrier::new(2)));
    let threads = [0, 1].map(|_| {
        let (fixture, grant, start) = (Arc::clone(&fixture), Arc::clone(&grant), Arc::clone(&start));
        let pending = fixture.token.open_pending(&kept, fixture.device.as_ref()).unwrap();
        thread::spawn(move || {
            start.wait();
            code(fixture.unlock(&grant, &pending, now()))
        })
    });
    let mut seen = threads.map(|thread| thread.join().unwrap());
    seen.sort_unstable();
    assert_eq!(seen, ["ok", "token-grant-used"]);
    assert_eq!(fixture.token.info().unwrap().epoch, 1);
}

#[test]
fn a_session_of_before_writes_nothing_into_a_token_that_was_sealed_anew() {
    let fixture = Fixture::new(true);
    let mut session = fixture.log_in(OLD).unwrap();
    let (request, pending) = fixture.ask();
    fixture.unlock(&grant(&request), &pending, now()).unwrap();
    let after = fixture.medium.bytes();
    assert_eq!(code(session.generate_key(KeyUse::Sign)), "token-stale");
    assert_eq!(code(session.change_pin(&pin(OLD), &[])), "token-stale");
    assert_eq!(fixture.medium.bytes(), after);
    assert_eq!(fixture.log_in(NEW).unwrap().info().unwrap().objects.len(), 1);
}

#[test]
fn a_try_between_request_and_grant_is_counted_and_the_grant_gives_all_back() {
    let fixture = Fixture::new(true);
    let (request, pending) = fixture.ask();
    assert_eq!(code(fixture.log_in(WRONG)), "token-wrong-pin");
    assert_eq!(fixture.token.info().unwrap().tries_left, 5);
    fixture.unlock(&grant(&request), &pending, now()).unwrap();
    assert_eq!(fixture.token.info().unwrap().tries_left, 6);
}

#[test]
fn a_refused_grant_or_code_changes_no_byte() {
    let fixture = Fixture::new(true);
    let (request, pending) = fixture.ask();
    let (grant, before) = (grant(&request), fixture.medium.bytes());
    let (_, another) = fixture.ask();
    let guess = RecoveryCode::parse("AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH").unwrap();
    assert_eq!(code(fixture.unlock(&grant, &another, now())), "token-grant-foreign-request");
    assert_eq!(code(fixture.unlock(&grant, &pending, now().plus_days(2))), "token-grant-not-now");
    assert_eq!(code(fixture.recover(&guess)), "token-wrong-recovery-code");
    let elsewhere = DeviceSecret::generate().unwrap();
    let new = pin(NEW);
    let taken = fixture.token.unlock(&grant, Some(&pending), NewPin::new(&new), Some(&elsewhere), now());
    assert_eq!(code(taken), "token-device-mismatch");
    let taken = fixture.token.unlock(&grant, Some(&pending), NewPin::new(&new), None, now());
    assert_eq!(code(taken), "token-device-secret-missing");
    assert_eq!(fixture.medium.bytes(), before);
}

#[test]
fn the_code_of_before_a_grant_opens_nothing_after_it() {
    let fixture = Fixture::new(false);
    let (request, pending) = fixture.ask();
    let unlocked = fixture.unlock(&grant(&request), &pending, now()).unwrap();
    assert_eq!(code(fixture.recover(&fixture.code)), "token-wrong-recovery-code");
    assert_eq!(code(fixture.recover(&unlocked.recovery.unwrap())), "ok");
    assert_eq!(fixture.token.info().unwrap().epoch, 2);
}

/// An unlocker that wants more than to let the holder in: a share that opens nothing.
#[test]
fn a_grant_with_another_share_inside_is_refused_and_changes_nothing() {
    let (fixture, other) = (Fixture::new(false), Fixture::new(false));
    let (request, pending) = fixture.ask();
    // The share of another token, in a request that claims to be this one's: the serial inside tells.
    let (foreign, _) = other.ask();
    let (mine, theirs) = (share(&request), share(&foreign));
    let mut edited = request.as_der().to_vec();
    let at = edited.windows(mine.len()).position(|window| window == mine).unwrap();
    if mine.len() == theirs.len() {
        edited.splice(at..at + mine.len(), theirs);
        let edited = UnlockRequest::from_bytes(&edited).unwrap();
        let refused = UnlockGrant::issue(&edited, &unlocker(), &key(7), &key(7), now());
        assert_eq!(code(refused), "token-unlock-share-foreign");
    }
    let before = fixture.medium.bytes();
    assert_eq!(code(other.unlock(&grant(&request), &pending, now())), "token-grant-foreign-token");
    assert_eq!(fixture.medium.bytes(), before);
}

/// The share as it stands in a request: the OCTET STRING after the certificates.
fn share(request: &UnlockRequest) -> Vec<u8> {
    crate::support::elements(request.as_der())[4].to_vec()
}

#[test]
fn a_request_with_a_byte_changed_anywhere_gets_no_grant_that_this_device_takes() {
    let fixture = Fixture::new(false);
    let (request, pending) = fixture.ask();
    for at in 0..request.as_der().len() {
        let mut changed = request.as_der().to_vec();
        changed[at] ^= 1 << (at % 8);
        let Ok(changed) = UnlockRequest::from_bytes(&changed) else { continue };
        assert_ne!(changed.code(), request.code(), "the code read aloud tells");
        if let Ok(grant) = UnlockGrant::issue(&changed, &unlocker(), &key(7), &key(7), now()) {
            assert_eq!(code(fixture.unlock(&grant, &pending, now())), "token-grant-foreign-request", "changed at {at}");
        }
    }
    assert!(fixture.log_in(OLD).is_ok());
}

#[test]
fn grant_receipt_and_signed_files_do_not_pass_for_each_other() {
    let fixture = Fixture::new(false);
    let mut session = fixture.log_in(OLD).unwrap();
    let signer = session.signer(KeyUse::Sign).unwrap();
    let own = certificate("CN=fake holder", signer.public_key(), &Profile::person());
    session.install(&[own]).unwrap();
    let (request, pending) = fixture.ask();
    let grant = grant(&request);
    let unlocked = fixture.unlock(&grant, &pending, now()).unwrap();
    let receipt = unlocked.session.unlock_receipt(grant.id(), now()).unwrap();
    assert!(UnlockReceipt::from_bytes(grant.as_der()).is_err());
    assert!(UnlockGrant::from_bytes(receipt.as_der()).is_err());
    // The very content of a grant, signed as a file by the same key: what a clerk could be talked into.
    let message = eseal::cms::SignedMessage::from_bytes(grant.as_der()).unwrap();
    let content = message.content().unwrap();
    let draft = eseal::cms::MessageDraft::new(&unlocker()).unwrap().signing_time(now());
    let file = draft.attached(content).unwrap().sign(&key(7)).unwrap();
    assert!(UnlockGrant::from_bytes(file.as_der()).is_err());
}

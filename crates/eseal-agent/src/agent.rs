use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use eseal::cert::Certificate;
use eseal::key::Decrypter;
use eseal::key::Signer;
use eseal::sm::PublicKey;
use eseal::sm::SignDigest;
use eseal::token::KeyUse;
use eseal::token::Session;
use zeroize::Zeroizing;

use super::AgentError;
use super::Gone;
use super::Refusal;
use super::Watch;
use super::wire;
use super::wire::Entry;
use super::wire::KeyName;
use super::wire::Reply;
use super::wire::Request;
use super::wire::Status;

/// The most keys that an agent holds: a request looks through them one by one.
const MOST_KEYS: usize = 256;
/// The longest time, in days: whoever needs more wants a service with a key of its own.
const MOST_DAYS: u64 = 7;

/// How long an agent holds keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    life: Duration,
    idle: Duration,
}

impl Limits {
    /// In all, and without a use.
    ///
    /// # Errors
    /// [`AgentError::BadLimit`] unless both are from a second to seven days.
    pub fn new(life: Duration, idle: Duration) -> Result<Self, AgentError> {
        let possible = Duration::from_secs(1)..=Duration::from_secs(MOST_DAYS * 86_400);
        if possible.contains(&life) && possible.contains(&idle) {
            Ok(Self { life, idle })
        } else {
            Err(AgentError::BadLimit { most: MOST_DAYS })
        }
    }

    /// In all.
    #[must_use]
    pub const fn life(&self) -> Duration {
        self.life
    }

    /// Without a use.
    #[must_use]
    pub const fn idle(&self) -> Duration {
        self.idle
    }
}

impl Default for Limits {
    /// A working day of eight hours, and one hour without a use.
    fn default() -> Self {
        Self { life: Duration::from_secs(8 * 3600), idle: Duration::from_secs(3600) }
    }
}

/// Who is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The number of the user.
    pub user: u32,
    /// The number of the process, if there is one that can be named.
    pub process: Option<i32>,
}

/// What somebody is asked before a key is used.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The label of the token.
    pub label: &'a str,
    /// The newest certificate of the key, if it has one.
    pub certificate: Option<&'a Certificate>,
    /// What is to be signed; `None` when a ciphertext is to be opened.
    pub digest: Option<&'a SignDigest>,
    /// Who wants it.
    pub peer: &'a Peer,
}

/// Somebody who is asked before each use of a key: a person, by a program that shows a question.
pub trait Confirm: Send + Sync {
    /// Whether the key may be used for this.
    fn allows(&self, ask: &Ask<'_>) -> bool;
}

impl<F: Fn(&Ask<'_>) -> bool + Send + Sync> Confirm for F {
    fn allows(&self, ask: &Ask<'_>) -> bool {
        self(ask)
    }
}

/// A key that is lent.
pub struct Lent {
    key_use: KeyUse,
    public_key: PublicKey,
    /// Oldest first.
    certificates: Vec<Certificate>,
    signer: Option<Box<dyn Signer + Send + Sync>>,
    opener: Option<Box<dyn Decrypter + Send + Sync>>,
}

impl Lent {
    /// A key that signs.
    #[must_use]
    pub fn signing(key_use: KeyUse, certificates: Vec<Certificate>, signer: impl Signer + Send + 'static) -> Self {
        let public_key = signer.public_key().clone();
        Self { key_use, public_key, certificates, signer: Some(Box::new(signer)), opener: None }
    }

    /// A key that opens ciphertexts and never signs.
    #[must_use]
    pub fn opening(
        key_use: KeyUse,
        certificates: Vec<Certificate>,
        opener: impl Decrypter + Send + Sync + 'static,
    ) -> Self {
        let public_key = opener.public_key().clone();
        Self { key_use, public_key, certificates, signer: None, opener: Some(Box::new(opener)) }
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent({:?}, [redacted])", self.key_use)
    }
}

struct LentToken {
    label: String,
    serial: String,
    watch: Option<Box<dyn Watch>>,
    keys: Vec<(KeyName, Lent)>,
}

/// An agent (代理) as a value: requests in, replies out. Holds opened keys until its time is over, it is told to lock, or it is
/// dropped; then they are wiped.
///
/// `now` is the time since any fixed moment, by a clock that nobody sets and that goes on in sleep; it must not go back.
pub struct Agent {
    limits: Limits,
    owner: u32,
    began: Duration,
    /// Milliseconds of `now` at the last use of a key.
    used: AtomicU64,
    tokens: RwLock<Vec<Arc<LentToken>>>,
    locked: AtomicBool,
    stopped: AtomicBool,
    confirm: Option<Mutex<Box<dyn Confirm>>>,
    signatures: AtomicU64,
    opened: AtomicU64,
    refused: AtomicU64,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agent([redacted])")
    }
}

impl Agent {
    /// An agent without keys, for one user of the system.
    #[must_use]
    pub fn new(limits: Limits, owner: u32, now: Duration) -> Self {
        Self {
            limits,
            owner,
            began: now,
            used: AtomicU64::new(millis(now)),
            tokens: RwLock::new(Vec::new()),
            locked: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            confirm: None,
            signatures: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Asks somebody before each use of a key, one question at a time.
    #[must_use]
    pub fn confirm(mut self, confirm: impl Confirm + 'static) -> Self {
        self.confirm = Some(Mutex::new(Box::new(confirm)));
        self
    }

    /// Lends every key of a session, with `watch` to look after its token. The session can be dropped then.
    ///
    /// # Errors
    /// [`AgentError::TooMany`]; [`AgentError::Malformed`] when the session has a key that it does not know.
    pub fn hold(&mut self, session: &Session, watch: Option<Box<dyn Watch>>) -> Result<(), AgentError> {
        let unknown = || AgentError::Malformed { what: "session" };
        let info = session.info().map_err(|_| unknown())?;
        let mut keys = Vec::with_capacity(info.objects.len());
        for object in info.objects {
            let opener = session.decrypter(object.id).map_err(|_| unknown())?;
            let mut lent = Lent::opening(object.key_use, object.certificates, opener);
            if object.key_use == KeyUse::Sign {
                lent.signer = Some(Box::new(session.signer(object.id).map_err(|_| unknown())?));
            }
            keys.push(lent);
        }
        self.lend(&info.label, &info.serial, keys, watch)
    }

    /// Lends keys from anywhere, as those of a token with this label and serial number.
    ///
    /// A certificate that is too long for a message is not lent.
    ///
    /// # Errors
    /// [`AgentError::TooMany`].
    pub fn lend(
        &mut self,
        label: &str,
        serial: &str,
        keys: Vec<Lent>,
        watch: Option<Box<dyn Watch>>,
    ) -> Result<(), AgentError> {
        let mut tokens = self.write();
        if tokens.iter().map(|token| token.keys.len()).sum::<usize>() + keys.len() > MOST_KEYS {
            return Err(AgentError::TooMany { most: MOST_KEYS });
        }
        let name = |mut key: Lent| {
            key.certificates.retain(|one| one.as_der().len() <= wire::MAX_CERTIFICATE);
            (KeyName::of(&key.public_key), key)
        };
        let keys = keys.into_iter().map(name).collect();
        tokens.push(Arc::new(LentToken { label: label.to_owned(), serial: serial.to_owned(), watch, keys }));
        Ok(())
    }

    /// Whether it may answer this peer: its own user, nobody else, not even the superuser, who has other ways.
    #[must_use]
    pub const fn serves(&self, peer: &Peer) -> bool {
        peer.user == self.owner
    }

    /// Answers a request, whatever its bytes are.
    #[must_use]
    pub fn answer(&self, request: &[u8], now: Duration, peer: &Peer) -> Zeroizing<Vec<u8>> {
        self.tick(now);
        let reply = if self.serves(peer) {
            Request::from_der(request).and_then(|request| self.reply(request, now, peer))
        } else {
            Err(Refusal::OtherUser)
        };
        reply
            .unwrap_or_else(|refusal| {
                self.refused.fetch_add(1, Ordering::Relaxed);
                Reply::Refused(refusal)
            })
            .to_der()
    }

    fn reply(&self, request: Request, now: Duration, peer: &Peer) -> Result<Reply, Refusal> {
        match request {
            Request::Hello => Ok(Reply::Hello),
            Request::List { skip } => {
                self.unlocked()?;
                let tokens = self.read();
                Ok(wire::piece(entries(&tokens).skip(usize::try_from(skip).unwrap_or(usize::MAX))))
            }
            Request::Sign { key, digest } => {
                let (token, place) = self.find(key)?;
                let (_, lent) = &token.keys[place];
                let signer = lent.signer.as_ref().ok_or(Refusal::NotForSigning)?;
                self.ask(&token, lent, Some(&digest), peer)?;
                let signature = signer.sign_digest(&digest).map_err(|_| Refusal::Failed)?;
                self.use_of(now, &self.signatures);
                Ok(Reply::Signature(signature))
            }
            Request::Open { key, cipher } => {
                let (token, place) = self.find(key)?;
                let (_, lent) = &token.keys[place];
                let opener = lent.opener.as_ref().ok_or(Refusal::UnknownKey)?;
                self.ask(&token, lent, None, peer)?;
                let plain = opener.decrypt(&cipher).map_err(|_| Refusal::CannotDecrypt)?;
                self.use_of(now, &self.opened);
                Ok(Reply::Plain(plain))
            }
            Request::Lock => {
                self.lock();
                Ok(Reply::Done)
            }
            Request::Status => Ok(Reply::Status(self.status(now))),
            Request::Stop => {
                self.lock();
                self.stopped.store(true, Ordering::SeqCst);
                Ok(Reply::Done)
            }
        }
    }

    /// The token of a key, and the key's place in it, if the token is still what it was.
    fn find(&self, key: KeyName) -> Result<(Arc<LentToken>, usize), Refusal> {
        self.unlocked()?;
        let found = self.read().iter().find_map(|token| {
            let place = token.keys.iter().position(|(name, _)| *name == key)?;
            Some((Arc::clone(token), place))
        });
        let (token, place) = found.ok_or(Refusal::UnknownKey)?;
        // Looked at outside of the lock: a file system may be slow.
        match token.watch.as_ref().map_or(Ok(()), |watch| watch.look()) {
            Ok(()) => Ok((token, place)),
            Err(gone) => {
                self.write().retain(|other| !Arc::ptr_eq(other, &token));
                Err(match gone {
                    Gone::Locked => Refusal::TokenLocked,
                    Gone::Changed => Refusal::TokenChanged,
                })
            }
        }
    }

    fn ask(&self, token: &LentToken, lent: &Lent, digest: Option<&SignDigest>, peer: &Peer) -> Result<(), Refusal> {
        let Some(confirm) = &self.confirm else { return Ok(()) };
        let ask = Ask { label: &token.label, certificate: lent.certificates.last(), digest, peer };
        // One question at a time: nobody answers two windows that lie over each other.
        let allowed = confirm.lock().unwrap_or_else(PoisonError::into_inner).allows(&ask);
        // It may have been locked while the question was open.
        self.unlocked()?;
        if allowed { Ok(()) } else { Err(Refusal::Denied) }
    }

    fn use_of(&self, now: Duration, counter: &AtomicU64) {
        self.used.fetch_max(millis(now), Ordering::SeqCst);
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn unlocked(&self) -> Result<(), Refusal> {
        if self.is_locked() { Err(Refusal::Locked) } else { Ok(()) }
    }

    fn left(&self, now: Duration) -> (Duration, Duration) {
        let used = Duration::from_millis(self.used.load(Ordering::SeqCst));
        ((used + self.limits.idle).saturating_sub(now), (self.began + self.limits.life).saturating_sub(now))
    }

    /// Locks when the time is over. To be called now and then when nobody asks anything.
    pub fn tick(&self, now: Duration) {
        let (idle, life) = self.left(now);
        if !self.is_locked() && (idle.is_zero() || life.is_zero()) {
            self.lock();
        }
    }

    /// Wipes the keys. A use that is going on ends first, and its key is wiped then.
    pub fn lock(&self) {
        self.locked.store(true, Ordering::SeqCst);
        self.write().clear();
    }

    /// Whether the keys are wiped.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }

    /// Whether it was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Whether its whole time is over: then it has nothing more to say.
    #[must_use]
    pub fn is_over(&self, now: Duration) -> bool {
        self.left(now).1.is_zero()
    }

    /// How things stand.
    #[must_use]
    pub fn status(&self, now: Duration) -> Status {
        let tokens = self.read();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (idle, life) = if self.is_locked() { Default::default() } else { self.left(now) };
        Status {
            locked: self.is_locked(),
            process: std::process::id(),
            tokens: count(tokens.len()),
            keys: count(tokens.iter().map(|token| token.keys.len()).sum()),
            signatures: self.signatures.load(Ordering::Relaxed),
            opened: self.opened.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            idle_left: idle.as_secs(),
            time_left: life.as_secs(),
        }
    }

    // A panic elsewhere leaves a list that is whole: it is only pushed to and taken from.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<LentToken>>> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Arc<LentToken>>> {
        self.tokens.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn entries(tokens: &[Arc<LentToken>]) -> impl Iterator<Item = Entry> {
    tokens.iter().flat_map(|token| {
        token.keys.iter().flat_map(move |(_, lent)| {
            let entry = move |certificate: Option<&Certificate>| Entry {
                key_use: lent.key_use,
                label: token.label.clone(),
                serial: token.serial.clone(),
                public_key: lent.public_key.clone(),
                certificate: certificate.cloned(),
            };
            let bare = lent.certificates.is_empty().then(|| entry(None));
            lent.certificates.iter().map(move |one| entry(Some(one))).chain(bare)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU8;

    use eseal::key::SoftSigner;
    use eseal::sm::SecretKey;
    use eseal::sm::UserId;

    use super::*;

    const OWNER: Peer = Peer { user: 1000, process: Some(4711) };

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(&[byte; 32]).unwrap()
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn agent() -> Agent {
        agent_with(None)
    }

    fn agent_with(watch: Option<Box<dyn Watch>>) -> Agent {
        let limits = Limits::new(seconds(100), seconds(10)).unwrap();
        let mut agent = Agent::new(limits, OWNER.user, seconds(1000));
        let keys = vec![
            Lent::signing(KeyUse::Sign, Vec::new(), SoftSigner::new(key(1))),
            Lent::opening(KeyUse::Encrypt, Vec::new(), key(2)),
        ];
        agent.lend("fake", "00", keys, watch).unwrap();
        agent
    }

    fn sign(byte: u8) -> Request {
        let digest = key(byte).public_key().digest(UserId::DEFAULT, b"x");
        Request::Sign { key: KeyName::of(key(byte).public_key()), digest }
    }

    fn open(byte: u8, to: u8) -> Request {
        let cipher = key(to).public_key().encrypt(b"secret").unwrap();
        Request::Open { key: KeyName::of(key(byte).public_key()), cipher }
    }

    fn ask(agent: &Agent, request: &Request, at: u64) -> Reply {
        Reply::from_der(&agent.answer(&request.to_der(), seconds(at), &OWNER)).unwrap()
    }

    fn refusal(reply: &Reply) -> Option<Refusal> {
        if let Reply::Refused(refusal) = reply { Some(*refusal) } else { None }
    }

    #[test]
    fn it_signs_and_opens_with_what_it_holds() {
        let agent = agent();
        let Reply::Signature(signature) = ask(&agent, &sign(1), 1001) else { panic!() };
        key(1).public_key().verify(&key(1).public_key().digest(UserId::DEFAULT, b"x"), &signature).unwrap();
        let Reply::Plain(plain) = ask(&agent, &open(2, 2), 1002) else { panic!() };
        assert_eq!(**plain, *b"secret");
        let status = agent.status(seconds(1003));
        assert_eq!((status.tokens, status.keys, status.signatures, status.opened), (1, 2, 1, 1));
        assert_eq!((status.idle_left, status.time_left), (9, 97));
    }

    #[test]
    fn what_it_does_not_hold_or_may_not_do_is_refused_by_name() {
        let agent = agent();
        for (request, expected) in [
            (sign(3), Refusal::UnknownKey),
            (sign(2), Refusal::NotForSigning),
            (open(3, 3), Refusal::UnknownKey),
            (open(2, 1), Refusal::CannotDecrypt),
        ] {
            assert_eq!(refusal(&ask(&agent, &request, 1001)), Some(expected));
        }
        for bytes in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &[0x30, 0x80], &[0xFF; 100]] {
            let reply = Reply::from_der(&agent.answer(bytes, seconds(1001), &OWNER)).unwrap();
            assert_eq!(refusal(&reply), Some(Refusal::Malformed));
        }
        assert_eq!(agent.status(seconds(1001)).refused, 8);
    }

    #[test]
    fn another_user_is_refused_whatever_is_asked() {
        let agent = agent();
        for user in [0, 1001] {
            let other = Peer { user, process: None };
            for request in [Request::Hello, Request::List { skip: 0 }, sign(1), Request::Stop] {
                let reply = agent.answer(&request.to_der(), seconds(1001), &other);
                assert_eq!(refusal(&Reply::from_der(&reply).unwrap()), Some(Refusal::OtherUser));
            }
        }
        assert!(!agent.is_stopped() && !agent.is_locked());
    }

    #[test]
    fn it_locks_when_nobody_signs_and_asking_how_it_is_does_not_count() {
        let agent = agent();
        for at in [1004, 1008, 1009] {
            assert!(matches!(ask(&agent, &Request::List { skip: 0 }, at), Reply::Keys { .. }));
            assert!(matches!(ask(&agent, &Request::Status, at), Reply::Status(_)));
        }
        assert_eq!(refusal(&ask(&agent, &sign(1), 1010)), Some(Refusal::Locked));
        assert_eq!(agent.read().len(), 0, "the keys are gone");
        let Reply::Status(status) = ask(&agent, &Request::Status, 1010) else { panic!() };
        assert!(status.locked);
    }

    #[test]
    fn it_locks_at_the_end_however_much_it_is_used() {
        let agent = agent();
        for at in (1000..1100).step_by(5) {
            assert!(matches!(ask(&agent, &sign(1), at), Reply::Signature(_)), "{at}");
        }
        assert!(!agent.is_over(seconds(1099)));
        assert_eq!(refusal(&ask(&agent, &sign(1), 1100)), Some(Refusal::Locked));
        assert!(agent.is_over(seconds(1100)));
    }

    #[test]
    fn a_tick_locks_without_a_request_and_a_lock_stays() {
        let agent = agent();
        agent.tick(seconds(1009));
        assert!(!agent.is_locked());
        agent.tick(seconds(1011));
        assert!(agent.is_locked());
        assert_eq!(refusal(&ask(&agent, &sign(1), 1001)), Some(Refusal::Locked), "an earlier time wakes nothing");
    }

    #[test]
    fn lock_and_stop_wipe_at_once() {
        for (request, stopped) in [(Request::Lock, false), (Request::Stop, true)] {
            let agent = agent();
            assert!(matches!(ask(&agent, &request, 1001), Reply::Done));
            assert_eq!((agent.is_locked(), agent.is_stopped()), (true, stopped));
            for request in [sign(1), open(2, 2), Request::List { skip: 0 }] {
                assert_eq!(refusal(&ask(&agent, &request, 1001)), Some(Refusal::Locked));
            }
        }
    }

    #[test]
    fn who_is_asked_can_refuse_a_use() {
        let asked = Arc::new(AtomicU8::new(0));
        let count = Arc::clone(&asked);
        let agent = agent().confirm(move |ask: &Ask<'_>| {
            count.fetch_add(1, Ordering::SeqCst);
            ask.digest.is_some() && ask.label == "fake" && ask.peer.process == Some(4711)
        });
        assert!(matches!(ask(&agent, &sign(1), 1001), Reply::Signature(_)));
        assert_eq!(refusal(&ask(&agent, &open(2, 2), 1001)), Some(Refusal::Denied));
        assert_eq!(refusal(&ask(&agent, &sign(2), 1001)), Some(Refusal::NotForSigning));
        assert_eq!(asked.load(Ordering::SeqCst), 2, "nobody is asked about what is refused anyway");
    }

    #[test]
    fn a_token_that_was_locked_or_changed_elsewhere_is_let_go_of() {
        struct Bad(Gone);
        impl Watch for Bad {
            fn look(&self) -> Result<(), Gone> {
                Err(self.0)
            }
        }
        for (gone, expected) in [(Gone::Locked, Refusal::TokenLocked), (Gone::Changed, Refusal::TokenChanged)] {
            let agent = agent_with(Some(Box::new(Bad(gone))));
            assert_eq!(refusal(&ask(&agent, &sign(1), 1001)), Some(expected));
            assert_eq!(refusal(&ask(&agent, &sign(1), 1001)), Some(Refusal::UnknownKey));
            assert_eq!(agent.status(seconds(1001)).keys, 0);
        }
    }

    #[test]
    fn a_list_of_more_than_a_message_comes_in_pieces() {
        let mut agent = agent();
        for number in 0..126 {
            let label = format!("{number} {}", "x".repeat(1000));
            let keys = vec![
                Lent::signing(KeyUse::Sign, Vec::new(), SoftSigner::new(key(5))),
                Lent::opening(KeyUse::Encrypt, Vec::new(), key(6)),
            ];
            agent.lend(&label, "00", keys, None).unwrap();
        }
        let (mut all, mut pieces) = (0, 0);
        loop {
            let reply = agent.answer(&Request::List { skip: all }.to_der(), seconds(1001), &OWNER);
            assert!(reply.len() <= wire::MAX_FRAME);
            let Reply::Keys { entries, more } = Reply::from_der(&reply).unwrap() else { panic!() };
            all += u32::try_from(entries.len()).unwrap();
            pieces += 1;
            if !more {
                break;
            }
        }
        assert_eq!((all, pieces), (254, 5));
        let more = || vec![Lent::opening(KeyUse::Encrypt, Vec::new(), key(6))];
        agent.lend("x", "00", more(), None).unwrap();
        agent.lend("x", "00", more(), None).unwrap();
        assert!(matches!(agent.lend("x", "00", more(), None), Err(AgentError::TooMany { most: 256 })));
    }

    #[test]
    fn limits_are_from_a_second_to_a_week() {
        for (life, idle) in [(0, 1), (1, 0), (7 * 86_400 + 1, 1), (1, 7 * 86_400 + 1)] {
            assert!(matches!(Limits::new(seconds(life), seconds(idle)), Err(AgentError::BadLimit { most: 7 })));
        }
        assert!(Limits::new(seconds(1), seconds(7 * 86_400)).is_ok());
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        let agent = agent();
        assert_eq!(format!("{agent:?}"), "Agent([redacted])");
        let lent = Lent::opening(KeyUse::Encrypt, Vec::new(), key(2));
        assert_eq!(format!("{lent:?}"), "Lent(Encrypt, [redacted])");
    }
}

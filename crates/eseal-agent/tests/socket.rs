//! An agent behind its socket: who may connect, what a strange client can do, and what is left when it ends.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Clock};

use eseal::key::{Decrypter, KeyError, Signer};
use eseal::sm::{SecretKey, SmError, UserId};
use eseal::time::Instant;
use eseal::token::{KdfCost, KeyUse, NewToken, Pin, Token, TokenFile};
use eseal_agent::wire::{self, Reply, Request};
use eseal_agent::{Agent, AgentError, Client, FileWatch, Limits, Refusal, Server, ticks, user};

struct Running {
    folder: tempfile::TempDir,
    agent: Arc<Agent>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    token: Token,
}

fn pin() -> Pin {
    Pin::new("correct horse battery").unwrap()
}

impl Running {
    fn start() -> Self {
        Self::start_with(Limits::default())
    }

    fn start_with(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.token");
        let pin = pin();
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake", &pin) };
        let (mut session, _) =
            Token::create_open(TokenFile::new(&path), new, Instant::from_unix(1_795_000_000)).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        session.generate_key(KeyUse::Encrypt).unwrap();
        let mut agent = Agent::new(limits, user(), ticks());
        agent.hold(&session, Some(Box::new(FileWatch::new(&path, &session.info().unwrap())))).unwrap();
        let (agent, ended) = (Arc::new(agent), Arc::new(AtomicBool::new(false)));
        let server = Server::bind(folder.path().join("own/agent.sock")).unwrap();
        let (lent, flag) = (Arc::clone(&agent), Arc::clone(&ended));
        let thread = thread::spawn(move || server.serve(&lent, || flag.load(Ordering::SeqCst)).unwrap());
        let token = Token::open(TokenFile::new(&path)).unwrap();
        Self { folder, agent, ended, thread: Some(thread), token }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("own/agent.sock")
    }

    fn client(&self) -> Arc<Client> {
        Client::connect(self.socket()).unwrap()
    }

    fn stream(&self) -> UnixStream {
        let stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// Waits for its thread; an agent that does not end is a failure.
    fn wait(&mut self) {
        let since = Clock::now();
        while !self.thread.as_ref().unwrap().is_finished() {
            assert!(since.elapsed() < Duration::from_secs(10), "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn a_signature_and_a_decryption_come_through_the_socket() {
    let running = Running::start();
    let client = running.client();
    let keys = client.keys().unwrap();
    assert_eq!(keys.iter().map(|key| key.key_use).collect::<Vec<_>>(), [KeyUse::Sign, KeyUse::Encrypt]);
    assert!(keys.iter().all(|key| key.label == "fake" && key.serial == running.token.info().unwrap().serial));
    let signer = client.signer(&keys[0].public_key);
    let digest = keys[0].public_key.digest(UserId::DEFAULT, b"a document");
    keys[0].public_key.verify(&digest, &signer.sign_digest(&digest).unwrap()).unwrap();
    assert!(!signer.signs_here());
    let opener = client.signer(&keys[1].public_key);
    let cipher = keys[1].public_key.encrypt(b"a key").unwrap();
    assert_eq!(**opener.decrypt(&cipher).unwrap(), *b"a key");
    assert_eq!(opener.decrypt(&cipher[..9]).unwrap_err(), KeyError::Sm(SmError::CannotDecrypt));
    assert_eq!(opener.sign_digest(&digest).unwrap_err(), KeyError::SignerRefused { reason: "agent-not-for-signing" });
    let status = client.status().unwrap();
    assert_eq!((status.signatures, status.opened, status.refused, status.locked), (1, 1, 2, false));
    assert_eq!(status.process, std::process::id());
}

#[test]
fn eight_threads_sign_through_one_client() {
    let running = Running::start();
    let client = running.client();
    let key = client.keys().unwrap().remove(0).public_key;
    let signer = client.signer(&key);
    thread::scope(|scope| {
        for number in 0..8_u8 {
            let (signer, key) = (&signer, &key);
            scope.spawn(move || {
                for round in 0..10_u8 {
                    let digest = key.digest(UserId::DEFAULT, &[number, round]);
                    key.verify(&digest, &signer.sign_digest(&digest).unwrap()).unwrap();
                }
            });
        }
    });
    assert_eq!(client.status().unwrap().signatures, 80);
}

#[test]
fn the_socket_and_its_folder_are_the_users_alone() {
    let running = Running::start();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&running.socket()), 0o600);
    assert_eq!(mode(running.socket().parent().unwrap()), 0o700);
}

#[test]
fn a_folder_that_others_can_reach_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o755, 0o770, 0o701, 0o777] {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        let refused = Server::bind(folder.path().join("agent.sock")).unwrap_err();
        assert_eq!(refused.code(), "agent-folder", "{mode:o}");
    }
    assert!(!folder.path().join("agent.sock").exists());
    if user() == 0 {
        // A folder of another user, though none but its owner can look into it.
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::chown(&other, Some(12_345), None).unwrap();
        assert_eq!(Server::bind(other.join("agent.sock")).unwrap_err().code(), "agent-folder");
    }
}

#[test]
fn a_second_agent_leaves_the_first_alone_and_a_dead_ones_socket_is_replaced() {
    let running = Running::start();
    assert_eq!(Server::bind(running.socket()).unwrap_err().code(), "agent-running");
    running.client().status().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own/agent.sock");
    drop(Server::bind(&path).unwrap());
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "as after kill -9");
    assert_eq!(Client::connect(&path).unwrap_err().code(), "agent-not-running");
    Server::bind(&path).unwrap();
}

#[test]
fn what_is_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let path = folder.path().join("agent.sock");
    fs::write(&path, b"somebody's file").unwrap();
    assert_eq!(Server::bind(&path).unwrap_err().code(), "agent-not-a-socket");
    fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    assert_eq!(Server::bind(&path).unwrap_err().code(), "agent-not-a-socket");
    assert_eq!(Client::connect(&path).unwrap_err().code(), "agent-not-running");
    let long = folder.path().join("x".repeat(200));
    assert_eq!(Server::bind(&long).unwrap_err().code(), "agent-path-too-long");
    assert_eq!(Client::connect(&long).unwrap_err().code(), "agent-path-too-long");
}

#[test]
fn stop_wipes_and_takes_the_socket_away() {
    let mut running = Running::start();
    let client = running.client();
    let signer = client.signer(&client.keys().unwrap()[0].public_key);
    client.stop().unwrap();
    running.wait();
    assert!(running.agent.is_locked() && !running.socket().exists());
    // The old connection is still there, and knows no key.
    let digest = signer.public_key_of().digest(UserId::DEFAULT, b"x");
    let refused = signer.sign_digest(&digest).unwrap_err();
    assert!(
        [KeyError::SignerRefused { reason: "agent-locked" }, KeyError::SignerRefused { reason: "agent-not-running" }]
            .contains(&refused)
    );
    assert_eq!(Client::connect(running.socket()).unwrap_err().code(), "agent-not-running");
}

/// Both traits of a signer tell its public key.
trait PublicKeyOf {
    fn public_key_of(&self) -> &eseal::sm::PublicKey;
}

impl PublicKeyOf for eseal_agent::AgentSigner {
    fn public_key_of(&self) -> &eseal::sm::PublicKey {
        Signer::public_key(self)
    }
}

#[test]
fn it_ends_by_itself_when_its_time_is_over() {
    let limits = Limits::new(Duration::from_secs(1), Duration::from_secs(1)).unwrap();
    let mut running = Running::start_with(limits);
    running.wait();
    assert!(running.agent.is_locked() && !running.socket().exists());
}

#[test]
fn a_locked_agent_stays_to_say_so() {
    let running = Running::start();
    let client = running.client();
    client.lock().unwrap();
    assert!(matches!(client.keys(), Err(AgentError::Refused(Refusal::Locked))));
    assert!(client.status().unwrap().locked);
}

#[test]
fn a_token_that_is_locked_meanwhile_signs_no_more() {
    let running = Running::start();
    let client = running.client();
    let signer = client.signer(&client.keys().unwrap()[0].public_key);
    let digest = signer.public_key_of().digest(UserId::DEFAULT, b"x");
    signer.sign_digest(&digest).unwrap();
    // A right PIN elsewhere changes the file, and nothing here.
    running.token.log_in(&pin(), None).unwrap();
    signer.sign_digest(&digest).unwrap();
    for _ in 0..6 {
        assert!(running.token.log_in(&Pin::new("incorrect horse").unwrap(), None).is_err());
    }
    assert_eq!(signer.sign_digest(&digest).unwrap_err(), KeyError::SignerRefused { reason: "agent-token-locked" });
    assert_eq!(client.status().unwrap().keys, 0);
}

#[test]
fn nonsense_half_messages_and_floods_disturb_nobody() {
    let running = Running::start();
    // Not a message: answered as such, and the connection goes on.
    let mut stream = running.stream();
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x30, 0x80, 0, 0], &[]] {
        wire::write_frame(&mut stream, bytes).unwrap();
        let reply = Reply::from_der(&wire::read_frame(&mut stream).unwrap().unwrap()).unwrap();
        assert!(matches!(reply, Reply::Refused(Refusal::Malformed)));
    }
    // A length over the limit ends the connection before anything of it is read.
    stream.write_all(&u32::MAX.to_be_bytes()).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    // Half a message, and then nothing: others are served meanwhile.
    let mut half = running.stream();
    half.write_all(&[0, 0, 0, 40, 0x30]).unwrap();
    running.client().status().unwrap();
    drop(half);
    running.client().status().unwrap();
}

#[test]
fn more_programs_than_it_serves_hear_that_it_is_busy() {
    let running = Running::start();
    let mut streams: Vec<_> = (0..64).map(|_| running.stream()).collect();
    for stream in &mut streams {
        wire::write_frame(stream, &Request::Hello.to_der()).unwrap();
        assert!(wire::read_frame(stream).unwrap().is_some());
    }
    assert!(matches!(Client::connect(running.socket()), Err(AgentError::Refused(Refusal::Busy))));
    drop(streams);
    let since = Clock::now();
    while Client::connect(running.socket()).is_err() {
        assert!(since.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(10));
    }
}

/// Answers one request with these bytes.
fn hostile(folder: &Path, answer: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static) -> PathBuf {
    let path = folder.join("hostile.sock");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = wire::read_frame(&mut stream).unwrap().unwrap();
        stream.write_all(&answer(&request)).unwrap();
    });
    path
}

#[test]
fn what_a_strange_agent_answers_is_an_error_and_nothing_worse() {
    let framed = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let cases: [(Vec<u8>, &str); 6] = [
        (framed(&Reply::Done.to_der()), "agent-malformed"),
        (framed(b"\x30\x05\x02\x01\x02\x05\x00"), "agent-version"),
        (framed(b"nonsense"), "agent-malformed"),
        (Vec::from(*b"\xFF\xFF\xFF\xFF"), "agent-too-large"),
        (Vec::from(*b"\x00\x00\x00\x10\x30"), "agent-io"),
        (Vec::new(), "agent-no-answer"),
    ];
    for (answer, code) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = hostile(folder.path(), |_| answer);
        assert_eq!(Client::connect(path).unwrap_err().code(), code);
    }
}

#[test]
fn a_signature_of_another_key_does_not_become_a_signature() {
    // The client hands on what came: acts verify what was not signed here.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let other = SecretKey::from_bytes(&[9; 32]).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while let Ok(Some(request)) = wire::read_frame(&mut stream) {
            let reply = match Request::from_der(&request).unwrap() {
                Request::Sign { digest, .. } => Reply::Signature(other.sign(&digest).unwrap()),
                _ => Reply::Hello,
            };
            wire::write_frame(&mut stream, &reply.to_der()).unwrap();
        }
    });
    let client = Client::connect(path).unwrap();
    let holder = SecretKey::from_bytes(&[8; 32]).unwrap();
    let signer = client.signer(holder.public_key());
    let now = Instant::from_unix(1_795_000_000);
    let name = eseal::cert::Name::parse("CN=fake,C=CN").unwrap();
    let serial = eseal::cert::SerialNumber::random().unwrap();
    let refused =
        eseal::cert::Issuer::self_signed(&name, &signer, serial, eseal::time::Period::years(now, 1)).unwrap_err();
    assert_eq!(refused.code(), "cert-bad-signature");
}

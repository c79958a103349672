//! The messages in `testdata/agent`: what their names say, so that other programs can be held against them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use eseal::key::SoftSigner;
use eseal::sm::{SecretKey, SignDigest};
use eseal::token::KeyUse;
use eseal_agent::wire::{KeyName, Reply, Request};
use eseal_agent::{Agent, Lent, Limits, Peer};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/agent")
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

fn requests() -> Vec<(&'static str, Request)> {
    let cipher = fs::read(folder().join("cipher.der")).unwrap_or_else(|_| {
        let cipher = key(2).public_key().encrypt(b"fake").unwrap();
        fs::write(folder().join("cipher.der"), &cipher).unwrap();
        cipher
    });
    vec![
        ("hello", Request::Hello),
        ("list", Request::List { skip: 0 }),
        ("sign", Request::Sign { key: KeyName::of(key(1).public_key()), digest: SignDigest::from_bytes([7; 32]) }),
        ("open", Request::Open { key: KeyName::of(key(2).public_key()), cipher }),
        ("status", Request::Status),
        ("lock", Request::Lock),
        ("stop", Request::Stop),
    ]
}

/// Written once by `ESEAL_WRITE=1 cargo test -p eseal-agent --test messages`.
#[test]
fn the_messages_of_the_test_data_are_what_their_names_say() {
    let write = std::env::var_os("ESEAL_WRITE").is_some();
    let mut agent = Agent::new(Limits::default(), 1000, Duration::ZERO);
    let keys = vec![
        Lent::signing(KeyUse::Sign, Vec::new(), SoftSigner::new(key(1))),
        Lent::opening(KeyUse::Encrypt, Vec::new(), key(2)),
    ];
    agent.lend("fake", "00", keys, None).unwrap();
    for (name, request) in requests() {
        let path = folder().join(format!("request-{name}.der"));
        let reply_path = folder().join(format!("reply-{name}.der"));
        let peer = Peer { user: 1000, process: None };
        let reply = agent.answer(&request.to_der(), Duration::from_secs(1), &peer);
        if write {
            fs::write(&path, request.to_der()).unwrap();
            fs::write(&reply_path, &*reply).unwrap();
        }
        assert_eq!(Request::from_der(&fs::read(&path).unwrap()), Ok(request), "{name}");
        let kept = Reply::from_der(&fs::read(&reply_path).unwrap()).unwrap();
        match (kept, Reply::from_der(&reply).unwrap()) {
            // Each signature is another one; both hold.
            (Reply::Signature(kept), Reply::Signature(made)) => {
                for signature in [kept, made] {
                    key(1).public_key().verify(&SignDigest::from_bytes([7; 32]), &signature).unwrap();
                }
            }
            // The number of the process is another one.
            (Reply::Status(kept), Reply::Status(made)) => assert_eq!(kept.signatures, made.signatures),
            (kept, made) => assert_eq!(*kept.to_der(), *made.to_der(), "{name}"),
        }
    }
}

#[test]
fn a_message_changed_in_any_bit_or_cut_is_answered_and_reads_back_as_itself_if_at_all() {
    let peer = Peer { user: 1000, process: None };
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "der") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let flips = (0..bytes.len() * 8).map(|bit| {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        });
        let cuts = (0..bytes.len()).map(|end| bytes[..end].to_vec());
        for message in flips.chain(cuts) {
            if let Ok(request) = Request::from_der(&message) {
                assert_eq!(request.to_der(), message, "DER has one form");
            }
            let agent = Agent::new(Limits::default(), 1000, Duration::ZERO);
            Reply::from_der(&agent.answer(&message, Duration::from_secs(1), &peer)).unwrap();
            if let Ok(reply) = Reply::from_der(&message) {
                Reply::from_der(&reply.to_der()).unwrap();
            }
        }
    }
}

//! Messages of an agent: whatever comes is answered, and nothing but the agent's own user moves it; what an agent answers is read.
#![no_main]

use std::time::Duration;

use eseal::key::SoftSigner;
use eseal::sm::SecretKey;
use eseal::token::KeyUse;
use eseal_agent::wire::{Reply, Request, read_frame};
use eseal_agent::{Agent, Lent, Limits, Peer};
use libfuzzer_sys::fuzz_target;

fn agent() -> Agent {
    let key = |byte| SecretKey::from_bytes(&[byte; 32]).expect("a scalar");
    let mut agent = Agent::new(Limits::default(), 1000, Duration::ZERO);
    let keys = vec![
        Lent::signing(KeyUse::Sign, Vec::new(), SoftSigner::new(key(1))),
        Lent::opening(KeyUse::Encrypt, Vec::new(), key(2)),
    ];
    agent.lend("fake", "00", keys, None).expect("two keys");
    agent
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = Request::from_der(bytes) {
        // DER is unique: what was read is what would be written.
        assert_eq!(request.to_der(), bytes);
    }
    let agent = agent();
    for user in [1001, 1000] {
        let reply = agent.answer(bytes, Duration::from_secs(1), &Peer { user, process: None });
        let reply = Reply::from_der(&reply).expect("an agent answers in its own language");
        assert!(user == 1000 || matches!(reply, Reply::Refused(_)));
        assert!(user == 1000 || !agent.is_locked());
    }
    if let Ok(reply) = Reply::from_der(bytes) {
        let _ = format!("{reply:?}");
        assert!(Reply::from_der(&reply.to_der()).is_ok());
    }
    let mut stream = bytes;
    while let Ok(Some(message)) = read_frame(&mut stream) {
        let _ = Request::from_der(&message);
        let _ = Reply::from_der(&message);
    }
});

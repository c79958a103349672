use crate::auth::Challenge;
use crate::auth::Proof;

use super::Key;
use super::Node;

/// A challenge of a service. Nothing else begins with its word, so what does not read as one is none.
pub(super) fn challenge(bytes: &[u8]) -> Option<Node> {
    let challenge = Challenge::from_bytes(bytes).ok()?;
    let node = Node::group(Key::AuthChallenge)
        .with(Key::Audience, challenge.audience().as_str())
        .with(Key::NotBefore, challenge.period().from())
        .with(Key::NotAfter, challenge.period().to())
        .with(Key::Sm3, &challenge.digest().as_bytes()[..])
        .with(Key::Size, bytes.len());
    Some(node)
}

/// What a signed message says as the answer to a challenge, if it is one.
pub(super) fn proof(message: &[u8]) -> Option<Node> {
    let proof = Proof::from_bytes(message).ok()?;
    let node = Node::group(Key::AuthProof)
        .with(Key::Audience, proof.audience().as_str())
        .with(Key::SigningTime, proof.at())
        .with(Key::AuthChallenge, &proof.challenge()[..]);
    Some(node)
}

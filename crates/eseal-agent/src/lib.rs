//! An agent (代理): a process that holds opened tokens for a time and signs for the programs of its user.
//!
//! Stamping a thousand documents by as many runs of a command would stretch the PIN a thousand times. An agent stretches it once:
//! it logs in, keeps the keys in its own memory, and signs digests that come over a Unix socket. It never hands out a key, a PIN
//! or a data key; what travels is *e* and a signature, or a ciphertext and what was inside.
//!
//! - [`Agent`] is the agent as a value: request in, reply out, with the time and the peer as arguments. No socket, no clock.
//! - [`wire`] is the protocol: DER in frames of at most [`wire::MAX_FRAME`] bytes.
//! - `Server` (Linux) lends an agent over a socket that only its user can reach, and asks the kernel who is at the other end.
//! - `Client` and `AgentSigner` (Linux) are the other side: a [`eseal::key::Signer`] like any other.
//!
//! A token that was locked or sealed anew elsewhere is let go of at the next request. Both an idle time and a whole time are
//! limited; they are counted by a clock that goes on while the machine sleeps. Programs of the same user are trusted: that is
//! what lending a key to them means (`docs/agent.md`).
//!
//! ```
//! use std::time::Duration;
//!
//! use eseal::key::{SoftSigner, Signer};
//! use eseal::sm::SecretKey;
//! use eseal::token::KeyUse;
//! use eseal_agent::{Agent, Lent, Limits, Peer};
//! use eseal_agent::wire::{KeyName, Reply, Request};
//!
//! let owner = 1000;
//! let mut agent = Agent::new(Limits::default(), owner, Duration::ZERO);
//! let key = SoftSigner::new(SecretKey::generate()?);
//! let (public_key, name) = (key.public_key().clone(), KeyName::of(key.public_key()));
//! agent.lend("示例用户", "00", vec![Lent::signing(KeyUse::Sign, Vec::new(), key)], None)?;
//!
//! let digest = public_key.digest(eseal::sm::UserId::DEFAULT, b"a document");
//! let request = Request::Sign { key: name, digest }.to_der();
//! let reply = agent.answer(&request, Duration::from_secs(60), &Peer { user: owner, process: None });
//! let Reply::Signature(signature) = Reply::from_der(&reply)? else { panic!("refused") };
//! public_key.verify(&digest, &signature)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent;
mod error;
mod refusal;
mod watch;
pub mod wire;

#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod server;

pub use agent::Agent;
pub use agent::Ask;
pub use agent::Confirm;
pub use agent::Lent;
pub use agent::Limits;
pub use agent::Peer;
#[cfg(target_os = "linux")]
pub use client::AgentKey;
#[cfg(target_os = "linux")]
pub use client::AgentSigner;
#[cfg(target_os = "linux")]
pub use client::Client;
pub use error::AgentError;
#[cfg(target_os = "linux")]
pub use process::harden;
#[cfg(target_os = "linux")]
pub use process::leave_terminal;
#[cfg(target_os = "linux")]
pub use process::ticks;
#[cfg(target_os = "linux")]
pub use process::user;
pub use refusal::Refusal;
#[cfg(target_os = "linux")]
pub use server::Server;
pub use watch::FileWatch;
pub use watch::Gone;
pub use watch::Watch;

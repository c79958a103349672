//! Room `audit`: chained entries (审计日志) that show gaps and edits.
//!
//! Uses `sm` and `time`. Never stores, never reads a clock and never knows what a record holds: it sees a digest of it.
//!
//! Each entry carries the digest of the one before it, so nobody can change, drop or insert one in the middle without
//! changing all that follow. Entries cut off at the end leave a shorter chain that is still whole: whoever wants to see
//! that keeps a [`Checkpoint`] elsewhere and compares it. Who was shown a [`TreeHead`] can be shown later, by a few
//! digests, that an entry was in the log or that the log only grew ([`InclusionProof`], [`ConsistencyProof`]).

mod act;
mod canonical;
mod chain;
mod entry;
mod error;
mod merkle;

pub use act::Act;
pub use canonical::Canonical;
pub use chain::ChainFault;
pub use chain::ChainVerifier;
pub use chain::verify_chain;
pub use entry::Checkpoint;
pub use entry::Entry;
pub use entry::Note;
pub use error::AuditError;
pub use merkle::ConsistencyProof;
pub use merkle::InclusionProof;
pub use merkle::MerkleTree;
pub use merkle::TreeHead;
pub use merkle::tree_head;

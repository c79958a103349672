//! Room `document`: documents as carriers of signatures.
//!
//! Finds what a document carries, hashes what it covers, reserves a hole and fills it. May use `sm` and `time`; knows
//! no keys, no certificates and no seals: what is inside a signature is bytes here.

pub mod pdf;

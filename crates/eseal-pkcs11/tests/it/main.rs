//! Keys behind modules: one that knows no SM2 (SoftHSM2), and one of our own that does.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod sm2_module;
mod softhsm;
mod support;

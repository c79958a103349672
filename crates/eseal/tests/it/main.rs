//! The acts of the library from outside, a file per act, and the walls of the house.
#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod auth;
mod cert_lint;
mod cert_vectors;
mod configuration;
mod conformance;
mod lab;
mod messages;
mod pdf_later_changes;
mod pdf_malformed;
mod pdf_picture;
mod pdf_samples;
mod real_chains;
mod rooms;
mod samples_table;
mod stamp;
mod support;
mod threats;
mod token;
mod token_bad_input;
mod token_hostile_answers;
mod token_unlock;
mod vectors;
mod verify;
mod witness_answers;
mod witness_certificate;
mod witness_chain;
mod witness_key;
mod witness_keyfile;
mod witness_links;
mod witness_lists;
mod witness_message;
mod witness_pdf;
mod witness_profile;
mod witness_seal;
mod witness_statements;
mod witness_token;

//! Room `document`: PDF files as carriers (载体) of seals.
//!
//! Finds what a file carries, hashes what a signature covers, tells what was changed afterwards, reserves a hole for a
//! new signature and fills it. Uses `sm` (for the hash) and `time`. Never knows keys, certificates or seals: payloads
//! are bytes to it, whatever they hold.

pub mod pdf;

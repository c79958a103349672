//! PDF (ISO 32000) as a carrier of signatures.

pub mod geometry;

#![allow(missing_docs)]
//! Issues a certificate.
fn main() {}

//! The command `eseal`.
fn main() {}

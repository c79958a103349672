//! Listings of whatever comes: bounded, and shown on one line each.
#![no_main]

use eseal::Lang;
use eseal::inspect::{Node, inspect};
use libfuzzer_sys::fuzz_target;

/// Far above the depth of any listing: 64 elements of ASN.1 inside a message inside a PDF.
const DEPTH: usize = 100;

fn look(node: &Node, depth: usize) {
    assert!(depth < DEPTH);
    assert!(!node.value.to_text(Lang::En).contains('\n'));
    node.children.iter().for_each(|child| look(child, depth + 1));
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(node) = inspect(bytes) {
        look(&node, 0);
    }
});

//! What a file is, told by its shape.

use crate::cert::Certificate;
use crate::cms::MessageKind;
use crate::der::MAX_BYTES;
use crate::der::Walk;
use crate::seal::PictureFormat;
use crate::seal::SealVersion;
use crate::seal::Shape;
use crate::seal::what_is;

use super::InspectError;
use super::Key;
use super::Node;
use super::auth;
use super::certificate;
use super::keyfile;
use super::message;
use super::pdf;
use super::picture;
use super::seal;
use super::token;
use super::tree::tree;

/// The most blocks of a PEM file that are listed; bundles of anchors have a few hundred.
const MAX_BLOCKS: usize = 1_000;
/// The most parts of what is told by the tags of its parts: those of a challenge.
const MOST_PARTS: usize = 6;
/// Where readers look for the header of a PDF: within the first kilobyte.
const PDF_HEADER_WITHIN: usize = 1_024;

pub(super) fn file(bytes: &[u8]) -> Result<Node, InspectError> {
    if bytes.is_empty() {
        return Err(InspectError::Empty);
    }
    let start = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    if start.windows(5).any(|window| window == b"%PDF-") {
        return pdf::node(bytes);
    }
    // Revocation lists are the largest: 64 MiB by their own limit.
    if bytes.len() > 4 * MAX_BYTES {
        return Err(InspectError::TooLarge { limit: 4 * MAX_BYTES });
    }
    if PictureFormat::of(bytes) != PictureFormat::Unknown {
        return Ok(picture::file(bytes));
    }
    if start.windows(11).any(|window| window == b"-----BEGIN ") {
        return pem(bytes);
    }
    der(bytes).ok_or(InspectError::Unknown)
}

/// A PEM file: one block is shown as what it holds, several as a list.
fn pem(bytes: &[u8]) -> Result<Node, InspectError> {
    let text = std::str::from_utf8(bytes).map_err(|_| InspectError::Unknown)?;
    let mut nodes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("-----BEGIN ").filter(|_| nodes.len() < MAX_BLOCKS) {
        let block = &rest[at..];
        let end = block.find("-----END ").ok_or(InspectError::Unknown)?;
        let end = block[end..].find('\n').map_or(block.len(), |line| end + line + 1);
        nodes.push(pem_block(&block[..end]).ok_or(InspectError::Unknown)?);
        rest = &block[end..];
    }
    let mut nodes = nodes.into_iter();
    match (nodes.next(), nodes.len()) {
        (Some(only), 0) => Ok(only),
        (Some(first), _) => {
            let mut all = Node::group(Key::Pem).and(first);
            all.children.extend(nodes);
            if rest.contains("-----BEGIN ") {
                all.push(Node::new(Key::More, rest.matches("-----BEGIN ").count()));
            }
            Ok(all)
        }
        (None, _) => Err(InspectError::Unknown),
    }
}

fn pem_block(block: &str) -> Option<Node> {
    // Old encrypted keys have header lines, which the strict reader refuses: the label says enough.
    let label = block.strip_prefix("-----BEGIN ")?.split("-----").next()?;
    if label.ends_with("PRIVATE KEY") {
        return Some(keyfile::secret_block(label, block));
    }
    let (_, document) = ::der::pem::decode_vec(block.trim_end().as_bytes()).ok()?;
    der(&document)
}

/// One DER element that fills the input.
pub(super) fn der(bytes: &[u8]) -> Option<Node> {
    // Whatever may hold a private key comes first, so that nothing else lists it.
    if let Some(node) = keyfile::node(bytes) {
        return Some(node);
    }
    // Only messages are read without lengths.
    if bytes.starts_with(&[0x30, 0x80]) {
        return MessageKind::of(bytes).and_then(|_| message::node(bytes));
    }
    match what_is(bytes) {
        // PKIStatusInfo and ContentInfo look like the two parts of a V1 seal.
        Shape::Seal(SealVersion::V1) if message::is_timestamp_response(bytes) => {
            return Some(message::timestamp_response(bytes));
        }
        Shape::Seal(_) => return Some(seal::seal(bytes)),
        Shape::SealSignature(_) => return Some(seal::seal_signature(bytes)),
        Shape::Cms => return message::node(bytes),
        Shape::BareSignature => return seal::bare_signature(bytes),
        _ => {}
    }
    if token::is_unlock_request(bytes) {
        return Some(token::unlock_request(bytes));
    }
    let tags: Vec<_> =
        Walk::only(bytes, 0x30)?.inside().all(MOST_PARTS).unwrap_or_default().iter().map(|part| part.tag).collect();
    let known = match tags.as_slice() {
        [0x30, 0x30, 0x04, 0x30] => Some(token::node(bytes)),
        [0x30, 0x30, 0x03] => certificate::signed(bytes),
        [0x0c, 0x02, 0x0c, 0x04, 0x18, 0x18] => auth::challenge(bytes),
        [0x31, ..] => certificate::response(bytes),
        _ => None,
    };
    known.or_else(|| tree(Key::Der, bytes))
}

/// A certificate, or what there is of it.
pub(super) fn certificate_or_tree(key: Key, bytes: &[u8]) -> Node {
    match Certificate::from_der(bytes) {
        Ok(certificate) => certificate::certificate(key, &certificate),
        Err(error) => unreadable(key, error.code(), bytes),
    }
}

/// Something that has the shape of a kind and cannot be read as it: the code that says why, and its elements.
pub(super) fn unreadable(key: Key, code: &'static str, bytes: &[u8]) -> Node {
    let node = Node::group(key).with(Key::Unreadable, code).with(Key::Size, bytes.len());
    match tree(Key::Der, bytes) {
        Some(tree) => node.and(tree),
        None => node.with(Key::Value, bytes),
    }
}

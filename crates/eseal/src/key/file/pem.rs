//! The blocks of a text file: PEM read leniently, and bare Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::key::KeyError;

/// A block of a PEM file.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    /// What it holds; `None` when it is encrypted in the way of RFC 1421, with headers.
    pub(super) content: Option<Zeroizing<Vec<u8>>>,
}

/// The most blocks that are read: a few keys and their certificates.
const MAX_BLOCKS: usize = 64;

/// Every block in a text, or the one that bare Base64 is (with an empty label).
pub(super) fn blocks(bytes: &[u8]) -> Result<Vec<Block<'_>>, KeyError> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyError::UnknownFormat)?.trim_start_matches('\u{feff}');
    if !text.contains("-----BEGIN ") {
        return Ok(vec![Block { label: "", content: Some(base64(text)?) }]);
    }
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begun.split_once("-----").ok_or(KeyError::UnknownFormat)?;
        let (body, after) = body.split_once("-----END ").ok_or(KeyError::UnknownFormat)?;
        let after = after.strip_prefix(label).and_then(|after| after.strip_prefix("-----"));
        rest = after.ok_or(KeyError::UnknownFormat)?;
        if blocks.len() == MAX_BLOCKS {
            return Err(KeyError::UnknownFormat);
        }
        // OpenSSL writes one before a key in SEC1: it names the curve, which the key names too.
        if label != "EC PARAMETERS" {
            let content = if body.contains(':') { None } else { Some(base64(body)?) };
            blocks.push(Block { label, content });
        }
    }
    Ok(blocks)
}

/// Base64 with any white space between the characters.
pub(in crate::key) fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    joined.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    // Room for all at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(joined.len()));
    STANDARD.decode_vec(&*joined, &mut bytes).map_err(|_| KeyError::UnknownFormat)?;
    Ok(bytes)
}

/// A block with lines of 64 characters.
pub(super) fn write(label: &'static str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(der.len() * 3 / 2 + 128));
    let joined = Zeroizing::new(STANDARD.encode(der));
    text.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in joined.as_bytes().chunks(64) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    text
}

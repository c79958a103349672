//! Telling DER from PEM, and reading the blocks of a PEM file leniently: text around them, lines of any length.

use super::CertError;

/// Whether the input looks like one DER SEQUENCE.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
}

/// The blocks of a PEM file whose label is one of these, in order. A file of bare Base64 without armour counts as one
/// block: Chinese tools hand certificates around in this form.
pub(super) fn blocks(bytes: &[u8], labels: &[&str], wanted: &'static str) -> Result<Vec<Vec<u8>>, CertError> {
    let unknown = || CertError::UnknownFormat { wanted };
    let text = std::str::from_utf8(bytes).map_err(|_| unknown())?.trim_start_matches('\u{feff}');
    if !text.contains("-----BEGIN ") {
        let der = base64(text).filter(|der| is_der(der)).ok_or_else(unknown)?;
        return Ok(vec![der]);
    }
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        rest = &rest[start + "-----BEGIN ".len()..];
        let (label, body) = rest.split_once("-----").ok_or_else(unknown)?;
        let (body, after) = body.split_once("-----END ").ok_or_else(unknown)?;
        let after = after.strip_prefix(label).and_then(|after| after.strip_prefix("-----")).ok_or_else(unknown)?;
        if labels.contains(&label) {
            blocks.push(base64(body).ok_or_else(unknown)?);
        }
        rest = after;
    }
    if blocks.is_empty() { Err(unknown()) } else { Ok(blocks) }
}

/// A PEM block with lines of 64 characters.
pub(super) fn write(label: &'static str, der: &[u8]) -> String {
    ::der::pem::encode_string(label, ::der::pem::LineEnding::LF, der).expect("a block of bounded size encodes")
}

/// Base64 of RFC 4648 with any white space between the characters; padding as the length needs it.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut held, mut padding) = (0_u32, 0_u8, 0_u8);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'=' if padding < 2 => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(buffer >> held & 0xff).expect("masked to a byte"));
        }
    }
    // Six bits left over cannot hold a byte, and what is left over must be zero.
    let complete = matches!((held, padding), (0, 0) | (4, 2) | (2, 1));
    (complete && buffer & ((1 << held) - 1) == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_the_vectors_of_rfc_4648() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(base64(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(base64("Zm\r\n9 v").unwrap(), b"foo");
        for text in ["Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9v=", "Zg===", "Z*=="] {
            assert!(base64(text).is_none(), "{text}");
        }
    }

    #[test]
    fn blocks_are_found_between_text_and_other_blocks() {
        let file = "\u{feff}subject=x\r\n-----BEGIN X-----\r\nMAA=\r\n-----END X-----\n\n-----BEGIN Y-----\nMAA=\n-----END Y-----\n-----BEGIN X-----MAA=-----END X-----";
        let found = blocks(file.as_bytes(), &["X"], "x").unwrap();
        assert_eq!(found, [[0x30, 0], [0x30, 0]]);
        assert_eq!(blocks(b" MAA=\n", &["X"], "x").unwrap()[0], [0x30, 0]);
    }

    #[test]
    fn a_file_without_a_whole_block_is_no_pem() {
        for file in [
            "",
            "hello",
            "Zm9v",
            "-----BEGIN X-----\nMAA=",
            "-----BEGIN X-----\nMAA=\n-----END Y-----",
            "-----BEGIN Y-----\nMAA=\n-----END Y-----",
            "-----BEGIN X-----\nM*A=\n-----END X-----",
            "-----BEGIN X",
        ] {
            assert!(matches!(blocks(file.as_bytes(), &["X"], "x"), Err(CertError::UnknownFormat { .. })), "{file}");
        }
    }
}

//! Which archive standard a file says it follows.

use super::error::PdfError;
use super::object::IndirectObject;
use super::resolver::View;

/// The part of PDF/A (ISO 19005) that the file's metadata names: 1, 2, 3 or 4.
///
/// A claim only: nobody checks it here. Metadata that cannot be decoded names nothing.
pub(super) fn pdfa_part<'a>(view: View<'_, 'a>, catalog: &IndirectObject<'a>) -> Result<Option<u8>, PdfError> {
    let Some(dictionary) = catalog.dictionary() else { return Ok(None) };
    let metadata = view.get(dictionary, b"Metadata")?;
    let Some(metadata) = metadata.indirect() else { return Ok(None) };
    Ok(view.decode(metadata).ok().and_then(|packet| named_part(&packet)))
}

/// `<pdfaid:part>2</pdfaid:part>` or `pdfaid:part="2"`, the prefix being fixed by the standard.
fn named_part(packet: &[u8]) -> Option<u8> {
    const KEY: &[u8] = b"pdfaid:part";
    let at = memchr::memmem::find(packet, KEY)? + KEY.len();
    let value = packet.get(at..)?.iter().find(|byte| !b" \t\r\n=\"'>".contains(byte))?;
    (b'1'..=b'9').contains(value).then(|| value - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_is_read_from_an_element_or_an_attribute() {
        assert_eq!(named_part(b"<x><pdfaid:part>2</pdfaid:part>"), Some(2));
        assert_eq!(named_part(b"<x pdfaid:conformance='B' pdfaid:part = '1'/>"), Some(1));
        for packet in [b"".as_slice(), b"pdfaid:part", b"pdfaid:part=''", b"<pdfaid:part/>", b"pdfaid:part>x"] {
            assert_eq!(named_part(packet), None);
        }
    }
}

use super::Walk;

/// The deepest nesting of elements without a length that is followed: messages have seven such levels.
const MOST_LEVELS: usize = 16;
/// OCTET STRING in pieces, which only BER has.
const OCTETS_IN_PIECES: u8 = 0x24;

/// Rewrites an element that has no length of its own (`80 … 00 00`, X.690, 8.1.3.6), as writers of streams leave it, with
/// lengths; strings of octets in pieces come together. Elements that have a length are taken as they are.
///
/// `None` for what breaks these rules, is nested deeper than [`MOST_LEVELS`], or does not fill the input; and for an
/// element that has a length, which needs no rewriting. The result is never longer than the input and six bytes a level.
pub(crate) fn with_lengths(bytes: &[u8]) -> Option<Vec<u8>> {
    struct Open {
        tag: u8,
        content: Vec<u8>,
    }
    let mut rest = bytes;
    let mut open: Vec<Open> = Vec::new();
    loop {
        match *rest {
            [0, 0, ref after @ ..] if !open.is_empty() => {
                rest = after;
                let Open { tag, content } = open.pop()?;
                let Some(outer) = open.last_mut() else {
                    return after.is_empty().then(|| element(tag, &content));
                };
                match (outer.tag, tag) {
                    (OCTETS_IN_PIECES, OCTETS_IN_PIECES) => outer.content.extend_from_slice(&content),
                    (OCTETS_IN_PIECES, _) => return None,
                    (_, OCTETS_IN_PIECES) => outer.content.extend_from_slice(&element(0x04, &content)),
                    _ => outer.content.extend_from_slice(&element(tag, &content)),
                }
            }
            [tag, 0x80, ref after @ ..] => {
                if tag & 0x20 == 0 || tag & 0x1f == 0x1f || open.len() == MOST_LEVELS {
                    return None;
                }
                rest = after;
                open.push(Open { tag, content: Vec::new() });
            }
            _ => {
                let outer = open.last_mut()?;
                let mut walk = Walk::new(rest);
                let element = walk.next()?;
                rest = walk.rest();
                match (outer.tag, element.tag) {
                    (OCTETS_IN_PIECES, 0x04) => outer.content.extend_from_slice(element.content),
                    (OCTETS_IN_PIECES, _) => return None,
                    _ => outer.content.extend_from_slice(element.whole),
                }
            }
        }
    }
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let skip = length.iter().take_while(|byte| **byte == 0).count().min(length.len() - 1);
    let mut bytes = Vec::with_capacity(content.len() + 6);
    bytes.push(tag);
    if content.len() >= 0x80 {
        bytes.push(0x80 | u8::try_from(length.len() - skip).expect("a length has at most eight bytes"));
    }
    bytes.extend_from_slice(&length[skip..]);
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_without_lengths_get_them() {
        assert_eq!(with_lengths(&[0x30, 0x80, 0x02, 0x01, 0x07, 0x00, 0x00]).unwrap(), [0x30, 0x03, 0x02, 0x01, 0x07]);
        assert_eq!(with_lengths(&[0x30, 0x80, 0x00, 0x00]).unwrap(), [0x30, 0x00]);
        let nested = [0x30, 0x80, 0xa0, 0x80, 0x05, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00];
        assert_eq!(with_lengths(&nested).unwrap(), [0x30, 0x06, 0xa0, 0x02, 0x05, 0x00, 0x05, 0x00]);
        let long = [&[0x30, 0x80, 0x04, 0x81, 0x80][..], &[7; 128], &[0, 0]].concat();
        assert_eq!(with_lengths(&long).unwrap()[..6], [0x30, 0x81, 0x83, 0x04, 0x81, 0x80]);
    }

    #[test]
    fn strings_in_pieces_come_together() {
        let pieces = [
            0x30, 0x80, 0x24, 0x80, 0x04, 0x01, b'a', 0x24, 0x80, 0x04, 0x01, b'b', 0, 0, 0x04, 0, 0x04, 0x01, b'c', 0,
            0, 0, 0,
        ];
        assert_eq!(with_lengths(&pieces).unwrap(), [0x30, 0x05, 0x04, 0x03, b'a', b'b', b'c']);
        assert_eq!(with_lengths(&[0x24, 0x80, 0x04, 0x01, b'a', 0, 0]).unwrap(), [0x24, 0x01, b'a']);
    }

    #[test]
    fn what_is_no_such_element_is_refused() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0x00],
            &[0x30, 0x03, 0x02, 0x01, 0x07],
            &[0x30, 0x80, 0x00, 0x00, 0x00],
            &[0x30, 0x80, 0x02, 0x02, 0x07, 0x00, 0x00],
            &[0x30, 0x80, 0x02, 0x81, 0x01, 0x07, 0x00, 0x00],
            &[0x04, 0x80, 0x00, 0x00],
            &[0x3f, 0x80, 0x00, 0x00],
            &[0x30, 0x80, 0x24, 0x80, 0x02, 0x01, 0x07, 0, 0, 0, 0],
            &[0x30, 0x80, 0x24, 0x80, 0x30, 0x80, 0, 0, 0, 0, 0, 0],
            &[0x00, 0x00],
        ] {
            assert_eq!(with_lengths(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |levels: usize| [[0x30, 0x80].repeat(levels), [0, 0].repeat(levels)].concat();
        assert!(with_lengths(&nested(MOST_LEVELS)).is_some());
        assert!(with_lengths(&nested(MOST_LEVELS + 1)).is_none());
        assert!(with_lengths(&[0x30, 0x80].repeat(1 << 20)).is_none());
    }
}

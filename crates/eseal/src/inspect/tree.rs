//! ASN.1 of which nothing is known: its elements as they stand.

use const_oid::ObjectIdentifier;

use crate::der::Element;
use crate::der::Walk;

use super::Key;
use super::Node;
use super::Value;

/// How deep a listing goes. Everything in use is less than 20 deep.
pub(super) const MAX_DEPTH: usize = 64;
/// How many elements a listing has; a certificate has about 100.
pub(super) const MAX_NODES: usize = 5_000;

/// Lists the elements, which must fill the input with strict lengths.
pub(super) fn tree(key: Key, bytes: &[u8]) -> Option<Node> {
    let mut left = MAX_NODES;
    let mut top = Walk::new(bytes);
    let element = top.next()?;
    if !top.is_empty() {
        return None;
    }
    Some(Node { key, value: Value::Nothing, children: vec![node(&element, MAX_DEPTH, &mut left)] })
}

/// One element. Recursion ends with the depth that is left, so its cost is a constant.
fn node(element: &Element<'_>, depth: usize, left: &mut usize) -> Node {
    *left = left.saturating_sub(1);
    let constructed = element.tag & 0x20 != 0;
    let mut node = Node::new(key_of(element.tag), if constructed { Value::Nothing } else { value_of(element) });
    if element.tag & 0xc0 != 0 {
        node.value = Value::Text(format!("[{}]", element.tag & 0x1f));
        if !constructed {
            node.push(Node::new(Key::Value, element.content));
        }
    }
    let inside = if constructed { Some(element.inside()) } else { wrapped(element) };
    let Some(mut inside) = inside else { return node };
    while !inside.is_empty() {
        let Some(child) = inside.next().filter(|_| depth > 0 && *left > 0) else {
            node.push(Node::new(Key::More, element.content));
            break;
        };
        node.push(self::node(&child, depth - 1, left));
    }
    node
}

/// What an OCTET STRING or BIT STRING wraps, if it is one whole SEQUENCE.
fn wrapped<'a>(element: &Element<'a>) -> Option<Walk<'a>> {
    let content = match (element.tag, element.content) {
        (0x04, content) => content,
        (0x03, [0, content @ ..]) => content,
        _ => return None,
    };
    let sequence = Walk::only(content, 0x30)?;
    sequence.inside().next()?;
    Some(Walk::new(content))
}

const fn key_of(tag: u8) -> Key {
    match tag {
        0x01 => Key::Boolean,
        0x02 => Key::Integer,
        0x03 => Key::BitString,
        0x04 => Key::OctetString,
        0x05 => Key::Null,
        0x06 => Key::ObjectIdentifier,
        0x0a => Key::Enumerated,
        0x0c | 0x12..=0x16 | 0x1a..=0x1c | 0x1e => Key::Text,
        0x17 | 0x18 => Key::Time,
        0x30 => Key::Sequence,
        0x31 => Key::Set,
        tag if tag & 0xc0 == 0 => Key::Other,
        _ => Key::Tagged,
    }
}

fn value_of(element: &Element<'_>) -> Value {
    let bytes = || Value::bytes(element.content);
    match element.tag {
        0x01 => match element.content {
            [0x00] => Value::Flag(false),
            [0xff] => Value::Flag(true),
            _ => bytes(),
        },
        0x02 | 0x0a => match element.content {
            [first, rest @ ..] if rest.len() < 8 => {
                let negative = if first & 0x80 == 0 { 0 } else { -1 };
                Value::Number(element.content.iter().fold(negative, |sum, byte| sum << 8 | i128::from(*byte)))
            }
            _ => bytes(),
        },
        0x06 => {
            ObjectIdentifier::from_bytes(element.content).map_or_else(|_| bytes(), |oid| Value::oid(&oid.to_string()))
        }
        0x0c | 0x12..=0x18 | 0x1a => match std::str::from_utf8(element.content) {
            Ok(text) if text.len() <= MAX_TEXT => Value::Text(text.to_owned()),
            _ => bytes(),
        },
        0x1e => {
            let units: Vec<_> = element
                .content
                .chunks(2)
                .map(|pair| pair.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)))
                .collect();
            match String::from_utf16(&units) {
                Ok(text) if text.len() <= MAX_TEXT && element.content.len().is_multiple_of(2) => Value::Text(text),
                _ => bytes(),
            }
        }
        0x05 => Value::Nothing,
        _ => bytes(),
    }
}

/// The longest text that is shown whole, in bytes.
const MAX_TEXT: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Vec<u8> {
        (0..levels).fold(vec![0x05, 0x00], |inner, _| {
            let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
            let skip = length.iter().take_while(|byte| **byte == 0).count();
            let long = match inner.len() {
                0..128 => vec![length[3]],
                _ => [&[u8::try_from(0x84 - skip).unwrap()], &length[skip..]].concat(),
            };
            [&[0x30], &long[..], &inner].concat()
        })
    }

    fn depth(node: &Node) -> usize {
        1 + node.children.iter().map(depth).max().unwrap_or(0)
    }

    #[test]
    fn elements_are_listed_by_what_they_are() {
        let bytes = [0x30, 0x0b, 0x02, 0x01, 0xff, 0x06, 0x03, 0x55, 0x04, 0x03, 0x80, 0x01, 0x07];
        let tree = tree(Key::Der, &bytes).unwrap();
        let inside = &tree.children[0].children;
        assert_eq!((inside[0].key, &inside[0].value), (Key::Integer, &Value::Number(-1)));
        assert_eq!(inside[1].value, Value::Oid { dotted: "2.5.4.3".into(), name: Some("COMMON_NAME") });
        assert_eq!((inside[2].key, &inside[2].value), (Key::Tagged, &Value::Text("[0]".into())));
    }

    #[test]
    fn what_a_string_wraps_is_listed_inside_it() {
        let tree = tree(Key::Der, &[0x04, 0x05, 0x30, 0x03, 0x02, 0x01, 0x07]).unwrap();
        assert_eq!(tree.children[0].children[0].key, Key::Sequence);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = tree(Key::Der, &nested(100_000)).unwrap();
        assert_eq!(depth(&deep), MAX_DEPTH + 3);
        let wide = [&[0x30, 0x83, 0x01, 0x86, 0xa0][..], &[0x05, 0x00].repeat(50_000)].concat();
        let wide = tree(Key::Der, &wide).unwrap();
        assert_eq!(wide.children[0].children.len(), MAX_NODES);
        assert_eq!(wide.children[0].children.last().unwrap().key, Key::More);
    }

    #[test]
    fn what_is_no_strict_der_is_not_listed() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x80, 0x00, 0x00], &[0x05, 0x00, 0x00]] {
            assert!(tree(Key::Der, bytes).is_none(), "{bytes:02x?}");
        }
    }
}

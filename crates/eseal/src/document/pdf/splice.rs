//! Changing one entry of a received dictionary or array without spelling the rest again.
//!
//! A page written `/MediaBox [0 0 595.2756 841.8898]` keeps every digit: everything but the changed entry is copied
//! from the received bytes, wherever they stood (the file or a decoded object stream).

use super::number::name;
use super::object::{Dictionary, Value};
use super::syntax::is_space;

/// The received bytes of `value`, which holds `dictionary`, with some keys set.
///
/// A key that is there gets its value replaced in place; a new one goes before the closing brackets. Where a key stands
/// twice, callers have refused before: readers would disagree about the result as they did about the input.
pub(super) fn with_entries(
    source: &[u8],
    value: &Value,
    dictionary: &Dictionary,
    changes: &[(&[u8], Vec<u8>)],
) -> Vec<u8> {
    let mut edits = Vec::with_capacity(changes.len());
    let mut added = Vec::new();
    for (key, new) in changes {
        match dictionary.entries.iter().find(|(present, _)| present == key) {
            Some((_, old)) => {
                // `/Annots[` becomes `/Annots 7 0 R`: a bracket ends a name, a digit does not.
                let glued = old.span.start.checked_sub(1).and_then(|at| source.get(at)).is_some_and(|&b| !is_space(b));
                let gap: &[u8] = if glued { b" " } else { b"" };
                edits.push((old.span.clone(), [gap, new].concat()));
            }
            None => {
                added.push(b' ');
                added.extend_from_slice(name(key).as_bytes());
                added.push(b' ');
                added.extend_from_slice(new);
            }
        }
    }
    if !added.is_empty() {
        added.push(b' ');
        let end = value.span.end.saturating_sub(2);
        edits.push((end..end, added));
    }
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = Vec::with_capacity(value.span.len() + 256);
    let mut at = value.span.start;
    for (span, new) in edits {
        out.extend_from_slice(source.get(at..span.start).unwrap_or_default());
        out.extend_from_slice(&new);
        at = span.end;
    }
    out.extend_from_slice(source.get(at..value.span.end).unwrap_or_default());
    out
}

/// The received bytes of an array with elements added at its end.
pub(super) fn with_elements(source: &[u8], array: &Value, added: &[String]) -> Vec<u8> {
    let raw = source.get(array.span.clone()).unwrap_or_default();
    let mut out = raw.strip_suffix(b"]").unwrap_or(raw).to_vec();
    for element in added {
        out.push(b' ');
        out.extend_from_slice(element.as_bytes());
    }
    out.push(b']');
    out
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::super::syntax::Parser;
    use super::*;

    fn edited(source: &str, changes: &[(&[u8], Vec<u8>)]) -> String {
        let value = Parser::new(source.as_bytes(), 0, &Limits::default()).value().unwrap();
        let bytes = with_entries(source.as_bytes(), &value, value.as_dictionary().unwrap(), changes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_rest_keeps_its_spelling() {
        assert_eq!(
            edited("  <</Box[0 0 595.27560 +1.]/Annots[1 0 R]/X(a) % c\n>> ", &[(b"Annots", "[2 0 R]".into())]),
            "<</Box[0 0 595.27560 +1.]/Annots [2 0 R]/X(a) % c\n>>"
        );
    }

    #[test]
    fn new_keys_go_before_the_end_and_several_changes_at_once() {
        assert_eq!(
            edited("<</B/N/A 1>>", &[(b"C D", "3".into()), (b"A", "2".into()), (b"B", "9 0 R".into())]),
            "<</B 9 0 R/A 2 /C#20D 3 >>"
        );
        assert_eq!(edited("<<>>", &[(b"A", "1".into())]), "<< /A 1 >>");
    }

    #[test]
    fn a_null_is_replaced_and_not_doubled() {
        assert_eq!(edited("<</A null>>", &[(b"A", "1".into())]), "<</A 1>>");
    }

    #[test]
    fn elements_are_added_at_the_end_of_an_array() {
        for (source, expected) in [("[]", "[ 7 0 R]"), ("[1 0 R % x\n2 0 R ]", "[1 0 R % x\n2 0 R  7 0 R]")] {
            let value = Parser::new(source.as_bytes(), 0, &Limits::default()).value().unwrap();
            assert_eq!(with_elements(source.as_bytes(), &value, &["7 0 R".to_owned()]), expected.as_bytes());
        }
    }
}

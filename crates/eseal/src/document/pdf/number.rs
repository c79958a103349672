//! How numbers, names and strings are spelled in what we append.

use std::fmt::Write as _;

/// Appends a number as PDF writes it: no exponent, at most five places, no trailing zeros.
///
/// Five places of a point are 4 nanometres on paper. What is not finite is written as 0; callers have checked before.
pub(super) fn write_number(out: &mut String, number: f64) {
    if !number.is_finite() {
        out.push('0');
        return;
    }
    let start = out.len();
    let _ = write!(out, "{number:.5}");
    if out[start..].contains('.') {
        let kept = out.trim_end_matches('0').trim_end_matches('.').len();
        out.truncate(kept);
    }
    if &out[start..] == "-0" {
        out.replace_range(start.., "0");
    }
}

/// `[a b c d]`.
pub(super) fn number_array(numbers: &[f64]) -> String {
    let mut out = String::from("[");
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_number(&mut out, *number);
    }
    out.push(']');
    out
}

/// A name with its slash; what is not a regular character is escaped (ISO 32000-1, 7.3.5).
pub(super) fn name(bytes: &[u8]) -> String {
    let mut out = String::from("/");
    for &byte in bytes {
        if byte.is_ascii_graphic() && !b"#/%()<>[]{}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "#{byte:02X}");
        }
    }
    out
}

/// A text string (ISO 32000-1, 7.9.2.2): printable ASCII in parentheses, anything else as UTF-16BE with its mark.
pub(super) fn text_string(text: &str) -> String {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        let mut out = String::from("(");
        for character in text.chars() {
            if matches!(character, '(' | ')' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
        out.push(')');
        return out;
    }
    let mut out = String::from("<FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(out, "{unit:04X}");
    }
    out.push('>');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> String {
        let mut out = String::new();
        write_number(&mut out, value);
        out
    }

    #[test]
    fn numbers_have_no_exponent_and_no_trailing_zeros() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.000_001), "0");
        assert_eq!(number(100.0), "100");
        assert_eq!(number(119.055_118_11), "119.05512");
        assert_eq!(number(-1.5), "-1.5");
        assert_eq!(number(1e20), "100000000000000000000");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(number_array(&[0.0, 1.25, -3.0]), "[0 1.25 -3]");
    }

    #[test]
    fn names_escape_what_would_end_them() {
        assert_eq!(name(b"GM.sm2seal"), "/GM.sm2seal");
        assert_eq!(name(b"a b/c#"), "/a#20b#2Fc#23");
        assert_eq!(name("签".as_bytes()), "/#E7#AD#BE");
    }

    #[test]
    fn chinese_text_is_utf_16_with_its_mark_and_parentheses_are_escaped() {
        assert_eq!(text_string("a(b)\\"), "(a\\(b\\)\\\\)");
        assert_eq!(text_string("盖章"), "<FEFF76D67AE0>");
        assert_eq!(text_string("a\n"), "<FEFF0061000A>");
    }
}

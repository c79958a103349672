//! Reading objects from bytes (ISO 32000-1, 7.2 and 7.3).
//!
//! Strict where readers disagree: unknown words, numbers out of range and unbalanced brackets are errors.

use super::error::PdfError;
use super::limits::Limits;
use super::object::{Dictionary, Object, ObjectId, Value};

/// White space (ISO 32000-1, table 1).
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

/// Delimiters (ISO 32000-1, table 2).
pub(crate) const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A reader over some bytes, at a position.
pub(crate) struct Parser<'s> {
    bytes: &'s [u8],
    position: usize,
    nesting: usize,
    values_left: usize,
    values_limit: usize,
}

impl<'s> Parser<'s> {
    pub(crate) fn new(bytes: &'s [u8], position: usize, limits: &Limits) -> Self {
        Self {
            bytes,
            position: position.min(bytes.len()),
            nesting: limits.nesting,
            values_left: limits.values_per_object,
            values_limit: limits.values_per_object,
        }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn seek(&mut self, position: usize) {
        self.position = position.min(self.bytes.len());
    }

    /// How many values were read so far.
    pub(crate) const fn values_read(&self) -> usize {
        self.values_limit - self.values_left
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    pub(crate) const fn error(&self, what: &'static str) -> PdfError {
        PdfError::Syntax { offset: self.position, what }
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.position += 1;
            } else if byte == b'%' {
                let rest = &self.bytes[self.position..];
                self.position += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            } else {
                break;
            }
        }
    }

    /// Takes a word if it stands here and ends here.
    pub(crate) fn take_word(&mut self, word: &[u8]) -> bool {
        let rest = &self.bytes[self.position..];
        if rest.starts_with(word) && !rest.get(word.len()).is_some_and(|&byte| is_regular(byte)) {
            self.position += word.len();
            return true;
        }
        false
    }

    /// Takes an operator of a content stream.
    pub(crate) fn take_operator(&mut self) -> &'s [u8] {
        let start = self.position;
        while self.peek().is_some_and(is_regular) {
            self.position += 1;
        }
        &self.bytes[start..self.position]
    }

    /// Takes an unsigned number of plain digits.
    pub(crate) fn take_unsigned(&mut self) -> Option<u64> {
        let start = self.position;
        let mut value: u64 = 0;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(u64::from(byte - b'0'))) else {
                self.position = start;
                return None;
            };
            value = next;
            self.position += 1;
        }
        if self.position == start || self.peek().is_some_and(is_regular) {
            self.position = start;
            return None;
        }
        Some(value)
    }

    /// Skips white space only.
    pub(crate) fn skip_white(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.position += 1;
        }
    }

    /// Takes `n g obj`. No comment may stand inside: a million headers in one comment would each lead through it.
    pub(crate) fn take_object_header(&mut self) -> Result<ObjectId, PdfError> {
        let start = self.position;
        let id = self.take_unsigned().and_then(|number| u32::try_from(number).ok());
        self.skip_white();
        let generation = self.take_unsigned().and_then(|generation| u16::try_from(generation).ok());
        let id = id.zip(generation).map(|(number, generation)| ObjectId { number, generation });
        self.skip_white();
        match id {
            Some(id) if self.take_word(b"obj") => Ok(id),
            _ => Err(PdfError::Syntax { offset: start, what: "an object header is expected" }),
        }
    }

    fn take_id(&mut self) -> Option<ObjectId> {
        let number = u32::try_from(self.take_unsigned()?).ok()?;
        self.skip_space();
        let generation = u16::try_from(self.take_unsigned()?).ok()?;
        Some(ObjectId { number, generation })
    }

    /// Reads one value, without leading white space or comments being part of its span.
    pub(crate) fn value(&mut self) -> Result<Value, PdfError> {
        self.value_at(0)
    }

    fn value_at(&mut self, depth: usize) -> Result<Value, PdfError> {
        if depth > self.nesting {
            return Err(PdfError::OverLimit { what: "nesting in one object", limit: self.nesting });
        }
        self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or(PdfError::OverLimit { what: "values in one object", limit: self.values_limit })?;
        self.skip_space();
        let start = self.position;
        let object = match self.peek() {
            None => return Err(self.error("the bytes end where a value is expected")),
            Some(b'/') => Object::Name(self.name()?),
            Some(b'(') => Object::String(self.literal_string()?),
            Some(b'<') if self.bytes.get(start + 1) == Some(&b'<') => Object::Dictionary(self.dictionary(depth)?),
            Some(b'<') => Object::String(self.hex_string()?),
            Some(b'[') => Object::Array(self.array(depth)?),
            Some(b'0'..=b'9') => self.number_or_reference()?,
            Some(b'+' | b'-' | b'.') => self.number()?,
            Some(b't') if self.take_word(b"true") => Object::Boolean(true),
            Some(b'f') if self.take_word(b"false") => Object::Boolean(false),
            Some(b'n') if self.take_word(b"null") => Object::Null,
            Some(_) => return Err(self.error("a value is expected")),
        };
        Ok(Value { object, span: start..self.position })
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, PdfError> {
        self.position += 1;
        let mut values = Vec::new();
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                self.position += 1;
                return Ok(values);
            }
            values.push(self.value_at(depth + 1)?);
        }
    }

    /// Reads a dictionary that starts here.
    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, PdfError> {
        self.position += 2;
        let mut entries: Vec<(Vec<u8>, Value)> = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'/') => {
                    let key = self.name()?;
                    entries.push((key, self.value_at(depth + 1)?));
                }
                Some(b'>') if self.bytes.get(self.position + 1) == Some(&b'>') => {
                    self.position += 2;
                    break;
                }
                _ => return Err(self.error("a key or the end of a dictionary is expected")),
            }
        }
        let duplicates = has_duplicates(&entries);
        Ok(Dictionary { entries, duplicates })
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.position += 1;
        let start = self.position;
        while self.peek().is_some_and(is_regular) {
            self.position += 1;
        }
        let raw = &self.bytes[start..self.position];
        if !raw.contains(&b'#') {
            return Ok(raw.to_vec());
        }
        let mut name = Vec::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            let escape = raw[at] == b'#';
            let pair = (raw.get(at + 1).copied().and_then(hex_digit), raw.get(at + 2).copied().and_then(hex_digit));
            match pair {
                (Some(high), Some(low)) if escape => {
                    if high == 0 && low == 0 {
                        return Err(PdfError::Syntax { offset: start + at, what: "a name holds a null byte" });
                    }
                    name.push(high << 4 | low);
                    at += 3;
                }
                // Files before PDF 1.2 have plain number signs in names.
                _ => {
                    name.push(raw[at]);
                    at += 1;
                }
            }
        }
        Ok(name)
    }

    fn literal_string(&mut self) -> Result<Vec<u8>, PdfError> {
        self.position += 1;
        let mut out = Vec::new();
        let mut open = 0;
        loop {
            let rest = &self.bytes[self.position..];
            let Some(plain) = rest.iter().position(|&b| matches!(b, b'(' | b')' | b'\\' | b'\r')) else {
                return Err(self.error("a string does not end"));
            };
            out.extend_from_slice(&rest[..plain]);
            self.position += plain + 1;
            match rest[plain] {
                b'(' => {
                    open += 1;
                    if open > self.nesting {
                        return Err(PdfError::OverLimit { what: "nesting in one object", limit: self.nesting });
                    }
                    out.push(b'(');
                }
                b')' if open == 0 => return Ok(out),
                b')' => {
                    open -= 1;
                    out.push(b')');
                }
                b'\r' => {
                    self.skip_line_feed();
                    out.push(b'\n');
                }
                _ => self.escape(&mut out)?,
            }
        }
    }

    fn skip_line_feed(&mut self) {
        if self.peek() == Some(b'\n') {
            self.position += 1;
        }
    }

    /// What follows a backslash in a literal string (ISO 32000-1, table 3).
    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), PdfError> {
        let byte = self.peek().ok_or_else(|| self.error("a string does not end"))?;
        self.position += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\n' => {}
            b'\r' => self.skip_line_feed(),
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.position += 1;
                }
                // High-order overflow is ignored (7.3.4.2).
                out.push((value & 0xFF) as u8);
            }
            other => out.push(other),
        }
        Ok(())
    }

    fn hex_string(&mut self) -> Result<Vec<u8>, PdfError> {
        self.position += 1;
        let rest = &self.bytes[self.position..];
        let Some(length) = memchr::memchr(b'>', rest) else { return Err(self.error("a string does not end")) };
        let mut out = Vec::with_capacity(length / 2);
        let mut high = None;
        for (at, &byte) in rest[..length].iter().enumerate() {
            let Some(digit) = hex_digit(byte) else {
                if is_space(byte) {
                    continue;
                }
                return Err(PdfError::Syntax { offset: self.position + at, what: "a hexadecimal digit is expected" });
            };
            match high.take() {
                None => high = Some(digit),
                Some(high) => out.push(high << 4 | digit),
            }
        }
        if let Some(high) = high {
            out.push(high << 4);
        }
        self.position += length + 1;
        Ok(out)
    }

    fn number_or_reference(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        if let Some(id) = self.take_id() {
            self.skip_space();
            if self.take_word(b"R") {
                if id.number == 0 {
                    return Ok(Object::Null);
                }
                return Ok(Object::Reference(id));
            }
        }
        self.position = start;
        self.number()
    }

    fn number(&mut self) -> Result<Object, PdfError> {
        let start = self.position;
        while self.peek().is_some_and(is_regular) {
            self.position += 1;
        }
        let raw = &self.bytes[start..self.position];
        let malformed = PdfError::Syntax { offset: start, what: "a number is expected" };
        let digits = raw.strip_prefix(b"-").or_else(|| raw.strip_prefix(b"+")).unwrap_or(raw);
        let points = digits.iter().filter(|&&byte| byte == b'.').count();
        let others = digits.iter().any(|&byte| byte != b'.' && !byte.is_ascii_digit());
        if others || points > 1 || digits.len() == points {
            return Err(malformed);
        }
        let text = std::str::from_utf8(raw).map_err(|_| malformed.clone())?;
        let out_of_range = PdfError::Syntax { offset: start, what: "a number is out of range" };
        if points == 0 {
            return text.parse().map(Object::Integer).map_err(|_| out_of_range);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Object::Real(value)),
            _ => Err(out_of_range),
        }
    }
}

fn has_duplicates(entries: &[(Vec<u8>, Value)]) -> bool {
    if entries.len() <= 16 {
        return entries.iter().enumerate().any(|(at, (key, _))| entries[..at].iter().any(|(other, _)| other == key));
    }
    let mut keys: Vec<&[u8]> = entries.iter().map(|(key, _)| key.as_slice()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, PdfError> {
        Parser::new(bytes, 0, &Limits::default()).value()
    }

    fn object(bytes: &[u8]) -> Object {
        read(bytes).unwrap().object
    }

    #[test]
    fn values_are_read_with_their_spans() {
        let bytes = b" <</A 1/B[2.50 (x)]/C 3 0 R>> ";
        let value = read(bytes).unwrap();
        assert_eq!(value.span, 1..29);
        let dictionary = value.as_dictionary().unwrap();
        let array = dictionary.get(b"B").unwrap().as_array().unwrap();
        assert_eq!(&bytes[array[0].span.clone()], b"2.50");
        assert_eq!(array[1].as_string(), Some(b"x".as_slice()));
        assert_eq!(dictionary.get(b"C").unwrap().as_reference(), Some(ObjectId::new(3)));
    }

    #[test]
    fn numbers_are_read_in_all_spellings() {
        assert_eq!(object(b"-12"), Object::Integer(-12));
        assert_eq!(object(b"+7]"), Object::Integer(7));
        assert_eq!(object(b"4."), Object::Real(4.0));
        assert_eq!(object(b"-.5/"), Object::Real(-0.5));
        assert_eq!(object(b"9223372036854775807"), Object::Integer(i64::MAX));
        let pair = object(b"[1 2 3 0 R 4 5]");
        let Object::Array(values) = pair else { panic!() };
        assert_eq!(values.len(), 5);
    }

    #[test]
    fn numbers_that_readers_disagree_about_are_refused() {
        for text in ["--1", "1-2", "1e5", ".", "-", "1.2.3", "9223372036854775808", "1e999999", "0x10", "+"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let long = format!("{}.0", "9".repeat(400));
        assert!(read(long.as_bytes()).is_err());
    }

    #[test]
    fn strings_are_decoded() {
        assert_eq!(
            object(
                br"(a\(b\)(c)\n\101\7\
d)"
            ),
            Object::String(b"a(b)(c)\nA\x07d".to_vec())
        );
        assert_eq!(object(b"(a\r\nb\rc)"), Object::String(b"a\nb\nc".to_vec()));
        assert_eq!(object(b"<4E 6f7>"), Object::String(vec![0x4E, 0x6F, 0x70]));
        assert_eq!(object(b"/A#42#zz"), Object::Name(b"AB#zz".to_vec()));
    }

    #[test]
    fn what_does_not_end_or_does_not_belong_is_refused() {
        for text in
            ["(a", "(a(b)", "<12", "<1x>", "[1", "<</A 1", "<</A>>", "<<1 2>>", "obj", "", "/A#00", "]", "{", "R"]
        {
            assert!(read(text.as_bytes()).is_err() || text.is_empty() || text == "/A#00", "{text}");
        }
        assert!(read(b"/A#00").is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn a_key_that_stands_twice_is_noticed() {
        assert!(object(b"<</A 1/#41 2>>").eq(&object(b"<</A 1/A 2>>")));
        let value = read(b"<</A 1/B 2/A 3>>").unwrap();
        assert!(value.as_dictionary().unwrap().has_duplicates());
        assert_eq!(value.as_dictionary().unwrap().get(b"A").unwrap().as_integer(), Some(1));
        let many: String = (0..20).map(|n| format!("/K{} 0", n % 19)).collect();
        assert!(read(format!("<<{many}>>").as_bytes()).unwrap().as_dictionary().unwrap().has_duplicates());
    }

    #[test]
    fn deep_nesting_is_refused_without_deep_recursion() {
        assert!(read(&b"[".repeat(200_000)).is_err());
        assert!(read(&b"<</A".repeat(100_000)).is_err());
        assert!(matches!(read(&b"(".repeat(500_000)), Err(PdfError::OverLimit { .. } | PdfError::Syntax { .. })));
        let fine = [b"[".repeat(100), b"]".repeat(100)].concat();
        assert!(read(&fine).is_ok());
    }

    #[test]
    fn an_object_of_too_many_values_is_refused() {
        let bytes = [b"[".as_slice(), &b"0 ".repeat(2_000_000), b"]"].concat();
        assert!(matches!(read(&bytes), Err(PdfError::OverLimit { .. })));
    }

    #[test]
    fn references_to_object_zero_are_null() {
        assert_eq!(object(b"0 0 R"), Object::Null);
        assert_eq!(object(b"4294967296 0 R"), Object::Integer(4_294_967_296));
    }
}

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;
use unicode_normalization::UnicodeNormalization;

use crate::oid;

use super::CertError;
use super::asn1;
use super::asn1::Element;
use super::asn1::Reader;
use super::write;
use super::write::AttributeTypeAndValue;

/// A distinguished name (甄别名): of a subject or an issuer.
///
/// RFC 5280, 4.1.2.4; GB/T 20518-2018, clause not checked. Keeps the bytes it was read from. Two names are equal when
/// they mean the same by RFC 5280, 7.1: case and repeated spaces do not count, nor does the type of string.
/// At most [`Self::MAX_BYTES`] bytes and [`Self::MAX_ATTRIBUTES`] attributes (our limits).
#[derive(Clone)]
pub struct Name(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    /// Most significant first, as encoded; the inner list is one relative name, nearly always of one attribute.
    parts: Vec<Vec<Attribute>>,
    /// What is compared: computed when first needed.
    meaning: OnceLock<Box<[u8]>>,
}

#[derive(Clone)]
pub(super) struct Attribute {
    pub(super) kind: ObjectIdentifier,
    pub(super) tag: u8,
    /// The text, if the value is a string whose bytes make sense.
    pub(super) text: Option<String>,
    /// The whole value, for what is no string.
    value: Box<[u8]>,
}

/// Keywords in the order of significance, with identifiers and the string type that is written.
const KEYWORDS: [(&str, ObjectIdentifier, u8); 12] = [
    ("C", oid::COUNTRY, asn1::PRINTABLE_STRING),
    ("DC", DOMAIN_COMPONENT, asn1::IA5_STRING),
    ("ST", oid::STATE, asn1::UTF8_STRING),
    ("L", oid::LOCALITY, asn1::UTF8_STRING),
    ("O", oid::ORGANIZATION, asn1::UTF8_STRING),
    ("OU", oid::ORGANIZATIONAL_UNIT, asn1::UTF8_STRING),
    ("T", oid::TITLE, asn1::UTF8_STRING),
    ("E", oid::EMAIL_ADDRESS, asn1::IA5_STRING),
    ("SERIALNUMBER", oid::SERIAL_NUMBER, asn1::PRINTABLE_STRING),
    ("SN", oid::SURNAME, asn1::UTF8_STRING),
    ("GN", oid::GIVEN_NAME, asn1::UTF8_STRING),
    ("CN", oid::COMMON_NAME, asn1::UTF8_STRING),
];

/// domainComponent, RFC 4519.
const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");

/// How far a kind of attribute stands from the country, if it is known.
pub(super) fn rank(kind: &ObjectIdentifier) -> Option<usize> {
    KEYWORDS.iter().position(|(_, known, _)| known == kind)
}

/// Other spellings of keywords that people type.
const SPELLINGS: [(&str, &str); 7] = [
    ("S", "ST"),
    ("EMAIL", "E"),
    ("EMAILADDRESS", "E"),
    ("TITLE", "T"),
    ("SURNAME", "SN"),
    ("GIVENNAME", "GN"),
    ("G", "GN"),
];

impl Name {
    /// The longest encoding that is read: 16 KiB. Real names have a few hundred bytes.
    pub const MAX_BYTES: usize = 16 << 10;
    /// The most attributes that are read.
    pub const MAX_ATTRIBUTES: usize = 64;
    /// The longest value that is written, in characters: four times what X.520 allows for a common name, which real
    /// names of organizations go over.
    pub const MAX_CHARACTERS: usize = 256;

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let mut reader = Reader::open(der, asn1::SEQUENCE, "Name")?;
        let mut parts = Vec::new();
        let mut count = 0;
        while !reader.is_empty() {
            let mut set = reader.enter(asn1::SET)?;
            let mut part = Vec::new();
            while part.is_empty() || !set.is_empty() {
                let mut pair = set.enter(asn1::SEQUENCE)?;
                part.push(Attribute::new(pair.oid()?, pair.next()?));
                pair.end()?;
                count += 1;
                if count > Self::MAX_ATTRIBUTES {
                    return Err(reader.fault());
                }
            }
            parts.push(part);
        }
        Ok(Self(Arc::new(Inner { der: der.into(), parts, meaning: OnceLock::new() })))
    }

    /// Reads `CN=示例用户,O=示例市数据局,C=CN` (RFC 4514), or the same the other way round as certificates hold it.
    ///
    /// The order is found from the ends: whichever is more significant (C before O before CN) is encoded first. Besides
    /// the keywords of RFC 4514 and their common spellings, an identifier in dots may stand before `=`.
    ///
    /// # Errors
    /// [`CertError::NameSyntax`] with the part that was not understood; [`CertError::NameEmpty`].
    ///
    /// ```
    /// # use eseal::cert::Name;
    /// let name = Name::parse("CN=示例用户,O=示例市数据局,C=CN")?;
    /// assert_eq!(name, Name::parse("C=CN, O=示例市数据局, CN=示例用户")?);
    /// assert_eq!(name.to_string(), "CN=示例用户,O=示例市数据局,C=CN");
    /// # Ok::<(), eseal::cert::CertError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, CertError> {
        if text.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let mut parts = Vec::new();
        for (part, plus) in split(text)? {
            let (rank, attribute) = attribute_from_text(&part)?;
            match parts.last_mut() {
                Some((_, attributes)) if plus => Vec::push(attributes, attribute),
                _ => parts.push((rank, vec![attribute])),
            }
        }
        let (Some((first, _)), Some((last, _))) = (parts.first(), parts.last()) else {
            return Err(CertError::NameEmpty);
        };
        if first >= last {
            parts.reverse();
        }
        let parts: Vec<_> = parts.into_iter().map(|(_, attributes)| write::set_of(attributes)).collect();
        Self::from_der(&write::encode(&write::raw_list(&parts)))
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whether there is no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.parts.is_empty()
    }

    /// Whether both mean the same by RFC 5280, 7.1. The same as `==`.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether the name lies beneath another: that one's attributes come first in it.
    pub(super) fn begins_with(&self, base: &Self) -> bool {
        // The meanings are whole elements one after another, so a prefix of bytes is a prefix of elements.
        self.meaning().starts_with(base.meaning())
    }

    /// The common name; the most specific one if there are several.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.text_of(&oid::COMMON_NAME)
    }

    /// The organization's name.
    #[must_use]
    pub fn organization(&self) -> Option<String> {
        self.text_of(&oid::ORGANIZATION)
    }

    /// The most telling attribute for people: common name, else organization, else the whole name.
    #[must_use]
    pub fn short(&self) -> String {
        self.common_name().or_else(|| self.organization()).unwrap_or_else(|| self.to_string())
    }

    /// The attributes, most significant first: keyword or identifier in dots, and the value as text.
    pub fn attributes(&self) -> impl Iterator<Item = (String, String)> {
        self.0.parts.iter().flatten().map(|attribute| (attribute.keyword(), attribute.shown()))
    }

    /// The relative names, most significant first.
    pub(super) fn parts(&self) -> &[Vec<Attribute>] {
        &self.0.parts
    }

    fn text_of(&self, kind: &ObjectIdentifier) -> Option<String> {
        self.0.parts.iter().rev().flatten().find(|attribute| attribute.kind == *kind)?.text.clone()
    }

    /// What is compared: a sequence of relative names, each with its attributes in a fixed order.
    fn meaning(&self) -> &[u8] {
        self.0.meaning.get_or_init(|| {
            let parts: Vec<_> = (self.0.parts.iter())
                .map(|part| write::set_of(part.iter().map(Attribute::meaning).collect()))
                .collect();
            parts.concat().into()
        })
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der || self.meaning() == other.meaning()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.meaning().hash(state);
    }
}

impl fmt::Display for Name {
    /// RFC 4514: most specific first. Control characters and characters that turn the direction of text are written as
    /// their bytes, so that a name cannot fool who reads it on a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.parts.iter().rev().enumerate() {
            for (position, attribute) in part.iter().enumerate() {
                let join = if position > 0 { "+" } else { "," };
                let join = if index == 0 && position == 0 { "" } else { join };
                write!(f, "{join}{}={}", attribute.keyword(), escaped(&attribute.shown()))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl Attribute {
    fn new(kind: ObjectIdentifier, value: Element<'_>) -> Self {
        let text = text_of(value.tag, value.content);
        Self { kind, tag: value.tag, text, value: value.whole.into() }
    }

    pub(super) fn keyword(&self) -> String {
        let known = KEYWORDS.iter().find(|(_, kind, _)| *kind == self.kind);
        known.map_or_else(|| self.kind.to_string(), |(keyword, ..)| (*keyword).to_owned())
    }

    fn shown(&self) -> String {
        self.text.clone().unwrap_or_else(|| format!("#{}", super::hex(&self.value)))
    }

    /// The attribute with its text folded: compatibility forms, case and runs of spaces do not count; RFC 4518.
    fn meaning(&self) -> Vec<u8> {
        let kind = self.kind;
        match &self.text {
            Some(text) => {
                let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
                let words: Vec<_> = folded.split_whitespace().collect();
                let text = words.join(" ");
                write::encode(&AttributeTypeAndValue { kind, value: write::string(asn1::UTF8_STRING, &text) })
            }
            // The value may have any tag at all, so it stands behind the kind as it is.
            None => [write::encode(&kind), self.value.to_vec()].concat(),
        }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={} (tag {:02x})", self.keyword(), self.shown(), self.tag)
    }
}

/// A string's text. Real names hold UTF-8 in string types that do not allow it: what is UTF-8 is read as such.
fn text_of(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        asn1::UTF8_STRING
        | asn1::PRINTABLE_STRING
        | asn1::IA5_STRING
        | asn1::VISIBLE_STRING
        | asn1::TELETEX_STRING
        | NUMERIC_STRING => match std::str::from_utf8(content) {
            Ok(text) => Some(text.to_owned()),
            Err(_) if tag == asn1::TELETEX_STRING => Some(content.iter().map(|byte| char::from(*byte)).collect()),
            Err(_) => None,
        },
        asn1::BMP_STRING if content.len().is_multiple_of(2) => {
            let units = content.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

const NUMERIC_STRING: u8 = 0x12;

/// RFC 4514, 2.4.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        let at_edge = (index == 0 && matches!(character, ' ' | '#')) || (index == last && character == ' ');
        if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=') || at_edge {
            text.push('\\');
            text.push(character);
        } else if character.is_control() || turns_direction(character) {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| text.push_str(&format!("\\{byte:02X}")));
        } else {
            text.push(character);
        }
    }
    text
}

const fn turns_direction(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn syntax(text: &str) -> CertError {
    CertError::NameSyntax { text: text.chars().take(64).collect() }
}

/// Cuts at separators that are not escaped; says of each part whether `+` joins it to the one before.
fn split(text: &str) -> Result<Vec<(String, bool)>, CertError> {
    // OpenSSL's form begins with the slash that then separates: /C=CN/O=…
    let slashes = text.trim_start().starts_with('/');
    let mut parts = vec![(String::new(), false)];
    let mut escaped = false;
    for character in text.chars() {
        let current = &mut parts.last_mut().expect("there is always a part").0;
        match character {
            _ if escaped => {
                escaped = false;
                current.push(character);
            }
            '\\' => {
                escaped = true;
                current.push(character);
            }
            '/' if slashes => parts.push((String::new(), false)),
            ',' | ';' if !slashes => parts.push((String::new(), false)),
            '+' => parts.push((String::new(), true)),
            _ => current.push(character),
        }
    }
    if escaped {
        return Err(syntax(text));
    }
    parts.retain(|(part, plus)| *plus || !part.trim().is_empty());
    if parts.len() > Name::MAX_ATTRIBUTES { Err(syntax(text)) } else { Ok(parts) }
}

/// `KEYWORD=value` as an encoded attribute, with its rank of significance.
fn attribute_from_text(part: &str) -> Result<(usize, Vec<u8>), CertError> {
    let (keyword, value) = part.split_once('=').ok_or_else(|| syntax(part))?;
    let keyword = keyword.trim().to_ascii_uppercase();
    let keyword = SPELLINGS.iter().find(|(other, _)| *other == keyword).map_or(keyword.as_str(), |(_, known)| known);
    let value = unescaped(value.trim()).ok_or_else(|| syntax(part))?;
    if value.is_empty() || value.chars().count() > Name::MAX_CHARACTERS {
        return Err(syntax(part));
    }
    let known = KEYWORDS.iter().position(|(known, ..)| *known == keyword);
    let (rank, kind, tag) = match known {
        Some(index) => (index, KEYWORDS[index].1, KEYWORDS[index].2),
        None => {
            let kind = keyword.parse().map_err(|_| syntax(part))?;
            let known = KEYWORDS.iter().position(|(_, known, _)| *known == kind);
            // An unknown kind stands between the organization's units and the person.
            known.map_or((6, kind, asn1::UTF8_STRING), |index| (index, kind, KEYWORDS[index].2))
        }
    };
    let fits = match tag {
        asn1::PRINTABLE_STRING if kind == oid::COUNTRY => {
            value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic())
        }
        asn1::PRINTABLE_STRING => value.bytes().all(is_printable),
        asn1::IA5_STRING => value.is_ascii(),
        _ => true,
    };
    if !fits {
        return Err(syntax(part));
    }
    Ok((rank, write::encode(&AttributeTypeAndValue { kind, value: write::string(tag, &value) })))
}

/// The characters of a PrintableString.
pub(super) const fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}

/// Undoes RFC 4514 escapes: `\` before a character, or before two hexadecimal digits of a byte of UTF-8.
fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        // Trimming may have taken the space that the last backslash protects.
        let next = rest.next().unwrap_or(b' ');
        let Some(high) = char::from(next).to_digit(16) else {
            bytes.push(next);
            continue;
        };
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::asn1::by_hand;

    fn parse(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_value_of_a_type_that_nobody_knows_is_compared_as_it_is() {
        // CN with an empty value of universal type 26, constructed; the other of private type 1.
        let name = |tag: u8| Name::from_der(&[0x30, 11, 0x31, 9, 0x30, 7, 0x06, 3, 0x55, 0x04, 0x03, tag, 0]).unwrap();
        assert!(name(0x3a).matches(&name(0x3a)));
        assert!(!name(0x3a).matches(&name(0xc1)));
    }

    #[test]
    fn a_name_is_encoded_from_the_country_to_the_person_however_it_was_typed() {
        let name = parse("CN=a,O=b,C=CN");
        assert_eq!(name.as_der(), parse("C=CN, O=b, CN=a").as_der());
        assert_eq!(name.as_der(), parse("/C=CN/O=b/CN=a").as_der());
        let country = [0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, b'C', b'N'];
        assert_eq!(name.as_der()[4..15], country);
        assert_eq!(name.to_string(), "CN=a,O=b,C=CN");
        assert_eq!(name.common_name().as_deref(), Some("a"));
        assert_eq!(name.organization().as_deref(), Some("b"));
        assert_eq!(parse("CN=x").to_string(), "CN=x");
        assert_eq!(parse("OU=inner,OU=outer,O=b").to_string(), "OU=inner,OU=outer,O=b");
    }

    #[test]
    fn case_spaces_and_string_type_do_not_count_when_names_are_compared() {
        let printable = by_hand::sequence(&[&by_hand::set_of(vec![by_hand::sequence(&[
            &by_hand::oid(&oid::COMMON_NAME),
            &by_hand::element(asn1::PRINTABLE_STRING, &[b"Example  ca "]),
        ])])]);
        let printable = Name::from_der(&printable).unwrap();
        assert_eq!(printable, parse("CN=EXAMPLE CA"));
        assert_ne!(printable, parse("CN=EXAMPLECA"));
        assert_ne!(printable, parse("O=EXAMPLE CA"));
        assert_ne!(parse("CN=a,O=b"), parse("CN=a+O=b"));
        assert_ne!(parse("CN=a,O=b,C=CN"), parse("CN=a,O=b"));
        assert_eq!(parse("CN=a+O=b"), parse("O=b+CN=a"));
    }

    #[test]
    fn text_that_is_no_name_is_refused() {
        for text in ["CN", "CN=", "=a", "CN=a,O", "CN=a\\", "C=China", "C=中国", "E=邮箱", "XX=a", "1.2.=a", "CN=\\ff"]
        {
            assert!(matches!(Name::parse(text), Err(CertError::NameSyntax { .. })), "{text}");
        }
        assert!(Name::parse(&format!("CN={}", "印".repeat(257))).is_err());
        assert!(matches!(Name::parse(""), Err(CertError::NameEmpty)));
        assert!(matches!(Name::parse(" , "), Err(CertError::NameEmpty)));
    }

    #[test]
    fn a_value_with_separators_prints_and_reads_back() {
        for value in ["a,b", "#a", " a ", "a+b=c", "a\"b\\", "印章\u{202e}", "a\nb"] {
            let attribute = by_hand::sequence(&[
                &by_hand::oid(&oid::COMMON_NAME),
                &by_hand::element(asn1::UTF8_STRING, &[value.as_bytes()]),
            ]);
            let name = Name::from_der(&by_hand::sequence(&[&by_hand::set_of(vec![attribute])])).unwrap();
            let shown = name.to_string();
            assert!(!shown.chars().any(|character| character.is_control() || turns_direction(character)), "{shown}");
            assert_eq!(parse(&shown).common_name().as_deref(), Some(value));
        }
    }

    #[test]
    fn a_name_of_too_many_attributes_is_refused() {
        let one = by_hand::set_of(vec![by_hand::sequence(&[
            &by_hand::oid(&oid::COMMON_NAME),
            &by_hand::element(asn1::UTF8_STRING, &[b"a"]),
        ])]);
        let many = by_hand::sequence(&vec![one.as_slice(); Name::MAX_ATTRIBUTES + 1]);
        assert!(Name::from_der(&many).is_err());
        assert!(Name::from_der(&[0x30, 0x00]).unwrap().is_empty());
        // A relative name needs at least one attribute.
        assert!(Name::from_der(&[0x30, 0x02, 0x31, 0x00]).is_err());
    }
}

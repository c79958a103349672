use std::fmt::Write;

use crate::Lang;
use crate::time::Instant;

use super::Key;

/// One part of a file and the parts inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is called.
    pub key: Key,
    /// What it says of itself.
    pub value: Value,
    /// What is inside, in the order of the file.
    pub children: Vec<Node>,
}

impl Node {
    pub(super) fn new(key: Key, value: impl Into<Value>) -> Self {
        Self { key, value: value.into(), children: Vec::new() }
    }

    pub(super) fn group(key: Key) -> Self {
        Self { key, value: Value::Nothing, children: Vec::new() }
    }

    /// Adds a part.
    pub(super) fn with(mut self, key: Key, value: impl Into<Value>) -> Self {
        self.push(Self::new(key, value));
        self
    }

    /// Adds a part if there is something to say.
    pub(super) fn maybe(self, key: Key, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(super) fn push(&mut self, node: Self) {
        self.children.push(node);
    }

    pub(super) fn and(mut self, node: Self) -> Self {
        self.push(node);
        self
    }

    /// Adds a part if it is there.
    pub(super) fn and_maybe(self, node: Option<Self>) -> Self {
        match node {
            Some(node) => self.and(node),
            None => self,
        }
    }

    /// Adds a group of parts, at most so many, and how many were left out; nothing when there are none.
    pub(super) fn list(self, key: Key, most: usize, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut group = Self::group(key);
        let mut parts = parts.into_iter();
        group.children.extend(parts.by_ref().take(most));
        let left = parts.count();
        if left > 0 {
            group.push(Self::new(Key::More, left));
        }
        if group.children.is_empty() { self } else { self.and(group) }
    }

    /// The first part with this key, directly inside.
    #[must_use]
    pub fn child(&self, key: Key) -> Option<&Self> {
        self.children.iter().find(|child| child.key == key)
    }
}

/// What a part says of itself. Texts are as they stand in the file: whoever shows them to a person uses
/// [`Value::to_text`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing besides what is inside.
    Nothing,
    /// Text out of the file.
    Text(String),
    /// A whole number.
    Number(i128),
    /// Numbers that belong together, such as a size or a rectangle.
    Numbers(Vec<f64>),
    /// Yes or no.
    Flag(bool),
    /// Bytes; the first [`Value::MAX_BYTES`] of them.
    Bytes {
        /// The first bytes.
        first: Vec<u8>,
        /// How many there are.
        total: usize,
    },
    /// An instant.
    Time(Instant),
    /// An object identifier, and its name if it is known here.
    Oid {
        /// In dots.
        dotted: String,
        /// As the standards call it.
        name: Option<&'static str>,
    },
    /// A word of a closed vocabulary.
    Word {
        /// The stable word.
        word: &'static str,
        /// Its label in Chinese.
        zh: &'static str,
        /// Its label in English.
        en: &'static str,
    },
}

impl Value {
    /// The most bytes of a value that are kept: enough for any digest, key or signature value.
    pub const MAX_BYTES: usize = 128;

    pub(super) fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes { first: bytes[..bytes.len().min(Self::MAX_BYTES)].to_vec(), total: bytes.len() }
    }

    pub(super) fn word(word: &'static str, label: impl Fn(Lang) -> &'static str) -> Self {
        Self::Word { word, zh: label(Lang::ZhCn), en: label(Lang::En) }
    }

    pub(super) fn oid(dotted: &str) -> Self {
        let name = const_oid::ObjectIdentifier::new(dotted).ok().and_then(|oid| crate::oid::name(&oid));
        Self::Oid { dotted: dotted.to_owned(), name }
    }

    /// For a person: one line, with control characters and what turns the direction of writing made visible.
    #[must_use]
    pub fn to_text(&self, lang: Lang) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => visible(text),
            Self::Number(number) => number.to_string(),
            Self::Numbers(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(|number| short(*number)).collect();
                numbers.join(" ")
            }
            Self::Flag(flag) => if *flag { lang.pick("是", "yes") } else { lang.pick("否", "no") }.to_owned(),
            Self::Bytes { first, total } => {
                let hex = hex(first);
                match (first.len() < *total, lang) {
                    (false, _) => hex,
                    (true, Lang::ZhCn) => format!("{hex}…（共 {total} 字节）"),
                    (true, Lang::En) => format!("{hex}… ({total} bytes)"),
                }
            }
            Self::Time(at) => at.to_rfc3339(),
            Self::Oid { dotted, name: None } => dotted.clone(),
            Self::Oid { dotted, name: Some(name) } => format!("{dotted} ({name})"),
            Self::Word { zh, en, .. } => lang.pick(zh, en).to_owned(),
        }
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

/// At most two digits after the point: hundredths of a millimetre are enough.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            write!(shown, "\\u{{{:x}}}", u32::from(letter)).expect("a String takes everything");
        } else {
            shown.push(letter);
        }
        shown
    })
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::bytes(bytes)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Instant> for Value {
    fn from(at: Instant) -> Self {
        Self::Time(at)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i128::try_from(number).unwrap_or(i128::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_sees_is_one_line_without_tricks() {
        let text = |value: Value| value.to_text(Lang::En);
        assert_eq!(text(Value::Text("a\nb\u{202e}c\u{1b}".into())), "a\\u{a}b\\u{202e}c\\u{1b}");
        assert_eq!(text(Value::Numbers(vec![40.0, 12.345, 0.5])), "40 12.35 0.5");
        assert_eq!(text(Value::oid("1.2.156.10197.1.501")), "1.2.156.10197.1.501 (SM2_WITH_SM3)");
        assert_eq!(text(Value::bytes(&[0xab; 3])), "ababab");
        assert!(text(Value::bytes(&[0; 200])).ends_with("… (200 bytes)"));
        assert_eq!(Value::Flag(true).to_text(Lang::ZhCn), "是");
    }

    #[test]
    fn a_long_list_says_how_many_it_leaves_out() {
        let node = Node::group(Key::Pdf).list(Key::Pages, 2, (0..5_u32).map(|page| Node::new(Key::Page, page)));
        let pages = node.child(Key::Pages).unwrap();
        assert_eq!(pages.children.len(), 3);
        assert_eq!(pages.child(Key::More).unwrap().value, Value::Number(3));
    }
}

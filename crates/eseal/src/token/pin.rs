use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::Lang;

use super::TokenError;
use super::common_pins::COMMON;

/// A PIN (口令) as a person typed it: Unicode in form NFC, wiped when dropped, printed as `[redacted]`.
///
/// Making one says nothing about its strength: what a *new* PIN must be is asked when it is set.
pub struct Pin(Zeroizing<String>);

/// What is wrong with a new PIN.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// Nothing was typed.
    Empty,
    /// Longer than any person types.
    TooLong,
    /// It holds a control character: probably not typed at all.
    ControlCharacter,
    /// Shorter than the token's policy asks for.
    TooShort {
        /// Fewest characters.
        least: u32,
    },
    /// Among the PINs that are tried first.
    Common,
    /// One or two characters, or a short piece, again and again.
    Repeated,
    /// Neighbours in the alphabet, in counting or on the keyboard.
    Sequence,
    /// A calendar date in digits.
    Date,
    /// One of the holder's own numbers, or part of it.
    HolderNumber,
}

impl PinFault {
    /// What is wrong, in words.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Empty => lang.pick("口令为空", "it is empty"),
            Self::TooLong => lang.pick("口令过长", "it is too long"),
            Self::ControlCharacter => lang.pick("口令含有控制字符", "it holds a control character"),
            Self::TooShort { .. } => lang.pick("口令过短", "it is too short"),
            Self::Common => lang.pick("口令过于常见", "it is among the most common"),
            Self::Repeated => lang.pick("口令只是重复", "it only repeats itself"),
            Self::Sequence => lang.pick("口令是顺序字符", "it is a plain sequence"),
            Self::Date => lang.pick("口令是日期", "it is a date"),
            Self::HolderNumber => lang.pick("口令取自持有人的号码", "it is a number of the holder"),
        }
    }
}

impl Pin {
    /// The longest PIN that is taken, in bytes of UTF-8: more than anybody types.
    pub const MAX_BYTES: usize = 1024;

    /// Takes what was typed.
    ///
    /// # Errors
    /// [`TokenError::WeakPin`] when it is empty, over [`Self::MAX_BYTES`], or holds a control character.
    pub fn new(typed: &str) -> Result<Self, TokenError> {
        let fault = match typed {
            "" => Some(PinFault::Empty),
            typed if typed.len() > Self::MAX_BYTES => Some(PinFault::TooLong),
            typed if typed.chars().any(char::is_control) => Some(PinFault::ControlCharacter),
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(TokenError::WeakPin { fault });
        }
        // NFC at most triples the bytes; room for all at once, since a string that grows leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(3 * typed.len()));
        typed.nfc().for_each(|letter| text.push(letter));
        Ok(Self(text))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Asks whether it may become the PIN of a token.
    ///
    /// `holder_numbers` are numbers that are known of the holder (telephone, identity card, employee number): a PIN that
    /// is one, holds one or lies in one is refused.
    ///
    /// # Errors
    /// [`TokenError::WeakPin`] with the first fault found.
    pub fn check_strength(&self, least: u32, holder_numbers: &[&str]) -> Result<(), TokenError> {
        self.fault(least, holder_numbers).map_or(Ok(()), |fault| Err(TokenError::WeakPin { fault }))
    }

    fn fault(&self, least: u32, holder_numbers: &[&str]) -> Option<PinFault> {
        let mut letters = Zeroizing::new(Vec::with_capacity(self.0.len()));
        letters.extend(self.0.chars());
        if (letters.len() as u64) < u64::from(least) {
            return Some(PinFault::TooShort { least });
        }
        let mut lower = Zeroizing::new(String::with_capacity(self.0.len()));
        letters.iter().for_each(|letter| lower.push(letter.to_ascii_lowercase()));
        if COMMON.contains(&lower.as_str()) || is_dressed_up(&lower) {
            return Some(PinFault::Common);
        }
        if repeats(&letters) {
            return Some(PinFault::Repeated);
        }
        if is_sequence(&letters, &lower) {
            return Some(PinFault::Sequence);
        }
        if is_date(&letters) {
            return Some(PinFault::Date);
        }
        let of_holder = |number: &&str| {
            let number = number.trim().to_ascii_lowercase();
            // A number of three digits lies in half of all PINs.
            number.len() >= 4 && (lower.contains(&number) || number.contains(lower.as_str()))
        };
        holder_numbers.iter().any(of_holder).then_some(PinFault::HolderNumber)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin([redacted])")
    }
}

/// The words that most of the commonest PINs are made of, with digits and signs around them.
const BASES: [&str; 40] = [
    "password",
    "passwd",
    "passwort",
    "admin",
    "administrator",
    "root",
    "guest",
    "user",
    "test",
    "login",
    "welcome",
    "letmein",
    "iloveyou",
    "woaini",
    "qwerty",
    "qwertyuiop",
    "asdfgh",
    "asdfghjkl",
    "zxcvbn",
    "zxcvbnm",
    "abc",
    "abcd",
    "abcdef",
    "monkey",
    "dragon",
    "master",
    "football",
    "sunshine",
    "princess",
    "huawei",
    "taobao",
    "alibaba",
    "tencent",
    "baidu",
    "zhongguo",
    "beijing",
    "shanghai",
    "caonima",
    "changeme",
    "default",
];

/// One of those words, letters perhaps written as digits, with up to six digits and signs before and behind it: the
/// thousands of PINs that are tried after the commonest.
fn is_dressed_up(lower: &str) -> bool {
    let word = lower.trim_matches(|letter: char| letter.is_ascii() && !letter.is_ascii_alphabetic());
    let mut plain = Zeroizing::new(String::with_capacity(word.len()));
    word.chars().for_each(|letter| {
        plain.push(match letter {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            letter => letter,
        });
    });
    lower.len() - word.len() <= 6 && BASES.contains(&plain.as_str())
}

/// A piece of up to four characters again and again, or no more than two different characters.
fn repeats(letters: &[char]) -> bool {
    let of_pieces = (1..=4).any(|piece| {
        letters.len() >= 2 * piece && letters.iter().zip(&letters[piece..]).all(|(one, other)| one == other)
    });
    let first = letters[0];
    let second = letters.iter().find(|letter| **letter != first);
    of_pieces || letters.iter().all(|letter| *letter == first || Some(letter) == second)
}

/// The keyboard by rows and by columns.
const KEYBOARD: [&str; 3] =
    ["1234567890qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qweasdzxcrtyfghvbn"];

/// Neighbours by code point, up or down, or along the keyboard, in either direction.
fn is_sequence(letters: &[char], lower: &str) -> bool {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let by_code = [1, -1].iter().any(|wanted| letters.windows(2).all(|pair| step(pair) == *wanted));
    let backwards = Zeroizing::new(lower.chars().rev().collect::<String>());
    by_code || KEYBOARD.iter().any(|row| row.contains(lower) || row.contains(backwards.as_str()))
}

/// Eight digits `YYYYMMDD` or `DDMMYYYY` of the years 1900 to 2099: about 150,000 in all, a few seconds of guessing.
fn is_date(letters: &[char]) -> bool {
    if letters.len() != 8 || !letters.iter().all(char::is_ascii_digit) {
        return false;
    }
    let number = |from: usize, to: usize| {
        letters[from..to].iter().fold(0, |sum, letter| sum * 10 + letter.to_digit(10).unwrap_or_default())
    };
    let dates = |year: u32, month: u32, day: u32| {
        (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    dates(number(0, 4), number(4, 6), number(6, 8)) || dates(number(4, 8), number(2, 4), number(0, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(pin: &str) -> Option<PinFault> {
        Pin::new(pin).unwrap().fault(8, &["13812345678", "330106199001011234", "12"])
    }

    #[test]
    fn an_ordinary_pin_may_be_set() {
        for pin in ["correct horse battery", "密码Pass-2026", "x7k2m9qa", "demo-stamper-2026", "一二三四五六七八九"]
        {
            assert_eq!(fault(pin), None, "{pin}");
        }
    }

    #[test]
    fn what_is_guessed_first_may_not_be_set() {
        for (pin, expected) in [
            ("1234567", PinFault::TooShort { least: 8 }),
            ("密码密码密码密", PinFault::TooShort { least: 8 }),
            ("password", PinFault::Common),
            ("Passw0rd", PinFault::Common),
            ("woaini1314", PinFault::Common),
            ("Password2026", PinFault::Common),
            ("P@ssw0rd#26", PinFault::Common),
            ("888admin888", PinFault::Common),
            ("aaaaaaaa", PinFault::Repeated),
            ("00000001", PinFault::Repeated),
            ("12121212", PinFault::Repeated),
            ("20262026202", PinFault::Repeated),
            ("23456789", PinFault::Sequence),
            ("hgfedcba", PinFault::Sequence),
            ("sdfghjkl", PinFault::Sequence),
            ("2wsx3edc", PinFault::Sequence),
            ("19491001", PinFault::Date),
            ("24112026", PinFault::Date),
            ("13812345678", PinFault::HolderNumber),
            ("12345678x", PinFault::Common),
            ("my13812345678", PinFault::HolderNumber),
            ("199001011234", PinFault::HolderNumber),
        ] {
            assert_eq!(fault(pin), Some(expected), "{pin}");
        }
    }

    #[test]
    fn what_nobody_can_have_typed_is_no_pin() {
        for text in ["", "with\nbreak", "nul\0", &"x".repeat(1025)] {
            assert!(matches!(Pin::new(text), Err(TokenError::WeakPin { .. })), "{text:?}");
        }
    }

    #[test]
    fn the_same_letters_typed_in_two_ways_are_the_same_pin() {
        let (composed, decomposed) = (Pin::new("pass-\u{e9}").unwrap(), Pin::new("pass-e\u{301}").unwrap());
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    }

    #[test]
    fn a_pin_prints_redacted() {
        assert_eq!(format!("{:?}", Pin::new("correct horse").unwrap()), "Pin([redacted])");
    }

    #[test]
    fn the_list_of_common_pins_is_in_lower_case_and_not_doubled() {
        let mut list = COMMON.to_vec();
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), COMMON.len());
        assert!(COMMON.iter().all(|pin| pin.to_lowercase() == **pin && pin.len() >= 8), "shorter ones fall by length");
    }
}

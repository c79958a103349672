//! How a PIN is stretched, as the command line says it: `pbkdf2[:ITERATIONS]`, `argon2id[:MEMORY,PASSES[,LANES]]`.

use std::str::FromStr;

use eseal::token::KdfCost;

/// A cost as it was typed, within the limits of what a token may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KdfWord(pub(crate) KdfCost);

/// The text is no cost, or one that is too low or too high.
#[derive(Debug)]
pub(crate) struct NotACost;

impl std::fmt::Display for NotACost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("kdf")
    }
}

impl std::error::Error for NotACost {}

impl FromStr for KdfWord {
    type Err = NotACost;

    fn from_str(text: &str) -> Result<Self, NotACost> {
        let cost = match text.split_once(':') {
            None if text == "pbkdf2" => Some(KdfCost::DEFAULT),
            None if text == "argon2id" => Some(KdfCost::ARGON2ID),
            Some(("pbkdf2", count)) => count.parse().ok().and_then(KdfCost::iterations),
            Some(("argon2id", parameters)) => argon2id(parameters),
            _ => None,
        };
        cost.map(Self).ok_or(NotACost)
    }
}

fn argon2id(parameters: &str) -> Option<KdfCost> {
    let mut parts = parameters.split(',');
    let memory = memory_kib(parts.next()?)?;
    let passes = parts.next().map_or(Some(3), |passes| passes.parse().ok())?;
    let lanes = parts.next().map_or(Some(1), |lanes| lanes.parse().ok())?;
    if parts.next().is_some() { None } else { KdfCost::argon2id(memory, passes, lanes) }
}

/// `64MiB`, `65536KiB`, `1GiB`; a number alone is KiB, as RFC 9106 counts.
fn memory_kib(text: &str) -> Option<u32> {
    let units = [("GiB", 1 << 20), ("MiB", 1 << 10), ("KiB", 1)];
    let found = units.iter().find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)));
    let (number, factor) = found.unwrap_or((text, 1));
    number.parse::<u32>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<String> {
        text.parse::<KdfWord>().ok().map(|word| word.0.to_string())
    }

    #[test]
    fn costs_are_read_as_they_are_written() {
        for (text, expected) in [
            ("pbkdf2", "PBKDF2-HMAC-SM3 × 1000000"),
            ("pbkdf2:2500000", "PBKDF2-HMAC-SM3 × 2500000"),
            ("argon2id", "Argon2id 64 MiB × 3"),
            ("argon2id:128MiB", "Argon2id 128 MiB × 3"),
            ("argon2id:1GiB,4", "Argon2id 1024 MiB × 4"),
            ("argon2id:65537KiB,5,2", "Argon2id 65537 KiB × 5, 2 lanes"),
            ("argon2id:65536,3,1", "Argon2id 64 MiB × 3"),
        ] {
            assert_eq!(told(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_cheaper_than_the_default_dearer_than_is_done_or_no_cost_is_refused() {
        for text in [
            "",
            "scrypt",
            "pbkdf2:",
            "pbkdf2:999999",
            "pbkdf2:10000001",
            "pbkdf2:-1",
            "argon2id:",
            "argon2id:63MiB",
            "argon2id:64MiB,2",
            "argon2id:64MiB,3,0",
            "argon2id:64MiB,3,1,1",
            "argon2id:2GiB",
            "argon2id:4294967295GiB",
            "argon2id:1GiB,9",
            "argon2id:64MB",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}

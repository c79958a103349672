//! Secrets that people write down and read aloud: base32 (RFC 4648, 6) in groups of four.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Bytes in groups of five, as text in groups of four characters; bytes beyond the last whole group are left out. Wipes
/// itself.
pub(crate) fn to_base32(bytes: &[u8]) -> Zeroizing<String> {
    // Room for all at once: a string that grows leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for (group, five) in bytes.chunks_exact(5).enumerate() {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for digit in 0..8 {
            if digit == 4 || (digit == 0 && group > 0) {
                text.push('-');
            }
            text.push(char::from(ALPHABET[(bits >> (35 - 5 * digit) & 31) as usize]));
        }
    }
    text
}

/// Reads as many bytes, a multiple of five, as they were written down: case, spaces and dashes do not matter. `None` when
/// there are more, or fewer, or other characters.
pub(crate) fn from_base32<const N: usize>(typed: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    let (mut count, mut bits) = (0_usize, 0_u64);
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let value = ALPHABET.iter().position(|known| char::from(*known) == letter.to_ascii_uppercase())?;
        bits = bits << 5 | value as u64;
        count += 1;
        if count % 8 == 0 {
            let end = count / 8 * 5;
            bytes.get_mut(end - 5..end)?.copy_from_slice(&bits.to_be_bytes()[3..]);
            bits = 0;
        }
    }
    (count == N / 5 * 8).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_again_whatever_its_case_and_spaces() {
        let bytes: [u8; 10] = std::array::from_fn(|at| at as u8 * 25 + 7);
        let text = to_base32(&bytes);
        assert_eq!(text.len(), 19);
        assert_eq!(*from_base32::<10>(&text).unwrap(), bytes);
        assert_eq!(*from_base32::<10>(&text.to_lowercase().replace('-', "  ")).unwrap(), bytes);
        // The vector of RFC 4648, 10.
        assert_eq!(*to_base32(b"fooba"), "MZXW-6YTB");
    }

    #[test]
    fn more_fewer_or_other_characters_are_refused() {
        let text = to_base32(&[9; 10]);
        for wrong in ["", &text[..18], &format!("{}A", *text), &format!("{}AAAAAAAA", *text), &text.replace('B', "1")] {
            assert!(from_base32::<10>(wrong).is_none(), "{wrong}");
        }
    }
}

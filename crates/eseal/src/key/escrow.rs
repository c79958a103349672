//! The encryption key as CFCA sends it (托管加密密钥): encrypted to a temporary key of the request.

use ::der::Sequence;
use ::der::asn1::OctetStringRef;

use crate::der;
use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::sm2_cipher;

use super::Decrypter;
use super::KeyError;
use super::file::base64;

/// An encryption key pair, encrypted to the temporary key that came with a request to CFCA.
///
/// No standard; the form is that of CFCA's SADK: a heading of 80 digits that may be missing, then Base64 of
/// `SEQUENCE { 1, OCTET STRING }` with *x ‖ y ‖ C3 ‖ C2*, which opens to *X ‖ Y ‖ d*.
#[derive(Clone, PartialEq, Eq)]
pub struct EscrowedKey {
    cipher: Vec<u8>,
}

#[derive(Sequence)]
struct Escrow<'a> {
    version: u8,
    cipher: &'a OctetStringRef,
}

/// What stands before the Base64: version and kind, zeros, and its length.
const HEADING: usize = 80;

impl EscrowedKey {
    /// The largest text that is read: 4 KiB, ten times a real one.
    pub const MAX_BYTES: usize = 4 << 10;

    /// Reads the text; commas and white space in it are passed over.
    ///
    /// # Errors
    /// [`KeyError::EnvelopeMalformed`].
    pub fn from_text(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(KeyError::EnvelopeMalformed);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::EnvelopeMalformed)?;
        let text: String = text.chars().filter(|letter| *letter != ',' && !letter.is_ascii_whitespace()).collect();
        let body = match text.split_at_checked(HEADING) {
            Some((heading, body)) if heading.bytes().all(|byte| byte.is_ascii_digit()) => body,
            _ => &text,
        };
        let bytes = base64(body).map_err(|_| KeyError::EnvelopeMalformed)?;
        let escrow: Escrow<'_> = der::decode(&bytes).map_err(|_| KeyError::EnvelopeMalformed)?;
        let cipher = escrow.cipher.as_bytes();
        // x, y, C3 and as many bytes of C2 as X, Y and d have.
        if escrow.version != 1 || cipher.len() != 192 {
            return Err(KeyError::EnvelopeMalformed);
        }
        let (x, rest) = cipher.split_at(32);
        let (y, rest) = rest.split_at(32);
        let (hash, data) = rest.split_at(32);
        Ok(Self { cipher: sm2_cipher(x, y, hash, data).ok_or(KeyError::EnvelopeMalformed)? })
    }

    /// Opens it with the temporary key of the request.
    ///
    /// # Errors
    /// [`KeyError::Sm`] when this key does not open it; [`KeyError::EnvelopeMalformed`]; [`KeyError::Mismatch`] when the
    /// private key inside does not belong to the public key beside it.
    pub fn open(&self, with: &dyn Decrypter) -> Result<SecretKey, KeyError> {
        let plain = with.decrypt(&self.cipher)?;
        if plain.len() != 96 {
            return Err(KeyError::EnvelopeMalformed);
        }
        let (point, scalar) = plain.split_at(64);
        let public = PublicKey::from_sec1(&[&[4], point].concat())?;
        super::secret_key_of(scalar, &public)
    }
}

impl std::fmt::Debug for EscrowedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EscrowedKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sm::SmError;
    use crate::test_support::shared;

    fn key(text: &str) -> SecretKey {
        let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        SecretKey::from_bytes(&(0..text.len()).step_by(2).map(digits).collect::<Vec<_>>()).unwrap()
    }

    fn sample() -> Option<String> {
        Some(std::fs::read_to_string(shared()?.join("samples/vectors/enveloped-key/cfca-escrow.txt")).unwrap())
    }

    #[test]
    fn the_key_that_cfca_sends_opens_with_the_temporary_key() {
        let Some(text) = sample() else { return };
        let temporary = key("cacece36cac24aab94e52bcd5c0f552c95028f2856053135a1e47510b4c307ba");
        let inside = key("f6e02c941a0dfdac58d8b3b1bc1bd136f179741b7465ebc7b0b25bb381840a3b");
        let body = &text[HEADING..];
        let broken = body
            .chars()
            .enumerate()
            .flat_map(|(at, letter)| [letter].into_iter().chain((at % 64 == 63).then_some(',')));
        for form in [text.clone(), body.to_owned(), broken.collect()] {
            let opened = EscrowedKey::from_text(form.as_bytes()).unwrap().open(&temporary).unwrap();
            assert_eq!(*opened.expose(), *inside.expose());
        }
        let refused = EscrowedKey::from_text(text.as_bytes()).unwrap().open(&inside).unwrap_err();
        assert_eq!(refused, KeyError::Sm(SmError::CannotDecrypt));
    }

    #[test]
    fn a_text_that_is_cut_or_something_else_is_refused() {
        let Some(text) = sample() else { return };
        let text = text.trim_end();
        for end in 0..text.len() {
            assert_eq!(EscrowedKey::from_text(&text.as_bytes()[..end]), Err(KeyError::EnvelopeMalformed), "{end}");
        }
        for other in [&b"\xff"[..], b"MAA=", "口".repeat(40).as_bytes(), &[b'0'; EscrowedKey::MAX_BYTES + 1]] {
            assert_eq!(EscrowedKey::from_text(other), Err(KeyError::EnvelopeMalformed));
        }
    }
}

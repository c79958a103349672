use std::fmt;

use zeroize::Zeroizing;

use super::KeyError;

/// The password of a key file (密钥文件口令), as it was typed: other programs made the file, so nothing about it is changed.
///
/// Wipes itself, prints `[redacted]`. May be empty: PKCS #12 files without a password are met.
pub struct Password {
    text: Zeroizing<String>,
    /// Taken as no bytes at all by [`Self::bmp`], not even the two zeros of the end.
    absent: bool,
}

impl Password {
    /// The longest password that is taken, in bytes of UTF-8: more than anybody types.
    pub const MAX_BYTES: usize = 1024;

    /// Takes what was typed.
    ///
    /// # Errors
    /// [`KeyError::PasswordTooLong`].
    pub fn new(typed: &str) -> Result<Self, KeyError> {
        if typed.len() > Self::MAX_BYTES {
            return Err(KeyError::PasswordTooLong { limit: Self::MAX_BYTES });
        }
        Ok(Self { text: Zeroizing::new(typed.to_owned()), absent: false })
    }

    /// No password, which some PKCS #12 files tell from an empty one.
    pub(super) fn absent() -> Self {
        Self { text: Zeroizing::new(String::new()), absent: true }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// UTF-8, as RFC 8018 takes passwords.
    pub(super) fn utf8(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Big-endian UTF-16 with two zero bytes at the end, as RFC 7292, B.1 takes passwords.
    pub(super) fn bmp(&self) -> Zeroizing<Vec<u8>> {
        // Room for all at once: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * self.text.len() + 2));
        for unit in self.text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_be_bytes());
        }
        if !self.absent {
            bytes.extend_from_slice(&[0, 0]);
        }
        bytes
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_its_two_encodings() {
        let password = Password::new("a密").unwrap();
        assert_eq!(password.utf8(), "a密".as_bytes());
        assert_eq!(**password.bmp(), [0, b'a', 0x5b, 0xc6, 0, 0]);
        assert_eq!(**Password::new("").unwrap().bmp(), [0, 0]);
        assert!(Password::absent().bmp().is_empty());
        assert_eq!(format!("{password:?}"), "Password([redacted])");
    }

    #[test]
    fn what_nobody_types_is_refused() {
        assert!(Password::new(&"密".repeat(341)).is_ok());
        assert!(matches!(Password::new(&"a".repeat(1025)), Err(KeyError::PasswordTooLong { limit: 1024 })));
    }
}

use std::fmt;

use zeroize::Zeroizing;

use crate::key::from_base32;
use crate::key::to_base32;
use crate::sm::SmError;

use super::TokenError;
use super::crypto::Key;
use super::crypto::new_key;

/// A secret of 32 bytes that stays on one device (设备密钥), outside the token file.
///
/// A device-bound token does not open without it, so a stolen file alone cannot be guessed at. Wipes itself, prints
/// `[redacted]`.
pub struct DeviceSecret(Key);

impl DeviceSecret {
    /// Makes a new one from the randomness of the operating system.
    ///
    /// # Errors
    /// [`TokenError::Sm`] when there is no randomness.
    pub fn generate() -> Result<Self, TokenError> {
        Ok(Self(new_key()?))
    }

    /// Reads what [`Self::to_text`] wrote: 64 hexadecimal digits, white space around them.
    ///
    /// # Errors
    /// [`TokenError::BadDeviceSecret`].
    pub fn from_text(text: &str) -> Result<Self, TokenError> {
        let digits = text.trim().as_bytes();
        let mut key = Zeroizing::new([0; 32]);
        if digits.len() != 64 {
            return Err(TokenError::BadDeviceSecret);
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = char::from(*digit).to_digit(16).ok_or(TokenError::BadDeviceSecret)?;
                *byte = *byte << 4 | u8::try_from(value).map_err(|_| TokenError::BadDeviceSecret)?;
            }
        }
        Ok(Self(key))
    }

    /// The text to keep in a file that only its owner may read. It wipes itself.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(65));
        for byte in self.0.iter() {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(half.into(), 16).expect("half a byte is a digit"));
            }
        }
        text.push('\n');
        text
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A copy for a session; not `Clone`, so that no other place copies it unseen.
    pub(super) fn copy(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret([redacted])")
    }
}

/// A recovery code (恢复码): 160 random bits that open a token whose PIN is forgotten. Shown once, when the token is made,
/// and kept on paper. Wipes itself, prints `[redacted]`.
pub struct RecoveryCode(Zeroizing<[u8; 20]>);

impl RecoveryCode {
    pub(super) fn generate() -> Result<Self, SmError> {
        let mut bytes = Zeroizing::new([0; 20]);
        crate::sm::random(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The code to write down: eight groups of four, in base32 (RFC 4648, 6). The text wipes itself.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        to_base32(self.bytes())
    }

    /// Reads a code as it was written down: case, spaces and dashes do not matter.
    ///
    /// # Errors
    /// [`TokenError::BadRecoveryCode`] when it is not 32 characters of base32.
    pub fn parse(typed: &str) -> Result<Self, TokenError> {
        from_base32(typed).map(Self).ok_or(TokenError::BadRecoveryCode)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_secret_survives_its_text() {
        let secret = DeviceSecret::generate().unwrap();
        assert_eq!(DeviceSecret::from_text(&secret.to_text()).unwrap().bytes(), secret.bytes());
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            assert!(matches!(DeviceSecret::from_text(text), Err(TokenError::BadDeviceSecret)), "{text}");
        }
    }

    #[test]
    fn a_recovery_code_is_eight_groups_of_four() {
        // RFC 4648, 10: "fooba" is MZXW6YTB.
        let code = RecoveryCode(Zeroizing::new(*b"foobafoobafoobafooba"));
        assert_eq!(*code.reveal(), "MZXW-6YTB-MZXW-6YTB-MZXW-6YTB-MZXW-6YTB");
    }

    #[test]
    fn a_code_on_paper_is_read_however_it_was_typed() {
        let code = RecoveryCode(Zeroizing::new(*b"foobafoobafoobafooba"));
        for typed in [code.reveal().as_str(), " mzxw 6ytb mzxw6ytbMZXW-6YTB-mzxw-6ytb\n"] {
            assert_eq!(RecoveryCode::parse(typed).unwrap().bytes(), code.bytes());
        }
        for typed in ["", "MZXW-6YTB", &"A".repeat(31), &"A".repeat(33), &"0".repeat(32), &"中".repeat(32)] {
            assert!(matches!(RecoveryCode::parse(typed), Err(TokenError::BadRecoveryCode)), "{typed}");
        }
    }

    #[test]
    fn secrets_print_redacted() {
        assert_eq!(format!("{:?}", DeviceSecret(Zeroizing::new([7; 32]))), "DeviceSecret([redacted])");
        assert_eq!(format!("{:?}", RecoveryCode(Zeroizing::new([7; 20]))), "RecoveryCode([redacted])");
    }
}

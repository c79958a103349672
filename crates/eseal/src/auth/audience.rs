use std::fmt;
use std::str::FromStr;

use super::AuthError;

/// Whom a proof is for (认证对象): the address of a service, as its visitors know it.
///
/// Compared byte for byte: `https://a.example` and `https://a.example/` are two audiences. Visible ASCII characters only,
/// at most [`Self::MAX_BYTES`], so that two that look alike are alike; other names are written in their ASCII form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audience(String);

impl Audience {
    /// The longest audience, in bytes: what a host name may have at most.
    pub const MAX_BYTES: usize = 255;

    /// Takes the address of a service.
    ///
    /// # Errors
    /// [`AuthError::BadAudience`] when it is empty, too long, or holds anything but visible ASCII characters.
    pub fn new(text: impl Into<String>) -> Result<Self, AuthError> {
        let text = text.into();
        let sound = (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if sound { Ok(Self(text)) } else { Err(AuthError::BadAudience { most: Self::MAX_BYTES }) }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Audience {
    type Err = AuthError;

    fn from_str(text: &str) -> Result<Self, AuthError> {
        Self::new(text)
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_told_apart_by_eye_is_no_audience() {
        for text in ["", "https://a.example/ b", "https://示例.example", "https://a.example\n", "a\u{200b}b"] {
            assert_eq!(Audience::new(text), Err(AuthError::BadAudience { most: 255 }), "{text:?}");
        }
        assert!(Audience::new("a".repeat(256)).is_err());
        assert_eq!(Audience::new("https://a.example").unwrap().as_str(), "https://a.example");
    }
}

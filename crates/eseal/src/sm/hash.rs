use std::fmt;

use ::sm3::Digest as _;
use hmac::KeyInit;
use hmac::Mac;
use subtle::ConstantTimeEq;

/// An SM3 hash value (杂凑值), 32 bytes; GB/T 32905-2016.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sm3Digest([u8; 32]);

impl Sm3Digest {
    /// Takes 32 bytes as a hash value.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sm3Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sm3Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm3Digest({self})")
    }
}

/// An SM3 computation that takes its message in pieces.
#[derive(Clone, Default)]
pub struct Sm3(::sm3::Sm3);

impl Sm3 {
    /// Begins with nothing hashed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the message.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        self.0.update(piece);
        self
    }

    /// The hash of everything taken.
    #[must_use]
    pub fn finish(self) -> Sm3Digest {
        Sm3Digest(self.0.finalize().into())
    }
}

impl fmt::Debug for Sm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm3")
    }
}

/// SM3 of one message.
#[must_use]
pub fn sm3(message: &[u8]) -> Sm3Digest {
    Sm3Digest(::sm3::Sm3::digest(message).into())
}

/// HMAC-SM3 over the parts one after another.
pub(crate) fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac::Hmac::<::sm3::Sm3>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HKDF (RFC 5869) with HMAC-SM3; at most 255 × 32 bytes of output.
pub(crate) fn hkdf_sm3(secret: &[u8], salt: &[u8], info: &[u8], output: &mut [u8]) {
    hkdf::Hkdf::<::sm3::Sm3>::new(Some(salt), secret)
        .expand(info, output)
        .expect("every output asked for here is shorter than 8160 bytes");
}

/// PBKDF2 (RFC 8018) with HMAC-SM3.
pub(crate) fn pbkdf2_sm3(password: &[u8], salt: &[u8], iterations: u32, output: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<::sm3::Sm3>(password, salt, iterations, output);
}

/// Compares in a time that depends on the lengths alone.
pub(crate) fn ct_eq(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

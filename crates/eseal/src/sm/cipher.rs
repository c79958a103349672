use ctr::cipher::KeyIvInit;
use ctr::cipher::StreamCipher;
use zeroize::Zeroize;
use zeroize::ZeroizeOnDrop;

/// An SM4 key (GB/T 32907-2016), 16 bytes; wipes itself and prints `[redacted]`.
///
/// The cipher beneath uses look-up tables: its time depends on the data (see SECURITY).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Sm4Key([u8; 16]);

impl Sm4Key {
    /// Takes 16 bytes as a key.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Sm4Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sm4Key([redacted])")
    }
}

/// SM4 in CTR mode (GB/T 17964, clause not checked), 128-bit big-endian counter; in place, the same both ways.
pub(crate) fn sm4_ctr(key: &Sm4Key, iv: &[u8; 16], data: &mut [u8]) {
    let mut stream = ctr::Ctr128BE::<sm4::Sm4>::new(&key.0.into(), &(*iv).into());
    stream.apply_keystream(data);
}

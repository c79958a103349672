use cbc::cipher::BlockCipherDecrypt;
use cbc::cipher::BlockCipherEncrypt;
use cbc::cipher::BlockModeDecrypt;
use cbc::cipher::BlockModeEncrypt;
use cbc::cipher::KeyInit;
use cbc::cipher::block_padding::Pkcs7;
use ctr::cipher::KeyIvInit;
use ctr::cipher::StreamCipher;
use zeroize::Zeroize;
use zeroize::ZeroizeOnDrop;
use zeroize::Zeroizing;

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

/// SM4 in CBC mode (GB/T 17964, clause not checked) with the padding of PKCS #7.
pub(crate) fn sm4_cbc_encrypt(key: &Sm4Key, iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<sm4::Sm4>::new(&key.0.into(), &(*iv).into()).encrypt_padded_vec::<Pkcs7>(plain)
}

/// What [`sm4_cbc_encrypt`] gave; `None` when the length or the padding is wrong.
pub(crate) fn sm4_cbc_decrypt(key: &Sm4Key, iv: &[u8; 16], cipher: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let decryptor = cbc::Decryptor::<sm4::Sm4>::new(&key.0.into(), &(*iv).into());
    decryptor.decrypt_padded_vec::<Pkcs7>(cipher).ok().map(Zeroizing::new)
}

/// SM4 in ECB mode over whole blocks, in place and without padding; only for key envelopes, whose standard asks for it.
///
/// Bytes after the last whole block stay as they are: the caller has checked the length.
pub(crate) fn sm4_ecb_encrypt(key: &Sm4Key, data: &mut [u8]) {
    let cipher = sm4::Sm4::new(&key.0.into());
    data.as_chunks_mut::<16>().0.iter_mut().for_each(|block| cipher.encrypt_block(block.into()));
}

/// Undoes [`sm4_ecb_encrypt`].
pub(crate) fn sm4_ecb_decrypt(key: &Sm4Key, data: &mut [u8]) {
    let cipher = sm4::Sm4::new(&key.0.into());
    data.as_chunks_mut::<16>().0.iter_mut().for_each(|block| cipher.decrypt_block(block.into()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB/T 32907-2016, A.1: the key is its own plaintext.
    const STANDARD: [u8; 16] =
        [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];

    #[test]
    fn the_example_of_the_standard_holds() {
        let key = Sm4Key::from_bytes(STANDARD);
        let mut blocks = [STANDARD, STANDARD].concat();
        sm4_ecb_encrypt(&key, &mut blocks);
        let expected = [0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e, 0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46];
        assert_eq!(blocks, [expected, expected].concat());
        // One block of CBC with an IV of zeros is ECB.
        assert_eq!(sm4_cbc_encrypt(&key, &[0; 16], &STANDARD)[..16], expected);
        sm4_ecb_decrypt(&key, &mut blocks);
        assert_eq!(blocks, [STANDARD, STANDARD].concat());
    }

    #[test]
    fn padding_and_length_are_checked() {
        let key = Sm4Key::from_bytes(STANDARD);
        for length in [0, 1, 15, 16, 17] {
            let plain = vec![7; length];
            let cipher = sm4_cbc_encrypt(&key, &[1; 16], &plain);
            assert_eq!(cipher.len(), (length / 16 + 1) * 16);
            assert_eq!(*sm4_cbc_decrypt(&key, &[1; 16], &cipher).unwrap(), plain);
            assert!(sm4_cbc_decrypt(&key, &[1; 16], &cipher[1..]).is_none());
        }
        // The last byte of the plaintext is changed with the IV: 16 becomes 17, which is no padding.
        let whole = sm4_cbc_encrypt(&key, &[1; 16], &[]);
        let mut iv = [1; 16];
        iv[15] ^= 1;
        assert!(sm4_cbc_decrypt(&key, &iv, &whole).is_none());
        assert!(sm4_cbc_decrypt(&key, &iv, &[]).is_none());
    }
}

//! SM4 in the modes of the sample vectors, built from the block cipher: eseal uses CTR, CBC and ECB of them, and this
//! is their second implementation.

use sm4::cipher::{BlockCipherEncrypt, KeyInit};

use super::sm::array;

type Block = [u8; 16];

pub(super) struct Sm4(sm4::Sm4);

impl Sm4 {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(sm4::Sm4::new_from_slice(key).unwrap())
    }

    pub(super) fn block(&self, block: Block) -> Block {
        let mut block = block.into();
        self.0.encrypt_block(&mut block);
        block.into()
    }

    /// ECB, CBC, CTR, OFB or CFB-128 over whole blocks (GB/T 17964).
    pub(super) fn mode(&self, mode: &str, iv: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut state: Block = if mode == "ecb" { [0; 16] } else { array(iv) };
        let mut output = Vec::new();
        for chunk in plain.chunks(16) {
            let mut padded = [0; 16];
            padded[..chunk.len()].copy_from_slice(chunk);
            let cipher = match mode {
                "ecb" => self.block(padded),
                "cbc" => self.block(xor(state, padded)),
                _ => xor(self.block(state), padded),
            };
            state = match mode {
                "ctr" => (u128::from_be_bytes(state).wrapping_add(1)).to_be_bytes(),
                "ofb" => self.block(state),
                _ => cipher,
            };
            output.extend_from_slice(&cipher[..chunk.len()]);
        }
        output
    }

    /// Galois/Counter mode: ciphertext and tag.
    pub(super) fn gcm(&self, iv: &[u8], aad: &[u8], plain: &[u8]) -> (Vec<u8>, Block) {
        let hash_key = u128::from_be_bytes(self.block([0; 16]));
        let first = if iv.len() == 12 {
            let mut block = [0; 16];
            block[..12].copy_from_slice(iv);
            block[15] = 1;
            block
        } else {
            ghash(hash_key, &[], iv)
        };
        let output = self.counter(next_counter(first), plain);
        let tag = xor(self.block(first), ghash(hash_key, aad, &output));
        (output, tag)
    }

    fn counter(&self, mut counter: Block, plain: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        for chunk in plain.chunks(16) {
            output.extend(chunk.iter().zip(self.block(counter)).map(|(plain, key)| plain ^ key));
            counter = next_counter(counter);
        }
        output
    }

    /// Counter with CBC-MAC as RFC 8998 uses it: a nonce of 12 bytes, a tag of 16; ciphertext and tag.
    pub(super) fn ccm(&self, nonce: &[u8], aad: &[u8], plain: &[u8]) -> (Vec<u8>, Block) {
        let formatted = |flags: u8, number: usize| {
            let mut block = [0; 16];
            block[0] = flags;
            block[1..13].copy_from_slice(nonce);
            block[13..].copy_from_slice(&(number as u32).to_be_bytes()[1..]);
            block
        };
        // Flags: additional data present, a tag of 16 bytes, a length field of 3.
        let mut mac = self.block(formatted(0x40 | (7 << 3) | 2, plain.len()));
        let aad = [&(aad.len() as u16).to_be_bytes(), aad].concat();
        for chunk in aad.chunks(16).chain(plain.chunks(16)) {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            mac = self.block(xor(mac, block));
        }
        let output = self.counter(formatted(2, 1), plain);
        (output, xor(mac, self.block(formatted(2, 0))))
    }
}

fn xor(left: Block, right: Block) -> Block {
    (u128::from_be_bytes(left) ^ u128::from_be_bytes(right)).to_be_bytes()
}

/// The counter of GCM and CCM counts in its last 32 bits only.
fn next_counter(block: Block) -> Block {
    let number = u128::from_be_bytes(block);
    let low = (number as u32).wrapping_add(1);
    (number >> 32 << 32 | u128::from(low)).to_be_bytes()
}

/// The polynomial hash of GCM (NIST SP 800-38D, 6.4), bit by bit.
fn ghash(key: u128, aad: &[u8], cipher: &[u8]) -> Block {
    let lengths = [aad.len() as u64 * 8, cipher.len() as u64 * 8].map(u64::to_be_bytes).concat();
    let mut sum = 0;
    for chunk in aad.chunks(16).chain(cipher.chunks(16)).chain([lengths.as_slice()]) {
        let mut block = [0; 16];
        block[..chunk.len()].copy_from_slice(chunk);
        let factor = sum ^ u128::from_be_bytes(block);
        (sum, _) = (0..128).fold((0, key), |(product, power), bit| {
            let product = if factor >> (127 - bit) & 1 == 1 { product ^ power } else { product };
            (product, (power >> 1) ^ if power & 1 == 1 { 0xe1 << 120 } else { 0 })
        });
    }
    sum.to_be_bytes()
}

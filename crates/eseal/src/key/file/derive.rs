//! Keys from passwords: PBKDF2, scrypt, and the function of PKCS #12; each refused before it works when it would take too
//! long.

use hmac::KeyInit;
use hmac::Mac;
use sha1::digest::Digest;
use zeroize::Zeroizing;

use crate::key::KeyError;
use crate::key::Password;

use super::KeyFileHash;

/// How much work a key file may ask for before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFileLimits {
    /// Most iterations over all parts of a file; see [`KeyFileLimits::DEFAULT`].
    pub iterations: u32,
    /// Most memory for scrypt, in bytes.
    pub memory: u64,
}

impl KeyFileLimits {
    /// 10,000,000 iterations, a few seconds on one core, and 256 MiB for scrypt: twenty times what any known program
    /// writes, so that a file from a stranger cannot keep a machine busy for hours.
    pub const DEFAULT: Self = Self { iterations: 10_000_000, memory: 256 << 20 };
}

impl Default for KeyFileLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The longest salt that is taken, in bytes; known programs write 8 to 32.
pub(super) const MAX_SALT: usize = 64;

/// The work that is left: every part of a file draws on the same limits.
#[derive(Debug)]
pub(super) struct Budget {
    limits: KeyFileLimits,
    left: u64,
}

impl Budget {
    pub(super) fn new(limits: KeyFileLimits) -> Self {
        Self { limits, left: limits.iterations.into() }
    }

    /// Takes iterations, before they are done.
    fn spend(&mut self, iterations: u64, blocks: u64) -> Result<u32, KeyError> {
        let too_many = || KeyError::IterationsTooMany { iterations, most: self.limits.iterations };
        let count = u32::try_from(iterations).map_err(|_| too_many())?;
        self.left = iterations.checked_mul(blocks).and_then(|work| self.left.checked_sub(work)).ok_or_else(too_many)?;
        if count == 0 { Err(KeyError::BadParameters { what: "iterations" }) } else { Ok(count) }
    }
}

/// A derivation as a file names it.
#[derive(Clone, Debug)]
pub(super) enum Derivation {
    Pbkdf2 { salt: Vec<u8>, iterations: u64, hash: KeyFileHash },
    Scrypt { salt: Vec<u8>, cost: u64, block: u32, parallel: u32 },
    Pkcs12 { salt: Vec<u8>, iterations: u64, hash: KeyFileHash },
}

/// Runs a piece of code with the hash function as a type.
macro_rules! with_hash {
    ($hash:expr, $type:ident => $body:expr) => {
        match $hash {
            KeyFileHash::Sha1 => {
                type $type = sha1::Sha1;
                $body
            }
            KeyFileHash::Sha256 => {
                type $type = sha2::Sha256;
                $body
            }
            KeyFileHash::Sha384 => {
                type $type = sha2::Sha384;
                $body
            }
            KeyFileHash::Sha512 => {
                type $type = sha2::Sha512;
                $body
            }
            KeyFileHash::Sm3 | KeyFileHash::Sm3Gmt0091 => {
                type $type = sm3::Sm3;
                $body
            }
        }
    };
}

impl KeyFileHash {
    /// Bytes of the hash value.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 | Self::Sm3Gmt0091 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Bytes that the compression function takes at once.
    const fn block_length(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha256 | Self::Sm3 | Self::Sm3Gmt0091 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    /// HMAC of a message.
    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        with_hash!(self, D => {
            let mut mac = hmac::Hmac::<D>::new_from_slice(key).expect("HMAC takes a key of any length");
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        })
    }
}

/// What a derived value is for; the numbers of RFC 7292, B.3.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

impl Derivation {
    pub(super) const fn salt(&self) -> &Vec<u8> {
        match self {
            Self::Pbkdf2 { salt, .. } | Self::Scrypt { salt, .. } | Self::Pkcs12 { salt, .. } => salt,
        }
    }

    /// Derives bytes from a password; only the function of PKCS #12 asks what for.
    ///
    /// # Errors
    /// [`KeyError::IterationsTooMany`], [`KeyError::BadParameters`]; nothing was hashed then.
    pub(super) fn derive(
        &self,
        password: &Password,
        purpose: Use,
        length: usize,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if self.salt().len() > MAX_SALT {
            return Err(KeyError::BadParameters { what: "salt" });
        }
        let mut output = Zeroizing::new(vec![0; length]);
        match self {
            Self::Pbkdf2 { salt, iterations, hash } => {
                let blocks = length.div_ceil(hash.length()) as u64;
                let count = budget.spend(*iterations, blocks)?;
                with_hash!(hash, D => pbkdf2::pbkdf2_hmac::<D>(password.utf8(), salt, count, &mut output));
            }
            Self::Scrypt { salt, cost, block, parallel } => {
                let parameters = scrypt_parameters(*cost, *block, *parallel, &budget.limits)?;
                scrypt::scrypt(password.utf8(), salt, &parameters, &mut output)
                    .map_err(|_| KeyError::BadParameters { what: "scrypt" })?;
            }
            Self::Pkcs12 { salt, iterations, hash } => {
                let blocks = length.div_ceil(hash.length()) as u64;
                let count = budget.spend(*iterations, blocks)?;
                with_hash!(hash, D => pkcs12::<D>(&password.bmp(), salt, count, purpose, hash.block_length(), &mut output));
            }
        }
        Ok(output)
    }
}

/// Checks N, r and p: N a power of two, the memory within the limit, and at most four times as much work.
fn scrypt_parameters(cost: u64, block: u32, parallel: u32, limits: &KeyFileLimits) -> Result<scrypt::Params, KeyError> {
    let bad = KeyError::BadParameters { what: "scrypt" };
    if !cost.is_power_of_two() || cost < 2 {
        return Err(bad);
    }
    let memory = cost.checked_mul(128).and_then(|memory| memory.checked_mul(block.into()));
    let work = memory.and_then(|memory| memory.checked_mul(parallel.into()));
    match (memory, work) {
        (Some(memory), Some(work)) if memory <= limits.memory && work <= limits.memory.saturating_mul(4) => {}
        _ => return Err(KeyError::BadParameters { what: "scrypt memory" }),
    }
    let log = u8::try_from(cost.trailing_zeros()).map_err(|_| bad.clone())?;
    scrypt::Params::new(log, block, parallel).map_err(|_| bad)
}

/// The derivation of PKCS #12: RFC 7292, B.2, with the names used there.
fn pkcs12<D: Digest>(password: &[u8], salt: &[u8], iterations: u32, id: Use, v: usize, output: &mut [u8]) {
    let stretch = |from: &[u8]| {
        let length = v * from.len().div_ceil(v);
        Zeroizing::new(from.iter().copied().cycle().take(length).collect::<Vec<_>>())
    };
    let (salt, password) = (stretch(salt), stretch(password));
    let mut i = Zeroizing::new([&salt[..], &password[..]].concat());
    let diversifier = vec![id as u8; v];
    for piece in output.chunks_mut(<D as Digest>::output_size()) {
        let mut a = D::new().chain_update(&diversifier).chain_update(&*i).finalize();
        for _ in 1..iterations {
            a = D::digest(&a);
        }
        piece.copy_from_slice(&a[..piece.len()]);
        // I_j = I_j + B + 1 for every block of I, as big-endian numbers.
        for block in i.chunks_mut(v) {
            let mut carry = 1_u16;
            for (at, byte) in block.iter_mut().enumerate().rev() {
                carry += u16::from(*byte) + u16::from(a[at % a.len()]);
                *byte = carry.to_be_bytes()[1];
                carry >>= 8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(derivation: &Derivation, password: &str, purpose: Use, length: usize) -> Result<String, &'static str> {
        let mut budget = Budget::new(KeyFileLimits::DEFAULT);
        let output = derivation.derive(&Password::new(password).unwrap(), purpose, length, &mut budget);
        output.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()).map_err(|error| error.code())
    }

    #[test]
    fn pkcs12_derivation_gives_what_bouncy_castle_and_openssl_give() {
        // From the tests of Go's pkcs12 package: password "sesame", salt 8 × ff, 2048 iterations.
        let derivation =
            |salt: &[u8], iterations| Derivation::Pkcs12 { salt: salt.to_vec(), iterations, hash: KeyFileHash::Sha1 };
        let key = derive(&derivation(&[0xff; 8], 2048), "sesame", Use::Key, 24).unwrap();
        assert_eq!(key, "7cd9fd3e2b3be7691a44e3bef0f9ea0fb9b897d4e325d9d1");
    }

    #[test]
    fn pbkdf2_and_scrypt_give_what_the_rfcs_give() {
        let hash = KeyFileHash::Sha1;
        let salt = b"salt".to_vec();
        let pbkdf2 = Derivation::Pbkdf2 { salt, iterations: 4096, hash };
        // RFC 6070, 2.
        let expected = "4b007901b765489abead49d926f721d065a429c1";
        assert_eq!(derive(&pbkdf2, "password", Use::Key, 20).unwrap(), expected);
        // RFC 7914, 12, the first 16 bytes.
        let scrypt = Derivation::Scrypt { salt: b"NaCl".to_vec(), cost: 1024, block: 8, parallel: 16 };
        assert_eq!(derive(&scrypt, "password", Use::Key, 16).unwrap(), "fdbabe1c9d3472007856e7190d01e9fe");
    }

    #[test]
    fn hostile_counts_are_refused_before_hashing() {
        let hash = KeyFileHash::Sm3;
        for iterations in [10_000_001, u64::from(u32::MAX) + 1, u64::MAX] {
            let pbkdf2 = Derivation::Pbkdf2 { salt: vec![1; 8], iterations, hash };
            assert_eq!(derive(&pbkdf2, "x", Use::Key, 16), Err("key-iterations-too-many"));
            let pkcs12 = Derivation::Pkcs12 { salt: vec![1; 8], iterations, hash };
            assert_eq!(derive(&pkcs12, "x", Use::Mac, 16), Err("key-iterations-too-many"));
        }
        // Two blocks of output cost twice the iterations.
        let wide = Derivation::Pbkdf2 { salt: vec![1; 8], iterations: 6_000_000, hash };
        assert_eq!(derive(&wide, "x", Use::Key, 33), Err("key-iterations-too-many"));
        let none = Derivation::Pbkdf2 { salt: vec![1; 8], iterations: 0, hash };
        assert_eq!(derive(&none, "x", Use::Key, 16), Err("key-bad-parameters"));
        let salty = Derivation::Pbkdf2 { salt: vec![1; 65], iterations: 1, hash };
        assert_eq!(derive(&salty, "x", Use::Key, 16), Err("key-bad-parameters"));
        for (cost, block, parallel) in
            [(3, 8, 1), (0, 8, 1), (1 << 20, 8, 1), (1 << 63, 8, 1), (16384, u32::MAX, 1), (16384, 8, u32::MAX)]
        {
            let scrypt = Derivation::Scrypt { salt: vec![1; 8], cost, block, parallel };
            assert_eq!(derive(&scrypt, "x", Use::Key, 16), Err("key-bad-parameters"), "{cost} {block} {parallel}");
        }
    }

    #[test]
    fn parts_of_one_file_draw_on_one_budget() {
        let mut budget = Budget::new(KeyFileLimits { iterations: 100, ..KeyFileLimits::DEFAULT });
        let part = Derivation::Pbkdf2 { salt: vec![1; 8], iterations: 60, hash: KeyFileHash::Sha256 };
        let password = Password::new("x").unwrap();
        assert!(part.derive(&password, Use::Key, 16, &mut budget).is_ok());
        let second = part.derive(&password, Use::Key, 16, &mut budget).unwrap_err();
        assert_eq!(second, KeyError::IterationsTooMany { iterations: 60, most: 100 });
    }
}

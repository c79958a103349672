//! How a slot names the stretching of its PIN, and the stretching itself.

use ::argon2::Argon2;
use ::argon2::Block;
use ::der::Sequence;
use ::der::asn1::Null;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetString;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::der::Raw;
use crate::oid;
use crate::sm::SmError;
use crate::sm::pbkdf2_sm3;
use crate::sm::random;

use super::Kdf;
use super::KdfCost;
use super::Pin;
use super::TokenError;
use super::crypto::Key;

/// `AlgorithmIdentifier`, RFC 5280, 4.1.1.2.
#[derive(Clone, Sequence)]
pub(super) struct Algorithm {
    algorithm: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<Raw>,
}

/// `PBKDF2-params`, RFC 8018, A.2, with the salt given.
#[derive(Sequence)]
struct Pbkdf2Parameters {
    salt: OctetString,
    iterations: u64,
    #[asn1(optional = "true")]
    key_length: Option<u16>,
    #[asn1(optional = "true")]
    prf: Option<Algorithm>,
}

/// The parameters of Argon2id, of our own: no standard has an identifier or a structure for it. Names those of RFC 9106.
#[derive(Sequence)]
struct Argon2Parameters {
    salt: OctetString,
    /// Version 0x13.
    version: u32,
    memory_kib: u64,
    passes: u64,
    lanes: u64,
}

/// The version of RFC 9106.
const ARGON2_VERSION: u32 = 0x13;

/// The function that stretches a PIN, as a slot names it, checked.
#[derive(Debug)]
pub(super) struct Stretch {
    salt: Vec<u8>,
    cost: KdfCost,
}

impl Stretch {
    /// A new salt of 16 bytes.
    pub(super) fn new(cost: KdfCost) -> Result<Self, SmError> {
        let mut salt = vec![0; 16];
        random(&mut salt)?;
        Ok(Self { salt, cost })
    }

    pub(super) const fn cost(&self) -> KdfCost {
        self.cost
    }

    /// 32 bytes from the PIN; slow on purpose.
    pub(super) fn stretch(&self, pin: &Pin) -> Result<Key, TokenError> {
        self.prepare().map(|ready| ready.stretch(pin))
    }

    /// Takes the memory that stretching needs, so that a lack of it shows before a try is counted.
    pub(super) fn prepare(&self) -> Result<Ready<'_>, TokenError> {
        let memory = match self.cost.kdf() {
            Kdf::Pbkdf2Sm3 { .. } => Vec::new(),
            Kdf::Argon2id { memory_kib, passes, lanes } => {
                let parameters =
                    ::argon2::Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| TokenError::Malformed)?;
                let mut memory = Vec::new();
                let blocks = parameters.block_count();
                memory.try_reserve_exact(blocks).map_err(|_| TokenError::NoMemory { kib: memory_kib })?;
                memory.resize(blocks, Block::new());
                memory
            }
        };
        Ok(Ready { stretch: self, memory: Memory(memory) })
    }

    pub(super) fn to_algorithm(&self) -> Algorithm {
        let salt = OctetString::new(self.salt.as_slice()).expect("a salt is short");
        let (algorithm, parameters) = match self.cost.kdf() {
            Kdf::Pbkdf2Sm3 { iterations } => {
                let prf = Algorithm { algorithm: oid::HMAC_SM3, parameters: Some(Null.into()) };
                let parameters =
                    Pbkdf2Parameters { salt, iterations: iterations.into(), key_length: Some(32), prf: Some(prf) };
                (oid::PBKDF2, Raw::encode_from(&parameters))
            }
            Kdf::Argon2id { memory_kib, passes, lanes } => {
                let parameters = Argon2Parameters {
                    salt,
                    version: ARGON2_VERSION,
                    memory_kib: memory_kib.into(),
                    passes: passes.into(),
                    lanes: lanes.into(),
                };
                (oid::ARGON2ID, Raw::encode_from(&parameters))
            }
        };
        Algorithm { algorithm, parameters: Some(parameters.expect("a short structure encodes")) }
    }

    /// Reads the parameters and refuses what would take too long, before anything is hashed.
    pub(super) fn from_algorithm(algorithm: &Algorithm) -> Result<Self, TokenError> {
        let parameters = || algorithm.parameters.as_ref().ok_or(TokenError::Malformed);
        match algorithm.algorithm {
            oid::PBKDF2 => Self::from_pbkdf2(parameters()?),
            oid::ARGON2ID => Self::from_argon2id(parameters()?),
            other => Err(TokenError::UnsupportedKdf { oid: other.to_string() }),
        }
    }

    fn from_pbkdf2(parameters: &Raw) -> Result<Self, TokenError> {
        let parameters: Pbkdf2Parameters = parameters.decode_as().map_err(|_| TokenError::Malformed)?;
        let prf = parameters.prf.as_ref().map(|prf| prf.algorithm);
        if prf != Some(oid::HMAC_SM3) {
            // Left out means HMAC-SHA1, RFC 8018, A.2.
            let oid = prf.map_or_else(|| "1.2.840.113549.2.7".into(), |prf| prf.to_string());
            return Err(TokenError::UnsupportedKdf { oid });
        }
        let salt = salt(&parameters.salt)?;
        if parameters.key_length.is_some_and(|length| length != 32) {
            return Err(TokenError::Malformed);
        }
        let most = KdfCost::MOST_ITERATIONS;
        match u32::try_from(parameters.iterations) {
            Ok(0) => Err(TokenError::Malformed),
            Ok(iterations) if iterations <= most => Ok(Self { salt, cost: KdfCost(Kdf::Pbkdf2Sm3 { iterations }) }),
            _ => Err(TokenError::KdfTooCostly { iterations: parameters.iterations, most }),
        }
    }

    fn from_argon2id(parameters: &Raw) -> Result<Self, TokenError> {
        let parameters: Argon2Parameters = parameters.decode_as().map_err(|_| TokenError::Malformed)?;
        let salt = salt(&parameters.salt)?;
        let Argon2Parameters { memory_kib, passes, lanes, .. } = parameters;
        // RFC 9106, 3.1: at least one pass, one lane, and eight blocks of 1 KiB a lane.
        if parameters.version != ARGON2_VERSION || passes == 0 || lanes == 0 || memory_kib < lanes.saturating_mul(8) {
            return Err(TokenError::Malformed);
        }
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let cost =
            KdfCost(Kdf::Argon2id { memory_kib: number(memory_kib), passes: number(passes), lanes: number(lanes) });
        if cost.is_done() {
            Ok(Self { salt, cost })
        } else {
            Err(TokenError::Argon2TooCostly { memory_kib, passes, lanes })
        }
    }
}

fn salt(salt: &OctetString) -> Result<Vec<u8>, TokenError> {
    let salt = salt.as_bytes();
    if (16..=64).contains(&salt.len()) { Ok(salt.to_vec()) } else { Err(TokenError::Malformed) }
}

/// Ready to stretch a PIN: whatever could be refused was not.
pub(super) struct Ready<'s> {
    stretch: &'s Stretch,
    memory: Memory,
}

impl Ready<'_> {
    /// 32 bytes from the PIN; slow on purpose.
    pub(super) fn stretch(mut self, pin: &Pin) -> Key {
        let Stretch { salt, cost } = self.stretch;
        let mut key = Zeroizing::new([0; 32]);
        match cost.kdf() {
            Kdf::Pbkdf2Sm3 { iterations } => pbkdf2_sm3(pin.as_bytes(), salt, iterations, key.as_mut()),
            Kdf::Argon2id { memory_kib, passes, lanes } => {
                let parameters = ::argon2::Params::new(memory_kib, passes, lanes, Some(32));
                let parameters = parameters.expect("taken before, when the memory was reserved");
                Argon2::new(::argon2::Algorithm::Argon2id, ::argon2::Version::V0x13, parameters)
                    .hash_password_into_with_memory(pin.as_bytes(), salt, key.as_mut(), self.memory.0.as_mut_slice())
                    .expect("the salt has 16 bytes or more, a PIN is short, and the memory is what was asked for");
            }
        }
        key
    }
}

/// The blocks that Argon2id fills, which tell the PIN to whoever finds them: wiped.
struct Memory(Vec<Block>);

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

/// How the recovery slot names its derivation: one HKDF with HMAC-SM3. There is no identifier of its own for that, so the
/// one of HMAC-SM3 stands for it.
pub(super) fn recovery_algorithm() -> Algorithm {
    Algorithm { algorithm: oid::HMAC_SM3, parameters: None }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::der;

    pub(crate) fn with_iterations(iterations: u64) -> Algorithm {
        let parameters = Pbkdf2Parameters {
            salt: OctetString::new([1; 16]).unwrap(),
            iterations,
            key_length: None,
            prf: Some(Algorithm { algorithm: oid::HMAC_SM3, parameters: None }),
        };
        Algorithm { algorithm: oid::PBKDF2, parameters: Some(Raw::encode_from(&parameters).unwrap()) }
    }

    pub(crate) fn with_argon2id(memory_kib: u64, passes: u64, lanes: u64) -> Algorithm {
        let salt = OctetString::new([1; 16]).unwrap();
        argon2id(&Argon2Parameters { salt, version: ARGON2_VERSION, memory_kib, passes, lanes })
    }

    fn argon2id(parameters: &Argon2Parameters) -> Algorithm {
        Algorithm { algorithm: oid::ARGON2ID, parameters: Some(Raw::encode_from(parameters).unwrap()) }
    }

    #[test]
    fn huge_iteration_counts_are_refused_before_hashing() {
        for iterations in [10_000_001, u64::from(u32::MAX), u64::MAX] {
            let result = Stretch::from_algorithm(&with_iterations(iterations));
            assert!(matches!(result, Err(TokenError::KdfTooCostly { iterations: found, .. }) if found == iterations));
        }
        assert!(matches!(Stretch::from_algorithm(&with_iterations(0)), Err(TokenError::Malformed)));
        assert!(Stretch::from_algorithm(&with_iterations(10_000_000)).is_ok());
    }

    #[test]
    fn huge_memory_passes_and_lanes_are_refused_before_any_is_taken() {
        for (memory, passes, lanes) in [
            ((1 << 20) + 1, 1, 1),
            (1 << 20, 9, 1),
            (64, 1 << 20, 1),
            (1 << 20, 1, 65),
            (u64::MAX, 1, 1),
            (u64::from(u32::MAX) + 65, 1, 1),
            (64, u64::MAX, 1),
            (u64::MAX, u64::MAX, u64::MAX / 8),
        ] {
            let result = Stretch::from_algorithm(&with_argon2id(memory, passes, lanes));
            assert!(
                matches!(result, Err(TokenError::Argon2TooCostly { memory_kib, .. }) if memory_kib == memory),
                "{memory} {passes} {lanes}"
            );
        }
        for (memory, passes, lanes) in [(64, 0, 1), (64, 1, 0), (7, 1, 1), (15, 1, 2), (0, 0, 0), (8, 1, u64::MAX)] {
            let result = Stretch::from_algorithm(&with_argon2id(memory, passes, lanes));
            assert!(matches!(result, Err(TokenError::Malformed)), "{memory} {passes} {lanes}");
        }
        assert!(Stretch::from_algorithm(&with_argon2id(1 << 20, 8, 1)).is_ok());
    }

    #[test]
    fn parameters_that_are_not_ours_are_refused() {
        let parameters = |salt: usize, version| {
            let salt = OctetString::new(vec![1; salt]).unwrap();
            argon2id(&Argon2Parameters { salt, version, memory_kib: 64, passes: 1, lanes: 1 })
        };
        assert!(Stretch::from_algorithm(&parameters(16, ARGON2_VERSION)).is_ok());
        for wrong in [parameters(15, ARGON2_VERSION), parameters(65, ARGON2_VERSION), parameters(16, 0x10)] {
            assert!(matches!(Stretch::from_algorithm(&wrong), Err(TokenError::Malformed)));
        }
        let none = Algorithm { algorithm: oid::ARGON2ID, parameters: None };
        assert!(matches!(Stretch::from_algorithm(&none), Err(TokenError::Malformed)));
        let swapped = Algorithm { algorithm: oid::ARGON2ID, ..with_iterations(2) };
        assert!(matches!(Stretch::from_algorithm(&swapped), Err(TokenError::Malformed)));
    }

    #[test]
    fn another_function_is_refused_by_its_name() {
        let other = Algorithm { algorithm: ObjectIdentifier::new_unwrap("1.2.3.4"), parameters: None };
        assert!(matches!(Stretch::from_algorithm(&other), Err(TokenError::UnsupportedKdf { oid }) if oid == "1.2.3.4"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for cost in [KdfCost::demo(5), KdfCost::demo_argon2id(), KdfCost::ARGON2ID] {
            let stretch = Stretch::new(cost).unwrap();
            let bytes = der::encode(&stretch.to_algorithm()).unwrap();
            let again = Stretch::from_algorithm(&der::decode(&bytes).unwrap()).unwrap();
            assert_eq!((again.salt, again.cost), (stretch.salt, stretch.cost));
        }
    }

    #[test]
    fn argon2id_gives_what_other_programs_give() {
        // Computed with Argon2BytesGenerator of Bouncy Castle 1.72.
        let two_lanes = KdfCost(Kdf::Argon2id { memory_kib: 128, passes: 3, lanes: 2 });
        for (cost, expected) in [
            (KdfCost::demo_argon2id(), "90903345cd0b2f9c011cad4dcf576729cf58b3778d9979443c1be5a28210a880"),
            (two_lanes, "dd2ebc8d10335c234860f5a57c55fa796451b04d8c1edc6a58043b7a0034842e"),
        ] {
            let key = Stretch { salt: vec![1; 16], cost }.stretch(&Pin::new("correct horse battery").unwrap()).unwrap();
            let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
    }
}

use ::der::Sequence;
use ::der::asn1::Null;
use ::der::asn1::ObjectIdentifier;
use ::der::asn1::OctetString;
use zeroize::Zeroizing;

use crate::der::Raw;
use crate::oid;
use crate::sm::SmError;
use crate::sm::pbkdf2_sm3;
use crate::sm::random;

use super::Pin;
use super::TokenError;
use super::crypto::Key;

/// What one guess of a PIN costs: iterations of PBKDF2 with HMAC-SM3 (口令派生).
///
/// Written into the token beside the PIN slot and shown by its information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KdfCost(u32);

impl KdfCost {
    /// What a token gets: 1,000,000 iterations, about half a second on one core.
    pub const DEFAULT: Self = Self(1_000_000);
    /// The most that is ever done, so that a token from a stranger cannot keep a machine busy for hours.
    pub const MOST: Self = Self(10_000_000);

    /// A cost from [`Self::DEFAULT`] to [`Self::MOST`].
    #[must_use]
    pub const fn iterations(count: u32) -> Option<Self> {
        if count >= Self::DEFAULT.0 && count <= Self::MOST.0 { Some(Self(count)) } else { None }
    }

    /// A cost below the default, for demonstrations and tests: such a PIN is guessed quickly from a copied file.
    ///
    /// At least 1 iteration. The token tells that it was made so.
    #[must_use]
    pub const fn demo(count: u32) -> Self {
        match count {
            0 => Self(1),
            count if count > Self::MOST.0 => Self::MOST,
            count => Self(count),
        }
    }

    /// The number of iterations.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// Whether it is below the default: for demonstrations only.
    #[must_use]
    pub const fn is_demo(self) -> bool {
        self.0 < Self::DEFAULT.0
    }
}

impl Default for KdfCost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

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

/// PBKDF2 with HMAC-SM3 as a slot names it, checked: how a PIN is stretched.
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
    pub(super) fn stretch(&self, pin: &Pin) -> Key {
        let mut key = Zeroizing::new([0; 32]);
        pbkdf2_sm3(pin.as_bytes(), &self.salt, self.cost.0, key.as_mut());
        key
    }

    pub(super) fn to_algorithm(&self) -> Algorithm {
        let prf = Algorithm { algorithm: oid::HMAC_SM3, parameters: Some(Null.into()) };
        let parameters = Pbkdf2Parameters {
            salt: OctetString::new(self.salt.as_slice()).expect("a salt is short"),
            iterations: self.cost.0.into(),
            key_length: Some(32),
            prf: Some(prf),
        };
        Algorithm {
            algorithm: oid::PBKDF2,
            parameters: Some(Raw::encode_from(&parameters).expect("a short structure encodes")),
        }
    }

    /// Reads the parameters and refuses what would take too long, before anything is hashed.
    pub(super) fn from_algorithm(algorithm: &Algorithm) -> Result<Self, TokenError> {
        if algorithm.algorithm != oid::PBKDF2 {
            return Err(TokenError::UnsupportedKdf { oid: algorithm.algorithm.to_string() });
        }
        let parameters = algorithm.parameters.as_ref().ok_or(TokenError::Malformed)?;
        let parameters: Pbkdf2Parameters = parameters.decode_as().map_err(|_| TokenError::Malformed)?;
        let prf = parameters.prf.as_ref().map(|prf| prf.algorithm);
        if prf != Some(oid::HMAC_SM3) {
            // Left out means HMAC-SHA1, RFC 8018, A.2.
            let oid = prf.map_or_else(|| "1.2.840.113549.2.7".into(), |prf| prf.to_string());
            return Err(TokenError::UnsupportedKdf { oid });
        }
        let salt = parameters.salt.as_bytes().to_vec();
        if !(16..=64).contains(&salt.len()) || parameters.key_length.is_some_and(|length| length != 32) {
            return Err(TokenError::Malformed);
        }
        let most = KdfCost::MOST.0;
        match u32::try_from(parameters.iterations) {
            Ok(0) => Err(TokenError::Malformed),
            Ok(count) if count <= most => Ok(Self { salt, cost: KdfCost(count) }),
            _ => Err(TokenError::KdfTooCostly { iterations: parameters.iterations, most }),
        }
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
    fn another_function_is_refused_by_its_name() {
        let argon = Algorithm { algorithm: ObjectIdentifier::new_unwrap("1.2.3.4"), parameters: None };
        assert!(matches!(Stretch::from_algorithm(&argon), Err(TokenError::UnsupportedKdf { oid }) if oid == "1.2.3.4"));
    }

    #[test]
    fn only_a_demonstration_goes_below_the_default() {
        assert_eq!(KdfCost::iterations(999_999), None);
        assert_eq!(KdfCost::iterations(10_000_001), None);
        assert_eq!(KdfCost::iterations(2_000_000).map(KdfCost::count), Some(2_000_000));
        assert!(KdfCost::demo(1000).is_demo() && !KdfCost::default().is_demo());
        assert_eq!((KdfCost::demo(0).count(), KdfCost::demo(u32::MAX)), (1, KdfCost::MOST));
    }

    #[test]
    fn what_is_written_reads_back() {
        let stretch = Stretch::new(KdfCost::demo(5)).unwrap();
        let again = Stretch::from_algorithm(&stretch.to_algorithm()).unwrap();
        assert_eq!((again.salt, again.cost), (stretch.salt, stretch.cost));
        let bytes = der::encode(&stretch_algorithm()).unwrap();
        assert!(der::decode::<Algorithm>(&bytes).is_ok());
    }

    fn stretch_algorithm() -> Algorithm {
        Stretch::new(KdfCost::DEFAULT).unwrap().to_algorithm()
    }
}

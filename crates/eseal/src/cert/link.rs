//! The algorithms by which one certificate signs another: SM2, and where the caller lists them RSA and ECDSA.

use const_oid::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;

use crate::lang::vocabulary;
use crate::oid;

use super::CertError;
use super::asn1;
use super::asn1::Reader;
use super::signed;
use super::subject_key::SubjectKey;

vocabulary! {
    /// An algorithm by which a certificate or a revocation list may be signed.
    pub enum LinkAlgorithm: word {
        /// SM2 with SM3, GB/T 32918.2: always accepted.
        Sm2 = "sm2", "SM2 与 SM3", "SM2 with SM3";
        /// RSA PKCS#1 v1.5 with SHA-1: named, never accepted.
        RsaSha1 = "rsa-sha1", "RSA 与 SHA-1", "RSA with SHA-1";
        /// RSA PKCS#1 v1.5 with SHA-256, RFC 4055.
        RsaSha256 = "rsa-sha256", "RSA 与 SHA-256", "RSA with SHA-256";
        /// RSA PKCS#1 v1.5 with SHA-384, RFC 4055.
        RsaSha384 = "rsa-sha384", "RSA 与 SHA-384", "RSA with SHA-384";
        /// RSA PKCS#1 v1.5 with SHA-512, RFC 4055.
        RsaSha512 = "rsa-sha512", "RSA 与 SHA-512", "RSA with SHA-512";
        /// RSASSA-PSS with SHA-256, RFC 4055.
        RsaPssSha256 = "rsa-pss-sha256", "RSA-PSS 与 SHA-256", "RSA-PSS with SHA-256";
        /// RSASSA-PSS with SHA-384, RFC 4055.
        RsaPssSha384 = "rsa-pss-sha384", "RSA-PSS 与 SHA-384", "RSA-PSS with SHA-384";
        /// RSASSA-PSS with SHA-512, RFC 4055.
        RsaPssSha512 = "rsa-pss-sha512", "RSA-PSS 与 SHA-512", "RSA-PSS with SHA-512";
        /// ECDSA with SHA-1: named, never accepted.
        EcdsaSha1 = "ecdsa-sha1", "ECDSA 与 SHA-1", "ECDSA with SHA-1";
        /// ECDSA with SHA-256 on P-256, P-384 or P-521, RFC 5758.
        EcdsaSha256 = "ecdsa-sha256", "ECDSA 与 SHA-256", "ECDSA with SHA-256";
        /// ECDSA with SHA-384 on P-256, P-384 or P-521, RFC 5758.
        EcdsaSha384 = "ecdsa-sha384", "ECDSA 与 SHA-384", "ECDSA with SHA-384";
        /// ECDSA with SHA-512 on P-256, P-384 or P-521, RFC 5758.
        EcdsaSha512 = "ecdsa-sha512", "ECDSA 与 SHA-512", "ECDSA with SHA-512";
    }
}

impl LinkAlgorithm {
    /// Whether it hashes with SHA-1, for which forgeries can be made: such a signature proves nothing.
    #[must_use]
    pub const fn is_broken(self) -> bool {
        matches!(self, Self::RsaSha1 | Self::EcdsaSha1)
    }

    /// The algorithms that a word stands for: `rsa-sha256` for one, `rsa` and `ecdsa` for all of a kind that are not
    /// [broken](Self::is_broken). Empty for an unknown word.
    #[must_use]
    pub fn named(word: &str) -> Vec<Self> {
        let is_named = |algorithm: &Self| {
            algorithm.word() == word || algorithm.word().strip_prefix(word).is_some_and(|rest| rest.starts_with('-'))
        };
        Self::ALL.iter().copied().filter(|algorithm| is_named(algorithm) && !algorithm.is_broken()).collect()
    }

    const fn is_rsa(self) -> bool {
        matches!(
            self,
            Self::RsaSha256
                | Self::RsaSha384
                | Self::RsaSha512
                | Self::RsaPssSha256
                | Self::RsaPssSha384
                | Self::RsaPssSha512
        )
    }

    const fn is_ecdsa(self) -> bool {
        matches!(self, Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512)
    }
}

/// Which algorithms may sign the links of a chain (证书链).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AlgorithmPolicy {
    /// SM2 with SM3 only: the default.
    #[default]
    Sm2Only,
    /// These as well. What is [broken](LinkAlgorithm::is_broken) stays out even if it is listed.
    Listed(Vec<LinkAlgorithm>),
}

impl AlgorithmPolicy {
    /// Whether a link may be signed so.
    #[must_use]
    pub fn allows(&self, algorithm: LinkAlgorithm) -> bool {
        match self {
            _ if algorithm == LinkAlgorithm::Sm2 => true,
            Self::Sm2Only => false,
            Self::Listed(listed) => listed.contains(&algorithm) && !algorithm.is_broken(),
        }
    }

    /// Whether a key of this kind may stand in a chain: one that no listed algorithm could use may not.
    pub(super) fn allows_key(&self, key: &SubjectKey) -> bool {
        let lists = |is_kind: fn(LinkAlgorithm) -> bool| match self {
            Self::Sm2Only => false,
            Self::Listed(listed) => listed.iter().copied().any(is_kind),
        };
        match key {
            SubjectKey::Sm2(..) => true,
            SubjectKey::Rsa(_) => lists(LinkAlgorithm::is_rsa),
            SubjectKey::P256(_) | SubjectKey::P384(_) | SubjectKey::P521(_) => lists(LinkAlgorithm::is_ecdsa),
        }
    }
}

/// How a certificate or list is signed, as far as it is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LinkScheme {
    pub(super) algorithm: LinkAlgorithm,
    /// The length of the salt of RSASSA-PSS.
    salt: usize,
}

/// The longest salt of RSASSA-PSS that is accepted, that of the longest hash.
const MAX_SALT: u32 = 64;

impl LinkScheme {
    /// The scheme of an AlgorithmIdentifier: its identifier and what follows it.
    pub(super) fn read(kind: ObjectIdentifier, parameters: &[u8]) -> Option<Self> {
        let null = matches!(parameters, [] | [asn1::NULL, 0]);
        let plain = |algorithm| Some(Self { algorithm, salt: 0 });
        match kind {
            oid::SM2_WITH_SM3 if null => plain(LinkAlgorithm::Sm2),
            oid::SHA1_WITH_RSA if null => plain(LinkAlgorithm::RsaSha1),
            oid::SHA256_WITH_RSA if null => plain(LinkAlgorithm::RsaSha256),
            oid::SHA384_WITH_RSA if null => plain(LinkAlgorithm::RsaSha384),
            oid::SHA512_WITH_RSA if null => plain(LinkAlgorithm::RsaSha512),
            oid::ECDSA_WITH_SHA1 if parameters.is_empty() => plain(LinkAlgorithm::EcdsaSha1),
            oid::ECDSA_WITH_SHA256 if parameters.is_empty() => plain(LinkAlgorithm::EcdsaSha256),
            oid::ECDSA_WITH_SHA384 if parameters.is_empty() => plain(LinkAlgorithm::EcdsaSha384),
            oid::ECDSA_WITH_SHA512 if parameters.is_empty() => plain(LinkAlgorithm::EcdsaSha512),
            oid::RSA_PSS => Self::read_pss(parameters).ok(),
            _ => None,
        }
    }

    /// RSASSA-PSS-params; RFC 4055, 3.1. The mask must be MGF1 with the same hash.
    fn read_pss(parameters: &[u8]) -> Result<Self, CertError> {
        let mut reader = Reader::open(parameters, asn1::SEQUENCE, "RSASSA-PSS-params")?;
        let fault = reader.fault();
        let hash = hash_of(reader.enter(asn1::context(0))?)?;
        let mut mask = reader.enter(asn1::context(1))?.enter(asn1::SEQUENCE)?;
        if mask.oid()? != oid::MGF1 || hash_of(mask)? != hash {
            return Err(fault);
        }
        let salt = match reader.take(asn1::context(2))? {
            Some(salt) => Reader::new(salt.content, "saltLength").small()?,
            None => 20,
        };
        // trailerField can only be 1.
        if let Some(trailer) = reader.take(asn1::context(3))?
            && Reader::new(trailer.content, "trailerField").small()? != 1
        {
            return Err(fault);
        }
        reader.end()?;
        let algorithm = match hash {
            oid::SHA256 => LinkAlgorithm::RsaPssSha256,
            oid::SHA384 => LinkAlgorithm::RsaPssSha384,
            oid::SHA512 => LinkAlgorithm::RsaPssSha512,
            _ => return Err(fault),
        };
        let salt = usize::try_from(salt.min(MAX_SALT + 1)).expect("at most 65");
        if salt > 64 { Err(fault) } else { Ok(Self { algorithm, salt }) }
    }

    /// Whether a signature over a part holds by a key: one verification, no search for a cause.
    pub(super) fn holds(&self, key: &SubjectKey, part: &[u8], signature: &[u8]) -> bool {
        use LinkAlgorithm as By;
        match (key, self.algorithm) {
            (SubjectKey::Sm2(key, _), By::Sm2) => signed::holds(key, part, signature),
            (SubjectKey::Rsa(key), By::RsaSha256) => key.pkcs1v15_verify::<Sha256>(part, signature).is_ok(),
            (SubjectKey::Rsa(key), By::RsaSha384) => key.pkcs1v15_verify::<Sha384>(part, signature).is_ok(),
            (SubjectKey::Rsa(key), By::RsaSha512) => key.pkcs1v15_verify::<Sha512>(part, signature).is_ok(),
            (SubjectKey::Rsa(key), By::RsaPssSha256) => {
                key.verify(rsa::Pss::<Sha256>::new_with_salt(self.salt), &Sha256::digest(part), signature).is_ok()
            }
            (SubjectKey::Rsa(key), By::RsaPssSha384) => {
                key.verify(rsa::Pss::<Sha384>::new_with_salt(self.salt), &Sha384::digest(part), signature).is_ok()
            }
            (SubjectKey::Rsa(key), By::RsaPssSha512) => {
                key.verify(rsa::Pss::<Sha512>::new_with_salt(self.salt), &Sha512::digest(part), signature).is_ok()
            }
            (SubjectKey::P256(_) | SubjectKey::P384(_) | SubjectKey::P521(_), By::EcdsaSha256) => {
                ecdsa_holds(key, &Sha256::digest(part), signature)
            }
            (SubjectKey::P256(_) | SubjectKey::P384(_) | SubjectKey::P521(_), By::EcdsaSha384) => {
                ecdsa_holds(key, &Sha384::digest(part), signature)
            }
            (SubjectKey::P256(_) | SubjectKey::P384(_) | SubjectKey::P521(_), By::EcdsaSha512) => {
                ecdsa_holds(key, &Sha512::digest(part), signature)
            }
            _ => false,
        }
    }
}

/// The hash of the AlgorithmIdentifier that comes next.
fn hash_of(mut reader: Reader<'_>) -> Result<ObjectIdentifier, CertError> {
    let mut hash = reader.enter(asn1::SEQUENCE)?;
    reader.end()?;
    hash.oid()
}

fn ecdsa_holds(key: &SubjectKey, hash: &[u8], signature: &[u8]) -> bool {
    match key {
        SubjectKey::P256(key) => p256::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()),
        SubjectKey::P384(key) => p384::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()),
        SubjectKey::P521(key) => p521::ecdsa::Signature::from_der(signature)
            .is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()),
        SubjectKey::Sm2(..) | SubjectKey::Rsa(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::asn1::by_hand;
    use crate::lang::Lang;

    #[test]
    fn a_word_stands_for_one_algorithm_or_for_all_of_a_kind_that_are_not_broken() {
        use LinkAlgorithm as By;
        assert_eq!(LinkAlgorithm::named("rsa-sha256"), [By::RsaSha256]);
        assert_eq!(LinkAlgorithm::named("ecdsa"), [By::EcdsaSha256, By::EcdsaSha384, By::EcdsaSha512]);
        assert_eq!(LinkAlgorithm::named("rsa").len(), 6);
        assert_eq!(LinkAlgorithm::named("rsa-pss").len(), 3);
        for unknown in ["", "rs", "rsa-", "md5", "rsa-sha1", "ecdsa-sha1", "RSA"] {
            assert!(LinkAlgorithm::named(unknown).is_empty(), "{unknown}");
        }
        for algorithm in LinkAlgorithm::ALL {
            assert_ne!(algorithm.label(Lang::ZhCn), algorithm.label(Lang::En));
        }
    }

    #[test]
    fn sm2_is_always_allowed_and_sha_1_never() {
        let all = AlgorithmPolicy::Listed(LinkAlgorithm::ALL.to_vec());
        for algorithm in LinkAlgorithm::ALL {
            assert_eq!(all.allows(*algorithm), !algorithm.is_broken(), "{algorithm:?}");
            assert_eq!(AlgorithmPolicy::Sm2Only.allows(*algorithm), *algorithm == LinkAlgorithm::Sm2);
            assert_eq!(AlgorithmPolicy::Listed(Vec::new()).allows(*algorithm), *algorithm == LinkAlgorithm::Sm2);
        }
    }

    fn hash(oid: &ObjectIdentifier) -> Vec<u8> {
        by_hand::sequence(&[&by_hand::oid(oid), &[asn1::NULL, 0]])
    }

    fn explicit(number: u8, value: &[u8]) -> Vec<u8> {
        by_hand::element(asn1::context(number), &[value])
    }

    fn mask(function: &ObjectIdentifier, of: &ObjectIdentifier) -> Vec<u8> {
        explicit(1, &by_hand::sequence(&[&by_hand::oid(function), &hash(of)]))
    }

    #[test]
    fn parameters_of_pss_say_the_hash_twice_and_the_salt() {
        let read = |parts: &[&[u8]]| LinkScheme::read(oid::RSA_PSS, &by_hand::sequence(parts));
        let of = |oid| explicit(0, &hash(oid));
        let salt = |length| explicit(2, &by_hand::small(length));
        let good = read(&[&of(&oid::SHA384), &mask(&oid::MGF1, &oid::SHA384), &salt(48)]).unwrap();
        assert_eq!(good, LinkScheme { algorithm: LinkAlgorithm::RsaPssSha384, salt: 48 });
        let short = read(&[&of(&oid::SHA256), &mask(&oid::MGF1, &oid::SHA256)]).unwrap();
        assert_eq!(short.salt, 20, "the default");
        let trailer = explicit(3, &by_hand::small(1));
        assert!(read(&[&of(&oid::SHA512), &mask(&oid::MGF1, &oid::SHA512), &salt(64), &trailer]).is_some());
        let bad: [&[&[u8]]; 9] = [
            &[],
            &[&of(&oid::SHA256)],
            &[&mask(&oid::MGF1, &oid::SHA256)],
            &[&of(&oid::SHA1), &mask(&oid::MGF1, &oid::SHA1)],
            &[&of(&oid::SHA256), &mask(&oid::MGF1, &oid::SHA512)],
            &[&of(&oid::SHA256), &mask(&oid::SHA256, &oid::SHA256)],
            &[&of(&oid::SHA256), &mask(&oid::MGF1, &oid::SHA256), &salt(65)],
            &[&of(&oid::SHA256), &mask(&oid::MGF1, &oid::SHA256), &salt(32), &explicit(3, &by_hand::small(2))],
            &[&of(&oid::SHA256), &mask(&oid::MGF1, &oid::SHA256), &salt(32), &[asn1::NULL, 0]],
        ];
        for parts in bad {
            assert_eq!(read(parts), None, "{parts:02x?}");
        }
        assert_eq!(LinkScheme::read(oid::RSA_PSS, &[]), None);
    }

    #[test]
    fn parameters_that_an_algorithm_does_not_have_are_refused() {
        let odd = [asn1::OCTET_STRING, 1, 0];
        for (kind, null) in [
            (oid::SM2_WITH_SM3, true),
            (oid::SHA256_WITH_RSA, true),
            (oid::ECDSA_WITH_SHA256, false),
            (oid::ECDSA_WITH_SHA512, false),
        ] {
            assert!(LinkScheme::read(kind, &[]).is_some(), "{kind}");
            assert_eq!(LinkScheme::read(kind, &[asn1::NULL, 0]).is_some(), null, "{kind}");
            assert!(LinkScheme::read(kind, &odd).is_none(), "{kind}");
        }
        assert!(LinkScheme::read(oid::SHA256, &[]).is_none(), "a hash is no signature");
    }
}

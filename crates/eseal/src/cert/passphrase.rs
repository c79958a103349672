use std::fmt;

use ::der::Sequence;
use ::der::asn1::OctetString;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::sm::ct_eq;
use crate::sm::pbkdf2_sm3;
use crate::sm::random;

use super::CertError;

/// A revocation passphrase (挂失口令): what the holder of a certificate proves to be the holder with when the key is gone.
///
/// As it was typed, in Unicode form NFC; wipes itself, prints `[redacted]`.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The fewest characters: it is tried online, a few times a day.
    pub const LEAST: usize = 8;
    /// The longest, in bytes of UTF-8: more than anybody types.
    pub const MAX_BYTES: usize = 1024;

    /// Takes what was typed.
    ///
    /// # Errors
    /// [`CertError::Passphrase`] when it is shorter than [`Self::LEAST`], longer than [`Self::MAX_BYTES`], or holds a
    /// control character.
    pub fn new(typed: &str) -> Result<Self, CertError> {
        if typed.len() > Self::MAX_BYTES || typed.chars().any(char::is_control) {
            return Err(CertError::Passphrase { least: Self::LEAST });
        }
        // NFC at most triples the bytes; room for all at once, since a string that grows leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(3 * typed.len()));
        typed.nfc().for_each(|letter| text.push(letter));
        if text.chars().count() < Self::LEAST {
            return Err(CertError::Passphrase { least: Self::LEAST });
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase([redacted])")
    }
}

/// What a revocation passphrase can be checked against, and not easily be found from: PBKDF2 (RFC 8018) with HMAC-SM3.
///
/// `SEQUENCE { salt OCTET STRING (16), iterations INTEGER, digest OCTET STRING (32) }`, ours. It travels in the request, so
/// whoever reads a request can guess at the passphrase: it holds a certificate, which can be undone, and opens nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PassphraseVerifier {
    salt: [u8; 16],
    iterations: u32,
    digest: [u8; 32],
}

/// A verifier as it is written.
#[derive(Sequence)]
pub(crate) struct VerifierDer {
    salt: OctetString,
    iterations: u32,
    digest: OctetString,
}

impl PassphraseVerifier {
    /// The iterations that a verifier gets: about a tenth of a second on one core.
    pub const ITERATIONS: u32 = 200_000;
    /// The most that are read, so that a stranger's request cannot keep an authority busy: half a second a try.
    pub const MOST_ITERATIONS: u32 = 1_000_000;

    /// Makes one, with a new salt.
    ///
    /// # Errors
    /// [`CertError::Sm`] when there is no randomness.
    pub fn new(passphrase: &Passphrase) -> Result<Self, CertError> {
        Self::with_iterations(passphrase, Self::ITERATIONS)
    }

    /// Makes one of another cost, at least 1 and at most [`Self::MOST_ITERATIONS`] iterations; a low one for demonstrations
    /// and tests.
    ///
    /// # Errors
    /// [`CertError::Sm`] when there is no randomness.
    pub fn with_iterations(passphrase: &Passphrase, iterations: u32) -> Result<Self, CertError> {
        let mut salt = [0; 16];
        random(&mut salt)?;
        let iterations = iterations.clamp(1, Self::MOST_ITERATIONS);
        Ok(Self { salt, iterations, digest: *stretch(passphrase, &salt, iterations) })
    }

    /// Whether this is the passphrase. Slow on purpose; compared in constant time.
    #[must_use]
    pub fn verify(&self, passphrase: &Passphrase) -> bool {
        ct_eq(stretch(passphrase, &self.salt, self.iterations).as_ref(), &self.digest)
    }

    pub(crate) fn to_structure(&self) -> VerifierDer {
        let octets = |bytes: &[u8]| OctetString::new(bytes).expect("a short string");
        VerifierDer { salt: octets(&self.salt), iterations: self.iterations, digest: octets(&self.digest) }
    }

    /// `None` for one of another size, or that would cost too much.
    pub(crate) fn from_structure(der: &VerifierDer) -> Option<Self> {
        let (salt, digest) = (der.salt.as_bytes().try_into().ok()?, der.digest.as_bytes().try_into().ok()?);
        let bounded = (1..=Self::MOST_ITERATIONS).contains(&der.iterations);
        bounded.then_some(Self { salt, iterations: der.iterations, digest })
    }
}

fn stretch(passphrase: &Passphrase, salt: &[u8; 16], iterations: u32) -> Zeroizing<[u8; 32]> {
    let mut digest = Zeroizing::new([0; 32]);
    pbkdf2_sm3(passphrase.0.as_bytes(), salt, iterations, digest.as_mut());
    digest
}

impl fmt::Debug for PassphraseVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PassphraseVerifier({} iterations)", self.iterations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der;

    fn passphrase() -> Passphrase {
        Passphrase::new("八个字的挂失口令").unwrap()
    }

    fn read(bytes: &[u8]) -> Option<PassphraseVerifier> {
        PassphraseVerifier::from_structure(&der::decode(bytes).ok()?)
    }

    #[test]
    fn a_passphrase_has_eight_characters_at_least_and_none_that_nobody_types() {
        for typed in ["", "七个字的口令呀", "1234567", "12345678\n", &"a".repeat(1025)] {
            assert_eq!(Passphrase::new(typed).unwrap_err(), CertError::Passphrase { least: 8 }, "{typed:.16}");
        }
        assert_eq!(format!("{:?}", passphrase()), "Passphrase([redacted])");
    }

    #[test]
    fn a_verifier_knows_its_passphrase_however_its_letters_are_composed() {
        let verifier = PassphraseVerifier::with_iterations(&Passphrase::new("caf\u{e9} noir").unwrap(), 2).unwrap();
        assert!(verifier.verify(&Passphrase::new("cafe\u{301} noir").unwrap()));
        assert!(!verifier.verify(&Passphrase::new("cafe noir").unwrap()));
        assert_ne!(PassphraseVerifier::with_iterations(&passphrase(), 2).unwrap(), verifier);
    }

    #[test]
    fn a_verifier_reads_back_and_a_broken_one_does_not() {
        let verifier = PassphraseVerifier::with_iterations(&passphrase(), 2).unwrap();
        let bytes = der::encode(&verifier.to_structure()).unwrap();
        assert_eq!(read(&bytes).unwrap(), verifier);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_none(), "cut to {length}");
        }
        let octets = |length: usize| OctetString::new(vec![1; length]).unwrap();
        for (salt, iterations, digest) in
            [(16, 0, 32), (16, 1_000_001, 32), (15, 2, 32), (17, 2, 32), (16, 2, 31), (16, 2, 33)]
        {
            let value = VerifierDer { salt: octets(salt), iterations, digest: octets(digest) };
            assert!(read(&der::encode(&value).unwrap()).is_none(), "{salt} {iterations} {digest}");
        }
        let costly =
            VerifierDer { salt: octets(16), iterations: PassphraseVerifier::MOST_ITERATIONS, digest: octets(32) };
        assert!(read(&der::encode(&costly).unwrap()).is_some());
    }
}

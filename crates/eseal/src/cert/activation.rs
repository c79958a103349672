use std::fmt;

use ::der::Sequence;
use ::der::asn1::OctetString;
use ::der::asn1::PrintableString;
use zeroize::Zeroizing;

use crate::der;
use crate::key::from_base32;
use crate::key::to_base32;
use crate::sm::ct_eq;
use crate::sm::hkdf_sm3;
use crate::sm::hmac_sm3;
use crate::sm::random;

use super::CertError;
use super::PassphraseVerifier;
use super::passphrase::VerifierDer;

/// The longest reference number (参考号) that is taken, in characters; ours have ten digits.
const MAX_REFERENCE: usize = 32;
/// What the derivation of an activation's key is bound to.
const CONTEXT: &[u8] = b"eseal activation v1";

/// An authorisation code (授权码): 80 random bits that an authority gives to whoever's application it approved.
///
/// Together with the reference number of the application it binds a request to the approval, without travelling
/// itself: the request holds an authentication code made with it. Wipes itself, prints `[redacted]`.
///
/// ```
/// use eseal::cert::{ActivationCode, CertificateRequest, Name, RequestExtras};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # let user = SoftSigner::new(SecretKey::generate()?);
/// let code = ActivationCode::generate()?;
/// let subject = Name::parse("CN=示例用户一,O=示例市数据局,C=CN")?;
/// let extras = RequestExtras::activated_by("2026000123", &code)?;
/// let request = CertificateRequest::new_with(&subject, &user, &extras)?;
///
/// let activation = request.activation().expect("it was put in");
/// assert_eq!(activation.reference(), "2026000123");
/// assert!(activation.holds(&code.key("2026000123")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ActivationCode(Zeroizing<[u8; 10]>);

impl ActivationCode {
    /// A new code from the randomness of the operating system.
    ///
    /// # Errors
    /// [`CertError::Sm`] when there is no randomness.
    pub fn generate() -> Result<Self, CertError> {
        let mut bytes = Zeroizing::new([0; 10]);
        random(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// Reads a code as it was written down: case, spaces and dashes do not matter.
    ///
    /// # Errors
    /// [`CertError::ActivationCode`] when it is not 16 characters of base32 (RFC 4648, 6).
    pub fn parse(typed: &str) -> Result<Self, CertError> {
        from_base32(typed).map(Self).ok_or(CertError::ActivationCode)
    }

    /// The code to hand over: four groups of four, in base32. The text wipes itself.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        to_base32(self.0.as_ref())
    }

    /// The key that requests for this reference number are authenticated with: what an authority keeps of the code.
    #[must_use]
    pub fn key(&self, reference: &str) -> ActivationKey {
        let mut key = Zeroizing::new([0; 32]);
        hkdf_sm3(self.0.as_ref(), reference.as_bytes(), CONTEXT, key.as_mut());
        ActivationKey(key)
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationCode([redacted])")
    }
}

/// What follows from an authorisation code and a reference number: HKDF with HMAC-SM3, RFC 5869. The code does not follow
/// from it. Wipes itself, prints `[redacted]`.
pub struct ActivationKey(Zeroizing<[u8; 32]>);

impl ActivationKey {
    /// Takes 32 bytes that were kept; `None` if there are more or fewer.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn mac(&self, reference: &str, key: &[u8]) -> [u8; 32] {
        hmac_sm3(self.0.as_ref(), &[reference.as_bytes(), key])
    }
}

impl fmt::Debug for ActivationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationKey([redacted])")
    }
}

/// How a request is bound to an approved application (证书激活): reference number, and an authentication code over it and
/// the key to be certified.
///
/// An attribute of our own, since no published text gives one: `SEQUENCE { version INTEGER (1), reference PrintableString,
/// mac OCTET STRING (32), passphrase [0] PassphraseVerifier OPTIONAL }` under the identifier
/// `2.25.289195154052239015571117595437482308078`. The authentication code is HMAC-SM3 over the reference number and the
/// request's SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    reference: String,
    mac: [u8; 32],
    passphrase: Option<PassphraseVerifier>,
    /// The SubjectPublicKeyInfo of the request, as received.
    key: Vec<u8>,
}

/// The attribute's value.
#[derive(Sequence)]
pub(super) struct ActivationValue {
    version: u8,
    reference: PrintableString,
    mac: OctetString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    passphrase: Option<VerifierDer>,
}

impl Activation {
    const VERSION: u8 = 1;

    /// Reads the attribute's value; `key` is the SubjectPublicKeyInfo of its request.
    pub(super) fn read(value: &[u8], key: &[u8]) -> Result<Self, CertError> {
        let malformed = CertError::Malformed { what: "activation" };
        let value: ActivationValue = der::decode(value).map_err(|_| malformed.clone())?;
        let reference = value.reference.as_str();
        let mac = value.mac.as_bytes().try_into().map_err(|_| malformed.clone())?;
        if value.version != Self::VERSION || !is_reference(reference) {
            return Err(malformed);
        }
        let passphrase = match &value.passphrase {
            Some(verifier) => Some(PassphraseVerifier::from_structure(verifier).ok_or(malformed)?),
            None => None,
        };
        Ok(Self { reference: reference.to_owned(), mac, passphrase, key: key.to_vec() })
    }

    /// The reference number of the application.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// What a revocation passphrase can be checked against, if the holder chose one.
    #[must_use]
    pub const fn passphrase(&self) -> Option<&PassphraseVerifier> {
        self.passphrase.as_ref()
    }

    /// Whether the request was made with the code that this key is from; compared in constant time.
    #[must_use]
    pub fn holds(&self, key: &ActivationKey) -> bool {
        ct_eq(&key.mac(&self.reference, &self.key), &self.mac)
    }
}

/// What goes into a request beside its subject and its key.
pub struct RequestExtras<'e> {
    reference: &'e str,
    code: &'e ActivationCode,
    passphrase: Option<PassphraseVerifier>,
}

impl<'e> RequestExtras<'e> {
    /// What binds the request to an approved application.
    ///
    /// # Errors
    /// [`CertError::ActivationReference`] for a reference number that is empty, over 32 characters, or holds something else
    /// than letters, digits and `-`.
    pub fn activated_by(reference: &'e str, code: &'e ActivationCode) -> Result<Self, CertError> {
        if !is_reference(reference) {
            return Err(CertError::ActivationReference);
        }
        Ok(Self { reference, code, passphrase: None })
    }

    /// What the holder will be known by when the key is gone and the certificate is to be held (挂失).
    #[must_use]
    pub fn passphrase(self, verifier: PassphraseVerifier) -> Self {
        Self { passphrase: Some(verifier), ..self }
    }

    pub(super) fn value(&self, key: &[u8]) -> ActivationValue {
        let mac = self.code.key(self.reference).mac(self.reference, key);
        ActivationValue {
            version: Activation::VERSION,
            reference: PrintableString::new(self.reference).expect("letters, digits and dashes are printable"),
            mac: OctetString::new(mac).expect("a short string"),
            passphrase: self.passphrase.as_ref().map(PassphraseVerifier::to_structure),
        }
    }
}

impl fmt::Debug for RequestExtras<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestExtras({})", self.reference)
    }
}

fn is_reference(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> ActivationCode {
        ActivationCode::parse("MZXW-6YTB-MZXW-6YTB").unwrap()
    }

    fn activation(reference: &str) -> Vec<u8> {
        der::encode(&RequestExtras::activated_by(reference, &code()).unwrap().value(b"key")).unwrap()
    }

    #[test]
    fn a_code_is_four_groups_of_four_and_is_read_as_people_write_it() {
        // RFC 4648, 10: "fooba" is MZXW6YTB.
        for typed in ["MZXW-6YTB-MZXW-6YTB", "mzxw6ytbmzxw6ytb", " mzxw 6YTB\tMZXW-6ytb "] {
            assert_eq!(*ActivationCode::parse(typed).unwrap().0, *b"foobafooba");
        }
        assert_eq!(*code().reveal(), "MZXW-6YTB-MZXW-6YTB");
        let code = ActivationCode::generate().unwrap();
        assert_eq!(ActivationCode::parse(&code.reveal()).unwrap().0, code.0);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in [
            "",
            "MZXW",
            "MZXW-6YTB-MZXW-6YT",
            "MZXW-6YTB-MZXW-6YTBA",
            "MZXW-6YTB-MZXW-6YT1",
            "口令",
            &"A".repeat(1 << 16),
        ] {
            assert_eq!(ActivationCode::parse(typed).unwrap_err(), CertError::ActivationCode, "{typed:.32}");
        }
    }

    #[test]
    fn codes_and_keys_print_redacted() {
        assert_eq!(
            format!("{:?} {:?}", code(), code().key("1")),
            "ActivationCode([redacted]) ActivationKey([redacted])"
        );
        let code = code();
        let extras = RequestExtras::activated_by("2026000123", &code).unwrap();
        assert_eq!(format!("{extras:?}"), "RequestExtras(2026000123)");
    }

    #[test]
    fn an_activation_holds_with_its_code_its_reference_and_its_key_alone() {
        let read = |bytes: &[u8], key: &[u8]| Activation::read(bytes, key).unwrap();
        let bytes = activation("2026000123");
        assert!(read(&bytes, b"key").holds(&code().key("2026000123")));
        assert!(!read(&bytes, b"kez").holds(&code().key("2026000123")));
        assert!(!read(&bytes, b"key").holds(&code().key("2026000124")));
        assert!(!read(&bytes, b"key").holds(&ActivationCode::generate().unwrap().key("2026000123")));
        let kept = ActivationKey::from_bytes(code().key("2026000123").as_bytes()).unwrap();
        assert!(read(&bytes, b"key").holds(&kept));
        assert!(ActivationKey::from_bytes(&[0; 31]).is_none() && ActivationKey::from_bytes(&[0; 33]).is_none());
    }

    #[test]
    fn a_reference_number_is_short_and_plain() {
        for reference in ["", "2026 123", "2026/123", "申请", "20260001231", &"1".repeat(33)] {
            let refused = RequestExtras::activated_by(reference, &code()).map(|_| ());
            assert_eq!(refused.is_ok(), reference == "20260001231", "{reference}");
        }
    }

    #[test]
    fn an_activation_that_is_cut_or_of_another_version_is_refused() {
        let bytes = activation("2026000123");
        for length in 0..bytes.len() {
            assert!(Activation::read(&bytes[..length], b"key").is_err(), "cut to {length}");
        }
        assert!(Activation::read(&[&bytes[..], &[0]].concat(), b"key").is_err());
        let value = || RequestExtras::activated_by("2026000123", &code()).map(|extras| extras.value(b"key")).unwrap();
        let refused = |value: &ActivationValue| Activation::read(&der::encode(value).unwrap(), b"key").is_err();
        assert!(refused(&ActivationValue { version: 2, ..value() }));
        assert!(refused(&ActivationValue { reference: PrintableString::new("a b").unwrap(), ..value() }));
        assert!(refused(&ActivationValue { mac: OctetString::new([0; 31]).unwrap(), ..value() }));
    }
}

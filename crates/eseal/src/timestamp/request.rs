use ::der::asn1::Int;
use const_oid::ObjectIdentifier;

use crate::cert::CertError;
use crate::der;
use crate::sm;

use super::Imprint;
use super::TimestampError;
use super::asn1::TimeStampReq;

/// A request for a time stamp (时间戳请求); RFC 3161, 2.4.1.
///
/// Keeps the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampRequest {
    der: Vec<u8>,
    imprint: Imprint,
    pub(super) policy: Option<ObjectIdentifier>,
    pub(super) nonce: Option<Int>,
    certificates: bool,
    pub(super) version: u8,
    pub(super) extended: bool,
}

impl TimestampRequest {
    /// The largest request that is read: 16 KiB. A request holds a hash and little else.
    pub const MAX_BYTES: usize = 16 << 10;
    /// The longest nonce that is read, in bytes; clients send eight or sixteen.
    pub const MAX_NONCE: usize = 64;

    /// Asks for a stamp on this imprint, with the authority's certificates inside, as archiving needs them. The nonce
    /// is repeated by the answer, which is how an old one is told.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`] for a nonce that is empty or longer than [`MAX_NONCE`](Self::MAX_NONCE).
    pub fn new(imprint: &Imprint, nonce: Option<&[u8]>) -> Result<Self, TimestampError> {
        let malformed = |_| TimestampError::Malformed { what: "nonce" };
        let nonce = nonce.map(|nonce| positive(nonce).and_then(|nonce| Int::new(&nonce).map_err(malformed)));
        Self::written(&TimeStampReq {
            version: 1,
            imprint: imprint.written(),
            policy: None,
            nonce: nonce.transpose()?,
            certificates: true,
            extensions: None,
        })
    }

    /// Asks without the authority's certificates.
    ///
    /// # Errors
    /// None in practice: what was read once is written again.
    pub fn without_certificates(&self) -> Result<Self, TimestampError> {
        Self::written(&TimeStampReq { certificates: false, ..Self::parts(&self.der)? })
    }

    /// Asks for a stamp under this policy, an object identifier in dots.
    ///
    /// # Errors
    /// [`TimestampError::PolicySyntax`].
    pub fn under_policy(&self, policy: &str) -> Result<Self, TimestampError> {
        Self::written(&TimeStampReq { policy: Some(policy_oid(policy)?), ..Self::parts(&self.der)? })
    }

    fn written(parts: &TimeStampReq) -> Result<Self, TimestampError> {
        Self::from_der(&der::encode(parts).map_err(|_| MALFORMED)?)
    }

    fn parts(bytes: &[u8]) -> Result<TimeStampReq, TimestampError> {
        der::decode(bytes).map_err(|_| MALFORMED)
    }

    /// Sixteen random bytes, for a nonce.
    ///
    /// # Errors
    /// [`TimestampError::Cert`] when the operating system gives no randomness.
    pub fn fresh_nonce() -> Result<[u8; 16], TimestampError> {
        let mut nonce = [0; 16];
        sm::random(&mut nonce).map_err(CertError::from)?;
        // Never zero bytes in front, so that every nonce has the same length.
        nonce[0] |= 1;
        Ok(nonce)
    }

    /// Reads a request in DER and nothing after it.
    ///
    /// # Errors
    /// [`TimestampError::TooLarge`], [`TimestampError::Malformed`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(TimestampError::TooLarge { limit: Self::MAX_BYTES });
        }
        let TimeStampReq { version, imprint, policy, nonce, certificates, extensions } = Self::parts(bytes)?;
        if nonce.as_ref().is_some_and(|nonce| nonce.as_bytes().len() > Self::MAX_NONCE + 1) {
            return Err(TimestampError::Malformed { what: "nonce" });
        }
        let imprint = Imprint::read(&imprint)?;
        let extended = extensions.is_some();
        Ok(Self { der: bytes.to_vec(), imprint, policy, nonce, certificates, version, extended })
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What is to be stamped.
    #[must_use]
    pub const fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// The nonce that the answer has to repeat, if there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(unsigned)
    }

    /// The policy that is asked for, in dots.
    #[must_use]
    pub fn policy(&self) -> Option<String> {
        self.policy.map(|policy| policy.to_string())
    }

    /// Whether the authority's certificates shall be inside the token.
    #[must_use]
    pub const fn wants_certificates(&self) -> bool {
        self.certificates
    }
}

const MALFORMED: TimestampError = TimestampError::Malformed { what: "TimeStampReq" };

/// An object identifier in dots.
pub(super) fn policy_oid(text: &str) -> Result<ObjectIdentifier, TimestampError> {
    let syntax = |_| TimestampError::PolicySyntax { text: text.chars().take(64).collect() };
    ObjectIdentifier::new(text).map_err(syntax)
}

/// A number's bytes without the zero byte that only keeps it positive.
pub(super) fn unsigned(number: &Int) -> &[u8] {
    match number.as_bytes() {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    }
}

/// The bytes of a positive number for an INTEGER: no zero bytes in front but one where the top bit is set.
fn positive(bytes: &[u8]) -> Result<Vec<u8>, TimestampError> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[zeros..];
    match bytes.first() {
        None => Err(TimestampError::Malformed { what: "nonce" }),
        Some(first) => Ok([if first & 0x80 == 0 { &[][..] } else { &[0] }, bytes].concat()),
    }
}

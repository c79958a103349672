use std::fmt;

use ::der::Encode;
use ::der::asn1::BitString;

use crate::der;
use crate::der::Raw;

use super::Rejection;
use super::TimestampError;
use super::TimestampRequest;
use super::TimestampToken;
use super::asn1::StatusInfo;
use super::asn1::TimeStampResp;

/// An authority's answer (时间戳响应): a token, or why there is none; RFC 3161, 2.4.2.
///
/// Keeps the bytes it was read from.
#[derive(Clone)]
pub struct TimestampResponse {
    der: Vec<u8>,
    outcome: Result<TimestampToken, Rejection>,
    text: Option<String>,
}

const MALFORMED: TimestampError = TimestampError::Malformed { what: "TimeStampResp" };

impl TimestampResponse {
    /// The largest response that is read: a token and its status.
    pub const MAX_BYTES: usize = TimestampToken::MAX_BYTES + (16 << 10);

    /// Reads a response in DER and nothing after it.
    ///
    /// # Errors
    /// [`TimestampError::TooLarge`], [`TimestampError::Malformed`], and those of [`TimestampToken::from_der`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, TimestampError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(TimestampError::TooLarge { limit: Self::MAX_BYTES });
        }
        let TimeStampResp { status, token } = der::decode(bytes).map_err(|_| MALFORMED)?;
        // 0 and 1: granted, with or without changes; 2 to 5: rejected, waiting, and two about revocation.
        let outcome = match (status.status, token) {
            (0 | 1, Some(token)) => Ok(TimestampToken::from_der(&token.to_der().map_err(|_| MALFORMED)?)?),
            (2..=5, None) => Err(status.failure.as_ref().map_or(Rejection::Unspecified, rejection)),
            _ => return Err(MALFORMED),
        };
        let text = status.text.map(|texts| texts.join(" "));
        Ok(Self { der: bytes.to_vec(), outcome, text })
    }

    /// Wraps a token.
    pub(super) fn granted(token: &TimestampToken) -> Result<Self, TimestampError> {
        let status = StatusInfo { status: 0, text: None, failure: None };
        Self::written(status, Some(der::decode(token.as_der()).map_err(|_| MALFORMED)?))
    }

    /// Refuses.
    pub(super) fn rejected(rejection: Rejection) -> Result<Self, TimestampError> {
        let text = rejection.label(crate::Lang::En).to_owned();
        Self::written(StatusInfo { status: 2, text: Some(vec![text]), failure: rejection.bit().map(bits) }, None)
    }

    fn written(status: StatusInfo, token: Option<Raw>) -> Result<Self, TimestampError> {
        Self::from_der(&der::encode(&TimeStampResp { status, token }).map_err(|_| MALFORMED)?)
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The token, if it was granted; whether it answers a request is for [`token_for`](Self::token_for).
    #[must_use]
    pub fn token(&self) -> Option<&TimestampToken> {
        self.outcome.as_ref().ok()
    }

    /// Why it was refused, if it was.
    #[must_use]
    pub fn rejection(&self) -> Option<Rejection> {
        self.outcome.as_ref().err().copied()
    }

    /// What the authority adds in words.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The token, if it is the one that was asked for: the same imprint, the same nonce, the policy if one was asked for,
    /// and a certificate if certificates were.
    ///
    /// # Errors
    /// [`TimestampError::Rejected`], [`TimestampError::OtherRequest`].
    pub fn token_for(&self, request: &TimestampRequest) -> Result<&TimestampToken, TimestampError> {
        let token = self.outcome.as_ref().map_err(|rejection| TimestampError::Rejected { rejection: *rejection })?;
        let other = if token.imprint() != request.imprint() {
            "imprint"
        } else if token.nonce != request.nonce {
            "nonce"
        } else if request.policy.is_some_and(|policy| policy != token.policy) {
            "policy"
        } else if request.wants_certificates() == token.certificates().is_empty() {
            "certificate"
        } else {
            return Ok(token);
        };
        Err(TimestampError::OtherRequest { what: other })
    }
}

impl fmt::Debug for TimestampResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimestampResponse({:?})", self.outcome)
    }
}

/// The first known bit that is set.
fn rejection(bits: &BitString) -> Rejection {
    let set = |wanted: usize| {
        let byte = bits.raw_bytes().get(wanted / 8).copied().unwrap_or(0);
        byte & 0x80 >> (wanted % 8) != 0
    };
    let found = Rejection::ALL.iter().copied().find(|rejection| rejection.bit().is_some_and(set));
    found.unwrap_or(Rejection::Unspecified)
}

/// A BIT STRING with one bit set and none after it: DER of a list of named bits.
fn bits(bit: usize) -> BitString {
    let mut bytes = vec![0; bit / 8 + 1];
    bytes[bit / 8] = 0x80 >> (bit % 8);
    let unused = u8::try_from(7 - bit % 8).expect("at most 7");
    BitString::new(unused, bytes).expect("at most seven bits are not used, and those are zero")
}

use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;
use ::der::pem::LineEnding;

use crate::der;
use crate::sm::Sm3Digest;
use crate::sm::random;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::Audience;
use super::AuthError;
use super::SKEW;
use super::asn1::VERSION;
use super::asn1::generalized;
use super::asn1::instant;

/// The word that the structure begins with.
const KIND: &str = "eseal auth challenge";
/// The word in the PEM lines.
const PEM_LABEL: &str = "AUTH CHALLENGE";

/// `AuthChallenge` of our own: no standard has one.
#[derive(Sequence)]
struct Body {
    kind: String,
    version: u32,
    audience: String,
    nonce: OctetString,
    issued: GeneralizedTime,
    expires: GeneralizedTime,
}

/// What a service asks a visitor to sign (认证挑战): whom it is for, 32 random bytes, from when till when.
///
/// Holds no secret and nothing about the visitor. Whoever made it keeps it until the proof comes back, and accepts one
/// proof for it: [`ChallengeBook`](super::ChallengeBook) does both. Keeps the bytes it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    der: Vec<u8>,
    audience: Audience,
    period: Period,
}

impl Challenge {
    /// The largest challenge that is read, in bytes: several times a real one.
    pub const MAX_BYTES: usize = 4 << 10;
    /// The usual life, in seconds: five minutes, enough to find a token and type its PIN.
    pub const USUAL: i64 = 300;
    /// The longest life, in seconds: an hour. What lives longer is more likely to be answered for somebody else.
    pub const LONGEST: i64 = 3600;

    /// Makes a challenge that may be answered for `life` seconds from now on.
    ///
    /// # Errors
    /// [`AuthError::BadLife`] for a life that is not 1 to [`Self::LONGEST`]; [`AuthError::Sm`] without randomness.
    pub fn new(audience: &Audience, now: Instant, life: i64) -> Result<Self, AuthError> {
        if !(1..=Self::LONGEST).contains(&life) {
            return Err(AuthError::BadLife { most: Self::LONGEST });
        }
        let mut nonce = [0; 32];
        random(&mut nonce)?;
        let body = Body {
            kind: KIND.into(),
            version: VERSION,
            audience: audience.as_str().into(),
            nonce: OctetString::new(nonce).expect("32 bytes"),
            issued: generalized(now),
            expires: generalized(now.plus_seconds(life)),
        };
        Self::from_bytes(&der::encode(&body).expect("a short structure encodes"))
    }

    /// Reads DER or PEM.
    ///
    /// # Errors
    /// [`AuthError::Malformed`], also for a period longer than [`Self::LONGEST`]; [`AuthError::UnsupportedVersion`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AuthError> {
        let malformed = || AuthError::Malformed { what: "challenge" };
        if bytes.len() > Self::MAX_BYTES {
            return Err(malformed());
        }
        let der = match bytes.first() {
            Some(0x30) => bytes.to_vec(),
            _ => match ::der::pem::decode_vec(bytes) {
                Ok((PEM_LABEL, document)) => document,
                _ => return Err(malformed()),
            },
        };
        let body: Body = der::decode(&der).map_err(|_| malformed())?;
        if body.kind != KIND {
            return Err(malformed());
        }
        if body.version != VERSION {
            return Err(AuthError::UnsupportedVersion { version: body.version });
        }
        let audience = Audience::new(body.audience).map_err(|_| malformed())?;
        let period = Period::new(instant(body.issued), instant(body.expires)).map_err(|_| malformed())?;
        let life = period.to().unix() - period.from().unix();
        if body.nonce.as_bytes().len() != 32 || !(1..=Self::LONGEST).contains(&life) {
            return Err(malformed());
        }
        Ok(Self { der, audience, period })
    }

    /// The challenge, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The challenge, PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        ::der::pem::encode_string(PEM_LABEL, LineEnding::LF, &self.der).expect("the label is a PEM label")
    }

    /// Whom it says it is for.
    #[must_use]
    pub const fn audience(&self) -> &Audience {
        &self.audience
    }

    /// From when till when it may be answered.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// SM3 of the challenge, by which a proof names it.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        sm3(&self.der)
    }

    /// Whether it is for this audience and may be answered now: worth asking before anybody types a PIN.
    ///
    /// # Errors
    /// [`AuthError::AudienceDiffers`], [`AuthError::Expired`]; [`AuthError::Clock`] when it was made more than five minutes
    /// after `now`.
    pub fn check(&self, audience: &Audience, now: Instant) -> Result<(), AuthError> {
        if self.audience != *audience {
            return Err(AuthError::AudienceDiffers {
                expected: audience.to_string(),
                found: self.audience.to_string(),
            });
        }
        if now > self.period.to() {
            return Err(AuthError::Expired { at: self.period.to() });
        }
        if now.plus_seconds(SKEW) < self.period.from() {
            return Err(AuthError::Clock { claimed: self.period.from(), now });
        }
        Ok(())
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Challenge({}, until {})", self.audience, self.period.to())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_unix(1_795_500_000);

    fn body() -> Body {
        Body {
            kind: KIND.into(),
            version: 1,
            audience: "https://a.example".into(),
            nonce: OctetString::new([1; 32]).unwrap(),
            issued: generalized(NOW),
            expires: generalized(NOW.plus_seconds(60)),
        }
    }

    fn read(body: &Body) -> Result<Challenge, AuthError> {
        Challenge::from_bytes(&der::encode(body).unwrap())
    }

    #[test]
    fn what_is_made_reads_back_as_der_and_pem() {
        let audience = Audience::new("https://a.example").unwrap();
        let challenge = Challenge::new(&audience, NOW, Challenge::USUAL).unwrap();
        assert_eq!(Challenge::from_bytes(challenge.as_der()).unwrap(), challenge);
        assert_eq!(Challenge::from_bytes(challenge.to_pem().as_bytes()).unwrap(), challenge);
        assert_eq!(challenge.period().to(), NOW.plus_seconds(300));
        let other = Challenge::new(&audience, NOW, Challenge::USUAL).unwrap();
        assert_ne!(challenge.digest(), other.digest(), "each has its own random bytes");
    }

    #[test]
    fn a_life_of_nothing_or_of_days_is_refused() {
        let audience = Audience::new("a").unwrap();
        for life in [i64::MIN, -1, 0, 3601, i64::MAX] {
            assert_eq!(Challenge::new(&audience, NOW, life), Err(AuthError::BadLife { most: 3600 }), "{life}");
        }
    }

    #[test]
    fn what_is_no_challenge_is_refused() {
        let malformed = Err(AuthError::Malformed { what: "challenge" });
        assert!(read(&body()).is_ok());
        assert_eq!(read(&Body { kind: "eseal auth proof".into(), ..body() }), malformed);
        assert_eq!(read(&Body { version: 2, ..body() }), Err(AuthError::UnsupportedVersion { version: 2 }));
        assert_eq!(read(&Body { audience: "示例".into(), ..body() }), malformed);
        assert_eq!(read(&Body { nonce: OctetString::new([1; 31]).unwrap(), ..body() }), malformed);
        assert_eq!(read(&Body { expires: generalized(NOW), ..body() }), malformed);
        assert_eq!(read(&Body { expires: generalized(NOW.plus_seconds(-1)), ..body() }), malformed);
        assert_eq!(read(&Body { expires: generalized(NOW.plus_seconds(3601)), ..body() }), malformed);
        let whole = der::encode(&body()).unwrap();
        for length in 0..whole.len() {
            assert_eq!(Challenge::from_bytes(&whole[..length]), malformed, "{length}");
        }
        assert_eq!(Challenge::from_bytes(&[whole, vec![0]].concat()), malformed);
        assert_eq!(Challenge::from_bytes(&[0x30; Challenge::MAX_BYTES + 1]), malformed);
        assert_eq!(Challenge::from_bytes(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), malformed);
    }
}

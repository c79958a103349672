use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;
use ::der::pem::LineEnding;

use crate::cert::Certificate;
use crate::cert::Name;
use crate::cert::SerialNumber;
use crate::der;
use crate::der::Raw;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::key::to_base32;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::sm::random;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::generalized;
use crate::time::instant;

use super::TokenError;
use super::container::MAX_OBJECTS;
use super::unlock_message::MAX_REASON;
use super::unlock_message::MAX_SHARE;
use super::unlock_message::VERSION;
use super::unlock_message::array;
use super::unlock_message::octets;
use super::unlock_message::shortened;

const REQUEST_LABEL: &str = "TOKEN UNLOCK REQUEST";

#[derive(Clone, PartialEq, Eq, Sequence)]
struct IssuerAndSerial {
    issuer: Raw,
    serial: Raw,
}

/// `UnlockRequest` of the soft token's own format, 6.4.
#[derive(Clone, Sequence)]
struct RequestBody {
    version: u32,
    serial: OctetString,
    epoch: u64,
    certificates: Vec<IssuerAndSerial>,
    share: OctetString,
    ephemeral_key: Raw,
    nonce: OctetString,
    requested_at: GeneralizedTime,
    #[asn1(optional = "true")]
    reason: Option<String>,
}

/// What the holder of a token sends to be let in again (解锁申请).
///
/// It holds no secret: the share in it opens with the unlocker's key alone, and what comes back with the ephemeral key
/// alone, which stays on the device. Nothing in it is proven; the authority compares [`code`](Self::code) with what the
/// holder reads aloud, and the registry's memory with the epoch.
#[derive(Clone)]
pub struct UnlockRequest {
    der: Vec<u8>,
    pub(super) serial: [u8; 16],
    pub(super) epoch: u64,
    certificates: Vec<(Name, SerialNumber)>,
    pub(super) share: Vec<u8>,
    pub(super) ephemeral_key: PublicKey,
    requested_at: Instant,
    reason: Option<String>,
}

/// The parts of a request that is being made.
pub(super) struct RequestDraft<'a> {
    pub(super) serial: [u8; 16],
    pub(super) epoch: u64,
    pub(super) certificates: &'a [Certificate],
    pub(super) share: &'a [u8],
    pub(super) ephemeral_key: &'a PublicKey,
    pub(super) reason: Option<&'a str>,
    pub(super) now: Instant,
}

impl UnlockRequest {
    /// The largest request that is read: 64 KiB, room for the names of every certificate of a full token.
    pub const MAX_BYTES: usize = 64 << 10;

    pub(super) fn make(draft: &RequestDraft<'_>) -> Result<Self, TokenError> {
        let mut nonce = [0; 32];
        random(&mut nonce)?;
        let raw = |bytes: &[u8]| der::decode::<Raw>(bytes).map_err(|_| TokenError::UnlockMalformed);
        let mut certificates = Vec::new();
        for certificate in draft.certificates.iter().take(MAX_OBJECTS) {
            let serial = raw(&certificate.serial().to_der())?;
            certificates.push(IssuerAndSerial { issuer: raw(certificate.issuer().as_der())?, serial });
        }
        let body = RequestBody {
            version: VERSION,
            serial: octets(&draft.serial),
            epoch: draft.epoch,
            certificates,
            share: octets(draft.share),
            ephemeral_key: raw(&public_key_to_spki(draft.ephemeral_key))?,
            nonce: octets(&nonce),
            requested_at: generalized(draft.now),
            reason: draft.reason.map(shortened),
        };
        Self::from_bytes(&der::encode(&body).map_err(|_| TokenError::UnlockMalformed)?)
    }

    /// Reads PEM or DER.
    ///
    /// # Errors
    /// [`TokenError::UnlockMalformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        let malformed = || TokenError::UnlockMalformed;
        if bytes.len() > Self::MAX_BYTES {
            return Err(malformed());
        }
        let der = match bytes.first() {
            Some(0x30) => bytes.to_vec(),
            _ => match ::der::pem::decode_vec(bytes) {
                Ok((REQUEST_LABEL, document)) => document,
                _ => return Err(malformed()),
            },
        };
        let body: RequestBody = der::decode(&der).map_err(|_| malformed())?;
        let sound = body.version == VERSION
            && body.nonce.as_bytes().len() == 32
            && body.share.as_bytes().len() <= MAX_SHARE
            && body.certificates.len() <= MAX_OBJECTS
            && body.reason.as_ref().is_none_or(|reason| reason.len() <= MAX_REASON);
        if !sound {
            return Err(malformed());
        }
        let key = der::encode(&body.ephemeral_key).map_err(|_| malformed())?;
        let (ephemeral_key, _) = public_key_from_spki(&key).map_err(|_| malformed())?;
        let mut certificates = Vec::with_capacity(body.certificates.len());
        for one in &body.certificates {
            let issuer = der::encode(&one.issuer).map_err(|_| malformed())?;
            let issuer = Name::from_der(&issuer).map_err(|_| malformed())?;
            let serial = SerialNumber::from_bytes(one.serial.value()).map_err(|_| malformed())?;
            certificates.push((issuer, serial));
        }
        Ok(Self {
            serial: array(&body.serial)?,
            epoch: body.epoch,
            certificates,
            share: body.share.as_bytes().to_vec(),
            ephemeral_key,
            requested_at: instant(body.requested_at),
            reason: body.reason,
            der,
        })
    }

    /// The request, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The request, PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        ::der::pem::encode_string(REQUEST_LABEL, LineEnding::LF, &self.der).expect("the label is a PEM label")
    }

    /// SM3 of the request, which a grant names.
    #[must_use]
    pub fn digest(&self) -> Sm3Digest {
        sm3(&self.der)
    }

    /// The code that the holder reads aloud over another channel: eight characters, base32 of the first five bytes of
    /// SM3 of the request.
    #[must_use]
    pub fn code(&self) -> String {
        let digest = self.digest();
        let text = to_base32(&digest.as_bytes()[..5]);
        text.replace('-', "")
    }

    /// The token's serial number, hexadecimal.
    #[must_use]
    pub fn token(&self) -> String {
        self.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How often the token was sealed anew, as it says.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The certificates in the token, as it says: their issuers and serial numbers.
    #[must_use]
    pub fn certificates(&self) -> &[(Name, SerialNumber)] {
        &self.certificates
    }

    /// When the request was made, by the device's clock.
    #[must_use]
    pub const fn requested_at(&self) -> Instant {
        self.requested_at
    }

    /// What the holder said why.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl fmt::Debug for UnlockRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnlockRequest({}, epoch {})", self.token(), self.epoch)
    }
}

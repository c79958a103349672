use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::cert::Certificate;
use crate::cms::SignedMessage;
use crate::cms::Statement;
use crate::der;
use crate::key::Decrypter;
use crate::key::Signer;
use crate::sm::Sm3Digest;
use crate::sm::random;
use crate::time::Instant;
use crate::time::Period;
use crate::time::generalized;
use crate::time::instant;

use super::TokenError;
use super::UnlockRequest;
use super::container::open_unlock_share;
use super::unlock_message::MAX_REASON;
use super::unlock_message::MAX_SHARE;
use super::unlock_message::VERSION;
use super::unlock_message::array;
use super::unlock_message::octets;
use super::unlock_message::shortened;
use super::unlock_message::statement;

/// The number of a grant: 16 random bytes, shown in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct GrantId([u8; 16]);

impl GrantId {
    /// A new one.
    ///
    /// # Errors
    /// [`TokenError::Sm`] when the system gives no randomness.
    pub fn random() -> Result<Self, TokenError> {
        let mut id = [0; 16];
        random(&mut id)?;
        Ok(Self(id))
    }

    /// From stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({self})")
    }
}

/// `UnlockGrant` of the soft token's own format, 6.4.
#[derive(Sequence)]
struct GrantBody {
    version: u32,
    grant_id: OctetString,
    request_digest: OctetString,
    serial: OctetString,
    epoch: u64,
    not_before: GeneralizedTime,
    not_after: GeneralizedTime,
    share: OctetString,
    #[asn1(optional = "true")]
    note: Option<String>,
}

/// What a grant says beside what its request says.
#[derive(Clone, Copy, Debug)]
pub struct GrantTerms<'t> {
    /// Its number.
    pub id: GrantId,
    /// From when till when it may be used: [`UnlockGrant::LONGEST`] at most.
    pub period: Period,
    /// What the authority says about it; of a long text the beginning.
    pub note: Option<&'t str>,
}

/// The authority's permission to set a new PIN (解锁授权), once, for one request of one token.
///
/// A signed message of GB/T 35275. Of use only to the device that made the request: the share in it is encrypted to the
/// ephemeral key that never left it.
#[derive(Clone)]
pub struct UnlockGrant {
    message: SignedMessage,
    unlocker: Certificate,
    pub(super) id: GrantId,
    pub(super) request_digest: [u8; 32],
    pub(super) serial: [u8; 16],
    pub(super) epoch: u64,
    pub(super) share: Vec<u8>,
    period: Period,
    note: Option<String>,
}

impl UnlockGrant {
    /// The longest life of a grant, in seconds: a day.
    pub const LONGEST: i64 = 24 * 60 * 60;

    /// Permits what a request asks for, with the unlocker's certificate and key, for [`LONGEST`](Self::LONGEST).
    ///
    /// Whether the holder may is for the caller to have decided.
    ///
    /// # Errors
    /// As [`issue_with`](Self::issue_with).
    pub fn issue(
        request: &UnlockRequest,
        unlocker: &Certificate,
        signer: &dyn Signer,
        decrypter: &dyn Decrypter,
        now: Instant,
    ) -> Result<Self, TokenError> {
        let period = Period::new(now, now.plus_seconds(Self::LONGEST)).map_err(|_| TokenError::UnlockMalformed)?;
        let terms = GrantTerms { id: GrantId::random()?, period, note: None };
        Self::issue_with(request, &terms, unlocker, signer, decrypter, now)
    }

    /// Permits what a request asks for on these terms. Done twice on the same terms, it is the same permission.
    ///
    /// # Errors
    /// [`TokenError::UnlockShareForeign`] when the share is of another token or sealing than the request says;
    /// [`TokenError::Key`] when the key does not open it; [`TokenError::UnlockMalformed`] when the terms are for longer than
    /// a grant may live; [`TokenError::Cms`] when the grant cannot be signed.
    pub fn issue_with(
        request: &UnlockRequest,
        terms: &GrantTerms<'_>,
        unlocker: &Certificate,
        signer: &dyn Signer,
        decrypter: &dyn Decrypter,
        now: Instant,
    ) -> Result<Self, TokenError> {
        let plain = decrypter.decrypt(&request.share)?;
        let (serial, epoch, share) = open_unlock_share(&plain).ok_or(TokenError::UnlockShareForeign)?;
        if serial != request.serial || epoch != request.epoch {
            return Err(TokenError::UnlockShareForeign);
        }
        let body = GrantBody {
            version: VERSION,
            grant_id: octets(&terms.id.0),
            request_digest: octets(request.digest().as_bytes()),
            serial: octets(&serial),
            epoch,
            not_before: generalized(terms.period.from()),
            not_after: generalized(terms.period.to()),
            share: octets(&request.ephemeral_key.encrypt(share.as_ref())?),
            note: terms.note.map(shortened),
        };
        let body = der::encode(&body).map_err(|_| TokenError::UnlockMalformed)?;
        let message = Statement::UnlockGrant.sign(unlocker, signer, now, &body)?;
        Self::from_bytes(message.as_der())
    }

    /// Reads a grant, DER or PEM. Its signature holds by the key of the certificate that came along; whether that one may
    /// unlock, the token decides.
    ///
    /// # Errors
    /// [`TokenError::UnlockMalformed`], [`TokenError::UnlockSignature`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        let (message, unlocker, content) = statement(Statement::UnlockGrant, bytes)?;
        let body: GrantBody = der::decode(&content).map_err(|_| TokenError::UnlockMalformed)?;
        let share = body.share.as_bytes();
        let note_fits = body.note.as_ref().is_none_or(|note| note.len() <= MAX_REASON);
        if body.version != VERSION || share.len() > MAX_SHARE || !note_fits {
            return Err(TokenError::UnlockMalformed);
        }
        let (from, to) = (instant(body.not_before), instant(body.not_after));
        if to > from.plus_seconds(Self::LONGEST) {
            return Err(TokenError::UnlockMalformed);
        }
        let period = Period::new(from, to);
        Ok(Self {
            message,
            unlocker,
            id: GrantId(array(&body.grant_id)?),
            request_digest: array(&body.request_digest)?,
            serial: array(&body.serial)?,
            epoch: body.epoch,
            share: share.to_vec(),
            period: period.map_err(|_| TokenError::UnlockMalformed)?,
            note: body.note,
        })
    }

    /// The grant, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> GrantId {
        self.id
    }

    /// The token's serial number, hexadecimal.
    #[must_use]
    pub fn token(&self) -> String {
        self.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Which sealing of the token it is for.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// SM3 of the request that it answers.
    #[must_use]
    pub const fn request_digest(&self) -> Sm3Digest {
        Sm3Digest::from_bytes(self.request_digest)
    }

    /// What the authority says about it.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// From when till when it may be used.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }

    /// The certificate that signed it.
    #[must_use]
    pub const fn unlocker(&self) -> &Certificate {
        &self.unlocker
    }
}

impl fmt::Debug for UnlockGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnlockGrant({})", self.id)
    }
}

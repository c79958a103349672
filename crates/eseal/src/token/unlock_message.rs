//! What travels when a token is unlocked: the holder's request, the authority's grant, the token's receipt.

use std::fmt;
use std::time::Duration;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;
use ::der::pem::LineEnding;
use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::cert::Name;
use crate::cert::SerialNumber;
use crate::cms::SignedMessage;
use crate::cms::Statement;
use crate::cms::StatementFault;
use crate::der;
use crate::der::Raw;
use crate::key::Decrypter;
use crate::key::Signer;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::Sm3Digest;
use crate::sm::random;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::TokenError;
use super::container::MAX_OBJECTS;
use super::container::open_unlock_share;
use super::secret::base32;

const REQUEST_LABEL: &str = "TOKEN UNLOCK REQUEST";
const VERSION: u32 = 1;
/// The longest reason or note, in bytes of UTF-8: a sentence or two.
const MAX_REASON: usize = 512;
/// The longest encrypted share: twice a real one.
const MAX_SHARE: usize = 512;

pub(super) fn generalized(at: Instant) -> GeneralizedTime {
    // ASN.1 times begin in 1970 for the crate beneath; nobody made a token before.
    let since = Duration::from_secs(u64::try_from(at.unix()).unwrap_or_default());
    GeneralizedTime::from_unix_duration(since).expect("an Instant ends with the year 9999")
}

fn instant(time: GeneralizedTime) -> Instant {
    Instant::from_unix(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

/// The beginning of a text, as much as fits.
fn shortened(text: &str) -> String {
    text.chars().take(MAX_REASON / 4).collect()
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("short strings")
}

fn array<const N: usize>(string: &OctetString) -> Result<[u8; N], TokenError> {
    string.as_bytes().try_into().map_err(|_| TokenError::UnlockMalformed)
}

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
    serial: [u8; 16],
    epoch: u64,
    certificates: Vec<(Name, SerialNumber)>,
    share: Vec<u8>,
    ephemeral_key: PublicKey,
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
        let text = base32(&digest.as_bytes()[..5]);
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

/// `UnlockReceipt` of the soft token's own format, 6.4.
#[derive(Sequence)]
struct ReceiptBody {
    version: u32,
    grant_id: OctetString,
    serial: OctetString,
    new_epoch: u64,
    at: GeneralizedTime,
}

/// What a token says after it was unlocked (解锁回执), signed by its signing key, so that the authority knows the epoch.
#[derive(Clone)]
pub struct UnlockReceipt {
    message: SignedMessage,
    holder: Certificate,
    grant: GrantId,
    serial: [u8; 16],
    epoch: u64,
    at: Instant,
}

impl UnlockReceipt {
    pub(super) fn make(
        grant: GrantId,
        serial: &[u8; 16],
        epoch: u64,
        holder: &Certificate,
        signer: &dyn Signer,
        now: Instant,
    ) -> Result<Self, TokenError> {
        let body = ReceiptBody {
            version: VERSION,
            grant_id: octets(&grant.0),
            serial: octets(serial),
            new_epoch: epoch,
            at: generalized(now),
        };
        let body = der::encode(&body).map_err(|_| TokenError::UnlockMalformed)?;
        let message = Statement::UnlockReceipt.sign(holder, signer, now, &body)?;
        Self::from_bytes(message.as_der())
    }

    /// Reads a receipt, DER or PEM. Its signature holds by the certificate that came along; whether that one is the
    /// token's is for the authority to compare.
    ///
    /// # Errors
    /// [`TokenError::UnlockMalformed`], [`TokenError::UnlockSignature`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        let (message, holder, content) = statement(Statement::UnlockReceipt, bytes)?;
        let body: ReceiptBody = der::decode(&content).map_err(|_| TokenError::UnlockMalformed)?;
        if body.version != VERSION {
            return Err(TokenError::UnlockMalformed);
        }
        let (grant, serial) = (GrantId(array(&body.grant_id)?), array(&body.serial)?);
        Ok(Self { message, holder, grant, serial, epoch: body.new_epoch, at: instant(body.at) })
    }

    /// The receipt, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// The grant that was used.
    #[must_use]
    pub const fn grant(&self) -> GrantId {
        self.grant
    }

    /// The token's serial number, hexadecimal.
    #[must_use]
    pub fn token(&self) -> String {
        self.serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// How often the token was sealed anew, this time among them.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When, by the device's clock.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The certificate that signed it.
    #[must_use]
    pub const fn holder(&self) -> &Certificate {
        &self.holder
    }
}

impl fmt::Debug for UnlockReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnlockReceipt({}, epoch {})", self.token(), self.epoch)
    }
}

/// A statement of this kind, its signer's certificate, and what it says.
fn statement(kind: Statement, bytes: &[u8]) -> Result<(SignedMessage, Certificate, Vec<u8>), TokenError> {
    match kind.read(bytes, UnlockRequest::MAX_BYTES) {
        Ok(read) => Ok((read.message, read.signer, read.content)),
        Err(StatementFault::Signature) => Err(TokenError::UnlockSignature),
        Err(StatementFault::Malformed | StatementFault::OtherKind) => Err(TokenError::UnlockMalformed),
    }
}

/// What a device keeps while it waits for a grant: the ephemeral key, and which request it belongs to.
#[derive(Sequence)]
struct PendingBody<'a> {
    request_digest: &'a ::der::asn1::OctetStringRef,
    private_key: &'a ::der::asn1::OctetStringRef,
    requested_at: GeneralizedTime,
}

/// A request that waits for its grant (待解锁): the half of it that stays on the device. Wipes itself.
pub struct PendingUnlock {
    pub(super) request_digest: [u8; 32],
    pub(super) key: SecretKey,
    pub(super) requested_at: Instant,
}

impl PendingUnlock {
    /// How long a request waits, in seconds: seven days.
    pub const LONGEST: i64 = 7 * 24 * 60 * 60;

    /// The bytes before they are sealed.
    pub(super) fn to_plain(&self) -> Zeroizing<Vec<u8>> {
        let scalar = self.key.expose();
        let short = |bytes| ::der::asn1::OctetStringRef::new(bytes).expect("32 bytes");
        let body = PendingBody {
            request_digest: short(&self.request_digest),
            private_key: short(scalar.as_ref()),
            requested_at: generalized(self.requested_at),
        };
        Zeroizing::new(der::encode(&body).expect("a short structure encodes"))
    }

    pub(super) fn from_plain(plain: &[u8]) -> Option<Self> {
        let body: PendingBody<'_> = der::decode(plain).ok()?;
        Some(Self {
            request_digest: body.request_digest.as_bytes().try_into().ok()?,
            key: SecretKey::from_bytes(body.private_key.as_bytes()).ok()?,
            requested_at: instant(body.requested_at),
        })
    }
}

impl fmt::Debug for PendingUnlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingUnlock([redacted])")
    }
}

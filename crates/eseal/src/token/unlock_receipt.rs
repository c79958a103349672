use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::cert::Certificate;
use crate::cms::SignedMessage;
use crate::cms::Statement;
use crate::der;
use crate::key::Signer;
use crate::time::Instant;
use crate::time::generalized;
use crate::time::instant;

use super::GrantId;
use super::TokenError;
use super::unlock_message::VERSION;
use super::unlock_message::array;
use super::unlock_message::octets;
use super::unlock_message::statement;

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
            grant_id: octets(grant.as_bytes()),
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
        let (grant, serial) = (GrantId::from_bytes(array(&body.grant_id)?), array(&body.serial)?);
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

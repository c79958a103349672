use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use zeroize::Zeroizing;

use crate::der;
use crate::sm::SecretKey;
use crate::time::Instant;
use crate::time::generalized;
use crate::time::instant;

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

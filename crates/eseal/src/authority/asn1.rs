//! What the structures of this room are written with.

use ::der::asn1::OctetString;

use crate::sm::Sm3Digest;
pub(super) use crate::time::generalized;
pub(super) use crate::time::instant;

pub(super) fn digest(digest: &Sm3Digest) -> OctetString {
    OctetString::new(*digest.as_bytes()).expect("32 bytes")
}

/// The digest in an octet string; `None` if it is none.
pub(super) fn digest_in(string: &OctetString) -> Option<Sm3Digest> {
    Some(Sm3Digest::from_bytes(string.as_bytes().try_into().ok()?))
}

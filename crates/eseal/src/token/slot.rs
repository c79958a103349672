//! The slots of a container: what its data key can be opened with.
//!
//! Names the crate `der` and not the room: the derive of `Choice` asks for that.

use der::Choice;
use der::Sequence;
use der::asn1::OctetString;

use super::kdf::Algorithm;

#[derive(Clone, Sequence)]
pub(super) struct PinSlot {
    pub(super) kdf: Algorithm,
    pub(super) device_bound: bool,
    pub(super) wrapped: OctetString,
}

#[derive(Clone, Sequence)]
pub(super) struct UnlockSlot {
    pub(super) authority: OctetString,
    pub(super) share: OctetString,
    pub(super) device_bound: bool,
    pub(super) wrapped: OctetString,
}

#[derive(Clone, Sequence)]
pub(super) struct RecoverySlot {
    pub(super) kdf: Algorithm,
    pub(super) wrapped: OctetString,
}

#[derive(Clone, Sequence)]
pub(super) struct ProviderSlot {
    pub(super) name: String,
    pub(super) wrapped: OctetString,
}

#[derive(Clone, Choice)]
pub(super) enum Slot {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Pin(PinSlot),
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Unlock(UnlockSlot),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Recovery(RecoverySlot),
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", constructed = "true")]
    Provider(ProviderSlot),
}

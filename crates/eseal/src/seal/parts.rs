//! What the codecs hand to the domain types: values, and places in the received bytes.

use std::ops::Range;

use const_oid::ObjectIdentifier;

use super::ClaimedTime;
use super::Extension;
use super::SealVersion;
use super::info::Info;

/// `SESeal` as read.
pub(super) struct SealParts {
    pub(super) version: SealVersion,
    pub(super) info: Info,
    /// The pieces that the maker signed: one slice, or the elements of a new SEQUENCE.
    pub(super) signed: Vec<Range<usize>>,
    pub(super) maker: Range<usize>,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) value: Range<usize>,
    pub(super) timestamp: Option<Range<usize>>,
}

/// `SES_Signature` as read.
pub(super) struct SignatureParts {
    pub(super) version: i64,
    pub(super) seal: Range<usize>,
    pub(super) time: ClaimedTime,
    pub(super) data_hash: Range<usize>,
    pub(super) property_info: String,
    pub(super) extensions: Vec<Extension>,
    /// `TBS_Sign`.
    pub(super) signed: Range<usize>,
    pub(super) signer: Range<usize>,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) value: Range<usize>,
    pub(super) timestamp: Option<Range<usize>>,
}

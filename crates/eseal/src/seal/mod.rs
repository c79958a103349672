//! Room `seal`: seal pictures, electronic seals (电子印章) and seal signatures (电子签章数据).
//!
//! One domain type each for the seal and the seal signature, one codec file per version of the standard: [`Seal`] and
//! [`SealSignature`] are read from GM/T 0031-2014 (V1), GB/T 38540-2020 (V4) and GM/T 0031-2025 (V5); V4 and V5 are
//! written. What was received is kept byte for byte and signatures are checked over it, never over a re-encoding.
//! Uses `cert` and what that uses. Judges nothing beyond the signature value: whether a seal may be trusted is for
//! `verify`. Knows no documents.

mod check;
mod data;
mod deviation;
mod error;
mod info;
mod make;
mod parts;
mod picture;
mod shape;
mod signature;
mod signers;
mod to_be_signed;
mod v1;
mod v4;
mod vocabulary;
mod walk;
mod write;

#[cfg(test)]
mod tests;

pub use data::Seal;
pub use deviation::Deviation;
pub use deviation::DeviationKind;
pub use error::SealError;
pub use error::SignatureCause;
pub use make::SealDraft;
pub use make::SealId;
pub use make::SealMaker;
pub use picture::Picture;
pub use picture::PictureError;
pub use picture::PictureFormat;
pub use picture::Raster;
pub use picture::Size;
pub(crate) use picture::decode_picture;
pub use shape::Shape;
pub use shape::what_is;
pub use signature::SealSignature;
pub use signers::Listed;
pub use signers::SignerEntry;
pub use signers::SignerList;
pub use to_be_signed::ToBeSigned;
pub use vocabulary::ClaimedTime;
pub use vocabulary::Extension;
pub use vocabulary::SealKind;
pub use vocabulary::SealVersion;

pub use crate::sm::SignatureForm;

/// The largest seal or seal signature that is looked at, in bytes; room for the largest picture.
pub const MAX_BYTES: usize = crate::der::MAX_BYTES;

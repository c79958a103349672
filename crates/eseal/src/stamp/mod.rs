//! Room `stamp`: the act of stamping (电子签章): a seal on a document, signed by someone whom the seal lists.
//!
//! Uses `document` and `seal` and what those use. Knows the order of GB/T 38540-2020, 7.2: prepare the document, hash
//! it, lay out the part to be signed, sign, close, fill the hole. Never reads a clock, never sees a secret key, never
//! judges its own result: that is for `verify`.
//!
//! A [`Stamp`] is made once and applied to any number of documents: the seal's picture is decoded and compressed once.

mod act;
mod error;
mod pending;
mod place;

pub use act::Stamp;
pub use error::StampError;
pub use pending::{Pending, Stamped};
pub use place::{Place, PrintSize};

pub use crate::document::pdf::{Blend, Permission};

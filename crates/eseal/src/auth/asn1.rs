//! What both structures of this room are written with.

pub(super) use crate::time::generalized;
pub(super) use crate::time::instant;

/// The version of both structures.
pub(super) const VERSION: u32 = 1;

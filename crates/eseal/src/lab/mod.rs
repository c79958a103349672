//! Room `lab` (feature `lab`): a whole demo office in memory, and documents broken on purpose.
//!
//! For tests, benches, demonstrations and the command `eseal lab`. Comes last: nothing that ships for work can lean on it.
//! Every name and number is invented, every PIN is public, and the tokens are cheap to open: nothing that this room makes
//! protects anything. Forging lives in one file of its own; no other room can do what it does.
//!
//! The states of seals beyond their period (suspended, revoked, void) come with a later version: [`Which::Suspended`] and
//! [`Which::Withdrawn`] are files that nothing yet says so of.

mod broken;
mod error;
mod files;
mod forge;
mod holder;
mod office;
mod plain;
mod seals;
#[cfg(test)]
mod tests;

pub use error::LabError;
pub use files::Expected;
pub use files::LabFile;
pub use files::Role;
pub use holder::Custody;
pub use holder::Holder;
pub use holder::Who;
pub use office::LabSettings;
pub use office::Office;
pub use office::small_office;
pub use plain::PlainXref;
pub use plain::plain_pdf;
pub use plain::plain_pdf_with;
pub use seals::Which;

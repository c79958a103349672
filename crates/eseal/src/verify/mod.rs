//! Room `verify`: the act of verifying (验证), and the report.
//!
//! Uses `document`, `seal` and `timestamp` and what those use. Asks every question of GB/T 38540-2020, 7.3 (and of what
//! came before and after it), each even after another was answered badly, over the received bytes. A [`Verdict`] is
//! computed from the [`Finding`]s and never stored. Trust, revocation lists and the time are arguments.

mod cache;
mod certificates;
mod check;
mod clause;
mod code;
mod detached;
mod error;
mod finding;
mod message_questions;
mod pdf_questions;
mod picture_questions;
mod policy;
mod report;
mod seal_questions;
mod shown;
mod signature_questions;
mod timestamp_questions;
mod verdict;
mod verifier;

#[cfg(test)]
mod tests;

pub use check::Check;
pub use code::Code;
pub use code::codes;
pub use code::label_of;
pub use detached::DetachedVerification;
pub use error::VerifyError;
pub use finding::Finding;
pub use finding::Outcome;
pub use policy::AllowLater;
pub use policy::Policy;
pub use policy::Requirement;
pub use policy::Requirements;
pub use report::MessageReport;
pub use report::Report;
pub use report::SealReport;
pub use report::ShownAt;
pub use report::StampKind;
pub use report::StampReport;
pub use report::TimestampReport;
pub use verdict::Verdict;
pub use verifier::Verifier;

pub use crate::cert::RevocationPolicy;
pub use crate::document::pdf::ChangeClass;

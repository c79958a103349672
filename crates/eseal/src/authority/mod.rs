//! Room `authority`: issuing, revoking and making seals with a memory (签发机构).
//!
//! Uses `registry`, `timestamp`, `token` and what those use. Each act signs first and then writes its record and audit
//! entry in one write; what could not be written is not handed out. Permission to unlock a token is written down before
//! the unlocker's key is used. Never reads a clock and never decides who may have a certificate.

mod activate;
mod application;
mod application_der;
mod approval;
pub mod approvals;
mod asn1;
mod error;
mod escrow;
mod issue;
mod list;
mod make;
mod officer;
mod order;
mod passphrase;
mod recovery;
mod renew;
mod replace;
mod rules;
mod seals;
mod settle;
mod source;
mod status;
mod succession;
mod timestamps;
mod unlock;

pub use activate::ActivationCodes;
pub use activate::Assent;
pub use activate::approve_application;
pub use activate::file_application;
pub use activate::refuse_application;
pub use application::Application;
pub use application::ApplicationState;
pub use application::Filing;
pub use application::application;
pub use application::applications;
pub use approval::Approval;
pub use error::AuthorityError;
pub use escrow::Escrow;
pub use issue::Authority;
pub use list::ListScope;
pub use officer::Duty;
pub use officer::Officer;
pub use officer::anyone_with;
pub use officer::appoint;
pub use officer::dismiss;
pub use officer::officer;
pub use officer::officers;
pub use order::Filled;
pub use order::Issued;
pub use order::Order;
pub use order::Partner;
pub use passphrase::hold_by_passphrase;
pub use recovery::RecoveryFault;
pub use recovery::RecoveryOrder;
pub use renew::Predecessor;
pub use renew::RenewalRules;
pub use replace::Loss;
pub use rules::ActivationRule;
pub use rules::CodeRule;
pub use rules::OfficeRules;
pub use seals::make_seal;
pub use source::RegistryStatus;
pub use status::hold;
pub use status::release;
pub use status::revoke;
pub use succession::Succession;
pub use succession::newest_of_key;
pub use succession::outdated_seals;
pub use timestamps::respond_with_timestamp;
pub use unlock::Confirmation;
pub use unlock::GrantRecord;
pub use unlock::GrantState;
pub use unlock::ReviewedCertificate;
pub use unlock::UnlockHistory;
pub use unlock::UnlockObstacle;
pub use unlock::UnlockOffice;
pub use unlock::UnlockReview;
pub use unlock::Unlocker;

/// How often an act is tried again because another process took its number meanwhile.
const ATTEMPTS: usize = 8;

#[cfg(test)]
mod tests;

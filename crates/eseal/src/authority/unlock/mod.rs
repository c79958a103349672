//! Permission to unlock a token (解锁授权), with a memory: who asked, what was granted, and which sealing is the newest.

mod history;
mod obstacle;
mod office;
mod receipt;
mod review;
#[cfg(test)]
mod tests;

pub use history::GrantRecord;
pub use history::GrantState;
pub use history::UnlockHistory;
pub use obstacle::UnlockObstacle;
pub use office::Confirmation;
pub use office::UnlockOffice;
pub use office::Unlocker;
pub use review::ReviewedCertificate;
pub use review::UnlockReview;

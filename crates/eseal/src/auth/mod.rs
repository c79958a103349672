//! Room `auth`: proving to a service that somebody holds the key of a certificate (统一身份认证).
//!
//! Uses `cms` and what that uses. The service makes a [`Challenge`], the holder's program answers it with a [`Proof`], the
//! service verifies that and gets a [`Login`]: bytes in, bytes out, so that any transport will do. A proof is bound to the
//! audience that the holder's program believes to talk to, to one challenge, to a time and to one certificate.
//!
//! A proof is a signed message of GB/T 35275 whose content has a type of its own, and that type is signed: no signature
//! that the holder gave for anything else passes for a proof, and a proof passes for nothing else.
//!
//! Never reads a clock, never decides what somebody may do after the login. [`ChallengeBook`] keeps open challenges in
//! memory; a service of several processes keeps them itself.

mod asn1;
mod audience;
mod book;
mod challenge;
mod error;
mod proof;
#[cfg(test)]
mod tests;

pub use audience::Audience;
pub use book::ChallengeBook;
pub use challenge::Challenge;
pub use error::AuthError;
pub use proof::Expectation;
pub use proof::Login;
pub use proof::Proof;
pub use proof::respond;
pub use proof::respond_with_chain;
pub use proof::verify;

/// How far the clocks of a service and its visitors may be apart, in seconds: as for time stamps.
const SKEW: i64 = 300;

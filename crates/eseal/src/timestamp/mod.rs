//! Room `timestamp`: time stamps (时间戳): requests, responses, tokens, and the authority that makes them.
//!
//! Uses `cms` and what that uses. RFC 3161 and RFC 5816 with SM3 and SM2, and GB/T 20520 (clauses not checked). Never reads
//! a clock and never sends anything; serial numbers are given by the caller, who remembers them.

mod asn1;
mod authority;
mod error;
mod imprint;
mod judge;
mod request;
mod response;
#[cfg(test)]
mod tests;
mod token;

pub use authority::TimestampAuthority;
pub use error::Rejection;
pub use error::TimestampError;
pub use imprint::Imprint;
pub use imprint::ImprintHash;
pub use imprint::ImprintHasher;
pub use judge::TimestampFault;
pub use judge::TokenJudgement;
pub use request::TimestampRequest;
pub use response::TimestampResponse;
pub use token::TimestampToken;

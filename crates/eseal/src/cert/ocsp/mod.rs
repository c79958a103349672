//! OCSP (在线证书状态协议): asking whether certificates are revoked, answering, and judging answers.
//!
//! RFC 6960, and GB/T 19713 (clauses not checked). Requests and responses are values made of bytes; whatever carries
//! them over a network is the caller's.

mod id;
mod request;
mod responder;
mod response;
#[cfg(test)]
mod tests;

pub use id::CertId;
pub use id::CertIdHash;
pub use request::OcspRequest;
pub use responder::OcspResponder;
pub use responder::ResponderName;
pub use responder::StatusSource;
pub use response::OcspResponse;
pub use response::OcspState;
pub use response::OcspStatus;
pub use response::SingleAnswer;

pub(super) use response::Held;

//! Room `cert`: names, certificates, requests, issuing, revocation lists, and the path from a certificate to trust.
//!
//! Uses `key`, `time` and what those use. What is read keeps its received bytes, and signatures are checked over them.
//! Never reads a clock, never fetches anything, brings no trusted certificate of its own: time, trust and revocation
//! lists are arguments.

mod activation;
mod asn1;
mod certificate;
pub mod danger;
mod draft;
mod entry;
mod error;
mod extension;
mod identity;
mod issuer;
mod link;
mod lint;
mod list;
mod name;
pub mod ocsp;
mod passphrase;
mod path;
mod pem;
mod profile;
mod request;
mod response;
mod revoked;
mod scope;
mod serial;
mod services;
mod shard;
mod signed;
mod subject_key;
mod trust;
mod write;

pub use activation::Activation;
pub use activation::ActivationCode;
pub use activation::ActivationKey;
pub use activation::RequestExtras;
pub use certificate::Certificate;
pub use draft::CertificateDraft;
pub use error::CertError;
pub use error::ResponderFault;
pub use error::SignatureFault;
pub use extension::ExtensionInfo;
pub use extension::KeyPurpose;
pub use extension::KeyUsage;
pub use identity::Identity;
pub use identity::IdentityKind;
pub use identity::IdentityNumber;
pub use issuer::Issuer;
pub use link::AlgorithmPolicy;
pub use link::LinkAlgorithm;
pub use lint::LintFinding;
pub use lint::LintRule;
pub use lint::LintSeverity;
pub use lint::lint;
pub use lint::lint_as;
pub use lint::lint_beneath;
pub use list::RevocationList;
pub use name::Name;
pub use passphrase::Passphrase;
pub use passphrase::PassphraseVerifier;
pub use path::AnchorPeriod;
pub use path::Answer;
pub use path::Cause;
pub use path::Ground;
pub use path::LinkCache;
pub use path::PathJudgement;
pub use path::PathValidator;
pub use path::Purpose;
pub use path::Question;
pub use path::RevocationPolicy;
pub use profile::Profile;
pub use profile::ProfileSet;
pub use profile::Role;
pub use request::CertificateRequest;
pub use request::RequestDialect;
pub use request::RequestPolicy;
pub use response::CertificateResponse;
pub use revoked::Reason;
pub use revoked::RevocationListDraft;
pub use revoked::Revoked;
pub use serial::SerialNumber;
pub use services::Services;
pub use services::UrlTemplate;
pub use shard::shard_of;
pub use trust::Trust;

pub(crate) use passphrase::VerifierDer;

/// Lower-case hexadecimal, two digits a byte.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Chinese electronic seals (电子印章) and SM2 soft certificates (软证书): issue, make a seal, stamp, verify.
//!
//! A seal in the sense of GB/T 38540-2020 is a signed container: a picture, a name, and the certificates of those who may
//! use it. Stamping (签章) puts the whole seal, the hash of a document and an SM2 signature into that document. This crate does
//! it for PDF files. It reads no clock, opens no connection and prints nothing: time, trust and keys are arguments.
//!
//! The four acts, one after another. Everything here runs as a test.
//!
//! # Issue
//!
//! A root signs itself, signs an issuing CA, and that issues certificates for keys which never leave their holders.
//!
//! ```
//! use eseal::cert::{CertificateRequest, Issuer, Name, Profile, SerialNumber};
//! use eseal::key::{SecretKey, SoftSigner};
//! use eseal::time::{Instant, Period};
//!
//! let now = Instant::parse("2026-11-24T14:00:00+08:00")?;
//! let root_key = SoftSigner::new(SecretKey::generate()?);
//! let name = Name::parse("CN=示例根,O=示例市数据局,C=CN")?;
//! let root = Issuer::self_signed(&name, &root_key, SerialNumber::random()?, Period::years(now, 20))?;
//! let root = Issuer::new(root, &root_key)?; // refuses a certificate that is no CA, or another's key
//!
//! let clerk_key = SoftSigner::new(SecretKey::generate()?); // in practice: token::Token, or hardware
//! let request = CertificateRequest::new(&Name::parse("CN=示例用户,O=示例市数据局,C=CN")?, &clerk_key)?;
//! let clerk = root.issue(&request, &Profile::organization(), SerialNumber::random()?, Period::years(now, 1))?;
//! assert_eq!(clerk.subject().to_string(), "CN=示例用户,O=示例市数据局,C=CN");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`authority`] does the same with a memory: what was issued is written down together with an audit entry. [`token`] keeps
//! keys in a file behind a PIN.
//!
//! # Make a seal
//!
//! A seal maker (制章者) signs the picture and the list of those who may use the seal.
//!
//! ```
//! # use eseal::cert::{Issuer, Name, Profile, SerialNumber};
//! # use eseal::key::{SecretKey, Signer, SoftSigner};
//! # use eseal::time::{Instant, Period};
//! use eseal::seal::{Picture, SealDraft, SealId, SealKind, SealMaker, SealVersion, Size};
//!
//! # let now = Instant::parse("2026-11-24T14:00:00+08:00")?;
//! # let root_key = SoftSigner::new(SecretKey::generate()?);
//! # let root = Issuer::self_signed(&Name::parse("CN=root,C=CN")?, &root_key, SerialNumber::random()?, Period::years(now, 9))?;
//! # let root = Issuer::new(root, &root_key)?;
//! # let (maker_key, clerk_key) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
//! # let issue = |name: &str, key: &SoftSigner, profile| {
//! #     root.issue_for(&Name::parse(name)?, key.public_key(), &profile, SerialNumber::random()?, Period::years(now, 1))
//! # };
//! # let maker = issue("CN=maker,C=CN", &maker_key, Profile::seal_maker())?;
//! # let clerk = issue("CN=clerk,C=CN", &clerk_key, Profile::organization())?;
//! # let png = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lab/pictures/organization.png"))?;
//! let draft = SealDraft {
//!     id: SealId::new("33010600000001")?,
//!     name: "示例市数据局".into(),
//!     kind: SealKind::ORGANIZATION,
//!     picture: Picture::png(png, Size::mm(42, 42)?)?,
//!     signers: vec![clerk],
//!     validity: Period::days(now, 300),
//!     vendor: None,
//!     version: SealVersion::V4, // GB/T 38540-2020
//! };
//! let seal = SealMaker::new(maker, &maker_key)?.make(&draft, now)?;
//! assert_eq!(seal.name(), "示例市数据局");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Stamp, and verify
//!
//! A stamp is one incremental update: the received file is the beginning of the stamped one. Verifying asks every question
//! even after one was answered badly, and believes only anchors that the caller names.
//!
//! ```
//! use eseal::document::pdf::Pdf;
//! use eseal::stamp::Stamp;
//! use eseal::verify::{Verdict, Verifier};
//!
//! # use eseal::lab::{LabSettings, Office, Which, plain_pdf};
//! # use eseal::time::Instant;
//! # let now = Instant::parse("2026-11-24T14:00:00+08:00")?;
//! # let office = Office::new(LabSettings::memory(now))?;
//! # let holder = office.holder(Which::Organization.signer());
//! # let (seal, certificate, signer) = (office.seal(Which::Organization), &holder.certificate, holder.signer());
//! # let file = plain_pdf(2, "a notice");
//! let stamp = Stamp::new(seal, certificate, "-1:right-40mm,bottom-40mm".parse()?)?; // the seal must list the signer
//! let stamped = stamp.apply(&Pdf::parse(&file)?, signer, now)?;
//! assert!(stamped.bytes.starts_with(&file));
//!
//! # let (trust, issuing, lists) = (office.trust(), office.intermediates(), office.revocation_lists());
//! let verifier = Verifier::new(&trust).intermediates(&issuing).revocation(&lists); // trust: the anchors you name
//! let report = verifier.verify(&Pdf::parse(&stamped.bytes)?, now)?;
//! assert_eq!(report.verdict(), Verdict::Valid);
//!
//! let mut changed = stamped.bytes.clone();
//! changed[10] ^= 1; // in a comment, where no reader minds
//! assert_eq!(verifier.verify(&Pdf::parse(&changed)?, now)?.verdict(), Verdict::Invalid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where keys wait elsewhere, [`stamp::Stamp::prepare`] and [`stamp::Pending::complete`] are the two halves of `apply`.
//!
//! # Rooms
//!
//! Things first, then acts; a room uses only rooms before it, and a test holds that: see `ARCHITECTURE.md`. Errors say that an
//! act could not be done, and have a stable `code()`; a bad document is a report, not an error.

mod der;
mod oid;

pub mod audit;
pub mod auth;
pub mod authority;
pub mod cert;
pub mod cms;
pub mod document;
pub mod inspect;
pub mod key;
#[cfg(feature = "lab")]
pub mod lab;
pub mod lang;
pub mod registry;
pub mod seal;
pub mod sm;
pub mod stamp;
pub mod time;
pub mod timestamp;
pub mod token;
pub mod verify;

#[cfg(test)]
mod test_support;

pub use lang::Lang;

/// The library example of both READMEs, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[doc = include_str!("../../../README.zh-CN.md")]
struct Readme;

//! The office in the home: its registry and its authorities' keys.

use eseal::cert::{Certificate, CertificateRequest, Profile, RevocationList};
use eseal::seal::{Seal, SealDraft};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pin::PinSource;

/// An authority of the office that can sign lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// The root (根 CA).
    Root,
    /// The one that issues to holders (签发 CA).
    Issuing,
}

/// Signs a new revocation list.
pub(crate) fn revocation_list(
    _context: &Context,
    _which: Authority,
    _pin: Option<&PinSource>,
    _days: u32,
) -> Outcome<RevocationList> {
    Err(Failure::not_yet("crl build"))
}

/// Issues a certificate for each request; they come first, then the certificates above them.
pub(crate) fn issue(
    _context: &Context,
    _pin: Option<&PinSource>,
    _requests: &[CertificateRequest],
    _profile: Profile,
    _days: u32,
) -> Outcome<Vec<Certificate>> {
    Err(Failure::not_yet("cert issue"))
}

/// Makes a seal with the office's maker and remembers it.
pub(crate) fn make_seal(_context: &Context, _pin: Option<&PinSource>, _draft: &SealDraft) -> Outcome<Seal> {
    Err(Failure::not_yet("seal make"))
}

use std::fmt;

use crate::audit::Note;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::SerialNumber;
use crate::key::PublicKey;
use crate::key::Signer;
use crate::registry::CertificateRecord;
use crate::registry::Change;
use crate::registry::KeyId;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::time::Instant;
use crate::time::Period;

use super::ATTEMPTS;
use super::AuthorityError;

/// A certificate to be issued.
#[derive(Clone, Copy, Debug)]
pub struct Order<'o> {
    /// For whom.
    pub subject: &'o Name,
    /// For which key; that the subject owns it is for the caller to know.
    pub key: &'o PublicKey,
    /// What for.
    pub profile: &'o Profile,
    /// For how long; not longer than the issuer's own certificate.
    pub validity: Period,
}

/// An issuer that remembers (签发机构): certificates with unique serial numbers, revocations, numbered lists.
///
/// ```
/// use eseal::audit::Note;
/// use eseal::authority::Authority;
/// use eseal::cert::{CertificateRequest, Issuer, Name, Profile};
/// use eseal::key::{SecretKey, SoftSigner};
/// use eseal::registry::{MemoryRegistry, Registry};
/// use eseal::time::{Instant, Period};
///
/// let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// let note = Note::new(now, "registrar");
/// let (ca, user) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// let mut registry = MemoryRegistry::new();
///
/// let name = Name::parse("CN=示例根,O=示例市数据局,C=CN")?;
/// let root = Authority::found(&name, &ca, Period::years(now, 30), &mut registry, &note)?;
/// let issuer = Issuer::new(root, &ca)?;
/// let mut authority = Authority::new(&issuer, &mut registry);
///
/// let request = CertificateRequest::new(&Name::parse("CN=示例用户,O=示例市数据局,C=CN")?, &user)?;
/// let certificate = authority.issue(&request, &Profile::person(), Period::years(now, 2), &note)?;
/// assert!(registry.certificate(certificate.serial())?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Authority<'a> {
    pub(super) issuer: &'a Issuer<'a>,
    pub(super) registry: &'a mut dyn Registry,
}

impl<'a> Authority<'a> {
    /// Joins an issuer with the registry that remembers for it. Costs nothing: made anew for each act if that is easier.
    #[must_use]
    pub fn new(issuer: &'a Issuer<'a>, registry: &'a mut dyn Registry) -> Self {
        Self { issuer, registry }
    }

    /// Makes a root (根证书) and remembers it.
    ///
    /// # Errors
    /// [`AuthorityError`] when the signer or the registry fails.
    pub fn found(
        subject: &Name,
        signer: &dyn Signer,
        validity: Period,
        registry: &mut dyn Registry,
        note: &Note,
    ) -> Result<Certificate, AuthorityError> {
        for attempt in 1.. {
            let root = Issuer::self_signed(subject, signer, SerialNumber::random()?, validity)?;
            let record = CertificateRecord::new(&root, signer.public_key(), Profile::root().name())?;
            match registry.write(&[Change::CertificateIssued(record)], note) {
                Err(RegistryError::SerialTaken { .. }) if attempt < ATTEMPTS => {}
                written => return written.map(|_| root).map_err(Into::into),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// The issuer's own certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.issuer.certificate()
    }

    /// The registry, for reading.
    #[must_use]
    pub fn registry(&self) -> &dyn Registry {
        self.registry
    }

    /// The usual validity of a profile from a time on, cut where the issuer's own certificate ends.
    #[must_use]
    pub fn default_validity(&self, profile: &Profile, from: Instant) -> Period {
        let wanted = Period::days(from, profile.default_days());
        let end = self.certificate().validity().to().min(wanted.to());
        Period::new(from, end).unwrap_or(wanted)
    }

    /// Issues a certificate for the subject and key of a request.
    ///
    /// # Errors
    /// [`AuthorityError::IssuerNotValid`], [`AuthorityError::IssuerNotActive`]; [`AuthorityError::Cert`], among them
    /// `cert-issuer-outlived`; [`AuthorityError::Registry`]. Then nothing was issued.
    pub fn issue(
        &mut self,
        request: &CertificateRequest,
        profile: &Profile,
        validity: Period,
        note: &Note,
    ) -> Result<Certificate, AuthorityError> {
        let order = Order { subject: request.subject(), key: request.public_key(), profile, validity };
        let mut issued = self.issue_all(&[order], note)?;
        Ok(issued.pop().expect("one order, one certificate"))
    }

    /// Issues several certificates in one write: all of them or none.
    ///
    /// # Errors
    /// As [`issue`](Self::issue); also `registry-too-many-changes`.
    pub fn issue_all(&mut self, orders: &[Order<'_>], note: &Note) -> Result<Vec<Certificate>, AuthorityError> {
        self.check_issuer(note.at)?;
        for attempt in 1.. {
            let mut certificates = Vec::with_capacity(orders.len());
            let mut changes = Vec::with_capacity(orders.len());
            for order in orders {
                let serial = SerialNumber::random()?;
                let Order { subject, key, profile, validity } = order;
                let certificate = self.issuer.issue_for(subject, key, profile, serial, *validity)?;
                let record = CertificateRecord::new(&certificate, self.issuer_key()?, profile.name())?;
                certificates.push(certificate);
                changes.push(Change::CertificateIssued(record));
            }
            match self.registry.write(&changes, note) {
                Err(RegistryError::SerialTaken { .. }) if attempt < ATTEMPTS => {}
                written => return written.map(|_| certificates).map_err(Into::into),
            }
        }
        unreachable!("the last attempt returns")
    }

    pub(super) fn issuer_key(&self) -> Result<&PublicKey, CertError> {
        self.issuer.certificate().public_key()
    }

    pub(super) fn key_id(&self) -> Result<KeyId, CertError> {
        Ok(KeyId::of(self.issuer_key()?))
    }

    /// Whether the issuer may still act: inside its own period, and not revoked or on hold as far as we remember.
    pub(super) fn check_issuer(&self, at: Instant) -> Result<(), AuthorityError> {
        let own = self.issuer.certificate();
        if !own.validity().contains(at) {
            return Err(AuthorityError::IssuerNotValid { at });
        }
        match self.registry.certificate(own.serial())? {
            Some(record) if record.der == own.as_der() => match record.standing(at) {
                Standing::Active => Ok(()),
                standing => Err(AuthorityError::IssuerNotActive { standing }),
            },
            // A CA that came from elsewhere, as far as this registry knows.
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({:?})", self.issuer)
    }
}

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::thread;

use crate::audit::Note;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::ProfileSet;
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
use super::Issued;
use super::Order;
use super::make::Made;
use super::settle::Settled;

/// The fewest orders that are worth a further thread: each takes a signature or two, many times longer than the start.
const ORDERS_A_THREAD: usize = 4;

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
    pub(super) profiles: ProfileSet,
    escrow: Option<PublicKey>,
    threads: usize,
}

impl<'a> Authority<'a> {
    /// Joins an issuer with the registry that remembers for it. Costs nothing: made anew for each act if that is easier.
    #[must_use]
    pub fn new(issuer: &'a Issuer<'a>, registry: &'a mut dyn Registry) -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self { issuer, registry, profiles: ProfileSet::standard(), escrow: None, threads }
    }

    /// Issues by these profiles, and says of the CA's services what they say.
    #[must_use]
    pub fn profiles(self, profiles: ProfileSet) -> Self {
        Self { profiles, ..self }
    }

    /// Keeps every encryption key that it makes for a holder, enveloped to this key, in the write that issues the pair
    /// (密钥托管). Without this no such key can be [given back](super::Escrow).
    #[must_use]
    pub fn escrow(self, key: &PublicKey) -> Self {
        Self { escrow: Some(key.clone()), ..self }
    }

    /// Signs several orders with so many threads at most; without this, with one for each processor.
    #[must_use]
    pub fn threads(self, threads: NonZeroUsize) -> Self {
        Self { threads: threads.get(), ..self }
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
        let order = Order::new(request.subject(), request.public_key(), profile, validity);
        let mut issued = self.issue_all(&[order], note)?;
        Ok(issued.pop().expect("one order, one answer").signing)
    }

    /// Fills several orders in one write: all of them or none. Signs on several threads.
    ///
    /// An order with a name that was filled before gives the answer of that time back.
    ///
    /// # Errors
    /// As [`issue`](Self::issue), and [`AuthorityError::KeyOfAnother`], [`AuthorityError::KeyCompromised`],
    /// [`AuthorityError::OrderDiffers`], [`AuthorityError::NoPair`]; also `registry-too-many-changes` (a pair with a name
    /// makes three, with escrow four). Then nothing was issued.
    pub fn issue_all(&mut self, orders: &[Order<'_>], note: &Note) -> Result<Vec<Issued>, AuthorityError> {
        self.issue_all_with(orders, &[], note)
    }

    /// Fills several orders, and changes something else in the same write unless all were filled before.
    pub(super) fn issue_all_with(
        &mut self,
        orders: &[Order<'_>],
        more: &[Change],
        note: &Note,
    ) -> Result<Vec<Issued>, AuthorityError> {
        let results = self.fill(orders, more, note, Whole::Yes)?;
        results.into_iter().collect()
    }

    /// Fills those of several orders that can be filled, in one write; the others come back with their own error.
    ///
    /// # Errors
    /// [`AuthorityError::IssuerNotValid`], [`AuthorityError::IssuerNotActive`]; [`AuthorityError::Registry`] when the
    /// registry fails. Then nothing was issued.
    pub fn issue_each(
        &mut self,
        orders: &[Order<'_>],
        note: &Note,
    ) -> Result<Vec<Result<Issued, AuthorityError>>, AuthorityError> {
        self.fill(orders, &[], note, Whole::No)
    }

    fn fill(
        &mut self,
        orders: &[Order<'_>],
        more: &[Change],
        note: &Note,
        whole: Whole,
    ) -> Result<Vec<Result<Issued, AuthorityError>>, AuthorityError> {
        self.check_issuer(note.at)?;
        for attempt in 1.. {
            let mut results = self.settle(orders)?;
            let open: Vec<usize> = (0..orders.len()).filter(|index| matches!(results[*index], Settled::Open)).collect();
            let mut changes = Vec::with_capacity(open.len());
            for (index, made) in open.iter().zip(self.make_all(orders, &open)) {
                let done = made.and_then(|made| {
                    changes.extend(made.changes(&orders[*index], self.issuer_key()?)?);
                    made.issued()
                });
                results[*index] = Settled::Done(Box::new(done));
            }
            if whole == Whole::Yes
                && let Some(at) = results.iter().position(Settled::is_refused)
            {
                let Settled::Done(done) = results.swap_remove(at) else { unreachable!("a refused order is done") };
                return Ok(vec![*done]);
            }
            if !changes.is_empty() {
                changes.extend_from_slice(more);
                match self.registry.write(&changes, note) {
                    // Another process took a number or filled an order meanwhile: look again.
                    Err(RegistryError::SerialTaken { .. } | RegistryError::OrderTaken { .. }) if attempt < ATTEMPTS => {
                        continue;
                    }
                    // One order's field spoils the write of all: the others are not to suffer.
                    Err(RegistryError::BadField { .. }) if whole == Whole::No && orders.len() > 1 => {
                        let alone = |order| Ok(self.fill(std::slice::from_ref(order), &[], note, Whole::No)?.remove(0));
                        return orders.iter().map(alone).collect();
                    }
                    Err(error @ RegistryError::BadField { .. }) if whole == Whole::No => {
                        return Ok(vec![Err(error.into())]);
                    }
                    written => written?,
                };
            }
            let finished = |(settled, order): (Settled, &Order<'_>)| match settled {
                Settled::Done(done) => Ok(*done),
                // Named twice in one list: what the first came to is known by now, and if it failed this one has its try.
                Settled::Open | Settled::Twice => {
                    Ok(self.fill(std::slice::from_ref(order), &[], note, Whole::No)?.remove(0))
                }
            };
            return results.into_iter().zip(orders).map(finished).collect();
        }
        unreachable!("the last attempt returns")
    }

    /// Makes the certificates of these orders, on several threads.
    fn make_all(&self, orders: &[Order<'_>], open: &[usize]) -> Vec<Result<Made, AuthorityError>> {
        let (issuer, services, escrow) = (self.issuer, self.profiles.services(), self.escrow.as_ref());
        let make = |index: &usize| Made::new(&orders[*index], issuer, services, escrow);
        let threads = self.threads.min(open.len() / ORDERS_A_THREAD).max(1);
        if threads == 1 {
            return open.iter().map(make).collect();
        }
        thread::scope(|scope| {
            let parts = open.chunks(open.len().div_ceil(threads));
            let workers: Vec<_> =
                parts.map(|part| scope.spawn(move || part.iter().map(make).collect::<Vec<_>>())).collect();
            let join = |worker: thread::ScopedJoinHandle<'_, _>| worker.join();
            workers.into_iter().flat_map(|worker| join(worker).unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
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

/// Whether one order that cannot be filled spoils all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

impl fmt::Debug for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({:?})", self.issuer)
    }
}

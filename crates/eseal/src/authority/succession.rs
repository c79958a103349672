//! Successors that holders ask for themselves, and the seals that have to be made anew for them.

use crate::audit::Note;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::SerialNumber;
use crate::cms::RekeyRequest;
use crate::key::PublicKey;
use crate::registry::CertificateRecord;
use crate::registry::CertificateStatus;
use crate::registry::KeyId;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::SealQuery;
use crate::registry::SealRecord;
use crate::registry::SealState;
use crate::registry::Standing;
use crate::seal::Listed;
use crate::seal::Seal;
use crate::time::Instant;

use super::Authority;
use super::AuthorityError;
use super::Issued;
use super::Predecessor;
use super::RenewalRules;
use super::settle::certificate;

/// What a holder's request for a successor came to.
#[derive(Clone, Debug)]
pub struct Succession {
    /// The successor, and what goes to the holder.
    pub issued: Issued,
    /// The certificate that has a successor now; of a pair that for signing.
    pub old: Certificate,
    /// The seals that list the old certificate and not the new one: they have to be made anew.
    pub seals: Vec<SealRecord>,
}

impl Authority<'_> {
    /// Renews with the same key (延期) what a holder asks for by a request of that key; see [`renew`](Self::renew).
    ///
    /// That the request is signed with the key is checked by its type, and is all the proof of identity that there is: it
    /// brings nobody but the owner of the key any further. Asked again, as long as the successor is not due itself, the first
    /// answer comes back.
    ///
    /// # Errors
    /// [`AuthorityError::UnknownKey`], [`AuthorityError::OtherSubject`], and those of [`renew`](Self::renew).
    pub fn renew_by_request(
        &mut self,
        request: &CertificateRequest,
        days: Option<u32>,
        rules: &RenewalRules,
        note: &Note,
    ) -> Result<Succession, AuthorityError> {
        let record = newest_of_key(self.registry, request.public_key())?;
        if !certificate(&record)?.subject().matches(request.subject()) {
            return Err(AuthorityError::OtherSubject { subject: record.subject });
        }
        let issued = match (self.renew(&record.serial, days, rules, note), &record.replaces) {
            // Asked again, since the answer got lost: it is that of the certificate before. Another successor is for later.
            (Err(AuthorityError::RenewalTooEarly { .. }), Some(before))
                if self.has_key(before, &record.subject_key)? =>
            {
                self.renew(before, days, rules, note)?
            }
            (renewed, _) => renewed?,
        };
        self.succession(issued, note.at)
    }

    fn has_key(&self, serial: &SerialNumber, key: &KeyId) -> Result<bool, AuthorityError> {
        Ok(self.registry.certificate(serial)?.is_some_and(|record| record.subject_key == *key))
    }

    /// Certifies a new key (换密钥更新) that a holder asks for with the old one; see [`rekey`](Self::rekey).
    ///
    /// The old certificate must be one of this issuer, byte for byte, and neither revoked nor on hold: then its key proves
    /// nothing any more. It may be over, as long as the rules say.
    ///
    /// ```
    /// use eseal::audit::Note;
    /// use eseal::authority::{Authority, Order, Predecessor, RenewalRules};
    /// use eseal::cert::{CertificateRequest, Issuer, Name, Profile};
    /// use eseal::token::{KeyUse, Session};
    /// # use eseal::key::{SecretKey, SoftSigner};
    /// # use eseal::registry::MemoryRegistry;
    /// # use eseal::time::{Instant, Period};
    /// # use eseal::token::{KdfCost, MemoryMedium, NewToken, Pin, Token};
    /// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
    /// # let note = Note::new(now, "registrar");
    /// # let ca = SoftSigner::new(SecretKey::generate()?);
    /// # let mut registry = MemoryRegistry::new();
    /// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
    /// # let issuer = Issuer::new(root, &ca)?;
    /// # let mut authority = Authority::new(&issuer, &mut registry);
    /// # let pin = Pin::new("correct horse battery")?;
    /// # let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("示例用户一", &pin) };
    /// # let mut session = Token::create_open(MemoryMedium::new(), new, now)?.0;
    /// # let key = session.generate_key(KeyUse::Sign)?;
    /// # let request = CertificateRequest::new(&Name::parse("CN=示例用户一,C=CN")?, &session.signer(key)?)?;
    /// # let profile = Profile::person();
    /// # let order = Order::new(request.subject(), request.public_key(), &profile, Period::days(now, 365)).pair();
    /// # session.install_pair(&authority.issue_all(&[order], &note)?.remove(0).answer)?;
    /// let old = session.certificates()?.remove(0);
    /// // The holder asks with both keys; the authority answers; the token takes the answer.
    /// let asked = session.rekey_request(&old, now)?;
    /// let rules = RenewalRules::default();
    /// let done = authority.rekey_by_request(&asked, None, Predecessor::RunsOut, &rules, &note)?;
    /// assert_eq!(done.old, old);
    /// assert!(session.install_pair(&done.issued.answer)?.changed);
    /// // A month later the old key is not needed any more.
    /// let gone = session.destroy_superseded(now.plus_days(30), Session::OVERLAP_DAYS)?;
    /// assert_eq!(gone[0].certificates, [old]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AuthorityError::NotIssuedHere`], [`AuthorityError::NotRenewable`], [`AuthorityError::KeyCompromised`], and those of
    /// [`rekey`](Self::rekey).
    pub fn rekey_by_request(
        &mut self,
        request: &RekeyRequest,
        days: Option<u32>,
        predecessor: Predecessor,
        rules: &RenewalRules,
        note: &Note,
    ) -> Result<Succession, AuthorityError> {
        let old = request.old_certificate();
        let serial = || old.serial().to_string();
        self.check_issued_here(old.serial())?;
        let unknown = || RegistryError::UnknownCertificate { serial: serial() };
        let record = self.registry.certificate(old.serial())?.ok_or_else(unknown)?;
        if record.der != old.as_der() {
            return Err(AuthorityError::NotIssuedHere { serial: serial() });
        }
        if let standing @ (Standing::Revoked | Standing::Held) = record.standing(note.at) {
            return Err(AuthorityError::NotRenewable { serial: serial(), standing });
        }
        // A certificate of the key that was revoked since speaks against the key as well.
        for of_key in self.registry.by_subject_key(&record.subject_key)? {
            if matches!(of_key.status, CertificateStatus::Revoked(revocation) if revocation.reason.is_compromise()) {
                return Err(AuthorityError::KeyCompromised { serial: of_key.serial.to_string() });
            }
        }
        let key = request.request().public_key();
        let issued = self.rekey(&record.serial, key, days, predecessor, rules, note)?;
        self.succession(issued, note.at)
    }

    /// What a successor that [`renew`](Self::renew) or [`rekey`](Self::rekey) gave follows, and the seals that it is not in.
    ///
    /// # Errors
    /// [`AuthorityError::Registry`], among them `registry-unknown-certificate` for one that is no successor.
    pub fn succession(&self, issued: Issued, at: Instant) -> Result<Succession, AuthorityError> {
        let known = |serial: &SerialNumber| {
            let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
            Ok::<_, AuthorityError>(self.registry.certificate(serial)?.ok_or_else(unknown)?)
        };
        let new = issued.signing.serial();
        let follows = known(new)?.replaces.ok_or(RegistryError::UnknownCertificate { serial: new.to_string() })?;
        let old = certificate(&known(&follows)?)?;
        let seals = outdated_seals(self.registry, &old, &issued.signing, at)?;
        Ok(Succession { issued, old, seals })
    }
}

/// The newest certificate of a key that is not revoked, or the newest of all.
///
/// # Errors
/// [`AuthorityError::UnknownKey`] when the key was never certified here; [`AuthorityError::Registry`].
pub fn newest_of_key(registry: &dyn Registry, key: &PublicKey) -> Result<CertificateRecord, AuthorityError> {
    let known = registry.by_subject_key(&KeyId::of(key))?.into_iter();
    known.max_by_key(|record| (record.revocation().is_none(), record.validity.to())).ok_or(AuthorityError::UnknownKey)
}

/// The seals of the registry that list an old certificate, or another one of its key, and not the new one: who changed
/// over to the new certificate cannot use them until they are made anew (GB/T 38540-2020, 7.3 compares the certificate
/// itself). In the order of making, without those whose period is over.
///
/// Reads every seal of the registry.
///
/// # Errors
/// [`AuthorityError::Registry`].
pub fn outdated_seals(
    registry: &dyn Registry,
    old: &Certificate,
    new: &Certificate,
    at: Instant,
) -> Result<Vec<SealRecord>, AuthorityError> {
    let mut found = Vec::new();
    let mut query = SealQuery::default();
    loop {
        let page = registry.seals(&query)?;
        for record in page.records {
            if record.state != SealState::Active || record.validity.to() < at {
                continue;
            }
            const DAMAGED: RegistryError = RegistryError::Damaged { what: "seal" };
            let bytes = registry.seal_bytes(&record.id)?.ok_or(DAMAGED)?;
            let seal = Seal::from_bytes(&bytes).map_err(|_| DAMAGED)?;
            if !seal.signers().lists(new) && seal.signers().find(old) != Listed::No {
                found.push(record);
            }
        }
        match page.next {
            Some(next) => query.after = next,
            None => return Ok(found),
        }
    }
}

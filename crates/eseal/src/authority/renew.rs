use crate::audit::Note;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::Identity;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::Role;
use crate::cert::SerialNumber;
use crate::key::PublicKey;
use crate::registry::CertificateRecord;
use crate::registry::CertificateStatus;
use crate::registry::RegistryError;
use crate::registry::Revocation;
use crate::registry::Standing;
use crate::time::Instant;
use crate::time::Period;

use super::Authority;
use super::AuthorityError;
use super::Issued;
use super::Order;
use super::Partner;
use super::settle::certificate;

/// When a certificate may be renewed (延期), by the practice of Chinese authorities; no standard says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenewalRules {
    /// So many days before its end at the earliest.
    pub early_days: u32,
    /// So many days after its end at the latest; then who the holder is has to be checked as for a first issue.
    pub late_days: u32,
    /// A key that was certified first so many days ago is not certified again.
    pub key_days: u32,
    /// A key is certified anew so many times; then the holder changes to another.
    pub renewals: u32,
}

impl Default for RenewalRules {
    /// From 90 days before the end to a year after it, no key older than five years, and no key more than twice.
    fn default() -> Self {
        Self { early_days: 90, late_days: 365, key_days: 5 * 365, renewals: 2 }
    }
}

impl RenewalRules {
    /// The same rules, but at any time before the end.
    #[must_use]
    pub const fn at_any_time(self) -> Self {
        Self { early_days: u32::MAX, ..self }
    }
}

/// What happens to a certificate that got a successor with a new key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Predecessor {
    /// It runs out by itself, so that the holder can change over in peace.
    #[default]
    RunsOut,
    /// It is revoked in the same write ([`Reason::Superseded`]), the other of its pair with it.
    Revoked,
}

/// What a successor takes over.
pub(super) struct Old {
    pub(super) record: CertificateRecord,
    pub(super) certificate: Certificate,
    pub(super) profile: Profile,
    identity: Identity,
}

impl Authority<'_> {
    /// Renews a certificate with the same key (延期), and the other of its pair with it. The old ones run out by themselves.
    ///
    /// The new one begins now and ends `days` after the end of the old one, or after now if that one is over; without
    /// `days`, the usual ones of its profile. Done twice, the second time gives the first answer back.
    ///
    /// # Errors
    /// [`AuthorityError::NotRenewable`], [`AuthorityError::RenewalTooEarly`], [`AuthorityError::RenewalTooLate`],
    /// [`AuthorityError::KeyTooOld`], [`AuthorityError::RenewedTooOften`], [`AuthorityError::NotIssuedHere`], and those of
    /// [`issue_all`](Self::issue_all).
    pub fn renew(
        &mut self,
        serial: &SerialNumber,
        days: Option<u32>,
        rules: &RenewalRules,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let old = self.old(serial)?;
        let key = old.certificate.public_key()?;
        let partner = match &old.record.partner {
            Some(partner) => Some(certificate(&self.record(partner)?)?),
            None => None,
        };
        let partner = partner.as_ref().map(Certificate::public_key).transpose()?;
        let (end, now) = (old.record.validity.to(), note.at);
        let days = i64::from(days.unwrap_or_else(|| old.profile.default_days()));
        let validity = self.until(now, end.max(now).plus_days(days))?;
        let partner = partner.map_or(Partner::None, Partner::SameKey);
        let order = old.order(key, validity, partner, format!("renew:{}", old.record.serial));
        if let Some(issued) = self.known(&order)? {
            return Ok(issued);
        }
        old.check_state(now, rules)?;
        let serial = || old.record.serial.to_string();
        let from = end.plus_days(-i64::from(rules.early_days));
        if now < from {
            return Err(AuthorityError::RenewalTooEarly { serial: serial(), from });
        }
        let all = self.registry.by_subject_key(&old.record.subject_key)?;
        let since = all.iter().map(|record| record.validity.from()).min().unwrap_or(now);
        if since.plus_days(i64::from(rules.key_days)) < now {
            return Err(AuthorityError::KeyTooOld { serial: serial(), since });
        }
        let follows = |record: &&CertificateRecord| all.iter().any(|one| record.replaces.as_ref() == Some(&one.serial));
        let renewals = u32::try_from(all.iter().filter(follows).count()).unwrap_or(u32::MAX);
        if renewals >= rules.renewals {
            return Err(AuthorityError::RenewedTooOften { serial: serial(), renewals });
        }
        if validity.to() <= end {
            return Err(CertError::IssuerOutlived { issuer_ends: self.certificate().validity().to() }.into());
        }
        Ok(self.issue_all_with(&[order], &[], note)?.remove(0))
    }

    /// Gives the holder of a certificate one for a new key (换密钥更新、补办), and a new pair if there was one.
    ///
    /// That the new key is the holder's is for the caller to know: by a request, or by coming in person. Done twice for
    /// the same key, the second time gives the first answer back.
    ///
    /// # Errors
    /// [`AuthorityError::KeyUnchanged`], [`AuthorityError::NotRenewable`] for one on hold,
    /// [`AuthorityError::RenewalTooLate`], [`AuthorityError::NotIssuedHere`], and those of
    /// [`issue_all`](Self::issue_all), among them [`AuthorityError::OrderDiffers`] when it was rekeyed to another key.
    pub fn rekey(
        &mut self,
        serial: &SerialNumber,
        key: &PublicKey,
        days: Option<u32>,
        predecessor: Predecessor,
        rules: &RenewalRules,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let old = self.old(serial)?;
        let order = self.order_for_new_key(&old, key, days, "rekey", note.at)?;
        let mut changes = Vec::new();
        // One that was revoked before stays so; its holder gets a new one all the same (补办).
        if predecessor == Predecessor::Revoked && old.record.standing(note.at) != Standing::Revoked {
            let revocation = Revocation { at: note.at, reason: Reason::Superseded, invalidity: None };
            changes = super::status::revocation(self.registry, &old.record.serial, revocation)?;
        }
        if let Some(issued) = self.known(&order)? {
            if !changes.is_empty() {
                self.registry.write(&changes, note)?;
            }
            return Ok(issued);
        }
        if old.certificate.public_key()? == key {
            return Err(AuthorityError::KeyUnchanged { serial: old.record.serial.to_string() });
        }
        if old.record.standing(note.at) != Standing::Revoked {
            old.check_state(note.at, rules)?;
        }
        Ok(self.issue_all_with(&[order], &changes, note)?.remove(0))
    }

    /// The certificate to be replaced; of a pair the signing certificate, whichever of the two was named.
    pub(super) fn old(&self, serial: &SerialNumber) -> Result<Old, AuthorityError> {
        self.check_issued_here(serial)?;
        let mut record = self.record(serial)?;
        let mut profile = self.profiles.find(&record.profile)?;
        if let (Role::Encryption, Some(partner)) = (profile.role(), &record.partner) {
            record = self.record(partner)?;
            profile = self.profiles.find(&record.profile)?;
        }
        let certificate = certificate(&record)?;
        let mut identity = Identity::default();
        for one in certificate.identity_numbers() {
            identity = identity.with(one.kind, &one.number)?;
        }
        Ok(Old { record, certificate, profile, identity })
    }

    fn record(&self, serial: &SerialNumber) -> Result<CertificateRecord, AuthorityError> {
        let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
        Ok(self.registry.certificate(serial)?.ok_or_else(unknown)?)
    }

    /// What the holder of an old certificate gets for a new key, from now on: a new pair if there was one.
    pub(super) fn order_for_new_key<'o>(
        &self,
        old: &'o Old,
        key: &'o PublicKey,
        days: Option<u32>,
        act: &str,
        now: Instant,
    ) -> Result<Order<'o>, AuthorityError> {
        let days = i64::from(days.unwrap_or_else(|| old.profile.default_days()));
        let validity = self.until(now, now.plus_days(days))?;
        let partner = if old.record.partner.is_some() { Partner::NewKey } else { Partner::None };
        Ok(old.order(key, validity, partner, format!("{act}:{}", old.record.serial)))
    }

    /// From now until then, or until the issuer's own end.
    fn until(&self, from: Instant, to: Instant) -> Result<Period, AuthorityError> {
        let end = self.certificate().validity().to();
        Period::new(from, to.min(end)).map_err(|_| AuthorityError::IssuerNotValid { at: from })
    }
}

impl Old {
    fn order<'o>(&'o self, key: &'o PublicKey, validity: Period, partner: Partner<'o>, id: String) -> Order<'o> {
        Order {
            identity: self.identity.clone(),
            organization: self.record.organization.clone(),
            region: self.record.region.clone(),
            partner,
            replaces: Some(self.record.serial.clone()),
            ..Order::new(self.certificate.subject(), key, &self.profile, validity).named(id)
        }
    }

    fn check_state(&self, at: Instant, rules: &RenewalRules) -> Result<(), AuthorityError> {
        let serial = self.record.serial.to_string();
        let standing = match self.record.status {
            CertificateStatus::Held { .. } => Some(Standing::Held),
            CertificateStatus::Revoked(_) => Some(Standing::Revoked),
            _ => None,
        };
        if let Some(standing) = standing {
            return Err(AuthorityError::NotRenewable { serial, standing });
        }
        let until = self.record.validity.to().plus_days(i64::from(rules.late_days));
        if until < at {
            return Err(AuthorityError::RenewalTooLate { serial, until });
        }
        Ok(())
    }
}

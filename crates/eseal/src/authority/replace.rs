use crate::audit::Note;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::key::PublicKey;
use crate::registry::Revocation;
use crate::registry::Standing;
use crate::time::Instant;

use super::Authority;
use super::AuthorityError;
use super::Issued;
use super::RenewalRules;

/// What happened to a key that has to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Why the old certificate is revoked: [`Reason::KeyCompromise`] when the key may be in wrong hands,
    /// [`Reason::Superseded`] or [`Reason::CessationOfOperation`] when it is gone or broken.
    pub reason: Reason,
    /// Since when the key may have been in wrong hands, if that is known.
    pub since: Option<Instant>,
}

impl Authority<'_> {
    /// Replaces a certificate whose key is lost (补办): revokes it at once, the other of its pair with it, and issues one
    /// for a new key, all in one write. A new pair if there was a pair; what was encrypted to the old encryption key is
    /// read again after its [recovery](super::Escrow::recover).
    ///
    /// One that its holder had put on hold is replaced as well; one that was revoked before stays as it was revoked. Who
    /// the holder is has to be checked as for a first issue. Done twice for the same key, the second time gives the first
    /// answer back.
    ///
    /// # Errors
    /// [`AuthorityError::KeyUnchanged`], [`AuthorityError::RenewalTooLate`] by the days of `rules`,
    /// [`AuthorityError::NotIssuedHere`], and those of [`issue_all`](Self::issue_all), among them
    /// [`AuthorityError::OrderDiffers`] when it was replaced for another key; `registry-not-final` for a reason that can be
    /// undone. Then nothing changed.
    pub fn replace(
        &mut self,
        serial: &SerialNumber,
        key: &PublicKey,
        days: Option<u32>,
        loss: Loss,
        rules: &RenewalRules,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let old = self.old(serial)?;
        let order = self.order_for_new_key(&old, key, days, "replace", note.at)?;
        if let Some(issued) = self.known(&order)? {
            return Ok(issued);
        }
        if old.certificate.public_key()? == key {
            return Err(AuthorityError::KeyUnchanged { serial: old.record.serial.to_string() });
        }
        let until = old.record.validity.to().plus_days(i64::from(rules.late_days));
        if until < note.at {
            return Err(AuthorityError::RenewalTooLate { serial: old.record.serial.to_string(), until });
        }
        let revocation = Revocation { at: note.at, reason: loss.reason, invalidity: loss.since };
        let changes = match old.record.standing(note.at) {
            Standing::Revoked => Vec::new(),
            _ => super::status::revocation(self.registry, &old.record.serial, revocation)?,
        };
        Ok(self.issue_all_with(&[order], &changes, note)?.remove(0))
    }
}

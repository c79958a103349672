use crate::audit::Note;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::registry::CertificateRecord;
use crate::registry::Change;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Revocation;
use crate::time::Instant;

use super::Authority;
use super::AuthorityError;

/// Puts a certificate on hold (冻结), from the time of the note on.
///
/// Needs no key: the next revocation list says it under the issuer's signature. The other of a pair (双证) goes with it;
/// gives back the serial numbers that moved.
///
/// # Errors
/// [`AuthorityError::Registry`] when it is unknown, on hold or revoked; then nothing changed.
pub fn hold(
    registry: &mut dyn Registry,
    serial: &SerialNumber,
    note: &Note,
) -> Result<Vec<SerialNumber>, AuthorityError> {
    move_together(registry, serial, note, |serial| Change::CertificateHeld { serial, at: note.at })
}

/// Releases a certificate from hold (解冻), and the other of its pair with it. Gives back the serial
/// numbers that moved.
///
/// # Errors
/// [`AuthorityError::Registry`] when it is unknown or not on hold; then nothing changed.
pub fn release(
    registry: &mut dyn Registry,
    serial: &SerialNumber,
    note: &Note,
) -> Result<Vec<SerialNumber>, AuthorityError> {
    move_together(registry, serial, note, |serial| Change::CertificateReleased { serial, at: note.at })
}

/// Revokes a certificate for good (撤销), and the other of its pair with it, from the time of the note on. Gives back the
/// serial numbers that moved.
///
/// `invalidity` tells since when the key may have been in wrong hands.
///
/// # Errors
/// [`AuthorityError::Registry`] when it is unknown, was revoked before, or the reason is one that can be undone; then
/// nothing changed.
pub fn revoke(
    registry: &mut dyn Registry,
    serial: &SerialNumber,
    reason: Reason,
    invalidity: Option<Instant>,
    note: &Note,
) -> Result<Vec<SerialNumber>, AuthorityError> {
    let revocation = Revocation { at: note.at, reason, invalidity };
    move_together(registry, serial, note, |serial| Change::CertificateRevoked { serial, revocation })
}

/// The changes that revoke a certificate and the other of its pair.
pub(super) fn revocation(
    registry: &dyn Registry,
    serial: &SerialNumber,
    revocation: Revocation,
) -> Result<Vec<Change>, AuthorityError> {
    let serials = together(registry, serial)?;
    Ok(serials.into_iter().map(|serial| Change::CertificateRevoked { serial, revocation }).collect())
}

/// The changes that hold a certificate and the other of its pair, and which those are.
pub(super) fn holding(
    registry: &dyn Registry,
    serial: &SerialNumber,
    at: Instant,
) -> Result<(Vec<SerialNumber>, Vec<Change>), AuthorityError> {
    let serials = together(registry, serial)?;
    let changes = serials.iter().map(|serial| Change::CertificateHeld { serial: serial.clone(), at }).collect();
    Ok((serials, changes))
}

/// Changes a certificate, and the other of its pair with it (双证同步).
fn move_together(
    registry: &mut dyn Registry,
    serial: &SerialNumber,
    note: &Note,
    change: impl Fn(SerialNumber) -> Change,
) -> Result<Vec<SerialNumber>, AuthorityError> {
    let serials = together(registry, serial)?;
    let changes: Vec<Change> = serials.iter().cloned().map(change).collect();
    registry.write(&changes, note)?;
    Ok(serials)
}

/// A certificate, and the other of its pair if that one stands where this one stands: one that does not was moved by
/// itself before, and has gone its own way.
fn together(registry: &dyn Registry, serial: &SerialNumber) -> Result<Vec<SerialNumber>, AuthorityError> {
    let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
    let record = registry.certificate(serial)?.ok_or_else(unknown)?;
    let mut serials = vec![serial.clone()];
    if let Some(partner) = record.partner.clone() {
        let other = registry.certificate(&partner)?.ok_or(RegistryError::Damaged { what: "partner" })?;
        if moved_alike(&record, &other) {
            serials.push(partner);
        }
    }
    Ok(serials)
}

fn moved_alike(one: &CertificateRecord, other: &CertificateRecord) -> bool {
    let held_or_revoked = |record: &CertificateRecord| record.revocation().map(|revocation| revocation.reason);
    held_or_revoked(one) == held_or_revoked(other)
}

impl Authority<'_> {
    /// Revokes a certificate of this issuer for good, as [`revoke`] does.
    ///
    /// # Errors
    /// [`AuthorityError::NotIssuedHere`], and those of [`revoke`].
    pub fn revoke(
        &mut self,
        serial: &SerialNumber,
        reason: Reason,
        invalidity: Option<Instant>,
        note: &Note,
    ) -> Result<Vec<SerialNumber>, AuthorityError> {
        self.check_issued_here(serial)?;
        revoke(self.registry, serial, reason, invalidity, note)
    }

    /// Puts a certificate of this issuer on hold, as [`hold`] does.
    ///
    /// # Errors
    /// [`AuthorityError::NotIssuedHere`], and those of [`hold`].
    pub fn hold(&mut self, serial: &SerialNumber, note: &Note) -> Result<Vec<SerialNumber>, AuthorityError> {
        self.check_issued_here(serial)?;
        hold(self.registry, serial, note)
    }

    /// Releases a certificate of this issuer from hold, as [`release`] does.
    ///
    /// # Errors
    /// [`AuthorityError::NotIssuedHere`], and those of [`release`].
    pub fn release(&mut self, serial: &SerialNumber, note: &Note) -> Result<Vec<SerialNumber>, AuthorityError> {
        self.check_issued_here(serial)?;
        release(self.registry, serial, note)
    }

    pub(super) fn check_issued_here(&self, serial: &SerialNumber) -> Result<(), AuthorityError> {
        let own = self.key_id()?;
        match self.registry.certificate(serial)? {
            None => Err(RegistryError::UnknownCertificate { serial: serial.to_string() }.into()),
            Some(record) if record.issuer_key != own => {
                Err(AuthorityError::NotIssuedHere { serial: serial.to_string() })
            }
            Some(_) => Ok(()),
        }
    }
}

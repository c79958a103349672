use crate::audit::Checkpoint;
use crate::audit::Entry;
use crate::audit::Note;
use crate::cert::SerialNumber;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::AnswerRecord;
use super::CertificateRecord;
use super::CertificateStatus;
use super::Change;
use super::DossierKind;
use super::DossierRecord;
use super::KeyId;
use super::RegistryError;
use super::RevocationListRecord;
use super::SealRecord;
use super::TimestampRecord;

/// The most changes of one write: a transaction that stays well under a second.
pub const MAX_CHANGES: usize = 10_000;

/// The tables of a store inside one transaction of its own.
///
/// What a method reads includes what was put in the same transaction. When [`write_changes`] gives an error, the store
/// rolls all of it back.
pub trait Rows {
    /// The certificate of this serial number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn certificate(&mut self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError>;

    /// Adds a certificate whose serial number is not there yet.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_certificate(&mut self, record: &CertificateRecord) -> Result<(), RegistryError>;

    /// Sets the status of a certificate that is there.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn set_status(&mut self, serial: &SerialNumber, status: &CertificateStatus) -> Result<(), RegistryError>;

    /// The certificate that fills this order.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn certificate_by_order(&mut self, order: &str) -> Result<Option<CertificateRecord>, RegistryError>;

    /// Whether the answer to this order is there.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn has_answer(&mut self, order: &str) -> Result<bool, RegistryError>;

    /// Adds an answer whose order has none yet.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_answer(&mut self, record: &AnswerRecord) -> Result<(), RegistryError>;

    /// The greatest serial number of a time stamp; 0 when there is none.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn last_timestamp_serial(&mut self) -> Result<u64, RegistryError>;

    /// Adds a time stamp.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_timestamp(&mut self, record: &TimestampRecord) -> Result<(), RegistryError>;

    /// Whether a seal of this number is there.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn has_seal(&mut self, id: &str) -> Result<bool, RegistryError>;

    /// Adds a seal whose number is not there yet.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_seal(&mut self, record: &SealRecord, bytes: &[u8]) -> Result<(), RegistryError>;

    /// The greatest number of a revocation list of this issuer; 0 when there is none.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn last_list_number(&mut self, issuer: &KeyId) -> Result<u64, RegistryError>;

    /// The revocation list of this issuer and number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn list(&mut self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError>;

    /// Adds a revocation list.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_list(&mut self, record: &RevocationListRecord) -> Result<(), RegistryError>;

    /// The dossier of this kind and name.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn dossier(&mut self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError>;

    /// Adds a dossier whose name is not there yet.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn add_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError>;

    /// Rewrites a dossier that is there; it keeps its place.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn rewrite_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError>;

    /// Where the audit chain ends.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn checkpoint(&mut self) -> Result<Checkpoint, RegistryError>;

    /// Adds the entry that follows the last.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn append(&mut self, entry: &Entry) -> Result<(), RegistryError>;
}

/// The write door of every store: checks each change against what is there, puts it and its audit entry.
///
/// # Errors
/// [`RegistryError`]; the store then has to roll back.
pub fn write_changes(rows: &mut dyn Rows, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
    if changes.is_empty() {
        return Err(RegistryError::NoChanges);
    }
    if changes.len() > MAX_CHANGES {
        return Err(RegistryError::TooManyChanges { count: changes.len(), limit: MAX_CHANGES });
    }
    if note.actor.contains('\0') {
        return Err(RegistryError::BadField { field: "actor" });
    }
    let mut last = rows.checkpoint()?;
    let mut entries = Vec::with_capacity(changes.len());
    for change in changes {
        let (subject, digest) = put(rows, change)?;
        let entry = Entry::after(&last, note, change.act(), subject, digest)?;
        rows.append(&entry)?;
        last = entry.checkpoint();
        entries.push(entry);
    }
    // Pairs are looked at last: one half names the other before that one is there.
    for change in changes {
        if let Change::CertificateIssued(record) = change {
            check_pair(rows, record)?;
        }
    }
    Ok(entries)
}

fn check_pair(rows: &mut dyn Rows, record: &CertificateRecord) -> Result<(), RegistryError> {
    let Some(partner) = &record.partner else { return Ok(()) };
    match rows.certificate(partner)? {
        Some(other) if other.partner.as_ref() == Some(&record.serial) && other.serial != record.serial => Ok(()),
        _ => Err(RegistryError::PairMismatch { serial: record.serial.to_string() }),
    }
}

/// Puts one change, and says of what its entry speaks and what the record hashes to after it.
fn put(rows: &mut dyn Rows, change: &Change) -> Result<(String, Sm3Digest), RegistryError> {
    match change {
        Change::CertificateIssued(record) => {
            record.check_fields()?;
            if rows.certificate(&record.serial)?.is_some() {
                return Err(RegistryError::SerialTaken { serial: record.serial.to_string() });
            }
            if let Some(order) = &record.order
                && rows.certificate_by_order(order)?.is_some()
            {
                return Err(RegistryError::OrderTaken { order: order.clone() });
            }
            if let Some(replaced) = &record.replaces
                && rows.certificate(replaced)?.is_none()
            {
                return Err(RegistryError::UnknownCertificate { serial: replaced.to_string() });
            }
            rows.add_certificate(record)?;
            Ok((CertificateRecord::audit_subject(&record.serial), record.digest()))
        }
        Change::CertificateHeld { serial, at } => set_status(rows, serial, |record| record.held(*at)),
        Change::CertificateReleased { serial, at } => set_status(rows, serial, |record| record.released(*at)),
        Change::CertificateRevoked { serial, revocation } => {
            set_status(rows, serial, |record| record.revoked(*revocation))
        }
        Change::RevocationListIssued(record) => {
            record.check_fields()?;
            let next = rows.last_list_number(&record.issuer_key)? + 1;
            if record.number < next {
                return Err(RegistryError::NumberTaken { number: record.number, next });
            }
            if let Some(base) = record.base {
                let full = rows.list(&record.issuer_key, base)?;
                if full.is_none_or(|full| full.base.is_some() || full.point != record.point) {
                    return Err(RegistryError::UnknownList { number: base });
                }
            }
            rows.add_list(record)?;
            Ok((RevocationListRecord::audit_subject(&record.issuer_key, record.number), record.digest()))
        }
        Change::AnswerKept(record) => {
            record.check_fields()?;
            if rows.certificate_by_order(&record.order)?.is_none() {
                return Err(RegistryError::UnknownOrder { order: record.order.clone() });
            }
            if rows.has_answer(&record.order)? {
                return Err(RegistryError::AnswerTaken { order: record.order.clone() });
            }
            rows.add_answer(record)?;
            Ok((AnswerRecord::audit_subject(&record.order), record.digest()))
        }
        Change::TimestampIssued(record) => {
            record.check_fields()?;
            let next = rows.last_timestamp_serial()?.saturating_add(1);
            if record.serial < next {
                return Err(RegistryError::TimestampTaken { serial: record.serial, next });
            }
            rows.add_timestamp(record)?;
            Ok((TimestampRecord::audit_subject(record.serial), record.digest()))
        }
        Change::SealMade { record, bytes } => {
            record.check_fields()?;
            if sm3(bytes) != record.sm3 {
                return Err(RegistryError::SealMismatch { id: record.id.clone() });
            }
            if rows.has_seal(&record.id)? {
                return Err(RegistryError::SealTaken { id: record.id.clone() });
            }
            rows.add_seal(record, bytes)?;
            Ok((SealRecord::audit_subject(&record.id), record.digest()))
        }
        Change::DossierKept { act, record, before } => {
            record.check_fields()?;
            if !record.kind.acts().contains(act) {
                return Err(RegistryError::BadField { field: "act" });
            }
            let known = rows.dossier(record.kind, &record.key)?;
            if known.as_ref().map(DossierRecord::digest) != *before {
                return Err(RegistryError::DossierChanged { kind: record.kind, key: record.key.clone() });
            }
            match known {
                None => rows.add_dossier(record)?,
                Some(_) => rows.rewrite_dossier(record)?,
            }
            Ok((record.audit_subject(), record.digest()))
        }
    }
}

fn set_status(
    rows: &mut dyn Rows,
    serial: &SerialNumber,
    after: impl FnOnce(&CertificateRecord) -> Result<CertificateStatus, RegistryError>,
) -> Result<(String, Sm3Digest), RegistryError> {
    let mut record =
        rows.certificate(serial)?.ok_or_else(|| RegistryError::UnknownCertificate { serial: serial.to_string() })?;
    record.status = after(&record)?;
    rows.set_status(serial, &record.status)?;
    Ok((CertificateRecord::audit_subject(serial), record.digest()))
}

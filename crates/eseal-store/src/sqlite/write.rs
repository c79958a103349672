use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::audit::Note;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Change;
use eseal::registry::KeyId;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::Rows;
use eseal::registry::SealRecord;
use eseal::registry::TimestampRecord;
use eseal::registry::write_changes;
use eseal::time::Instant;
use rusqlite::Connection;
use rusqlite::Params;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;

use super::read;
use super::row::failed;
use crate::listing::stored;

/// One write, one transaction. It takes the write lock first, so what it reads cannot change under it.
pub(super) fn write(connection: &mut Connection, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // On an error the transaction is dropped, which rolls it back.
    let entries = write_changes(&mut SqlRows(&transaction), changes, note)?;
    transaction.commit().map_err(failed)?;
    Ok(entries)
}

struct SqlRows<'t>(&'t Transaction<'t>);

impl SqlRows<'_> {
    fn execute(&self, statement: &str, parameters: impl Params) -> Result<usize, RegistryError> {
        self.0.prepare_cached(statement).and_then(|mut prepared| prepared.execute(parameters)).map_err(failed)
    }
}

/// The columns `status`, `status_at`, `reason` and `invalidity`.
type StatusColumns = (&'static str, Option<i64>, Option<u8>, Option<i64>);

fn status_columns(status: &CertificateStatus) -> Result<StatusColumns, RegistryError> {
    match status {
        CertificateStatus::Active => Ok(("active", None, None, None)),
        CertificateStatus::Released { at } => Ok(("released", Some(at.unix()), None, None)),
        CertificateStatus::Held { at } => Ok(("held", Some(at.unix()), None, None)),
        CertificateStatus::Revoked(Revocation { at, reason, invalidity }) => {
            Ok(("revoked", Some(at.unix()), Some(reason.number()), invalidity.map(Instant::unix)))
        }
        _ => Err(RegistryError::Damaged { what: "certificates.status" }),
    }
}

impl Rows for SqlRows<'_> {
    fn certificate(&mut self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        read::certificate(self.0, serial)
    }

    fn add_certificate(&mut self, record: &CertificateRecord) -> Result<(), RegistryError> {
        let (status, since, reason, invalidity) = status_columns(&record.status)?;
        let parameters = rusqlite::params![
            record.serial.to_string(),
            record.subject,
            record.issuer,
            record.issuer_key.as_bytes(),
            record.subject_key.as_bytes(),
            record.profile,
            record.validity.from().unix(),
            record.validity.to().unix(),
            status,
            since,
            reason,
            invalidity,
            record.der,
            record.organization,
            record.region,
            record.partner.as_ref().map(ToString::to_string),
            record.replaces.as_ref().map(ToString::to_string),
            record.order,
        ];
        let statement = "INSERT INTO certificates (serial, subject, issuer, issuer_key, subject_key, profile, \
                         not_before, not_after, status, status_at, reason, invalidity, der, \
                         organization, region, partner, replaces, order_id) \
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        self.execute(statement, parameters).map(drop)
    }

    fn set_status(&mut self, serial: &SerialNumber, status: &CertificateStatus) -> Result<(), RegistryError> {
        let (status, since, reason, invalidity) = status_columns(status)?;
        let statement =
            "UPDATE certificates SET status = ?, status_at = ?, reason = ?, invalidity = ? WHERE serial = ?";
        self.execute(statement, (status, since, reason, invalidity, serial.to_string())).map(drop)
    }

    fn certificate_by_order(&mut self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        read::certificate_by_order(self.0, order)
    }

    fn has_answer(&mut self, order: &str) -> Result<bool, RegistryError> {
        read::has_answer(self.0, order)
    }

    fn add_answer(&mut self, record: &AnswerRecord) -> Result<(), RegistryError> {
        let statement = "INSERT INTO answers (order_id, der) VALUES (?, ?)";
        self.execute(statement, (&record.order, &record.der)).map(drop)
    }

    fn last_timestamp_serial(&mut self) -> Result<u64, RegistryError> {
        read::last_timestamp_serial(self.0)
    }

    fn add_timestamp(&mut self, record: &TimestampRecord) -> Result<(), RegistryError> {
        let parameters = (stored(record.serial), record.at.unix(), &record.imprint, record.sm3.as_bytes());
        let statement = "INSERT INTO timestamps (serial, at, imprint, sm3) VALUES (?, ?, ?, ?)";
        self.execute(statement, parameters).map(drop)
    }

    fn has_seal(&mut self, id: &str) -> Result<bool, RegistryError> {
        read::has_seal(self.0, id)
    }

    fn add_seal(&mut self, record: &SealRecord, bytes: &[u8]) -> Result<(), RegistryError> {
        let parameters = rusqlite::params![
            record.id,
            record.name,
            record.kind.number(),
            record.organization,
            record.maker,
            record.created.unix(),
            record.validity.from().unix(),
            record.validity.to().unix(),
            record.state.word(),
            record.sm3.as_bytes(),
        ];
        let statement = "INSERT INTO seals (id, name, kind, organization, maker, created, valid_from, valid_to, \
                         state, sm3) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        self.execute(statement, parameters)?;
        let position = self.0.last_insert_rowid();
        self.execute("INSERT INTO seal_bytes (position, der) VALUES (?, ?)", (position, bytes)).map(drop)
    }

    fn last_list_number(&mut self, issuer: &KeyId) -> Result<u64, RegistryError> {
        read::last_list_number(self.0, issuer)
    }

    fn list(&mut self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        read::list(self.0, issuer, number)
    }

    fn add_list(&mut self, record: &RevocationListRecord) -> Result<(), RegistryError> {
        let parameters = (
            record.issuer_key.as_bytes(),
            stored(record.number),
            record.this_update.unix(),
            record.next_update.unix(),
            stored(record.entries),
            record.sm3.as_bytes(),
            record.base.map(stored),
            &record.point,
        );
        let statement = "INSERT INTO revocation_lists (issuer_key, number, this_update, next_update, entries, sm3, \
                         base, point) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        self.execute(statement, parameters).map(drop)
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, RegistryError> {
        read::checkpoint(self.0)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), RegistryError> {
        let parameters = (
            stored(entry.sequence),
            entry.at.unix(),
            &entry.actor,
            entry.act.word(),
            &entry.subject,
            entry.record.as_bytes(),
            entry.previous.as_bytes(),
            entry.digest.as_bytes(),
        );
        let statement = "INSERT INTO audit_entries (sequence, at, actor, act, subject, record, previous, digest) \
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        self.execute(statement, parameters).map(drop)
    }
}

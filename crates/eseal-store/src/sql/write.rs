use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::KeyId;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::Rows;
use eseal::registry::SealRecord;
use eseal::registry::TimestampRecord;
use eseal::time::Instant;

use super::Sql;
use super::Value;
use super::listing::stored;
use super::read;

/// The tables inside a transaction that is open.
pub(super) struct SqlRows<'s, S>(pub(super) &'s S);

/// The columns `status`, `status_at`, `reason` and `invalidity`.
fn status_columns(status: &CertificateStatus) -> Result<[Value<'static>; 4], RegistryError> {
    let none = || Value::Null;
    match status {
        CertificateStatus::Active => Ok(["active".into(), none(), none(), none()]),
        CertificateStatus::Released { at } => Ok(["released".into(), at.unix().into(), none(), none()]),
        CertificateStatus::Held { at } => Ok(["held".into(), at.unix().into(), none(), none()]),
        CertificateStatus::Revoked(Revocation { at, reason, invalidity }) => Ok([
            "revoked".into(),
            at.unix().into(),
            i64::from(reason.number()).into(),
            invalidity.map(Instant::unix).into(),
        ]),
        _ => Err(RegistryError::Damaged { what: "certificates.status" }),
    }
}

impl<S: Sql> Rows for SqlRows<'_, S> {
    fn certificate(&mut self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        read::certificate(self.0, serial)
    }

    fn add_certificate(&mut self, record: &CertificateRecord) -> Result<(), RegistryError> {
        let [status, since, reason, invalidity] = status_columns(&record.status)?;
        let values = [
            record.serial.to_string().into(),
            (&record.subject).into(),
            (&record.issuer).into(),
            record.issuer_key.as_bytes().into(),
            record.subject_key.as_bytes().into(),
            (&record.profile).into(),
            record.validity.from().unix().into(),
            record.validity.to().unix().into(),
            status,
            since,
            reason,
            invalidity,
            (&record.der).into(),
            record.organization.as_ref().into(),
            record.region.as_ref().into(),
            record.partner.as_ref().map(ToString::to_string).into(),
            record.replaces.as_ref().map(ToString::to_string).into(),
            record.order.as_ref().into(),
        ];
        let statement = "INSERT INTO certificates (serial, subject, issuer, issuer_key, subject_key, profile, \
                         not_before, not_after, status, status_at, reason, invalidity, der, organization, region, \
                         partner, replaces, order_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                         $13, $14, $15, $16, $17, $18)";
        self.0.execute(statement, &values).map(drop)
    }

    fn set_status(&mut self, serial: &SerialNumber, status: &CertificateStatus) -> Result<(), RegistryError> {
        let [status, since, reason, invalidity] = status_columns(status)?;
        let statement = "UPDATE certificates SET status = $1, status_at = $2, reason = $3, invalidity = $4 \
                         WHERE serial = $5";
        self.0.execute(statement, &[status, since, reason, invalidity, serial.to_string().into()]).map(drop)
    }

    fn certificate_by_order(&mut self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        read::certificate_by_order(self.0, order)
    }

    fn has_answer(&mut self, order: &str) -> Result<bool, RegistryError> {
        read::has(self.0, "SELECT position FROM answers WHERE order_id = $1", order)
    }

    fn add_answer(&mut self, record: &AnswerRecord) -> Result<(), RegistryError> {
        let statement = "INSERT INTO answers (order_id, der) VALUES ($1, $2)";
        self.0.execute(statement, &[(&record.order).into(), (&record.der).into()]).map(drop)
    }

    fn last_timestamp_serial(&mut self) -> Result<u64, RegistryError> {
        read::last_timestamp_serial(self.0)
    }

    fn add_timestamp(&mut self, record: &TimestampRecord) -> Result<(), RegistryError> {
        let values = [
            stored(record.serial).into(),
            record.at.unix().into(),
            (&record.imprint).into(),
            record.sm3.as_bytes().into(),
        ];
        self.0.execute("INSERT INTO timestamps (serial, at, imprint, sm3) VALUES ($1, $2, $3, $4)", &values).map(drop)
    }

    fn has_seal(&mut self, id: &str) -> Result<bool, RegistryError> {
        read::has(self.0, "SELECT position FROM seals WHERE id = $1", id)
    }

    fn add_seal(&mut self, record: &SealRecord, bytes: &[u8]) -> Result<(), RegistryError> {
        let values = [
            (&record.id).into(),
            (&record.name).into(),
            record.kind.number().into(),
            record.organization.as_ref().into(),
            (&record.maker).into(),
            record.created.unix().into(),
            record.validity.from().unix().into(),
            record.validity.to().unix().into(),
            record.state.word().into(),
            record.sm3.as_bytes().into(),
        ];
        let statement = "INSERT INTO seals (id, name, kind, organization, maker, created, valid_from, valid_to, \
                         state, sm3) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        self.0.execute(statement, &values)?;
        let statement = "INSERT INTO seal_bytes (position, der) SELECT position, $1 FROM seals WHERE id = $2";
        self.0.execute(statement, &[bytes.into(), (&record.id).into()]).map(drop)
    }

    fn last_list_number(&mut self, issuer: &KeyId) -> Result<u64, RegistryError> {
        read::last_list_number(self.0, issuer)
    }

    fn list(&mut self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        read::list(self.0, issuer, number)
    }

    fn add_list(&mut self, record: &RevocationListRecord) -> Result<(), RegistryError> {
        let values = [
            record.issuer_key.as_bytes().into(),
            stored(record.number).into(),
            record.this_update.unix().into(),
            record.next_update.unix().into(),
            stored(record.entries).into(),
            record.sm3.as_bytes().into(),
            record.base.map(stored).into(),
            record.point.as_ref().into(),
        ];
        let statement = "INSERT INTO revocation_lists (issuer_key, number, this_update, next_update, entries, sm3, \
                         base, point) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.0.execute(statement, &values).map(drop)
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, RegistryError> {
        read::checkpoint(self.0)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), RegistryError> {
        let values = [
            stored(entry.sequence).into(),
            entry.at.unix().into(),
            (&entry.actor).into(),
            entry.act.word().into(),
            (&entry.subject).into(),
            entry.record.as_bytes().into(),
            entry.previous.as_bytes().into(),
            entry.digest.as_bytes().into(),
        ];
        let statement = "INSERT INTO audit_entries (sequence, at, actor, act, subject, record, previous, digest) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.0.execute(statement, &values).map(drop)
    }
}

use std::collections::HashMap;
use std::collections::HashSet;

use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Change;
use eseal::registry::DossierKind;
use eseal::registry::DossierRecord;
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
use super::rows;

/// The tables inside a transaction that is open. What is put has to be [finished](SqlRows::finish) before the commit.
///
/// Where each statement is a way to a server and back ([`Sql::IS_FAR`]), rows of the big tables are kept until many can
/// go at once, and whether the names that a write brings are taken is asked at once.
pub(super) struct SqlRows<'s, S> {
    sql: &'s S,
    /// Serial numbers, orders and answered orders known not to be in the tables.
    free: [HashSet<String>; 3],
    certificates: Vec<CertificateRecord>,
    by_serial: HashMap<SerialNumber, usize>,
    by_order: HashMap<String, usize>,
    answers: Vec<AnswerRecord>,
    entries: Vec<Entry>,
}

/// The most rows kept until they go.
const MOST_KEPT: usize = 1_000;
/// How many rows go at once, the largest first: each is a statement of its own, to be prepared once.
const AT_ONCE: [usize; 3] = [100, 10, 1];

const SERIALS: usize = 0;
const ORDERS: usize = 1;
const ANSWERS: usize = 2;

impl<'s, S: Sql> SqlRows<'s, S> {
    pub(super) fn new(sql: &'s S) -> Self {
        Self {
            sql,
            free: Default::default(),
            certificates: Vec::new(),
            by_serial: HashMap::new(),
            by_order: HashMap::new(),
            answers: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// Asks at once which of the names that these changes bring are taken.
    pub(super) fn look_ahead(&mut self, changes: &[Change]) -> Result<(), RegistryError> {
        if !S::IS_FAR || changes.len() < 2 {
            return Ok(());
        }
        let mut names: [Vec<String>; 3] = Default::default();
        for change in changes {
            match change {
                Change::CertificateIssued(record) => {
                    names[SERIALS].push(record.serial.to_string());
                    names[ORDERS].extend(record.order.clone());
                }
                Change::AnswerKept(answer) => names[ANSWERS].push(answer.order.clone()),
                _ => {}
            }
        }
        let columns = [("serial", "certificates"), ("order_id", "certificates"), ("order_id", "answers")];
        for ((column, table), (names, free)) in columns.into_iter().zip(names.into_iter().zip(&mut self.free)) {
            for part in parts(&names) {
                let marks = marks(1, part.len());
                let statement = format!("SELECT {column} FROM {table} WHERE {column} IN {marks}");
                let values: Vec<_> = part.iter().map(Value::from).collect();
                let taken = rows(self.sql, &statement, &values, |row| row.text(0, "name"))?;
                free.extend(part.iter().filter(|name| !taken.iter().flatten().any(|taken| taken == *name)).cloned());
            }
        }
        Ok(())
    }

    /// Puts what was kept.
    pub(super) fn finish(&mut self) -> Result<(), RegistryError> {
        let certificates = std::mem::take(&mut self.certificates);
        let answers = std::mem::take(&mut self.answers);
        let entries = std::mem::take(&mut self.entries);
        self.put(INTO_CERTIFICATES, &certificates, certificate_values)?;
        self.put(INTO_ANSWERS, &answers, |answer| Ok(vec![(&answer.order).into(), (&answer.der).into()]))?;
        self.put(INTO_ENTRIES, &entries, |entry| Ok(entry_values(entry)))?;
        // From now on they are in the tables.
        for (serial, _) in self.by_serial.drain() {
            self.free[SERIALS].remove(&serial.to_string());
        }
        for (order, _) in self.by_order.drain() {
            self.free[ORDERS].remove(&order);
        }
        for answer in answers {
            self.free[ANSWERS].remove(&answer.order);
        }
        Ok(())
    }

    fn put<'r, T>(
        &self,
        into: &str,
        records: &'r [T],
        values: impl Fn(&'r T) -> Result<Vec<Value<'r>>, RegistryError>,
    ) -> Result<(), RegistryError> {
        for part in parts(records) {
            let lists = part.iter().map(&values).collect::<Result<Vec<_>, _>>()?;
            let mut statement = format!("INSERT INTO {into} VALUES ");
            let mut all = Vec::new();
            for (index, list) in lists.into_iter().enumerate() {
                statement.push_str(if index > 0 { ", " } else { "" });
                statement.push_str(&marks(all.len() + 1, list.len()));
                all.extend(list);
            }
            self.sql.execute(&statement, &all)?;
        }
        Ok(())
    }

    /// Whether as many are kept as should be, or they should not be kept at all.
    fn is_full(&self) -> bool {
        !S::IS_FAR || self.certificates.len() + self.answers.len() + self.entries.len() >= MOST_KEPT
    }

    fn kept(&self, at: Option<&usize>) -> Option<CertificateRecord> {
        at.and_then(|at| self.certificates.get(*at)).cloned()
    }
}

/// Cuts rows into parts of the sizes that there are statements for.
fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = AT_ONCE.into_iter().find(|size| *size <= rows.len())?;
        let (part, rest) = rows.split_at(size);
        rows = rest;
        Some(part)
    })
}

/// `($5, $6, $7)`.
fn marks(first: usize, count: usize) -> String {
    let marks: Vec<_> = (first..first + count).map(|number| format!("${number}")).collect();
    format!("({})", marks.join(", "))
}

const INTO_CERTIFICATES: &str = "certificates (serial, subject, issuer, issuer_key, subject_key, profile, not_before, \
                                 not_after, status, status_at, reason, invalidity, der, organization, region, partner, \
                                 replaces, order_id)";
const INTO_ANSWERS: &str = "answers (order_id, der)";
const INTO_ENTRIES: &str = "audit_entries (sequence, at, actor, act, subject, record, previous, digest)";

fn certificate_values(record: &CertificateRecord) -> Result<Vec<Value<'_>>, RegistryError> {
    let [status, since, reason, invalidity] = status_columns(&record.status)?;
    Ok(vec![
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
    ])
}

fn entry_values(entry: &Entry) -> Vec<Value<'_>> {
    vec![
        stored(entry.sequence).into(),
        entry.at.unix().into(),
        (&entry.actor).into(),
        entry.act.word().into(),
        (&entry.subject).into(),
        entry.record.as_bytes().into(),
        entry.previous.as_bytes().into(),
        entry.digest.as_bytes().into(),
    ]
}

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
        if let Some(record) = self.kept(self.by_serial.get(serial)) {
            return Ok(Some(record));
        }
        if !self.free[SERIALS].is_empty() && self.free[SERIALS].contains(&serial.to_string()) {
            return Ok(None);
        }
        read::certificate(self.sql, serial)
    }

    fn add_certificate(&mut self, record: &CertificateRecord) -> Result<(), RegistryError> {
        self.by_serial.insert(record.serial.clone(), self.certificates.len());
        self.by_order.extend(record.order.clone().map(|order| (order, self.certificates.len())));
        self.certificates.push(record.clone());
        if self.is_full() { self.finish() } else { Ok(()) }
    }

    fn set_status(&mut self, serial: &SerialNumber, status: &CertificateStatus) -> Result<(), RegistryError> {
        if let Some(kept) = self.by_serial.get(serial).and_then(|at| self.certificates.get_mut(*at)) {
            kept.status = *status;
            return Ok(());
        }
        let [status, since, reason, invalidity] = status_columns(status)?;
        let statement = "UPDATE certificates SET status = $1, status_at = $2, reason = $3, invalidity = $4 \
                         WHERE serial = $5";
        self.sql.execute(statement, &[status, since, reason, invalidity, serial.to_string().into()]).map(drop)
    }

    fn certificate_by_order(&mut self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        if let Some(record) = self.kept(self.by_order.get(order)) {
            return Ok(Some(record));
        }
        if self.free[ORDERS].contains(order) {
            return Ok(None);
        }
        read::certificate_by_order(self.sql, order)
    }

    fn has_answer(&mut self, order: &str) -> Result<bool, RegistryError> {
        if self.answers.iter().any(|answer| answer.order == order) {
            return Ok(true);
        }
        if self.free[ANSWERS].contains(order) {
            return Ok(false);
        }
        read::has(self.sql, "SELECT position FROM answers WHERE order_id = $1", order)
    }

    fn add_answer(&mut self, record: &AnswerRecord) -> Result<(), RegistryError> {
        self.answers.push(record.clone());
        if self.is_full() { self.finish() } else { Ok(()) }
    }

    fn last_timestamp_serial(&mut self) -> Result<u64, RegistryError> {
        read::last_timestamp_serial(self.sql)
    }

    fn add_timestamp(&mut self, record: &TimestampRecord) -> Result<(), RegistryError> {
        let values = [
            stored(record.serial).into(),
            record.at.unix().into(),
            (&record.imprint).into(),
            record.sm3.as_bytes().into(),
        ];
        self.sql.execute("INSERT INTO timestamps (serial, at, imprint, sm3) VALUES ($1, $2, $3, $4)", &values).map(drop)
    }

    fn has_seal(&mut self, id: &str) -> Result<bool, RegistryError> {
        read::has(self.sql, "SELECT position FROM seals WHERE id = $1", id)
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
        self.sql.execute(statement, &values)?;
        let statement = "INSERT INTO seal_bytes (position, der) SELECT position, $1 FROM seals WHERE id = $2";
        self.sql.execute(statement, &[bytes.into(), (&record.id).into()]).map(drop)
    }

    fn last_list_number(&mut self, issuer: &KeyId) -> Result<u64, RegistryError> {
        read::last_list_number(self.sql, issuer)
    }

    fn list(&mut self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        read::list(self.sql, issuer, number)
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
        self.sql.execute(statement, &values).map(drop)
    }

    fn dossier(&mut self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        read::dossier(self.sql, kind, key)
    }

    fn add_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError> {
        let values = [record.kind.word().into(), (&record.key).into(), (&record.der).into()];
        self.sql.execute("INSERT INTO dossiers (kind, dossier_key, der) VALUES ($1, $2, $3)", &values).map(drop)
    }

    fn rewrite_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError> {
        let values = [(&record.der).into(), record.kind.word().into(), (&record.key).into()];
        self.sql.execute("UPDATE dossiers SET der = $1 WHERE kind = $2 AND dossier_key = $3", &values).map(drop)
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, RegistryError> {
        read::checkpoint(self.sql)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), RegistryError> {
        self.entries.push(entry.clone());
        if self.is_full() { self.finish() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_parts_for_which_there_are_statements() {
        let rows: Vec<u32> = (0..123).collect();
        assert_eq!(parts(&rows).map(<[u32]>::len).collect::<Vec<_>>(), [100, 10, 10, 1, 1, 1]);
        assert_eq!(parts(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(marks(5, 3), "($5, $6, $7)");
    }
}

use eseal::audit::Act;
use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::audit::Note;
use eseal::cert::Reason;
use eseal::cert::SerialNumber;
use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Change;
use eseal::registry::Cursor;
use eseal::registry::KeyId;
use eseal::registry::MAX_PAGE;
use eseal::registry::Page;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::SealQuery;
use eseal::registry::SealRecord;
use eseal::registry::SealState;
use eseal::registry::Standing;
use eseal::seal::SealKind;
use eseal::sm::Sm3Digest;
use eseal::time::Instant;
use eseal::time::Period;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Params;
use rusqlite::Row;
use rusqlite::types::FromSql;
use rusqlite::types::Value;

use super::SqliteRegistry;
use super::write;
use crate::StoreError;

const CERTIFICATE: &str = "position, serial, subject, issuer, issuer_key, subject_key, profile, not_before, \
                           not_after, status, status_at, reason, invalidity, der";
const SEAL: &str = "position, id, name, kind, organization, maker, created, valid_from, valid_to, state, sm3";
const ENTRY: &str = "sequence, at, actor, act, subject, record, previous, digest";
const LIST: &str = "issuer_key, number, this_update, next_update, entries, sm3";

impl Registry for SqliteRegistry {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        write::write(&mut self.connection, changes, note)
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        certificate(&self.connection, serial)
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        let mut wanted = Wanted::after(query.after);
        if let Some((standing, at)) = query.standing {
            let ended = "not_after < ?";
            match standing {
                Standing::Revoked => wanted.and("status = 'revoked'", None),
                Standing::Expired => {
                    wanted.and("status <> 'revoked'", None);
                    wanted.and(ended, Some(Value::Integer(at.unix())));
                }
                Standing::Active | Standing::Held => {
                    let status = if standing == Standing::Held { "status = 'held'" } else { "status = 'active'" };
                    wanted.and(status, None);
                    wanted.and("not_after >= ?", Some(Value::Integer(at.unix())));
                }
                _ => return Ok(Page { records: Vec::new(), next: None }),
            }
        }
        if let Some(end) = query.ends_by {
            wanted.and("not_after <= ?", Some(Value::Integer(end.unix())));
        }
        if let Some(profile) = &query.profile {
            wanted.and("profile = ?", Some(Value::Text(profile.clone())));
        }
        if let Some(subject) = &query.subject {
            wanted.and("instr(subject, ?) > 0", Some(Value::Text(subject.clone())));
        }
        wanted.page(&self.connection, CERTIFICATE, "certificates", query.limit, |row| {
            Ok((position(row, 0)?, certificate_of(row)?))
        })
    }

    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        let query = "SELECT serial, status, status_at, reason, invalidity FROM certificates \
                     WHERE issuer_key = ? AND status <> 'active' ORDER BY serial";
        rows(&self.connection, query, [issuer.as_bytes()], |row| {
            let revocation = match status_of(row, 1)? {
                CertificateStatus::Revoked(revocation) => revocation,
                CertificateStatus::Held { at } => Revocation { at, reason: Reason::CertificateHold, invalidity: None },
                _ => return Err(damaged("certificates.status")),
            };
            Ok((serial_of(row, 0)?, revocation))
        })
    }

    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError> {
        Ok(last_list_number(&self.connection, issuer)? + 1)
    }

    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let query =
            format!("SELECT {LIST} FROM revocation_lists WHERE issuer_key = ? AND number > ? ORDER BY number LIMIT ?");
        let parameters = (issuer.as_bytes(), stored(after.position()), stored(limit as u64 + 1));
        let found = rows(&self.connection, &query, parameters, |row| {
            let list = list_of(row)?;
            Ok((list.number, list))
        })?;
        Ok(Page::cut(found.into_iter(), limit))
    }

    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError> {
        let query = "SELECT issuer_key FROM certificates UNION SELECT issuer_key FROM revocation_lists";
        rows(&self.connection, query, [], |row| key_of(row, 0))
    }

    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError> {
        let query = format!("SELECT {SEAL} FROM seals WHERE id = ?");
        Ok(rows(&self.connection, &query, [id], seal_of)?.pop())
    }

    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let query = "SELECT der FROM seal_bytes JOIN seals USING (position) WHERE id = ?";
        Ok(rows(&self.connection, query, [id], |row| field(row, 0, "seal_bytes.der"))?.pop())
    }

    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError> {
        let mut wanted = Wanted::after(query.after);
        if let Some(organization) = &query.organization {
            wanted.and("organization = ?", Some(Value::Text(organization.clone())));
        }
        wanted.page(&self.connection, SEAL, "seals", query.limit, |row| Ok((position(row, 0)?, seal_of(row)?)))
    }

    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        let query = format!("SELECT {ENTRY} FROM audit_entries WHERE sequence > ? ORDER BY sequence LIMIT ?");
        rows(&self.connection, &query, (stored(after), stored(limit.min(MAX_PAGE) as u64)), entry_of)
    }

    fn checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        checkpoint(&self.connection)
    }
}

/// The conditions of a query that pages through a table by position.
struct Wanted {
    conditions: String,
    values: Vec<Value>,
}

impl Wanted {
    fn after(cursor: Cursor) -> Self {
        Self { conditions: "position > ?".into(), values: vec![Value::Integer(stored(cursor.position()))] }
    }

    fn and(&mut self, condition: &'static str, value: Option<Value>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.values.extend(value);
    }

    fn page<T>(
        self,
        connection: &Connection,
        columns: &str,
        table: &str,
        limit: usize,
        read: impl FnMut(&Row<'_>) -> Result<(u64, T), RegistryError>,
    ) -> Result<Page<T>, RegistryError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let query =
            format!("SELECT {columns} FROM {table} WHERE {} ORDER BY position LIMIT {}", self.conditions, limit + 1);
        let found = rows(connection, &query, rusqlite::params_from_iter(self.values), read)?;
        Ok(Page::cut(found.into_iter(), limit))
    }
}

pub(super) fn certificate(
    connection: &Connection,
    serial: &SerialNumber,
) -> Result<Option<CertificateRecord>, RegistryError> {
    let query = format!("SELECT {CERTIFICATE} FROM certificates WHERE serial = ?");
    Ok(rows(connection, &query, [serial.to_string()], certificate_of)?.pop())
}

pub(super) fn last_list_number(connection: &Connection, issuer: &KeyId) -> Result<u64, RegistryError> {
    let query = "SELECT coalesce(max(number), 0) FROM revocation_lists WHERE issuer_key = ?";
    let numbers = rows(connection, query, [issuer.as_bytes()], |row| position(row, 0))?;
    Ok(numbers.first().copied().unwrap_or(0))
}

pub(super) fn has_seal(connection: &Connection, id: &str) -> Result<bool, RegistryError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM seals WHERE id = ?").map_err(failed)?;
    Ok(statement.query_row([id], |_| Ok(())).optional().map_err(failed)?.is_some())
}

pub(super) fn checkpoint(connection: &Connection) -> Result<Checkpoint, RegistryError> {
    let query = "SELECT sequence, digest FROM audit_entries ORDER BY sequence DESC LIMIT 1";
    let last = rows(connection, query, [], |row| {
        Ok(Checkpoint { length: position(row, 0)?, digest: digest_of(row, 1, "audit_entries.digest")? })
    })?;
    Ok(last.first().copied().unwrap_or(Checkpoint::START))
}

/// Numbers beyond SQLite's signed 64 bits come from callers only; they mean "after everything".
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn failed(error: rusqlite::Error) -> RegistryError {
    StoreError::from(error).into()
}

fn damaged(what: &'static str) -> RegistryError {
    RegistryError::Damaged { what }
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    parameters: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, RegistryError>,
) -> Result<Vec<T>, RegistryError> {
    let mut statement = connection.prepare_cached(query).map_err(failed)?;
    let mut found = statement.query(parameters).map_err(failed)?;
    let mut records = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        records.push(read(row)?);
    }
    Ok(records)
}

/// A field of a row; what is of another type than we write shows that someone else wrote it.
fn field<T: FromSql>(row: &Row<'_>, at: usize, what: &'static str) -> Result<T, RegistryError> {
    row.get(at).map_err(|_| damaged(what))
}

fn position(row: &Row<'_>, at: usize) -> Result<u64, RegistryError> {
    let number: i64 = field(row, at, "position")?;
    u64::try_from(number).map_err(|_| damaged("position"))
}

fn instant(row: &Row<'_>, at: usize, what: &'static str) -> Result<Instant, RegistryError> {
    Ok(Instant::from_unix(field(row, at, what)?))
}

fn period(row: &Row<'_>, at: usize, what: &'static str) -> Result<Period, RegistryError> {
    Period::new(instant(row, at, what)?, instant(row, at + 1, what)?).map_err(|_| damaged(what))
}

fn key_of(row: &Row<'_>, at: usize) -> Result<KeyId, RegistryError> {
    let bytes: [u8; 20] = field(row, at, "key")?;
    Ok(KeyId::from_bytes(bytes))
}

fn digest_of(row: &Row<'_>, at: usize, what: &'static str) -> Result<Sm3Digest, RegistryError> {
    let bytes: [u8; 32] = field(row, at, what)?;
    Ok(Sm3Digest::from_bytes(bytes))
}

fn serial_of(row: &Row<'_>, at: usize) -> Result<SerialNumber, RegistryError> {
    let text: String = field(row, at, "certificates.serial")?;
    SerialNumber::from_hex(&text).map_err(|_| damaged("certificates.serial"))
}

fn status_of(row: &Row<'_>, at: usize) -> Result<CertificateStatus, RegistryError> {
    const WHAT: &str = "certificates.status";
    let status: String = field(row, at, WHAT)?;
    let since: Option<i64> = field(row, at + 1, WHAT)?;
    let since = since.map(Instant::from_unix);
    let reason: Option<u8> = field(row, at + 2, WHAT)?;
    let invalidity: Option<i64> = field(row, at + 3, WHAT)?;
    match (status.as_str(), since, reason, invalidity) {
        ("active", None, None, None) => Ok(CertificateStatus::Active),
        ("held", Some(at), None, None) => Ok(CertificateStatus::Held { at }),
        ("revoked", Some(at), Some(reason), invalidity) => {
            let reason = Reason::from_number(reason).ok_or_else(|| damaged(WHAT))?;
            let invalidity = invalidity.map(Instant::from_unix);
            Ok(CertificateStatus::Revoked(Revocation { at, reason, invalidity }))
        }
        _ => Err(damaged(WHAT)),
    }
}

fn certificate_of(row: &Row<'_>) -> Result<CertificateRecord, RegistryError> {
    Ok(CertificateRecord {
        serial: serial_of(row, 1)?,
        subject: field(row, 2, "certificates.subject")?,
        issuer: field(row, 3, "certificates.issuer")?,
        issuer_key: key_of(row, 4)?,
        subject_key: key_of(row, 5)?,
        profile: field(row, 6, "certificates.profile")?,
        validity: period(row, 7, "certificates.validity")?,
        status: status_of(row, 9)?,
        der: field(row, 13, "certificates.der")?,
    })
}

fn list_of(row: &Row<'_>) -> Result<RevocationListRecord, RegistryError> {
    Ok(RevocationListRecord {
        issuer_key: key_of(row, 0)?,
        number: position(row, 1)?,
        this_update: instant(row, 2, "revocation_lists.this_update")?,
        next_update: instant(row, 3, "revocation_lists.next_update")?,
        entries: position(row, 4)?,
        sm3: digest_of(row, 5, "revocation_lists.sm3")?,
    })
}

fn seal_of(row: &Row<'_>) -> Result<SealRecord, RegistryError> {
    let state: String = field(row, 9, "seals.state")?;
    Ok(SealRecord {
        id: field(row, 1, "seals.id")?,
        name: field(row, 2, "seals.name")?,
        kind: SealKind::new(field(row, 3, "seals.kind")?),
        organization: field(row, 4, "seals.organization")?,
        maker: field(row, 5, "seals.maker")?,
        created: instant(row, 6, "seals.created")?,
        validity: period(row, 7, "seals.validity")?,
        state: SealState::from_word(&state).ok_or_else(|| damaged("seals.state"))?,
        sm3: digest_of(row, 10, "seals.sm3")?,
    })
}

fn entry_of(row: &Row<'_>) -> Result<Entry, RegistryError> {
    let act: String = field(row, 3, "audit_entries.act")?;
    Ok(Entry {
        sequence: position(row, 0)?,
        at: instant(row, 1, "audit_entries.at")?,
        actor: field(row, 2, "audit_entries.actor")?,
        act: Act::from_word(&act).ok_or_else(|| damaged("audit_entries.act"))?,
        subject: field(row, 4, "audit_entries.subject")?,
        record: digest_of(row, 5, "audit_entries.record")?,
        previous: digest_of(row, 6, "audit_entries.previous")?,
        digest: digest_of(row, 7, "audit_entries.digest")?,
    })
}

use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::audit::Note;
use eseal::cert::Reason;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Change;
use eseal::registry::Cursor;
use eseal::registry::EntryQuery;
use eseal::registry::KeyId;
use eseal::registry::MAX_DIGESTS;
use eseal::registry::MAX_PAGE;
use eseal::registry::Page;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::SealQuery;
use eseal::registry::SealRecord;
use eseal::registry::TimestampRecord;
use eseal::sm::Sm3Digest;
use eseal::time::Instant;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::ToSql;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;

use super::SqliteRegistry;
use super::row::*;
use super::write;
use crate::listing;
use crate::listing::CERTIFICATE;
use crate::listing::ENTRY;
use crate::listing::LIST;
use crate::listing::Listing;
use crate::listing::SEAL;
use crate::listing::Value;
use crate::listing::first_after;
use crate::listing::stored;

const DIALECT: listing::Dialect = listing::Dialect::Sqlite;

impl Registry for SqliteRegistry {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        write::write(&mut self.connection, changes, note)
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        certificate(&self.connection, serial)
    }

    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        certificate_by_order(&self.connection, order)
    }

    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let query = "SELECT der FROM answers WHERE order_id = ?";
        Ok(rows(&self.connection, query, [order], |row| field(row, 0, "answers.der"))?.pop())
    }

    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError> {
        page(&self.connection, &listing::answers(DIALECT, after, limit), |row| Ok((place_of(row, 0)?, answer_of(row)?)))
    }

    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError> {
        let query =
            format!("SELECT {CERTIFICATE} FROM certificates WHERE subject_key = ? ORDER BY position LIMIT {MAX_PAGE}");
        rows(&self.connection, &query, [key.as_bytes()], certificate_of)
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        let rare = match listing::few_of_organization(DIALECT, query) {
            Some((sql, values)) => {
                let values = rusqlite::params_from_iter(values.iter());
                rows(&self.connection, &sql, values, |row| position(row, 0))?.first() <= Some(&listing::FEW)
            }
            None => false,
        };
        let Some(listing) = listing::certificates(DIALECT, query, rare) else {
            return Ok(Page { records: Vec::new(), next: None });
        };
        page(&self.connection, &listing, |row| {
            let record = certificate_of(row)?;
            Ok((listing::place(query, place_of(row, 0)?.position(), &record), record))
        })
    }

    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        let query = "SELECT serial, status, status_at, reason, invalidity FROM certificates \
                     WHERE issuer_key = ? AND status <> 'active' AND status <> 'released' ORDER BY serial";
        rows(&self.connection, query, [issuer.as_bytes()], |row| {
            let revocation = match status_of(row, 1)? {
                CertificateStatus::Revoked(revocation) => revocation,
                CertificateStatus::Held { at } => Revocation { at, reason: Reason::CertificateHold, invalidity: None },
                _ => return Err(damaged("certificates.status")),
            };
            Ok((serial_of(row, 0)?, revocation))
        })
    }

    fn status_changes(
        &self,
        issuer: &KeyId,
        since: Instant,
    ) -> Result<Vec<(SerialNumber, CertificateStatus)>, RegistryError> {
        let query = "SELECT serial, status, status_at, reason, invalidity FROM certificates \
                     WHERE issuer_key = ? AND status <> 'active' AND status_at >= ?";
        rows(&self.connection, query, (issuer.as_bytes(), since.unix()), |row| {
            Ok((serial_of(row, 0)?, status_of(row, 1)?))
        })
    }

    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        list(&self.connection, issuer, number)
    }

    fn last_timestamp_serial(&self) -> Result<u64, RegistryError> {
        last_timestamp_serial(&self.connection)
    }

    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError> {
        page(&self.connection, &listing::timestamps(DIALECT, after, limit), |row| {
            Ok((place_of(row, 0)?, timestamp_of(row)?))
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
            format!("SELECT {LIST} FROM revocation_lists WHERE issuer_key = ? AND number >= ? ORDER BY number LIMIT ?");
        let parameters = (issuer.as_bytes(), first_after(after.position()), stored(limit as u64 + 1));
        let found = rows(&self.connection, &query, parameters, |row| Ok((place_of(row, 1)?, list_of(row)?)))?;
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
        page(&self.connection, &listing::seals(DIALECT, query), |row| Ok((place_of(row, 0)?, seal_of(row)?)))
    }

    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        let query = format!("SELECT {ENTRY} FROM audit_entries WHERE sequence >= ? ORDER BY sequence LIMIT ?");
        rows(&self.connection, &query, (first_after(after), stored(limit.min(MAX_PAGE) as u64)), entry_of)
    }

    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError> {
        page(&self.connection, &listing::entries(DIALECT, query), |row| Ok((place_of(row, 0)?, entry_of(row)?)))
    }

    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError> {
        let query = "SELECT digest FROM audit_entries WHERE sequence >= ? ORDER BY sequence LIMIT ?";
        let parameters = (first_after(after), stored(limit.min(MAX_DIGESTS) as u64));
        rows(&self.connection, query, parameters, |row| digest_of(row, 0, "audit_entries.digest"))
    }

    fn checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        checkpoint(&self.connection)
    }
}

fn page<T>(
    connection: &Connection,
    listing: &Listing,
    read: impl FnMut(&Row<'_>) -> Result<(Cursor, T), RegistryError>,
) -> Result<Page<T>, RegistryError> {
    let found = rows(connection, &listing.sql, rusqlite::params_from_iter(listing.values.iter()), read)?;
    Ok(Page::cut(found.into_iter(), listing.limit))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Integer(number) => ToSqlOutput::Owned((*number).into()),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

pub(super) fn certificate(
    connection: &Connection,
    serial: &SerialNumber,
) -> Result<Option<CertificateRecord>, RegistryError> {
    let query = format!("SELECT {CERTIFICATE} FROM certificates WHERE serial = ?");
    Ok(rows(connection, &query, [serial.to_string()], certificate_of)?.pop())
}

pub(super) fn certificate_by_order(
    connection: &Connection,
    order: &str,
) -> Result<Option<CertificateRecord>, RegistryError> {
    let query = format!("SELECT {CERTIFICATE} FROM certificates WHERE order_id = ?");
    Ok(rows(connection, &query, [order], certificate_of)?.pop())
}

pub(super) fn has_answer(connection: &Connection, order: &str) -> Result<bool, RegistryError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM answers WHERE order_id = ?").map_err(failed)?;
    Ok(statement.query_row([order], |_| Ok(())).optional().map_err(failed)?.is_some())
}

pub(super) fn last_timestamp_serial(connection: &Connection) -> Result<u64, RegistryError> {
    let serials = rows(connection, "SELECT coalesce(max(serial), 0) FROM timestamps", [], |row| position(row, 0))?;
    Ok(serials.first().copied().unwrap_or(0))
}

pub(super) fn list(
    connection: &Connection,
    issuer: &KeyId,
    number: u64,
) -> Result<Option<RevocationListRecord>, RegistryError> {
    // A number beyond what is ever stored is that of no list.
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    let query = format!("SELECT {LIST} FROM revocation_lists WHERE issuer_key = ? AND number = ?");
    Ok(rows(connection, &query, (issuer.as_bytes(), number), list_of)?.pop())
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

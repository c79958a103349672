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
use eseal::registry::DossierKind;
use eseal::registry::DossierRecord;
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
use eseal::registry::write_changes;
use eseal::sm::Sm3Digest;
use eseal::time::Instant;

use super::Begin;
use super::Columns;
use super::Sql;
use super::SqlRegistry;
use super::Transaction;
use super::listing;
use super::listing::CERTIFICATE;
use super::listing::DOSSIER;
use super::listing::ENTRY;
use super::listing::LIST;
use super::listing::Listing;
use super::listing::SEAL;
use super::listing::first_after;
use super::listing::stored;
use super::record::*;
use super::rows;
use super::write::SqlRows;

impl<S: Sql> Registry for SqlRegistry<S> {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        // The lock comes first, so what is read cannot change under it.
        let transaction = Transaction::begin(&self.sql, Begin::Writing)?;
        let mut rows = SqlRows::new(&self.sql);
        rows.look_ahead(changes)?;
        let entries = write_changes(&mut rows, changes, note)?;
        rows.finish()?;
        transaction.commit()?;
        Ok(entries)
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        certificate(&self.sql, serial)
    }

    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        certificate_by_order(&self.sql, order)
    }

    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let query = "SELECT der FROM answers WHERE order_id = $1";
        Ok(rows(&self.sql, query, &[order.into()], |row| bytes(row, 0, "answers.der"))?.pop())
    }

    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError> {
        page(&self.sql, &listing::answers(after, limit), |row| Ok((place_of(row, 0)?, answer_of(row)?)))
    }

    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError> {
        let query =
            format!("SELECT {CERTIFICATE} FROM certificates WHERE subject_key = $1 ORDER BY position LIMIT {MAX_PAGE}");
        rows(&self.sql, &query, &[key.as_bytes().into()], certificate_of)
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        let rare = match listing::few_of_organization(query) {
            Some((sql, values)) => {
                rows(&self.sql, &sql, &values, |row| position(row, 0))?.first() <= Some(&listing::FEW)
            }
            None => false,
        };
        let Some(listing) = listing::certificates(S::DIALECT, query, rare) else {
            return Ok(Page { records: Vec::new(), next: None });
        };
        page(&self.sql, &listing, |row| {
            let record = certificate_of(row)?;
            Ok((listing::place(query, place_of(row, 0)?.position(), &record), record))
        })
    }

    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        let query = "SELECT serial, status, status_at, reason, invalidity FROM certificates \
                     WHERE issuer_key = $1 AND status <> 'active' AND status <> 'released' ORDER BY serial";
        rows(&self.sql, query, &[issuer.as_bytes().into()], |row| {
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
                     WHERE issuer_key = $1 AND status <> 'active' AND status_at >= $2";
        rows(&self.sql, query, &[issuer.as_bytes().into(), since.unix().into()], |row| {
            Ok((serial_of(row, 0)?, status_of(row, 1)?))
        })
    }

    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        list(&self.sql, issuer, number)
    }

    fn last_timestamp_serial(&self) -> Result<u64, RegistryError> {
        last_timestamp_serial(&self.sql)
    }

    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError> {
        page(&self.sql, &listing::timestamps(after, limit), |row| Ok((place_of(row, 0)?, timestamp_of(row)?)))
    }

    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError> {
        Ok(last_list_number(&self.sql, issuer)? + 1)
    }

    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let query = format!(
            "SELECT {LIST} FROM revocation_lists WHERE issuer_key = $1 AND number >= $2 ORDER BY number LIMIT $3"
        );
        let values = [issuer.as_bytes().into(), first_after(after.position()).into(), stored(limit as u64 + 1).into()];
        let found = rows(&self.sql, &query, &values, |row| Ok((place_of(row, 1)?, list_of(row)?)))?;
        Ok(Page::cut(found.into_iter(), limit))
    }

    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError> {
        let query = "SELECT issuer_key FROM certificates UNION SELECT issuer_key FROM revocation_lists";
        rows(&self.sql, query, &[], |row| key_of(row, 0))
    }

    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError> {
        let query = format!("SELECT {SEAL} FROM seals WHERE id = $1");
        Ok(rows(&self.sql, &query, &[id.into()], seal_of)?.pop())
    }

    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let query = "SELECT der FROM seal_bytes JOIN seals USING (position) WHERE id = $1";
        Ok(rows(&self.sql, query, &[id.into()], |row| bytes(row, 0, "seal_bytes.der"))?.pop())
    }

    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError> {
        page(&self.sql, &listing::seals(query), |row| Ok((place_of(row, 0)?, seal_of(row)?)))
    }

    fn dossier(&self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        dossier(&self.sql, kind, key)
    }

    fn dossiers(&self, kind: DossierKind, after: Cursor, limit: usize) -> Result<Page<DossierRecord>, RegistryError> {
        page(&self.sql, &listing::dossiers(kind, after, limit), |row| Ok((place_of(row, 0)?, dossier_of(row)?)))
    }

    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        let query = format!("SELECT {ENTRY} FROM audit_entries WHERE sequence >= $1 ORDER BY sequence LIMIT $2");
        rows(&self.sql, &query, &[first_after(after).into(), stored(limit.min(MAX_PAGE) as u64).into()], entry_of)
    }

    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError> {
        page(&self.sql, &listing::entries(query), |row| Ok((place_of(row, 0)?, entry_of(row)?)))
    }

    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError> {
        let query = "SELECT digest FROM audit_entries WHERE sequence >= $1 ORDER BY sequence LIMIT $2";
        let values = [first_after(after).into(), stored(limit.min(MAX_DIGESTS) as u64).into()];
        rows(&self.sql, query, &values, |row| digest_of(row, 0, "audit_entries.digest"))
    }

    fn checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        checkpoint(&self.sql)
    }
}

fn page<S: Sql, T>(
    sql: &S,
    listing: &Listing<'_>,
    read: impl FnMut(&dyn Columns) -> Result<(Cursor, T), RegistryError>,
) -> Result<Page<T>, RegistryError> {
    let found = rows(sql, &listing.sql, &listing.values, read)?;
    Ok(Page::cut(found.into_iter(), listing.limit))
}

pub(super) fn certificate<S: Sql>(sql: &S, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
    let query = format!("SELECT {CERTIFICATE} FROM certificates WHERE serial = $1");
    Ok(rows(sql, &query, &[serial.to_string().into()], certificate_of)?.pop())
}

pub(super) fn certificate_by_order<S: Sql>(sql: &S, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
    let query = format!("SELECT {CERTIFICATE} FROM certificates WHERE order_id = $1");
    Ok(rows(sql, &query, &[order.into()], certificate_of)?.pop())
}

/// Whether a statement that looks for a text finds it.
pub(super) fn has<S: Sql>(sql: &S, statement: &str, text: &str) -> Result<bool, RegistryError> {
    Ok(!rows(sql, statement, &[text.into()], |_| Ok(()))?.is_empty())
}

pub(super) fn dossier<S: Sql>(sql: &S, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
    let query = format!("SELECT {DOSSIER} FROM dossiers WHERE kind = $1 AND dossier_key = $2");
    Ok(rows(sql, &query, &[kind.word().into(), key.into()], dossier_of)?.pop())
}

pub(super) fn last_timestamp_serial<S: Sql>(sql: &S) -> Result<u64, RegistryError> {
    let serials = rows(sql, "SELECT coalesce(max(serial), 0) FROM timestamps", &[], |row| position(row, 0))?;
    Ok(serials.first().copied().unwrap_or(0))
}

pub(super) fn list<S: Sql>(
    sql: &S,
    issuer: &KeyId,
    number: u64,
) -> Result<Option<RevocationListRecord>, RegistryError> {
    // A number beyond what is ever stored is that of no list.
    let Ok(number) = i64::try_from(number) else { return Ok(None) };
    let query = format!("SELECT {LIST} FROM revocation_lists WHERE issuer_key = $1 AND number = $2");
    Ok(rows(sql, &query, &[issuer.as_bytes().into(), number.into()], list_of)?.pop())
}

pub(super) fn last_list_number<S: Sql>(sql: &S, issuer: &KeyId) -> Result<u64, RegistryError> {
    let query = "SELECT coalesce(max(number), 0) FROM revocation_lists WHERE issuer_key = $1";
    let numbers = rows(sql, query, &[issuer.as_bytes().into()], |row| position(row, 0))?;
    Ok(numbers.first().copied().unwrap_or(0))
}

pub(super) fn checkpoint<S: Sql>(sql: &S) -> Result<Checkpoint, RegistryError> {
    let query = "SELECT sequence, digest FROM audit_entries ORDER BY sequence DESC LIMIT 1";
    let last = rows(sql, query, &[], |row| {
        Ok(Checkpoint { length: position(row, 0)?, digest: digest_of(row, 1, "audit_entries.digest")? })
    })?;
    Ok(last.first().copied().unwrap_or(Checkpoint::START))
}

//! Rows of SQLite as records. Whatever is not as we write it is damage, never a panic.

use eseal::audit::Act;
use eseal::audit::Entry;
use eseal::cert::Reason;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Cursor;
use eseal::registry::KeyId;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::SealRecord;
use eseal::registry::SealState;
use eseal::registry::TimestampRecord;
use eseal::seal::SealKind;
use eseal::sm::Sm3Digest;
use eseal::time::Instant;
use eseal::time::Period;
use rusqlite::Connection;
use rusqlite::Params;
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::StoreError;

pub(super) fn failed(error: rusqlite::Error) -> RegistryError {
    StoreError::from(error).into()
}

pub(super) fn damaged(what: &'static str) -> RegistryError {
    RegistryError::Damaged { what }
}

pub(super) fn rows<T>(
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
pub(super) fn field<T: FromSql>(row: &Row<'_>, at: usize, what: &'static str) -> Result<T, RegistryError> {
    row.get(at).map_err(|_| damaged(what))
}

pub(super) fn position(row: &Row<'_>, at: usize) -> Result<u64, RegistryError> {
    let number: i64 = field(row, at, "position")?;
    u64::try_from(number).map_err(|_| damaged("position"))
}

/// A place in a list; the first is 1, so that no page ever leads back to the start.
pub(super) fn place_of(row: &Row<'_>, at: usize) -> Result<Cursor, RegistryError> {
    match position(row, at)? {
        0 => Err(damaged("position")),
        position => Ok(Cursor::after(position)),
    }
}

fn instant(row: &Row<'_>, at: usize, what: &'static str) -> Result<Instant, RegistryError> {
    Ok(Instant::from_unix(field(row, at, what)?))
}

fn period(row: &Row<'_>, at: usize, what: &'static str) -> Result<Period, RegistryError> {
    Period::new(instant(row, at, what)?, instant(row, at + 1, what)?).map_err(|_| damaged(what))
}

pub(super) fn key_of(row: &Row<'_>, at: usize) -> Result<KeyId, RegistryError> {
    let bytes: [u8; 20] = field(row, at, "key")?;
    Ok(KeyId::from_bytes(bytes))
}

pub(super) fn digest_of(row: &Row<'_>, at: usize, what: &'static str) -> Result<Sm3Digest, RegistryError> {
    let bytes: [u8; 32] = field(row, at, what)?;
    Ok(Sm3Digest::from_bytes(bytes))
}

pub(super) fn serial_of(row: &Row<'_>, at: usize) -> Result<SerialNumber, RegistryError> {
    let text: String = field(row, at, "certificates.serial")?;
    SerialNumber::from_hex(&text).map_err(|_| damaged("certificates.serial"))
}

fn other_serial(row: &Row<'_>, at: usize, what: &'static str) -> Result<Option<SerialNumber>, RegistryError> {
    let text: Option<String> = field(row, at, what)?;
    text.map(|text| SerialNumber::from_hex(&text).map_err(|_| damaged(what))).transpose()
}

pub(super) fn status_of(row: &Row<'_>, at: usize) -> Result<CertificateStatus, RegistryError> {
    const WHAT: &str = "certificates.status";
    let status: String = field(row, at, WHAT)?;
    let since: Option<i64> = field(row, at + 1, WHAT)?;
    let since = since.map(Instant::from_unix);
    let reason: Option<u8> = field(row, at + 2, WHAT)?;
    let invalidity: Option<i64> = field(row, at + 3, WHAT)?;
    match (status.as_str(), since, reason, invalidity) {
        ("active", None, None, None) => Ok(CertificateStatus::Active),
        ("released", Some(at), None, None) => Ok(CertificateStatus::Released { at }),
        ("held", Some(at), None, None) => Ok(CertificateStatus::Held { at }),
        ("revoked", Some(at), Some(reason), invalidity) => {
            let reason = Reason::from_number(reason).ok_or_else(|| damaged(WHAT))?;
            let invalidity = invalidity.map(Instant::from_unix);
            Ok(CertificateStatus::Revoked(Revocation { at, reason, invalidity }))
        }
        _ => Err(damaged(WHAT)),
    }
}

pub(super) fn certificate_of(row: &Row<'_>) -> Result<CertificateRecord, RegistryError> {
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
        organization: field(row, 14, "certificates.organization")?,
        region: field(row, 15, "certificates.region")?,
        partner: other_serial(row, 16, "certificates.partner")?,
        replaces: other_serial(row, 17, "certificates.replaces")?,
        order: field(row, 18, "certificates.order_id")?,
    })
}

pub(super) fn list_of(row: &Row<'_>) -> Result<RevocationListRecord, RegistryError> {
    let base: Option<i64> = field(row, 6, "revocation_lists.base")?;
    Ok(RevocationListRecord {
        issuer_key: key_of(row, 0)?,
        number: position(row, 1)?,
        this_update: instant(row, 2, "revocation_lists.this_update")?,
        next_update: instant(row, 3, "revocation_lists.next_update")?,
        entries: position(row, 4)?,
        sm3: digest_of(row, 5, "revocation_lists.sm3")?,
        base: base.map(|base| u64::try_from(base).map_err(|_| damaged("revocation_lists.base"))).transpose()?,
        point: field(row, 7, "revocation_lists.point")?,
    })
}

pub(super) fn seal_of(row: &Row<'_>) -> Result<SealRecord, RegistryError> {
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

pub(super) fn entry_of(row: &Row<'_>) -> Result<Entry, RegistryError> {
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

pub(super) fn answer_of(row: &Row<'_>) -> Result<AnswerRecord, RegistryError> {
    Ok(AnswerRecord { order: field(row, 1, "answers.order_id")?, der: field(row, 2, "answers.der")? })
}

pub(super) fn timestamp_of(row: &Row<'_>) -> Result<TimestampRecord, RegistryError> {
    Ok(TimestampRecord {
        serial: position(row, 0)?,
        at: instant(row, 1, "timestamps.at")?,
        imprint: field(row, 2, "timestamps.imprint")?,
        sm3: digest_of(row, 3, "timestamps.sm3")?,
    })
}

//! Rows as records. Whatever is not as we write it is damage, never a panic.

use eseal::audit::Act;
use eseal::audit::Entry;
use eseal::cert::Reason;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Cursor;
use eseal::registry::DossierKind;
use eseal::registry::DossierRecord;
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

use super::Columns;

pub(super) fn damaged(what: &'static str) -> RegistryError {
    RegistryError::Damaged { what }
}

/// Says of which record an error is, as far as that can be read.
fn named(error: RegistryError, subject: impl FnOnce() -> Option<String>) -> RegistryError {
    match error {
        RegistryError::Damaged { what } => match subject() {
            Some(subject) => RegistryError::DamagedRecord { what, subject },
            None => error,
        },
        other => other,
    }
}

fn integer(row: &dyn Columns, at: usize, what: &'static str) -> Result<i64, RegistryError> {
    row.integer(at, what)?.ok_or_else(|| damaged(what))
}

fn text(row: &dyn Columns, at: usize, what: &'static str) -> Result<String, RegistryError> {
    row.text(at, what)?.ok_or_else(|| damaged(what))
}

pub(super) fn bytes(row: &dyn Columns, at: usize, what: &'static str) -> Result<Vec<u8>, RegistryError> {
    row.bytes(at, what)?.ok_or_else(|| damaged(what))
}

fn array<const N: usize>(row: &dyn Columns, at: usize, what: &'static str) -> Result<[u8; N], RegistryError> {
    bytes(row, at, what)?.try_into().map_err(|_| damaged(what))
}

pub(super) fn position(row: &dyn Columns, at: usize) -> Result<u64, RegistryError> {
    let number = integer(row, at, "position")?;
    u64::try_from(number).map_err(|_| damaged("position"))
}

/// A place in a list; the first is 1, so that no page ever leads back to the start.
pub(super) fn place_of(row: &dyn Columns, at: usize) -> Result<Cursor, RegistryError> {
    match position(row, at)? {
        0 => Err(damaged("position")),
        position => Ok(Cursor::after(position)),
    }
}

fn instant(row: &dyn Columns, at: usize, what: &'static str) -> Result<Instant, RegistryError> {
    Ok(Instant::from_unix(integer(row, at, what)?))
}

fn period(row: &dyn Columns, at: usize, what: &'static str) -> Result<Period, RegistryError> {
    Period::new(instant(row, at, what)?, instant(row, at + 1, what)?).map_err(|_| damaged(what))
}

pub(super) fn key_of(row: &dyn Columns, at: usize) -> Result<KeyId, RegistryError> {
    Ok(KeyId::from_bytes(array(row, at, "key")?))
}

pub(super) fn digest_of(row: &dyn Columns, at: usize, what: &'static str) -> Result<Sm3Digest, RegistryError> {
    Ok(Sm3Digest::from_bytes(array(row, at, what)?))
}

pub(super) fn serial_of(row: &dyn Columns, at: usize) -> Result<SerialNumber, RegistryError> {
    let text = text(row, at, "certificates.serial")?;
    SerialNumber::from_hex(&text).map_err(|_| damaged("certificates.serial"))
}

fn other_serial(row: &dyn Columns, at: usize, what: &'static str) -> Result<Option<SerialNumber>, RegistryError> {
    row.text(at, what)?.map(|text| SerialNumber::from_hex(&text).map_err(|_| damaged(what))).transpose()
}

pub(super) fn status_of(row: &dyn Columns, at: usize) -> Result<CertificateStatus, RegistryError> {
    const WHAT: &str = "certificates.status";
    let status = text(row, at, WHAT)?;
    let since = row.integer(at + 1, WHAT)?.map(Instant::from_unix);
    let reason = row.integer(at + 2, WHAT)?;
    let invalidity = row.integer(at + 3, WHAT)?;
    match (status.as_str(), since, reason, invalidity) {
        ("active", None, None, None) => Ok(CertificateStatus::Active),
        ("released", Some(at), None, None) => Ok(CertificateStatus::Released { at }),
        ("held", Some(at), None, None) => Ok(CertificateStatus::Held { at }),
        ("revoked", Some(at), Some(reason), invalidity) => {
            let reason = u8::try_from(reason).ok().and_then(Reason::from_number).ok_or_else(|| damaged(WHAT))?;
            let invalidity = invalidity.map(Instant::from_unix);
            Ok(CertificateStatus::Revoked(Revocation { at, reason, invalidity }))
        }
        _ => Err(damaged(WHAT)),
    }
}

pub(super) fn certificate_of(row: &dyn Columns) -> Result<CertificateRecord, RegistryError> {
    read_certificate(row)
        .map_err(|error| named(error, || row.text(1, "").ok().flatten().map(|serial| format!("certificate:{serial}"))))
}

fn read_certificate(row: &dyn Columns) -> Result<CertificateRecord, RegistryError> {
    Ok(CertificateRecord {
        serial: serial_of(row, 1)?,
        subject: text(row, 2, "certificates.subject")?,
        issuer: text(row, 3, "certificates.issuer")?,
        issuer_key: key_of(row, 4)?,
        subject_key: key_of(row, 5)?,
        profile: text(row, 6, "certificates.profile")?,
        validity: period(row, 7, "certificates.validity")?,
        status: status_of(row, 9)?,
        der: bytes(row, 13, "certificates.der")?,
        organization: row.text(14, "certificates.organization")?,
        region: row.text(15, "certificates.region")?,
        partner: other_serial(row, 16, "certificates.partner")?,
        replaces: other_serial(row, 17, "certificates.replaces")?,
        order: row.text(18, "certificates.order_id")?,
    })
}

pub(super) fn list_of(row: &dyn Columns) -> Result<RevocationListRecord, RegistryError> {
    read_list(row).map_err(|error| {
        named(error, || Some(RevocationListRecord::audit_subject(&key_of(row, 0).ok()?, position(row, 1).ok()?)))
    })
}

fn read_list(row: &dyn Columns) -> Result<RevocationListRecord, RegistryError> {
    let base = row.integer(6, "revocation_lists.base")?;
    Ok(RevocationListRecord {
        issuer_key: key_of(row, 0)?,
        number: position(row, 1)?,
        this_update: instant(row, 2, "revocation_lists.this_update")?,
        next_update: instant(row, 3, "revocation_lists.next_update")?,
        entries: position(row, 4)?,
        sm3: digest_of(row, 5, "revocation_lists.sm3")?,
        base: base.map(|base| u64::try_from(base).map_err(|_| damaged("revocation_lists.base"))).transpose()?,
        point: row.text(7, "revocation_lists.point")?,
    })
}

pub(super) fn seal_of(row: &dyn Columns) -> Result<SealRecord, RegistryError> {
    read_seal(row)
        .map_err(|error| named(error, || row.text(1, "").ok().flatten().map(|id| SealRecord::audit_subject(&id))))
}

fn read_seal(row: &dyn Columns) -> Result<SealRecord, RegistryError> {
    let state = text(row, 9, "seals.state")?;
    Ok(SealRecord {
        id: text(row, 1, "seals.id")?,
        name: text(row, 2, "seals.name")?,
        kind: SealKind::new(integer(row, 3, "seals.kind")?),
        organization: row.text(4, "seals.organization")?,
        maker: text(row, 5, "seals.maker")?,
        created: instant(row, 6, "seals.created")?,
        validity: period(row, 7, "seals.validity")?,
        state: SealState::from_word(&state).ok_or_else(|| damaged("seals.state"))?,
        sm3: digest_of(row, 10, "seals.sm3")?,
    })
}

pub(super) fn entry_of(row: &dyn Columns) -> Result<Entry, RegistryError> {
    let act = text(row, 3, "audit_entries.act")?;
    Ok(Entry {
        sequence: position(row, 0)?,
        at: instant(row, 1, "audit_entries.at")?,
        actor: text(row, 2, "audit_entries.actor")?,
        act: Act::from_word(&act).ok_or_else(|| damaged("audit_entries.act"))?,
        subject: text(row, 4, "audit_entries.subject")?,
        record: digest_of(row, 5, "audit_entries.record")?,
        previous: digest_of(row, 6, "audit_entries.previous")?,
        digest: digest_of(row, 7, "audit_entries.digest")?,
    })
}

pub(super) fn answer_of(row: &dyn Columns) -> Result<AnswerRecord, RegistryError> {
    read_answer(row).map_err(|error| {
        named(error, || row.text(1, "").ok().flatten().map(|order| AnswerRecord::audit_subject(&order)))
    })
}

fn read_answer(row: &dyn Columns) -> Result<AnswerRecord, RegistryError> {
    Ok(AnswerRecord { order: text(row, 1, "answers.order_id")?, der: bytes(row, 2, "answers.der")? })
}

pub(super) fn dossier_of(row: &dyn Columns) -> Result<DossierRecord, RegistryError> {
    read_dossier(row).map_err(|error| {
        let part = |at| row.text(at, "").ok().flatten();
        named(error, || Some(format!("{}:{}", part(1)?, part(2)?)))
    })
}

fn read_dossier(row: &dyn Columns) -> Result<DossierRecord, RegistryError> {
    let kind = text(row, 1, "dossiers.kind")?;
    let kind = DossierKind::from_word(&kind).ok_or_else(|| damaged("dossiers.kind"))?;
    Ok(DossierRecord { kind, key: text(row, 2, "dossiers.dossier_key")?, der: bytes(row, 3, "dossiers.der")? })
}

pub(super) fn timestamp_of(row: &dyn Columns) -> Result<TimestampRecord, RegistryError> {
    read_timestamp(row).map_err(|error| named(error, || Some(TimestampRecord::audit_subject(position(row, 0).ok()?))))
}

fn read_timestamp(row: &dyn Columns) -> Result<TimestampRecord, RegistryError> {
    Ok(TimestampRecord {
        serial: position(row, 0)?,
        at: instant(row, 1, "timestamps.at")?,
        imprint: bytes(row, 2, "timestamps.imprint")?,
        sm3: digest_of(row, 3, "timestamps.sm3")?,
    })
}

//! Copies of a registry that any store can be made from: JSON Lines with the audit chain in them.
//!
//! The first line names the format and the end of the chain, each further one is a record or an audit entry, and the last
//! one hashes all before it, so that a copy that was cut off shows. Restoring checks everything against the chain before
//! anything stays. The format is in `docs/audit-log.md`.

use std::io::BufRead;
use std::io::Read;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use eseal::audit::Act;
use eseal::audit::Checkpoint;
use eseal::audit::Entry;
use eseal::cert::Reason;
use eseal::cert::SerialNumber;
use eseal::registry::AnswerRecord;
use eseal::registry::CertificateQuery;
use eseal::registry::CertificateRecord;
use eseal::registry::CertificateStatus;
use eseal::registry::Cursor;
use eseal::registry::DossierKind;
use eseal::registry::DossierRecord;
use eseal::registry::EntryQuery;
use eseal::registry::KeyId;
use eseal::registry::MAX_PAGE;
use eseal::registry::Page;
use eseal::registry::Registry;
use eseal::registry::RegistryError;
use eseal::registry::Revocation;
use eseal::registry::RevocationListRecord;
use eseal::registry::Rows;
use eseal::registry::SealQuery;
use eseal::registry::SealRecord;
use eseal::registry::SealState;
use eseal::registry::TimestampRecord;
use eseal::seal::SealKind;
use eseal::sm::Sm3;
use eseal::sm::Sm3Digest;
use eseal::time::Instant;
use eseal::time::Period;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::StoreError;

/// What the first line says.
const SCHEMA: &str = "eseal.store-backup/1";

/// The most bytes of a line: a seal with the largest picture, in base64, fits several times.
const MAX_LINE: u64 = 16 << 20;

/// Writes lines and hashes them.
struct Lines<'w> {
    out: &'w mut dyn Write,
    hash: Sm3,
    count: u64,
}

impl Lines<'_> {
    fn put(&mut self, kind: &str, value: Value) -> Result<(), RegistryError> {
        let mut line = Map::new();
        line.insert(kind.into(), value);
        self.put_line(&Value::Object(line))
    }

    fn put_line(&mut self, line: &Value) -> Result<(), RegistryError> {
        let mut text = line.to_string();
        text.push('\n');
        self.hash.update(text.as_bytes());
        self.count += 1;
        self.out.write_all(text.as_bytes()).map_err(|error| StoreError::BackupIo(error).into())
    }
}

/// Writes everything that a registry holds.
pub(crate) fn write(registry: &dyn Registry, out: &mut dyn Write) -> Result<Checkpoint, RegistryError> {
    let end = registry.checkpoint()?;
    let mut lines = Lines { out, hash: Sm3::new(), count: 0 };
    lines.put_line(&json!({"schema": SCHEMA, "entries": end.length, "digest": end.digest.to_string()}))?;
    let all = CertificateQuery::default();
    pages(
        |after| registry.certificates(&CertificateQuery { after, ..all.clone() }),
        |record| lines.put("certificate", certificate_json(&record)),
    )?;
    pages(
        |after| registry.seals(&SealQuery { after, limit: 100, ..SealQuery::default() }),
        |record| {
            let der = registry.seal_bytes(&record.id)?.unwrap_or_default();
            lines.put("seal", seal_json(&record, &der))
        },
    )?;
    let mut issuers = registry.issuers()?;
    issuers.sort_unstable();
    for issuer in issuers {
        pages(
            |after| registry.revocation_lists(&issuer, after, MAX_PAGE),
            |record| lines.put("revocation-list", list_json(&record)),
        )?;
    }
    pages(
        |after| registry.answers(after, 100),
        |answer| lines.put("answer", json!({"order": answer.order, "der": BASE64.encode(&answer.der)})),
    )?;
    pages(
        |after| registry.timestamps(after, MAX_PAGE),
        |stamp| {
            let imprint = BASE64.encode(&stamp.imprint);
            let value = json!({"serial": stamp.serial, "at": stamp.at.unix(), "imprint": imprint, "sm3": stamp.sm3.to_string()});
            lines.put("timestamp", value)
        },
    )?;
    for kind in DossierKind::ALL {
        pages(
            |after| registry.dossiers(*kind, after, 100),
            |record| {
                let value = json!({"kind": record.kind.word(), "key": record.key, "der": BASE64.encode(&record.der)});
                lines.put("dossier", value)
            },
        )?;
    }
    pages(
        |after| registry.find_entries(&EntryQuery { after, ..EntryQuery::default() }),
        |entry| lines.put("entry", entry_json(&entry)),
    )?;
    let (count, digest) = (lines.count, std::mem::replace(&mut lines.hash, Sm3::new()).finish());
    lines.put("end", json!({"lines": count, "sm3": digest.to_string()}))?;
    lines.out.flush().map_err(StoreError::BackupIo)?;
    Ok(end)
}

fn pages<T>(
    mut page: impl FnMut(Cursor) -> Result<Page<T>, RegistryError>,
    mut each: impl FnMut(T) -> Result<(), RegistryError>,
) -> Result<(), RegistryError> {
    let mut after = Cursor::START;
    loop {
        let found = page(after)?;
        found.records.into_iter().try_for_each(&mut each)?;
        let Some(next) = found.next else { return Ok(()) };
        after = next;
    }
}

/// Puts everything that a copy holds into empty tables, and says where its chain has to end.
pub(crate) fn read(from: &mut dyn BufRead, rows: &mut dyn Rows) -> Result<Checkpoint, RegistryError> {
    let mut hash = Sm3::new();
    let mut line = Vec::new();
    let mut promised = None;
    for number in 1.. {
        line.clear();
        from.take(MAX_LINE).read_until(b'\n', &mut line).map_err(StoreError::BackupIo)?;
        if line.last() != Some(&b'\n') {
            // At the end of the file, or of what a line may have.
            let long = line.len() as u64 == MAX_LINE;
            let error = if long { malformed(number) } else { StoreError::BackupCut.into() };
            return Err(error);
        }
        let value: Value = serde_json::from_slice(&line).map_err(|_| malformed(number))?;
        let Some(end) = promised else {
            promised = Some(header(&value).ok_or_else(|| malformed(number))?);
            hash.update(&line);
            continue;
        };
        let Value::Object(object) = value else { return Err(malformed(number)) };
        let mut members = object.into_iter();
        let (Some((kind, value)), None) = (members.next(), members.next()) else { return Err(malformed(number)) };
        if kind == "end" {
            let digest = hash.finish().to_string();
            let whole = value["lines"].as_u64() == Some(number - 1) && value["sm3"].as_str() == Some(&digest);
            return if whole { Ok(end) } else { Err(StoreError::BackupCut.into()) };
        }
        put(&kind, &value, rows)?.ok_or_else(|| malformed(number))?;
        hash.update(&line);
    }
    unreachable!("the file ends first")
}

fn malformed(line: u64) -> RegistryError {
    StoreError::BackupMalformed { line }.into()
}

fn header(value: &Value) -> Option<Checkpoint> {
    let ours = value["schema"].as_str() == Some(SCHEMA);
    let length = value["entries"].as_u64().filter(|_| ours)?;
    Some(Checkpoint { length, digest: digest(&value["digest"])? })
}

/// Puts one record; `None` when the line is not of its form.
fn put(kind: &str, value: &Value, rows: &mut dyn Rows) -> Result<Option<()>, RegistryError> {
    match kind {
        "certificate" => certificate(value).map(|record| rows.add_certificate(&record)).transpose(),
        "seal" => seal(value).map(|(record, der)| rows.add_seal(&record, &der)).transpose(),
        "revocation-list" => list(value).map(|record| rows.add_list(&record)).transpose(),
        "answer" => answer(value).map(|record| rows.add_answer(&record)).transpose(),
        "timestamp" => timestamp(value).map(|record| rows.add_timestamp(&record)).transpose(),
        "dossier" => dossier(value).map(|record| rows.add_dossier(&record)).transpose(),
        "entry" => entry(value).map(|entry| rows.append(&entry)).transpose(),
        _ => Ok(None),
    }
}

fn certificate_json(record: &CertificateRecord) -> Value {
    let (status, reason, invalidity) = match record.status {
        CertificateStatus::Active => ("active", None, None),
        CertificateStatus::Released { .. } => ("released", None, None),
        CertificateStatus::Held { .. } => ("held", None, None),
        CertificateStatus::Revoked(Revocation { reason, invalidity, .. }) => ("revoked", Some(reason), invalidity),
        // A later status of the library; restoring refuses the word.
        _ => ("unknown", None, None),
    };
    json!({
        "serial": record.serial.to_string(),
        "subject": record.subject,
        "issuer": record.issuer,
        "issuer_key": record.issuer_key.to_string(),
        "subject_key": record.subject_key.to_string(),
        "profile": record.profile,
        "not_before": record.validity.from().unix(),
        "not_after": record.validity.to().unix(),
        "status": status,
        "status_at": record.status.since().map(Instant::unix),
        "reason": reason.map(Reason::number),
        "invalidity": invalidity.map(Instant::unix),
        "organization": record.organization,
        "region": record.region,
        "partner": record.partner.as_ref().map(ToString::to_string),
        "replaces": record.replaces.as_ref().map(ToString::to_string),
        "order": record.order,
        "der": BASE64.encode(&record.der),
    })
}

fn certificate(value: &Value) -> Option<CertificateRecord> {
    let at = optional(&value["status_at"], instant)?;
    let reason = optional(&value["reason"], |reason| Reason::from_number(reason.as_u64()?.try_into().ok()?))?;
    let invalidity = optional(&value["invalidity"], instant)?;
    let status = match (value["status"].as_str()?, at, reason, invalidity) {
        ("active", None, None, None) => CertificateStatus::Active,
        ("released", Some(at), None, None) => CertificateStatus::Released { at },
        ("held", Some(at), None, None) => CertificateStatus::Held { at },
        ("revoked", Some(at), Some(reason), invalidity) => {
            CertificateStatus::Revoked(Revocation { at, reason, invalidity })
        }
        _ => return None,
    };
    Some(CertificateRecord {
        serial: serial(&value["serial"])?,
        subject: text(&value["subject"])?,
        issuer: text(&value["issuer"])?,
        issuer_key: key(&value["issuer_key"])?,
        subject_key: key(&value["subject_key"])?,
        profile: text(&value["profile"])?,
        validity: period(&value["not_before"], &value["not_after"])?,
        status,
        organization: optional(&value["organization"], text)?,
        region: optional(&value["region"], text)?,
        partner: optional(&value["partner"], serial)?,
        replaces: optional(&value["replaces"], serial)?,
        order: optional(&value["order"], text)?,
        der: bytes(&value["der"])?,
    })
}

fn seal_json(record: &SealRecord, der: &[u8]) -> Value {
    json!({
        "id": record.id,
        "name": record.name,
        "kind": record.kind.number(),
        "organization": record.organization,
        "maker": record.maker,
        "created": record.created.unix(),
        "valid_from": record.validity.from().unix(),
        "valid_to": record.validity.to().unix(),
        "state": record.state.word(),
        "sm3": record.sm3.to_string(),
        "der": BASE64.encode(der),
    })
}

fn seal(value: &Value) -> Option<(SealRecord, Vec<u8>)> {
    let record = SealRecord {
        id: text(&value["id"])?,
        name: text(&value["name"])?,
        kind: SealKind::new(value["kind"].as_i64()?),
        organization: optional(&value["organization"], text)?,
        maker: text(&value["maker"])?,
        created: instant(&value["created"])?,
        validity: period(&value["valid_from"], &value["valid_to"])?,
        state: SealState::from_word(value["state"].as_str()?)?,
        sm3: digest(&value["sm3"])?,
    };
    Some((record, bytes(&value["der"])?))
}

fn list_json(record: &RevocationListRecord) -> Value {
    json!({
        "issuer_key": record.issuer_key.to_string(),
        "number": record.number,
        "this_update": record.this_update.unix(),
        "next_update": record.next_update.unix(),
        "entries": record.entries,
        "sm3": record.sm3.to_string(),
        "base": record.base,
        "point": record.point,
    })
}

fn list(value: &Value) -> Option<RevocationListRecord> {
    Some(RevocationListRecord {
        issuer_key: key(&value["issuer_key"])?,
        number: value["number"].as_u64()?,
        this_update: instant(&value["this_update"])?,
        next_update: instant(&value["next_update"])?,
        entries: value["entries"].as_u64()?,
        sm3: digest(&value["sm3"])?,
        base: optional(&value["base"], Value::as_u64)?,
        point: optional(&value["point"], text)?,
    })
}

fn answer(value: &Value) -> Option<AnswerRecord> {
    Some(AnswerRecord { order: text(&value["order"])?, der: bytes(&value["der"])? })
}

fn timestamp(value: &Value) -> Option<TimestampRecord> {
    Some(TimestampRecord {
        serial: value["serial"].as_u64()?,
        at: instant(&value["at"])?,
        imprint: bytes(&value["imprint"])?,
        sm3: digest(&value["sm3"])?,
    })
}

fn dossier(value: &Value) -> Option<DossierRecord> {
    let kind = DossierKind::from_word(value["kind"].as_str()?)?;
    Some(DossierRecord { kind, key: text(&value["key"])?, der: bytes(&value["der"])? })
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "sequence": entry.sequence,
        "at": entry.at.unix(),
        "actor": entry.actor,
        "act": entry.act.word(),
        "subject": entry.subject,
        "record": entry.record.to_string(),
        "previous": entry.previous.to_string(),
        "digest": entry.digest.to_string(),
    })
}

fn entry(value: &Value) -> Option<Entry> {
    Some(Entry {
        sequence: value["sequence"].as_u64()?,
        at: instant(&value["at"])?,
        actor: text(&value["actor"])?,
        act: Act::from_word(value["act"].as_str()?)?,
        subject: text(&value["subject"])?,
        record: digest(&value["record"])?,
        previous: digest(&value["previous"])?,
        digest: digest(&value["digest"])?,
    })
}

/// A member that may be `null`; `None` when it is there and not of its form.
fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    BASE64.decode(value.as_str()?).ok()
}

fn instant(value: &Value) -> Option<Instant> {
    value.as_i64().map(Instant::from_unix)
}

fn period(from: &Value, to: &Value) -> Option<Period> {
    Period::new(instant(from)?, instant(to)?).ok()
}

fn serial(value: &Value) -> Option<SerialNumber> {
    SerialNumber::from_hex(value.as_str()?).ok()
}

fn key(value: &Value) -> Option<KeyId> {
    Some(KeyId::from_bytes(hex(value.as_str()?)?))
}

fn digest(value: &Value) -> Option<Sm3Digest> {
    Some(Sm3Digest::from_bytes(hex(value.as_str()?)?))
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

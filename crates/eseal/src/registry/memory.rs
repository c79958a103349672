use std::collections::BTreeMap;

use crate::audit::Checkpoint;
use crate::audit::Entry;
use crate::audit::Note;
use crate::cert::SerialNumber;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::AnswerRecord;
use super::CertificateQuery;
use super::CertificateRecord;
use super::CertificateStatus;
use super::Change;
use super::Cursor;
use super::DossierKind;
use super::DossierRecord;
use super::EntryQuery;
use super::KeyId;
use super::MAX_DIGESTS;
use super::MAX_PAGE;
use super::Page;
use super::Registry;
use super::RegistryError;
use super::Revocation;
use super::RevocationListRecord;
use super::Rows;
use super::SealQuery;
use super::SealRecord;
use super::TimestampRecord;
use super::write_changes;

/// A registry that lives in memory: for tests, demonstrations and as the model that stores are compared with.
#[derive(Debug, Default)]
pub struct MemoryRegistry {
    certificates: Vec<CertificateRecord>,
    by_serial: BTreeMap<SerialNumber, usize>,
    by_order: BTreeMap<String, usize>,
    answers: Vec<AnswerRecord>,
    timestamps: BTreeMap<u64, TimestampRecord>,
    seals: Vec<(SealRecord, Vec<u8>)>,
    lists: BTreeMap<(KeyId, u64), RevocationListRecord>,
    dossiers: Vec<DossierRecord>,
    by_dossier: BTreeMap<(DossierKind, String), usize>,
    entries: Vec<Entry>,
}

impl MemoryRegistry {
    /// A registry that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn find(&self, serial: &SerialNumber) -> Option<&CertificateRecord> {
        self.by_serial.get(serial).map(|at| &self.certificates[*at])
    }

    fn last_number(&self, issuer: &KeyId) -> u64 {
        self.lists.range((*issuer, 0)..=(*issuer, u64::MAX)).next_back().map_or(0, |((_, number), _)| *number)
    }

    fn last_timestamp(&self) -> u64 {
        self.timestamps.keys().next_back().copied().unwrap_or(0)
    }

    fn place_of(&self, kind: DossierKind, key: &str) -> Option<usize> {
        self.by_dossier.get(&(kind, key.to_owned())).copied()
    }

    fn end(&self) -> Checkpoint {
        self.entries.last().map_or(Checkpoint::START, Entry::checkpoint)
    }
}

/// What one write puts, kept apart until all of it has been accepted.
struct Staged<'m> {
    base: &'m MemoryRegistry,
    certificates: Vec<CertificateRecord>,
    statuses: BTreeMap<SerialNumber, CertificateStatus>,
    answers: Vec<AnswerRecord>,
    timestamps: Vec<TimestampRecord>,
    seals: Vec<(SealRecord, Vec<u8>)>,
    lists: Vec<RevocationListRecord>,
    added: Vec<DossierRecord>,
    rewritten: BTreeMap<usize, DossierRecord>,
    entries: Vec<Entry>,
}

impl Rows for Staged<'_> {
    fn certificate(&mut self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        let found = self.base.find(serial).or_else(|| self.certificates.iter().find(|record| record.serial == *serial));
        Ok(found.cloned().map(|mut record| {
            if let Some(status) = self.statuses.get(serial) {
                record.status = *status;
            }
            record
        }))
    }

    fn add_certificate(&mut self, record: &CertificateRecord) -> Result<(), RegistryError> {
        self.certificates.push(record.clone());
        Ok(())
    }

    fn set_status(&mut self, serial: &SerialNumber, status: &CertificateStatus) -> Result<(), RegistryError> {
        self.statuses.insert(serial.clone(), *status);
        Ok(())
    }

    fn certificate_by_order(&mut self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        let known = self.base.by_order.get(order).map(|at| &self.base.certificates[*at]);
        let staged = || self.certificates.iter().find(|record| record.order.as_deref() == Some(order));
        Ok(known.or_else(staged).cloned())
    }

    fn has_answer(&mut self, order: &str) -> Result<bool, RegistryError> {
        Ok(self.base.answers.iter().chain(&self.answers).any(|answer| answer.order == order))
    }

    fn add_answer(&mut self, record: &AnswerRecord) -> Result<(), RegistryError> {
        self.answers.push(record.clone());
        Ok(())
    }

    fn last_timestamp_serial(&mut self) -> Result<u64, RegistryError> {
        Ok(self.timestamps.last().map_or_else(|| self.base.last_timestamp(), |stamp| stamp.serial))
    }

    fn add_timestamp(&mut self, record: &TimestampRecord) -> Result<(), RegistryError> {
        self.timestamps.push(record.clone());
        Ok(())
    }

    fn has_seal(&mut self, id: &str) -> Result<bool, RegistryError> {
        Ok(self.base.seals.iter().chain(&self.seals).any(|(record, _)| record.id == id))
    }

    fn add_seal(&mut self, record: &SealRecord, bytes: &[u8]) -> Result<(), RegistryError> {
        self.seals.push((record.clone(), bytes.to_vec()));
        Ok(())
    }

    fn last_list_number(&mut self, issuer: &KeyId) -> Result<u64, RegistryError> {
        let staged = self.lists.iter().filter(|list| list.issuer_key == *issuer).map(|list| list.number).max();
        Ok(staged.unwrap_or_else(|| self.base.last_number(issuer)))
    }

    fn list(&mut self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        let staged = self.lists.iter().find(|list| list.issuer_key == *issuer && list.number == number);
        Ok(staged.or_else(|| self.base.lists.get(&(*issuer, number))).cloned())
    }

    fn add_list(&mut self, record: &RevocationListRecord) -> Result<(), RegistryError> {
        self.lists.push(record.clone());
        Ok(())
    }

    fn dossier(&mut self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        let Some(at) = self.base.place_of(kind, key) else {
            return Ok(self.added.iter().find(|record| record.kind == kind && record.key == key).cloned());
        };
        Ok(Some(self.rewritten.get(&at).unwrap_or(&self.base.dossiers[at]).clone()))
    }

    fn add_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError> {
        self.added.push(record.clone());
        Ok(())
    }

    fn rewrite_dossier(&mut self, record: &DossierRecord) -> Result<(), RegistryError> {
        if let Some(at) = self.base.place_of(record.kind, &record.key) {
            self.rewritten.insert(at, record.clone());
        } else if let Some(added) = self.added.iter_mut().find(|one| one.kind == record.kind && one.key == record.key) {
            added.clone_from(record);
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, RegistryError> {
        Ok(self.entries.last().map_or_else(|| self.base.end(), Entry::checkpoint))
    }

    fn append(&mut self, entry: &Entry) -> Result<(), RegistryError> {
        self.entries.push(entry.clone());
        Ok(())
    }
}

impl Registry for MemoryRegistry {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        let mut staged = Staged {
            base: self,
            certificates: Vec::new(),
            statuses: BTreeMap::new(),
            answers: Vec::new(),
            timestamps: Vec::new(),
            seals: Vec::new(),
            lists: Vec::new(),
            added: Vec::new(),
            rewritten: BTreeMap::new(),
            entries: Vec::new(),
        };
        let written = write_changes(&mut staged, changes, note)?;
        let Staged { certificates, statuses, answers, timestamps, seals, lists, added, rewritten, entries, .. } =
            staged;
        for record in certificates {
            self.by_serial.insert(record.serial.clone(), self.certificates.len());
            self.by_order.extend(record.order.clone().map(|order| (order, self.certificates.len())));
            self.certificates.push(record);
        }
        for (serial, status) in statuses {
            let at = self.by_serial[&serial];
            self.certificates[at].status = status;
        }
        self.answers.extend(answers);
        self.timestamps.extend(timestamps.into_iter().map(|stamp| (stamp.serial, stamp)));
        self.seals.extend(seals);
        self.lists.extend(lists.into_iter().map(|list| ((list.issuer_key, list.number), list)));
        for (at, record) in rewritten {
            self.dossiers[at] = record;
        }
        for record in added {
            self.by_dossier.insert((record.kind, record.key.clone()), self.dossiers.len());
            self.dossiers.push(record);
        }
        self.entries.extend(entries);
        Ok(written)
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        Ok(self.find(serial).cloned())
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        if !query.by_end() {
            let found = numbered(&self.certificates, query.after).filter(|(_, record)| query.selects(record));
            return Ok(Page::cut(found.map(|(at, record)| (at, record.clone())), query.limit));
        }
        let selected = numbered(&self.certificates, Cursor::START).filter(|(_, record)| query.selects(record));
        let place = |at: Cursor, record: &CertificateRecord| Cursor::after_end(record.validity.to(), at.position());
        let mut found: Vec<_> = selected.map(|(at, record)| (place(at, record), record)).collect();
        found.retain(|(place, _)| *place > query.after);
        found.sort_unstable_by_key(|(place, _)| *place);
        Ok(Page::cut(found.into_iter().map(|(place, record)| (place, record.clone())), query.limit))
    }

    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        Ok(self.by_order.get(order).map(|at| self.certificates[*at].clone()))
    }

    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError> {
        let of_key = self.certificates.iter().filter(|record| record.subject_key == *key);
        Ok(of_key.take(MAX_PAGE).cloned().collect())
    }

    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        Ok(self.answers.iter().find(|answer| answer.order == order).map(|answer| answer.der.clone()))
    }

    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError> {
        Ok(Page::cut(numbered(&self.answers, after).map(|(at, answer)| (at, answer.clone())), limit))
    }

    fn status_changes(
        &self,
        issuer: &KeyId,
        since: Instant,
    ) -> Result<Vec<(SerialNumber, CertificateStatus)>, RegistryError> {
        let of_issuer = self.certificates.iter().filter(|record| record.issuer_key == *issuer);
        let changed = of_issuer.filter(|record| record.status.since().is_some_and(|at| at >= since));
        Ok(changed.map(|record| (record.serial.clone(), record.status)).collect())
    }

    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        Ok(self.lists.get(&(*issuer, number)).cloned())
    }

    fn last_timestamp_serial(&self) -> Result<u64, RegistryError> {
        Ok(self.last_timestamp())
    }

    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError> {
        let found = self.timestamps.range(after.position().saturating_add(1)..);
        Ok(Page::cut(found.map(|(serial, stamp)| (Cursor::after(*serial), stamp.clone())), limit))
    }

    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        let records = self.by_serial.values().map(|at| &self.certificates[*at]);
        let of_issuer = records.filter(|record| record.issuer_key == *issuer);
        Ok(of_issuer
            .filter_map(|record| record.revocation().map(|revocation| (record.serial.clone(), revocation)))
            .collect())
    }

    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError> {
        Ok(self.last_number(issuer) + 1)
    }

    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError> {
        let first = after.position().saturating_add(1);
        let found = self.lists.range((*issuer, first)..=(*issuer, u64::MAX));
        Ok(Page::cut(found.map(|((_, number), list)| (Cursor::after(*number), list.clone())), limit))
    }

    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError> {
        let certificates = self.certificates.iter().map(|record| record.issuer_key);
        let mut issuers: Vec<_> = certificates.chain(self.lists.keys().map(|(issuer, _)| *issuer)).collect();
        issuers.sort_unstable();
        issuers.dedup();
        Ok(issuers)
    }

    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError> {
        Ok(self.seals.iter().find(|(record, _)| record.id == id).map(|(record, _)| record.clone()))
    }

    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        Ok(self.seals.iter().find(|(record, _)| record.id == id).map(|(_, bytes)| bytes.clone()))
    }

    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError> {
        let found = numbered(&self.seals, query.after).filter(|(_, (record, _))| query.selects(record));
        Ok(Page::cut(found.map(|(at, (record, _))| (at, record.clone())), query.limit))
    }

    fn dossier(&self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        Ok(self.place_of(kind, key).map(|at| self.dossiers[at].clone()))
    }

    fn dossiers(&self, kind: DossierKind, after: Cursor, limit: usize) -> Result<Page<DossierRecord>, RegistryError> {
        let found = numbered(&self.dossiers, after).filter(|(_, record)| record.kind == kind);
        Ok(Page::cut(found.map(|(at, record)| (at, record.clone())), limit))
    }

    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(self.entries.len());
        Ok(self.entries[from..].iter().take(limit.min(MAX_PAGE)).cloned().collect())
    }

    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError> {
        let found = numbered(&self.entries, query.after).filter(|(_, entry)| query.selects(entry));
        Ok(Page::cut(found.map(|(at, entry)| (at, entry.clone())), query.limit))
    }

    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError> {
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(self.entries.len());
        Ok(self.entries[from..].iter().take(limit.min(MAX_DIGESTS)).map(|entry| entry.digest).collect())
    }

    fn checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        Ok(self.end())
    }
}

/// The items after a cursor, with their positions; the first item has position 1.
fn numbered<T>(items: &[T], after: Cursor) -> impl Iterator<Item = (Cursor, &T)> {
    let from = usize::try_from(after.position()).unwrap_or(usize::MAX).min(items.len());
    (from as u64 + 1..).map(Cursor::after).zip(&items[from..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::RegistryFault;
    use crate::registry::suite;
    use crate::registry::verify_registry;
    use crate::sm::sm3;

    #[test]
    fn the_registry_in_memory_passes_the_suite() {
        suite::run(MemoryRegistry::new);
    }

    fn filled() -> MemoryRegistry {
        let mut registry = MemoryRegistry::new();
        let changes = [
            Change::CertificateIssued(suite::certificate(1)),
            Change::CertificateIssued(suite::certificate(2)),
            Change::CertificateHeld { serial: suite::serial(1), at: suite::START },
            suite::seal(1),
            suite::list(suite::issuer(1), 1),
            suite::dossier(1),
        ];
        registry.write(&changes, &suite::note()).unwrap();
        registry
    }

    #[test]
    fn an_edited_record_is_named_with_the_entry_that_last_spoke_of_it() {
        type Edit = fn(&mut MemoryRegistry);
        let edits: [(u64, Edit); 8] = [
            (3, |registry| registry.certificates[0].status = CertificateStatus::Active),
            (2, |registry| registry.certificates[1].subject.push('x')),
            (2, |registry| registry.certificates[1].der.push(0)),
            (4, |registry| registry.seals[0].0.name.push('x')),
            (4, |registry| registry.seals[0].1.push(0)),
            (5, |registry| registry.lists.values_mut().for_each(|list| list.entries += 1)),
            (6, |registry| registry.dossiers[0].der.push(0)),
            (6, |registry| registry.dossiers[0].key.push('0')),
        ];
        for (expected, edit) in edits {
            let mut registry = filled();
            edit(&mut registry);
            let fault = verify_registry(&registry).unwrap().unwrap_err();
            // One that goes by another name now is missed under its own.
            let named = matches!(fault, RegistryFault::Edited { .. } | RegistryFault::Missing { .. });
            assert!(named, "{fault}");
            assert_eq!(fault.sequence(), Some(expected));
        }
    }

    #[test]
    fn a_removed_record_and_one_put_in_by_hand_are_named() {
        let mut registry = filled();
        registry.certificates.pop();
        let fault = verify_registry(&registry).unwrap().unwrap_err();
        assert_eq!(fault.sequence(), Some(2));
        assert!(matches!(fault, RegistryFault::Missing { .. }), "{fault}");

        let mut registry = filled();
        registry.certificates.push(suite::certificate(3));
        let fault = verify_registry(&registry).unwrap().unwrap_err();
        assert!(matches!(fault, RegistryFault::Unlogged { .. }), "{fault}");
    }

    #[test]
    fn an_edited_or_dropped_entry_is_named() {
        let mut registry = filled();
        registry.entries[2].record = sm3(b"other");
        assert_eq!(verify_registry(&registry).unwrap().unwrap_err().code(), "audit-edited");
        let mut registry = filled();
        registry.entries.remove(1);
        let fault = verify_registry(&registry).unwrap().unwrap_err();
        assert_eq!((fault.code(), fault.sequence()), ("audit-gap", Some(2)));
        let mut registry = filled();
        registry.entries.pop();
        assert_eq!(verify_registry(&registry).unwrap().unwrap_err().code(), "audit-record-unlogged");
    }

    #[test]
    fn every_fault_has_its_code() {
        let subject = String::new();
        let faults = [
            RegistryFault::Edited { subject: subject.clone(), sequence: 1 },
            RegistryFault::Missing { subject: subject.clone(), sequence: 1 },
            RegistryFault::Unreadable { what: "certificates.status" },
            RegistryFault::Unlogged { subject },
        ];
        assert_eq!(faults.map(|fault| fault.code()).as_slice(), RegistryFault::CODES);
    }
}

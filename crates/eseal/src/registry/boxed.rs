//! A registry behind a pointer is a registry, so that callers need not know which store they were given.

use super::*;

impl<R: Registry + ?Sized> Registry for Box<R> {
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError> {
        (**self).write(changes, note)
    }

    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError> {
        (**self).certificate(serial)
    }

    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError> {
        (**self).certificate_by_order(order)
    }

    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        (**self).answer(order)
    }

    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError> {
        (**self).answers(after, limit)
    }

    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError> {
        (**self).by_subject_key(key)
    }

    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError> {
        (**self).certificates(query)
    }

    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError> {
        (**self).revoked(issuer)
    }

    fn status_changes(
        &self,
        issuer: &KeyId,
        since: Instant,
    ) -> Result<Vec<(SerialNumber, CertificateStatus)>, RegistryError> {
        (**self).status_changes(issuer, since)
    }

    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError> {
        (**self).revocation_list(issuer, number)
    }

    fn last_timestamp_serial(&self) -> Result<u64, RegistryError> {
        (**self).last_timestamp_serial()
    }

    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError> {
        (**self).timestamps(after, limit)
    }

    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError> {
        (**self).next_list_number(issuer)
    }

    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError> {
        (**self).revocation_lists(issuer, after, limit)
    }

    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError> {
        (**self).issuers()
    }

    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError> {
        (**self).seal(id)
    }

    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        (**self).seal_bytes(id)
    }

    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError> {
        (**self).seals(query)
    }

    fn dossier(&self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError> {
        (**self).dossier(kind, key)
    }

    fn dossiers(&self, kind: DossierKind, after: Cursor, limit: usize) -> Result<Page<DossierRecord>, RegistryError> {
        (**self).dossiers(kind, after, limit)
    }

    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError> {
        (**self).entries(after, limit)
    }

    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError> {
        (**self).find_entries(query)
    }

    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError> {
        (**self).entry_digests(after, limit)
    }

    fn checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        (**self).checkpoint()
    }
}

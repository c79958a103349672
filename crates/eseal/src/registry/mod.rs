//! Room `registry`: what was issued, made and revoked (登记).
//!
//! Uses `audit`, `seal` and what those use. Never signs and never decides whether an act is due; it remembers acts, and
//! refuses those that contradict what it remembers. Never reads a clock.
//!
//! There is one write door, [`Registry::write`]: the records and their audit entries are kept together, or nothing is.
//! The rules of the door are in [`write_changes`], so that every store obeys the same ones; a store only supplies
//! [`Rows`] inside one transaction of its own. [`verify_registry`] compares the whole content with the audit chain.

mod answer;
mod boxed;
mod certificate;
mod change;
mod dossier;
mod error;
mod list;
mod memory;
mod query;
mod rows;
mod seal;
#[cfg(any(test, feature = "lab"))]
pub mod suite;
mod timestamp;
mod verify;

pub use answer::AnswerRecord;
pub use certificate::CertificateRecord;
pub use certificate::CertificateStatus;
pub use certificate::KeyId;
pub use certificate::Revocation;
pub use certificate::Standing;
pub use change::Change;
pub use dossier::DossierKind;
pub use dossier::DossierRecord;
pub use error::RegistryError;
pub use list::RevocationListRecord;
pub use memory::MemoryRegistry;
pub use query::CertificateQuery;
pub use query::Cursor;
pub use query::EntryQuery;
pub use query::MAX_DIGESTS;
pub use query::MAX_PAGE;
pub use query::Page;
pub use query::SealQuery;
pub use rows::MAX_CHANGES;
pub use rows::Rows;
pub use rows::write_changes;
pub use seal::SealRecord;
pub use seal::SealState;
pub use timestamp::TimestampRecord;
pub use verify::RegistryFault;
pub use verify::verify_registry;

use crate::audit::Checkpoint;
use crate::audit::Entry;
use crate::audit::Note;
use crate::cert::SerialNumber;
use crate::sm::Sm3Digest;
use crate::time::Instant;

/// The memory of an office (登记簿): certificates, revocation lists, seals and the audit log.
///
/// Reading gives what was last written whole. A store shared by several processes keeps these promises among them.
pub trait Registry {
    /// Writes all of these changes and one audit entry for each, or nothing at all.
    ///
    /// # Errors
    /// [`RegistryError`] when a change contradicts what is there, or the store fails; then nothing was written.
    fn write(&mut self, changes: &[Change], note: &Note) -> Result<Vec<Entry>, RegistryError>;

    /// The certificate of this serial number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn certificate(&self, serial: &SerialNumber) -> Result<Option<CertificateRecord>, RegistryError>;

    /// The certificate that fills this order; of a pair the signing certificate.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn certificate_by_order(&self, order: &str) -> Result<Option<CertificateRecord>, RegistryError>;

    /// What was handed out for this order, DER.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn answer(&self, order: &str) -> Result<Option<Vec<u8>>, RegistryError>;

    /// A page of the answers, in the order of keeping.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn answers(&self, after: Cursor, limit: usize) -> Result<Page<AnswerRecord>, RegistryError>;

    /// Every certificate of this key, in the order of issue; at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn by_subject_key(&self, key: &KeyId) -> Result<Vec<CertificateRecord>, RegistryError>;

    /// A page of certificates, in the order of issue, or of the end of validity: see [`CertificateQuery::by_end`].
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn certificates(&self, query: &CertificateQuery) -> Result<Page<CertificateRecord>, RegistryError>;

    /// The certificates of an issuer that its next revocation list has to name: those revoked or on hold.
    ///
    /// In no promised order.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn revoked(&self, issuer: &KeyId) -> Result<Vec<(SerialNumber, Revocation)>, RegistryError>;

    /// The certificates of an issuer that were held, released or revoked at this time or later, by the clocks of those
    /// who did it, with how they stand now; in no promised order. What a delta list says.
    ///
    /// Whoever has several machines asks for a little more than the time of the base list: naming a certificate that
    /// the base has already is allowed, missing one is not.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn status_changes(
        &self,
        issuer: &KeyId,
        since: Instant,
    ) -> Result<Vec<(SerialNumber, CertificateStatus)>, RegistryError>;

    /// The revocation list of this issuer and number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn revocation_list(&self, issuer: &KeyId, number: u64) -> Result<Option<RevocationListRecord>, RegistryError>;

    /// The greatest serial number of a time stamp; 0 when there is none.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn last_timestamp_serial(&self) -> Result<u64, RegistryError>;

    /// A page of time stamps, by serial number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn timestamps(&self, after: Cursor, limit: usize) -> Result<Page<TimestampRecord>, RegistryError>;

    /// The number that the next revocation list of an issuer has to bear; the first is 1.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn next_list_number(&self, issuer: &KeyId) -> Result<u64, RegistryError>;

    /// A page of the revocation lists of an issuer, by number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn revocation_lists(
        &self,
        issuer: &KeyId,
        after: Cursor,
        limit: usize,
    ) -> Result<Page<RevocationListRecord>, RegistryError>;

    /// Every issuer of which this registry holds certificates or revocation lists, in no promised order.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn issuers(&self) -> Result<Vec<KeyId>, RegistryError>;

    /// The seal of this number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn seal(&self, id: &str) -> Result<Option<SealRecord>, RegistryError>;

    /// The seal itself, DER, as it was made.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn seal_bytes(&self, id: &str) -> Result<Option<Vec<u8>>, RegistryError>;

    /// A page of seals, in the order of making.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn seals(&self, query: &SealQuery) -> Result<Page<SealRecord>, RegistryError>;

    /// The dossier of this kind and name, as it was last rewritten.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn dossier(&self, kind: DossierKind, key: &str) -> Result<Option<DossierRecord>, RegistryError>;

    /// A page of the dossiers of a kind, in the order in which they were kept first.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn dossiers(&self, kind: DossierKind, after: Cursor, limit: usize) -> Result<Page<DossierRecord>, RegistryError>;

    /// Up to `limit` audit entries that follow entry number `after` (0: from the first). At most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails, or holds an entry that is no entry.
    fn entries(&self, after: u64, limit: usize) -> Result<Vec<Entry>, RegistryError>;

    /// A page of those audit entries that are asked for, by number.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails, or holds an entry that is no entry.
    fn find_entries(&self, query: &EntryQuery) -> Result<Page<Entry>, RegistryError>;

    /// The digests of up to `limit` audit entries that follow entry number `after`, for Merkle trees. At most
    /// [`MAX_DIGESTS`].
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn entry_digests(&self, after: u64, limit: usize) -> Result<Vec<Sm3Digest>, RegistryError>;

    /// Where the audit chain ends.
    ///
    /// # Errors
    /// [`RegistryError`] when the store fails.
    fn checkpoint(&self) -> Result<Checkpoint, RegistryError>;
}

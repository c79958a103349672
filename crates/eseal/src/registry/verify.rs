use std::collections::HashMap;

use crate::audit::ChainFault;
use crate::audit::ChainVerifier;
use crate::audit::Checkpoint;
use crate::cert::SerialNumber;
use crate::lang::Lang;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::AnswerRecord;
use super::CertificateQuery;
use super::CertificateRecord;
use super::Cursor;
use super::DossierKind;
use super::DossierRecord;
use super::KeyId;
use super::MAX_PAGE;
use super::Page;
use super::Registry;
use super::RegistryError;
use super::RevocationListRecord;
use super::SealQuery;
use super::SealRecord;
use super::TimestampRecord;

/// Where a registry and its audit log disagree.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryFault {
    /// The chain of entries itself does not hold.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// A record is not as audit entry `sequence` left it.
    #[error("{subject} is not as audit entry {sequence} left it")]
    Edited {
        /// The record, as audit entries call it.
        subject: String,
        /// The last entry that speaks of it.
        sequence: u64,
    },
    /// A record that audit entry `sequence` speaks of is gone.
    #[error("{subject}, of which audit entry {sequence} speaks, is gone")]
    Missing {
        /// The record, as audit entries call it.
        subject: String,
        /// The last entry that speaks of it.
        sequence: u64,
    },
    /// A row is no record any more, and does not tell which it was.
    #[error("a row of the registry is no record: {what}")]
    Unreadable {
        /// Which table or field.
        what: &'static str,
    },
    /// A record is there of which no entry speaks.
    #[error("no audit entry speaks of {subject}")]
    Unlogged {
        /// The record, as audit entries would call it.
        subject: String,
    },
}

impl RegistryFault {
    /// Every code of this enum; those of [`ChainFault`] come beside them.
    pub const CODES: &[&str] =
        &["audit-record-edited", "audit-record-missing", "audit-record-unreadable", "audit-record-unlogged"];

    /// The stable word for this fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Chain(fault) => fault.code(),
            Self::Edited { .. } => "audit-record-edited",
            Self::Missing { .. } => "audit-record-missing",
            Self::Unreadable { .. } => "audit-record-unreadable",
            Self::Unlogged { .. } => "audit-record-unlogged",
        }
    }

    /// The record that it is about, as audit entries call it; `None` when it is about the entries themselves.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Chain(_) | Self::Unreadable { .. } => None,
            Self::Edited { subject, .. } | Self::Missing { subject, .. } | Self::Unlogged { subject } => Some(subject),
        }
    }

    /// The kind of fault in words, for people.
    #[must_use]
    pub const fn label(&self, lang: Lang) -> &'static str {
        match self {
            Self::Chain(fault) => fault.label(lang),
            Self::Edited { .. } => lang.pick("登记项被改动", "changed record"),
            Self::Missing { .. } => lang.pick("登记项缺失", "missing record"),
            Self::Unreadable { .. } => lang.pick("登记项无法读取", "unreadable record"),
            Self::Unlogged { .. } => lang.pick("登记项没有审计记录", "record without an entry"),
        }
    }

    /// The number of the audit entry that shows it, if one does.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        match self {
            Self::Chain(fault) => Some(fault.sequence()),
            Self::Edited { sequence, .. } | Self::Missing { sequence, .. } => Some(*sequence),
            Self::Unreadable { .. } | Self::Unlogged { .. } => None,
        }
    }
}

/// How often a check begins again because someone wrote meanwhile.
const MAX_RESTARTS: usize = 16;

/// Checks the audit chain, and every record against the last entry that speaks of it.
///
/// Needs memory for one name and one digest a record. Whoever writes meanwhile does not disturb it.
///
/// # Errors
/// [`RegistryError`] when the store fails. A registry that does not hold is `Ok(Err(fault))` with the first fault.
pub fn verify_registry(registry: &dyn Registry) -> Result<Result<Checkpoint, RegistryFault>, RegistryError> {
    for _ in 0..MAX_RESTARTS {
        let (checked, outcome) = verify_once(registry)?;
        if outcome.is_ok() || registry.checkpoint()? == checked {
            return Ok(outcome.map(|()| checked));
        }
    }
    let (checked, outcome) = verify_once(registry)?;
    Ok(outcome.map(|()| checked))
}

fn verify_once(registry: &dyn Registry) -> Result<(Checkpoint, Result<(), RegistryFault>), RegistryError> {
    let mut chain = ChainVerifier::new();
    let mut said = HashMap::new();
    let mut limit = MAX_PAGE;
    loop {
        let next = chain.checkpoint().length + 1;
        let entries = match registry.entries(next - 1, limit) {
            Ok(entries) => entries,
            // One of them is no entry. Taken one by one the chain leads up to it.
            Err(RegistryError::Damaged { .. }) if limit > 1 => {
                limit = 1;
                continue;
            }
            Err(RegistryError::Damaged { .. }) => {
                return Ok((chain.checkpoint(), Err(ChainFault::Edited { sequence: next }.into())));
            }
            Err(error) => return Err(error),
        };
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            if let Err(fault) = chain.take(&entry) {
                return Ok((chain.checkpoint(), Err(fault.into())));
            }
            said.insert(entry.subject, (entry.sequence, entry.record));
        }
    }
    // A chain whose end was cut off inside the store gives fewer entries than the store believes to have.
    let end = registry.checkpoint()?;
    if end.length < chain.checkpoint().length {
        let fault = ChainFault::Gap { expected: end.length + 1, found: chain.checkpoint().length };
        return Ok((chain.checkpoint(), Err(fault.into())));
    }
    let mut comparison = Comparison { said, edited: None, unlogged: None };
    let outcome = match comparison.run(registry) {
        Ok(()) => comparison.outcome(),
        Err(RegistryError::Damaged { what } | RegistryError::DamagedRecord { what, .. }) => {
            comparison.ask_for_each(registry)?;
            comparison.outcome().and(Err(RegistryFault::Unreadable { what }))
        }
        Err(error) => return Err(error),
    };
    Ok((chain.checkpoint(), outcome))
}

/// Every record against what the last entry that speaks of it says.
struct Comparison {
    said: HashMap<String, (u64, Sm3Digest)>,
    edited: Option<(u64, String)>,
    unlogged: Option<String>,
}

impl Comparison {
    fn run(&mut self, registry: &dyn Registry) -> Result<(), RegistryError> {
        let all = CertificateQuery::default();
        pages(
            |after| registry.certificates(&CertificateQuery { after, ..all.clone() }),
            |record| {
                self.take(CertificateRecord::audit_subject(&record.serial), record.digest());
                Ok(())
            },
        )?;
        pages(
            |after| registry.seals(&SealQuery { after, limit: 100, ..SealQuery::default() }),
            |mut record| {
                // The bytes beside the record are part of what the entry vouches for.
                record.sm3 = sm3(&registry.seal_bytes(&record.id)?.unwrap_or_default());
                self.take(SealRecord::audit_subject(&record.id), record.digest());
                Ok(())
            },
        )?;
        pages(
            |after| registry.answers(after, 100),
            |answer| {
                self.take(AnswerRecord::audit_subject(&answer.order), answer.digest());
                Ok(())
            },
        )?;
        pages(
            |after| registry.timestamps(after, MAX_PAGE),
            |stamp| {
                self.take(TimestampRecord::audit_subject(stamp.serial), stamp.digest());
                Ok(())
            },
        )?;
        for kind in DossierKind::ALL {
            pages(
                |after| registry.dossiers(*kind, after, 100),
                |dossier| {
                    self.take(dossier.audit_subject(), dossier.digest());
                    Ok(())
                },
            )?;
        }
        for issuer in registry.issuers()? {
            pages(
                |after| registry.revocation_lists(&issuer, after, MAX_PAGE),
                |list| {
                    self.take(RevocationListRecord::audit_subject(&list.issuer_key, list.number), list.digest());
                    Ok(())
                },
            )?;
        }
        Ok(())
    }

    fn take(&mut self, subject: String, digest: Sm3Digest) {
        match self.said.remove(&subject) {
            None => {
                self.unlogged.get_or_insert(subject);
            }
            Some((sequence, said)) if said != digest => self.note_edited(sequence, subject),
            Some(_) => {}
        }
    }

    fn note_edited(&mut self, sequence: u64, subject: String) {
        if self.edited.as_ref().is_none_or(|(first, _)| sequence < *first) {
            self.edited = Some((sequence, subject));
        }
    }

    /// The fault of the first entry that a record does not fit; else a record of which no entry speaks.
    ///
    /// A record whose name was edited is both missing and unlogged; the entry is the more useful of the two.
    fn outcome(self) -> Result<(), RegistryFault> {
        let missing = self.said.into_iter().map(|(subject, (sequence, _))| (sequence, subject)).min();
        match (self.edited, missing) {
            (Some((sequence, subject)), missing) if missing.as_ref().is_none_or(|(other, _)| sequence <= *other) => {
                Err(RegistryFault::Edited { subject, sequence })
            }
            (_, Some((sequence, subject))) => Err(RegistryFault::Missing { subject, sequence }),
            _ => self.unlogged.map_or(Ok(()), |subject| Err(RegistryFault::Unlogged { subject })),
        }
    }

    /// Where a row is no record any more the lists end at it: asks for every record that was not in them by its name.
    fn ask_for_each(&mut self, registry: &dyn Registry) -> Result<(), RegistryError> {
        let mut asked: Vec<_> = std::mem::take(&mut self.said).into_iter().collect();
        asked.sort_unstable_by_key(|(_, (sequence, _))| *sequence);
        for (subject, (sequence, digest)) in asked {
            match digest_of(registry, &subject) {
                Ok(Some(found)) if found == digest => {}
                Ok(None) => {
                    self.said.insert(subject, (sequence, digest));
                }
                Ok(Some(_)) | Err(RegistryError::Damaged { .. } | RegistryError::DamagedRecord { .. }) => {
                    self.note_edited(sequence, subject);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The digest of the record of which audit entries speak so, as it is now.
fn digest_of(registry: &dyn Registry, subject: &str) -> Result<Option<Sm3Digest>, RegistryError> {
    let Some((kind, name)) = subject.split_once(':') else { return Ok(None) };
    Ok(match kind {
        "certificate" => {
            let Ok(serial) = SerialNumber::from_hex(name) else { return Ok(None) };
            registry.certificate(&serial)?.map(|record| record.digest())
        }
        "seal" => match registry.seal(name)? {
            Some(mut record) => {
                record.sm3 = sm3(&registry.seal_bytes(name)?.unwrap_or_default());
                Some(record.digest())
            }
            None => None,
        },
        "answer" => registry.answer(name)?.map(|der| AnswerRecord { order: name.to_owned(), der }.digest()),
        "timestamp" => {
            let Ok(serial) = name.parse::<u64>() else { return Ok(None) };
            let page = registry.timestamps(Cursor::after(serial.saturating_sub(1)), 1)?;
            page.records.first().filter(|stamp| stamp.serial == serial).map(TimestampRecord::digest)
        }
        "revocation-list" => {
            let Some((key, number)) = name.split_once('/') else { return Ok(None) };
            let (Some(key), Ok(number)) = (KeyId::from_hex(key), number.parse()) else { return Ok(None) };
            registry.revocation_list(&key, number)?.map(|list| list.digest())
        }
        kind => match DossierKind::from_word(kind) {
            Some(kind) => registry.dossier(kind, name)?.as_ref().map(DossierRecord::digest),
            None => None,
        },
    })
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

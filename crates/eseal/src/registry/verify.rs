use std::collections::HashMap;

use crate::audit::ChainFault;
use crate::audit::ChainVerifier;
use crate::audit::Checkpoint;
use crate::lang::Lang;
use crate::sm::Sm3Digest;
use crate::sm::sm3;

use super::AnswerRecord;
use super::CertificateQuery;
use super::CertificateRecord;
use super::Cursor;
use super::MAX_PAGE;
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
    /// A record is there of which no entry speaks.
    #[error("no audit entry speaks of {subject}")]
    Unlogged {
        /// The record, as audit entries would call it.
        subject: String,
    },
}

impl RegistryFault {
    /// Every code of this enum; those of [`ChainFault`] come beside them.
    pub const CODES: &[&str] = &["audit-record-edited", "audit-record-missing", "audit-record-unlogged"];

    /// The stable word for this fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Chain(fault) => fault.code(),
            Self::Edited { .. } => "audit-record-edited",
            Self::Missing { .. } => "audit-record-missing",
            Self::Unlogged { .. } => "audit-record-unlogged",
        }
    }

    /// The record that it is about, as audit entries call it; `None` when it is about the entries themselves.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Chain(_) => None,
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
            Self::Unlogged { .. } => lang.pick("登记项没有审计记录", "record without an entry"),
        }
    }

    /// The number of the audit entry that shows it, if one does.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        match self {
            Self::Chain(fault) => Some(fault.sequence()),
            Self::Edited { sequence, .. } | Self::Missing { sequence, .. } => Some(*sequence),
            Self::Unlogged { .. } => None,
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
    loop {
        let entries = registry.entries(chain.checkpoint().length, MAX_PAGE)?;
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
    Ok((chain.checkpoint(), verify_records(registry, said)?))
}

fn verify_records(
    registry: &dyn Registry,
    mut said: HashMap<String, (u64, Sm3Digest)>,
) -> Result<Result<(), RegistryFault>, RegistryError> {
    let mut compare = |subject: String, digest: Sm3Digest| match said.remove(&subject) {
        None => Err(RegistryFault::Unlogged { subject }),
        Some((sequence, said)) if said != digest => Err(RegistryFault::Edited { subject, sequence }),
        Some(_) => Ok(()),
    };
    let mut query = CertificateQuery::default();
    loop {
        let page = registry.certificates(&query)?;
        for record in &page.records {
            if let Err(fault) = compare(CertificateRecord::audit_subject(&record.serial), record.digest()) {
                return Ok(Err(fault));
            }
        }
        let Some(next) = page.next else { break };
        query.after = next;
    }
    let mut query = SealQuery { limit: 100, ..SealQuery::default() };
    loop {
        let page = registry.seals(&query)?;
        for mut record in page.records {
            // The bytes beside the record are part of what the entry vouches for.
            record.sm3 = sm3(&registry.seal_bytes(&record.id)?.unwrap_or_default());
            if let Err(fault) = compare(SealRecord::audit_subject(&record.id), record.digest()) {
                return Ok(Err(fault));
            }
        }
        let Some(next) = page.next else { break };
        query.after = next;
    }
    let mut after = Cursor::START;
    loop {
        let page = registry.answers(after, 100)?;
        for answer in &page.records {
            if let Err(fault) = compare(AnswerRecord::audit_subject(&answer.order), answer.digest()) {
                return Ok(Err(fault));
            }
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    let mut after = Cursor::START;
    loop {
        let page = registry.timestamps(after, MAX_PAGE)?;
        for stamp in &page.records {
            if let Err(fault) = compare(TimestampRecord::audit_subject(stamp.serial), stamp.digest()) {
                return Ok(Err(fault));
            }
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    for issuer in registry.issuers()? {
        let mut after = Cursor::START;
        loop {
            let page = registry.revocation_lists(&issuer, after, MAX_PAGE)?;
            for list in &page.records {
                let subject = RevocationListRecord::audit_subject(&list.issuer_key, list.number);
                if let Err(fault) = compare(subject, list.digest()) {
                    return Ok(Err(fault));
                }
            }
            let Some(next) = page.next else { break };
            after = next;
        }
    }
    let first_missing = said.into_iter().min_by_key(|(_, (sequence, _))| *sequence);
    Ok(match first_missing {
        Some((subject, (sequence, _))) => Err(RegistryFault::Missing { subject, sequence }),
        None => Ok(()),
    })
}

use crate::audit::Note;
use crate::cert::Reason;
use crate::cert::RevocationList;
use crate::cert::RevocationListDraft;
use crate::cert::Revoked;
use crate::cert::SerialNumber;
use crate::registry::CertificateStatus;
use crate::registry::Change;
use crate::registry::KeyId;
use crate::registry::RegistryError;
use crate::registry::Revocation;
use crate::registry::RevocationListRecord;
use crate::time::Instant;

use super::ATTEMPTS;
use super::Authority;
use super::AuthorityError;
use super::settle::certificate;

/// How far the clocks of machines that share a registry may differ, in seconds: a delta list looks back so much further,
/// since naming a change that its base has already is allowed, and missing one is not.
const CLOCKS: i64 = 300;

/// What a revocation list is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListScope {
    /// Everything that the issuer has revoked.
    #[default]
    Full,
    /// One of several parts (分区撤销列表): the certificates that name this distribution point.
    Point(String),
    /// What has changed since a full list (增量撤销列表), whole or of one point.
    Delta {
        /// The number of the full list.
        base: u64,
    },
}

impl Authority<'_> {
    /// Issues the next revocation list (签发证书撤销列表) of this issuer: numbered, and remembered.
    ///
    /// Its time is that of the note. A full list names every certificate of this issuer that is revoked or on hold,
    /// expired ones too, so that old documents can be judged with it. A delta list also names those that were released
    /// from hold ([`Reason::RemoveFromCrl`]).
    ///
    /// # Errors
    /// [`AuthorityError`] when the issuer is not valid or active, or the signer or the registry fails, with
    /// `registry-unknown-list` for a delta upon a list that is not there or is no full list.
    pub fn revocation_list(
        &mut self,
        scope: &ListScope,
        next_update: Instant,
        note: &Note,
    ) -> Result<RevocationList, AuthorityError> {
        self.check_issuer(note.at)?;
        let issuer_key = self.key_id()?;
        for attempt in 1.. {
            // The number first: whoever has the greater number has also looked at the registry later.
            let number = self.registry.next_list_number(&issuer_key)?;
            let mut draft = RevocationListDraft::new(note.at, next_update, number, Vec::new());
            match scope {
                ListScope::Full => draft.entries = self.revoked(&issuer_key, None)?,
                ListScope::Point(uri) => {
                    draft.entries = self.revoked(&issuer_key, Some(uri))?;
                    draft = draft.for_point(uri);
                }
                ListScope::Delta { base } => {
                    let unknown = RegistryError::UnknownList { number: *base };
                    let known = self.registry.revocation_list(&issuer_key, *base)?;
                    let known = known.filter(|list| list.base.is_none()).ok_or(unknown)?;
                    draft.entries = self.changed(&issuer_key, &known)?;
                    draft.point = known.point;
                    draft = draft.delta_from(*base);
                }
            }
            let list = self.issuer.revocation_list(&draft)?;
            let record = RevocationListRecord {
                issuer_key,
                number,
                this_update: note.at,
                next_update,
                entries: draft.entries.len() as u64,
                sm3: list.sm3(),
                base: draft.base,
                point: draft.point,
            };
            match self.registry.write(&[Change::RevocationListIssued(record)], note) {
                Err(RegistryError::NumberTaken { .. }) if attempt < ATTEMPTS => {}
                written => return written.map(|_| list).map_err(Into::into),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Everything revoked or on hold, of one distribution point or of all.
    fn revoked(&self, issuer_key: &KeyId, point: Option<&str>) -> Result<Vec<Revoked>, AuthorityError> {
        let mut entries = Vec::new();
        for (serial, revocation) in self.registry.revoked(issuer_key)? {
            if self.is_at(&serial, point)? {
                entries.push(entry(serial, revocation));
            }
        }
        Ok(entries)
    }

    /// What has changed since a full list.
    fn changed(&self, issuer_key: &KeyId, base: &RevocationListRecord) -> Result<Vec<Revoked>, AuthorityError> {
        let mut entries = Vec::new();
        for (serial, status) in self.registry.status_changes(issuer_key, base.this_update.plus_seconds(-CLOCKS))? {
            if !self.is_at(&serial, base.point.as_deref())? {
                continue;
            }
            match status {
                CertificateStatus::Active => {}
                CertificateStatus::Released { at } => entries.push(Revoked::new(serial, at, Reason::RemoveFromCrl)),
                CertificateStatus::Held { at } => entries.push(Revoked::new(serial, at, Reason::CertificateHold)),
                CertificateStatus::Revoked(revocation) => entries.push(entry(serial, revocation)),
            }
        }
        Ok(entries)
    }

    /// Whether the certificate names this distribution point, if it is about one. The certificate itself is asked, since the CA may have
    /// arranged its points otherwise after it was issued.
    fn is_at(&self, serial: &SerialNumber, point: Option<&str>) -> Result<bool, AuthorityError> {
        let Some(point) = point else { return Ok(true) };
        let record = self.registry.certificate(serial)?.ok_or(RegistryError::Damaged { what: "revoked" })?;
        Ok(certificate(&record)?.distribution_points().iter().any(|named| named == point))
    }
}

fn entry(serial: SerialNumber, revocation: Revocation) -> Revoked {
    let Revocation { at, reason, invalidity } = revocation;
    // RFC 5280, 5.3.1: "unspecified" is said by saying nothing.
    let reason = (reason != Reason::Unspecified).then_some(reason);
    Revoked { serial, at, reason, invalidity_date: invalidity }
}

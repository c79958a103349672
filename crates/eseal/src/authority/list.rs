use crate::audit::Note;
use crate::cert::Reason;
use crate::cert::RevocationList;
use crate::cert::RevocationListDraft;
use crate::cert::Revoked;
use crate::cert::SerialNumber;
use crate::registry::Change;
use crate::registry::RegistryError;
use crate::registry::Revocation;
use crate::registry::RevocationListRecord;
use crate::time::Instant;

use super::ATTEMPTS;
use super::Authority;
use super::AuthorityError;

impl Authority<'_> {
    /// Issues the next revocation list (签发证书撤销列表) of this issuer: numbered, and remembered.
    ///
    /// Its time is that of the note. It names every certificate of this issuer that is revoked or on hold, expired
    /// ones too, so that old documents can be judged with it.
    ///
    /// # Errors
    /// [`AuthorityError`] when the issuer is not valid or active, or the signer or the registry fails.
    pub fn revocation_list(&mut self, next_update: Instant, note: &Note) -> Result<RevocationList, AuthorityError> {
        self.check_issuer(note.at)?;
        let issuer_key = self.key_id()?;
        for attempt in 1.. {
            // The number first: whoever has the greater number has also looked at the registry later.
            let number = self.registry.next_list_number(&issuer_key)?;
            let revoked = self.registry.revoked(&issuer_key)?;
            let entries: Vec<Revoked> = revoked.into_iter().map(entry).collect();
            let count = entries.len() as u64;
            let draft = RevocationListDraft::new(note.at, next_update, number, entries);
            let list = self.issuer.revocation_list(&draft)?;
            let record = RevocationListRecord {
                issuer_key,
                number,
                this_update: note.at,
                next_update,
                entries: count,
                sm3: list.sm3(),
                base: None,
                point: None,
            };
            match self.registry.write(&[Change::RevocationListIssued(record)], note) {
                Err(RegistryError::NumberTaken { .. }) if attempt < ATTEMPTS => {}
                written => return written.map(|_| list).map_err(Into::into),
            }
        }
        unreachable!("the last attempt returns")
    }
}

fn entry((serial, revocation): (SerialNumber, Revocation)) -> Revoked {
    let Revocation { at, reason, invalidity } = revocation;
    // RFC 5280, 5.3.1: "unspecified" is said by saying nothing.
    let reason = (reason != Reason::Unspecified).then_some(reason);
    Revoked { serial, at, reason, invalidity_date: invalidity }
}

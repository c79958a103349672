use crate::audit::Act;
use crate::audit::Note;
use crate::registry::RegistryError;
use crate::token::UnlockReceipt;

use super::GrantState;
use super::UnlockHistory;
use super::UnlockObstacle;
use super::UnlockOffice;
use crate::authority::ATTEMPTS;
use crate::authority::AuthorityError;

impl UnlockOffice<'_> {
    /// Takes a token's word that it was unlocked (解锁回执), and remembers its new sealing. The same receipt a second time
    /// changes nothing.
    ///
    /// The receipt's signature was checked when it was read; here its certificate has to be one that was issued here, for
    /// a key that the grant was for.
    ///
    /// # Errors
    /// [`AuthorityError::Unlock`] with [`UnlockObstacle::ReceiptGrant`], [`UnlockObstacle::ReceiptEpoch`] or, as an alarm,
    /// [`UnlockObstacle::ReceiptHolder`]; [`AuthorityError::Registry`].
    pub fn receipt(&mut self, receipt: &UnlockReceipt, note: &Note) -> Result<UnlockHistory, AuthorityError> {
        for attempt in 1.. {
            match self.receipt_once(receipt, note) {
                Err(AuthorityError::Registry(RegistryError::DossierChanged { .. })) if attempt < ATTEMPTS => {}
                done => return done,
            }
        }
        unreachable!("the last attempt returns")
    }

    fn receipt_once(&mut self, receipt: &UnlockReceipt, note: &Note) -> Result<UnlockHistory, AuthorityError> {
        let mut history = self.history(&receipt.token())?;
        let granted = history.grants.iter().position(|grant| grant.id == receipt.grant() && grant.counts());
        let place = granted.ok_or(UnlockObstacle::ReceiptGrant)?;
        let holder = receipt.holder();
        let record = self.registry.certificate(holder.serial())?.filter(|record| record.der == holder.as_der());
        let mut keys = Vec::new();
        for serial in &history.grants[place].certificates {
            keys.extend(self.registry.certificate(serial)?.map(|record| record.subject_key));
        }
        // One that was renewed meanwhile is of the same key.
        let Some(record) = record.filter(|record| keys.contains(&record.subject_key)) else {
            let subject = holder.subject().to_string();
            return Err(self.refuse(history, UnlockObstacle::ReceiptHolder { subject }, note));
        };
        let grant = &mut history.grants[place];
        let expected = grant.epoch.saturating_add(1);
        if receipt.epoch() != expected {
            return Err(UnlockObstacle::ReceiptEpoch { epoch: receipt.epoch(), expected }.into());
        }
        if grant.state == GrantState::Used {
            return Ok(history);
        }
        grant.state = GrantState::Used;
        grant.used = Some(receipt.at());
        history.told = history.told.max(Some(receipt.epoch()));
        history.belongs_to(&record.subject);
        self.keep(&mut history, Act::TokenUnlocked, note)?;
        Ok(history)
    }
}

use crate::audit::Act;
use crate::audit::Note;
use crate::cert::Certificate;
use crate::cert::ProfileSet;
use crate::key::Decrypter;
use crate::key::KeyError;
use crate::key::Signer;
use crate::registry::Change;
use crate::registry::Cursor;
use crate::registry::DossierKind;
use crate::registry::Page;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::sm::SmError;
use crate::time::Instant;
use crate::time::Period;
use crate::token::GrantId;
use crate::token::GrantTerms;
use crate::token::TokenError;
use crate::token::UnlockGrant;
use crate::token::UnlockRequest;

use super::GrantRecord;
use super::GrantState;
use super::UnlockHistory;
use super::UnlockObstacle;
use super::UnlockReview;
use crate::authority::ATTEMPTS;
use crate::authority::AuthorityError;
use crate::authority::CodeRule;

/// The most bytes of what an audit entry says of who acted.
const MAX_ACTOR: usize = 512;

/// Where unlocking is permitted (解锁授权机构), with a memory of every token that was asked about.
///
/// It looks at what a request says and at what the registry knows. Who the holder is, an officer has to find out over
/// another channel, and compare the code that the holder reads aloud there.
pub struct UnlockOffice<'a> {
    pub(super) registry: &'a mut dyn Registry,
    profiles: ProfileSet,
    code: CodeRule,
}

/// The key by which unlocking is permitted: its certificate is the one that tokens name.
#[derive(Clone, Copy)]
pub struct Unlocker<'k> {
    /// Its certificate.
    pub certificate: &'k Certificate,
    /// Signs grants.
    pub signer: &'k dyn Signer,
    /// Opens the shares in requests.
    pub decrypter: &'k dyn Decrypter,
}

/// What was done before a grant is given.
#[derive(Clone, Copy, Debug)]
pub struct Confirmation<'c> {
    /// The code that the holder read aloud; without it the audit entry says that nobody compared it.
    pub code: Option<&'c str>,
    /// How long the grant may be used, in seconds: [`UnlockGrant::LONGEST`] at most.
    pub life: i64,
    /// What the grant says to the holder.
    pub note: Option<&'c str>,
}

impl Default for Confirmation<'_> {
    /// No code was compared; the longest life.
    fn default() -> Self {
        Self { code: None, life: UnlockGrant::LONGEST, note: None }
    }
}

impl<'a> UnlockOffice<'a> {
    /// An office over this registry. Costs nothing: made anew for each act if that is easier.
    #[must_use]
    pub fn new(registry: &'a mut dyn Registry) -> Self {
        Self { registry, profiles: ProfileSet::standard(), code: CodeRule::default() }
    }

    /// Whether the code of a request has to be compared.
    #[must_use]
    pub fn code(self, code: CodeRule) -> Self {
        Self { code, ..self }
    }

    /// Tells by these profiles which certificates are a person's.
    #[must_use]
    pub fn profiles(self, profiles: ProfileSet) -> Self {
        Self { profiles, ..self }
    }

    /// What an officer has to know about a request. Needs no key and writes nothing.
    ///
    /// # Errors
    /// [`AuthorityError::Registry`]. What stands in the way of a grant is in the review.
    pub fn review(&self, request: &UnlockRequest, now: Instant) -> Result<UnlockReview, AuthorityError> {
        UnlockReview::new(self.registry, &self.profiles, self.history(&request.token())?, request, now)
    }

    /// A page of the tokens that were asked about, in the order of the first time.
    ///
    /// # Errors
    /// [`AuthorityError::Registry`].
    pub fn histories(&self, after: Cursor, limit: usize) -> Result<Page<UnlockHistory>, AuthorityError> {
        let page = self.registry.dossiers(DossierKind::Token, after, limit)?;
        let records = page.records.iter().map(UnlockHistory::read).collect::<Result<_, _>>()?;
        Ok(Page { records, next: page.next })
    }

    /// Whether a grant would be given, before anybody opens the unlocker's key. Writes alarms, and nothing else.
    ///
    /// # Errors
    /// [`AuthorityError::Unlock`] with what stands in the way; if that is an alarm, the refusal is an audit entry and is
    /// counted. [`AuthorityError::Registry`].
    pub fn check(
        &mut self,
        request: &UnlockRequest,
        confirmation: &Confirmation<'_>,
        note: &Note,
    ) -> Result<UnlockReview, AuthorityError> {
        if !(1..=UnlockGrant::LONGEST).contains(&confirmation.life) {
            return Err(UnlockObstacle::Life { most: UnlockGrant::LONGEST }.into());
        }
        let review = self.review(request, note.at)?;
        if let Some(obstacle) = review.obstacles.first() {
            return Err(self.refuse(review.history, obstacle.clone(), note));
        }
        if confirmation.code.is_none() && self.code == CodeRule::Required {
            return Err(UnlockObstacle::CodeMissing.into());
        }
        if confirmation.code.is_some_and(|code| !same_code(code, &review.code)) {
            return Err(UnlockObstacle::CodeDiffers.into());
        }
        if review.needs_second {
            return Err(UnlockObstacle::SecondOfficer.into());
        }
        Ok(review)
    }

    /// Permits a token to be unlocked, once, on the device that made the request.
    ///
    /// The audit entry is written before the share in the request is opened, so no grant is without one. The same request
    /// brought again gets the same grant again as long as that one lives; it is written down each time.
    ///
    /// # Errors
    /// As [`check`](Self::check). [`AuthorityError::IssuerNotValid`], [`AuthorityError::IssuerNotActive`] about the unlocker's own
    /// certificate. [`AuthorityError::Token`] when the grant cannot be signed: the same request may be brought again.
    pub fn grant(
        &mut self,
        request: &UnlockRequest,
        unlocker: Unlocker<'_>,
        confirmation: &Confirmation<'_>,
        note: &Note,
    ) -> Result<UnlockGrant, AuthorityError> {
        self.check_unlocker(unlocker.certificate, note.at)?;
        for attempt in 1.. {
            match self.grant_once(request, unlocker, confirmation, note) {
                Err(AuthorityError::Registry(RegistryError::DossierChanged { .. })) if attempt < ATTEMPTS => {}
                done => return done,
            }
        }
        unreachable!("the last attempt returns")
    }

    fn grant_once(
        &mut self,
        request: &UnlockRequest,
        unlocker: Unlocker<'_>,
        confirmation: &Confirmation<'_>,
        note: &Note,
    ) -> Result<UnlockGrant, AuthorityError> {
        let review = self.check(request, confirmation, note)?;
        let mut actor = note.actor.clone();
        actor.push_str(if confirmation.code.is_some() { "; code compared" } else { "; code not compared" });
        let note = Note::new(note.at, shortened(actor));

        let mut history = review.history;
        let granted = match review.living {
            Some(living) => GrantRecord { handed: living.handed.saturating_add(1), ..living },
            None => GrantRecord {
                id: GrantId::random()?,
                request: request.digest(),
                epoch: request.epoch(),
                at: note.at,
                until: note.at.plus_seconds(confirmation.life),
                handed: 1,
                state: GrantState::Granted,
                used: None,
                certificates: review
                    .certificates
                    .iter()
                    .filter_map(|one| one.record.as_ref())
                    .map(|record| record.serial.clone())
                    .collect(),
            },
        };
        let in_force = review.certificates.iter().filter(|one| one.standing == Some(Standing::Active));
        in_force.filter_map(|one| one.record.as_ref()).for_each(|record| history.belongs_to(&record.subject));
        history.grants.retain(|grant| grant.id != granted.id);
        history.grants.push(granted.clone());
        self.keep(&mut history, Act::UnlockGranted, &note)?;

        let period =
            Period::new(granted.at, granted.until).map_err(|_| AuthorityError::IssuerNotValid { at: note.at })?;
        let terms = GrantTerms { id: granted.id, period, note: confirmation.note };
        let Unlocker { certificate, signer, decrypter } = unlocker;
        match UnlockGrant::issue_with(request, &terms, certificate, signer, decrypter, note.at) {
            Err(TokenError::UnlockShareForeign | TokenError::Key(KeyError::Sm(SmError::CannotDecrypt))) => {
                let failed = history.grants.iter_mut().filter(|grant| grant.id == granted.id);
                failed.for_each(|grant| grant.state = GrantState::Failed);
                Err(self.refuse(history, UnlockObstacle::ShareForeign, &note))
            }
            issued => Ok(issued?),
        }
    }

    /// What is remembered of a token.
    pub(super) fn history(&self, token: &str) -> Result<UnlockHistory, RegistryError> {
        let record = self.registry.dossier(DossierKind::Token, token)?;
        record.map_or_else(|| Ok(UnlockHistory::new(token.to_owned())), |record| UnlockHistory::read(&record))
    }

    /// Writes a history down.
    pub(super) fn keep(&mut self, history: &mut UnlockHistory, act: Act, note: &Note) -> Result<(), RegistryError> {
        let record = history.record();
        let digest = record.digest();
        self.registry.write(&[Change::DossierKept { act, record, before: history.before }], note)?;
        history.before = Some(digest);
        Ok(())
    }

    /// The error of a refusal, which is written down if it is an alarm.
    pub(super) fn refuse(
        &mut self,
        mut history: UnlockHistory,
        obstacle: UnlockObstacle,
        note: &Note,
    ) -> AuthorityError {
        if obstacle.is_alarm() {
            history.alarm(note.at);
            let note = Note::new(note.at, shortened(format!("{}; {}", note.actor, obstacle.code())));
            if let Err(error) = self.keep(&mut history, Act::UnlockRefused, &note) {
                return error.into();
            }
        }
        obstacle.into()
    }

    fn check_unlocker(&self, own: &Certificate, at: Instant) -> Result<(), AuthorityError> {
        if !own.validity().contains(at) {
            return Err(AuthorityError::IssuerNotValid { at });
        }
        let record = self.registry.certificate(own.serial())?.filter(|record| record.der == own.as_der());
        match record.map(|record| record.standing(at)).filter(|standing| *standing != Standing::Active) {
            Some(standing) => Err(AuthorityError::IssuerNotActive { standing }),
            None => Ok(()),
        }
    }
}

/// Whether a code that was heard is the one of a request, whatever its case and whatever stands between the letters.
fn same_code(heard: &str, code: &str) -> bool {
    let letters = heard.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase());
    letters.eq(code.chars())
}

/// As much of a text as an audit entry takes.
fn shortened(mut text: String) -> String {
    let end = (0..=MAX_ACTOR.min(text.len())).rfind(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    text
}

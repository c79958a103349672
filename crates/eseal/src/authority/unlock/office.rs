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
use crate::authority::Approval;
use crate::authority::AuthorityError;
use crate::authority::CodeRule;
use crate::authority::Duty;
use crate::authority::approvals::check_concerning;
use crate::authority::settle::certificate;

/// The most bytes of what an audit entry says of who acted.
const MAX_ACTOR: usize = 512;

/// Where unlocking is permitted (解锁授权机构), with a memory of every token that was asked about.
///
/// It looks at what a request says and at what the registry knows. Who the holder is, an officer has to find out over
/// another channel, and compare the code that the holder reads aloud there.
///
/// ```
/// use eseal::audit::Note;
/// use eseal::authority::{Authority, Confirmation, Order, UnlockOffice, Unlocker};
/// use eseal::cert::{Issuer, Name, Profile};
/// use eseal::key::{SecretKey, Signer, SoftSigner};
/// use eseal::registry::MemoryRegistry;
/// use eseal::time::{Instant, Period};
/// use eseal::token::{KdfCost, KeyUse, MemoryMedium, NewPin, NewToken, Pin, Token};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let note = Note::new(now, "registrar");
/// # let (ca, key) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// # let mut registry = MemoryRegistry::new();
/// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
/// # let issuer = Issuer::new(root, &ca)?;
/// # let mut issue = |name: &str, key: &eseal::key::PublicKey, profile: &Profile| {
/// #     let subject = Name::parse(name)?;
/// #     let order = Order::new(&subject, key, profile, Period::years(now, 2));
/// #     let mut authority = Authority::new(&issuer, &mut registry);
/// #     Ok::<_, Box<dyn std::error::Error>>(authority.issue_all(&[order], &note)?.remove(0).signing)
/// # };
/// let unlocker = issue("CN=示例解锁,C=CN", key.public_key(), &Profile::unlocker())?;
///
/// // A holder's token names the unlocker.
/// let (medium, old) = (MemoryMedium::new(), Pin::new("soon to be forgotten")?);
/// let new = NewToken { kdf: KdfCost::demo(2), unlocker: Some(unlocker.clone()), ..NewToken::file("demo", &old) };
/// let (mut session, _) = Token::create_open(medium.clone(), new, now)?;
/// session.generate_key(KeyUse::Sign)?;
/// let signer = session.signer(KeyUse::Sign)?;
/// session.install(&[issue("CN=示例用户一,C=CN", Signer::public_key(&signer), &Profile::person())?])?;
///
/// // The holder asks, and reads the code aloud; the office grants.
/// let token = Token::open(medium)?;
/// let (request, pending) = token.request_unlock(Some("forgot the PIN"), None, now)?;
/// let mut office = UnlockOffice::new(&mut registry);
/// assert!(office.review(&request, now)?.obstacles.is_empty());
/// let unlocker = Unlocker { certificate: &unlocker, signer: &key, decrypter: &key };
/// let heard = request.code();
/// let confirmation = Confirmation { code: Some(&heard), ..Confirmation::default() };
/// let grant = office.grant(&request, unlocker, &confirmation, &note)?;
///
/// // The holder sets a new PIN; the receipt tells the office the token's new sealing.
/// let pin = Pin::new("surely remembered")?;
/// let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&pin) };
/// let unlocked = token.unlock(&grant, Some(&pending), new, None, now)?;
/// let receipt = unlocked.session.unlock_receipt(grant.id(), now)?;
/// assert_eq!(office.receipt(&receipt, &note)?.epoch(), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Approvals by officers with the [duty](Duty::Unlock), of the request's [digest](UnlockRequest::digest): at least one
    /// for a token that is not a person's.
    pub approvals: &'c [Approval],
    /// How long the grant may be used, in seconds: [`UnlockGrant::LONGEST`] at most.
    pub life: i64,
    /// What the grant says to the holder.
    pub note: Option<&'c str>,
}

impl Default for Confirmation<'_> {
    /// No code was compared, nobody approved; the longest life.
    fn default() -> Self {
        Self { code: None, approvals: &[], life: UnlockGrant::LONGEST, note: None }
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
    /// counted. What [`approvals::check`](crate::authority::approvals::check) finds wrong with an approval;
    /// [`AuthorityError::Registry`].
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
        self.check_approvals(&review, request, confirmation.approvals, note.at)?;
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
        confirmation
            .approvals
            .iter()
            .for_each(|approval| actor.push_str(&format!("; approved by {}", approval.name())));
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

    /// A unit's token wants a second officer; whoever approves may not be who is to be let in.
    fn check_approvals(
        &self,
        review: &UnlockReview,
        request: &UnlockRequest,
        approvals: &[Approval],
        at: Instant,
    ) -> Result<(), AuthorityError> {
        if review.needs_second && approvals.is_empty() {
            return Err(UnlockObstacle::SecondOfficer.into());
        }
        let known = review.certificates.iter().filter_map(|one| one.record.as_ref());
        let holders = known.map(certificate).collect::<Result<Vec<_>, _>>()?;
        let concerned: Vec<_> = holders.iter().map(Certificate::subject).collect();
        let needed = usize::from(review.needs_second);
        check_concerning(&concerned, approvals, Duty::Unlock, &request.digest(), needed, self.registry, at).map(|_| ())
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

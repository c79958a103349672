//! From an application to its certificate: filing, approving, refusing, and issuing to whoever has the code.

use zeroize::Zeroizing;

use crate::audit::Act;
use crate::audit::Note;
use crate::cert::ActivationCode;
use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::Identity;
use crate::cert::IdentityKind;
use crate::cert::Profile;
use crate::cert::ProfileSet;
use crate::cert::Role;
use crate::key::Decrypter;
use crate::registry::Change;
use crate::registry::DossierRecord;
use crate::registry::KeyId;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::sm::random;
use crate::time::Instant;
use crate::time::Period;

use super::ATTEMPTS;
use super::Application;
use super::Approval;
use super::Authority;
use super::AuthorityError;
use super::Duty;
use super::Filing;
use super::Issued;
use super::Order;
use super::application::Approved;
use super::application::State;
use super::application::dossier;
use super::approvals::check_concerning;
use super::officers;
use super::passphrase;

/// Whose word an approval stands on.
#[derive(Clone, Copy, Debug)]
pub enum Assent<'a> {
    /// That of a second person. Where officers were appointed to [`Duty::Registration`], one of them has to have approved
    /// the [object](Application::object) of the application; elsewhere, whoever approves is another than who filed.
    Another(&'a [Approval]),
    /// One person files and approves, where there are no such officers; the audit log says so.
    Alone,
}

/// The codes of an approved application.
#[derive(Debug)]
pub struct ActivationCodes {
    /// The application as it stands now.
    pub application: Application,
    /// The authorisation code (授权码), to be handed over by another way than the reference number. Nobody can ask for it
    /// again.
    pub code: ActivationCode,
    /// Until when it is good.
    pub until: Instant,
}

/// Files an application (受理申请): it gets its reference number, ten random digits, and waits for a second person.
///
/// ```
/// use eseal::audit::Note;
/// use eseal::authority::{self, Application, Assent, Authority, Filing};
/// use eseal::cert::{CertificateRequest, Issuer, Name, ProfileSet, RequestExtras};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::registry::MemoryRegistry;
/// # use eseal::time::{Instant, Period};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let (ca, user) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// # let mut registry = MemoryRegistry::new();
/// # let note = Note::new(now, "founder");
/// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
/// // At the authority, by two persons.
/// let filing = Filing {
///     subject: Name::parse("CN=示例用户一,O=示例市数据局,C=CN")?,
///     profile: "person".into(),
///     organization: None,
///     region: None,
///     days: None,
///     pair: true,
/// };
/// let profiles = ProfileSet::standard();
/// let filed = authority::file_application(&mut registry, &filing, &profiles, &Note::new(now, "first officer"))?;
/// let second = Note::new(now, "second officer");
/// let approval =
///     authority::approve_application(&mut registry, filed.reference(), &root, Assent::Another(&[]), &second)?;
///
/// // On the holder's device, with the number and the code, which came by two ways.
/// let extras = RequestExtras::activated_by(filed.reference(), &approval.code)?;
/// let request = CertificateRequest::new_with(&filing.subject, &user, &extras)?;
///
/// // At the authority: the request says which application it belongs to, and that its maker has the code.
/// let issuer = Issuer::new(root, &ca)?;
/// let issued = Authority::new(&issuer, &mut registry).issue_by_application(&request, &ca, &second)?;
/// assert!(issued.envelope.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`AuthorityError::ApplicationProfile`], [`AuthorityError::NoPair`]; [`AuthorityError::Cert`] for an unknown profile, a
/// name without parts, a wrong organization code; [`AuthorityError::Registry`].
pub fn file_application(
    registry: &mut dyn Registry,
    filing: &Filing,
    profiles: &ProfileSet,
    note: &Note,
) -> Result<Application, AuthorityError> {
    let filing = filing.checked(profiles)?;
    for attempt in 1.. {
        let application = Application::file(reference()?, &filing, &note.actor, note.at);
        match registry.write(&[kept(Act::ApplicationFiled, &application, None)], note) {
            // The number is taken: one in ten thousand million.
            Err(RegistryError::DossierChanged { .. }) if attempt < ATTEMPTS => {}
            written => return written.map(|_| application).map_err(Into::into),
        }
    }
    unreachable!("the last attempt returns")
}

/// Approves an application (审核): makes its authorisation code. Needs no key of the authority, only the certificate of the
/// one that will issue.
///
/// What is kept of the code is encrypted to that authority. An application that was approved before gets a new code, and
/// the old one is void.
///
/// # Errors
/// [`AuthorityError::ApplicationSelfApproved`]; those of [`approvals::check`](super::approvals::check), among them
/// [`AuthorityError::OfficerConcerned`] for an officer's own application; [`AuthorityError::ApplicationUnknown`],
/// [`AuthorityError::ApplicationRefused`], [`AuthorityError::ApplicationAnswered`],
/// [`AuthorityError::ApplicationClosed`]; [`AuthorityError::Registry`].
pub fn approve_application(
    registry: &mut dyn Registry,
    reference: &str,
    issuing: &Certificate,
    assent: Assent<'_>,
    note: &Note,
) -> Result<ActivationCodes, AuthorityError> {
    let before = dossier(registry, reference)?;
    let application = Application::from_record(&before)?;
    application.check_undecided()?;
    let officers = check_assent(registry, &application, assent, note)?;
    let alone = officers.is_empty() && application.filed().0 == note.actor;
    let note = if alone { Note::new(note.at, format!("{}; approved alone", note.actor)) } else { note.clone() };
    let code = ActivationCode::generate()?;
    let until = note.at.plus_days(Application::CODE_DAYS);
    let approved = Approved {
        by: note.actor.clone(),
        officers,
        at: note.at,
        until,
        code_key: Approved::seal(&code.key(reference), issuing.public_key()?)?,
    };
    let application = application.become_of(State::Approved(approved));
    registry.write(&[kept(Act::ApplicationApproved, &application, Some(&before))], &note)?;
    Ok(ActivationCodes { application, code, until })
}

/// Whether an application may be approved on this word; gives back the officers whose it is.
fn check_assent(
    registry: &dyn Registry,
    application: &Application,
    assent: Assent<'_>,
    note: &Note,
) -> Result<Vec<String>, AuthorityError> {
    let duty = Duty::Registration;
    // Also when the certificates of all of them have ended: a rule does not fall away by itself.
    let appointed = officers(registry)?.iter().any(|one| one.dismissed().is_none() && one.duties().contains(&duty));
    let needed = usize::from(appointed);
    let approvals = match assent {
        Assent::Another(approvals) => approvals,
        Assent::Alone if appointed => return Err(AuthorityError::ApprovalsMissing { needed, given: 0 }),
        Assent::Alone => return Ok(Vec::new()),
    };
    let concerned = [&application.filing().subject];
    let names = check_concerning(&concerned, approvals, duty, &application.object(), needed, registry, note.at)?;
    if names.is_empty() && application.filed().0 == note.actor {
        return Err(AuthorityError::ApplicationSelfApproved { reference: application.reference().to_owned() });
    }
    Ok(names)
}

/// Refuses an application for good (驳回), with the reason.
///
/// # Errors
/// [`AuthorityError::ApplicationUnknown`], [`AuthorityError::ApplicationRefused`],
/// [`AuthorityError::ApplicationAnswered`], [`AuthorityError::ApplicationClosed`]; [`AuthorityError::Registry`], with
/// `registry-bad-field` for a reason that is empty or over [`Application::MAX_REASON`].
pub fn refuse_application(
    registry: &mut dyn Registry,
    reference: &str,
    reason: &str,
    note: &Note,
) -> Result<Application, AuthorityError> {
    if reason.trim().is_empty() || reason.len() > Application::MAX_REASON {
        return Err(RegistryError::BadField { field: "reason" }.into());
    }
    let before = dossier(registry, reference)?;
    let application = Application::from_record(&before)?;
    application.check_undecided()?;
    let refused = State::Refused { by: note.actor.clone(), at: note.at, reason: reason.to_owned() };
    let application = application.become_of(refused);
    registry.write(&[kept(Act::ApplicationRefused, &application, Some(&before))], note)?;
    Ok(application)
}

impl Authority<'_> {
    /// Issues what was applied for to whoever made this request with the codes of the application.
    ///
    /// `key` is the issuer's own, which opens what is kept of the code. The application rules: subject, profile and
    /// validity are its own. The same request again gives the same answer, until the codes run out, so that an answer that
    /// was lost on its way can be asked for again; a request by another key with the same codes is refused. A wrong code
    /// is counted and stands in the audit log; the fifth closes the application.
    ///
    /// # Errors
    /// [`AuthorityError::NotActivated`] for a request without an activation; [`AuthorityError::ApplicationUnknown`],
    /// [`AuthorityError::ApplicationNotApproved`], [`AuthorityError::ApplicationRefused`],
    /// [`AuthorityError::ApplicationExpired`], [`AuthorityError::ApplicationClosed`],
    /// [`AuthorityError::ApplicationWrongCode`], [`AuthorityError::ApplicationOtherKey`],
    /// [`AuthorityError::ApplicationOtherSubject`]; and those of [`issue_all`](Self::issue_all).
    pub fn issue_by_application(
        &mut self,
        request: &CertificateRequest,
        key: &dyn Decrypter,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let activation = request.activation().ok_or(AuthorityError::NotActivated)?;
        for attempt in 1.. {
            let before = dossier(self.registry, activation.reference())?;
            let application = Application::from_record(&before)?;
            let approved = application.check_open(note.at)?;
            let outcome = if activation.holds(&approved.open(key)?) {
                self.answer(request, &application, &before, note)
            } else {
                self.count_wrong_code(&application, &before, note)
            };
            match outcome {
                // Somebody else came meanwhile: that counts first.
                Err(AuthorityError::Registry(RegistryError::DossierChanged { .. })) if attempt < ATTEMPTS => {}
                outcome => return outcome,
            }
        }
        unreachable!("the last attempt returns")
    }

    fn count_wrong_code(
        &mut self,
        application: &Application,
        before: &DossierRecord,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let counted = application.after_wrong_code();
        let note = Note::new(note.at, format!("{}; wrong authorisation code", note.actor));
        self.registry.write(&[kept(Act::ApplicationRefused, &counted, Some(before))], &note)?;
        let left = Application::MOST_WRONG_CODES.saturating_sub(counted.wrong_codes());
        Err(AuthorityError::ApplicationWrongCode { reference: application.reference().to_owned(), left })
    }

    /// Issues for an application whose code was given.
    fn answer(
        &mut self,
        request: &CertificateRequest,
        application: &Application,
        before: &DossierRecord,
        note: &Note,
    ) -> Result<Issued, AuthorityError> {
        let (filing, reference) = (application.filing(), || application.reference().to_owned());
        if !request.subject().matches(&filing.subject) {
            let subject = filing.subject.to_string();
            return Err(AuthorityError::ApplicationOtherSubject { reference: reference(), subject });
        }
        let own = KeyId::of(request.public_key());
        let mut changes = Vec::new();
        match application.became() {
            State::Answered { key, .. } if *key != own => {
                return Err(AuthorityError::ApplicationOtherKey { reference: reference() });
            }
            State::Approved(approved) => {
                let answered = State::Answered { approved: approved.clone(), key: own, at: note.at };
                changes.push(kept(Act::ApplicationAnswered, &application.become_of(answered), Some(before)));
            }
            _ => {}
        }
        if let Some(verifier) = request.activation().and_then(|activation| activation.passphrase()) {
            changes.push(passphrase::set(self.registry, &own, verifier)?);
        }
        let profile = self.profiles.find(&filing.profile)?;
        let validity = match filing.days {
            Some(days) => Period::days(note.at, days),
            None => self.default_validity(&profile, note.at),
        };
        let order = Order::new(&filing.subject, request.public_key(), &profile, validity).named(application.order());
        let order = if filing.pair { order.pair() } else { order };
        let order = Order {
            identity: identity(filing, &profile)?,
            organization: filing.organization.clone(),
            region: filing.region.clone(),
            ..order
        };
        Ok(self.issue_all_with(&[order], &changes, note)?.remove(0))
    }
}

impl Application {
    /// Whether it can still be approved or refused.
    fn check_undecided(&self) -> Result<(), AuthorityError> {
        let reference = self.reference().to_owned();
        match self.became() {
            State::Refused { .. } => Err(AuthorityError::ApplicationRefused { reference }),
            State::Answered { .. } => Err(AuthorityError::ApplicationAnswered { reference }),
            State::Approved(_) if self.wrong_codes() >= Self::MOST_WRONG_CODES => {
                Err(AuthorityError::ApplicationClosed { reference })
            }
            State::Filed | State::Approved(_) => Ok(()),
        }
    }

    /// Whether its codes are good at a time, and what is kept of them.
    fn check_open(&self, at: Instant) -> Result<&Approved, AuthorityError> {
        let reference = self.reference().to_owned();
        match self.became() {
            State::Filed => Err(AuthorityError::ApplicationNotApproved { reference }),
            State::Refused { .. } => Err(AuthorityError::ApplicationRefused { reference }),
            State::Approved(_) | State::Answered { .. } if self.wrong_codes() >= Self::MOST_WRONG_CODES => {
                Err(AuthorityError::ApplicationClosed { reference })
            }
            State::Approved(approved) | State::Answered { approved, .. } if approved.until < at => {
                Err(AuthorityError::ApplicationExpired { reference, until: approved.until })
            }
            State::Approved(approved) | State::Answered { approved, .. } => Ok(approved),
        }
    }
}

/// The numbers by which the certificate says who its holder is.
fn identity(filing: &Filing, profile: &Profile) -> Result<Identity, AuthorityError> {
    match &filing.organization {
        Some(code) if matches!(profile.role(), Role::Person | Role::Organization | Role::SealMaker) => {
            Ok(Identity::default().with(IdentityKind::OrganizationCode, code)?)
        }
        _ => Ok(Identity::default()),
    }
}

fn kept(act: Act, application: &Application, before: Option<&DossierRecord>) -> Change {
    Change::DossierKept { act, record: application.record(), before: before.map(DossierRecord::digest) }
}

/// Ten random digits.
fn reference() -> Result<String, CertError> {
    let mut bytes = Zeroizing::new([0; 8]);
    random(bytes.as_mut())?;
    // Of 2^64 values the last, incomplete ten thousand million weigh less than one in a thousand million.
    Ok(format!("{:010}", u64::from_be_bytes(*bytes) % 10_000_000_000))
}

//! What an office knows of an application for a certificate (证书申请), and how its dossier is written.

use std::fmt;

use ::der::asn1::Null;
use ::der::asn1::OctetString;

use crate::cert::ActivationKey;
use crate::cert::CertError;
use crate::cert::IdentityKind;
use crate::cert::Name;
use crate::cert::ProfileSet;
use crate::der;
use crate::der::Raw;
use crate::key::Decrypter;
use crate::key::KeyError;
use crate::key::PublicKey;
use crate::lang::vocabulary;
use crate::registry::Cursor;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::KeyId;
use crate::registry::Page;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;

use super::AuthorityError;
use super::application_der::AnsweredDer;
use super::application_der::ApplicationDer;
use super::application_der::ApprovedDer;
use super::application_der::FilingDer;
use super::application_der::RefusedDer;
use super::application_der::StateDer;
use super::asn1::generalized;
use super::asn1::instant;

vocabulary! {
    /// Where an application stands (申请状态).
    pub enum ApplicationState: word {
        /// Nobody has decided about it yet.
        Filed = "filed", "待审核", "waiting for approval";
        /// It was approved, and its codes were handed out.
        Approved = "approved", "已批准", "approved";
        /// Its codes were not used in time.
        Expired = "expired", "已过期", "expired";
        /// Too many requests came with a wrong code.
        Closed = "closed", "已关闭", "closed after wrong codes";
        /// It was refused.
        Refused = "refused", "已驳回", "refused";
        /// It was answered with a certificate.
        Answered = "answered", "已签发", "answered";
    }
}

/// What is applied for.
#[derive(Clone, Debug)]
pub struct Filing {
    /// For whom.
    pub subject: Name,
    /// What for: the name of a profile.
    pub profile: String,
    /// The code of the holder's organization (机构代码), as a rule a USCC.
    pub organization: Option<String>,
    /// Where the holder belongs: digits of GB/T 2260.
    pub region: Option<String>,
    /// For how many days; without it the usual ones of the profile.
    pub days: Option<u32>,
    /// Whether an encryption certificate comes with it (双证).
    pub pair: bool,
}

/// An application as it stands (证书申请).
#[derive(Clone)]
pub struct Application {
    reference: String,
    filing: Filing,
    filed_by: String,
    filed_at: Instant,
    /// What was filed, as it was written: what officers approve.
    filed: Raw,
    wrong_codes: u8,
    state: State,
}

/// What became of it.
#[derive(Clone)]
pub(super) enum State {
    Filed,
    Approved(Approved),
    Refused { by: String, at: Instant, reason: String },
    Answered { approved: Approved, key: KeyId, at: Instant },
}

#[derive(Clone)]
pub(super) struct Approved {
    pub(super) by: String,
    pub(super) officers: Vec<String>,
    pub(super) at: Instant,
    pub(super) until: Instant,
    /// The key of the code, encrypted to the authority that will issue.
    pub(super) code_key: Vec<u8>,
}

impl Application {
    /// So many days an authorisation code is good for; the practice of Chinese authorities.
    pub const CODE_DAYS: i64 = 14;
    /// So many wrong codes close an application.
    pub const MOST_WRONG_CODES: u8 = 5;
    /// The longest reason of a refusal, in bytes of UTF-8: a sentence or two.
    pub const MAX_REASON: usize = 512;

    pub(super) fn file(reference: String, filing: &Filing, by: &str, at: Instant) -> Self {
        let filed = FilingDer {
            reference: reference.clone(),
            subject: der::decode(filing.subject.as_der()).expect("a name was read or made"),
            profile: filing.profile.clone(),
            organization: filing.organization.clone(),
            region: filing.region.clone(),
            days: filing.days,
            pair: filing.pair,
            by: by.to_owned(),
            at: generalized(at),
        };
        Self {
            reference,
            filing: filing.clone(),
            filed_by: by.to_owned(),
            filed_at: at,
            filed: Raw::encode_from(&filed).expect("short fields encode"),
            wrong_codes: 0,
            state: State::Filed,
        }
    }

    /// Reads a dossier of applications.
    pub(super) fn from_record(record: &DossierRecord) -> Result<Self, AuthorityError> {
        let damaged = || RegistryError::DamagedRecord { what: "application", subject: record.audit_subject() };
        Ok(Self::read(&record.der).filter(|read| read.reference == record.key).ok_or_else(damaged)?)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let ApplicationDer { version: ApplicationDer::VERSION, filing: filed, wrong_codes, state } =
            der::decode(bytes).ok()?
        else {
            return None;
        };
        let filing: FilingDer = filed.decode_as().ok()?;
        let state = match state {
            StateDer::Filed(_) => State::Filed,
            StateDer::Approved(approved) => State::Approved(Approved::read(approved)),
            StateDer::Refused(refused) => {
                State::Refused { by: refused.by, at: instant(refused.at), reason: refused.reason }
            }
            StateDer::Answered(answered) => State::Answered {
                approved: Approved::read(answered.approved),
                key: KeyId::from_bytes(answered.key.as_bytes().try_into().ok()?),
                at: instant(answered.at),
            },
        };
        Some(Self {
            reference: filing.reference,
            filing: Filing {
                subject: Name::from_der(&der::encode(&filing.subject).ok()?).ok()?,
                profile: filing.profile,
                organization: filing.organization,
                region: filing.region,
                days: filing.days,
                pair: filing.pair,
            },
            filed_by: filing.by,
            filed_at: instant(filing.at),
            filed,
            wrong_codes,
            state,
        })
    }

    pub(super) fn record(&self) -> DossierRecord {
        let state = match &self.state {
            State::Filed => StateDer::Filed(Null),
            State::Approved(approved) => StateDer::Approved(approved.write()),
            State::Refused { by, at, reason } => {
                StateDer::Refused(RefusedDer { by: by.clone(), at: generalized(*at), reason: reason.clone() })
            }
            State::Answered { approved, key, at } => StateDer::Answered(AnsweredDer {
                approved: approved.write(),
                key: octets(key.as_bytes()),
                at: generalized(*at),
            }),
        };
        let version = ApplicationDer::VERSION;
        let written = ApplicationDer { version, filing: self.filed.clone(), wrong_codes: self.wrong_codes, state };
        let der = der::encode(&written).expect("short fields encode");
        DossierRecord::new(DossierKind::Application, &self.reference, der)
    }

    /// The same application in another state.
    pub(super) fn become_of(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }

    /// The same application after a request with a wrong code.
    pub(super) fn after_wrong_code(&self) -> Self {
        Self { wrong_codes: self.wrong_codes.saturating_add(1), ..self.clone() }
    }

    pub(super) const fn became(&self) -> &State {
        &self.state
    }

    /// The reference number (参考号): ten digits.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// What was applied for.
    #[must_use]
    pub const fn filing(&self) -> &Filing {
        &self.filing
    }

    /// Who filed it, and when.
    #[must_use]
    pub fn filed(&self) -> (&str, Instant) {
        (&self.filed_by, self.filed_at)
    }

    /// Who approved or refused it, and when.
    #[must_use]
    pub fn decided(&self) -> Option<(&str, Instant)> {
        match &self.state {
            State::Filed => None,
            State::Approved(approved) | State::Answered { approved, .. } => Some((&approved.by, approved.at)),
            State::Refused { by, at, .. } => Some((by, *at)),
        }
    }

    /// The officers whose approvals it was approved with.
    #[must_use]
    pub fn officers(&self) -> &[String] {
        match &self.state {
            State::Approved(approved) | State::Answered { approved, .. } => &approved.officers,
            _ => &[],
        }
    }

    /// Why it was refused.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.state {
            State::Refused { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Until when its codes are good, and its answer is handed out again.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        match &self.state {
            State::Approved(approved) | State::Answered { approved, .. } => Some(approved.until),
            _ => None,
        }
    }

    /// When it was answered.
    #[must_use]
    pub const fn answered(&self) -> Option<Instant> {
        match &self.state {
            State::Answered { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// How many requests came with a wrong code.
    #[must_use]
    pub const fn wrong_codes(&self) -> u8 {
        self.wrong_codes
    }

    /// Where it stands at a time.
    #[must_use]
    pub fn state(&self, at: Instant) -> ApplicationState {
        match &self.state {
            State::Filed => ApplicationState::Filed,
            State::Refused { .. } => ApplicationState::Refused,
            State::Answered { .. } => ApplicationState::Answered,
            State::Approved(_) if self.wrong_codes >= Self::MOST_WRONG_CODES => ApplicationState::Closed,
            State::Approved(approved) if approved.until < at => ApplicationState::Expired,
            State::Approved(_) => ApplicationState::Approved,
        }
    }

    /// What officers approve: the digest of everything that was filed.
    #[must_use]
    pub fn object(&self) -> Sm3Digest {
        sm3(&der::encode(&self.filed).expect("it was encoded before"))
    }

    /// The name of the order that answers it.
    #[must_use]
    pub fn order(&self) -> String {
        format!("application:{}", self.reference)
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Application({}, {})", self.reference, self.filing.subject)
    }
}

impl Approved {
    fn read(der: ApprovedDer) -> Self {
        let ApprovedDer { by, officers, at, until, code_key } = der;
        Self { by, officers, at: instant(at), until: instant(until), code_key: code_key.into_bytes().into_vec() }
    }

    fn write(&self) -> ApprovedDer {
        ApprovedDer {
            by: self.by.clone(),
            officers: self.officers.clone(),
            at: generalized(self.at),
            until: generalized(self.until),
            code_key: octets(&self.code_key),
        }
    }

    /// The key of the code, as the issuing authority opens it.
    pub(super) fn open(&self, with: &dyn Decrypter) -> Result<ActivationKey, AuthorityError> {
        let plain = with.decrypt(&self.code_key)?;
        Ok(ActivationKey::from_bytes(&plain).ok_or(RegistryError::Damaged { what: "application" })?)
    }

    pub(super) fn seal(key: &ActivationKey, to: &PublicKey) -> Result<Vec<u8>, AuthorityError> {
        Ok(to.encrypt(key.as_bytes()).map_err(KeyError::from)?)
    }
}

impl Filing {
    /// The filing in the form in which it is kept, if certificates can be issued by it.
    pub(super) fn checked(&self, profiles: &ProfileSet) -> Result<Self, AuthorityError> {
        if self.subject.is_empty() {
            return Err(CertError::NameEmpty.into());
        }
        let profile = profiles.find(&self.profile)?;
        if profile.is_ca() {
            return Err(AuthorityError::ApplicationProfile { profile: self.profile.clone() });
        }
        if self.pair && profile.partner().is_none() {
            return Err(AuthorityError::NoPair { profile: self.profile.clone() });
        }
        let normalize = |code: &String| IdentityKind::OrganizationCode.normalize(code);
        Ok(Self { organization: self.organization.as_ref().map(normalize).transpose()?, ..self.clone() })
    }
}

/// An application by its reference number (参考号).
///
/// # Errors
/// [`AuthorityError::ApplicationUnknown`]; [`AuthorityError::Registry`].
pub fn application(registry: &dyn Registry, reference: &str) -> Result<Application, AuthorityError> {
    Application::from_record(&dossier(registry, reference)?)
}

/// A page of the applications of an office, in the order of filing.
///
/// # Errors
/// [`AuthorityError::Registry`].
pub fn applications(registry: &dyn Registry, after: Cursor, limit: usize) -> Result<Page<Application>, AuthorityError> {
    let page = registry.dossiers(DossierKind::Application, after, limit)?;
    let records = page.records.iter().map(Application::from_record).collect::<Result<_, _>>()?;
    Ok(Page { records, next: page.next })
}

pub(super) fn dossier(registry: &dyn Registry, reference: &str) -> Result<DossierRecord, AuthorityError> {
    let record = registry.dossier(DossierKind::Application, reference)?;
    record.ok_or_else(|| AuthorityError::ApplicationUnknown { reference: reference.chars().take(64).collect() })
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("a short string")
}

use std::fmt;

use ::der::Enumerated;
use ::der::Sequence;
use ::der::asn1::GeneralizedTime;

use crate::audit::Act;
use crate::audit::Note;
use crate::cert::Certificate;
use crate::der;
use crate::der::Raw;
use crate::lang::Lang;
use crate::registry::Change;
use crate::registry::Cursor;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::MAX_PAGE;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::time::Instant;

use super::AuthorityError;
use super::asn1::generalized;
use super::asn1::instant;

/// What an officer may approve (职责).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub enum Duty {
    /// Applications for certificates (受理).
    Registration = 0,
    /// That a token be unlocked (解锁).
    Unlock = 1,
    /// That an escrowed key be given back to its holder (密钥恢复).
    Recovery = 2,
}

impl Duty {
    /// All of them, in order.
    pub const ALL: &[Self] = &[Self::Registration, Self::Unlock, Self::Recovery];

    /// The stable word, as on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Unlock => "unlock",
            Self::Recovery => "recovery",
        }
    }

    /// The duty that has this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|duty| duty.word() == word)
    }

    /// The duty in words, for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Registration => lang.pick("受理审核", "registration"),
            Self::Unlock => lang.pick("解锁审核", "unlocking"),
            Self::Recovery => lang.pick("密钥恢复审核", "key recovery"),
        }
    }
}

/// Who may approve acts of the office (经办人): the holder of a certificate that the office issued, with duties.
///
/// Known by the certificate and not by the name: who gets a new certificate is appointed anew.
#[derive(Clone, PartialEq, Eq)]
pub struct Officer {
    certificate: Certificate,
    duties: Vec<Duty>,
    appointed: Instant,
    dismissed: Option<Instant>,
}

/// An officer as its dossier has it.
#[derive(Sequence)]
struct OfficerBody {
    version: u8,
    certificate: Raw,
    duties: Vec<Duty>,
    appointed: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    dismissed: Option<GeneralizedTime>,
}

const VERSION: u8 = 1;

impl Officer {
    /// The officer's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The duties, in the order of [`Duty::ALL`].
    #[must_use]
    pub fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// Since when the officer has these duties.
    #[must_use]
    pub const fn appointed(&self) -> Instant {
        self.appointed
    }

    /// Since when the officer is one no more.
    #[must_use]
    pub const fn dismissed(&self) -> Option<Instant> {
        self.dismissed
    }

    /// The officer's name, as the certificate has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.certificate.subject().to_string()
    }

    /// How the officer's certificate stands, if the registry knows it.
    ///
    /// # Errors
    /// [`AuthorityError::Registry`] when the registry fails.
    pub fn standing(&self, registry: &dyn Registry, at: Instant) -> Result<Option<Standing>, AuthorityError> {
        standing(registry, &self.certificate, at)
    }

    /// The name of an officer's dossier: SM3 of the certificate.
    fn key(certificate: &Certificate) -> String {
        certificate.sm3().to_string()
    }

    fn record(&self) -> DossierRecord {
        let body = OfficerBody {
            version: VERSION,
            certificate: der::decode(self.certificate.as_der()).expect("a certificate is one element"),
            duties: self.duties.clone(),
            appointed: generalized(self.appointed),
            dismissed: self.dismissed.map(generalized),
        };
        let der = der::encode(&body).expect("a certificate and a few words encode");
        DossierRecord::new(DossierKind::Officer, Self::key(&self.certificate), der)
    }

    fn from_record(record: &DossierRecord) -> Result<Self, AuthorityError> {
        Self::read(&record.der)
            .filter(|officer| Self::key(&officer.certificate) == record.key)
            .ok_or_else(|| RegistryError::DamagedRecord { what: "officer", subject: record.audit_subject() }.into())
    }

    fn read(der: &[u8]) -> Option<Self> {
        let body: OfficerBody = der::decode(der).ok()?;
        let in_order = body.duties.windows(2).all(|two| two[0] < two[1]);
        if body.version != VERSION || !in_order {
            return None;
        }
        Some(Self {
            certificate: Certificate::from_der(&der::encode(&body.certificate).ok()?).ok()?,
            duties: body.duties,
            appointed: instant(body.appointed),
            dismissed: body.dismissed.map(instant),
        })
    }
}

impl fmt::Debug for Officer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Officer({}, {:?})", self.name(), self.duties)
    }
}

/// Appoints the holder of a certificate as an officer (任命经办人), or lays other duties upon one, from the time of the note
/// on: approvals of before do not count any more.
///
/// # Errors
/// [`AuthorityError::NoDuties`]; [`AuthorityError::OfficerNotInForce`] when the certificate is not active,
/// [`AuthorityError::OfficerCannotSign`] when it is not for signatures; [`AuthorityError::Registry`], among them
/// `registry-unknown-certificate` when it was not issued here.
pub fn appoint(
    registry: &mut dyn Registry,
    certificate: &Certificate,
    duties: &[Duty],
    note: &Note,
) -> Result<Officer, AuthorityError> {
    let mut duties = duties.to_vec();
    duties.sort_unstable();
    duties.dedup();
    if duties.is_empty() {
        return Err(AuthorityError::NoDuties);
    }
    let subject = certificate.subject().to_string();
    match standing(registry, certificate, note.at)? {
        None => return Err(RegistryError::UnknownCertificate { serial: certificate.serial().to_string() }.into()),
        Some(Standing::Active) => {}
        Some(standing) => return Err(AuthorityError::OfficerNotInForce { subject, standing }),
    }
    if certificate.is_ca() || certificate.key_usage().is_some_and(|usage| !usage.can_sign()) {
        return Err(AuthorityError::OfficerCannotSign { subject });
    }
    let before = registry.dossier(DossierKind::Officer, &Officer::key(certificate))?;
    let officer = Officer { certificate: certificate.clone(), duties, appointed: note.at, dismissed: None };
    keep(registry, Act::OfficerAppointed, &officer, before.as_ref(), note)?;
    Ok(officer)
}

/// Dismisses an officer (撤销经办人), from the time of the note on. The certificate stays as it is.
///
/// # Errors
/// [`AuthorityError::NotAnOfficer`], [`AuthorityError::OfficerDismissed`] when that was done before;
/// [`AuthorityError::Registry`].
pub fn dismiss(registry: &mut dyn Registry, certificate: &Certificate, note: &Note) -> Result<Officer, AuthorityError> {
    let subject = certificate.subject().to_string();
    let before = registry.dossier(DossierKind::Officer, &Officer::key(certificate))?;
    let Some(before) = before else { return Err(AuthorityError::NotAnOfficer { subject }) };
    let mut officer = Officer::from_record(&before)?;
    if let Some(at) = officer.dismissed {
        return Err(AuthorityError::OfficerDismissed { subject, at });
    }
    officer.dismissed = Some(note.at);
    keep(registry, Act::OfficerDismissed, &officer, Some(&before), note)?;
    Ok(officer)
}

/// The officer who has this certificate; also one who was dismissed.
///
/// # Errors
/// [`AuthorityError::Registry`].
pub fn officer(registry: &dyn Registry, certificate: &Certificate) -> Result<Option<Officer>, AuthorityError> {
    let record = registry.dossier(DossierKind::Officer, &Officer::key(certificate))?;
    record.as_ref().map(Officer::from_record).transpose()
}

/// Every officer in the order of appointment, those dismissed among them.
///
/// # Errors
/// [`AuthorityError::Registry`].
pub fn officers(registry: &dyn Registry) -> Result<Vec<Officer>, AuthorityError> {
    let (mut officers, mut after) = (Vec::new(), Cursor::START);
    loop {
        let page = registry.dossiers(DossierKind::Officer, after, MAX_PAGE)?;
        for record in &page.records {
            officers.push(Officer::from_record(record)?);
        }
        let Some(next) = page.next else { return Ok(officers) };
        after = next;
    }
}

/// Whether somebody has this duty now: not dismissed, with a certificate in force. Where an office has appointed nobody,
/// a rule that asks for an officer's approval cannot be kept.
///
/// # Errors
/// [`AuthorityError::Registry`].
pub fn anyone_with(registry: &dyn Registry, duty: Duty, at: Instant) -> Result<bool, AuthorityError> {
    for officer in officers(registry)? {
        let has = officer.dismissed.is_none() && officer.duties.contains(&duty);
        if has && officer.standing(registry, at)? == Some(Standing::Active) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How a certificate stands; `None` when the registry does not know this very one.
pub(super) fn standing(
    registry: &dyn Registry,
    certificate: &Certificate,
    at: Instant,
) -> Result<Option<Standing>, AuthorityError> {
    let record = registry.certificate(certificate.serial())?;
    Ok(record.filter(|record| record.der == certificate.as_der()).map(|record| record.standing(at)))
}

fn keep(
    registry: &mut dyn Registry,
    act: Act,
    officer: &Officer,
    before: Option<&DossierRecord>,
    note: &Note,
) -> Result<(), AuthorityError> {
    let before = before.map(DossierRecord::digest);
    registry.write(&[Change::DossierKept { act, record: officer.record(), before }], note)?;
    Ok(())
}

use crate::audit::Note;
use crate::authority::Authority;
use crate::authority::ListScope;
use crate::authority::Order;
use crate::authority::make_seal;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::RevocationList;
use crate::cert::SerialNumber;
use crate::cert::Trust;
use crate::registry::MemoryRegistry;
use crate::registry::Registry;
use crate::seal::Seal;
use crate::seal::SealMaker;
use crate::time::Instant;
use crate::time::Period;
use crate::token::KdfCost;
use crate::verify::Verifier;

use super::Custody;
use super::Holder;
use super::LabError;
use super::Which;
use super::Who;
use super::holder::Applicant;

/// What a demo office is made from.
#[derive(Clone, Copy, Debug)]
pub struct LabSettings {
    /// Its present: everything in its past is counted back from here.
    pub now: Instant,
    /// Where its keys lie.
    pub custody: Custody,
}

impl LabSettings {
    /// A PIN guess at this cost takes a few milliseconds: for demonstrations, never for work.
    pub const KDF: KdfCost = KdfCost::demo(10_000);

    /// Keys in tokens of [`Self::KDF`]: what `eseal lab` makes.
    #[must_use]
    pub const fn tokens(now: Instant) -> Self {
        Self { now, custody: Custody::Tokens(Self::KDF) }
    }

    /// Keys in memory: for tests and benches.
    #[must_use]
    pub const fn memory(now: Instant) -> Self {
        Self { now, custody: Custody::Memory }
    }
}

/// A whole demo office (演示机构): authorities, people, seals, revocation lists.
///
/// ```
/// use eseal::lab::{LabSettings, Office, Which, Who};
/// use eseal::time::Instant;
///
/// let office = Office::new(LabSettings::memory(Instant::parse("2026-11-24T08:00:00Z")?))?;
/// let seal = office.seal(Which::Organization);
/// assert!(seal.signers().lists(&office.holder(Who::Organization).certificate));
/// assert!(!seal.signers().lists(&office.holder(Who::Outsider).certificate));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Office {
    now: Instant,
    /// In the order of [`Who::ALL`].
    holders: Vec<Holder>,
    /// In the order of [`Which::ALL`].
    seals: Vec<Seal>,
    root_list: RevocationList,
    issuing_list: RevocationList,
}

/// How long the revocation lists of the office are good for: longer than a demonstration lies around.
const LIST_DAYS: i64 = 3_650;

impl Office {
    /// Makes an office whose registry is forgotten at the end.
    ///
    /// # Errors
    /// [`LabError`] when the operating system gives no randomness.
    pub fn new(settings: LabSettings) -> Result<Self, LabError> {
        Self::in_registry(settings, &mut MemoryRegistry::new())
    }

    /// Makes an office that is remembered in an empty registry.
    ///
    /// # Errors
    /// [`LabError`]; the registry may then hold a part of it.
    pub fn in_registry(settings: LabSettings, registry: &mut dyn Registry) -> Result<Self, LabError> {
        let LabSettings { now, custody } = settings;
        let founded = Note::new(now.plus_days(-600), "eseal lab");
        let mut holders = authorities(custody, registry, &founded)?;
        let people = {
            let issuing = holder(&holders, Who::Issuing);
            let issuer = Issuer::new(issuing.certificate.clone(), issuing.signer())?;
            let note = Note::new(now.plus_days(-500), "eseal lab");
            let people = [Who::Person, Who::Organization, Who::Finance, Who::Departed, Who::Outsider];
            issue(&people, &issuer, custody, registry, &note)?
        };
        holders.extend(people);
        holders.extend(strangers(&founded)?);
        holders.sort_by_key(|holder| holder.who);
        let seals = Which::ALL.iter().map(|which| make(*which, &holders, registry, now)).collect::<Result<_, _>>()?;

        let today = Note::new(now, "eseal lab");
        let root_list = list(holder(&holders, Who::Root), None, registry, &today, now)?;
        let departed = holder(&holders, Who::Departed).certificate.serial();
        let issuing_list = list(holder(&holders, Who::Issuing), Some(departed), registry, &today, now)?;
        Ok(Self { now, holders, seals, root_list, issuing_list })
    }

    /// The office's present.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Someone of the office, or one of the strangers.
    #[must_use]
    pub fn holder(&self, who: Who) -> &Holder {
        holder(&self.holders, who)
    }

    /// A seal.
    #[must_use]
    pub fn seal(&self, which: Which) -> &Seal {
        let at = Which::ALL.iter().position(|listed| *listed == which).expect("ALL holds every seal");
        &self.seals[at]
    }

    /// The only anchor: [`Who::Root`].
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::from_certificates([self.holder(Who::Root).certificate.clone()])
    }

    /// What stands between the anchor and everyone else: [`Who::Issuing`].
    #[must_use]
    pub fn intermediates(&self) -> [Certificate; 1] {
        [self.holder(Who::Issuing).certificate.clone()]
    }

    /// The revocation lists of the root and of the issuing authority.
    #[must_use]
    pub fn revocation_lists(&self) -> [RevocationList; 2] {
        [self.root_list.clone(), self.issuing_list.clone()]
    }

    /// A verifier with the office's trust, intermediates and lists, and the strict policy.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(&self.trust()).intermediates(&self.intermediates()).revocation(&self.revocation_lists())
    }
}

/// An office in memory, with 2026-11-24T08:00:00Z for its present: ready in some 20 ms in an optimized build.
///
/// # Panics
/// When the operating system gives no randomness.
#[must_use]
pub fn small_office() -> Office {
    Office::new(LabSettings::memory(Instant::from_unix(1_795_507_200))).expect("only missing randomness can fail")
}

fn holder(holders: &[Holder], who: Who) -> &Holder {
    holders.iter().find(|holder| holder.who == who).expect("everyone is made when the office is")
}

/// Root, issuing authority, seal maker, time-stamp authority, unlocker and escrow.
fn authorities(custody: Custody, registry: &mut dyn Registry, note: &Note) -> Result<Vec<Holder>, LabError> {
    let root = Applicant::new(Who::Root, custody, note.at)?;
    let validity = Period::years(note.at, 30);
    let certificate = Authority::found(&root.subject, &*root.signer, validity, registry, note)?;
    let root = root.with(certificate)?;
    let root_issuer = Issuer::new(root.certificate.clone(), root.signer())?;
    let mut holders = issue(&[Who::Issuing], &root_issuer, custody, registry, note)?;
    drop(root_issuer);
    let services = {
        let issuing = &holders[0];
        let issuer = Issuer::new(issuing.certificate.clone(), issuing.signer())?;
        issue(&[Who::Maker, Who::Tsa, Who::Unlocker, Who::Escrow], &issuer, custody, registry, note)?
    };
    holders.push(root);
    holders.extend(services);
    Ok(holders)
}

/// Keys, certificates in one write, tokens.
fn issue(
    people: &[Who],
    issuer: &Issuer<'_>,
    custody: Custody,
    registry: &mut dyn Registry,
    note: &Note,
) -> Result<Vec<Holder>, LabError> {
    let applicants = people.iter().map(|who| Applicant::new(*who, custody, note.at)).collect::<Result<Vec<_>, _>>()?;
    let mut authority = Authority::new(issuer, registry);
    // Ten years: a demonstration that lies around still works.
    let end = issuer.certificate().validity().to().min(note.at.plus_years(10));
    let validity = Period::new(note.at, end).map_err(|_| LabError::lost("a period"))?;
    let profiles: Vec<_> = applicants.iter().map(|applicant| applicant.who.profile()).collect();
    let orders: Vec<_> = (applicants.iter().zip(&profiles))
        .map(|(applicant, profile)| Order::new(&applicant.subject, applicant.signer.public_key(), profile, validity))
        .collect();
    let issued = authority.issue_all(&orders, note)?;
    applicants.into_iter().zip(issued).map(|(applicant, issued)| applicant.with(issued.signing)).collect()
}

/// Those outside the office; no registry knows them.
fn strangers(note: &Note) -> Result<Vec<Holder>, LabError> {
    let validity = Period::years(note.at, 10);
    let self_signed = |applicant: &Applicant| {
        Issuer::self_signed(&applicant.subject, &*applicant.signer, SerialNumber::random()?, validity)
    };
    let root = Applicant::new(Who::ForeignRoot, Custody::Memory, note.at)?;
    let certificate = self_signed(&root)?;
    let root = root.with(certificate)?;
    let maker = Applicant::new(Who::ForeignMaker, Custody::Memory, note.at)?;
    let issuer = Issuer::new(root.certificate.clone(), root.signer())?;
    let (serial, profile) = (SerialNumber::random()?, Profile::seal_maker());
    let certificate = issuer.issue_for(&maker.subject, maker.signer.public_key(), &profile, serial, validity)?;
    let maker = maker.with(certificate)?;
    drop(issuer);
    let mut holders = vec![root, maker];
    for who in [Who::SelfMadeMaker, Who::SelfMadeOrganization] {
        // Subject, issuer and key are the same: it is signed by itself, and yet for signing.
        let applicant = Applicant::new(who, Custody::Memory, note.at)?;
        let issuer = Issuer::new(self_signed(&applicant)?, &*applicant.signer)?;
        let key = applicant.signer.public_key();
        let serial = SerialNumber::random()?;
        let certificate = issuer.issue_for(&applicant.subject, key, &who.profile(), serial, validity)?;
        drop(issuer);
        holders.push(applicant.with(certificate)?);
    }
    Ok(holders)
}

fn make(which: Which, holders: &[Holder], registry: &mut dyn Registry, now: Instant) -> Result<Seal, LabError> {
    let maker = holder(holders, which.maker());
    let signer = holder(holders, which.signer());
    let (draft, made) = which.draft(signer.certificate.clone(), now)?;
    let seal_maker = SealMaker::new(maker.certificate.clone(), maker.signer())?;
    if which.maker().is_stranger() {
        return Ok(seal_maker.make(&draft, made)?);
    }
    let organization = signer.certificate.subject().organization();
    Ok(make_seal(&seal_maker, &draft, organization, registry, &Note::new(made, "eseal lab"))?)
}

/// Revokes whoever is to be revoked, a month ago, and issues a list today.
fn list(
    authority: &Holder,
    revoked: Option<&SerialNumber>,
    registry: &mut dyn Registry,
    today: &Note,
    now: Instant,
) -> Result<RevocationList, LabError> {
    let issuer = Issuer::new(authority.certificate.clone(), authority.signer())?;
    let mut authority = Authority::new(&issuer, registry);
    if let Some(serial) = revoked {
        let note = Note::new(now.plus_days(-30), "eseal lab");
        authority.revoke(serial, Reason::AffiliationChanged, None, &note)?;
    }
    Ok(authority.revocation_list(&ListScope::Full, now.plus_days(LIST_DAYS), today)?)
}

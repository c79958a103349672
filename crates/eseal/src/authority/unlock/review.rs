use crate::cert::Name;
use crate::cert::ProfileSet;
use crate::cert::Reason;
use crate::cert::Role;
use crate::cert::SerialNumber;
use crate::registry::CertificateRecord;
use crate::registry::Registry;
use crate::registry::Standing;
use crate::time::Instant;
use crate::token::PendingUnlock;
use crate::token::UnlockRequest;

use super::GrantRecord;
use super::GrantState;
use super::UnlockHistory;
use super::UnlockObstacle;
use crate::authority::AuthorityError;

/// How many unlockings a token is granted at most in [`DAYS`]: more often forgotten, it wants another holder's habit.
pub(super) const MOST: usize = 3;
/// In how many days.
pub(super) const DAYS: u32 = 30;
/// How far a device's clock may be ahead, in seconds.
const AHEAD: i64 = 24 * 60 * 60;

/// A certificate that a request for unlocking names, and what the registry knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedCertificate {
    /// Who issued it, as the request says.
    pub issuer: Name,
    /// Its serial number.
    pub serial: SerialNumber,
    /// What the registry knows of it; `None` when it was not issued here.
    pub record: Option<CertificateRecord>,
    /// How it stands; `None` when it was not issued here.
    pub standing: Option<Standing>,
}

/// What an officer has to know before a token may be unlocked (解锁审核).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlockReview {
    /// The token's serial number, hexadecimal.
    pub token: String,
    /// The code that the holder has to read aloud over another channel.
    pub code: String,
    /// The sealing of the request.
    pub epoch: u64,
    /// When the request was made, by the device's clock.
    pub requested_at: Instant,
    /// What the holder said why.
    pub reason: Option<String>,
    /// The certificates that the request names. It proves none of them: who asks has to be identified otherwise.
    pub certificates: Vec<ReviewedCertificate>,
    /// Whether the token's holder is known from an earlier unlocking. If not, nothing but the request says whose it is.
    pub holder_known: bool,
    /// How many unlockings were granted to it in the last 30 days.
    pub lately: usize,
    /// What is remembered of the token.
    pub history: UnlockHistory,
    /// Whether a second officer has to approve: it is not, or not surely, a person's token.
    pub needs_second: bool,
    /// The grant that this very request has already and that still lives: it would be given again.
    pub living: Option<GrantRecord>,
    /// What stands in the way; alarms first.
    pub obstacles: Vec<UnlockObstacle>,
}

impl UnlockReview {
    /// Reviews a request. Writes nothing.
    pub(super) fn new(
        registry: &dyn Registry,
        profiles: &ProfileSet,
        history: UnlockHistory,
        request: &UnlockRequest,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        let mut certificates = Vec::with_capacity(request.certificates().len());
        for (issuer, serial) in request.certificates() {
            certificates.push(reviewed(registry, issuer, serial, now)?);
        }
        let digest = request.digest();
        let granted = history.grants.iter().rfind(|grant| grant.request == digest && grant.counts()).cloned();
        let lives = |grant: &GrantRecord| grant.state == GrantState::Granted && now <= grant.until;
        let known: Vec<_> = certificates.iter().filter_map(|one| one.record.as_ref()).collect();
        let mut needs_second = false;
        for record in &known {
            needs_second |= !is_a_persons(registry, profiles, record)?;
        }
        let since = now.plus_days(-i64::from(DAYS));
        let mut review = Self {
            token: request.token(),
            code: request.code(),
            epoch: request.epoch(),
            requested_at: request.requested_at(),
            reason: request.reason().map(ToOwned::to_owned),
            holder_known: !history.holders.is_empty(),
            lately: history.granted_since(since).count(),
            needs_second,
            living: granted.clone().filter(lives),
            obstacles: Vec::new(),
            certificates,
            history,
        };
        review.obstacles = review.find_obstacles(granted.as_ref(), now);
        Ok(review)
    }

    fn find_obstacles(&self, granted: Option<&GrantRecord>, now: Instant) -> Vec<UnlockObstacle> {
        let mut obstacles = Vec::new();
        if let Some(known) = self.history.epoch().filter(|known| *known > self.epoch) {
            obstacles.push(UnlockObstacle::EpochOld { epoch: self.epoch, known });
        }
        let mut known = self.certificates.iter().filter_map(|one| one.record.as_ref()).peekable();
        if self.holder_known && known.peek().is_some() && !known.any(|record| self.history.is_of(&record.subject)) {
            obstacles.push(UnlockObstacle::HolderDiffers);
        }
        obstacles.extend(self.certificates_in_the_way());
        if now > self.requested_at.plus_seconds(PendingUnlock::LONGEST) {
            obstacles.push(UnlockObstacle::RequestOld { at: self.requested_at });
        }
        if self.requested_at > now.plus_seconds(AHEAD) {
            obstacles.push(UnlockObstacle::RequestNotYet { at: self.requested_at });
        }
        match (granted, &self.living) {
            (Some(grant), None) => obstacles.push(UnlockObstacle::RequestAgain { until: grant.until }),
            (None, _) if self.lately >= MOST => {
                let since = now.plus_days(-i64::from(DAYS));
                let oldest = self.history.granted_since(since).nth(self.lately - MOST).map_or(now, |grant| grant.at);
                let from = oldest.plus_days(i64::from(DAYS));
                obstacles.push(UnlockObstacle::TooMany { most: MOST, days: DAYS, from });
            }
            _ => {}
        }
        obstacles
    }

    /// A certificate on hold stands in the way whatever the others are, and so does a revoked one, unless another came in
    /// its place; what merely ended does not, as long as one is in force.
    fn certificates_in_the_way(&self) -> Vec<UnlockObstacle> {
        let Some(first) = self.certificates.first() else { return vec![UnlockObstacle::NoCertificate] };
        let known: Vec<_> =
            self.certificates.iter().filter_map(|one| Some((one.record.as_ref()?, one.standing?))).collect();
        if known.is_empty() {
            return vec![UnlockObstacle::CertificateUnknown { serial: first.serial.to_string() }];
        }
        let in_force = known.iter().any(|(_, standing)| *standing == Standing::Active);
        let superseded = |record: &CertificateRecord| {
            record.revocation().is_some_and(|revocation| revocation.reason == Reason::Superseded)
        };
        let in_the_way = |record: &CertificateRecord, standing: Standing| match standing {
            Standing::Active => false,
            Standing::Held => true,
            Standing::Revoked => !in_force || !superseded(record),
            Standing::Expired => !in_force,
        };
        let stop = known.into_iter().filter(|(record, standing)| in_the_way(record, *standing));
        stop.map(|(record, standing)| UnlockObstacle::CertificateNotActive {
            serial: record.serial.to_string(),
            subject: record.subject.clone(),
            standing,
        })
        .collect()
    }
}

fn reviewed(
    registry: &dyn Registry,
    issuer: &Name,
    serial: &SerialNumber,
    now: Instant,
) -> Result<ReviewedCertificate, AuthorityError> {
    let mut record = registry.certificate(serial)?;
    if let Some(found) = &record {
        let certificate = super::super::settle::certificate(found)?;
        if !certificate.issuer().matches(issuer) {
            record = None;
        }
    }
    let standing = record.as_ref().map(|record| record.standing(now));
    Ok(ReviewedCertificate { issuer: issuer.clone(), serial: serial.clone(), record, standing })
}

/// Whether a certificate surely is a person's; of an encryption certificate its signing certificate tells.
fn is_a_persons(
    registry: &dyn Registry,
    profiles: &ProfileSet,
    record: &CertificateRecord,
) -> Result<bool, AuthorityError> {
    let role = |record: &CertificateRecord| profiles.find(&record.profile).ok().map(|profile| profile.role());
    Ok(match (role(record), &record.partner) {
        (Some(Role::Person), _) => true,
        (Some(Role::Encryption), Some(partner)) => {
            registry.certificate(partner)?.and_then(|partner| role(&partner)) == Some(Role::Person)
        }
        _ => false,
    })
}

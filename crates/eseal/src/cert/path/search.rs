//! The search for a path: depth first, without recursion, within a budget that no pool of certificates can exceed.

use std::vec;

use crate::key::public_key_to_spki;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;

use super::super::CertError;
use super::super::Certificate;
use super::super::LinkAlgorithm;
use super::super::RevocationList;
use super::super::SignatureFault;
use super::super::signed;
use super::AnchorPeriod;
use super::Answer;
use super::Cause;
use super::Ground;
use super::PathValidator;
use super::constraints;
use super::constraints::MAX_NAME_WORK;

/// The most certificates in a path, leaf and anchor included.
pub(super) const MAX_PATH: usize = 8;
/// The most signature checks of one judgement, revocation lists included; what the cache knows costs nothing.
pub(super) const MAX_CHECKS: u32 = 100;
/// The most links of one judgement that are looked at, whether the cache knows them or not.
const MAX_STEPS: u32 = 1_000;
/// The most candidates for the issuer of one certificate.
const MAX_CANDIDATES: usize = 128;
/// The most whole paths that are compared before the best one is taken.
const MAX_COMPLETE: usize = 8;

/// The budget is used up.
pub(super) struct Budget;

pub(super) struct Search<'s> {
    pub(super) validator: &'s PathValidator,
    pub(super) at: Instant,
    extra: &'s [Certificate],
    checks: u32,
    steps: u32,
    name_work: usize,
    /// Why there is no path, the most telling reason so far.
    problem: Option<(u8, Answer)>,
    /// The longest chain whose links hold, for showing.
    longest: Vec<Certificate>,
}

/// A path that ends at an anchor, with what was asked of all of it.
pub(super) struct Complete {
    pub(super) path: Vec<Certificate>,
    pub(super) period: Answer,
    pub(super) revocation: Answer,
}

/// The certificates that may have issued the last one of the path, with what was found about those tried.
struct Frame {
    candidates: vec::IntoIter<Certificate>,
    found_one: bool,
    bad: Option<Certificate>,
    unsupported: Option<Unsupported>,
}

// How telling a reason is; the highest is reported.
const NO_ISSUER: u8 = 1;
const UNTRUSTED: u8 = 2;
const MISMATCH: u8 = 3;
const UNSUPPORTED: u8 = 4;
const BAD_SIGNATURE: u8 = 5;
const OFFENCE: u8 = 6;

impl<'s> Search<'s> {
    pub(super) fn new(validator: &'s PathValidator, extra: &'s [Certificate], at: Instant) -> Self {
        let (problem, longest) = (None, Vec::new());
        Self { validator, at, extra, checks: MAX_CHECKS, steps: MAX_STEPS, name_work: MAX_NAME_WORK, problem, longest }
    }

    /// The best path, or the answer that says why there is none, with the longest chain that holds.
    pub(super) fn run(mut self, leaf: &Certificate) -> Result<Complete, (Answer, Vec<Certificate>)> {
        self.longest = vec![leaf.clone()];
        if let Some(answer) = self.unfit(leaf, false) {
            return Err((answer, self.longest));
        }
        match self.explore(leaf) {
            Ok(Some(best)) => Ok(best),
            Ok(None) => {
                let no_path = || Answer::Fail(Ground::about(Cause::ChainNoPath, leaf));
                Err((self.problem.map_or_else(no_path, |(_, answer)| answer), self.longest))
            }
            Err(Budget) => Err((Answer::Unknown(Ground::about(Cause::ChainBudget, leaf)), self.longest)),
        }
    }

    fn explore(&mut self, leaf: &Certificate) -> Result<Option<Complete>, Budget> {
        let mut path = vec![leaf.clone()];
        let mut best = None;
        let mut complete = 0;
        if self.validator.trust.holds(leaf) {
            self.finish(path, &mut best);
            return Ok(best);
        }
        let mut frames = vec![self.frame(leaf, &path)];
        while let Some(frame) = frames.last_mut() {
            let child = path.last().expect("there is a certificate for every frame");
            let Some(candidate) = frame.candidates.next() else {
                let frame = frames.pop().expect("it was there a line above");
                let child = path.pop().expect("there is a certificate for every frame");
                if !frame.found_one {
                    self.note_dead_end(&child, &frame)?;
                }
                continue;
            };
            let is_anchor = self.validator.trust.holds(&candidate);
            match self.link_holds(child, &candidate) {
                Ok(true) => frame.found_one = true,
                Ok(false) => {
                    frame.bad.get_or_insert(candidate);
                    continue;
                }
                Err(Trouble::Unsupported(unsupported)) => {
                    frame.unsupported.get_or_insert(unsupported);
                    continue;
                }
                // With one path in hand, what the budget leaves unexplored cannot make it worse.
                Err(Trouble::Budget) if best.is_some() => return Ok(best),
                Err(Trouble::Budget) => return Err(Budget),
            }
            if let Some(answer) = self.may_not_issue(&candidate, is_anchor, &path) {
                self.note(OFFENCE, answer);
                continue;
            }
            if path.len() + 1 > self.longest.len() {
                self.longest = path.iter().chain([&candidate]).cloned().collect();
            }
            if is_anchor {
                let whole: Vec<_> = path.iter().chain([&candidate]).cloned().collect();
                match constraints::offence(&whole, &mut self.name_work) {
                    Ok(None) => {}
                    Ok(Some(ground)) => {
                        self.note(OFFENCE, Answer::Fail(ground));
                        continue;
                    }
                    Err(Budget) if best.is_some() => return Ok(best),
                    Err(Budget) => return Err(Budget),
                }
                complete += 1;
                if self.finish(whole, &mut best) || complete == MAX_COMPLETE {
                    return Ok(best);
                }
            } else if path.len() + 2 > MAX_PATH {
                // The candidate would need an issuer above it, and that has no room.
                self.note(OFFENCE, Answer::Fail(Ground::about(Cause::ChainTooLong, leaf)));
            } else {
                path.push(candidate.clone());
                let frame = self.frame(&candidate, &path);
                frames.push(frame);
            }
        }
        Ok(best)
    }

    /// Asks the remaining questions about a whole path and keeps it if it is the best so far; says whether no other
    /// can be better.
    fn finish(&mut self, path: Vec<Certificate>, best: &mut Option<Complete>) -> bool {
        let period = self.period(&path);
        let revocation = self.revocation(&path);
        let weight = |complete: &Complete| (complete.period.weight(), complete.revocation.weight());
        let this = Complete { path, period, revocation };
        let good = weight(&this).0 <= 1 && weight(&this).1 <= 1;
        if best.as_ref().is_none_or(|best| weight(&this) < weight(best)) {
            *best = Some(this);
        }
        good
    }

    /// Whether every certificate of a path was within its period.
    pub(super) fn period(&self, path: &[Certificate]) -> Answer {
        let mut worst = Answer::Pass;
        for (index, certificate) in path.iter().enumerate() {
            let period = certificate.validity();
            let ground = if self.at < period.from() {
                Ground::about(Cause::CertNotYetValid, certificate).with("valid_from", period.from())
            } else if self.at > period.to() {
                Ground::about(Cause::CertExpired, certificate).with("valid_to", period.to())
            } else {
                continue;
            };
            let noted = index > 0
                && self.validator.anchor_period == AnchorPeriod::Noted
                && self.validator.trust.holds(certificate);
            worst = worst.worse(if noted { Answer::Note(ground) } else { Answer::Fail(ground) });
        }
        worst
    }

    /// Who may have issued a certificate, by name: those whose key identifier fits first, then those valid at the time,
    /// anchors before others.
    fn frame(&self, child: &Certificate, path: &[Certificate]) -> Frame {
        let name = child.issuer();
        let pool = self.validator.intermediates.get(name).map(Vec::as_slice).unwrap_or_default();
        let extra = self.extra.iter().filter(|extra| extra.subject() == name);
        let mut candidates: Vec<Certificate> = Vec::new();
        for candidate in self.validator.trust.named(name).chain(pool).chain(extra) {
            if !path.contains(candidate) && !candidates.contains(candidate) {
                candidates.push(candidate.clone());
            }
            // Enough to fill the frame with the best of them; comparing more would let a pool cost its square.
            if candidates.len() == 4 * MAX_CANDIDATES {
                break;
            }
        }
        candidates.sort_by_key(|candidate| {
            let hint = match (child.authority_key_id(), candidate.subject_key_id()) {
                (Some(wanted), Some(own)) if wanted == own => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            };
            (hint, !candidate.validity().contains(self.at), !self.validator.trust.holds(candidate))
        });
        candidates.truncate(MAX_CANDIDATES);
        Frame { candidates: candidates.into_iter(), found_one: false, bad: None, unsupported: None }
    }

    fn may_not_issue(&self, issuer: &Certificate, is_anchor: bool, path: &[Certificate]) -> Option<Answer> {
        let fail = |cause| Some(Answer::Fail(Ground::about(cause, issuer)));
        if let Some(answer) = self.unfit(issuer, is_anchor) {
            return Some(answer);
        }
        if !issuer.is_ca() || issuer.key_usage().is_some_and(|usage| !usage.cert_sign()) {
            return fail(Cause::ChainNotCa);
        }
        let beneath = path[1..].iter().filter(|certificate| !certificate.is_self_issued()).count();
        let allowed = issuer.path_len().map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(usize::MAX));
        if beneath > allowed { fail(Cause::ChainPathLength) } else { None }
    }

    /// Why a certificate can stand in no path, wherever it stands.
    fn unfit(&self, certificate: &Certificate, is_anchor: bool) -> Option<Answer> {
        let unsupported = |oid: String| {
            let ground = Ground::about(Cause::ChainUnsupportedAlgorithm, certificate).with("oid", oid);
            Some(Answer::Unknown(ground))
        };
        match certificate.subject_key() {
            Ok(key) if self.validator.algorithms.allows_key(key) => {}
            Ok(key) => return unsupported(key.kind().to_string()),
            Err(CertError::KeyAlgorithm { oid }) => return unsupported(oid),
            Err(_) => return Some(Answer::Fail(Ground::about(Cause::ChainBadKey, certificate))),
        }
        if certificate.version() != 3 && !is_anchor {
            return Some(Answer::Fail(Ground::about(Cause::ChainVersion, certificate)));
        }
        constraints::critical_extension(certificate).map(Answer::Fail)
    }

    fn note(&mut self, rank: u8, answer: Answer) {
        if self.problem.as_ref().is_none_or(|(other, _)| rank > *other) {
            self.problem = Some((rank, answer));
        }
    }

    /// Records why no issuer of a certificate was found.
    fn note_dead_end(&mut self, child: &Certificate, frame: &Frame) -> Result<(), Budget> {
        let about = |cause| Ground::about(cause, child).with("issuer", child.issuer());
        // A certificate that signs itself and is not trusted says more than that a namesake did not sign it.
        let signs_itself = self.signs_itself(child)?;
        let fault = match &frame.bad {
            Some(issuer) => Some(self.fault(child, issuer)),
            // Signed by itself in a wrong way; otherwise its issuer is a namesake that is not at hand.
            None if child.is_self_issued() && !signs_itself => self.fault(child, child).map(Some),
            None => None,
        };
        if let Some(fault) = fault.filter(|_| !signs_itself) {
            let ground = about(Cause::ChainBadSignature);
            let ground = match fault {
                Some(fault) => ground.with("fault", fault.word()),
                None => ground,
            };
            self.note(BAD_SIGNATURE, Answer::Fail(ground));
            return Ok(());
        }
        if let Some(unsupported) = &frame.unsupported {
            let ground = unsupported.tell(about(Cause::ChainUnsupportedAlgorithm));
            self.note(UNSUPPORTED, Answer::Unknown(ground));
        } else if signs_itself {
            let cause = if self.longest.first() == Some(child) { Cause::ChainSelfSigned } else { Cause::ChainNoPath };
            self.note(UNTRUSTED, Answer::Fail(about(cause)));
        } else if let Some(other) = self.misnamed_issuer(child)? {
            let ground = about(Cause::ChainIssuerMismatch).with("found", other.subject());
            self.note(MISMATCH, Answer::Fail(ground));
        } else {
            self.note(NO_ISSUER, Answer::Fail(about(Cause::ChainNoIssuer)));
        }
        Ok(())
    }

    /// The known mistake that explains a bad signature, if the budget allows the search for it.
    fn fault(&mut self, child: &Certificate, issuer: &Certificate) -> Option<SignatureFault> {
        // Mistakes are known of SM2 signatures only.
        let key = issuer.public_key().ok().filter(|_| child.is_signed_with_sm2())?;
        self.checks = self.checks.checked_sub(3)?;
        signed::explain(key, child.tbs(), child.signature())
    }

    fn signs_itself(&mut self, certificate: &Certificate) -> Result<bool, Budget> {
        if !certificate.is_self_issued() {
            return Ok(false);
        }
        match self.link_holds(certificate, certificate) {
            Ok(holds) => Ok(holds),
            Err(Trouble::Unsupported(_)) => Ok(false),
            Err(Trouble::Budget) => Err(Budget),
        }
    }

    /// A CA whose key signed the certificate although its name is another: seen at one provincial CA. Tried on the
    /// anchors and on those whose key identifier fits.
    fn misnamed_issuer(&mut self, child: &Certificate) -> Result<Option<Certificate>, Budget> {
        let fits = |candidate: &Certificate| {
            child.authority_key_id().is_some_and(|wanted| candidate.subject_key_id() == Some(wanted))
        };
        let validator = self.validator;
        let pool = validator.intermediates.values().flatten().chain(self.extra).filter(|candidate| fits(candidate));
        let candidates: Vec<_> = validator.trust.anchors().iter().take(8).chain(pool.take(8)).collect();
        for candidate in candidates {
            if candidate.subject() == child.issuer() || candidate == child {
                continue;
            }
            match self.link_holds(child, candidate) {
                Ok(true) => return Ok(Some(candidate.clone())),
                Ok(false) | Err(Trouble::Unsupported(_)) => {}
                Err(Trouble::Budget) => return Err(Budget),
            }
        }
        Ok(None)
    }

    fn link_holds(&mut self, child: &Certificate, issuer: &Certificate) -> Result<bool, Trouble> {
        self.steps = self.steps.checked_sub(1).ok_or(Trouble::Budget)?;
        let unsupported = |oid| Err(Trouble::Unsupported(Unsupported { oid, algorithm: child.link_algorithm() }));
        if !child.link_algorithm().is_some_and(|algorithm| self.validator.algorithms.allows(algorithm)) {
            return unsupported(child.signature_algorithm());
        }
        let key = match issuer.subject_key() {
            Ok(key) => key,
            Err(CertError::KeyAlgorithm { oid }) => return unsupported(oid),
            Err(_) => return Ok(false),
        };
        self.check_by(child.sm3(), issuer, || child.link_holds(key)).map_err(|Budget| Trouble::Budget)
    }

    /// Whether the issuer signed a list, with an algorithm that the policy allows.
    pub(super) fn list_holds(&mut self, list: &RevocationList, issuer: &Certificate) -> Result<bool, Budget> {
        let allowed = list.link_algorithm().is_some_and(|algorithm| self.validator.algorithms.allows(algorithm));
        match issuer.subject_key() {
            Ok(key) if allowed => self.check_by(list.sm3(), issuer, || list.link_holds(key)),
            _ => Ok(false),
        }
    }

    fn check_by(&mut self, object: Sm3Digest, by: &Certificate, holds: impl FnOnce() -> bool) -> Result<bool, Budget> {
        self.checked(object, sm3(by.spki()), holds)
    }

    /// One signature check by an SM2 key, unless the cache knows its outcome.
    pub(super) fn check(
        &mut self,
        object: Sm3Digest,
        key: &PublicKey,
        holds: impl FnOnce() -> bool,
    ) -> Result<bool, Budget> {
        self.checked(object, sm3(&public_key_to_spki(key)), holds)
    }

    fn checked(&mut self, object: Sm3Digest, key: Sm3Digest, holds: impl FnOnce() -> bool) -> Result<bool, Budget> {
        if let Some(known) = self.validator.cache.get(object, key) {
            return Ok(known);
        }
        self.checks = self.checks.checked_sub(1).ok_or(Budget)?;
        let holds = holds();
        self.validator.cache.put(object, key, holds);
        Ok(holds)
    }
}

enum Trouble {
    Unsupported(Unsupported),
    Budget,
}

/// An algorithm that is not known or not allowed.
struct Unsupported {
    oid: String,
    algorithm: Option<LinkAlgorithm>,
}

impl Unsupported {
    fn tell(&self, ground: Ground) -> Ground {
        ground.with("oid", &self.oid).maybe("algorithm", self.algorithm.map(LinkAlgorithm::word))
    }
}

//! The four questions about a certificate: chain, period, usage, revocation.

use crate::cert;
use crate::cert::Cause;
use crate::cert::Certificate;
use crate::cert::Ground;
use crate::cert::PathJudgement;
use crate::cert::Purpose;
use crate::cert::Reason;
use crate::time::Instant;

use super::Code;
use super::Outcome;
use super::Verifier;
use super::finding::Answer;

/// The answers about one certificate, judged at one time.
#[derive(Clone)]
pub(super) struct Judged {
    pub(super) chain: Answer,
    pub(super) period: Answer,
    pub(super) usage: Answer,
    pub(super) revocation: Answer,
}

impl Judged {
    /// The same answer four times, for a certificate that is not there to be asked about.
    pub(super) fn all(answer: &Answer) -> Self {
        Self { chain: answer.clone(), period: answer.clone(), usage: answer.clone(), revocation: answer.clone() }
    }

    /// The outcomes, for the summary of what was good when.
    pub(super) const fn outcomes(&self) -> [Outcome; 4] {
        [self.chain.outcome, self.period.outcome, self.usage.outcome, self.revocation.outcome]
    }
}

impl From<cert::Answer> for Answer {
    fn from(answer: cert::Answer) -> Self {
        let (outcome, Ground { cause, detail }) = match answer {
            cert::Answer::Pass => return Self::pass(),
            cert::Answer::NotAsked => return Self::note(Code::RevocationNotAsked),
            cert::Answer::Note(ground) => (Outcome::Note, ground),
            cert::Answer::Unknown(ground) => (Outcome::Unknown, ground),
            cert::Answer::Fail(ground) => (Outcome::Fail, ground),
        };
        Self { outcome, code: cause.code(), detail }
    }
}

impl Verifier {
    /// Judges a certificate at an instant, when its signature is proven to have been there by some time, or not.
    pub(super) fn judge(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Instant,
        proven: Option<Instant>,
    ) -> Judged {
        self.judge_with(certificate, &[], purpose, at, proven)
    }

    /// Judges a certificate at an instant, with others that came along with it.
    pub(super) fn judge_with(
        &self,
        certificate: &Certificate,
        along: &[Certificate],
        purpose: Purpose,
        at: Instant,
        proven: Option<Instant>,
    ) -> Judged {
        let judgement = self.paths().judge_with(certificate, along, purpose, at);
        let PathJudgement { chain, period, usage, revocation, .. } = judgement;
        let compromised = later_compromise(&revocation);
        let mut revocation = Answer::from(revocation);
        if compromised.is_some_and(|since| proven.is_none_or(|proven| proven >= since)) {
            // Whoever has the key can claim any time: only a time stamp from before shows that it signed before.
            revocation = Answer { detail: revocation.detail, ..Answer::unknown(Code::CompromisedSince) };
        }
        Judged { chain: chain.into(), period: period.into(), usage: usage.into(), revocation }
    }
}

/// Since when the key is in other hands, if the certificate was revoked for that after the time that counts.
fn later_compromise(answer: &cert::Answer) -> Option<Instant> {
    let cert::Answer::Note(Ground { cause: Cause::RevokedLater, detail }) = answer else { return None };
    let told = |wanted| detail.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str());
    let since = told("at").and_then(|at| Instant::parse(at).ok())?;
    told("reason").and_then(Reason::parse).is_some_and(Reason::is_compromise).then_some(since)
}

/// What was within its period at an instant and is not any more is told, and does no harm; GM/T 0031-2014, 6.2.3.
pub(super) fn since(mut then: Judged, now: &Judged) -> Judged {
    if then.period.outcome == Outcome::Pass && now.period.outcome == Outcome::Fail {
        then.period = Answer { detail: now.period.detail.clone(), ..Answer::note(Code::ExpiredSince) };
    }
    then
}

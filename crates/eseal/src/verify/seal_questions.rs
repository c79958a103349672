//! The questions about a seal: GB/T 38540-2020, 6.3, with what GM/T 0031-2025 adds.

use crate::cert::Purpose;
use crate::seal::Deviation;
use crate::seal::Seal;
use crate::seal::SealError;
use crate::seal::SealVersion;
use crate::seal::SignatureCause;
use crate::seal::SignatureForm;
use crate::time::Instant;
use crate::time::Period;

use super::Check;
use super::Code;
use super::Outcome;
use super::Requirement;
use super::Verifier;
use super::certificates::Judged;
use super::certificates::since;
use super::finding::Answer;

/// How far clocks of different machines may be apart, in seconds, before a time counts as impossible.
pub(super) const CLOCK_SKEW: i64 = 600;

/// The times that matter.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// When the seal was used, proven or else claimed; the time of verifying for a seal alone. `None` when nothing tells.
    pub(super) used: Option<Instant>,
    /// The time of verifying.
    pub(super) now: Instant,
    /// By when the seal was there, if a time stamp proves that.
    pub(super) proven: Option<Instant>,
}

/// Answers about a seal, and whether it was good when used, and is good now.
pub(super) struct SealAnswers {
    pub(super) answers: Vec<(Check, Answer)>,
    pub(super) then: Vec<Outcome>,
    pub(super) now: Vec<Outcome>,
}

/// Asks about the seal: its signature, its maker, its period, its state.
pub(super) fn ask(verifier: &Verifier, seal: &Seal, moment: Moment) -> SealAnswers {
    let facts = verifier.cache().facts(seal);
    let maker = maker(verifier, seal, moment);
    let (period_then, period_now) = period(seal, moment);
    let then = maker.outcomes().into_iter().chain([period_then.outcome]).collect();
    let now = maker.outcomes().into_iter().chain([period_now.outcome]).collect();
    let period = if period_then.outcome == Outcome::Pass && period_now.outcome == Outcome::Fail {
        Answer { detail: period_now.detail, ..Answer::note(Code::SealExpiredSince) }
    } else {
        period_then
    };
    let answers = vec![
        (Check::SealSignature, signature_answer(facts.signature())),
        (Check::MakerChain, maker.chain),
        (Check::MakerPeriod, maker.period),
        (Check::MakerUsage, maker.usage),
        (Check::MakerRevocation, maker.revocation),
        (Check::SealPeriod, period),
        (Check::SealState, absent(verifier, Requirement::Status, Code::SealStatusNotGiven)),
    ];
    SealAnswers { answers, then, now }
}

/// Whether the data has the form of its standard; the first answer counts, notes may follow.
pub(super) fn format<'d>(deviations: impl Iterator<Item = &'d Deviation>) -> Vec<Answer> {
    let answer = |deviation: &Deviation| {
        let outcome = if deviation.is_fault() { Outcome::Fail } else { Outcome::Note };
        Answer::new(outcome, deviation.code()).with("field", deviation.field())
    };
    let (faults, notes): (Vec<_>, Vec<_>) = deviations.partition(|deviation| deviation.is_fault());
    let mut answers: Vec<_> = faults.into_iter().map(answer).collect();
    if answers.is_empty() {
        answers.push(Answer::pass());
    }
    answers.extend(notes.into_iter().map(answer));
    answers
}

/// The answer for a signature value.
pub(super) fn signature_answer(checked: &Result<SignatureForm, SealError>) -> Answer {
    let error = match checked {
        Ok(SignatureForm::Der) => return Answer::pass(),
        Ok(SignatureForm::Raw) => return Answer::note(Code::SignatureRaw),
        Err(error) => error,
    };
    match error {
        SealError::SignatureMismatch { cause } => Answer::fail(match cause {
            Some(SignatureCause::DataHashOnly) => Code::SignedDataHashOnly,
            Some(SignatureCause::EmptyId) => Code::SignedEmptyId,
            Some(SignatureCause::NoZ) => Code::SignedWithoutZ,
            _ => Code::SignatureMismatch,
        }),
        SealError::Algorithm { oid } => Answer::fail(Code::AlgorithmUnsupported).with("algorithm", oid),
        SealError::Certificate(error) => Answer::fail(Code::CertificateUnusable).with("error", error.code()),
        error => Answer::fail(Code::SignatureMalformed).with("error", error.code()),
    }
}

/// The maker's certificate counts as of the making of the seal. Older standards do not look at that date: there it is
/// enough that the certificate was good when the seal was used.
fn maker(verifier: &Verifier, seal: &Seal, moment: Moment) -> Judged {
    let certificate = match seal.maker() {
        Ok(certificate) => certificate,
        Err(error) => {
            let mut judged = Judged::all(&Answer::unknown(Code::NotAskedCertificate));
            judged.chain = Answer::fail(Code::CertificateUnusable).with("error", error.code());
            return judged;
        }
    };
    let judge = |at| verifier.judge(certificate, Purpose::SealMaker, at, moment.proven);
    let (created, now) = (seal.created(), judge(moment.now));
    let at_making = judge(created);
    if at_making.period.outcome != Outcome::Fail {
        return since(at_making, &now);
    }
    let outside = |answer: Answer| answer.with("created", created).with_all(&at_making.period.detail);
    let at_use = judge(moment.used.unwrap_or(moment.now));
    if seal.version() == SealVersion::V5 || at_use.period.outcome == Outcome::Fail {
        return Judged { period: outside(Answer::fail(Code::SealMadeOutsideMaker)), ..at_making };
    }
    let judged = since(at_use, &now);
    Judged { period: outside(Answer::note(Code::SealMadeOutsideMaker)), ..judged }
}

/// Whether the seal was within its period when used, and is now.
fn period(seal: &Seal, moment: Moment) -> (Answer, Answer) {
    let validity = seal.validity();
    let now = within(validity, moment.now);
    let Some(used) = moment.used else { return (Answer::unknown(Code::TimeUnreadable), now) };
    if used.plus_seconds(CLOCK_SKEW) < seal.created() {
        let answer = Answer::fail(Code::SealMadeLater).with("created", seal.created()).with("at", used);
        return (answer, now);
    }
    (within(validity, used), now)
}

fn within(validity: Period, at: Instant) -> Answer {
    let answer = if at < validity.from() {
        Answer::fail(Code::SealNotYetValid)
    } else if at > validity.to() {
        Answer::fail(Code::SealExpired)
    } else {
        return Answer::pass();
    };
    answer.with("at", at).with("valid_from", validity.from()).with("valid_to", validity.to())
}

/// The answer where something is absent: a note, or unknown if it is required.
pub(super) fn absent(verifier: &Verifier, requirement: Requirement, code: Code) -> Answer {
    if verifier.demands(requirement) { Answer::unknown(code) } else { Answer::note(code) }
}

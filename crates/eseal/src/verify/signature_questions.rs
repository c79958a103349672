//! The questions about a seal signature: GB/T 38540-2020, 7.3.

use crate::cert::Purpose;
use crate::seal::Listed;
use crate::seal::SealSignature;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Check;
use super::Code;
use super::Finding;
use super::Outcome;
use super::Requirement;
use super::Verifier;
use super::certificates::Judged;
use super::certificates::since;
use super::clause::clause;
use super::finding::Answer;
use super::seal_questions;
use super::seal_questions::CLOCK_SKEW;
use super::seal_questions::Moment;
use super::timestamp_questions;
use super::timestamp_questions::Stamped;

/// What is known about the document that a signature is over.
#[derive(Clone, Copy)]
pub(super) enum DocumentHash {
    /// Its hash.
    Known(Sm3Digest),
    /// The caller has no document.
    NotGiven,
    /// The range that was hashed cannot be told.
    Unclear,
}

/// The answers, and whether certificates and seal were good then and are now.
pub(super) struct Asked {
    pub(super) findings: Vec<Finding>,
    pub(super) then: Vec<Outcome>,
    pub(super) now: Vec<Outcome>,
    /// The time that a time stamp proves.
    pub(super) proven: Option<Instant>,
}

/// Asks everything that a seal signature alone, with the hash of its document, can be asked.
pub(super) fn ask(verifier: &Verifier, signature: &SealSignature, document: DocumentHash, now: Instant) -> Asked {
    let seal = signature.seal();
    let claimed = signature.claimed_time().instant();
    let stamped = signature
        .timestamp()
        .map(|token| timestamp_questions::ask(verifier, token, &[signature.signature_value()], now).against(claimed));
    let of_seal_stamp = timestamp_questions::of_seal(verifier, seal, now);
    let proven = stamped.as_ref().and_then(|stamped| stamped.proven);
    // The stamp on the signature is on the seal inside as well.
    let seal_proven = of_seal_stamp.as_ref().and_then(|stamped| stamped.proven).into_iter().chain(proven).min();
    let moment = Moment { used: proven.or(claimed), now, proven: seal_proven };
    let mut answers: Vec<(Check, Answer)> =
        seal_questions::format(signature.deviations().iter().chain(seal.deviations()))
            .into_iter()
            .map(|answer| (Check::Format, answer))
            .collect();
    answers.push((Check::Signature, seal_questions::signature_answer(&signature.check_signature())));
    answers.push((Check::SignerInSeal, signer_in_seal(signature)));
    let (signer_then, signer_now) = signer(verifier, signature, Moment { proven, ..moment });
    let of_seal = seal_questions::ask(verifier, seal, moment);
    let mut then = of_seal.then;
    then.extend(signer_then.outcomes());
    let mut at_now = of_seal.now;
    at_now.extend(signer_now.outcomes());
    let signer = since(signer_then, &signer_now);
    answers.extend([
        (Check::SignerChain, signer.chain),
        (Check::SignerPeriod, signer.period),
        (Check::SignerUsage, signer.usage),
        (Check::SignerRevocation, signer.revocation),
        (Check::DocumentHash, document_hash(signature, document)),
        (Check::References, Answer::note(Code::ReferencesNone)),
    ]);
    answers.extend(of_seal.answers);
    let times = times(verifier, claimed, now, stamped, of_seal_stamp);
    answers.extend(times.into_iter().map(|answer| (Check::Timestamp, answer)));
    let version = signature.version();
    let findings = answers.into_iter().map(|(check, answer)| answer.to(check, clause(check, version, false)));
    Asked { findings: findings.collect(), then, now: at_now, proven }
}

/// Good if all are, bad if one is, unknown else.
pub(super) fn summary(outcomes: &[Outcome]) -> Option<bool> {
    match outcomes.iter().max()? {
        Outcome::Pass | Outcome::Note => Some(true),
        Outcome::Unknown => None,
        Outcome::Fail => Some(false),
    }
}

fn signer_in_seal(signature: &SealSignature) -> Answer {
    let Ok(signer) = signature.signer() else { return Answer::unknown(Code::NotAskedCertificate) };
    match signature.seal().signers().find(signer) {
        Listed::Yes => Answer::pass(),
        Listed::WithZ => Answer::note(Code::SignerListedWithZ),
        Listed::SameKey => Answer::fail(Code::SignerRenewed),
        Listed::No => Answer::fail(Code::SignerNotListed),
    }
    .with_signer(signer)
}

/// The signer's certificate as of the proven or claimed time, and as of now.
fn signer(verifier: &Verifier, signature: &SealSignature, moment: Moment) -> (Judged, Judged) {
    let certificate = match signature.signer() {
        Ok(certificate) => certificate,
        Err(error) => {
            let mut judged = Judged::all(&Answer::unknown(Code::NotAskedCertificate));
            judged.chain = Answer::fail(Code::CertificateUnusable).with("error", error.code());
            return (judged.clone(), judged);
        }
    };
    let now = verifier.judge(certificate, Purpose::Seal, moment.now, moment.proven);
    let then = match moment.used {
        Some(at) => verifier.judge(certificate, Purpose::Seal, at, moment.proven),
        // Chain and usage can be judged without the time, the rest cannot.
        None => Judged {
            period: Answer::unknown(Code::TimeUnreadable),
            revocation: Answer::unknown(Code::TimeUnreadable),
            ..now.clone()
        },
    };
    (then, now)
}

fn document_hash(signature: &SealSignature, document: DocumentHash) -> Answer {
    match document {
        DocumentHash::NotGiven => Answer::unknown(Code::DocumentNotGiven),
        DocumentHash::Unclear => Answer::unknown(Code::DocumentRangeUnclear),
        DocumentHash::Known(computed) if signature.data_hash() == computed.as_bytes() => Answer::pass(),
        DocumentHash::Known(computed) => {
            let stated: String = signature.data_hash().iter().take(64).map(|byte| format!("{byte:02x}")).collect();
            Answer::fail(Code::DocumentHashMismatch).with("stated", stated).with("computed", computed)
        }
    }
}

/// Time stamps of seal and signature, and whether the claimed time can be.
fn times(
    verifier: &Verifier,
    claimed: Option<Instant>,
    now: Instant,
    stamped: Option<Stamped>,
    of_seal: Option<Stamped>,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    if let Some(at) = claimed
        && now.plus_seconds(CLOCK_SKEW) < at
    {
        answers.push(Answer::fail(Code::TimeInFuture).with("claimed", at).with("now", now));
    }
    answers.push(match stamped {
        Some(stamped) => stamped.answer,
        None => {
            let answer = seal_questions::absent(verifier, Requirement::Timestamp, Code::TimestampAbsent);
            match claimed {
                Some(at) => answer.with("claimed", at),
                None => answer,
            }
        }
    });
    answers.extend(of_seal.map(|stamped| stamped.answer.with("of", "seal")));
    answers
}

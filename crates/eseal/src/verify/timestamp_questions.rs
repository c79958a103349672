//! The questions about a time stamp: RFC 3161, GB/T 20520 (clauses not checked).

use crate::cert;
use crate::cert::Certificate;
use crate::cert::PathJudgement;
use crate::seal::Seal;
use crate::time::Instant;
use crate::timestamp::Imprint;
use crate::timestamp::TimestampError;
use crate::timestamp::TimestampFault;
use crate::timestamp::TimestampToken;

use super::Check;
use super::Code;
use super::Outcome;
use super::Verifier;
use super::clause::message_clause;
use super::finding::Answer;
use super::report::TimestampReport;
use super::seal_questions::CLOCK_SKEW;

/// The answer about a time stamp, and the time that it proves if nothing is wrong with it and its authority is trusted.
pub(super) struct Stamped {
    pub(super) answer: Answer,
    pub(super) proven: Option<Instant>,
}

impl Stamped {
    const fn nothing(answer: Answer) -> Self {
        Self { answer, proven: None }
    }

    /// Held against a time that was only claimed: what was stamped cannot be made later than its stamp.
    pub(super) fn against(self, claimed: Option<Instant>) -> Self {
        match (self.proven, claimed) {
            (Some(proven), Some(claimed)) if proven.plus_seconds(CLOCK_SKEW) < claimed => {
                let answer = Answer::fail(Code::TimestampBeforeClaim).with("claimed", claimed);
                Self::nothing(answer.with("stamped", proven))
            }
            _ => self,
        }
    }
}

/// Asks about the token in these bytes, which is to be about what the pieces together are.
pub(super) fn ask(verifier: &Verifier, token: &[u8], pieces: &[&[u8]], now: Instant) -> Stamped {
    match TimestampToken::from_der(token) {
        Ok(token) => about(verifier, &token, pieces, now),
        Err(error) => Stamped::nothing(unreadable(&error).with("bytes", token.len())),
    }
}

/// The answer about what is no token.
pub(super) fn unreadable(error: &TimestampError) -> Answer {
    Answer::fail(Code::TimestampMalformed).with("error", error.code())
}

fn about(verifier: &Verifier, token: &TimestampToken, pieces: &[&[u8]], now: Instant) -> Stamped {
    let Some(hash) = token.imprint().algorithm() else {
        let algorithm = token.imprint().algorithm_oid();
        return Stamped::nothing(Answer::unknown(Code::TimestampUnsupported).with("algorithm", algorithm));
    };
    let mut hasher = hash.hasher();
    pieces.iter().for_each(|piece| {
        hasher.update(piece);
    });
    judge(verifier, token, &hasher.finish(), now).0
}

/// The answer, with what was found out about the authority's certificate.
fn judge(
    verifier: &Verifier,
    token: &TimestampToken,
    imprint: &Imprint,
    now: Instant,
) -> (Stamped, Option<Certificate>, Option<PathJudgement>) {
    let judged = token.judge(imprint, verifier.paths(), verifier.known(), now);
    let authority = |answer: Answer| match &judged.signer {
        Some(signer) => answer.with("authority", signer.subject()),
        None => answer,
    };
    let answer = match (judged.fault, &judged.path) {
        (Some(fault), _) => Answer::new(weight(fault), fault.code()),
        (None, Some(path)) => worst(path),
        (None, None) => Answer::unknown(Code::CertificateMissing),
    };
    let good = matches!(answer.outcome, Outcome::Pass | Outcome::Note);
    let proven = good.then(|| token.at());
    let answer = authority(answer.with("stamped", token.at()));
    (Stamped { answer, proven }, judged.signer, judged.path)
}

/// What cannot be found out is unknown, what is found to be wrong fails.
const fn weight(fault: TimestampFault) -> Outcome {
    match fault {
        TimestampFault::NoCertificate | TimestampFault::UnsupportedAlgorithm | TimestampFault::UnknownHash => {
            Outcome::Unknown
        }
        _ => Outcome::Fail,
    }
}

/// The worst of the four answers about the authority.
fn worst(path: &PathJudgement) -> Answer {
    let answers = [&path.chain, &path.period, &path.usage, &path.revocation];
    let mut answers = answers.into_iter().map(|answer| match answer {
        // A compromise that matters is a fault of the token, told before; any other end of the certificate came later.
        cert::Answer::NotAsked => Answer::pass(),
        answer => Answer::from(answer.clone()),
    });
    let first = answers.next().expect("there are four");
    answers.fold(first, |worst, answer| if answer.outcome > worst.outcome { answer } else { worst })
}

/// Asks about the time stamp of a seal, which is over the maker's signature value; GM/T 0031-2025 (clause not checked).
pub(super) fn of_seal(verifier: &Verifier, seal: &Seal, now: Instant) -> Option<Stamped> {
    let token = seal.timestamp()?;
    Some(ask(verifier, token, &[seal.signature_value()], now).against(Some(seal.created())))
}

/// Asks everything about a token that stands alone.
pub(super) fn alone(verifier: &Verifier, token: &TimestampToken, imprint: &Imprint, now: Instant) -> TimestampReport {
    let (stamped, signer, path) = judge(verifier, token, imprint, now);
    let mut answers = vec![(Check::Timestamp, stamped.answer)];
    if let Some(path) = path {
        answers.extend([
            (Check::SignerChain, path.chain.into()),
            (Check::SignerPeriod, path.period.into()),
            (Check::SignerUsage, path.usage.into()),
            (Check::SignerRevocation, path.revocation.into()),
        ]);
    }
    let findings = answers.into_iter().map(|(check, answer)| answer.to(check, message_clause(check)));
    TimestampReport { at: now, proven: stamped.proven, signer, findings: findings.collect() }
}

//! The questions about a signed message that stands for itself, outside a document: a signature file.

use crate::cert::Purpose;
use crate::cms::CmsCheck;
use crate::cms::CmsOutcome;
use crate::cms::Content;
use crate::cms::DetachedCheck;
use crate::cms::Dialect;
use crate::cms::MessageSigner;
use crate::cms::SignedMessage;
use crate::seal::ClaimedTime;
use crate::time::Instant;

use super::Check;
use super::Code;
use super::MessageReport;
use super::Requirement;
use super::StampKind;
use super::StampReport;
use super::Verifier;
use super::certificates::since;
use super::clause::message_clause;
use super::finding::Answer;
use super::message_questions::Times;
use super::message_questions::deviations;
use super::message_questions::signer;
use super::message_questions::value;
use super::seal_questions::CLOCK_SKEW;
use super::seal_questions::absent;
use super::signature_questions::summary;
use super::timestamp_questions;

impl Verifier {
    /// Verifies a signed message outside a document (签名文件), as of `now`: every question, for each of its signers. A
    /// content that is elsewhere and was not given leaves the question about it open.
    #[must_use]
    pub fn verify_message(&self, message: &SignedMessage, content: Content<'_>, now: Instant) -> MessageReport {
        self.report(message, message.verify(content, self.known()), now)
    }

    /// Begins to verify a signed message whose content is elsewhere and comes in pieces; of it only hashes are kept.
    #[must_use]
    pub fn verify_detached<'m>(&'m self, message: &'m SignedMessage) -> DetachedVerification<'m> {
        DetachedVerification { verifier: self, message, check: message.check_detached(self.known()) }
    }

    fn report(&self, message: &SignedMessage, checks: Vec<CmsCheck>, now: Instant) -> MessageReport {
        let found = message.signers().iter().zip(&checks);
        MessageReport { at: now, signers: found.map(|(by, check)| ask(self, message, by, check, now)).collect() }
    }
}

/// Takes the content of a signed message piece by piece; see [`Verifier::verify_detached`].
#[derive(Clone, Debug)]
pub struct DetachedVerification<'m> {
    verifier: &'m Verifier,
    message: &'m SignedMessage,
    check: DetachedCheck<'m>,
}

impl DetachedVerification<'_> {
    /// Takes the next piece of the content.
    pub fn update(&mut self, piece: &[u8]) -> &mut Self {
        self.check.update(piece);
        self
    }

    /// Answers every question, as of `now`.
    #[must_use]
    pub fn finish(self, now: Instant) -> MessageReport {
        self.verifier.report(self.message, self.check.finish(), now)
    }
}

/// Asks about one signer of a message.
fn ask(
    verifier: &Verifier,
    message: &SignedMessage,
    by: &MessageSigner,
    check: &CmsCheck,
    now: Instant,
) -> StampReport {
    let claimed = check.signing_time;
    let stamped =
        by.timestamp().map(|token| timestamp_questions::ask(verifier, token, &[by.signature()], now).against(claimed));
    let proven = stamped.as_ref().and_then(|stamped| stamped.proven);
    let used = proven.or(claimed);
    // Without a time of signing there is nothing to look back to: the certificate counts as of the time of verifying.
    let times = Times { used: Some(used.unwrap_or(now)), proven, now };
    let (then, at_now) = signer(verifier, message, check, Purpose::Seal, times);
    let valid_when_stamped = used.and_then(|_| summary(&then.outcomes()));
    let valid_now = summary(&at_now.outcomes());
    let judged = since(then, &at_now);
    let no_content = check.outcome == CmsOutcome::NoContent;
    let mut answers = vec![
        (Check::Format, format(check)),
        (Check::Signature, if no_content { Answer::unknown(Code::DocumentNotGiven) } else { value(check) }),
        (Check::SignerChain, judged.chain),
        (Check::SignerPeriod, judged.period),
        (Check::SignerUsage, judged.usage),
        (Check::SignerRevocation, judged.revocation),
        (Check::DocumentHash, document_hash(check)),
    ];
    match claimed {
        None if proven.is_none() => answers.push((Check::Timestamp, Answer::note(Code::TimeAbsent))),
        Some(at) if now.plus_seconds(CLOCK_SKEW) < at => {
            answers.push((Check::Timestamp, Answer::fail(Code::TimeInFuture).with("claimed", at).with("now", now)));
        }
        _ => {}
    }
    answers.push((
        Check::Timestamp,
        match stamped {
            Some(stamped) => stamped.answer,
            None => absent(verifier, Requirement::Timestamp, Code::TimestampAbsent),
        },
    ));
    answers.extend(deviations(message));
    StampReport {
        kind: StampKind::Signature,
        format: Some(match message.dialect() {
            Dialect::Gbt35275 => "GB/T 35275-2017",
            Dialect::Rfc5652 => "RFC 5652",
        }),
        field: None,
        places: Vec::new(),
        seal: None,
        signer: check.signer.clone(),
        claimed: claimed.map(ClaimedTime::Utc),
        proven,
        findings: answers.into_iter().map(|(check, answer)| answer.to(check, message_clause(check))).collect(),
        valid_when_stamped,
        valid_now,
    }
}

fn format(check: &CmsCheck) -> Answer {
    let answer = match check.outcome {
        CmsOutcome::BadAttributes => {
            let error = check.outcome.code().unwrap_or_default();
            Answer::fail(Code::ContentsMalformed).with("error", error)
        }
        _ => Answer::pass(),
    };
    answer.with("variant", check.variant.word())
}

fn document_hash(check: &CmsCheck) -> Answer {
    match (&check.outcome, check.digest_ok) {
        (CmsOutcome::Valid, _) | (_, Some(true)) => Answer::pass(),
        (_, Some(false)) => Answer::fail(Code::DocumentHashMismatch),
        (CmsOutcome::NoContent, None) => Answer::unknown(Code::DocumentNotGiven),
        (CmsOutcome::Unsupported { oid }, None) => Answer::unknown(Code::AlgorithmUnsupported).with("algorithm", oid),
        // Without attributes the content itself is signed: it is changed, or another key signed it.
        (_, None) => Answer::unknown(Code::NotAskedSignature),
    }
}

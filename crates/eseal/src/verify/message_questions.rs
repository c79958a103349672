//! The questions about a plain digital signature (CMS, GB/T 35275) and a document time stamp in a PDF.

use crate::cert::Cause;
use crate::cert::Purpose;
use crate::cms::CmsCheck;
use crate::cms::CmsOutcome;
use crate::cms::Content;
use crate::cms::Dialect;
use crate::cms::SignatureForm;
use crate::cms::SignedMessage;
use crate::document::pdf::FoundSignature;
use crate::document::pdf::Pdf;
use crate::document::pdf::SignatureKind;
use crate::seal::ClaimedTime;
use crate::time::Instant;
use crate::timestamp::TimestampToken;

use super::Check;
use super::Code;
use super::Outcome;
use super::Requirement;
use super::StampKind;
use super::StampReport;
use super::Verifier;
use super::certificates::Judged;
use super::certificates::since;
use super::clause::message_clause;
use super::finding::Answer;
use super::pdf_questions::unread;
use super::seal_questions::CLOCK_SKEW;
use super::seal_questions::absent;
use super::signature_questions::summary;
use super::timestamp_questions;

/// What is asked about a message; the rest of [`Check::ALL`] is about seals.
pub(super) const CHECKS: &[Check] = &[
    Check::Format,
    Check::Signature,
    Check::SignerChain,
    Check::SignerPeriod,
    Check::SignerUsage,
    Check::SignerRevocation,
    Check::DocumentHash,
    Check::Timestamp,
    Check::Coverage,
    Check::LaterChanges,
];

/// Asks about the message that a signature of a PDF holds.
pub(super) fn ask(
    verifier: &Verifier,
    pdf: &Pdf<'_>,
    signature: &FoundSignature,
    report: &mut StampReport,
    budget: &mut usize,
    now: Instant,
) {
    let is_timestamp = signature.kind == SignatureKind::DocTimestamp;
    report.kind = if is_timestamp { StampKind::Timestamp } else { StampKind::Signature };
    let refuse = |report: &mut StampReport, answer| {
        report.findings = unread(answer, CHECKS, |check, _| message_clause(check));
    };
    let message = match SignedMessage::from_der(&signature.contents) {
        Ok(message) => message,
        Err(error) => {
            let answer = Answer::fail(Code::ContentsMalformed).with("error", error.code());
            return refuse(report, answer.with("what", error));
        }
    };
    report.format = Some(match (is_timestamp, message.dialect()) {
        (true, _) => "RFC 3161",
        (false, Dialect::Gbt35275) => "GB/T 35275-2017",
        (false, Dialect::Rfc5652) => "RFC 5652",
    });
    let covered = signature.covered(pdf);
    // A time stamp is hashed twice: once for each of its two answers about the document.
    let times = if is_timestamp { 2 } else { 1 };
    let work = covered.iter().flatten().map(|piece| piece.len()).sum::<usize>().saturating_mul(times);
    match budget.checked_sub(work) {
        Some(left) => *budget = left,
        None => return refuse(report, Answer::unknown(Code::WorkLimit)),
    }
    let token = match is_timestamp.then(|| TimestampToken::from_der(&signature.contents)).transpose() {
        Ok(token) => token,
        Err(error) => return refuse(report, timestamp_questions::unreadable(&error)),
    };
    let content = match &covered {
        // What a time stamp is over is named inside its content.
        _ if is_timestamp => Content::Attached,
        Some(pieces) => Content::Detached(pieces),
        None => Content::Detached(&[]),
    };
    let mut checks = message.verify(content, verifier.known());
    let check = match checks.len() {
        1 => checks.remove(0),
        0 => return refuse(report, Answer::fail(Code::MessageWithoutSigner)),
        count => return refuse(report, Answer::fail(Code::MessageSeveralSigners).with("signers", count)),
    };
    report.signer = check.signer.clone();
    let claimed = match &token {
        Some(token) => Some(token.at()),
        None => check.signing_time.or_else(|| signature.m.as_deref().and_then(pdf_date)),
    };
    let stamped = match (&covered, message.signers()) {
        (Some(pieces), _) if is_timestamp => Some(timestamp_questions::ask(verifier, &signature.contents, pieces, now)),
        (_, [signer]) => signer
            .timestamp()
            .map(|token| timestamp_questions::ask(verifier, token, &[signer.signature()], now).against(claimed)),
        _ => None,
    };
    let proven = stamped.as_ref().and_then(|stamped| stamped.proven);
    report.proven = proven;
    report.claimed = claimed.map(ClaimedTime::Utc);
    let purpose = if is_timestamp { Purpose::Timestamp } else { Purpose::Seal };
    let times = Times { used: proven.or(claimed), proven, now };
    let (then, at_now) = signer(verifier, &message, &check, purpose, times);
    report.valid_when_stamped = summary(&then.outcomes());
    report.valid_now = summary(&at_now.outcomes());
    let signer = since(then, &at_now);
    let mut answers = vec![
        (Check::Format, Answer::pass().with("variant", check.variant.word())),
        (Check::Signature, value(&check)),
        (Check::SignerChain, signer.chain),
        (Check::SignerPeriod, signer.period),
        (Check::SignerUsage, signer.usage),
        (Check::SignerRevocation, signer.revocation),
        (
            Check::DocumentHash,
            match &token {
                Some(token) => stamped_document(token, covered.as_ref().map(<[_; 2]>::as_slice)),
                None => document_hash(&check, covered.is_some()),
            },
        ),
    ];
    if let Some(at) = claimed
        && now.plus_seconds(CLOCK_SKEW) < at
    {
        answers.push((Check::Timestamp, Answer::fail(Code::TimeInFuture).with("claimed", at).with("now", now)));
    }
    answers.push((
        Check::Timestamp,
        match stamped {
            Some(stamped) => stamped.answer,
            None if is_timestamp => Answer::unknown(Code::DocumentRangeUnclear),
            None => absent(verifier, Requirement::Timestamp, Code::TimestampAbsent),
        },
    ));
    answers.extend(deviations(&message));
    report.findings.extend(answers.into_iter().map(|(check, answer)| answer.to(check, message_clause(check))));
}

/// Notes on where a message leaves its standard.
pub(super) fn deviations(message: &SignedMessage) -> impl Iterator<Item = (Check, Answer)> {
    message.deviations().iter().map(|deviation| (Check::Format, Answer::new(Outcome::Note, deviation.code())))
}

/// The answer about the signature value.
pub(super) fn value(check: &CmsCheck) -> Answer {
    match &check.outcome {
        CmsOutcome::Valid if check.form == Some(SignatureForm::Raw) => Answer::note(Code::SignatureRaw),
        CmsOutcome::Valid => Answer::pass(),
        CmsOutcome::Unsupported { oid } => Answer::unknown(Code::AlgorithmUnsupported).with("algorithm", oid),
        // The signature speaks of another document; what it would be worth over that one was not found out.
        CmsOutcome::DigestMismatch => Answer::unknown(Code::NotAskedDocument),
        CmsOutcome::NoCertificate => Answer::unknown(Code::CertificateMissing),
        CmsOutcome::TooManySigners => Answer::unknown(Code::WorkLimit),
        CmsOutcome::SignatureMismatch => Answer::fail(Code::SignatureMismatch),
        CmsOutcome::MalformedSignature => Answer::fail(Code::SignatureMalformed),
        other => Answer::fail(Code::ContentsMalformed).with("error", other.code().unwrap_or_default()),
    }
}

/// Whether a time stamp is about the document.
fn stamped_document(token: &TimestampToken, covered: Option<&[&[u8]]>) -> Answer {
    let (Some(pieces), Some(hash)) = (covered, token.imprint().algorithm()) else {
        return match covered {
            None => Answer::unknown(Code::DocumentRangeUnclear),
            Some(_) => Answer::unknown(Code::TimestampUnsupported).with("algorithm", token.imprint().algorithm_oid()),
        };
    };
    let mut hasher = hash.hasher();
    pieces.iter().for_each(|piece| {
        hasher.update(piece);
    });
    if hasher.finish() == *token.imprint() { Answer::pass() } else { Answer::fail(Code::DocumentHashMismatch) }
}

fn document_hash(check: &CmsCheck, covered: bool) -> Answer {
    if !covered {
        return Answer::unknown(Code::DocumentRangeUnclear);
    }
    match (&check.outcome, check.digest_ok) {
        (CmsOutcome::Valid, _) | (_, Some(true)) => Answer::pass(),
        (_, Some(false)) => Answer::fail(Code::DocumentHashMismatch),
        (CmsOutcome::Unsupported { oid }, None) => Answer::unknown(Code::AlgorithmUnsupported).with("algorithm", oid),
        // Without attributes the document itself is signed: it is changed, or another key signed it.
        (_, None) => Answer::unknown(Code::NotAskedSignature),
    }
}

/// The times that matter for a signer.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// When it signed, proven or else claimed.
    pub(super) used: Option<Instant>,
    /// By when the signature was there, if that is proven.
    pub(super) proven: Option<Instant>,
    pub(super) now: Instant,
}

/// The signer's certificate as of the proven or claimed time, and as of now.
pub(super) fn signer(
    verifier: &Verifier,
    message: &SignedMessage,
    check: &CmsCheck,
    purpose: Purpose,
    times: Times,
) -> (Judged, Judged) {
    let Some(certificate) = &check.signer else {
        let judged = Judged::all(&Answer::unknown(Code::CertificateMissing));
        return (judged.clone(), judged);
    };
    let judge = |at| {
        let mut judged = verifier.judge_with(certificate, message.certificates(), purpose, at, times.proven);
        // That keyUsage has to be there is the rule for SM2 certificates; RFC 5280, 4.2.1.3 lets others do without.
        if certificate.public_key().is_err() && judged.usage.code == Cause::UsageMissing.code() {
            judged.usage.outcome = Outcome::Note;
        }
        judged
    };
    let at_now = judge(times.now);
    let then = match times.used {
        Some(at) => judge(at),
        None => Judged {
            period: Answer::unknown(Code::TimeUnreadable),
            revocation: Answer::unknown(Code::TimeUnreadable),
            ..at_now.clone()
        },
    };
    (then, at_now)
}

/// A date of a PDF, `D:YYYYMMDDHHmmSS` and an offset; ISO 32000-1, 7.9.4. A date without an offset names no instant.
fn pdf_date(text: &str) -> Option<Instant> {
    let digits = text.strip_prefix("D:").unwrap_or(text);
    let (date, offset) = (digits.get(..14)?, digits.get(14..)?);
    if !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let offset = match offset.trim_end_matches('\'') {
        "Z" | "Z00'00" => "Z".to_owned(),
        other => {
            let (hours, minutes) = (other.get(..3)?, other.get(3..)?.trim_start_matches('\''));
            format!("{hours}:{}", if minutes.is_empty() { "00" } else { minutes })
        }
    };
    let part = |range: std::ops::Range<usize>| &date[range];
    let (year, month, day) = (part(0..4), part(4..6), part(6..8));
    let (hour, minute, second) = (part(8..10), part(10..12), part(12..14));
    Instant::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{offset}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_date_with_an_offset_is_an_instant() {
        let at = Instant::utc(2026, 11, 24, 6, 47, 12).unwrap();
        for text in ["D:20261124144712+08'00'", "D:20261124144712+08'00", "D:20261124064712Z", "20261124064712Z00'00'"]
        {
            assert_eq!(pdf_date(text), Some(at), "{text}");
        }
        for text in ["D:20261124144712", "D:2026", "", "D:2026112414471x+08'00'", "D:20261324144712Z", "D:日期"] {
            assert_eq!(pdf_date(text), None, "{text}");
        }
    }
}

//! The questions that a PDF adds: what is signed, what came later, what is shown; ISO 32000-1, 12.8.

use std::ops::Range;

use crate::document::pdf::Change;
use crate::document::pdf::ChangeClass;
use crate::document::pdf::Coverage;
use crate::document::pdf::Fault;
use crate::document::pdf::FaultKind;
use crate::document::pdf::FoundSignature;
use crate::document::pdf::ObjectId;
use crate::document::pdf::Pdf;
use crate::document::pdf::SignatureKind;
use crate::document::pdf::later_changes;
use crate::seal::SealSignature;
use crate::seal::SealVersion;
use crate::seal::Shape;
use crate::seal::what_is;
use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::AllowLater;
use super::Check;
use super::Code;
use super::Finding;
use super::Outcome;
use super::Report;
use super::ShownAt;
use super::StampKind;
use super::StampReport;
use super::Verifier;
use super::VerifyError;
use super::clause::clause;
use super::clause::message_clause;
use super::finding::Answer;
use super::message_questions;
use super::picture_questions;
use super::signature_questions;
use super::signature_questions::DocumentHash;
use super::signature_questions::summary;

/// How often plain signatures may have the file hashed: each is over what it covers, with an algorithm of its own.
const MESSAGE_BUDGET: usize = 64;

/// Asks about everything that is signed in the file.
pub(super) fn ask(verifier: &Verifier, pdf: &Pdf<'_>, now: Instant) -> Result<Report, VerifyError> {
    let signatures = pdf.signatures()?;
    let (hashes, sm3) = hash_all(pdf.bytes(), signatures);
    let mut budget = pdf.bytes().len().saturating_mul(MESSAGE_BUDGET);
    let mut later_changes = ChangeClass::None;
    let mut stamps = Vec::with_capacity(signatures.len());
    for (signature, hash) in signatures.iter().zip(hashes) {
        let later = later(verifier, pdf, signature, &mut later_changes);
        stamps.push(stamp(verifier, pdf, signature, hash, later, &mut budget, now));
    }
    stamps.extend(pdf.orphans()?.iter().map(|orphan| orphan_report(Some(orphan.id), orphan.offset)));
    stamps.extend(stranded(pdf).map(|offset| orphan_report(None, offset)));
    Ok(Report { at: now, sm3, stamps, later_changes, uncovered: uncovered(pdf.bytes().len(), signatures) })
}

/// Hashes what each signature covers, and the whole file, in one pass: signatures that were added one after another
/// share what lies before the first of them, and what each covers after its hole is its own. Where that is not so (the
/// ranges cross, which is a fault), the rest is not hashed: a file could otherwise demand work without bound.
fn hash_all(bytes: &[u8], signatures: &[FoundSignature]) -> (Vec<Option<Sm3Digest>>, Sm3Digest) {
    let ranges = |signature: &FoundSignature| -> Option<(usize, Range<usize>)> {
        let [_, hole, from, length] = signature.byte_range?;
        let end = from.checked_add(length)?;
        Some((usize::try_from(hole).ok()?, usize::try_from(from).ok()?..usize::try_from(end).ok()?))
    };
    let mut order: Vec<_> = signatures.iter().enumerate().filter_map(|(at, one)| Some((at, ranges(one)?))).collect();
    order.sort_by_key(|(_, (hole, _))| *hole);
    let mut hashes = vec![None; signatures.len()];
    let mut running = Sm3::new();
    let mut done = 0;
    let mut budget = bytes.len();
    for (at, (hole, rest)) in order {
        let (Some(before), Some(after)) = (bytes.get(done..hole), bytes.get(rest)) else { continue };
        running.update(before);
        done = hole;
        let Some(left) = budget.checked_sub(after.len()) else { continue };
        budget = left;
        let mut covered = running.clone();
        covered.update(after);
        hashes[at] = Some(covered.finish());
    }
    running.update(&bytes[done..]);
    (hashes, running.finish())
}

/// What lies outside all signed ranges, apart from the holes of the signatures themselves.
fn uncovered(length: usize, signatures: &[FoundSignature]) -> Vec<Range<u64>> {
    if signatures.is_empty() {
        return Vec::new();
    }
    // A signature accounts for all bytes up to the end of what it covers: its hole holds nothing but itself, or the
    // range is at fault and the signature invalid.
    let covered =
        signatures.iter().filter_map(|one| one.byte_range).filter_map(|[_, _, from, length]| from.checked_add(length));
    let end = covered.max().unwrap_or(0);
    let length = length as u64;
    if end < length { std::iter::once(end..length).collect() } else { Vec::new() }
}

fn stamp(
    verifier: &Verifier,
    pdf: &Pdf<'_>,
    signature: &FoundSignature,
    hash: Option<Sm3Digest>,
    later: Answer,
    budget: &mut usize,
    now: Instant,
) -> StampReport {
    let mut report = StampReport {
        kind: StampKind::Signature,
        format: None,
        field: Some(signature.field_name.clone()),
        places: places(signature),
        seal: None,
        signer: None,
        claimed: None,
        findings: Vec::new(),
        proven: None,
        valid_when_stamped: None,
        valid_now: None,
    };
    let document = hash.map_or(DocumentHash::Unclear, DocumentHash::Known);
    let clause_of: fn(Check, SealVersion) -> &'static str;
    let mut version = SealVersion::V4;
    match what_is(&signature.contents) {
        Shape::SealSignature(_) if signature.kind == SignatureKind::Signature => {
            report.kind = StampKind::Seal;
            clause_of = |check, version| clause(check, version, false);
            match SealSignature::from_bytes(&signature.contents) {
                Ok(read) => {
                    version = read.version();
                    let asked = signature_questions::ask(verifier, &read, document, now);
                    report.format = Some(version.standard());
                    report.seal = Some(read.seal().clone());
                    report.signer = read.signer().ok().cloned();
                    report.claimed = Some(read.claimed_time().clone());
                    report.proven = asked.proven;
                    report.valid_when_stamped = summary(&asked.then);
                    report.valid_now = summary(&asked.now);
                    report.findings = asked.findings;
                }
                Err(error) => {
                    let format = Answer::fail(Code::ContentsMalformed).with("error", error.code());
                    report.findings = unread(format.with("what", error), Check::ALL, clause_of);
                }
            }
        }
        Shape::Cms => {
            clause_of = |check, _| message_clause(check);
            message_questions::ask(verifier, pdf, signature, &mut report, budget, now);
        }
        other => {
            clause_of = |check, _| message_clause(check);
            let code = match other {
                Shape::BareSignature => Code::ContentsBare,
                Shape::Seal(_) => Code::ContentsSealOnly,
                _ => Code::ContentsUnknown,
            };
            report.findings = unread(Answer::fail(code), message_questions::CHECKS, clause_of);
        }
    }
    let mut add = |check, answer: Answer| report.findings.push(answer.to(check, clause_of(check, version)));
    for answer in form(signature, report.kind) {
        add(Check::Format, answer);
    }
    for answer in coverage(pdf, signature) {
        add(Check::Coverage, answer);
    }
    add(Check::LaterChanges, later);
    if let Some(seal) = &report.seal {
        for answer in picture_questions::ask(verifier, pdf, signature, seal) {
            report.findings.push(answer.to(Check::PictureShown, clause(Check::PictureShown, version, false)));
        }
    }
    report.findings.sort_by_key(|finding| finding.check);
    report
}

/// The answers about data that cannot be read: it has failed, and what depends on it could not be asked.
pub(super) fn unread(
    format: Answer,
    checks: &[Check],
    clause_of: fn(Check, SealVersion) -> &'static str,
) -> Vec<Finding> {
    let later = [Check::Format, Check::Coverage, Check::LaterChanges];
    let rest = checks.iter().filter(|check| !later.contains(check));
    let mut findings = vec![format.to(Check::Format, clause_of(Check::Format, SealVersion::V4))];
    findings
        .extend(rest.map(|check| Answer::unknown(Code::NotAskedFormat).to(*check, clause_of(*check, SealVersion::V4))));
    findings
}

fn places(signature: &FoundSignature) -> Vec<ShownAt> {
    let visible = signature.widgets.iter().filter(|widget| widget.is_visible());
    visible.filter_map(|widget| Some(ShownAt { page: widget.page?, rect_mm: widget.rect_mm? })).collect()
}

/// Where a signature dictionary stands after the last revision that can be read: a damaged end of the file has cut it
/// off, and without this the file would pass for one that was never stamped.
fn stranded(pdf: &Pdf<'_>) -> Option<usize> {
    let end = usize::try_from(pdf.revisions().last()?.end()).ok()?;
    memchr::memmem::find(pdf.bytes().get(end..)?, b"/ByteRange").map(|at| end + at)
}

/// A signature that no field holds: a reader shows nothing of it, so nobody may rely on it.
fn orphan_report(object: Option<ObjectId>, offset: usize) -> StampReport {
    let mut findings =
        unread(Answer::unknown(Code::NotAskedFormat), message_questions::CHECKS, |check, _| message_clause(check));
    findings.push(
        match object {
            Some(id) => Answer::fail(Code::OrphanSignature).with("object", id),
            None => Answer::fail(Code::OrphanSignature),
        }
        .with("offset", offset)
        .to(Check::Coverage, message_clause(Check::Coverage)),
    );
    findings.sort_by_key(|finding| finding.check);
    StampReport {
        kind: StampKind::Signature,
        format: None,
        field: None,
        places: Vec::new(),
        seal: None,
        signer: None,
        claimed: None,
        findings,
        proven: None,
        valid_when_stamped: None,
        valid_now: None,
    }
}

/// Sub-filters whose names say that a seal signature, or a message, is inside.
const SEAL_FILTERS: [&str; 1] = ["GM.sm2seal"];
const MESSAGE_FILTERS: [&str; 5] =
    ["GM.sm2cms.detached", "adbe.pkcs7.detached", "adbe.pkcs7.sha1", "ETSI.CAdES.detached", "ETSI.RFC3161"];

/// What is to say about the signature dictionary.
fn form(signature: &FoundSignature, kind: StampKind) -> Vec<Answer> {
    let mut answers: Vec<_> =
        signature.faults.iter().filter(|fault| !concerns_coverage(fault.kind)).map(failed).collect();
    if let Some(name) = &signature.sub_filter {
        let is = |names: &[&str]| names.contains(&name.as_str());
        let mismatch = match kind {
            StampKind::Seal => is(&MESSAGE_FILTERS),
            StampKind::Signature | StampKind::Timestamp => is(&SEAL_FILTERS),
        };
        if mismatch {
            answers.push(Answer::note(Code::SubFilterMismatch).with("sub_filter", name));
        }
    }
    answers
}

const fn concerns_coverage(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::ByteRangeMalformed
            | FaultKind::ByteRangeHole
            | FaultKind::ByteRangesCross
            | FaultKind::SignatureRedefined
            | FaultKind::SignatureShared
            | FaultKind::SignatureCompressed
            | FaultKind::CertificationNotFirst
            | FaultKind::PermissionsDisagree
    )
}

fn failed(fault: &Fault) -> Answer {
    with_place(Answer::new(Outcome::Fail, fault.code()), fault)
}

fn with_place(answer: Answer, fault: &Fault) -> Answer {
    let answer = match fault.object {
        Some(id) => answer.with("object", id),
        None => answer,
    };
    match fault.offset {
        Some(offset) => answer.with("offset", offset),
        None => answer,
    }
}

/// Faults that make two readers see two documents: no signature over such a file means anything.
const fn is_ambiguous(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::DuplicateKey | FaultKind::HybridDisagrees | FaultKind::ListedTwice)
}

/// Whether the signature covers what it has to, and every later byte belongs to a revision that lists it.
fn coverage(pdf: &Pdf<'_>, signature: &FoundSignature) -> Vec<Answer> {
    let end = signature.byte_range.and_then(|[_, _, from, length]| from.checked_add(length));
    let mut answers: Vec<_> =
        signature.faults.iter().filter(|fault| concerns_coverage(fault.kind)).map(failed).collect();
    let mut notes = Vec::new();
    for fault in pdf.faults() {
        // What was wrong already when it was signed is the signer's affair, as long as it has one meaning.
        let signed = match (fault.offset, end) {
            (Some(offset), Some(end)) => (offset as u64) < end,
            _ => false,
        };
        if signed && !is_ambiguous(fault.kind) {
            notes.push(with_place(Answer::new(Outcome::Note, fault.code()), fault));
        } else {
            answers.push(failed(fault));
        }
    }
    match signature.coverage {
        Coverage::Less => answers.insert(0, Answer::fail(Code::CoversLess)),
        _ if !answers.is_empty() => {}
        Coverage::WholeFile => answers.push(Answer::pass()),
        Coverage::Revision(_) => {
            answers.push(Answer { code: Code::CoversRevision.code(), ..Answer::pass() }.with("end", end.unwrap_or(0)));
        }
    }
    answers.extend(notes);
    answers
}

/// The most changes that one answer names; the class of all of them counts.
const MOST_CHANGES: usize = 16;

/// Whether what came after a signature is allowed; the gravest class of the file is kept.
fn later(verifier: &Verifier, pdf: &Pdf<'_>, signature: &FoundSignature, gravest: &mut ChangeClass) -> Answer {
    let changes = match later_changes(pdf, signature) {
        Ok(changes) => changes,
        Err(error) => {
            *gravest = ChangeClass::Other;
            return Answer::fail(Code::LaterUnreadable).with("error", error.code());
        }
    };
    *gravest = (*gravest).max(changes.class);
    let allowed = verifier.the_policy().allow_later;
    let if_allowed = |needed: AllowLater, code| {
        if allowed >= needed { Answer::note(code) } else { Answer::unknown(code) }
    };
    let answer = match changes.class {
        ChangeClass::None => return Answer::pass(),
        ChangeClass::Stamps => Answer { code: Code::LaterStamps.code(), ..Answer::pass() },
        ChangeClass::Timestamps => Answer { code: Code::LaterTimestamps.code(), ..Answer::pass() },
        ChangeClass::Forms => if_allowed(AllowLater::Forms, Code::LaterForms),
        ChangeClass::Annotations => if_allowed(AllowLater::Annotations, Code::LaterAnnotations),
        ChangeClass::Other => Answer::fail(Code::LaterOther),
    };
    let named = changes.items.iter().filter(|change| change.what.class() == changes.class).take(MOST_CHANGES);
    named.fold(answer, |answer, change| answer.with("change", describe(change)))
}

/// What was changed, and where: a code, an object, a word of the file.
fn describe(change: &Change) -> String {
    let mut text = change.what.code().to_owned();
    if let Some(object) = change.object {
        text.push_str(&format!(" {object}"));
    }
    if !change.detail.is_empty() {
        text.push_str(&format!(" {}", change.detail));
    }
    text
}

//! Judging files with the library's verifier, and telling what came out: as JSON by cli.md, 6 and as lines for people.

use std::path::Path;

use eseal::cert::Certificate;
use eseal::cms::{CmsDeviation, Content, MessageKind, SignedMessage};
use eseal::document::pdf::Pdf;
use eseal::seal::{Seal, SealSignature, Shape, Size, what_is};
use eseal::time::Instant;
use eseal::timestamp::TimestampToken;
use eseal::verify::{
    ChangeClass, Finding, MessageReport, Outcome as Answer, Policy, Report, SealReport, ShownAt, StampKind,
    StampReport, Verdict, Verifier,
};
use serde_json::{Map, Value as Json, json};

use crate::args::RevocationArgs;
use crate::context::{Context, Known, stream};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::output::{Colour, local_time};

/// What was judged, with what was found.
pub(crate) enum Judged {
    /// A document.
    Document(Report),
    /// A seal signature outside a document.
    Signature(Box<StampReport>),
    /// A signed message outside a document: a signature file.
    Message(MessageReport),
    /// A seal alone.
    Seal(Box<Seal>, SealReport),
}

impl Judged {
    /// The verdict over the file.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::Document(report) => report.verdict(),
            Self::Signature(report) => report.verdict(),
            Self::Message(report) => report.verdict(),
            Self::Seal(_, report) => report.verdict(),
        }
    }

    /// The stamps of the file.
    pub(crate) fn stamps(&self) -> &[StampReport] {
        match self {
            Self::Document(report) => report.stamps(),
            Self::Signature(report) => std::slice::from_ref(report),
            Self::Message(report) => report.signers(),
            Self::Seal(..) => &[],
        }
    }

    /// Every answer to every question.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        let alone = match self {
            Self::Seal(_, report) => report.findings(),
            _ => &[],
        };
        self.stamps().iter().flat_map(StampReport::findings).chain(alone)
    }

    const fn media(&self) -> &'static str {
        match self {
            Self::Document(_) => "application/pdf",
            Self::Signature(_) => "application/vnd.eseal.seal-signature",
            Self::Message(_) => "application/pkcs7-signature",
            Self::Seal(..) => "application/vnd.eseal.seal",
        }
    }
}

/// A verifier by the flags of the command line.
pub(crate) fn verifier(context: &Context, args: &RevocationArgs, policy: Policy) -> Outcome<Verifier> {
    verifier_of(context, &context.trust()?, args, policy)
}

/// A verifier with this trust.
pub(crate) fn verifier_of(
    context: &Context,
    known: &Known,
    args: &RevocationArgs,
    policy: Policy,
) -> Outcome<Verifier> {
    let lists = context.revocation_lists(&args.crl)?;
    Ok(Verifier::new(&known.anchors)
        .intermediates(&known.intermediates)
        .revocation(&lists)
        .ocsp(&context.ocsp_responses(&args.ocsp)?)
        .algorithms(args.algorithm_policy())
        .policy(Policy { revocation: args.revocation_policy(), ..policy }))
}

/// Judges the bytes of a file, whatever it is.
pub(crate) fn judge(verifier: &Verifier, bytes: &[u8], at: Instant) -> Outcome<Judged> {
    // Everything that is no PDF is judged by its shape; a damaged PDF is still told as one.
    if bytes.windows(5).take(1024).any(|window| window == b"%PDF-") {
        // An encrypted file is refused for stamping; here it is input that cannot be read.
        let pdf = Pdf::parse(bytes).map_err(|error| Failure::from(error).unreadable())?;
        return Ok(Judged::Document(verifier.verify(&pdf, at)?));
    }
    if MessageKind::of(bytes).is_some() {
        let message = signature_file(bytes)?;
        return Ok(Judged::Message(verifier.verify_message(&message, Content::Attached, at)));
    }
    match what_is(bytes) {
        Shape::Seal(_) => {
            let seal = Seal::from_bytes(bytes)?;
            let report = verifier.verify_seal(&seal, at);
            Ok(Judged::Seal(Box::new(seal), report))
        }
        Shape::SealSignature(_) => {
            let signature = SealSignature::from_bytes(bytes)?;
            Ok(Judged::Signature(Box::new(verifier.verify_seal_signature(&signature, None, at))))
        }
        _ if bytes.starts_with(b"PK\x03\x04") => Err(Failure::new("media-ofd")),
        _ => Err(Failure::new("media-unknown")),
    }
}

/// Judges a signature file over the file that was signed, which is read piece by piece.
pub(crate) fn judge_over(verifier: &Verifier, bytes: &[u8], content: &Path, at: Instant) -> Outcome<Judged> {
    if MessageKind::of(bytes).is_none() {
        return Err(Failure::new("media-no-message"));
    }
    let message = signature_file(bytes)?;
    let mut verification = verifier.verify_detached(&message);
    stream(content, |piece| {
        verification.update(piece);
    })?;
    Ok(Judged::Message(verification.finish(at)))
}

/// A signed message that is no time stamp: those are signatures over a hash and a time, and have a command of their own.
fn signature_file(bytes: &[u8]) -> Outcome<SignedMessage> {
    let message = SignedMessage::from_bytes(bytes)?;
    match TimestampToken::from_der(message.as_der()) {
        Ok(_) => Err(Failure::new("media-timestamp")),
        Err(_) => Ok(message),
    }
}

/// The exit that a verdict stands for.
pub(crate) const fn exit_of(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Valid => Exit::Done,
        Verdict::Invalid => Exit::Invalid,
        Verdict::Indeterminate => Exit::Indeterminate,
        Verdict::NotStamped => Exit::NotStamped,
    }
}

/// The object of one file.
pub(crate) fn file_json(path: &str, bytes: &[u8], judged: &Judged) -> Json {
    let sm3 = eseal::sm::sm3(bytes).to_string();
    let mut file = json!({
        "path": path,
        "media": judged.media(),
        "sm3": sm3,
        "verdict": judged.verdict().word(),
    });
    if let Judged::Document(report) = judged {
        file["later_changes"] = json!(report.later_changes.code());
        file["uncovered"] = report.uncovered.iter().map(|range| json!([range.start, range.end])).collect();
    }
    match judged {
        Judged::Seal(seal, report) => {
            file["seal"] = seal_json(seal);
            file["findings"] = report.findings().iter().map(finding_json).collect();
        }
        _ => file["stamps"] = judged.stamps().iter().map(stamp_json).collect(),
    }
    file
}

fn stamp_json(stamp: &StampReport) -> Json {
    json!({
        "verdict": stamp.verdict().word(),
        "kind": stamp.kind.word(),
        "format": stamp.format,
        "field": stamp.field,
        "places": places_json(&stamp.places),
        "seal": stamp.seal.as_ref().map(seal_json),
        "signer": stamp.signer.as_ref().map(signer_json),
        "time": {
            "claimed": stamp.claimed_time().map(Instant::to_rfc3339),
            "proven": stamp.proven_time().map(Instant::to_rfc3339),
        },
        "valid_when_stamped": stamp.valid_when_stamped,
        "valid_now": stamp.valid_now,
        "findings": stamp.findings().iter().map(finding_json).collect::<Vec<_>>(),
    })
}

/// Places as JSON: pages count from 1, millimetres from the top-left corner as seen, to a thousandth.
pub(crate) fn places_json(places: &[ShownAt]) -> Json {
    let rounded = |side: f64| (side * 1000.0).round() / 1000.0;
    places.iter().map(|place| json!({"page": place.page, "rect_mm": place.rect_mm.map(rounded)})).collect()
}

fn seal_json(seal: &Seal) -> Json {
    json!({
        "id": seal.id(),
        "name": seal.name(),
        "type": seal.kind().number(),
        "maker": seal.maker().ok().map(|maker| maker.subject().to_string()),
        "valid_from": seal.validity().from().to_rfc3339(),
        "valid_to": seal.validity().to().to_rfc3339(),
        "size_mm": seal.picture().size().map(|size: Size| [size.width_mm(), size.height_mm()]),
    })
}

/// Whose certificate, as JSON.
pub(crate) fn signer_json(signer: &Certificate) -> Json {
    json!({
        "subject": signer.subject().to_string(),
        "serial": signer.serial().to_string(),
        "issuer": signer.issuer().to_string(),
    })
}

/// One answer as JSON.
pub(crate) fn finding_json(finding: &Finding) -> Json {
    let detail: Map<String, Json> =
        finding.detail.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "check": finding.check.word(),
        "outcome": finding.outcome.word(),
        "clause": finding.clause,
        "code": finding.code,
        "detail": detail,
    })
}

/// The lines of one file.
pub(crate) fn file_text(context: &Context, path: &str, judged: &Judged) -> String {
    let lang = context.messages.lang();
    let verdict = judged.verdict();
    let mut head = format!("{}   {}", one_line(path), painted_verdict(context, verdict));
    if let Judged::Document(report) = judged {
        let count = i64::try_from(report.stamps().len()).unwrap_or(i64::MAX);
        head.push_str(&format!("   {}", context.text("text-stamps", &[("count", count.into())])));
        if report.later_changes != ChangeClass::None {
            let later = report.later_changes.label(lang);
            head.push_str(&format!("   {}", context.text("text-later", &[("changes", later.into())])));
        }
    }
    head.push('\n');
    match judged {
        Judged::Seal(seal, report) => {
            head.push_str(&format!("    {}\n", seal_line(seal)));
            head.push_str(&findings_text(context, report.findings()));
        }
        _ => {
            for (index, stamp) in judged.stamps().iter().enumerate() {
                head.push_str(&stamp_text(context, index + 1, stamp));
            }
        }
    }
    head
}

/// A verdict with its mark, in its colour.
pub(crate) fn painted_verdict(context: &Context, verdict: Verdict) -> String {
    let (mark, colour) = match verdict {
        Verdict::Valid => ("✓", Colour::Good),
        Verdict::Invalid => ("✗", Colour::Bad),
        Verdict::Indeterminate => ("?", Colour::Doubt),
        Verdict::NotStamped => ("–", Colour::Dim),
    };
    context.output.paint(colour, &format!("{mark} {}", verdict.label(context.messages.lang())))
}

fn seal_line(seal: &Seal) -> String {
    one_line(&format!("{} ({})", seal.name(), seal.id()))
}

fn stamp_text(context: &Context, number: usize, stamp: &StampReport) -> String {
    let lang = context.messages.lang();
    let name = stamp.seal.as_ref().map_or_else(|| stamp.kind.label(lang).to_owned(), seal_line);
    let mut text = format!("{number:>2}  {name}   {}\n", painted_verdict(context, stamp.verdict()));
    if let Some(signer) = &stamp.signer {
        let signer = one_line(&signer.subject().to_string());
        text.push_str(&format!("    {}\n", context.text("text-signed-by", &[("subject", signer.into())])));
    }
    let mut facts = Vec::new();
    if let Some(at) = stamp.claimed_time() {
        facts.push(context.text("text-claimed", &[("at", local_time(at).into())]));
    }
    facts.extend(places_text(context, &stamp.places));
    let then = if stamp.kind == StampKind::Seal { "when-stamped" } else { "when-signed" };
    for (id, answer) in [(then, stamp.valid_when_stamped), ("now", stamp.valid_now)] {
        // Certificates and seal in force are no comfort when something else is wrong.
        let word = match answer {
            Some(true) if stamp.verdict() == Verdict::Valid => "yes",
            Some(false) => "no",
            None if stamp.verdict() == Verdict::Indeterminate => "open",
            _ => continue,
        };
        facts.push(context.text(&format!("text-{id}-{word}"), &[]));
    }
    text.push_str(&format!("    {}\n", facts.join(" · ")));
    text.push_str(&findings_text(context, stamp.findings()));
    text
}

fn places_text(context: &Context, places: &[ShownAt]) -> Option<String> {
    let first = places.first()?;
    let [x, y, width, height] = first.rect_mm;
    let page = i64::try_from(first.page).unwrap_or(i64::MAX);
    let values = [
        ("page", page.into()),
        ("x", format!("{:.1}", x + width / 2.0).into()),
        ("y", format!("{:.1}", y + height / 2.0).into()),
        ("more", i64::try_from(places.len() - 1).unwrap_or(i64::MAX).into()),
    ];
    Some(context.text(if places.len() > 1 { "text-places" } else { "text-place" }, &values))
}

/// What did not pass, each with its cause and next step once; with `--verbose` every answer.
pub(crate) fn findings_text(context: &Context, findings: &[Finding]) -> String {
    let verbose = context.output.verbose;
    let mut told = Vec::new();
    let mut text = String::new();
    for finding in findings {
        let open = matches!(finding.outcome, Answer::Fail | Answer::Unknown);
        if open || verbose {
            text.push_str(&finding_line(context, finding));
        }
        if open && !told.contains(&finding.code) {
            told.push(finding.code);
            text.push_str(&advice(context, finding.code));
        }
    }
    text
}

/// Why something is so, and what to do next, as far as there is something to say.
pub(crate) fn advice(context: &Context, code: &str) -> String {
    let mut text = String::new();
    for (part, label) in [("cause", "text-explain-cause"), ("hint", "text-explain-next")] {
        if let Some(more) = context.messages.find(&format!("{part}-{}", topic(code)), &[]) {
            text.push_str(&format!("      {}\n", context.text(label, &[("text", more.into())])));
        }
    }
    text
}

fn finding_line(context: &Context, finding: &Finding) -> String {
    let lang = context.messages.lang();
    let mut line = answer_line(context, finding.outcome, finding.check.label(lang), finding.reason(lang), finding.code);
    line.push_str(&detail_text(&finding.detail));
    if context.output.verbose {
        line.push_str(&context.output.paint(Colour::Dim, &format!(" {}", finding.clause)));
    }
    format!("{}\n", one_line_painted(&line))
}

/// A question with its answer, marked and coloured; without the end of the line.
pub(crate) fn answer_line(
    context: &Context,
    outcome: Answer,
    question: &'static str,
    reason: &'static str,
    code: &'static str,
) -> String {
    let (mark, colour) = match outcome {
        Answer::Pass => ("✓", Colour::Good),
        Answer::Fail => ("✗", Colour::Bad),
        Answer::Unknown => ("?", Colour::Doubt),
        Answer::Note => ("i", Colour::Dim),
    };
    let values = [("check", question.into()), ("reason", reason.into()), ("code", code.into())];
    format!("    {} {}", context.output.paint(colour, mark), context.text("text-finding", &values))
}

/// The facts behind an answer in brackets, if there are any.
pub(crate) fn detail_text(detail: &[(&'static str, String)]) -> String {
    let facts: Vec<_> = detail.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) }
}

/// The code under which causes and next steps stand: many faults of files and many deviations of seals share theirs.
pub(crate) fn topic(code: &str) -> &str {
    use eseal::document::pdf::FaultKind;
    use eseal::seal::DeviationKind;
    if FaultKind::ALL.iter().any(|kind| kind.code() == code) {
        "pdf-fault"
    } else if DeviationKind::ALL.iter().any(|kind| kind.code() == code) {
        "seal-deviation"
    } else if CmsDeviation::ALL.iter().any(|kind| kind.code() == code) {
        "cms-deviation"
    } else {
        code
    }
}

/// One line without controls, except the escapes that this program put there for colour.
pub(crate) fn one_line_painted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\u{1b}' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use eseal::Lang;

    use super::*;
    use crate::messages::Messages;

    #[test]
    fn every_code_of_every_finding_has_a_cause_and_a_next_step_in_both_languages() {
        let mut missing = Vec::new();
        for lang in [Lang::En, Lang::ZhCn] {
            let messages = Messages::new(lang);
            for code in eseal::verify::codes() {
                for part in ["cause", "hint"] {
                    let id = format!("{part}-{}", topic(code));
                    missing.extend((!messages.has(&id)).then_some(id));
                }
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn no_cause_and_no_next_step_speaks_of_a_code_that_is_gone() {
        let messages = Messages::new(Lang::En);
        let codes = eseal::verify::codes();
        let known = |code: &str| messages.has(&format!("err-{code}")) || codes.iter().any(|known| topic(known) == code);
        for id in crate::messages::tests::ids(include_str!("../i18n/en-US/eseal.ftl")).keys() {
            if let Some(code) = id.strip_prefix("cause-").or_else(|| id.strip_prefix("hint-")) {
                assert!(known(code), "{id}");
            }
        }
    }

    #[test]
    fn every_verdict_has_its_exit() {
        let exits = Verdict::ALL.iter().map(|verdict| exit_of(*verdict).code()).collect::<Vec<_>>();
        assert_eq!(exits, [4, 0, 3, 1]);
    }
}

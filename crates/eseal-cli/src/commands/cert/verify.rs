//! `eseal cert verify FILE...`: whether certificates lead to trust, were in their period, may be used so, and were not revoked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ArgAction;
use clap::builder::PossibleValuesParser;
use eseal::cert::{Answer, Certificate, CertificateResponse, PathJudgement, PathValidator, Purpose, Question};
use eseal::lang::Lang;
use eseal::time::Instant;
use eseal::verify::{Code, Outcome as Told, Verdict};
use serde_json::{Map, Value as Json, json};

use crate::args::{AtArgs, RevocationArgs};
use crate::context::{Context, Known, SMALL};
use crate::exit::Exit;
use crate::failure::{Outcome, one_line};
use crate::judge;
use crate::messages::Messages;
use crate::output::{Shape, to_stderr};

/// The word of this command's JSON.
const SCHEMA: &str = "eseal.cert-verify/1";

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "PURPOSE", value_parser = purposes())]
    purpose: Option<String>,
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    intermediate: Vec<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
}

fn purposes() -> PossibleValuesParser {
    PossibleValuesParser::new(Purpose::ALL.iter().map(|purpose| purpose.word()))
}

/// A certificate with what was found about it.
struct Judged {
    certificate: Certificate,
    purpose: Purpose,
    judgement: PathJudgement,
}

pub(crate) fn run(context: &Context, args: &VerifyArgs) -> Outcome {
    let at = context.at(&args.at);
    let purpose = args.purpose.as_ref().and_then(|word| Purpose::ALL.iter().find(|purpose| purpose.word() == word));
    let validator = validator(context, &args.intermediate, &args.revocation)?;
    let mut tally = Tally::default();
    let mut objects = Vec::new();
    for path in &args.files {
        match judge_file(context, &validator, path, purpose.copied(), at) {
            Ok(judged) => {
                for one in &judged {
                    tally.count(one.verdict());
                    objects.push(one.json(path));
                    tell(context, at, objects.last(), || one.text(context, path))?;
                }
            }
            Err(failure) => {
                let failure = failure.at(path);
                tally.fail(failure.exit());
                to_stderr(&failure.lines(&context.messages));
                let error = failure.json(&Messages::new(Lang::En));
                objects.push(json!({"path": path.to_string_lossy(), "verdict": null, "error": error}));
                tell(context, at, objects.last(), String::new)?;
            }
        }
    }
    let verdict = tally.worst.map(Verdict::word);
    let at = at.to_rfc3339();
    match context.output.shape {
        Shape::Json => {
            context.output.json(&json!({"schema": SCHEMA, "verdict": verdict, "at": at, "certificates": objects}))?
        }
        Shape::JsonLines => context.output.json(&json!({
            "schema": SCHEMA,
            "kind": "summary",
            "verdict": verdict,
            "at": at,
            "certificates": objects.len(),
            "counts": tally.counts,
            "exit": tally.exit.code(),
        }))?,
        Shape::Text => {}
    }
    Ok(tally.exit)
}

/// What certificates are judged by: the trust of this run, what may stand between, and what is known of revocation.
pub(crate) fn validator(
    context: &Context,
    intermediate: &[PathBuf],
    revocation: &RevocationArgs,
) -> Outcome<PathValidator> {
    let known = context.trust()?;
    // What stands between is never trusted by itself, self-signed or not.
    let between = Known::read(intermediate)?;
    Ok(PathValidator::new(&known.anchors)
        .intermediates(&known.intermediates)
        .intermediates(between.anchors.anchors())
        .intermediates(&between.intermediates)
        .revocation(&context.revocation_lists(&revocation.crl)?)
        .ocsp(&context.ocsp_responses(&revocation.ocsp)?)
        .algorithms(revocation.algorithm_policy())
        .policy(revocation.revocation_policy()))
}

/// Judges the holder's certificate of a file and, where a pair came, its encryption certificate. The other certificates
/// of the file may stand between these and the anchor.
fn judge_file(
    context: &Context,
    validator: &PathValidator,
    path: &Path,
    purpose: Option<Purpose>,
    at: Instant,
) -> Outcome<Vec<Judged>> {
    let response = CertificateResponse::from_bytes(&context.read(path, SMALL)?)?;
    let leaves = response.signing().first().into_iter().chain(response.encryption().first());
    let others: Vec<_> = response.signing().iter().chain(response.encryption()).skip(1).cloned().collect();
    let judged = leaves.map(|certificate| {
        let purpose = purpose.unwrap_or_else(|| Purpose::of(certificate));
        let judgement = validator.judge_with(certificate, &others, purpose, at);
        Judged { certificate: certificate.clone(), purpose, judgement }
    });
    Ok(judged.collect())
}

/// Prints one object or text as soon as it is known, unless one object over all comes at the end.
fn tell(context: &Context, at: Instant, object: Option<&Json>, text: impl FnOnce() -> String) -> Outcome<()> {
    match (context.output.shape, object) {
        (Shape::JsonLines, Some(object)) => {
            let mut line = json!({"schema": SCHEMA, "kind": "certificate", "at": at.to_rfc3339()});
            line.as_object_mut().expect("just made").extend(object.as_object().cloned().unwrap_or_default());
            context.output.json(&line)
        }
        (Shape::Text, _) => context.output.text(&text()),
        _ => Ok(()),
    }
}

/// What several files came to.
struct Tally {
    exit: Exit,
    worst: Option<Verdict>,
    counts: BTreeMap<&'static str, usize>,
}

impl Default for Tally {
    fn default() -> Self {
        Self { exit: Exit::Done, worst: None, counts: BTreeMap::new() }
    }
}

impl Tally {
    fn count(&mut self, verdict: Verdict) {
        self.exit = self.exit.worse(judge::exit_of(verdict));
        self.worst = self.worst.max(Some(verdict));
        *self.counts.entry(verdict.word()).or_default() += 1;
    }

    fn fail(&mut self, exit: Exit) {
        self.exit = self.exit.worse(exit);
        *self.counts.entry("error").or_default() += 1;
    }
}

impl Judged {
    fn verdict(&self) -> Verdict {
        let answers = self.judgement.answers();
        let has = |is: fn(&Answer) -> bool| answers.iter().any(|(_, answer)| is(answer));
        if has(|answer| matches!(answer, Answer::Fail(_))) {
            Verdict::Invalid
        } else if has(|answer| matches!(answer, Answer::Unknown(_))) {
            Verdict::Indeterminate
        } else {
            Verdict::Valid
        }
    }

    fn json(&self, path: &Path) -> Json {
        let chain = self.judgement.path.iter().map(|one| {
            json!({"subject": one.subject().to_string(), "serial": one.serial().to_string(), "sm3": one.sm3().to_string()})
        });
        json!({
            "path": path.to_string_lossy(),
            "subject": self.certificate.subject().to_string(),
            "serial": self.certificate.serial().to_string(),
            "issuer": self.certificate.issuer().to_string(),
            "purpose": self.purpose.word(),
            "verdict": self.verdict().word(),
            "chain": chain.collect::<Vec<_>>(),
            "findings": answers_json(&self.judgement),
        })
    }

    fn text(&self, context: &Context, path: &Path) -> String {
        let lang = context.messages.lang();
        let verdict = judge::painted_verdict(context, self.verdict());
        let mut text = format!("{}   {verdict}\n", one_line(&path.to_string_lossy()));
        let about = [
            ("subject", one_line(&self.certificate.subject().to_string()).into()),
            ("serial", self.certificate.serial().to_string().into()),
            ("purpose", self.purpose.label(lang).into()),
        ];
        text.push_str(&format!("    {}\n", context.text("text-cert-judged", &about)));
        let names: Vec<_> = self.judgement.path.iter().map(|one| one_line(&one.subject().to_string())).collect();
        text.push_str(&format!("    {}\n", names.join(" ← ")));
        text.push_str(&answers_text(context, &self.judgement));
        text
    }
}

/// What did not pass, each with its cause and next step; with `--verbose` every answer.
pub(crate) fn answers_text(context: &Context, judgement: &PathJudgement) -> String {
    let lang = context.messages.lang();
    let mut text = String::new();
    for (question, answer) in judgement.answers() {
        let told = outcome(answer);
        let open = matches!(told, Told::Fail | Told::Unknown);
        if !open && !context.output.verbose {
            continue;
        }
        let reason = answer.ground().map_or_else(|| plain(answer).label(lang), |ground| ground.cause.label(lang));
        let mut line = judge::answer_line(context, told, question.label(lang), reason, code(answer));
        line.push_str(&judge::detail_text(answer.ground().map_or(&[], |ground| &ground.detail)));
        text.push_str(&format!("{}\n", judge::one_line_painted(&line)));
        if open {
            text.push_str(&judge::advice(context, code(answer)));
        }
    }
    text
}

/// Every question with its answer.
pub(crate) fn answers_json(judgement: &PathJudgement) -> Vec<Json> {
    judgement.answers().map(|(question, answer)| finding_json(question, answer)).into()
}

fn finding_json(question: Question, answer: &Answer) -> Json {
    let detail = answer.ground().map_or(&[][..], |ground| &ground.detail);
    let detail: Map<String, Json> = detail.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({"check": question.word(), "outcome": outcome(answer).word(), "code": code(answer), "detail": detail})
}

const fn outcome(answer: &Answer) -> Told {
    match answer {
        Answer::Pass => Told::Pass,
        Answer::Note(_) | Answer::NotAsked => Told::Note,
        Answer::Unknown(_) => Told::Unknown,
        Answer::Fail(_) => Told::Fail,
    }
}

/// What an answer without a ground says.
const fn plain(answer: &Answer) -> Code {
    match answer {
        Answer::NotAsked => Code::RevocationNotAsked,
        _ => Code::Ok,
    }
}

fn code(answer: &Answer) -> &'static str {
    answer.code().unwrap_or_else(|| plain(answer).code())
}

//! `eseal auth challenge|respond|verify`: proving to a service who somebody is, by the key of a certificate.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use eseal::auth::{
    Audience, AuthError, Challenge, Expectation, Login, Proof, respond_with_chain, verify as judge_proof,
};
use eseal::cert::{Answer, Certificate, PathJudgement, PathValidator};
use eseal::lang::Lang;
use eseal::time::Instant;
use eseal::verify::Verdict;
use serde_json::{Value as Json, json};

use crate::args::{AtArgs, OutArgs, RevocationArgs, SignerArgs};
use crate::commands::cert::verify::{answers_json, answers_text, validator};
use crate::context::{Context, SMALL, certificates_in};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::judge::{exit_of, painted_verdict};
use crate::messages::Messages;
use crate::output::{Target, is_stdout, local_time, to_stderr};
use crate::signer::{Chosen, create_private_folder};

#[derive(clap::Subcommand)]
pub(crate) enum AuthCommand {
    Challenge(ChallengeArgs),
    Respond(RespondArgs),
    Verify(VerifyArgs),
}

#[derive(clap::Args)]
pub(crate) struct ChallengeArgs {
    #[arg(long, value_name = "URL")]
    audience: String,
    #[arg(long, value_name = "SECONDS", default_value_t = Challenge::USUAL)]
    life: i64,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct RespondArgs {
    #[arg(value_name = "CHALLENGE")]
    challenge: PathBuf,
    #[arg(long, value_name = "URL")]
    audience: String,
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    chain: Vec<PathBuf>,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(value_name = "CHALLENGE")]
    challenge: PathBuf,
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    #[arg(long, value_name = "URL")]
    audience: String,
    #[arg(long, value_name = "DIR")]
    used: Option<PathBuf>,
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    intermediate: Vec<PathBuf>,
    #[command(flatten)]
    revocation: RevocationArgs,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, command: &AuthCommand) -> Outcome {
    match command {
        AuthCommand::Challenge(args) => challenge(context, args),
        AuthCommand::Respond(args) => respond(context, args),
        AuthCommand::Verify(args) => verify(context, args),
    }
}

/// Where the result goes; JSON beside it needs stdout for itself.
fn target<'a>(context: &Context, out: &'a OutArgs) -> Outcome<Target<'a>> {
    if context.output.is_json() && is_stdout(&out.out) {
        return Err(Failure::new("usage-stdout-json"));
    }
    Target::new(&out.out, out.force)
}

fn challenge(context: &Context, args: &ChallengeArgs) -> Outcome {
    let target = target(context, &args.out)?;
    let challenge = Challenge::new(&Audience::new(args.audience.as_str())?, context.now, args.life)?;
    target.write(challenge.to_pem().as_bytes())?;
    if context.output.is_json() {
        let mut object = json!({"schema": "eseal.auth-challenge/1", "path": args.out.out.to_string_lossy()});
        object
            .as_object_mut()
            .expect("just made")
            .extend(challenge_json(&challenge).as_object().cloned().unwrap_or_default());
        context.output.json(&object)?;
    } else {
        let until = local_time(challenge.period().to());
        context.output.note(&context.text("text-auth-until", &[("at", until.into())]));
    }
    Ok(Exit::Done)
}

fn challenge_json(challenge: &Challenge) -> Json {
    json!({
        "audience": challenge.audience().as_str(),
        "challenge": challenge.digest().to_string(),
        "issued": challenge.period().from().to_rfc3339(),
        "expires": challenge.period().to().to_rfc3339(),
    })
}

fn read_challenge(context: &Context, path: &Path) -> Outcome<Challenge> {
    let bytes = context.read(path, Challenge::MAX_BYTES as u64)?;
    Challenge::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
}

fn respond(context: &Context, args: &RespondArgs) -> Outcome {
    let target = target(context, &args.out)?;
    let audience = Audience::new(args.audience.as_str())?;
    let challenge = read_challenge(context, &args.challenge)?;
    // What can be refused without the PIN is refused before it is asked for.
    let located = |error| Failure::from(error).at(&args.challenge);
    challenge.check(&audience, context.now).map_err(located)?;
    let mut chain = Vec::new();
    for path in &args.chain {
        chain.extend(certificates_in(&context.read(path, SMALL)?).map_err(|failure| failure.at(path))?);
    }
    let now = context.now;
    let signs = |one: &Certificate| one.key_usage().is_some_and(|usage| usage.can_sign());
    let chosen = Chosen::of(context, &args.signer, |one| signs(one) && one.validity().contains(now))?;
    let (certificate, key) = chosen.open(context)?;
    let proof = respond_with_chain(&challenge, &audience, &certificate, &chain, &key, now)?;
    target.write(proof.as_der())?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.auth-respond/1",
            "path": args.out.out.to_string_lossy(),
            "audience": audience.as_str(),
            "challenge": challenge.digest().to_string(),
            "signer": signer_json(&certificate),
            "at": proof.at().to_rfc3339(),
        }))?;
    } else {
        let values = [("audience", audience.to_string().into()), ("subject", certificate.subject().to_string().into())];
        context.output.note(&context.text("text-auth-proved", &values));
    }
    Ok(Exit::Done)
}

fn signer_json(certificate: &Certificate) -> Json {
    json!({
        "subject": certificate.subject().to_string(),
        "serial": certificate.serial().to_string(),
        "issuer": certificate.issuer().to_string(),
        "sm3": certificate.sm3().to_string(),
    })
}

fn verify(context: &Context, args: &VerifyArgs) -> Outcome {
    let at = context.at(&args.at);
    let audience = Audience::new(args.audience.as_str())?;
    let challenge = read_challenge(context, &args.challenge)?;
    let bytes = context.read(&args.proof, Proof::MAX_BYTES as u64)?;
    let validator = validator(context, &args.intermediate, &args.revocation)?;
    let judged =
        judge(&challenge, &bytes, &audience, &validator, at).map_err(|error| Failure::from(error).at(&args.proof))?;
    if let (Ok(_), Some(folder)) = (&judged, &args.used) {
        mark_used(folder, &challenge, context.now)?;
    }
    tell(context, args, &challenge, &judged, at)?;
    Ok(exit_of(verdict(&judged)))
}

/// Verifies a proof. What is no proof at all is an error; what is one and does not hold is an answer.
fn judge(
    challenge: &Challenge,
    proof: &[u8],
    audience: &Audience,
    validator: &PathValidator,
    at: Instant,
) -> Result<Result<Login, AuthError>, AuthError> {
    match judge_proof(challenge, proof, &Expectation { audience, validator }, at) {
        Err(
            error @ (AuthError::Malformed { .. }
            | AuthError::UnsupportedVersion { .. }
            | AuthError::Cms(_)
            | AuthError::Sm(_)),
        ) => Err(error),
        judged => Ok(judged),
    }
}

/// Invalid when something is wrong, indeterminate when the only fault is that a question about the certificate stayed open.
fn verdict(judged: &Result<Login, AuthError>) -> Verdict {
    match judged {
        Ok(_) => Verdict::Valid,
        Err(AuthError::NotTrusted { judgement, .. }) => {
            let failed = judgement.answers().iter().any(|(_, answer)| matches!(answer, Answer::Fail(_)));
            if failed { Verdict::Invalid } else { Verdict::Indeterminate }
        }
        Err(_) => Verdict::Invalid,
    }
}

fn judgement(judged: &Result<Login, AuthError>) -> Option<&PathJudgement> {
    match judged {
        Ok(login) => Some(&login.judgement),
        Err(AuthError::NotTrusted { judgement, .. }) => Some(judgement),
        Err(_) => None,
    }
}

fn tell(
    context: &Context,
    args: &VerifyArgs,
    challenge: &Challenge,
    judged: &Result<Login, AuthError>,
    at: Instant,
) -> Outcome<()> {
    let judgement = judgement(judged);
    let signer = judgement.and_then(|judgement| judgement.path.first());
    // Only what is not told by a finding: the certificate's own faults are among those.
    let failure = match judged {
        Err(error) if judgement.is_none() => Some(Failure::from(error.clone()).at(&args.proof)),
        _ => None,
    };
    if context.output.is_json() {
        return context.output.json(&json!({
            "schema": "eseal.auth-verify/1",
            "verdict": verdict(judged).word(),
            "at": at.to_rfc3339(),
            "code": judged.as_ref().err().map(AuthError::code),
            "audience": challenge.audience().as_str(),
            "challenge": challenge.digest().to_string(),
            "signer": signer.map(signer_json),
            "time": judged.as_ref().ok().map(|login| login.at.to_rfc3339()),
            "one_use": args.used.is_some(),
            "findings": judgement.map(answers_json).unwrap_or_default(),
            "error": failure.map(|failure| failure.json(&Messages::new(Lang::En))),
        }));
    }
    let name = one_line(&args.proof.to_string_lossy());
    let mut text = format!("{name}   {}\n", painted_verdict(context, verdict(judged)));
    if let Some(signer) = signer {
        let values = [
            ("subject", one_line(&signer.subject().to_string()).into()),
            ("serial", signer.serial().to_string().into()),
        ];
        text.push_str(&format!("    {}\n", context.text("text-auth-who", &values)));
    }
    if let Ok(login) = judged {
        let values = [("audience", args.audience.clone().into()), ("at", local_time(login.at).into())];
        text.push_str(&format!("    {}\n", one_line(&context.text("text-auth-login", &values))));
    }
    text.push_str(&judgement.map(|judgement| answers_text(context, judgement)).unwrap_or_default());
    context.output.text(&text)?;
    if let Some(failure) = failure {
        to_stderr(&failure.lines(&context.messages));
    }
    if args.used.is_none() && judged.is_ok() {
        context.output.note(&context.text("text-auth-one-use", &[]));
    }
    Ok(())
}

/// The ending of the files that say that a challenge was answered.
const USED: &str = "used";
/// The most old marks that are taken away in one run, so that no login waits for a long cleaning.
const MOST_CLEANED: usize = 1_000;

/// Marks a challenge as answered, by a file that can be made once. Marks of challenges that are over go away: those can no
/// longer be answered.
fn mark_used(folder: &Path, challenge: &Challenge, now: Instant) -> Outcome<()> {
    create_private_folder(folder)?;
    let mark = folder.join(format!("{}.{USED}", challenge.digest()));
    let until = challenge.period().to().to_rfc3339();
    crate::output::write_new_private(&mark, format!("{until}\n").as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new("auth-used"),
        _ => Failure::file("output-write", &mark, &error),
    })?;
    let is_over = |path: &Path| {
        let until = std::fs::read_to_string(path).ok().and_then(|text| Instant::parse(text.trim()).ok());
        // A day longer than needed: a clock that was set back must not open old challenges again.
        until.is_some_and(|until| until.plus_days(1) < now)
    };
    // What cannot be looked through stays, which does no harm.
    let marks = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in marks.filter(|path| path.extension().is_some_and(|ending| ending == USED)).take(MOST_CLEANED) {
        if is_over(&path) {
            let _ = std::fs::remove_file(&path);
        }
    }
    Ok(())
}

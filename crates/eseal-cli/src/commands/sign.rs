//! `eseal sign FILE... -o F.p7s`: signs any file as a signed message beside it, or around it.

use std::path::{Path, PathBuf};

use clap::ArgAction;
use eseal::cert::Certificate;
use eseal::cms::{Dialect, MessageDraft, SignedMessage};
use eseal::key::Signer;
use serde_json::{Value as Json, json};

use crate::args::SignerArgs;
use crate::context::{Context, SMALL, certificates_in, stream};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::messages::Messages;
use crate::output::{Shape, Target, is_stdout, to_stderr};
use crate::signer::Chosen;

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("to").required(true).args(["out", "out_dir"])))]
pub(crate) struct SignArgs {
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    signer: SignerArgs,
    #[arg(long)]
    attached: bool,
    #[arg(long, value_name = "FAMILY", default_value = "gm")]
    family: Family,
    #[arg(long)]
    no_attributes: bool,
    #[arg(long, value_name = "PATH", action = ArgAction::Append)]
    chain: Vec<PathBuf>,
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

// Which standard the message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Family {
    Gm,
    Rfc,
}

impl Family {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Gm => Dialect::Gbt35275,
            Self::Rfc => Dialect::Rfc5652,
        }
    }
}

pub(crate) fn run(context: &Context, args: &SignArgs) -> Outcome {
    let jobs = jobs(args)?;
    if context.output.is_json() && jobs.iter().any(|(_, out)| is_stdout(out)) {
        return Err(Failure::new("usage-stdout-json"));
    }
    // What can be refused without the PIN is refused before it is asked for.
    let chosen = Chosen::of(context, &args.signer, may_sign)?;
    let certificate = chosen.certificate().clone();
    let draft = draft(context, args, &certificate)?;
    draft.require_valid(context.now)?;
    if let [(_, out)] = jobs.as_slice() {
        Target::new(out, args.force)?;
    }
    let (_, key) = chosen.open(context)?;
    let interrupt = Interrupt::watch();
    let bar = context.output.progress(jobs.len());
    let english = Messages::new(eseal::Lang::En);
    let (mut exit, mut files) = (Exit::Done, Vec::new());
    for (done, (input, out)) in jobs.iter().enumerate() {
        if interrupt.came() {
            bar.finish_and_clear();
            return Err(Interrupt::failure(done, jobs.len()));
        }
        let result = sign(args, draft.clone(), &*key, input, out);
        bar.inc(1);
        let file = match result {
            Ok(()) => {
                let values = [("path", input.display().to_string().into()), ("out", out.display().to_string().into())];
                if !context.output.is_json() {
                    bar.suspend(|| context.output.note(&context.text("text-signed", &values)));
                }
                json!({"path": input.to_string_lossy(), "out": out.to_string_lossy()})
            }
            Err(failure) => {
                let failure = failure.at(input);
                exit = exit.worse(failure.exit());
                bar.suspend(|| to_stderr(&failure.lines(&context.messages)));
                json!({"path": input.to_string_lossy(), "out": null, "error": failure.json(&english)})
            }
        };
        if context.output.shape == Shape::JsonLines {
            let mut line = json!({"schema": "eseal.sign/1", "kind": "file"});
            line.as_object_mut().expect("just made").extend(file.as_object().cloned().unwrap_or_default());
            bar.suspend(|| context.output.json(&line))?;
        }
        files.push(file);
    }
    bar.finish_and_clear();
    tell(context, args, &certificate, files, exit)?;
    Ok(exit)
}

fn tell(context: &Context, args: &SignArgs, certificate: &Certificate, files: Vec<Json>, exit: Exit) -> Outcome<()> {
    let failed = files.iter().filter(|file| !file["error"].is_null()).count();
    match context.output.shape {
        Shape::Text => Ok(()),
        Shape::Json => context.output.json(&json!({
            "schema": "eseal.sign/1",
            "family": args.family.dialect().word(),
            "attached": args.attached,
            "signer": {"subject": certificate.subject().to_string(), "serial": certificate.serial().to_string()},
            "time": if args.no_attributes { None } else { Some(context.now.to_rfc3339()) },
            "files": files,
            "exit": exit.code(),
        })),
        Shape::JsonLines => context.output.json(&json!({
            "schema": "eseal.sign/1",
            "kind": "summary",
            "files": files.len(),
            "failed": failed,
            "exit": exit.code(),
        })),
    }
}

/// Which result each file gets: `-o`, or its own name with `.p7s` in a folder.
fn jobs(args: &SignArgs) -> Outcome<Vec<(&Path, PathBuf)>> {
    let mut jobs: Vec<(&Path, PathBuf)> = Vec::with_capacity(args.files.len());
    for input in &args.files {
        let out = match (&args.out, &args.out_dir) {
            (Some(out), _) if args.files.len() > 1 => return Err(Failure::new("usage-one-output").at(out)),
            (Some(out), _) => out.clone(),
            (None, folder) => {
                let mut name = input.file_name().unwrap_or(input.as_os_str()).to_owned();
                name.push(".p7s");
                folder.as_deref().unwrap_or(Path::new(".")).join(name)
            }
        };
        if jobs.iter().any(|(_, other)| *other == out) {
            return Err(Failure::new("usage-same-name").at(&out));
        }
        jobs.push((input, out));
    }
    if let Some(folder) = &args.out_dir {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file("output-write", folder, &error))?;
    }
    Ok(jobs)
}

/// Whether a certificate says that its key may sign.
fn may_sign(certificate: &Certificate) -> bool {
    certificate.key_usage().is_some_and(|usage| usage.can_sign())
}

fn draft(context: &Context, args: &SignArgs, certificate: &Certificate) -> Outcome<MessageDraft> {
    let mut draft = MessageDraft::new(certificate)?.dialect(args.family.dialect());
    for path in &args.chain {
        let bytes = context.read(path, SMALL)?;
        draft = draft.chain(&certificates_in(&bytes).map_err(|failure| failure.at(path))?);
    }
    Ok(if args.no_attributes { draft.without_attributes() } else { draft.signing_time(context.now) })
}

/// Signs one file. Of a file that stays outside only its hash is kept.
fn sign(args: &SignArgs, draft: MessageDraft, key: &dyn Signer, input: &Path, out: &Path) -> Outcome<()> {
    let target = Target::new(out, args.force)?;
    let message: SignedMessage = if args.attached {
        let content = crate::context::read(input, MessageDraft::MAX_CONTENT as u64)?;
        draft.attached(&content)?.sign(key)?
    } else {
        let mut content = draft.detached();
        stream(input, |piece| {
            content.update(piece);
        })?;
        content.finish().sign(key)?
    };
    target.write(message.as_der())
}

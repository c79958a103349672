//! `eseal token export`: keys of a soft token as a key file, where the token's policy lets them out.

use std::path::PathBuf;

use eseal::cert::Certificate;
use eseal::key::{KeyFileScheme, Password};
use eseal::token::{ExportForm, FileProtection, KeyChoice, KeyId, Session};
use serde_json::json;

use crate::args::OutArgs;
use crate::commands::key::{ITERATIONS, password};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Target;
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct ExportArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(long, value_name = "FORM")]
    to: Form,
    #[arg(long, value_name = "ID-OR-CERT")]
    key: Option<String>,
    #[arg(long = "for", value_name = "CERT", required_if_eq("to", "skf"))]
    recipient: Option<PathBuf>,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    new_password_from: Option<PinSource>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(ITERATIONS))]
    iterations: Option<u32>,
    #[command(flatten)]
    out: OutArgs,
}

// The forms in which a key leaves; all are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    Pkcs12,
    Pkcs12Gm,
    Pkcs12Sm4,
    Pkcs8,
    Pkcs8Gm,
    Pkcs8Sm4,
    Cfca,
    Skf,
}

impl Form {
    const fn word(self) -> &'static str {
        match self {
            Self::Pkcs12 => "pkcs12",
            Self::Pkcs12Gm => "pkcs12-gm",
            Self::Pkcs12Sm4 => "pkcs12-sm4",
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs8Gm => "pkcs8-gm",
            Self::Pkcs8Sm4 => "pkcs8-sm4",
            Self::Cfca => "cfca",
            Self::Skf => "skf",
        }
    }

    fn form<'a>(
        self,
        file: Option<&'a Password>,
        to: Option<&'a Certificate>,
        iterations: Option<u32>,
    ) -> Outcome<ExportForm<'a>> {
        let password = || file.ok_or_else(Failure::bug);
        let protection = |scheme| Ok::<_, Failure>(FileProtection { scheme, password: password()?, iterations });
        Ok(match self {
            Self::Pkcs12 => ExportForm::Pkcs12(protection(KeyFileScheme::PortableAes)?),
            Self::Pkcs12Gm => ExportForm::Pkcs12(protection(KeyFileScheme::Gm)?),
            Self::Pkcs12Sm4 => ExportForm::Pkcs12(protection(KeyFileScheme::Sm4Sha256)?),
            Self::Pkcs8 => ExportForm::Pkcs8(protection(KeyFileScheme::PortableAes)?),
            Self::Pkcs8Gm => ExportForm::Pkcs8(protection(KeyFileScheme::Gm)?),
            Self::Pkcs8Sm4 => ExportForm::Pkcs8(protection(KeyFileScheme::Sm4Sha256)?),
            Self::Cfca => ExportForm::Cfca(password()?),
            Self::Skf => ExportForm::Skf(to.ok_or_else(Failure::bug)?.public_key()?),
        })
    }
}

pub(super) fn run(context: &Context, args: &ExportArgs) -> Outcome {
    let to_hardware = args.to == Form::Skf;
    if let (true, Some(_)) = (to_hardware, &args.new_password_from) {
        return Err(Failure::new("usage-conflict").with("argument", "--new-password-from").with("other", "--to skf"));
    }
    if let (false, Some(_)) = (to_hardware, &args.recipient) {
        return Err(Failure::new("usage-conflict")
            .with("argument", "--for")
            .with("other", format!("--to {}", args.to.word())));
    }
    let target = Target::new(&args.out.out, args.out.force)?;
    let (_, info) = signer::token_info(&args.token)?;
    // What the policy forbids is refused before a PIN is asked for; who changes it by hand is found out at the log-in.
    if !info.export_allowed {
        return Err(Failure::new("token-export-forbidden").at(&args.token));
    }
    let recipient = args.recipient.as_ref().map(|path| context.certificate(path)).transpose()?;
    let session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let chosen = args.key.as_deref().map(|text| Chosen::read(context, &session, text)).transpose()?;
    let secret = match to_hardware {
        true => None,
        false => Some(password(context, args.new_password_from.as_ref(), Wanted::NEW_PASSWORD)?),
    };
    let form = args.to.form(secret.as_ref(), recipient.as_ref(), args.iterations)?;
    let export = session
        .export(chosen.as_ref().map(Chosen::choice), form)
        .map_err(|error| Failure::from(error).at(&args.token))?;
    target.write_private(&export.bytes)?;
    let ids: Vec<_> = export.keys.iter().map(KeyId::to_string).collect();
    if context.output.is_json() && !crate::output::is_stdout(&args.out.out) {
        context.output.json(&json!({
            "schema": "eseal.token-export/1",
            "form": args.to.word(),
            "keys": ids,
            "certificates_left_out": export.certificates_left_out,
        }))?;
    }
    if export.certificates_left_out > 0 {
        let count = i64::try_from(export.certificates_left_out).unwrap_or(i64::MAX);
        context.output.note(&context.text("text-export-left-out", &[("count", count.into())]));
    }
    let warning = match args.to {
        Form::Skf => "text-exported-to-hardware",
        Form::Cfca => "text-exported-weak",
        _ => "text-exported",
    };
    context.output.note(&context.text(warning, &[("keys", ids.join(", ").into())]));
    Ok(Exit::Done)
}

/// The key that `--key` names: by its number, or by a file with its certificate.
enum Chosen {
    Number(KeyId),
    Certificate(Certificate),
}

impl Chosen {
    fn read(context: &Context, session: &Session, text: &str) -> Outcome<Self> {
        let number = session.info()?.objects.into_iter().map(|object| object.id).find(|id| id.to_string() == text);
        match number {
            Some(id) => Ok(Self::Number(id)),
            None => context.certificate(text.as_ref()).map(Self::Certificate),
        }
    }

    const fn choice(&self) -> KeyChoice<'_> {
        match self {
            Self::Number(id) => KeyChoice::Id(*id),
            Self::Certificate(certificate) => KeyChoice::Certificate(certificate),
        }
    }
}

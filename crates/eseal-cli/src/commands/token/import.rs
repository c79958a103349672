//! `eseal token import`: keys of other media, taken into a soft token.

use std::path::PathBuf;

use clap::ArgAction;
use eseal::cert::Certificate;
use eseal::key::{EnvelopedKey, KeyEntry, KeyFile};
use eseal::token::{ImportedKey, KeyUse, Session};
use serde_json::json;

use crate::commands::key::open;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct ImportArgs {
    #[arg(value_name = "TOKEN")]
    token: PathBuf,
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "SRC")]
    password_from: Option<PinSource>,
    #[arg(long, value_name = "SRC")]
    pin_from: Option<PinSource>,
    #[arg(long = "use", value_name = "USE")]
    key_use: Option<UseWord>,
    #[arg(long, value_name = "CERT", action = ArgAction::Append)]
    certificate: Vec<PathBuf>,
}

// What a key is for, where no certificate says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UseWord {
    Sign,
    Encrypt,
    OldDecrypt,
}

impl From<UseWord> for KeyUse {
    fn from(word: UseWord) -> Self {
        match word {
            UseWord::Sign => Self::Sign,
            UseWord::Encrypt => Self::Encrypt,
            UseWord::OldDecrypt => Self::OldDecrypt,
        }
    }
}

pub(super) fn run(context: &Context, args: &ImportArgs) -> Outcome {
    // Whether there is a token that can be opened, before any secret is asked for.
    signer::token_info(&args.token)?;
    let bytes = context.read(&args.file, KeyFile::MAX_BYTES as u64)?;
    let mut certificates = Vec::new();
    for path in &args.certificate {
        certificates.extend(Certificate::many_from_bytes(&context.read(path, KeyFile::MAX_BYTES as u64)?)?);
    }
    let incoming = Incoming::read(context, args, &bytes).map_err(|failure| failure.at(&args.file))?;
    let mut session = signer::log_in(context, &args.token, args.pin_from.as_ref(), Wanted::PIN)?;
    let weak = matches!(&incoming, Incoming::File(file) if file.info().protections.iter().any(|one| one.is_weak()));
    let (keys, left_out) = incoming.enter(&mut session, args, certificates)?;
    if context.output.is_json() {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| json!({"id": key.id.to_string(), "use": key.key_use.word(), "certificates": key.certificates}))
            .collect();
        context.output.json(
            &json!({"schema": "eseal.token-import/1", "keys": keys, "certificates_left_out": left_out, "weak": weak}),
        )?;
    }
    for key in &keys {
        let (id, count) = (key.id.to_string(), i64::try_from(key.certificates).unwrap_or(i64::MAX));
        let key_use = key.key_use.label(context.messages.lang());
        let values = [("use", key_use.into()), ("id", id.into()), ("count", count.into())];
        context.output.note(&context.text("text-imported", &values));
    }
    if left_out > 0 {
        let count = i64::try_from(left_out).unwrap_or(i64::MAX);
        context.output.note(&context.text("text-import-left-out", &[("count", count.into())]));
    }
    if weak {
        context.output.note(&context.text("text-import-weak", &[]));
    }
    context.output.note(&context.text("text-import-still-there", &[]));
    Ok(Exit::Done)
}

/// What was read, told apart by its shape.
enum Incoming {
    /// A file that a password opens, if one does.
    File(KeyFile),
    /// An encryption key that a signing key of the token opens.
    Envelope(Box<EnvelopedKey>),
}

impl Incoming {
    fn read(context: &Context, args: &ImportArgs, bytes: &[u8]) -> Outcome<Self> {
        // ENVELOPEDKEYBLOB begins with its version as a little-endian number, which no other form does.
        if bytes.starts_with(&[1, 0, 0, 0]) {
            return Ok(Self::Envelope(Box::new(EnvelopedKey::from_skf_blob(bytes)?)));
        }
        if let Ok(envelope) = EnvelopedKey::from_der(bytes) {
            return Ok(Self::Envelope(Box::new(envelope)));
        }
        Ok(Self::File(open(context, bytes, args.password_from.as_ref())?))
    }

    /// The keys that went in, and how many certificates of the file belong to none of them.
    fn enter(
        self,
        session: &mut Session,
        args: &ImportArgs,
        certificates: Vec<Certificate>,
    ) -> Outcome<(Vec<ImportedKey>, usize)> {
        let located = |error| Failure::from(error).at(&args.token);
        match self {
            Self::Envelope(envelope) => {
                Ok((vec![session.import_envelope(&envelope, &certificates).map_err(located)?], 0))
            }
            Self::File(file) => {
                let left_out = file.certificates().len();
                let mut entries = file.into_entries();
                for certificate in certificates {
                    beside(&mut entries, &certificate)?;
                }
                let wanted = args.key_use.map(KeyUse::from);
                let keys = session.import(KeyFile::new(entries, Vec::new()), wanted).map_err(located)?;
                Ok((keys, left_out))
            }
        }
    }
}

/// Puts a certificate of `--certificate` beside its key, once.
fn beside(entries: &mut [KeyEntry], certificate: &Certificate) -> Outcome<()> {
    let own = |entry: &&mut KeyEntry| certificate.public_key().is_ok_and(|key| key == entry.secret.public_key());
    let Some(entry) = entries.iter_mut().find(own) else {
        let subject = certificate.subject().to_string();
        return Err(Failure::new("token-foreign-certificate").with("subject", subject));
    };
    if !entry.certificates.iter().any(|der| der == certificate.as_der()) {
        entry.certificates.push(certificate.as_der().to_vec());
    }
    Ok(())
}

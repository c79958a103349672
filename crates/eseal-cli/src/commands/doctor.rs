//! `eseal doctor`: whether this machine and the home are as they should be, and what a guess of a PIN should cost here.
//!
//! Asks for no PIN, changes nothing, and tells everything it looked at, also what is well.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant as Stopwatch};

use eseal::registry::Registry;
use eseal::time::Instant;
use eseal::token::KdfCost;
use serde_json::{Value as Json, json};

use super::token::show::kdf_json;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::messages::{Messages, Value};
use crate::office::{self, Authority};
use crate::output::{Colour, local_time};
use crate::signer;

#[derive(clap::Args)]
pub(crate) struct DoctorArgs {
    #[arg(value_name = "TOKEN")]
    tokens: Vec<PathBuf>,
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = target)]
    target: Duration,
}

/// The longest log-in that anybody waits for.
const LONGEST_TARGET: u64 = 10_000;

/// How long a log-in may take: `500ms` or `1s`.
fn target(text: &str) -> Result<Duration, String> {
    let fault = || "target".to_owned();
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').ok_or_else(fault)?, 1_000),
    };
    let time = number.parse::<u64>().map_err(|_| fault())?.checked_mul(factor).ok_or_else(fault)?;
    if (1..=LONGEST_TARGET).contains(&time) { Ok(Duration::from_millis(time)) } else { Err(fault()) }
}

/// What was found about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It is as it should be.
    Well,
    /// Nothing is wrong, but worth knowing.
    Note,
    /// It should be mended.
    Ill,
}

impl Found {
    const fn word(self) -> &'static str {
        match self {
            Self::Well => "pass",
            Self::Note => "note",
            Self::Ill => "fail",
        }
    }
}

/// One thing that was looked at.
struct Check {
    /// `home`, `device-key`, `token`, `clock`, …
    what: &'static str,
    found: Found,
    /// The id of its sentence.
    id: &'static str,
    values: Vec<(&'static str, Value)>,
    path: Option<PathBuf>,
}

impl Check {
    fn new(what: &'static str, found: Found, id: &'static str) -> Self {
        Self { what, found, id, values: Vec::new(), path: None }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// An act that failed, told by the sentence of its error.
    fn failed(what: &'static str, failure: &Failure, messages: &Messages) -> Self {
        let told = failure.sentence(messages);
        Self::new(what, Found::Ill, "text-doctor-failed").with("code", failure.code().to_owned()).with("reason", told)
    }

    fn sentence(&self, messages: &Messages) -> String {
        let text = messages.text(self.id, &self.values);
        match &self.path {
            Some(path) => one_line(&format!("{}: {text}", path.display())),
            None => one_line(&text),
        }
    }
}

pub(crate) fn run(context: &Context, args: &DoctorArgs) -> Outcome {
    let mut checks = Vec::new();
    clock(context, &mut checks);
    home(context, &mut checks)?;
    registry(context, &mut checks)?;
    for path in &args.tokens {
        token(context, path, &mut checks);
    }
    let costs = [measure(KdfCost::DEFAULT, args.target)?, measure(KdfCost::ARGON2ID, args.target)?];
    let healthy = checks.iter().all(|check| check.found != Found::Ill);
    if context.output.is_json() {
        let english = Messages::new(eseal::Lang::En);
        context.output.json(&json!({
            "schema": "eseal.doctor/1",
            "at": context.now.to_rfc3339(),
            "healthy": healthy,
            "checks": checks.iter().map(|check| check_json(check, &english)).collect::<Vec<_>>(),
            "target_ms": u64::try_from(args.target.as_millis()).unwrap_or(u64::MAX),
            "kdf": costs.iter().map(Measured::json).collect::<Vec<_>>(),
        }))?;
    } else {
        context.output.text(&text(context, &checks, &costs, args.target))?;
    }
    Ok(if healthy { Exit::Done } else { Exit::Invalid })
}

fn check_json(check: &Check, english: &Messages) -> Json {
    json!({
        "check": check.what,
        "outcome": check.found.word(),
        "path": check.path.as_ref().map(|path| path.to_string_lossy()),
        "message": check.sentence(english),
    })
}

fn text(context: &Context, checks: &[Check], costs: &[Measured], target: Duration) -> String {
    let mut text = String::new();
    for check in checks {
        let (mark, colour) = match check.found {
            Found::Well => ("✓", Colour::Good),
            Found::Note => ("i", Colour::Dim),
            Found::Ill => ("✗", Colour::Bad),
        };
        text.push_str(&format!("{} {}\n", context.output.paint(colour, mark), check.sentence(&context.messages)));
    }
    for cost in costs {
        let values = [
            ("usual", cost.usual.to_string().into()),
            ("took", millis(cost.took).into()),
            ("target", millis(target).into()),
            ("argument", cost.argument().into()),
        ];
        let id = if cost.took > target { "text-doctor-kdf-slow" } else { "text-doctor-kdf" };
        text.push_str(&format!("i {}\n", context.text(id, &values)));
    }
    text
}

fn millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// What stretching a PIN takes on this machine, and the cost that takes about as long as was wanted.
struct Measured {
    usual: KdfCost,
    took: Duration,
    proposed: KdfCost,
}

/// Stretches something made up twice and takes the faster: the machine may do something else as well.
fn measure(usual: KdfCost, target: Duration) -> Outcome<Measured> {
    let mut took = Duration::MAX;
    for _ in 0..2 {
        let watch = Stopwatch::now();
        usual.rehearse()?;
        took = took.min(watch.elapsed());
    }
    Ok(Measured { usual, took, proposed: usual.scaled(took, target) })
}

impl Measured {
    /// As `token new --kdf` takes it.
    fn argument(&self) -> String {
        let kdf = kdf_json(self.proposed);
        match self.proposed.count() {
            Some(count) => format!("pbkdf2:{count}"),
            None => format!("argon2id:{}KiB,{}", kdf["memory_kib"], kdf["passes"]),
        }
    }

    fn json(&self) -> Json {
        json!({
            "usual": kdf_json(self.usual),
            "usual_ms": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "proposed": kdf_json(self.proposed),
            "argument": self.argument(),
        })
    }
}

/// No version of this program was made before: a clock that says so is wrong.
const EARLIEST: Instant = Instant::from_unix(1_767_225_600);

fn clock(context: &Context, checks: &mut Vec<Check>) {
    let now = context.now;
    let (found, id) =
        if now < EARLIEST { (Found::Ill, "text-doctor-clock-wrong") } else { (Found::Well, "text-doctor-clock") };
    checks.push(Check::new("clock", found, id).with("at", local_time(now)));
}

/// Who besides the owner may use a file: the mode as `ls` shows it, if that is anybody.
#[cfg(unix)]
fn open_to_others(path: &Path, bits: u32) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & bits != 0).then(|| format!("{mode:03o}"))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path, _: u32) -> Option<String> {
    None
}

fn home(context: &Context, checks: &mut Vec<Check>) -> Outcome<()> {
    let home = context.home()?;
    match fs::metadata(&home) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            checks.push(Check::new("home", Found::Note, "text-doctor-home-none").at(&home));
            return Ok(());
        }
        Err(error) => {
            let failure = Failure::file("input-unreadable", &home, &error);
            checks.push(Check::failed("home", &failure, &context.messages));
            return Ok(());
        }
        Ok(about) if !about.is_dir() => {
            checks.push(Check::new("home", Found::Ill, "text-doctor-home-file").at(&home));
            return Ok(());
        }
        Ok(_) => checks.push(match open_to_others(&home, 0o022) {
            Some(mode) => Check::new("home", Found::Ill, "text-doctor-writable").at(&home).with("mode", mode),
            None => Check::new("home", Found::Well, "text-doctor-home").at(&home),
        }),
    }
    let device = home.join(signer::DEVICE);
    match signer::device_secret(context) {
        Ok(None) => checks.push(Check::new("device-key", Found::Note, "text-doctor-device-none").at(&device)),
        Ok(Some(_)) => checks.push(match open_to_others(&device, 0o077) {
            Some(mode) => Check::new("device-key", Found::Ill, "text-doctor-readable").at(&device).with("mode", mode),
            None => Check::new("device-key", Found::Well, "text-doctor-device").at(&device),
        }),
        Err(failure) => checks.push(Check::failed("device-key", &failure, &context.messages)),
    }
    for which in Authority::ALL {
        let path = which.token(&home);
        if path.exists() {
            token(context, &path, checks);
        }
    }
    Ok(())
}

/// How long before its end a certificate is worth a word.
const SOON: i64 = 90;

fn token(context: &Context, path: &Path, checks: &mut Vec<Check>) {
    let info = match signer::token_info(path) {
        Ok((_, info)) => info,
        Err(failure) => return checks.push(Check::failed("token", &failure, &context.messages)),
    };
    let check = |found, id| Check::new("token", found, id).at(path);
    let before = checks.len();
    if info.locked {
        checks.push(check(Found::Ill, "text-doctor-token-locked"));
    } else if info.tries_left < info.max_tries {
        checks.push(check(Found::Note, "text-doctor-token-tries").with("left", i64::from(info.tries_left)));
    }
    if info.kdf.is_some_and(KdfCost::is_demo) {
        checks.push(check(Found::Ill, "text-doctor-token-demo"));
    }
    if let Some(mode) = open_to_others(path, 0o022) {
        checks.push(check(Found::Ill, "text-doctor-writable").with("mode", mode));
    } else if let Some(mode) = open_to_others(path, 0o044) {
        // Readable is no fault where a device secret is needed too; elsewhere whoever reads it may guess at the PIN.
        let bound = info.level == eseal::token::Level::Device;
        let found = if bound { Found::Note } else { Found::Ill };
        checks.push(check(found, "text-doctor-readable").with("mode", mode));
    }
    for object in &info.objects {
        // Of a key only its newest certificate is in use.
        let Some(certificate) = object.certificates.last() else { continue };
        let end = certificate.validity().to();
        let (found, id) = if end < context.now {
            (Found::Ill, "text-doctor-certificate-over")
        } else if end < context.now.plus_days(SOON) {
            (Found::Note, "text-doctor-certificate-soon")
        } else {
            continue;
        };
        // A key whose successor is there needs no successor.
        let is_old = info.objects.iter().filter(|other| other.key_use == object.key_use).any(|other| {
            other
                .certificates
                .last()
                .is_some_and(|newer| newer.validity().to() > end && newer.subject() == certificate.subject())
        });
        if !is_old && object.key_use != eseal::token::KeyUse::OldDecrypt {
            let subject = certificate.subject().to_string();
            checks.push(check(found, id).with("subject", subject).with("at", local_time(end)));
        }
    }
    if checks.len() == before {
        checks.push(check(Found::Well, "text-doctor-token"));
    }
}

/// Whether the registry answers, and whether the clock agrees with its last entry. What the entries say is for
/// `audit verify`.
fn registry(context: &Context, checks: &mut Vec<Check>) -> Outcome<()> {
    let home = context.home()?;
    if context.globals.store.is_none() && !home.join("eseal.db").exists() {
        checks.push(Check::new("registry", Found::Note, "text-doctor-registry-none"));
        return Ok(());
    }
    let read = || -> Outcome<(u64, Option<Instant>)> {
        let store = office::registry(context)?;
        let length = store.checkpoint()?.length;
        let last = match length.checked_sub(1) {
            Some(before) => store.entries(before, 1)?.pop(),
            None => None,
        };
        Ok((length, last.map(|entry| entry.at)))
    };
    checks.push(match read() {
        Err(failure) => Check::failed("registry", &failure, &context.messages),
        Ok((_, Some(last))) if last > context.now => {
            Check::new("clock", Found::Ill, "text-doctor-clock-behind").with("at", local_time(last))
        }
        Ok((length, _)) => {
            let count = i64::try_from(length).unwrap_or(i64::MAX);
            Check::new("registry", Found::Well, "text-doctor-registry").with("count", count)
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_some_time_that_a_person_waits() {
        assert_eq!(target("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(target("2s"), Ok(Duration::from_secs(2)));
        for text in ["", "s", "ms", "0s", "500", "11s", "-1s", "18446744073709551615s"] {
            assert!(target(text).is_err(), "{text}");
        }
    }
}

//! Where a secret comes from: `--pin-from prompt|env:VAR|file:PATH|fd:N|stdin`. Never the command line itself.
//!
//! The first line counts, its line end is cut off. The text goes straight into the library's `Pin`, which wipes it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::{Zeroize, Zeroizing};

use crate::failure::{Failure, Outcome, reason};
use crate::messages::Messages;

/// Longest secret in bytes; a whole file given by mistake stops here.
const LONGEST: usize = 1024;

/// A source of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PinSource {
    /// Asked for on the terminal.
    Prompt,
    /// An environment variable.
    Variable(OsString),
    /// A file.
    File(PathBuf),
    /// An open file descriptor.
    Descriptor(u32),
    /// Standard input; a second secret is its second line.
    Stdin,
}

/// The text is none of the sources. It may be the secret itself, so it is neither kept nor shown.
#[derive(Debug)]
pub(crate) struct NotASource;

impl std::fmt::Display for NotASource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("pin-source")
    }
}

impl std::error::Error for NotASource {}

impl FromStr for PinSource {
    type Err = NotASource;

    fn from_str(text: &str) -> Result<Self, NotASource> {
        match text.split_once(':') {
            None if text == "prompt" => Ok(Self::Prompt),
            None if text == "stdin" => Ok(Self::Stdin),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("fd", number)) => number.parse().map(Self::Descriptor).map_err(|_| NotASource),
            _ => Err(NotASource),
        }
    }
}

/// Which secret is wanted, for prompts and errors.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// The flag that names its source: `--pin-from`.
    pub(crate) flag: &'static str,
    /// The message that asks for it: `text-pin-prompt`.
    pub(crate) prompt: &'static str,
    /// Asked for twice, because it is new.
    pub(crate) twice: bool,
}

impl Wanted {
    /// The PIN of a token.
    pub(crate) const PIN: Self = Self { flag: "--pin-from", prompt: "text-pin-prompt", twice: false };
    /// The PIN that a token will have.
    pub(crate) const NEW_PIN: Self = Self { flag: "--new-pin-from", prompt: "text-new-pin-prompt", twice: true };
    /// The recovery code of a token, from paper.
    pub(crate) const RECOVERY: Self = Self { flag: "--recovery-from", prompt: "text-recovery-prompt", twice: false };
    /// The PIN of a token that is being made.
    pub(crate) const FIRST_PIN: Self = Self { flag: "--pin-from", prompt: "text-new-pin-prompt", twice: true };
    /// A number of the holder's own, which may not be the PIN.
    pub(crate) const HOLDER_NUMBER: Self =
        Self { flag: "--holder-number-from", prompt: "text-holder-number-prompt", twice: false };
    /// The password of a key file.
    pub(crate) const PASSWORD: Self = Self { flag: "--password-from", prompt: "text-password-prompt", twice: false };
    /// The password that a key file will have.
    pub(crate) const NEW_PASSWORD: Self =
        Self { flag: "--new-password-from", prompt: "text-new-password-prompt", twice: true };
    /// The authorisation code of an application.
    pub(crate) const CODE: Self = Self { flag: "--code-from", prompt: "text-code-prompt", twice: false };
    /// The revocation passphrase of a certificate.
    pub(crate) const PASSPHRASE: Self =
        Self { flag: "--passphrase-from", prompt: "text-passphrase-prompt", twice: false };
    /// The revocation passphrase that a certificate will have.
    pub(crate) const NEW_PASSPHRASE: Self =
        Self { flag: "--revocation-passphrase-from", prompt: "text-new-passphrase-prompt", twice: true };
    /// The PIN of an authority's keys.
    pub(crate) const KEY_PIN: Self = Self { flag: "--key-pin-from", prompt: "text-key-pin-prompt", twice: false };
    /// The PIN that an authority's keys will have.
    pub(crate) const FIRST_KEY_PIN: Self =
        Self { flag: "--key-pin-from", prompt: "text-new-key-pin-prompt", twice: true };
}

/// Reads a secret. Without a source it is asked for on a terminal; without a terminal that is refused (exit 5).
pub(crate) fn read_secret(
    source: Option<&PinSource>,
    wanted: Wanted,
    may_ask: bool,
    messages: &Messages,
) -> Outcome<Zeroizing<String>> {
    let secret = match source {
        None => {
            if !may_ask || !std::io::stdin().is_terminal() {
                return Err(no_terminal(wanted));
            }
            ask(wanted, messages)?
        }
        Some(PinSource::Prompt) if !may_ask => return Err(no_terminal(wanted)),
        Some(PinSource::Prompt) => ask(wanted, messages)?,
        Some(PinSource::Variable(name)) => match std::env::var_os(name) {
            Some(value) => first_line(&mut value.into_encoded_bytes().as_slice(), wanted)?,
            None => {
                let name = name.to_string_lossy().into_owned();
                return Err(Failure::new("pin-variable-unset").with("name", name).with("flag", wanted.flag));
            }
        },
        Some(PinSource::File(path)) => {
            let file = File::open(path).map_err(|error| Failure::file("pin-unreadable", path, &error))?;
            first_line(&mut BufReader::with_capacity(LONGEST, file), wanted).map_err(|failure| failure.at(path))?
        }
        Some(PinSource::Descriptor(number)) => {
            // Opened by name: taking the descriptor itself over would need unsafe code.
            let opened =
                File::open(format!("/proc/self/fd/{number}")).or_else(|_| File::open(format!("/dev/fd/{number}")));
            let file = opened.map_err(|error| {
                Failure::new("pin-descriptor").with("number", i64::from(*number)).fill("reason", reason(&error))
            })?;
            first_line(&mut BufReader::with_capacity(LONGEST, file), wanted)?
        }
        Some(PinSource::Stdin) => first_line(&mut std::io::stdin().lock(), wanted)?,
    };
    let secret = Zeroizing::new(secret);
    if secret.is_empty() { Err(Failure::new("pin-empty").with("flag", wanted.flag)) } else { Ok(secret) }
}

fn no_terminal(wanted: Wanted) -> Failure {
    Failure::new("pin-no-terminal").with("flag", wanted.flag)
}

fn ask(wanted: Wanted, messages: &Messages) -> Outcome<String> {
    let once = |id: &str| {
        let prompt = format!("{} ", messages.text(id, &[]));
        rpassword::prompt_password(prompt).map_err(|_| no_terminal(wanted))
    };
    let secret = once(wanted.prompt)?;
    if wanted.twice && *Zeroizing::new(once("text-pin-again")?) != secret {
        return Err(Failure::new("pin-mismatch").with("flag", wanted.flag));
    }
    Ok(secret)
}

fn first_line(input: &mut dyn BufRead, wanted: Wanted) -> Outcome<String> {
    // Room for the longest line at once: a buffer that grows leaves copies behind.
    let mut line = Vec::with_capacity(LONGEST + 2);
    let limit = u64::try_from(LONGEST + 2).expect("a small number");
    input
        .take(limit)
        .read_until(b'\n', &mut line)
        .map_err(|error| Failure::new("pin-source-broken").with("flag", wanted.flag).fill("reason", reason(&error)))?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    if line.len() > LONGEST {
        line.zeroize();
        return Err(Failure::new("pin-too-long").with("flag", wanted.flag));
    }
    String::from_utf8(line).map_err(|error| {
        error.into_bytes().zeroize();
        Failure::new("pin-not-text").with("flag", wanted.flag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8]) -> Outcome<String> {
        first_line(&mut &bytes[..], Wanted::PIN)
    }

    #[test]
    fn only_the_first_line_counts_and_its_end_is_cut() {
        for text in ["geheim 1\n", "geheim 1", "geheim 1\r\n", "geheim 1\nmore\n"] {
            assert_eq!(line(text.as_bytes()).unwrap(), "geheim 1");
        }
        assert_eq!(line("trailing \n".as_bytes()).unwrap(), "trailing ");
        assert_eq!(line("\u{53e3}\u{4ee4}\n".as_bytes()).unwrap(), "\u{53e3}\u{4ee4}");
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_is_refused_without_showing_it() {
        let long = line(&[b'a'; LONGEST + 1]).unwrap_err();
        assert_eq!(long.code(), "pin-too-long");
        assert!(line(&[b'a'; LONGEST]).is_ok());
        let binary = line(b"\xff\xfe\n").unwrap_err();
        assert_eq!(binary.code(), "pin-not-text");
    }

    #[test]
    fn two_lines_of_one_input_are_two_secrets() {
        let mut input: &[u8] = b"first\nsecond\n";
        assert_eq!(first_line(&mut input, Wanted::PIN).unwrap(), "first");
        assert_eq!(first_line(&mut input, Wanted::NEW_PIN).unwrap(), "second");
    }

    #[test]
    fn a_literal_secret_is_no_source_and_is_not_repeated() {
        for text in ["12345678", "pass:12345678", "env:", "file:", "fd:x", "fd:-1", ""] {
            let error = text.parse::<PinSource>().unwrap_err();
            assert!(text.is_empty() || !format!("{error} {error:?}").contains(text));
        }
        assert_eq!("fd:3".parse::<PinSource>().unwrap(), PinSource::Descriptor(3));
        assert_eq!("file:a:b".parse::<PinSource>().unwrap(), PinSource::File("a:b".into()));
    }

    #[test]
    fn without_a_terminal_or_with_no_input_the_flag_is_named() {
        let failure = read_secret(None, Wanted::KEY_PIN, false, &Messages::new(eseal::Lang::En)).unwrap_err();
        assert_eq!(failure.code(), "pin-no-terminal");
        assert_eq!(failure.exit(), crate::exit::Exit::Refused);
        assert!(failure.sentence(&Messages::new(eseal::Lang::ZhCn)).contains("--key-pin-from"));
    }
}

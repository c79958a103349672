//! Wrong usage (exit 2): what clap found wrong, told in our words and by a stable code.

use std::collections::HashMap;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::failure::Failure;

/// Commands of cli.md, 3, that later versions have. Naming one says so instead of "unknown command".
const LATER: &[&str] = &[
    "archive", "batch", "collect", "check", "convert", "draw", "export", "history", "import", "list", "resume",
    "revoke", "status", "suspend", "verify", "void",
];

/// Turns clap's error into ours. Values that were typed are not repeated: one of them may be a secret.
pub(crate) fn failure(error: &Error) -> Failure {
    let context: HashMap<ContextKind, &ContextValue> = error.context().collect();
    let text = |kind: ContextKind| match context.get(&kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let argument = || text(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            // A single word without dashes can be a value that slipped; only flags are repeated.
            let name = argument();
            let name = if name.starts_with('-') { name } else { String::from("…") };
            match text(ContextKind::SuggestedArg) {
                near if near.is_empty() => Failure::new("usage-unknown-flag").with("argument", name),
                near => Failure::new("usage-unknown-flag-near").with("argument", name).with("near", near),
            }
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand);
            if LATER.contains(&name.as_str()) {
                return Failure::not_yet(name);
            }
            match text(ContextKind::SuggestedSubcommand) {
                near if near.is_empty() => Failure::new("usage-unknown-command").with("command", name),
                near => Failure::new("usage-unknown-command-near").with("command", name).with("near", near),
            }
        }
        ErrorKind::MissingSubcommand => Failure::new("usage-command-missing"),
        ErrorKind::MissingRequiredArgument => Failure::new("usage-argument-missing").with("argument", argument()),
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            if other.is_empty() || other == argument() {
                Failure::new("usage-argument-twice").with("argument", argument())
            } else {
                Failure::new("usage-conflict").with("argument", argument()).with("other", other)
            }
        }
        ErrorKind::InvalidValue => {
            let values = text(ContextKind::ValidValue);
            if values.is_empty() {
                return Failure::new("usage-value-missing").with("argument", argument());
            }
            Failure::new("usage-value").with("argument", argument()).with("values", values)
        }
        ErrorKind::ValueValidation => match source(error).as_deref() {
            Some("pin-source") => Failure::new("usage-pin-source").with("argument", argument()),
            Some("target") => Failure::new("usage-target").with("argument", argument()),
            Some("kdf") => Failure::new("usage-kdf").with("argument", argument()),
            Some("time") => Failure::new("usage-time").with("argument", argument()),
            Some("serial") => Failure::new("usage-serial").with("argument", argument()),
            Some("span") => Failure::new("usage-span").with("argument", argument()),
            Some("duration") => Failure::new("usage-duration").with("argument", argument()),
            Some("tree-head") => Failure::new("usage-tree-head").with("argument", argument()),
            Some("lang") => Failure::new("usage-value").with("argument", argument()).with("values", "zh-CN, en-US"),
            _ => Failure::new("usage-value-malformed").with("argument", argument()),
        },
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            Failure::new("usage-value-missing").with("argument", argument())
        }
        ErrorKind::TooManyValues => Failure::new("usage-value-unwanted").with("argument", argument()),
        ErrorKind::InvalidUtf8 => Failure::new("usage-not-utf8"),
        _ => Failure::new("usage"),
    }
}

fn source(error: &Error) -> Option<String> {
    std::error::Error::source(error).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use eseal::lang::Lang;

    use super::*;
    use crate::args::Cli;
    use crate::messages::Messages;

    fn refused(line: &str) -> Failure {
        let words = line.split(' ');
        let tree = crate::help::localize(Cli::command(), &Messages::new(Lang::ZhCn));
        failure(&tree.try_get_matches_from(words).expect_err("wrong usage"))
    }

    #[test]
    fn each_kind_of_wrong_usage_has_its_code_and_sentence() {
        for (line, code) in [
            ("eseal verify --nonsense a.pdf", "usage-unknown-flag"),
            ("eseal verify --revocatio none a.pdf", "usage-unknown-flag-near"),
            ("eseal frobnicate", "usage-unknown-command"),
            ("eseal verif", "usage-unknown-command-near"),
            ("eseal batch", "not-supported-yet"),
            ("eseal seal list", "not-supported-yet"),
            ("eseal cert hold xyz", "usage-serial"),
            ("eseal cert list --expiring soon", "usage-span"),
            ("eseal agent start a.token --for long", "usage-duration"),
            ("eseal agent start a.token --idle 8", "usage-duration"),
            ("eseal cert list --status odd", "usage-value"),
            ("eseal verify", "usage-argument-missing"),
            ("eseal verify --json --jsonl a.pdf", "usage-conflict"),
            ("eseal verify --revocation maybe a.pdf", "usage-value"),
            ("eseal verify --at yesterday a.pdf", "usage-time"),
            ("eseal token show a --lang klingon", "usage-value"),
            ("eseal token change-pin a --pin-from 12345678", "usage-pin-source"),
            ("eseal token new a --kdf pbkdf2:10", "usage-kdf"),
            ("eseal doctor --target 1h", "usage-target"),
            ("eseal verify a.pdf --jobs many", "usage-value-malformed"),
            ("eseal verify a.pdf --jobs", "usage-value-missing"),
        ] {
            let failure = refused(line);
            assert_eq!(failure.code(), code, "{line}");
            assert_eq!(failure.exit(), crate::exit::Exit::Usage);
            for lang in [Lang::En, Lang::ZhCn] {
                let text = failure.lines(&Messages::new(lang));
                assert!(!text.contains("{$"), "{text}");
                assert!(!text.contains("12345678"), "{text}");
            }
        }
    }
}

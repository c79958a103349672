//! A command that could not do its work: a stable code, what its sentence is filled with, and the exit.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use eseal::lang::Lang;
use eseal::time::Instant;
use serde_json::{Map, json};

use crate::exit::Exit;
use crate::messages::{Messages, Value};
use crate::output::local_time;

/// Why a command stopped. Never holds a secret.
#[derive(Debug)]
pub(crate) struct Failure {
    code: String,
    exit: Exit,
    path: Option<PathBuf>,
    values: Vec<(&'static str, Filling)>,
}

/// What a place in a sentence is filled with.
#[derive(Clone, Debug)]
pub(crate) enum Filling {
    /// The same in every language.
    Plain(Value),
    /// A word of the library, in Chinese and in English.
    Label(&'static str, &'static str),
    /// A time: local for people, RFC 3339 in JSON.
    Time(Instant),
}

/// What a command gives back.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    /// A failure by its code; the exit follows from the code.
    pub(crate) fn new(code: impl Into<String>) -> Self {
        let code = code.into();
        let exit = Exit::of_code(&code);
        Self { code, exit, path: None, values: Vec::new() }
    }

    /// Something this version does not do yet, exit 2, and what that is.
    pub(crate) fn not_yet(what: impl Into<String>) -> Self {
        Self::new("not-supported-yet").with("what", what.into())
    }

    /// A panic that was caught; the hook has told where.
    pub(crate) fn bug() -> Self {
        Self::new("internal-bug").with("place", "?")
    }

    /// A file that could not be read or written, with the system's reason.
    pub(crate) fn file(code: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(code).at(path).fill("reason", reason(error))
    }

    /// Fills a variable of the sentence.
    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fill(name, Filling::Plain(value.into()))
    }

    /// Fills a variable of the sentence.
    pub(crate) fn fill(mut self, name: &'static str, filling: Filling) -> Self {
        self.values.retain(|(known, _)| *known != name);
        self.values.push((name, filling));
        self
    }

    /// Names the file it happened with, unless one is named already.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// Counts as unreadable input (exit 6), whatever the code says elsewhere.
    pub(crate) const fn unreadable(mut self) -> Self {
        self.exit = Exit::CouldNot;
        self
    }

    /// The stable word.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What the run ends with.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    fn filled(&self, lang: Lang) -> Vec<(&str, Value)> {
        let plain = |filling: &Filling| match filling {
            Filling::Plain(value) => value.clone(),
            Filling::Label(zh, en) => Value::from(lang.pick(zh, en)),
            Filling::Time(at) => Value::from(local_time(*at)),
        };
        let mut values: Vec<(&str, Value)> = self.values.iter().map(|(name, value)| (*name, plain(value))).collect();
        if let Some(path) = &self.path {
            values.push(("path", path.display().to_string().into()));
        }
        values
    }

    /// What went wrong, one line, in the language of the messages, with the file in front where the sentence does not name it.
    pub(crate) fn sentence(&self, messages: &Messages) -> String {
        let values = self.filled(messages.lang());
        let text = messages
            .find(&format!("err-{}", self.code), &values)
            .unwrap_or_else(|| messages.text("err-unnamed", &[("code", self.code.clone().into())]));
        match &self.path {
            Some(path) if !text.contains(&*path.to_string_lossy()) => one_line(&format!("{}: {text}", path.display())),
            _ => one_line(&text),
        }
    }

    /// The next step, if one is known.
    pub(crate) fn hint(&self, messages: &Messages) -> Option<String> {
        messages.find(&format!("hint-{}", self.code), &self.filled(messages.lang())).map(|text| one_line(&text))
    }

    /// The lines for stderr: `error[<code>]: …` and, where there is one, `hint: …`.
    pub(crate) fn lines(&self, messages: &Messages) -> String {
        let mut lines = format!("error[{}]: {}\n", self.code, self.sentence(messages));
        if let Some(hint) = self.hint(messages) {
            lines.push_str("hint: ");
            lines.push_str(&hint);
            lines.push('\n');
        }
        lines
    }

    /// The part of a JSON object that tells it: always English.
    pub(crate) fn json(&self, english: &Messages) -> serde_json::Value {
        let mut detail = Map::new();
        for (name, filling) in &self.values {
            let value = match filling {
                Filling::Plain(Value::Number(number)) => json!(number.value),
                Filling::Plain(Value::String(text)) => json!(text),
                Filling::Label(_, english) => json!(english),
                Filling::Time(at) => json!(at.to_rfc3339()),
                Filling::Plain(_) => continue,
            };
            detail.insert((*name).into(), value);
        }
        let mut object = Map::new();
        object.insert("code".into(), json!(self.code));
        object.insert("message".into(), json!(self.sentence(english)));
        if let Some(hint) = self.hint(english) {
            object.insert("hint".into(), json!(hint));
        }
        if let Some(path) = &self.path {
            object.insert("path".into(), json!(path.to_string_lossy()));
        }
        object.insert("detail".into(), detail.into());
        object.insert("exit".into(), json!(self.exit.code()));
        object.into()
    }
}

/// The system's reason, in both languages where it is a common one.
pub(crate) fn reason(error: &std::io::Error) -> Filling {
    match error.kind() {
        ErrorKind::NotFound => Filling::Label("不存在", "it does not exist"),
        ErrorKind::PermissionDenied => Filling::Label("没有权限", "permission denied"),
        ErrorKind::StorageFull => Filling::Label("磁盘已满", "the disk is full"),
        ErrorKind::QuotaExceeded => Filling::Label("超出磁盘配额", "the disk quota is used up"),
        ErrorKind::ReadOnlyFilesystem => Filling::Label("文件系统只读", "the file system is read-only"),
        ErrorKind::NotADirectory => Filling::Label("路径中有一段不是目录", "a part of the path is no folder"),
        ErrorKind::InvalidFilename => Filling::Label("文件名不合法", "the file name is not possible"),
        _ => Filling::Plain(error.to_string().into()),
    }
}

/// Keeps an error on one line and free of terminal controls, whatever a file put into its names.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_even_when_a_name_holds_line_ends_and_escapes() {
        let failure = Failure::new("output-exists").at(Path::new("a\n\u{1b}[2Jb.pdf"));
        let lines = failure.lines(&Messages::new(Lang::En));
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(!lines.contains('\u{1b}'));
    }

    #[test]
    fn json_tells_the_error_in_english_with_its_exit() {
        let failure = Failure::not_yet("--seam");
        let object = failure.json(&Messages::new(Lang::En));
        assert_eq!(object["code"], "not-supported-yet");
        assert_eq!(object["exit"], 2);
        assert_eq!(object["detail"]["what"], "--seam");
    }
}

//! Sentences, hints and help in two languages, from the Fluent files under `i18n/`.
//!
//! Ids: `err-<code>` says what went wrong, `cause-<code>` why that is so, `hint-<code>` what to do next, `help-…` the help of
//! commands and arguments, `value-…` the names of their values, `text-…` everything else.

use std::borrow::Cow;
use std::ffi::OsString;

use eseal::lang::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../i18n/en-US/eseal.ftl");
const CHINESE: &str = include_str!("../i18n/zh-CN/eseal.ftl");

/// A value that a sentence is filled with.
pub(crate) type Value = FluentValue<'static>;

/// The sentences of one language.
pub(crate) struct Messages {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Messages {
    /// Reads the file of a language. A faulty file is a bug that the tests below catch.
    pub(crate) fn new(lang: Lang) -> Self {
        let (id, source) = match lang {
            Lang::ZhCn => ("zh-CN", CHINESE),
            Lang::En => ("en-US", ENGLISH),
        };
        let id: LanguageIdentifier = id.parse().expect("both tags are well-formed");
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, _)| partial);
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The marks for mixed writing directions are noise in a terminal.
        bundle.set_use_isolating(false);
        // The first of two equal ids wins; a test forbids two.
        let _ = bundle.add_resource(resource);
        Self { lang, bundle }
    }

    /// The language.
    pub(crate) const fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether there is a sentence of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// The sentence of this id, filled with values; the id itself when there is none.
    pub(crate) fn text(&self, id: &str, values: &[(&str, Value)]) -> String {
        self.find(id, values).unwrap_or_else(|| id.to_owned())
    }

    /// The sentence of this id, filled with values.
    pub(crate) fn find(&self, id: &str, values: &[(&str, Value)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(Cow::Owned((*name).to_owned()), value.clone());
        }
        // A value that was not given stays visible as its name.
        let mut faults = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned())
    }
}

/// The language to speak: `--lang`, then `ESEAL_LANG`, then the locale, then English.
///
/// Looked up before the command line is parsed, because the parser's own help and errors need it.
pub(crate) fn choose_language(arguments: &[OsString], variable: impl Fn(&str) -> Option<OsString>) -> Lang {
    if let Some(lang) = from_arguments(arguments) {
        return lang;
    }
    let text = |name: &str| variable(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
    if let Some(lang) = text("ESEAL_LANG").as_deref().and_then(parse_language) {
        return lang;
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(text).unwrap_or_default();
    if locale.starts_with("zh") { Lang::ZhCn } else { Lang::En }
}

/// A language by the words that `--lang` takes.
pub(crate) fn parse_language(word: &str) -> Option<Lang> {
    match word.to_ascii_lowercase().replace('_', "-").as_str() {
        "zh" | "zh-cn" | "zh-hans" | "zh-hans-cn" => Some(Lang::ZhCn),
        "en" | "en-us" => Some(Lang::En),
        _ => None,
    }
}

fn from_arguments(arguments: &[OsString]) -> Option<Lang> {
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    let mut found = None;
    while let Some(argument) = rest.next() {
        let argument = argument.to_string_lossy();
        let word = match argument.strip_prefix("--lang") {
            Some("") => rest.next().map(|next| next.to_string_lossy().into_owned()),
            Some(joined) => joined.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        found = word.as_deref().and_then(parse_language).or(found);
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Every id of a file with the variables that its sentence uses.
    pub(crate) fn ids(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if !line.starts_with([' ', '}']) {
                let (id, _) = line.split_once('=').expect("an entry has an equals sign");
                current = id.trim().to_owned();
                assert!(!found.contains_key(&current), "{current} twice");
                found.insert(current.clone(), BTreeSet::new());
            }
            for part in line.split('$').skip(1) {
                let name = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect();
                found.get_mut(&current).expect("just put there").insert(name);
            }
        }
        found
    }

    #[test]
    fn both_files_are_well_formed_fluent() {
        for source in [ENGLISH, CHINESE] {
            if let Err((_, faults)) = FluentResource::try_new(source.to_owned()) {
                panic!("{faults:?}");
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_sentences_with_the_same_variables() {
        let (english, chinese) = (ids(ENGLISH), ids(CHINESE));
        for (id, variables) in &english {
            assert_eq!(Some(variables), chinese.get(id), "{id}");
        }
        for id in chinese.keys() {
            assert!(english.contains_key(id), "{id} is only in the Chinese file");
        }
    }

    #[test]
    fn every_error_sentence_has_a_cause_and_a_next_step() {
        let english = ids(ENGLISH);
        for id in english.keys() {
            if let Some(code) = id.strip_prefix("err-").or_else(|| id.strip_prefix("finding-")) {
                assert!(english.contains_key(&format!("cause-{code}")), "cause-{code} is missing");
                assert!(english.contains_key(&format!("hint-{code}")), "hint-{code} is missing");
            }
        }
    }

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_flag_comes_before_the_variable_and_the_locale() {
        let zh = |name: &str| (name == "LANG").then(|| OsString::from("zh_CN.UTF-8"));
        assert_eq!(choose_language(&arguments("eseal verify"), zh), Lang::ZhCn);
        assert_eq!(choose_language(&arguments("eseal --lang en verify"), zh), Lang::En);
        assert_eq!(choose_language(&arguments("eseal verify --lang=en-US"), zh), Lang::En);
        assert_eq!(choose_language(&arguments("eseal verify -- --lang=en"), zh), Lang::ZhCn);
        let both = |name: &str| match name {
            "ESEAL_LANG" => Some(OsString::from("en")),
            "LC_ALL" => Some(OsString::from("zh_TW")),
            _ => None,
        };
        assert_eq!(choose_language(&arguments("eseal"), both), Lang::En);
        assert_eq!(choose_language(&arguments("eseal"), |_| None), Lang::En);
        let c = |name: &str| match name {
            "LC_ALL" => Some(OsString::from("C")),
            "LANG" => Some(OsString::from("zh_CN")),
            _ => None,
        };
        assert_eq!(choose_language(&arguments("eseal"), c), Lang::En);
    }

    #[test]
    fn a_missing_sentence_shows_its_id_and_never_panics() {
        let messages = Messages::new(Lang::ZhCn);
        assert_eq!(messages.text("err-that-nobody-wrote", &[]), "err-that-nobody-wrote");
    }
}

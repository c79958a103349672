//! Room `lang`: the two languages in which closed vocabularies (checks, verdicts, reasons) have labels.
//!
//! Uses no other room. Sentences and hints live in the command, never here.

/// A language in which the library can name things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, `zh-CN`.
    ZhCn,
    /// English, `en-US`; the default.
    #[default]
    En,
}

impl Lang {
    /// Picks one of two texts.
    #[must_use]
    pub const fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::ZhCn => zh,
            Self::En => en,
        }
    }
}

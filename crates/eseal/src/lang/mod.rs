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

/// Makes a closed vocabulary: an enum whose every variant has a stable word for programs and a name in both languages.
///
/// `pub enum Name: code { Variant = "stable-word", "中文", "English"; … }`; what follows the colon names the method that
/// gives the stable word. A variant without a translation does not compile.
macro_rules! vocabulary {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident: $word_of:ident {
            $($(#[$doc:meta])* $variant:ident = $word:literal, $zh:literal, $en:literal;)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("`", $word, "`: ", $en, " (", $zh, ").")]
                $variant,
            )+
        }

        impl $name {
            /// Everything in this vocabulary, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable word, for programs.
            #[must_use]
            pub const fn $word_of(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The name for people.
            #[must_use]
            pub const fn label(self, lang: $crate::lang::Lang) -> &'static str {
                match self { $(Self::$variant => lang.pick($zh, $en),)+ }
            }
        }
    };
}
pub(crate) use vocabulary;

use std::fmt;

use crate::lang::Lang;
use crate::time::Instant;

/// The versions of the seal format, each named after its `header.version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealVersion {
    /// GM/T 0031-2014.
    V1,
    /// GB/T 38540-2020, the format of practically all files in use.
    V4,
    /// GM/T 0031-2025.
    V5,
}

impl SealVersion {
    /// The standard that defines it.
    #[must_use]
    pub const fn standard(self) -> &'static str {
        match self {
            Self::V1 => "GM/T 0031-2014",
            Self::V4 => "GB/T 38540-2020",
            Self::V5 => "GM/T 0031-2025",
        }
    }

    /// The number that V4 and V5 write as `header.version`; 1 for V1, where files have 1 or 2.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V4 => 4,
            Self::V5 => 5,
        }
    }
}

impl fmt::Display for SealVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// The type of a seal (印章类型): a number whose meaning the standards leave to the business.
///
/// GM/T 0031-2014 has 1 for organizations and 2 for persons; the names here follow the national government-service
/// platform and are hints, nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SealKind(i64);

impl SealKind {
    /// 个人名章: a person's name.
    pub const PERSON: Self = Self(0);
    /// 法定名称章: the legal name of an organization.
    pub const ORGANIZATION: Self = Self(1);
    /// 财务专用章: finance.
    pub const FINANCE: Self = Self(2);
    /// 发票专用章: invoices.
    pub const INVOICE: Self = Self(3);
    /// 合同专用章: contracts.
    pub const CONTRACT: Self = Self(4);
    /// 法定代表人名章: the name of the legal representative.
    pub const LEGAL_REPRESENTATIVE: Self = Self(5);
    /// 业务专用章: other business.
    pub const BUSINESS: Self = Self(6);
    /// 其他: other.
    pub const OTHER: Self = Self(99);

    /// A number of the business's own.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// A word of the command line: `person`, `organization`, `finance`, `invoice`, `contract`, `legal-representative`,
    /// `business`, `other`, or a number.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::NAMED
            .iter()
            .find(|(_, name, ..)| *name == word)
            .map(|(kind, ..)| *kind)
            .or_else(|| word.parse().ok().map(Self))
    }

    /// What the number probably means in a seal of this version.
    #[must_use]
    pub fn hint(self, version: SealVersion, lang: Lang) -> Option<&'static str> {
        if version == SealVersion::V1 {
            return match self.0 {
                1 => Some(lang.pick("单位印章", "organization seal")),
                2 => Some(lang.pick("个人印章", "personal seal")),
                _ => None,
            };
        }
        Self::NAMED.iter().find(|(kind, ..)| *kind == self).map(|(_, _, zh, en)| lang.pick(zh, en))
    }

    /// Number, word of the command line, Chinese, English.
    const NAMED: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::PERSON, "person", "个人名章", "personal name seal"),
        (Self::ORGANIZATION, "organization", "法定名称章", "seal of the legal name"),
        (Self::FINANCE, "finance", "财务专用章", "finance seal"),
        (Self::INVOICE, "invoice", "发票专用章", "invoice seal"),
        (Self::CONTRACT, "contract", "合同专用章", "contract seal"),
        (Self::LEGAL_REPRESENTATIVE, "legal-representative", "法定代表人名章", "legal representative's name seal"),
        (Self::BUSINESS, "business", "业务专用章", "business seal"),
        (Self::OTHER, "other", "其他印章", "other seal"),
    ];

    /// The words that [`SealKind::parse`] knows beside numbers.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Self::NAMED.iter().map(|(_, word, ..)| *word)
    }
}

impl fmt::Display for SealKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A private extension (自定义数据, `ExtData`) of a seal or seal signature; its meaning is not known here.
#[derive(Clone, PartialEq, Eq)]
pub struct Extension {
    /// The object identifier, dotted.
    pub id: String,
    /// Whether its writer marked it critical.
    pub critical: bool,
    /// The value, as received.
    pub value: Vec<u8>,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let critical = if self.critical { ", critical" } else { "" };
        write!(f, "Extension({}{critical}, {} bytes)", self.id, self.value.len())
    }
}

/// The signing time that a seal signature states (`timeInfo`): the signer's own claim, whatever its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimedTime {
    /// A time with a zone.
    Utc(Instant),
    /// V1: text without a zone, or no time at all.
    Text {
        /// The text, cut to 64 bytes.
        text: String,
        /// What it means as China Standard Time, if it is a time.
        assumed: Option<Instant>,
    },
    /// V1: a DER structure, supposed to be a time-stamp token.
    Token(Vec<u8>),
}

impl ClaimedTime {
    /// The instant, if the form gives one.
    #[must_use]
    pub const fn instant(&self) -> Option<Instant> {
        match self {
            Self::Utc(at) => Some(*at),
            Self::Text { assumed, .. } => *assumed,
            Self::Token(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_from_a_word_or_a_number() {
        assert_eq!(SealKind::parse("finance"), Some(SealKind::FINANCE));
        assert_eq!(SealKind::parse("15"), Some(SealKind::new(15)));
        assert_eq!(SealKind::parse("公章"), None);
        assert_eq!(SealKind::words().count(), 8);
    }

    #[test]
    fn the_hint_depends_on_the_version() {
        assert_eq!(SealKind::new(2).hint(SealVersion::V1, Lang::ZhCn), Some("个人印章"));
        assert_eq!(SealKind::new(2).hint(SealVersion::V4, Lang::ZhCn), Some("财务专用章"));
        assert_eq!(SealKind::new(15).hint(SealVersion::V4, Lang::En), None);
    }
}

use crate::lang::Lang;

use super::Finding;
use super::Outcome;

/// What all answers together say (结论). It is computed from them wherever it is asked for, and kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing to verify.
    NotStamped,
    /// Every question was answered, none badly.
    Valid,
    /// No question was answered badly, but some could not be answered.
    Indeterminate,
    /// A question was answered badly.
    Invalid,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &[Self] = &[Self::NotStamped, Self::Valid, Self::Indeterminate, Self::Invalid];

    /// The verdict over the answers about one stamp. No answers are no valid stamp.
    #[must_use]
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let worst = findings.into_iter().map(|finding| finding.outcome).max();
        match worst {
            Some(Outcome::Pass | Outcome::Note) => Self::Valid,
            Some(Outcome::Unknown) | None => Self::Indeterminate,
            Some(Outcome::Fail) => Self::Invalid,
        }
    }

    /// Its stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotStamped => "not-stamped",
            Self::Valid => "valid",
            Self::Indeterminate => "indeterminate",
            Self::Invalid => "invalid",
        }
    }

    /// The verdict that a word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verdict| verdict.word() == word)
    }

    /// The verdict in words.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::NotStamped => lang.pick("未盖章", "not stamped"),
            Self::Valid => lang.pick("有效", "valid"),
            Self::Indeterminate => lang.pick("不能确定", "indeterminate"),
            Self::Invalid => lang.pick("无效", "invalid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::finding::Answer;
    use super::*;

    #[test]
    fn the_worst_answer_makes_the_verdict_and_no_answer_is_not_valid() {
        let verdict = |outcomes: &[Outcome]| {
            let findings: Vec<_> =
                outcomes.iter().map(|outcome| Answer::new(*outcome, "ok").to(Check::Format, "")).collect();
            Verdict::of(&findings)
        };
        assert_eq!(verdict(&[]), Verdict::Indeterminate);
        assert_eq!(verdict(&[Outcome::Pass, Outcome::Note]), Verdict::Valid);
        assert_eq!(verdict(&[Outcome::Unknown, Outcome::Pass]), Verdict::Indeterminate);
        assert_eq!(verdict(&[Outcome::Pass, Outcome::Fail, Outcome::Unknown]), Verdict::Invalid);
    }

    #[test]
    fn a_word_names_its_verdict() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.word()), Some(*verdict));
        }
        assert_eq!(Verdict::parse("good"), None);
    }
}

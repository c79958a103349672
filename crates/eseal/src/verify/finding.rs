use crate::cert::Certificate;
use crate::lang::Lang;

use super::Check;
use super::Code;

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Worth knowing; it changes no verdict.
    Note,
    /// Could not be answered, and the reason says why.
    Unknown,
    /// Not as it should be.
    Fail,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &[Self] = &[Self::Pass, Self::Note, Self::Unknown, Self::Fail];

    /// Its stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }

    /// The outcome in words.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Pass => lang.pick("通过", "pass"),
            Self::Note => lang.pick("提示", "note"),
            Self::Unknown => lang.pick("无法判定", "unknown"),
            Self::Fail => lang.pick("未通过", "fail"),
        }
    }
}

/// One answer of a report (验证结果项): the question, the outcome, why, and by which clause.
///
/// A question has one answer; notes on the same question may follow it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The question.
    pub check: Check,
    /// The outcome.
    pub outcome: Outcome,
    /// A stable word that says why; [`label_of`](super::label_of) has it in words.
    pub code: &'static str,
    /// What the code leaves open: names and values, in a fixed order.
    pub detail: Vec<(&'static str, String)>,
    /// The clause that asks the question.
    pub clause: &'static str,
}

impl Finding {
    /// Why, in words.
    #[must_use]
    pub fn reason(&self, lang: Lang) -> &'static str {
        super::label_of(self.code, lang).unwrap_or(self.code)
    }
}

/// An answer without its question, which the asker adds.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    pub(super) code: &'static str,
    pub(super) detail: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) const fn new(outcome: Outcome, code: &'static str) -> Self {
        Self { outcome, code, detail: Vec::new() }
    }

    pub(super) const fn pass() -> Self {
        Self::new(Outcome::Pass, Code::Ok.code())
    }

    pub(super) const fn note(code: Code) -> Self {
        Self::new(Outcome::Note, code.code())
    }

    pub(super) const fn unknown(code: Code) -> Self {
        Self::new(Outcome::Unknown, code.code())
    }

    pub(super) const fn fail(code: Code) -> Self {
        Self::new(Outcome::Fail, code.code())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.detail.push((name, value.to_string()));
        self
    }

    pub(super) fn with_all(mut self, detail: &[(&'static str, String)]) -> Self {
        self.detail.extend_from_slice(detail);
        self
    }

    /// Says whose certificate it is about, unless all is well.
    pub(super) fn with_signer(self, signer: &Certificate) -> Self {
        if self.outcome == Outcome::Pass {
            return self;
        }
        self.with("signer", signer.subject()).with("serial", signer.serial())
    }

    pub(super) fn to(self, check: Check, clause: &'static str) -> Finding {
        Finding { check, outcome: self.outcome, code: self.code, detail: self.detail, clause }
    }
}

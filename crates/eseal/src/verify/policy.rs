use crate::cert::RevocationPolicy;

/// What the caller asks beyond the standards, each with the strict choice as default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether revocation data must be there.
    pub revocation: RevocationPolicy,
    /// Whose absence makes a verdict indeterminate instead of being noted.
    pub require: Requirements,
    /// Which later changes are accepted.
    pub allow_later: AllowLater,
}

/// Something whose absence is noted unless it is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// A status list that says the seal is in use.
    Status,
    /// A time stamp that proves when it was stamped.
    Timestamp,
    /// A shown picture that can be compared with the seal's.
    Picture,
}

impl Requirement {
    /// Every requirement.
    pub const ALL: &[Self] = &[Self::Status, Self::Timestamp, Self::Picture];

    /// Its word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Timestamp => "timestamp",
            Self::Picture => "picture",
        }
    }

    /// The requirement that a word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|requirement| requirement.word() == word)
    }
}

/// A set of [`Requirement`]s; empty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requirements(u8);

impl Requirements {
    /// The set with one more requirement.
    #[must_use]
    pub const fn with(self, requirement: Requirement) -> Self {
        Self(self.0 | 1 << requirement as u8)
    }

    /// Whether it is in the set.
    #[must_use]
    pub const fn demand(self, requirement: Requirement) -> bool {
        self.0 & 1 << requirement as u8 != 0
    }
}

impl FromIterator<Requirement> for Requirements {
    fn from_iter<I: IntoIterator<Item = Requirement>>(requirements: I) -> Self {
        requirements.into_iter().fold(Self::default(), Self::with)
    }
}

/// Which changes after a signature leave a verdict valid, beside further stamps and time stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowLater {
    /// None.
    #[default]
    Nothing,
    /// Form fields that were filled in.
    Forms,
    /// Form fields, and comments.
    Annotations,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_requirements_holds_what_was_put_in() {
        let set: Requirements = [Requirement::Picture, Requirement::Status].into_iter().collect();
        assert!(set.demand(Requirement::Picture) && set.demand(Requirement::Status));
        assert!(!set.demand(Requirement::Timestamp));
        assert_eq!(Requirement::parse("timestamp"), Some(Requirement::Timestamp));
    }
}

use std::path::PathBuf;

use super::Refusal;

/// Why an agent could not be started or asked.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Nobody listens there.
    #[error("no agent at {}", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// Another agent listens there.
    #[error("an agent is running at {}", path.display())]
    Running {
        /// The socket.
        path: PathBuf,
    },
    /// The folder of the socket belongs to somebody else, or others may look into it.
    #[error("the folder {} is not its user's alone", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// Something that is no socket lies there; it is left alone.
    #[error("{} is there and no socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The path of a socket has a limit in every system: 107 bytes on Linux.
    #[error("the path of the socket is over {limit} bytes")]
    PathTooLong {
        /// Most bytes.
        limit: usize,
    },
    /// The process that listens belongs to another user.
    #[error("the agent belongs to another user ({user})")]
    Foreign {
        /// That user's number.
        user: u32,
    },
    /// No answer in time.
    #[error("the agent does not answer")]
    NoAnswer,
    /// The answer breaks the protocol.
    #[error("malformed message of the agent: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// A message is longer than the protocol allows.
    #[error("a message of the agent is over {limit} bytes")]
    TooLarge {
        /// Most bytes.
        limit: usize,
    },
    /// The agent speaks another version.
    #[error("the agent speaks version {version} of the protocol, not 1")]
    Version {
        /// Its version.
        version: u32,
    },
    /// More keys than an agent holds.
    #[error("an agent holds no more than {most} keys")]
    TooMany {
        /// Most keys.
        most: usize,
    },
    /// A time is out of its limits.
    #[error("an agent holds keys from a second to {most} days")]
    BadLimit {
        /// Most days.
        most: u64,
    },
    /// The agent refused.
    #[error("the agent refused: {}", .0.code())]
    Refused(Refusal),
    /// The system said no.
    #[error("the socket could not be used")]
    Io(#[source] std::io::Error),
}

impl AgentError {
    /// Every code of this enum; the last are those of [`Refusal`].
    pub const CODES: &[&str] = &[
        "agent-not-running",
        "agent-running",
        "agent-folder",
        "agent-not-a-socket",
        "agent-path-too-long",
        "agent-foreign",
        "agent-no-answer",
        "agent-malformed",
        "agent-too-large",
        "agent-version",
        "agent-too-many",
        "agent-bad-limit",
        "agent-io",
        "agent-request-malformed",
        "agent-request-version",
        "agent-other-user",
        "agent-busy",
        "agent-locked",
        "agent-unknown-key",
        "agent-not-for-signing",
        "agent-denied",
        "agent-token-locked",
        "agent-token-changed",
        "agent-cannot-decrypt",
        "agent-failed",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotRunning { .. } => "agent-not-running",
            Self::Running { .. } => "agent-running",
            Self::Folder { .. } => "agent-folder",
            Self::NotASocket { .. } => "agent-not-a-socket",
            Self::PathTooLong { .. } => "agent-path-too-long",
            Self::Foreign { .. } => "agent-foreign",
            Self::NoAnswer => "agent-no-answer",
            Self::Malformed { .. } => "agent-malformed",
            Self::TooLarge { .. } => "agent-too-large",
            Self::Version { .. } => "agent-version",
            Self::TooMany { .. } => "agent-too-many",
            Self::BadLimit { .. } => "agent-bad-limit",
            Self::Io(_) => "agent-io",
            Self::Refused(refusal) => refusal.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let path = PathBuf::new;
        let errors = [
            AgentError::NotRunning { path: path() },
            AgentError::Running { path: path() },
            AgentError::Folder { path: path() },
            AgentError::NotASocket { path: path() },
            AgentError::PathTooLong { limit: 107 },
            AgentError::Foreign { user: 0 },
            AgentError::NoAnswer,
            AgentError::Malformed { what: "x" },
            AgentError::TooLarge { limit: 1 },
            AgentError::Version { version: 2 },
            AgentError::TooMany { most: 1 },
            AgentError::BadLimit { most: 1 },
            AgentError::Io(std::io::ErrorKind::Other.into()),
        ];
        let refusals = Refusal::ALL.iter().map(|refusal| AgentError::Refused(*refusal));
        let codes: Vec<_> = errors.into_iter().chain(refusals).map(|error| error.code()).collect();
        assert_eq!(codes, AgentError::CODES);
    }
}

//! How the client ends: the exit codes that scripts rely on.

use std::process::ExitCode;

/// Why the program ends, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or stopped by an interrupt after a drain.
    Ok,
    /// Something went wrong at run time.
    Runtime,
    /// Wrong usage or configuration.
    Usage,
    /// Not authorised, name taken, or replaced by a newer session.
    Refused,
    /// The relay cannot be reached.
    RelayUnreachable,
    /// The origin cannot be reached (verbs that send one request).
    OriginUnreachable,
    /// Something that was checked did not pass.
    NotPassed,
    /// Two exchanges differ.
    Different,
    /// What was waited for did not come in time.
    TimedOut,
    /// Stopped by a second interrupt.
    Interrupted,
}

impl Exit {
    /// Its number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Runtime | Self::Different => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::RelayUnreachable => 4,
            Self::OriginUnreachable => 5,
            Self::NotPassed => 6,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows its exit code and speaks to people: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failed {
    /// How the program ends.
    pub exit: Exit,
    /// What to print.
    pub message: String,
}

impl Failed {
    /// An error with its exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }

    /// Wrong usage or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }
}

//! Exit codes: what a script can tell from how the program ended.

use std::process::ExitCode;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// All went well.
    Success,
    /// A flag or argument is wrong.
    Usage,
    /// Data are wrong.
    Data,
    /// A model file is wrong.
    Model,
    /// The file system or a stream refused.
    Io,
    /// No source of a download could be used.
    Network,
    /// Training diverged: NaN or infinity.
    Diverged,
    /// Another process works in the run folder.
    Locked,
    /// What was asked for does not fit into this machine.
    TooLarge,
    /// The user interrupted.
    Interrupted,
    /// The system asked the program to end.
    Terminated,
}

impl Exit {
    /// The number the operating system is given.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Usage => 2,
            Self::Data => 3,
            Self::Model => 4,
            Self::Io => 5,
            Self::Network => 6,
            Self::Diverged => 7,
            Self::Locked => 8,
            Self::TooLarge => 9,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

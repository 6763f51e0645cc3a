//! Faults of the file system for tests: the Nth operation fails, once or from then on.

use std::fmt::Debug;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a [`Disk`](super::Disk) is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Make folders.
    CreateFolder,
    /// Make a temporary file.
    Create,
    /// Open a file.
    Open,
    /// Write some bytes.
    Write,
    /// Sync a file to disk.
    Sync,
    /// Give a file its final name.
    Rename,
    /// Sync a folder's entries to disk.
    SyncFolder,
    /// Delete a file.
    Remove,
    /// Cut a file to a length.
    SetLength,
    /// List a folder.
    List,
}

/// How an operation fails.
#[derive(Debug)]
pub enum Fault {
    /// With this error, and nothing is done.
    Error(io::Error),
    /// A write takes only so many bytes, which is no error yet; anything else fails.
    Short(usize),
}

/// Decides which operations fail.
pub trait Faults: Debug + Send + Sync {
    /// Asked before each operation; `None` lets it happen.
    fn before(&self, operation: Operation) -> Option<Fault>;
}

/// The kinds of failure that [`FailNth`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// `ENOSPC`.
    Full,
    /// `EIO`.
    Broken,
    /// `EACCES`.
    Denied,
    /// A short write of one byte, and `ENOSPC` at the next operation.
    ShortThenFull,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Full, Self::Broken, Self::Denied, Self::ShortThenFull];

    fn error(self) -> io::Error {
        match self {
            Self::Full | Self::ShortThenFull => io::ErrorKind::StorageFull.into(),
            // The standard library has no kind for `EIO`, which is 5 wherever there is one.
            Self::Broken => io::Error::from_raw_os_error(5),
            Self::Denied => io::ErrorKind::PermissionDenied.into(),
        }
    }
}

/// Lets the Nth operation fail, counted from 1, and all later ones too if asked to.
#[derive(Debug)]
pub struct FailNth {
    nth: usize,
    for_ever: bool,
    failure: Failure,
    asked: AtomicUsize,
}

impl FailNth {
    /// Fails at operation `nth`, counted from 1; 0 lets everything happen and only counts.
    #[must_use]
    pub fn new(nth: usize, for_ever: bool, failure: Failure) -> Self {
        Self { nth, for_ever, failure, asked: AtomicUsize::new(0) }
    }

    /// Operations so far.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Faults for FailNth {
    fn before(&self, operation: Operation) -> Option<Fault> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if self.nth == 0 || number < self.nth {
            return None;
        }
        if self.failure == Failure::ShortThenFull {
            // A full disk takes what still fits, and says so at the next write only.
            return match (number - self.nth, operation) {
                (0, Operation::Write) => Some(Fault::Short(1)),
                (1, _) => Some(Fault::Error(self.failure.error())),
                _ if self.for_ever => Some(Fault::Error(self.failure.error())),
                _ => None,
            };
        }
        (number == self.nth || self.for_ever).then(|| Fault::Error(self.failure.error()))
    }
}

//! One fetch at a time in a folder: a lock that the operating system drops with its owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::progress::{Event, Progress};
use crate::DataError;

/// Holds the lock of a folder until dropped.
///
/// The lock file stays when the lock goes: to delete it would let two processes each lock a file of
/// the same name. A process that dies leaves no lock behind.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of `folder`, waiting for another process where one holds it.
    pub(super) fn take(folder: &Path, progress: &mut dyn Progress) -> Result<Self, DataError> {
        let path = folder.join(".fetch.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(DataError::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.report(Event::Waiting);
                file.lock().map_err(DataError::io("lock", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(DataError::io("lock", &path)(error)),
        }
        Ok(Self { _file: file })
    }
}

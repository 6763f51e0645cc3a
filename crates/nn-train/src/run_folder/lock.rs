//! One process at a time in a run folder: a lock that the operating system drops with its owner.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use nn_data::durable::Disk;

use super::RunError;

/// Holds the lock of a run folder until dropped.
///
/// The file `lock` holds the owner's process number and is emptied when the lock goes; it is
/// not deleted, because two processes could then each lock a file of that name. A number in a
/// file that is not locked is that of an owner that died.
#[derive(Debug)]
pub(super) struct RunLock {
    file: File,
    dead_owner: Option<u32>,
}

impl RunLock {
    /// Takes the lock of `folder`, or says who has it.
    pub(super) fn take(disk: &Disk, folder: &Path) -> Result<Self, RunError> {
        let path = folder.join("lock");
        let mut file = disk.open_or_create(&path).map_err(RunError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Locked { path: folder.to_owned(), pid: pid_in(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(RunError::io("lock", &path)(error)),
        }
        let dead_owner = pid_in(&mut file);
        let mut lock = Self { file, dead_owner };
        lock.write(&std::process::id().to_string()).map_err(RunError::io("write", &path))?;
        Ok(lock)
    }

    /// The process that held the lock when it died, if one did.
    pub(super) fn dead_owner(&self) -> Option<u32> {
        self.dead_owner
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text.as_bytes())
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // If that fails the next owner is told of a death that was none, which harms nothing.
        let _ = self.write("");
    }
}

/// The process number in a lock file. Some systems let nobody read a file that is locked.
fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

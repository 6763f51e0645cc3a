//! Files written so that a crash at any moment leaves the old file or the new one, whole.
//!
//! [`write_file`] is how every file of this project is written. It is a method of [`Disk`],
//! which has the other operations that a run's folder needs, each at one place, so that a test
//! can let any of them fail: see [`faults`].

pub mod faults;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use faults::{Fault, Faults, Operation};

/// Writes the file at `path` through `fill`; see [`Disk::write_file`].
///
/// # Errors
///
/// Those of `fill` and of the file system, the missing folder among them.
pub fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    Disk::real().write_file(path, fill)
}

/// The file system, as far as writing and reading back need it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    faults: Option<Arc<dyn Faults>>,
}

impl Disk {
    /// The file system as it is.
    #[must_use]
    pub const fn real() -> Self {
        Self { faults: None }
    }

    /// The file system, but that `faults` may let operations fail; for tests.
    #[must_use]
    pub fn with_faults(faults: Arc<dyn Faults>) -> Self {
        Self { faults: Some(faults) }
    }

    /// Writes the file at `path` through `fill`: into a temporary file in the same folder, which
    /// is synced to disk, renamed over `path`, and followed by a sync of the folder.
    ///
    /// Until the rename the file at `path` is untouched; on failure the temporary file is removed.
    ///
    /// # Errors
    ///
    /// Those of `fill` and of the file system, the missing folder among them.
    pub fn write_file(
        &self,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let folder = folder_of(path);
        self.attempt(Operation::Create)?;
        let temporary = temporary_file(&folder)?;
        match self.fill_and_rename(&temporary, path, fill) {
            Ok(()) => {
                // The name is that of the new file now; nothing is left to remove.
                let _ = temporary.into_temp_path().keep();
                self.sync_folder(&folder)
            }
            Err(error) => {
                if self.attempt(Operation::Remove).is_err() {
                    // As if the process had died here: whoever opens the folder next tidies up.
                    let _ = temporary.into_temp_path().keep();
                }
                Err(error)
            }
        }
    }

    fn fill_and_rename(
        &self,
        temporary: &NamedTempFile,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = Attempted { disk: self, file: temporary.as_file() };
        let mut writer = BufWriter::with_capacity(64 * 1024, file);
        fill(&mut writer)?;
        writer.flush()?;
        drop(writer);
        self.attempt(Operation::Sync)?;
        temporary.as_file().sync_all()?;
        self.attempt(Operation::Rename)?;
        fs::rename(temporary.path(), path)
    }

    /// Appends to the file at `path`, which is made if it isn't there, and syncs it to disk. If
    /// that fails the file gets its former length back, as far as the file system lets it.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let is_new = !path.exists();
        self.attempt(Operation::Open)?;
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let appended = Attempted { disk: self, file: &file }
            .write_all(bytes)
            .and_then(|()| self.attempt(Operation::Sync))
            .and_then(|()| file.sync_data());
        if let Err(error) = appended {
            // What can't be cut off now is recognised as half a line later.
            let _ = self.attempt(Operation::SetLength).and_then(|()| file.set_len(length));
            return Err(error);
        }
        if is_new { self.sync_folder(&folder_of(path)) } else { Ok(()) }
    }

    /// Makes a folder and those above it that are missing, and syncs their names to disk.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn create_folder(&self, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = path.ancestors().take_while(|folder| !is_there(folder)).collect();
        self.attempt(Operation::CreateFolder)?;
        fs::create_dir_all(path)?;
        missing.into_iter().try_for_each(|folder| self.sync_folder(&folder_of(folder)))
    }

    /// Deletes a file.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.attempt(Operation::Remove)?;
        fs::remove_file(path)
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        self.attempt(Operation::Open)?;
        File::open(path)
    }

    /// Opens a file for reading and writing, and makes it if it isn't there.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn open_or_create(&self, path: &Path) -> io::Result<File> {
        self.attempt(Operation::Open)?;
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.attempt(Operation::Open)?;
        fs::read(path)
    }

    /// Full paths of what is in a folder, in the order of their names.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.attempt(Operation::List)?;
        let entries = fs::read_dir(folder)?;
        let mut paths = entries.map(|e| Ok(e?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    /// Syncs the entries of a folder, so that a rename in it survives a power cut.
    pub(crate) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.attempt(Operation::SyncFolder)?;
        // Windows opens no folders as files; there the rename itself is journalled.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }

    /// Asks whether an operation is to fail. Files of real runs are asked nothing.
    fn attempt(&self, operation: Operation) -> io::Result<()> {
        match self.fault(operation) {
            None => Ok(()),
            Some(Fault::Error(error)) => Err(error),
            Some(Fault::Short(_)) => Err(io::ErrorKind::WriteZero.into()),
        }
    }

    fn fault(&self, operation: Operation) -> Option<Fault> {
        self.faults.as_ref().and_then(|faults| faults.before(operation))
    }
}

/// Bytes that can still be written to the disk of `path`, which need not be there yet.
///
/// # Errors
///
/// Those of the file system, which may not say: one that has no blocks at all, such as `/sys`, says
/// nothing by having none free.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let path = std::path::absolute(path)?;
    let there = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(&path);
    let space = fs4::statvfs(there)?;
    if space.total_space() == 0 {
        let message = format!("the file system of {} has no blocks", there.display());
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    Ok(space.available_space())
}

/// An open file whose writes may be let fail.
struct Attempted<'a> {
    disk: &'a Disk,
    file: &'a File,
}

impl Write for Attempted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.disk.fault(Operation::Write) {
            None => self.file.write(bytes),
            Some(Fault::Short(length)) => self.file.write(&bytes[..length.min(bytes.len())]),
            Some(Fault::Error(error)) => Err(error),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".nn-").suffix(".tmp");
    #[cfg(unix)]
    {
        // A temporary file is private by default; a dataset or model should be as readable as the
        // user's umask lets other files be.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// The empty path is the current folder.
fn is_there(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.exists()
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod tests;

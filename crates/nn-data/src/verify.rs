//! SHA-256 of what is read: every file of a known dataset is checked each time it is used.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::DataError;
use crate::catalogue::Signature;

/// A digest in lower-case hexadecimal.
pub(crate) fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * digest.len());
    for byte in digest {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}

/// A reader that hashes and counts what passes through it.
pub(crate) struct HashingReader<R> {
    inner: R,
    hasher: Sha256,
    count: u64,
}

impl<R: Read> HashingReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0 }
    }

    /// Reads what is left, then gives the number of bytes and their digest in hexadecimal.
    pub(crate) fn finish(mut self) -> io::Result<(u64, String)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((self.count, hex(&self.hasher.finalize())))
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.count += n as u64;
        Ok(n)
    }
}

/// Reads the file at `path` through `read` and checks that its size and SHA-256 are `signature`'s,
/// whatever `read` made of it; a wrong signature is reported rather than what it led to.
///
/// The file is read once and never held in memory here, and no byte beyond the size is read.
pub(crate) fn read_verified<T>(
    path: &Path,
    signature: &Signature,
    read: impl FnOnce(&mut dyn Read) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let metadata = file.metadata().map_err(DataError::io("inspect", path))?;
    if metadata.is_dir() {
        return Err(DataError::io("read", path)(io::ErrorKind::IsADirectory.into()));
    }
    let wrong_size =
        |found| DataError::WrongSize { path: path.to_path_buf(), expected: signature.size, found };
    if metadata.len() != signature.size {
        return Err(wrong_size(metadata.len()));
    }
    // One byte more than allowed shows a file that grew since its size was asked for.
    let mut hashing = HashingReader::new(file.take(signature.size + 1));
    let result = read(&mut hashing);
    let (size, sha256) = hashing.finish().map_err(DataError::io("read", path))?;
    if size != signature.size {
        return Err(wrong_size(size));
    }
    if sha256 != signature.sha256 {
        return Err(DataError::WrongChecksum {
            path: path.to_path_buf(),
            expected: signature.sha256.to_string(),
            found: sha256,
        });
    }
    result
}

/// Checks that the file at `path` has the size and SHA-256 of `signature`.
#[cfg(feature = "fetch")]
pub(crate) fn check_file(path: &Path, signature: &Signature) -> Result<(), DataError> {
    read_verified(path, signature, |_| Ok(()))
}

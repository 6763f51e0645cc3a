//! Copying a file that is at hand into its place, if it is what it should be.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::catalogue::Signature;
use crate::verify::{HashingReader, check_file};
use crate::{DataError, durable};

/// Why a file wasn't copied.
#[derive(Debug)]
pub(super) enum CopyError {
    /// The source can't be read, or holds something else; in one line.
    Source(String),
    /// The target can't be written.
    Local(DataError),
}

/// Copies `source` to `target`, atomically, if its bytes have the size and SHA-256 of `signature`.
pub(super) fn copy_verified(
    source: impl Read,
    signature: &Signature,
    target: &Path,
) -> Result<(), CopyError> {
    // `write_file` knows only I/O errors; a refusal of the source travels within one.
    let copied = durable::write_file(target, |out| {
        copy(source, signature, out).map_err(|error| match error {
            Refusal::Source(reason) => io::Error::other(SourceRefused(reason)),
            Refusal::Target(error) => error,
        })
    });
    copied.map_err(|error| match error.downcast::<SourceRefused>() {
        Ok(SourceRefused(reason)) => CopyError::Source(reason),
        Err(error) => CopyError::Local(DataError::io("write", target)(error)),
    })
}

/// Copies the file at `from` to `target`, if it is what `signature` says.
pub(super) fn copy_file(
    from: &Path,
    signature: &Signature,
    target: &Path,
) -> Result<(), DataError> {
    // Checked first for the better message; the copy checks again what it really copies.
    check_file(from, signature)?;
    let file = File::open(from).map_err(DataError::io("open", from))?;
    copy_verified(file, signature, target).map_err(|error| match error {
        CopyError::Source(reason) => DataError::io("copy", from)(io::Error::other(reason)),
        CopyError::Local(error) => error,
    })
}

enum Refusal {
    Source(String),
    Target(io::Error),
}

fn copy(source: impl Read, signature: &Signature, out: &mut dyn Write) -> Result<(), Refusal> {
    let mut source = HashingReader::new(source.take(signature.size + 1));
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => out.write_all(&chunk[..n]).map_err(Refusal::Target)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::Source(format!("cannot be read: {error}"))),
        }
    }
    let (size, sha256) = source.finish().map_err(|e| Refusal::Source(e.to_string()))?;
    if size > signature.size {
        return Err(Refusal::Source(format!("expected {} bytes, found more", signature.size)));
    }
    if size < signature.size {
        return Err(Refusal::Source(format!("expected {} bytes, found {size}", signature.size)));
    }
    if sha256 != signature.sha256 {
        let expected = signature.sha256;
        return Err(Refusal::Source(format!("expected SHA-256 {expected}, found {sha256}")));
    }
    Ok(())
}

#[derive(Debug)]
struct SourceRefused(String);

impl fmt::Display for SourceRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceRefused {}

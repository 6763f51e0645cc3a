//! Reading files that people name: within bounds, and through gzip where they are gzipped.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::DataError;

/// All bytes of a file, decompressed, of which there may be `limit`.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mut start = Vec::new();
        (&mut file).take(2).read_to_end(&mut start)?;
        let gzipped = start == [0x1f, 0x8b];
        let whole = io::Cursor::new(start).chain(file);
        let mut bytes = Vec::new();
        if gzipped {
            MultiGzDecoder::new(whole).take(limit + 1).read_to_end(&mut bytes)?;
        } else {
            whole.take(limit + 1).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    let bytes = read().map_err(|error| match error.kind() {
        // What gzip objects to is wrong with the bytes, not with the file system.
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            DataError::Gzip { path: path.to_path_buf(), reason: error.to_string() }
        }
        _ => DataError::io("read", path)(error),
    })?;
    if bytes.len() as u64 > limit {
        return Err(DataError::TooLarge { path: path.to_path_buf(), limit });
    }
    Ok(bytes)
}

/// The name of a dataset that is kept there.
pub(super) fn title(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The names of what is in a folder, without hidden files, in alphabetical order.
pub(super) fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, DataError> {
    let read = std::fs::read_dir(folder).map_err(DataError::io("read", folder))?;
    let mut paths = Vec::new();
    for entry in read {
        let entry = entry.map_err(DataError::io("read", folder))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

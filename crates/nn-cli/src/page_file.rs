//! Pages on disk: written whole or not at all, and over nothing but older pages.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use nn_data::durable;

use crate::Exit;
use crate::failure::Failure;

/// How every page begins.
const START: &[u8] = b"<!DOCTYPE html>";

/// Refuses to write over anything but a page, before the work of making one.
pub(crate) fn check(flag: &str, path: &Path, force: bool) -> Result<(), Failure> {
    if path.is_dir() {
        let message = format!("{flag} {}: expected a file, found a folder", path.display());
        return Err(Failure::new(Exit::Io, message));
    }
    if !force && is_something_else(path) {
        let message =
            format!("{flag} {}: expected a new file or a page, found another file", path.display());
        return Err(Failure::new(Exit::Usage, message).hint("replace it with --force"));
    }
    Ok(())
}

/// Whether there is a file that isn't empty and doesn't begin as a page does.
fn is_something_else(path: &Path) -> bool {
    let mut start = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(START.len() as u64).read_to_end(&mut start));
    read.is_ok() && !start.is_empty() && start != START
}

/// Writes a page and gives its size in bytes.
pub(crate) fn write(path: &Path, html: &str) -> Result<u64, Failure> {
    durable::write_file(path, |file| file.write_all(html.as_bytes())).map_err(|error| {
        Failure::of(Exit::Io, format!("cannot write {}", path.display()), &error)
            .hint("name a file in a folder you can write")
    })?;
    Ok(html.len() as u64)
}

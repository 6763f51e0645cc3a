//! One file from one address: resumed where possible, bounded, verified, then put in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::http::in_one_line;
use super::progress::{Event, Progress};
use super::transport::{Limits, Request, Response, Transport};
use crate::catalogue::{Form, Signature};
use crate::durable::{self, Disk};
use crate::idx::GZIP_MAGIC;
use crate::verify::check_file;
use crate::{DataError, ErrorKind};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// What is wanted from where.
pub(super) struct Download<'a> {
    pub(super) url: &'a str,
    /// Where the verified file goes; `.part` beside it holds what has come so far.
    pub(super) target: &'a Path,
    pub(super) form: Form,
    pub(super) signature: &'a Signature,
    pub(super) limits: &'a Limits,
}

/// Why a download failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The source is to blame: another may do better.
    Source {
        /// In one line.
        reason: String,
        /// What to expect of this source from here on.
        outlook: Outlook,
    },
    /// This machine is to blame: no other source would do better.
    Local(DataError),
}

/// What to expect of a source that has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It can't be reached or can't keep up: don't ask it for anything more.
    Gone,
    /// It doesn't have this file, or not the right one.
    Unsuitable,
    /// Good bytes came before it broke off: asked once more, it may go on from there.
    Interrupted,
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::Local(error)
    }
}

fn refuse(reason: impl Into<String>) -> Failure {
    Failure::Source { reason: reason.into(), outlook: Outlook::Unsuitable }
}

fn gone(reason: String) -> Failure {
    Failure::Source { reason, outlook: Outlook::Gone }
}

impl Download<'_> {
    /// Downloads, verifies and renames the file.
    ///
    /// A part that turns out to be useless (the server won't go on from it, or the whole has the
    /// wrong checksum) is thrown away, and the file asked for once more from its first byte.
    pub(super) fn run(
        &self,
        transport: &dyn Transport,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        let part = self.part();
        let resumed = match fs::metadata(&part) {
            Ok(metadata) if metadata.len() > self.signature.size => {
                self.discard_part()?;
                0
            }
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        };
        match self.attempt(transport, resumed, progress) {
            Err(Failure::Source { outlook: Outlook::Unsuitable, .. })
                if resumed > 0 && !part.exists() =>
            {
                self.attempt(transport, 0, progress)
            }
            other => other,
        }
    }

    /// One request, which goes on after the first `offset` bytes of the part.
    fn attempt(
        &self,
        transport: &dyn Transport,
        offset: u64,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        if offset == self.signature.size {
            return self.install();
        }
        let validator = self.stored_validator();
        let request = Request { url: self.url, offset, validator: validator.as_deref() };
        let response = transport.get(&request).map_err(gone)?;
        let offset = self.check_head(&response, offset)?;
        self.report_start(offset, progress);
        let Response { body, validator, .. } = response;
        self.receive(body, offset, validator.as_deref(), progress)?;
        self.install()
    }

    /// Checks everything the head says, and gives the offset at which the body begins: the one asked
    /// for, or 0 when the server sends the whole file.
    fn check_head(&self, response: &Response, offset: u64) -> Result<u64, Failure> {
        let begins_at = match response.status {
            200 => 0,
            206 if offset > 0 => match content_range(response) {
                Some((start, total))
                    if start == offset && total.is_none_or(|t| t == self.size()) =>
                {
                    offset
                }
                _ => {
                    self.discard_part()?;
                    return Err(refuse("the server sent another range than was asked for"));
                }
            },
            416 if offset > 0 => {
                self.discard_part()?;
                return Err(refuse("HTTP 416: the server won't go on from where we are"));
            }
            status => return Err(refuse(format!("HTTP {status}"))),
        };
        if response.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/html")) {
            return Err(refuse("an HTML page instead of the file"));
        }
        match response.length {
            Some(length) if begins_at.checked_add(length) != Some(self.size()) => {
                Err(refuse(format!(
                    "expected {} bytes, the server announces {length}",
                    self.size() - begins_at
                )))
            }
            _ => Ok(begins_at),
        }
    }

    /// Appends the body to the part until the file is whole.
    ///
    /// Nothing is written before the first bytes look right, so that an error page never replaces
    /// what an earlier attempt left, and not one byte more than the file's size is kept.
    fn receive(
        &self,
        body: Box<dyn Read>,
        offset: u64,
        validator: Option<&str>,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        // One byte more shows a body that doesn't end where the file does.
        let mut body = body.take(self.size() - offset + 1);
        let mut chunk = vec![0; CHUNK];
        let mut filled = fill_start(&mut body, &mut chunk).map_err(|e| stopped(&e, false))?;
        if offset == 0 {
            check_start(self.form, &chunk[..filled])?;
        }
        let mut part = self.open_part(offset, validator)?;
        let mut received = offset;
        while filled > 0 {
            if received + filled as u64 > self.size() {
                drop(part);
                self.discard_part()?;
                return Err(refuse(format!("more than the {} bytes expected", self.size())));
            }
            if let Err(error) = part.write_all(&chunk[..filled]) {
                // A full disk isn't to stay full on our account.
                let _ = self.discard_part();
                return Err(DataError::io("write", &self.part())(error).into());
            }
            received += filled as u64;
            progress.report(Event::Received { bytes: received });
            let elapsed = started.elapsed();
            if received < self.size() && elapsed > self.limits.grace {
                let rate = (received - offset) as f64 / elapsed.as_secs_f64();
                if rate < self.limits.slowest as f64 {
                    return Err(gone(format!("too slow ({rate:.0} bytes a second)")));
                }
            }
            filled =
                read_some(&mut body, &mut chunk).map_err(|e| stopped(&e, received > offset))?;
        }
        if received < self.size() {
            return Err(Failure::Source {
                reason: format!("the body ended after {received} of {} bytes", self.size()),
                outlook: outlook(received > offset),
            });
        }
        part.sync_all().map_err(DataError::io("write", &self.part()))?;
        Ok(())
    }

    /// Verifies the whole part and renames it to the target, or throws it away.
    fn install(&self) -> Result<(), Failure> {
        let part = self.part();
        match check_file(&part, self.signature) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Data => {
                self.discard_part()?;
                let reason = match error {
                    DataError::WrongChecksum { expected, found, .. } => {
                        format!("expected SHA-256 {expected}, found {found}")
                    }
                    other => other.to_string(),
                };
                return Err(refuse(reason));
            }
            Err(error) => return Err(error.into()),
        }
        fs::rename(&part, self.target).map_err(DataError::io("replace", self.target))?;
        let _ = fs::remove_file(self.validator_file());
        if let Some(folder) = self.target.parent() {
            Disk::real().sync_folder(folder).map_err(DataError::io("sync", folder))?;
        }
        Ok(())
    }

    fn size(&self) -> u64 {
        self.signature.size
    }

    fn part(&self) -> PathBuf {
        with_suffix(self.target, ".part")
    }

    /// Beside the part: the address it came from and the validator it came under, a line each.
    fn validator_file(&self) -> PathBuf {
        with_suffix(self.target, ".part.from")
    }

    /// The validator of the part, if it came from this very address.
    ///
    /// Another mirror is asked without one: its file is the same if its bytes are, and the checksum
    /// tells.
    fn stored_validator(&self) -> Option<String> {
        let text = fs::read_to_string(self.validator_file()).ok()?;
        let (url, validator) = text.split_once('\n')?;
        (url == self.url && !validator.is_empty()).then(|| validator.to_string())
    }

    fn open_part(&self, offset: u64, validator: Option<&str>) -> Result<File, DataError> {
        let part = self.part();
        let mut file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(offset == 0)
            .open(&part)
            .map_err(DataError::io("create", &part))?;
        let from = self.validator_file();
        // A part of two servers' bytes has no validator.
        let kept = if offset == 0 { validator } else { None };
        if offset == 0 || self.stored_validator().is_none() {
            let text = format!("{}\n{}", self.url, kept.unwrap_or_default());
            durable::write_file(&from, |out| out.write_all(text.as_bytes()))
                .map_err(DataError::io("write", &from))?;
        }
        file.seek(SeekFrom::Start(offset)).map_err(DataError::io("write", &part))?;
        Ok(file)
    }

    fn discard_part(&self) -> Result<(), DataError> {
        let _ = fs::remove_file(self.validator_file());
        let part = self.part();
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(DataError::io("remove", &part)(error))
            }
            _ => Ok(()),
        }
    }

    fn report_start(&self, offset: u64, progress: &mut dyn Progress) {
        let file = self.target.file_name().unwrap_or_default().to_string_lossy();
        progress.report(Event::Started {
            file: &file,
            source: self.url,
            total: Some(self.size()),
            resumed_at: offset,
        });
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(suffix);
    name.into()
}

/// The first byte and the whole size of `Content-Range: bytes 5-9/10` (or `…/*`).
fn content_range(response: &Response) -> Option<(u64, Option<u64>)> {
    let text = response.content_range.as_deref()?.trim().strip_prefix("bytes")?.trim_start();
    let (range, total) = text.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let total = if total.trim() == "*" { None } else { Some(total.trim().parse().ok()?) };
    Some((first.trim().parse().ok()?, total))
}

/// Refuses a body whose first bytes are no file of this form.
fn check_start(form: Form, start: &[u8]) -> Result<(), Failure> {
    let expected: &[u8] = match form {
        Form::Gzip => &GZIP_MAGIC,
        Form::Raw => &[0, 0],
    };
    if start.starts_with(expected) {
        Ok(())
    } else if start.is_empty() {
        Err(refuse("an empty body"))
    } else if start.trim_ascii_start().starts_with(b"<") {
        Err(refuse("an HTML page instead of the file"))
    } else {
        Err(refuse(format!(
            "expected a file that begins with {expected:02x?}, found {:02x?}",
            &start[..start.len().min(4)]
        )))
    }
}

/// Reads the first two bytes at least, unless the body ends before.
fn fill_start(body: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < 2 {
        match read_some(body, &mut chunk[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

fn read_some(body: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match body.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn stopped(error: &io::Error, progressed: bool) -> Failure {
    let reason = if is_timeout(error) {
        "the connection stalled".to_string()
    } else {
        format!("the connection broke: {}", in_one_line(error))
    };
    Failure::Source { reason, outlook: outlook(progressed) }
}

fn outlook(progressed: bool) -> Outlook {
    if progressed { Outlook::Interrupted } else { Outlook::Gone }
}

fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
        || error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<reqwest::Error>())
            .is_some_and(reqwest::Error::is_timeout)
}

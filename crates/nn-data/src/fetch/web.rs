//! One file from whichever of several addresses gives it.

use std::path::Path;

use super::download::{Download, Failure, Outlook};
use super::progress::{Event, Progress};
use super::transport::{Limits, Transport};
use crate::DataError;
use crate::catalogue::{CatalogueFile, Form};
use crate::error::Attempt;

/// How often the addresses are gone through for one file, as long as each round brings some of it.
const ROUNDS: usize = 4;

/// The addresses that are still worth asking during one fetch.
pub(super) struct Web<'w> {
    transport: &'w dyn Transport,
    limits: &'w Limits,
    folder: &'w Path,
    forms: &'w [Form],
    alive: Vec<&'w str>,
    /// Why the others no longer are.
    gone: Vec<Attempt>,
}

impl<'w> Web<'w> {
    /// `bases` end in `/`; files are asked for in the order of `forms`.
    pub(super) fn new(
        transport: &'w dyn Transport,
        limits: &'w Limits,
        folder: &'w Path,
        forms: &'w [Form],
        bases: &[&'w str],
    ) -> Self {
        Self { transport, limits, folder, forms, alive: bases.to_vec(), gone: Vec::new() }
    }

    /// Fetches `file`, and gives the address that it came from, or why there was none.
    ///
    /// Errors of this machine are the outer error.
    pub(super) fn fetch(
        &mut self,
        file: &CatalogueFile,
        progress: &mut dyn Progress,
    ) -> Result<Result<&'w str, Vec<Attempt>>, DataError> {
        let mut attempts = self.gone.clone();
        for _ in 0..ROUNDS {
            let mut interrupted = false;
            for base in self.alive.clone() {
                let (reason, outlook) = match self.fetch_from(base, file, progress) {
                    Ok(()) => return Ok(Ok(base)),
                    Err(Failure::Local(error)) => return Err(error),
                    Err(Failure::Source { reason, outlook }) => (reason, outlook),
                };
                let failed = Event::SourceFailed { file: file.name, source: base, reason: &reason };
                progress.report(failed);
                attempts.push(Attempt { source: base.into(), reason });
                if outlook == Outlook::Gone {
                    self.alive.retain(|other| *other != base);
                    self.gone.extend(attempts.last().cloned());
                }
                interrupted |= outlook == Outlook::Interrupted;
            }
            if !interrupted {
                break;
            }
        }
        Ok(Err(attempts))
    }

    /// Tries each form; the failures of those that the address doesn't have are told together.
    fn fetch_from(
        &self,
        base: &str,
        file: &CatalogueFile,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        let mut reasons = Vec::new();
        for &form in self.forms {
            let Some(signature) = file.signature(form) else { continue };
            let name = file.file_name(form);
            let download = Download {
                url: &format!("{base}{name}"),
                target: &self.folder.join(&name),
                form,
                signature,
                limits: self.limits,
            };
            match download.run(self.transport, progress) {
                Ok(()) => {
                    progress.report(Event::Finished { file: file.name });
                    return Ok(());
                }
                Err(Failure::Source { reason, outlook: Outlook::Unsuitable }) => {
                    reasons.push(format!("{name}: {reason}"));
                }
                Err(other) => return Err(other),
            }
        }
        Err(Failure::Source { reason: reasons.join(", "), outlook: Outlook::Unsuitable })
    }
}

//! Fetching a dataset with something to look at: a bar on a terminal, lines elsewhere.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use nn_data::Catalogue;
use nn_data::fetch::{self, Event, Progress, Source};

use crate::failure::Failure;
use crate::streams::Streams;

/// Fetches what is missing of a known dataset into `folder`.
pub(super) fn fetch(
    catalogue: &'static Catalogue,
    folder: &Path,
    from: Option<&OsStr>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let source = from.map_or(Source::Mirrors, Source::parse);
    let name = catalogue.name;
    streams.say(format!("Fetching {name} into {} (once)", folder.display()));
    let show = streams.err().is_terminal() && !streams.is_quiet();
    let bar = if show { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let mut watcher = Watcher { bar, streams };
    let fetched = fetch::dataset(catalogue, folder, &source, &mut watcher);
    watcher.bar.finish_and_clear();
    fetched?;
    streams.say(format!("{name} is there, and verified"));
    Ok(())
}

struct Watcher<'w, 's> {
    bar: ProgressBar,
    streams: &'w mut Streams<'s>,
}

impl Watcher<'_, '_> {
    fn start(&self, file: &str, total: Option<u64>, resumed_at: u64) {
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "{spinner} {msg} {elapsed}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates are valid");
        self.bar.set_style(style);
        self.bar.set_length(total.unwrap_or(0));
        self.bar.set_position(resumed_at);
        self.bar.reset_eta();
        self.bar.set_message(file.to_owned());
        if total.is_none() {
            self.bar.enable_steady_tick(Duration::from_millis(100));
        }
    }
}

impl Progress for Watcher<'_, '_> {
    fn report(&mut self, event: Event<'_>) {
        let Self { bar, streams } = self;
        match event {
            Event::Waiting => {
                bar.suspend(|| streams.say("Another process is fetching; waiting for it"));
            }
            Event::Started { file, source, total, resumed_at } => {
                if !streams.err().is_terminal() {
                    streams.say(format!("  {file} from {source}"));
                }
                self.start(file, total, resumed_at);
            }
            Event::Received { bytes } => bar.set_position(bytes),
            Event::SourceFailed { file, source, reason } => {
                bar.suspend(|| streams.say(format!("  {file}: {source}: {reason}")));
            }
            _ => {}
        }
    }
}

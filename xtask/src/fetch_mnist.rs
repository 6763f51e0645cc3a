//! `cargo xtask fetch-mnist`: puts MNIST's four files into the data folder, verified.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use nn_data::fetch::{self, Event, Origin, Progress, Source};

/// Fetch MNIST into the data folder and verify it
#[derive(Debug, clap::Args)]
pub struct FetchMnistArgs {
    /// The data folder [default: `NN_DATA_DIR`, else nn-rs in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Take the files from this folder or address instead of the usual sources
    #[arg(long, value_name = "DIR|URL")]
    from: Option<OsString>,
}

/// Fetches what is missing, with a bar on a terminal, and tells where each file came from.
///
/// # Errors
///
/// When no source gives the right files, or the data folder can't be written.
pub fn run(args: FetchMnistArgs) -> anyhow::Result<()> {
    let folder = nn_data::mnist_dir(args.data_dir.as_deref())?;
    let source = args.from.map_or(Source::Mirrors, |from| Source::parse(&from));
    let started = Instant::now();
    let mut bar = Bar::new();
    let report = fetch::mnist(&folder, &source, &mut bar);
    bar.bar.finish_and_clear();
    let report = report.context("MNIST could not be fetched")?;
    for file in &report.files {
        println!("{} ({})", file.name, describe(&file.origin));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("MNIST is in {}, verified ({seconds:.1} s)", report.folder.display());
    Ok(())
}

fn describe(origin: &Origin) -> Cow<'static, str> {
    match origin {
        Origin::AlreadyThere => "was there".into(),
        Origin::Address(address) => format!("from {address}").into(),
        Origin::Folder(folder) => format!("from {}", folder.display()).into(),
        Origin::Npm(package) => format!("from the npm package {package}").into(),
        _ => "fetched".into(),
    }
}

/// Shows a fetch on a terminal; the lines about failed sources are shown in a pipe, too.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        Self { bar: ProgressBar::new(0) }
    }

    fn start(&mut self, file: &str, total: Option<u64>, resumed_at: u64) {
        let template = match total {
            Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "{spinner} {msg} {elapsed}",
        };
        let style = ProgressStyle::with_template(template).expect("the templates are valid");
        self.bar.set_style(style);
        self.bar.set_length(total.unwrap_or(0));
        self.bar.set_position(resumed_at);
        self.bar.reset_eta();
        self.bar.set_message(file.to_string());
        if total.is_none() {
            self.bar.enable_steady_tick(std::time::Duration::from_millis(100));
        }
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}

impl Progress for Bar {
    fn report(&mut self, event: Event<'_>) {
        match event {
            Event::Waiting => self.say("another process is fetching; waiting for it"),
            Event::Started { file, total, resumed_at, .. } => self.start(file, total, resumed_at),
            Event::Received { bytes } => self.bar.set_position(bytes),
            Event::SourceFailed { file, source, reason } => {
                self.say(&format!("{file}: {source}: {reason}"));
            }
            _ => {}
        }
    }
}

//! The streams a command talks through: stdout is data, stderr is talk.

use std::fmt;
use std::io::{self, IsTerminal, Read, Write};

use clap::builder::styling::{AnsiColor, Style};

use crate::Exit;
use crate::failure::Failure;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Verbosity {
    /// Results, warnings and errors.
    Quiet,
    /// What a person wants to know.
    #[default]
    Normal,
    /// More of it.
    Verbose,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    // Comments and not documentation, which would fill the help of every command.
    // On terminals, unless NO_COLOR is set.
    #[default]
    Auto,
    // In files and pipes too.
    Always,
    // Nowhere.
    Never,
}

/// Where a command reads and writes.
///
/// A reader that goes away (a broken pipe) is no error: what is written after that is dropped, and
/// work goes on. Any other failure to write data is remembered and becomes the exit code.
pub struct Streams<'a> {
    stdin: Box<dyn Read + 'a>,
    stdout: Sink<'a>,
    stderr: Sink<'a>,
    verbosity: Verbosity,
}

impl fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("verbosity", &self.verbosity).finish_non_exhaustive()
    }
}

impl Streams<'static> {
    /// The process's own streams.
    #[must_use]
    pub fn standard() -> Self {
        let stdout_look = Look::of(io::stdout().is_terminal());
        let stderr_look = Look::of(io::stderr().is_terminal());
        Self {
            stdin: Box::new(io::stdin()),
            stdout: Sink::new(Box::new(io::stdout()), stdout_look),
            stderr: Sink::new(Box::new(io::stderr()), stderr_look),
            verbosity: Verbosity::default(),
        }
    }
}

impl<'a> Streams<'a> {
    /// Streams that are no terminals, for tests and for programs that embed this one.
    #[must_use]
    pub fn new(stdin: impl Read + 'a, stdout: impl Write + 'a, stderr: impl Write + 'a) -> Self {
        Self {
            stdin: Box::new(stdin),
            stdout: Sink::new(Box::new(stdout), Look::default()),
            stderr: Sink::new(Box::new(stderr), Look::default()),
            verbosity: Verbosity::default(),
        }
    }

    pub(crate) fn set_verbosity(&mut self, verbosity: Verbosity) {
        self.verbosity = verbosity;
    }

    /// Colours as the user wants them, which has precedence over the environment.
    pub(crate) fn set_color(&mut self, choice: ColorChoice) {
        for sink in [&mut self.stdout, &mut self.stderr] {
            match choice {
                ColorChoice::Auto => {}
                ColorChoice::Always => sink.look.colour = true,
                ColorChoice::Never => sink.look.colour = false,
            }
        }
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.verbosity == Verbosity::Quiet
    }

    /// Standard input.
    pub(crate) fn stdin(&mut self) -> &mut dyn Read {
        &mut *self.stdin
    }

    /// Standard output. Writing to it never fails; see [`Streams::finish`].
    pub(crate) fn out(&mut self) -> &mut Sink<'a> {
        &mut self.stdout
    }

    /// Standard error. Writing to it never fails.
    pub(crate) fn err(&mut self) -> &mut Sink<'a> {
        &mut self.stderr
    }

    /// A line of data.
    pub(crate) fn line(&mut self, text: impl fmt::Display) {
        self.stdout.line(&text);
    }

    /// Hands what was written to whoever reads standard output.
    #[cfg(feature = "serve")]
    pub(crate) fn flush(&mut self) {
        self.stdout.flush_quietly();
    }

    /// A line of talk, unless `--quiet`.
    pub(crate) fn say(&mut self, text: impl fmt::Display) {
        if self.verbosity >= Verbosity::Normal {
            self.stderr.line(&text);
        }
    }

    /// A line of talk under `--verbose`.
    pub(crate) fn detail(&mut self, text: impl fmt::Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.stderr.line(&text);
        }
    }

    /// A warning.
    pub(crate) fn warn(&mut self, text: impl fmt::Display) {
        self.stderr.labelled("warning", AnsiColor::Yellow, &text);
    }

    /// What to do about a warning or an error.
    pub(crate) fn hint(&mut self, text: impl fmt::Display) {
        self.stderr.labelled("hint", AnsiColor::Cyan, &text);
    }

    /// An error: one line, and one for the mend.
    pub(crate) fn report(&mut self, failure: &Failure) {
        self.stderr.labelled("error", AnsiColor::Red, &failure.message());
        if let Some(hint) = failure.hint_text() {
            self.hint(hint);
        }
    }

    /// Flushes, and turns a failure to write data into an exit code.
    pub(crate) fn finish(&mut self, exit: Exit) -> Exit {
        self.stdout.flush_quietly();
        if let Some(error) = self.stdout.failed.take() {
            self.report(&Failure::new(
                Exit::Io,
                format!("cannot write to standard output: {error}"),
            ));
            return if exit == Exit::Success { Exit::Io } else { exit };
        }
        exit
    }
}

/// What a stream's reader can show.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    terminal: bool,
    colour: bool,
}

impl Look {
    /// Colour on a terminal, unless `NO_COLOR` or a dumb terminal; `CLICOLOR_FORCE` has it anyway.
    fn of(terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let forced =
            set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE") != Some("0".into());
        let colour = !set("NO_COLOR") && (forced || terminal && !dumb);
        Self { terminal: terminal && !dumb, colour }
    }
}

/// A writer that a closed pipe doesn't disturb.
pub(crate) struct Sink<'a> {
    inner: Box<dyn Write + 'a>,
    look: Look,
    closed: bool,
    failed: Option<io::Error>,
}

impl<'a> Sink<'a> {
    fn new(inner: Box<dyn Write + 'a>, look: Look) -> Self {
        Self { inner, look, closed: false, failed: None }
    }

    /// Whether a person is watching.
    pub(crate) fn is_terminal(&self) -> bool {
        self.look.terminal
    }

    /// Whether colours may be used.
    pub(crate) fn is_coloured(&self) -> bool {
        self.look.colour
    }

    /// The text in this colour, where colours may be used.
    pub(crate) fn styled(&self, text: &str, colour: AnsiColor) -> String {
        if !self.look.colour {
            return text.to_owned();
        }
        let style = colour.on_default();
        format!("{style}{text}{style:#}")
    }

    /// Writes text as it stands.
    pub(crate) fn text(&mut self, text: &impl fmt::Display) {
        if self.closed {
            return;
        }
        // One write a line, so that lines of several processes don't mix.
        let text = text.to_string();
        self.note(|inner| inner.write_all(text.as_bytes()));
    }

    fn line(&mut self, text: &impl fmt::Display) {
        self.text(&format!("{text}\n"));
    }

    fn labelled(&mut self, label: &str, colour: AnsiColor, text: &impl fmt::Display) {
        let style = if self.look.colour { colour.on_default().bold() } else { Style::new() };
        let text = one_line(&text.to_string());
        self.text(&format!("{style}{label}:{style:#} {text}\n"));
    }

    fn flush_quietly(&mut self) {
        if !self.closed {
            self.note(|inner| inner.flush());
        }
    }

    fn note(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        match write(&mut *self.inner) {
            Ok(()) => {}
            Err(error) => {
                self.closed = true;
                if error.kind() != io::ErrorKind::BrokenPipe {
                    self.failed = Some(error);
                }
            }
        }
    }
}

/// Text from a file or a flag, fit for a line on a terminal: control characters are escaped.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        let exit_with = |kind| {
            let mut streams = Streams::new(io::empty(), Broken(kind), io::sink());
            streams.line("data");
            streams.line("more");
            streams.finish(Exit::Success)
        };
        assert_eq!(exit_with(io::ErrorKind::BrokenPipe), Exit::Success);
        assert_eq!(exit_with(io::ErrorKind::StorageFull), Exit::Io);
    }

    #[test]
    fn talk_and_data_are_kept_apart_and_control_characters_are_shown() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = Streams::new(io::empty(), &mut out, &mut err);
        streams.line("data");
        streams.say("talk");
        streams.detail("too much");
        streams.warn("a\nb\x1b[31m");
        drop(streams);
        assert_eq!(String::from_utf8(out).unwrap(), "data\n");
        assert_eq!(String::from_utf8(err).unwrap(), "talk\nwarning: a\\nb\\u{1b}[31m\n");
    }
}

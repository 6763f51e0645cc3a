//! What a fetch tells the person who waits for it.

/// Something that happened during a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another process is fetching into the same folder; this one waits for it.
    Waiting,
    /// A file is being had from a source.
    Started {
        /// The file, or the package that carries it.
        file: &'a str,
        /// The address or program.
        source: &'a str,
        /// The size in bytes, where it is known.
        total: Option<u64>,
        /// Bytes that an earlier, interrupted fetch left.
        resumed_at: u64,
    },
    /// More of the started file arrived.
    Received {
        /// Bytes of the file that are there by now.
        bytes: u64,
    },
    /// A source failed; the next one, if any, is tried.
    SourceFailed {
        /// The file.
        file: &'a str,
        /// The address or program.
        source: &'a str,
        /// Why, in one line.
        reason: &'a str,
    },
    /// A file was verified and is in its place.
    Finished {
        /// The file.
        file: &'a str,
    },
}

/// A listener to a fetch. `()` listens to nothing; any `FnMut(Event)` is one.
pub trait Progress {
    /// Called from the fetching thread, often; should return soon.
    fn report(&mut self, event: Event<'_>);
}

impl Progress for () {
    fn report(&mut self, _: Event<'_>) {}
}

impl<F: FnMut(Event<'_>)> Progress for F {
    fn report(&mut self, event: Event<'_>) {
        self(event);
    }
}

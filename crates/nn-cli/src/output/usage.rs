//! Help, the version, and errors of the command line itself.

use crate::Exit;
use crate::streams::Streams;

/// Prints what the parser of the command line has to say, and gives the exit code that goes with it.
pub(crate) fn print(error: &clap::Error, streams: &mut Streams<'_>) -> Exit {
    let text = error.render();
    let (sink, exit) = if error.use_stderr() {
        (streams.err(), Exit::Usage)
    } else {
        (streams.out(), Exit::Success)
    };
    if sink.is_coloured() {
        sink.text(&text.ansi());
    } else {
        sink.text(&text);
    }
    exit
}

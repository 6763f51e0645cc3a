//! Results as JSON: one object a line, on standard output.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::progress::Reporter;
use crate::output::records::{Position, TrainEpoch, TrainFinish, TrainStart};
use crate::streams::Streams;

/// Prints a record in a line.
pub(crate) fn line(record: &impl Serialize, streams: &mut Streams<'_>) {
    // Numbers that JSON doesn't know (NaN) become null, so nothing here can fail.
    let text = serde_json::to_string(record).expect("records are plain data");
    streams.line(text);
}

/// A record with the name of what happened.
#[derive(Serialize)]
pub(crate) struct Event<'a, R> {
    pub(crate) event: &'static str,
    #[serde(flatten)]
    pub(crate) record: &'a R,
}

/// Prints that the command failed, for programs that read only standard output.
pub(crate) fn failure(failure: &Failure, streams: &mut Streams<'_>) {
    #[derive(Serialize)]
    struct Record<'a> {
        exit_code: u8,
        message: &'a str,
        hint: Option<&'a str>,
    }
    let record = Record {
        exit_code: failure.exit().code(),
        message: failure.message(),
        hint: failure.hint_text(),
    };
    line(&Event { event: "error", record: &record }, streams);
}

/// Reports training as JSON lines.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JsonReporter;

impl Reporter for JsonReporter {
    fn start(&mut self, start: &TrainStart, streams: &mut Streams<'_>) {
        line(&Event { event: "start", record: start }, streams);
    }

    fn position(&mut self, _: &Position) {}

    fn epoch(&mut self, epoch: &TrainEpoch, streams: &mut Streams<'_>) {
        line(&Event { event: "epoch", record: epoch }, streams);
    }

    fn finish(&mut self, finish: &TrainFinish, streams: &mut Streams<'_>) {
        line(&Event { event: "finish", record: finish }, streams);
    }
}

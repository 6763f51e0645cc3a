//! Who watches a training run: a program, a person who reads lines, or one at the dashboard.

use std::sync::Arc;

use nn_core::Model;
use nn_train::{Observer, Samples};

use super::controls::Controls;
#[cfg(feature = "dashboard")]
use super::dashboard::{Dashboard, Probe};
use crate::failure::Failure;
use crate::output::json::JsonReporter;
use crate::output::progress::{PlainReporter, Reporter};
use crate::streams::Streams;

/// The samples that a look inside needs.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "dashboard"), allow(dead_code, reason = "only the dashboard looks"))]
pub(super) struct Inside<'a> {
    pub(super) train: &'a Samples<f32>,
    pub(super) held_out: &'a Samples<f32>,
}

/// The reporter, and an observer that looks into the network for it.
pub(super) type Watchers<'a> = (Box<dyn Reporter>, Box<dyn Observer<f32> + 'a>);

/// Whoever was asked for. Without a terminal the dashboard is lines.
pub(super) fn watchers<'a>(
    dashboard: bool,
    json: bool,
    controls: &Arc<Controls>,
    model: &Model<f32>,
    inside: Inside<'a>,
    streams: &mut Streams<'_>,
) -> Result<Watchers<'a>, Failure> {
    if json {
        return Ok((Box::new(JsonReporter), Box::new(())));
    }
    if dashboard {
        if let Some(watchers) = at_the_dashboard(controls, model, inside, streams)? {
            return Ok(watchers);
        }
        streams.warn("--dashboard: there is no terminal to draw on; lines it is");
    }
    Ok((Box::new(PlainReporter::new(streams)), Box::new(())))
}

#[cfg(feature = "dashboard")]
fn at_the_dashboard<'a>(
    controls: &Arc<Controls>,
    model: &Model<f32>,
    inside: Inside<'a>,
    streams: &mut Streams<'_>,
) -> Result<Option<Watchers<'a>>, Failure> {
    use std::io::IsTerminal;
    if !streams.err().is_terminal() || !std::io::stdin().is_terminal() || streams.is_quiet() {
        return Ok(None);
    }
    let dashboard = Dashboard::open(controls.clone())?;
    let Inside { train, held_out } = inside;
    let probe = Probe::new(dashboard.state(), model, train, held_out);
    Ok(Some((Box::new(dashboard), Box::new(probe))))
}

#[cfg(not(feature = "dashboard"))]
fn at_the_dashboard<'a>(
    _: &Arc<Controls>,
    _: &Model<f32>,
    _: Inside<'a>,
    _: &mut Streams<'_>,
) -> Result<Option<Watchers<'a>>, Failure> {
    Ok(None)
}

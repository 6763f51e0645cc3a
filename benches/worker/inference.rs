//! Forward passes: the latency of one sample, and the throughput of all test images.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Context;
use nn_core::Predictor;
use nn_data::{Features, pixel_to_f32};
use nn_train::{Samples, Team, evaluate};
use serde_json::json;

use crate::{Setup, samples};

/// Passes over the test images of which the throughput's median is taken.
const PASSES: usize = 7;

#[derive(Debug, clap::Args)]
pub struct InferenceArgs {
    #[command(flatten)]
    setup: Setup,
}

pub fn run(args: &InferenceArgs) -> anyhow::Result<()> {
    let network = args.setup.network()?;
    let (_, test) = nn_data::mnist::load(&args.setup.data)?;
    let Features::U8(bytes) = test.features() else { anyhow::bail!("MNIST has byte features") };
    let floats = bytes.mapv(pixel_to_f32);
    let samples = Samples::from_dataset(&test)?;
    let mut predictor = Predictor::new(&network);

    // One sample at a time, each a different image, as bytes and as floats.
    let mut from_bytes = Vec::new();
    let mut from_floats = Vec::new();
    for _ in 0..2 {
        from_bytes.clear();
        from_floats.clear();
        for pixels in bytes.rows() {
            let pixels = pixels.to_slice().context("images are contiguous")?;
            let start = Instant::now();
            black_box(predictor.predict_bytes(black_box(pixels), 1.0 / 255.0)?);
            from_bytes.push(start.elapsed().as_nanos() as f64);
        }
        for values in floats.rows() {
            let values = values.to_slice().context("images are contiguous")?;
            let start = Instant::now();
            black_box(predictor.predict(black_box(values))?);
            from_floats.push(start.elapsed().as_nanos() as f64);
        }
    }

    // All test images: outputs alone on one thread; and a whole evaluation (outputs, costs and
    // confusion matrix) on the team.
    let cost = args.setup.cost();
    let team = Team::new(args.setup.threads)?;
    let (mut outputs, mut evaluations) = (Vec::new(), Vec::new());
    for _ in 0..PASSES {
        let start = Instant::now();
        for first in (0..samples.len()).step_by(128) {
            let last = samples.len().min(first + 128);
            black_box(predictor.outputs(samples.inputs(), first..last)?);
        }
        outputs.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        black_box(evaluate(&network, &cost, &samples, &team)?);
        evaluations.push(start.elapsed().as_secs_f64());
    }
    let line = json!({
        "event": "end",
        "bytes_p50_ns": quantile(&mut from_bytes, 0.5),
        "bytes_p99_ns": quantile(&mut from_bytes, 0.99),
        "floats_p50_ns": quantile(&mut from_floats, 0.5),
        "floats_p99_ns": quantile(&mut from_floats, 0.99),
        "outputs_seconds": quantile(&mut outputs, 0.5),
        "evaluation_seconds": quantile(&mut evaluations, 0.5),
        "peak_kib": samples::peak_kib(),
    });
    println!("{line}");
    Ok(())
}

/// The value below which a share `q` of the values lies.
fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    values[(q * last as f64).round() as usize]
}

//! What it costs to look whether weights are finite, beside the steps between two looks:
//!
//! ```text
//! cargo run --release -p nn-train --example divergence_check_cost
//! ```
//!
//! Both are timed in turns, on one thread, and the medians compared. The trainer looks after 8 steps
//! at the earliest, and after 50 ms if these take less; the ratio is for 8 steps, the worst case.

#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use nn_core::{Cost, NetworkBuilder};
use nn_train::{Batches, Control, Observer, Samples, TrainParams, Trainer};

/// Steps between two looks, at the least.
const STEPS: usize = 8;
const TURNS: usize = 15;

/// Stops after the first look.
struct OneLook;

impl Observer<f32> for OneLook {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(STEPS)
    }

    fn on_batches(&mut self, _: &Batches<'_, f32>) -> Control {
        Control::Stop
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let samples = Samples::<f32>::from_dataset(&nn_data::sample::splits().train)?;
    println!("| network | batch | {STEPS} steps | one check | share |");
    println!("|---|--:|--:|--:|--:|");
    for (sizes, batch_size) in [
        (&[784, 30, 10][..], 10),
        (&[784, 100, 10], 10),
        (&[784, 800, 10], 100),
        (&[784, 1000, 500, 10], 10),
    ] {
        let network = NetworkBuilder::new(sizes).build(1)?;
        let params = TrainParams {
            epochs: 1000,
            batch_size,
            learning_rate: 0.01,
            threads: 1,
            ..TrainParams::default()
        };
        let mut trainer = Trainer::new(network, &Cost::Quadratic, &samples, &params)?;
        let (mut steps, mut checks) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            steps.push(time(|| trainer.run(&mut OneLook).map(drop))?);
            checks.push(time(|| {
                black_box(black_box(trainer.network()).first_non_finite_layer());
                Ok::<(), nn_train::TrainError>(())
            })?);
        }
        let (steps, check) = (median(steps), median(checks));
        let share = check.as_secs_f64() / steps.as_secs_f64() * 100.0;
        let name: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        let name = name.join("-");
        println!("| {name} | {batch_size} | {steps:.1?} | {check:.1?} | {share:.2} % |");
    }
    Ok(())
}

fn time<E>(work: impl FnOnce() -> Result<(), E>) -> Result<Duration, E> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

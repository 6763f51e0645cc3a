//! The first mini-batch. The clock is the caller's: it runs from the start of this process
//! to the line printed here.

use nn_core::Scalar;
use nn_train::{Batches, Control, Observer, Samples, TrainParams, Trainer};
use serde_json::json;

use crate::{Setup, samples};

#[derive(Debug, clap::Args)]
pub struct FirstBatchArgs {
    #[command(flatten)]
    setup: Setup,
    /// Samples of a mini-batch
    #[arg(long)]
    batch: usize,
}

/// Stops after one mini-batch.
struct One;

impl<T: Scalar> Observer<T> for One {
    fn batches_at_a_time(&self) -> Option<usize> {
        Some(1)
    }

    fn on_batches(&mut self, _: &Batches<'_, T>) -> Control {
        Control::Stop
    }
}

pub fn run(args: &FirstBatchArgs) -> anyhow::Result<()> {
    let (train, _) = nn_data::mnist::load(&args.setup.data)?;
    let train = Samples::from_dataset(&train)?;
    let params = TrainParams {
        batch_size: args.batch,
        learning_rate: args.setup.learning_rate(None),
        threads: args.setup.threads,
        ..TrainParams::default()
    };
    let cost = args.setup.cost();
    Trainer::new(args.setup.network()?, &cost, &train, &params)?.run(&mut One)?;
    println!("{}", json!({ "event": "end", "peak_kib": samples::peak_kib() }));
    Ok(())
}

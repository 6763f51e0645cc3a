//! Training until a test accuracy is reached. The clock is the caller's: it runs from the
//! start of this process to the line printed here.

use std::time::Instant;

use nn_core::Cost;
use nn_train::{Control, Epoch, Observer, Samples, Team, TrainParams, Trainer, evaluate};
use serde_json::json;

use crate::{Setup, samples};

#[derive(Debug, clap::Args)]
pub struct AccuracyArgs {
    #[command(flatten)]
    setup: Setup,
    /// Share of the test images to classify rightly
    #[arg(long)]
    target: f64,
    /// Samples of a mini-batch
    #[arg(long)]
    batch: usize,
    /// Learning rate [default: 3 for sigmoid, 0.05 for relu]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// λ of L2 regularisation
    #[arg(long, default_value_t = 0.0)]
    lambda: f64,
    /// Epochs after which it gives up
    #[arg(long, default_value_t = 100)]
    max_epochs: usize,
    /// Training images
    #[arg(long, default_value_t = 60_000)]
    samples: usize,
}

/// Evaluates after every epoch and stops at the target.
struct UntilAccurate<'a> {
    target: f64,
    test: &'a Samples<f32>,
    cost: &'a Cost,
    team: &'a Team,
    best: f64,
    failure: Option<nn_core::Error>,
}

impl Observer<f32> for UntilAccurate<'_> {
    fn on_epoch(&mut self, epoch: &Epoch<'_, f32>) -> Control {
        match evaluate(epoch.network, self.cost, self.test, self.team) {
            Ok(evaluation) => self.best = self.best.max(evaluation.accuracy()),
            Err(error) => self.failure = Some(error),
        }
        if self.failure.is_some() || self.best >= self.target {
            Control::Stop
        } else {
            Control::Continue
        }
    }
}

pub fn run(args: &AccuracyArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    let (train, test) = samples::load(&args.setup.data, args.samples)?;
    let loaded = start.elapsed().as_secs_f64();
    let cost = args.setup.cost();
    let params = TrainParams {
        epochs: args.max_epochs,
        batch_size: args.batch,
        learning_rate: args.setup.learning_rate(args.learning_rate),
        lambda: args.lambda,
        seed: args.setup.seed,
        threads: args.setup.threads,
        ..TrainParams::default()
    };
    let mut trainer = Trainer::new(args.setup.network()?, &cost, &train, &params)?;
    let team = Team::new(args.setup.threads)?;
    let (test, cost, team) = (&test, &cost, &team);
    let mut observer =
        UntilAccurate { target: args.target, test, cost, team, best: 0.0, failure: None };
    trainer.run(&mut observer)?;
    if let Some(error) = observer.failure {
        return Err(error.into());
    }
    let line = json!({
        "event": "end",
        "reached": observer.best >= args.target,
        "accuracy": observer.best,
        "epochs": trainer.epochs_done(),
        "load_seconds": loaded,
        "peak_kib": samples::peak_kib(),
    });
    println!("{line}");
    Ok(())
}

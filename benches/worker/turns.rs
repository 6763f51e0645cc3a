//! Training in turns, so that several programs can take them alternately.
//!
//! The protocol is that of `benches/peers/protocol.py`.

use std::io::BufRead;
use std::time::Instant;

use nn_core::{InstructionSet, Scalar};
use nn_train::{Batches, Control, Epoch, Observer, Team, TrainParams, Trainer, evaluate};
use serde_json::json;

use crate::{Setup, samples};

#[derive(Debug, clap::Args)]
pub struct TurnsArgs {
    #[command(flatten)]
    setup: Setup,
    /// Samples of a mini-batch
    #[arg(long)]
    batch: usize,
    /// Learning rate [default: 3 for sigmoid, 0.05 for relu]
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Turns, unless `--serve` asks for them
    #[arg(long, default_value_t = 1)]
    epochs: usize,
    /// Mini-batches of a turn; 0 is an epoch
    #[arg(long, default_value_t = 0)]
    steps: usize,
    /// Training images
    #[arg(long, default_value_t = 50_000)]
    samples: usize,
    /// Take a turn for each line `turn` on standard input
    #[arg(long)]
    serve: bool,
}

/// Stops training after some mini-batches, or after an epoch.
struct Turn {
    /// Mini-batches left; `None` leaves it to the end of the epoch.
    left: Option<usize>,
    samples: usize,
}

impl<T: Scalar> Observer<T> for Turn {
    fn batches_at_a_time(&self) -> Option<usize> {
        self.left
    }

    fn on_batches(&mut self, batches: &Batches<'_, T>) -> Control {
        let per_batch = batches.samples_done.div_ceil(batches.first + batches.costs.len());
        self.samples += batches.samples_done - batches.first * per_batch;
        let Some(left) = &mut self.left else { return Control::Continue };
        *left -= batches.costs.len();
        if *left == 0 { Control::Stop } else { Control::Continue }
    }

    fn on_epoch(&mut self, _: &Epoch<'_, T>) -> Control {
        if self.left.is_none_or(|left| left == 0) { Control::Stop } else { Control::Continue }
    }
}

pub fn run(args: &TurnsArgs) -> anyhow::Result<()> {
    let (train, test) = samples::load(&args.setup.data, args.samples)?;
    let cost = args.setup.cost();
    let params = TrainParams {
        epochs: usize::MAX,
        batch_size: args.batch,
        learning_rate: args.setup.learning_rate(args.learning_rate),
        seed: args.setup.seed,
        threads: args.setup.threads,
        ..TrainParams::default()
    };
    let mut trainer = Trainer::new(args.setup.network()?, &cost, &train, &params)?;
    let mut take_turn = || -> anyhow::Result<(f64, usize)> {
        let mut turn = Turn { left: (args.steps > 0).then_some(args.steps), samples: 0 };
        let start = Instant::now();
        trainer.run(&mut turn)?;
        Ok((start.elapsed().as_secs_f64(), turn.samples))
    };

    let (warm_up, _) = take_turn()?;
    let ready = json!({
        "event": "ready",
        "framework": "nn-rs",
        "version": env!("CARGO_PKG_VERSION"),
        "threads": args.setup.threads,
        "warm_up_seconds": warm_up,
        "instruction_set": InstructionSet::available().last().map(|set| set.name()),
    });
    println!("{ready}");
    let mut lines = std::io::stdin().lock().lines();
    let mut turns = 0;
    while args.serve || turns < args.epochs {
        if args.serve && lines.next().transpose()?.is_none_or(|line| line != "turn") {
            break;
        }
        let (seconds, samples) = take_turn()?;
        println!("{}", json!({ "event": "turn", "seconds": seconds, "samples": samples }));
        turns += 1;
    }
    // Memory is read before the test images are evaluated: the peak is that of training.
    let peak = samples::peak_kib();
    let team = Team::new(args.setup.threads)?;
    let accuracy = evaluate(trainer.network(), &cost, &test, &team)?.accuracy();
    println!("{}", json!({ "event": "end", "accuracy": accuracy, "peak_kib": peak }));
    Ok(())
}

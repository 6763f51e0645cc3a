//! The same seed gives the same weights to the last bit, whatever the number of threads.

use nn_core::Cost;
use nn_train::{Team, TrainParams, Trainer, evaluate};

use crate::digits::{bits, network, samples};

const THREADS: [usize; 5] = [1, 2, 3, 4, 8];

/// Trains two epochs with each number of threads and asserts equal bits.
#[track_caller]
fn check(hidden: &[usize], cost: &Cost, batch_size: usize, learning_rate: f64) {
    let (train, test) = samples();
    let run = |threads: usize, seed: u64| {
        let params = TrainParams {
            epochs: 2,
            batch_size,
            learning_rate,
            lambda: 0.1,
            seed,
            threads,
            ..TrainParams::default()
        };
        let mut trainer = Trainer::new(network(hidden), cost, &train, &params).unwrap();
        trainer.run(&mut ()).unwrap();
        let team = Team::new(threads).unwrap();
        let result = evaluate(trainer.network(), cost, &test, &team).unwrap();
        (bits(trainer.network()), result.mean_cost.to_bits())
    };
    let expected = run(1, 1);
    for threads in THREADS {
        assert!(run(threads, 1) == expected, "{threads} threads, hidden {hidden:?}");
    }
    assert!(run(1, 2).0 != expected.0, "another seed gives other weights");
}

#[test]
fn small_steps() {
    check(&[30], &Cost::Quadratic, 10, 3.0);
}

#[test]
fn steps_that_are_divided() {
    check(&[100], &Cost::CrossEntropy, 64, 0.5);
}

#[test]
fn deep_networks_and_a_partial_last_batch() {
    check(&[60, 40], &Cost::Quadratic, 37, 1.0);
}

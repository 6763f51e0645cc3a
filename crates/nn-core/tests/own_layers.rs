//! Small layers above the first, which every worker keeps for itself: runs that follow each
//! other, even and odd numbers of steps, no step at all, and a run by a rule, for which they
//! share the layers again.

#![allow(clippy::unwrap_used)] // A test that cannot set up its case has failed.

mod engine_setup;

use engine_setup::{Momentum, data, inputs, network, run};
use nn_core::{Activation, Cost, Dropout, Engine, MiniBatches, Network, RuleState, Step};

const BATCH: usize = 4;
/// Mini-batches of the runs; the last one of all is shorter than the others.
const RUNS: [usize; 5] = [1, 0, 2, 1, 3];
/// The mini-batch that is done by a rule.
const BY_RULE: usize = 3;
const SAMPLES: usize = 26;

/// Trains on `workers` workers in runs of so many mini-batches, of which one is done by a rule.
fn train(
    sizes: &[usize],
    workers: usize,
    (sparse, drops): (bool, bool),
    runs: &[usize],
) -> (Network<f32>, Vec<f64>) {
    let (x, targets) = data::<f32>(SAMPLES, sizes, 0.4);
    let inputs = inputs(&x, sparse);
    let mut network = network::<f32>(sizes, &Activation::Relu);
    let mut engine = Engine::new(&network, &Cost::CrossEntropy, BATCH, workers).unwrap();
    assert_eq!(engine.num_workers(), workers);
    if drops {
        let mut rates = vec![0.3; sizes.len() - 1];
        rates[0] = 0.1;
        engine = engine.with_dropout(Dropout::new(8, rates).unwrap()).unwrap();
    }
    let order: Vec<u32> = (0..SAMPLES as u32).rev().collect();
    let batches: Vec<&[u32]> = order.chunks(BATCH).collect();
    let (mut costs, mut first) = (Vec::new(), 0);
    for &len in runs {
        let order = batches[first..first + len].concat();
        let steps: Vec<Step> = (first..first + len)
            .map(|i| Step::new(0.3).with_shrink(0.98).with_l1(0.001).with_number(i as u64))
            .collect();
        let mut state = RuleState::new(&network, &Momentum);
        let parts = if first == BY_RULE && len == 1 {
            let batches = MiniBatches { order: &order, batch_size: BATCH, steps: &steps };
            let state = &mut state;
            engine.divide_with_rule(&mut network, &Momentum, state, &inputs, &targets, batches)
        } else {
            engine.divide(&mut network, &inputs, &targets, &order, BATCH, &steps)
        };
        costs.extend(run(parts.unwrap()).costs);
        first += len;
    }
    (network, costs)
}

#[test]
fn layers_that_each_worker_keeps_end_as_the_same_bits() {
    for sizes in [&[30, 64, 10][..], &[30, 70, 33, 20, 3]] {
        for case in [(true, false), (false, false), (true, true)] {
            let (expected, costs) = train(sizes, 1, case, &RUNS);
            assert_eq!(costs.len(), SAMPLES.div_ceil(BATCH));
            for runs in [&RUNS[..], &[BY_RULE, 1, 3]] {
                for workers in 2..=4 {
                    let found = train(sizes, workers, case, runs);
                    assert!(found.0 == expected, "{sizes:?} on {workers} in runs of {runs:?}");
                    assert_eq!(found.1, costs, "{sizes:?} on {workers} in runs of {runs:?}");
                }
            }
        }
    }
}

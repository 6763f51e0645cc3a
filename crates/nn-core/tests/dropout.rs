//! Dropout in the engine: its gradient against finite differences of the cost under the same
//! masks, and the same bits for any number of workers, instruction set and form of inputs.

#![allow(clippy::unwrap_used)] // A test that cannot set up its case has failed.

mod engine_setup;

use engine_setup::{Momentum, data, inputs, network, run};
use nn_core::dropout::LayerMask;
use nn_core::{
    Activation, Cost, Dropout, Engine, Inputs, InstructionSet, MiniBatches, Network, RuleState,
    Step,
};

/// C of one sample at place `row` under the masks, in plain loops.
fn cost_under_masks(
    network: &Network<f64>,
    masks: &[Option<LayerMask>],
    row: usize,
    x: &[f64],
    y: &[f64],
) -> f64 {
    let factor = |layer: usize, unit: usize| match masks.get(layer).copied().flatten() {
        None => 1.0,
        Some(mask) => f64::from(u8::from(mask.keeps(row, unit))) * mask.scale(),
    };
    let (mut a, mut z) = (x.to_vec(), Vec::new());
    for (l, layer) in network.layers().iter().enumerate() {
        let dropped: Vec<f64> = a.iter().enumerate().map(|(k, a)| factor(l, k) * a).collect();
        let weights = layer.weights();
        let sum = |j: usize| (0..dropped.len()).map(|k| weights[[k, j]] * dropped[k]).sum::<f64>();
        z = (0..layer.outputs()).map(|j| sum(j) + layer.biases()[j]).collect();
        a = z.iter().map(|&z| layer.activation().value(z)).collect();
    }
    Cost::CrossEntropy.value((&z[..]).into(), (&a[..]).into(), y.into())
}

#[test]
fn gradients_are_those_of_the_cost_under_the_masks() {
    let sizes = [7, 9, 6, 3];
    let (samples, number) = (5, 11);
    let dropout = Dropout::new(3, vec![0.2, 0.5, 0.4]).unwrap();
    let masks = dropout.masks(number);
    for hidden in [
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::LecunTanh,
        Activation::Softplus,
        Activation::Gelu,
        Activation::LeakyRelu,
    ] {
        let (x, targets) = data::<f64>(samples, &sizes, 0.6);
        let y = targets.to_array(0..samples);
        let start = network::<f64>(&sizes, &hidden);
        let mean_cost = |network: &Network<f64>| {
            let cost = |s: usize| {
                let (x, y) = (x.row(s).to_vec(), y.row(s).to_vec());
                cost_under_masks(network, &masks, s, &x, &y)
            };
            (0..samples).map(cost).sum::<f64>() / samples as f64
        };
        for inputs in [inputs(&x, true), inputs(&x, false)] {
            let mut trained = start.clone();
            let engine = Engine::new(&start, &Cost::CrossEntropy, samples, 1).unwrap();
            let mut engine = engine.with_dropout(dropout.clone()).unwrap();
            let order: Vec<u32> = (0..samples as u32).collect();
            // A step of η = 1 changes every parameter by its gradient.
            let steps = [Step::new(1.0).with_number(number)];
            let report =
                engine.run(&mut trained, &inputs, &targets, &order, samples, &steps).unwrap();
            assert!((report.costs[0] / samples as f64 - mean_cost(&start)).abs() < 1e-12);

            let h = 1e-6;
            let mut moved = start.clone();
            for l in 0..start.layers().len() {
                let (rows, cols) = start.layers()[l].weights().dim();
                for j in 0..cols {
                    for k in 0..rows {
                        let w = start.layers()[l].weights()[[k, j]];
                        let mut at = |w: f64| {
                            moved.layers_mut()[l].weights_mut()[[k, j]] = w;
                            mean_cost(&moved)
                        };
                        let numeric = (at(w + h) - at(w - h)) / (2.0 * h);
                        at(w);
                        let exact = w - trained.layers()[l].weights()[[k, j]];
                        assert!((numeric - exact).abs() < 1e-8, "{hidden}: {numeric} {exact}");
                    }
                    let b = start.layers()[l].biases()[j];
                    let mut at = |b: f64| {
                        moved.layers_mut()[l].biases_mut()[j] = b;
                        mean_cost(&moved)
                    };
                    let numeric = (at(b + h) - at(b - h)) / (2.0 * h);
                    at(b);
                    let exact = b - trained.layers()[l].biases()[j];
                    assert!((numeric - exact).abs() < 1e-8, "{hidden}: {numeric} {exact}");
                }
            }
        }
    }
}

/// Trains a few steps on `workers` workers, in two runs.
fn train(
    sizes: &[usize],
    batch: usize,
    sparse: bool,
    workers: usize,
    set: Option<InstructionSet>,
    ruled: bool,
) -> Network<f32> {
    let samples = 4 * batch - 3;
    let (x, targets) = data::<f32>(samples, sizes, 0.3);
    let inputs = inputs(&x, sparse);
    let mut network = network::<f32>(sizes, &Activation::Tanh);
    let mut rates = vec![0.5; sizes.len() - 1];
    rates[0] = 0.2;
    let mut engine = Engine::new(&network, &Cost::Quadratic, batch, workers)
        .unwrap()
        .with_dropout(Dropout::new(9, rates).unwrap())
        .unwrap();
    if let Some(set) = set {
        engine = engine.with_instruction_set(set).unwrap();
    }
    let mut state = RuleState::new(&network, &Momentum);
    let order: Vec<u32> = (0..samples as u32).rev().collect();
    let steps: Vec<Step> = (0..4).map(|i| Step::new(0.2).with_number(i)).collect();
    let (first, second) = order.split_at(2 * batch);
    for (order, steps) in [(first, &steps[..2]), (second, &steps[2..])] {
        let workers = if ruled {
            let batches = MiniBatches { order, batch_size: batch, steps };
            let (rule, state) = (&Momentum, &mut state);
            engine.divide_with_rule(&mut network, rule, state, &inputs, &targets, batches).unwrap()
        } else {
            engine.divide(&mut network, &inputs, &targets, order, batch, steps).unwrap()
        };
        assert_eq!(run(workers).diverged_at, None);
    }
    network
}

#[test]
fn workers_and_the_form_of_inputs_change_no_bit() {
    // Replicated layers, divided ones, updates by sample and by row.
    for (sizes, batch) in
        [(&[30, 40, 5][..], 4), (&[50, 260, 40, 20][..], 32), (&[20, 100, 600, 40, 17][..], 20)]
    {
        for ruled in [false, true] {
            let expected = train(sizes, batch, true, 1, None, ruled);
            assert_eq!(train(sizes, batch, false, 1, None, ruled), expected, "dense");
            for workers in [2, 3, 4] {
                for sparse in [true, false] {
                    let trained = train(sizes, batch, sparse, workers, None, ruled);
                    assert_eq!(trained, expected, "{sizes:?}, {workers} workers, {sparse}");
                }
            }
        }
    }
}

#[test]
fn fused_instruction_sets_agree() {
    let sets = InstructionSet::available();
    if sets.contains(&InstructionSet::Avx512) {
        let trained = |set| train(&[50, 260, 40, 20], 32, true, 1, Some(set), false);
        assert_eq!(trained(InstructionSet::Avx2), trained(InstructionSet::Avx512));
    }
}

#[test]
fn without_a_rate_nothing_changes() {
    let sizes = [30, 40, 5];
    let (x, targets) = data::<f32>(8, &sizes, 0.3);
    let inputs = Inputs::from_values(x.view()).unwrap();
    let run = |dropout: Option<Vec<f64>>| {
        let mut network = network::<f32>(&sizes, &Activation::Relu);
        let mut engine = Engine::new(&network, &Cost::Quadratic, 8, 1).unwrap();
        if let Some(rates) = dropout {
            engine = engine.with_dropout(Dropout::new(1, rates).unwrap()).unwrap();
        }
        let steps = [Step::new(0.3)];
        engine.run(&mut network, &inputs, &targets, &[0, 1, 2, 3, 4, 5, 6, 7], 8, &steps).unwrap();
        network
    };
    let plain = run(None);
    assert_eq!(run(Some(vec![0.0, 0.0])), plain);
    assert_eq!(run(Some(vec![0.0, 1e-9])), plain);
    assert_ne!(run(Some(vec![0.0, 0.5])), plain);
    assert_ne!(run(Some(vec![0.2, 0.0])), plain);
}

#[test]
fn a_rate_for_every_layer_is_needed() {
    let engine = |rates| {
        let network = network::<f32>(&[3, 4, 2], &Activation::Sigmoid);
        let engine = Engine::new(&network, &Cost::Quadratic, 1, 1).unwrap();
        engine.with_dropout(Dropout::new(1, rates).unwrap()).map(|_| ())
    };
    assert!(engine(vec![0.1, 0.1]).is_ok());
    assert!(engine(vec![0.1]).is_err());
    assert!(engine(vec![0.1, 0.1, 0.1]).is_err());
}

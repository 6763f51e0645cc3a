//! Clipping, L1 and max-norm in the engine against the same steps on whole gradients, and
//! against themselves: number of workers, form of inputs, instruction sets.

#![allow(clippy::unwrap_used)] // A test that cannot set up its case has failed.

mod engine_setup;

use engine_setup::{Momentum, data, inputs, run};
use ndarray::Array2;
use nn_core::inputs::DenseRows;
use nn_core::{
    Activation, Clipping, Cost, Engine, Inputs, InstructionSet, MiniBatches, Network, RuleState,
    Scalar, Step, Targets, backprop,
};

const COST: Cost = Cost::CrossEntropy;

/// What is limited in a case.
#[derive(Debug, Clone, Copy, Default)]
struct Limited {
    clipping: Clipping,
    max_norm: Option<f64>,
    l1: f64,
    ruled: bool,
}

fn network<T: Scalar>(sizes: &[usize]) -> Network<T> {
    engine_setup::network(sizes, &Activation::Tanh)
}

fn steps(case: Limited) -> Vec<Step> {
    let step = |i| {
        let step = Step::new(0.5 + 0.1 * f64::from(i)).with_l1(case.l1);
        if case.ruled { step.with_l2(0.01) } else { step.with_shrink(0.99) }
    };
    (0..4).map(step).collect()
}

/// Four steps on the engine.
fn train<T: Scalar>(
    sizes: &[usize],
    batch: usize,
    sparse: bool,
    workers: usize,
    set: Option<InstructionSet>,
    case: Limited,
) -> Network<T> {
    let samples = 4 * batch - 3;
    let (x, targets) = data::<T>(samples, sizes, 0.4);
    let inputs = inputs(&x, sparse);
    let mut network = network::<T>(sizes);
    let mut engine =
        Engine::new(&network, &COST, batch, workers).unwrap().with_clipping(case.clipping).unwrap();
    if let Some(limit) = case.max_norm {
        engine = engine.with_max_norm(limit).unwrap();
    }
    if let Some(set) = set {
        engine = engine.with_instruction_set(set).unwrap();
    }
    let mut state = RuleState::new(&network, &Momentum);
    let order: Vec<u32> = (0..samples as u32).collect();
    let steps = steps(case);
    let workers = if case.ruled {
        let batches = MiniBatches { order: &order, batch_size: batch, steps: &steps };
        engine
            .divide_with_rule(&mut network, &Momentum, &mut state, &inputs, &targets, batches)
            .unwrap()
    } else {
        engine.divide(&mut network, &inputs, &targets, &order, batch, &steps).unwrap()
    };
    let report = run(workers);
    assert_eq!((report.diverged_at, report.costs.len()), (None, 4));
    network
}

/// The same steps on whole gradients, as the documentation of [`Clipping`] has them. Also how
/// many samples, elements, gradients and units met their limits.
fn expected(sizes: &[usize], batch: usize, case: Limited) -> (Network<f64>, [usize; 4]) {
    let samples = 4 * batch - 3;
    let (x, targets) = data::<f64>(samples, sizes, 0.4);
    let y = targets.to_array(0..samples);
    let mut network = network::<f64>(sizes);
    let mut velocity: Vec<(Array2<f64>, Vec<f64>)> = network
        .layers()
        .iter()
        .map(|layer| (Array2::zeros(layer.weights().dim()), vec![0.0; layer.outputs()]))
        .collect();
    let mut met = [0; 4];
    for (i, step) in steps(case).into_iter().enumerate() {
        let range = i * batch..samples.min((i + 1) * batch);
        let rows = ndarray::s![range.clone(), ..];
        let mut all = backprop(&network, x.slice(rows), y.slice(rows), &COST).unwrap();
        if let Some(limit) = case.clipping.per_sample {
            met[0] += all.squared_norms().iter().filter(|n| n.sqrt() > limit).count();
            all.clip(limit);
        }
        let m = range.len() as f64;
        let sum = all.sum();
        let mut gradients: Vec<(Array2<f64>, Vec<f64>)> = sum
            .layers()
            .iter()
            .map(|g| (&g.weights / m, g.biases.iter().map(|b| b / m).collect()))
            .collect();
        if let Some(limit) = case.clipping.value {
            for (weights, biases) in &mut gradients {
                for g in weights.iter_mut().chain(biases) {
                    met[1] += usize::from(g.abs() > limit);
                    *g = g.clamp(-limit, limit);
                }
            }
        }
        if let Some(limit) = case.clipping.norm {
            let all = gradients.iter().flat_map(|(w, b)| w.iter().chain(b));
            let norm = all.map(|g| g * g).sum::<f64>().sqrt();
            met[2] += usize::from(norm > limit);
            let factor = (limit / (norm + 1e-6)).min(1.0);
            for (weights, biases) in &mut gradients {
                weights.iter_mut().chain(biases).for_each(|g| *g *= factor);
            }
        }
        let last = network.layers().len() - 1;
        for (l, (weights, biases)) in gradients.iter().enumerate() {
            let layer = &mut network.layers_mut()[l];
            let update = |w: &mut f64, g: f64, v: &mut f64| {
                *v = if case.ruled { 0.9 * *v + g } else { g };
                *w -= step.rate * *v;
            };
            let mut w = layer.weights_mut();
            for ((w, &g), v) in w.iter_mut().zip(weights).zip(&mut velocity[l].0) {
                let sign = if *w == 0.0 { 0.0 } else { w.signum() };
                let g = g + step.l2 * *w + step.l1 * sign;
                *w *= step.shrink;
                update(w, g, v);
            }
            for mut incoming in w.columns_mut() {
                let norm = incoming.dot(&incoming).sqrt();
                if let (true, Some(limit)) = (l < last, case.max_norm)
                    && norm > limit
                {
                    met[3] += 1;
                    incoming *= limit / norm;
                }
            }
            let mut b = layer.biases_mut();
            for ((b, &g), v) in b.iter_mut().zip(biases).zip(&mut velocity[l].1) {
                update(b, g, v);
            }
        }
    }
    (network, met)
}

fn cases() -> Vec<Limited> {
    let none = Clipping::default();
    let all = none.with_per_sample(0.9).with_value(0.02).with_norm(0.3);
    let mut cases = Vec::new();
    for ruled in [false, true] {
        let base = Limited { ruled, ..Limited::default() };
        for clipping in
            [none, none.with_per_sample(0.9), none.with_value(0.02), none.with_norm(0.3), all]
        {
            cases.push(Limited { clipping, ..base });
        }
        cases.push(Limited { l1: 0.02, ..base });
        cases.push(Limited { max_norm: Some(0.8), ..base });
        cases.push(Limited { max_norm: Some(0.8), l1: 0.02, clipping: all, ..base });
    }
    cases
}

// Replicated layers, divided ones, updates by sample and by row.
const SHAPES: [(&[usize], usize); 4] =
    [(&[30, 40, 5], 4), (&[30, 40, 20, 5], 4), (&[50, 260, 40, 20], 32), (&[12, 6], 5)];

#[test]
fn steps_are_those_on_whole_gradients() {
    for (sizes, batch) in SHAPES {
        for case in cases() {
            let (expected, met) = expected(sizes, batch, case);
            let Clipping { per_sample, value, norm, .. } = case.clipping;
            let limits = [per_sample.is_some(), value.is_some(), norm.is_some()];
            if sizes.len() > 2 && limits.iter().filter(|limit| **limit).count() == 1 {
                let met: Vec<bool> = met[..3].iter().map(|&met| met > 0).collect();
                assert_eq!(met, limits, "the limits matter: {case:?}");
            }
            if let (true, Some(_)) = (sizes.len() > 2, case.max_norm) {
                assert!(met[3] > 0, "the limit of weights matters");
            }
            for sparse in [true, false] {
                let trained = train::<f64>(sizes, batch, sparse, 1, None, case);
                for (layer, expected) in trained.layers().iter().zip(expected.layers()) {
                    let weights = layer.weights().into_owned() - expected.weights();
                    let biases = layer.biases().into_owned() - expected.biases();
                    let worst = weights.iter().chain(&biases).fold(0.0, |a: f64, b| a.max(b.abs()));
                    assert!(worst < 1e-12, "{worst} in {sizes:?}, {case:?}");
                }
            }
        }
    }
}

#[test]
fn workers_and_the_form_of_inputs_change_no_bit() {
    for (sizes, batch) in SHAPES {
        for case in cases() {
            let expected = train::<f32>(sizes, batch, true, 1, None, case);
            for workers in [1, 2, 3, 4] {
                for sparse in [true, false] {
                    let trained = train::<f32>(sizes, batch, sparse, workers, None, case);
                    assert_eq!(trained, expected, "{sizes:?}, {workers} workers, {case:?}");
                }
            }
        }
    }
}

#[test]
fn fused_instruction_sets_agree() {
    if InstructionSet::available().contains(&InstructionSet::Avx512) {
        for case in cases() {
            let trained = |set| train::<f32>(&[50, 260, 40, 20], 32, true, 1, Some(set), case);
            assert_eq!(trained(InstructionSet::Avx2), trained(InstructionSet::Avx512));
        }
    }
}

#[test]
fn a_gradient_without_a_finite_length_is_a_divergence() {
    let mut start = network::<f32>(&[4, 3, 3]);
    // Finite forward, while backward two such weights add up to more than there is.
    start.layers_mut()[0].weights_mut().fill(0.0);
    start.layers_mut()[0].biases_mut().fill(0.0);
    start.layers_mut()[1].weights_mut().fill(f32::MAX);
    start.layers_mut()[1].biases_mut().fill(40.0);
    let x = Array2::from_elem((2, 4), 1.0_f32);
    let inputs = Inputs::Dense(DenseRows::from_view(x.view()));
    let targets = Targets::one_hot(vec![0, 1], 3).unwrap();
    let steps = [Step::new(0.1); 2];
    for clipping in [
        Clipping::default().with_per_sample(1.0),
        Clipping::default().with_norm(1.0),
        Clipping::default().with_norm(1.0).with_per_sample(f64::INFINITY),
    ] {
        for workers in [1, 2] {
            let mut trained = start.clone();
            let engine = Engine::new(&start, &COST, 1, workers).unwrap();
            let mut engine = engine.with_clipping(clipping).unwrap();
            let parts = engine.divide(&mut trained, &inputs, &targets, &[0, 1], 1, &steps).unwrap();
            let report = run(parts);
            assert_eq!(report.diverged_at, Some(0), "{clipping:?}");
            assert!(report.costs.is_empty() && report.correct.is_empty());
            assert_eq!(trained, start);
        }
    }
}

#[test]
fn limits_that_are_not_above_zero_are_refused() {
    let network = network::<f32>(&[3, 2]);
    let engine = || Engine::new(&network, &COST, 1, 1).unwrap();
    for limit in [0.0, -1.0, f64::NAN] {
        assert!(engine().with_max_norm(limit).is_err());
        assert!(engine().with_clipping(Clipping::default().with_norm(limit)).is_err());
        assert!(engine().with_clipping(Clipping::default().with_value(limit)).is_err());
        assert!(engine().with_clipping(Clipping::default().with_per_sample(limit)).is_err());
    }
}

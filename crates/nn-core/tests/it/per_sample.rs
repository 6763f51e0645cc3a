//! Factored per-sample gradients against full ones, computed sample by sample.

use approx::relative_eq;
use ndarray::{Array2, ArrayView2};
use ndarray_rand::rand::Rng;
use nn_core::reference::{self, NaiveLayer};
use nn_core::rng::stream;
use nn_core::{
    Cost, Gradients, Init, Network, NetworkBuilder, PerSampleGradients, Scalar, backprop,
};
use proptest::prelude::*;

use crate::custom;

/// A network, a cost that fits it, and a batch.
#[derive(Debug)]
struct Batch<T: Scalar> {
    network: Network<T>,
    cost: Cost,
    /// m × n₁.
    inputs: Array2<T>,
    /// m × outputs.
    targets: Array2<T>,
}

/// What a [`Batch`] is made of.
type Parts = (Vec<usize>, usize, usize, usize, usize, u64);

fn parts() -> impl Strategy<Value = Parts> {
    let sizes = prop::collection::vec(1_usize..20, 2..6);
    (sizes, 0_usize..100, 0_usize..100, 0_usize..100, 0_usize..9, any::<u64>())
}

impl<T: Scalar> Batch<T> {
    fn new((sizes, hidden, cost, output, samples, seed): Parts) -> Self {
        let choose = |list: &[nn_core::Activation], i: usize| list[i % list.len()].clone();
        let costs = custom::costs();
        let cost = costs[cost % costs.len()].clone();
        let builder = NetworkBuilder::<T>::new(&sizes).init(Init::ScaledNormal);
        let builder = builder.hidden(choose(&custom::hidden_activations(), hidden));
        let builder = builder.output(choose(&custom::outputs_of(&cost), output));
        let mut rng = stream(seed, "batch", 0);
        let mut draw = |columns| {
            Array2::from_shape_simple_fn((samples, columns), || {
                // Some zeros, as blank pixels have.
                let x: f64 = rng.random_range(-1.0..1.0);
                T::from_f64(if x < -0.5 { 0.0 } else { x })
            })
        };
        let inputs = draw(sizes[0]);
        let targets = draw(sizes[sizes.len() - 1]);
        Self { network: builder.build(seed).unwrap(), cost, inputs, targets }
    }

    fn factored(&self) -> PerSampleGradients<T> {
        backprop(&self.network, self.inputs.view(), self.targets.view(), &self.cost).unwrap()
    }

    /// The gradient of each sample, by nested loops.
    fn naive(&self) -> Vec<Vec<NaiveLayer<T>>> {
        let rows = self.inputs.rows().into_iter().zip(self.targets.rows());
        let one = |(x, y): (ndarray::ArrayView1<'_, T>, ndarray::ArrayView1<'_, T>)| {
            reference::backprop(&self.network, &x.to_vec(), &y.to_vec(), &self.cost)
        };
        rows.map(one).collect()
    }
}

/// Equal but for the rounding of sums in another order.
fn close<T: Scalar>(found: f64, expected: f64, size: f64) -> bool {
    let tolerance = if T::NAME == "f64" { 1e-12 } else { 1e-4 };
    relative_eq!(found, expected, epsilon = tolerance * size, max_relative = tolerance)
}

/// Checks a gradient against the sum of naive ones.
fn check_sum<T: Scalar>(found: &Gradients<T>, naive: &[Vec<NaiveLayer<T>>]) {
    let sum = |numbers: &mut dyn Iterator<Item = T>| -> (f64, f64) {
        numbers.fold((0.0, 1.0), |(sum, size), x| (sum + x.as_f64(), size + x.as_f64().abs()))
    };
    for (l, layer) in found.layers().iter().enumerate() {
        for ((k, j), &found) in layer.weights.indexed_iter() {
            let (expected, size) = sum(&mut naive.iter().map(|sample| sample[l].weights[k][j]));
            assert!(close::<T>(found.as_f64(), expected, size), "{found} is not {expected}");
        }
        for (j, &found) in layer.biases.indexed_iter() {
            let (expected, size) = sum(&mut naive.iter().map(|sample| sample[l].biases[j]));
            assert!(close::<T>(found.as_f64(), expected, size), "{found} is not {expected}");
        }
    }
}

fn check_sums<T: Scalar>(parts: Parts) {
    let batch = Batch::<T>::new(parts);
    let (factored, naive) = (batch.factored(), batch.naive());
    assert_eq!(factored.num_samples(), naive.len());
    check_sum(&factored.sum(), &naive);
    for (i, one) in naive.chunks(1).enumerate() {
        check_sum(&factored.sample(i), one);
    }
}

fn check_norms<T: Scalar>(parts: Parts) {
    let factored = Batch::<T>::new(parts).factored();
    let norms = factored.squared_norms();
    assert_eq!(norms.len(), factored.num_samples());
    for (i, norm) in norms.iter().enumerate() {
        let expected = factored.sample(i).squared_norm().as_f64();
        assert!(close::<T>(norm.as_f64(), expected, 0.0), "{norm} is not {expected}");
    }
}

fn rows<T: Scalar>(factored: &PerSampleGradients<T>, i: usize) -> Vec<Vec<T>> {
    factored.layers().iter().map(|layer| layer.errors.row(i).to_vec()).collect()
}

fn check_clip<T: Scalar>(parts: Parts, max_norm: f64) {
    let before = Batch::<T>::new(parts).factored();
    let mut after = before.clone();
    after.clip(T::from_f64(max_norm));
    let (norms_before, norms_after) = (before.squared_norms(), after.squared_norms());
    for i in 0..before.num_samples() {
        let (was, is) = (norms_before[i].as_f64().sqrt(), norms_after[i].as_f64().sqrt());
        if was <= max_norm * (1.0 - 1e-6) {
            assert_eq!(rows(&after, i), rows(&before, i), "norm {was} was touched");
        } else if was > max_norm * (1.0 + 1e-6) {
            assert!(close::<T>(is, max_norm, 0.0), "norm {was} became {is}, not {max_norm}");
            // It is shortened, not turned.
            let (was_row, is_row) = (rows(&before, i).concat(), rows(&after, i).concat());
            for (was_delta, is_delta) in was_row.iter().zip(&is_row) {
                let expected = was_delta.as_f64() * max_norm / was;
                assert!(close::<T>(is_delta.as_f64(), expected, 1e-30), "{is_delta} {expected}");
            }
        }
    }
}

proptest! {
    #[test]
    fn sums_and_samples_equal_the_naive_ones(parts in parts()) {
        check_sums::<f64>(parts.clone());
        check_sums::<f32>(parts);
    }

    #[test]
    fn norms_equal_those_of_the_full_gradients(parts in parts()) {
        check_norms::<f64>(parts.clone());
        check_norms::<f32>(parts);
    }

    #[test]
    fn clipping_bounds_every_sample(parts in parts(), log_norm in -4.0..2.0) {
        check_clip::<f64>(parts.clone(), 10_f64.powf(log_norm));
        check_clip::<f32>(parts, 10_f64.powf(log_norm));
    }
}

#[test]
fn a_batch_of_none_has_no_gradient() {
    let batch = Batch::<f64>::new((vec![3, 2], 0, 0, 0, 0, 1));
    let factored = batch.factored();
    assert_eq!(factored.num_samples(), 0);
    assert!(factored.sum().squared_norm() <= 0.0);
    assert_eq!(factored.squared_norms().len(), 0);
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let batch = Batch::<f64>::new((vec![3, 2], 0, 0, 0, 4, 1));
    let refused = |x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, cost: &Cost| {
        backprop(&batch.network, x, y, cost).unwrap_err().to_string()
    };
    let (x, y) = (&batch.inputs, &batch.targets);
    let short = y.slice(ndarray::s![..3, ..]);
    assert_eq!(refused(x.view(), short, &batch.cost), "rows of the targets: expected 4, found 3");
    let error = refused(y.view(), y.view(), &batch.cost);
    assert_eq!(error, "features of a sample: expected 3, found 2");
    let error = refused(x.view(), x.view(), &batch.cost);
    assert_eq!(error, "targets of a sample: expected 2, found 3");
    let error = refused(x.view(), y.view(), &Cost::SoftmaxCrossEntropy);
    assert!(error.contains("needs softmax outputs"), "{error}");
}

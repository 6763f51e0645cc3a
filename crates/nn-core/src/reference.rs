//! The algorithm of the article with nothing but nested loops: the oracle of the tests.
//!
//! One sample at a time, every gradient a full matrix, no array library, no kernel. It is
//! slow and easy to believe, and everything faster is compared with it.

// The loops count as the formulas do.
#![allow(clippy::needless_range_loop)]

use crate::{Cost, Network, Scalar};

/// ∂C/∂w (n_(l−1) × n_l, row per input) and ∂C/∂b (n_l) of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveLayer<T> {
    /// ∂C/∂w, `weights[k][j]`.
    pub weights: Vec<Vec<T>>,
    /// ∂C/∂b, `biases[j]`.
    pub biases: Vec<T>,
}

/// z and a of every layer for one sample `x` (n₁).
///
/// # Panics
///
/// If `x` does not have n₁ elements.
#[must_use]
pub fn feed_forward<T: Scalar>(network: &Network<T>, x: &[T]) -> (Vec<Vec<T>>, Vec<Vec<T>>) {
    assert_eq!(x.len(), network.num_inputs(), "features of a sample");
    let mut zs = Vec::new();
    let mut activations = vec![x.to_vec()];
    for layer in network.layers() {
        let below = &activations[activations.len() - 1];
        let mut z = vec![T::zero(); layer.outputs()];
        for j in 0..layer.outputs() {
            z[j] = layer.biases()[j];
            for k in 0..layer.inputs() {
                z[j] += layer.weights()[[k, j]] * below[k];
            }
        }
        let row = ndarray::ArrayView2::from_shape((1, z.len()), &z).expect("one row");
        activations.push(layer.activation().apply(row).into_raw_vec_and_offset().0);
        zs.push(z);
    }
    (zs, activations)
}

/// The gradient of one sample's cost, by the five phases of the article.
///
/// `x` has n₁ elements, `y` n_L; the result has one entry for each of the layers 2 to L.
///
/// # Panics
///
/// If `x` or `y` does not fit the network.
#[must_use]
pub fn backprop<T: Scalar>(
    network: &Network<T>,
    x: &[T],
    y: &[T],
    cost: &Cost,
) -> Vec<NaiveLayer<T>> {
    assert_eq!(y.len(), network.num_outputs(), "targets of a sample");
    let (zs, activations) = feed_forward(network, x);
    let layers = network.layers();
    let last = layers.len() - 1;

    let row = |v: &[T]| ndarray::Array2::from_shape_vec((1, v.len()), v.to_vec()).expect("one row");
    let (z, a, y) = (row(&zs[last]), row(&activations[last + 1]), row(y));
    let error = cost.output_error(layers[last].activation(), z.view(), a.view(), y.view());
    let mut deltas = vec![error.into_raw_vec_and_offset().0];

    for l in (0..last).rev() {
        let above = &deltas[0];
        let weights = layers[l + 1].weights();
        let mut delta = vec![T::zero(); layers[l].outputs()];
        for k in 0..delta.len() {
            for j in 0..above.len() {
                delta[k] += weights[[k, j]] * above[j];
            }
            let (z, a) = (zs[l][k], activations[l + 1][k]);
            delta[k] *= layers[l].activation().derivative(z, a);
        }
        deltas.insert(0, delta);
    }

    let gradient = |(delta, a): (Vec<T>, &Vec<T>)| NaiveLayer {
        weights: a.iter().map(|&a| delta.iter().map(|&delta| a * delta).collect()).collect(),
        biases: delta,
    };
    deltas.into_iter().zip(&activations).map(gradient).collect()
}

/// One step of mini-batch gradient descent, w → w − (η/m) Σ_x ∂C_x/∂w.
///
/// # Panics
///
/// If a sample does not fit the network.
pub fn update_mini_batch<T: Scalar>(
    network: &mut Network<T>,
    batch: &[(Vec<T>, Vec<T>)],
    eta: f64,
    cost: &Cost,
) {
    let gradients: Vec<_> = batch.iter().map(|(x, y)| backprop(network, x, y, cost)).collect();
    let scale = T::from_f64(eta / batch.len() as f64);
    for (l, layer) in network.layers_mut().iter_mut().enumerate() {
        for gradient in &gradients {
            for (k, row) in gradient[l].weights.iter().enumerate() {
                for (j, &g) in row.iter().enumerate() {
                    layer.weights_mut()[[k, j]] -= scale * g;
                }
            }
            for (j, &g) in gradient[l].biases.iter().enumerate() {
                layer.biases_mut()[j] -= scale * g;
            }
        }
    }
}

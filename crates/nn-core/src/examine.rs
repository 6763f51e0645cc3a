//! A look into a network while it learns: how long the gradients of each layer are, and how
//! many of its units still respond.

use crate::engine::{Engine, MiniBatches, Step, Worker};
use crate::update_rule::{RuleState, RuleStep, UpdateRule};
use crate::{Clipping, Cost, Error, Inputs, Network, Scalar, Targets};

/// What some samples show of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LayerExamination {
    /// ‖(1/m) Σ_x ∂C_x‖ over the layer's weights and biases.
    pub gradient_norm: f64,
    /// (1/m) Σ_x ‖∂C_x‖ over the layer's weights and biases, from the factors of the
    /// gradients. Where it is far longer than `gradient_norm`, samples pull in different
    /// directions.
    pub sample_gradient_norm: f64,
    /// Share of the units (0 to 1) that lie where σ is flat for every one of the samples: none
    /// of these changes their weights. Of ReLU, units that never fire.
    pub dead: f64,
    /// Share of all activations, units × samples, that lie where σ is flat: |σ'| is below 0.5 %
    /// of its largest value. Of sigmoid and tanh, those that are saturated; of ReLU, those
    /// that are 0.
    pub flat: f64,
}

/// Changes nothing.
#[derive(Debug)]
struct Nothing;

impl<T: Scalar> UpdateRule<T> for Nothing {
    fn num_states(&self) -> usize {
        0
    }

    fn apply(&self, _: &RuleStep, _: &mut [T], _: &[T], _: [&mut [T]; 2]) {}
}

/// Looks at each layer (2 to L) on the samples numbered `samples`, in one batch on the calling
/// thread; `None` if an error or a gradient is not finite. The time is that of a step on as
/// many samples.
///
/// ```
/// use nn_core::{Cost, Inputs, NetworkBuilder, Targets, examine::examine};
/// use ndarray::array;
///
/// let network = NetworkBuilder::<f64>::new(&[2, 3, 1]).build(1)?;
/// let inputs = Inputs::from_values(array![[0.0, 1.0], [1.0, 1.0]].view())?;
/// let targets = Targets::Rows(array![[1.0], [0.0]]);
/// let layers = examine(&network, &Cost::Quadratic, &inputs, &targets, &[0, 1])?;
/// assert!(layers.is_some_and(|layers| layers.len() == 2 && layers[0].gradient_norm > 0.0));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Parameter`] if there is no sample, and the errors of [`Engine::divide`].
pub fn examine<T: Scalar>(
    network: &Network<T>,
    cost: &Cost,
    inputs: &Inputs<T>,
    targets: &Targets<T>,
    samples: &[u32],
) -> Result<Option<Vec<LayerExamination>>, Error> {
    // A limit that none exceeds makes the engine sum the lengths.
    let clipping = Clipping::NONE.with_norm(f64::INFINITY);
    let mut engine = Engine::new(network, cost, samples.len(), 1)?.with_clipping(clipping)?;
    let mut state = RuleState::new(network, &Nothing);
    // The engine wants a network to change, and leaves it as it is.
    let mut network = network.clone();
    let batches =
        MiniBatches { order: samples, batch_size: samples.len(), steps: &[Step::new(1.0)] };
    let workers =
        engine.divide_with_rule(&mut network, &Nothing, &mut state, inputs, targets, batches)?;
    let report = workers.into_iter().map(Worker::run).next().unwrap_or_default();
    Ok(report.diverged_at.is_none().then(|| engine.look(inputs, samples.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Init, NetworkBuilder, backprop};
    use ndarray::{Array2, Axis};

    /// Units 0 and 1 of the hidden layer are dead and always alive.
    fn case(hidden: Activation, dead_bias: f64) -> (Network<f64>, Array2<f64>, Targets<f64>) {
        let builder = NetworkBuilder::<f64>::new(&[5, 20, 8, 3]).hidden(hidden);
        let mut network = builder.init(Init::ScaledNormal).build(3).unwrap();
        network.layers_mut()[0].biases_mut()[0] = dead_bias;
        network.layers_mut()[0].biases_mut()[1] = 1.0;
        network.layers_mut()[0].weights_mut().column_mut(1).fill(0.01);
        let x = Array2::from_shape_fn((7, 5), |(i, j)| f64::from((i * 5 + j) as u32 % 4) / 4.0);
        let labels = (0..7).map(|i| i % 3).collect();
        (network, x, Targets::one_hot(labels, 3).unwrap())
    }

    #[test]
    fn lengths_are_those_of_the_gradients() {
        for hidden in [Activation::Sigmoid, Activation::Relu, Activation::Gelu] {
            let (network, x, targets) = case(hidden, 0.0);
            let y = targets.to_array(0..7);
            let cost = Cost::CrossEntropy;
            let gradients = backprop(&network, x.view(), y.view(), &cost).unwrap();
            for inputs in [
                Inputs::Dense(crate::inputs::DenseRows::from_view(x.view())),
                Inputs::Sparse(crate::SparseRows::from_values(x.view()).unwrap()),
            ] {
                let order = [6, 5, 4, 3, 2, 1, 0];
                let layers = examine(&network, &cost, &inputs, &targets, &order).unwrap().unwrap();
                for (l, layer) in layers.iter().enumerate() {
                    let sum = &gradients.sum().layers()[l].clone();
                    let squares = sum.weights.iter().chain(&sum.biases).map(|g| g * g / 49.0);
                    let expected = squares.sum::<f64>().sqrt();
                    assert!((layer.gradient_norm - expected).abs() < 1e-13);
                    let factors = &gradients.layers()[l];
                    let rows = factors.errors.axis_iter(Axis(0)).zip(factors.inputs.rows());
                    let norms = rows.map(|(d, a)| (d.dot(&d) * (a.dot(&a) + 1.0)).sqrt());
                    let expected = norms.sum::<f64>() / 7.0;
                    assert!((layer.sample_gradient_norm - expected).abs() < 1e-13);
                    assert!(layer.sample_gradient_norm >= layer.gradient_norm);
                }
            }
        }
    }

    #[test]
    fn units_that_do_not_respond_are_counted() {
        for hidden in [Activation::Relu, Activation::Sigmoid, Activation::Tanh, Activation::Silu] {
            let (network, x, targets) = case(hidden.clone(), -100.0);
            let inputs = Inputs::from_values(x.view()).unwrap();
            let order = [0, 1, 2, 3, 4, 5, 6];
            let layers =
                examine(&network, &Cost::CrossEntropy, &inputs, &targets, &order).unwrap().unwrap();
            let z = crate::forward(&network, x.view()).unwrap().weighted_inputs[0].clone();
            let slopes = z.mapv(|z| hidden.derivative(z, hidden.value(z)));
            let most = if hidden == Activation::Sigmoid { 0.25 } else { 1.0 };
            let flat = slopes.mapv(|slope| slope.abs() < 0.005 * most);
            let dead = flat.columns().into_iter().filter(|unit| unit.iter().all(|f| *f)).count();
            assert!(dead >= 1, "{hidden}");
            assert_eq!(layers[0].dead, dead as f64 / 20.0, "{hidden}");
            let count = flat.iter().filter(|flat| **flat).count();
            assert_eq!(layers[0].flat, count as f64 / 140.0, "{hidden}");
        }
    }

    #[test]
    fn what_is_not_finite_has_no_lengths() {
        let (mut network, x, targets) = case(Activation::Tanh, 0.0);
        network.layers_mut()[1].biases_mut()[0] = f64::NAN;
        let inputs = Inputs::from_values(x.view()).unwrap();
        let look = |order: &[u32]| examine(&network, &Cost::Quadratic, &inputs, &targets, order);
        assert_eq!(look(&[0, 1]), Ok(None));
        assert!(look(&[]).is_err());
        assert!(look(&[7]).is_err());
    }
}

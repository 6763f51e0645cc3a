//! [`Served`]: a model that answers, and what is asked of it for one sample.

use ndarray::{Array1, Array2, ArrayView1};
use nn_core::targets::argmax;
use nn_core::{Error, Layer, Model, Network, Predictor, backprop, forward};
use serde::Serialize;

/// A model, and its network in double precision for gradients that `f32` would round to nothing.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) model: Model<f32>,
    wide: Network<f64>,
    /// Counts the models the lab has had: 0 is the one it started with.
    pub(crate) serial: u64,
}

/// What a model says of one sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Answer {
    /// The class with the largest output.
    pub(crate) class: usize,
    pub(crate) name: String,
    /// a^L, n_L numbers.
    pub(crate) confidences: Vec<f32>,
}

/// z and a of one layer for one sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LayerState {
    /// The book's number of the layer, 2 to L.
    pub(crate) layer: usize,
    /// Its activation function.
    pub(crate) activation: String,
    /// z^l, n_l numbers.
    pub(crate) z: Vec<f32>,
    /// a^l, n_l numbers.
    pub(crate) a: Vec<f32>,
}

impl Served {
    pub(crate) fn new(model: Model<f32>, serial: u64) -> Result<Self, Error> {
        let wide = wide(&model.network)?;
        Ok(Self { model, wide, serial })
    }

    pub(crate) fn network(&self) -> &Network<f32> {
        &self.model.network
    }

    /// The name of a class; its number where the model has no names.
    pub(crate) fn class_name(&self, class: usize) -> String {
        self.model.class_names.get(class).map_or_else(|| class.to_string(), Clone::clone)
    }

    /// Raw features (n₁) as the network takes them.
    pub(crate) fn features(&self, raw: &[f64]) -> Result<Vec<f32>, Error> {
        let (expected, found) = (self.network().num_inputs(), raw.len());
        if expected != found {
            return Err(Error::Shape { what: "pixels", expected, found });
        }
        let normalized = self.model.normalization.apply(ArrayView1::from(raw));
        Ok(normalized.into_iter().map(|x| x as f32).collect())
    }

    /// The answer to one sample of n₁ features.
    pub(crate) fn answer(&self, features: &[f32]) -> Result<Answer, Error> {
        let confidences = Predictor::new(self.network()).predict(features)?.to_vec();
        let class = argmax(&confidences);
        Ok(Answer { class, name: self.class_name(class), confidences })
    }

    /// z and a of every layer for one sample of n₁ features.
    pub(crate) fn states(&self, features: &[f32]) -> Result<Vec<LayerState>, Error> {
        let pass = forward(self.network(), row(features).view())?;
        let layers = self.network().layers().iter().zip(2..);
        Ok(layers
            .map(|(layer, l)| LayerState {
                layer: l,
                activation: layer.activation().name().to_owned(),
                z: pass.weighted_inputs[l - 2].iter().copied().collect(),
                a: pass.activations[l - 1].iter().copied().collect(),
            })
            .collect())
    }

    /// −∂C/∂x of one sample (n₁), where C is the cost of answering `class`: how much each feature
    /// speaks for the class (above 0) or against it (below).
    ///
    /// Back-propagation as in training, one step further down: ∂C/∂x = w² δ².
    pub(crate) fn evidence(&self, features: &[f32], class: usize) -> Result<Vec<f64>, Error> {
        let x = row(features).mapv(f64::from);
        let mut y = Array2::zeros((1, self.network().num_outputs()));
        y[[0, class]] = 1.0;
        let gradients = backprop(&self.wide, x.view(), y.view(), &self.model.cost)?;
        let delta = gradients.layers()[0].errors.row(0);
        Ok(self.wide.layers()[0].weights().dot(&delta).mapv(|g| -g).to_vec())
    }
}

/// One sample as a matrix of one row.
pub(crate) fn row(features: &[f32]) -> Array2<f32> {
    Array1::from(features.to_vec()).insert_axis(ndarray::Axis(0))
}

/// The same weights, exactly, in double precision.
fn wide(network: &Network<f32>) -> Result<Network<f64>, Error> {
    let layer = |layer: &Layer<f32>| {
        let weights = layer.weights().mapv(f64::from);
        let biases = layer.biases().mapv(f64::from);
        Layer::new(weights.view(), biases.view(), layer.activation().clone())
    };
    Network::from_layers(network.layers().iter().map(layer).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::{Cost, NetworkBuilder};

    #[test]
    fn evidence_is_the_cost_s_slope() {
        let network = NetworkBuilder::<f32>::new(&[4, 3, 2]).build(1).unwrap();
        let served = Served::new(Model::new(network, Cost::CrossEntropy), 0).unwrap();
        let x = [0.1, 0.7, 0.0, 0.4];
        let cost = |x: &[f32]| {
            let x = row(x).mapv(f64::from);
            let pass = forward(&served.wide, x.view()).unwrap();
            let (z, a) = (pass.weighted_inputs[1].row(0), pass.activations[2].row(0));
            served.model.cost.value(z, a, ndarray::aview1(&[0.0, 1.0]))
        };
        for (i, slope) in served.evidence(&x, 1).unwrap().into_iter().enumerate() {
            let step = 1.0 / 1024.0;
            let (mut up, mut down) = (x, x);
            up[i] += step;
            down[i] -= step;
            let numeric = -(cost(&up) - cost(&down)) / f64::from(up[i] - down[i]);
            assert!((slope - numeric).abs() < 1e-5, "{slope} {numeric}");
        }
    }

    #[test]
    fn states_end_with_the_answer() {
        let network = NetworkBuilder::<f32>::new(&[4, 3, 2]).build(1).unwrap();
        let served = Served::new(Model::new(network, Cost::Quadratic), 0).unwrap();
        let x = [0.1, 0.7, 0.0, 0.4];
        let (answer, states) = (served.answer(&x).unwrap(), served.states(&x).unwrap());
        assert_eq!(states.iter().map(|state| state.layer).collect::<Vec<_>>(), [2, 3]);
        for (a, b) in answer.confidences.iter().zip(&states[1].a) {
            assert!((a - b).abs() < 1e-6);
        }
        assert_eq!(answer.name, answer.class.to_string());
        assert!(served.features(&[0.0; 3]).is_err());
    }
}

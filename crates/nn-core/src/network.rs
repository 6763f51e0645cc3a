//! A network: layers that fit together.

use std::fmt;

use crate::{Activation, Error, Init, Layer, Matrix, Scalar};

/// A feed-forward network of layers 2 to L; layer 1 is the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Network<T: Scalar> {
    layers: Vec<Layer<T>>,
}

impl<T: Scalar> Network<T> {
    /// A network of the given layers.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewLayers`] without any layer, [`Error::LayersDoNotChain`] where one
    /// layer's outputs are not the next one's inputs, [`Error::HiddenSoftmax`] if softmax
    /// stands anywhere but at the end.
    pub fn from_layers(layers: Vec<Layer<T>>) -> Result<Self, Error> {
        if layers.is_empty() {
            return Err(Error::TooFewLayers { found: 0 });
        }
        for (i, pair) in layers.windows(2).enumerate() {
            let (found, expected) = (pair[0].outputs(), pair[1].inputs());
            if found != expected {
                return Err(Error::LayersDoNotChain { layer: i + 3, expected, found });
            }
            if pair[0].activation == Activation::Softmax {
                return Err(Error::HiddenSoftmax { layer: i + 2 });
            }
        }
        Ok(Self { layers })
    }

    /// The layers 2 to L; `layers()[l - 2]` is the book's layer l.
    #[must_use]
    pub fn layers(&self) -> &[Layer<T>] {
        &self.layers
    }

    /// The layers 2 to L, to be written. Their shapes cannot change.
    pub fn layers_mut(&mut self) -> &mut [Layer<T>] {
        &mut self.layers
    }

    /// Units per layer, n₁ to n_L, as in `[784, 30, 10]`.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = std::iter::once(self.num_inputs());
        inputs.chain(self.layers.iter().map(Layer::outputs)).collect()
    }

    /// Units of the input layer, n₁.
    #[must_use]
    pub fn num_inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// Units of the output layer, n_L.
    #[must_use]
    pub fn num_outputs(&self) -> usize {
        self.output_layer().outputs()
    }

    /// The last layer, L.
    #[must_use]
    pub fn output_layer(&self) -> &Layer<T> {
        self.layers.last().expect("a network has at least one layer")
    }

    /// How many weights and biases there are.
    #[must_use]
    pub fn num_parameters(&self) -> usize {
        self.layers.iter().map(|layer| (layer.inputs() + 1) * layer.outputs()).sum()
    }

    /// Whether every weight and bias is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.first_non_finite_layer().is_none()
    }

    /// The book's number (2 to L) of the first layer that holds a NaN or an infinity.
    #[must_use]
    pub fn first_non_finite_layer(&self) -> Option<usize> {
        // Whole pieces without a way out in between are what compilers make vector code of.
        let finite = |matrix: &Matrix<T>| {
            let mut pieces = matrix.padded().chunks(1024);
            pieces.all(|piece| piece.iter().fold(true, |finite, w| finite & w.is_finite()))
        };
        self.layers
            .iter()
            .position(|layer| !finite(&layer.weights) || !finite(&layer.biases))
            .map(|i| i + 2)
    }
}

impl<T: Scalar> fmt::Display for Network<T> {
    /// The sizes and activations, as in `784-30-10 (sigmoid, sigmoid)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes().iter().map(ToString::to_string).collect();
        let names: Vec<&str> = self.layers.iter().map(|layer| layer.activation.name()).collect();
        write!(f, "{} ({})", sizes.join("-"), names.join(", "))
    }
}

/// Makes a new network from layer sizes, activations and an initialiser.
///
/// ```
/// use nn_core::{Activation, Init, NetworkBuilder};
///
/// let network = NetworkBuilder::<f32>::new(&[784, 30, 10])
///     .hidden(Activation::Sigmoid)
///     .output(Activation::Sigmoid)
///     .init(Init::StandardNormal)
///     .build(1)?;
/// assert_eq!(network.num_parameters(), 23_860);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkBuilder<T> {
    sizes: Vec<usize>,
    hidden: Activation,
    output: Activation,
    init: Init,
    scalar: std::marker::PhantomData<T>,
}

impl<T: Scalar> NetworkBuilder<T> {
    /// Starts from the units per layer, n₁ to n_L: sigmoid units and N(0, 1) weights unless
    /// told otherwise, as in the book's chapter 1.
    #[must_use]
    pub fn new(sizes: &[usize]) -> Self {
        Self {
            sizes: sizes.to_vec(),
            hidden: Activation::Sigmoid,
            output: Activation::Sigmoid,
            init: Init::StandardNormal,
            scalar: std::marker::PhantomData,
        }
    }

    /// The activation of every hidden layer.
    #[must_use]
    pub fn hidden(mut self, activation: Activation) -> Self {
        self.hidden = activation;
        self
    }

    /// The activation of the output layer.
    #[must_use]
    pub fn output(mut self, activation: Activation) -> Self {
        self.output = activation;
        self
    }

    /// The initialiser of weights and biases.
    #[must_use]
    pub fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }

    /// The bytes the network will occupy, found without allocating any of them.
    ///
    /// # Errors
    ///
    /// As [`NetworkBuilder::build`].
    pub fn bytes(&self) -> Result<usize, Error> {
        if self.sizes.len() < 2 {
            return Err(Error::TooFewLayers { found: self.sizes.len() });
        }
        if let Some(i) = self.sizes.iter().position(|&size| size == 0) {
            return Err(Error::EmptyLayer { layer: i + 1 });
        }
        if self.sizes.len() > 2 && self.hidden == Activation::Softmax {
            return Err(Error::HiddenSoftmax { layer: 2 });
        }
        self.sizes.windows(2).try_fold(0_usize, |total, pair| {
            let weights = Matrix::<T>::bytes(pair[0], pair[1])?;
            let biases = Matrix::<T>::bytes(1, pair[1])?;
            total
                .checked_add(weights)
                .and_then(|total| total.checked_add(biases))
                .ok_or(Error::TooLarge { inputs: pair[0], outputs: pair[1] })
        })
    }

    /// Draws the weights and biases from the streams of `seed`.
    ///
    /// # Errors
    ///
    /// [`Error::TooFewLayers`], [`Error::EmptyLayer`], [`Error::HiddenSoftmax`], or
    /// [`Error::TooLarge`] where the sizes cannot even be multiplied.
    pub fn build(&self, seed: u64) -> Result<Network<T>, Error> {
        self.bytes()?;
        let last = self.sizes.len() - 2;
        let layers = self.sizes.windows(2).enumerate().map(|(i, pair)| {
            let activation = if i == last { &self.output } else { &self.hidden };
            let (weights, biases) = self.init.draw(pair[0], pair[1], seed, i as u64);
            Layer::new(weights.view(), biases.row(0), activation.clone())
        });
        Network::from_layers(layers.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_sizes_are_refused_before_anything_is_allocated() {
        let build = |sizes: &[usize]| NetworkBuilder::<f32>::new(sizes).build(1).unwrap_err();
        assert_eq!(build(&[]), Error::TooFewLayers { found: 0 });
        assert_eq!(build(&[784]), Error::TooFewLayers { found: 1 });
        assert_eq!(build(&[784, 0, 10]), Error::EmptyLayer { layer: 2 });
        let huge = usize::MAX / 2;
        assert_eq!(build(&[784, huge]), Error::TooLarge { inputs: 784, outputs: huge });
        let softmax = NetworkBuilder::<f32>::new(&[2, 2, 2]).hidden(Activation::Softmax);
        assert_eq!(softmax.build(1).unwrap_err(), Error::HiddenSoftmax { layer: 2 });
    }

    #[test]
    fn layers_must_chain() {
        let layer = |n_in, n_out| {
            let network = NetworkBuilder::<f32>::new(&[n_in, n_out]).build(1).unwrap();
            network.layers()[0].clone()
        };
        let error = Network::from_layers(vec![layer(4, 3), layer(2, 1)]).unwrap_err();
        assert_eq!(error, Error::LayersDoNotChain { layer: 3, expected: 2, found: 3 });
        let network = Network::from_layers(vec![layer(4, 3), layer(3, 1)]).unwrap();
        assert_eq!(network.sizes(), [4, 3, 1]);
        assert_eq!(network.to_string(), "4-3-1 (sigmoid, sigmoid)");
    }

    #[test]
    fn a_seed_decides_everything() {
        let builder = NetworkBuilder::<f32>::new(&[5, 4, 3]);
        assert_eq!(builder.build(1), builder.build(1));
        assert_ne!(builder.build(1), builder.build(2));
    }

    #[test]
    fn non_finite_weights_are_found_in_their_layer() {
        let mut network = NetworkBuilder::<f32>::new(&[5, 4, 3]).build(1).unwrap();
        assert!(network.is_finite());
        network.layers_mut()[1].weights_mut()[[2, 1]] = f32::NAN;
        assert_eq!(network.first_non_finite_layer(), Some(3));
    }
}

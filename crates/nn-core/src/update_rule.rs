//! Update rules: what a step does with the mean gradient, where it is not plain gradient
//! descent.

use std::fmt::Debug;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2};

use crate::{Error, Matrix, Network, Scalar};

/// Most states a rule can keep per parameter.
pub const MAX_STATES: usize = 2;

/// The numbers of one step, as an [`UpdateRule`] sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RuleStep {
    /// η, the learning rate.
    pub rate: f64,
    /// t, the step's number since the state was made, counted from 1.
    pub number: u64,
    /// What [`UpdateRule::constants`] gave for the step.
    pub constants: [f64; 2],
}

impl RuleStep {
    /// Step `number` (counted from 1) of `rule` at learning rate `rate`.
    #[must_use]
    pub fn new<T: Scalar>(rule: &dyn UpdateRule<T>, rate: f64, number: u64) -> Self {
        Self { rate, number, constants: rule.constants(rate, number) }
    }
}

/// How parameters change, given their mean gradient over a mini-batch.
///
/// A rule is called for pieces of the parameters, by several workers at once, and must treat
/// every element alone: what becomes of it may depend only on the step, the element, its
/// gradient and its states. Then the result does not depend on how the pieces are cut.
///
/// ```
/// use nn_core::{RuleStep, UpdateRule};
///
/// /// w → w − η sign(g).
/// #[derive(Debug)]
/// struct SignDescent;
///
/// impl UpdateRule<f32> for SignDescent {
///     fn num_states(&self) -> usize {
///         0
///     }
///     fn apply(&self, step: &RuleStep, w: &mut [f32], g: &[f32], _: [&mut [f32]; 2]) {
///         for (w, &g) in w.iter_mut().zip(g) {
///             *w -= step.rate as f32 * g.signum();
///         }
///     }
/// }
/// ```
pub trait UpdateRule<T: Scalar>: Debug + Send + Sync {
    /// How many states the rule keeps per parameter, at most [`MAX_STATES`].
    fn num_states(&self) -> usize;

    /// Numbers that are the same for all parameters of step `number` (t, counted from 1) at
    /// learning rate `rate` (η). [`UpdateRule::apply`] finds them in its step; it is called for
    /// hundreds of pieces a step, for each of which a power βᵗ would be computed anew.
    fn constants(&self, rate: f64, number: u64) -> [f64; 2] {
        let _ = (rate, number);
        [0.0; 2]
    }

    /// Changes a piece of the parameters and their states.
    ///
    /// `gradient` is (1/m) Σ_x ∂C_x, of the length of `parameters`; so are the states that
    /// the rule keeps, while the others are empty. States start as zeros.
    fn apply(
        &self,
        step: &RuleStep,
        parameters: &mut [T],
        gradient: &[T],
        states: [&mut [T]; MAX_STATES],
    );
}

/// What an [`UpdateRule`] remembers of a network from step to step.
///
/// It belongs to the caller: kept beside the network, and written to a checkpoint with it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleState<T: Scalar> {
    /// One entry per layer 2 to L.
    pub(crate) layers: Vec<LayerState<T>>,
    pub(crate) num_states: usize,
    pub(crate) steps: u64,
}

/// The states of one layer's parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayerState<T: Scalar> {
    /// For each state a matrix of the weights' shape.
    pub(crate) weights: Vec<Matrix<T>>,
    /// For each state a row of the biases' length.
    pub(crate) biases: Vec<Matrix<T>>,
}

impl<T: Scalar> RuleState<T> {
    /// The state before the first step: zeros.
    ///
    /// # Panics
    ///
    /// If the rule keeps more than [`MAX_STATES`] states.
    #[must_use]
    pub fn new(network: &Network<T>, rule: &dyn UpdateRule<T>) -> Self {
        let num_states = rule.num_states();
        assert!(num_states <= MAX_STATES, "at most {MAX_STATES} states per parameter");
        let zeros = |rows, cols| (0..num_states).map(|_| Matrix::zeros(rows, cols)).collect();
        let layers = network.layers().iter().map(|layer| LayerState {
            weights: zeros(layer.inputs(), layer.outputs()),
            biases: zeros(1, layer.outputs()),
        });
        Self { layers: layers.collect(), num_states, steps: 0 }
    }

    /// Steps done so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Sets the number of steps done, when a state is restored.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// States per parameter.
    #[must_use]
    pub fn num_states(&self) -> usize {
        self.num_states
    }

    /// Layers that have parameters, L − 1.
    #[must_use]
    pub fn num_layers(&self) -> usize {
        self.layers.len()
    }

    /// State `state` of the weights of layer index `layer` (0 is the book's layer 2),
    /// n_(l−1) × n_l.
    ///
    /// # Panics
    ///
    /// If there is no such layer or state.
    #[must_use]
    pub fn weights(&self, layer: usize, state: usize) -> ArrayView2<'_, T> {
        self.layers[layer].weights[state].view()
    }

    /// State `state` of the weights of layer index `layer`, n_(l−1) × n_l, to be written.
    ///
    /// # Panics
    ///
    /// If there is no such layer or state.
    pub fn weights_mut(&mut self, layer: usize, state: usize) -> ArrayViewMut2<'_, T> {
        self.layers[layer].weights[state].view_mut()
    }

    /// State `state` of the biases of layer index `layer`, n_l elements.
    ///
    /// # Panics
    ///
    /// If there is no such layer or state.
    #[must_use]
    pub fn biases(&self, layer: usize, state: usize) -> ArrayView1<'_, T> {
        self.layers[layer].biases[state].first_row()
    }

    /// State `state` of the biases of layer index `layer`, n_l elements, to be written.
    ///
    /// # Panics
    ///
    /// If there is no such layer or state.
    pub fn biases_mut(&mut self, layer: usize, state: usize) -> ArrayViewMut1<'_, T> {
        ArrayViewMut1::from(self.layers[layer].biases[state].row_mut(0))
    }

    /// Refuses a state that was made for another network or rule.
    pub(crate) fn check(
        &self,
        network: &Network<T>,
        rule: &dyn UpdateRule<T>,
    ) -> Result<(), Error> {
        Error::check_len("states of the update rule", rule.num_states(), self.num_states)?;
        Error::check_len(
            "layers of the update rule's state",
            network.layers().len(),
            self.layers.len(),
        )?;
        for (layer, state) in network.layers().iter().zip(&self.layers) {
            for matrix in &state.weights {
                Error::check_len("rows of the rule's state", layer.inputs(), matrix.rows())?;
                Error::check_len("columns of the rule's state", layer.outputs(), matrix.cols())?;
            }
        }
        Ok(())
    }
}

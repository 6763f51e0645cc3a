//! AdamW: Adam with weight decay beside the gradient instead of in it.

use nn_core::{RuleStep, Scalar, UpdateRule};
use serde::{Deserialize, Serialize};

use super::Adam;

/// `AdamW` (Loshchilov and Hutter 2019, *Decoupled weight decay regularization*,
/// algorithm 2), in the form of PyTorch's `AdamW`:
///
/// w ← (1 − η λ') w for weights, not biases; then as [`Adam`].
///
/// The decay is [`Step::shrink`](nn_core::Step::shrink) of the step; as an update rule this
/// is Adam.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// β₁, the share of the mean gradient that stays.
    pub beta1: f64,
    /// β₂, the share of the mean square that stays.
    pub beta2: f64,
    /// ε, which keeps the quotient finite.
    pub epsilon: f64,
    /// λ', the decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        let Adam { beta1, beta2, epsilon } = Adam::default();
        Self { beta1, beta2, epsilon, weight_decay: 0.01 }
    }
}

impl AdamW {
    /// The rule without the decay.
    fn adam(&self) -> Adam {
        Adam { beta1: self.beta1, beta2: self.beta2, epsilon: self.epsilon }
    }
}

impl<T: Scalar> UpdateRule<T> for AdamW {
    fn num_states(&self) -> usize {
        UpdateRule::<T>::num_states(&self.adam())
    }

    fn constants(&self, rate: f64, number: u64) -> [f64; 2] {
        UpdateRule::<T>::constants(&self.adam(), rate, number)
    }

    fn apply(&self, step: &RuleStep, parameters: &mut [T], gradient: &[T], states: [&mut [T]; 2]) {
        self.adam().apply(step, parameters, gradient, states);
    }
}

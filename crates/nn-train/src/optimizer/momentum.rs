//! Gradient descent with momentum.

use nn_core::{RuleStep, Scalar, UpdateRule};
use serde::{Deserialize, Serialize};

/// The book's momentum-based gradient descent (chapter 3, equations 107 and 108), in the
/// form of PyTorch's `SGD(momentum=μ)`, where the velocity is not yet multiplied with η:
///
/// v ← μ v + g, w ← w − η v.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Momentum {
    /// μ, the share of the velocity that stays.
    pub momentum: f64,
}

impl Default for Momentum {
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl<T: Scalar> UpdateRule<T> for Momentum {
    fn num_states(&self) -> usize {
        1
    }

    fn apply(&self, step: &RuleStep, parameters: &mut [T], gradient: &[T], states: [&mut [T]; 2]) {
        let [velocity, _] = states;
        let (mu, eta) = (T::from_f64(self.momentum), T::from_f64(step.rate));
        for ((w, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
            *v = mu * *v + g;
            *w -= eta * *v;
        }
    }
}

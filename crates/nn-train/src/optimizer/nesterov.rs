//! Gradient descent with Nesterov's momentum.

use nn_core::{RuleStep, Scalar, UpdateRule};
use serde::{Deserialize, Serialize};

/// Nesterov's accelerated gradient as Sutskever et al. 2013 (*On the importance of
/// initialization and momentum in deep learning*) use it, in the form of PyTorch's
/// `SGD(momentum=μ, nesterov=True)`:
///
/// v ← μ v + g, w ← w − η (g + μ v).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nesterov {
    /// μ, the share of the velocity that stays.
    pub momentum: f64,
}

impl Default for Nesterov {
    fn default() -> Self {
        Self { momentum: 0.9 }
    }
}

impl<T: Scalar> UpdateRule<T> for Nesterov {
    fn num_states(&self) -> usize {
        1
    }

    fn apply(&self, step: &RuleStep, parameters: &mut [T], gradient: &[T], states: [&mut [T]; 2]) {
        let [velocity, _] = states;
        let (mu, eta) = (T::from_f64(self.momentum), T::from_f64(step.rate));
        for ((w, &g), v) in parameters.iter_mut().zip(gradient).zip(velocity) {
            *v = mu * *v + g;
            *w -= eta * (g + mu * *v);
        }
    }
}

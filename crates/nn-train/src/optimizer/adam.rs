//! Adam: momentum and RMSprop together, with the bias of their start taken out.

use nn_core::{RuleStep, Scalar, UpdateRule};
use serde::{Deserialize, Serialize};

/// Adam (Kingma and Ba 2015, *Adam: a method for stochastic optimization*, algorithm 1), in
/// the form of PyTorch's `Adam`:
///
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
/// w ← w − η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε),
///
/// computed with one division a parameter, as the paper's section 2 has it: with r = √(1 − β₂ᵗ),
/// w ← w − η r / (1 − β₁ᵗ) · m / (√v + r ε).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// β₁, the share of the mean gradient that stays.
    pub beta1: f64,
    /// β₂, the share of the mean square that stays.
    pub beta2: f64,
    /// ε, which keeps the quotient finite.
    pub epsilon: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

impl<T: Scalar> UpdateRule<T> for Adam {
    fn num_states(&self) -> usize {
        2
    }

    /// η r / (1 − β₁ᵗ) and r ε.
    fn constants(&self, rate: f64, number: u64) -> [f64; 2] {
        // Beyond 2³¹ steps the powers are 0 anyway.
        let t = i32::try_from(number).unwrap_or(i32::MAX);
        let root = (1.0 - self.beta2.powi(t)).sqrt();
        [rate * root / (1.0 - self.beta1.powi(t)), root * self.epsilon]
    }

    fn apply(&self, step: &RuleStep, parameters: &mut [T], gradient: &[T], states: [&mut [T]; 2]) {
        let [mean, squares] = states;
        let (beta1, rest1) = (T::from_f64(self.beta1), T::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (T::from_f64(self.beta2), T::from_f64(1.0 - self.beta2));
        let [eta, epsilon] = step.constants.map(T::from_f64);
        for (((w, &g), m), v) in parameters.iter_mut().zip(gradient).zip(mean).zip(squares) {
            *m = beta1 * *m + rest1 * g;
            *v = beta2 * *v + rest2 * g * g;
            *w -= eta * (*m / (v.sqrt() + epsilon));
        }
    }
}

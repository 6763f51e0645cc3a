//! RMSprop: every parameter at the pace of its own recent gradients.

use nn_core::{RuleStep, Scalar, UpdateRule};
use serde::{Deserialize, Serialize};

/// RMSprop (Tieleman and Hinton 2012, *Neural Networks for Machine Learning*, lecture 6.5),
/// in the form of PyTorch's `RMSprop`, not centred:
///
/// s ← α s + (1 − α) g², v ← μ v + g / (√s + ε), w ← w − η v.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// α, the share of the mean square that stays.
    pub alpha: f64,
    /// ε, which keeps the quotient finite.
    pub epsilon: f64,
    /// μ, the share of the velocity that stays.
    pub momentum: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self { alpha: 0.99, epsilon: 1e-8, momentum: 0.0 }
    }
}

impl<T: Scalar> UpdateRule<T> for RmsProp {
    fn num_states(&self) -> usize {
        if self.momentum > 0.0 { 2 } else { 1 }
    }

    fn apply(&self, step: &RuleStep, parameters: &mut [T], gradient: &[T], states: [&mut [T]; 2]) {
        let [squares, velocity] = states;
        let (alpha, rest) = (T::from_f64(self.alpha), T::from_f64(1.0 - self.alpha));
        let (epsilon, mu) = (T::from_f64(self.epsilon), T::from_f64(self.momentum));
        let eta = T::from_f64(step.rate);
        let scaled = |s: &mut T, g: T| {
            *s = alpha * *s + rest * g * g;
            g / (s.sqrt() + epsilon)
        };
        let each = parameters.iter_mut().zip(gradient).zip(squares);
        if velocity.is_empty() {
            for ((w, &g), s) in each {
                *w -= eta * scaled(s, g);
            }
        } else {
            for (((w, &g), s), v) in each.zip(velocity) {
                *v = mu * *v + scaled(s, g);
                *w -= eta * *v;
            }
        }
    }
}

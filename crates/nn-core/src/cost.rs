//! Cost functions C(a, y) and the error of the output layer (BP1).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip};

use crate::targets::argmax;
use crate::{Activation, Error, Scalar};

/// A cost of your own, a sum over outputs, for [`Cost::Custom`].
///
/// It is evaluated in `f64` whatever the network's number type.
pub trait CostFn: fmt::Debug + Send + Sync {
    /// The name shown to people.
    fn name(&self) -> &str;
    /// The share of one output: C(a, y).
    fn value(&self, a: f64, y: f64) -> f64;
    /// ∂C/∂a of one output.
    fn derivative(&self, a: f64, y: f64) -> f64;
}

/// How wrong one sample's output is. The cost of a batch is the mean over its samples.
///
/// | name | C | outputs |
/// |---|---|---|
/// | `quadratic` | ½ ‖a − y‖² (chapter 1) | any |
/// | `cross-entropy` | −Σ_j y_j ln a_j + (1 − y_j) ln(1 − a_j) (chapter 3) | sigmoid |
/// | `softmax-cross-entropy` | −Σ_j y_j ln a_j | softmax |
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Cost {
    /// ½ ‖a − y‖².
    #[default]
    Quadratic,
    /// Binary cross-entropy of every output, on sigmoid outputs.
    CrossEntropy,
    /// Cross-entropy of the class distribution, on softmax outputs.
    SoftmaxCrossEntropy,
    /// A cost of your own, on element-wise activations. It cannot be written to a model
    /// file.
    Custom(Arc<dyn CostFn>),
}

impl Cost {
    /// Every built-in cost.
    pub const ALL: [Self; 3] = [Self::Quadratic, Self::CrossEntropy, Self::SoftmaxCrossEntropy];

    /// The name the command line, recipes and model files use.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Quadratic => "quadratic",
            Self::CrossEntropy => "cross-entropy",
            Self::SoftmaxCrossEntropy => "softmax-cross-entropy",
            Self::Custom(function) => function.name(),
        }
    }

    /// The output activation a cost is usually paired with.
    #[must_use]
    pub fn natural_output(&self) -> Activation {
        match self {
            Self::SoftmaxCrossEntropy => Activation::Softmax,
            _ => Activation::Sigmoid,
        }
    }

    /// Checks that the cost is defined on this output activation.
    ///
    /// # Errors
    ///
    /// [`Error::CostNeedsActivation`] if it is not.
    pub fn check_output(&self, activation: &Activation) -> Result<(), Error> {
        let (fits, needed) = match self {
            Self::Quadratic => (true, "any"),
            Self::CrossEntropy => (*activation == Activation::Sigmoid, "sigmoid"),
            Self::SoftmaxCrossEntropy => (*activation == Activation::Softmax, "softmax"),
            Self::Custom(_) => (*activation != Activation::Softmax, "element-wise"),
        };
        if fits {
            return Ok(());
        }
        Err(Error::CostNeedsActivation {
            cost: self.clone(),
            needed,
            activation: activation.clone(),
        })
    }

    /// C of one sample, in `f64`, from its z, a and y (each of n_L elements).
    ///
    /// The cross-entropies are computed from z, so that they stay finite and exact where a
    /// has rounded to 0 or 1, with one logarithm a sample:
    /// −y ln σ(z) − (1−y) ln(1−σ(z)) = max(z, 0) − z y + ln(1 + e^−|z|), where
    /// 1 + e^−|z| = 1 / max(a, 1−a), and the logarithms of a product are summed;
    /// −ln softmax(z)_j = z_k − z_j − ln a_k, where z_k is the largest.
    #[must_use]
    pub fn value<T: Scalar>(
        &self,
        z: ArrayView1<'_, T>,
        a: ArrayView1<'_, T>,
        y: ArrayView1<'_, T>,
    ) -> f64 {
        let zay = z.iter().zip(a).zip(y).map(|((z, a), y)| (z.as_f64(), a.as_f64(), y.as_f64()));
        match self {
            Self::Quadratic => 0.5 * zay.map(|(_, a, y)| (a - y) * (a - y)).sum::<f64>(),
            Self::CrossEntropy => {
                let (mut cost, mut product) = (0.0, 1.0_f64);
                for (z, a, y) in zay {
                    cost += if z < 0.0 { -z * y } else { z - z * y };
                    product *= if a < 0.5 { 1.0 - a } else { a };
                    if product < 1e-200 {
                        cost -= product.ln();
                        product = 1.0;
                    }
                }
                cost - product.ln()
            }
            Self::SoftmaxCrossEntropy => {
                let largest = argmax(z.as_slice().unwrap_or(&z.to_vec()));
                let log_sum = z[largest].as_f64() - a[largest].as_f64().ln();
                zay.filter(|&(_, _, y)| y != 0.0).map(|(z, _, y)| y * (log_sum - z)).sum()
            }
            Self::Custom(function) => zay.map(|(_, a, y)| function.value(a, y)).sum(),
        }
    }

    /// C of each sample (m) from z, a and y (each m × n_L).
    #[must_use]
    pub fn values<T: Scalar>(
        &self,
        z: ArrayView2<'_, T>,
        a: ArrayView2<'_, T>,
        y: ArrayView2<'_, T>,
    ) -> Vec<f64> {
        let rows = z.axis_iter(Axis(0)).zip(a.axis_iter(Axis(0))).zip(y.axis_iter(Axis(0)));
        rows.map(|((z, a), y)| self.value(z, a, y)).collect()
    }

    /// ∇_a C for a batch: a, y and the result are m × n_L.
    fn derivative<T: Scalar>(&self, a: ArrayView2<'_, T>, y: ArrayView2<'_, T>) -> Array2<T> {
        match self {
            Self::Custom(function) => {
                let mut gradient = a.to_owned();
                gradient.zip_mut_with(&y, |a, y| {
                    *a = T::from_f64(function.derivative(a.as_f64(), y.as_f64()));
                });
                gradient
            }
            _ => &a - &y,
        }
    }

    /// BP1, the error of the output layer: δ^L = ∇_a C ⊙ σ'(z^L), all m × n_L.
    ///
    /// For the cross-entropies on their own activation the two factors cancel to
    /// δ^L = a − y (the book's equation 66), which is also the stable way to compute it.
    /// For softmax under another cost the full Jacobian stands in for σ':
    /// δ_j = a_j (g_j − Σ_k g_k a_k) with g = ∇_a C.
    #[must_use]
    pub fn output_error<T: Scalar>(
        &self,
        activation: &Activation,
        z: ArrayView2<'_, T>,
        a: ArrayView2<'_, T>,
        y: ArrayView2<'_, T>,
    ) -> Array2<T> {
        match (self, activation) {
            (Self::CrossEntropy | Self::SoftmaxCrossEntropy, _) => &a - &y,
            (_, Activation::Softmax) => {
                let mut delta = self.derivative(a, y);
                Zip::from(delta.rows_mut()).and(a.rows()).for_each(|mut g, a| {
                    let mean = g.dot(&a);
                    g.zip_mut_with(&a, |g, &a| *g = a * (*g - mean));
                });
                delta
            }
            _ => self.derivative(a, y) * activation.derivatives(z, a),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl PartialEq for Cost {
    /// Built-in costs are equal by kind, custom ones if they are the same object.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Custom(a), Self::Custom(b)) => Arc::ptr_eq(a, b),
            (Self::Custom(_), _) | (_, Self::Custom(_)) => false,
            _ => self.name() == other.name(),
        }
    }
}

impl FromStr for Cost {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|c| c.name() == name).ok_or_else(|| Error::UnknownName {
            kind: "cost",
            found: name.to_owned(),
            expected: Self::ALL.map(|c| c.name().to_owned()).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn cross_entropy_stays_finite_where_the_output_saturates() {
        let z = array![200.0_f32, -200.0];
        let a = array![1.0_f32, 0.0];
        let wrong = array![0.0_f32, 1.0];
        assert_eq!(Cost::CrossEntropy.value(z.view(), a.view(), wrong.view()), 400.0);
        assert_eq!(Cost::CrossEntropy.value(z.view(), a.view(), a.view()), 0.0);
        assert_eq!(Cost::SoftmaxCrossEntropy.value(z.view(), a.view(), wrong.view()), 400.0);
    }

    #[test]
    fn values_agree_with_the_textbook_formulas() {
        let z = array![0.3_f64, -1.2, 2.0];
        let y = array![0.0, 0.0, 1.0];
        let a = z.mapv(|z| Activation::Sigmoid.value(z));
        let textbook: f64 =
            a.iter().zip(&y).map(|(a, y)| -(y * a.ln() + (1.0 - y) * (1.0 - a).ln())).sum();
        let stable = Cost::CrossEntropy.value(z.view(), a.view(), y.view());
        assert!((stable - textbook).abs() < 1e-12);

        let a = Activation::Softmax.apply(z.view().insert_axis(Axis(0)));
        let stable = Cost::SoftmaxCrossEntropy.value(z.view(), a.row(0), y.view());
        assert!((stable + a[[0, 2]].ln()).abs() < 1e-12);
    }

    #[test]
    fn costs_refuse_outputs_they_are_not_defined_on() {
        assert!(Cost::CrossEntropy.check_output(&Activation::Softmax).is_err());
        assert!(Cost::SoftmaxCrossEntropy.check_output(&Activation::Sigmoid).is_err());
        for cost in Cost::ALL {
            assert_eq!(cost.check_output(&cost.natural_output()), Ok(()));
            assert_eq!(cost.name().parse(), Ok(cost));
        }
    }
}

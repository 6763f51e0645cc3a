//! Initial weights and biases.

use std::fmt;
use std::str::FromStr;

use ndarray::Array2;
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::{Normal, Uniform};

use crate::{Error, Scalar, rng};

/// How weights and biases are drawn before training.
///
/// n_in and n_out are the units a layer takes from and has itself.
///
/// | name | weights | biases | source |
/// |---|---|---|---|
/// | `standard-normal` | N(0, 1) | N(0, 1) | the book, chapter 1 |
/// | `scaled-normal` | N(0, 1/n_in) | N(0, 1) | the book, chapter 3 |
/// | `xavier-normal` | N(0, 2/(n_in + n_out)) | 0 | Glorot & Bengio 2010 |
/// | `xavier-uniform` | U(±√(6/(n_in + n_out))) | 0 | Glorot & Bengio 2010 |
/// | `he-normal` | N(0, 2/n_in) | 0 | He et al. 2015 |
/// | `he-uniform` | U(±√(6/n_in)) | 0 | He et al. 2015 |
/// | `lecun-normal` | N(0, 1/n_in) | 0 | LeCun et al. 1998 |
/// | `small-uniform` | U(±0.05) | U(±0.05) | Simard 2003, Cireşan 2010 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Init {
    /// N(0, 1) weights and biases.
    #[default]
    StandardNormal,
    /// N(0, 1/n_in) weights, N(0, 1) biases.
    ScaledNormal,
    /// N(0, 2/(n_in + n_out)) weights, zero biases.
    XavierNormal,
    /// U(±√(6/(n_in + n_out))) weights, zero biases.
    XavierUniform,
    /// N(0, 2/n_in) weights, zero biases.
    HeNormal,
    /// U(±√(6/n_in)) weights, zero biases.
    HeUniform,
    /// N(0, 1/n_in) weights, zero biases.
    LecunNormal,
    /// U(±0.05) weights and biases.
    SmallUniform,
}

impl Init {
    /// Every initialiser.
    pub const ALL: [Self; 8] = [
        Self::StandardNormal,
        Self::ScaledNormal,
        Self::XavierNormal,
        Self::XavierUniform,
        Self::HeNormal,
        Self::HeUniform,
        Self::LecunNormal,
        Self::SmallUniform,
    ];

    /// The name the command line and recipes use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StandardNormal => "standard-normal",
            Self::ScaledNormal => "scaled-normal",
            Self::XavierNormal => "xavier-normal",
            Self::XavierUniform => "xavier-uniform",
            Self::HeNormal => "he-normal",
            Self::HeUniform => "he-uniform",
            Self::LecunNormal => "lecun-normal",
            Self::SmallUniform => "small-uniform",
        }
    }

    /// Weights (n_in × n_out) and biases (1 × n_out) of the layer numbered `index`, drawn
    /// from the streams "init weights" and "init biases" of `seed`.
    ///
    /// Numbers are drawn in `f64` and rounded, so that an `f32` and an `f64` network of one
    /// seed start at the same point.
    pub(crate) fn draw<T: Scalar>(
        self,
        n_in: usize,
        n_out: usize,
        seed: u64,
        index: u64,
    ) -> (Array2<T>, Array2<T>) {
        let fan_in = n_in as f64;
        let fan_mean = f64::midpoint(n_in as f64, n_out as f64);
        let (weights, biases) = match self {
            Self::StandardNormal => (Spread::Normal(1.0), Spread::Normal(1.0)),
            Self::ScaledNormal => (Spread::Normal((1.0 / fan_in).sqrt()), Spread::Normal(1.0)),
            Self::XavierNormal => (Spread::Normal((1.0 / fan_mean).sqrt()), Spread::Zero),
            Self::XavierUniform => (Spread::Uniform((3.0 / fan_mean).sqrt()), Spread::Zero),
            Self::HeNormal => (Spread::Normal((2.0 / fan_in).sqrt()), Spread::Zero),
            Self::HeUniform => (Spread::Uniform((6.0 / fan_in).sqrt()), Spread::Zero),
            Self::LecunNormal => (Spread::Normal((1.0 / fan_in).sqrt()), Spread::Zero),
            Self::SmallUniform => (Spread::Uniform(0.05), Spread::Uniform(0.05)),
        };
        (
            weights.draw((n_in, n_out), rng::stream(seed, "init weights", index)),
            biases.draw((1, n_out), rng::stream(seed, "init biases", index)),
        )
    }
}

/// A distribution around zero.
enum Spread {
    Zero,
    /// Of this standard deviation.
    Normal(f64),
    /// Between minus and plus this limit.
    Uniform(f64),
}

impl Spread {
    fn draw<T: Scalar>(&self, shape: (usize, usize), mut rng: rng::Stream) -> Array2<T> {
        match *self {
            Self::Zero => Array2::zeros(shape),
            Self::Normal(deviation) => {
                let normal = Normal::new(0.0, deviation).expect("a deviation is finite");
                Array2::random_using(shape, normal, &mut rng).mapv(T::from_f64)
            }
            Self::Uniform(limit) => {
                let uniform = Uniform::new(-limit, limit).expect("a limit is positive");
                Array2::random_using(shape, uniform, &mut rng).mapv(T::from_f64)
            }
        }
    }
}

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Init {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|i| i.name() == name).ok_or_else(|| Error::UnknownName {
            kind: "initialiser",
            found: name.to_owned(),
            expected: Self::ALL.map(Self::name).join(", "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and standard deviation of what an initialiser draws.
    #[track_caller]
    fn check(init: Init, weight_deviation: f64, bias_deviation: f64) {
        let (n_in, n_out) = (300, 500);
        let (weights, biases) = init.draw::<f64>(n_in, n_out, 1, 0);
        let deviation = |values: &Array2<f64>| {
            let mean = values.mean().unwrap();
            values.mapv(|v| (v - mean).powi(2)).mean().unwrap().sqrt()
        };
        let found = deviation(&weights);
        assert!((found / weight_deviation - 1.0).abs() < 0.02, "{init}: {found}");
        let found = deviation(&biases);
        assert!((found - bias_deviation).abs() <= 0.15 * bias_deviation, "{init}: {found}");
    }

    #[test]
    fn spreads_are_as_documented() {
        check(Init::StandardNormal, 1.0, 1.0);
        check(Init::ScaledNormal, (1.0 / 300_f64).sqrt(), 1.0);
        check(Init::XavierNormal, (2.0 / 800_f64).sqrt(), 0.0);
        check(Init::XavierUniform, (2.0 / 800_f64).sqrt(), 0.0);
        check(Init::HeNormal, (2.0 / 300_f64).sqrt(), 0.0);
        check(Init::HeUniform, (2.0 / 300_f64).sqrt(), 0.0);
        check(Init::LecunNormal, (1.0 / 300_f64).sqrt(), 0.0);
        check(Init::SmallUniform, 0.05 / 3_f64.sqrt(), 0.05 / 3_f64.sqrt());
    }

    #[test]
    fn both_number_types_start_at_the_same_point() {
        let (wide, _) = Init::HeNormal.draw::<f64>(5, 7, 3, 1);
        let (narrow, _) = Init::HeNormal.draw::<f32>(5, 7, 3, 1);
        assert_eq!(wide.mapv(|w| w as f32), narrow);
    }

    #[test]
    fn names_round_trip() {
        for init in Init::ALL {
            assert_eq!(init.name().parse(), Ok(init));
        }
    }
}

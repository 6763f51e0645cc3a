//! Optimisers: what a step makes of the gradient.
//!
//! Each is the definition of PyTorch, whose numbers the tests compare with. g stands for the
//! mean gradient of the mini-batch, with λ/n · w added for weights (not biases) under L2
//! regularisation.

mod adam;
mod adamw;
mod momentum;
mod nesterov;
mod rmsprop;
pub(crate) mod saved;

use std::fmt;
use std::str::FromStr;

use nn_core::{Scalar, Step, UpdateRule};
use serde::{Deserialize, Serialize};

use crate::ParamError;
use crate::named::{UnknownName, deserialize_named};

pub use adam::Adam;
pub use adamw::AdamW;
pub use momentum::Momentum;
pub use nesterov::Nesterov;
pub use rmsprop::RmsProp;

/// An optimiser and its settings.
///
/// | name | setting | default | range |
/// |---|---|---|---|
/// | `sgd` | | | |
/// | `momentum` | `momentum` | 0.9 | 0 to below 1 |
/// | `nesterov` | `momentum` | 0.9 | 0 to below 1 |
/// | `rmsprop` | `alpha` | 0.99 | 0 to below 1 |
/// | | `epsilon` | 1e-8 | > 0, finite |
/// | | `momentum` | 0 | 0 to below 1 |
/// | `adam` | `beta1` | 0.9 | 0 to below 1 |
/// | | `beta2` | 0.999 | 0 to below 1 |
/// | | `epsilon` | 1e-8 | > 0, finite |
/// | `adamw` | those of `adam` | | |
/// | | `weight_decay` | 0.01 | ≥ 0, and η times it below 1 |
///
/// Written as a table with its name, or as the name alone:
/// `optimizer = { name = "adam", beta2 = 0.99 }` or `optimizer = "adam"`. Unknown settings
/// are refused.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Optimizer {
    /// Plain stochastic gradient descent, w ← w − η g (the book's equation 20).
    #[default]
    Sgd,
    /// Gradient descent with momentum.
    Momentum(Momentum),
    /// Gradient descent with Nesterov's momentum.
    Nesterov(Nesterov),
    /// Every parameter at the pace of its own recent gradients.
    RmsProp(RmsProp),
    /// Momentum and `RMSprop` together.
    Adam(Adam),
    /// Adam with decoupled weight decay.
    AdamW(AdamW),
}

impl Optimizer {
    /// Every optimiser at its default settings.
    #[must_use]
    pub fn all() -> [Self; 6] {
        [
            Self::Sgd,
            Self::Momentum(Momentum::default()),
            Self::Nesterov(Nesterov::default()),
            Self::RmsProp(RmsProp::default()),
            Self::Adam(Adam::default()),
            Self::AdamW(AdamW::default()),
        ]
    }

    /// Its name, as files and flags write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum(_) => "momentum",
            Self::Nesterov(_) => "nesterov",
            Self::RmsProp(_) => "rmsprop",
            Self::Adam(_) => "adam",
            Self::AdamW(_) => "adamw",
        }
    }

    /// The rule by which it changes parameters; `None` for plain descent, which the engine
    /// does in one pass with the gradient.
    #[must_use]
    pub fn rule<T: Scalar>(&self) -> Option<&dyn UpdateRule<T>> {
        match self {
            Self::Sgd => None,
            Self::Momentum(rule) => Some(rule),
            Self::Nesterov(rule) => Some(rule),
            Self::RmsProp(rule) => Some(rule),
            Self::Adam(rule) => Some(rule),
            Self::AdamW(rule) => Some(rule),
        }
    }

    /// A step at learning rate `rate` (η) under L2 regularisation of parameter `lambda` (λ)
    /// over `samples` (n) training samples.
    ///
    /// L1 regularisation joins by [`Step::with_l1`].
    #[must_use]
    pub fn step(&self, rate: f64, lambda: f64, samples: usize) -> Step {
        let step = Step::new(rate);
        let n = samples as f64;
        match self {
            Self::Sgd => step.with_shrink(1.0 - rate * lambda / n),
            Self::AdamW(rule) => {
                step.with_shrink(1.0 - rate * rule.weight_decay).with_l2(lambda / n)
            }
            _ => step.with_l2(lambda / n),
        }
    }

    /// Checks the settings for training at learning rates up to `rate` (η).
    ///
    /// # Errors
    ///
    /// [`ParamError`], naming the first setting outside its range.
    pub fn check(&self, rate: f64) -> Result<(), ParamError> {
        match self {
            Self::Sgd => Ok(()),
            Self::Momentum(Momentum { momentum }) | Self::Nesterov(Nesterov { momentum }) => {
                share("momentum", *momentum)
            }
            Self::RmsProp(RmsProp { alpha, epsilon, momentum }) => {
                share("alpha", *alpha)?;
                share("momentum", *momentum)?;
                positive("epsilon", *epsilon)
            }
            Self::Adam(Adam { beta1, beta2, epsilon }) => {
                share("beta1", *beta1)?;
                share("beta2", *beta2)?;
                positive("epsilon", *epsilon)
            }
            Self::AdamW(AdamW { beta1, beta2, epsilon, weight_decay }) => {
                share("beta1", *beta1)?;
                share("beta2", *beta2)?;
                positive("epsilon", *epsilon)?;
                let ok = weight_decay.is_finite() && *weight_decay >= 0.0;
                ParamError::unless(ok, "weight decay", "finite and at least 0", *weight_decay)?;
                let product = rate * weight_decay;
                ParamError::unless(
                    product < 1.0,
                    "learning rate × weight decay",
                    "below 1",
                    product,
                )
            }
        }
    }
}

/// What stays from step to step: all of it would never forget.
fn share(name: &'static str, value: f64) -> Result<(), ParamError> {
    ParamError::unless((0.0..1.0).contains(&value), name, "at least 0 and below 1", value)
}

fn positive(name: &'static str, value: f64) -> Result<(), ParamError> {
    ParamError::unless(value.is_finite() && value > 0.0, name, "finite and above 0", value)
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Optimizer {
    type Err = UnknownName;

    /// The optimiser of a name, at its default settings.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let all = Self::all();
        let names = || all.iter().map(Self::name).collect::<Vec<_>>();
        let found = all.iter().find(|optimizer| optimizer.name() == name);
        found.copied().ok_or_else(|| UnknownName::new("optimizer", name, &names()))
    }
}

impl<'de> Deserialize<'de> for Optimizer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The form with a table.
        #[derive(Deserialize)]
        #[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
        enum Table {
            Sgd {},
            Momentum(Momentum),
            Nesterov(Nesterov),
            RmsProp(RmsProp),
            Adam(Adam),
            AdamW(AdamW),
        }
        impl From<Table> for Optimizer {
            fn from(table: Table) -> Self {
                match table {
                    Table::Sgd {} => Self::Sgd,
                    Table::Momentum(rule) => Self::Momentum(rule),
                    Table::Nesterov(rule) => Self::Nesterov(rule),
                    Table::RmsProp(rule) => Self::RmsProp(rule),
                    Table::Adam(rule) => Self::Adam(rule),
                    Table::AdamW(rule) => Self::AdamW(rule),
                }
            }
        }
        deserialize_named::<Self, Table, D>(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_optimizer() {
        for optimizer in Optimizer::all() {
            assert_eq!(optimizer.name().parse(), Ok(optimizer));
            assert_eq!(optimizer.check(0.1), Ok(()));
        }
        let error = "adm".parse::<Optimizer>().unwrap_err().to_string();
        assert!(error.contains("`adm`") && error.contains("adamw"), "{error}");
    }

    #[test]
    fn files_name_an_optimizer_alone_or_with_settings() {
        let read = |json: &str| serde_json::from_str::<Optimizer>(json);
        assert_eq!(read("\"nesterov\"").unwrap(), Optimizer::Nesterov(Nesterov::default()));
        let adam = Optimizer::Adam(Adam { beta2: 0.99, ..Adam::default() });
        assert_eq!(read(r#"{"name": "adam", "beta2": 0.99}"#).unwrap(), adam);
        for optimizer in Optimizer::all() {
            let written = serde_json::to_string(&optimizer).unwrap();
            assert_eq!(read(&written).unwrap(), optimizer);
        }
        for wrong in [
            "\"adm\"",
            r#"{"name": "adm"}"#,
            r#"{"beta1": 0.9}"#,
            r#"{"name": "adam", "beta": 0.9}"#,
            r#"{"name": "sgd", "momentum": 0.9}"#,
            "3",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let check = |json: &str, name: &str| {
            let optimizer: Optimizer = serde_json::from_str(json).unwrap();
            assert_eq!(optimizer.check(0.1).unwrap_err().name, name, "{json}");
        };
        check(r#"{"name": "momentum", "momentum": 1}"#, "momentum");
        check(r#"{"name": "nesterov", "momentum": -0.1}"#, "momentum");
        check(r#"{"name": "rmsprop", "alpha": 1}"#, "alpha");
        check(r#"{"name": "rmsprop", "momentum": 1}"#, "momentum");
        check(r#"{"name": "rmsprop", "epsilon": 0}"#, "epsilon");
        check(r#"{"name": "adam", "beta1": 1}"#, "beta1");
        check(r#"{"name": "adam", "beta2": 1}"#, "beta2");
        check(r#"{"name": "adam", "epsilon": -1}"#, "epsilon");
        check(r#"{"name": "adamw", "weight_decay": -1}"#, "weight decay");
        check(r#"{"name": "adamw", "weight_decay": 10}"#, "learning rate × weight decay");
        let nan = Optimizer::Momentum(Momentum { momentum: f64::NAN });
        assert!(nan.check(0.1).is_err());
    }

    #[test]
    fn l2_and_decoupled_decay_reach_the_step() {
        let step = Optimizer::Sgd.step(0.5, 2.0, 10);
        assert_eq!((step.rate, step.shrink, step.l2), (0.5, 0.9, 0.0));
        let step = Optimizer::Adam(Adam::default()).step(0.5, 2.0, 10);
        assert_eq!((step.shrink, step.l2), (1.0, 0.2));
        let adamw = AdamW { weight_decay: 0.5, ..AdamW::default() };
        let step = Optimizer::AdamW(adamw).step(0.5, 2.0, 10);
        assert_eq!((step.shrink, step.l2), (0.75, 0.2));
    }
}

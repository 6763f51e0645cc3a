//! Averaging of weights: the network that is used is a mean of those training went through.

use std::fmt;
use std::str::FromStr;

use nn_core::{Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::ParamError;
use crate::named::{UnknownName, deserialize_named};

/// How weights are averaged. The average is what is validated and kept; training itself goes
/// on with its own weights.
///
/// | name | setting | default | range | meaning |
/// |---|---|---|---|---|
/// | `none` | | | | the weights themselves |
/// | `ema` | `decay` | 0.999 | 0 to below 1 | share of the average that stays in a step |
/// | | `every` | 64 | ≥ 1 | mini-batches between two updates of the average |
/// | `swa` | `start` | 0.75 | 0 to below 1 | share of the epochs before the first that counts |
/// | | `every` | 1 | ≥ 1 | epochs between two that count |
///
/// Written as a table with its name, or as the name alone: `averaging = "swa"`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "name", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Averaging {
    /// No average.
    #[default]
    None,
    /// An exponential moving average.
    Ema(Ema),
    /// The mean of the last epochs.
    Swa(Swa),
}

/// An exponential moving average of the weights (Polyak and Juditsky 1992; as PyTorch's
/// `AveragedModel` with `get_ema_multi_avg_fn`): w̄ ← d w̄ + (1 − d) w after every step, and
/// w̄ = w at first. Where the average is updated only every k mini-batches, and at the end of an
/// epoch, dᵏ stands for d.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ema {
    /// d, the share of the average that stays in a step.
    pub decay: f64,
    /// k, mini-batches between two updates.
    pub every: usize,
}

impl Default for Ema {
    fn default() -> Self {
        Self { decay: 0.999, every: 64 }
    }
}

/// Stochastic weight averaging (Izmailov et al. 2018, *Averaging weights leads to wider optima
/// and better generalization*): the mean of the weights at the ends of the last epochs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Swa {
    /// Share of the epochs before the first that counts.
    pub start: f64,
    /// Epochs between two that count.
    pub every: usize,
}

impl Default for Swa {
    fn default() -> Self {
        Self { start: 0.75, every: 1 }
    }
}

impl Averaging {
    /// Every way of averaging at its default settings.
    #[must_use]
    pub fn all() -> [Self; 3] {
        [Self::None, Self::Ema(Ema::default()), Self::Swa(Swa::default())]
    }

    /// Its name, as files and flags write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ema(_) => "ema",
            Self::Swa(_) => "swa",
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`], naming the first setting outside its range.
    pub fn check(&self) -> Result<(), ParamError> {
        let share = |name, value: f64| {
            let ok = (0.0..1.0).contains(&value);
            ParamError::unless(ok, name, "at least 0 and below 1", value)
        };
        let every = match self {
            Self::None => return Ok(()),
            Self::Ema(ema) => {
                share("decay of the average", ema.decay)?;
                ema.every
            }
            Self::Swa(swa) => {
                share("start of the average", swa.start)?;
                swa.every
            }
        };
        ParamError::unless(every > 0, "every of the average", "at least 1", every)
    }

    /// How many mini-batches may follow mini-batch `batch` of an epoch before the average has
    /// to be updated.
    pub(crate) fn batches_after(&self, batch: usize) -> usize {
        match self {
            Self::Ema(ema) => ema.every - batch % ema.every,
            _ => usize::MAX,
        }
    }

    /// Takes the weights after mini-batch `batch` (counted from 1) of the `batches` of epoch
    /// `epoch` (counted from 1) of `epochs` into the average.
    pub(crate) fn follow<T: Scalar>(
        &self,
        average: &mut Option<Average<T>>,
        network: &Network<T>,
        (batch, batches): (usize, usize),
        (epoch, epochs): (usize, usize),
    ) {
        let keep = match self {
            Self::Ema(ema) if batch.is_multiple_of(ema.every) || batch == batches => {
                let steps = (batch - 1) % ema.every + 1;
                ema.decay.powi(i32::try_from(steps).unwrap_or(i32::MAX))
            }
            Self::Swa(swa) if batch == batches => {
                let first = (swa.start * epochs as f64).floor() as usize + 1;
                if epoch < first || !(epoch - first).is_multiple_of(swa.every) {
                    return;
                }
                let count = average.as_ref().map_or(0, |average| average.count) as f64;
                count / (count + 1.0)
            }
            _ => return,
        };
        match average {
            None => *average = Some(Average { network: network.clone(), count: 1 }),
            Some(average) => average.take(network, keep),
        }
    }
}

/// An average of weights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Average<T: Scalar> {
    pub(crate) network: Network<T>,
    /// How often weights were taken into it.
    pub(crate) count: u64,
}

impl<T: Scalar> Average<T> {
    /// w̄ ← w̄ + (1 − keep) (w − w̄).
    fn take(&mut self, network: &Network<T>, keep: f64) {
        let rest = T::from_f64(1.0 - keep);
        for (mean, layer) in self.network.layers_mut().iter_mut().zip(network.layers()) {
            let mut weights = mean.weights_mut();
            weights.zip_mut_with(&layer.weights(), |mean, &w| *mean += rest * (w - *mean));
            let mut biases = mean.biases_mut();
            biases.zip_mut_with(&layer.biases(), |mean, &b| *mean += rest * (b - *mean));
        }
        self.count += 1;
    }
}

impl fmt::Display for Averaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Averaging {
    type Err = UnknownName;

    /// The averaging of a name, at its default settings.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let all = Self::all();
        let names = || all.iter().map(Self::name).collect::<Vec<_>>();
        let found = all.iter().find(|averaging| averaging.name() == name);
        found.copied().ok_or_else(|| UnknownName::new("averaging", name, &names()))
    }
}

impl<'de> Deserialize<'de> for Averaging {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The form with a table.
        #[derive(Deserialize)]
        #[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
        enum Table {
            None {},
            Ema(Ema),
            Swa(Swa),
        }
        impl From<Table> for Averaging {
            fn from(table: Table) -> Self {
                match table {
                    Table::None {} => Self::None,
                    Table::Ema(ema) => Self::Ema(ema),
                    Table::Swa(swa) => Self::Swa(swa),
                }
            }
        }
        deserialize_named::<Self, Table, D>(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::NetworkBuilder;

    #[test]
    fn names_and_tables_find_their_averaging() {
        let read = |json: &str| serde_json::from_str::<Averaging>(json);
        for averaging in Averaging::all() {
            assert_eq!(averaging.name().parse(), Ok(averaging));
            assert_eq!(averaging.check(), Ok(()));
            assert_eq!(read(&serde_json::to_string(&averaging).unwrap()).unwrap(), averaging);
        }
        let ema = Averaging::Ema(Ema { every: 3, ..Ema::default() });
        assert_eq!(read(r#"{"name": "ema", "every": 3}"#).unwrap(), ema);
        for wrong in ["\"emma\"", r#"{"name": "swa", "decay": 0.5}"#, r#"{"every": 3}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let check = |json: &str, name: &str| {
            assert_eq!(read(json).unwrap().check().unwrap_err().name, name, "{json}");
        };
        check(r#"{"name": "ema", "decay": 1}"#, "decay of the average");
        check(r#"{"name": "ema", "every": 0}"#, "every of the average");
        check(r#"{"name": "swa", "start": 1}"#, "start of the average");
    }

    /// The average of a single bias that takes these values after each mini-batch.
    fn average(averaging: Averaging, batches: usize, values: &[f64]) -> Option<f64> {
        let mut network = NetworkBuilder::<f64>::new(&[1, 1]).build(1).unwrap();
        let mut average = None;
        let epochs = values.len() / batches;
        for (i, &value) in values.iter().enumerate() {
            network.layers_mut()[0].biases_mut()[0] = value;
            let (epoch, batch) = (i / batches + 1, i % batches + 1);
            averaging.follow(&mut average, &network, (batch, batches), (epoch, epochs));
        }
        average.map(|average: Average<f64>| average.network.layers()[0].biases()[0])
    }

    #[test]
    fn averages_are_those_of_their_definitions() {
        let ema = |every| Averaging::Ema(Ema { decay: 0.5, every });
        let values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
        // 1, 1.5, 2.75, 5.375, 10.6875, 21.34375.
        assert_eq!(average(ema(1), 6, &values), Some(21.34375));
        // Every second: 2, then a quarter of 2 and three of 8, …
        assert_eq!(average(ema(2), 6, &values), Some(0.25 * 6.5 + 0.75 * 32.0));
        // The end of an epoch of three counts as well: 2, 3 (one step), 12.75, 22.375.
        let expected = [2.0, 0.5 * 2.0 + 0.5 * 4.0, 0.25 * 3.0 + 0.75 * 16.0];
        assert_eq!(average(ema(2), 3, &values), Some(0.5 * expected[2] + 0.5 * 32.0));
        let swa = |start, every| Averaging::Swa(Swa { start, every });
        let mean = |averaging, batches, values: &[f64], expected: f64| {
            let found = average(averaging, batches, values).unwrap();
            assert!((found - expected).abs() < 1e-14, "{found} for {expected}");
        };
        mean(swa(0.5, 1), 1, &values, (8.0 + 16.0 + 32.0) / 3.0);
        mean(swa(0.0, 2), 1, &values, (1.0 + 4.0 + 16.0) / 3.0);
        mean(swa(0.0, 1), 2, &values, (2.0 + 8.0 + 32.0) / 3.0);
        assert_eq!(average(Averaging::None, 1, &values), None);
    }
}

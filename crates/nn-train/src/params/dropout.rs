//! [`DropoutRates`]: how much of which layer is dropped.

use nn_core::Dropout;
use serde::{Deserialize, Serialize};

use super::ParamError;

/// The probabilities of dropout, p: in each step every unit is left out with probability p, for
/// each sample anew, and the others count 1 / (1 − p) times (see [`nn_core::dropout`]).
///
/// | name | default | range | meaning |
/// |---|---|---|---|
/// | `input` | 0 | 0 to below 1 | p of the features |
/// | `hidden` | 0 | 0 to below 1 | p of the hidden units: one number for all layers, or a list with one for each |
///
/// `dropout = { input = 0.2, hidden = 0.5 }` are the published settings for MNIST.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DropoutRates {
    /// p of the features.
    pub input: f64,
    /// p of the hidden units.
    pub hidden: HiddenRates,
}

/// One probability for all hidden layers, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, or a list with one for each hidden layer")]
#[non_exhaustive]
pub enum HiddenRates {
    /// The same for all.
    All(f64),
    /// From the first hidden layer to the last.
    Each(Vec<f64>),
}

impl Default for HiddenRates {
    fn default() -> Self {
        Self::All(0.0)
    }
}

impl DropoutRates {
    /// Whether nothing is dropped.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.input == 0.0 && self.hidden().iter().all(|&rate| rate == 0.0)
    }

    fn hidden(&self) -> &[f64] {
        match &self.hidden {
            HiddenRates::All(rate) => std::slice::from_ref(rate),
            HiddenRates::Each(rates) => rates,
        }
    }

    pub(super) fn check(&self) -> Result<(), ParamError> {
        let named = std::iter::once(("dropout of the input", self.input));
        let hidden = self.hidden().iter().map(|&rate| ("dropout of hidden layers", rate));
        for (name, rate) in named.chain(hidden) {
            ParamError::unless((0.0..1.0).contains(&rate), name, "at least 0 and below 1", rate)?;
        }
        Ok(())
    }

    /// The dropout of a network with `hidden` hidden layers, drawn from `seed`; `None` if
    /// nothing is dropped.
    ///
    /// # Errors
    ///
    /// [`ParamError`] if a list has another length, or a probability is not in [0, 1).
    pub fn for_layers(&self, hidden: usize, seed: u64) -> Result<Option<Dropout>, ParamError> {
        self.check()?;
        let rates = match &self.hidden {
            HiddenRates::All(rate) => vec![*rate; hidden],
            HiddenRates::Each(rates) => {
                let expected = format!("one for each of the {hidden} hidden layers");
                let name = "number of dropout probabilities";
                ParamError::unless(rates.len() == hidden, name, &expected, rates.len())?;
                rates.clone()
            }
        };
        let rates = std::iter::once(self.input).chain(rates).collect();
        let dropout = Dropout::new(seed, rates).expect("the probabilities are checked");
        Ok((!dropout.is_off()).then_some(dropout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_give_one_rate_or_a_list() {
        let read = |text: &str| toml::from_str::<DropoutRates>(text);
        let one = read("input = 0.2\nhidden = 0.5").unwrap();
        assert_eq!(one, DropoutRates { input: 0.2, hidden: HiddenRates::All(0.5) });
        assert_eq!(one.for_layers(2, 1).unwrap().unwrap().rates(), [0.2, 0.5, 0.5]);
        let list = read("hidden = [0.5, 0.3]").unwrap();
        assert_eq!(list.for_layers(2, 1).unwrap().unwrap().rates(), [0.0, 0.5, 0.3]);
        assert_eq!(list.for_layers(3, 1).unwrap_err().name, "number of dropout probabilities");
        for rates in [one, list] {
            assert_eq!(read(&toml::to_string(&rates).unwrap()).unwrap(), rates);
        }
        assert_eq!(DropoutRates::default().for_layers(2, 1), Ok(None));
        assert!(read("hiden = 0.5").is_err());
        let error = read("hidden = 'half'").unwrap_err().to_string();
        assert!(error.contains("one for each hidden layer"), "{error}");
    }

    #[test]
    fn rates_outside_their_range_are_named() {
        let input = DropoutRates { input: 1.0, ..DropoutRates::default() };
        assert_eq!(input.check().unwrap_err().name, "dropout of the input");
        let hidden = HiddenRates::Each(vec![0.5, f64::NAN]);
        let hidden = DropoutRates { hidden, ..DropoutRates::default() };
        assert_eq!(hidden.check().unwrap_err().name, "dropout of hidden layers");
    }
}

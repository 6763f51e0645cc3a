//! [`Plan`]: what is asked to be trained, checked.

use nn_core::{Activation, Cost, Init, Model, NetworkBuilder};
use nn_train::{TrainParams, fit_preprocessing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lab::Lab;
use crate::reply::Refusal;

/// Most units of a hidden layer.
const MAX_UNITS: usize = 2000;
/// Most hidden layers.
const MAX_LAYERS: usize = 8;
/// Most memory of a network's weights, in bytes.
const MAX_BYTES: usize = 64 << 20;
/// Most epochs.
pub(super) const MAX_EPOCHS: usize = 10_000;
/// Longest pause of slow motion, in milliseconds.
const MAX_PAUSE: u64 = 5000;

/// A training to start.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The network to make; without it the current one is trained on.
    #[serde(default)]
    pub(super) network: Option<NetworkPlan>,
    /// Parameters as in the `[training]` table of a recipe.
    #[serde(default)]
    pub(super) training: Map<String, Value>,
    /// Milliseconds between two mini-batches: slow motion.
    #[serde(default)]
    pub(super) pause: u64,
    /// Whether to wait before the first mini-batch.
    #[serde(default)]
    pub(super) paused: bool,
}

/// A network to make.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NetworkPlan {
    hidden: Vec<usize>,
    activation: String,
    cost: String,
    init: Option<String>,
    seed: u64,
}

impl Default for NetworkPlan {
    /// The book's first network.
    fn default() -> Self {
        Self {
            hidden: vec![30],
            activation: "sigmoid".into(),
            cost: "quadratic".into(),
            init: None,
            seed: 3,
        }
    }
}

/// What can be changed while training runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[serde(default)]
    pub(super) training: Map<String, Value>,
    pub(super) pause: Option<u64>,
}

impl NetworkPlan {
    /// The initialiser's name: that asked for, or the one usual for the activation.
    pub(super) fn init_name(&self) -> String {
        let bounded = ["sigmoid", "tanh", "lecun-tanh"].contains(&self.activation.as_str());
        let usual = if bounded { Init::StandardNormal } else { Init::HeNormal };
        self.init.clone().unwrap_or_else(|| usual.name().to_owned())
    }

    /// The untrained network.
    pub(super) fn build(&self, lab: &Lab) -> Result<Model<f32>, Refusal> {
        let wrong = |error: nn_core::Error| Refusal::unprocessable(error.to_string());
        if self.hidden.len() > MAX_LAYERS {
            return Err(Refusal::unprocessable(format!("hidden: at most {MAX_LAYERS} layers")));
        }
        if let Some(units) = self.hidden.iter().find(|units| !(1..=MAX_UNITS).contains(*units)) {
            let message = format!("hidden: expected 1 to {MAX_UNITS} units, found {units}");
            return Err(Refusal::unprocessable(message));
        }
        let cost: Cost = self.cost.parse().map_err(wrong)?;
        let activation: Activation = self.activation.parse().map_err(wrong)?;
        let init: Init = self.init_name().parse().map_err(wrong)?;
        let train = &lab.data.train;
        let mut sizes = vec![train.num_features()];
        sizes.extend(&self.hidden);
        sizes.push(train.num_classes());
        let builder = NetworkBuilder::<f32>::new(&sizes)
            .hidden(activation)
            .output(cost.natural_output())
            .init(init);
        let bytes = builder.bytes()?;
        if bytes > MAX_BYTES {
            let message = format!("hidden: these layers take {bytes} bytes, at most {MAX_BYTES}");
            return Err(Refusal::unprocessable(message));
        }
        let mut model = fit_preprocessing(Model::new(builder.build(self.seed)?, cost), train);
        model.provenance.seed = self.seed;
        Ok(model)
    }
}

/// Whether a setting can be changed while training runs.
pub(crate) fn is_live(setting: &str) -> bool {
    !["hidden", "activation", "cost", "init", "seed"].contains(&setting)
}

/// A setting and its value, as hints write them.
pub(super) fn change(setting: &str, value: &str) -> Changes {
    let number: Result<Value, _> = serde_json::from_str(value);
    let value = number.ok().filter(Value::is_number).unwrap_or_else(|| value.into());
    let mut changes = Changes::default();
    let table = if is_live(setting) { &mut changes.training } else { &mut changes.network };
    table.insert(setting.to_owned(), value);
    changes
}

/// Changes of a plan.
#[derive(Debug, Default)]
pub(super) struct Changes {
    network: Map<String, Value>,
    pub(super) training: Map<String, Value>,
}

impl Plan {
    /// The same plan, changed. A network that was trained on is begun anew.
    pub(super) fn with(mut self, changes: Changes) -> Result<Self, Refusal> {
        self.training.extend(changes.training);
        let network = self.network.take().unwrap_or_default();
        let mut value =
            serde_json::to_value(network).map_err(|error| Refusal::internal(error.to_string()))?;
        if let Value::Object(fields) = &mut value {
            fields.extend(changes.network);
        }
        let network = serde_json::from_value(value)
            .map_err(|error| Refusal::unprocessable(error.to_string()))?;
        self.network = Some(network);
        Ok(self)
    }
}

/// Parameters with some of them replaced.
pub(super) fn merged(
    params: &TrainParams,
    changes: &Map<String, Value>,
    samples: usize,
) -> Result<TrainParams, Refusal> {
    let mut value =
        serde_json::to_value(params).map_err(|error| Refusal::internal(error.to_string()))?;
    if let Value::Object(fields) = &mut value {
        for (name, change) in changes {
            fields.insert(name.clone(), change.clone());
        }
    }
    let merged: TrainParams = serde_json::from_value(value)
        .map_err(|error| Refusal::unprocessable(format!("training: {error}")))?;
    let checked = merged.check(samples);
    checked.map_err(|error| Refusal::unprocessable(format!("training: {error}")))?;
    if merged.epochs > MAX_EPOCHS {
        return Err(Refusal::unprocessable(format!("training: at most {MAX_EPOCHS} epochs")));
    }
    Ok(merged)
}

/// A pause of slow motion within its bounds.
pub(super) fn checked_pause(pause: u64) -> Result<u64, Refusal> {
    if pause > MAX_PAUSE {
        return Err(Refusal::unprocessable(format!("pause: at most {MAX_PAUSE} ms")));
    }
    Ok(pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("an object") };
        map
    }

    #[test]
    fn changes_keep_what_they_do_not_name() {
        let params = TrainParams { lambda: 5.0, ..TrainParams::default() };
        let changes = object(json!({"learning_rate": 0.5, "optimizer": "adam"}));
        let changed = merged(&params, &changes, 1000).unwrap();
        assert_eq!((changed.learning_rate, changed.lambda), (0.5, 5.0));
        assert_eq!(changed.optimizer.name(), "adam");
    }

    #[test]
    fn wrong_changes_are_refused() {
        for changes in [
            json!({"learning_rate": -1}),
            json!({"learning_rate": "fast"}),
            json!({"batch_size": 0}),
            json!({"batch_size": 1001}),
            json!({"epochs": MAX_EPOCHS + 1}),
            json!({"speed": 1}),
        ] {
            let refused = merged(&TrainParams::default(), &object(changes.clone()), 1000);
            assert_eq!(refused.unwrap_err().status().as_u16(), 422, "{changes}");
        }
        assert!(checked_pause(MAX_PAUSE + 1).is_err());
    }
}

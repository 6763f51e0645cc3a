//! Trials drawn from a space.

use nn_core::rng;
use rand::Rng;
use toml::Value;

use super::{Numbers, Range, Space};

/// A setting of a trial: its key, such as `training.lambda`, and its value.
pub type Setting = (String, Value);

impl Space {
    /// The settings of every trial. Each trial has a stream of its own, so that more trials later
    /// leave the first ones as they were. No two trials are the same.
    #[must_use]
    pub fn draw(&self) -> Vec<Vec<Setting>> {
        let mut trials: Vec<Vec<Setting>> = Vec::new();
        // A space of few points is used up before enough draws are new.
        let most = self.trials.saturating_mul(20).saturating_add(1000);
        for number in 0..most {
            if trials.len() == self.trials {
                break;
            }
            let mut stream = rng::stream(self.seed, "tune", number as u64);
            let value = |(key, range): (&String, &Range)| {
                (key.clone(), draw(range, stream.random::<f64>()))
            };
            let trial: Vec<Setting> = self.space.iter().map(value).collect();
            if !trials.contains(&trial) {
                trials.push(trial);
            }
        }
        trials
    }
}

/// The value of a range at `u`, from 0 to below 1.
fn draw(range: &Range, u: f64) -> Value {
    match range {
        Range::Choices(choices) => {
            let index = (u * choices.len() as f64) as usize;
            choices[index.min(choices.len() - 1)].clone()
        }
        Range::Numbers(Numbers { from, to, log, whole }) => {
            let value = if *log {
                (from.ln() + u * (to.ln() - from.ln())).exp()
            } else {
                from + u * (to - from)
            };
            let value = value.clamp(*from, *to);
            if *whole { Value::Integer(value.round() as i64) } else { Value::Float(short(value)) }
        }
    }
}

/// A number in three significant digits, which people can type.
fn short(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

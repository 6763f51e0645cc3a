//! Search for settings: a declared space, trials drawn from it, and who of them goes on.
//!
//! ```toml
//! recipe = "book-chapter3"            # where all trials start from: a name or a file
//! search = "halving"                  # or "random"
//! trials = 9
//!
//! [fixed]                             # settings of the recipe that are other in all trials
//! "training.epochs" = 9
//!
//! [space]                             # settings that are drawn
//! "training.learning_rate" = { from = 0.01, to = 1.0, log = true }
//! "training.batch_size" = [10, 32, 100]
//! ```
//!
//! Random search (Bergstra and Bengio 2012, *Random search for hyper-parameter optimization*)
//! trains every trial to the end. Successive halving (Jamieson and Talwalkar 2016, *Non-stochastic
//! best arm identification*) trains all of them for few epochs, keeps the best, and goes on with
//! those: a rung has `factor` times the epochs of the one before and that share of its trials.
//! A trial that goes on does so where it stopped, within the schedule of the whole training.
//!
//! This module says what to train and who won; training and its records are the caller's.

mod draw;
mod range_test;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

pub use draw::Setting;
pub use range_test::{RangePoint, RangeTest, range_test};

/// What to search, and how.
///
/// | name | default | meaning |
/// |---|---|---|
/// | `recipe` | the defaults | where all trials start from: a recipe's name or file |
/// | `search` | `random` | `random` or `halving` |
/// | `trials` | 20 | draws from the space; a space of choices alone has no more than it has points |
/// | `seeds` | 1 | networks trained of each trial, whose mean score counts |
/// | `seed` | 1 | of the draws |
/// | `factor` | 3 | of halving: a rung keeps one in so many and trains them so many times as long |
/// | `first_epochs` | 1 | of halving: epochs of the first rung |
/// | `fixed` | | settings that are other than the recipe's in all trials |
/// | `space` | | settings that are drawn, see [`Range`] |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Space {
    /// Where all trials start from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// How trials are given up.
    pub search: Search,
    /// Draws from the space.
    pub trials: usize,
    /// Networks trained of each trial.
    pub seeds: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// One in so many goes on to the next rung.
    pub factor: usize,
    /// Epochs of the first rung.
    pub first_epochs: usize,
    /// Settings that are other than the recipe's in all trials.
    pub fixed: BTreeMap<String, toml::Value>,
    /// Settings that are drawn.
    pub space: BTreeMap<String, Range>,
}

impl Default for Space {
    fn default() -> Self {
        Self {
            recipe: None,
            search: Search::Random,
            trials: 20,
            seeds: 1,
            seed: 1,
            factor: 3,
            first_epochs: 1,
            fixed: BTreeMap::new(),
            space: BTreeMap::new(),
        }
    }
}

/// How trials are given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Search {
    /// Never: every trial is trained to the end.
    Random,
    /// Successive halving.
    Halving,
}

/// What a setting is drawn from: a list of choices, or a range of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a list of choices, or a table with `from` and `to`")]
#[non_exhaustive]
pub enum Range {
    /// One of these, each as likely as the others.
    Choices(Vec<toml::Value>),
    /// A number between two.
    Numbers(Numbers),
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// The smallest.
    pub from: f64,
    /// The largest.
    pub to: f64,
    /// Whether their logarithms are drawn evenly, as is right for rates; if not, they
    /// themselves are.
    #[serde(default)]
    pub log: bool,
    /// Whether they are whole.
    #[serde(default)]
    pub whole: bool,
}

/// A stage of the search: so many trials, trained until so many epochs are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Trials that take part, the best ones so far.
    pub trials: usize,
    /// Epochs that they have done at its end.
    pub epochs: usize,
}

/// How good a trial is so far, on validation samples only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// What a larger number of is better: the share of the validation samples classified rightly, or
    /// R² where numbers are predicted ([`Evaluation::score`](crate::Evaluation::score)); mean over
    /// the seeds.
    pub score: f64,
    /// Mean cost.
    pub cost: f64,
}

impl Space {
    /// Reads a space.
    ///
    /// # Errors
    ///
    /// [`RecipeError`], naming line and key, if the text is no TOML, no space, or one of which
    /// nothing can be drawn.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        let space: Self = crate::recipe::read(text)?;
        space.check().map(|()| space)
    }

    fn check(&self) -> Result<(), RecipeError> {
        let refuse = |key: &str, problem: &str| Err(RecipeError::of(key, problem));
        for (key, number, least) in [
            ("trials", self.trials, 1),
            ("seeds", self.seeds, 1),
            ("factor", self.factor, 2),
            ("first_epochs", self.first_epochs, 1),
        ] {
            if number < least {
                return refuse(key, &format!("expected at least {least}, found {number}"));
            }
        }
        if self.space.is_empty() {
            return refuse("space", "expected settings to draw, found none");
        }
        for (key, range) in &self.space {
            let key = format!("space.{key}");
            match range {
                Range::Choices(choices) if choices.is_empty() => {
                    return refuse(&key, "expected at least one choice, found none");
                }
                Range::Choices(_) => {}
                Range::Numbers(Numbers { from, to, log, .. }) => {
                    let finite = from.is_finite() && to.is_finite();
                    if !finite || from > to || (*log && *from <= 0.0) {
                        let above = if *log { " above 0" } else { "" };
                        let problem = format!(
                            "expected finite numbers{above}, the smaller one first, found {from} \
                             to {to}"
                        );
                        return refuse(&key, &problem);
                    }
                }
            }
        }
        Ok(())
    }

    /// The stages of the search, for trials of `epochs` epochs.
    #[must_use]
    pub fn rungs(&self, epochs: usize) -> Vec<Rung> {
        let trials = self.draw().len();
        if self.search == Search::Random {
            return vec![Rung { trials, epochs }];
        }
        let mut rungs = Vec::new();
        let (mut left, mut until) = (trials, self.first_epochs);
        // The last rung trains to the end, however few are left by then.
        while until < epochs && left > 1 {
            rungs.push(Rung { trials: left, epochs: until });
            left = left.div_ceil(self.factor);
            until = until.saturating_mul(self.factor);
        }
        rungs.push(Rung { trials: left, epochs });
        rungs
    }
}

/// Trials from the best to the worst: by score, then by cost, then by their numbers. One that
/// diverged has no score and comes last.
#[must_use]
pub fn ranking(scores: &BTreeMap<usize, Option<Score>>) -> Vec<usize> {
    let mut ranking: Vec<(usize, Option<Score>)> = scores.iter().map(|(&t, &s)| (t, s)).collect();
    ranking.sort_by(|(_, a), (_, b)| match (a, b) {
        (Some(a), Some(b)) => b.score.total_cmp(&a.score).then(a.cost.total_cmp(&b.cost)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    ranking.into_iter().map(|(trial, _)| trial).collect()
}

#[cfg(test)]
mod tests;

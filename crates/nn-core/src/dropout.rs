//! Dropout: which units sit a step out.

use std::ops::Range;

use ndarray_rand::rand::RngCore;

use crate::rng::{self, SPLIT_MIX_STEP, split_mix};
use crate::{Error, Scalar};

/// Units that share one 64-bit random word, 16 bits each.
const GROUP: usize = 4;
/// One more than the largest of a unit's random numbers.
const LEVELS: f64 = 65_536.0;

/// Inverted dropout (Hinton et al. 2012, *Improving neural networks by preventing
/// co-adaptation of feature detectors*; Srivastava et al. 2014): in every step each unit of a
/// layer is left out with probability p, for each sample anew, and the others count
/// 1 / (1 − p) times, so that the network needs no change when it is used.
///
/// For layer l with the mask r^l (0, or 1 / (1 − p)) forward and backward are
///
/// ã^l = r^l ⊙ σ(z^l), z^(l+1) = w^(l+1) ã^l + b^(l+1),
/// δ^l = ((w^(l+1))ᵀ δ^(l+1)) ⊙ r^l ⊙ σ'(z^l).
///
/// Each unit's mask is a function of the seed, the step's number, the layer, the sample's
/// place in the mini-batch and the unit: nothing is drawn in turn, so that neither the number
/// of workers nor a stop between two steps changes a mask. p is rounded to a multiple of
/// 1/65536.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropout {
    seed: u64,
    rates: Vec<f64>,
}

impl Dropout {
    /// Dropout with the probabilities `rates`: of the input and then of every hidden layer, L − 1
    /// in all. The output is never dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] if a probability is not in [0, 1).
    pub fn new(seed: u64, rates: Vec<f64>) -> Result<Self, Error> {
        if let Some(rate) = rates.iter().find(|rate| !(0.0..1.0).contains(*rate)) {
            return Err(Error::Parameter {
                name: "dropout",
                expected: "at least 0 and below 1",
                found: rate.to_string(),
            });
        }
        Ok(Self { seed, rates })
    }

    /// The probabilities, of the input and of every hidden layer.
    #[must_use]
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// Whether nothing is ever dropped.
    #[must_use]
    pub fn is_off(&self) -> bool {
        !(0..self.rates.len()).any(|layer| self.drops(layer))
    }

    /// Whether anything is dropped in the input (0) or in hidden layer `layer` (from 1).
    pub(crate) fn drops(&self, layer: usize) -> bool {
        self.rates.get(layer).is_some_and(|rate| level(*rate) > 0)
    }

    /// The masks of a step: of the input and of every hidden layer; `None` where nothing is
    /// dropped.
    #[must_use]
    pub fn masks(&self, step: u64) -> Vec<Option<LayerMask>> {
        let mut masks = Vec::with_capacity(self.rates.len());
        self.masks_into(step, &mut masks);
        masks
    }

    /// As [`Dropout::masks`], into a list that is already there.
    pub(crate) fn masks_into(&self, step: u64, masks: &mut Vec<Option<LayerMask>>) {
        masks.clear();
        let mut stream = rng::stream(self.seed, "dropout", step);
        for &rate in &self.rates {
            let (key, level) = (stream.next_u64(), level(rate));
            masks.push((level > 0).then_some(LayerMask { key, level }));
        }
    }
}

/// How many of the 65536 random numbers mean that a unit is dropped.
fn level(rate: f64) -> u16 {
    (rate * LEVELS).round().clamp(0.0, LEVELS - 1.0) as u16
}

/// The mask of one layer in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerMask {
    key: u64,
    level: u16,
}

impl LayerMask {
    /// What units count that stay: 1 / (1 − p).
    #[must_use]
    pub fn scale(self) -> f64 {
        LEVELS / (LEVELS - f64::from(self.level))
    }

    /// Whether unit `unit` stays for the sample at place `row` of the mini-batch.
    #[must_use]
    pub fn keeps(self, row: usize, unit: usize) -> bool {
        let bits = self.word(row, unit / GROUP) >> (16 * (unit % GROUP));
        bits as u16 >= self.level
    }

    /// Writes the mask of the units `units` for the sample at place `row`: 0 or
    /// [`LayerMask::scale`].
    ///
    /// # Panics
    ///
    /// If `out` has another length, or the units don't begin with a multiple of 4.
    pub fn fill<T: Scalar>(self, row: usize, units: Range<usize>, out: &mut [T]) {
        assert_eq!(out.len(), units.len(), "a place for every unit");
        assert_eq!(units.start % GROUP, 0, "whole groups of units");
        let scale = T::from_f64(self.scale());
        for (group, out) in (units.start / GROUP..).zip(out.chunks_mut(GROUP)) {
            let mut word = self.word(row, group);
            for out in out {
                *out = if word as u16 >= self.level { scale } else { T::zero() };
                word >>= 16;
            }
        }
    }

    /// The random word of a group of units: one of the sequence of `SplitMix64` that begins at
    /// the key, which can be entered anywhere.
    fn word(self, row: usize, group: usize) -> u64 {
        let place = (row as u64) << 32 | group as u64;
        split_mix(self.key.wrapping_add(place.wrapping_mul(SPLIT_MIX_STEP)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_units_stay_as_the_rate_says() {
        for rate in [0.1, 0.2, 0.5, 0.9] {
            let dropout = Dropout::new(1, vec![0.0, rate]).unwrap();
            let (mut kept, mut sum) = (0, 0.0);
            for step in 0..10 {
                let masks = dropout.masks(step);
                assert_eq!(masks[0], None);
                for row in 0..10 {
                    let mut mask = [0.0_f64; 1000];
                    masks[1].unwrap().fill(row, 0..1000, &mut mask);
                    kept += mask.iter().filter(|&&r| r > 0.0).count();
                    sum += mask.iter().sum::<f64>();
                }
            }
            let share = kept as f64 / 1e5;
            // The standard error is at most 0.0016.
            assert!((share - (1.0 - rate)).abs() < 0.007, "{rate}: {share}");
            assert!((sum / 1e5 - 1.0).abs() < 0.06, "{rate}: {sum}");
        }
    }

    #[test]
    fn a_mask_does_not_depend_on_how_units_are_divided() {
        let mask = Dropout::new(7, vec![0.3]).unwrap().masks(5)[0].unwrap();
        let mut whole = [0.0_f32; 50];
        mask.fill(3, 0..50, &mut whole);
        for start in (0..50).step_by(4) {
            let mut part = vec![0.0_f32; 50 - start];
            mask.fill(3, start..50, &mut part);
            assert_eq!(part, whole[start..]);
        }
        for (unit, &value) in whole.iter().enumerate() {
            assert_eq!(mask.keeps(3, unit), value != 0.0);
        }
    }

    #[test]
    fn steps_layers_and_samples_have_masks_of_their_own() {
        let dropout = Dropout::new(7, vec![0.5, 0.5]).unwrap();
        let mut seen = std::collections::HashSet::new();
        for step in 0..5 {
            for mask in dropout.masks(step).into_iter().flatten() {
                for row in 0..5 {
                    let kept: Vec<bool> = (0..64).map(|unit| mask.keeps(row, unit)).collect();
                    assert!(seen.insert(kept));
                }
            }
        }
    }

    #[test]
    fn a_mask_is_the_same_for_ever() {
        // Checkpoints of earlier versions rest on it.
        let mask = Dropout::new(1, vec![0.2, 0.5]).unwrap().masks(3)[1].unwrap();
        let kept: u32 = (0..32).map(|unit| u32::from(mask.keeps(2, unit)) << unit).sum();
        assert_eq!(kept, GOLDEN, "{kept:#x}");
    }

    const GOLDEN: u32 = 0x9e27_5172;

    #[test]
    fn rates_outside_their_range_are_refused() {
        for rate in [-0.1, 1.0, f64::NAN] {
            assert!(Dropout::new(1, vec![0.0, rate]).is_err(), "{rate}");
        }
        assert!(Dropout::new(1, vec![0.0, 0.0]).unwrap().is_off());
        assert!(!Dropout::new(1, vec![0.0, 0.1]).unwrap().is_off());
    }
}

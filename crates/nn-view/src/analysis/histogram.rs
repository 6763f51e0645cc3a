//! Histograms of weights, biases and activations.

use serde::Serialize;

/// Counts of values in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Where the first bin begins.
    pub from: f64,
    /// Where the last bin ends; that value belongs to it.
    pub to: f64,
    /// Values in each bin.
    pub counts: Vec<u64>,
    /// Finite values in all; others are left out.
    pub values: u64,
    /// Their mean, 0 without values.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

impl Histogram {
    /// The histogram of some values over their range, in `bins` bins (at least 1 is used).
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64> + Clone, bins: usize) -> Self {
        let finite = || values.clone().into_iter().filter(|value| value.is_finite());
        let (from, to) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if from > to {
            return Self::over(finite(), (0.0, 1.0), bins);
        }
        // One value alone stands in the middle of a bin of width 1.
        let range = if from == to { (from - 0.5, to + 0.5) } else { (from, to) };
        Self::over(finite(), range, bins)
    }

    /// The histogram over a range; values outside it count in the first or the last bin.
    #[must_use]
    pub fn over(
        values: impl IntoIterator<Item = f64>,
        (from, to): (f64, f64),
        bins: usize,
    ) -> Self {
        let mut counts = vec![0_u64; bins.max(1)];
        let (mut n, mut mean, mut squares) = (0_u64, 0.0_f64, 0.0_f64);
        let width = (to - from) / counts.len() as f64;
        for value in values.into_iter().filter(|value| value.is_finite()) {
            // Welford's way, which doesn't lose the deviation of large values.
            n += 1;
            let distance = value - mean;
            mean += distance / n as f64;
            squares += distance * (value - mean);
            let bin = ((value - from) / width).max(0.0) as usize;
            let last = counts.len() - 1;
            counts[bin.min(last)] += 1;
        }
        let deviation = (squares / n.max(1) as f64).sqrt();
        Self { from, to, counts, values: n, mean, deviation }
    }

    /// The width of a bin.
    #[must_use]
    pub fn width(&self) -> f64 {
        (self.to - self.from) / self.counts.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_fall_where_they_belong() {
        let histogram = Histogram::of([0.0, 0.1, 0.5, 1.0, f64::NAN], 2);
        assert_eq!((histogram.counts, histogram.values), (vec![2, 2], 4));
        assert!((histogram.mean - 0.4).abs() < 1e-12);
        assert_eq!(Histogram::of([], 3).counts, [0, 0, 0]);
        assert_eq!(Histogram::of([7.0, 7.0], 3).counts, [0, 2, 0]);
        assert_eq!(Histogram::over([-9.0, 9.0], (0.0, 1.0), 2).counts, [1, 1]);
    }

    proptest! {
        #[test]
        fn no_value_is_lost(values in prop::collection::vec(-1e9..1e9_f64, 0..50), bins in 0_usize..9) {
            let histogram = Histogram::of(values.iter().copied(), bins);
            prop_assert_eq!(histogram.counts.iter().sum::<u64>(), values.len() as u64);
            prop_assert_eq!(histogram.counts.len(), bins.max(1));
        }
    }
}

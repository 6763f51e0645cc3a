//! Five numbers about many: what weights and biases look like from afar.

use serde::{Deserialize, Serialize};

/// What a set of numbers looks like. Sums run in `f64` and in the order of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statistics {
    /// How many numbers there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, (Σ (x − mean)² / count)^½.
    pub deviation: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Their Euclidean norm, (Σ x²)^½.
    pub norm: f64,
    /// How many are exactly 0.
    pub zeros: usize,
}

impl Statistics {
    /// Looks at numbers; `None` if there is none, or one is NaN.
    ///
    /// ```
    /// use nn_core::Statistics;
    ///
    /// let numbers = Statistics::of([3.0, 0.0, -3.0]).unwrap();
    /// assert_eq!((numbers.mean, numbers.min, numbers.zeros), (0.0, -3.0, 1));
    /// assert_eq!(numbers.deviation, 6f64.sqrt());
    /// ```
    #[must_use]
    pub fn of(numbers: impl IntoIterator<Item = f64, IntoIter: Clone>) -> Option<Self> {
        let numbers = numbers.into_iter();
        let (mut count, mut sum, mut squares, mut zeros) = (0_usize, 0.0, 0.0, 0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for x in numbers.clone() {
            if x.is_nan() {
                return None;
            }
            count += 1;
            sum += x;
            squares += x * x;
            zeros += usize::from(x == 0.0);
            min = min.min(x);
            max = max.max(x);
        }
        if count == 0 {
            return None;
        }
        let mean = sum / count as f64;
        // A second pass: the difference of two large sums would lose what is asked for.
        let spread: f64 = numbers.map(|x| (x - mean) * (x - mean)).sum();
        let deviation = (spread / count as f64).sqrt();
        Some(Self { count, mean, deviation, min, max, norm: squares.sqrt(), zeros })
    }
}

#[cfg(test)]
mod tests {
    use super::Statistics;

    #[test]
    fn a_small_spread_around_a_large_mean_is_seen() {
        let numbers = Statistics::of([1e8 + 1.0, 1e8 - 1.0]).unwrap();
        assert_eq!((numbers.mean, numbers.deviation), (1e8, 1.0));
        assert_eq!(numbers.count, 2);
    }

    #[test]
    fn nothing_and_no_number_have_no_statistics() {
        assert_eq!(Statistics::of([]), None);
        assert_eq!(Statistics::of([1.0, f64::NAN]), None);
    }
}

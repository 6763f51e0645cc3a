//! [`Series`]: a curve of any length in bounded memory.

use serde::Serialize;

/// Points kept before neighbours are merged.
const MOST: usize = 512;

/// Means of equally many consecutive values each; how many is doubled when there are too many
/// points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Series {
    /// Values per point.
    every: usize,
    points: Vec<f32>,
    #[serde(skip)]
    sum: f64,
    #[serde(skip)]
    count: usize,
}

impl Series {
    pub(super) fn new() -> Self {
        Self { every: 1, points: Vec::with_capacity(MOST), sum: 0.0, count: 0 }
    }

    pub(super) fn push(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
        if self.count < self.every {
            return;
        }
        if self.points.len() == MOST {
            let merged = self.points.chunks(2).map(|pair| pair.iter().sum::<f32>() / 2.0);
            self.points = merged.collect();
            self.every *= 2;
            // What was gathered is the first half of a point of twice the length.
            return;
        }
        self.points.push((self.sum / self.every as f64) as f32);
        (self.sum, self.count) = (0.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_values_becomes_a_bounded_number_of_means() {
        let mut series = Series::new();
        for i in 0..100_000 {
            series.push(f64::from(i));
        }
        assert!((MOST / 2..=MOST).contains(&series.points.len()));
        let every = series.every as f64;
        for (i, &point) in series.points.iter().enumerate() {
            let mean = i as f64 * every + (every - 1.0) / 2.0;
            assert!((f64::from(point) - mean).abs() < 0.01, "{i}: {point} {mean}");
        }
    }
}

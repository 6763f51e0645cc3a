//! Whether two sets of samples look alike.

use nn_data::{Dataset, Features};
use serde::Serialize;

/// How much ink the samples of two datasets show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct InputShift {
    /// Mean over the training samples of a sample's mean feature.
    pub train_mean: f64,
    /// The same of the test samples.
    pub test_mean: f64,
    /// Standard deviation over the training samples of a sample's mean feature.
    pub train_deviation: f64,
    /// The same of the test samples.
    pub test_deviation: f64,
}

impl InputShift {
    /// By how many of the training samples' standard deviations the test samples' mean is off.
    #[must_use]
    pub fn standardized(&self) -> f64 {
        (self.test_mean - self.train_mean) / self.train_deviation.max(1e-12)
    }
}

/// Samples of each side that are looked at.
const MOST: usize = 5_000;

/// Compares the means of samples: a cheap way to notice test data of another brightness, stroke or
/// scale than the training data. At most 5,000 samples of each are looked at, evenly spaced.
#[must_use]
pub fn input_shift(train: &Dataset, test: &Dataset) -> InputShift {
    let (train_mean, train_deviation) = moments(train);
    let (test_mean, test_deviation) = moments(test);
    InputShift { train_mean, test_mean, train_deviation, test_deviation }
}

/// Mean and standard deviation of the samples' mean features.
fn moments(dataset: &Dataset) -> (f64, f64) {
    let columns = dataset.num_features() as f64;
    let count = dataset.len().min(MOST);
    let mut row = vec![0.0_f32; dataset.num_features()];
    let mut mean_of = |sample: usize| {
        if let Features::U8(bytes) = dataset.features() {
            let sum: u64 = bytes.row(sample).iter().map(|&byte| u64::from(byte)).sum();
            return sum as f64 / 255.0 / columns;
        }
        dataset.features().copy_row(sample, &mut row);
        row.iter().map(|&x| f64::from(x)).sum::<f64>() / columns
    };
    let means: Vec<f64> = (0..count).map(|i| mean_of(i * dataset.len() / count)).collect();
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverted_images_are_far_off_and_others_are_not() {
        let (train, test) = nn_data::sample::load();
        let shift = input_shift(&train, &test);
        assert!(shift.standardized().abs() < 0.2, "{shift:?}");
        let Features::U8(pixels) = test.features() else { panic!("pixels are bytes") };
        let labels = test.labels().as_slice().to_vec();
        let names = test.class_names().to_vec();
        let inverted = pixels.mapv(|p| 255 - p);
        let inverted = Dataset::new("inverted", Features::U8(inverted), labels, names).unwrap();
        assert!(input_shift(&train, &inverted).standardized() > 10.0);
        let floats = Features::F32(pixels.mapv(|p| f32::from(p) / 255.0));
        let floats = Dataset::new("f", floats, vec![0; 1000], vec!["0".into()]).unwrap();
        assert!((input_shift(&floats, &test).standardized()).abs() < 1e-6);
    }
}

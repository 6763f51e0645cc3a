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

/// Compares the means of samples: a cheap way to notice test data of another brightness, stroke or
/// scale than the training data.
#[must_use]
pub fn input_shift(train: &Dataset, test: &Dataset) -> InputShift {
    let (train_mean, train_deviation) = moments(train);
    let (test_mean, test_deviation) = moments(test);
    InputShift { train_mean, test_mean, train_deviation, test_deviation }
}

/// Mean and standard deviation of the samples' mean features.
fn moments(dataset: &Dataset) -> (f64, f64) {
    let columns = dataset.num_features() as f64;
    let means: Vec<f64> = match dataset.features() {
        Features::U8(bytes) => {
            let mean = |sum: u64| sum as f64 / 255.0 / columns;
            let sum = |row: ndarray::ArrayView1<'_, u8>| row.iter().map(|&b| u64::from(b)).sum();
            bytes.rows().into_iter().map(|row| mean(sum(row))).collect()
        }
        other => {
            let rows = other.to_f32();
            let sum = |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&x| f64::from(x)).sum();
            rows.rows()
                .into_iter()
                .map(|row| -> f64 { sum(row) })
                .map(|s: f64| s / columns)
                .collect()
        }
    };
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

//! Images on their way to the page: bytes in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nn_data::{Dataset, Features};
use serde::Serialize;

/// Grey values, in base64.
pub(crate) fn encode(pixels: &[u8]) -> String {
    STANDARD.encode(pixels)
}

/// A sample of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Picture {
    /// Its number, counted from 0.
    pub(crate) index: usize,
    /// Its class.
    pub(crate) label: usize,
    /// Its grey values, row by row, in base64.
    pub(crate) pixels: String,
}

/// The grey values of a sample. The lab has refused data that aren't bytes.
pub(crate) fn pixels(dataset: &Dataset, index: usize) -> Vec<u8> {
    match dataset.features() {
        Features::U8(bytes) => bytes.row(index).to_vec(),
        other => {
            let mut row = vec![0.0; other.ncols()];
            other.copy_row(index, &mut row);
            row.into_iter().map(|x| (x * 255.0).round().clamp(0.0, 255.0) as u8).collect()
        }
    }
}

impl Picture {
    /// Sample `index`, which is one of the dataset's.
    pub(crate) fn of(dataset: &Dataset, index: usize) -> Self {
        let label = dataset.labels().get(index);
        Self { index, label, pixels: encode(&pixels(dataset, index)) }
    }
}

/// Numbers stretched to grey values: 0 becomes 128, the largest size 0 or 255.
pub(crate) fn signed_grey(values: impl Iterator<Item = f32> + Clone) -> Vec<u8> {
    let largest = values.clone().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    values.map(|value| (value / largest * 127.0 + 128.0).round().clamp(0.0, 255.0) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_kept_around_the_middle() {
        assert_eq!(signed_grey([0.0, 2.0, -1.0].into_iter()), [128, 255, 65]);
        assert_eq!(signed_grey([0.0, 0.0].into_iter()), [128, 128]);
    }
}

//! What a dataset is like: classes, numbers, and samples that come twice.

use std::collections::HashMap;

use crate::{Dataset, Features};

/// What a dataset is like.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// Samples.
    pub samples: usize,
    /// Features of each.
    pub features: usize,
    /// Rows and columns, if they are images.
    pub image_shape: Option<(usize, usize)>,
    /// Each class and how many samples it has; empty for a regression.
    pub classes: Vec<(String, usize)>,
    /// Smallest, mean and largest of the numbers to be predicted.
    pub target: Option<Range>,
    /// Smallest, mean and largest feature, bytes being 0 to 255.
    pub range: Range,
    /// Share of the features that aren't 0.
    pub density: f64,
    /// Features that are the same in all samples, and so tell nothing.
    pub constant_features: usize,
    /// Samples whose features an earlier sample has.
    pub duplicates: usize,
    /// Those of them that have another target than the earlier sample.
    pub contradictions: usize,
}

/// Smallest, mean and largest of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Range {
    /// The smallest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

impl Range {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let (mut min, mut max, mut sum, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0_u64);
        for number in numbers {
            min = min.min(number);
            max = max.max(number);
            sum += number;
            count += 1;
        }
        Self { min, mean: sum / count.max(1) as f64, max }
    }
}

/// Describes a dataset. Takes time in proportion to its features, and some memory per sample.
#[must_use]
pub fn describe(dataset: &Dataset) -> Description {
    let (range, lit, constant_features) = match dataset.features() {
        Features::U8(f) => {
            let lit = f.iter().filter(|&&byte| byte != 0).count();
            let columns = f.columns().into_iter();
            let constant = columns.filter(|c| c.iter().all(|x| *x == c[0])).count();
            (Range::of(f.iter().map(|&byte| byte.into())), lit, constant)
        }
        Features::F32(f) => {
            let lit = f.iter().filter(|&&x| x != 0.0).count();
            let columns = f.columns().into_iter();
            let constant = columns.filter(|c| c.iter().all(|x| *x == c[0])).count();
            (Range::of(f.iter().map(|&x| x.into())), lit, constant)
        }
    };
    let mut seen = HashMap::new();
    let (mut duplicates, mut contradictions) = (0, 0);
    for sample in 0..dataset.len() {
        let earlier = *seen.entry(key(dataset, sample)).or_insert(sample);
        if earlier != sample {
            duplicates += 1;
            contradictions += usize::from(!same_target(dataset, earlier, sample));
        }
    }
    let counts = dataset.labels().counts(dataset.num_classes());
    let classes = dataset.class_names().iter().cloned().zip(counts);
    Description {
        samples: dataset.len(),
        features: dataset.num_features(),
        image_shape: dataset.image_shape(),
        classes: if dataset.values().is_some() { Vec::new() } else { classes.collect() },
        target: dataset.values().map(|values| Range::of(values.iter().copied())),
        range,
        density: lit as f64 / (dataset.len() * dataset.num_features()) as f64,
        constant_features,
        duplicates,
        contradictions,
    }
}

/// How many samples of `test` have the features of a sample of `train`: what a network can know by
/// heart.
#[must_use]
pub fn shared_samples(train: &Dataset, test: &Dataset) -> usize {
    let known: std::collections::HashSet<Vec<u8>> =
        (0..train.len()).map(|sample| key(train, sample)).collect();
    (0..test.len()).filter(|&sample| known.contains(&key(test, sample))).count()
}

/// The features of a sample as bytes; −0 and 0 are equal.
fn key(dataset: &Dataset, sample: usize) -> Vec<u8> {
    match dataset.features() {
        Features::U8(f) => f.row(sample).to_vec(),
        Features::F32(f) => f.row(sample).iter().flat_map(|x| (x + 0.0).to_le_bytes()).collect(),
    }
}

fn same_target(dataset: &Dataset, a: usize, b: usize) -> bool {
    match dataset.values() {
        Some(values) => values[a] == values[b],
        None => dataset.labels().get(a) == dataset.labels().get(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_stands_there_is_counted() {
        let features = Features::U8(array![[0, 5, 9], [0, 5, 9], [0, 5, 0], [0, 5, 9]]);
        let names = vec!["a".to_owned(), "b".to_owned()];
        let set = Dataset::new("", features, vec![0, 0, 1, 1], names).unwrap();
        let found = describe(&set);
        assert_eq!(found.classes, [("a".to_owned(), 2), ("b".to_owned(), 2)]);
        assert_eq!((found.duplicates, found.contradictions, found.constant_features), (2, 1, 2));
        assert_eq!((found.range.min, found.range.max), (0.0, 9.0));
        assert!((found.density - 7.0 / 12.0).abs() < 1e-12);
        assert_eq!(shared_samples(&set.subset(&[2]).unwrap(), &set), 1);
        let features = Features::F32(array![[0.0_f32], [-0.0], [2.0]]);
        let set = Dataset::regression("", features, vec![1.0, 2.0, 3.0], "y").unwrap();
        let found = describe(&set);
        assert_eq!((found.duplicates, found.contradictions), (1, 1));
        assert_eq!(found.target.unwrap().mean, 2.0);
        assert!(found.classes.is_empty());
    }
}

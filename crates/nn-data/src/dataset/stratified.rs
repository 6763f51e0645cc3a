//! Splitting by chance, each class in proportion.

use rand_pcg::rand_core::RngCore;

use super::{Dataset, DatasetError};
use crate::augment::stream::named;

impl Dataset {
    /// Splits off `taken` samples drawn by chance, of each class as near to its share as whole
    /// samples allow (the largest remainders get the rest). Both parts keep the order they had. In a
    /// regression all samples are of one class, so that chance alone decides.
    ///
    /// The draw comes from the stream `stream` of `seed`: equal datasets, seeds and streams give
    /// equal splits.
    ///
    /// ```
    /// let (digits, _) = nn_data::sample::load();
    /// let (train, test) = digits.split_stratified(1_000, 7, "test")?;
    /// assert_eq!((train.len(), test.labels().counts(10)), (4_000, vec![100; 10]));
    /// # Ok::<(), nn_data::DatasetError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DatasetError::Split`] when either part would be empty.
    pub fn split_stratified(
        &self,
        taken: usize,
        seed: u64,
        stream: &str,
    ) -> Result<(Self, Self), DatasetError> {
        let samples = self.len();
        if taken == 0 || taken >= samples {
            return Err(DatasetError::Split { samples, at: samples.saturating_sub(taken) });
        }
        let counts = self.labels().counts(self.num_classes());
        let quotas = quotas(&counts, taken);
        let mut rows_of: Vec<Vec<usize>> = counts.iter().map(|&n| Vec::with_capacity(n)).collect();
        for (row, class) in self.labels().iter().enumerate() {
            rows_of[class].push(row);
        }
        let mut is_taken = vec![false; samples];
        let mut random = named(seed, stream, 0);
        for (rows, quota) in rows_of.iter_mut().zip(quotas) {
            // The first steps of a Fisher–Yates shuffle draw `quota` of the class's rows.
            for i in 0..quota {
                let left = (rows.len() - i) as u128;
                let pick = i + ((u128::from(random.next_u64()) * left) >> 64) as usize;
                rows.swap(i, pick);
                is_taken[rows[i]] = true;
            }
        }
        let rows = |wanted| (0..samples).filter(|&i| is_taken[i] == wanted).collect::<Vec<_>>();
        Ok((self.subset(&rows(false))?, self.subset(&rows(true))?))
    }
}

/// How many of each class are taken: shares of `taken` in proportion to the counts, rounded by the
/// largest remainders, the lower class first where they are equal.
fn quotas(counts: &[usize], taken: usize) -> Vec<usize> {
    let all = counts.iter().sum::<usize>() as u128;
    let share = |count: usize| count as u128 * taken as u128;
    let mut quotas: Vec<usize> = counts.iter().map(|&n| (share(n) / all) as usize).collect();
    let left = taken - quotas.iter().sum::<usize>();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|&class| std::cmp::Reverse(share(counts[class]) % all));
    for &class in by_remainder.iter().take(left) {
        quotas[class] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn largest_remainders_get_the_rest() {
        assert_eq!(quotas(&[50, 50, 50], 30), [10, 10, 10]);
        assert_eq!(quotas(&[59, 71, 48], 36), [12, 14, 10]);
        assert_eq!(quotas(&[1, 1, 1], 1), [1, 0, 0]);
        assert_eq!(quotas(&[0, 9], 3), [0, 3]);
    }

    proptest! {
        #[test]
        fn every_sample_is_in_one_part_and_classes_keep_their_shares(
            labels in prop::collection::vec(0_u16..5, 2..200),
            share in 0.01_f64..0.99,
            seed: u64,
        ) {
            let n = labels.len();
            let taken = ((n as f64 * share) as usize).clamp(1, n - 1);
            let features = Array2::from_shape_fn((n, 1), |(i, _)| i as f32);
            let names = (0..5).map(|i| i.to_string()).collect();
            let set = Dataset::new("", Features::F32(features), labels, names).unwrap();
            let (rest, part) = set.split_stratified(taken, seed, "test").unwrap();
            prop_assert_eq!((rest.len(), part.len()), (n - taken, taken));
            let mut seen: Vec<f32> = [&rest, &part]
                .iter()
                .flat_map(|set| set.features().to_f32().into_raw_vec_and_offset().0)
                .collect();
            seen.sort_by(f32::total_cmp);
            prop_assert_eq!(seen, (0..n).map(|i| i as f32).collect::<Vec<_>>());
            for (all, part) in set.labels().counts(5).iter().zip(part.labels().counts(5)) {
                let exact = *all as f64 * taken as f64 / n as f64;
                prop_assert!((part as f64 - exact).abs() < 1.0);
            }
            let again = set.split_stratified(taken, seed, "test").unwrap().1;
            prop_assert_eq!(again.fingerprint(), part.fingerprint());
        }
    }
}

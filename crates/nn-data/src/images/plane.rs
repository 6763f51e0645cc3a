//! A picture as numbers, and its resampling to another size.

/// A rectangle of numbers, row by row.
pub(super) struct Plane {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
}

impl Plane {
    /// The same picture in another size. Shrinking averages all pixels that fall together, growing
    /// interpolates (a triangle filter as wide as the larger of both pixels).
    pub(super) fn resized(&self, rows: usize, columns: usize) -> Self {
        let across = filter(self.columns, columns);
        let mut narrow = Vec::with_capacity(self.rows * columns);
        for row in self.values.chunks_exact(self.columns) {
            for (first, weights) in &across {
                narrow.push(row[*first..].iter().zip(weights).map(|(v, w)| v * w).sum::<f32>());
            }
        }
        let mut values = vec![0.0; rows * columns];
        for (out, (first, weights)) in values.chunks_exact_mut(columns).zip(filter(self.rows, rows))
        {
            for (row, weight) in narrow.chunks_exact(columns).skip(first).zip(weights) {
                out.iter_mut().zip(row).for_each(|(out, value)| *out += weight * value);
            }
        }
        Self { rows, columns, values }
    }
}

/// For each of `to` pixels, the first of the `from` pixels it is made of and their weights, which
/// sum to 1.
fn filter(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0) as usize;
            let last = ((centre + reach).ceil() as usize).min(from);
            let weight = |j: usize| (1.0 - (j as f64 + 0.5 - centre).abs() / reach).max(0.0);
            let sum: f64 = (first..last).map(weight).sum();
            (first, (first..last).map(|j| (weight(j) / sum) as f32).collect())
        })
        .collect()
}

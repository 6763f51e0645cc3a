//! t-SNE (van der Maaten & Hinton, *Visualizing Data using t-SNE*, 2008), the exact kind.
//!
//! It starts from given points (the principal components, scaled down) instead of random ones, so
//! that the same rows always give the same map, and one that resembles PCA's at large.

use ndarray::{Array2, ArrayView2};

/// Effective number of neighbours of each point.
const PERPLEXITY: f64 = 30.0;
/// Rounds in all.
pub(crate) const ROUNDS: usize = 500;
/// Rounds in which attraction is exaggerated, so that clusters form first.
const EARLY: usize = 100;
const EXAGGERATION: f64 = 12.0;

/// A map in the making.
#[derive(Debug)]
pub(crate) struct Tsne {
    /// p_ij, symmetric, m × m, summing to 1.
    p: Array2<f64>,
    points: Vec<[f64; 2]>,
    velocity: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    round: usize,
}

impl Tsne {
    /// A map of m rows that starts at `start`, one point a row.
    pub(crate) fn new(rows: ArrayView2<'_, f32>, start: &[[f64; 2]]) -> Self {
        let m = rows.nrows();
        let spread = start.iter().flatten().fold(f64::MIN_POSITIVE, |most, v| most.max(v.abs()));
        // So small that the first rounds decide where points go; equal rows are held apart.
        let place = |(i, point): (usize, &[f64; 2])| {
            let angle = i as f64 * 2.399_963;
            [
                point[0] / spread * 1e-2 + 1e-5 * angle.cos(),
                point[1] / spread * 1e-2 + 1e-5 * angle.sin(),
            ]
        };
        Self {
            p: joint(rows),
            points: start.iter().enumerate().map(place).collect(),
            velocity: vec![[0.0; 2]; m],
            gains: vec![[1.0; 2]; m],
            round: 0,
        }
    }

    pub(crate) fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// Rounds done.
    pub(crate) fn round(&self) -> usize {
        self.round
    }

    /// One round of gradient descent: ∂C/∂y_i = 4 Σ_j (p_ij − q_ij)(y_i − y_j)/(1 + ‖y_i − y_j‖²).
    pub(crate) fn step(&mut self) {
        let m = self.points.len();
        let exaggeration = if self.round < EARLY { EXAGGERATION } else { 1.0 };
        let momentum = if self.round < EARLY { 0.5 } else { 0.8 };
        let rate = (m as f64 / EXAGGERATION).max(50.0);
        let mut total = 0.0;
        let mut attraction = vec![[0.0; 2]; m];
        let mut repulsion = vec![[0.0; 2]; m];
        for i in 0..m {
            let at = self.points[i];
            let p = self.p.row(i);
            for (j, to) in self.points.iter().enumerate() {
                let (dx, dy) = (at[0] - to[0], at[1] - to[1]);
                let near = 1.0 / (1.0 + dx * dx + dy * dy);
                total += near;
                let pull = p[j] * near;
                attraction[i][0] += pull * dx;
                attraction[i][1] += pull * dy;
                let push = near * near;
                repulsion[i][0] += push * dx;
                repulsion[i][1] += push * dy;
            }
        }
        // Each point met itself once, at distance 0.
        total -= m as f64;
        let total = total.max(f64::MIN_POSITIVE);
        for i in 0..m {
            for axis in 0..2 {
                let slope = 4.0 * (exaggeration * attraction[i][axis] - repulsion[i][axis] / total);
                let velocity = &mut self.velocity[i][axis];
                let gain = &mut self.gains[i][axis];
                let same = (slope > 0.0) == (*velocity > 0.0);
                *gain = if same { (*gain * 0.8).max(0.01) } else { *gain + 0.2 };
                *velocity = momentum * *velocity - rate * *gain * slope;
                self.points[i][axis] += *velocity;
            }
        }
        self.round += 1;
    }
}

/// p_ij: Gaussian neighbourhoods of one perplexity, made symmetric.
fn joint(rows: ArrayView2<'_, f32>) -> Array2<f64> {
    let m = rows.nrows();
    let wide = rows.mapv(f64::from);
    let squares: Vec<f64> = wide.rows().into_iter().map(|row| row.dot(&row)).collect();
    let products = wide.dot(&wide.t());
    let mut p = Array2::<f64>::zeros((m, m));
    let entropy = PERPLEXITY.min((m.max(2) - 1) as f64 / 3.0).max(1.0).ln();
    for i in 0..m {
        let distance = |j: usize| (squares[i] + squares[j] - 2.0 * products[[i, j]]).max(0.0);
        let distances: Vec<f64> = (0..m).map(distance).collect();
        let others = distances.iter().enumerate().filter(|(j, _)| *j != i);
        let nearest = others.map(|(_, d)| *d).fold(f64::INFINITY, f64::min);
        let (mut beta, mut low, mut high) = (1.0, 0.0, f64::INFINITY);
        for _ in 0..60 {
            let (mut sum, mut weighted) = (0.0, 0.0);
            for (j, distance) in distances.iter().enumerate().filter(|(j, _)| *j != i) {
                let weight = (-(distance - nearest) * beta).exp();
                p[[i, j]] = weight;
                sum += weight;
                weighted += weight * (distance - nearest);
            }
            if sum > 0.0 {
                p.row_mut(i).mapv_inplace(|weight| weight / sum);
            }
            let found =
                sum.max(f64::MIN_POSITIVE).ln() + beta * weighted / sum.max(f64::MIN_POSITIVE);
            if (found - entropy).abs() < 1e-5 {
                break;
            }
            if found > entropy {
                low = beta;
                beta = if high.is_finite() { f64::midpoint(beta, high) } else { beta * 2.0 };
            } else {
                high = beta;
                beta = f64::midpoint(beta, low);
            }
        }
        p[[i, i]] = 0.0;
    }
    let both = &p + &p.t();
    both / (2.0 * m.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bundles of rows, far from each other.
    fn bundles() -> (Array2<f32>, Vec<[f64; 2]>) {
        let rows = Array2::from_shape_fn((60, 5), |(i, j)| {
            let bundle = if j == i % 3 { 20.0 } else { 0.0 };
            bundle + ((i * 7 + j * 13) % 11) as f32 / 11.0
        });
        let start = (0..60).map(|i| [f64::from(i % 3), f64::from(i % 7) / 7.0]).collect();
        (rows, start)
    }

    #[test]
    fn neighbourhoods_are_symmetric_and_sum_to_one() {
        let p = joint(bundles().0.view());
        assert!((p.sum() - 1.0).abs() < 1e-9);
        assert!((&p - &p.t()).iter().all(|d| d.abs() < 1e-12));
    }

    #[test]
    fn bundles_stay_together_and_apart_and_repeat() {
        let (rows, start) = bundles();
        let run = || {
            let mut map = Tsne::new(rows.view(), &start);
            while map.round() < ROUNDS {
                map.step();
            }
            map.points().to_vec()
        };
        let points = run();
        assert_eq!(points, run());
        let distance = |i: usize, j: usize| {
            let (a, b): ([f64; 2], [f64; 2]) = (points[i], points[j]);
            ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
        };
        for i in 0..60 {
            let nearest = (0..60)
                .filter(|j| *j != i)
                .min_by(|a, b| distance(i, *a).total_cmp(&distance(i, *b)));
            assert_eq!(nearest.unwrap() % 3, i % 3, "point {i}");
        }
    }
}

//! Principal components: a map of the samples, layer by layer.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use ndarray_rand::RandomExt;
use ndarray_rand::rand_distr::StandardNormal;
use nn_core::rng;
use serde::Serialize;

/// Components that are drawn.
const COMPONENTS: usize = 2;
/// Most rounds of subspace iteration.
const ROUNDS: usize = 200;

/// Samples on the plane of their two principal components.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Projection {
    /// Where each sample lies, in the order they were given.
    pub points: Vec<[f64; 2]>,
    /// Share of the variance that each axis shows, 0 to 1.
    pub explained: [f64; 2],
}

/// Projects m rows of n features on their two principal components: the directions of most
/// variance (Pearson 1901).
///
/// They are found by subspace iteration from a fixed start; the signs are fixed so that the largest
/// loading of each axis is positive. Equal rows give equal points.
#[must_use]
pub fn principal_components(rows: ArrayView2<'_, f32>) -> Projection {
    let (m, n) = rows.dim();
    if m == 0 || n == 0 {
        return Projection { points: vec![[0.0; 2]; m], explained: [0.0; 2] };
    }
    let mut x = rows.mapv(f64::from);
    let mean = x.mean_axis(Axis(0)).expect("there are rows");
    x -= &mean;
    let total = x.iter().map(|v| v * v).sum::<f64>();
    let k = COMPONENTS.min(n);
    let mut stream = rng::stream(0, "principal components", 0);
    let mut axes = Array2::<f64>::random_using((n, k), StandardNormal, &mut stream);
    orthonormalize(&mut axes);
    for _ in 0..ROUNDS {
        let mut next = x.t().dot(&x.dot(&axes));
        orthonormalize(&mut next);
        let turned: f64 = (0..k).map(|i| 1.0 - next.column(i).dot(&axes.column(i)).abs()).sum();
        axes = next;
        if turned < 1e-12 {
            break;
        }
    }
    for mut axis in axes.columns_mut() {
        let largest = axis.iter().fold(0.0_f64, |l, &v| if v.abs() > l.abs() { v } else { l });
        if largest < 0.0 {
            axis.mapv_inplace(|v| -v);
        }
    }
    let scores = x.dot(&axes);
    let score = |row: usize, i: usize| if i < k { scores[[row, i]] } else { 0.0 };
    let explained = |i: usize| {
        let variance: f64 = (0..m).map(|row| score(row, i).powi(2)).sum();
        if total > 0.0 { variance / total } else { 0.0 }
    };
    Projection {
        points: (0..m).map(|row| [score(row, 0), score(row, 1)]).collect(),
        explained: [explained(0), explained(1)],
    }
}

/// Gram-Schmidt, column by column, twice for accuracy; a column that vanishes becomes 0.
fn orthonormalize(columns: &mut Array2<f64>) {
    for i in 0..columns.ncols() {
        let mut column: Array1<f64> = columns.column(i).to_owned();
        for _ in 0..2 {
            for before in 0..i {
                let other = columns.column(before);
                let along = other.dot(&column);
                column.scaled_add(-along, &other);
            }
        }
        let norm = column.dot(&column).sqrt();
        column.mapv_inplace(|v| if norm > 1e-300 { v / norm } else { 0.0 });
        columns.column_mut(i).assign(&column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_directions_of_most_variance_are_found() {
        // Points along (3, 4) with a little along (−4, 3), in a third dimension nothing.
        let along = [-2.0_f32, -1.0, 0.0, 1.0, 2.0];
        let across = [0.1_f32, -0.2, 0.2, -0.2, 0.1];
        let mut rows = Array2::zeros((5, 3));
        for (mut row, (t, s)) in rows.rows_mut().into_iter().zip(along.iter().zip(across)) {
            row[0] = 10.0 + 0.6 * t - 0.8 * s;
            row[1] = -5.0 + 0.8 * t + 0.6 * s;
        }
        let projection = principal_components(rows.view());
        for (point, (t, s)) in projection.points.iter().zip(along.iter().zip(across)) {
            assert!((point[0] - f64::from(*t)).abs() < 1e-5, "{point:?}");
            assert!((point[1].abs() - f64::from(s).abs()).abs() < 1e-5, "{point:?}");
        }
        assert!((projection.explained[0] + projection.explained[1] - 1.0).abs() < 1e-9);
        assert!(projection.explained[0] > 0.98);
    }

    #[test]
    fn nothing_and_sameness_are_no_trouble() {
        assert!(principal_components(Array2::zeros((0, 3)).view()).points.is_empty());
        let same = principal_components(Array2::ones((4, 3)).view());
        assert_eq!(same, Projection { points: vec![[0.0; 2]; 4], explained: [0.0; 2] });
        let single = principal_components(array![[1.0_f32], [3.0]].view());
        assert_eq!(single.points, [[-1.0, 0.0], [1.0, 0.0]]);
    }
}

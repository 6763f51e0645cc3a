//! Images made harder: noise, rotation, thicker and thinner strokes.

#![allow(clippy::cast_possible_wrap, reason = "rows and columns of an image are small")]

use ndarray_rand::rand_distr::{Distribution, StandardNormal};
use nn_core::rng;
use serde::Serialize;

/// A way to make images harder, and how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Perturbation {
    /// Gaussian noise of a standard deviation, in shares of the range from black to white.
    Noise,
    /// Rotation around the middle, in degrees, counter-clockwise.
    Rotation,
    /// Strokes thicker (above 0) or thinner (below 0) on each side, in pixels.
    StrokeWidth,
}

impl Perturbation {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Noise, Self::Rotation, Self::StrokeWidth];

    /// Amounts worth measuring, from the least to the most.
    #[must_use]
    pub fn usual_amounts(self) -> &'static [f64] {
        match self {
            Self::Noise => &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0],
            Self::Rotation => {
                &[-60.0, -45.0, -30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 45.0, 60.0]
            }
            Self::StrokeWidth => &[-1.0, -0.75, -0.5, -0.25, 0.0, 0.5, 1.0, 1.5, 2.0],
        }
    }

    /// The image changed by so much. `image` holds `columns` pixels a row, from 0 (background) to
    /// 1, and so does the result. `sample` chooses the noise: the same sample always gets the same.
    #[must_use]
    pub fn apply(self, image: &[f32], columns: usize, amount: f64, sample: u64) -> Vec<f32> {
        match self {
            _ if amount == 0.0 => image.to_vec(),
            Self::Noise => noisy(image, amount, sample),
            Self::Rotation => rotated(image, columns, amount),
            Self::StrokeWidth => restroked(image, columns, amount),
        }
    }
}

fn noisy(image: &[f32], deviation: f64, sample: u64) -> Vec<f32> {
    let mut stream = rng::stream(0, "robustness noise", sample);
    image
        .iter()
        .map(|&pixel| {
            let noise: f64 = StandardNormal.sample(&mut stream);
            (pixel + (noise * deviation) as f32).clamp(0.0, 1.0)
        })
        .collect()
}

/// Each pixel takes the bilinear value at where it was before the rotation; outside it is 0.
fn rotated(image: &[f32], columns: usize, degrees: f64) -> Vec<f32> {
    let rows = image.len() / columns.max(1);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = ((columns as f64 - 1.0) / 2.0, (rows as f64 - 1.0) / 2.0);
    let at = |x: i64, y: i64| {
        let inside = (0..columns as i64).contains(&x) && (0..rows as i64).contains(&y);
        if inside { f64::from(image[y as usize * columns + x as usize]) } else { 0.0 }
    };
    let pixels = 0..rows * columns;
    pixels
        .map(|i| {
            let (dx, dy) = ((i % columns) as f64 - middle_x, (i / columns) as f64 - middle_y);
            // y points down, so counter-clockwise to the eye is this way round.
            let (x, y) = (middle_x + cos * dx - sin * dy, middle_y + sin * dx + cos * dy);
            let (left, top) = (x.floor(), y.floor());
            let (fx, fy) = (x - left, y - top);
            let (left, top) = (left as i64, top as i64);
            let upper = at(left, top) * (1.0 - fx) + at(left + 1, top) * fx;
            let lower = at(left, top + 1) * (1.0 - fx) + at(left + 1, top + 1) * fx;
            (upper * (1.0 - fy) + lower * fy) as f32
        })
        .collect()
}

/// Grey dilation or erosion by a disc; a part of a pixel mixes the two nearest whole radii.
fn restroked(image: &[f32], columns: usize, amount: f64) -> Vec<f32> {
    let whole = amount.abs().floor();
    let part = (amount.abs() - whole) as f32;
    let near = morphed(image, columns, whole as i64, amount > 0.0);
    if part == 0.0 {
        return near;
    }
    let far = morphed(image, columns, whole as i64 + 1, amount > 0.0);
    near.iter().zip(&far).map(|(near, far)| near + part * (far - near)).collect()
}

fn morphed(image: &[f32], columns: usize, radius: i64, grow: bool) -> Vec<f32> {
    let rows = (image.len() / columns.max(1)) as i64;
    let width = columns as i64;
    let disc: Vec<(i64, i64)> = (-radius..=radius)
        .flat_map(|y| (-radius..=radius).map(move |x| (x, y)))
        // A radius of r reaches r pixels straight on and half a pixel more at a slant.
        .filter(|(x, y)| (x * x + y * y) as f64 <= (radius as f64 + 0.5).powi(2))
        .collect();
    (0..rows * width)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let values = disc.iter().map(|(dx, dy)| {
                let (x, y) = (x + dx, y + dy);
                let inside = (0..width).contains(&x) && (0..rows).contains(&y);
                if inside { image[(y * width + x) as usize] } else { 0.0 }
            });
            if grow { values.fold(0.0, f32::max) } else { values.fold(1.0, f32::min) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(image: &[f32]) -> f32 {
        image.iter().sum()
    }

    /// A vertical bar of 3 pixels in 9 × 9.
    fn bar() -> Vec<f32> {
        (0..81)
            .map(|i| if (3..6).contains(&(i % 9)) && i > 17 && i < 63 { 1.0 } else { 0.0 })
            .collect()
    }

    #[test]
    fn nothing_changes_nothing() {
        for way in Perturbation::ALL {
            assert_eq!(way.apply(&bar(), 9, 0.0, 1), bar());
            assert!(way.usual_amounts().contains(&0.0) && way.usual_amounts().is_sorted());
        }
    }

    #[test]
    fn strokes_grow_and_shrink() {
        let thick = Perturbation::StrokeWidth.apply(&bar(), 9, 1.0, 0);
        let thin = Perturbation::StrokeWidth.apply(&bar(), 9, -1.0, 0);
        let between = Perturbation::StrokeWidth.apply(&bar(), 9, -0.5, 0);
        assert_eq!((ink(&thick), ink(&thin)), (35.0, 3.0));
        assert_eq!(ink(&between), f32::midpoint(ink(&bar()), ink(&thin)));
    }

    #[test]
    fn a_quarter_turn_moves_pixels_where_they_belong() {
        // The pixel right of the middle goes above it: counter-clockwise to the eye.
        let mut image = vec![0.0; 9];
        image[5] = 1.0;
        let turned = Perturbation::Rotation.apply(&image, 3, 90.0, 0);
        let expected = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        for (a, b) in turned.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{turned:?}");
        }
    }

    #[test]
    fn noise_belongs_to_the_sample() {
        let noisy = |sample| Perturbation::Noise.apply(&bar(), 9, 0.3, sample);
        assert_eq!(noisy(1), noisy(1));
        assert_ne!(noisy(1), noisy(2));
        assert!(noisy(1).iter().all(|p| (0.0..=1.0).contains(p)));
    }
}

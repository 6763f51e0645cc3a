//! Images with a border of background, looked up between their pixels.

/// An image of numbers from 0 to 255 with a border of 0: one pixel before and two after every row
/// and column, so that each place from one pixel before the image to one after it has four
/// neighbours.
#[derive(Debug, Clone)]
pub(super) struct BorderedImage {
    rows: usize,
    columns: usize,
    pixels: Vec<f32>,
}

/// How many places are looked up together, so that the compiler computes on vectors.
pub(super) const LANES: usize = 8;

/// Pixels of border before the first column and row.
const BEFORE: usize = 1;
/// Pixels of border in all.
const BORDER: usize = 3;

impl BorderedImage {
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, pixels: vec![0.0; (rows + BORDER) * (columns + BORDER)] }
    }

    fn stride(&self) -> usize {
        self.columns + BORDER
    }

    /// Takes over `image`: `rows` × `columns` bytes.
    pub(super) fn copy_from(&mut self, image: &[u8]) {
        let stride = self.stride();
        let rows = self.pixels.chunks_exact_mut(stride).skip(BEFORE);
        for (to, from) in rows.zip(image.chunks_exact(self.columns)) {
            for (to, &from) in to[BEFORE..].iter_mut().zip(from) {
                *to = f32::from(from);
            }
        }
    }

    /// The values at columns `x` and rows `y`, interpolated bilinearly and rounded; 0 outside the
    /// image. The three slices have one length, a multiple of [`LANES`].
    pub(super) fn look_up(&self, x: &[f32], y: &[f32], values: &mut [u8]) {
        let places = x.chunks_exact(LANES).zip(y.chunks_exact(LANES));
        for ((x, y), values) in places.zip(values.chunks_exact_mut(LANES)) {
            values.copy_from_slice(&self.look_up_block(
                x.try_into().expect("a chunk of LANES elements"),
                y.try_into().expect("a chunk of LANES elements"),
            ));
        }
    }

    fn look_up_block(&self, x: &[f32; LANES], y: &[f32; LANES]) -> [u8; LANES] {
        let stride = self.stride();
        let (last_x, last_y) = (self.columns as f32, self.rows as f32);
        let (mut first, mut right, mut down) = ([0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            // Whatever is further away is as black as the border. After moving the origin into
            // the border no coordinate is negative.
            let (column, x) = split(within(x[lane], last_x) + BEFORE as f32);
            let (row, y) = split(within(y[lane], last_y) + BEFORE as f32);
            (right[lane], down[lane]) = (x, y);
            first[lane] = row * stride as u32 + column;
        }
        let mut neighbours = [[0.0; LANES]; 4];
        for (lane, &first) in first.iter().enumerate() {
            let square = &self.pixels[first as usize..][..stride + 2];
            neighbours[0][lane] = square[0];
            neighbours[1][lane] = square[1];
            neighbours[2][lane] = square[stride];
            neighbours[3][lane] = square[stride + 1];
        }
        let mut values = [0; LANES];
        for lane in 0..LANES {
            let [a, b, c, d] = neighbours.map(|values| values[lane]);
            let upper = a + right[lane] * (b - a);
            let lower = c + right[lane] * (d - c);
            values[lane] = round(upper + down[lane] * (lower - upper)).1 as u8;
        }
        values
    }
}

/// Limits a coordinate to what [`BorderedImage`] has neighbours for.
#[inline]
fn within(coordinate: f32, last: f32) -> f32 {
    let coordinate = if coordinate > -1.0 { coordinate } else { -1.0 };
    if coordinate < last { coordinate } else { last }
}

/// 1.5 · 2²³: a float of this size has no room for a fraction, so adding it rounds to a whole
/// number, which then stands in the lowest bits. Casts of floats to integers saturate, for which
/// SSE2 has no vector instructions; this way the compiler needs none.
const ROUNDER: f32 = 12_582_912.0;

/// The whole number nearest to `value`, as a float and as an integer. Of two equally near it is
/// the even one. For values from −0.5 to 2²².
#[inline]
fn round(value: f32) -> (f32, u32) {
    let sum = value + ROUNDER;
    (sum - ROUNDER, sum.to_bits().wrapping_sub(ROUNDER.to_bits()))
}

/// A whole number and what `coordinate` is above it, from 0 to 1 *inclusive*: a coordinate that is
/// whole may be all of the way from the number before, which interpolates to the same.
#[inline]
fn split(coordinate: f32) -> (u32, f32) {
    let (below, integer) = round(coordinate - 0.5);
    (integer, coordinate - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &BorderedImage, x: f32, y: f32, expected: u8) {
        let mut values = [99; LANES];
        image.look_up(&[x; LANES], &[y; LANES], &mut values);
        assert_eq!(values, [expected; LANES], "({x}, {y})");
    }

    #[test]
    fn values_are_interpolated_and_zero_outside() {
        let mut image = BorderedImage::new(2, 3);
        image.copy_from(&[0, 100, 200, 40, 60, 255]);
        for (x, y, expected) in [
            (0.0, 0.0, 0),
            (1.0, 0.0, 100),
            (2.0, 1.0, 255),
            (0.5, 0.0, 50),
            (0.0, 0.25, 10),
            (0.5, 0.5, 50),
            // Halfway to the background, and rounded to even.
            (2.5, 1.0, 128),
            (2.0, 1.5, 128),
            (-0.5, 1.0, 20),
            (-1.0, 1.0, 0),
            (3.0, 1.0, 0),
            (2.0, 2.0, 0),
            (2.0, -1.0, 0),
            (1e30, f32::INFINITY, 0),
            (f32::NEG_INFINITY, -1e30, 0),
            (f32::NAN, f32::NAN, 0),
        ] {
            check(&image, x, y, expected);
        }
    }

    #[test]
    fn every_pixel_is_found_again() {
        let pixels: Vec<u8> = (0..=255).collect();
        let mut image = BorderedImage::new(8, 32);
        image.copy_from(&pixels);
        for (i, &pixel) in pixels.iter().enumerate() {
            check(&image, (i % 32) as f32, (i / 32) as f32, pixel);
        }
    }

    #[test]
    fn the_next_image_replaces_the_last() {
        let mut image = BorderedImage::new(2, 2);
        image.copy_from(&[255; 4]);
        image.copy_from(&[1, 2, 3, 4]);
        for (x, y, expected) in [(0., 0., 1), (1., 0., 2), (0., 1., 3), (1., 1., 4), (2., 2., 0)] {
            check(&image, x, y, expected);
        }
    }
}

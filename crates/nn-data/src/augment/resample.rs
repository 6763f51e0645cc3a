//! Resampling: the whole map of an image, affine part and displacement, applied in one go.

use super::affine::InverseMap;
use super::image::{BorderedImage, LANES};

/// Smoothed displacement fields, in pixels once multiplied by α.
#[derive(Debug, Clone, Copy)]
pub(super) struct Displacement<'a> {
    /// To the right and down; a row begins every `stride` elements.
    pub(super) fields: [&'a [f32]; 2],
    pub(super) stride: usize,
    pub(super) alpha: f32,
}

/// The buffers of resampling images of one shape.
#[derive(Debug, Clone)]
pub(super) struct Resampler {
    image: BorderedImage,
    columns: usize,
    /// 0, 1, 2, …: the columns of a row, and on to a whole number of vectors as in what follows.
    column_numbers: Vec<f32>,
    /// Where a row's pixels are looked up: x and y.
    places: [Vec<f32>; 2],
    /// What was found there.
    values: Vec<u8>,
}

impl Resampler {
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        let width = columns.next_multiple_of(LANES);
        Self {
            image: BorderedImage::new(rows, columns),
            columns,
            column_numbers: (0..width).map(|column| column as f32).collect(),
            places: [vec![0.0; width], vec![0.0; width]],
            values: vec![0; width],
        }
    }

    /// Looks up every pixel of `out` in `image` where `map` and `displacement` say.
    pub(super) fn resample(
        &mut self,
        image: &[u8],
        map: InverseMap,
        displacement: Option<Displacement>,
        out: &mut [u8],
    ) {
        self.image.copy_from(image);
        for (row, out) in out.chunks_exact_mut(self.columns).enumerate() {
            for (places, m) in self.places.iter_mut().zip([map.x, map.y]) {
                let start = m[1] * row as f32 + m[2];
                for (place, column) in places.iter_mut().zip(&self.column_numbers) {
                    *place = m[0] * column + start;
                }
            }
            if let Some(Displacement { fields, stride, alpha }) = displacement {
                for (places, field) in self.places.iter_mut().zip(fields) {
                    for (place, by) in places.iter_mut().zip(&field[row * stride..][..stride]) {
                        *place += alpha * by;
                    }
                }
            }
            self.image.look_up(&self.places[0], &self.places[1], &mut self.values);
            out.copy_from_slice(&self.values[..self.columns]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::augmenter::Key;
    use super::super::stream::ImageStream;
    use super::*;

    const ROWS: usize = 9;
    const COLUMNS: usize = 13;

    /// The definition, in double precision: the background is everything outside the image.
    fn naive(image: &[u8], x: f64, y: f64) -> f64 {
        let pixel = |column: f64, row: f64| {
            let inside =
                (0.0..COLUMNS as f64).contains(&column) && (0.0..ROWS as f64).contains(&row);
            if inside { f64::from(image[row as usize * COLUMNS + column as usize]) } else { 0.0 }
        };
        let (column, row) = (x.floor(), y.floor());
        let (right, down) = (x - column, y - row);
        (1.0 - right) * (1.0 - down) * pixel(column, row)
            + right * (1.0 - down) * pixel(column + 1.0, row)
            + (1.0 - right) * down * pixel(column, row + 1.0)
            + right * down * pixel(column + 1.0, row + 1.0)
    }

    #[test]
    fn each_pixel_shows_where_the_map_and_the_displacement_lead() {
        let mut stream = ImageStream::new(5, Key { epoch: 0, sample: 0 });
        let mut noise = || stream.sign_unit() as f32;
        let stride = COLUMNS + 3;
        for _ in 0..50 {
            let image: Vec<u8> =
                (0..ROWS * COLUMNS).map(|_| (noise() * 128.0 + 128.0) as u8).collect();
            let map = InverseMap {
                x: [1.0 + noise(), noise(), 3.0 * noise()],
                y: [noise(), 1.0 + noise(), 3.0 * noise()],
            };
            let fields = [(); 2].map(|()| (0..ROWS * stride).map(|_| noise()).collect::<Vec<_>>());
            let displacement =
                Displacement { fields: [&fields[0], &fields[1]], stride, alpha: 2.5 };
            let mut out = vec![0; ROWS * COLUMNS];
            Resampler::new(ROWS, COLUMNS).resample(&image, map, Some(displacement), &mut out);
            for (i, &found) in out.iter().enumerate() {
                let (row, column) = (i / COLUMNS, i % COLUMNS);
                let place = |m: [f32; 3], field: &[f32]| {
                    let [a, b, c] = m.map(f64::from);
                    let by = 2.5 * f64::from(field[row * stride + column]);
                    a * column as f64 + b * row as f64 + c + by
                };
                let expected = naive(&image, place(map.x, &fields[0]), place(map.y, &fields[1]));
                assert!(
                    (f64::from(found) - expected).abs() < 0.501,
                    "{found}, expected {expected}"
                );
            }
        }
    }
}

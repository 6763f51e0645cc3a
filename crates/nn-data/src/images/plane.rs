//! A picture as numbers, and the resampling of an image to another size.

use std::ops::Range;

use super::GreyImage;

/// A rectangle of numbers, row by row.
pub(super) struct Plane {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
}

/// A rectangle of an image, and the number that each grey value stands for. The image itself is
/// never turned into numbers as a whole: a photograph would take four times its bytes.
pub(super) struct View<'i> {
    pub(super) image: &'i GreyImage,
    /// Rows and columns of the image, neither of them none.
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    pub(super) number: [f32; 256],
}

impl View<'_> {
    /// The same picture in another size. Shrinking averages all pixels that fall together, growing
    /// interpolates (a triangle filter as wide as the larger of both pixels).
    ///
    /// Beside the result this takes memory for two rows, and 8 bytes for each column.
    pub(super) fn resized(&self, rows: usize, columns: usize) -> Plane {
        let filter = Filter { from: self.columns.len(), to: columns };
        let across: Vec<(usize, Vec<f32>)> = (0..columns)
            .map(|i| {
                let window = filter.window(i);
                (window.first, (window.first..window.end).map(|j| window.weight(j)).collect())
            })
            .collect();
        let down = Filter { from: self.rows.len(), to: rows };
        let mut windows = (0..rows).map(|i| (i, down.window(i))).peekable();
        // The windows that a row falls into; those of neighbours overlap.
        let mut open = std::collections::VecDeque::new();
        let mut values = vec![0.0; rows * columns];
        let mut narrow = vec![0.0; columns];
        for row in 0..self.rows.len() {
            while let Some(window) = windows.next_if(|(_, window)| window.first <= row) {
                open.push_back(window);
            }
            while open.front().is_some_and(|(_, window)| window.end <= row) {
                open.pop_front();
            }
            if open.is_empty() {
                continue;
            }
            let start = (self.rows.start + row) * self.image.width();
            let pixels = &self.image.pixels()[start..][self.columns.clone()];
            for (out, (first, weights)) in narrow.iter_mut().zip(&across) {
                let numbers = pixels[*first..].iter().map(|&pixel| self.number[usize::from(pixel)]);
                *out = numbers.zip(weights).map(|(v, w)| v * w).sum::<f32>();
            }
            for (i, window) in open.iter().filter(|(_, window)| row < window.end) {
                let weight = window.weight(row);
                let out = &mut values[i * columns..][..columns];
                out.iter_mut().zip(&narrow).for_each(|(out, value)| *out += weight * value);
            }
        }
        Plane { rows, columns, values }
    }
}

/// Which of `from` pixels each of `to` pixels is made of.
struct Filter {
    from: usize,
    to: usize,
}

/// The pixels that one pixel of another size is made of, and their weights, which sum to 1.
struct Window {
    first: usize,
    end: usize,
    centre: f64,
    reach: f64,
    sum: f64,
}

impl Filter {
    fn window(&self, i: usize) -> Window {
        let scale = self.from as f64 / self.to as f64;
        let reach = scale.max(1.0);
        let centre = (i as f64 + 0.5) * scale;
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).min(self.from);
        let mut window = Window { first, end, centre, reach, sum: 1.0 };
        window.sum = (first..end).map(|j| window.raw(j)).sum();
        window
    }
}

impl Window {
    fn raw(&self, j: usize) -> f64 {
        (1.0 - (j as f64 + 0.5 - self.centre).abs() / self.reach).max(0.0)
    }

    fn weight(&self, j: usize) -> f32 {
        (self.raw(j) / self.sum) as f32
    }
}

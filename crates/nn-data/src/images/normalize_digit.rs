//! Brings a picture of a digit into the form of MNIST's digits.
//!
//! MNIST's digits are light on black, scaled with their proportions kept to fit a box of 20×20
//! pixels, and placed so that their centre of mass falls on the pixel in row 14, column 14 of 28×28,
//! counted from 0 (LeCun et al. 1998; which of the middle pixels it is was measured on MNIST itself).
//! A network that learnt from such digits misreads those that aren't so.

use super::{GreyImage, Plane, View};

/// A digit as MNIST has them, and what was done to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NormalizedDigit {
    /// Light on black, of the shape asked for.
    pub image: GreyImage,
    /// The background was bright, so black and white were exchanged.
    pub inverted: bool,
    /// The digit was scaled and centred.
    pub fitted: bool,
}

/// A picture in which nothing stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a digit on a plain background, found a blank image")]
pub struct BlankImage;

/// Contrast below which a picture counts as blank, in grey values.
const LEAST_CONTRAST: u8 = 32;

/// Share of the contrast below which a pixel counts as background.
const INK: f64 = 0.1;

/// Share of the side that the digit's box takes: 20 of 28 pixels.
const BOX: f64 = 20.0 / 28.0;

/// Normalises a picture to `rows` × `columns` pixels.
///
/// The background is what most of the border shows; a bright one is inverted. A picture that has the
/// size already and a dark background is taken for a finished digit and stays as it is.
///
/// # Errors
///
/// [`BlankImage`] if the contrast is too low to tell a digit from its background.
///
/// # Panics
///
/// If `rows` or `columns` is 0.
pub fn normalize_digit(
    picture: GreyImage,
    rows: usize,
    columns: usize,
) -> Result<NormalizedDigit, BlankImage> {
    assert!(rows > 0 && columns > 0, "a digit has pixels");
    let inverted = border_median(&picture) > 127;
    let picture = if inverted { picture.inverted() } else { picture };
    let background = border_median(&picture);
    let brightest = picture.pixels().iter().copied().max().unwrap_or(0);
    if brightest.saturating_sub(background) < LEAST_CONTRAST {
        return Err(BlankImage);
    }
    if !inverted && (picture.height(), picture.width()) == (rows, columns) {
        return Ok(NormalizedDigit { image: picture, inverted, fitted: false });
    }
    let digit = View::of_ink(&picture, background, brightest);
    let (box_rows, box_columns) = (rows as f64 * BOX, columns as f64 * BOX);
    let scale = (box_rows / digit.rows.len() as f64).min(box_columns / digit.columns.len() as f64);
    let side =
        |length: usize, limit: usize| ((length as f64 * scale).round() as usize).clamp(1, limit);
    let digit = digit.resized(side(digit.rows.len(), rows), side(digit.columns.len(), columns));
    let image = digit.centred(rows, columns).to_image();
    Ok(NormalizedDigit { image, inverted, fitted: true })
}

/// The median grey value of the outermost pixels.
fn border_median(image: &GreyImage) -> u8 {
    let (width, height) = (image.width(), image.height());
    let mut counts = [0_usize; 256];
    for (y, row) in image.pixels().chunks_exact(width).enumerate() {
        if y == 0 || y + 1 == height {
            for &pixel in row {
                counts[usize::from(pixel)] += 1;
            }
        } else {
            counts[usize::from(row[0])] += 1;
            counts[usize::from(row[width - 1])] += 1;
        }
    }
    let half = counts.iter().sum::<usize>() / 2;
    let mut seen = 0;
    let median = counts.iter().position(|&count| {
        seen += count;
        seen > half
    });
    median.unwrap_or(0) as u8
}

// A digit as numbers from 0 (background) to 1 (full ink).
impl<'i> View<'i> {
    /// The smallest rectangle that holds all ink, of which there is some, and how much ink each grey
    /// value shows: 0 at the background's grey, 1 at the brightest.
    fn of_ink(image: &'i GreyImage, background: u8, brightest: u8) -> Self {
        let contrast = f64::from(brightest - background);
        let number: [f32; 256] = std::array::from_fn(|grey| {
            let share = grey.saturating_sub(background.into()) as f64 / contrast;
            if share < INK { 0.0 } else { share as f32 }
        });
        let is_ink = |&pixel: &u8| number[usize::from(pixel)] > 0.0;
        let (mut top, mut bottom, mut left, mut right) = (image.height(), 0, image.width(), 0);
        for (row, pixels) in image.pixels().chunks_exact(image.width()).enumerate() {
            if let Some(first) = pixels.iter().position(is_ink) {
                let last = pixels.iter().rposition(is_ink).unwrap_or(first);
                (top, bottom) = (top.min(row), row);
                (left, right) = (left.min(first), right.max(last));
            }
        }
        Self { image, rows: top..bottom + 1, columns: left..right + 1, number }
    }
}

impl Plane {
    /// The picture on an empty one of this size, its centre of mass on the middle pixel (of two, the
    /// latter) or as near as the border allows.
    fn centred(&self, rows: usize, columns: usize) -> Self {
        let (mut mass, mut down, mut right) = (0.0_f64, 0.0, 0.0);
        for (i, &value) in self.values.iter().enumerate() {
            let value = f64::from(value);
            mass += value;
            down += value * (i / self.columns) as f64;
            right += value * (i % self.columns) as f64;
        }
        let place = |length: usize, outer: usize, moment: f64| {
            let middle = (outer / 2) as f64;
            let offset = (middle - moment / mass).round().max(0.0) as usize;
            offset.min(outer - length)
        };
        let top = place(self.rows, rows, down);
        let left = place(self.columns, columns, right);
        let mut values = vec![0.0; rows * columns];
        for (y, row) in self.values.chunks_exact(self.columns).enumerate() {
            let start = (top + y) * columns + left;
            values[start..start + self.columns].copy_from_slice(row);
        }
        Self { rows, columns, values }
    }

    fn to_image(&self) -> GreyImage {
        let brightest = self.values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let grey = |&value: &f32| (value / brightest * 255.0).round() as u8;
        let pixels = self.values.iter().map(grey).collect();
        GreyImage::new(self.columns, self.rows, pixels).expect("as many pixels as rows × columns")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture with a filled rectangle of ink.
    fn rectangle(
        (width, height): (usize, usize),
        (left, top): (usize, usize),
        (across, down): (usize, usize),
        (paper, ink): (u8, u8),
    ) -> GreyImage {
        let mut pixels = vec![paper; width * height];
        for y in top..top + down {
            pixels[y * width + left..][..across].fill(ink);
        }
        GreyImage::new(width, height, pixels).unwrap()
    }

    /// Rows and columns that hold ink, first and last.
    fn extent(image: &GreyImage) -> (usize, usize, usize, usize) {
        let lit: Vec<usize> =
            (0..image.pixels().len()).filter(|&i| image.pixels()[i] > 40).collect();
        let column = |i: &usize| i % image.width();
        (
            lit[0] / image.width(),
            lit[lit.len() - 1] / image.width(),
            lit.iter().map(column).min().unwrap(),
            lit.iter().map(column).max().unwrap(),
        )
    }

    #[test]
    fn a_tall_digit_fills_the_box_and_stands_in_the_middle() {
        // 40 × 100 pixels of ink in a corner become 8 × 20 in the middle of 28 × 28.
        let picture = rectangle((300, 200), (250, 5), (40, 100), (255, 0));
        let digit = normalize_digit(picture, 28, 28).unwrap();
        assert!(digit.inverted && digit.fitted);
        assert_eq!(extent(&digit.image), (5, 24, 11, 18));
    }

    #[test]
    fn small_and_faint_digits_grow() {
        let picture = rectangle((12, 12), (1, 1), (5, 5), (100, 150));
        let digit = normalize_digit(picture, 28, 28).unwrap();
        assert!(!digit.inverted);
        assert_eq!(extent(&digit.image), (5, 24, 5, 24));
        assert_eq!(digit.image.pixels().iter().max(), Some(&255));
    }

    #[test]
    fn a_finished_digit_stays_as_it_is() {
        let picture = rectangle((28, 28), (0, 3), (5, 5), (0, 200));
        let digit = normalize_digit(picture.clone(), 28, 28).unwrap();
        assert_eq!((digit.image, digit.fitted), (picture, false));
    }

    #[test]
    fn digits_of_mnist_come_out_as_they_are() {
        // Inverted they are pictures like any other; their box and centre must be found again.
        let (_, test) = crate::sample::load();
        let crate::Features::U8(digits) = test.features() else { panic!("pixels are bytes") };
        let mut moved = 0;
        for row in digits.rows() {
            let original = GreyImage::new(28, 28, row.to_vec()).unwrap();
            let digit = normalize_digit(original.clone().inverted(), 28, 28).unwrap();
            assert!(digit.inverted && digit.fitted);
            let pairs = digit.image.pixels().iter().zip(original.pixels());
            // The faintest pixels are taken for paper; all others stay.
            moved += usize::from(pairs.map(|(a, b)| a.abs_diff(*b)).max() > Some(26));
        }
        // Losing faint pixels moves the centre of mass of a few across the middle between pixels.
        assert!(moved < 30, "{moved} of 1,000 moved");
    }

    #[test]
    fn blank_pictures_are_refused() {
        for grey in [0, 128, 255] {
            let picture = rectangle((30, 30), (0, 0), (0, 0), (grey, grey));
            assert_eq!(normalize_digit(picture, 28, 28), Err(BlankImage));
        }
    }

    proptest! {
        #[test]
        fn any_picture_gives_a_digit_of_the_shape_or_is_blank(
            width in 1_usize..40,
            pixels in prop::collection::vec(any::<u8>(), 1..600),
            rows in 1_usize..30,
            columns in 1_usize..30,
        ) {
            prop_assume!(pixels.len() >= width);
            let height = pixels.len() / width;
            let picture = GreyImage::new(width, height, pixels[..width * height].to_vec()).unwrap();
            if let Ok(digit) = normalize_digit(picture, rows, columns) {
                prop_assert_eq!((digit.image.height(), digit.image.width()), (rows, columns));
                prop_assert!(digit.image.pixels().iter().any(|&pixel| pixel > 0));
            }
        }
    }
}

//! A picture of many samples: a row of images for each class.

use super::{GreyImage, ImageError};
use crate::{Dataset, Features};

/// Pixels between two images.
const GAP: usize = 2;

/// Grey of what is between images, so that black and white borders are seen.
const GROUND: u8 = 64;

/// Draws the first `per_class` images of each class, a row per class, each pixel `zoom` pixels wide;
/// `None` if the samples are no images of bytes.
///
/// # Errors
///
/// [`ImageError::TooLarge`] if the picture would be.
pub fn gallery(
    dataset: &Dataset,
    per_class: usize,
    zoom: usize,
) -> Result<Option<GreyImage>, ImageError> {
    let (Some((rows, columns)), Features::U8(pixels)) = (dataset.image_shape(), dataset.features())
    else {
        return Ok(None);
    };
    let mut samples_of = vec![Vec::new(); dataset.num_classes()];
    for (sample, class) in dataset.labels().iter().enumerate() {
        if samples_of[class].len() < per_class {
            samples_of[class].push(sample);
        }
    }
    let across = samples_of.iter().map(Vec::len).max().unwrap_or(0);
    let side = |count: usize, length: usize| {
        length.saturating_mul(zoom).saturating_add(GAP).saturating_mul(count).saturating_add(GAP)
    };
    let (width, height) = (side(across, columns), side(samples_of.len(), rows));
    super::check_size(width, height)?;
    let mut picture = vec![GROUND; width * height];
    for (class, samples) in samples_of.iter().enumerate() {
        for (place, &sample) in samples.iter().enumerate() {
            let (top, left) =
                (GAP + class * (rows * zoom + GAP), GAP + place * (columns * zoom + GAP));
            let image = pixels.row(sample);
            for y in 0..rows * zoom {
                let start = (top + y) * width + left;
                for (x, out) in picture[start..start + columns * zoom].iter_mut().enumerate() {
                    *out = image[y / zoom * columns + x / zoom];
                }
            }
        }
    }
    GreyImage::new(width, height, picture).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_each_class() {
        let (train, _) = crate::sample::load();
        let picture = gallery(&train, 3, 2).unwrap().unwrap();
        assert_eq!((picture.width(), picture.height()), (2 + 3 * 58, 2 + 10 * 58));
        // The second image of class 0 is sample 10; its pixel (14, 9) is four pixels here.
        let Features::U8(pixels) = train.features() else { panic!("pixels are bytes") };
        let at = |x: usize, y: usize| picture.pixels()[y * picture.width() + x];
        let (x, y) = (2 + 58 + 2 * 9, 2 + 2 * 14);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            assert_eq!(at(x + dx, y + dy), pixels[(10, 14 * 28 + 9)]);
        }
        assert!(gallery(&train, 500, 1000).is_err());
    }
}

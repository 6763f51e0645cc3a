//! The book's expanded training data: every image five times, four of them shifted by one pixel.

use ndarray::Array2;

use super::check::AugmentationError;
use crate::dataset::{Dataset, Features};

/// Five times as many images: each as it is, then moved by one pixel down, up, right and left, as
/// the book's `expand_mnist.py` does. What enters the image is 0; what leaves it is lost.
///
/// The five stand one after the other and aren't shuffled: training shuffles.
///
/// # Errors
///
/// [`AugmentationError::NotImages`] for a dataset of floats or without image shape.
///
/// # Panics
///
/// Never: a dataset is row-major, and five copies of it are a dataset too.
///
/// ```
/// # fn main() -> Result<(), nn_data::AugmentationError> {
/// let digits = nn_data::sample::splits().test;
/// let expanded = nn_data::augment::expand_mnist(&digits)?;
/// assert_eq!(expanded.len(), 5 * digits.len());
/// assert_eq!(expanded.labels().get(5), digits.labels().get(1));
/// # Ok(())
/// # }
/// ```
pub fn expand_mnist(dataset: &Dataset) -> Result<Dataset, AugmentationError> {
    let not_images = |found| AugmentationError::NotImages { dataset: dataset.name().into(), found };
    let Features::U8(images) = dataset.features() else { return Err(not_images("floats")) };
    let (rows, columns) =
        dataset.image_shape().ok_or_else(|| not_images("bytes without image shape"))?;
    let pixels = rows * columns;
    let mut expanded = Vec::with_capacity(5 * images.len());
    for image in images.rows() {
        let image = image.to_slice().expect("datasets are row-major");
        expanded.extend_from_slice(image);
        // Down and up: rows of background come in.
        expanded.resize(expanded.len() + columns, 0);
        expanded.extend_from_slice(&image[..pixels - columns]);
        expanded.extend_from_slice(&image[columns..]);
        expanded.resize(expanded.len() + columns, 0);
        // Right and left.
        for row in image.chunks_exact(columns) {
            expanded.push(0);
            expanded.extend_from_slice(&row[..columns - 1]);
        }
        for row in image.chunks_exact(columns) {
            expanded.extend_from_slice(&row[1..]);
            expanded.push(0);
        }
    }
    let labels = dataset.labels().as_slice().iter().flat_map(|&label| [label; 5]).collect();
    let features = Array2::from_shape_vec((5 * dataset.len(), pixels), expanded)
        .expect("five images of each image");
    let name = format!("{}, expanded", dataset.name());
    let made = Dataset::new(name, Features::U8(features), labels, dataset.class_names().to_vec())
        .and_then(|made| made.with_image_shape(rows, columns))
        .expect("as many labels as images, of the same classes and shape");
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn each_image_comes_five_times() {
        let images = Features::U8(array![[1, 2, 3, 4, 5, 6], [9, 0, 0, 0, 0, 8]]);
        let classes = vec!["a".into(), "b".into()];
        let set = Dataset::new("two", images, vec![1, 0], classes).unwrap();
        assert_eq!(
            expand_mnist(&set).unwrap_err().to_string(),
            "two can't be augmented: expected images of byte pixels, found bytes without image shape"
        );
        let expanded = expand_mnist(&set.with_image_shape(2, 3).unwrap()).unwrap();
        let expected = array![
            [1, 2, 3, 4, 5, 6],
            [0, 0, 0, 1, 2, 3],
            [4, 5, 6, 0, 0, 0],
            [0, 1, 2, 0, 4, 5],
            [2, 3, 0, 5, 6, 0],
            [9, 0, 0, 0, 0, 8],
            [0, 0, 0, 9, 0, 0],
            [0, 0, 8, 0, 0, 0],
            [0, 9, 0, 0, 0, 0],
            [0, 0, 0, 0, 8, 0],
        ];
        assert_eq!(expanded.features(), &Features::U8(expected));
        assert_eq!(expanded.labels().as_slice(), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
        assert_eq!(expanded.image_shape(), Some((2, 3)));
    }
}

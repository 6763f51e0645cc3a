//! [`Augmenter`]: applies checked settings to images, blocks of a dataset and whole epochs.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};

use super::affine::{Angles, Drawn, InverseMap};
use super::check::{AugmentationError, CheckedAugmentation};
use super::gaussian::{FieldShape, Gaussian, SmoothingBuffers};
use super::resample::{Displacement, Resampler};
use super::settings::{Augmentation, Span};
use super::stream::ImageStream;
use crate::dataset::{Dataset, Features};

/// The longest side of an image, in pixels.
const MAX_SIDE: usize = 4096;

/// How many values of σ are drawn from where its smallest and largest differ.
const SIGMAS: u32 = 16;

/// Which image this is: with the seed it decides all random choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The epoch, counted from 0.
    pub epoch: u64,
    /// The row of the dataset.
    pub sample: u64,
}

/// Applies an [`Augmentation`] to images of one shape.
///
/// ```
/// use nn_data::{Augmentation, Augmenter};
///
/// # fn main() -> Result<(), nn_data::AugmentationError> {
/// let digits = nn_data::sample::splits().train;
/// let augmentation = Augmentation::simard_2003().check()?;
/// let augmenter = Augmenter::new(&augmentation, &digits, 1)?;
/// let third_epoch = augmenter.epoch(&digits, 2);
/// assert_eq!(third_epoch.len(), digits.len());
/// assert_ne!(third_epoch.features(), digits.features());
/// assert_eq!(third_epoch.labels(), digits.labels());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Augmenter {
    settings: Augmentation,
    seed: u64,
    rows: usize,
    columns: usize,
    /// The largest angles of each class.
    angles: Vec<Angles>,
    /// The kernels to draw from; empty without elastic distortion.
    kernels: Vec<Gaussian>,
}

/// Buffers for augmenting one image at a time; each thread needs its own.
///
/// What an earlier image left in them has no effect on the next.
#[derive(Debug, Clone)]
pub struct Scratch {
    made_for: ScratchShape,
    resampler: Resampler,
    smoothing: SmoothingBuffers,
    /// The displacements in x and in y before they are multiplied by α; empty without elastic
    /// distortion.
    displacement: [Vec<f32>; 2],
}

/// What the sizes of the buffers follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ScratchShape {
    rows: usize,
    columns: usize,
    /// The widest kernel's; `None` without elastic distortion.
    radius: Option<usize>,
}

impl Augmenter {
    /// Prepares for the images of `dataset`, or of any other with the same image shape and classes.
    ///
    /// # Errors
    ///
    /// [`AugmentationError::NotImages`] for a dataset of floats or without image shape,
    /// [`AugmentationError::ImageSize`] for images with more than 4096 rows or columns,
    /// [`AugmentationError::NoSuchClass`] when the settings name a class that the dataset doesn't have.
    pub fn new(
        augmentation: &CheckedAugmentation,
        dataset: &Dataset,
        seed: u64,
    ) -> Result<Self, AugmentationError> {
        let not_images =
            |found| AugmentationError::NotImages { dataset: dataset.name().into(), found };
        if matches!(dataset.features(), Features::F32(_)) {
            return Err(not_images("floats"));
        }
        let (rows, columns) =
            dataset.image_shape().ok_or_else(|| not_images("bytes without image shape"))?;
        if rows > MAX_SIDE || columns > MAX_SIDE {
            return Err(AugmentationError::ImageSize { rows, columns });
        }
        let settings = augmentation.get().clone();
        let angles = angles_of_classes(&settings, dataset)?;
        let kernels = match settings.elastic {
            Some(elastic) => spread(elastic.sigma).into_iter().map(Gaussian::new).collect(),
            None => Vec::new(),
        };
        Ok(Self { settings, seed, rows, columns, angles, kernels })
    }

    /// Rows and columns of the images.
    #[must_use]
    pub fn image_shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Makes buffers for [`augment_into`](Self::augment_into) and [`fill_block`](Self::fill_block).
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        let shape = self.field_shape();
        let made_for = self.scratch_shape();
        let (buffers, field) = match made_for.radius {
            Some(radius) => (SmoothingBuffers::new(shape, radius), shape.smooth_len()),
            None => (SmoothingBuffers::default(), 0),
        };
        Scratch {
            made_for,
            resampler: Resampler::new(self.rows, self.columns),
            smoothing: buffers,
            displacement: [vec![0.0; field], vec![0.0; field]],
        }
    }

    /// Writes to `out` the image that `key` makes of `image`, which is of class `label`.
    ///
    /// Shapes: `image` and `out` are rows × columns pixels in row-major order. Nothing is allocated.
    ///
    /// # Panics
    ///
    /// If `image` or `out` has another number of pixels, `label` is no class of the dataset, or
    /// `scratch` was made for another image shape or another largest σ.
    pub fn augment_into(
        &self,
        image: &[u8],
        label: usize,
        key: Key,
        out: &mut [u8],
        scratch: &mut Scratch,
    ) {
        let pixels = self.rows * self.columns;
        assert_eq!(image.len(), pixels, "the image has another number of pixels");
        assert_eq!(out.len(), pixels, "the output has another number of pixels");
        assert_eq!(scratch.made_for, self.scratch_shape(), "the scratch is of another augmenter");
        let mut stream = ImageStream::new(self.seed, key);
        let drawn = Drawn::new(&self.settings, self.angles[label], &mut stream);
        let map = InverseMap::new(drawn, self.image_shape());
        let alpha = self.draw_displacement(&mut stream, scratch);
        let [dx, dy] = &scratch.displacement;
        let stride = self.field_shape().stride();
        let displacement = alpha.map(|alpha| Displacement { fields: [dx, dy], stride, alpha });
        scratch.resampler.resample(image, map, displacement, out);
    }

    /// Writes the images that epoch `epoch` makes of the rows `samples` of `dataset` to `out`, one
    /// after the other. Threads can fill blocks of one epoch in any order.
    ///
    /// Shape of `out`: number of samples × number of pixels.
    ///
    /// # Panics
    ///
    /// If `dataset` has other images or more classes than the one this was made for, `samples`
    /// reaches beyond it, `out` has another length, or `scratch` was made for another
    /// image shape or another largest σ.
    pub fn fill_block(
        &self,
        dataset: &Dataset,
        epoch: u64,
        samples: Range<usize>,
        out: &mut [u8],
        scratch: &mut Scratch,
    ) {
        let images = self.images(dataset);
        let pixels = self.rows * self.columns;
        assert_eq!(out.len(), samples.len() * pixels, "the block has another number of pixels");
        for (sample, out) in samples.zip(out.chunks_exact_mut(pixels)) {
            let image = images.row(sample).to_slice().expect("datasets are row-major");
            let key = Key { epoch, sample: sample as u64 };
            self.augment_into(image, dataset.labels().get(sample), key, out, scratch);
        }
    }

    /// The dataset that epoch `epoch` makes of `dataset`, on the calling thread: the same samples,
    /// changed, in the same order.
    ///
    /// # Panics
    ///
    /// If `dataset` has other images or more classes than the one this was made for.
    #[must_use]
    pub fn epoch(&self, dataset: &Dataset, epoch: u64) -> Dataset {
        let mut images = Array2::zeros(self.images(dataset).dim());
        let out = images.as_slice_mut().expect("a new array is contiguous");
        self.fill_block(dataset, epoch, 0..dataset.len(), out, &mut self.scratch());
        let name = format!("{}, augmented for epoch {epoch}", dataset.name());
        let labels = dataset.labels().as_slice().to_vec();
        Dataset::new(name, Features::U8(images), labels, dataset.class_names().to_vec())
            .and_then(|made| made.with_image_shape(self.rows, self.columns))
            .expect("as many images of the same shape with the same labels")
    }

    fn images<'a>(&self, dataset: &'a Dataset) -> ArrayView2<'a, u8> {
        assert_eq!(
            dataset.image_shape(),
            Some(self.image_shape()),
            "the images have another shape"
        );
        match dataset.features() {
            Features::U8(images) => images.view(),
            Features::F32(_) => panic!("the images are floats"),
        }
    }

    fn scratch_shape(&self) -> ScratchShape {
        let radius = self.kernels.iter().map(Gaussian::radius).max();
        ScratchShape { rows: self.rows, columns: self.columns, radius }
    }

    fn field_shape(&self) -> FieldShape {
        FieldShape::new(self.rows, self.columns)
    }

    /// Draws σ and α and fills the displacement in x, then in y; gives α. Without elastic
    /// distortion nothing is drawn.
    fn draw_displacement(&self, stream: &mut ImageStream, scratch: &mut Scratch) -> Option<f32> {
        let Span { min, max } = self.settings.elastic?.alpha;
        let kernel = &self.kernels[stream.below(self.kernels.len() as u32) as usize];
        let alpha = min + (max - min) * stream.unit();
        let shape = self.field_shape();
        for displacement in &mut scratch.displacement {
            stream.fill_noise(scratch.smoothing.noise(kernel, shape));
            scratch.smoothing.smooth(kernel, shape, displacement);
        }
        Some(alpha as f32)
    }
}

fn angles_of_classes(
    settings: &Augmentation,
    dataset: &Dataset,
) -> Result<Vec<Angles>, AugmentationError> {
    let general = Angles { rotation: settings.rotation, shear: settings.shear };
    let mut angles = vec![general; dataset.num_classes()];
    for other in &settings.class_angles {
        for &class in &other.classes {
            let Some(of_class) = angles.get_mut(usize::from(class)) else {
                let (dataset, classes) = (dataset.name().into(), dataset.num_classes());
                return Err(AugmentationError::NoSuchClass { class, dataset, classes });
            };
            of_class.rotation = other.rotation.unwrap_or(general.rotation);
            of_class.shear = other.shear.unwrap_or(general.shear);
        }
    }
    Ok(angles)
}

/// Evenly spaced values from the smallest to the largest, or the only one.
fn spread(span: Span) -> Vec<f64> {
    let width = span.max - span.min;
    let last = if width == 0.0 { 0 } else { SIGMAS - 1 };
    (0..=last).map(|i| span.min + width * f64::from(i) / f64::from(last.max(1))).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::augment::Elastic;

    /// The mean length of the displacement and the standard deviation of its components, in pixels,
    /// over the whole of a hundred fields.
    fn measure(augmentation: &Augmentation) -> (f64, f64) {
        let digits = crate::sample::splits().test;
        let augmenter = Augmenter::new(&augmentation.check().unwrap(), &digits, 1).unwrap();
        let mut scratch = augmenter.scratch();
        let (mut lengths, mut squares, mut count) = (0.0, 0.0, 0.0);
        for sample in 0..100 {
            let mut stream = ImageStream::new(1, Key { epoch: 0, sample });
            let alpha = augmenter.draw_displacement(&mut stream, &mut scratch).unwrap();
            let [dx, dy] = &scratch.displacement;
            let stride = augmenter.field_shape().stride();
            for (dx, dy) in dx.chunks(stride).zip(dy.chunks(stride)) {
                for (dx, dy) in dx[..28].iter().zip(&dy[..28]) {
                    let square = f64::from(alpha).powi(2) * f64::from(dx * dx + dy * dy);
                    lengths += square.sqrt();
                    squares += square;
                    count += 1.0;
                }
            }
        }
        (lengths / count, (squares / (2.0 * count)).sqrt())
    }

    #[test]
    fn displacements_are_as_large_as_the_module_states() {
        for (sigma, alpha, stated) in [(4.0, 34.0, 1.7), (5.0, 36.0, 1.5), (6.0, 38.0, 1.3)] {
            let elastic = Some(Elastic { sigma: sigma.into(), alpha: alpha.into() });
            let (length, deviation) = measure(&Augmentation { elastic, ..Augmentation::default() });
            let expected = alpha / (12.0_f64.sqrt() * PI.sqrt() * sigma);
            // Fields this smooth are few independent numbers each: the estimate itself varies.
            assert!((deviation / expected - 1.0).abs() < 0.06, "{deviation} {expected}");
            let rayleigh = (PI / 2.0).sqrt() * expected;
            assert!((length / rayleigh - 1.0).abs() < 0.06, "{length} {rayleigh}");
            assert!((length - stated).abs() < 0.15, "{length} {stated}");
        }
    }

    #[test]
    fn ones_and_sevens_turn_less() {
        let digits = crate::sample::splits().test;
        let augmentation = Augmentation::ciresan_2010().check().unwrap();
        let augmenter = Augmenter::new(&augmentation, &digits, 1).unwrap();
        for (class, angles) in augmenter.angles.iter().enumerate() {
            let most = if [1, 7].contains(&class) { 7.5 } else { 15.0 };
            assert_eq!(*angles, Angles { rotation: most, shear: most });
        }
    }

    #[test]
    fn sigmas_are_spread_over_their_span() {
        assert_eq!(spread(4.0.into()), [4.0]);
        let sigmas = spread(Span { min: 5.0, max: 6.0 });
        assert_eq!((sigmas.len(), sigmas[0], sigmas[15]), (16, 5.0, 6.0));
        assert!((sigmas[3] - 5.2).abs() < 1e-12);
    }
}

//! Gaussian smoothing of noise, as two one-dimensional convolutions.

/// How many neighbouring outputs are computed together, so that the compiler keeps their sums in
/// vector registers.
const LANES: usize = 32;

/// One half of a Gaussian kernel cut off at ⌈3σ⌉ pixels: the weights of distance 0, 1, …, ⌈3σ⌉.
/// The weights of the whole kernel, both sides, sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gaussian {
    half: Vec<f32>,
}

impl Gaussian {
    /// The kernel of standard deviation `sigma` pixels, which must be above 0.
    pub(super) fn new(sigma: f64) -> Self {
        let radius = (3.0 * sigma).ceil().max(1.0) as usize;
        let density = |distance: usize| (-0.5 * (distance as f64 / sigma).powi(2)).exp();
        let sum = density(0) + 2.0 * (1..=radius).map(density).sum::<f64>();
        Self { half: (0..=radius).map(|distance| (density(distance) / sum) as f32).collect() }
    }

    /// The number of weights on either side of the middle: ⌈3σ⌉, and at least 1.
    pub(super) fn radius(&self) -> usize {
        self.half.len() - 1
    }

    /// `output[i]` = Σ_k g(k) · `input[i + (radius + k) · step]` for k from −radius to radius.
    /// A step of 1 convolves along rows, a step of one row's length along columns.
    ///
    /// The length of `output` is a multiple of [`LANES`], and `input` is at least
    /// 2 · radius · step longer.
    fn convolve(&self, input: &[f32], step: usize, output: &mut [f32]) {
        let radius = self.radius();
        let at = |start: usize| -> &[f32; LANES] {
            input[start..start + LANES].try_into().expect("a slice of LANES elements")
        };
        for (block, output) in output.chunks_exact_mut(LANES).enumerate() {
            let middle = block * LANES + radius * step;
            let mut sums = at(middle).map(|value| value * self.half[0]);
            for (distance, &weight) in self.half.iter().enumerate().skip(1) {
                let before = at(middle - distance * step);
                let after = at(middle + distance * step);
                for lane in 0..LANES {
                    sums[lane] += weight * (before[lane] + after[lane]);
                }
            }
            output.copy_from_slice(&sums);
        }
    }
}

/// The sizes of the arrays that one field goes through for images of `rows` × `columns`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FieldShape {
    rows: usize,
    columns: usize,
}

impl FieldShape {
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns }
    }

    /// The distance between the beginnings of a smoothed field's rows. It is a multiple of
    /// [`LANES`]; what stands beyond the columns means nothing.
    pub(super) fn stride(self) -> usize {
        self.columns.next_multiple_of(LANES)
    }

    /// The elements of a smoothed field.
    pub(super) fn smooth_len(self) -> usize {
        self.rows * self.stride()
    }

    /// The noise's rows are this long: the image's, and the kernel's radius on either side.
    fn noise_columns(self, radius: usize) -> usize {
        self.columns + 2 * radius
    }

    /// The random numbers that a field takes.
    fn noise_len(self, radius: usize) -> usize {
        (self.rows + 2 * radius) * self.noise_columns(radius)
    }

    /// Elements of the noise's buffer: the last block of lanes reads beyond the noise.
    fn noise_buffer_len(self, radius: usize) -> usize {
        self.noise_len(radius) + LANES
    }

    /// Elements of the noise that is smoothed along columns, and of what the last block of lanes
    /// reads beyond it.
    fn half_smooth_len(self, radius: usize) -> usize {
        (self.rows * self.noise_columns(radius)).next_multiple_of(LANES) + LANES
    }
}

/// The buffers of smoothing.
#[derive(Debug, Clone, Default)]
pub(super) struct SmoothingBuffers {
    noise: Vec<f32>,
    half_smooth: Vec<f32>,
}

impl SmoothingBuffers {
    /// Buffers for kernels up to `radius`.
    pub(super) fn new(shape: FieldShape, radius: usize) -> Self {
        Self {
            noise: vec![0.0; shape.noise_buffer_len(radius)],
            half_smooth: vec![0.0; shape.half_smooth_len(radius)],
        }
    }

    /// The noise that `kernel` smooths, to be filled: the image's shape with the kernel's radius
    /// on every side.
    pub(super) fn noise(&mut self, kernel: &Gaussian, shape: FieldShape) -> &mut [f32] {
        &mut self.noise[..shape.noise_len(kernel.radius())]
    }

    /// Writes the smoothed noise to `smooth`, row by row, [`FieldShape::stride`] elements apart.
    pub(super) fn smooth(&mut self, kernel: &Gaussian, shape: FieldShape, smooth: &mut [f32]) {
        let columns = shape.noise_columns(kernel.radius());
        let along_columns = (shape.rows * columns).next_multiple_of(LANES);
        kernel.convolve(&self.noise, columns, &mut self.half_smooth[..along_columns]);
        for (row, smooth) in smooth.chunks_exact_mut(shape.stride()).enumerate() {
            kernel.convolve(&self.half_smooth[row * columns..], 1, smooth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::augmenter::Key;
    use super::super::stream::ImageStream;
    use super::*;

    const SIGMAS: [f64; 7] = [0.01, 0.5, 1.0, 4.0, 5.5, 6.0, 32.0];

    fn whole(kernel: &Gaussian) -> Vec<f64> {
        let half = kernel.half.iter().map(|&weight| f64::from(weight));
        half.clone().skip(1).rev().chain(half).collect()
    }

    #[test]
    fn kernels_sum_to_one() {
        for sigma in SIGMAS {
            let kernel = Gaussian::new(sigma);
            assert_eq!(kernel.radius(), ((3.0 * sigma).ceil() as usize).max(1));
            let sum: f64 = whole(&kernel).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "σ = {sigma}: {sum}");
        }
    }

    #[test]
    fn kernels_have_their_standard_deviation() {
        for sigma in [2.0, 4.0, 6.0] {
            let kernel = Gaussian::new(sigma);
            let radius = kernel.radius() as f64;
            let variance: f64 = whole(&kernel)
                .iter()
                .zip(0..)
                .map(|(w, k)| w * (f64::from(k) - radius).powi(2))
                .sum();
            let ratio = variance.sqrt() / sigma;
            // Cutting off at 3σ takes about 1 % away.
            assert!((0.985..0.995).contains(&ratio), "σ = {sigma}: {ratio}");
        }
    }

    /// The two-dimensional convolution, straight from its definition.
    fn convolve_2d(noise: &[f32], shape: FieldShape, kernel: &Gaussian) -> Vec<Vec<f64>> {
        let weights = whole(kernel);
        let columns = shape.noise_columns(kernel.radius());
        let at = |row: usize, column: usize| {
            let mut sum = 0.0;
            for (i, wi) in weights.iter().enumerate() {
                for (j, wj) in weights.iter().enumerate() {
                    sum += wi * wj * f64::from(noise[(row + i) * columns + column + j]);
                }
            }
            sum
        };
        (0..shape.rows).map(|r| (0..shape.columns).map(|c| at(r, c)).collect()).collect()
    }

    #[test]
    fn two_passes_equal_the_two_dimensional_convolution() {
        for (rows, columns) in [(28, 28), (1, 1), (3, 17), (16, 5)] {
            for sigma in [0.01, 1.0, 4.0, 5.5] {
                let kernel = Gaussian::new(sigma);
                let shape = FieldShape::new(rows, columns);
                let mut buffers = SmoothingBuffers::new(shape, kernel.radius());
                let mut stream = ImageStream::new(7, Key { epoch: 0, sample: 0 });
                stream.fill_noise(buffers.noise(&kernel, shape));
                let expected = convolve_2d(&buffers.noise, shape, &kernel);
                let mut smooth = vec![f32::NAN; shape.smooth_len()];
                buffers.smooth(&kernel, shape, &mut smooth);
                for (row, expected) in smooth.chunks(shape.stride()).zip(&expected) {
                    for (&found, &expected) in row.iter().zip(expected) {
                        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_smaller_kernel_may_use_the_buffers_of_a_larger() {
        let shape = FieldShape::new(9, 11);
        let kernel = Gaussian::new(1.0);
        let smooth = |radius: usize| {
            let mut buffers = SmoothingBuffers::new(shape, radius);
            let mut stream = ImageStream::new(7, Key { epoch: 0, sample: 0 });
            stream.fill_noise(buffers.noise(&kernel, shape));
            let mut smooth = vec![0.0; shape.smooth_len()];
            buffers.smooth(&kernel, shape, &mut smooth);
            smooth.chunks(shape.stride()).map(|row| row[..11].to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(smooth(3), smooth(18));
    }
}

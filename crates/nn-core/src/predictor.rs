//! Fast forward passes through a trained network.

use std::ops::Range;

use ndarray::{ArrayView2, ShapeBuilder};

use crate::kernels::layer::{Features, forward, scratch};
use crate::kernels::sparse::SparseBatch;
use crate::kernels::table::{Kernels, kernels_of};
use crate::{Error, Inputs, InstructionSet, Matrix, Network, Scalar};

/// Features of a sample that are looked at together, and skipped if none is lit.
const BLANK: usize = 16;

/// Computes a network's outputs, with memory that is kept from call to call.
///
/// A sample's outputs do not depend on which other samples are computed with it, nor on
/// whether its features are stored sparse or dense.
///
/// ```
/// use nn_core::{NetworkBuilder, Predictor};
///
/// let network = NetworkBuilder::<f32>::new(&[4, 3, 2]).build(1)?;
/// let mut predictor = Predictor::new(&network);
/// let confidences = predictor.predict(&[0.0, 0.5, 0.0, 1.0])?;
/// assert_eq!(confidences.len(), 2);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub struct Predictor<'a, T: Scalar> {
    network: &'a Network<T>,
    kernels: &'static Kernels<T>,
    layers: Vec<Matrix<T>>,
    dense: Matrix<T>,
    /// z^L of the last pass, if it was asked for.
    weighted_inputs: Matrix<T>,
    keep_weighted_inputs: bool,
    pack: Matrix<T>,
    starts: Vec<u32>,
    offsets: Vec<u32>,
    values: Vec<T>,
}

impl<T: Scalar> std::fmt::Debug for Predictor<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Predictor").field("network", self.network).finish_non_exhaustive()
    }
}

impl<'a, T: Scalar> Predictor<'a, T> {
    /// A predictor of this network.
    #[must_use]
    pub fn new(network: &'a Network<T>) -> Self {
        Self {
            network,
            kernels: T::kernels(),
            layers: Vec::new(),
            dense: Matrix::zeros(0, network.num_inputs()),
            weighted_inputs: Matrix::zeros(0, network.num_outputs()),
            keep_weighted_inputs: false,
            pack: scratch(),
            starts: Vec::new(),
            offsets: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The same predictor on the kernels of an instruction set of this machine, instead of
    /// the fastest.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownName`] if there are none.
    pub fn with_instruction_set(mut self, set: InstructionSet) -> Result<Self, Error> {
        self.kernels = kernels_of(set)?;
        Ok(self)
    }

    /// a^L (n_L) of one sample of n₁ features.
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there are not n₁ features.
    pub fn predict(&mut self, features: &[T]) -> Result<&[T], Error> {
        Error::check_len("features of a sample", self.network.num_inputs(), features.len())?;
        Ok(self.predict_lit(features, |value| value, T::zero()))
    }

    /// a^L (n_L) of one sample of n₁ bytes, each worth `scale` a unit (1/255 for pixels).
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if there are not n₁ bytes.
    pub fn predict_bytes(&mut self, pixels: &[u8], scale: f64) -> Result<&[T], Error> {
        Error::check_len("features of a sample", self.network.num_inputs(), pixels.len())?;
        let scale = T::from_f64(scale);
        Ok(self.predict_lit(pixels, |pixel| T::from_u8(pixel) * scale, 0))
    }

    /// a^L of one sample, of whose features only those that are not `dark` count.
    fn predict_lit<F: Copy + PartialEq>(
        &mut self,
        features: &[F],
        value: impl Fn(F) -> T,
        dark: F,
    ) -> &[T] {
        if self.addresses_rows() {
            let stride = self.network.layers()[0].weights.stride() as u32;
            // Made once and never shortened: filling them with zeros would take its time.
            if self.offsets.len() < features.len() + BLANK {
                self.offsets.resize(features.len() + BLANK, 0);
                self.values.resize(features.len() + BLANK, T::zero());
            }
            let mut end = 0;
            let mut offset = 0;
            for chunk in features.chunks(BLANK) {
                // Blank stretches are skipped; within the others each feature is written, and
                // overwritten by the next if it is dark, since nobody can predict which are.
                if chunk.iter().any(|&feature| feature != dark) {
                    let offsets = &mut self.offsets[end..end + BLANK];
                    let values = &mut self.values[end..end + BLANK];
                    let mut lit = 0;
                    for (&feature, offset) in chunk.iter().zip((offset..).step_by(stride as usize))
                    {
                        offsets[lit] = offset;
                        values[lit] = value(feature);
                        lit += usize::from(feature != dark);
                    }
                    end += lit;
                }
                offset += stride * BLANK as u32;
            }
            self.starts.clear();
            self.starts.extend([0, end as u32]);
            self.pass(1, true);
        } else {
            if self.dense.rows() == 0 {
                self.dense = Matrix::zeros(1, features.len());
            }
            for (to, &feature) in self.dense.row_mut(0).iter_mut().zip(features) {
                *to = value(feature);
            }
            self.pass(1, false);
        }
        self.layers.last().expect("a network has at least one layer").row(0)
    }

    /// a^L of the samples in `range`, one row each (samples × n_L).
    ///
    /// # Errors
    ///
    /// [`Error::Shape`] if a sample does not have n₁ features or the range is too long.
    pub fn outputs(
        &mut self,
        inputs: &Inputs<T>,
        range: Range<usize>,
    ) -> Result<ArrayView2<'_, T>, Error> {
        let n = self.network.num_inputs();
        Error::check_len("features of a sample", n, inputs.num_features())?;
        if range.end > inputs.len() {
            let (expected, found) = (inputs.len(), range.end);
            return Err(Error::Shape { what: "samples to predict", expected, found });
        }
        let m = range.len();
        match inputs {
            Inputs::Sparse(rows) if self.addresses_rows() => {
                self.begin_sparse();
                let stride = self.network.layers()[0].weights.stride() as u32;
                for sample in range {
                    let columns = rows.columns(sample);
                    let from = self.offsets.len();
                    self.offsets.extend(columns.iter().map(|&c| u32::from(c) * stride));
                    self.values.resize(from + columns.len(), T::zero());
                    rows.decode(sample, &mut self.values[from..]);
                    self.starts.push(self.offsets.len() as u32);
                }
                self.pass(m, true);
            }
            _ => {
                if self.dense.rows() < m {
                    self.dense = Matrix::zeros(m, n);
                }
                for (row, sample) in range.enumerate() {
                    inputs.copy_row(sample, self.dense.row_mut(row));
                }
                self.pass(m, false);
            }
        }
        let output = self.layers.last().expect("a network has at least one layer");
        let shape = (m, output.cols()).strides((output.stride(), 1));
        let elements = &output.padded()[..m * output.stride()];
        Ok(ArrayView2::from_shape(shape, elements).expect("rows lie within the output"))
    }

    /// z^L and a^L of each sample in `range`, in their order (n_L elements each).
    ///
    /// # Errors
    ///
    /// As [`Predictor::outputs`].
    pub fn results(
        &mut self,
        inputs: &Inputs<T>,
        range: Range<usize>,
    ) -> Result<impl ExactSizeIterator<Item = (&[T], &[T])>, Error> {
        let m = range.len();
        self.keep_weighted_inputs = true;
        let passed = self.outputs(inputs, range).map(|_| ());
        self.keep_weighted_inputs = false;
        passed?;
        let output = self.layers.last().expect("a network has at least one layer");
        Ok((0..m).map(|i| (self.weighted_inputs.row(i), output.row(i))))
    }

    /// Whether rows of the first weights can be named in 32 bits.
    fn addresses_rows(&self) -> bool {
        let weights = &self.network.layers()[0].weights;
        weights
            .stride()
            .checked_mul(weights.rows() + BLANK)
            .is_some_and(|n| u32::try_from(n).is_ok())
    }

    fn begin_sparse(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        self.offsets.clear();
        self.values.clear();
    }

    /// The forward pass of `m` samples that stand ready, sparse or dense.
    fn pass(&mut self, m: usize, sparse: bool) {
        if self.layers.first().is_none_or(|layer| layer.rows() < m) {
            let layers = self.network.layers().iter();
            self.layers = layers.map(|layer| Matrix::zeros(m, layer.outputs())).collect();
            self.weighted_inputs = Matrix::zeros(m, self.network.num_outputs());
        }
        for (l, layer) in self.network.layers().iter().enumerate() {
            let (below, from) = self.layers.split_at_mut(l);
            let input = match below.last() {
                Some(activations) => Features::Dense(activations),
                None if sparse => Features::Sparse(SparseBatch {
                    starts: &self.starts,
                    offsets: &self.offsets,
                    values: &self.values,
                }),
                None => Features::Dense(&self.dense),
            };
            let is_output = l + 1 == self.network.layers().len();
            let keep =
                (is_output && self.keep_weighted_inputs).then_some(&mut self.weighted_inputs);
            forward(self.kernels, &input, layer, m, &mut from[0], keep, &mut self.pack);
        }
    }
}

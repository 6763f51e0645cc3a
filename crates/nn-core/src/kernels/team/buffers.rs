//! Memory of a team: what its workers share and what each has for itself.

use super::ruled::piece_len;
use super::tiles::Tiles;
use crate::kernels::dense::PACK_LEN;
use crate::kernels::sparse::ColumnEntry;
use crate::matrix::LINE_BYTES;
use crate::{Activation, Clipping, Cost, Dropout, Inputs, Matrix, Network, Scalar};

/// A layer whose outputs take at most this many multiply-adds is computed by every worker
/// for itself: cheaper than waiting for each other. So is one that is too narrow to divide.
const REPLICATE_BELOW: usize = 1 << 17;

/// Elements of a cache line.
pub(super) const fn line<T>() -> usize {
    LINE_BYTES / size_of::<T>()
}

/// Shapes and functions of a network, and how its work is divided.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sizes: Vec<usize>,
    pub(crate) activations: Vec<Activation>,
    pub(crate) cost: Cost,
    pub(crate) max_batch: usize,
    pub(crate) workers: usize,
    /// For each layer after the input: whether every worker computes all of it.
    pub(crate) replicated: Vec<bool>,
    /// `None` where nothing is dropped.
    pub(crate) dropout: Option<Dropout>,
    pub(crate) clipping: Clipping,
    /// The longest incoming weights of a hidden unit.
    pub(crate) max_norm: Option<f64>,
}

impl Plan {
    pub(crate) fn new<T: Scalar>(
        network: &Network<T>,
        cost: &Cost,
        max_batch: usize,
        workers: usize,
    ) -> Self {
        let sizes = network.sizes();
        let widest = sizes[1..].iter().map(|n| n.div_ceil(line::<T>())).max().unwrap_or(1);
        let workers = workers.clamp(1, widest);
        // The first layer is never replicated: its weights are divided among the workers'
        // caches, and the barrier after it is what makes replication of others sound.
        let replicated = sizes.windows(2).enumerate().map(|(l, pair)| {
            let padded = pair[1].next_multiple_of(line::<T>());
            l > 0 && (padded == line::<T>() || max_batch * pair[0] * padded <= REPLICATE_BELOW)
        });
        Self {
            replicated: replicated.collect(),
            activations: network.layers().iter().map(|l| l.activation().clone()).collect(),
            cost: cost.clone(),
            max_batch,
            workers,
            sizes,
            dropout: None,
            clipping: Clipping::default(),
            max_norm: None,
        }
    }

    /// Whether units of layer `l` (counted from 0 after the input) are dropped.
    pub(super) fn drops(&self, l: usize) -> bool {
        self.dropout.as_ref().is_some_and(|dropout| dropout.drops(l + 1))
    }

    /// Whether features of the input are dropped.
    pub(super) fn drops_inputs(&self) -> bool {
        self.dropout.as_ref().is_some_and(|dropout| dropout.drops(0))
    }

    /// Whether each worker keeps the weights of all layers above the first for itself and brings
    /// them up to date alone: they are so small that this is cheaper than a barrier and the way
    /// of the weights from one core's cache to the other's. Not where the workers have to know of
    /// each other's weights or errors (`clip.rs`), nor under a rule, whose state exists once.
    pub(super) fn keeps_own_layers<T>(&self, ruled: bool) -> bool {
        let above = self.sizes[1..].windows(2);
        let products: usize =
            above.map(|pair| pair[0] * pair[1].next_multiple_of(line::<T>())).sum();
        self.workers > 1
            && self.depth() > 1
            && self.replicated[1..].iter().all(|replicated| *replicated)
            && self.max_batch * products <= REPLICATE_BELOW
            && self.max_norm.is_none()
            && self.clipping == Clipping::default()
            && !ruled
    }

    /// Number of layers after the input.
    pub(crate) fn depth(&self) -> usize {
        self.sizes.len() - 1
    }

    /// The columns of layer `l` (counted from 0 after the input) that worker `w` owns: whole
    /// cache lines, padding included.
    pub(super) fn columns<T>(&self, l: usize, w: usize) -> std::ops::Range<usize> {
        let lines = self.sizes[l + 1].div_ceil(line::<T>());
        let edge = |w: usize| lines * w / self.workers * line::<T>();
        edge(w)..edge(w + 1)
    }

    /// The columns of layer `l` that worker `w` computes: all of a replicated layer.
    pub(super) fn computed_columns<T>(&self, l: usize, w: usize) -> std::ops::Range<usize> {
        if self.replicated[l] {
            0..self.sizes[l + 1].next_multiple_of(line::<T>())
        } else {
            self.columns::<T>(l, w)
        }
    }

    /// The units among [`Plan::columns`], without the padding.
    pub(super) fn units<T>(&self, l: usize, w: usize) -> std::ops::Range<usize> {
        let columns = self.columns::<T>(l, w);
        let end = self.sizes[l + 1];
        columns.start.min(end)..columns.end.min(end)
    }

    /// The rows (samples) of a batch of `m` that worker `w` finishes where rows are divided.
    pub(super) fn rows(&self, m: usize, w: usize) -> std::ops::Range<usize> {
        m * w / self.workers..m * (w + 1) / self.workers
    }
}

/// z, a, δ and δᵀ of one layer for one mini-batch.
#[derive(Debug)]
pub(super) struct LayerBuffers<T: Scalar> {
    /// a (batch × n), under dropout r ⊙ a; before the activation, z.
    pub(super) activations: Matrix<T>,
    /// The activations of every second step, where a worker may be one step ahead of others that
    /// still read those of the last one; else without rows.
    pub(super) odd_activations: Matrix<T>,
    /// What σ' is found from where that is not `activations`: z (batch × n), where σ' needs
    /// it, or a before dropout; else without rows.
    pub(super) weighted_inputs: Matrix<T>,
    /// r (batch × n), where units are dropped; else without rows.
    pub(super) masks: Matrix<T>,
    /// δ (batch × n).
    pub(super) errors: Matrix<T>,
    /// δᵀ (n × batch), where a layer below needs it; else without rows.
    pub(super) errors_transposed: Matrix<T>,
}

impl<T: Scalar> LayerBuffers<T> {
    fn new(plan: &Plan, l: usize) -> Self {
        let n = plan.sizes[l + 1];
        let drops = plan.drops(l);
        let ahead = l == 0 && plan.keeps_own_layers::<T>(false);
        let needs_z = plan.activations[l].derivative_needs_z() || l + 1 == plan.depth() || drops;
        Self {
            activations: Matrix::zeros(plan.max_batch, n),
            odd_activations: Matrix::zeros(if ahead { plan.max_batch } else { 0 }, n),
            weighted_inputs: Matrix::zeros(if needs_z { plan.max_batch } else { 0 }, n),
            masks: Matrix::zeros(if drops { plan.max_batch } else { 0 }, n),
            errors: Matrix::zeros(plan.max_batch, n),
            errors_transposed: Matrix::zeros(if l > 0 { n } else { 0 }, plan.max_batch),
        }
    }
}

/// Memory of one worker.
#[derive(Debug)]
pub(super) struct Scratch<T: Scalar> {
    /// The replicated layers, `None` for the others.
    pub(super) layers: Vec<Option<LayerBuffers<T>>>,
    pub(super) stage: Stage<T>,
    /// The first layer's weights, where inputs are sparse; else empty.
    pub(super) tiles: Option<Tiles<T>>,
    /// scale · δ of a tile's columns (batch × a tile's width), where inputs are sparse.
    pub(super) tile_errors: Matrix<T>,
    /// Weights and biases of the layers above the first, where workers keep them for themselves;
    /// else empty.
    pub(super) own_layers: Vec<(Matrix<T>, Matrix<T>)>,
    /// Transposes of the replicated layers' weights (n_l × this worker's columns of the layer
    /// below), `None` for the others: back-propagation then runs along rows. They take part
    /// in every update, element by element like the weights, and so stay exact.
    pub(super) mirrors: Vec<Option<Matrix<T>>>,
    /// (w δᵀ) of the first layer's units, before it is turned (own units × batch).
    pub(super) back: Matrix<T>,
    /// A panel of a matrix product (1 × `PACK_LEN`).
    pub(super) pack: Matrix<T>,
    /// A piece of the mean gradient, where an update rule needs one; else empty.
    pub(super) gradient: Matrix<T>,
    /// y of one sample (n_L).
    pub(super) target: Vec<T>,
    /// What the δ of each sample are multiplied with.
    pub(super) scales: Vec<T>,
    /// Sums over the columns of weights, where max-norm needs them.
    pub(super) column_sums: Vec<f64>,
}

impl<T: Scalar> Scratch<T> {
    /// Makes room for training worker `w` on `inputs`.
    pub(super) fn reserve(&mut self, plan: &Plan, inputs: &Inputs<T>, w: usize, ruled: bool) {
        self.stage.reserve(inputs, plan.max_batch, plan.drops_inputs());
        if inputs.is_stored_sparse() && self.tiles.is_none() {
            let tiles = Tiles::new(plan.sizes[0], plan.columns::<T>(0, w));
            self.tile_errors = Matrix::packed(plan.max_batch, tiles.stride());
            self.tiles = Some(tiles);
        }
        if self.own_layers.is_empty() && plan.keeps_own_layers::<T>(ruled) {
            let pairs = plan.sizes[1..].windows(2);
            let layers = pairs.map(|n| (Matrix::zeros(n[0], n[1]), Matrix::zeros(1, n[1])));
            self.own_layers = layers.collect();
        }
        if ruled {
            let len = piece_len(plan, self.tiles.as_ref(), w);
            if self.gradient.cols() < len {
                self.gradient = Matrix::packed(1, len);
            }
        }
    }
}

/// The inputs of a mini-batch, ready for the kernels.
#[derive(Debug)]
pub(super) struct Stage<T: Scalar> {
    pub(super) starts: Vec<u32>,
    pub(super) offsets: Vec<u32>,
    pub(super) values: Vec<T>,
    /// The ranges of the columns that are lit, the first [`Stage::num_ranges`] of these.
    pub(super) column_ranges: Vec<(u32, u32, u32)>,
    pub(super) num_ranges: usize,
    /// Where the next entry of each column goes, while entries are sorted by column.
    pub(super) column_ends: Vec<u32>,
    /// Where each sample stands, while weights are walked in blocks.
    pub(super) cursors: Vec<u32>,
    pub(super) column_entries: Vec<ColumnEntry<T>>,
    /// Columns of the entries that dropout has left; empty without.
    pub(super) kept_columns: Vec<u16>,
    /// Dense rows (batch × n₁); without rows until they are needed.
    pub(super) dense: Matrix<T>,
}

/// All memory of a team, kept from one run to the next.
#[derive(Debug)]
pub(crate) struct Buffers<T: Scalar> {
    pub(super) layers: Vec<LayerBuffers<T>>,
    /// Sums of squares of each layer's mean gradient, where its length is wanted; else without
    /// rows.
    pub(super) squares: Vec<Matrix<f64>>,
    pub(super) workers: Vec<Scratch<T>>,
}

impl<T: Scalar> Buffers<T> {
    pub(crate) fn new(plan: &Plan) -> Self {
        let layers = (0..plan.depth()).map(|l| LayerBuffers::new(plan, l)).collect();
        let worker = |w| {
            let own = |l: usize| plan.replicated[l].then(|| LayerBuffers::new(plan, l));
            let mirror = |l: usize| {
                let columns = || plan.computed_columns::<T>(l - 1, w).len();
                plan.replicated[l].then(|| Matrix::packed(plan.sizes[l + 1], columns()))
            };
            Scratch {
                layers: (0..plan.depth()).map(own).collect(),
                own_layers: Vec::new(),
                mirrors: (0..plan.depth()).map(mirror).collect(),
                stage: Stage {
                    starts: Vec::new(),
                    offsets: Vec::new(),
                    values: Vec::new(),
                    column_ranges: Vec::new(),
                    num_ranges: 0,
                    column_ends: Vec::new(),
                    cursors: Vec::new(),
                    column_entries: Vec::new(),
                    kept_columns: Vec::new(),
                    dense: Matrix::zeros(0, plan.sizes[0]),
                },
                tiles: None,
                tile_errors: Matrix::packed(0, 1),
                gradient: Matrix::packed(1, 0),
                back: Matrix::zeros(plan.units::<T>(0, w).len(), plan.max_batch),
                pack: Matrix::zeros(1, PACK_LEN),
                target: vec![T::zero(); plan.sizes[plan.depth()]],
                scales: Vec::with_capacity(plan.max_batch),
                column_sums: Vec::new(),
            }
        };
        let squares = plan.sizes.windows(2).map(|pair| {
            let rows = if plan.clipping.norm.is_some() { 2 } else { 0 };
            Matrix::zeros(rows, pair[0].max(pair[1]))
        });
        Self {
            layers,
            squares: squares.collect(),
            workers: (0..plan.workers).map(worker).collect(),
        }
    }
}

//! A network as Python holds it: trained by arrays, asked by arrays, kept as bytes.

use std::path::PathBuf;

use ndarray::Array2;
use nn_core::{Activation, Cost, Init, Limits, Model, NetworkBuilder, Normalization, Predictor};
use nn_data::durable;
use nn_train::{Checkpoint, Samples, TrainError, Trainer, TrainerState};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrays::{Desired, Features};
use crate::settings::{Settings, parsed};
use crate::watch::Watch;

/// Samples whose outputs are computed at a time.
const BLOCK: usize = 128;

/// A feed-forward network and the state of its training.
#[pyclass(module = "nn_rs._core")]
#[derive(Debug, Clone)]
pub(crate) struct Network {
    model: Model<f32>,
    /// What the optimiser and the order of the samples go on from.
    state: Option<TrainerState<f32>>,
    /// What features are multiplied by.
    scale: f64,
}

#[pymethods]
impl Network {
    /// A new network of these units per layer.
    #[new]
    #[pyo3(signature = (sizes, *, activation, cost, init, output=None, scale=1.0, seed=0))]
    fn new(
        sizes: Vec<usize>,
        activation: &str,
        cost: &str,
        init: &str,
        output: Option<&str>,
        scale: f64,
        seed: u64,
    ) -> PyResult<Self> {
        let activation: Activation = parsed("activation", activation)?;
        let cost: Cost = parsed("cost", cost)?;
        let output = match output {
            Some(name) => parsed("output activation", name)?,
            None => cost.natural_output(),
        };
        let init: Init = parsed("init", init)?;
        if !(scale.is_finite() && scale != 0.0) {
            let message = format!("feature_scale must be finite and not 0, found {scale}");
            return Err(PyValueError::new_err(message));
        }
        let builder = NetworkBuilder::<f32>::new(&sizes).hidden(activation).output(output);
        let network = builder.init(init).build(seed).map_err(value_error)?;
        let mut model = Model::new(network, cost);
        if scale != 1.0 {
            model.normalization = Normalization::Scale(scale);
        }
        model.check().map_err(value_error)?;
        Ok(Self { model, state: None, scale })
    }

    /// Trains on `x` (samples × features) and `y` (classes, or samples × outputs), and gives the
    /// mean cost of each epoch. With `go_on` the optimiser goes on where it was; otherwise it
    /// begins anew, from the weights there are.
    ///
    /// Python's other threads run meanwhile. Ctrl-C ends it within the time of some mini-batches
    /// and leaves the network as it was before the call.
    #[pyo3(signature = (x, y, settings, *, go_on=false, report=None))]
    fn fit<'py>(
        &mut self,
        py: Python<'py>,
        x: Features<'py>,
        y: Desired<'py>,
        settings: Settings,
        go_on: bool,
        report: Option<Py<PyAny>>,
    ) -> PyResult<Vec<f64>> {
        let inputs = x.inputs(self.scale).map_err(value_error)?;
        let targets = y.targets(self.model.network.num_outputs()).map_err(value_error)?;
        let samples = Samples::new(inputs, targets).map_err(value_error)?;
        let mut params = settings.params(samples.len())?;
        let watch = Watch::new(settings.tolerance, settings.patience, report);
        let state = self.state.take().filter(|_| go_on).map(|mut state| {
            // The samples may be others than the last time: what is kept is the optimiser's
            // state, and the number of epochs, which numbers the orders of the samples.
            params.epochs = params.epochs.saturating_add(state.epoch);
            state.samples = samples.len();
            (state.batch, state.cost_sum, state.correct) = (0, 0.0, 0);
            state.params = params.clone();
            state
        });
        let model = &self.model;
        let trained = py.detach(move || train(model, &samples, &params, state.as_ref(), watch));
        let (network, state, losses) = trained?;
        self.model.network = network;
        self.model.provenance.epochs += losses.len() as u64;
        self.state = Some(state);
        Ok(losses)
    }

    /// a^L of each sample (samples × outputs).
    fn predict<'py>(
        &self,
        py: Python<'py>,
        x: Features<'py>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let network = &self.model.network;
        let (expected, found) = (network.num_inputs(), x.width());
        if expected != found {
            let message = format!("expected {expected} features, found {found}");
            return Err(PyValueError::new_err(message));
        }
        let inputs = x.inputs(self.scale).map_err(value_error)?;
        let outputs = py.detach(move || {
            let mut outputs = Array2::zeros((inputs.len(), network.num_outputs()));
            let mut predictor = Predictor::new(network);
            let blocks = outputs.axis_chunks_iter_mut(ndarray::Axis(0), BLOCK);
            for (i, mut block) in blocks.enumerate() {
                let range = i * BLOCK..i * BLOCK + block.nrows();
                block.assign(&predictor.outputs(&inputs, range)?);
            }
            Ok::<_, nn_core::Error>(outputs)
        });
        Ok(outputs.map_err(value_error)?.into_pyarray(py))
    }

    /// The weights of each layer (inputs × units), as scikit-learn keeps them.
    fn coefs<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray2<f32>>> {
        let layers = self.model.network.layers().iter();
        layers.map(|layer| layer.weights().to_owned().into_pyarray(py)).collect()
    }

    /// The biases of each layer.
    fn intercepts<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray1<f32>>> {
        let layers = self.model.network.layers().iter();
        layers.map(|layer| layer.biases().to_owned().into_pyarray(py)).collect()
    }

    /// The name of the output layer's activation.
    #[getter]
    fn output_activation(&self) -> String {
        self.model.network.output_layer().activation().to_string()
    }

    /// Writes a model file, which nn-cli reads, whole or not at all.
    #[pyo3(signature = (path, class_names))]
    fn save(&self, path: PathBuf, class_names: Vec<String>) -> PyResult<()> {
        let mut model = self.model.clone();
        model.class_names = class_names;
        model.provenance.version = format!("nn-rs {}", env!("CARGO_PKG_VERSION"));
        model.check().map_err(value_error)?;
        let written = durable::write_file(&path, |writer| {
            model.write_to(writer).map_err(std::io::Error::other)
        });
        written.map_err(|error| PyOSError::new_err(format!("{}: {error}", path.display())))
    }

    /// For pickle and copy.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut bytes = Vec::new();
        match self.state.clone() {
            None => self.model.write_to(&mut bytes).map_err(runtime_error)?,
            Some(state) => {
                let checkpoint = Checkpoint { model: self.model.clone(), state, best: None };
                checkpoint.write_to(&mut bytes).map_err(runtime_error)?;
            }
        }
        let make = py.import("nn_rs._core")?.getattr("network_from_bytes")?;
        let arguments = (PyBytes::new(py, &bytes), self.state.is_some());
        Ok((make, arguments).into_pyobject(py)?.into_any())
    }

    fn __repr__(&self) -> String {
        format!("Network({})", self.model.network)
    }
}

/// The network that was pickled as a model file, or with its state as a checkpoint.
#[pyfunction]
pub(crate) fn network_from_bytes(bytes: &[u8], with_state: bool) -> PyResult<Network> {
    let limits = Limits::new((bytes.len() as u64).saturating_mul(32).max(1 << 20));
    let (model, state) = if with_state {
        let checkpoint =
            Checkpoint::read_from(std::io::Cursor::new(bytes), &limits).map_err(value_error)?;
        (checkpoint.model, Some(checkpoint.state))
    } else {
        (Model::read_from(bytes, &limits).map_err(value_error)?, None)
    };
    let scale = match model.normalization {
        Normalization::Scale(scale) => scale,
        _ => 1.0,
    };
    Ok(Network { model, state, scale })
}

/// Trains a copy of the model's network.
fn train(
    model: &Model<f32>,
    samples: &Samples<f32>,
    params: &nn_train::TrainParams,
    state: Option<&TrainerState<f32>>,
    mut watch: Watch,
) -> PyResult<(nn_core::Network<f32>, TrainerState<f32>, Vec<f64>)> {
    let network = model.network.clone();
    let trainer = match state {
        None => Trainer::new(network, &model.cost, samples, params),
        Some(state) => Trainer::resume(network, &model.cost, samples, state),
    };
    let mut trainer = trainer.map_err(train_error)?;
    let ended = trainer.run(&mut watch);
    if let Some(raised) = watch.raised {
        return Err(raised);
    }
    ended.map_err(train_error)?;
    let state = trainer.state();
    Ok((trainer.into_network(), state, watch.losses))
}

fn train_error(error: TrainError) -> PyErr {
    match error {
        TrainError::Threads { .. } => PyRuntimeError::new_err(error.to_string()),
        TrainError::Diverged(_) => PyValueError::new_err(format!(
            "{error}; the input data may contain large values and need to be preprocessed, or \
             learning_rate_init is too high"
        )),
        other => PyValueError::new_err(other.to_string()),
    }
}

fn value_error(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn runtime_error(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

//! Reading a safetensors file, believing nothing of it.

use std::io::Read;

use ndarray::{Array1, ArrayView2};
use nn_core::{Activation, Cost, Layer, Model, Network, NetworkBuilder, Normalization};
use safetensors::{Dtype, SafeTensors};

use super::layers::{self, LayerTensors, Orientation, Tensor};
use super::metadata::Metadata;
use crate::ImportError;

/// The longest header that is read. Those of feed-forward networks have some hundred bytes a
/// layer, and some tens for every feature that is standardised.
pub const MAX_HEADER_BYTES: u64 = 16 << 20;

/// What a file of another tool does not say, and how large a file may be.
///
/// What is given here goes before what the file says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ImportOptions {
    /// σ of every layer from 2 to L.
    pub activations: Option<Vec<Activation>>,
    /// The cost; without one here and in the file, that which goes with the output.
    pub cost: Option<Cost>,
    /// What is done to raw features.
    pub normalization: Option<Normalization>,
    /// Names of the classes (n_L).
    pub class_names: Option<Vec<String>>,
    /// Rows and columns of an input image.
    pub image_shape: Option<(usize, usize)>,
    /// Bytes of the largest file, and of the largest network in memory. 1 GiB by default.
    pub max_bytes: u64,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            activations: None,
            cost: None,
            normalization: None,
            class_names: None,
            image_shape: None,
            max_bytes: 1 << 30,
        }
    }
}

impl ImportOptions {
    fn check(&self, what: &'static str, bytes: u64) -> Result<(), ImportError> {
        let limit = self.max_bytes;
        if bytes <= limit { Ok(()) } else { Err(ImportError::TooLarge { what, bytes, limit }) }
    }
}

/// Reads a model from tensors: those that [`write`](super::write()) wrote, or those of another
/// tool.
///
/// Layers are pairs of a matrix and a vector that share a stem (`0.weight` and `0.bias`,
/// `coefs_0` and `intercepts_0`), in the order of the stems, numbers in numerical order. A
/// matrix called `weight` has a row per unit, one called `coefs` or `kernel` a row per input,
/// unless the shapes only fit the other way. Without a vector the biases are zero.
///
/// Apart from the network, reading takes the file's size in memory and one layer.
///
/// # Errors
///
/// [`ImportError`] says what is wrong with the file, or [`ImportError::Io`] if the reader
/// fails.
pub fn read(mut reader: impl Read, options: &ImportOptions) -> Result<Model<f32>, ImportError> {
    let bytes = read_file(&mut reader, options)?;
    // The library checks that the tensors lie side by side and fill the file to its end.
    let (header_bytes, header) =
        SafeTensors::read_metadata(&bytes).map_err(|error| malformed(&error))?;
    let data = &bytes[8 + header_bytes..];
    let entries = header.metadata().as_ref();
    let metadata =
        Metadata::read(|key| entries.and_then(|entries| entries.get(key)).map(String::as_str))?;

    let described = header.tensors().into_iter().map(|(name, info)| {
        let is_double = match info.dtype {
            Dtype::F32 => false,
            Dtype::F64 => true,
            other => {
                let expected = "elements of F32 or F64".to_owned();
                return Err(ImportError::Tensor {
                    tensor: name,
                    expected,
                    found: other.to_string(),
                });
            }
        };
        let data = &data[info.data_offsets.0..info.data_offsets.1];
        Ok(Tensor { name, shape: info.shape.clone(), data, is_double })
    });
    let (layers, orientation) = layers::find(described.collect::<Result<_, _>>()?)?;

    let activations = options.activations.clone().or(metadata.activations);
    let activations = activations.ok_or(ImportError::ActivationsNeeded { layers: layers.len() })?;
    if activations.len() != layers.len() {
        let (expected, found) = (layers.len(), activations.len());
        return Err(ImportError::Activations { expected, found });
    }
    // A narrow layer's rows are padded, so that a network can take more than its file.
    options.check(
        "network",
        NetworkBuilder::<f32>::new(&sizes(&layers, orientation)).bytes()? as u64,
    )?;
    let layers = layers.iter().zip(activations);
    let layers = layers.map(|(layer, activation)| read_layer(layer, orientation, activation));
    let network = Network::from_layers(layers.collect::<Result<_, _>>()?)?;

    let output = network.output_layer().activation();
    let cost = options.cost.clone().or(metadata.cost).unwrap_or_else(|| natural_cost(output));
    let mut model = Model::new(network, cost);
    if let Some(normalization) = options.normalization.clone().or(metadata.normalization) {
        model.normalization = normalization;
    }
    model.class_names = options.class_names.clone().or(metadata.class_names).unwrap_or_default();
    model.image_shape = options.image_shape.or(metadata.image_shape);
    model.provenance = metadata.provenance.unwrap_or_default();
    model.check()?;
    Ok(model)
}

/// The whole file, if it is no larger than the limit and its header is of a sane length.
fn read_file(reader: &mut impl Read, options: &ImportOptions) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    reader.take(8).read_to_end(&mut bytes)?;
    let Some(length) = bytes.first_chunk::<8>() else {
        let reason = match bytes.len() {
            0 => "the file is empty".to_owned(),
            found => format!("it ends after {found} bytes"),
        };
        return Err(ImportError::Malformed { reason });
    };
    let found = u64::from_le_bytes(*length);
    if found > MAX_HEADER_BYTES {
        return Err(ImportError::HeaderLength { found, limit: MAX_HEADER_BYTES });
    }
    let limit = options.max_bytes;
    reader.take(limit.saturating_sub(8).saturating_add(1)).read_to_end(&mut bytes)?;
    options.check("file", bytes.len() as u64)?;
    Ok(bytes)
}

fn malformed(error: &safetensors::SafeTensorError) -> ImportError {
    ImportError::Malformed { reason: error.to_string() }
}

/// Units per layer, n₁ to n_L.
fn sizes(layers: &[LayerTensors<'_>], orientation: Orientation) -> Vec<usize> {
    let mut sizes = Vec::with_capacity(layers.len() + 1);
    for layer in layers {
        let (inputs, outputs) = orientation.sizes(&layer.weights.shape);
        if sizes.is_empty() {
            sizes.push(inputs);
        }
        sizes.push(outputs);
    }
    sizes
}

fn read_layer(
    layer: &LayerTensors<'_>,
    orientation: Orientation,
    activation: Activation,
) -> Result<Layer<f32>, ImportError> {
    let shape = (layer.weights.shape[0], layer.weights.shape[1]);
    let elements = elements(&layer.weights)?;
    let stored = ArrayView2::from_shape(shape, &elements);
    let stored = stored.expect("the file's reader has checked the tensor's length");
    let weights = match orientation {
        Orientation::OutputsByInputs => stored.reversed_axes(),
        Orientation::InputsByOutputs => stored,
    };
    let biases = match &layer.biases {
        Some(biases) => Array1::from(self::elements(biases)?),
        None => Array1::zeros(weights.ncols()),
    };
    Ok(Layer::new(weights, biases.view(), activation)?)
}

/// The elements of a tensor, all of which must be finite in `f32`.
fn elements(tensor: &Tensor<'_>) -> Result<Vec<f32>, ImportError> {
    let elements: Vec<f32> = if tensor.is_double {
        let (chunks, _) = tensor.data.as_chunks::<8>();
        chunks.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect()
    } else {
        let (chunks, _) = tensor.data.as_chunks::<4>();
        chunks.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
    };
    match elements.iter().position(|element| !element.is_finite()) {
        None => Ok(elements),
        Some(at) => Err(ImportError::Tensor {
            tensor: tensor.name.clone(),
            expected: "finite numbers within f32".to_owned(),
            found: format!("{} at place {at}", elements[at]),
        }),
    }
}

/// The cost that is usual with an output activation.
fn natural_cost(output: &Activation) -> Cost {
    match output {
        Activation::Softmax => Cost::SoftmaxCrossEntropy,
        Activation::Sigmoid => Cost::CrossEntropy,
        _ => Cost::Quadratic,
    }
}
